//! Two things of one id: dbt takes neither, and says so in these words.

use project::node::{Node, ResourceType, Source, UniqueId};

/// What messages call a thing: `two models with the name "orders"`, `when looking for ref("orders")`.
pub(super) struct Called {
    pub(super) name: String,
    pub(super) purpose: String,
    pub(super) path: String,
}

impl Called {
    pub(super) fn node(node: &Node) -> Self {
        let name = &node.name;
        let path = node.original_file_path.to_string();
        if node.resource_type().is_refable() {
            let purpose = format!("looking for ref(\"{name}\")");
            return Self {
                name: name.to_string(),
                purpose,
                path,
            };
        }
        let Some(test) = node.generic_test() else {
            return Self::plain(name, &path);
        };
        let column = test.column_name.as_ref();
        let column = column.map(|column| format!("column \"{column}\" in "));
        let file_key = test.file_key_name.as_deref().unwrap_or_default();
        Self {
            name: format!(
                "{name}\" defined on {}\"{file_key}",
                column.unwrap_or_default()
            ),
            purpose: "running tests".to_owned(),
            path,
        }
    }

    pub(super) fn source(source: &Source) -> Self {
        let (of, name) = (&source.source_name, &source.name);
        Self {
            name: format!("{of}_{name}"),
            purpose: format!("looking for source(\"{of}\", \"{name}\")"),
            path: source.original_file_path.to_string(),
        }
    }

    pub(super) fn doc(name: &str, path: &str) -> Self {
        Self {
            purpose: format!("looking for doc(\"{name}\")"),
            ..Self::plain(name, path)
        }
    }

    pub(super) fn plain(name: &str, path: &str) -> Self {
        Self {
            name: name.to_owned(),
            purpose: format!("looking for {name}"),
            path: path.to_owned(),
        }
    }
}

/// What dbt says of two things.
pub(super) fn message(id: &UniqueId, second: &Called, first: &Called) -> String {
    let kind = id.resource_type().map_or("resources", plural);
    let Called {
        name,
        purpose,
        path,
    } = second;
    format!(
        "dbt found two {kind} with the name \"{name}\".\n\nSince these resources have the same name, dbt will be unable to find the correct resource\nwhen \
         {purpose}.\n\nTo fix this, change the name of one of these resources:\n- {id} ({path})\n- {id} ({})",
        first.path
    )
}

/// The same of two macros.
pub(super) fn of_macros(name: &str, package: &str, second: &str, first: &str) -> String {
    format!(
        "dbt found multiple macros named \"{name}\" in the project \"{package}\".\nAll macros require unique names, to fix this error rename or remove any \
         duplicates. They can be found in these files:\n    - {second}\n    - {first}"
    )
}

fn plural(kind: ResourceType) -> &'static str {
    match kind {
        ResourceType::Model => "models",
        ResourceType::Analysis => "analyses",
        ResourceType::Test => "data_tests",
        ResourceType::Snapshot => "snapshots",
        ResourceType::Operation => "operations",
        ResourceType::Seed => "seeds",
        ResourceType::SqlOperation => "sql operations",
        ResourceType::Doc => "docs",
        ResourceType::Source => "sources",
        ResourceType::Macro => "macros",
        ResourceType::Exposure => "exposures",
        ResourceType::Metric => "metrics",
        ResourceType::Group => "groups",
        ResourceType::SavedQuery => "saved_queries",
        ResourceType::SemanticModel => "semantic_models",
        ResourceType::UnitTest => "unit_tests",
        ResourceType::Function => "functions",
    }
}
