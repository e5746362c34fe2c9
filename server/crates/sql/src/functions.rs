//! What functions return, as far as the name and the argument types say.
//!
//! The names and results are DuckDB's. Elsewhere only functions that every warehouse agrees on are answered; a function
//! that is not in the table has no known type.

use std::sync::Arc;

use crate::bind::unified;
use crate::dialect::Dialect;
use crate::types::Type;

/// How a function's type follows from its arguments.
#[derive(Clone, Copy)]
enum Returns {
    Boolean,
    Integer,
    BigInt,
    HugeInt,
    Double,
    Varchar,
    Date,
    Time,
    Timestamp,
    TimestampTz,
    Interval,
    Uuid,
    Json,
    UBigInt,
    TinyInt,
    /// The type of the n-th argument.
    Argument(usize),
    /// The type all arguments have together.
    Unified,
    /// A list of the first argument's type.
    ListOfFirst,
    /// A list of what all arguments have together.
    ListOfUnified,
    /// The items of the first argument.
    ItemOfFirst,
    ListOfVarchar,
    ListOfBigInt,
    Sum,
    /// `round`, `ceil`, `floor`: decimals lose their fraction.
    Rounded,
    /// Dates become timestamps.
    Truncated,
    Median,
}

/// Aggregates: a column in their arguments is aggregated, not transformed.
pub(crate) fn is_aggregate(name: &str) -> bool {
    const AGGREGATES: &[&str] = &[
        "any_value",
        "approx_count_distinct",
        "approx_distinct",
        "approx_percentile",
        "approx_quantile",
        "arbitrary",
        "arg_max",
        "arg_min",
        "argmax",
        "argmin",
        "array_agg",
        "avg",
        "bit_and",
        "bit_or",
        "bit_xor",
        "bool_and",
        "bool_or",
        "boolor_agg",
        "booland_agg",
        "collect_list",
        "collect_set",
        "corr",
        "count",
        "count_if",
        "countif",
        "count_star",
        "covar_pop",
        "covar_samp",
        "entropy",
        "every",
        "favg",
        "first",
        "fsum",
        "group_concat",
        "histogram",
        "hll_count",
        "json_agg",
        "json_group_array",
        "json_group_object",
        "json_object_agg",
        "jsonb_agg",
        "kurtosis",
        "last",
        "list",
        "listagg",
        "logical_and",
        "logical_or",
        "mad",
        "max",
        "max_by",
        "mean",
        "median",
        "min",
        "min_by",
        "mode",
        "object_agg",
        "percentile",
        "percentile_cont",
        "percentile_disc",
        "product",
        "quantile",
        "quantile_cont",
        "quantile_disc",
        "regr_slope",
        "skewness",
        "stddev",
        "stddev_pop",
        "stddev_samp",
        "string_agg",
        "sum",
        "sum_no_overflow",
        "sumkahan",
        "var_pop",
        "var_samp",
        "variance",
    ];
    AGGREGATES.binary_search(&name).is_ok()
}

/// The type of `name(arguments)`; `name` in lower case.
pub(crate) fn return_type(
    name: &str,
    arguments: &[Option<Type>],
    dialect: Dialect,
) -> Option<Type> {
    let returns = returns(name)?;
    let is_universal = matches!(
        returns,
        Returns::Varchar | Returns::Boolean | Returns::Argument(_) | Returns::Date
    );
    if dialect != Dialect::DuckDb
        && !is_universal
        && !matches!(name, "count" | "row_number" | "rank")
    {
        return None;
    }
    let first = || arguments.first().cloned().flatten();
    match returns {
        Returns::Boolean => Some(Type::Boolean),
        Returns::Integer => Some(Type::Integer),
        Returns::BigInt => Some(Type::BigInt),
        Returns::HugeInt => Some(Type::HugeInt),
        Returns::UBigInt => Some(Type::UBigInt),
        Returns::TinyInt => Some(Type::TinyInt),
        Returns::Double => Some(Type::Double),
        Returns::Varchar => Some(Type::Varchar),
        Returns::Date => Some(Type::Date),
        Returns::Time => Some(Type::Time),
        Returns::Timestamp => Some(Type::Timestamp),
        Returns::TimestampTz => Some(Type::TimestampTz),
        Returns::Interval => Some(Type::Interval),
        Returns::Uuid => Some(Type::Uuid),
        Returns::Json => Some(Type::Json),
        Returns::Argument(idx) => arguments.get(idx).cloned().flatten(),
        Returns::Unified => all_unified(arguments),
        Returns::ListOfFirst => first().map(list_of),
        Returns::ListOfUnified => all_unified(arguments).map(list_of),
        Returns::ItemOfFirst => first().and_then(|of| of.element(None)),
        Returns::ListOfVarchar => Some(list_of(Type::Varchar)),
        Returns::ListOfBigInt => Some(list_of(Type::BigInt)),
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

#[expect(
    clippy::too_many_lines,
    reason = "a table, and a match is its fastest form"
)]
#[expect(
    clippy::match_same_arms,
    reason = "rows of one kind of function stay together"
)]
fn returns(name: &str) -> Option<Returns> {
    let returns = match name {
        "lower"
        | "upper"
        | "lcase"
        | "ucase"
        | "initcap"
        | "trim"
        | "ltrim"
        | "rtrim"
        | "btrim"
        | "concat"
        | "concat_ws"
        | "replace"
        | "translate"
        | "substr"
        | "substring"
        | "left"
        | "right"
        | "lpad"
        | "rpad"
        | "repeat"
        | "reverse"
        | "chr"
        | "split_part"
        | "regexp_replace"
        | "regexp_extract"
        | "md5"
        | "sha1"
        | "sha256"
        | "string_agg"
        | "listagg"
        | "group_concat"
        | "strftime"
        | "format"
        | "printf"
        | "typeof"
        | "dayname"
        | "monthname"
        | "json_extract_string"
        | "array_to_string"
        | "list_to_string"
        | "to_base64"
        | "hex"
        | "to_hex"
        | "bar"
        | "format_bytes"
        | "current_schema"
        | "current_database"
        | "version"
        | "left_grapheme"
        | "strip_accents"
        | "url_encode"
        | "url_decode" => Returns::Varchar,
        "contains" | "starts_with" | "ends_with" | "prefix" | "suffix" | "regexp_matches"
        | "regexp_full_match" | "list_contains" | "array_contains" | "list_has" | "array_has"
        | "list_has_any" | "list_has_all" | "bool_and" | "bool_or" | "isnan" | "isinf"
        | "isfinite" | "json_valid" | "json_exists" => Returns::Boolean,
        "count"
        | "approx_count_distinct"
        | "row_number"
        | "rank"
        | "dense_rank"
        | "ntile"
        | "length"
        | "len"
        | "char_length"
        | "character_length"
        | "strlen"
        | "instr"
        | "strpos"
        | "position"
        | "array_length"
        | "list_position"
        | "cardinality"
        | "date_diff"
        | "datediff"
        | "date_sub"
        | "datesub"
        | "date_part"
        | "datepart"
        | "year"
        | "month"
        | "day"
        | "quarter"
        | "week"
        | "weekofyear"
        | "hour"
        | "minute"
        | "second"
        | "dayofweek"
        | "weekday"
        | "isodow"
        | "isoyear"
        | "dayofmonth"
        | "dayofyear"
        | "yearweek"
        | "epoch_ms"
        | "epoch_us"
        | "epoch_ns"
        | "millisecond"
        | "microsecond"
        | "levenshtein"
        | "editdist3"
        | "grouping"
        | "grouping_id" => Returns::BigInt,
        "extract" => Returns::BigInt,
        "count_if" | "countif" => Returns::HugeInt,
        "ascii" | "unicode" | "ord" => Returns::Integer,
        "sign" => Returns::TinyInt,
        "hash" => Returns::UBigInt,
        "avg"
        | "mean"
        | "stddev"
        | "stddev_pop"
        | "stddev_samp"
        | "variance"
        | "var_pop"
        | "var_samp"
        | "corr"
        | "covar_pop"
        | "covar_samp"
        | "skewness"
        | "kurtosis"
        | "product"
        | "entropy"
        | "percent_rank"
        | "cume_dist"
        | "sqrt"
        | "cbrt"
        | "exp"
        | "ln"
        | "log"
        | "log2"
        | "log10"
        | "power"
        | "pow"
        | "sin"
        | "cos"
        | "tan"
        | "asin"
        | "acos"
        | "atan"
        | "atan2"
        | "radians"
        | "degrees"
        | "pi"
        | "random"
        | "epoch"
        | "fsum"
        | "sumkahan"
        | "jaccard"
        | "jaro_similarity"
        | "jaro_winkler_similarity" => Returns::Double,
        "today" | "current_date" | "last_day" | "make_date" => Returns::Date,
        "current_time" | "make_time" => Returns::Time,
        "strptime" | "try_strptime" | "make_timestamp" | "date_add" => Returns::Timestamp,
        "now"
        | "current_timestamp"
        | "get_current_timestamp"
        | "transaction_timestamp"
        | "to_timestamp" => Returns::TimestampTz,
        "age" | "to_days" | "to_hours" | "to_minutes" | "to_months" | "to_years" | "to_weeks"
        | "to_seconds" => Returns::Interval,
        "uuid" | "gen_random_uuid" | "uuidv4" | "uuidv7" => Returns::Uuid,
        "to_json" | "json" | "json_extract" | "json_object" | "json_array" | "row_to_json"
        | "json_merge_patch" | "json_group_array" | "json_group_object" => Returns::Json,
        "min" | "max" | "any_value" | "arbitrary" | "first" | "last" | "first_value"
        | "last_value" | "nth_value" | "mode" | "arg_max" | "arg_min" | "argmax" | "argmin"
        | "max_by" | "min_by" | "nullif" | "abs" | "bit_and" | "bit_or" | "bit_xor"
        | "list_sort" | "list_distinct" | "list_reverse" | "list_filter" | "filter"
        | "list_slice" | "array_sort" | "list_unique" => Returns::Argument(0),
        "lag" | "lead" => Returns::Argument(0),
        "if" => Returns::Argument(1),
        "coalesce" | "ifnull" | "greatest" | "least" | "nvl" => Returns::Unified,
        "list" | "array_agg" => Returns::ListOfFirst,
        "list_value" | "list_pack" => Returns::ListOfUnified,
        "unnest" | "list_extract" | "list_element" | "list_first" | "list_last" | "list_max"
        | "list_min" => Returns::ItemOfFirst,
        "split"
        | "string_split"
        | "str_split"
        | "string_to_array"
        | "regexp_split_to_array"
        | "regexp_extract_all"
        | "str_split_regex" => Returns::ListOfVarchar,
        "range" | "generate_series" => Returns::ListOfBigInt,
        "sum" => Returns::Sum,
        "round" | "ceil" | "ceiling" | "floor" | "trunc" => Returns::Rounded,
        "date_trunc" | "datetrunc" => Returns::Truncated,
        "median" => Returns::Median,
        _ => return None,
    };
    Some(returns)
}

#[cfg(test)]
mod tests {
    use super::is_aggregate;

    #[test]
    fn aggregates_are_found() {
        for name in [
            "any_value",
            "approx_count_distinct",
            "count",
            "histogram",
            "hll_count",
            "sum",
            "variance",
        ] {
            assert!(is_aggregate(name), "{name}");
        }
        assert!(!is_aggregate("lower"));
    }
}
