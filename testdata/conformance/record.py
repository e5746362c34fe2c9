#!/usr/bin/env python3
"""Record what dbt Core makes of the test projects.

    record.py /path/to/dbt [--project NAME]... [--postgres] [--broken-data]

Writes one <project>.json for each project of steps.json, and broken_data.json. Run it with a Python
that has the package `duckdb`, of the version that dbt uses. Look at the diff before committing it:
these files are the contract that check.py holds dagsmith to.
"""
import argparse
import json
import sys

import facts
import on_postgres


def recorded_steps(dbt, project, plan, server=None):
    """Full facts in the first step that has them, then only what changed from step to step."""
    last = {}
    for step, seen in facts.walk(dbt, project, plan, server):
        missing = set(step.get("mentions", [])) - set(seen.get("mentions", []))
        wrong_exit = seen["exit"] != step.get("exit", 0)
        # On another warehouse a step may end in another way.
        if (missing or wrong_exit) and not server:
            sys.exit(f"{project}, {step['name']}: exit {seen['exit']}, not mentioned: {sorted(missing)}\n{seen['output'][-3000:]}")
        record = {"name": step["name"], "args": step["args"], "exit": seen["exit"]}
        for kind in ("mentions", "lines", "results", "freshness", "graph", "semantic", "catalog", "files", "statements"):
            if kind in seen:
                record[kind] = seen[kind]
        for kind in ("manifest", "tables"):
            if kind in seen:
                record[kind] = facts.changes(last.get(kind, {}), seen[kind])
                last[kind] = seen[kind]
        print(f"  {step['name']}: exit {seen['exit']}", flush=True)
        yield record


def record_broken_data(dbt):
    plans = facts.steps()
    recorded = {}
    for case in plans["broken_data"]:
        clean = json.loads((facts.HERE / f"{case['project']}.json").read_text(encoding="utf-8"))
        baseline = next(step["results"] for step in clean["steps"] if step["args"] == case["args"])
        seen = facts.outcome_with_broken_data(dbt, case)
        recorded[case["name"]] = {"exit": seen["exit"], "changed": facts.changes(baseline, seen["results"])}
        print(f"  {case['name']}: exit {seen['exit']}, {len(recorded[case['name']]['changed'])} results changed", flush=True)
    write("broken_data", {"cases": recorded})


def write(name, data):
    text = "\n".join(lines(data, 0)) + "\n"
    if "/conformance-" in text:
        sys.exit(f"{name}: a path of this machine would be recorded")
    (facts.HERE / f"{name}.json").write_text(text, encoding="utf-8")


def lines(value, depth, prefix=""):
    """JSON that is read and compared line by line: what is short stays on its line, of lists only the steps are spread."""
    flat = json.dumps(value, ensure_ascii=False, sort_keys=True)
    spread = value and (isinstance(value, dict) or prefix == '"steps": ')
    if not spread or (depth > 3 and len(flat) < 180) or depth > 4:
        yield " " * depth + prefix + flat
        return
    if isinstance(value, dict):
        # the first levels are in the order in which they happened
        items = [(json.dumps(key, ensure_ascii=False) + ": ", value[key]) for key in (sorted(value) if depth > 2 else value)]
        opening, closing = "{", "}"
    else:
        items, opening, closing = [("", item) for item in value], "[", "]"
    yield " " * depth + prefix + opening
    for index, (name, item) in enumerate(items):
        *rest, last = lines(item, depth + 1, name)
        yield from rest
        yield last + ("," if index < len(items) - 1 else "")
    yield " " * depth + closing


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dbt", help="the reference, dbt Core 1.11 with its DuckDB adapter")
    parser.add_argument("--project", action="append", help="only this one; may be given several times")
    parser.add_argument("--broken-data", action="store_true", help="only the builds with broken data")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL server that is started for this, into postgres/<project>.json")
    options = parser.parse_args()
    if options.postgres:
        with on_postgres.server() as server:
            for project, plan in facts.projects(options.project, on_server=True):
                print(project, flush=True)
                write(f"postgres/{project}", {"project": project, "steps": list(recorded_steps(options.dbt, project, plan, server))})
        return
    if not options.broken_data:
        for project, plan in facts.projects(options.project, on_server=False):
            print(project, flush=True)
            write(project, {"project": project, "steps": list(recorded_steps(options.dbt, project, plan))})
    if options.broken_data or not options.project:
        print("broken data", flush=True)
        record_broken_data(options.dbt)


if __name__ == "__main__":
    main()
