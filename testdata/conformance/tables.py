#!/usr/bin/env python3
"""The tables of docs/compatibility.md: public packages, public projects, and programs by others.

    tables.py --dbt PATH --dagsmith PATH [--checkouts DIR] [--record DIR] [--only packages|projects|programs]...

Runs public_packages.py, public_projects.py and third_party.py, each of which says what it compares, and writes their tables, with the
date and the versions, between the comments of the page that name them. DIR has checkouts of the public repositories under their names;
what is missing is cloned into it. Needs PyPI for the programs, the first time. Exit status 1 where anything differs that is not known.
"""
import argparse
import datetime
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import facts
import public_packages
import public_projects
import third_party

PAGE = facts.HERE.parents[1] / "docs" / "compatibility.md"


def packages(options):
    counts, different = public_packages.compared(options)
    return public_packages.rows(counts), different


def projects(options):
    found = list(public_projects.compared(options))
    return public_projects.rows(found), any(it.differs() for it in found)


def programs(options):
    verdicts = list(third_party.judged(options.dagsmith, options.dbt))
    return third_party.rows(verdicts), not all(is_good for _, is_good, _, _ in verdicts)


SECTIONS = {"packages": packages, "projects": projects, "programs": programs}


def versions(dbt):
    """Of dbt and its adapters, as it prints them."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", subprocess.run([dbt, "--version"], capture_output=True, text=True, check=True).stdout)
    core = re.search(r"installed:\s*(\S+)", text)[1]
    return ", ".join([f"dbt Core {core}", *(f"dbt-{name} {version}" for name, version in re.findall(r"- (duckdb|postgres):\s*(\S+)", text))])


def replaced(page, section, lines):
    """The page with other lines between the comments of the section."""
    begin, end = f"<!-- {section}: written by testdata/conformance/tables.py -->", f"<!-- end of {section} -->"
    before, is_there, rest = page.partition(begin)
    _, has_end, after = rest.partition(end)
    if not (is_there and has_end):
        raise SystemExit(f"{PAGE.name} has no place for the table of {section}: {begin} ... {end}")
    return "\n".join([before + begin, *lines, "", end]) + after


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dbt", required=True, help="dbt Core 1.11 with the adapters for DuckDB and PostgreSQL")
    parser.add_argument("--dagsmith", required=True)
    parser.add_argument("--checkouts", type=Path, help="a folder of checkouts; what is missing is cloned into it (default: a temporary one)")
    parser.add_argument("--record", type=Path, help="a folder for what dbt made of packages, which is read instead of running dbt again")
    parser.add_argument("--only", action="append", choices=SECTIONS, help="only this table; may be given several times")
    parser.add_argument("--show", type=int, default=3, help="differences of one sort to print")
    options = parser.parse_args()
    options.known = facts.HERE / "public_packages_known.txt"
    different = False
    with tempfile.TemporaryDirectory(prefix="checkouts-") as scratch:
        options.checkouts = (options.checkouts or Path(scratch)).resolve()
        stamp = f"{datetime.date.today():%d %B %Y}, {versions(options.dbt)}:".lstrip("0")
        for section in options.only or SECTIONS:
            lines, differs = SECTIONS[section](options)
            different |= differs
            page = PAGE.read_text(encoding="utf-8")
            PAGE.write_text(replaced(page, section, [stamp, "", *lines]), encoding="utf-8")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
