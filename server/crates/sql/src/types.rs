//! `Type`: data types as far as inference needs them, printed by their DuckDB names.
//!
//! A type that this list does not know is `Other` with its spelling; it is passed through, never guessed at.

mod spelling;

use std::fmt;
use std::sync::Arc;

/// A data type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Type {
    /// The type of a bare `null`.
    Null,
    /// True or false.
    Boolean,
    /// 8 bits, signed.
    TinyInt,
    /// 16 bits, signed.
    SmallInt,
    /// 32 bits, signed.
    Integer,
    /// 64 bits, signed.
    BigInt,
    /// 128 bits, signed.
    HugeInt,
    /// 8 bits, unsigned.
    UTinyInt,
    /// 16 bits, unsigned.
    USmallInt,
    /// 32 bits, unsigned.
    UInteger,
    /// 64 bits, unsigned.
    UBigInt,
    /// 128 bits, unsigned.
    UHugeInt,
    /// 32-bit floating point.
    Float,
    /// 64-bit floating point.
    Double,
    /// Fixed point.
    Decimal {
        /// Digits in all.
        precision: u8,
        /// Digits after the point.
        scale: u8,
    },
    /// Text of any length.
    Varchar,
    /// Bytes.
    Blob,
    /// Bit strings.
    Bit,
    /// A calendar day.
    Date,
    /// A time of day.
    Time,
    /// A time of day with an offset.
    TimeTz,
    /// A wall-clock instant.
    Timestamp,
    /// An instant.
    TimestampTz,
    /// Months, days and microseconds.
    Interval,
    /// A UUID.
    Uuid,
    /// A JSON document.
    Json,
    /// A list of any length.
    List(Arc<Type>),
    /// A list of fixed length.
    Array(Arc<Type>, u32),
    /// Named fields.
    Struct(Arc<[(Arc<str>, Type)]>),
    /// Keys and values.
    Map(Arc<(Type, Type)>),
    /// Anything else, as it is spelled.
    Other(Arc<str>),
}

impl Type {
    /// The type of a struct's field.
    pub fn field(&self, name: &str) -> Option<&Type> {
        match self {
            Self::Struct(fields) => fields
                .iter()
                .find(|(field, _)| field.eq_ignore_ascii_case(name))
                .map(|(_, data_type)| data_type),
            _ => None,
        }
    }

    /// The type of `value[…]`; `key` is the subscript when it is a string.
    pub fn element(&self, key: Option<&str>) -> Option<Type> {
        match self {
            Self::List(item) | Self::Array(item, _) => Some((**item).clone()),
            Self::Map(pair) => Some(pair.1.clone()),
            Self::Struct(_) => self.field(key?).cloned(),
            Self::Varchar => Some(Type::Varchar),
            Self::Json => Some(Type::Json),
            _ => None,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Null => "\"NULL\"",
            Self::Boolean => "BOOLEAN",
            Self::TinyInt => "TINYINT",
            Self::SmallInt => "SMALLINT",
            Self::Integer => "INTEGER",
            Self::BigInt => "BIGINT",
            Self::HugeInt => "HUGEINT",
            Self::UTinyInt => "UTINYINT",
            Self::USmallInt => "USMALLINT",
            Self::UInteger => "UINTEGER",
            Self::UBigInt => "UBIGINT",
            Self::UHugeInt => "UHUGEINT",
            Self::Float => "FLOAT",
            Self::Double => "DOUBLE",
            Self::Decimal { precision, scale } => return write!(f, "DECIMAL({precision},{scale})"),
            Self::Varchar => "VARCHAR",
            Self::Blob => "BLOB",
            Self::Bit => "BIT",
            Self::Date => "DATE",
            Self::Time => "TIME",
            Self::TimeTz => "TIME WITH TIME ZONE",
            Self::Timestamp => "TIMESTAMP",
            Self::TimestampTz => "TIMESTAMP WITH TIME ZONE",
            Self::Interval => "INTERVAL",
            Self::Uuid => "UUID",
            Self::Json => "JSON",
            Self::List(item) => return write!(f, "{item}[]"),
            Self::Array(item, len) => return write!(f, "{item}[{len}]"),
            Self::Struct(fields) => return fmt_struct(fields, f),
            Self::Map(pair) => return write!(f, "MAP({}, {})", pair.0, pair.1),
            Self::Other(name) => name,
        };
        f.write_str(name)
    }
}

fn fmt_struct(fields: &[(Arc<str>, Type)], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("STRUCT(")?;
    for (idx, (name, field)) in fields.iter().enumerate() {
        if idx > 0 {
            f.write_str(", ")?;
        }
        let is_plain = name
            .bytes()
            .all(|byte| byte == b'_' || byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if is_plain {
            write!(f, "{name} {field}")?;
        } else {
            write!(f, "\"{name}\" {field}")?;
        }
    }
    f.write_str(")")
}
