//! Columns as properties declare them.

use std::sync::{Arc, LazyLock};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{Names, UniqueId};
use crate::json::JsonObject;

/// Columns by name, in the order declared; shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns(Arc<IndexMap<Arc<str>, Column>>);

static NO_COLUMNS: LazyLock<Columns> = LazyLock::new(|| Columns(Arc::new(IndexMap::new())));

impl Default for Columns {
    fn default() -> Self {
        NO_COLUMNS.clone()
    }
}

impl FromIterator<Column> for Columns {
    fn from_iter<T: IntoIterator<Item = Column>>(iter: T) -> Self {
        let map: IndexMap<_, _> = iter
            .into_iter()
            .map(|column| (Arc::clone(&column.name), column))
            .collect();
        if map.is_empty() {
            Self::default()
        } else {
            Self(Arc::new(map))
        }
    }
}

impl std::ops::Deref for Columns {
    type Target = IndexMap<Arc<str>, Column>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Column {
    /// As written.
    pub name: Arc<str>,
    /// Rendered: `doc()` calls are replaced.
    pub description: Arc<str>,
    /// The warehouse's name of its type.
    pub data_type: Option<Arc<str>>,
    /// Whether its name must be quoted.
    pub quote: Option<bool>,
    /// On this column alone.
    pub constraints: Arc<[Constraint]>,
    /// Of the column and its `config`.
    pub tags: Names,
    /// Of the column and its `config`.
    pub meta: JsonObject,
    /// Keys of its `config` that dbt has no name for.
    pub config_extra: JsonObject,
    /// For time spines.
    pub granularity: Option<Arc<str>>,
    /// The docs blocks that the description is made of.
    pub doc_blocks: Arc<[UniqueId]>,
    /// Keys that dbt has no name for.
    pub extra: JsonObject,
}

/// The kinds of constraints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "dbt's words for dbt's things")]
pub enum ConstraintKind {
    Check,
    NotNull,
    Unique,
    PrimaryKey,
    ForeignKey,
    Custom,
}

impl ConstraintKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Check,
        Self::NotNull,
        Self::Unique,
        Self::PrimaryKey,
        Self::ForeignKey,
        Self::Custom,
    ];

    /// dbt's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::NotNull => "not_null",
            Self::Unique => "unique",
            Self::PrimaryKey => "primary_key",
            Self::ForeignKey => "foreign_key",
            Self::Custom => "custom",
        }
    }

    /// The kind with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A constraint on a column or on a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraint {
    /// What it demands.
    pub kind: ConstraintKind,
    /// Its name in the warehouse.
    pub name: Option<Arc<str>>,
    /// The predicate of a check, the target of a foreign key, ...
    pub expression: Option<Arc<str>>,
    /// Warn where the warehouse accepts but does not enforce it.
    pub warn_unenforced: bool,
    /// Warn where the warehouse does not know it.
    pub warn_unsupported: bool,
    /// A `ref(..)` or `source(..)` for foreign keys.
    pub to: Option<Arc<str>>,
    /// The columns there.
    pub to_columns: Names,
    /// The columns here; only on models.
    pub columns: Names,
}
