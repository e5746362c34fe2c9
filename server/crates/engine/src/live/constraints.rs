//! Constraints of contracts as `create table` takes them: `adapter.render_raw_columns_constraints` and
//! `render_raw_model_constraints`.

use jinja::{
    CallArgs, Relation, Value,
    value::{items, list, pairs, text},
};

/// How a foreign key names its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ForeignName {
    /// In full.
    Qualified,
    /// Without the database, which DuckDB does not take there.
    WithoutDatabase,
}

fn attribute(value: &Value, name: &str) -> Option<String> {
    let found = value.get_attr(name).ok()?;
    (!found.is_none() && !found.is_undefined() && found.is_true()).then(|| text(&found))
}

fn texts(value: &Value, name: &str) -> Vec<String> {
    value
        .get_attr(name)
        .map(|found| items(&found).iter().map(text).collect())
        .unwrap_or_default()
}

/// Columns with types and constraints, as `create table` takes them.
pub(super) fn column_constraints(args: &CallArgs, names: ForeignName) -> Value {
    let columns = args.get(0, "raw_columns").cloned().unwrap_or_default();
    let mut lines = Vec::new();
    for (_, column) in pairs(&columns) {
        let name = attribute(&column, "name").unwrap_or_default();
        let name = if attribute(&column, "quote").is_some() {
            Relation::default().quoted(&name)
        } else {
            name
        };
        let mut line = format!(
            "{name} {}",
            attribute(&column, "data_type").unwrap_or_default()
        );
        let constraints = column
            .get_attr("constraints")
            .map(|it| items(&it))
            .unwrap_or_default();
        for constraint in &constraints {
            if let Some(sql) = column_constraint(constraint, names) {
                line.push(' ');
                line.push_str(&sql);
            }
        }
        lines.push(Value::from(line));
    }
    list(lines)
}

fn column_constraint(constraint: &Value, names: ForeignName) -> Option<String> {
    let expression = attribute(constraint, "expression");
    let with = |words: &str| {
        Some(
            format!("{words} {}", expression.clone().unwrap_or_default())
                .trim_end()
                .to_owned(),
        )
    };
    match attribute(constraint, "type")?.as_str() {
        "check" => Some(format!("check ({})", expression?)),
        "not_null" => with("not null"),
        "unique" => with("unique"),
        "primary_key" => with("primary key"),
        "foreign_key" => Some(format!("references {}", foreign_target(constraint, names)?)),
        "custom" => expression,
        _ => None,
    }
}

/// The table and columns that a foreign key points at.
fn foreign_target(constraint: &Value, names: ForeignName) -> Option<String> {
    match attribute(constraint, "to") {
        Some(to) => {
            let parts: Vec<&str> = to.split('.').collect();
            let local = if parts.len() == 3 && names == ForeignName::WithoutDatabase {
                parts.get(1..)?.join(".")
            } else {
                to.clone()
            };
            Some(format!(
                "{local} ({})",
                texts(constraint, "to_columns").join(", ")
            ))
        }
        None => attribute(constraint, "expression"),
    }
}

/// Constraints on the whole table, as `create table` takes them.
pub(super) fn model_constraints(args: &CallArgs, names: ForeignName) -> Value {
    let constraints = args
        .get(0, "raw_constraints")
        .map(items)
        .unwrap_or_default();
    list(
        constraints
            .iter()
            .filter_map(|constraint| model_constraint(constraint, names))
            .map(Value::from),
    )
}

fn model_constraint(constraint: &Value, names: ForeignName) -> Option<String> {
    let expression = attribute(constraint, "expression");
    let columns = texts(constraint, "columns").join(", ");
    let extra = expression
        .as_ref()
        .map(|it| format!(" {it}"))
        .unwrap_or_default();
    let body = match attribute(constraint, "type")?.as_str() {
        "check" => format!("check ({})", expression?),
        "unique" => format!("unique{extra} ({columns})"),
        "primary_key" => format!("primary key{extra} ({columns})"),
        "foreign_key" => format!(
            "foreign key ({columns}) references {}",
            foreign_target(constraint, names)?
        ),
        "custom" => expression?,
        _ => return None,
    };
    let name = attribute(constraint, "name").map(|name| format!("constraint {name} "));
    Some(name.unwrap_or_default() + &body)
}
