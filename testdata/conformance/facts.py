"""What one engine makes of one test project, as plain data that can be compared with ==.

Shared by record.py and check.py. Runs the commands of steps.json on a copy of the project and reads
the artifacts and the database; it neither writes expectations nor judges them. README.md describes
every field.
"""
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

try:
    import duckdb
except ImportError as error:
    raise SystemExit("the Python package `duckdb` is needed to read the databases; use the oracle's Python") from error

HERE = Path(__file__).resolve().parent
PROJECTS = HERE.parent / "projects"

# The config keys compared; a missing value and null are the same.
CONFIG = [
    "enabled", "materialized", "alias", "schema", "database", "tags", "meta", "group", "unique_key", "incremental_strategy",
    "on_schema_change", "full_refresh", "severity", "store_failures", "store_failures_as", "where", "limit", "warn_if", "error_if", "fail_calc",
    "pre-hook", "post-hook", "quoting", "column_types", "persist_docs", "grants", "contract", "access", "strategy", "updated_at", "check_cols",
    "delimiter", "quote_columns", "event_time", "begin", "batch_size", "concurrent_batches",
]
LEFT_BY_BUILDS = shutil.ignore_patterns("target", "logs", "dbt_packages", "*.duckdb", "*.duckdb.wal", ".user.yml")
OF_PYTHON_INCREMENT = re.compile(r"__dbt_tmp[0-9]{20}$")
BUILT_IN = re.compile(r"^(macro|doc)\.dbt(_duckdb|_postgres)?\.")


def steps():
    return json.loads((HERE / "steps.json").read_text(encoding="utf-8"))


def projects(names, on_server):
    """The plans asked for by name, or all; on a server those that say so, and without one those that do not need it."""
    for project, plan in steps()["projects"].items():
        where = plan.get("postgres")
        if (not names or project in names) and (where if on_server else where != "only"):
            yield project, plan


@contextmanager
def copy_of(project):
    """The project in a temporary directory of its own, as it is in the repository."""
    with tempfile.TemporaryDirectory(prefix="conformance-") as scratch:
        copy = Path(scratch).resolve() / project
        shutil.copytree(PROJECTS / project, copy, ignore=LEFT_BY_BUILDS)
        yield copy


def run(engine, project_dir, args):
    """Run one command of the engine in the project; answers the exit code and all it printed."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("DBT_")}
    # Python models run with the Python of this script, which has what they need.
    env |= {"DAGSMITH_PYTHON": sys.executable}
    env |= {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1", "NO_COLOR": "1", "TZ": "UTC"}
    places = ["--project-dir", str(project_dir), "--profiles-dir", str(project_dir)]
    if args[0] != "deps":
        places += ["--target-path", str(project_dir / "target")]
    done = subprocess.run([engine, *args, *places], cwd=project_dir, env=env, capture_output=True, text=True, encoding="utf-8", check=False)
    return done.returncode, done.stdout, done.stdout + done.stderr


def install_packages(engine, project_dir):
    if (project_dir / "packages.yml").exists():
        code, _, output = run(engine, project_dir, ["deps"])
        if code:
            raise SystemExit(f"{engine} deps failed in {project_dir.name}:\n{output}")


def walk(engine, project, plan, server=None):
    """Each step of a plan in turn, with what came of it; a plan is named after its project unless it says otherwise.

    With a server (see on_postgres.py) the project lies there instead of in a file of DuckDB's.
    """
    with copy_of(plan.get("project", project)) as project_dir:
        if server:
            server.prepare(project_dir)
        install_packages(engine, project_dir)
        for step in plan["steps"]:
            yield step, observe(engine, project_dir, plan, step, server)


def observe(engine, project_dir, plan, step, server=None):
    target = project_dir / "target"
    if not step.get("keep"):
        for artifact in ("manifest.json", "run_results.json", "catalog.json", "sources.json", "graph_summary.json", "semantic_manifest.json"):
            (target / artifact).unlink(missing_ok=True)
    for name, text in step.get("write", {}).items():
        path = project_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text, encoding="utf-8")
    since = server.log_length() if server else 0
    code, stdout, output = run(engine, project_dir, step["args"])
    seen = {"exit": code, "output": output, "target": target}
    if "mentions" in step:
        seen["mentions"] = [text for text in step["mentions"] if text in output]
    kinds = step.get("record", ["manifest", "results", "tables"])
    if "manifest" in kinds:
        seen["manifest"] = manifest_facts(read_json(target / "manifest.json"))
    if "results" in kinds:
        seen["results"] = result_facts(read_json(target / "run_results.json"))
    if "freshness" in kinds:
        seen["freshness"] = {r["unique_id"]: [r["status"], r["criteria"]] for r in read_json(target / "sources.json").get("results", [])}
    if "save" in step:
        shutil.copytree(target, project_dir / step["save"], dirs_exist_ok=True)
    if "statements" in step and server:
        seen["statements"] = server.statements(since, step["statements"])
    if "tables" in kinds and server:
        seen["tables"] = server.table_facts(project_dir.name)
    elif "tables" in kinds:
        seen["tables"] = table_facts(project_dir, plan.get("databases", {project_dir.name: f"{project_dir.name}.duckdb"}))
    if "files" in kinds:
        seen["files"] = file_facts(project_dir, plan["files"])
    if "graph" in kinds:
        seen["graph"] = graph_facts(read_json(target / "graph_summary.json"))
    if "semantic" in kinds:
        seen["semantic"] = semantic_facts(read_json(target / "semantic_manifest.json"))
    if "catalog" in kinds:
        seen["catalog"] = catalog_facts(read_json(target / "catalog.json"))
    if "lines" in kinds:
        seen["lines"] = sorted(line for line in stdout.splitlines() if line.strip())
    return seen


def read_json(path):
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def fold(sql):
    return re.sub(r"\s+", " ", sql).strip()


def manifest_facts(manifest):
    facts = {}
    for kind in ("nodes", "sources", "exposures", "unit_tests", "functions"):
        for unique_id, node in manifest.get(kind, {}).items():
            facts[unique_id] = node_facts(node)
    for kind in ("metrics", "semantic_models", "saved_queries"):
        for unique_id, node in manifest.get(kind, {}).items():
            facts[unique_id] = {key: value for key, value in node.items() if key not in ("unique_id", "created_at") and value not in (None, "", [], {})}
    for name, selector in (manifest.get("selectors") or {}).items():
        facts[f"selector.{name}"] = selector
    for kind in ("macros", "docs", "groups"):
        for unique_id in manifest.get(kind, {}):
            if not BUILT_IN.match(unique_id):
                facts[unique_id] = {"resource_type": kind.rstrip("s")}
    for unique_id in manifest.get("disabled") or {}:
        facts[unique_id] = {"resource_type": "disabled"}
    return facts


def catalog_facts(catalog):
    """What the warehouse has: by unique id the table's metadata, its columns and its statistics."""
    facts = {unique_id: {key: table[key] for key in ("metadata", "columns", "stats")} for kind in ("nodes", "sources") for unique_id, table in catalog.get(kind, {}).items()}
    return {**facts, "errors": catalog.get("errors")}


def node_facts(node):
    facts = {
        "resource_type": node.get("resource_type"),
        "path": node.get("original_file_path"),
        "fqn": node.get("fqn"),
        "parents": sorted(node.get("depends_on", {}).get("nodes", [])),
        "relation": node.get("relation_name"),
        "description": node.get("description"),
        "columns": {name: [c.get("description") or "", c.get("data_type")] for name, c in (node.get("columns") or {}).items()},
        "config": {key: node.get("config", {})[key] for key in CONFIG if node.get("config", {}).get(key) is not None},
        "checksum": node.get("checksum") if node.get("resource_type") == "unit_test" else None,
        "repeated_refs": [ref["name"] for ref in node.get("refs", []) if node["refs"].count(ref) > 1],
        "hook_index": node.get("index") or None,
        "functions": node.get("functions"),
        "arguments": node.get("arguments"),
        "returns": node.get("returns"),
        "external": node.get("external"),
        "compiled": compiled_code(node),
    }
    return {key: value for key, value in facts.items() if value not in (None, "", [], {})}


def compiled_code(node):
    """Of a Python model: its code, and what the script below it is told; the rest of the script is each engine's own."""
    code = node.get("compiled_code")
    if not code or node.get("language") != "python":
        return fold(code) if code else None
    told = re.findall(r"^ *((?:refs|sources|config_dict|meta_dict|database|schema|identifier|self\.is_incremental) = .*|return '.*')$", code, re.M)
    return fold("\n".join([node["raw_code"], *told]))


def graph_facts(summary):
    """Per graph of graph_summary.json what follows each node; the numbers are left out."""
    names = {kind: {number: node["name"] for number, node in summary.get(kind, {}).items()} for kind in ("linked", "with_test_edges")}
    return {
        kind: {node["name"]: sorted(names[kind][str(number)] for number in node["succ"]) for node in summary.get(kind, {}).values() if "succ" in node}
        for kind in names
    }


def semantic_facts(manifest):
    """semantic_manifest.json, its lists by name."""
    return {key: {item["name"]: item for item in value} if isinstance(value, list) else value for key, value in manifest.items()}


def result_facts(run_results):
    return {r["unique_id"]: [r["status"], r.get("failures"), *batch_facts(r)] for r in run_results.get("results", [])}


def batch_facts(result):
    """Of a model that is built in batches, which were built and which were not."""
    batches = result.get("batch_results")
    return [batches] if batches else []


def table_facts(project_dir, databases):
    """Every table and view of the project's databases, read without changing them."""
    facts = {}
    connection = duckdb.connect()
    present = {name: project_dir / file for name, file in databases.items() if (project_dir / file).exists()}
    for name, file in present.items():
        connection.execute(f"attach '{file}' as {quote(name)} (read_only)")
    for name in present:
        # views may name their tables without the database
        connection.execute(f"use {quote(name)}")
        # views may name files as seen from the project
        connection.execute("set file_search_path = ?", [str(project_dir)])
        relations = connection.execute(
            "select table_schema, table_name, table_type from information_schema.tables where table_catalog = ? order by all", [name]
        ).fetchall()
        for schema, table, kind in relations:
            # dbt leaves these behind, under names of the moment.
            if OF_PYTHON_INCREMENT.search(table):
                continue
            facts[f"{name}.{schema}.{table}"] = relation_facts(connection, name, schema, table, kind)
    connection.close()
    return facts


def relation_facts(connection, database, schema, table, kind):
    relation = ".".join(map(quote, (database, schema, table)))
    facts = {"type": "view" if kind == "VIEW" else "table"} | decorations(connection, database, schema, table)
    try:
        columns = [[row[0], row[1]] for row in connection.execute(f"describe {relation}").fetchall()]
        rows, digest = connection.execute(digest_sql(relation, [name for name, _ in columns])).fetchone()
        return facts | {"columns": columns, "rows": rows, "hash": digest}
    except duckdb.Error as error:
        # a view on something that is gone; the kind of error is a fact, its text is not
        return facts | {"error": type(error).__name__}


def file_facts(project_dir, patterns):
    """The files that there are; of plain text also what is in them, as the rows of other formats show in the views over them."""
    found = sorted({path for pattern in patterns for path in project_dir.glob(pattern) if path.is_file()})
    plain = (".csv", ".json")
    return {path.relative_to(project_dir).as_posix(): sorted(path.read_text(encoding="utf-8").splitlines()) if path.suffix in plain else None for path in found}


def decorations(connection, database, schema, table):
    """Comments, constraints and indexes, where there are any."""

    def ask(columns, function, name="table_name"):
        query = f"select {columns} from {function}() where database_name = ? and schema_name = ? and {name} = ? order by all"
        return connection.execute(query, [database, schema, table]).fetchall()

    comments = ask("null, comment", "duckdb_tables") + ask("null, comment", "duckdb_views", "view_name") + ask("column_name, comment", "duckdb_columns")
    found = {
        "comments": {name or "": comment for name, comment in comments if comment is not None},
        "constraints": [row[0] for row in ask("constraint_text", "duckdb_constraints")],
        "indexes": [list(row) for row in ask("expressions, is_unique", "duckdb_indexes")],
    }
    return {key: value for key, value in found.items() if value}


def digest_sql(relation, columns):
    """Row count and a digest that no order of the rows changes; README.md spells it out."""
    cells = [f"case when {c} is null then 'n' else 's' || length({c}::varchar) || ':' || {c}::varchar end" for c in map(quote, columns)]
    return f"select count(*), md5(coalesce(string_agg(row, '' order by row), '')) from (select md5(concat({', '.join(cells)})) as row from {relation})"


def quote(name):
    return '"' + name.replace('"', '""') + '"'


def break_data(project_dir, edits):
    """Change CSV files of a copy: set cells, repeat rows, drop rows. Rows count from 1, after the header."""
    for edit in edits:
        path = project_dir / edit["file"]
        with path.open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        first, last = edit["rows"]
        chosen = range(first - 1, last)
        if "set" in edit:
            for index in chosen:
                for column, value in edit["set"].items():
                    rows[index][header.index(column)] = value
        elif edit.get("repeat"):
            rows += [list(rows[index]) for index in chosen]
        elif edit.get("drop"):
            rows = [row for index, row in enumerate(rows) if index not in chosen]
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([header, *rows])


def outcome_with_broken_data(engine, case):
    """Exit code and results of a build of the case's project with its edits made."""
    with copy_of(case["project"]) as project_dir:
        break_data(project_dir, case["edits"])
        install_packages(engine, project_dir)
        code, _, output = run(engine, project_dir, case["args"])
        return {"exit": code, "results": result_facts(read_json(project_dir / "target" / "run_results.json")), "output": output}


def changes(before, after):
    """What has to be done to `before` to get `after`; null stands for a key that is gone."""
    changed = {key: value for key, value in after.items() if key not in before or before[key] != value}
    return changed | {key: None for key in before if key not in after}


def apply(before, changed):
    after = {key: value for key, value in (before | changed).items() if value is not None}
    return after
