//! sqlparser as the second opinion: outside DuckDB's dialect an error is shown only when it rejects the text, too, and
//! at the same place.
//!
//! Our grammar knows DuckDB word by word; of the other dialects it knows much and not all, and a warehouse accepts what
//! neither knows. Two grammars written apart seldom stumble over the same word of a valid text, so a place where both
//! stop is a mistake, and any other place is a gap in one of them, which is nobody's business but ours.

use base::{LineCol, LineIndex, RenderedRange};
use sqlparser::parser::{Parser, ParserError};

use crate::ast::{Query, Statement, StatementKind};
use crate::dialect::Dialect;
use crate::token::Token;
use crate::tree::SqlError;

/// How many tokens apart the two may stop and still mean the same mistake.
const MAX_DISTANCE: usize = 2;

/// The errors that both grammars see; at most the first of a query, since sqlparser finds no more.
pub(crate) fn confirmed(
    text: &str,
    tokens: &[Token],
    dialect: Dialect,
    statements: &[Statement],
    errors: Vec<SqlError>,
) -> Vec<SqlError> {
    if errors.is_empty() || dialect.is_grammar_proven() {
        return errors;
    }
    let mut regions = Vec::new();
    for statement in statements {
        match &statement.kind {
            StatementKind::Query(query) => collect_regions(query, &mut regions),
            StatementKind::Other => {}
        }
    }
    let mut asked: Vec<RenderedRange> = Vec::new();
    errors
        .into_iter()
        .filter(|error| {
            let region = region_of(&regions, error.range.start, text);
            if asked.contains(&region) {
                return false;
            }
            asked.push(region);
            is_confirmed(text, tokens, dialect, region, error)
        })
        .collect()
}

/// The query and those of its CTEs, at any depth of `with`.
fn collect_regions(query: &Query, regions: &mut Vec<RenderedRange>) {
    regions.push(query.range);
    for cte in query.with.iter().flat_map(|with| &with.ctes) {
        collect_regions(&cte.query, regions);
    }
}

fn region_of(regions: &[RenderedRange], offset: u32, text: &str) -> RenderedRange {
    regions
        .iter()
        .filter(|region| region.touches(offset))
        .min_by_key(|region| region.len())
        .copied()
        .unwrap_or_else(|| RenderedRange::from_usize(0, text.len()))
}

fn is_confirmed(
    text: &str,
    tokens: &[Token],
    dialect: Dialect,
    region: RenderedRange,
    error: &SqlError,
) -> bool {
    let inside = region.of(text);
    let message = match Parser::parse_sql(dialect.sqlparser(), inside) {
        Ok(_) | Err(ParserError::RecursionLimitExceeded) => return false,
        Err(ParserError::ParserError(message) | ParserError::TokenizerError(message)) => message,
    };
    let theirs = match location(&message) {
        Some(at) => region.start + byte_offset(inside, at),
        // Without a place: at the end of what it was given.
        None => region.end,
    };
    let (from, to) = (theirs.min(error.range.start), theirs.max(error.range.start));
    let n_between = tokens
        .iter()
        .filter(|token| !token.is_trivia() && token.range.start >= from && token.range.start < to)
        .count();
    n_between <= MAX_DISTANCE
}

/// The line and column at the end of sqlparser's message: `… at Line: 1, Column: 8`.
fn location(message: &str) -> Option<LineCol> {
    let (_, place) = message.rsplit_once("Line: ")?;
    let (line, column) = place.split_once(", Column: ")?;
    let line: u32 = line.trim().parse().ok()?;
    let column: u32 = column.trim().parse().ok()?;
    Some(LineCol {
        line: line.checked_sub(1)?,
        col: column.checked_sub(1)?,
    })
}

/// sqlparser counts columns in characters.
fn byte_offset(text: &str, at: LineCol) -> u32 {
    let start = LineIndex::new(text).offset(LineCol {
        line: at.line,
        col: 0,
    });
    let line = text.get(start as usize..).unwrap_or("");
    let bytes: usize = line.chars().take(at.col as usize).map(char::len_utf8).sum();
    start + bytes as u32
}

#[cfg(test)]
mod tests {
    use crate::{Dialect, parse};

    fn errors(text: &str, dialect: Dialect) -> Vec<String> {
        let tree = parse(text, dialect);
        tree.errors
            .iter()
            .map(|error| format!("{:?}: {}", error.range.of(text), error.message))
            .collect()
    }

    #[test]
    fn a_mistake_that_both_see_is_reported_where_it_is() {
        assert_eq!(
            errors("select a b c from t", Dialect::Snowflake),
            ["\"c\": expected `,` or the next clause, found `c`"]
        );
        assert_eq!(
            errors(
                "with x as (select 1 +), y as (select from) select 'ü' from x",
                Dialect::Postgres
            ),
            [
                "\")\": expected an expression, found `)`",
                "\")\": expected a table, a CTE or a subquery, found `)`"
            ]
        );
    }

    #[test]
    fn what_only_we_do_not_know_is_no_error() {
        let text =
            "select * from t connect by prior a = b start with c is null order siblings by a";
        assert_eq!(errors(text, Dialect::Snowflake), Vec::<String>::new());
    }
}
