//! The methods of `adapter` that DuckDB answers in its own way, or that only dbt-duckdb has.

use jinja::{
    CallArgs, Column, HostError, Relation, Value,
    value::{dict, text},
};
use project::{
    node::{NodeDetail, Source},
    profiles::duckdb::ducklakes,
};

use super::{
    adapter::column_list,
    external_files,
    host::{LiveHost, host_error},
};
use crate::warehouse::{Cell, Fetch};

/// Calls a method; `None` where DuckDB has nothing of its own to say.
pub(super) fn call(
    host: &LiveHost,
    method: &str,
    args: &CallArgs,
) -> Option<Result<Value, HostError>> {
    Some(match method {
        "get_column_schema_from_query" => columns_of_query(host, args),
        "get_seed_file_path" => seed_path(host),
        "convert_datetimes_to_strs" => Ok(args.get(0, "table").cloned().unwrap_or_default()),
        "escape_sql_string" => Ok(Value::from(
            args.get(0, "value")
                .map(text)
                .unwrap_or_default()
                .replace('\'', "''"),
        )),
        "is_ducklake" => Ok(Value::from(is_ducklake(host, args))),
        "is_motherduck" | "use_ducklake_table_workarounds" => Ok(Value::from(false)),
        "disable_transactions" => Ok(Value::from(host.session.flags.disable_transactions)),
        "catalog_supports_foreign_keys" => Ok(Value::from(!is_lake(
            host,
            args.optional_text(0, "database").as_deref(),
        ))),
        "external_root" => Ok(external_root(host)),
        "external_write_options" => external_files::write_options(args),
        "external_read_location" => external_files::read_location(args),
        "location_exists" => Ok(Value::from(location_exists(host, args))),
        "batch_id_for_model" => Ok(Value::from("")),
        "behavior" => Ok(dict::<&str>([])),
        "store_relation" => Err(HostError::compilation(
            "unsupported",
            "`plugin` and `glue_register` need dbt-duckdb's Python process and are not supported; take them out of the model's config",
        )),
        _ => return None,
    })
}

/// A plugin would load the table with Python code of dbt-duckdb's.
pub(super) fn unreadable(source: &Source) -> Option<String> {
    let plugin = analysis::external_location::plugin(source)?;
    Some(format!(
        "source `{}.{}` is loaded by the plugin `{plugin}`, which needs dbt-duckdb's Python process and is not supported",
        source.source_name, source.name
    ))
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

/// Whether the relation is in a database that is a DuckLake.
fn is_ducklake(host: &LiveHost, args: &CallArgs) -> bool {
    let relation = args.get(0, "relation").and_then(Relation::from_value);
    relation.is_some_and(|relation| is_lake(host, relation.database.as_deref()))
}

fn is_lake(host: &LiveHost, database: Option<&str>) -> bool {
    let credentials = host.session.project.credentials();
    database.is_some_and(|database| ducklakes(&credentials).contains(&database))
}

fn location_exists(host: &LiveHost, args: &CallArgs) -> bool {
    let location = args.optional_text(0, "location").unwrap_or_default();
    let sql = format!("select 1 from '{location}' where 1=0");
    host.connection()
        .execute(&sql, &[], Fetch::Nothing, false)
        .is_ok()
}
