#!/usr/bin/env python3
"""The columns that Dagsmith tells without a warehouse, and those that the warehouse has after a build.

    columns.py --dagsmith PATH [--checkouts DIR] [--project NAME]... [--adapter NAME]... [--show N]

Of the shop, of jaffle-shop and of the integration tests of the packages in public_packages.json, all is built; then
`dagsmith lineage --columns --output json` is compared with what DuckDB's `describe` or PostgreSQL's catalog says of each relation that a
model, seed or snapshot became: names and their order of those that are told to be complete, and types where one is told. Checkouts as in
public_packages.py; jaffle-shop is read from DIR, too. A wrong name or type fails; one that is not known is only counted.
"""
import argparse
import json
import re
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import facts
import on_postgres
import public_packages

SHOP, JAFFLE_SHOP = "shop", "jaffle-shop"
JAFFLE_PACKAGES = ["dbt-utils", "dbt-date", "dbt-audit-helper"]
JAFFLE_SHOP_STEPS = [["build", "--vars", "{load_source_data: true}"]]


def projects():
    """Names, each with the package it is of, its folder there, and the commands that build it."""
    yield SHOP, None, ".", [["build"]]
    yield JAFFLE_SHOP, None, ".", JAFFLE_SHOP_STEPS
    for package, described in public_packages.packages().items():
        for folder, steps in described["projects"].items():
            yield f"{package} {folder}", package, folder, [step for step in steps if step[0] != "test"]


def prepared(name, package, folder, checkouts, work):
    """A copy of the project, with the packages that it needs beside it."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    if package:
        public_packages.prepare(package, checkouts, work)
        return work / package / folder
    if name == SHOP:
        return Path(shutil.copytree(facts.PROJECTS / SHOP, work / SHOP, ignore=facts.LEFT_BY_BUILDS))
    for needed in JAFFLE_PACKAGES:
        shutil.copytree(public_packages.checked_out(needed, checkouts), work / needed)
    copy = Path(shutil.copytree(checkouts / JAFFLE_SHOP, work / JAFFLE_SHOP))
    packages = "packages:\n" + "".join(f"  - local: ../{needed}\n" for needed in JAFFLE_PACKAGES)
    for file in work.rglob("packages.yml"):
        file.write_text(packages if file.parent == copy else "packages: []\n", encoding="utf-8")
    return copy


def built(project_dir, adapter, server):
    """Of each relation of the database its columns with their types, in order."""
    if adapter == "postgres":
        rows = server.ask(public_packages.DATABASE, ("n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod)",
            "(select * from pg_attribute where attnum > 0 and not attisdropped order by attrelid, attnum) a join pg_class c on c.oid = a.attrelid"
            " join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'v', 'm', 'p')"))
    else:
        with facts.duckdb.connect(str(project_dir / f"{public_packages.DATABASE}.duckdb")) as connection:
            names = connection.execute("select table_schema, table_name from information_schema.tables").fetchall()
            rows = [(*name, *column[:2]) for name in names for column in described(connection, name)]
    relations = {}
    for schema, table, *column in rows:
        relations.setdefault((schema, table), []).append(column)
    return relations


def described(connection, name):
    try:
        return connection.execute(f"describe {'.'.join(map(facts.quote, name))}").fetchall()
    except facts.duckdb.Error:
        # a view of something that is gone
        return []


# PostgreSQL's words for types, as they are told.
SPELLINGS = {
    "CHARACTER VARYING": "VARCHAR", "TEXT": "VARCHAR", "DOUBLE PRECISION": "DOUBLE", "REAL": "FLOAT", "NUMERIC": "DECIMAL", "BYTEA": "BLOB",
    "TIMESTAMP WITHOUT TIME ZONE": "TIMESTAMP", "TIME WITHOUT TIME ZONE": "TIME", "JSONB": "JSON",
}


def plain(data_type, adapter):
    """A type in one spelling. Lengths of texts and, on PostgreSQL, of numbers are left out: inference does not carry them."""
    if adapter == "duckdb":
        return data_type
    bare = re.sub(r"\(.*?\)", "", data_type.upper()).strip()
    array = "[]" if bare.endswith("[]") else ""
    bare = bare.removesuffix("[]")
    return SPELLINGS.get(bare, bare) + array


class Count:
    """Of one project: how many relations and columns there are, and are told."""

    def __init__(self):
        self.relations = self.complete = self.columns = self.named = self.typed = self.equal = 0
        self.wrong = []

    def compare(self, name, told, truth, adapter):
        self.relations += 1
        self.columns += len(truth)
        names = [column["name"] for column in told["columns"]]
        if told["complete"]:
            self.complete += 1
            if names != [column for column, _ in truth]:
                self.wrong.append((name, "names", [column for column, _ in truth], names))
                return
            self.named += len(truth)
        types = dict(truth)
        for column in told["columns"]:
            data_type = types.get(column["name"])
            if column["type"] is None or data_type is None:
                continue
            self.typed += 1
            want, got = plain(data_type, adapter), plain(column["type"], adapter)
            self.equal += want == got
            if want != got:
                self.wrong.append((name, column["name"], want, got))

    def cells(self):
        return f"{self.complete:,} of {self.relations:,} | {self.named:,} of {self.columns:,} | {self.equal:,} of {self.typed:,} | {len(self.wrong):,}"


def compared(engine, project_dir, steps, adapter, server, show):
    public_packages.write_profile(project_dir, adapter, server)
    facts.install_packages(engine, project_dir)
    for step in steps:
        facts.run(engine, project_dir, step)
    nodes = facts.read_json(project_dir / "target" / "manifest.json").get("nodes", {})
    settings = steps[-1][1:] if "--vars" in steps[-1] else []
    code, output, shown = facts.run(engine, project_dir, ["--quiet", "lineage", "--columns", "--output", "json", *settings])
    if code:
        raise SystemExit(shown)
    relations, count = built(project_dir, adapter, server), Count()
    for told in json.loads(output)["models"].values():
        node = nodes.get(told["unique_id"], {})
        truth = relations.get((node.get("schema"), node.get("alias")))
        if truth:
            count.compare(told["unique_id"], told, truth, adapter)
        if show and truth and not told["complete"]:
            print(f"  not complete: {told['unique_id']}")
    for name, what, want, got in count.wrong[:show]:
        print(f"  {name} {what}\n    is:   {want}\n    told: {got}", flush=True)
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dagsmith", required=True)
    parser.add_argument("--checkouts", type=Path, help="a folder of checkouts, as in public_packages.py")
    names = [name for name, *_ in projects()]
    parser.add_argument("--project", action="append", choices=names, help="only this one; may be given several times")
    parser.add_argument("--adapter", action="append", choices=public_packages.ADAPTERS, help="only this one")
    parser.add_argument("--show", type=int, default=5, help="wrong columns of each project to print")
    options = parser.parse_args()
    counts = {}
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="columns-"))).resolve()
        checkouts = (options.checkouts or scratch / "checkouts").resolve()
        adapters = options.adapter or public_packages.ADAPTERS
        server = stack.enter_context(on_postgres.server()) if "postgres" in adapters else None
        for adapter in adapters:
            for name, package, folder, steps in projects():
                is_there = package or name == SHOP or (checkouts / name).exists()
                # the shop's SQL is DuckDB's
                if name not in (options.project or names) or not is_there or (name == SHOP and adapter != "duckdb"):
                    continue
                print(f"{name} {adapter}", flush=True)
                project_dir = prepared(name, package, folder, checkouts, scratch / "work")
                counts[name, adapter] = compared(options.dagsmith, project_dir, steps, adapter, server, options.show)
    print("\n| project | adapter | relations told completely | columns by name and order | types, of those told | wrong |\n|---|---|---|---|---|---|")
    for (name, adapter), count in counts.items():
        print(f"| {name} | {adapter} | {count.cells()} |")
    sys.exit(1 if any(count.wrong for count in counts.values()) else 0)


if __name__ == "__main__":
    main()
