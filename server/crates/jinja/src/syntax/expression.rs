//! Expressions, by recursive descent: fills the tables of the tree and says how the text has to change for the engine.
//!
//! No nodes are built. A parsed expression comes back as its range, its literal value if it has one, and its dotted
//! path if it is one. What the engine does not understand (mutable literals, `'%s' % x`, unary plus, ...) is noted as
//! edits while we are here, since a second walk would need the nodes.

use std::borrow::Cow;

use base::SourceRange;

use super::literal::Literal;
use super::token::{Token, TokenKind, Tokens};
use super::{Segment, Template, ValueSyntax};

/// Deep enough for people, shallow enough for the stack.
const MAX_DEPTH: u32 = 120;

/// How an edit behaves next to others at the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EditKind {
    /// Ends something: before what begins at the same place.
    Close,
    /// Begins something: the outer one, which is noted later, goes first.
    Open,
    /// Takes the place of text.
    Replace,
}

/// Put `text` in place of `range`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceEdit {
    pub(crate) range: SourceRange,
    pub(crate) text: Cow<'static, str>,
    pub(crate) kind: EditKind,
}

/// What an expression is, as far as its context cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Missing,
    Text,
    Number,
    /// A plain call, nothing around it.
    Call,
    Other,
}

pub(super) struct Expr {
    pub(super) range: SourceRange,
    pub(super) literal: Option<Literal>,
    pub(super) path: Path,
    pub(super) shape: Shape,
}

impl Expr {
    pub(super) fn new(range: SourceRange, shape: Shape) -> Self {
        Self {
            range,
            literal: None,
            path: Path::default(),
            shape,
        }
    }

    pub(super) fn literal(range: SourceRange, shape: Shape, literal: Literal) -> Self {
        Self {
            literal: Some(literal),
            ..Self::new(range, shape)
        }
    }

    pub(super) fn value(self) -> ValueSyntax {
        ValueSyntax {
            range: self.range,
            literal: self.literal,
        }
    }
}

/// The segments of `a.b.c`, on the stack: nearly every name is one, and few are called.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Path {
    pub(super) segments: [SourceRange; 4],
    pub(super) len: usize,
}

impl Path {
    pub(super) fn push(&mut self, range: SourceRange) {
        match self.segments.get_mut(self.len) {
            Some(slot) => {
                *slot = range;
                self.len += 1;
            }
            // Too long to be a macro's name: no path at all.
            None => self.len = 0,
        }
    }

    pub(super) fn to_segments(self, text: &str) -> Box<[Segment]> {
        self.segments
            .iter()
            .take(self.len)
            .map(|range| Segment {
                name: range.of(text).into(),
                range: *range,
            })
            .collect()
    }
}

/// The parser's state; `statements` drives it.
pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) tree: Template,
    pub(super) edits: Vec<SourceEdit>,
    pub(super) wants_edits: bool,
    pub(super) tokens: Tokens<'a>,
    pub(super) current: Token,
    /// End of the last token taken.
    pub(super) last_end: u32,
    /// Names defined in the open scopes.
    pub(super) bound: Vec<&'a str>,
    /// Indexes of the definitions around us.
    pub(super) definitions: Vec<u32>,
    pub(super) n_conditions: u32,
    depth: u32,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, wants_edits: bool) -> Self {
        let nowhere = Token {
            kind: TokenKind::End,
            range: SourceRange::at(0),
        };
        Self {
            text,
            tree: Template::default(),
            edits: Vec::new(),
            wants_edits,
            tokens: Tokens::new(text, 0, "}}"),
            current: nowhere,
            last_end: 0,
            bound: Vec::new(),
            definitions: Vec::new(),
            n_conditions: 0,
            depth: 0,
        }
    }

    /// Start reading the tag whose inside begins at `pos`.
    pub(super) fn enter_tag(&mut self, pos: usize, closer: &'static str) {
        self.tokens = Tokens::new(self.text, pos, closer);
        self.last_end = pos as u32;
        self.depth = 0;
        self.current = self.tokens.next();
    }

    pub(super) fn is_at_end(&self) -> bool {
        matches!(self.current.kind, TokenKind::TagEnd | TokenKind::End)
    }

    pub(super) fn take(&mut self) -> Token {
        let token = self.current;
        if !self.is_at_end() {
            self.last_end = token.range.end;
            self.current = self.tokens.next();
        }
        token
    }

    pub(super) fn text_of(&self, range: SourceRange) -> &'a str {
        range.of(self.text)
    }

    pub(super) fn is_op(&self, op: &str) -> bool {
        matches!(self.current.kind, TokenKind::Op(it) if it == op)
    }

    pub(super) fn take_op(&mut self, op: &str) -> bool {
        let is_op = self.is_op(op);
        if is_op {
            self.take();
        }
        is_op
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        self.current.kind == TokenKind::Name && self.text_of(self.current.range) == word
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let is_word = self.is_word(word);
        if is_word {
            self.take();
        }
        is_word
    }

    pub(super) fn expect_op(&mut self, op: &str) -> bool {
        let is_there = self.take_op(op);
        if !is_there && !self.has_failed() {
            self.fail_here(&format!("`{op}`"));
        }
        is_there
    }

    /// Take the `,` before the next item, unless `closer` stands here. False where neither does.
    pub(super) fn take_separator(&mut self, closer: &str) -> bool {
        if self.is_op(closer) || self.take_op(",") {
            return true;
        }
        if !self.has_failed() {
            self.fail_here(&format!("`,` or `{closer}`"));
        }
        false
    }

    pub(super) fn edit(
        &mut self,
        kind: EditKind,
        range: SourceRange,
        text: impl Into<Cow<'static, str>>,
    ) {
        if self.wants_edits {
            self.edits.push(SourceEdit {
                range,
                text: text.into(),
                kind,
            });
        }
    }

    pub(super) fn wrap(&mut self, range: SourceRange, open: &'static str) {
        self.edit(EditKind::Open, SourceRange::at(range.start), open);
        self.edit(EditKind::Close, SourceRange::at(range.end), ")");
    }

    /// A whole expression, with `x if y else z`.
    pub(super) fn expression(&mut self) -> Expr {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let range = self.current.range;
            self.fail_limit("expression is nested too deeply");
            self.depth -= 1;
            return Expr::new(range, Shape::Missing);
        }
        let mut expr = self.binary(0);
        let mut n_links = 0;
        while self.is_word("if") && self.may_link(&mut n_links) {
            self.take();
            self.binary(0);
            if self.take_word("else") {
                self.expression();
            }
            expr = Expr::new(expr.range.join(self.since(expr.range)), Shape::Other);
        }
        self.depth -= 1;
        expr
    }

    /// `a, b`: a tuple without parentheses, as in `{% set x = 1, 2 %}` and `{% for x in 1, 2 %}`.
    pub(super) fn tuple_or_expression(&mut self, with_condition: bool) -> Expr {
        let first = if with_condition {
            self.expression()
        } else {
            self.binary(0)
        };
        if !self.is_op(",") {
            return first;
        }
        let start = first.range;
        while self.take_op(",") && !self.is_at_end() {
            self.expression();
        }
        Expr::new(self.since(start), Shape::Other)
    }

    /// From the start of `range` to the end of the last token.
    pub(super) fn since(&self, range: SourceRange) -> SourceRange {
        SourceRange::new(range.start, self.last_end.max(range.end))
    }

    /// Binary operators, by level from the loosest (`or`) to the tightest (`**`).
    pub(super) fn binary(&mut self, level: u8) -> Expr {
        if level == 2 && self.is_word("not") {
            let start = self.take().range;
            let mut n_links = 0;
            while self.take_word("not") && self.may_link(&mut n_links) {}
            self.binary(3);
            return Expr::new(self.since(start), Shape::Other);
        }
        if level == 3 {
            return self.comparison();
        }
        if level > 7 {
            return self.unary(true);
        }
        let mut left = self.binary(level + 1);
        let mut n_links = 0;
        while let Some(operator) = self.operator(level)
            && self.may_link(&mut n_links)
        {
            let right = self.binary(level + 1);
            if right.shape == Shape::Missing {
                break;
            }
            left = self.combine(&left, operator, &right);
        }
        left
    }

    /// Take the operator of this level that stands here.
    pub(super) fn operator(&mut self, level: u8) -> Option<Token> {
        let token = self.current;
        let is_mine = match token.kind {
            TokenKind::Name => {
                let word = self.text_of(token.range);
                match level {
                    0 => word == "or",
                    1 => word == "and",
                    3 if word == "not" => return self.not_in(),
                    3 => word == "in",
                    _ => false,
                }
            }
            TokenKind::Op(op) => match level {
                3 => matches!(op, "==" | "!=" | "<" | ">" | "<=" | ">=" | "<>"),
                4 => matches!(op, "+" | "-"),
                5 => op == "~",
                6 => matches!(op, "*" | "/" | "//" | "%"),
                7 => op == "**",
                _ => false,
            },
            _ => false,
        };
        is_mine.then(|| self.take())
    }

    fn not_in(&mut self) -> Option<Token> {
        let mut ahead = self.tokens.clone();
        let next = ahead.next();
        if next.kind != TokenKind::Name || self.text_of(next.range) != "in" {
            return None;
        }
        let not = self.take();
        let token = self.take();
        Some(Token {
            range: not.range.join(token.range),
            ..token
        })
    }

    pub(super) fn unary(&mut self, with_filters: bool) -> Expr {
        let token = self.current;
        if self.depth > MAX_DEPTH {
            self.fail_limit("expression is nested too deeply");
            return Expr::new(token.range, Shape::Missing);
        }
        self.depth += 1;
        let expr = self.signed(token);
        self.depth -= 1;
        let expr = self.postfix(expr);
        if with_filters {
            self.filters(expr)
        } else {
            expr
        }
    }

    fn signed(&mut self, token: Token) -> Expr {
        match token.kind {
            TokenKind::Op("-") => {
                self.take();
                self.negative(token.range)
            }
            TokenKind::Op("+") => {
                self.take();
                self.edit(EditKind::Replace, token.range, "");
                let operand = self.unary(false);
                Expr {
                    range: token.range.join(operand.range),
                    path: Path::default(),
                    ..operand
                }
            }
            _ => self.primary(),
        }
    }

    fn negative(&mut self, minus: SourceRange) -> Expr {
        let operand = self.unary(false);
        let literal = match operand.literal {
            Some(Literal::Int(value)) => value.checked_neg().map(Literal::Int),
            Some(Literal::Number(text)) => Some(Literal::Number(format!("-{text}").into())),
            _ => None,
        };
        if operand.shape != Shape::Number && operand.shape != Shape::Missing {
            self.edit(EditKind::Replace, minus, "");
            self.wrap(minus.join(operand.range), "dagsmith_neg(");
        }
        Expr {
            literal,
            ..Expr::new(minus.join(operand.range), operand.shape)
        }
    }
}
