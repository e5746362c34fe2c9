"""Builds projects with dbt Core and with Dagsmith, and compares what both have made.

Compared: the status of every node in run_results.json, the exit code, and the columns and rows of every table in the
database. Each engine works in a copy of the project. Projects that dbt itself refuses are only compared by exit code.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECTS = Path(__file__).resolve().parents[2] / "testdata" / "projects"
# Each shows one part of the engine; the flagship takes all of them together.
SMALL = ["ephemeral", "generic_tests", "hooks", "incremental", "macros", "seeds", "sources", "unit_tests"]


def build(engine: str, project: Path, work: Path) -> tuple[int, dict, dict]:
    copy = work / "project"
    shutil.copytree(project, copy)
    env = dict(os.environ, DBT_SEND_ANONYMOUS_USAGE_STATS="false", DBT_PROFILES_DIR=str(copy))
    if (copy / "packages.yml").exists():
        subprocess.run([engine, "deps"], cwd=copy, env=env, capture_output=True, check=False)
    done = subprocess.run([engine, "build"], cwd=copy, env=env, capture_output=True, text=True, check=False)
    results = copy / "target" / "run_results.json"
    statuses = {}
    if results.exists():
        statuses = {it["unique_id"]: it["status"] for it in json.loads(results.read_text())["results"]}
    else:
        print(done.stdout[-1500:], done.stderr[-1500:], file=sys.stderr)
    return done.returncode, statuses, tables(copy)


def tables(project: Path) -> dict:
    import duckdb

    found = {}
    for file in sorted(project.rglob("*.duckdb")):
        with duckdb.connect(str(file), read_only=True) as database:
            names = database.execute(
                "select table_schema, table_name from information_schema.tables order by all"
            ).fetchall()
            for schema, name in names:
                relation = f'"{schema}"."{name}"'
                columns = database.execute(f"describe {relation}").fetchall()
                rows = sorted(map(repr, database.execute(f"from {relation}").fetchall()))
                found[f"{file.stem}.{schema}.{name}"] = (columns, rows)
    return found


def differences(dbt: dict, dagsmith: dict) -> list[str]:
    lines = []
    for key in sorted(set(dbt) | set(dagsmith)):
        if dbt.get(key) != dagsmith.get(key):
            lines.append(f"    {key}\n      dbt:      {str(dbt.get(key))[:300]}\n      dagsmith: {str(dagsmith.get(key))[:300]}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dbt", required=True)
    parser.add_argument("--dagsmith", required=True)
    parser.add_argument("projects", nargs="*", default=SMALL)
    args = parser.parse_args()
    n_different = 0
    for name in args.projects:
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            dbt = build(args.dbt, PROJECTS / name, Path(one))
            dagsmith = build(args.dagsmith, PROJECTS / name, Path(other))
        lines = differences(dbt[1], dagsmith[1]) + differences(dbt[2], dagsmith[2])
        if dbt[0] != dagsmith[0]:
            lines.append(f"    exit code: dbt {dbt[0]}, dagsmith {dagsmith[0]}")
        print(f"{name}: {len(dbt[1])} nodes, {len(dbt[2])} tables, {'the same' if not lines else 'DIFFERENT'}")
        print("\n".join(lines), end="\n" if lines else "")
        n_different += bool(lines)
    sys.exit(1 if n_different else 0)


if __name__ == "__main__":
    main()
