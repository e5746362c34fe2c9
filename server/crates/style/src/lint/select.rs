//! A query as the rules see it: its targets, its relations, the names that it uses.
//!
//! Only what is written: a `{{ }}` may be anything, so that where one stands alone not all is known.

use sql::TokenKind;

use crate::{
    clause::{Clause, ClauseKind, clauses, is_query},
    items::{Item, ItemKind, Items},
    tree::Node,
};

/// One `select` with the clauses that belong to it.
pub(super) struct Select<'n> {
    /// The word `select`.
    pub(super) word: usize,
    pub(super) is_distinct: bool,
    /// The entries of its list, without comments and tags.
    pub(super) targets: Vec<Vec<&'n Node>>,
    /// All of that list.
    pub(super) target_nodes: &'n [Node],
    pub(super) relations: Vec<Relation<'n>>,
    pub(super) clauses: Vec<Clause>,
    /// The level that it is on.
    pub(super) level: &'n [Node],
    /// From its first word to its last.
    pub(super) nodes: &'n [Node],
}

/// What `from` and `join` read.
pub(super) struct Relation<'n> {
    /// The last part of its name, if it has one.
    pub(super) name: Option<usize>,
    pub(super) alias: Option<usize>,
    pub(super) has_as: bool,
    /// A query in a bracket.
    pub(super) is_subquery: bool,
    /// Behind `join`, not `from`.
    pub(super) is_join: bool,
    pub(super) nodes: Vec<&'n Node>,
}

impl<'n> Select<'n> {
    /// The nodes of a clause, without its first words.
    pub(super) fn body(&self, clause: Clause) -> &'n [Node] {
        self.level.get(clause.body..clause.end).unwrap_or(&[])
    }

    /// The first word of a clause.
    pub(super) fn head(&self, clause: Clause) -> usize {
        self.level.get(clause.start).map_or(0, Node::first)
    }
}

/// All queries, the outer ones first.
pub(super) fn selects<'n>(items: &Items<'_>, nodes: &'n [Node]) -> Vec<Select<'n>> {
    let mut found = Vec::new();
    collect(items, nodes, &mut found);
    found
}

fn collect<'n>(items: &Items<'_>, nodes: &'n [Node], found: &mut Vec<Select<'n>>) {
    let is_top = nodes.first().is_some_and(|node| node.first() == 0);
    if is_top || is_query(items, nodes) {
        let parts = clauses(items, nodes);
        let mut rest = parts.as_slice();
        while let Some((first, behind)) = rest.split_first() {
            rest = behind;
            if first.kind != ClauseKind::Select {
                continue;
            }
            let is_other = |it: &Clause| {
                matches!(
                    it.kind,
                    ClauseKind::Select
                        | ClauseKind::SetOperation
                        | ClauseKind::With
                        | ClauseKind::End
                )
            };
            let n_own = behind.iter().position(is_other).unwrap_or(behind.len());
            let (own, others) = behind.split_at(n_own);
            rest = others;
            found.push(select(items, nodes, *first, own));
        }
    }
    for group in nodes.iter().filter_map(Node::group) {
        collect(items, &group.children, found);
    }
}

fn select<'n>(
    items: &Items<'_>,
    level: &'n [Node],
    first: Clause,
    clauses: &[Clause],
) -> Select<'n> {
    let head = level.get(first.start..first.body).unwrap_or(&[]);
    let is_distinct = head
        .iter()
        .any(|node| items.is_word(node.first(), "distinct"));
    let relations = clauses
        .iter()
        .filter(|it| matches!(it.kind, ClauseKind::From | ClauseKind::Join))
        .flat_map(|it| {
            let body = level.get(it.body..it.end).unwrap_or(&[]);
            let is_join = it.kind == ClauseKind::Join;
            entries(items, body)
                .into_iter()
                .filter(|entry| !entry.is_empty())
                .map(move |entry| (entry, is_join))
        })
        .map(|(entry, is_join)| relation(items, entry, is_join))
        .collect();
    let target_nodes = level.get(first.body..first.end).unwrap_or(&[]);
    let end = clauses.last().map_or(first.end, |last| last.end);
    Select {
        word: head.first().map_or(0, Node::first),
        is_distinct,
        targets: entries(items, target_nodes),
        target_nodes,
        relations,
        clauses: clauses.to_vec(),
        level,
        nodes: level.get(first.start..end).unwrap_or(&[]),
    }
}

/// The entries of a list, without comments and tags that render to nothing.
pub(super) fn entries<'n>(items: &Items<'_>, nodes: &'n [Node]) -> Vec<Vec<&'n Node>> {
    let is = |node: &Node, test: fn(&Item) -> bool| items.get(node.first()).is_some_and(test);
    nodes
        .split(|node| is(node, |item| item.is_sql(TokenKind::Comma)))
        .map(|entry| {
            let solid = entry.iter().filter(|node| is(node, Item::is_significant));
            solid.collect()
        })
        .collect()
}

/// A word or a quoted word that is no keyword.
pub(super) fn is_name(items: &Items<'_>, node: &Node) -> bool {
    let item = node.leaf().and_then(|idx| items.get(idx));
    item.is_some_and(|item| {
        matches!(
            item.kind,
            ItemKind::Sql(TokenKind::Word | TokenKind::QuotedName)
        ) && !item.is_keyword
    })
}

/// Where the alias of a target is: behind `as`, or a name behind something that ends an expression.
pub(super) fn alias_of(items: &Items<'_>, target: &[&Node]) -> Option<(usize, bool)> {
    let [.., before, last] = target else {
        return None;
    };
    if items.is_word(before.first(), "as") {
        return Some((last.first(), true));
    }
    let ends_expression = match before {
        Node::Group(_) => !target
            .iter()
            .any(|it| items.is_any_word(it.first(), &["exclude", "except", "replace", "rename"])),
        Node::Leaf(idx) => {
            is_name(items, before)
                || items
                    .get(*idx)
                    .is_some_and(|it| it.is_sql(TokenKind::String) || it.is_sql(TokenKind::Number))
        }
    };
    (ends_expression && is_name(items, last)).then(|| (last.first(), false))
}

fn relation<'n>(items: &Items<'_>, entry: Vec<&'n Node>, is_join: bool) -> Relation<'n> {
    let is_kind = |node: &Node, kind: TokenKind| {
        let item = node.leaf().and_then(|idx| items.get(idx));
        item.is_some_and(|it| it.is_sql(kind))
    };
    // `a . b . c`, `{{ }}`, a bracket, or a call.
    let mut n_own = 1;
    while entry
        .get(n_own)
        .is_some_and(|it| is_kind(it, TokenKind::Dot))
    {
        n_own += 2;
    }
    let last = entry.get(n_own - 1).or(entry.first());
    let is_group = |node: &&Node| node.group().is_some();
    let is_call =
        last.is_some_and(|it| is_name(items, it)) && entry.get(n_own).is_some_and(is_group);
    if is_call {
        n_own += 1;
    }
    let has_as = entry
        .get(n_own)
        .is_some_and(|it| items.is_word(it.first(), "as"));
    let alias = entry
        .get(n_own + usize::from(has_as))
        .filter(|it| is_name(items, it))
        .map(|it| it.first());
    let name = last
        .filter(|it| !is_call && is_name(items, it))
        .map(|it| it.first());
    let is_subquery = entry
        .first()
        .and_then(|it| it.group())
        .is_some_and(|group| is_query(items, &group.children));
    Relation {
        name,
        alias,
        has_as,
        is_subquery,
        is_join,
        nodes: entry,
    }
}

/// How a word is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// `a` of `a.b`
    Qualifier,
    /// `b` of `a.b`
    Member,
    /// A column, or another name by itself.
    Bare,
}

/// The names in expressions, with those of queries inside.
pub(super) fn names(items: &Items<'_>, nodes: &[Node], found: &mut Vec<(usize, Use)>) {
    for node in nodes {
        let idx = match node {
            Node::Group(group) => {
                names(items, &group.children, found);
                continue;
            }
            Node::Leaf(idx) => *idx,
        };
        if !is_name(items, node) {
            continue;
        }
        let is = |idx: usize, kind: TokenKind| items.get(idx).is_some_and(|it| it.is_sql(kind));
        let before = |kind: TokenKind| idx.checked_sub(1).is_some_and(|it| is(it, kind));
        // `date '2026-01-31'` is one value.
        let is_typed = is(idx + 1, TokenKind::LParen) || is(idx + 1, TokenKind::String);
        if is_typed || before(TokenKind::DoubleColon) {
            continue;
        }
        if idx.checked_sub(1).is_some_and(|it| items.is_word(it, "as")) {
            continue;
        }
        let how = match (before(TokenKind::Dot), is(idx + 1, TokenKind::Dot)) {
            (true, _) => Use::Member,
            (false, true) => Use::Qualifier,
            (false, false) => Use::Bare,
        };
        found.push((idx, how));
    }
}

/// Two names that mean the same: without their quotes, in any case.
pub(super) fn is_same_name(left: &str, right: &str) -> bool {
    bare(left).eq_ignore_ascii_case(bare(right))
}

/// A name without its quotes.
pub(super) fn bare(name: &str) -> &str {
    name.trim_matches(['"', '`', '[', ']'])
}

/// Whether any part of it is known only when it is rendered.
pub(super) fn has_jinja(items: &Items<'_>, nodes: &[Node]) -> bool {
    let range = match (nodes.first(), nodes.last()) {
        (Some(first), Some(last)) => first.first()..last.last() + 1,
        _ => return false,
    };
    items.row.get(range).unwrap_or(&[]).iter().any(|item| {
        !matches!(item.kind, ItemKind::Sql(_) | ItemKind::JinjaComment)
            || item.range.of(items.text).contains("{{") && !item.is_comment()
    })
}
