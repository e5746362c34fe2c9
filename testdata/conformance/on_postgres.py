"""The test projects on PostgreSQL: a private server, a database for each project, profiles, and what is in the tables.

Everything is asked through `psql`, so that no Python package is needed.
"""
import hashlib
import json
import os
import re
import subprocess
from contextlib import contextmanager
from pathlib import Path

SERVER = Path(__file__).resolve().parents[2] / "server" / "postgres"


class Server:
    """A running server, as the script that started it tells."""

    def __init__(self, ready):
        _, self.host, self.port, self.user, self.password, self.database, self.directory = ready.split()

    def ask(self, database, sql):
        """Rows of text; a null is None. One JSON array a row keeps every value apart from the next."""
        said = self.run(database, f"select to_json(array_agg(x)) from (select jsonb_build_array({sql[0]})::text as x from {sql[1]}) as rows")
        return [json.loads(row) for row in json.loads(said.strip() or "null") or []]

    def prepare(self, project_dir):
        """An empty database with the project's name, and profiles that lead there."""
        # The name that DuckDB gives the database in the project's file, so that relations have the same names.
        name = project_dir.name
        self.create_database(name)
        path = project_dir / "profiles.yml"
        path.write_text(self.profiles(path.read_text(encoding="utf-8"), name), encoding="utf-8")
        return name

    def create_database(self, name):
        """An empty one, in the place of any other of that name."""
        for command in (["dropdb", "--if-exists", name], ["createdb", name]):
            subprocess.run([command[0], "-h", self.directory, "-p", self.port, "-U", self.user, *command[1:]],
                env=os.environ | {"PGOPTIONS": "-c client_min_messages=warning"}, check=True)
        self.run(name, f"alter database {quote(name)} set log_statement = 'all'")

    def run(self, database, sql):
        """The output of a statement, one row a line."""
        return subprocess.run(
            ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", self.directory, "-p", self.port, "-U", self.user, "-d", database],
            input=sql, env=os.environ | {"PGTZ": "UTC", "PGOPTIONS": "-c log_statement=none"}, capture_output=True, text=True, encoding="utf-8", check=True).stdout

    def log_length(self):
        return (Path(self.directory) / "server.log").stat().st_size

    def statements(self, since, pattern):
        """What the server was sent since then that begins in some way, sorted; see `words`."""
        log = (Path(self.directory) / "server.log").read_bytes()[since:].decode()
        # The lines of a statement but its first begin with a tab.
        sent = re.findall(r"(?m)^\S.*? LOG:  statement: (.*(?:\n\t.*)*)", log)
        return sorted(text for text in map(words, sent) if re.match(pattern, text))

    def profiles(self, text, name):
        """The same profiles and targets on this server. Of a target only the schema and the number of threads stay."""
        entry = f"type: postgres\n      host: {self.host}\n      port: {self.port}\n      user: {self.user}\n      pass: {self.password}\n      dbname: {name}"
        kept = []
        for target in re.split(r"(?m)^(?=    \w+:\s*$)", text):
            if "type: duckdb" in target:
                head = target.splitlines()[0]
                own = re.findall(r"(?m)^      (?:schema|threads): .*$", target)
                schema = [] if any("schema:" in line for line in own) else ["      schema: main"]
                target = "\n".join([head, f"      {entry}", *own, *schema]) + "\n"
            kept.append(target)
        return "".join(kept)

    def table_facts(self, name):
        """Every table and view of the database: columns with types, the number of rows, a digest of them, decorations."""
        facts = {}
        relations = self.ask(name, ("n.nspname, c.relname, c.relkind, c.relpersistence, obj_description(c.oid, 'pg_class')",
            "pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'v', 'm', 'p')"
            " and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'"))
        for schema, table, kind, persistence, comment in sorted(relations, key=lambda it: it[:2]):
            where = f"{literal(quote(schema) + '.' + quote(table))}::regclass"
            columns = self.ask(name, ("attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum)",
                f"(select * from pg_attribute where attrelid = {where} and attnum > 0 and not attisdropped order by attnum) as it"))
            cells = ", ".join(f"{quote(column[0])}::text" for column in columns) or "null"
            rows = sorted(json.dumps(row) for row in self.ask(name, (cells, f"{quote(schema)}.{quote(table)}")))
            found = {
                "type": {"v": "view", "m": "materialized view"}.get(kind, "unlogged table" if persistence == "u" else "table"),
                "columns": [column[:2] for column in columns],
                "rows": len(rows),
                "hash": hashlib.md5("\n".join(rows).encode()).hexdigest(),
                "comments": {key: text for key, text in [("", comment), *[(it[0], it[2]) for it in columns]] if text is not None},
                "constraints": sorted(row[0] for row in self.ask(name, ("pg_get_constraintdef(oid)", f"pg_constraint where conrelid = {where}"))),
                "grants": sorted(f"{who or 'public'}: {what}" for who, what in self.ask(name, ("(select rolname from pg_roles where oid = grantee), privilege_type",
                    f"(select (aclexplode(relacl)).* from pg_class where oid = {where}) as it where grantee <> grantor"))),
                # an index is named by chance
                "indexes": sorted(re.sub(r"INDEX \S+ ON", "INDEX ON", row[0]) for row in self.ask(name, ("pg_get_indexdef(indexrelid)", f"pg_index where indrelid = {where}"))),
            }
            facts[f"{name}.{schema}.{table}"] = {key: value for key, value in found.items() if value not in ({}, [])}
        return facts


@contextmanager
def server():
    """A server that ends with the block."""
    process = subprocess.Popen([SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        ready = process.stdout.readline()
        if not ready.startswith("ready "):
            raise SystemExit("PostgreSQL did not start; see above")
        yield Server(ready)
    finally:
        process.stdin.close()
        process.wait()


def quote(name):
    return '"' + name.replace('"', '""') + '"'


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def words(sql):
    """A statement without comments and with single spaces. What is named by chance or by the time, as indexes and temporary tables
    are, has no name."""
    text = re.sub(r"/\*.*?\*/|--[^\n]*", " ", sql, flags=re.DOTALL)
    text = re.sub(r"(?:; )+", "; ", re.sub(r"\s*([;,()])\s*", r"\1 ", re.sub(r"\s+", " ", text))).strip("; ")
    return re.sub(r"\b[0-9a-f]{32}\b|(?<=__dbt_tmp)\d{12}\b", "...", text)
