//! The methods of `adapter` that DuckDB answers in its own way, or that only dbt-duckdb has.

use jinja::{
    CallArgs, Column, HostError, Value,
    value::{dict, list, text},
};
use project::node::NodeDetail;

use super::{
    adapter::column_list,
    host::{LiveHost, host_error},
};
use crate::{
    event::{Event, MessageLevel},
    warehouse::{Cell, Fetch},
};

const STRATEGIES: [&str; 4] = ["append", "delete+insert", "merge", "microbatch"];

/// Strategies that dbt knows and DuckDB does not have.
const FOREIGN_STRATEGIES: [&str; 1] = ["insert_overwrite"];

/// Calls a method; `None` where DuckDB has nothing of its own to say.
pub(super) fn call(
    host: &LiveHost,
    method: &str,
    args: &CallArgs,
) -> Option<Result<Value, HostError>> {
    Some(match method {
        "valid_incremental_strategies" => Ok(list(STRATEGIES.map(Value::from))),
        "get_incremental_strategy_macro" => strategy_macro(host, args),
        "get_column_schema_from_query" => columns_of_query(host, args),
        "get_binding_char" => Ok(Value::from(host.session.warehouse.binding_char())),
        "get_seed_file_path" => seed_path(host),
        "convert_datetimes_to_strs" => Ok(args.get(0, "table").cloned().unwrap_or_default()),
        "escape_sql_string" => Ok(Value::from(
            args.get(0, "value")
                .map(text)
                .unwrap_or_default()
                .replace('\'', "''"),
        )),
        "is_motherduck" | "is_ducklake" | "use_ducklake_table_workarounds" => {
            Ok(Value::from(false))
        }
        "disable_transactions" => Ok(Value::from(host.session.flags.disable_transactions)),
        "catalog_supports_foreign_keys" => Ok(Value::from(true)),
        "external_root" => Ok(external_root(host)),
        "location_exists" => Ok(Value::from(location_exists(host, args))),
        "convert_type" => Ok(Value::from(converted_type(args))),
        "parse_index" => parse_index(host, args),
        "batch_id_for_model" => Ok(Value::from("")),
        "behavior" => Ok(dict::<&str>([])),
        "store_relation" => Err(HostError::compilation(
            "unsupported",
            "storing relations through plugins needs dbt-duckdb's Python process and is not supported",
        )),
        _ => return None,
    })
}

/// The macro that makes the SQL of a strategy.
fn strategy_macro(host: &LiveHost, args: &CallArgs) -> Result<Value, HostError> {
    let strategy = args.text(1, "strategy")?;
    if FOREIGN_STRATEGIES.contains(&strategy.as_str()) {
        return Err(HostError::compilation(
            "invalid-config",
            format!("The incremental strategy '{strategy}' is not valid for this adapter"),
        ));
    }
    let name = format!("get_incremental_{}_sql", strategy.replace('+', "_"));
    host.macro_value(&name).ok_or_else(|| {
        HostError::compilation(
            "unknown-macro",
            format!(
                "dbt could not find an incremental strategy macro with the name \"{name}\" in {}",
                host.session.project.manifest.project_name
            ),
        )
    })
}

/// Names and types of a query's columns; the fields of structs count as columns.
fn columns_of_query(host: &LiveHost, args: &CallArgs) -> Result<Value, HostError> {
    let sql = format!("DESCRIBE ({})", args.text(0, "sql")?);
    let (_, result) = host
        .connection()
        .execute(&sql, &[], Fetch::All, false)
        .map_err(|error| host_error(&error))?;
    let mut columns = Vec::new();
    for row in &result.rows {
        if let [Cell::Text(name), Cell::Text(data_type), ..] = row.as_slice() {
            flatten(name, data_type, &mut columns);
        }
    }
    Ok(column_list(columns))
}

fn flatten(name: &str, data_type: &str, columns: &mut Vec<Column>) {
    let fields = data_type
        .strip_prefix("STRUCT(")
        .and_then(|inner| inner.strip_suffix(')'));
    let Some(fields) = fields else {
        columns.push(Column {
            name: name.to_owned(),
            dtype: data_type.to_owned(),
            ..Column::default()
        });
        return;
    };
    for field in split_fields(fields) {
        if let Some((field, data_type)) = field.trim().split_once(' ') {
            flatten(&format!("{name}.{field}"), data_type, columns);
        }
    }
}

/// At the commas that are in no parentheses.
fn split_fields(fields: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, character) in fields.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.extend(fields.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(fields.get(start..));
    parts
}

fn seed_path(host: &LiveHost) -> Result<Value, HostError> {
    match host.node().map(|node| (&node.detail, node)) {
        Some((NodeDetail::Seed { root_path }, node)) => {
            let path = std::path::Path::new(&**root_path).join(&*node.original_file_path);
            Ok(Value::from(path.to_string_lossy().into_owned()))
        }
        _ => Err(HostError::compilation(
            "no-seed",
            "`get_seed_file_path` can only be called for a seed",
        )),
    }
}

fn external_root(host: &LiveHost) -> Value {
    let credentials = host.session.project.credentials();
    let root = credentials
        .get("external_root")
        .and_then(serde_json::Value::as_str);
    Value::from(root.unwrap_or("."))
}

fn location_exists(host: &LiveHost, args: &CallArgs) -> bool {
    let location = args.optional_text(0, "location").unwrap_or_default();
    let sql = format!("select 1 from '{location}' where 1=0");
    host.connection()
        .execute(&sql, &[], Fetch::Nothing, false)
        .is_ok()
}

/// The type of a seed's column, from what its values look like: `convert_type(table, index)`.
fn converted_type(args: &CallArgs) -> &'static str {
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

/// An index's columns, whether it is unique, and a name that no index of an earlier run has.
fn parse_index(host: &LiveHost, args: &CallArgs) -> Result<Value, HostError> {
    let raw = args.get(0, "raw_index").cloned().unwrap_or_default();
    let columns = raw
        .get_attr("columns")
        .map(|it| jinja::value::items(&it))
        .unwrap_or_default();
    if columns.is_empty() {
        return Err(HostError::compilation(
            "invalid-config",
            "an index needs `columns`, a list of names",
        ));
    }
    host.session.reporter.report(&Event::Message {
        level: MessageLevel::Debug,
        text: "creating an index",
        node: host.node().map(|node| &node.unique_id),
    });
    let unique = raw.get_attr("unique").is_ok_and(|it| it.is_true());
    Ok(super::index::value(
        columns,
        unique,
        host.session.system.now(),
    ))
}

/// A template's value as a bound parameter.
pub(super) fn binding(value: &Value) -> Cell {
    if value.is_none() || value.is_undefined() {
        return Cell::Null;
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
