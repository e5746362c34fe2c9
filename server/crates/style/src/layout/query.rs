//! Statements: each clause of a query in lines of its own, unless all of it was written in one and fits there.

use sql::TokenKind;

use super::{LINE, Printer, Wanted, expression::Row};
use crate::{
    clause::{Clause, ClauseKind, clauses},
    tree::Node,
};

impl Printer<'_> {
    /// Tags, comments and macros in lines of their own.
    pub(super) fn prelude(&mut self, nodes: &[Node]) {
        for node in nodes {
            let is_aside = self
                .items
                .get(node.first())
                .is_some_and(|it| it.n_breaks == 0 && it.is_comment());
            let wanted = if is_aside { Wanted::Space } else { LINE };
            self.node(node, wanted, 0, 0);
        }
    }

    pub(super) fn statement(&mut self, nodes: &[Node]) {
        let breaks = |node: &Node| {
            self.items
                .get(node.first())
                .is_some_and(|it| it.n_breaks > 0)
        };
        let n_own = self.without_trailing_trivia(nodes);
        let own = nodes.get(..n_own).unwrap_or(nodes);
        let is_broken = own.iter().skip(1).any(breaks);
        let is_flat = !is_broken
            && self
                .flat_width(own)
                .is_some_and(|width| width <= self.limit());
        if is_flat {
            self.row(nodes, Row::flat(LINE, 0));
        } else {
            self.query(nodes, LINE, 0);
        }
    }

    pub(super) fn query(&mut self, nodes: &[Node], first: Wanted, level: u32) {
        let parts = clauses(self.items, nodes);
        let mut lead = first;
        let mut parts = parts.as_slice();
        while let Some((clause, rest)) = parts.split_first() {
            let n_clauses = unit_len(parts);
            let end = parts.get(n_clauses - 1).map_or(clause.end, |last| last.end);
            let unit = nodes.get(clause.start..end).unwrap_or(&[]);
            if clause.kind == ClauseKind::Select && self.stays_in_line(unit, level) {
                self.row(unit, Row::flat(lead, level));
                parts = parts.get(n_clauses..).unwrap_or(&[]);
                lead = LINE;
                continue;
            }
            let on = rest
                .first()
                .filter(|next| clause.kind == ClauseKind::Join && next.kind == ClauseKind::On);
            parts = rest;
            match on {
                Some(on) => {
                    self.join(nodes, *clause, *on, lead, level);
                    parts = rest.get(1..).unwrap_or(&[]);
                }
                None => self.clause(nodes, *clause, lead, level),
            }
            lead = LINE;
        }
    }

    /// A `select` that was written in one line stays there while it fits.
    fn stays_in_line(&self, nodes: &[Node], level: u32) -> bool {
        let own = nodes
            .get(..self.without_trailing_trivia(nodes))
            .unwrap_or(nodes);
        let indent = ((level + self.extra) * self.config.indent.width) as usize;
        let breaks = |node: &Node| {
            self.items
                .get(node.first())
                .is_some_and(|it| it.n_breaks > 0)
        };
        !own.iter().skip(1).any(breaks)
            && self
                .flat_width(own)
                .is_some_and(|width| indent + width <= self.limit())
    }

    fn head(&mut self, nodes: &[Node], clause: Clause, lead: Wanted, level: u32) {
        let head = nodes.get(clause.start..clause.body).unwrap_or(&[]);
        self.row(head, Row::flat(lead, level));
    }

    fn clause(&mut self, nodes: &[Node], clause: Clause, lead: Wanted, level: u32) {
        let lead = match clause.kind {
            ClauseKind::End => Wanted::Nothing,
            _ => lead,
        };
        self.head(nodes, clause, lead, level);
        let body = nodes.get(clause.body..clause.end).unwrap_or(&[]);
        match clause.kind {
            ClauseKind::With => self.ctes(body, level),
            ClauseKind::Select => self.select(body, level),
            ClauseKind::Condition => self.condition(body, level),
            ClauseKind::List | ClauseKind::From => self.list(body, level, clause.kind),
            ClauseKind::Prelude if clause.start == 0 => {
                self.row(
                    body,
                    Row {
                        level_behind: level,
                        ..Row::flat(lead, level)
                    },
                );
            }
            ClauseKind::On => self.condition(body, level + 1),
            ClauseKind::SetOperation => self.operand(body, level),
            ClauseKind::Join | ClauseKind::Other | ClauseKind::End | ClauseKind::Prelude => {
                self.short(body, level);
            }
        }
    }

    /// What stands behind the words of a clause in the same line.
    fn short(&mut self, nodes: &[Node], level: u32) {
        self.row(nodes, Row::flat(Wanted::Space, level));
    }

    /// What a set operation joins, if it is in a bracket.
    fn operand(&mut self, nodes: &[Node], level: u32) {
        let first = match nodes.first() {
            Some(Node::Group(_)) => LINE,
            _ => Wanted::Space,
        };
        self.row(nodes, Row::flat(first, level));
    }

    fn breaks_at(&self, nodes: &[Node]) -> bool {
        let first = nodes.first().and_then(|node| self.items.get(node.first()));
        first.is_some_and(|it| it.n_breaks > 0)
    }

    /// Whether nodes fit behind what is written.
    fn fits_behind(&self, nodes: &[Node]) -> bool {
        let own = nodes
            .get(..self.without_trailing_trivia(nodes))
            .unwrap_or(nodes);
        self.flat_width(own)
            .is_some_and(|width| self.fits(width + 1))
    }

    fn n_items(&self, nodes: &[Node]) -> usize {
        let own = nodes
            .get(..self.without_trailing_trivia(nodes))
            .unwrap_or(nodes);
        let commas = own.iter().filter(|node| {
            let item = node.leaf().and_then(|idx| self.items.get(idx));
            item.is_some_and(|it| it.is_sql(TokenKind::Comma))
        });
        1 + commas.count()
    }

    fn has_line_of_jinja(&self, nodes: &[Node]) -> bool {
        let own = nodes
            .get(..self.without_trailing_trivia(nodes))
            .unwrap_or(nodes);
        own.iter().any(|node| {
            let item = self.items.get(node.first());
            item.is_some_and(|it| !it.is_significant() && it.n_breaks > 0)
        })
    }

    fn select(&mut self, nodes: &[Node], level: u32) {
        let is_broken = self.n_items(nodes) > 1
            || self.breaks_at(nodes)
            || self.has_line_of_jinja(nodes)
            || !self.fits_behind(nodes);
        self.broken_list(nodes, level, is_broken);
    }

    fn broken_list(&mut self, nodes: &[Node], level: u32, is_broken: bool) {
        let row = if is_broken {
            Row {
                first: LINE,
                level: level + 1,
                level_behind: level,
                breaks_commas: true,
                breaks_conditions: false,
            }
        } else {
            Row::flat(Wanted::Space, level)
        };
        self.row(nodes, row);
    }

    /// `from` and lists of expressions: in one line where that is how they are written and they fit.
    fn list(&mut self, nodes: &[Node], level: u32, kind: ClauseKind) {
        let is_broken = self.breaks_at(nodes) || self.breaks_behind_comma(nodes);
        let is_too_long = self.n_items(nodes) > 1 && !self.fits_behind(nodes);
        let is_too_long = is_too_long || kind == ClauseKind::List && !self.fits_behind(nodes);
        self.broken_list(nodes, level, is_broken || is_too_long);
    }

    /// Several conditions are in lines of their own, unless they were written in one and fit.
    fn condition(&mut self, nodes: &[Node], level: u32) {
        let own = nodes
            .get(..self.without_trailing_trivia(nodes))
            .unwrap_or(nodes);
        let breaks = |node: &Node| {
            self.items
                .get(node.first())
                .is_some_and(|it| it.n_breaks > 0)
        };
        let has_several = own
            .iter()
            .filter_map(Node::leaf)
            .any(|idx| self.items.is_any_word(idx, &["and", "or"]));
        let fits = self.fits_behind(nodes);
        let is_broken = self.breaks_at(nodes) || has_several && (!fits || own.iter().any(breaks));
        let row = Row {
            first: if is_broken { LINE } else { Wanted::Space },
            level: level + u32::from(is_broken),
            level_behind: level,
            breaks_commas: false,
            breaks_conditions: is_broken,
        };
        self.row(nodes, row);
    }

    /// A join and what it is on, in one line where that is how it is written and it fits.
    fn join(&mut self, nodes: &[Node], join: Clause, on: Clause, lead: Wanted, level: u32) {
        self.head(nodes, join, lead, level);
        let relation = nodes.get(join.body..join.end).unwrap_or(&[]);
        let condition = nodes.get(on.start..on.end).unwrap_or(&[]);
        self.short(relation, level);
        let is_broken = self.breaks_at(condition) || !self.fits_behind(condition);
        let (first, on_level) = if is_broken {
            (LINE, level + 1)
        } else {
            (Wanted::Space, level)
        };
        self.head(nodes, on, first, on_level);
        let body = nodes.get(on.body..on.end).unwrap_or(&[]);
        let n_own = self.without_trailing_trivia(body);
        let (own, trivia) = body.split_at(n_own);
        if matches!(own, [Node::Group(_)]) {
            self.short(own, on_level);
        } else {
            self.condition(own, on_level);
        }
        // Tags and comments behind it belong to the clause that follows.
        let mut row = Row::flat(Wanted::Space, level);
        row.first = trivia
            .first()
            .map_or(Wanted::Space, |node| self.spacing(node.first()));
        self.row(trivia, row);
    }

    /// Each of them begins a line, with an empty one before it.
    fn ctes(&mut self, nodes: &[Node], level: u32) {
        let mut wanted = if self.breaks_at(nodes) {
            LINE
        } else {
            Wanted::Space
        };
        let mut is_first = true;
        for (nth, node) in nodes.iter().enumerate() {
            let idx = node.first();
            let is_comma = |idx: usize| {
                self.items
                    .get(idx)
                    .is_some_and(|it| it.is_sql(TokenKind::Comma))
            };
            if !is_first {
                let behind_comma = idx.checked_sub(1).is_some_and(is_comma);
                wanted = if behind_comma {
                    LINE
                } else {
                    self.spacing(idx)
                };
                if behind_comma {
                    self.is_set_off = true;
                }
            }
            let is_trivia = self.items.get(idx).is_some_and(|it| !it.is_significant());
            if is_trivia && nth > 0 && self.breaks_at(std::slice::from_ref(node)) {
                wanted = LINE;
            }
            self.node(node, wanted, level, 0);
            is_first = false;
        }
        self.is_set_off = true;
    }
}

/// How many clauses belong to the `select` that the first one is.
fn unit_len(parts: &[Clause]) -> usize {
    let is_other = |clause: &Clause| {
        matches!(
            clause.kind,
            ClauseKind::With | ClauseKind::Select | ClauseKind::SetOperation | ClauseKind::End
        )
    };
    let rest = parts.get(1..).unwrap_or(&[]);
    1 + rest.iter().position(is_other).unwrap_or(rest.len())
}
