//! Lays the items of a file out: decides the white space before each, and nothing else.
//!
//! What the layout wants gives way where it could change what is rendered: white space beside a tag neither comes nor
//! goes, a line break behind one stays, and what is not understood keeps all of its own. Items are written in order, so
//! that what fits into a line is known from what is written already.

mod expression;
mod query;
mod spacing;

use std::ops::Range;

use jinja::syntax::BlockKind;
use sql::TokenKind;

use crate::{
    config::{LetterCase, StyleConfig},
    items::{Item, ItemKind, Items, Trouble},
    keyword_case,
    regions::{Part, parts},
    tag::{shifted, tidy_tag, with_tidy_tags},
};

/// White space that the layout wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Nothing,
    Space,
    /// A new line; with an empty one before it at least.
    Line {
        is_set_off: bool,
    },
}

pub(super) const LINE: Wanted = Wanted::Line { is_set_off: false };

/// An open Jinja block.
struct OpenBlock {
    /// Its lines are indented.
    steps: u32,
    /// Where its tags are.
    level: u32,
}

/// What a tag does to the blocks around it.
enum Mark {
    None,
    Open {
        steps: u32,
    },
    /// `else` and `elif`
    Middle,
    Close,
}

pub(super) struct Printer<'a> {
    items: &'a Items<'a>,
    config: &'a StyleConfig,
    keywords: Option<LetterCase>,
    out: String,
    line_start: usize,
    blocks: Vec<OpenBlock>,
    /// Steps of indentation by Jinja blocks.
    extra: u32,
    /// The next new line is to be set off.
    is_set_off: bool,
    /// All white space stays.
    is_kept: bool,
}

/// A laid out file, and what was left as it is for its mistakes.
pub(crate) fn layout(items: &Items<'_>, config: &StyleConfig) -> (String, Vec<Trouble>) {
    let mut printer = Printer {
        items,
        config,
        keywords: keyword_case::policy(items, config.keywords),
        out: String::with_capacity(items.text.len() + items.text.len() / 4),
        line_start: 0,
        blocks: Vec::new(),
        extra: 0,
        is_set_off: false,
        is_kept: false,
    };
    let mut troubles = Vec::new();
    for part in parts(items, &mut troubles) {
        match part {
            Part::Tag(idx) => printer.emit(idx, LINE, 0),
            Part::Kept(range) => printer.keep(range),
            Part::Prelude(nodes) => printer.prelude(&nodes),
            Part::Statement(nodes) => printer.statement(&nodes),
        }
    }
    let mut out = printer.out;
    if !troubles.is_empty() {
        out.push_str(items.tail.of(items.text));
    } else if !items.row.is_empty() {
        out.truncate(out.trim_end_matches([' ', '\t', '\n', '\r']).len());
        out.push('\n');
    }
    (out, troubles)
}

impl Printer<'_> {
    fn keep(&mut self, range: Range<usize>) {
        self.is_kept = true;
        for idx in range {
            self.emit(idx, Wanted::Space, 0);
        }
        self.is_kept = false;
    }

    /// Writes an item and what comes before it.
    pub(super) fn emit(&mut self, idx: usize, wanted: Wanted, level: u32) {
        let mark = self.mark(idx);
        let (level, extra) = match mark {
            Mark::None | Mark::Open { .. } => (level, self.extra),
            Mark::Middle => self.blocks.last().map_or((level, self.extra), |open| {
                (open.level, self.extra.saturating_sub(open.steps))
            }),
            Mark::Close => match self.blocks.pop() {
                Some(open) => {
                    self.extra = self.extra.saturating_sub(open.steps);
                    (open.level, self.extra)
                }
                None => (level, self.extra),
            },
        };
        match self.resolve(idx, wanted) {
            None => self.kept_gap(idx),
            Some(Wanted::Nothing) => {}
            Some(Wanted::Space) => {
                let n_spaces = if self.is_aside(idx) { 2 } else { 1 };
                self.out.extend(std::iter::repeat_n(' ', n_spaces));
            }
            Some(Wanted::Line { is_set_off }) => self.new_line(idx, is_set_off, level + extra),
        }
        self.write_item(idx);
        if let Mark::Open { steps } = mark {
            self.blocks.push(OpenBlock { steps, level });
            self.extra += steps;
        }
    }

    /// A comment at the end of a line, which its author has set off with more than a space.
    fn is_aside(&self, idx: usize) -> bool {
        self.items
            .get(idx)
            .is_some_and(|item| item.is_sql(TokenKind::LineComment) && item.gap.len() > 1)
    }

    /// What comes before an item, however the layout would like to have it; `None` for what is there already.
    pub(super) fn resolve(&self, idx: usize, wanted: Wanted) -> Option<Wanted> {
        let (Some(item), Some(before)) = (self.items.get(idx), idx.checked_sub(1)) else {
            return Some(Wanted::Nothing);
        };
        let Some(before) = self.items.get(before) else {
            return Some(Wanted::Nothing);
        };
        if self.is_kept {
            return None;
        }
        let authors = match item {
            it if it.n_breaks > 0 => LINE,
            it if it.gap.is_empty() => Wanted::Nothing,
            _ => Wanted::Space,
        };
        let is_line = matches!(wanted, Wanted::Line { .. });
        if before.is_sql(TokenKind::LineComment) {
            return Some(if is_line { wanted } else { LINE });
        }
        if item.is_silent() || before.is_silent() {
            let is_break = authors == LINE && is_line;
            return Some(if is_break { wanted } else { authors });
        }
        let is_comment = |it: &Item| it.is_comment();
        if is_comment(item) || is_comment(before) && authors == LINE {
            return Some(if authors == LINE && is_line {
                wanted
            } else {
                authors
            });
        }
        Some(self.resolve_beside_output(idx, wanted, authors))
    }

    /// Beside a `{{ }}`: what touches it goes on doing so.
    fn resolve_beside_output(&self, idx: usize, wanted: Wanted, authors: Wanted) -> Wanted {
        let is_line = matches!(wanted, Wanted::Line { .. });
        let behind = idx.checked_sub(1).is_some_and(|it| self.ends_with_tag(it));
        let beside = behind || self.begins_with_tag(idx);
        if !beside {
            return wanted;
        }
        if authors == LINE && !is_line && self.is_line_of_its_own(idx, behind) {
            return LINE;
        }
        let loose = |it: Option<usize>| it.is_some_and(|it| self.is_loose(it));
        if loose(Some(idx)) || loose(idx.checked_sub(1)) {
            return wanted;
        }
        match (authors, wanted) {
            (Wanted::Nothing, _) => Wanted::Nothing,
            (_, Wanted::Nothing) => Wanted::Space,
            _ => wanted,
        }
    }

    /// The line break behind what a macro has written stays, and so does the one before a macro alone in its line.
    fn is_line_of_its_own(&self, idx: usize, behind: bool) -> bool {
        if behind {
            return idx
                .checked_sub(1)
                .is_some_and(|it| !self.items.writes_relation(it));
        }
        let next_breaks = self.items.get(idx + 1).is_none_or(|next| next.n_breaks > 0);
        next_breaks
            && self
                .items
                .get(idx)
                .is_some_and(|it| it.kind == ItemKind::Output)
            && !self.items.writes_relation(idx)
    }

    fn ends_with_tag(&self, idx: usize) -> bool {
        self.items
            .get(idx)
            .is_some_and(|it| it.kind == ItemKind::Verbatim)
            || self.items.text_of(idx).ends_with("}}")
    }

    fn begins_with_tag(&self, idx: usize) -> bool {
        self.items
            .get(idx)
            .is_some_and(|it| it.kind == ItemKind::Verbatim)
            || self.items.text_of(idx).starts_with("{{")
    }

    /// Never becomes one token with what it touches.
    fn is_loose(&self, idx: usize) -> bool {
        use TokenKind::{Comma, LParen, RParen, Semicolon};
        let loose = [Comma, LParen, RParen, Semicolon];
        self.items
            .get(idx)
            .is_some_and(|item| loose.iter().any(|kind| item.is_sql(*kind)))
    }

    fn new_line(&mut self, idx: usize, is_set_off: bool, steps: u32) {
        let Some(item) = self.items.get(idx) else {
            return;
        };
        let before = idx.checked_sub(1).and_then(|it| self.items.get(it));
        let is_between_tags = item.is_silent() && before.is_some_and(Item::is_silent);
        let most = if is_between_tags { 2 } else { 1 };
        let mut n_blank = item.n_breaks.saturating_sub(1).min(most);
        if std::mem::take(&mut self.is_set_off) || is_set_off {
            n_blank = n_blank.max(1);
        }
        let opens = |it: &Item| it.is_sql(TokenKind::LParen);
        if before.is_some_and(opens) || item.is_sql(TokenKind::RParen) {
            n_blank = 0;
        }
        let newlines = 1 + n_blank as usize;
        self.out.extend(std::iter::repeat_n('\n', newlines));
        self.line_start = self.out.len();
        if item.kind == ItemKind::Block {
            // Its further lines stay where they are, so it does.
            let gap = item.gap.of(self.items.text);
            let indent = gap.rsplit('\n').next().unwrap_or("");
            self.out.push_str(indent);
            return;
        }
        if self.config.indent.is_tab {
            self.out.extend(std::iter::repeat_n('\t', steps as usize));
        } else {
            let n_spaces = (steps * self.config.indent.width) as usize;
            self.out.extend(std::iter::repeat_n(' ', n_spaces));
        }
    }

    fn kept_gap(&mut self, idx: usize) {
        let Some(item) = self.items.get(idx) else {
            return;
        };
        let gap = item.gap.of(self.items.text);
        self.out.push_str(gap);
        if let Some(at) = gap.rfind('\n') {
            self.line_start = self.out.len() - (gap.len() - at - 1);
        }
    }

    fn write_item(&mut self, idx: usize) {
        let Some(item) = self.items.get(idx).copied() else {
            return;
        };
        let text = self.item_text(idx, &item);
        if let Some(at) = text.rfind('\n') {
            self.line_start = self.out.len() + at + 1;
        }
        self.out.push_str(&text);
    }

    fn item_text(&self, idx: usize, item: &Item) -> String {
        let text = self.items.text_of(idx);
        match item.kind {
            ItemKind::Sql(TokenKind::LineComment) => text.trim_end().to_owned(),
            ItemKind::Verbatim
            | ItemKind::JinjaComment
            | ItemKind::Sql(TokenKind::BlockComment) => text.to_owned(),
            ItemKind::Output | ItemKind::Statement if !self.is_kept => {
                let from = self.column_before(item.range.start);
                shifted(&tidy_tag(text), from, self.column())
            }
            ItemKind::Output | ItemKind::Statement => tidy_tag(text),
            ItemKind::Block => with_tidy_tags(self.items, item.range),
            ItemKind::Sql(_) if text.contains("{{") || text.contains("{%") => {
                with_tidy_tags(self.items, item.range)
            }
            ItemKind::Sql(_) => match self.keywords {
                Some(case) if !self.is_kept && keyword_case::is_keyword(self.items, idx) => {
                    keyword_case::in_case(text, case)
                }
                _ => text.to_owned(),
            },
        }
    }

    /// Characters written in this line.
    pub(super) fn column(&self) -> usize {
        self.out
            .get(self.line_start..)
            .unwrap_or("")
            .chars()
            .count()
    }

    /// Characters before a place in its line.
    fn column_before(&self, offset: u32) -> usize {
        let before = self.items.text.get(..offset as usize).unwrap_or("");
        before.rsplit('\n').next().unwrap_or("").chars().count()
    }

    /// An item that begins its line in the first column: how the lines of a definition are written is its author's choice.
    fn is_at_margin(&self, idx: usize) -> bool {
        self.items
            .get(idx)
            .is_some_and(|it| it.gap.of(self.items.text).ends_with('\n'))
    }

    /// What a tag does to the blocks around it.
    fn mark(&self, idx: usize) -> Mark {
        let statement = self
            .items
            .get(idx)
            .filter(|it| it.kind == ItemKind::Statement);
        let Some(item) = statement else {
            return Mark::None;
        };
        let word = self.items.tag_word(idx);
        if matches!(word, "else" | "elif") {
            return Mark::Middle;
        }
        let blocks = &self.items.template.blocks;
        if word.starts_with("end") && blocks.iter().any(|block| block.close == Some(item.range)) {
            return Mark::Close;
        }
        let Some(block) = blocks.iter().find(|block| block.open == item.range) else {
            return Mark::None;
        };
        let close = block.close.map(|close| self.items.at_offset(close.start));
        let breaks = |idx: usize| self.items.get(idx).is_some_and(|it| it.n_breaks > 0);
        let is_definition = matches!(block.kind, BlockKind::Definition(_));
        let is_indented = breaks(idx + 1)
            && close.is_some_and(breaks)
            && !(is_definition && self.is_at_margin(idx + 1));
        Mark::Open {
            steps: u32::from(is_indented),
        }
    }
}
