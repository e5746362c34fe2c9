//! Expressions, by recursive descent: fills the tables of the tree and says how the text has to change for the engine.
//!
//! No nodes are built. A parsed expression comes back as its range, its literal value if it has one, and its dotted
//! path if it is one. What the engine does not understand (mutable literals, `'%s' % x`, unary plus, ...) is noted as
//! edits while we are here, since a second walk would need the nodes.

use std::borrow::Cow;

use base::{Diagnostic, SourceRange};

use super::literal::{Literal, decode_string, quote_string};
use super::token::{Token, TokenKind, Tokens};
use super::{ArgSyntax, CallKind, CallSyntax, NameSyntax, Segment, Spread, Template, ValueSyntax};

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
    path: Path,
    pub(super) shape: Shape,
}

impl Expr {
    fn new(range: SourceRange, shape: Shape) -> Self {
        Self {
            range,
            literal: None,
            path: Path::default(),
            shape,
        }
    }

    fn literal(range: SourceRange, shape: Shape, literal: Literal) -> Self {
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
struct Path {
    segments: [SourceRange; 4],
    len: usize,
}

impl Path {
    fn push(&mut self, range: SourceRange) {
        match self.segments.get_mut(self.len) {
            Some(slot) => {
                *slot = range;
                self.len += 1;
            }
            // Too long to be a macro's name: no path at all.
            None => self.len = 0,
        }
    }

    fn to_segments(self, text: &str) -> Box<[Segment]> {
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
    tokens: Tokens<'a>,
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

    /// Note an error and skip the rest of the tag: what follows is most likely wrong because of it.
    pub(super) fn fail(&mut self, range: SourceRange, message: impl Into<String>) {
        if self.current.kind != TokenKind::End || range != self.current.range {
            self.tree
                .errors
                .push(Diagnostic::error("jinja-syntax", range, message));
        } else {
            // At the end of the text an empty range would be invisible: point at what came before.
            let at = SourceRange::new(range.start.saturating_sub(1), range.start);
            self.tree
                .errors
                .push(Diagnostic::error("jinja-syntax", at, message));
        }
        while !self.is_at_end() {
            self.current = self.tokens.next();
        }
    }

    pub(super) fn fail_here(&mut self, expected: &str) {
        let range = self.current.range;
        let found = match self.current.kind {
            TokenKind::TagEnd => "the end of the tag".to_owned(),
            TokenKind::End => "the end of the template".to_owned(),
            TokenKind::Str { is_closed: false } => "a string without its closing quote".to_owned(),
            _ => format!("`{}`", self.text_of(range)),
        };
        self.fail(range, format!("expected {expected}, found {found}"));
    }

    pub(super) fn expect_op(&mut self, op: &str) -> bool {
        let is_there = self.take_op(op);
        if !is_there && !self.has_failed() {
            self.fail_here(&format!("`{op}`"));
        }
        is_there
    }

    /// The rest of the tag was skipped: no second error about the same thing.
    fn has_failed(&self) -> bool {
        self.is_at_end()
            && self
                .tree
                .errors
                .last()
                .is_some_and(|error| error.range.end >= self.last_end)
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
            self.fail(range, "expression is nested too deeply");
            self.depth -= 1;
            return Expr::new(range, Shape::Missing);
        }
        let mut expr = self.binary(0);
        while self.is_word("if") {
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
    fn since(&self, range: SourceRange) -> SourceRange {
        SourceRange::new(range.start, self.last_end.max(range.end))
    }

    /// Binary operators, by level from the loosest (`or`) to the tightest (`**`).
    fn binary(&mut self, level: u8) -> Expr {
        if level == 2 && self.is_word("not") {
            let start = self.take().range;
            while self.take_word("not") {}
            self.binary(3);
            return Expr::new(self.since(start), Shape::Other);
        }
        if level > 7 {
            return self.unary(true);
        }
        let mut left = self.binary(level + 1);
        while let Some(operator) = self.operator(level) {
            let right = self.binary(level + 1);
            if right.shape == Shape::Missing {
                break;
            }
            left = self.combine(&left, operator, &right);
        }
        left
    }

    /// Take the operator of this level that stands here.
    fn operator(&mut self, level: u8) -> Option<Token> {
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
        self.take();
        Some(self.take())
    }

    fn combine(&mut self, left: &Expr, operator: Token, right: &Expr) -> Expr {
        let range = left.range.join(right.range);
        let has = |shape| left.shape == shape || right.shape == shape;
        let shape = match operator.kind {
            // `'%s' % x` formats, and the type of the left side is not known here.
            TokenKind::Op("%") => {
                self.edit(EditKind::Replace, operator.range, ",");
                self.wrap(range, "dagsmith_mod(");
                Shape::Other
            }
            // The sum of two lists has to be a list that can be appended to.
            TokenKind::Op("+") if has(Shape::Text) => Shape::Text,
            TokenKind::Op("+" | "-") if has(Shape::Number) => Shape::Number,
            TokenKind::Op("+") => {
                self.edit(EditKind::Replace, operator.range, ",");
                self.wrap(range, "dagsmith_add(");
                Shape::Other
            }
            // Dates differ by a difference of time.
            TokenKind::Op("-") if !has(Shape::Number) => {
                self.edit(EditKind::Replace, operator.range, ",");
                self.wrap(range, "dagsmith_sub(");
                Shape::Other
            }
            TokenKind::Op("<>") => {
                self.edit(EditKind::Replace, operator.range, "!=");
                Shape::Other
            }
            TokenKind::Op("~") => Shape::Text,
            _ => Shape::Other,
        };
        Expr::new(range, shape)
    }

    fn unary(&mut self, with_filters: bool) -> Expr {
        let token = self.current;
        if self.depth > MAX_DEPTH {
            self.fail(token.range, "expression is nested too deeply");
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
        Expr {
            literal,
            ..Expr::new(minus.join(operand.range), operand.shape)
        }
    }

    fn primary(&mut self) -> Expr {
        let token = self.current;
        match token.kind {
            TokenKind::Name => self.name(),
            TokenKind::Int => {
                self.take();
                self.integer(token.range)
            }
            TokenKind::Float => {
                self.take();
                let digits = self.text_of(token.range).replace('_', "");
                Expr::literal(token.range, Shape::Number, Literal::Number(digits.into()))
            }
            TokenKind::Str { is_closed: true } => self.string(),
            TokenKind::Op("[") => self.list(),
            TokenKind::Op("{") => self.dict(),
            TokenKind::Op("(") => self.parenthesized(),
            TokenKind::Str { is_closed: false } => {
                let literal = self.text_of(token.range).get(1..).unwrap_or("");
                let expr = Expr::literal(
                    token.range,
                    Shape::Text,
                    Literal::Str(literal.trim().into()),
                );
                self.take();
                self.fail(token.range, "string has no closing quote");
                expr
            }
            TokenKind::Op(_) | TokenKind::Unknown | TokenKind::TagEnd | TokenKind::End => {
                if !self.has_failed() {
                    self.fail_here("an expression");
                }
                Expr::new(SourceRange::at(token.range.start), Shape::Missing)
            }
        }
    }

    fn name(&mut self) -> Expr {
        let range = self.current.range;
        let name = self.text_of(range);
        let literal = match name {
            "true" | "True" => Some(Literal::Bool(true)),
            "false" | "False" => Some(Literal::Bool(false)),
            "none" | "None" => Some(Literal::None),
            _ => None,
        };
        if let Some(literal) = literal {
            self.take();
            return Expr::literal(range, Shape::Other, literal);
        }
        if matches!(
            name,
            "if" | "else" | "in" | "is" | "and" | "or" | "recursive"
        ) && !self.bound.contains(&name)
        {
            self.fail_here("an expression");
            return Expr::new(SourceRange::at(range.start), Shape::Missing);
        }
        self.take();
        self.note_name(range, name);
        let mut expr = Expr::new(range, Shape::Other);
        expr.path.push(range);
        expr
    }

    fn note_name(&mut self, range: SourceRange, name: &str) {
        let in_macro = self.definitions.last().copied();
        let definition = in_macro.and_then(|idx| self.tree.macros.get_mut(idx as usize));
        let is_special = match (name, definition) {
            ("varargs", Some(definition)) => {
                definition.reads_varargs = true;
                true
            }
            ("kwargs", Some(definition)) => {
                definition.reads_kwargs = true;
                true
            }
            ("caller", Some(definition)) => {
                definition.reads_caller = true;
                true
            }
            _ => false,
        };
        self.tree.names.push(NameSyntax {
            range,
            is_bound: is_special || self.bound.contains(&name),
            in_macro,
        });
    }

    fn integer(&mut self, range: SourceRange) -> Expr {
        let text = self.text_of(range).replace('_', "");
        let lower = text.to_ascii_lowercase();
        let (digits, radix) = match lower.get(..2) {
            Some("0x") => (lower.get(2..), 16),
            Some("0o") => (lower.get(2..), 8),
            Some("0b") => (lower.get(2..), 2),
            _ => (Some(lower.as_str()), 10),
        };
        let digits = digits.unwrap_or("");
        if let Ok(value) = i64::from_str_radix(digits, radix) {
            return Expr::literal(range, Shape::Number, Literal::Int(value));
        }
        let decimal = big_decimal(digits, radix);
        if i128::from_str_radix(digits, radix).is_err() {
            // Python's integers have no end. Such a number is an address or an identifier: its digits are what counts.
            self.edit(EditKind::Replace, range, format!("\"{decimal}\""));
        }
        Expr::literal(range, Shape::Number, Literal::Number(decimal.into()))
    }

    /// A string, or several side by side, which are one.
    fn string(&mut self) -> Expr {
        let start = self.current.range;
        let mut value = String::new();
        let mut n_parts = 0_u32;
        let mut has_escape = false;
        while self.current.kind == (TokenKind::Str { is_closed: true }) {
            let quoted = self.text_of(self.current.range);
            let inside = quoted.get(1..quoted.len() - 1).unwrap_or("");
            has_escape |= inside.contains('\\');
            if inside.contains('\\') {
                value.push_str(&decode_string(inside));
            } else {
                value.push_str(inside);
            }
            n_parts += 1;
            self.take();
        }
        let range = self.since(start);
        if has_escape || n_parts > 1 {
            self.edit(EditKind::Replace, range, quote_string(&value));
        }
        Expr::literal(range, Shape::Text, Literal::Str(value.into()))
    }

    fn list(&mut self) -> Expr {
        let start = self.take().range;
        let (items, _) = self.items("]");
        let range = self.since(start);
        self.wrap(range, "dagsmith_list(");
        Expr {
            literal: items.map(|items| Literal::List(items.into())),
            ..Expr::new(range, Shape::Other)
        }
    }

    /// Expressions up to `closer`; `None` where one of them is not a literal. And whether there was a comma.
    fn items(&mut self, closer: &str) -> (Option<Vec<Literal>>, bool) {
        let mut items = Some(Vec::new());
        let mut has_comma = false;
        while !self.is_op(closer) && !self.is_at_end() {
            let item = self.expression();
            match (&mut items, item.literal) {
                (Some(items), Some(literal)) => items.push(literal),
                _ => items = None,
            }
            if !self.is_op(closer) {
                has_comma = true;
                if !self.expect_op(",") {
                    break;
                }
            }
        }
        self.expect_op(closer);
        (items, has_comma)
    }

    fn dict(&mut self) -> Expr {
        let start = self.take().range;
        let mut pairs = Some(Vec::new());
        while !self.is_op("}") && !self.is_at_end() {
            let key = self.expression();
            if !self.expect_op(":") {
                break;
            }
            let value = self.expression();
            match (&mut pairs, key.literal, value.literal) {
                (Some(pairs), Some(key), Some(value)) => pairs.push((key, value)),
                _ => pairs = None,
            }
            if !self.is_op("}") && !self.expect_op(",") {
                break;
            }
        }
        self.expect_op("}");
        let range = self.since(start);
        self.wrap(range, "dagsmith_dict(");
        Expr {
            literal: pairs.map(|pairs| Literal::Dict(pairs.into())),
            ..Expr::new(range, Shape::Other)
        }
    }

    fn parenthesized(&mut self) -> Expr {
        let start = self.take().range;
        if self.is_op(")") {
            self.take();
            return Expr::literal(
                self.since(start),
                Shape::Other,
                Literal::Tuple(Box::new([])),
            );
        }
        let first = self.expression();
        if !self.is_op(",") {
            self.expect_op(")");
            return Expr {
                range: self.since(start),
                path: Path::default(),
                literal: first.literal,
                shape: match first.shape {
                    Shape::Call => Shape::Other,
                    shape => shape,
                },
            };
        }
        self.take();
        let (rest, _) = self.items(")");
        let literal = first.literal.zip(rest).map(|(first, mut rest)| {
            rest.insert(0, first);
            Literal::Tuple(rest.into())
        });
        Expr {
            literal,
            ..Expr::new(self.since(start), Shape::Other)
        }
    }

    /// `.name`, `[index]` and `(arguments)`.
    fn postfix(&mut self, mut expr: Expr) -> Expr {
        loop {
            match self.current.kind {
                TokenKind::Op(".") => expr = self.attribute(&expr),
                TokenKind::Op("[") => expr = self.subscript(&expr),
                TokenKind::Op("(") => expr = self.call(&expr, CallKind::Function),
                _ => return expr,
            }
            if self.is_at_end() && self.has_failed() {
                return expr;
            }
        }
    }

    fn attribute(&mut self, expr: &Expr) -> Expr {
        let dot = self.take();
        let mut path = expr.path;
        let token = self.current;
        match token.kind {
            TokenKind::Name if path.len > 0 => {
                self.take();
                path.push(token.range);
            }
            TokenKind::Name | TokenKind::Int | TokenKind::Float => {
                self.take();
                path = Path::default();
            }
            _ => {
                if !self.has_failed() {
                    self.fail(dot.range, "expected a name after `.`");
                }
                path = Path::default();
            }
        }
        Expr {
            path,
            ..Expr::new(self.since(expr.range), Shape::Other)
        }
    }

    fn subscript(&mut self, expr: &Expr) -> Expr {
        self.take();
        let mut is_slice = false;
        while !self.is_op("]") && !self.is_at_end() {
            if self.take_op(":") {
                is_slice = true;
                continue;
            }
            if !is_slice || !self.is_op("]") {
                self.tuple_or_expression(true);
            }
            if !self.is_op(":") && !self.is_op("]") {
                break;
            }
        }
        self.expect_op("]");
        let range = self.since(expr.range);
        if is_slice && expr.shape != Shape::Text {
            // A part of a list is a list of its own, which can be appended to.
            self.wrap(range, "dagsmith_own(");
        }
        Expr::new(range, Shape::Other)
    }

    /// The arguments of `callee`, which stand here in parentheses.
    fn call(&mut self, callee: &Expr, kind: CallKind) -> Expr {
        let open = self.take().range;
        let args = self.arguments();
        let args_range = self.since(open);
        let range = self.since(callee.range);
        if callee.path.len > 0 {
            self.note_call(kind, callee.path, range, args_range, args);
        }
        Expr::new(range, Shape::Call)
    }

    fn note_call(
        &mut self,
        kind: CallKind,
        path: Path,
        range: SourceRange,
        args_range: SourceRange,
        args: Vec<ArgSyntax>,
    ) {
        self.tree.calls.push(CallSyntax {
            kind,
            path: path.to_segments(self.text),
            range,
            args_range,
            args: args.into(),
            in_macro: self.definitions.last().copied(),
            is_conditional: self.n_conditions > 0,
            is_whole_output: false,
        });
    }

    fn arguments(&mut self) -> Vec<ArgSyntax> {
        let mut args = Vec::new();
        while !self.is_op(")") && !self.is_at_end() {
            let spread = match self.current.kind {
                TokenKind::Op("*") => Spread::Positional,
                TokenKind::Op("**") => Spread::Keyword,
                _ => Spread::No,
            };
            if spread != Spread::No {
                self.take();
            }
            let name = self.keyword_name();
            let value = self.expression().value();
            args.push(ArgSyntax {
                name,
                spread,
                value,
            });
            if !self.is_op(")") && !self.expect_op(",") {
                break;
            }
        }
        self.expect_op(")");
        args
    }

    /// `name=` before an argument.
    fn keyword_name(&mut self) -> Option<Segment> {
        if self.current.kind != TokenKind::Name {
            return None;
        }
        let next = self.tokens.clone().next();
        if next.kind != TokenKind::Op("=") {
            return None;
        }
        let range = self.take().range;
        self.take();
        Some(Segment {
            name: self.text_of(range).into(),
            range,
        })
    }

    /// `| filter(x)` and `is test(x)`, which bind tighter than any operator.
    fn filters(&mut self, mut expr: Expr) -> Expr {
        loop {
            if self.take_op("|") {
                expr = self.filter(&expr);
            } else if self.is_word("is") {
                expr = self.test(&expr);
            } else if self.is_op("(") {
                expr = self.call(&expr, CallKind::Function);
            } else if self.is_op(".") || self.is_op("[") {
                // `x | first.name` is an attribute of the filter's result in practice.
                expr = self.postfix(expr);
            } else {
                return expr;
            }
        }
    }

    /// The input of a filter that has none: `{% filter upper %}`.
    pub(super) fn nothing(&self) -> Expr {
        Expr::new(SourceRange::at(self.last_end), Shape::Other)
    }

    /// The filter that stands here, after its `|`.
    pub(super) fn filter(&mut self, input: &Expr) -> Expr {
        let mut path = Path::default();
        while self.current.kind == TokenKind::Name {
            path.push(self.take().range);
            if !self.take_op(".") {
                break;
            }
        }
        if path.len == 0 {
            if !self.has_failed() {
                self.fail_here("the name of a filter");
            }
            return Expr::new(self.since(input.range), Shape::Other);
        }
        let start = path.segments.first().copied().unwrap_or_default();
        let args_start = SourceRange::at(self.last_end);
        let (args, args_range) = if self.is_op("(") {
            let open = self.take().range;
            (self.arguments(), self.since(open))
        } else {
            (Vec::new(), args_start)
        };
        let range = self.since(start);
        self.note_call(CallKind::Filter, path, range, args_range, args);
        Expr::new(self.since(input.range), Shape::Other)
    }

    fn test(&mut self, input: &Expr) -> Expr {
        self.take();
        self.take_word("not");
        if self.current.kind != TokenKind::Name {
            if !self.has_failed() {
                self.fail_here("the name of a test");
            }
            return Expr::new(self.since(input.range), Shape::Other);
        }
        while self.current.kind == TokenKind::Name {
            self.take();
            if !self.take_op(".") {
                break;
            }
        }
        if self.is_op("(") {
            self.take();
            self.arguments();
        } else if self.starts_test_argument() {
            // `x is divisibleby 3`
            let argument = self.primary();
            self.postfix(argument);
        }
        Expr::new(self.since(input.range), Shape::Other)
    }

    fn starts_test_argument(&self) -> bool {
        match self.current.kind {
            TokenKind::Name => !matches!(
                self.text_of(self.current.range),
                "else" | "or" | "and" | "is" | "if" | "in" | "not" | "recursive"
            ),
            TokenKind::Int | TokenKind::Float | TokenKind::Str { .. } => true,
            TokenKind::Op(op) => matches!(op, "[" | "{"),
            TokenKind::Unknown | TokenKind::TagEnd | TokenKind::End => false,
        }
    }
}

/// The decimal digits of a number too big for the machine.
fn big_decimal(digits: &str, radix: u32) -> String {
    let mut decimal: Vec<u32> = vec![0];
    for digit in digits.chars().filter_map(|c| c.to_digit(radix)) {
        let mut carry = digit;
        for place in &mut decimal {
            let value = *place * radix + carry;
            *place = value % 10;
            carry = value / 10;
        }
        while carry > 0 {
            decimal.push(carry % 10);
            carry /= 10;
        }
    }
    decimal
        .iter()
        .rev()
        .filter_map(|digit| char::from_digit(*digit, 10))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::big_decimal;

    #[test]
    fn converts_numbers_of_any_size() {
        assert_eq!(big_decimal("ff", 16), "255");
        assert_eq!(
            big_decimal("ffffffffffffffffffffffffffffffffffffffff", 16),
            "1461501637330902918203684832716283019655932542975"
        );
    }
}
