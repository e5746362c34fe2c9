//! The clauses of a query, by their first words. What no query begins with is no query.

use sql::TokenKind;

use crate::{
    items::{ItemKind, Items},
    tree::Node,
};

/// A clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClauseKind {
    /// What stands before the first clause.
    Prelude,
    With,
    Select,
    From,
    Join,
    On,
    /// `where`, `having`, `qualify`
    Condition,
    /// `group by`, `order by`
    List,
    /// `union`, `intersect`, `except`
    SetOperation,
    /// `limit`, `window`, `values` and others that are short.
    Other,
    /// `;`
    End,
}

/// Nodes of one level: `start..body` are the words it begins with, `body..end` the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clause {
    pub(crate) kind: ClauseKind,
    pub(crate) start: usize,
    pub(crate) body: usize,
    pub(crate) end: usize,
}

const JOIN_WORDS: [&str; 13] = [
    "natural",
    "left",
    "right",
    "full",
    "inner",
    "cross",
    "asof",
    "semi",
    "anti",
    "positional",
    "outer",
    "lateral",
    "global",
];

/// The clauses of a level, which cover it.
pub(crate) fn clauses(items: &Items<'_>, nodes: &[Node]) -> Vec<Clause> {
    let level = Level { items, nodes };
    let mut found: Vec<Clause> = Vec::new();
    let mut at = 0;
    while at < nodes.len() {
        let previous = found.last().map(|clause| clause.kind);
        let Some((kind, n_words)) = level.clause_at(at, previous) else {
            if found.is_empty() {
                found.push(Clause {
                    kind: ClauseKind::Prelude,
                    start: 0,
                    body: 0,
                    end: 0,
                });
            }
            at += 1;
            if let Some(last) = found.last_mut() {
                last.end = at;
            }
            continue;
        };
        found.push(Clause {
            kind,
            start: at,
            body: at + n_words,
            end: at + n_words,
        });
        at += n_words;
    }
    found
}

/// Whether a level is a query: its first word that is not Jinja is that of one.
pub(crate) fn is_query(items: &Items<'_>, nodes: &[Node]) -> bool {
    let first = nodes.iter().find(|node| {
        items
            .get(node.first())
            .is_some_and(crate::items::Item::is_significant)
    });
    match first {
        Some(Node::Leaf(idx)) => items.is_any_word(*idx, &["select", "with", "from"]),
        Some(Node::Group(group)) => {
            !group.is_case
                && is_query(items, &group.children)
                && nodes.len() > 1
                && clauses(items, nodes)
                    .iter()
                    .any(|clause| clause.kind == ClauseKind::SetOperation)
        }
        None => false,
    }
}

struct Level<'a> {
    items: &'a Items<'a>,
    nodes: &'a [Node],
}

impl Level<'_> {
    fn is(&self, at: usize, words: &[&str]) -> bool {
        let Some(Node::Leaf(idx)) = self.nodes.get(at) else {
            return false;
        };
        let is_sql = self
            .items
            .get(*idx)
            .is_some_and(|item| matches!(item.kind, ItemKind::Sql(_)));
        is_sql && self.items.is_any_word(*idx, words) && !self.is_beside_dot(*idx)
    }

    fn is_beside_dot(&self, idx: usize) -> bool {
        let is_dot = |idx: usize| {
            self.items
                .get(idx)
                .is_some_and(|item| item.is_sql(TokenKind::Dot))
        };
        is_dot(idx + 1) || idx.checked_sub(1).is_some_and(is_dot)
    }

    /// The item before, that is not a comment or a tag.
    fn before(&self, at: usize) -> Option<usize> {
        let before = self.nodes.get(..at)?.iter().rev().map(Node::last);
        before.into_iter().find(|idx| {
            self.items
                .get(*idx)
                .is_some_and(crate::items::Item::is_significant)
        })
    }

    fn follows(&self, at: usize, words: &[&str]) -> bool {
        self.before(at)
            .is_some_and(|idx| self.items.is_any_word(idx, words))
    }

    /// The clause that begins at a node, and how many nodes its first words are.
    fn clause_at(&self, at: usize, previous: Option<ClauseKind>) -> Option<(ClauseKind, usize)> {
        let leaf = self.nodes.get(at)?.leaf()?;
        if self.items.get(leaf)?.is_sql(TokenKind::Semicolon) {
            return Some((ClauseKind::End, 1));
        }
        if self.follows(at, &["as"]) && previous != Some(ClauseKind::With) {
            return None;
        }
        self.join_at(at)
            .or_else(|| self.plain_clause_at(at, previous))
    }

    fn plain_clause_at(
        &self,
        at: usize,
        previous: Option<ClauseKind>,
    ) -> Option<(ClauseKind, usize)> {
        let is = |words: &[&str]| self.is(at, words);
        let next_is_group = self
            .nodes
            .get(at + 1)
            .is_some_and(|node| node.group().is_some());
        if is(&["with"]) && matches!(previous, None | Some(ClauseKind::Prelude | ClauseKind::End)) {
            let n_words = 1 + usize::from(self.is(at + 1, &["recursive"]));
            return Some((ClauseKind::With, n_words));
        }
        if is(&["select"]) {
            let more = self.is(at + 1, &["distinct", "all"]);
            return Some((ClauseKind::Select, 1 + usize::from(more)));
        }
        if is(&["from"]) && !self.follows(at, &["distinct"]) {
            return Some((ClauseKind::From, 1));
        }
        if is(&["where", "having", "qualify"]) {
            return Some((ClauseKind::Condition, 1));
        }
        if is(&[
            "group",
            "order",
            "partition",
            "cluster",
            "sort",
            "distribute",
        ]) && self.is(at + 1, &["by"])
        {
            return Some((ClauseKind::List, 2));
        }
        let is_frame = is(&["rows", "range", "groups"])
            && self.is(at + 1, &["between", "unbounded", "current"]);
        if is_frame {
            return Some((ClauseKind::List, 1));
        }
        if is(&["union", "intersect"])
            || is(&["except"]) && !(next_is_group && self.follows_star(at))
        {
            let mut n_words = 1;
            while self.is(at + n_words, &["all", "distinct", "by", "name"]) {
                n_words += 1;
            }
            return Some((ClauseKind::SetOperation, n_words));
        }
        if is(&["on"]) && previous == Some(ClauseKind::Join)
            || is(&["using"]) && previous == Some(ClauseKind::Join)
        {
            return Some((ClauseKind::On, 1));
        }
        let is_short = is(&["limit", "offset", "fetch", "window", "tablesample"]) && !next_is_group;
        (is_short
            && previous.is_some_and(|it| !matches!(it, ClauseKind::Select | ClauseKind::With)))
        .then_some((ClauseKind::Other, 1))
    }

    fn follows_star(&self, at: usize) -> bool {
        self.before(at)
            .and_then(|idx| self.items.get(idx))
            .is_some_and(|item| item.is_sql(TokenKind::Star))
    }

    /// `left join`, `cross join lateral`: a word that may also be a function's counts if `join` follows.
    fn join_at(&self, at: usize) -> Option<(ClauseKind, usize)> {
        let mut n_words = 0;
        while self.is(at + n_words, &JOIN_WORDS) {
            n_words += 1;
        }
        if self.is(at + n_words, &["join"]) {
            return Some((ClauseKind::Join, n_words + 1));
        }
        let is_view = self.is(at, &["lateral"]) && self.is(at + 1, &["view"]);
        is_view.then_some((ClauseKind::Join, 2))
    }
}
