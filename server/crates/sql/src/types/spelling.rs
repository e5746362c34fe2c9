//! From the spelling of a type to the type: DuckDB's names and the aliases other warehouses use.

use std::sync::Arc;

use super::Type;

/// Nesting beyond which a type is not taken apart.
const MAX_DEPTH: u32 = 16;

/// Digits of the widest decimal that types are computed with.
const MAX_DIGITS: u8 = 38;

impl Type {
    /// The type that `text` spells; one that is not known is `Other`, and a text that is no type is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        parse_at(text.trim(), 0)
    }
}

fn parse_at(text: &str, depth: u32) -> Option<Type> {
    if text.is_empty() || depth > MAX_DEPTH {
        return None;
    }
    if let Some(rest) = text.strip_suffix(']') {
        let (item, size) = rest.rsplit_once('[')?;
        let item = Arc::new(parse_at(item.trim(), depth + 1)?);
        return match size.trim() {
            "" => Some(Type::List(item)),
            size => size.parse().ok().map(|size| Type::Array(item, size)),
        };
    }
    let (name, arguments, tail) = split(text);
    let name = normalized(name);
    let tail = normalized(tail);
    match (name.as_str(), arguments) {
        ("decimal" | "numeric" | "dec" | "number", Some(arguments)) => decimal(arguments),
        ("struct" | "row", Some(arguments)) => fields(arguments, depth),
        ("map", Some(arguments)) => {
            let (key, value) = arguments.split_at_checked(top_level_comma(arguments)?)?;
            let key = parse_at(key.trim(), depth + 1)?;
            let value = parse_at(value.strip_prefix(',')?.trim(), depth + 1)?;
            Some(Type::Map(Arc::new((key, value))))
        }
        ("array" | "list", Some(arguments)) => {
            let item = parse_at(arguments.trim(), depth + 1)?;
            Some(Type::List(Arc::new(item)))
        }
        ("timestamp" | "time", _) if !tail.is_empty() => Some(timed(&name, &tail)),
        (_, None) => Some(simple(&name, text)),
        (_, Some(_)) if is_sized(&name) && tail.is_empty() => Some(simple(&name, text)),
        (_, Some(_)) => Some(Type::Other(Arc::from(text))),
    }
}

/// `name(arguments) tail` or `name<arguments>`.
fn split(text: &str) -> (&str, Option<&str>, &str) {
    let Some(open) = text.find(['(', '<']) else {
        return (text, None, "");
    };
    let closing = if text.as_bytes().get(open) == Some(&b'<') {
        '>'
    } else {
        ')'
    };
    let Some(close) = text.rfind(closing).filter(|close| *close > open) else {
        return (text, None, "");
    };
    let name = text.get(..open).unwrap_or("");
    let arguments = text.get(open + 1..close);
    (name, arguments, text.get(close + 1..).unwrap_or(""))
}

/// Lower case, single spaces.
fn normalized(text: &str) -> String {
    text.split_whitespace()
        .map(str::to_ascii_lowercase)
        .collect::<Vec<_>>()
        .join(" ")
}

fn decimal(arguments: &str) -> Option<Type> {
    let (precision, scale) = arguments.split_once(',').unwrap_or((arguments, "0"));
    let precision: u8 = precision.trim().parse().ok()?;
    let scale: u8 = scale.trim().parse().ok()?;
    (scale <= precision && precision <= MAX_DIGITS).then_some(Type::Decimal { precision, scale })
}

/// Types whose length does not matter.
fn is_sized(name: &str) -> bool {
    matches!(
        name,
        "varchar"
            | "char"
            | "character"
            | "character varying"
            | "string"
            | "text"
            | "nvarchar"
            | "bpchar"
            | "timestamp"
            | "timestamptz"
            | "time"
            | "binary"
            | "varbinary"
            | "float"
    )
}

fn timed(name: &str, tail: &str) -> Type {
    let has_zone = tail.starts_with("with ");
    match (name, has_zone) {
        ("timestamp", true) => Type::TimestampTz,
        ("timestamp", false) => Type::Timestamp,
        (_, true) => Type::TimeTz,
        (_, false) => Type::Time,
    }
}

/// Byte offset of the first comma outside brackets.
fn top_level_comma(text: &str) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'<' | b'[' => depth += 1,
            b')' | b'>' | b']' => depth -= 1,
            b',' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

fn fields(arguments: &str, depth: u32) -> Option<Type> {
    let mut fields: Vec<(Arc<str>, Type)> = Vec::new();
    let mut rest = arguments;
    while !rest.trim().is_empty() {
        let end = top_level_comma(rest).unwrap_or(rest.len());
        let field = rest.get(..end)?.trim();
        let (name, data_type) = match field.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => field.split_once([' ', ':'])?,
        };
        let data_type = data_type.trim().trim_start_matches(':').trim();
        fields.push((Arc::from(name), parse_at(data_type, depth + 1)?));
        rest = rest.get(end + 1..).unwrap_or("");
    }
    Some(Type::Struct(Arc::from(fields)))
}

fn simple(name: &str, text: &str) -> Type {
    match name {
        "boolean" | "bool" | "logical" => Type::Boolean,
        "tinyint" | "int1" => Type::TinyInt,
        "smallint" | "int2" | "short" => Type::SmallInt,
        "integer" | "int" | "int4" | "signed" => Type::Integer,
        "bigint" | "int8" | "long" | "int64" => Type::BigInt,
        "hugeint" | "int128" => Type::HugeInt,
        "utinyint" | "uint8" => Type::UTinyInt,
        "usmallint" | "uint16" => Type::USmallInt,
        "uinteger" | "uint32" => Type::UInteger,
        "ubigint" | "uint64" => Type::UBigInt,
        "uhugeint" => Type::UHugeInt,
        "float" | "float4" | "real" => Type::Float,
        "double" | "float8" | "double precision" | "float64" => Type::Double,
        "decimal" | "numeric" | "dec" => Type::Decimal {
            precision: 18,
            scale: 3,
        },
        "varchar" | "char" | "bpchar" | "text" | "string" | "character" | "character varying"
        | "nvarchar" => Type::Varchar,
        "blob" | "bytea" | "binary" | "varbinary" | "bytes" => Type::Blob,
        "bit" | "bitstring" => Type::Bit,
        "date" => Type::Date,
        "time" | "time without time zone" => Type::Time,
        "timetz" | "time with time zone" => Type::TimeTz,
        "timestamp" | "datetime" | "timestamp without time zone" | "timestamp_ntz" => {
            Type::Timestamp
        }
        "timestamptz" | "timestamp with time zone" | "timestamp_tz" => Type::TimestampTz,
        "interval" => Type::Interval,
        "uuid" => Type::Uuid,
        "json" | "jsonb" => Type::Json,
        "null" | "\"null\"" => Type::Null,
        _ => Type::Other(Arc::from(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::Type;

    #[test]
    fn known_types_are_printed_by_their_duckdb_names() {
        for (text, expected) in [
            ("int", "INTEGER"),
            ("Double  Precision", "DOUBLE"),
            ("numeric(12, 4)", "DECIMAL(12,4)"),
            ("varchar(10)", "VARCHAR"),
            ("timestamp(3) with time zone", "TIMESTAMP WITH TIME ZONE"),
            ("int[][3]", "INTEGER[][3]"),
            (
                "struct(a int, b struct(c varchar[]))",
                "STRUCT(a INTEGER, b STRUCT(c VARCHAR[]))",
            ),
            ("map(varchar, decimal(10,2))", "MAP(VARCHAR, DECIMAL(10,2))"),
            (
                "ARRAY<STRUCT<a: int64, b string>>",
                "STRUCT(a BIGINT, b VARCHAR)[]",
            ),
            ("geography", "geography"),
        ] {
            assert_eq!(
                Type::parse(text).map(|it| it.to_string()).as_deref(),
                Some(expected)
            );
        }
    }

    #[test]
    fn broken_types_are_none_or_kept_as_they_are() {
        assert_eq!(Type::parse(""), None);
        assert_eq!(Type::parse("map(int)"), None);
        assert_eq!(Type::parse("]"), None);
    }
}
