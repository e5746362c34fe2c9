#!/usr/bin/env python3
"""Compare what dagsmith makes of the test projects with what dbt Core 1.11 made of them.

    check.py --dagsmith PATH [--project NAME]... [--show N] [--postgres] [--broken-data] [--known FILE] [--schemas]

Runs the commands of steps.json on copies of the projects and compares with <project>.json, or, with
--broken-data, breaks the data of the copies and compares the outcomes with broken_data.json. Prints
every difference; exit status 0 when there is none, 1 otherwise. Needs the Python package `duckdb`.
FILE lists differences that are known, a pattern a line (`seeds / * / tables / *`), with the reason in
a comment above; they are counted but do not fail. A pattern that matches nothing is reported.
With --schemas every artifact is held to dbt's schema of it, too; that needs the package `dbt-core`.
"""
import argparse
import fnmatch
import json
import pathlib
import sys
from contextlib import nullcontext

import facts
import on_postgres


def expected(name, place=facts.HERE):
    return json.loads((place / f"{name}.json").read_text(encoding="utf-8"))


def compare(path, want, got):
    """One (path, expected, found) for each leaf that differs, at most two levels below a node."""
    if want == got:
        return
    if isinstance(want, dict) and isinstance(got, dict) and len(path) < 6:
        for key in sorted(set(want) | set(got)):
            yield from compare([*path, key], want.get(key), got.get(key))
    else:
        yield path, want, got


def check_project(engine, project, plan, faults_of, server=None):
    place = facts.HERE / "postgres" if server else facts.HERE
    recorded = {step["name"]: step for step in expected(project, place)["steps"]}
    accumulated = {}
    for step, seen in facts.walk(engine, project, plan, server):
        want = recorded.pop(step["name"], {"args": step["args"], "exit": None})
        stale = sorted(set(want) - set(seen) - {"name", "args"}) + (["args"] if want["args"] != step["args"] else [])
        unknown = [kind for kind in sorted(set(seen) - set(want)) if kind not in ("output", "target")]
        got = {kind: seen[kind] for kind in want if kind in seen}
        whole = {kind: want[kind] for kind in want if kind in seen}
        for kind in ("manifest", "tables"):
            if kind in want:
                accumulated[kind] = whole[kind] = facts.apply(accumulated.get(kind, {}), want[kind])
        found = list(compare([project, step["name"]], whole, got))
        # What is compared with nothing must not pass for the same.
        found += [([project, step["name"], kind], "(recorded and asked for alike: run record.py)", None) for kind in stale + unknown]
        if "exit" in {path[2] for path, *_ in found}:
            found.append(([project, step["name"], "output"], "(not compared)", seen["output"][-1500:]))
        yield step["name"], found + list(faults_of(project, step["name"], seen["target"]))
    for name in recorded:
        yield name, [([project, name, "step"], "(a step of steps.json: run record.py)", None)]


def faults_by_schema(project, step, target):
    import schemas  # only where it is asked for: it needs dbt itself

    for artifact, place, message in schemas.faults(target):
        yield [project, step, artifact, place], "(valid against dbt's schema)", message


def check_broken_data(engine):
    baselines = {}
    for case in facts.steps()["broken_data"]:
        if case["project"] not in baselines:
            clean = expected(case["project"])["steps"]
            baselines[case["project"]] = next(step["results"] for step in clean if step["args"] == case["args"])
        want = expected("broken_data")["cases"][case["name"]]
        seen = facts.outcome_with_broken_data(engine, case)
        whole = {"exit": want["exit"], "results": facts.apply(baselines[case["project"]], want["changed"])}
        got = {"exit": seen["exit"], "results": seen["results"]}
        yield case["name"], list(compare(["broken data", case["name"]], whole, got))


class Known:
    """Differences that are known, and which of the patterns were of use."""

    def __init__(self, path):
        lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines() if path else []
        self.patterns = {line.strip(): 0 for line in lines if line.strip() and not line.startswith("#")}
        self.count = 0

    def covers(self, path):
        # Names hold brackets, which mean nothing here.
        text = " / ".join(path).replace("[", "(").replace("]", ")")
        for pattern in self.patterns:
            if fnmatch.fnmatchcase(text, pattern):
                self.patterns[pattern] += 1
                self.count += 1
                return True
        return False

    def unused(self):
        return [pattern for pattern, uses in self.patterns.items() if not uses]


def report(name, found, show, known):
    n_found = len(found)
    found = [one for one in found if not known.covers(one[0])]
    of_known = f" ({n_found - len(found)} known)" if len(found) != n_found else ""
    print(f"  {name}: {'same' if not found else f'{len(found)} differences'}{of_known}", flush=True)
    for path, want, got in found[:show]:
        print(f"    {' / '.join(path[2:])}\n      expected: {brief(want)}\n      found:    {brief(got)}")
    if len(found) > show:
        print(f"    ... and {len(found) - show} more (--show {len(found)})")
    return len(found)


def brief(value):
    text = "(absent)" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 1500 else text[:1500] + " ..."


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dagsmith", required=True, help="the binary to check; dbt itself must show no difference")
    parser.add_argument("--project", action="append", help="only this one; may be given several times")
    parser.add_argument("--show", type=int, default=10, help="differences to print for each step")
    parser.add_argument("--known", help="a file of patterns of known differences")
    parser.add_argument("--broken-data", action="store_true", help="break the data on purpose and compare the outcomes")
    parser.add_argument("--schemas", action="store_true", help="hold the artifacts to dbt's schemas, too")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL that is started for this, against postgres/<project>.json")
    options = parser.parse_args()
    faults_of = faults_by_schema if options.schemas else lambda *_: []
    total, known = 0, Known(options.known)
    if options.broken_data:
        for name, found in check_broken_data(options.dagsmith):
            total += report(name, found, options.show, known)
    else:
        with on_postgres.server() if options.postgres else nullcontext() as server:
            for project, plan in facts.projects(options.project, options.postgres):
                print(project, flush=True)
                for name, found in check_project(options.dagsmith, project, plan, faults_of, server):
                    total += report(name, found, options.show, known)
    if not options.project and not options.broken_data:
        for pattern in known.unused():
            print(f"no longer different: {pattern}")
    print(f"{total} differences" + (f", and {known.count} known" if known.count else ""))
    sys.exit(1 if total else 0)


if __name__ == "__main__":
    main()
