"""Runs projects with dbt Core and with Dagsmith, and compares what both have made.

    compare_with_dbt.py --dbt PATH --dagsmith PATH [PROJECT]... [--step "seed --full-refresh"]...

PROJECT is a directory with a dbt_project.yml and a profiles.yml for DuckDB, or the name of a test project of this repository.
Each engine works in a copy of its own, runs `deps` where there is a packages.yml, then the steps (by default: build). After each
step these are compared: the exit code, the status and the failures of every node in run_results.json, the facts of every node in
manifest.json, and the columns and rows of every table and view in the databases. conformance/README.md says what a fact is.
"""

import argparse
import re
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

TESTDATA = Path(__file__).resolve().parents[2] / "testdata"
sys.path.insert(0, str(TESTDATA / "conformance"))
import facts  # noqa: E402  (found by the line above)

# Each shows one part of the engine.
SMALL = ["ephemeral", "generic_tests", "hooks", "incremental", "macros", "seeds", "sources", "unit_tests"]


def copied(project: Path, into: Path) -> Path:
    """A copy whose local packages are still found."""
    copy = into / project.name
    shutil.copytree(project, copy, ignore=facts.LEFT_BY_BUILDS)
    packages = copy / "packages.yml"
    if packages.exists():
        text = packages.read_text(encoding="utf-8")
        outside = re.sub(r"(local:\s*)(\.\./[^\s]*)", lambda it: it[1] + str((project / it[2]).resolve()), text)
        packages.write_text(outside, encoding="utf-8")
    return copy


def observed(engine: str, project: Path, steps: list[list[str]]):
    """What the engine made of each step."""
    with tempfile.TemporaryDirectory(prefix="compare-") as scratch:
        copy = copied(project, Path(scratch).resolve())
        facts.install_packages(engine, copy)
        for args in steps:
            code, _, output = facts.run(engine, copy, args)
            databases = {file.stem: str(file.relative_to(copy)) for file in sorted(copy.rglob("*.duckdb"))}
            yield {
                "exit": {"code": code},
                "results": facts.result_facts(facts.read_json(copy / "target" / "run_results.json")),
                "manifest": facts.manifest_facts(facts.read_json(copy / "target" / "manifest.json")),
                "tables": facts.table_facts(copy, databases),
            }, output


def fields(kind: str, seen: dict) -> dict:
    """One entry for each fact: a node's result, a table, a single field of a node."""
    if kind != "manifest":
        return seen
    return {f"{node} / {field}": value for node, node_facts in seen.items() for field, value in node_facts.items()}


def report(project: Path, step: list[str], dbt: dict, dagsmith: dict, show: int) -> int:
    n_different, counts, lines = 0, [], []
    for kind in dbt:
        one, other = fields(kind, dbt[kind]), fields(kind, dagsmith[kind])
        keys = sorted(set(one) | set(other))
        different = [key for key in keys if one.get(key) != other.get(key)]
        n_different += len(different)
        counts.append(f"{kind} {len(keys) - len(different)}/{len(keys)}")
        lines += [f"    {kind}: {key}\n      dbt:      {str(one.get(key))[:400]}\n      dagsmith: {str(other.get(key))[:400]}" for key in different]
    print(f"{project.name} / {' '.join(step)}: {', '.join(counts)}, {'the same' if not lines else 'DIFFERENT'}", flush=True)
    print("\n".join(lines[:show]), end="\n" if lines else "")
    if len(lines) > show:
        print(f"    ... and {len(lines) - show} more (--show {len(lines)})")
    return n_different


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dbt", required=True)
    parser.add_argument("--dagsmith", required=True)
    parser.add_argument("--step", action="append", help="a command with its arguments; may be given several times (default: build)")
    parser.add_argument("--show", type=int, default=10, help="differences to print for each step")
    parser.add_argument("projects", nargs="*", default=SMALL, metavar="PROJECT")
    args = parser.parse_args()
    steps = [shlex.split(step) for step in args.step or ["build"]]
    n_different = 0
    for name in args.projects:
        project = Path(name).resolve() if Path(name, "dbt_project.yml").exists() else TESTDATA / "projects" / name
        both = zip(steps, observed(args.dbt, project, steps), observed(args.dagsmith, project, steps))
        for step, (dbt, dbt_output), (dagsmith, dagsmith_output) in both:
            n_different += report(project, step, dbt, dagsmith, args.show)
            for engine, seen, output in (("dbt", dbt, dbt_output), ("dagsmith", dagsmith, dagsmith_output)):
                if not seen["results"] and seen["exit"]["code"]:
                    print(f"    {engine} ended with {seen['exit']['code']}:\n{output[-1500:]}")
    sys.exit(1 if n_different else 0)


if __name__ == "__main__":
    main()
