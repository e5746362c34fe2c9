//! Lists, conditions, brackets: what clauses are made of.

use sql::TokenKind;

use super::{LINE, Printer, Wanted};
use crate::{
    clause::{ClauseKind, clauses, is_query},
    config::CommaPosition,
    items::Item,
    tree::{Group, Node},
};

/// How a row of nodes is laid out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// Before its first node.
    pub(super) first: Wanted,
    /// Of the lines in it.
    pub(super) level: u32,
    /// Of tags and comments behind it that are in lines of their own: they belong to what follows.
    pub(super) level_behind: u32,
    /// A new line for each item of the list.
    pub(super) breaks_commas: bool,
    /// A new line before each `and` and `or`.
    pub(super) breaks_conditions: bool,
}

impl Row {
    /// In one line, where nothing needs more.
    pub(super) fn flat(first: Wanted, level: u32) -> Self {
        Self {
            first,
            level,
            level_behind: level,
            breaks_commas: false,
            breaks_conditions: false,
        }
    }
}

impl Printer<'_> {
    /// Writes nodes one after the other.
    pub(super) fn row(&mut self, nodes: &[Node], row: Row) {
        let n_own = self.without_trailing_trivia(nodes);
        let mut is_between = false;
        let mut wanted = row.first;
        for (nth, node) in nodes.iter().enumerate() {
            let idx = node.first();
            if nth > 0 {
                wanted = self.within_row(nodes, nth, row, &mut is_between);
            }
            if self.items.is_word(idx, "between") {
                is_between = true;
            }
            let level = if nth < n_own {
                row.level
            } else {
                row.level_behind
            };
            let tail = self.tail(nodes, nth, row);
            self.node(node, wanted, level, tail);
        }
    }

    fn within_row(&self, nodes: &[Node], nth: usize, row: Row, is_between: &mut bool) -> Wanted {
        let idx = nodes.get(nth).map_or(0, Node::first);
        let is_comma = |idx: usize| {
            self.items
                .get(idx)
                .is_some_and(|it| it.is_sql(TokenKind::Comma))
        };
        if row.breaks_commas && is_comma(idx) && self.config.commas == CommaPosition::Leading {
            let has_aside = nodes
                .get(nth + 1)
                .is_some_and(|next| self.is_trailing_comment(next.first()));
            return if has_aside { Wanted::Nothing } else { LINE };
        }
        if row.breaks_commas && idx > 0 && is_comma(idx - 1) {
            return if self.begins_line(idx - 1) {
                Wanted::Space
            } else {
                LINE
            };
        }
        if self.items.is_any_word(idx, &["and", "or"]) && self.is_plain_word(idx) {
            let ends_between = *is_between && self.items.is_word(idx, "and");
            if ends_between {
                *is_between = false;
            } else if row.breaks_conditions {
                return LINE;
            }
        }
        self.spacing(idx)
    }

    /// Whether what was written last is the first of its line.
    fn begins_line(&self, idx: usize) -> bool {
        let line = self.out.get(self.line_start..).unwrap_or("").trim();
        line == self.items.text_of(idx)
    }

    fn is_plain_word(&self, idx: usize) -> bool {
        self.items.get(idx).is_some_and(|it| it.is_keyword)
    }

    fn is_trailing_comment(&self, idx: usize) -> bool {
        self.items
            .get(idx)
            .is_some_and(|it| it.is_comment() && it.n_breaks == 0)
    }

    /// How many nodes there are before the tags and comments at the end that stand in lines of their own.
    pub(super) fn without_trailing_trivia(&self, nodes: &[Node]) -> usize {
        let is_trivia = |node: &&Node| {
            self.items
                .get(node.first())
                .is_some_and(|it| !it.is_significant())
        };
        let n_trivia = nodes.iter().rev().take_while(is_trivia).count();
        nodes.len() - n_trivia
    }

    /// The width of what has to be in the line behind a node.
    fn tail(&self, nodes: &[Node], nth: usize, row: Row) -> usize {
        let mut width = 0;
        for node in nodes.iter().skip(nth + 1) {
            let idx = node.first();
            let is_and = self.items.is_any_word(idx, &["and", "or"]);
            if self.is_trailing_comment(idx) || is_and && row.breaks_conditions {
                break;
            }
            if let Node::Group(_) = node {
                return width + 1;
            }
            match self.resolve(idx, self.spacing(idx)) {
                Some(Wanted::Line { .. }) | None => break,
                Some(Wanted::Space) => width += 1,
                Some(Wanted::Nothing) => {}
            }
            width += self.items.text_of(idx).chars().count();
            if row.breaks_commas
                && self
                    .items
                    .get(idx)
                    .is_some_and(|it| it.is_sql(TokenKind::Comma))
            {
                break;
            }
        }
        width
    }

    pub(super) fn node(&mut self, node: &Node, wanted: Wanted, level: u32, tail: usize) {
        match node {
            Node::Leaf(idx) => self.emit(*idx, wanted, level),
            Node::Group(group) => self.group(group, wanted, level, tail),
        }
    }

    fn group(&mut self, group: &Group, wanted: Wanted, level: u32, tail: usize) {
        self.emit(group.open, wanted, level);
        let is_flat = self
            .inner_width(group)
            .is_some_and(|width| self.fits(width + tail));
        if is_flat {
            self.row(&group.children, Row::flat(self.lead(group), level));
            let wanted = if group.is_case {
                Wanted::Space
            } else {
                self.spacing(group.close)
            };
            return self.emit(group.close, wanted, level);
        }
        if group.is_case {
            self.case(&group.children, level);
        } else if is_query(self.items, &group.children) {
            self.query(&group.children, LINE, level + 1);
        } else {
            self.bracket(&group.children, level + 1);
        }
        self.emit(group.close, LINE, level);
    }

    fn lead(&self, group: &Group) -> Wanted {
        let first = group.children.first().map(Node::first);
        first.map_or(Wanted::Nothing, |idx| self.spacing(idx))
    }

    /// A bracket over several lines that is no query.
    fn bracket(&mut self, nodes: &[Node], level: u32) {
        let parts = clauses(self.items, nodes);
        if parts.iter().any(|part| part.kind == ClauseKind::List) {
            // What a window is: `partition by`, `order by`, the frame.
            for part in parts {
                let row = Row::flat(LINE, level);
                self.row(nodes.get(part.start..part.end).unwrap_or(&[]), row);
            }
            return;
        }
        let fits = self.flat_width(nodes).is_some_and(|width| {
            width + (level * self.config.indent.width) as usize <= self.limit()
        });
        let breaks_commas = !fits || self.breaks_behind_comma(nodes);
        let row = Row {
            first: LINE,
            level,
            level_behind: level,
            breaks_commas,
            breaks_conditions: !fits,
        };
        self.row(nodes, row);
    }

    pub(super) fn breaks_behind_comma(&self, nodes: &[Node]) -> bool {
        nodes.windows(2).any(|pair| {
            let [left, right] = pair else { return false };
            let is_comma = |idx: usize| {
                self.items
                    .get(idx)
                    .is_some_and(|it| it.is_sql(TokenKind::Comma))
            };
            let breaks = |idx: usize| self.items.get(idx).is_some_and(|it| it.n_breaks > 0);
            (is_comma(left.first()) || is_comma(right.first())) && breaks(right.first())
        })
    }

    /// `case` over several lines.
    fn case(&mut self, nodes: &[Node], level: u32) {
        let is = |printer: &Self, node: &Node, words: &[&str]| {
            node.leaf()
                .is_some_and(|idx| printer.items.is_any_word(idx, words))
        };
        let mut start = 0;
        while start < nodes.len() {
            let rest = nodes.get(start + 1..).unwrap_or(&[]);
            let len = rest
                .iter()
                .position(|node| is(self, node, &["when", "else"]));
            let end = len.map_or(nodes.len(), |len| start + 1 + len);
            let arm = nodes.get(start..end).unwrap_or(&[]);
            let is_operand = start == 0
                && !arm
                    .first()
                    .is_some_and(|it| is(self, it, &["when", "else"]));
            if is_operand {
                self.row(arm, Row::flat(Wanted::Space, level + 1));
            } else {
                self.arm(arm, level + 1);
            }
            start = end;
        }
    }

    /// `when … then …`, in two lines where one is too short.
    fn arm(&mut self, nodes: &[Node], level: u32) {
        let indent = (level * self.config.indent.width) as usize;
        let own = nodes
            .get(..self.without_trailing_trivia(nodes))
            .unwrap_or(nodes);
        let fits = self
            .flat_width(own)
            .is_some_and(|width| width + indent <= self.limit());
        let then = nodes.iter().position(|node| {
            node.leaf()
                .is_some_and(|idx| self.items.is_word(idx, "then"))
        });
        let (Some(then), false) = (then, fits) else {
            return self.row(nodes, Row::flat(LINE, level));
        };
        let (condition, result) = nodes.split_at(then);
        let mut row = Row::flat(LINE, level);
        row.breaks_conditions = self
            .flat_width(condition)
            .is_none_or(|width| width + indent > self.limit());
        if row.breaks_conditions {
            row.level += 1;
        }
        let (when, condition) = condition.split_at(condition.len().min(1));
        self.row(when, Row::flat(LINE, level));
        self.row(
            condition,
            Row {
                first: Wanted::Space,
                ..row
            },
        );
        self.row(result, Row::flat(LINE, level + 1));
    }

    pub(super) fn limit(&self) -> usize {
        match self.config.line_length {
            0 => usize::MAX,
            length => length as usize,
        }
    }

    pub(super) fn fits(&self, width: usize) -> bool {
        self.column() + width <= self.limit()
    }

    /// The width of nodes in one line, from their first item on; `None` if they need several.
    pub(super) fn flat_width(&self, nodes: &[Node]) -> Option<usize> {
        let mut width = 0;
        for (nth, node) in nodes.iter().enumerate() {
            let idx = node.first();
            if nth > 0 {
                width += self.flat_gap(idx)?;
            }
            width += self.flat_text(idx)?;
            if let Node::Group(group) = node {
                width += self.inner_width(group)?;
            }
        }
        Some(width)
    }

    /// What is inside a bracket, and its end; `None` if that needs several lines or its author wants them.
    fn inner_width(&self, group: &Group) -> Option<usize> {
        let breaks = |idx: usize| self.items.get(idx).is_some_and(|it: &Item| it.n_breaks > 0);
        let Some(first) = group.children.first().map(Node::first) else {
            return Some(self.items.text_of(group.close).len());
        };
        let is_broken = if group.is_case || is_query(self.items, &group.children) {
            group.children.iter().map(Node::first).any(breaks) || breaks(group.close)
        } else {
            breaks(first)
        };
        if is_broken {
            return None;
        }
        let gaps = self.flat_gap(first)? + self.flat_gap(group.close)?;
        Some(gaps + self.flat_width(&group.children)? + self.flat_text(group.close)?)
    }

    fn flat_gap(&self, idx: usize) -> Option<usize> {
        match self.resolve(idx, self.spacing(idx)) {
            Some(Wanted::Nothing) => Some(0),
            Some(Wanted::Space) => Some(1),
            Some(Wanted::Line { .. }) | None => None,
        }
    }

    fn flat_text(&self, idx: usize) -> Option<usize> {
        let text = self.items.text_of(idx);
        let is_line = self
            .items
            .get(idx)
            .is_some_and(|it| it.is_sql(TokenKind::LineComment));
        (!is_line && !text.contains('\n')).then(|| text.chars().count())
    }
}
