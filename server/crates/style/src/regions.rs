//! What of a file is laid out: its statements that are queries. All else keeps its white space.
//!
//! Macros, snapshots and tests are regions of their own, so that one whose brackets do not match costs the others nothing.

use std::ops::Range;

use jinja::syntax::{BlockKind, MacroKind};
use sql::TokenKind;

use crate::{
    clause::is_query,
    items::{Item, ItemKind, Items, Trouble},
    tree::{Node, tree},
};

/// A part of a file.
pub(crate) enum Part {
    /// The first or last tag of a definition.
    Tag(usize),
    /// Items that keep their white space.
    Kept(Range<usize>),
    /// What stands in lines of its own before a statement.
    Prelude(Vec<Node>),
    /// A query, with the tags around it.
    Statement(Vec<Node>),
}

/// The parts, which cover the items in order.
pub(crate) fn parts(items: &Items<'_>, troubles: &mut Vec<Trouble>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut start = 0;
    for tag in region_tags(items) {
        region(items, start..tag, &mut parts, troubles);
        parts.push(Part::Tag(tag));
        start = tag + 1;
    }
    region(items, start..items.row.len(), &mut parts, troubles);
    parts
}

/// The tags that begin and end regions.
fn region_tags(items: &Items<'_>) -> Vec<usize> {
    let is_region = |kind: BlockKind| {
        matches!(
            kind,
            BlockKind::Call
                | BlockKind::Definition(
                    MacroKind::Macro
                        | MacroKind::Test
                        | MacroKind::Materialization
                        | MacroKind::Snapshot
                )
        )
    };
    let blocks = &items.template.blocks;
    let blocks = blocks.iter().filter(|block| is_region(block.kind));
    let tags = blocks.flat_map(|block| [Some(block.open), block.close]);
    let mut found: Vec<usize> = tags
        .flatten()
        .filter_map(|range| {
            let idx = items.at_offset(range.start);
            let item = items.get(idx)?;
            (item.kind == ItemKind::Statement && item.range == range).then_some(idx)
        })
        .collect();
    found.sort_unstable();
    found
}

fn region(
    items: &Items<'_>,
    range: Range<usize>,
    parts: &mut Vec<Part>,
    troubles: &mut Vec<Trouble>,
) {
    if range.is_empty() {
        return;
    }
    let nodes = match tree(items, range.clone()) {
        Ok(nodes) => nodes,
        Err(trouble) => {
            troubles.push(trouble);
            parts.push(Part::Kept(range));
            return;
        }
    };
    let is_end = |node: &Node| {
        let item = node.leaf().and_then(|idx| items.get(idx));
        item.is_some_and(|item| item.is_sql(TokenKind::Semicolon))
    };
    for statement in nodes.split_inclusive(is_end) {
        let n_prelude = prelude_len(items, statement);
        let (prelude, rest) = statement.split_at(n_prelude);
        if !prelude.is_empty() {
            parts.push(Part::Prelude(prelude.to_vec()));
        }
        match (rest.first(), rest.last()) {
            (Some(_), Some(_)) if is_query(items, rest) => {
                parts.push(Part::Statement(rest.to_vec()));
            }
            (Some(first), Some(last)) => parts.push(Part::Kept(first.first()..last.last() + 1)),
            _ => {}
        }
    }
}

/// How many nodes are tags and comments, or what a macro writes into lines of its own.
fn prelude_len(items: &Items<'_>, nodes: &[Node]) -> usize {
    let is_prelude = |node: &&Node| {
        let Some((idx, item)) = node.leaf().and_then(|idx| Some((idx, items.get(idx)?))) else {
            return false;
        };
        let ends_line = items
            .get(idx + 1)
            .is_none_or(|next: &Item| next.n_breaks > 0);
        !item.is_significant()
            || matches!(item.kind, ItemKind::Output | ItemKind::Verbatim) && ends_line
    };
    nodes.iter().take_while(is_prelude).count()
}
