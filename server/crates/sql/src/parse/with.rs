//! `with`: CTEs, and what PostgreSQL lets follow a recursive one.

use base::RenderedRange;

use super::{Parser, Trailing};
use crate::ast::{Body, Cte, Query, RecursionColumns, With};
use crate::dialect::Dialect;
use crate::keyword::Keyword;
use crate::token::TokenKind;

impl Parser<'_> {
    pub(super) fn with(&mut self) -> With {
        self.bump();
        let is_recursive = self.is_name(1) && self.eat_keyword(Keyword::Recursive);
        let is_stop = |parser: &Self| parser.is_query_word(0) || parser.is_end();
        let ctes = self.list(Trailing::Refused, is_stop, Self::cte);
        With {
            is_recursive,
            ctes: ctes.into_iter().flatten().collect(),
        }
    }

    fn cte(&mut self) -> Option<Cte> {
        let start = self.start();
        let name = self.name("the name of a CTE")?;
        let columns = if self.at(TokenKind::LParen) {
            self.name_list()
        } else {
            Vec::new()
        };
        if self.at_keyword(Keyword::Using) && self.nth_text(1).eq_ignore_ascii_case("key") {
            self.bump_n(2);
            if self.at(TokenKind::LParen) {
                self.skip_one();
            }
        }
        self.expect_keyword(Keyword::As, "`as`");
        self.eat_keyword(Keyword::Not);
        self.eat_keyword(Keyword::Materialized);
        if !self.at(TokenKind::LParen) {
            self.error("`(` and the query of the CTE");
            return None;
        }
        let is_query = self.is_query_word(1) || self.nth_kind(1) == TokenKind::LParen;
        let inside = self.inside_range();
        let query = self.in_brackets(|parser| {
            // DuckDB takes `insert … returning` and the like; sqlparser's dialects take functions here.
            if !is_query && !parser.is_end() {
                parser.cte_statement(inside)
            } else {
                parser.query(inside)
            }
        });
        let recursion = self.recursion_columns();
        Some(Cte {
            name,
            columns,
            query,
            recursion,
            range: self.range_from(start),
        })
    }

    /// The inside of a CTE that does not begin like a query.
    fn cte_statement(&mut self, range: RenderedRange) -> Query {
        let is_write = matches!(
            self.keyword(),
            Keyword::Insert | Keyword::Update | Keyword::Delete | Keyword::Merge
        );
        if is_write {
            self.pos = self.limit;
            let body = Body::Opaque(Vec::new());
            return Query {
                range,
                with: None,
                body,
                order_by: Vec::new(),
                limit: Vec::new(),
            };
        }
        self.query(range)
    }

    /// `search depth first by a set o` and `cycle a set is_cycle to 1 default 0 using path`: columns that a recursive CTE
    /// has beside those of its query.
    fn recursion_columns(&mut self) -> RecursionColumns {
        let mut columns = RecursionColumns::default();
        if !self.has_dialect(&[Dialect::Postgres]) {
            return columns;
        }
        let is_search = self.at_word("search")
            && ["depth", "breadth"]
                .iter()
                .any(|order| self.nth_text(1).eq_ignore_ascii_case(order));
        if is_search {
            self.bump_n(2);
            self.expect_keyword(Keyword::First, "`first`");
            self.expect_keyword(Keyword::By, "`by`");
            self.recursion_keys(&mut columns);
            self.recursion_column(Keyword::Set, "`set`", &mut columns);
        }
        if self.at_word("cycle") && self.is_name(1) {
            self.bump();
            self.recursion_keys(&mut columns);
            self.recursion_column(Keyword::Set, "`set`", &mut columns);
            if self.eat_keyword(Keyword::To) {
                self.primary();
                self.expect_keyword(Keyword::Default, "`default`");
                self.primary();
            }
            self.recursion_column(Keyword::Using, "`using`", &mut columns);
        }
        columns
    }

    fn recursion_keys(&mut self, columns: &mut RecursionColumns) {
        if self.is_panicking {
            return;
        }
        let is_stop = |parser: &Self| parser.at_keyword(Keyword::Set) || parser.is_end();
        let keys = self.list(Trailing::Refused, is_stop, |parser| {
            parser.name("the name of a column")
        });
        columns.keys.extend(keys.into_iter().flatten());
    }

    fn recursion_column(&mut self, word: Keyword, expected: &str, columns: &mut RecursionColumns) {
        if !self.is_panicking && self.expect_keyword(word, expected) {
            columns.added.extend(self.name("the name of a column"));
        }
    }

    fn at_word(&self, word: &str) -> bool {
        self.token_text().eq_ignore_ascii_case(word)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use expect_test::{Expect, expect};

    use crate::{Catalog, CatalogColumn, Dialect, RelationName, parse, symbols};

    struct Nothing;

    impl Catalog for Nothing {
        fn columns(&self, _: &RelationName) -> Option<Arc<[CatalogColumn]>> {
            None
        }
    }

    #[track_caller]
    fn check(dialect: Dialect, sql: &str, expected: &Expect) {
        let tree = parse(sql, dialect);
        let found = symbols(&tree, &Nothing);
        let columns = found.columns.columns.iter().map(|it| &*it.name);
        let mut shown = format!("{}\n", columns.collect::<Vec<_>>().join(", "));
        for error in &tree.errors {
            shown = format!("{shown}error at `{}`\n", error.range.of(sql));
        }
        for problem in &found.problems {
            shown = format!("{shown}problem at `{}`\n", problem.range.of(sql));
        }
        expected.assert_eq(&shown);
    }

    #[test]
    fn search_and_cycle_add_columns_to_a_recursive_cte() {
        let with = |rest: &str, select: &str| {
            format!(
                "with recursive t(n) as (select 1 union all select n + 1 from t where n < 5) {rest} select {select} from t"
            )
        };
        let check = |rest: &str, select: &str, expected: &Expect| {
            check(Dialect::Postgres, &with(rest, select), expected);
        };
        check(
            "search depth first by n set o cycle n set c to 'y' default 'n' using p",
            "*, nope",
            &expect![[r#"
                n, o, c, p, nope
                problem at `nope`
            "#]],
        );
        check(
            "cycle n set c using p",
            "n, c, p, o",
            &expect![[r#"
            n, c, p, o
            problem at `o`
        "#]],
        );
        check(
            "search breadth first by set o",
            "n, o",
            &expect![[r#"
            n, o
            problem at `o`
        "#]],
        );
        // Half typed, and what is not ours to judge.
        check(
            "cycle n set",
            "n",
            &expect![[r#"
            n
        "#]],
        );
    }

    #[test]
    fn rows_of_one_value_need_no_brackets_everywhere() {
        let sql = "with recursive t(n) as (values 1 union all select n + 1 from t where n < 5) select n, nope from t";
        check(
            Dialect::Trino,
            sql,
            &expect![[r#"
            n, nope
            problem at `nope`
        "#]],
        );
        check(
            Dialect::Databricks,
            "select * from (values 1, 2) as t(a)",
            &expect![[r#"
                a
            "#]],
        );
        check(
            Dialect::Trino,
            "select a, b from (values row(1, 'x'), (2, 'y')) as t(a, b)",
            &expect![[r#"
                a, b
            "#]],
        );
        check(
            Dialect::DuckDb,
            "select * from (values (1), (2)) as t(a)",
            &expect![[r#"
                a
            "#]],
        );
    }
}
