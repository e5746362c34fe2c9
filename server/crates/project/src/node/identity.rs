//! What a resource is and how it is named.

use std::{borrow::Borrow, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// dbt's identifier of a resource: `model.shop.orders`, `test.shop.unique_orders_id.fed79b3a6e`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct UniqueId(Arc<str>);

impl UniqueId {
    /// From its text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the first dot, as a kind.
    pub fn resource_type(&self) -> Option<ResourceType> {
        ResourceType::from_name(self.0.split('.').next().unwrap_or(""))
    }
}

impl From<&str> for UniqueId {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for UniqueId {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl Borrow<str> for UniqueId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The kinds of resources, with dbt's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "dbt's words for dbt's things")]
pub enum ResourceType {
    Model,
    Analysis,
    Test,
    Snapshot,
    Operation,
    Seed,
    SqlOperation,
    Doc,
    Source,
    Macro,
    Exposure,
    Metric,
    Group,
    SavedQuery,
    SemanticModel,
    UnitTest,
    Function,
}

impl ResourceType {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Model,
        Self::Analysis,
        Self::Test,
        Self::Snapshot,
        Self::Operation,
        Self::Seed,
        Self::SqlOperation,
        Self::Doc,
        Self::Source,
        Self::Macro,
        Self::Exposure,
        Self::Metric,
        Self::Group,
        Self::SavedQuery,
        Self::SemanticModel,
        Self::UnitTest,
        Self::Function,
    ];

    /// dbt's name, as in manifest.json and at the start of unique ids.
    pub fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Analysis => "analysis",
            Self::Test => "test",
            Self::Snapshot => "snapshot",
            Self::Operation => "operation",
            Self::Seed => "seed",
            Self::SqlOperation => "sql_operation",
            Self::Doc => "doc",
            Self::Source => "source",
            Self::Macro => "macro",
            Self::Exposure => "exposure",
            Self::Metric => "metric",
            Self::Group => "group",
            Self::SavedQuery => "saved_query",
            Self::SemanticModel => "semantic_model",
            Self::UnitTest => "unit_test",
            Self::Function => "function",
        }
    }

    /// The kind with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether `ref()` finds it.
    pub fn is_refable(self) -> bool {
        matches!(self, Self::Model | Self::Seed | Self::Snapshot)
    }
}

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::{ResourceType, UniqueId};

    #[test]
    fn every_kind_is_found_by_its_name() {
        for kind in ResourceType::ALL {
            assert_eq!(ResourceType::from_name(kind.name()), Some(kind));
        }
        let id = UniqueId::new("saved_query.shop.weekly");
        assert_eq!(id.resource_type(), Some(ResourceType::SavedQuery));
    }
}
