//! Names of types, for behind `::` and in casts.

use crate::dialect::Dialect;

/// Names of types, the usual ones first.
pub fn types(dialect: Dialect) -> Vec<&'static str> {
    let names = match dialect {
        Dialect::DuckDb | Dialect::Generic => DUCKDB,
        Dialect::Postgres => POSTGRES,
        Dialect::Redshift => REDSHIFT,
        Dialect::Snowflake => SNOWFLAKE,
        Dialect::BigQuery => BIGQUERY,
        Dialect::Databricks => DATABRICKS,
        Dialect::Trino => TRINO,
    };
    names.split(", ").collect()
}

const DUCKDB: &str = "integer, bigint, double, varchar, boolean, date, timestamp, timestamptz, decimal, \
    smallint, tinyint, hugeint, float, time, interval, uuid, json, blob, bit, ubigint, \
    uinteger, usmallint, utinyint, uhugeint, timetz, timestamp_s, timestamp_ms, \
    timestamp_ns, struct, map, list, union";

const POSTGRES: &str = "integer, bigint, numeric, text, varchar, boolean, date, timestamp, timestamptz, \
    double precision, real, smallint, time, timetz, interval, uuid, json, jsonb, bytea, \
    char, inet, cidr, money, xml, tsvector, daterange, tsrange, tstzrange, int4range, \
    int8range, numrange, regclass";

const REDSHIFT: &str = "integer, bigint, numeric, varchar, boolean, date, timestamp, timestamptz, \
    double precision, real, smallint, time, timetz, interval, char, super, varbyte, \
    geometry, geography, hllsketch";

const SNOWFLAKE: &str = "number, integer, varchar, boolean, date, timestamp_ntz, timestamp_tz, timestamp_ltz, \
    float, timestamp, time, variant, object, array, string, bigint, decimal, double, \
    smallint, binary, geography, geometry, vector";

const BIGQUERY: &str = "int64, float64, numeric, bignumeric, string, bool, date, datetime, timestamp, time, \
    bytes, json, interval, array, struct, geography, range";

const DATABRICKS: &str = "int, bigint, double, decimal, string, boolean, date, timestamp, timestamp_ntz, float, \
    smallint, tinyint, binary, interval, array, map, struct, variant";

const TRINO: &str = "integer, bigint, double, decimal, varchar, boolean, date, timestamp, \
    timestamp with time zone, real, smallint, tinyint, time, char, varbinary, json, uuid, \
    array, map, row, interval day to second, interval year to month, ipaddress";
