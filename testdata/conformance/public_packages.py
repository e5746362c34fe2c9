#!/usr/bin/env python3
"""Public packages as their authors wrote them: their integration tests with dbt Core and with Dagsmith, side by side.

    public_packages.py --dbt PATH --dagsmith PATH [--checkouts DIR] [--record DIR] [--package NAME]... [--adapter NAME]...

Of each package in public_packages.json, and of the packages that it needs, a checkout lies in DIR under the package's name; what is
not there is cloned from its repository, at the commit that the file names. Each engine runs the same commands in a copy of its
own, in the same place, on DuckDB and on a private PostgreSQL (server/postgres), with a profile written here. After each command these
are compared: the exit code; status, failures and message of every node; the facts of the manifest, compiled code among them; and all
that is in the database. `--known` names a file of differences with reasons, as in check.py. The table says what was equal, of all.
"""
import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import check
import facts
import on_postgres

ADAPTERS = ["duckdb", "postgres"]
DATABASE = "packages"
KINDS = ["exit", "results", "manifest", "tables"]


def packages():
    return json.loads((facts.HERE / "public_packages.json").read_text(encoding="utf-8"))["packages"]


def checked_out(name, into):
    """The package's checkout, which is cloned where it is missing."""
    checkout, package = into / name, packages()[name]
    if not checkout.exists():
        subprocess.run(["git", "clone", "--quiet", package["repository"], checkout], check=True)
        subprocess.run(["git", "-C", checkout, "checkout", "--quiet", package["commit"]], check=True)
    return checkout


def prepare(name, checkouts, work):
    """Copies of the package and of what it needs, side by side, each finding the others there instead of on dbt's hub."""
    for needed in [name, *packages()[name].get("needs", [])]:
        shutil.copytree(checked_out(needed, checkouts), work / needed, ignore=shutil.ignore_patterns(".git", "package-lock.yml"))
    folders = {"dbt_utils": "dbt-utils", "dbt_date": "dbt-date"}
    for file in work.rglob("packages.yml"):
        text = re.sub(r"- package: \S+/(\w+)\n\s+version:.*", lambda it: f"- local: {work / folders[it[1]]}", file.read_text(encoding="utf-8"))
        file.write_text(text, encoding="utf-8")


def write_profile(project_dir, adapter, server):
    """One target, of the adapter's name, whatever the project's own profiles say."""
    profile = re.search(r"(?m)^profile:\s*['\"]?(\w+)", (project_dir / "dbt_project.yml").read_text(encoding="utf-8"))[1]
    if adapter == "duckdb":
        entry = {"type": "duckdb", "path": f"{DATABASE}.duckdb"}
    else:
        server.create_database(DATABASE)
        entry = {"type": "postgres", "host": server.host, "port": int(server.port), "user": server.user, "pass": server.password, "dbname": DATABASE}
    profiles = {profile: {"target": adapter, "outputs": {adapter: entry | {"schema": "tests", "threads": 1}}}}
    # JSON is YAML, too
    (project_dir / "profiles.yml").write_text(json.dumps(profiles), encoding="utf-8")


def result_facts(run_results):
    return {
        result["unique_id"]: {"status": result["status"], "failures": result.get("failures"), "message": first_line(result.get("message"))}
        for result in run_results.get("results", [])
    }


def first_line(message):
    return (message or "").strip().partition("\n")[0]


def observed(engine, name, project, adapter, where):
    """What the engine made of each step, with its output."""
    checkouts, work, server = where
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    prepare(name, checkouts, work)
    project_dir = work / name / project
    write_profile(project_dir, adapter, server)
    facts.install_packages(engine, project_dir)
    for args in packages()[name]["projects"][project]:
        target = project_dir / "target"
        shutil.rmtree(target, ignore_errors=True)
        code, _, output = facts.run(engine, project_dir, args)
        yield {
            "exit": {"code": code},
            "results": result_facts(facts.read_json(target / "run_results.json")),
            "manifest": facts.manifest_facts(facts.read_json(target / "manifest.json")),
            "tables": server.table_facts(DATABASE) if adapter == "postgres" else facts.table_facts(project_dir, {DATABASE: f"{DATABASE}.duckdb"}),
        }, output


class Count:
    """Of one package and adapter: by kind how many are equal, are known to differ, and are there at all."""

    def __init__(self):
        self.equal, self.known, self.all = ({kind: 0 for kind in KINDS} for _ in range(3))

    def add(self, kind, one, other, differing, known):
        entries = set(one) | set(other)
        self.all[kind] += len(entries)
        self.known[kind] += len(known - differing)
        self.equal[kind] += len(entries) - len(differing | known)

    def cells(self):
        for kind in ("results", "manifest", "tables"):
            known = f" (and {self.known[kind]} known)" if self.known[kind] else ""
            yield f"{self.equal[kind]:,} of {self.all[kind]:,}{known}"


def grouped(found):
    """Differences in the same field of different nodes, together."""
    groups = {}
    for path, want, got in found:
        missing = ["only in dagsmith's"] if want is None else ["only in dbt's"] if got is None else []
        groups.setdefault((path[0], *path[2:3], *missing), []).append((path, want, got))
    return groups


def compare_step(place, dbt, dagsmith, count, known, show):
    """Prints what differs and counts it; answers whether anything does that is not known."""
    found, n_known = [], 0
    for kind in KINDS:
        differing, known_ids = set(), set()
        for path, want, got in check.compare([*place, kind], dbt[kind], dagsmith[kind]):
            if known.covers(path):
                known_ids.add(path[len(place) + 1])
                n_known += 1
            else:
                differing.add(path[len(place) + 1])
                found.append((path[len(place):], want, got))
        count.add(kind, dbt[kind], dagsmith[kind], differing, known_ids)
    print(f"  {' / '.join(place)}: {len(found)} differences" + (f", and {n_known} known" if n_known else ""), flush=True)
    for (kind, *field), alike in grouped(found).items():
        print(f"    {len(alike)} of {' / '.join([kind, *field])}")
        for path, want, got in alike[:show]:
            print(f"      {path[1]}\n        dbt:      {check.brief(want).strip()}\n        dagsmith: {check.brief(got).strip()}")
    return bool(found)


def recorded(record, dbt, name, project, adapter, where):
    """What dbt made, from an earlier time where there is one."""
    file = record and record / f"{name} {project.replace('/', ' ')} {adapter}.json"
    if not file:
        return list(observed(dbt, name, project, adapter, where))
    if not file.exists():
        record.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(list(observed(dbt, name, project, adapter, where))), encoding="utf-8")
    return json.loads(file.read_text(encoding="utf-8"))


def compare_project(engines, name, project, adapter, where, record, known, show):
    """Counts of one project on one adapter, and whether it differs in what is not known."""
    count, differs = Count(), False
    # One after the other: both work in the same place, so that paths in what they make are the same.
    dbt, dagsmith = engines
    seen = [recorded(record, dbt, name, project, adapter, where), list(observed(dagsmith, name, project, adapter, where))]
    for args, (dbt, dbt_output), (dagsmith, dagsmith_output) in zip(packages()[name]["projects"][project], *seen):
        step_differs = compare_step([f"{name} {project}", f"{adapter} {' '.join(args)}"], dbt, dagsmith, count, known, show)
        if step_differs and dbt["exit"] != dagsmith["exit"]:
            print(f"    dbt:\n{dbt_output[-1500:]}\n    dagsmith:\n{dagsmith_output[-1500:]}")
        differs |= step_differs
    return count, differs


def rows(counts):
    yield "| package | project | adapter | results | nodes | relations |"
    yield "|---|---|---|---|---|---|"
    for (name, project, adapter), count in counts.items():
        yield f"| {name} | {project} | {adapter} | " + " | ".join(count.cells()) + " |"


def compared(options, names=None, adapters=None):
    """The counts of each package, project and adapter, and whether anything differs that is not known."""
    engines, counts, known, different = [options.dbt, options.dagsmith], {}, check.Known(options.known), False
    names, adapters = names or packages(), adapters or ADAPTERS
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="packages-"))).resolve()
        server = stack.enter_context(on_postgres.server()) if "postgres" in adapters else None
        where = ((options.checkouts or scratch / "checkouts").resolve(), scratch / "work", server)
        for adapter in adapters:
            for name in names:
                for project in packages()[name]["projects"]:
                    count, differs = compare_project(engines, name, project, adapter, where, options.record, known, options.show)
                    counts[name, project, adapter] = count
                    different |= differs
    return counts, different


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dbt", required=True, help="dbt Core 1.11 with the adapters for DuckDB and PostgreSQL")
    parser.add_argument("--dagsmith", required=True)
    parser.add_argument("--checkouts", type=Path, help="a folder of checkouts; what is missing is cloned into it (default: a temporary one)")
    parser.add_argument("--record", type=Path, help="a folder for what dbt made, which is read instead of running dbt again")
    parser.add_argument("--package", action="append", choices=packages(), help="only this one; may be given several times")
    parser.add_argument("--adapter", action="append", choices=ADAPTERS, help="only this one")
    parser.add_argument("--known", help="a file of patterns of known differences")
    parser.add_argument("--show", type=int, default=3, help="differences of one sort to print for each step")
    options = parser.parse_args()
    counts, different = compared(options, options.package, options.adapter)
    print("\n".join(["", *rows(counts)]))
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
