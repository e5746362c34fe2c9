//! The words that can stand at a cursor: what begins, continues or ends an expression, and the clauses that may follow.
//!
//! Told from the tokens before the cursor. Rather a word too many than one too few: what is offered wrongly costs a
//! line in a list.

use super::Clause;
use crate::dialect::Dialect;
use crate::keyword::{Category, Keyword};
use crate::token::{Token, TokenKind};

/// What the end of `tokens` waits for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Expected {
    /// Keywords, the likeliest first.
    pub(super) words: Vec<&'static str>,
    /// The name of a relation.
    pub(super) is_relation: bool,
    /// An expression, or one side of an operator: functions and columns.
    pub(super) is_operand: bool,
}

/// Begin an expression.
const OPERANDS: [&str; 8] = [
    "case", "not", "null", "true", "false", "exists", "cast", "interval",
];
const OPERATORS: [&str; 10] = [
    "and",
    "or",
    "in",
    "not in",
    "is null",
    "is not null",
    "between",
    "like",
    "ilike",
    "not like",
];
const JOINS: [&str; 6] = [
    "join",
    "left join",
    "inner join",
    "right join",
    "full join",
    "cross join",
];
const SET_OPERATIONS: [&str; 4] = ["union all", "union", "intersect", "except"];

pub(super) fn expected(tokens: &[&Token], clause: Clause, dialect: Dialect) -> Expected {
    let place = Place::at(tokens);
    let mut expected = Expected::default();
    let words = &mut expected.words;
    if is_between_queries(tokens) {
        words.extend(["select", "from"]);
        return expected;
    }
    if let Some(follow) = after_word(place.last, clause) {
        words.extend(follow);
        return expected;
    }
    match clause {
        Clause::Opaque | Clause::Type => {}
        Clause::Statement => words.extend(statement_words(&place, dialect)),
        Clause::With => words.extend(match place.last_kind {
            Some(TokenKind::RParen) => ["select", "from"].as_slice(),
            _ if place.last == Keyword::With => &["recursive"],
            _ if place.is_complete => &["as"],
            _ => &[],
        }),
        Clause::From if !place.is_complete => {
            expected.is_relation = place.n_open == 0 || place.last_kind == Some(TokenKind::Comma);
            words.push("lateral");
            words.extend(place.opens_query().then_some("select"));
        }
        _ if place.is_complete => words.extend(continuation(&place, clause, dialect)),
        _ => {
            expected.is_operand = true;
            words.extend(beginning(&place, clause, dialect));
        }
    }
    expected
}

/// What the tokens say of the place behind them.
struct Place {
    last: Keyword,
    last_kind: Option<TokenKind>,
    /// An operand, or a relation, ends here.
    is_complete: bool,
    /// Brackets that are open since the last word of a clause.
    n_open: usize,
    /// The word before the innermost of them.
    bracket_of: Keyword,
    is_in_case: bool,
    is_in_join: bool,
}

impl Place {
    fn at(tokens: &[&Token]) -> Self {
        let last = tokens.last();
        let mut place = Self {
            last: last.map_or(Keyword::Unlisted, |token| token.keyword),
            last_kind: last.map(|token| token.kind),
            is_complete: is_complete(tokens),
            n_open: 0,
            bracket_of: Keyword::Unlisted,
            is_in_case: false,
            is_in_join: false,
        };
        let mut depth = 0_u32;
        let mut n_ends = 0_u32;
        for (idx, token) in tokens.iter().enumerate().rev() {
            match token.kind {
                TokenKind::RParen => depth += 1,
                TokenKind::LParen if depth > 0 => depth -= 1,
                TokenKind::LParen => {
                    let before = idx.checked_sub(1).and_then(|at| tokens.get(at));
                    if place.n_open == 0 {
                        place.bracket_of = before.map_or(Keyword::Unlisted, |it| it.keyword);
                    }
                    place.n_open += 1;
                }
                TokenKind::Semicolon => break,
                TokenKind::Word if depth == 0 => match token.keyword {
                    Keyword::End => n_ends += 1,
                    Keyword::Case if n_ends > 0 => n_ends -= 1,
                    Keyword::Case => place.is_in_case |= place.n_open == 0,
                    Keyword::Join => {
                        place.is_in_join = true;
                        break;
                    }
                    Keyword::Select
                    | Keyword::From
                    | Keyword::Where
                    | Keyword::On
                    | Keyword::Having
                    | Keyword::Qualify
                    | Keyword::Limit
                    | Keyword::With => break,
                    _ => {}
                },
                _ => {}
            }
        }
        place
    }

    /// `(` or the word before it: a query may begin.
    fn opens_query(&self) -> bool {
        self.last_kind == Some(TokenKind::LParen)
    }
}

fn is_complete(tokens: &[&Token]) -> bool {
    let Some(last) = tokens.last() else {
        return false;
    };
    match last.kind {
        TokenKind::QuotedName
        | TokenKind::Number
        | TokenKind::String
        | TokenKind::RParen
        | TokenKind::RBracket
        | TokenKind::RBrace => true,
        TokenKind::Star => {
            let before = tokens.len().checked_sub(2).and_then(|at| tokens.get(at));
            before.is_some_and(|token| {
                matches!(
                    token.kind,
                    TokenKind::Comma | TokenKind::Dot | TokenKind::LParen
                ) || matches!(token.keyword, Keyword::Select | Keyword::Distinct)
            })
        }
        TokenKind::Word => {
            let is_value = matches!(
                last.keyword,
                Keyword::End | Keyword::Null | Keyword::True | Keyword::False
            );
            is_value
                || match last.keyword.category() {
                    Category::Plain | Category::Unreserved | Category::ColumnName => true,
                    Category::TypeFunction | Category::Reserved => false,
                }
        }
        _ => false,
    }
}

/// `union all`
fn is_between_queries(tokens: &[&Token]) -> bool {
    let [.., operation, last] = tokens else {
        return false;
    };
    let is_operation = matches!(
        operation.keyword,
        Keyword::Union | Keyword::Intersect | Keyword::Except
    );
    is_operation && matches!(last.keyword, Keyword::All | Keyword::Distinct)
}

/// What a word must be followed by, whatever the clause.
fn after_word(last: Keyword, clause: Clause) -> Option<&'static [&'static str]> {
    Some(match last {
        Keyword::Group | Keyword::Order | Keyword::Partition => &["by"],
        Keyword::Left | Keyword::Right | Keyword::Full if clause == Clause::From => {
            &["join", "outer join"]
        }
        Keyword::Inner | Keyword::Cross | Keyword::Outer | Keyword::Natural => &["join"],
        Keyword::Union | Keyword::Intersect | Keyword::Except => &["all", "select", "distinct"],
        Keyword::Is => &[
            "null",
            "not null",
            "distinct from",
            "not distinct from",
            "true",
            "false",
        ],
        Keyword::Nulls => &["first", "last"],
        Keyword::Case => &["when"],
        Keyword::As if clause != Clause::With => &[],
        _ => return None,
    })
}

fn statement_words(place: &Place, dialect: Dialect) -> Vec<&'static str> {
    let is_start = place.last_kind.is_none()
        || place.opens_query()
        || place.last_kind == Some(TokenKind::Semicolon);
    if !is_start {
        return Vec::new();
    }
    let mut words = vec!["select", "with", "values"];
    words.extend((dialect == Dialect::DuckDb).then_some("from"));
    words
}

fn beginning(place: &Place, clause: Clause, dialect: Dialect) -> Vec<&'static str> {
    if place.n_open > 0 && place.bracket_of == Keyword::Over && place.opens_query() {
        return vec!["partition by", "order by", "rows between", "range between"];
    }
    let mut words = Vec::new();
    words.extend((place.last == Keyword::Select).then_some("distinct"));
    if place.opens_query() {
        words.extend(["select", "distinct"]);
    }
    if place.last == Keyword::Not {
        words.extend(["in", "like", "between"]);
    }
    if clause == Clause::GroupBy && place.n_open == 0 {
        words.extend(["rollup", "cube", "grouping sets"]);
        let has_all = matches!(
            dialect,
            Dialect::DuckDb | Dialect::Snowflake | Dialect::BigQuery | Dialect::Databricks
        );
        words.extend(has_all.then_some("all"));
    }
    words.extend(OPERANDS);
    words
}

fn continuation(place: &Place, clause: Clause, dialect: Dialect) -> Vec<&'static str> {
    let mut words = Vec::new();
    let is_relation = clause == Clause::From;
    if place.is_in_case {
        words.extend(["when", "then", "else", "end"]);
    }
    if place.is_in_join && is_relation {
        words.extend(["on", "using"]);
    }
    let is_called = place.last_kind == Some(TokenKind::RParen);
    match clause {
        Clause::Select if is_called => words.extend(["over", "filter", "as"]),
        Clause::Select | Clause::From => words.push("as"),
        Clause::OrderBy => words.extend(["asc", "desc", "nulls first", "nulls last"]),
        _ => {}
    }
    let is_compared = !is_relation && !matches!(clause, Clause::Limit | Clause::Using);
    let is_condition = is_compared && !matches!(clause, Clause::Select | Clause::OrderBy);
    if is_condition {
        words.extend(OPERATORS);
    }
    if place.n_open > 0 {
        let is_window = place.bracket_of == Keyword::Over;
        words.extend(is_window.then_some("rows between"));
        words.push("order by");
    } else {
        words.extend(clauses_after(clause, dialect));
    }
    if is_compared && !is_condition {
        words.extend(OPERATORS);
    }
    words
}

/// What may follow a clause that could end here.
fn clauses_after(clause: Clause, dialect: Dialect) -> Vec<&'static str> {
    const ORDER: [(&str, Clause); 7] = [
        ("from", Clause::From),
        ("where", Clause::Where),
        ("group by", Clause::GroupBy),
        ("having", Clause::Having),
        ("qualify", Clause::Qualify),
        ("order by", Clause::OrderBy),
        ("limit", Clause::Limit),
    ];
    let rank = match clause {
        Clause::JoinOn | Clause::Using => Clause::From,
        other => other,
    };
    let has_qualify = !matches!(dialect, Dialect::Postgres | Dialect::Trino);
    let mut words = Vec::new();
    if rank == Clause::From {
        words.extend(JOINS);
    }
    let at = ORDER.iter().position(|(_, it)| *it == rank);
    let later = ORDER.iter().skip(at.map_or(0, |at| at + 1));
    words.extend(later.map(|(word, _)| *word));
    words.retain(|word| has_qualify || *word != "qualify");
    match clause {
        Clause::Limit => words.push("offset"),
        Clause::OrderBy => {}
        _ => words.extend(SET_OPERATIONS),
    }
    words
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::test_catalog::shop;
    use crate::{Dialect, completion_scope_at, parse};

    /// `|` is the cursor: the first words, and what else is waited for.
    fn check(text: &str, expected: &Expect) {
        let offset = text.find('|').expect("a cursor");
        let text = text.replacen('|', "", 1);
        let scope = completion_scope_at(&parse(&text, Dialect::DuckDb), offset as u32, &shop());
        let words: Vec<&str> = scope.words.iter().take(6).copied().collect();
        let kind = match (scope.expects_relation, scope.expects_operand) {
            (true, _) => " + relations",
            (_, true) => " + operands",
            _ => "",
        };
        expected.assert_eq(&format!("{}{kind}", words.join(", ")));
    }

    #[test]
    fn statements_begin() {
        check("|", &expect!["select, with, values, from"]);
        check("with a as (|", &expect!["select, with, values, from"]);
        check("with a as (select 1) |", &expect!["select, from"]);
        check("select 1 union |", &expect!["all, select, distinct"]);
        check("select 1 union all |", &expect!["select, from"]);
    }

    #[test]
    fn expressions_begin_and_go_on() {
        check(
            "select |",
            &expect!["distinct, case, not, null, true, false + operands"],
        );
        check(
            "select id |",
            &expect!["as, from, where, group by, having, qualify"],
        );
        check(
            "select sum(id) |",
            &expect!["over, filter, as, from, where, group by"],
        );
        check(
            "select sum(id |",
            &expect!["as, order by, and, or, in, not in"],
        );
        check(
            "select sum(id) over (|",
            &expect!["partition by, order by, rows between, range between + operands"],
        );
        check(
            "select case when id = 1 |",
            &expect!["when, then, else, end, as, from"],
        );
        check(
            "select case when id = 1 then 2 end |",
            &expect!["as, from, where, group by, having, qualify"],
        );
        check(
            "select * from orders where id = 1 |",
            &expect!["and, or, in, not in, is null, is not null"],
        );
        check(
            "select * from orders where id |",
            &expect!["and, or, in, not in, is null, is not null"],
        );
        check(
            "select * from orders where id is |",
            &expect!["null, not null, distinct from, not distinct from, true, false"],
        );
        check(
            "select * from orders order by id |",
            &expect!["asc, desc, nulls first, nulls last, limit, and"],
        );
        check("select * from orders group |", &expect!["by"]);
    }

    #[test]
    fn relations_are_named_and_joined() {
        check("select * from |", &expect!["lateral + relations"]);
        check("select * from orders, |", &expect!["lateral + relations"]);
        check(
            "select * from orders join |",
            &expect!["lateral + relations"],
        );
        check(
            "select * from orders |",
            &expect!["as, join, left join, inner join, right join, full join"],
        );
        check("select * from orders left |", &expect!["join, outer join"]);
        check(
            "select * from orders join customers |",
            &expect!["on, using, as, join, left join, inner join"],
        );
        check("select * from (|", &expect!["lateral, select"]);
        check(
            "select extract(year from |",
            &expect!["case, not, null, true, false, exists + operands"],
        );
    }

    #[test]
    fn types_are_no_expressions() {
        for text in [
            "select id::|",
            "select cast(id as |",
            "select try_cast(id as dou|",
        ] {
            let offset = text.find('|').expect("a cursor") as u32;
            let tree = parse(&text.replacen('|', "", 1), Dialect::DuckDb);
            let scope = completion_scope_at(&tree, offset, &shop());
            assert_eq!(scope.clause, crate::Clause::Type, "{text}");
            assert!(scope.types.contains(&"double"), "{text}");
        }
        check("select cast(id as |", &expect![""]);
        check("select id as |", &expect![""]);
    }
}
