#!/usr/bin/env python3
"""Programs by others, over the artifacts of the demo project.

    third_party.py --dagsmith PATH [--dbt PATH]

Builds the shop and its documentation in a copy, then lets each program read the target directory: it must
end without an error. With --dbt the same is done with dbt, and what a program says of both must be the same.
The programs come from PyPI, once, into a cache of yours.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import venv

import facts

PACKAGES = ["dbt-artifacts-parser==0.15.0", "dbt-coverage==0.5.0", "dbt-colibri==0.3.7", "dbt-score==0.19.0", "dbt-bouncer==4.3.0"]

# Checks that look into models, sources, exposures, macros, columns and results.
BOUNCER = """
dbt_artifacts_dir: target
manifest_checks:
  - name: check_model_description_populated
  - name: check_model_has_unique_test
  - name: check_model_max_fanout
  - name: check_model_max_chained_views
  - name: check_model_depends_on_multiple_sources
  - {name: check_model_names, model_name_pattern: "^(stg|int|fct|dim|rpt)_"}
  - {name: check_model_access, access: protected}
  - name: check_source_description_populated
  - name: check_source_not_orphaned
  - name: check_exposure_based_on_model
  - name: check_macro_description_populated
catalog_checks:
  - name: check_columns_are_all_documented
  - name: check_column_description_populated
  - name: check_source_columns_are_all_documented
run_results_checks:
  - {name: check_run_results_max_execution_time, max_execution_time_seconds: 1000}
"""

PARSER = """
import json
from dbt_artifacts_parser import parser
for name in ("manifest", "catalog", "run_results"):
    artifact = getattr(parser, "parse_" + name)(json.load(open(f"target/{name}.json")))
    print(name, type(artifact).__name__)
"""


def programs(bin_dir):
    """Each with what it is called with; what it prints, or writes, is what is compared, as the function reads it."""
    yield "dbt-artifacts-parser", [bin_dir / "python", "-c", PARSER], None
    for kind in ("doc", "test"):
        yield f"dbt-coverage compute {kind}", [bin_dir / "dbt-coverage", "compute", kind, "--project-dir", "."], None
    arguments = ["--manifest", "target/manifest.json", "--catalog", "target/catalog.json", "--output-dir", "colibri"]
    yield "dbt-colibri", [bin_dir / "colibri", "generate", *arguments], ("colibri/colibri-manifest.json", lineage)
    # They end with 1 where they find something to complain of, which they do.
    yield "dbt-score", ["sh", "-c", f"{bin_dir}/dbt-score lint -f json -m target/manifest.json >score.json || [ $? = 1 ]"], ("score.json", json.loads)
    yield "dbt-bouncer", ["sh", "-c", f"{bin_dir}/dbt-bouncer run --output-file checks.json || [ $? = 1 ]"], ("checks.json", checks)


def lineage(text):
    """The edges between columns, in any order."""
    edges = json.loads(text)["lineage"]["edges"]
    return sorted(json.dumps({key: edge[key] for key in edge if key != "id"}, sort_keys=True) for edge in edges)


def checks(text):
    """The checks and how they ended, in any order."""
    return sorted(json.dumps(check, sort_keys=True) for check in json.loads(text))


def said(engine, bin_dir):
    """By program: its exit code, and what it found."""
    with facts.copy_of("shop") as project_dir:
        facts.install_packages(engine, project_dir)
        for args in (["build"], ["docs", "generate"]):
            code, _, output = facts.run(engine, project_dir, args)
            if code:
                sys.exit(f"{engine} {' '.join(args)}: exit {code}\n{output[-2000:]}")
        (project_dir / "dbt-bouncer.yml").write_text(BOUNCER, encoding="utf-8")
        for name, command, written in programs(bin_dir):
            done = subprocess.run(list(map(str, command)), cwd=project_dir, capture_output=True, text=True)
            found = done.stdout
            if written and done.returncode == 0:
                file, read = written
                found = read((project_dir / file).read_text(encoding="utf-8"))
            yield name, done.returncode, found, done.stderr


def installed():
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "dagsmith" / "third-party-2"
    bin_dir = cache / ("Scripts" if os.name == "nt" else "bin")
    if not (cache / "complete").exists():
        venv.create(cache, with_pip=True)
        subprocess.run([bin_dir / "python", "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        (cache / "complete").touch()
    return bin_dir


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dagsmith", required=True)
    parser.add_argument("--dbt", help="dbt Core 1.11 with its DuckDB adapter")
    options = parser.parse_args()
    bin_dir = installed()
    reference = {name: (code, found) for name, code, found, _ in said(options.dbt, bin_dir)} if options.dbt else {}
    bad = 0
    for name, code, found, errors in said(options.dagsmith, bin_dir):
        same = reference.get(name, (code, found)) == (code, found)
        verdict = "works" if code == 0 else "fails"
        print(f"{name}: {verdict}" + (", as with dbt" if reference and same else ", not as with dbt" if not same else ""))
        if code or not same:
            bad += 1
            print(f"{found if isinstance(found, str) else ''}{errors}"[-1500:])
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
