//! What an earlier run left, to compare with: its manifest, its results, how old its sources were.
//!
//! Parsed here from bytes that the binary has read. `resource` is what is kept of a resource, on both sides the same;
//! `modified` says which resources are not as they were, `contract` what has become of promises.

mod contract;
mod modified;
mod resource;

use std::collections::{BTreeMap, BTreeSet};

use project::{
    node::UniqueId,
    selector::{Criterion, Method, SelectorError},
};
use serde::Deserialize;
use serde_json::Value;

pub use resource::StateResource;

use crate::manifest::Manifest;

const MANIFEST: &str = "https://schemas.getdbt.com/dbt/manifest/v12.json";
const RUN_RESULTS: &str = "https://schemas.getdbt.com/dbt/run-results/v6.json";
const SOURCES: &str = "https://schemas.getdbt.com/dbt/sources/v3.json";

/// Artifacts of an earlier run.
#[derive(Debug, Clone, Default)]
pub struct PreviousState {
    /// What the project was.
    pub manifest: Option<PreviousManifest>,
    /// How nodes ended.
    pub results: Option<BTreeMap<UniqueId, String>>,
    /// When the latest data of each source arrived, then.
    pub sources: Option<BTreeMap<UniqueId, String>>,
    /// The same as of this target's last look at them.
    pub current_sources: Option<BTreeMap<UniqueId, String>>,
    /// Today, as `2026-01-31`: promises of models whose time has run out are no promises.
    pub today: String,
}

/// An earlier manifest, as far as it is compared.
#[derive(Debug, Clone, Default)]
pub struct PreviousManifest {
    /// Nodes, sources, exposures, unit tests, functions, and what the semantic layer has.
    pub resources: BTreeMap<UniqueId, StateResource>,
    /// Their code.
    pub macros: BTreeMap<UniqueId, String>,
}

/// An artifact cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StateError(String);

impl PreviousManifest {
    /// From a manifest.json; `path` is for messages. Versions before the current one are read as far as they agree with it.
    pub fn read(path: &str, bytes: &[u8]) -> Result<Self, StateError> {
        #[derive(Deserialize)]
        struct Macro {
            macro_sql: String,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Sections {
            nodes: BTreeMap<UniqueId, StateResource>,
            sources: BTreeMap<UniqueId, StateResource>,
            exposures: BTreeMap<UniqueId, StateResource>,
            unit_tests: BTreeMap<UniqueId, StateResource>,
            functions: BTreeMap<UniqueId, StateResource>,
            metrics: BTreeMap<UniqueId, StateResource>,
            semantic_models: BTreeMap<UniqueId, StateResource>,
            saved_queries: BTreeMap<UniqueId, StateResource>,
            macros: BTreeMap<UniqueId, Macro>,
        }
        check_version("WritableManifest", path, bytes, MANIFEST, 4)?;
        let sections: Sections = parsed("WritableManifest", path, bytes)?;
        let mut resources = sections.nodes;
        resources.extend(sections.sources);
        resources.extend(sections.exposures);
        resources.extend(sections.unit_tests);
        resources.extend(sections.functions);
        resources.extend(sections.metrics);
        resources.extend(sections.semantic_models);
        resources.extend(sections.saved_queries);
        Ok(Self {
            resources,
            macros: sections
                .macros
                .into_iter()
                .map(|(id, it)| (id, it.macro_sql))
                .collect(),
        })
    }
}

/// The status of each node in a run_results.json.
pub fn read_results(path: &str, bytes: &[u8]) -> Result<BTreeMap<UniqueId, String>, StateError> {
    check_version("RunResultsArtifact", path, bytes, RUN_RESULTS, 4)?;
    read_list("RunResultsArtifact", path, bytes, "status")
}

/// When the latest data of each source in a sources.json arrived.
pub fn read_sources(path: &str, bytes: &[u8]) -> Result<BTreeMap<UniqueId, String>, StateError> {
    check_version("FreshnessExecutionResultArtifact", path, bytes, SOURCES, 3)?;
    read_list(
        "FreshnessExecutionResultArtifact",
        path,
        bytes,
        "max_loaded_at",
    )
}

/// One field of each result.
fn read_list(
    kind: &str,
    path: &str,
    bytes: &[u8],
    field: &str,
) -> Result<BTreeMap<UniqueId, String>, StateError> {
    let artifact: Value = parsed(kind, path, bytes)?;
    let results = artifact.get("results").and_then(Value::as_array);
    let text = |result: &Value, key: &str| result.get(key)?.as_str().map(str::to_owned);
    let entries = results.into_iter().flatten().filter_map(|result| {
        Some((
            UniqueId::from(text(result, "unique_id")?),
            text(result, field)?,
        ))
    });
    Ok(entries.collect())
}

fn parsed<'a, T: Deserialize<'a>>(
    kind: &str,
    path: &str,
    bytes: &'a [u8],
) -> Result<T, StateError> {
    serde_json::from_slice(bytes).map_err(|error| {
        StateError(format!(
            "Could not read {kind} at \"{path}\" as JSON: {error}"
        ))
    })
}

/// Schemas have the same name in all versions; those from `oldest` on can be read.
fn check_version(
    kind: &str,
    path: &str,
    bytes: &[u8],
    current: &str,
    oldest: u32,
) -> Result<(), StateError> {
    #[derive(Deserialize)]
    struct Versioned {
        #[serde(default)]
        metadata: Value,
    }
    let artifact: Versioned = parsed(kind, path, bytes)?;
    let Some(found) = artifact
        .metadata
        .get("dbt_schema_version")
        .and_then(Value::as_str)
    else {
        return Ok(());
    };
    let split = |url: &str| {
        let (name, version) = url.strip_suffix(".json")?.rsplit_once("/v")?;
        Some((name.to_owned(), version.parse::<u32>().ok()?))
    };
    let is_readable = match (split(current), split(found)) {
        (Some((name, newest)), Some((found_name, version))) => {
            name == found_name && (oldest..=newest).contains(&version)
        }
        _ => false,
    };
    if is_readable {
        return Ok(());
    }
    Err(StateError(format!(
        "Expected a schema version of \"{current}\" in {path}, but found \"{found}\". Are you running with a different version of dbt?"
    )))
}

/// What a criterion that compares takes; warnings go to `warnings`.
pub(crate) fn matching(
    criterion: &Criterion,
    manifest: &Manifest,
    state: Option<&PreviousState>,
    warnings: &mut BTreeSet<String>,
) -> Result<BTreeSet<UniqueId>, SelectorError> {
    let refused = |message: &str| SelectorError {
        message: message.to_owned(),
    };
    let value = criterion.value.as_str();
    match criterion.method {
        Method::Result => {
            let results = state.and_then(|state| state.results.as_ref());
            let results = results.ok_or_else(|| refused("No comparison run_results"))?;
            let found = results.iter().filter(|(_, status)| *status == value);
            Ok(found.map(|(id, _)| id.clone()).collect())
        }
        Method::SourceStatus => {
            let before = state
                .and_then(|state| state.sources.as_ref())
                .ok_or_else(|| {
                    refused("No previous state comparison freshness results in sources.json")
                })?;
            let now = state
                .and_then(|state| state.current_sources.as_ref())
                .ok_or_else(|| {
                    refused("No current state comparison freshness results in sources.json")
                })?;
            let is_fresher = |id: &UniqueId, at: &String| {
                before.get(id).is_none_or(|then| moment(at) > moment(then))
            };
            let fresher = now
                .iter()
                .filter(|(id, at)| value == "fresher" && is_fresher(id, at));
            Ok(fresher.map(|(id, _)| id.clone()).collect())
        }
        _ => {
            let state = state.filter(|state| state.manifest.is_some());
            let state = state.ok_or_else(|| {
                refused("Got a state selector method, but no comparison manifest")
            })?;
            modified::matching(value, manifest, state, warnings)
        }
    }
}

/// Times of one artifact are all in UTC, so that their texts are in their order once the zone is gone.
fn moment(text: &str) -> &str {
    text.trim_end_matches('Z').trim_end_matches("+00:00")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let message = PreviousManifest::read("state/manifest.json", text.as_bytes());
        assert_eq!(message.unwrap_err().to_string(), expected);
    }

    #[test]
    fn a_manifest_that_cannot_be_used_says_why() {
        check(
            r#"{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v99.json"}}"#,
            "Expected a schema version of \"https://schemas.getdbt.com/dbt/manifest/v12.json\" in state/manifest.json, but found \
             \"https://schemas.getdbt.com/dbt/manifest/v99.json\". Are you running with a different version of dbt?",
        );
        check(
            r#"{"metadata": {"#,
            "Could not read WritableManifest at \"state/manifest.json\" as JSON: EOF while parsing an object at line 1 column 14",
        );
    }

    #[test]
    fn a_source_is_fresher_when_its_data_is_newer() {
        assert!(moment("2026-01-01T00:00:00.500000+00:00") > moment("2026-01-01T00:00:00Z"));
    }
}
