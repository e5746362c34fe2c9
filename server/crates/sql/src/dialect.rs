//! `Dialect`: which SQL a project speaks, by the name of its adapter, and what that means for reading text.
//!
//! Only lexical facts and naming rules live here; what a dialect's functions return is in `functions`. A dialect nobody
//! has described is `Generic`, the most permissive of all.

use sqlparser::dialect as theirs;

/// The SQL a target speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Dialect {
    /// DuckDB and MotherDuck: the dialect our grammar is checked against word by word.
    #[default]
    DuckDb,
    /// PostgreSQL and what speaks its grammar closely (Greenplum, Materialize, CockroachDB).
    Postgres,
    /// Snowflake.
    Snowflake,
    /// BigQuery (GoogleSQL).
    BigQuery,
    /// Databricks and Spark.
    Databricks,
    /// Amazon Redshift.
    Redshift,
    /// Trino, Starburst and Athena.
    Trino,
    /// Anything else.
    Generic,
}

impl Dialect {
    /// Each of them once.
    pub const ALL: [Self; 8] = [
        Self::DuckDb,
        Self::Postgres,
        Self::Snowflake,
        Self::BigQuery,
        Self::Databricks,
        Self::Redshift,
        Self::Trino,
        Self::Generic,
    ];

    /// The dialect of an adapter type as `profiles.yml` names it; an unknown adapter is `Generic`.
    #[must_use]
    pub fn from_adapter(adapter_type: &str) -> Self {
        match adapter_type.to_ascii_lowercase().as_str() {
            "duckdb" | "motherduck" => Self::DuckDb,
            "postgres" | "postgresql" | "greenplum" | "materialize" | "cockroachdb"
            | "risingwave" => Self::Postgres,
            "snowflake" => Self::Snowflake,
            "bigquery" => Self::BigQuery,
            "databricks" | "spark" | "databricks_uc" | "glue" | "fabricspark" => Self::Databricks,
            "redshift" => Self::Redshift,
            "trino" | "starburst" | "athena" | "presto" => Self::Trino,
            _ => Self::Generic,
        }
    }

    /// The same dialect in sqlparser's terms. It has none for Trino; its generic one takes most of it.
    pub(crate) fn sqlparser(self) -> &'static dyn theirs::Dialect {
        match self {
            Self::DuckDb => &theirs::DuckDbDialect {},
            Self::Postgres => &theirs::PostgreSqlDialect {},
            Self::Snowflake => &theirs::SnowflakeDialect {},
            Self::BigQuery => &theirs::BigQueryDialect {},
            Self::Databricks => &theirs::DatabricksDialect {},
            Self::Redshift => &theirs::RedshiftSqlDialect {},
            Self::Trino | Self::Generic => &theirs::GenericDialect {},
        }
    }

    /// Operators are runs of operator characters, as in PostgreSQL's scanner, rather than a fixed list.
    pub(crate) fn has_custom_operators(self) -> bool {
        matches!(self, Self::DuckDb | Self::Postgres | Self::Redshift)
    }

    /// `"x"` is a string, not a name.
    pub(crate) fn has_double_quoted_strings(self) -> bool {
        matches!(self, Self::BigQuery | Self::Databricks)
    }

    /// `` `x` `` is a name.
    pub(crate) fn has_backtick_names(self) -> bool {
        matches!(self, Self::BigQuery | Self::Databricks | Self::Generic)
    }

    /// A backslash escapes the next character of a plain string.
    pub(crate) fn has_backslash_escapes(self) -> bool {
        matches!(self, Self::BigQuery | Self::Databricks | Self::Snowflake)
    }

    /// `'''…'''` and `"""…"""` are strings.
    pub(crate) fn has_triple_quoted_strings(self) -> bool {
        matches!(self, Self::BigQuery)
    }

    /// `$$…$$` and `$tag$…$tag$` are strings.
    pub(crate) fn has_dollar_quoted_strings(self) -> bool {
        !matches!(self, Self::BigQuery | Self::Trino)
    }

    /// `/* /* */ */` is one comment.
    pub(crate) fn has_nested_comments(self) -> bool {
        matches!(
            self,
            Self::DuckDb | Self::Postgres | Self::Redshift | Self::Databricks
        )
    }

    /// `# …` is a comment.
    pub(crate) fn has_hash_comments(self) -> bool {
        matches!(self, Self::BigQuery)
    }

    /// `// …` is a comment.
    pub(crate) fn has_slash_comments(self) -> bool {
        matches!(self, Self::Snowflake)
    }

    /// Our grammar alone decides what is an error; elsewhere sqlparser must agree that the text is broken.
    pub(crate) fn is_grammar_proven(self) -> bool {
        matches!(self, Self::DuckDb)
    }
}

#[cfg(test)]
mod tests {
    use super::Dialect;

    #[test]
    fn knows_adapters_by_their_type() {
        assert_eq!(Dialect::from_adapter("duckdb"), Dialect::DuckDb);
        assert_eq!(Dialect::from_adapter("spark"), Dialect::Databricks);
        assert_eq!(Dialect::from_adapter("Athena"), Dialect::Trino);
        assert_eq!(Dialect::from_adapter("oracle"), Dialect::Generic);
    }
}
