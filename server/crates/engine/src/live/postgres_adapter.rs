//! The methods of `adapter` that PostgreSQL answers in its own way.

use jinja::{CallArgs, Column, HostError, Value};

use super::{
    adapter::column_list,
    host::{LiveHost, host_error},
};
use crate::warehouse::Fetch;

/// Calls a method; `None` where PostgreSQL has nothing of its own to say.
pub(super) fn call(
    host: &LiveHost,
    method: &str,
    args: &CallArgs,
) -> Option<Result<Value, HostError>> {
    Some(match method {
        "verify_database" => verify_database(host, args),
        "get_column_schema_from_query" => columns_of_query(host, args),
        "timestamp_add_sql" => timestamp_add(args),
        "date_function" => Ok(Value::from("now()")),
        _ => return None,
    })
}

/// A server's databases cannot see each other, so every relation is in the one of the profile.
fn verify_database(host: &LiveHost, args: &CallArgs) -> Result<Value, HostError> {
    let named = args.optional_text(0, "database").unwrap_or_default();
    let named = named.trim_matches('"');
    let expected = host.session.project.default_database();
    let expected = expected.as_deref().unwrap_or_default();
    // Lower case of all letters, as Python compares them.
    if named.to_lowercase() == expected.to_lowercase() {
        return Ok(Value::from(""));
    }
    Err(HostError::compilation(
        "cross-database-reference",
        format!(
            "Cross-db references not allowed in postgres ({named} vs {expected}); remove the `database` of the node or source, or set it to `{expected}`"
        ),
    ))
}

/// Names and types of a query's columns. The types are the driver's, which do not tell `text` from `varchar`: contracts
/// are compared by them.
fn columns_of_query(host: &LiveHost, args: &CallArgs) -> Result<Value, HostError> {
    let sql = args.text(0, "sql")?;
    let (_, result) = host
        .connection()
        .execute(&sql, &[], Fetch::Limit(0), false)
        .map_err(|error| host_error(&error))?;
    let columns = result.columns.iter().zip(&result.types);
    let columns = columns.map(|(name, data_type)| Column {
        name: name.clone(),
        dtype: host.session.warehouse.driver_type(data_type),
        ..Column::default()
    });
    Ok(column_list(columns.collect()))
}

/// `adapter.timestamp_add_sql(add_to, number=1, interval='hour')`
fn timestamp_add(args: &CallArgs) -> Result<Value, HostError> {
    let number = args.optional_text(1, "number");
    let interval = args.optional_text(2, "interval");
    Ok(Value::from(format!(
        "{} + interval '{} {}'",
        args.text(0, "add_to")?,
        number.as_deref().unwrap_or("1"),
        interval.as_deref().unwrap_or("hour")
    )))
}
