//! What a project consists of once its files are put together: typed nodes, one struct for all that lives under
//! `nodes` in a manifest and one struct for each of the other kinds.
//!
//! Nodes are built by `analysis` and read by everybody. They are values: no spans (the files' facts have them), no
//! compiled SQL (the engine's), no clock (`created_at` is given when a manifest is written), so that equal inputs give
//! equal nodes. Strings, lists and configurations are shared; cloning a node copies pointers. How a node looks in
//! manifest.json is `crate::manifest_json`'s business.

mod column;
mod config;
mod config_defaults;
mod identity;
mod model_facts;
mod others;
mod semantic;
mod source;

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

pub use column::{Column, Columns, Constraint, ConstraintKind};
pub use config::{Config, ConfigPool, Hook, Quoting};
pub use config_defaults::config_default_keys;
pub use identity::{ResourceType, UniqueId};
pub use others::{
    DocBlock, Exposure, Fixture, FixtureFormat, FixtureInput, Group, MacroArgument, MacroNode,
    Owner, UnitTest, UnitTestOverrides, VersionFilter,
};
pub use semantic::SemanticNode;
pub use source::{FreshnessThreshold, FreshnessTime, Source, TimePeriod};

use crate::json::JsonObject;

/// A list of names, shared.
pub type Names = Arc<[Arc<str>]>;

/// The version of a model: a number or a text, and the two are different in a manifest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum NodeVersion {
    /// `v: 2`
    Int(i64),
    /// `v: 1.5`, as Python prints it.
    Float(Arc<str>),
    /// `v: beta`
    Text(Arc<str>),
}

impl NodeVersion {
    /// By number where both are numbers, by text otherwise, as dbt looks for the highest.
    pub fn compare(&self, other: &Self) -> std::cmp::Ordering {
        let (left, right) = (self.to_string(), other.to_string());
        match (left.trim().parse::<f64>(), right.trim().parse::<f64>()) {
            (Ok(left), Ok(right)) => left.total_cmp(&right),
            _ => left.cmp(&right),
        }
    }
}

impl fmt::Display for NodeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => write!(f, "{number}"),
            Self::Float(text) | Self::Text(text) => f.write_str(text),
        }
    }
}

/// The arguments of a `ref`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RefArgs {
    /// The model, seed or snapshot.
    pub name: Arc<str>,
    /// `ref('package', 'name')`
    pub package: Option<Arc<str>>,
    /// `ref('name', v=2)`
    pub version: Option<NodeVersion>,
}

impl RefArgs {
    /// Those of a `function` that a manifest has: a name, or a package and a name.
    #[must_use]
    pub fn of_function(names: &[Arc<str>]) -> Self {
        let (package, name) = match names {
            [package, name, ..] => (Some(Arc::clone(package)), Arc::clone(name)),
            [name] => (None, Arc::clone(name)),
            [] => (None, Arc::default()),
        };
        Self {
            name,
            package,
            version: None,
        }
    }
}

/// The arguments of a `source`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceArgs {
    /// The source.
    pub source: Arc<str>,
    /// Its table.
    pub table: Arc<str>,
}

/// What a node needs, in the order found, without duplicates.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DependsOn {
    /// Macros called.
    pub macros: Arc<[UniqueId]>,
    /// Nodes, sources and functions read.
    pub nodes: Arc<[UniqueId]>,
}

/// How the content of a file, or of a template, is told from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Checksum {
    /// Nothing to compare: generic tests.
    None,
    /// SHA-256 of the content, in hexadecimal.
    Sha256(Arc<str>),
    /// The path: seeds over one megabyte.
    Path(Arc<str>),
}

impl Checksum {
    /// Of a text, which dbt strips of white space at both ends before.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        Self::of_bytes(text.trim().as_bytes())
    }

    /// Of bytes as they are.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self::Sha256(crate::checksum::sha256_hex(bytes).into())
    }
}

/// How a node shows up in the documentation site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Docs {
    /// Not hidden.
    pub show: bool,
    /// An HTML colour.
    pub node_color: Option<Arc<str>>,
}

impl Default for Docs {
    fn default() -> Self {
        Self {
            show: true,
            node_color: None,
        }
    }
}

/// Whether the columns of a model are promised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// The promise is checked at build time.
    pub enforced: bool,
    /// `string` may be written for the warehouse's own name.
    pub alias_types: bool,
    /// Of columns and types, when enforced.
    pub checksum: Option<Arc<str>>,
}

impl Default for Contract {
    fn default() -> Self {
        Self {
            enforced: false,
            alias_types: true,
            checksum: None,
        }
    }
}

/// Who may `ref` a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
pub enum Access {
    /// The same group.
    Private,
    /// The same package.
    #[default]
    Protected,
    /// Everybody.
    Public,
}

impl Access {
    /// dbt's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Protected => "protected",
            Self::Public => "public",
        }
    }

    /// The access with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Private, Self::Protected, Self::Public]
            .into_iter()
            .find(|access| access.name() == name)
    }
}

/// What the code is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Language {
    #[default]
    Sql,
    Python,
    Javascript,
}

impl Language {
    /// The language with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Sql, Self::Python, Self::Javascript]
            .into_iter()
            .find(|language| language.name() == name)
    }

    /// dbt's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sql => "sql",
            Self::Python => "python",
            Self::Javascript => "javascript",
        }
    }
}

/// Everything under `nodes` in a manifest: models, seeds, snapshots, tests, analyses, operations, functions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// `model.shop.orders`
    pub unique_id: UniqueId,
    /// The name by which `ref` finds it; versions share it.
    pub name: Arc<str>,
    /// The project it is defined in.
    pub package_name: Arc<str>,
    /// Relative to the resource path it was found under: `staging/stg_orders.sql`.
    pub path: Arc<str>,
    /// Relative to its project: `models/staging/stg_orders.sql`; the properties file for generic tests.
    pub original_file_path: Arc<str>,
    /// Package, folders, name (and version), for selection and configuration trees.
    pub fqn: Names,
    /// Where the relation lives; `None` for warehouses without databases.
    pub database: Option<Arc<str>>,
    /// Where the relation lives.
    pub schema: Arc<str>,
    /// The relation's name.
    pub alias: Arc<str>,
    /// As the warehouse quotes it; `None` for what is not a relation (tests, ephemeral models).
    pub relation_name: Option<Arc<str>>,
    /// Of the file's content.
    pub checksum: Checksum,
    /// What applies, merged from all places.
    pub config: Config,
    /// The same before Jinja was rendered, for `state:modified`.
    pub unrendered_config: JsonObject,
    /// `config.tags`, and for operations and tests what they inherit.
    pub tags: Names,
    /// `config.meta`
    pub meta: JsonObject,
    /// Rendered: `doc()` calls are replaced.
    pub description: Arc<str>,
    /// Declared in properties.
    pub columns: Columns,
    /// How it shows up in the documentation.
    pub docs: Docs,
    /// Who owns it.
    pub group: Option<Arc<str>>,
    /// `package://path` of the properties that describe it.
    pub patch_path: Option<Arc<str>>,
    /// The docs blocks that the description is made of.
    pub doc_blocks: Arc<[UniqueId]>,
    /// As written, without the enclosing `snapshot` tag; empty for seeds.
    pub raw_code: Arc<str>,
    /// SQL or Python.
    pub language: Language,
    /// In the order found, duplicates dropped.
    pub refs: Arc<[RefArgs]>,
    /// In the order found, duplicates dropped.
    pub sources: Arc<[SourceArgs]>,
    /// Arguments of `metric()` calls.
    pub metrics: Arc<[Names]>,
    /// Arguments of `function()` calls.
    pub functions: Arc<[Names]>,
    /// Resolved.
    pub depends_on: DependsOn,
    /// Whether its columns are promised.
    pub contract: Contract,
    /// What only its kind has.
    pub detail: NodeDetail,
}

/// What only one kind of node has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum NodeDetail {
    /// A model.
    Model(Arc<ModelDetail>),
    /// A CSV file.
    Seed {
        /// Absolute path of the project, to find the file again.
        root_path: Arc<str>,
    },
    /// A snapshot.
    Snapshot,
    /// A test made from properties.
    GenericTest(Arc<GenericTestDetail>),
    /// A test written as a query.
    SingularTest,
    /// Compiled, never run.
    Analysis,
    /// A hook of the project.
    Operation {
        /// Its place among the hooks of its project and kind.
        index: u32,
    },
    /// SQL given on the command line.
    SqlOperation,
    /// A function in the warehouse.
    Function(Arc<FunctionDetail>),
}

/// What only models have.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ModelDetail {
    /// Who may `ref` it.
    pub access: Access,
    /// On several columns or without one.
    pub constraints: Arc<[Constraint]>,
    /// `v:`
    pub version: Option<NodeVersion>,
    /// What `ref` without a version means.
    pub latest_version: Option<NodeVersion>,
    /// As ISO 8601 with time and zone.
    pub deprecation_date: Option<Arc<str>>,
    /// From constraints, or guessed from tests, as dbt does.
    pub primary_key: Names,
    /// `standard_granularity_column`, `custom_granularities`
    pub time_spine: Option<JsonObject>,
}

/// What only generic tests have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenericTestDetail {
    /// `unique`, without a package.
    pub test_name: Arc<str>,
    /// `dbt_utils` in `dbt_utils.expression_is_true`.
    pub namespace: Option<Arc<str>>,
    /// The arguments of the test macro; `model` comes last.
    pub kwargs: JsonObject,
    /// The column it was declared under.
    pub column_name: Option<Arc<str>>,
    /// `models.orders`: the section and the entry.
    pub file_key_name: Option<Arc<str>>,
    /// The node it was declared under; `None` for sources.
    pub attached_node: Option<UniqueId>,
}

/// What only functions have.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FunctionDetail {
    /// `data_type`, `description`
    pub returns: JsonObject,
    /// `name`, `data_type`, `description`, `default_value` each.
    pub arguments: Arc<[JsonObject]>,
}

impl Node {
    /// Its kind.
    pub fn resource_type(&self) -> ResourceType {
        match self.detail {
            NodeDetail::Model(_) => ResourceType::Model,
            NodeDetail::Seed { .. } => ResourceType::Seed,
            NodeDetail::Snapshot => ResourceType::Snapshot,
            NodeDetail::GenericTest(_) | NodeDetail::SingularTest => ResourceType::Test,
            NodeDetail::Analysis => ResourceType::Analysis,
            NodeDetail::Operation { .. } => ResourceType::Operation,
            NodeDetail::SqlOperation => ResourceType::SqlOperation,
            NodeDetail::Function(_) => ResourceType::Function,
        }
    }

    /// What only a model has.
    pub fn model(&self) -> Option<&ModelDetail> {
        match &self.detail {
            NodeDetail::Model(detail) => Some(detail),
            _ => None,
        }
    }

    /// What only a generic test has.
    pub fn generic_test(&self) -> Option<&GenericTestDetail> {
        match &self.detail {
            NodeDetail::GenericTest(detail) => Some(detail),
            _ => None,
        }
    }

    /// `v:` of a versioned model.
    pub fn version(&self) -> Option<&NodeVersion> {
        self.model()?.version.as_ref()
    }

    /// A CTE in whoever refers to it, never a relation.
    pub fn is_ephemeral(&self) -> bool {
        self.resource_type() == ResourceType::Model && self.config.materialized() == "ephemeral"
    }

    /// The name of what a run reports: `orders.v2` for versions.
    pub fn search_name(&self) -> String {
        match self.version() {
            Some(version) => format!("{}.v{version}", self.name),
            None => self.name.to_string(),
        }
    }
}
