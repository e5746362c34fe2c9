//! Values between PostgreSQL's text form and cells. The server's types are told by number.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike as _};
use engine::Cell;

/// A type of the server's that has a form of its own here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Int,
    Float,
    Numeric,
    Date,
    Time,
    Timestamp,
    TimestampTz,
    Bytes,
    Json,
    Text,
}

/// Number, number of its array type, name in SQL, name in psycopg2, and what becomes of its values. The numbers are fixed:
/// see `pg_type.dat` of PostgreSQL.
const TYPES: [(u32, u32, &str, &str, Kind); 29] = [
    (16, 1000, "boolean", "BOOLEAN", Kind::Bool),
    (17, 1001, "bytea", "BINARY", Kind::Bytes),
    (18, 1002, "\"char\"", "STRING", Kind::Text),
    (19, 1003, "name", "STRING", Kind::Text),
    (20, 1016, "bigint", "LONGINTEGER", Kind::Int),
    (21, 1005, "smallint", "INTEGER", Kind::Int),
    (23, 1007, "integer", "INTEGER", Kind::Int),
    (25, 1009, "text", "STRING", Kind::Text),
    (26, 1028, "oid", "ROWID", Kind::Int),
    (114, 199, "json", "JSON", Kind::Json),
    (650, 651, "cidr", "", Kind::Text),
    (700, 1021, "real", "FLOAT", Kind::Float),
    (701, 1022, "double precision", "FLOAT", Kind::Float),
    (705, 0, "unknown", "UNKNOWN", Kind::Text),
    (829, 1040, "macaddr", "", Kind::Text),
    (869, 1041, "inet", "", Kind::Text),
    (1042, 1014, "character", "STRING", Kind::Text),
    (1043, 1015, "character varying", "STRING", Kind::Text),
    (1082, 1182, "date", "DATE", Kind::Date),
    (1083, 1183, "time without time zone", "TIME", Kind::Time),
    (
        1114,
        1115,
        "timestamp without time zone",
        "DATETIME",
        Kind::Timestamp,
    ),
    (
        1184,
        1185,
        "timestamp with time zone",
        "DATETIMETZ",
        Kind::TimestampTz,
    ),
    (1186, 1187, "interval", "INTERVAL", Kind::Text),
    (1266, 1270, "time with time zone", "TIME", Kind::Text),
    (1700, 1231, "numeric", "DECIMAL", Kind::Numeric),
    (2950, 2951, "uuid", "", Kind::Text),
    (3802, 3807, "jsonb", "JSONB", Kind::Json),
    (3908, 3909, "tsrange", "tsrange", Kind::Text),
    (3912, 3913, "daterange", "daterange", Kind::Text),
];

/// The type's name in SQL.
pub(super) fn type_name(oid: u32) -> String {
    for (own, array, name, ..) in TYPES {
        if oid == own {
            return name.to_owned();
        }
        if oid == array {
            return format!("{name}[]");
        }
    }
    format!("oid {oid}")
}

/// A type by its name in SQL as psycopg2 calls it. It tells types apart by how it reads their values: varchar and text are
/// one, integer and smallint too.
pub(super) fn driver_type(data_type: &str) -> String {
    let (element, is_array) = match data_type.strip_suffix("[]") {
        Some(element) => (element, true),
        None => (data_type, false),
    };
    let found = TYPES.iter().find(|it| it.2 == element);
    match found {
        Some((_, _, _, name, _)) if !name.is_empty() && is_array => format!("{name}ARRAY"),
        Some((_, _, _, name, _)) if !name.is_empty() => (*name).to_owned(),
        // Network addresses it reads as text; only their arrays have a name.
        Some((_, _, name @ ("cidr" | "inet" | "macaddr"), ..)) if is_array => {
            format!("{}ARRAY", name.to_uppercase())
        }
        Some((oid, array, ..)) => {
            format!("unknown type_code {}", if is_array { array } else { oid })
        }
        None => format!("unknown type_code {}", element.trim_start_matches("oid ")),
    }
}

fn kind(oid: u32) -> Option<Kind> {
    TYPES.iter().find(|it| it.0 == oid).map(|it| it.4)
}

fn element_kind(oid: u32) -> Option<Kind> {
    TYPES
        .iter()
        .find(|it| it.1 == oid && oid != 0)
        .map(|it| it.4)
}

/// A value in text form.
pub(super) fn cell(oid: u32, text: Option<&str>) -> Cell {
    let Some(text) = text else {
        return Cell::Null;
    };
    match element_kind(oid) {
        Some(element) => array(text, element).unwrap_or_else(|| Cell::Text(text.to_owned())),
        None => scalar(kind(oid).unwrap_or(Kind::Text), text),
    }
}

/// What a form cannot hold (`infinity`, a year before Christ) stays text.
fn scalar(kind: Kind, text: &str) -> Cell {
    let read = match kind {
        Kind::Bool => Some(Cell::Bool(text == "t")),
        Kind::Int => text.parse().ok().map(Cell::Int),
        Kind::Float => text.parse().ok().map(Cell::Float),
        Kind::Numeric => text
            .starts_with(|c: char| c.is_ascii_digit() || c == '-')
            .then(|| Cell::Decimal(text.to_owned()))
            .filter(|_| !text.ends_with('y')),
        Kind::Date => date(text).map(Cell::Date),
        Kind::Time => time(text).map(Cell::Time),
        Kind::Timestamp => timestamp(text).map(Cell::Timestamp),
        Kind::TimestampTz => timestamp_tz(text).map(Cell::TimestampTz),
        Kind::Bytes => bytes(text).map(Cell::Bytes),
        Kind::Json => serde_json::from_str(text).ok().map(json),
        Kind::Text => None,
    };
    read.unwrap_or_else(|| Cell::Text(text.to_owned()))
}

fn date(text: &str) -> Option<i32> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    i32::try_from(date.signed_duration_since(NaiveDate::default()).num_days()).ok()
}

fn time(text: &str) -> Option<i64> {
    let time = NaiveTime::parse_from_str(text, "%H:%M:%S%.f").ok()?;
    let seconds = i64::from(time.num_seconds_from_midnight());
    Some(seconds * 1_000_000 + i64::from(time.nanosecond() / 1_000))
}

fn timestamp(text: &str) -> Option<i64> {
    let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok()?;
    Some(time.and_utc().timestamp_micros())
}

/// `2024-01-01 10:00:00.5+02`, `+05:30` too.
fn timestamp_tz(text: &str) -> Option<i64> {
    let time = DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z").ok()?;
    Some(time.timestamp_micros())
}

/// `\x00ff`
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("\\x")?.as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16);
    digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
            _ => None,
        })
        .collect()
}

fn json(value: serde_json::Value) -> Cell {
    use serde_json::Value;
    match value {
        Value::Null => Cell::Null,
        Value::Bool(it) => Cell::Bool(it),
        Value::Number(it) => match it.as_i64() {
            Some(int) => Cell::Int(int.into()),
            None => it
                .as_f64()
                .map_or_else(|| Cell::Decimal(it.to_string()), Cell::Float),
        },
        Value::String(it) => Cell::Text(it),
        Value::Array(items) => Cell::List(items.into_iter().map(json).collect()),
        Value::Object(entries) => Cell::Struct(
            entries
                .into_iter()
                .map(|(name, value)| (name, json(value)))
                .collect(),
        ),
    }
}

/// `{1,NULL,"a, b",{...}}`; an array whose bounds are not the usual begins with them and stays text.
fn array(text: &str, element: Kind) -> Option<Cell> {
    let mut rest = text.chars().peekable();
    let list = list(&mut rest, element)?;
    rest.next().is_none().then_some(list)
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn list(rest: &mut Rest<'_>, element: Kind) -> Option<Cell> {
    if rest.next()? != '{' {
        return None;
    }
    let mut items = Vec::new();
    if rest.next_if_eq(&'}').is_some() {
        return Some(Cell::List(items));
    }
    loop {
        items.push(match rest.peek()? {
            '{' => list(rest, element)?,
            '"' => scalar(element, &quoted(rest)?),
            _ => match bare(rest).as_str() {
                "NULL" => Cell::Null,
                text => scalar(element, text),
            },
        });
        match rest.next()? {
            ',' => {}
            '}' => return Some(Cell::List(items)),
            _ => return None,
        }
    }
}

fn quoted(rest: &mut Rest<'_>) -> Option<String> {
    rest.next();
    let mut text = String::new();
    loop {
        match rest.next()? {
            '"' => return Some(text),
            '\\' => text.push(rest.next()?),
            other => text.push(other),
        }
    }
}

fn bare(rest: &mut Rest<'_>) -> String {
    let mut text = String::new();
    while let Some(c) = rest.next_if(|c| !matches!(c, ',' | '}')) {
        text.push(c);
    }
    text
}

/// Puts values into the places of a statement: `%s` each, `%%` a percent sign, as psycopg2 does. Statements go to the
/// server as text, so that a value without a type takes the type of its column.
pub(super) fn fill(sql: &str, bindings: &[Cell]) -> Result<String, String> {
    let mut filled = String::with_capacity(sql.len() + bindings.len() * 8);
    let mut values = bindings.iter();
    let mut rest = sql;
    while let Some((before, after)) = rest.split_once('%') {
        filled.push_str(before);
        if let Some(after) = after.strip_prefix('s') {
            let value = values
                .next()
                .ok_or("there are more places in the statement than values")?;
            literal(value, &mut filled);
            rest = after;
        } else if let Some(after) = after.strip_prefix('%') {
            filled.push('%');
            rest = after;
        } else {
            filled.push('%');
            rest = after;
        }
    }
    filled.push_str(rest);
    match values.len() {
        0 => Ok(filled),
        n_left => Err(format!("{n_left} values have no place in the statement")),
    }
}

fn literal(cell: &Cell, out: &mut String) {
    let written = match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Bool(it) => it.to_string(),
        // The blank keeps a sign from making an operator of what stands before.
        Cell::Int(it) => format!(" {it}"),
        Cell::Float(it) if it.is_finite() => format!(" {it:?}"),
        Cell::Float(it) => format!("'{it}'::float"),
        Cell::Decimal(it) => format!(" {it}"),
        other => return quote(&engine::cell_text(other), out),
    };
    out.push_str(&written);
}

fn quote(text: &str, out: &mut String) {
    if text.contains('\\') {
        out.push_str(" E");
    }
    out.push('\'');
    for c in text.chars() {
        if matches!(c, '\'' | '\\') {
            out.push(c);
        }
        out.push(c);
    }
    out.push('\'');
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[test]
    fn values_keep_their_exact_form() {
        assert_eq!(cell(1700, Some("12.50")), Cell::Decimal("12.50".to_owned()));
        assert_eq!(cell(1700, Some("NaN")), Cell::Text("NaN".to_owned()));
        assert_eq!(
            cell(1700, Some("-Infinity")),
            Cell::Text("-Infinity".to_owned())
        );
        assert_eq!(cell(1082, Some("1970-01-03")), Cell::Date(2));
        assert_eq!(
            cell(1082, Some("infinity")),
            Cell::Text("infinity".to_owned())
        );
        assert_eq!(
            cell(1114, Some("1970-01-01 00:00:01.5")),
            Cell::Timestamp(1_500_000)
        );
        assert_eq!(
            cell(1184, Some("1970-01-01 02:00:01+02")),
            Cell::TimestampTz(1_000_000)
        );
        assert_eq!(
            cell(1184, Some("1970-01-01 05:30:00+05:30")),
            Cell::TimestampTz(0)
        );
        assert_eq!(cell(17, Some("\\x00ff")), Cell::Bytes(vec![0, 255]));
        assert_eq!(cell(23, None), Cell::Null);
    }

    fn check_array(oid: u32, text: &str, expected: &Expect) {
        expected.assert_eq(&format!("{:?}", cell(oid, Some(text))));
    }

    #[test]
    fn arrays_are_lists() {
        check_array(
            1007,
            "{1,NULL,{2,3},{}}",
            &expect!["List([Int(1), Null, List([Int(2), Int(3)]), List([])])"],
        );
        check_array(
            1009,
            r#"{"a, \"b\"",NULL,"NULL",c}"#,
            &expect![[r#"List([Text("a, \"b\""), Null, Text("NULL"), Text("c")])"#]],
        );
        check_array(1007, "[0:1]={1,2}", &expect![[r#"Text("[0:1]={1,2}")"#]]);
    }

    #[test]
    fn json_is_taken_apart() {
        check_array(
            3802,
            r#"{"a": [1, 2.5, null], "b": "x"}"#,
            &expect![[r#"Struct([("a", List([Int(1), Float(2.5), Null])), ("b", Text("x"))])"#]],
        );
    }

    #[test]
    fn statements_are_filled_with_literals() {
        let values = [
            Cell::Text("it's".to_owned()),
            Cell::Null,
            Cell::Int(-1),
            Cell::Text("a\\b".to_owned()),
        ];
        assert_eq!(
            fill("insert into t values (%s,%s,%s,%s) -- 100%%", &values).unwrap(),
            r"insert into t values ('it''s',NULL, -1, E'a\\b') -- 100%"
        );
        assert!(fill("select %s", &[]).is_err());
        assert!(fill("select 1", &values).is_err());
    }
}
