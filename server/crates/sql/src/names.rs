//! `written_name`: how a name must be written so that it means what it is.
//!
//! Without quotes wherever that is enough, since that is what people write. Whether a name in another case was quoted where
//! it was made is not known here: where that matters, there is no answer rather than a wrong one.

use crate::dialect::Dialect;
use crate::keyword::{Category, Keyword};

/// A name as it has to stand in the text; `None` where that depends on how it was made.
pub fn written_name(name: &str, dialect: Dialect) -> Option<String> {
    let mut chars = name.chars();
    let starts_well = chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let is_word = starts_well && chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_reserved = is_reserved(name, dialect);
    let is_lower = !name.contains(|c: char| c.is_ascii_uppercase());
    if is_word && !is_reserved {
        // PostgreSQL reads `Id` as `id`, which is another column than `"Id"`.
        return (is_lower || dialect != Dialect::Postgres).then(|| name.to_owned());
    }
    if dialect == Dialect::Snowflake && is_word {
        // `"order"` is not what `order` is there.
        return None;
    }
    let quote = match dialect {
        Dialect::BigQuery | Dialect::Databricks => '`',
        Dialect::DuckDb
        | Dialect::Postgres
        | Dialect::Snowflake
        | Dialect::Redshift
        | Dialect::Trino
        | Dialect::Generic => '"',
    };
    if name.is_empty() || name.contains(['`', '\\', '\n', '{', '}']) {
        return None;
    }
    let doubled = [quote, quote].iter().collect::<String>();
    Some(format!("{quote}{}{quote}", name.replace(quote, &doubled)))
}

/// Words that some warehouse does not take as the name of a column.
fn is_reserved(name: &str, dialect: Dialect) -> bool {
    let keyword = Keyword::of(name);
    match keyword.category() {
        Category::Reserved | Category::TypeFunction => true,
        Category::Plain | Category::Unreserved | Category::ColumnName => {
            keyword.is_clause_word()
                || dialect != Dialect::DuckDb
                    && matches!(
                        name.to_ascii_lowercase().as_str(),
                        "rows" | "range" | "values" | "interval" | "exists" | "set"
                    )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::written_name;
    use crate::Dialect;

    #[test]
    fn names_are_quoted_only_where_they_must_be() {
        let written = |name, dialect| written_name(name, dialect).unwrap_or_default();
        assert_eq!(written("id", Dialect::DuckDb), "id");
        assert_eq!(written("Id", Dialect::DuckDb), "Id");
        assert_eq!(written("order", Dialect::DuckDb), "\"order\"");
        assert_eq!(written("total amount", Dialect::BigQuery), "`total amount`");
        assert_eq!(written("Id", Dialect::Postgres), "");
    }
}
