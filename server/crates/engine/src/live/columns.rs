//! Types of seeds' columns and their values on the way into SQL: the same for every adapter that is built on dbt's
//! `SQLAdapter`.

use jinja::{CallArgs, Value, value::text};

use crate::warehouse::Cell;

/// The type of a seed's column, from what its values look like: `convert_type(table, index)`.
pub(super) fn converted_type(args: &CallArgs) -> &'static str {
    let table = args
        .get(0, "agate_table")
        .and_then(jinja::Table::from_value);
    let idx = args.get(1, "col_idx").and_then(Value::as_usize);
    let kind = table
        .zip(idx)
        .and_then(|(table, idx)| table.columns().get(idx))
        .map(|column| column.kind);
    match kind {
        Some(jinja::ColumnKind::Number) if has_fraction(table, idx) => "float8",
        Some(jinja::ColumnKind::Integer | jinja::ColumnKind::Number) => "integer",
        Some(jinja::ColumnKind::Boolean) => "boolean",
        Some(jinja::ColumnKind::Date) => "date",
        Some(jinja::ColumnKind::DateTime) => "timestamp without time zone",
        Some(jinja::ColumnKind::TimeDelta) => "time",
        Some(jinja::ColumnKind::Text) | None => "text",
    }
}

/// A column of numbers without decimal places holds integers to dbt.
fn has_fraction(table: Option<&jinja::Table>, idx: Option<usize>) -> bool {
    let (Some(table), Some(idx)) = (table, idx) else {
        return false;
    };
    let mut values = table.rows().iter().filter_map(|row| row.get(idx));
    values.any(|value| !value.is_none() && !value.is_integer())
}

/// A template's value as a bound parameter.
pub(super) fn binding(value: &Value) -> Cell {
    if value.is_none() || value.is_undefined() {
        return Cell::Null;
    }
    if let Some(decimal) = jinja::value::Decimal::from_value(value) {
        return Cell::Decimal(decimal.to_string());
    }
    match jinja::value::to_json(value) {
        serde_json::Value::Bool(it) => Cell::Bool(it),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(int) => Cell::Int(int.into()),
            None => number.as_f64().map_or(Cell::Null, Cell::Float),
        },
        _ => Cell::Text(text(value)),
    }
}
