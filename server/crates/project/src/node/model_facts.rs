//! What dbt works out of a model's declarations: the checksum of its contract, and a guess at its primary key.

use std::{fmt::Write, sync::Arc};

use base::write_python_repr;
use serde_json::Value;

use super::{Column, Constraint, ConstraintKind, Names, Node};
use crate::{checksum::sha256_hex, python_text::python_str};

impl Node {
    /// What tells one version of an enforced contract from the next; `None` where none is enforced.
    ///
    /// dbt hashes Python's text of its own objects, and so do we, since state comparison looks at nothing else.
    pub fn contract_checksum(&self) -> Option<Arc<str>> {
        if !self.contract.enforced {
            return None;
        }
        let mut columns: Vec<&Column> = self.columns.values().collect();
        columns.sort_by(|left, right| left.name.cmp(&right.name));
        let mut state = String::new();
        for column in columns {
            state.push('|');
            state.push_str(&column.name);
            state.push_str(column.data_type.as_deref().unwrap_or("None"));
            write_constraints(&column.constraints, "ColumnLevelConstraint", &mut state);
        }
        let materialized = self.config.materialized();
        if matches!(materialized, "table" | "incremental") {
            state.push_str(materialized);
            let constraints = self.model().map_or(&[][..], |model| &model.constraints);
            write_constraints(constraints, "ModelLevelConstraint", &mut state);
        }
        Some(sha256_hex(state.as_bytes()).into())
    }

    /// The columns that seem to identify a row: a primary key that is declared, or else what its generic tests check,
    /// disabled ones too. Columns come in the order of the tests.
    pub fn inferred_primary_key<'a>(&self, tests: impl IntoIterator<Item = &'a Node>) -> Names {
        if let Some(declared) = self.declared_primary_key() {
            return declared;
        }
        let (mut unique, mut disabled_unique, mut not_null) = (Vec::new(), Vec::new(), Vec::new());
        for test in tests {
            let Some(detail) = test.generic_test() else {
                continue;
            };
            let columns = match &*detail.test_name {
                "unique" | "unique_combination_of_columns" if test.config.enabled() => &mut unique,
                "unique" | "unique_combination_of_columns" => &mut disabled_unique,
                "not_null" => &mut not_null,
                _ => continue,
            };
            for column in tested_columns(&detail.kwargs) {
                if !columns.contains(&column) {
                    columns.push(column);
                }
            }
        }
        not_null.retain(|column| unique.contains(column) || disabled_unique.contains(column));
        [not_null, unique, disabled_unique]
            .into_iter()
            .find(|columns| !columns.is_empty())
            .unwrap_or_default()
            .into()
    }

    fn declared_primary_key(&self) -> Option<Names> {
        let is_key = |constraint: &&Constraint| constraint.kind == ConstraintKind::PrimaryKey;
        if let Some(constraint) = self.model()?.constraints.iter().find(is_key) {
            return Some(constraint.columns.clone());
        }
        let column = self.columns.values().find(|column| {
            column
                .constraints
                .iter()
                .any(|constraint| is_key(&constraint))
        })?;
        Some([Arc::clone(&column.name)].into())
    }
}

fn tested_columns(kwargs: &crate::json::JsonMap) -> Vec<Arc<str>> {
    match (
        kwargs.get("column_name"),
        kwargs.get("combination_of_columns"),
    ) {
        (Some(Value::String(column)), _) => vec![column.as_str().into()],
        (_, Some(Value::Array(columns))) => columns
            .iter()
            .filter_map(Value::as_str)
            .map(Arc::from)
            .collect(),
        _ => Vec::new(),
    }
}

/// Python's text of a list of dbt's constraints.
fn write_constraints(constraints: &[Constraint], class: &str, out: &mut String) {
    out.push('[');
    for (index, constraint) in constraints.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        let kind = constraint.kind.name();
        // Writing to a String cannot fail.
        let _ = write!(out, "{class}(type=<ConstraintType.{kind}: '{kind}'>, name=");
        write_optional(constraint.name.as_deref(), out);
        out.push_str(", expression=");
        write_optional(constraint.expression.as_deref(), out);
        let warn_unenforced = python_str(&constraint.warn_unenforced.into());
        let warn_unsupported = python_str(&constraint.warn_unsupported.into());
        let _ = write!(
            out,
            ", warn_unenforced={warn_unenforced}, warn_unsupported={warn_unsupported}, to="
        );
        write_optional(constraint.to.as_deref(), out);
        out.push_str(", to_columns=");
        write_names(&constraint.to_columns, out);
        if class == "ModelLevelConstraint" {
            out.push_str(", columns=");
            write_names(&constraint.columns, out);
        }
        out.push(')');
    }
    out.push(']');
}

fn write_optional(text: Option<&str>, out: &mut String) {
    match text {
        Some(text) => write_python_repr(text, out),
        None => out.push_str("None"),
    }
}

fn write_names(names: &[Arc<str>], out: &mut String) {
    out.push('[');
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write_python_repr(name, out);
    }
    out.push(']');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::node::{
        Checksum, Columns, Config, Contract, DependsOn, Docs, GenericTestDetail, Language,
        ModelDetail, NodeDetail, ResourceType,
    };

    fn constraint(kind: ConstraintKind, columns: &[&str]) -> Constraint {
        Constraint {
            kind,
            name: None,
            expression: None,
            warn_unenforced: true,
            warn_unsupported: true,
            to: None,
            to_columns: Names::default(),
            columns: columns.iter().map(|name| Arc::from(*name)).collect(),
        }
    }

    fn node(config: Config, columns: Columns, detail: NodeDetail) -> Node {
        Node {
            unique_id: "model.shop.b".into(),
            name: "b".into(),
            package_name: "shop".into(),
            path: "".into(),
            original_file_path: "".into(),
            fqn: Names::default(),
            database: None,
            schema: "".into(),
            alias: "".into(),
            relation_name: None,
            checksum: Checksum::None,
            config,
            unrendered_config: crate::json::JsonObject::default(),
            tags: Names::default(),
            meta: crate::json::JsonObject::default(),
            description: "".into(),
            columns,
            docs: Docs::default(),
            group: None,
            patch_path: None,
            doc_blocks: Arc::default(),
            raw_code: "".into(),
            language: Language::Sql,
            refs: Arc::default(),
            sources: Arc::default(),
            metrics: Arc::default(),
            functions: Arc::default(),
            depends_on: DependsOn::default(),
            contract: Contract {
                enforced: true,
                ..Contract::default()
            },
            detail,
        }
    }

    fn test(name: &str, kwargs: Value, config: Value) -> Node {
        let detail = GenericTestDetail {
            test_name: name.into(),
            namespace: None,
            kwargs: serde_json::from_value::<crate::json::JsonMap>(kwargs)
                .unwrap()
                .into(),
            column_name: None,
            file_key_name: None,
            attached_node: None,
        };
        let config = Config::new(ResourceType::Test, serde_json::from_value(config).unwrap());
        node(
            config,
            Columns::default(),
            NodeDetail::GenericTest(Arc::new(detail)),
        )
    }

    // The expected value is what dbt Core 1.11 writes for these declarations.
    #[test]
    fn the_checksum_of_a_contract_is_that_of_dbt() {
        let column = |name: &str, data_type: &str, constraints: Vec<Constraint>| Column {
            name: name.into(),
            data_type: Some(data_type.into()),
            constraints: constraints.into(),
            ..Column::default()
        };
        let not_null = constraint(ConstraintKind::NotNull, &[]);
        let columns = [
            column("id", "int", vec![not_null]),
            column("name", "text", vec![]),
        ];
        let detail = ModelDetail {
            constraints: [constraint(ConstraintKind::PrimaryKey, &["id"])].into(),
            ..ModelDetail::default()
        };
        let config = Config::new(
            ResourceType::Model,
            serde_json::from_value(json!({"materialized": "table"})).unwrap(),
        );
        let model = node(
            config,
            columns.into_iter().collect(),
            NodeDetail::Model(Arc::new(detail)),
        );
        assert_eq!(
            model.contract_checksum().as_deref(),
            Some("3738d4c70f239e43d2698b4c31cf016d242f4aa95e5bbf86276a080a649b9f04")
        );
        assert_eq!(model.inferred_primary_key([]).to_vec(), [Arc::from("id")]);
    }

    #[test]
    fn tests_tell_the_primary_key() {
        let model = node(
            Config::empty(ResourceType::Model),
            Columns::default(),
            NodeDetail::Model(Arc::default()),
        );
        let key = |tests: &[Node]| model.inferred_primary_key(tests).join(",");
        let unique = |column: &str| test("unique", json!({"column_name": column}), json!({}));
        let not_null = |column: &str| test("not_null", json!({"column_name": column}), json!({}));
        assert_eq!(key(&[not_null("a"), unique("b"), not_null("b")]), "b");
        assert_eq!(key(&[not_null("a"), unique("b")]), "b");
        let pair = json!({"combination_of_columns": ["x", "y"]});
        let off = test(
            "unique_combination_of_columns",
            pair,
            json!({"enabled": false}),
        );
        assert_eq!(key(&[off, not_null("a")]), "x,y");
        assert_eq!(key(&[not_null("a")]), "");
    }
}
