//! What follows an operand: attributes, subscripts, calls, filters and tests.

use base::SourceRange;

use super::expression::{Expr, Parser, Path, Shape};
use super::token::TokenKind;
use super::{ArgSyntax, CallKind, CallSyntax, Segment, Spread};

impl Parser<'_> {
    /// `.name`, `[index]` and `(arguments)`.
    pub(super) fn postfix(&mut self, mut expr: Expr) -> Expr {
        let mut n_links = 0;
        loop {
            match self.current.kind {
                TokenKind::Op(".") => expr = self.attribute(&expr),
                TokenKind::Op("[") => expr = self.subscript(&expr),
                TokenKind::Op("(") => expr = self.call(&expr, CallKind::Function),
                _ => return expr,
            }
            if self.is_at_end() && self.has_failed() || !self.may_link(&mut n_links) {
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
            if !self.take_separator(")") {
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
    pub(super) fn filters(&mut self, mut expr: Expr) -> Expr {
        let mut n_links = 0;
        while self.may_link(&mut n_links) {
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
        expr
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
        let shape = match self.text_of(start) {
            "length" | "count" => Shape::Number,
            "lower" | "upper" | "trim" | "string" | "join" | "replace" => Shape::Text,
            _ => Shape::Other,
        };
        Expr::new(self.since(input.range), shape)
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
