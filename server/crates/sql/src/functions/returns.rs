//! What functions return, as far as the table and the types of the arguments say.
//!
//! The types are DuckDB's. Elsewhere only what every warehouse agrees on is answered: which of several numeric types
//! comes out differs.

use std::sync::Arc;

use super::function;
use crate::bind::unified;
use crate::dialect::Dialect;
use crate::types::Type;

/// How a function's type follows from its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Returns {
    Unknown,
    /// Always the same.
    Fixed(Type),
    /// The type of the n-th argument.
    Argument(usize),
    /// The type all arguments have together.
    Common,
    /// A list of the first argument's type.
    ListOfFirst,
    /// A list of what all arguments have together.
    ListOfCommon,
    /// The items of the first argument.
    ItemOfFirst,
    Sum,
    /// `round`, `ceil`, `floor`: decimals lose their fraction.
    Rounded,
    /// Dates become timestamps.
    Truncated,
    Median,
}

impl Returns {
    /// From its spelling in the table.
    pub(super) fn read(text: &str) -> Option<Self> {
        Some(match text {
            "-" => Self::Unknown,
            "arg1" => Self::Argument(0),
            "arg2" => Self::Argument(1),
            "arg3" => Self::Argument(2),
            "common" => Self::Common,
            "list(arg1)" => Self::ListOfFirst,
            "list(common)" => Self::ListOfCommon,
            "item(arg1)" => Self::ItemOfFirst,
            "sum" => Self::Sum,
            "rounded" => Self::Rounded,
            "truncated" => Self::Truncated,
            "median" => Self::Median,
            _ => match Type::parse(text)? {
                Type::Other(_) => return None,
                known => Self::Fixed(known),
            },
        })
    }

    /// Whether warehouses agree on it.
    fn is_universal(&self) -> bool {
        match self {
            Self::Fixed(data_type) => {
                matches!(data_type, Type::Varchar | Type::Boolean | Type::Date)
            }
            Self::Argument(_) => true,
            _ => false,
        }
    }
}

/// The type of `name(arguments)`; `name` in lower case.
pub(crate) fn return_type(
    name: &str,
    arguments: &[Option<Type>],
    dialect: Dialect,
) -> Option<Type> {
    let signatures = &function(name, dialect)?.signatures;
    let fitting = signatures.iter().find(|it| it.takes(arguments.len()));
    let returns = &fitting.or_else(|| signatures.first())?.returns;
    let is_agreed = returns.is_universal() || matches!(name, "count" | "row_number" | "rank");
    if dialect != Dialect::DuckDb && !is_agreed {
        return None;
    }
    let first = || arguments.first().cloned().flatten();
    match returns {
        Returns::Unknown => None,
        Returns::Fixed(data_type) => Some(data_type.clone()),
        Returns::Argument(idx) => arguments.get(*idx).cloned().flatten(),
        Returns::Common => all_unified(arguments),
        Returns::ListOfFirst => first().map(list_of),
        Returns::ListOfCommon => all_unified(arguments).map(list_of),
        Returns::ItemOfFirst => first().and_then(|of| of.element(None)),
        Returns::Sum => summed(&first()?),
        Returns::Rounded => rounded(name, first()?, arguments.len()),
        Returns::Truncated => truncated(arguments.get(1).cloned().flatten()?),
        Returns::Median => medianed(first()?),
    }
}

fn list_of(item: Type) -> Type {
    Type::List(Arc::new(item))
}

fn all_unified(arguments: &[Option<Type>]) -> Option<Type> {
    let mut arguments = arguments.iter();
    let mut result = arguments.next()?.clone()?;
    for argument in arguments {
        result = unified(result, argument.clone()?)?;
    }
    Some(result)
}

fn summed(argument: &Type) -> Option<Type> {
    match argument {
        Type::Decimal { scale, .. } => Some(Type::Decimal {
            precision: 38,
            scale: *scale,
        }),
        Type::Float | Type::Double => Some(Type::Double),
        Type::Boolean
        | Type::TinyInt
        | Type::SmallInt
        | Type::Integer
        | Type::BigInt
        | Type::HugeInt => Some(Type::HugeInt),
        Type::Interval => Some(Type::Interval),
        _ => None,
    }
}

/// How far `round(decimal, n)` rounds depends on a value; without `n`, to a whole number.
fn rounded(name: &str, argument: Type, n_arguments: usize) -> Option<Type> {
    match argument {
        Type::Decimal { precision, .. } if n_arguments == 1 => Some(Type::Decimal {
            precision,
            scale: 0,
        }),
        Type::Float | Type::Double | Type::Integer | Type::BigInt => {
            let is_exact = matches!(argument, Type::Integer | Type::BigInt);
            (name == "round" || !is_exact).then_some(argument)
        }
        _ => None,
    }
}

fn truncated(argument: Type) -> Option<Type> {
    match argument {
        Type::Date | Type::Timestamp => Some(Type::Timestamp),
        Type::TimestampTz | Type::Interval => Some(argument),
        _ => None,
    }
}

fn medianed(argument: Type) -> Option<Type> {
    match argument {
        Type::Integer | Type::BigInt | Type::Double => Some(Type::Double),
        Type::Decimal { .. } => Some(argument),
        _ => None,
    }
}
