//! Parts of a node's file that are not rendered here: `{% if is_incremental() %} … {% endif %}`.
//!
//! They are read with names in place of tags, all parts of an `if` at once. What that makes no sense of is a doubt.

use std::collections::BTreeSet;

use analysis::source::template;
use base::SourceRange;
use jinja::syntax::TagKind;
use sql::{SymbolId, SymbolKind};

use crate::{
    column_uses::{ColumnUse, ColumnUses, UseKind, bound::BoundSql},
    masked::Masked,
    symbol::Thing,
    world::Here,
};

pub(super) fn add(uses: &mut ColumnUses<'_>, there: Here, slot: u32, name: &str) {
    let world = uses.world;
    let tags = &template(world.db, there.file).tags;
    if !tags.iter().any(|tag| tag.kind == TagKind::Statement) {
        return;
    }
    let Some(bound) = BoundSql::new(world, there, slot) else {
        return;
    };
    let masked = Masked::new(world, &there);
    let tree = sql::parse(
        masked.text(),
        analysis::columns::dialect(world.db, there.project),
    );
    let part = bound.part();
    let in_tag = |offset: u32| tags.iter().any(|tag| tag.range.contains(offset));
    let hidden: BTreeSet<SourceRange> = tree
        .tokens
        .iter()
        .map(|token| SourceRange::new(token.range.start, token.range.end))
        .filter(|range| part.covers(*range) && is_word(range.of(masked.text()), name))
        .filter(|range| !in_tag(range.start) && !bound.is_rendered(range.start))
        .collect();
    if hidden.is_empty() {
        return;
    }
    let symbols = sql::symbols(&tree, &masked);
    let file = there.id(world);
    let is_wanted = |id: SymbolId| {
        let Some(symbol) = symbols
            .get(id)
            .filter(|it| it.name.eq_ignore_ascii_case(name))
        else {
            return false;
        };
        match &symbol.kind {
            SymbolKind::ExternalColumn { relation, .. } => {
                matches!(masked.thing(relation), Some(Thing::Node(node)) if uses.heirs.contains_key(&node.unique_id))
            }
            SymbolKind::Column { .. } => symbols.references_of(id).iter().any(|range| {
                let range = SourceRange::new(range.start, range.end);
                uses.uses.contains_key(&(file, range))
            }),
            _ => false,
        }
    };
    let meant = |range: SourceRange| {
        let references = symbols.references.iter();
        let mut at = references
            .filter(|it| (it.range.start, it.range.end) == (range.start, range.end))
            .map(|it| it.symbol)
            .peekable();
        at.peek()?;
        Some(at.any(is_wanted))
    };
    let found: Vec<(SourceRange, Option<bool>)> = hidden
        .into_iter()
        .map(|range| (range, meant(range)))
        .collect();
    for (range, is_it) in found {
        match is_it {
            Some(true) => uses.add(ColumnUse {
                there,
                range: without_quotes(masked.text(), range),
                kind: UseKind::Read,
                is_unnamed: false,
            }),
            Some(false) => {}
            None => {
                let why =
                    "it may be named there, in a part of the template that is not rendered here";
                uses.doubt(there, range, why);
            }
        }
    }
}

fn is_word(text: &str, name: &str) -> bool {
    text.trim_matches(['"', '`', '[', ']'])
        .eq_ignore_ascii_case(name)
}

fn without_quotes(text: &str, range: SourceRange) -> SourceRange {
    if range.of(text).starts_with(['"', '`', '[']) {
        SourceRange::new(range.start + 1, range.end.saturating_sub(1))
    } else {
        range
    }
}
