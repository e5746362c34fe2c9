//! `SqlTree`: everything the text alone says, for any text.

use std::sync::Arc;

use base::RenderedRange;

use crate::ast::Statement;
use crate::dialect::Dialect;
use crate::parse::parse_tokens;
use crate::second_opinion::confirmed;
use crate::token::{Token, TokenKind, tokenize};

/// A syntax error.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SqlError {
    /// The offending token; empty and at the end of the text when something is missing there.
    pub range: RenderedRange,
    /// For people: lower case, what was expected and what was found.
    pub message: String,
}

/// A parsed text: always there, however broken the text is.
#[derive(Debug, Clone)]
pub struct SqlTree {
    pub(crate) text: Arc<str>,
    pub(crate) dialect: Dialect,
    /// All tokens, whitespace and comments too: they cover the text without gap or overlap.
    pub tokens: Vec<Token>,
    /// What is wrong, in order of place.
    pub errors: Vec<SqlError>,
    pub(crate) statements: Vec<Statement>,
}

impl SqlTree {
    /// The text it was made from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The dialect it was read as.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }
}

/// Parse `text`. Never fails: what cannot be understood is skipped, and said in `errors`.
pub fn parse(text: &str, dialect: Dialect) -> SqlTree {
    let tokens = tokenize(text, dialect);
    let significant: Vec<Token> = tokens
        .iter()
        .filter(|token| !token.is_trivia())
        .copied()
        .collect();
    let (statements, mut errors) = parse_tokens(text, &significant, dialect);
    errors.extend(
        tokens
            .iter()
            .filter(|token| token.is_unterminated)
            .map(unterminated),
    );
    errors.sort();
    // Brackets inside each other that nothing closes all end at one place.
    errors.dedup_by_key(|error| error.range);
    let errors = confirmed(text, &significant, dialect, &statements, errors);
    SqlTree {
        text: Arc::from(text),
        dialect,
        tokens,
        errors,
        statements,
    }
}

/// A string, name or comment without an end: marked where it begins, since it swallows the rest of the text.
fn unterminated(token: &Token) -> SqlError {
    let (what, closing) = match token.kind {
        TokenKind::String => ("string", "its closing quote"),
        TokenKind::QuotedName => ("quoted name", "its closing quote"),
        _ => ("comment", "`*/`"),
    };
    SqlError {
        range: RenderedRange::new(token.range.start, token.range.start + 1),
        message: format!("expected {closing}, found the end of the text: this {what} never ends"),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use expect_test::{Expect, expect};

    use super::parse;
    use crate::Dialect;

    /// Prints the text with a line of carets and the message below each line that has an error.
    fn check(text: &str, expected: &Expect) {
        let tree = parse(text, Dialect::DuckDb);
        let mut out = String::new();
        let mut start = 0;
        for line in text.split('\n') {
            let _ = writeln!(out, "{line}");
            let end = start + line.len();
            for error in &tree.errors {
                let at = error.range.start as usize;
                if (start..=end).contains(&at) {
                    let carets = "^".repeat((error.range.len() as usize).max(1));
                    let _ = writeln!(out, "{}{carets} {}", " ".repeat(at - start), error.message);
                }
            }
            start = end + 1;
        }
        expected.assert_eq(&out);
    }

    #[test]
    fn every_broken_cte_has_its_own_error() {
        check(
            "with a as (\n  select id from orders where\n),\nb as (\n  select name nom x from customers\n),\nc as (select 1)\nselect * from a, b, c",
            &expect![[r#"
                with a as (
                  select id from orders where
                ),
                ^ expected an expression, found `)`
                b as (
                  select name nom x from customers
                                  ^ expected `,` or the next clause, found `x`
                ),
                c as (select 1)
                select * from a, b, c
            "#]],
        );
    }

    #[test]
    fn an_unclosed_cte_does_not_swallow_the_next() {
        check(
            "with a as (\n  select x from (t\n,\nb as (select 1 +)\nselect * from b",
            &expect![[r#"
                with a as (
                  select x from (t
                ,
                ^ expected `)`, found `,`
                b as (select 1 +)
                                ^ expected an expression, found `)`
                select * from b
            "#]],
        );
    }

    #[test]
    fn every_broken_item_of_a_list_has_its_own_error() {
        check(
            "select\n  a b c,\n  d +,\n  case when e then f,\n  g\nfrom t\nwhere x = = 1\ngroup x",
            &expect![[r#"
                select
                  a b c,
                      ^ expected `,` or the next clause, found `c`
                  d +,
                     ^ expected an expression, found `,`
                  case when e then f,
                                    ^ expected `when`, `else` or `end`, found `,`
                  g
                from t
                where x = = 1
                          ^ expected an expression, found `=`
                group x
                      ^ expected `by`, found `x`
            "#]],
        );
    }

    #[test]
    fn what_is_missing_at_the_end_is_said_there() {
        check(
            "select a from t join u",
            &expect![[r#"
            select a from t join u
                                  ^ expected `on` or `using`, found the end of the text
        "#]],
        );
        check(
            "select (a + 1",
            &expect![[r#"
            select (a + 1
                         ^ expected `)`, found the end of the text
        "#]],
        );
        check(
            "select 'abc",
            &expect![[r#"
            select 'abc
                   ^ expected its closing quote, found the end of the text: this string never ends
        "#]],
        );
    }

    #[test]
    fn one_statement_does_not_hide_the_next() {
        check(
            "selec 1;\nselect from t;\nselect 1",
            &expect![[r#"
                selec 1;
                ^^^^^ expected a statement such as `select` or `with`, found `selec`; did you mean `select`?
                select from t;
                       ^^^^ expected a column or an expression, found `from`
                select 1
            "#]],
        );
    }
}
