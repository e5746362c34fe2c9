//! Whether two texts mean the same: whatever the tags render to, the SQL has the same tokens and the same comments.
//!
//! That holds if the items are the same, what touches a tag still does, and every line break behind a tag or a comment
//! is still there.

use sql::TokenKind;

use crate::{
    items::{Item, ItemKind, Items},
    tag::squeezed,
};

/// The first item of `after` at which they differ.
pub(crate) fn difference(before: &Items<'_>, after: &Items<'_>) -> Option<usize> {
    let n_items = before.row.len().max(after.row.len());
    (0..n_items).find(|idx| !is_same(before, after, *idx))
}

fn is_same(before: &Items<'_>, after: &Items<'_>, idx: usize) -> bool {
    let (Some(old), Some(new)) = (before.get(idx), after.get(idx)) else {
        return false;
    };
    old.kind == new.kind
        && text(before, idx, old) == text(after, idx, new)
        && is_gap_safe(before, after, idx)
}

/// The text of an item, without what may change.
fn text(items: &Items<'_>, idx: usize, item: &Item) -> String {
    let text = items.text_of(idx);
    match item.kind {
        ItemKind::Output | ItemKind::Statement => squeezed(text),
        ItemKind::Sql(TokenKind::LineComment) => text.trim_end().to_owned(),
        ItemKind::Sql(TokenKind::Word) if item.is_keyword => text.to_ascii_lowercase(),
        ItemKind::Sql(_) | ItemKind::Block if text.contains("{{") || text.contains("{%") => {
            with_squeezed_tags(items, item)
        }
        ItemKind::Sql(_) | ItemKind::Block | ItemKind::JinjaComment | ItemKind::Verbatim => {
            text.to_owned()
        }
    }
}

fn with_squeezed_tags(items: &Items<'_>, item: &Item) -> String {
    let tags = &items.template.tags;
    let first = tags.partition_point(|tag| tag.range.start < item.range.start);
    let mut out = String::new();
    let mut at = item.range.start;
    for tag in tags.iter().skip(first) {
        if tag.range.end > item.range.end {
            break;
        }
        out.push_str(base::SourceRange::new(at, tag.range.start).of(items.text));
        let is_comment = tag.kind == jinja::syntax::TagKind::Comment;
        let text = tag.range.of(items.text);
        out.push_str(&if is_comment {
            text.to_owned()
        } else {
            squeezed(text)
        });
        at = tag.range.end;
    }
    out.push_str(base::SourceRange::new(at, item.range.end).of(items.text));
    out
}

fn is_gap_safe(before: &Items<'_>, after: &Items<'_>, idx: usize) -> bool {
    let (Some(old), Some(new)) = (before.get(idx), after.get(idx)) else {
        return false;
    };
    let Some(left) = idx.checked_sub(1) else {
        return true;
    };
    let is_jinja = |idx: usize| {
        before
            .get(idx)
            .is_some_and(|it| !matches!(it.kind, ItemKind::Sql(_)))
    };
    let is_behind_tag = is_jinja(left) || before.text_of(left).ends_with("}}");
    let is_before_tag = is_jinja(idx) || before.text_of(idx).starts_with("{{");
    if !is_behind_tag && !is_before_tag {
        return true;
    }
    if is_behind_tag && old.n_breaks > 0 && new.n_breaks == 0 && !before.writes_relation(left) {
        return false;
    }
    let is_loose = |idx: usize| {
        use TokenKind::{Comma, LParen, RParen, Semicolon};
        let kinds = [Comma, LParen, RParen, Semicolon];
        before
            .get(idx)
            .is_some_and(|it| kinds.iter().any(|kind| it.is_sql(*kind)))
    };
    let is_loose = is_loose(left) || is_loose(idx);
    is_loose || old.gap.is_empty() == new.gap.is_empty()
}
