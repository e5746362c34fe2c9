//! `state:new`, `old`, `modified` with its parts, and `unmodified`: which resources are not as they were.
//!
//! See <https://docs.getdbt.com/reference/node-selection/state-comparison-caveats>. Configuration is compared before Jinja
//! was rendered, so that what depends on the target makes no difference.

use std::collections::{BTreeMap, BTreeSet};

use project::{json::JsonMap, node::UniqueId, selector::SelectorError};
use serde_json::Value;

use super::{
    PreviousManifest, PreviousState, StateResource,
    contract::{self, ContractChange},
    resource::StateExport,
};
use crate::manifest::Manifest;

/// What `state:` may be followed by.
const METHODS: [&str; 10] = [
    "new",
    "old",
    "modified",
    "unmodified",
    "modified.body",
    "modified.configs",
    "modified.persisted_descriptions",
    "modified.relation",
    "modified.macros",
    "modified.contract",
];

/// Where a resource lives is compared by itself, and labels change nothing.
const NOT_COMPARED: [&str; 5] = ["alias", "schema", "database", "tags", "group"];

/// What a test's outcome depends on.
const OF_TESTS: [&str; 8] = [
    "severity",
    "where",
    "limit",
    "fail_calc",
    "warn_if",
    "error_if",
    "store_failures",
    "store_failures_as",
];

/// The resources of the project that `method` takes.
pub(super) fn matching(
    method: &str,
    manifest: &Manifest,
    state: &PreviousState,
    warnings: &mut BTreeSet<String>,
) -> Result<BTreeSet<UniqueId>, SelectorError> {
    if !METHODS.contains(&method) {
        let known = METHODS.map(|name| format!("'{name}'")).join(", ");
        return Err(SelectorError {
            message: format!("Got an invalid selector \"{method}\", expected one of \"[{known}]\""),
        });
    }
    let nothing = PreviousManifest::default();
    let previous = state.manifest.as_ref().unwrap_or(&nothing);
    let mut comparison = Comparison {
        previous,
        modified_macros: modified_macros(manifest, previous),
        manifest,
        known_macros: BTreeMap::new(),
        warnings,
    };
    let mut found = BTreeSet::new();
    let ids = manifest.nodes.keys().chain(manifest.sources.keys());
    let ids = ids
        .chain(manifest.exposures.keys())
        .chain(manifest.unit_tests.keys())
        .chain(manifest.semantic.keys());
    for id in ids {
        if comparison.takes(method, id)? {
            found.insert(id.clone());
        }
    }
    if matches!(method, "modified" | "unmodified" | "modified.contract") {
        contract::check_removed(manifest, state, comparison.warnings)?;
    }
    Ok(found)
}

/// Macros that are new, gone or different. Those that come with the program are not compared: they differ from one
/// version, and one program, to the next.
fn modified_macros(manifest: &Manifest, previous: &PreviousManifest) -> BTreeSet<UniqueId> {
    let changed = manifest.macros.iter().filter(|(id, node)| {
        previous
            .macros
            .get(*id)
            .is_none_or(|before| **before != *node.macro_sql)
    });
    let gone = previous
        .macros
        .keys()
        .filter(|id| !manifest.macros.contains_key(*id));
    let all = changed.map(|(id, _)| id).chain(gone);
    all.filter(|id| !is_embedded(manifest, id))
        .cloned()
        .collect()
}

/// Whether a macro is of a package that is embedded in the binary.
fn is_embedded(manifest: &Manifest, id: &UniqueId) -> bool {
    let package = id.as_str().split('.').nth(1).unwrap_or_default();
    let root = manifest.package_roots.get(package);
    root.is_some_and(|root| root.starts_with(crate::BUILTIN_ROOT))
}

struct Comparison<'a> {
    previous: &'a PreviousManifest,
    modified_macros: BTreeSet<UniqueId>,
    manifest: &'a Manifest,
    /// Whether a macro, or one that it calls, is modified; as far as it was asked.
    known_macros: BTreeMap<UniqueId, bool>,
    warnings: &'a mut BTreeSet<String>,
}

impl Comparison<'_> {
    fn takes(&mut self, method: &str, id: &UniqueId) -> Result<bool, SelectorError> {
        let old = self.previous.resources.get(id);
        match method {
            "new" => return Ok(old.is_none()),
            "old" => return Ok(old.is_some()),
            _ => {}
        }
        let Some(new) = StateResource::of(self.manifest, id) else {
            return Ok(false);
        };
        let is_node = self.manifest.nodes.contains_key(id);
        let is_source = new.resource_type == "source";
        let is_unit_test = new.resource_type == "unit_test";
        let differs = |has_it: bool, same: fn(&StateResource, &StateResource) -> bool| {
            has_it && old.is_none_or(|old| !same(&new, old))
        };
        Ok(match method {
            "modified" => self.is_modified(&new, old)?,
            "unmodified" => !self.is_modified(&new, old)?,
            "modified.body" => differs(is_node, same_body),
            "modified.configs" => differs(!is_unit_test, same_config),
            "modified.persisted_descriptions" => differs(is_node, same_persisted_description),
            "modified.relation" => differs(is_node || is_source, same_relation),
            "modified.macros" => self.uses_modified_macro(&new),
            "modified.contract" => is_node && (old.is_none() || self.breaks_contract(&new, old)?),
            _ => false,
        })
    }

    fn is_modified(
        &mut self,
        new: &StateResource,
        old: Option<&StateResource>,
    ) -> Result<bool, SelectorError> {
        let contract = self.breaks_contract(new, old)?;
        Ok(!same_contents(new, old) || contract || self.uses_modified_macro(new))
    }

    /// Whether the promise of a model has changed; a breach is a warning, or of a version an error.
    fn breaks_contract(
        &mut self,
        new: &StateResource,
        old: Option<&StateResource>,
    ) -> Result<bool, SelectorError> {
        let Some(old) = old.filter(|_| new.resource_type == "model") else {
            return Ok(false);
        };
        match contract::compare(new, old) {
            ContractChange::None => Ok(false),
            ContractChange::Compatible => Ok(true),
            ContractChange::Breaking(changes) => {
                contract::breach(new, &changes, self.warnings)?;
                Ok(true)
            }
        }
    }

    fn uses_modified_macro(&mut self, new: &StateResource) -> bool {
        let macros: Vec<UniqueId> = new.depends_on.macros.iter().flatten().cloned().collect();
        !self.modified_macros.is_empty() && macros.iter().any(|id| self.is_macro_modified(id))
    }

    fn is_macro_modified(&mut self, id: &UniqueId) -> bool {
        if let Some(known) = self.known_macros.get(id) {
            return *known;
        }
        // Macros may call each other in circles: on the way round, a macro is taken for unmodified.
        self.known_macros.insert(id.clone(), false);
        let calls = self
            .manifest
            .macros
            .get(id)
            .map(|node| std::sync::Arc::clone(&node.depends_on));
        let found = self.modified_macros.contains(id)
            || calls
                .iter()
                .flat_map(|calls| calls.iter())
                .any(|id| self.is_macro_modified(id));
        self.known_macros.insert(id.clone(), found);
        found
    }
}

/// Whether a resource is the same, as its kind understands it.
fn same_contents(new: &StateResource, old: Option<&StateResource>) -> bool {
    let kind = new.resource_type.as_str();
    let Some(old) = old else {
        // dbt takes none of these for modified when they are new.
        return matches!(
            kind,
            "source" | "exposure" | "metric" | "semantic_model" | "saved_query"
        );
    };
    match kind {
        "source" => {
            same_relation(new, old)
                && new.fqn == old.fqn
                && same_config(new, old)
                && (&new.quoting, &new.freshness) == (&old.quoting, &old.freshness)
                && (&new.loaded_at_field, &new.external) == (&old.loaded_at_field, &old.external)
        }
        "exposure" => {
            let facts = |it: &StateResource| {
                [&it.r#type, &it.owner, &it.maturity, &it.url, &it.label].map(Clone::clone)
            };
            new.fqn == old.fqn
                && facts(new) == facts(old)
                && new.description == old.description
                && new.depends_on.nodes == old.depends_on.nodes
                && same_config(new, old)
        }
        "unit_test" if new.checksum.is_string() && old.checksum.is_string() => {
            new.checksum == old.checksum
        }
        "unit_test" => {
            (&new.model, &new.given) == (&old.model, &old.given)
                && (&new.expect, &new.overrides) == (&old.expect, &old.overrides)
        }
        // dbt does not look into a metric's `type_params` and `filter`.
        "metric" => {
            (&new.r#type, &new.label) == (&old.r#type, &old.label)
                && new.description == old.description
                && same_config(new, old)
        }
        "semantic_model" => {
            let facts = |it: &StateResource| {
                [&it.model, &it.defaults, &it.entities, &it.dimensions].map(Clone::clone)
            };
            facts(new) == facts(old)
                && (&new.measures, &new.primary_entity) == (&old.measures, &old.primary_entity)
                && (&new.description, &new.group) == (&old.description, &old.group)
                && same_config(new, old)
        }
        "saved_query" => {
            (&new.query_params, &new.label) == (&old.query_params, &old.label)
                && (&new.description, &new.group) == (&old.description, &old.group)
                && new.tags == old.tags
                && same_config(new, old)
                && same_exports(new, old)
        }
        _ if new.is_generic_test() => same_config(new, old) && new.fqn == old.fqn,
        _ => {
            same_body(new, old)
                && same_config(new, old)
                && same_persisted_description(new, old)
                && new.fqn == old.fqn
                && same_relation(new, old)
                && (&new.latest_version, &new.access) == (&old.latest_version, &old.access)
                && new.deprecation_date == old.deprecation_date
        }
    }
}

/// The code; of seeds the content.
fn same_body(new: &StateResource, old: &StateResource) -> bool {
    if new.resource_type == "seed" {
        return new.checksum == old.checksum;
    }
    new.raw_code == old.raw_code
}

fn same_config(new: &StateResource, old: &StateResource) -> bool {
    if matches!(new.resource_type.as_str(), "semantic_model" | "saved_query") {
        return new.config == old.config;
    }
    let (new_config, old_config) = (&new.unrendered_config, &old.unrendered_config);
    let same = |key: &str| new_config.get(key) == old_config.get(key);
    if new.is_test() {
        return OF_TESTS.iter().all(|key| same(key));
    }
    let is_node = !matches!(new.resource_type.as_str(), "source" | "exposure");
    let keys = |config: &JsonMap| config.keys().cloned().collect::<Vec<_>>();
    let mut all = keys(new_config);
    all.extend(keys(old_config));
    all.iter()
        .all(|key| (is_node && NOT_COMPARED.contains(&key.as_str())) || same(key))
}

/// Exports are compared in their order, as they were written.
fn same_exports(new: &StateResource, old: &StateResource) -> bool {
    let facts = |it: &StateResource| -> Vec<_> {
        let config = |export: &StateExport| {
            let keys = ["export_as", "schema", "alias"];
            keys.map(|key| export.unrendered_config.get(key).cloned())
        };
        let exports = it.exports.iter();
        exports
            .map(|export| (export.name.clone(), config(export)))
            .collect()
    };
    facts(new) == facts(old)
}

/// Where it lives, as configured: what the target makes of it does not count.
fn same_relation(new: &StateResource, old: &StateResource) -> bool {
    if new.resource_type == "source" {
        return (&new.database, &new.schema, &new.identifier)
            == (&old.database, &old.schema, &old.identifier);
    }
    let keys = ["database", "schema", "alias"];
    keys.iter()
        .all(|key| new.unrendered_config.get(*key) == old.unrendered_config.get(*key))
}

/// Descriptions count where they are written to the warehouse.
fn same_persisted_description(new: &StateResource, old: &StateResource) -> bool {
    let persists = |what: &str| {
        let docs = new.config.get("persist_docs");
        docs.and_then(|docs| docs.get(what))
            .and_then(Value::as_bool)
            == Some(true)
    };
    let columns = |it: &StateResource| {
        let columns = it.columns.iter();
        columns
            .map(|(name, column)| (name.clone(), column.description.clone()))
            .collect::<Vec<_>>()
    };
    !(persists("relation") && new.description != old.description
        || persists("columns") && columns(new) != columns(old))
}
