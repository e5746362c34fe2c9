#!/usr/bin/env python3
"""Programs by others, over the artifacts of the demo project, or calling the binary as they call dbt.

    third_party.py --dagsmith PATH [--dbt PATH]

Builds the shop and its documentation in a copy, then lets each program read the target directory or run the
engine: it must end without an error. With --dbt the same is done with dbt, and what a program says of both must
be the same. The programs come from PyPI, once, into a cache of yours.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import venv

import facts

# By environment: they do not agree on what they need.
PACKAGES = {
    "readers": ["dbt-artifacts-parser==0.15.0", "dbt-coverage==0.5.0", "dbt-colibri==0.3.7", "dbt-score==0.19.0", "dbt-bouncer==4.3.0"],
    "dagster": ["dagster-dbt==0.29.27", "dbt-core<1.12", "dbt-duckdb==1.11.1"],
    "cosmos": ["astronomer-cosmos==1.15.1", "apache-airflow-core<3.2"],
}
# What each does with the project, for the table.
PURPOSES = {
    "dbt-artifacts-parser": "reads manifest, catalog and run_results into its types",
    "dbt-coverage": "counts documented and tested columns",
    "dbt-colibri": "finds the lineage of columns",
    "dbt-score": "scores models and sources by rules",
    "dbt-bouncer": "checks manifest, catalog and results",
    "dagster-dbt": "builds the project by calling the binary, and makes assets and checks of its JSON logs",
    "astronomer-cosmos": "makes its graph of manifest.json, and of what `ls` prints",
}

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


# The assets, what was built of them and what was tested, as dagster has it after a build by the binary.
DAGSTER = """
import json, sys
from dagster import materialize
from dagster_dbt import DbtCliResource, dbt_assets
engine, project, written = sys.argv[1:]
@dbt_assets(manifest=f"{project}/target/manifest.json")
def assets(context, dbt: DbtCliResource):
    yield from dbt.cli(["build"], context=context).stream()
dbt = DbtCliResource(project_dir=project, profiles_dir=project, dbt_executable=engine)
result = materialize([assets], resources={"dbt": dbt}, raise_on_error=False)
path = lambda key: "/".join(key.path)
built = [path(event.step_materialization_data.materialization.asset_key) for event in result.get_asset_materialization_events()]
tested = [[path(it.asset_key), it.check_name, it.passed, str(it.severity)] for it in result.get_asset_check_evaluations()]
specs = [[path(spec.key), sorted(path(it.asset_key) for it in spec.deps)] for spec in assets.specs]
found = {"success": result.success, "assets": sorted(specs), "built": sorted(built), "tested": sorted(tested)}
json.dump(found, open(written, "w"))
"""

# The graph that a DAG would be made of, read from the manifest and from `ls`.
COSMOS = """
import json, sys
from pathlib import Path
from cosmos.config import ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import LoadMode
from cosmos.dbt.graph import DbtGraph
engine, project, written = sys.argv[1:]
found = {}
for mode in (LoadMode.DBT_MANIFEST, LoadMode.DBT_LS):
    graph = DbtGraph(
        project=ProjectConfig(dbt_project_path=project, manifest_path=Path(project) / "target/manifest.json"),
        render_config=RenderConfig(load_method=mode, dbt_executable_path=engine, dbt_project_path=project),
        execution_config=ExecutionConfig(dbt_project_path=project, dbt_executable_path=engine),
        profile_config=ProfileConfig(profile_name="shop", target_name="dev", profiles_yml_filepath=Path(project) / "profiles.yml"),
    )
    graph.load(method=mode)
    found[mode.value] = {key: [it.resource_type.value, sorted(it.depends_on), sorted(it.tags), it.has_test] for key, it in sorted(graph.nodes.items())}
json.dump(found, open(written, "w"))
"""


def drivers(engine, bin_dirs):
    """Programs that call the engine. They leave the target directory as they like, and so come last."""
    for name, environment, script in (("dagster-dbt", "dagster", DAGSTER), ("astronomer-cosmos", "cosmos", COSMOS)):
        python = bin_dirs[environment] / "python"
        yield name, ["sh", "-c", '"$0" -c "$1" "$2" "$PWD" found.json', python, script, engine], ("found.json", json.loads)


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


def said(engine, bin_dirs):
    """By program: its exit code, and what it found."""
    with facts.copy_of("shop") as project_dir:
        facts.install_packages(engine, project_dir)
        for args in (["build"], ["docs", "generate"]):
            code, _, output = facts.run(engine, project_dir, args)
            if code:
                sys.exit(f"{engine} {' '.join(args)}: exit {code}\n{output[-2000:]}")
        (project_dir / "dbt-bouncer.yml").write_text(BOUNCER, encoding="utf-8")
        # Airflow keeps its settings and its log there.
        env = os.environ | {"AIRFLOW_HOME": str(project_dir / "airflow"), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
        for name, command, written in [*programs(bin_dirs["readers"]), *drivers(shutil.which(engine), bin_dirs)]:
            done = subprocess.run(list(map(str, command)), cwd=project_dir, env=env, capture_output=True, text=True)
            found = done.stdout
            if written and done.returncode == 0:
                file, read = written
                found = read((project_dir / file).read_text(encoding="utf-8"))
            yield name, done.returncode, found, done.stderr


def installed():
    """The folder of programs of each environment."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "dagsmith"
    bin_dirs = {}
    for name, packages in PACKAGES.items():
        environment = cache / f"third-party-{name}"
        bin_dirs[name] = environment / ("Scripts" if os.name == "nt" else "bin")
        wanted, complete = "\n".join(packages), environment / "complete"
        if not complete.exists() or complete.read_text() != wanted:
            venv.create(environment, with_pip=True, clear=True)
            subprocess.run([bin_dirs[name] / "python", "-m", "pip", "install", "--quiet", *packages], check=True)
            complete.write_text(wanted)
    return bin_dirs


def size(found):
    """How much a program said, in its own terms where they can be counted."""
    if isinstance(found, list):
        return f"{len(found):,} entries"
    if isinstance(found, dict) and "assets" in found:
        return f"{len(found['assets'])} assets, {len(found['built'])} materializations, {len(found['tested'])} checks"
    if isinstance(found, dict) and "dbt_manifest" in found:
        return f"{len(found['dbt_manifest'])} and {len(found['dbt_ls'])} nodes"
    return ""


def judged(dagsmith, dbt):
    """By program: whether it ended well and said the same, and how much; what is wrong is printed."""
    bin_dirs = installed()
    reference = {name: (code, found) for name, code, found, _ in said(dbt, bin_dirs)} if dbt else {}
    for name, code, found, errors in said(dagsmith, bin_dirs):
        same = reference.get(name, (code, found)) == (code, found)
        verdict = ("works" if code == 0 else "fails") + (", as with dbt" if reference and same else ", not as with dbt" if not same else "")
        print(f"{name}: {verdict}", flush=True)
        if code or not same:
            print(f"{found if isinstance(found, str) else ''}{errors}"[-1500:])
        yield name, code == 0 and same, verdict, size(found)


def rows(verdicts):
    versions = dict(package.split("==") for packages in PACKAGES.values() for package in packages if "==" in package)
    yield "| program | what it does | with ours |"
    yield "|---|---|---|"
    for name, purpose in PURPOSES.items():
        of_program = [(verdict, counted) for full, _, verdict, counted in verdicts if full.split()[0] == name]
        verdict = "; ".join(dict.fromkeys(f"{verdict} ({counted})" if counted else verdict for verdict, counted in of_program))
        yield f"| {name} {versions[name]} | {purpose} | {verdict} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dagsmith", required=True)
    parser.add_argument("--dbt", help="dbt Core 1.11 with its DuckDB adapter")
    options = parser.parse_args()
    verdicts = list(judged(options.dagsmith, options.dbt))
    print("\n".join(["", *rows(verdicts)]))
    sys.exit(0 if all(is_good for _, is_good, _, _ in verdicts) else 1)


if __name__ == "__main__":
    main()
