//! What a seed's columns hold, guessed from their values the way dbt (with agate) does.
//!
//! A column is what all its values can be read as: a number, a date, a time, a boolean, else text. `null` and nothing
//! are null. Rows are loaded by the engine, which asks the same guesses.

use chrono::{NaiveDate, NaiveDateTime};
use jinja::ColumnKind;
use sql::Type;

const KINDS: [ColumnKind; 5] = [
    ColumnKind::Integer,
    ColumnKind::Number,
    ColumnKind::Date,
    ColumnKind::DateTime,
    ColumnKind::Boolean,
];

/// What a column with these values holds.
pub fn guess<'a>(values: impl Iterator<Item = &'a str>) -> ColumnKind {
    let mut possible = KINDS.to_vec();
    for value in values {
        keep_possible(&mut possible, value);
        if possible.is_empty() {
            return ColumnKind::Text;
        }
    }
    possible.first().copied().unwrap_or(ColumnKind::Text)
}

fn keep_possible(possible: &mut Vec<ColumnKind>, value: &str) {
    if !is_null(value) {
        possible.retain(|kind| can_be(value, *kind));
    }
}

/// Whether a value is none.
#[must_use]
pub fn is_null(value: &str) -> bool {
    let value = value.trim();
    value.is_empty() || value.eq_ignore_ascii_case("null")
}

fn can_be(value: &str, kind: ColumnKind) -> bool {
    let value = value.trim();
    match kind {
        // Text is never an integer to agate: a column of digits is a number without decimal places. Only a column
        // without any value is one.
        ColumnKind::Integer | ColumnKind::TimeDelta => false,
        ColumnKind::Number => number(value).is_some(),
        ColumnKind::Date => NaiveDate::parse_from_str(value, "%Y-%m-%d").is_ok(),
        ColumnKind::DateTime => is_datetime(value),
        ColumnKind::Boolean => {
            value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false")
        }
        ColumnKind::Text => true,
    }
}

/// Signs, thousands separators, percent and currency signs are part of a number to agate.
#[must_use]
pub fn number(value: &str) -> Option<f64> {
    let (negative, rest) = match value.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, value.strip_prefix('+').unwrap_or(value)),
    };
    let rest = rest.trim_matches(|c| matches!(c, '%' | '$' | '€' | '£' | '¥' | '₽' | '₹' | '฿'));
    let plain: String = rest.chars().filter(|c| *c != ',').collect();
    if !plain.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    plain
        .parse::<f64>()
        .ok()
        .map(|it| if negative { -it } else { it })
}

/// A number that is whole, and not too large to be counted.
#[must_use]
pub fn whole(value: &str) -> Option<i64> {
    let value = value.trim();
    value.parse().ok().or_else(|| {
        let number = number(value)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "checked to be whole and small"
        )]
        (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i64)
    })
}

fn is_datetime(value: &str) -> bool {
    if NaiveDateTime::parse_from_str(value, "%Y-%m-%d %H:%M:%S").is_ok() {
        return true;
    }
    // ISO 8601 with a `T`; the zone and the fraction are optional.
    let Some((date, time)) = value.split_once('T') else {
        return false;
    };
    let time = time.trim_end_matches('Z');
    let time = time
        .rfind(['+', '-'])
        .map_or(time, |at| time.get(..at).unwrap_or(time));
    let is_time = ["%H:%M:%S%.f", "%H:%M", "%H%M%S"]
        .iter()
        .any(|format| chrono::NaiveTime::parse_from_str(time, format).is_ok());
    let is_date = ["%Y-%m-%d", "%Y%m%d"]
        .iter()
        .any(|format| NaiveDate::parse_from_str(date, format).is_ok());
    is_date && is_time
}

/// What is known of a column so far.
struct Seen {
    possible: Vec<ColumnKind>,
    has_fraction: bool,
}

/// The type that each column of a seed's file gets in its table, in their order; nothing where the file is broken. Both
/// warehouses are given the same names for them.
pub(crate) fn types(text: &str, delimiter: char) -> Vec<Type> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(u8::try_from(delimiter).unwrap_or(b','))
        .flexible(true)
        .from_reader(text.as_bytes());
    let n_columns = reader.headers().map_or(0, csv::StringRecord::len);
    let mut seen: Vec<Seen> = (0..n_columns)
        .map(|_| Seen {
            possible: KINDS.to_vec(),
            has_fraction: false,
        })
        .collect();
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) if record.len() <= n_columns => {}
            Ok(false) => return seen.iter().map(type_of).collect(),
            Ok(true) | Err(_) => return Vec::new(),
        }
        for (column, value) in seen.iter_mut().zip(&record) {
            if !column.possible.is_empty() {
                keep_possible(&mut column.possible, value);
                column.has_fraction |= !is_null(value) && whole(value).is_none();
            }
        }
    }
}

fn type_of(column: &Seen) -> Type {
    match column.possible.first() {
        // A column of numbers without decimal places holds integers to dbt.
        Some(ColumnKind::Number) if column.has_fraction => Type::Double,
        Some(ColumnKind::Integer | ColumnKind::Number) => Type::Integer,
        Some(ColumnKind::Boolean) => Type::Boolean,
        Some(ColumnKind::Date) => Type::Date,
        Some(ColumnKind::DateTime) => Type::Timestamp,
        Some(ColumnKind::TimeDelta) => Type::Time,
        Some(ColumnKind::Text) | None => Type::Varchar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> = types(text, ',').iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_column_has_the_type_of_all_its_values() {
        check(
            "id,price,sum,day,at,ok,name,none\n1,1.50,\"1,000\",2024-01-05,2024-01-05 10:00:00,true,a,\n2,null,$5.0,,2024-01-05T10:00:00Z,False,1,\n",
            &[
                "INTEGER",
                "DOUBLE",
                "INTEGER",
                "DATE",
                "TIMESTAMP",
                "BOOLEAN",
                "VARCHAR",
                "INTEGER",
            ],
        );
    }

    #[test]
    fn short_rows_have_nulls_and_long_ones_have_no_types() {
        check("a,b\n1\n2,x\n", &["INTEGER", "VARCHAR"]);
        check("a\n1,2\n", &[]);
        check("a,b\n", &["INTEGER", "INTEGER"]);
    }
}
