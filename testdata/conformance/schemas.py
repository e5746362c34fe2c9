"""The JSON schemas of dbt's artifacts, as the dbt Core in this Python makes them, and what in an artifact is against them.

dbt publishes the schemas at https://schemas.getdbt.com; they are made from the types in its package `dbt.artifacts`, so that
package alone is enough (`pip install 'dbt-core<1.12'`). They are not kept here: they are dbt's.
"""
import json
from functools import cache

try:
    from dbt.artifacts.schemas.catalog import CatalogArtifact
    from dbt.artifacts.schemas.freshness import FreshnessExecutionResultArtifact
    from dbt.artifacts.schemas.manifest import WritableManifest
    from dbt.artifacts.schemas.run import RunResultsArtifact
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match
except ImportError as error:
    raise SystemExit("the Python package `dbt-core` is needed for the schemas of its artifacts") from error

ARTIFACTS = {
    "manifest.json": WritableManifest,
    "run_results.json": RunResultsArtifact,
    "catalog.json": CatalogArtifact,
    "sources.json": FreshnessExecutionResultArtifact,
}


@cache
def schema(name):
    return ARTIFACTS[name].json_schema()


@cache
def validator(name):
    return Draft202012Validator(schema(name))


def faults(target):
    """One (artifact, place, message) for each fault of the artifacts in a target directory."""
    for name in ARTIFACTS:
        path = target / name
        if not path.exists():
            continue
        artifact = json.loads(path.read_text(encoding="utf-8"))
        version = artifact.get("metadata", {}).get("dbt_schema_version")
        if version != schema(name)["$id"]:
            yield name, "metadata.dbt_schema_version", f"{version} instead of {schema(name)['$id']}"
        for error in validator(name).iter_errors(artifact):
            # most of a manifest is `anyOf`; the innermost fault says what is wrong
            cause = best_match([error])
            yield name, ".".join(map(str, cause.absolute_path)), cause.message[:500]
