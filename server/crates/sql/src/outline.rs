//! `outline`: the CTEs of a query, where each stands, and which of them reads which.

use std::collections::BTreeMap;
use std::sync::Arc;

use base::RenderedRange;

use crate::ast::{Query, StatementKind, With};
use crate::bind::unquoted;
use crate::relations::relations;
use crate::tree::SqlTree;

/// A CTE of the outermost `with`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CteOutline {
    /// Its name, unquoted.
    pub name: Arc<str>,
    /// Where that is written.
    pub name_range: RenderedRange,
    /// From the name to the closing bracket.
    pub range: RenderedRange,
    /// What stands between its brackets.
    pub query: RenderedRange,
    /// `name (a, b) as`: its columns have other names than those of its query.
    pub has_columns: bool,
    /// The CTEs that it reads, by number, in the order of their first mention.
    pub reads: Vec<usize>,
}

/// The outermost query of a text that has one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// `with` and, where it is written, `recursive`; `None` without a `with`.
    pub with: Option<RenderedRange>,
    /// `with recursive`.
    pub is_recursive: bool,
    /// In the order written.
    pub ctes: Vec<CteOutline>,
    /// What is done with them, after the last one.
    pub body: RenderedRange,
    /// The CTEs that the body reads, by number, in the order of their first mention.
    pub reads: Vec<usize>,
}

/// `None` for what is not one whole query.
pub fn outline(tree: &SqlTree) -> Option<Outline> {
    let [statement] = &*tree.statements else {
        return None;
    };
    let StatementKind::Query(query) = &statement.kind else {
        return None;
    };
    if !tree.errors.is_empty() {
        return None;
    }
    let first = tree.tokens.iter().find(|token| !token.is_trivia())?.range;
    let last = tree.tokens.iter().rfind(|token| !token.is_trivia())?.range;
    let Some(with) = &query.with else {
        return Some(Outline {
            with: None,
            is_recursive: false,
            ctes: Vec::new(),
            body: first.join(last),
            reads: Vec::new(),
        });
    };
    let mut outline = of_with(tree, query, with, first)?;
    outline.body = RenderedRange::new(outline.body.start, last.end);
    Some(outline)
}

fn of_with(tree: &SqlTree, query: &Query, with: &With, first: RenderedRange) -> Option<Outline> {
    let text = tree.text();
    // `insert into t with ...` and `create table t as with ...` begin otherwise.
    if !first.of(text).eq_ignore_ascii_case("with") {
        return None;
    }
    let end_of_ctes = with.ctes.last()?.range.end;
    let significant = || tree.tokens.iter().filter(|token| !token.is_trivia());
    let body_start = significant()
        .find(|token| token.range.start >= end_of_ctes)?
        .range
        .start;
    let with_end = significant()
        .take_while(|token| {
            with.ctes
                .first()
                .is_some_and(|cte| token.range.end <= cte.range.start)
        })
        .last()?
        .range
        .end;
    let ctes = with.ctes.iter().map(|cte| CteOutline {
        name: Arc::from(&*unquoted(cte.name.range.of(text))),
        name_range: cte.name.range,
        range: cte.range,
        query: cte.query.range,
        has_columns: !cte.columns.is_empty(),
        reads: Vec::new(),
    });
    let mut outline = Outline {
        with: Some(RenderedRange::new(first.start, with_end)),
        is_recursive: with.is_recursive,
        ctes: ctes.collect(),
        body: RenderedRange::new(body_start, query.range.end.max(body_start)),
        reads: Vec::new(),
    };
    let numbers: BTreeMap<RenderedRange, usize> = outline
        .ctes
        .iter()
        .enumerate()
        .map(|(number, cte)| (cte.name_range, number))
        .collect();
    for reference in relations(tree) {
        let Some(number) = reference.cte.and_then(|cte| numbers.get(&cte).copied()) else {
            continue;
        };
        let mut ctes = outline.ctes.iter_mut();
        let reads = match ctes.find(|cte| cte.range.covers(reference.range)) {
            Some(cte) => &mut cte.reads,
            None => &mut outline.reads,
        };
        if !reads.contains(&number) {
            reads.push(number);
        }
    }
    Some(outline)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::outline;
    use crate::{Dialect, parse};

    fn check(text: &str, expected: &Expect) {
        let found = outline(&parse(text, Dialect::DuckDb));
        let shown = found.map(|it| {
            let ctes = it.ctes.iter().map(|cte| {
                format!(
                    "{} `{}` {:?}\n",
                    cte.name,
                    cte.query.of(text).trim(),
                    cte.reads
                )
            });
            let with = it.with.map_or("", |range| range.of(text));
            format!(
                "{with}\n{}`{}` {:?}\n",
                ctes.collect::<String>(),
                it.body.of(text),
                it.reads
            )
        });
        expected.assert_eq(&shown.unwrap_or_default());
    }

    #[test]
    fn ctes_and_what_they_read() {
        check(
            "with recursive a as (select 1), b as ( with a as (select 2) select * from a ), c as (select * from b, a) select * from c, t order by 1",
            &expect![[r"
                with recursive
                a `select 1` []
                b `with a as (select 2) select * from a` []
                c `select * from b, a` [1, 0]
                `select * from c, t order by 1` [2]
            "]],
        );
        check(
            "select 1 as x -- end",
            &expect![[r"

                `select 1 as x` []
            "]],
        );
    }

    #[test]
    fn what_is_not_one_whole_query_has_none() {
        check("select 1; select 2", &expect![""]);
        check("with a as (select 1) select from", &expect![""]);
        check("", &expect![""]);
    }
}
