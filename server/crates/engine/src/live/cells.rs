//! A warehouse's rows as the table that templates see, typed the way agate guesses types.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeDelta};
use jinja::value::Decimal;
use jinja::{ColumnKind, Table, TableColumn, Value};

use crate::warehouse::{Cell, ResultSet};

/// The rows of a query. A repeated column name gets a number, as in dbt: `id`, `id_2`.
pub(crate) fn table(result: &ResultSet) -> Table {
    let names = unique_names(&result.columns);
    let columns = names
        .into_iter()
        .enumerate()
        .map(|(idx, name)| {
            let cells = result.rows.iter().filter_map(|row| row.get(idx));
            TableColumn {
                name,
                kind: kind(cells),
            }
        })
        .collect();
    let rows = result
        .rows
        .iter()
        .map(|row| row.iter().map(value).collect())
        .collect();
    Table::new(columns, rows)
}

fn unique_names(names: &[String]) -> Vec<String> {
    let mut unique: Vec<String> = Vec::with_capacity(names.len());
    for (idx, name) in names.iter().enumerate() {
        let n_before = names
            .iter()
            .take(idx)
            .filter(|other| *other == name)
            .count();
        unique.push(match n_before {
            0 => name.clone(),
            _ => format!("{name}_{}", n_before + 1),
        });
    }
    unique
}

/// What a column holds: the one kind of all its values. A column of nothing but nulls counts as integers.
fn kind<'a>(cells: impl Iterator<Item = &'a Cell>) -> ColumnKind {
    let mut found = None;
    for cell in cells {
        let kind = match cell {
            Cell::Null => continue,
            Cell::Bool(_) => ColumnKind::Boolean,
            Cell::Int(_) => ColumnKind::Integer,
            Cell::Float(_) | Cell::Decimal(_) => ColumnKind::Number,
            Cell::Date(_) => ColumnKind::Date,
            Cell::Timestamp(_) | Cell::TimestampTz(_) => ColumnKind::DateTime,
            Cell::Text(_) | Cell::Time(_) | Cell::Bytes(_) | Cell::List(_) | Cell::Struct(_) => {
                return ColumnKind::Text;
            }
        };
        found = match found {
            None => Some(kind),
            Some(known) if known == kind => Some(kind),
            Some(ColumnKind::Integer | ColumnKind::Number)
                if matches!(kind, ColumnKind::Integer | ColumnKind::Number) =>
            {
                Some(ColumnKind::Number)
            }
            Some(_) => return ColumnKind::Text,
        };
    }
    found.unwrap_or(ColumnKind::Integer)
}

/// One value for templates. Every number with a fraction, floats too, is a decimal to agate.
pub(crate) fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::from(()),
        Cell::Bool(it) => Value::from(*it),
        Cell::Int(it) => i64::try_from(*it).map_or_else(|_| Value::from(*it), Value::from),
        Cell::Float(it) => {
            Decimal::from_float(*it).map_or_else(|| Value::from(*it), Value::from_object)
        }
        Cell::Decimal(it) => {
            Decimal::parse(it).map_or_else(|| Value::from(it.as_str()), Value::from_object)
        }
        Cell::List(_) | Cell::Struct(_) => Value::from(json(cell).to_string()),
        Cell::Date(days) => match date(*days) {
            Some(day) if is_pythons(day) => jinja::value::date(day),
            _ => Value::from(text(cell)),
        },
        Cell::Timestamp(micros) => match DateTime::from_timestamp_micros(*micros) {
            Some(at) if is_pythons(at.date_naive()) => jinja::value::plain_datetime(at.naive_utc()),
            _ => Value::from(text(cell)),
        },
        Cell::TimestampTz(micros) => match DateTime::from_timestamp_micros(*micros) {
            Some(at) if is_pythons(at.date_naive()) => {
                jinja::value::utc_datetime(at.timestamp(), at.timestamp_subsec_nanos())
            }
            _ => Value::from(text(cell)),
        },
        other => Value::from(text(other)),
    }
}

/// Python's dates end with the year 9999; what lies beyond, infinity too, stays text.
fn is_pythons(day: NaiveDate) -> bool {
    (1..=9999).contains(&day.year())
}

/// As JSON: exact numbers that JSON cannot hold stay text.
pub fn json(cell: &Cell) -> serde_json::Value {
    match cell {
        Cell::Null => serde_json::Value::Null,
        Cell::Bool(it) => (*it).into(),
        Cell::Int(it) => i64::try_from(*it).map_or_else(|_| it.to_string().into(), Into::into),
        Cell::Float(it) => (*it).into(),
        Cell::Decimal(it) => match it.parse::<serde_json::Number>() {
            Ok(number) if number.to_string() == *it => number.into(),
            Ok(number) if it.parse::<f64>().is_ok_and(|float| float.abs() < 1e15) => number.into(),
            _ => it.clone().into(),
        },
        Cell::List(items) => items.iter().map(json).collect(),
        Cell::Struct(fields) => fields
            .iter()
            .map(|(name, cell)| (name.clone(), json(cell)))
            .collect(),
        other => text(other).into(),
    }
}

/// As people read it, and as Python prints it.
pub fn text(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Bool(it) => if *it { "True" } else { "False" }.to_owned(),
        Cell::Int(it) => it.to_string(),
        Cell::Float(it) => format!("{it:?}"),
        Cell::Decimal(it) | Cell::Text(it) => it.clone(),
        Cell::Date(days) => date(*days).map_or_else(|| days.to_string(), |it| it.to_string()),
        Cell::Time(micros) => time(*micros),
        Cell::Timestamp(micros) => timestamp(*micros),
        Cell::TimestampTz(micros) => format!("{}+00:00", timestamp(*micros)),
        Cell::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Cell::List(_) | Cell::Struct(_) => json(cell).to_string(),
    }
}

fn date(days: i32) -> Option<NaiveDate> {
    NaiveDate::default().checked_add_signed(TimeDelta::days(days.into()))
}

fn time(micros: i64) -> String {
    let midnight = NaiveTime::default() + TimeDelta::microseconds(micros);
    midnight.format("%H:%M:%S%.f").to_string()
}

fn timestamp(micros: i64) -> String {
    match DateTime::from_timestamp_micros(micros) {
        Some(time) => {
            let shown = if micros % 1_000_000 == 0 {
                "%Y-%m-%d %H:%M:%S"
            } else {
                "%Y-%m-%d %H:%M:%S%.6f"
            };
            time.naive_utc().format(shown).to_string()
        }
        None => micros.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_names_are_numbered() {
        let names = unique_names(&["id", "x", "id", "id"].map(str::to_owned));
        assert_eq!(names, ["id", "x", "id_2", "id_3"]);
    }

    #[test]
    fn a_column_has_one_kind() {
        let of = |cells: &[Cell]| kind(cells.iter());
        assert_eq!(of(&[Cell::Null, Cell::Int(1)]), ColumnKind::Integer);
        assert_eq!(
            of(&[Cell::Int(1), Cell::Decimal("1.5".to_owned())]),
            ColumnKind::Number
        );
        assert_eq!(
            of(&[Cell::Int(1), Cell::Text("a".to_owned())]),
            ColumnKind::Text
        );
        assert_eq!(of(&[Cell::Null]), ColumnKind::Integer);
    }

    #[test]
    fn times_look_like_pythons() {
        assert_eq!(text(&Cell::Date(19_723)), "2024-01-01");
        assert_eq!(
            text(&Cell::Timestamp(1_500_000)),
            "1970-01-01 00:00:01.500000"
        );
        assert_eq!(text(&Cell::TimestampTz(0)), "1970-01-01 00:00:00+00:00");
        assert_eq!(text(&Cell::Time(3_600_000_000)), "01:00:00");
    }
}
