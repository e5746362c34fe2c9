//! What a name at a cursor may mean: the aliases, columns and CTEs in scope, in text that is broken or half typed.

mod types;
mod words;

use std::sync::Arc;

use base::RenderedRange;

use crate::bind::{Column, Probe, Source, bind, unquoted};
use crate::catalog::{Catalog, RelationName};
use crate::keyword::Keyword;
use crate::token::{Token, TokenKind};
use crate::tree::SqlTree;
use crate::types::Type;
use words::Expected;

pub use types::types;

/// The part of a query a cursor stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Clause {
    /// Outside every query: a statement may begin here.
    Statement,
    /// The list of output columns.
    Select,
    /// A relation is expected.
    From,
    /// After `on`.
    JoinOn,
    /// Inside `using (…)`.
    Using,
    /// The filter.
    Where,
    /// The grouping list.
    GroupBy,
    /// The filter on groups.
    Having,
    /// The filter on window results.
    Qualify,
    /// Named windows.
    Window,
    /// The sort list.
    OrderBy,
    /// Limit or offset.
    Limit,
    /// Between `with` and the query.
    With,
    /// Inside `values`.
    Values,
    /// A type is expected: after `::` or `cast(x as`.
    Type,
    /// In a string or a comment: nothing to complete.
    Opaque,
}

/// A column that can be named at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeColumn {
    /// Its name.
    pub name: Arc<str>,
    /// Its type, where it can be told.
    pub data_type: Option<Type>,
}

/// A relation in the `from` of the query around the cursor, or of a query around that one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeRelation {
    /// The name columns are qualified with; `None` for a subquery without alias.
    pub alias: Option<Arc<str>>,
    /// The relation outside the statement, unless it is a CTE, a subquery or a function.
    pub relation: Option<RelationName>,
    /// Its columns, in order.
    pub columns: Vec<ScopeColumn>,
    /// Whether these are all of them.
    pub complete: bool,
    /// 0: of the innermost query; 1: of the one around it (a correlated name), and so on.
    pub depth: u32,
}

/// A CTE that can be named at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeCte {
    /// Its name.
    pub name: Arc<str>,
    /// Its columns, in order.
    pub columns: Vec<ScopeColumn>,
    /// Whether these are all of them.
    pub complete: bool,
}

/// What can be named at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeAt {
    /// The part of the query.
    pub clause: Clause,
    /// The names before the dot the cursor follows: `["o"]` in `o.` and in `o.cust`.
    pub qualifier: Vec<Arc<str>>,
    /// The half-typed name the cursor touches, to be replaced; empty at the cursor when there is none.
    pub replace: RenderedRange,
    /// Relations in scope, innermost first.
    pub relations: Vec<ScopeRelation>,
    /// CTEs in scope, nearest first.
    pub ctes: Vec<ScopeCte>,
    /// Aliases of the select list, where the dialect lets a clause name them.
    pub select_aliases: Vec<ScopeColumn>,
    /// Keywords that may stand here, the likeliest first.
    pub words: Vec<&'static str>,
    /// Names of types, where one is expected.
    pub types: Vec<&'static str>,
    /// The name of a relation is expected.
    pub expects_relation: bool,
    /// An expression may begin here.
    pub expects_operand: bool,
    /// The nearest keyword before the cursor is in capital letters.
    pub is_upper_case: bool,
}

impl ScopeAt {
    /// The columns that fit at the cursor: those of the qualifier's relation, the fields of the struct it names, or all
    /// in scope.
    pub fn columns(&self) -> Vec<ScopeColumn> {
        if !self.qualifier.is_empty() {
            return self.qualified_columns();
        }
        let of_relations = || self.relations.iter().flat_map(|relation| &relation.columns);
        let is_new = |alias: &&ScopeColumn| {
            !of_relations().any(|column| column.name.eq_ignore_ascii_case(&alias.name))
        };
        of_relations()
            .chain(self.select_aliases.iter().filter(is_new))
            .cloned()
            .collect()
    }

    fn relation(&self, alias: &str) -> Option<&ScopeRelation> {
        self.relations.iter().find(|relation| {
            let mine = relation.alias.as_ref();
            mine.is_some_and(|mine| mine.eq_ignore_ascii_case(alias))
        })
    }

    fn qualified_columns(&self) -> Vec<ScopeColumn> {
        let named = self.qualifier.last().and_then(|last| self.relation(last));
        if let Some(relation) = named {
            return relation.columns.clone();
        }
        let mut path = self.qualifier.iter();
        let Some(first) = path.next() else {
            return Vec::new();
        };
        let column = match self.relation(first) {
            Some(relation) => path
                .next()
                .and_then(|name| find_column(&relation.columns, name)),
            None => self
                .relations
                .iter()
                .find_map(|relation| find_column(&relation.columns, first)),
        };
        let data_type = path.try_fold(
            column.and_then(|column| column.data_type.clone()),
            |of, field| of.map(|of| of.field(field).cloned()),
        );
        match data_type.flatten() {
            Some(Type::Struct(fields)) => fields
                .iter()
                .map(|(name, data_type)| ScopeColumn {
                    name: name.clone(),
                    data_type: Some(data_type.clone()),
                })
                .collect(),
            _ => Vec::new(),
        }
    }
}

fn find_column<'c>(columns: &'c [ScopeColumn], name: &str) -> Option<&'c ScopeColumn> {
    columns
        .iter()
        .find(|column| column.name.eq_ignore_ascii_case(name))
}

/// What can be named at `offset`.
pub fn completion_scope_at(tree: &SqlTree, offset: u32, catalog: &dyn Catalog) -> ScopeAt {
    let place = Place::at(tree, offset);
    let probe = bind(tree, catalog, None, Some(Probe::at(offset))).probe;
    let probe = probe.unwrap_or_else(|| Probe::at(offset));
    let mut relations = Vec::new();
    for (depth, scope) in probe.scopes.iter().rev().enumerate() {
        relations.extend(
            scope
                .sources
                .iter()
                .filter(|source| source.alias.is_some() || !source.shape.columns.is_empty())
                .map(|source| scope_relation(source, depth as u32)),
        );
    }
    let aliases = probe
        .scopes
        .last()
        .map(|scope| scope.aliases.as_slice())
        .unwrap_or_default();
    ScopeAt {
        clause: place.clause,
        qualifier: place.qualifier,
        replace: place.replace,
        relations,
        ctes: probe
            .ctes
            .iter()
            .rev()
            .map(|cte| ScopeCte {
                name: cte.name.clone(),
                columns: scope_columns(cte.shape.columns.iter()),
                complete: cte.shape.is_complete,
            })
            .collect(),
        select_aliases: scope_columns(aliases.iter()),
        words: place.expected.words,
        types: match place.clause {
            Clause::Type => types(tree.dialect()),
            _ => Vec::new(),
        },
        expects_relation: place.expected.is_relation,
        expects_operand: place.expected.is_operand,
        is_upper_case: place.is_upper_case,
    }
}

fn scope_relation(source: &Source, depth: u32) -> ScopeRelation {
    ScopeRelation {
        alias: source.alias.clone(),
        relation: source.relation.clone(),
        columns: scope_columns(source.shape.columns.iter()),
        complete: source.shape.is_complete,
        depth,
    }
}

fn scope_columns<'c>(columns: impl Iterator<Item = &'c Column>) -> Vec<ScopeColumn> {
    columns
        .map(|column| ScopeColumn {
            name: column.name.clone(),
            data_type: column.data_type.clone(),
        })
        .collect()
}

/// What the tokens before the cursor say.
struct Place {
    clause: Clause,
    qualifier: Vec<Arc<str>>,
    replace: RenderedRange,
    expected: Expected,
    is_upper_case: bool,
}

impl Place {
    fn at(tree: &SqlTree, offset: u32) -> Self {
        let empty = RenderedRange::at(offset);
        let before: Vec<&Token> = tree
            .tokens
            .iter()
            .take_while(|token| token.range.start < offset)
            .collect();
        if before
            .last()
            .is_some_and(|token| is_inside_opaque(token, offset))
        {
            return Self {
                clause: Clause::Opaque,
                qualifier: Vec::new(),
                replace: empty,
                expected: Expected::default(),
                is_upper_case: false,
            };
        }
        let mut before: Vec<&Token> = before
            .into_iter()
            .filter(|token| !token.is_trivia())
            .collect();
        let is_half_typed = before.last().is_some_and(|token| {
            token.range.end >= offset
                && matches!(token.kind, TokenKind::Word | TokenKind::QuotedName)
        });
        let replace = match before.last().filter(|_| is_half_typed) {
            Some(token) => token.range,
            None => empty,
        };
        if is_half_typed {
            before.pop();
        }
        let mut qualifier = Vec::new();
        while let [.., name, dot] = before.as_slice() {
            let is_qualifier = dot.kind == TokenKind::Dot
                && matches!(name.kind, TokenKind::Word | TokenKind::QuotedName);
            if !is_qualifier {
                break;
            }
            qualifier.push(Arc::from(&*unquoted(name.range.of(tree.text()))));
            let n_kept = before.len() - 2;
            before.truncate(n_kept);
        }
        qualifier.reverse();
        let clause = clause_before(&before);
        let expected = if qualifier.is_empty() {
            words::expected(&before, clause, tree.dialect())
        } else {
            Expected::default()
        };
        let keyword = before.iter().rev().find(|token| token.is_keyword());
        let is_upper_case = keyword.is_some_and(|token| {
            let mut bytes = token.range.of(tree.text()).bytes();
            bytes.all(|byte| byte.is_ascii_uppercase())
        });
        Self {
            clause,
            qualifier,
            replace,
            expected,
            is_upper_case,
        }
    }
}

/// Strings and comments hide the cursor; behind the closing quote it is free again.
fn is_inside_opaque(token: &Token, offset: u32) -> bool {
    match token.kind {
        TokenKind::LineComment => token.range.end >= offset,
        TokenKind::String | TokenKind::BlockComment => {
            token.range.end > offset || token.is_unterminated
        }
        _ => false,
    }
}

/// The clause that the end of `tokens` is in: the nearest clause word outside closed brackets.
fn clause_before(tokens: &[&Token]) -> Clause {
    let mut depth = 0_u32;
    // Brackets opened and not closed between the clause word and the cursor.
    let mut n_open = 0_u32;
    if is_after_cast(tokens) {
        return Clause::Type;
    }
    for (idx, token) in tokens.iter().enumerate().rev() {
        match token.kind {
            TokenKind::RParen | TokenKind::RBracket | TokenKind::RBrace => depth += 1,
            TokenKind::LParen | TokenKind::LBracket | TokenKind::LBrace if depth > 0 => depth -= 1,
            TokenKind::LParen => {
                n_open += 1;
                let word = idx
                    .checked_sub(1)
                    .and_then(|idx| tokens.get(idx))
                    .map(|token| token.keyword);
                if word == Some(Keyword::Using) && n_open == 1 {
                    return Clause::Using;
                }
            }
            TokenKind::Semicolon => return Clause::Statement,
            TokenKind::DoubleColon if idx + 1 == tokens.len() => return Clause::Type,
            TokenKind::Word if depth == 0 => {
                let next = tokens.get(idx + 1).map(|token| token.keyword);
                if token.keyword == Keyword::From && is_spoken(tokens, idx) {
                    continue;
                }
                if let Some(clause) = clause_of(token.keyword, next, n_open) {
                    return clause;
                }
            }
            _ => {}
        }
    }
    Clause::Statement
}

/// The word before the bracket that is open at the end of `tokens`.
fn callee(tokens: &[&Token]) -> Option<Keyword> {
    let mut depth = 0_u32;
    for (idx, token) in tokens.iter().enumerate().rev() {
        match token.kind {
            TokenKind::RParen => depth += 1,
            TokenKind::LParen if depth > 0 => depth -= 1,
            TokenKind::LParen => return Some(tokens.get(idx.checked_sub(1)?)?.keyword),
            TokenKind::Word if depth == 0 && token.keyword == Keyword::Select => return None,
            _ => {}
        }
    }
    None
}

/// `cast(x as`
fn is_after_cast(tokens: &[&Token]) -> bool {
    let is_as = |token: &&Token| token.keyword == Keyword::As;
    let Some((_, before)) = tokens.split_last().filter(|(last, _)| is_as(last)) else {
        return false;
    };
    matches!(
        callee(before),
        Some(Keyword::Cast | Keyword::TryCast | Keyword::SafeCast)
    )
}

/// The `from` of `extract(year from x)` and its like: no clause.
fn is_spoken(tokens: &[&Token], from_idx: usize) -> bool {
    let before = tokens.get(..from_idx).unwrap_or_default();
    matches!(
        callee(before),
        Some(Keyword::Extract | Keyword::Trim | Keyword::Substring | Keyword::Overlay)
    )
}

fn clause_of(keyword: Keyword, next: Option<Keyword>, n_open: u32) -> Option<Clause> {
    let clause = match keyword {
        Keyword::Select => Clause::Select,
        Keyword::From | Keyword::Join => Clause::From,
        Keyword::On => Clause::JoinOn,
        Keyword::Where => Clause::Where,
        Keyword::Having => Clause::Having,
        Keyword::Qualify => Clause::Qualify,
        Keyword::Window => Clause::Window,
        Keyword::Group if next == Some(Keyword::By) => Clause::GroupBy,
        // Inside `over (order by …)` the columns are those of the select, too.
        Keyword::Order if next == Some(Keyword::By) => Clause::OrderBy,
        Keyword::Limit | Keyword::Offset if n_open == 0 => Clause::Limit,
        Keyword::Values => Clause::Values,
        // `with a as (` opens a new query.
        Keyword::With if n_open > 0 => Clause::Statement,
        Keyword::With => Clause::With,
        _ => return None,
    };
    Some(clause)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::completion_scope_at;
    use crate::test_catalog::shop;
    use crate::{Dialect, parse};

    /// `|` is the cursor.
    fn check(text: &str, expected: &Expect) {
        let offset = text.find('|').expect("a cursor");
        let text = text.replacen('|', "", 1);
        let scope = completion_scope_at(&parse(&text, Dialect::DuckDb), offset as u32, &shop());
        let columns: Vec<_> = scope
            .columns()
            .iter()
            .map(|column| column.name.to_string())
            .collect();
        let relations: Vec<_> = scope
            .relations
            .iter()
            .map(|it| {
                format!(
                    "{}{}",
                    it.alias.as_deref().unwrap_or("?"),
                    "^".repeat(it.depth as usize)
                )
            })
            .collect();
        let ctes: Vec<_> = scope.ctes.iter().map(|cte| cte.name.to_string()).collect();
        expected.assert_eq(&format!(
            "{:?} {:?}: {}\nrelations: {}\nctes: {}",
            scope.clause,
            scope.replace.of(&text),
            columns.join(" "),
            relations.join(" "),
            ctes.join(" ")
        ));
    }

    #[test]
    fn a_dot_gives_the_columns_of_the_alias() {
        check(
            "select o.| from orders o",
            &expect![[r#"
                Select "": id customer_id amount status
                relations: o
                ctes: "#]],
        );
    }

    #[test]
    fn a_half_typed_join_does_not_matter() {
        check(
            "select c.id, o.am| from customers c join orders o",
            &expect![[r#"
                Select "am": id customer_id amount status
                relations: c o
                ctes: "#]],
        );
    }

    #[test]
    fn columns_come_through_ctes_and_stars() {
        check(
            "with paid as (select *, amount * 2 as twice from orders) select p.| from paid as p",
            &expect![[r#"
                Select "": id customer_id amount status twice
                relations: p
                ctes: paid"#]],
        );
    }

    #[test]
    fn works_inside_a_cte_that_is_being_typed() {
        check(
            "with a as (select id from customers), b as (select a.| from a where ) select * from b",
            &expect![[r#"
                Select "": id
                relations: a
                ctes: a"#]],
        );
    }

    #[test]
    fn an_unclosed_cte_keeps_its_scope() {
        check(
            "with a as (select o.| from orders o",
            &expect![[r#"
                Select "": id customer_id amount status
                relations: o
                ctes: "#]],
        );
    }

    #[test]
    fn a_correlated_subquery_sees_the_query_around_it() {
        check(
            "select * from customers c where exists (select 1 from orders o where o.customer_id = c.|)",
            &expect![[r#"
                Where "": id name
                relations: o c^
                ctes: "#]],
        );
    }

    #[test]
    fn an_empty_place_offers_everything_in_scope() {
        check(
            "select | from orders",
            &expect![[r#"
            Select "": id customer_id amount status
            relations: orders
            ctes: "#]],
        );
        check(
            "select id, | from customers",
            &expect![[r#"
            Select "": id name
            relations: customers
            ctes: "#]],
        );
        check(
            "select * from customers where |",
            &expect![[r#"
            Where "": id name
            relations: customers
            ctes: "#]],
        );
        check(
            "with a as (select | from customers)",
            &expect![[r#"
            Select "": id name
            relations: customers
            ctes: "#]],
        );
        check(
            "select * from orders o join customers c on o.customer_id = c.|",
            &expect![[r#"
                JoinOn "": id name
                relations: o c
                ctes: "#]],
        );
        check(
            "select id from orders union all select | from customers",
            &expect![[r#"
                Select "": id name
                relations: customers
                ctes: "#]],
        );
        check(
            "select sum(|) over (partition by id) from customers",
            &expect![[r#"
                Select "": id name
                relations: customers
                ctes: "#]],
        );
    }

    #[test]
    fn a_struct_offers_its_fields() {
        check(
            "select payload.| from events",
            &expect![[r#"
            Select "": kind tags
            relations: events
            ctes: "#]],
        );
        check(
            "select e.payload.k| from events e",
            &expect![[r#"
            Select "k": kind tags
            relations: e
            ctes: "#]],
        );
    }

    #[test]
    fn a_cte_does_not_see_what_comes_after_it() {
        check(
            "with a as (select 1 as x), b as (select | from a), c as (select 2 as y) select * from c",
            &expect![[r#"
                Select "": x
                relations: a
                ctes: a"#]],
        );
    }

    #[test]
    fn clauses_are_told_apart() {
        check(
            "select id from orders group by |",
            &expect![[r#"
                GroupBy "": id customer_id amount status
                relations: orders
                ctes: "#]],
        );
        check(
            "with a as (select 1 as x) select * from |",
            &expect![[r#"
                From "": 
                relations: 
                ctes: a"#]],
        );
        check(
            "select * from orders join customers using (|)",
            &expect![[r#"
                Using "": id customer_id amount status id name
                relations: orders customers
                ctes: "#]],
        );
        check(
            "select 'a|'",
            &expect![[r#"
                Opaque "": 
                relations: 
                ctes: "#]],
        );
    }
}
