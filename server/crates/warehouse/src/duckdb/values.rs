//! DuckDB's values as cells, and back for bound parameters.

use ::duckdb::{
    Error as DuckError, Rows,
    arrow::datatypes::DataType,
    core::{LogicalTypeHandle, LogicalTypeId},
    types::{TimeUnit, Value},
};
use engine::{Cell, ResultSet};

/// At most `limit` rows of a result.
pub(super) fn collect(mut rows: Rows<'_>, limit: usize) -> Result<ResultSet, DuckError> {
    let Some(statement) = rows.as_ref() else {
        return Ok(ResultSet::default());
    };
    let columns = statement.column_names();
    let zoned: Vec<bool> = (0..columns.len())
        .map(|idx| matches!(statement.column_type(idx), DataType::Timestamp(_, Some(_))))
        .collect();
    let types = (0..columns.len())
        .map(|idx| type_name(&statement.column_logical_type(idx)))
        .collect();
    let mut result = ResultSet {
        columns,
        types,
        rows: Vec::new(),
    };
    while result.rows.len() < limit {
        let Some(row) = rows.next()? else { break };
        let mut cells = Vec::with_capacity(zoned.len());
        for (idx, zoned) in zoned.iter().enumerate() {
            cells.push(match (cell(row.get_ref(idx)?.into()), zoned) {
                (Cell::Timestamp(micros), true) => Cell::TimestampTz(micros),
                (cell, _) => cell,
            });
        }
        result.rows.push(cells);
    }
    Ok(result)
}

fn type_name(logical: &LogicalTypeHandle) -> String {
    match logical.id() {
        LogicalTypeId::Decimal => format!(
            "DECIMAL({},{})",
            logical.decimal_width(),
            logical.decimal_scale()
        ),
        LogicalTypeId::TimestampTZ => "TIMESTAMP WITH TIME ZONE".to_owned(),
        id => format!("{id:?}").to_uppercase(),
    }
}

fn cell(value: Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Boolean(it) => Cell::Bool(it),
        Value::TinyInt(it) => Cell::Int(it.into()),
        Value::SmallInt(it) => Cell::Int(it.into()),
        Value::Int(it) => Cell::Int(it.into()),
        Value::BigInt(it) => Cell::Int(it.into()),
        Value::HugeInt(it) => Cell::Int(it),
        Value::UTinyInt(it) => Cell::Int(it.into()),
        Value::USmallInt(it) => Cell::Int(it.into()),
        Value::UInt(it) => Cell::Int(it.into()),
        Value::UBigInt(it) => Cell::Int(it.into()),
        Value::UHugeInt(it) => {
            i128::try_from(it).map_or_else(|_| Cell::Decimal(it.to_string()), Cell::Int)
        }
        // As Python gets it: the digits of a single that is 0.1 are 0.10000000149011612.
        Value::Float(it) => Cell::Float(it.into()),
        Value::Double(it) => Cell::Float(it),
        Value::Decimal(it) => Cell::Decimal(it.to_string()),
        Value::Timestamp(unit, it) => Cell::Timestamp(micros(unit, it)),
        Value::Date32(days) => Cell::Date(days),
        Value::Time64(unit, it) => Cell::Time(micros(unit, it)),
        Value::Text(it) | Value::Enum(it) => Cell::Text(it),
        Value::Blob(it) | Value::Geometry(it) => Cell::Bytes(it),
        Value::Interval {
            months,
            days,
            nanos,
        } => Cell::Text(interval(months, days, nanos)),
        Value::List(items) | Value::Array(items) => {
            Cell::List(items.into_iter().map(cell).collect())
        }
        Value::Struct(fields) => Cell::Struct(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), cell(value.clone())))
                .collect(),
        ),
        Value::Map(entries) => Cell::Struct(
            entries
                .iter()
                .map(|(key, value)| (plain(cell(key.clone())), cell(value.clone())))
                .collect(),
        ),
        Value::Union(inner) => cell(*inner),
        // The enum may grow with the crate; an unknown value is shown rather than lost.
        other => Cell::Text(format!("{other:?}")),
    }
}

/// A map's key as text.
fn plain(cell: Cell) -> String {
    match cell {
        Cell::Text(text) | Cell::Decimal(text) => text,
        Cell::Int(it) => it.to_string(),
        Cell::Bool(it) => it.to_string(),
        other => format!("{other:?}"),
    }
}

fn micros(unit: TimeUnit, value: i64) -> i64 {
    // The crate's own conversion multiplies without a check, and `infinity` is the largest number there is.
    match unit {
        TimeUnit::Second => value.saturating_mul(1_000_000),
        TimeUnit::Millisecond => value.saturating_mul(1_000),
        TimeUnit::Microsecond => value,
        TimeUnit::Nanosecond => value.div_euclid(1_000),
    }
}

/// As DuckDB prints an interval: `1 year 2 months 3 days 04:05:06.5`.
fn interval(months: i32, days: i32, nanos: i64) -> String {
    let plural = |count: i32, unit: &str| {
        let suffix = if count.abs() == 1 { "" } else { "s" };
        (count != 0).then(|| format!("{count} {unit}{suffix}"))
    };
    let mut parts: Vec<String> = [
        plural(months / 12, "year"),
        plural(months % 12, "month"),
        plural(days, "day"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if nanos != 0 || parts.is_empty() {
        let micros = nanos.unsigned_abs() / 1_000;
        let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
        let sign = if nanos < 0 { "-" } else { "" };
        let mut clock = format!(
            "{sign}{:02}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        );
        if fraction != 0 {
            clock.push('.');
            clock.push_str(format!("{fraction:06}").trim_end_matches('0'));
        }
        parts.push(clock);
    }
    parts.join(" ")
}

/// A cell as a bound parameter. What SQL has no literal for goes as text, which DuckDB casts to the column's type.
pub(super) fn to_duckdb(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Bool(it) => Value::Boolean(*it),
        Cell::Int(it) => i64::try_from(*it).map_or(Value::HugeInt(*it), Value::BigInt),
        Cell::Float(it) => Value::Double(*it),
        Cell::Decimal(it) | Cell::Text(it) => Value::Text(it.clone()),
        Cell::Date(days) => Value::Date32(*days),
        Cell::Time(micros) => Value::Time64(TimeUnit::Microsecond, *micros),
        Cell::Timestamp(micros) | Cell::TimestampTz(micros) => {
            Value::Timestamp(TimeUnit::Microsecond, *micros)
        }
        Cell::Bytes(it) => Value::Blob(it.clone()),
        Cell::List(items) => Value::List(items.iter().map(to_duckdb).collect()),
        Cell::Struct(fields) => Value::Struct(
            fields
                .iter()
                .map(|(name, cell)| (name.clone(), to_duckdb(cell)))
                .collect::<Vec<_>>()
                .into(),
        ),
    }
}
