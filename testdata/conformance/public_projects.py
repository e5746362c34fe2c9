#!/usr/bin/env python3
"""Public projects as their authors wrote them: what dbt Core and Dagsmith read in them, side by side.

    public_projects.py --dbt PATH --dagsmith PATH [--checkouts DIR] [--project NAME]...

Of each project in public_projects.json, and of the packages that it needs, a checkout lies in DIR under its name; what is not there is
cloned. Both engines read it with `parse`, with a profile for DuckDB whatever warehouse it was written for, and with the packages as they
are in the checkouts, whatever versions it asks for. Compared are the facts of the manifest (facts.py). `dagsmith check` then
reads it with the profile's own kind of warehouse: since dbt has read it, it should have no errors.
"""
import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import check
import facts

# What other runs left, and the repository's history.
NOT_READ = shutil.ignore_patterns(".git", "package-lock.yml", "dbt_packages", "target", "logs")


def listed():
    return json.loads((facts.HERE / "public_projects.json").read_text(encoding="utf-8"))


def checked_out(name, into):
    checkout, repository = into / name, listed()["repositories"][name]
    if not checkout.exists():
        subprocess.run(["git", "clone", "--quiet", repository["url"], checkout], check=True)
        subprocess.run(["git", "-C", checkout, "checkout", "--quiet", repository["commit"]], check=True)
    return checkout


def prepare(project, checkouts, work):
    """The project, and its packages side by side, each leading to the others there."""
    needed = [project["repository"], *project.get("needs", [])]
    for name in needed:
        shutil.copytree(checked_out(name, checkouts), work / name, ignore=NOT_READ, ignore_dangling_symlinks=True)
    for name in needed:
        for file in (work / name).rglob("*.yml"):
            if file.name in ("packages.yml", "dependencies.yml"):
                file.write_text(with_local_packages(file.read_text(encoding="utf-8"), work, project.get("needs", [])), encoding="utf-8")
    return work / project["repository"] / project.get("directory", "")


def with_local_packages(text, work, needed):
    """The same packages, as far as they are there; `local` ones stay."""
    kept = re.findall(r"(?m)^\s*-\s*(local:.*)$", text)
    named = re.findall(r"(?m)^\s*-\s*(?:package|git):\s*['\"]?(?:\S*/)?([\w.-]+?)(?:\.git)?['\"]?\s*$", text)
    folders = {name.replace("-", "_"): name for name in needed} | {name.replace("-", "_").removeprefix("dbt_"): name for name in needed}
    found = [f"local: {work / folders[key]}" for key in (name.replace("-", "_") for name in named) if key in folders]
    return "\n".join(["packages:" if kept or found else "packages: []", *(f"  - {line}" for line in [*kept, *found]), ""])


def write_profile(project_dir, kind):
    found = re.search(r"(?m)^profile:\s*['\"]?([\w-]+)", (project_dir / "dbt_project.yml").read_text(encoding="utf-8"))
    place = {"duckdb": {"path": ":memory:"}, "snowflake": {"account": "a", "user": "u", "database": "db"}, "bigquery": {"project": "db"}}
    entry = {"type": kind, "schema": "tests", "threads": 1} | place.get(kind, {"host": "h", "port": 1, "user": "u", "pass": "p", "dbname": "db"})
    profiles = {found[1] if found else "default": {"target": "dev", "outputs": {"dev": entry}}}
    (project_dir / "profiles.yml").write_text(json.dumps(profiles), encoding="utf-8")


class Found:
    """Of one project: what differs of how many facts, and what `check` said."""

    def __init__(self, name, dbt, dagsmith, n_errors):
        self.name, self.n_errors = name, n_errors
        self.differences = list(check.compare([name], dbt, dagsmith))
        self.n_all = len(set(dbt) | set(dagsmith))
        self.n_equal = self.n_all - len({path[1] for path, *_ in self.differences if len(path) > 1})

    def differs(self):
        return bool(self.differences or self.n_errors or not self.n_all)

    def print(self, show):
        print(f"{self.name}: {self.n_equal:,} of {self.n_all:,}, {self.n_errors} errors of check", flush=True)
        for path, want, got in self.differences[:show]:
            print(f"  {' / '.join(path[1:])}\n    dbt:      {check.brief(want)}\n    dagsmith: {check.brief(got)}")


def read(engine, project_dir):
    shutil.rmtree(project_dir / "target", ignore_errors=True)
    code, _, output = facts.run(engine, project_dir, ["--no-version-check", "parse"])
    if code:
        print(f"  {engine} parse: exit {code}\n{output[-1500:]}")
    return facts.manifest_facts(facts.read_json(project_dir / "target" / "manifest.json"))


def errors_of_check(dagsmith, project_dir, kind, show):
    write_profile(project_dir, kind)
    _, output, _ = facts.run(dagsmith, project_dir, ["--no-version-check", "check"])
    errors = [line for line in output.splitlines() if " error[" in line]
    print("\n".join(f"  {line}" for line in errors[:show]), end="\n" if errors else "")
    return len(errors)


def compared(options, names=None):
    for name in names or listed()["projects"]:
        project = listed()["projects"][name]
        with tempfile.TemporaryDirectory(prefix="projects-") as scratch:
            project_dir = prepare(project, options.checkouts, Path(scratch).resolve())
            write_profile(project_dir, "duckdb")
            facts.install_packages(options.dbt, project_dir)
            dbt, dagsmith = read(options.dbt, project_dir), read(options.dagsmith, project_dir)
            found = Found(name, dbt, dagsmith, errors_of_check(options.dagsmith, project_dir, project["warehouse"], options.show))
        found.print(options.show)
        yield found


def rows(found):
    yield "| project | nodes, sources, macros and the like that are read alike | errors that `check` tells of |"
    yield "|---|---|---|"
    for it in found:
        yield f"| {it.name} | {it.n_equal:,} of {it.n_all:,} | {it.n_errors} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dbt", required=True)
    parser.add_argument("--dagsmith", required=True)
    parser.add_argument("--checkouts", type=Path, required=True, help="a folder of checkouts; what is missing is cloned into it")
    parser.add_argument("--project", action="append", choices=listed()["projects"], help="only this one; may be given several times")
    parser.add_argument("--show", type=int, default=5, help="differences and errors to print of each")
    options = parser.parse_args()
    options.checkouts = options.checkouts.resolve()
    found = list(compared(options, options.project))
    print("\n".join(["", *rows(found)]))
    sys.exit(1 if any(it.differs() for it in found) else 0)


if __name__ == "__main__":
    main()
