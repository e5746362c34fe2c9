//! The keys that properties may have: for checking and for completion.

use crate::node::ResourceType;

/// The sections of a properties file.
pub fn section_names() -> impl Iterator<Item = &'static str> {
    [
        "models",
        "seeds",
        "snapshots",
        "sources",
        "analyses",
        "macros",
        "data_tests",
        "tests",
        "unit_tests",
        "exposures",
        "groups",
        "functions",
        "metrics",
        "semantic_models",
        "saved_queries",
    ]
    .into_iter()
}

/// The keys of an entry in the section of a kind.
pub fn entry_keys(kind: ResourceType) -> &'static [&'static str] {
    match kind {
        ResourceType::Model => &MODEL,
        ResourceType::Seed => &SEED,
        ResourceType::Snapshot => &SNAPSHOT,
        ResourceType::Analysis => &ANALYSIS,
        ResourceType::Test => &SINGULAR_TEST,
        ResourceType::Function => &FUNCTION,
        ResourceType::Source => &SOURCE,
        ResourceType::Macro => &MACRO,
        ResourceType::Exposure => &EXPOSURE,
        ResourceType::Group => &GROUP,
        ResourceType::UnitTest => &UNIT_TEST,
        ResourceType::Metric | ResourceType::SemanticModel | ResourceType::SavedQuery => {
            super::semantic::keys(kind)
        }
        ResourceType::Operation | ResourceType::SqlOperation | ResourceType::Doc => &[],
    }
}

/// The keys of what a list inside of an entry holds: `columns`, `tables`, `versions`, `measures`.
pub fn part_keys(list: &str) -> Option<&'static [&'static str]> {
    match list {
        "columns" => Some(&COLUMN),
        "tables" => Some(&TABLE),
        "versions" => Some(&VERSION),
        _ => super::semantic::element_keys(list),
    }
}

const MODEL: [&str; 18] = [
    "name",
    "description",
    "columns",
    "data_tests",
    "tests",
    "config",
    "meta",
    "docs",
    "group",
    "access",
    "contract",
    "constraints",
    "versions",
    "latest_version",
    "deprecation_date",
    "time_spine",
    "quote_columns",
    "data_type",
];

const SEED: [&str; 10] = [
    "name",
    "description",
    "columns",
    "data_tests",
    "tests",
    "config",
    "meta",
    "docs",
    "group",
    "quote_columns",
];

const SNAPSHOT: [&str; 11] = [
    "name",
    "description",
    "relation",
    "columns",
    "data_tests",
    "tests",
    "config",
    "meta",
    "docs",
    "group",
    "quote_columns",
];

const ANALYSIS: [&str; 7] = [
    "name",
    "description",
    "columns",
    "config",
    "meta",
    "docs",
    "group",
];

const SINGULAR_TEST: [&str; 5] = ["name", "description", "config", "meta", "docs"];

const FUNCTION: [&str; 9] = [
    "name",
    "description",
    "arguments",
    "returns",
    "config",
    "meta",
    "docs",
    "columns",
    "access",
];

pub(super) const COLUMN: [&str; 12] = [
    "name",
    "description",
    "data_type",
    "data_tests",
    "tests",
    "constraints",
    "quote",
    "tags",
    "meta",
    "config",
    "granularity",
    "docs",
];

pub(super) const VERSION: [&str; 11] = [
    "v",
    "defined_in",
    "description",
    "access",
    "config",
    "constraints",
    "docs",
    "data_tests",
    "tests",
    "columns",
    "deprecation_date",
];

const SOURCE: [&str; 15] = [
    "name",
    "description",
    "database",
    "schema",
    "tables",
    "loader",
    "loaded_at_field",
    "loaded_at_query",
    "freshness",
    "quoting",
    "meta",
    "tags",
    "config",
    "overrides",
    "docs",
];

pub(super) const TABLE: [&str; 15] = [
    "name",
    "description",
    "identifier",
    "columns",
    "data_tests",
    "tests",
    "loaded_at_field",
    "loaded_at_query",
    "freshness",
    "quoting",
    "external",
    "meta",
    "tags",
    "config",
    "docs",
];

const MACRO: [&str; 6] = ["name", "description", "arguments", "docs", "meta", "config"];

pub(super) const MACRO_ARGUMENT: [&str; 3] = ["name", "type", "description"];

const EXPOSURE: [&str; 11] = [
    "name",
    "type",
    "label",
    "owner",
    "description",
    "maturity",
    "url",
    "depends_on",
    "meta",
    "tags",
    "config",
];

const GROUP: [&str; 4] = ["name", "owner", "description", "config"];

const UNIT_TEST: [&str; 8] = [
    "name",
    "model",
    "description",
    "given",
    "expect",
    "overrides",
    "versions",
    "config",
];

/// The keys of entries, columns and tables that have a value wherever they are given.
pub(super) const WITH_VALUE: [&str; 15] = [
    "access",
    "arguments",
    "columns",
    "config",
    "constraints",
    "data_tests",
    "depends_on",
    "description",
    "docs",
    "given",
    "loader",
    "meta",
    "quoting",
    "tables",
    "tests",
];

/// Those of a version: it may have no tests, and the access of its model.
pub(super) const WITH_VALUE_IN_VERSION: [&str; 5] =
    ["columns", "config", "constraints", "description", "docs"];

/// The keys of a `config:` that dbt itself knows; warehouses and users add their own.
pub fn config_keys(kind: ResourceType) -> impl Iterator<Item = &'static str> + Clone {
    crate::node::config_default_keys(kind).map(|name| match name {
        "pre-hook" => "pre_hook",
        "post-hook" => "post_hook",
        other => other,
    })
}
