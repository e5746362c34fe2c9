//! Binary operators: which of them the engine computes as Python does, and which become calls of ours.

use super::expression::{EditKind, Expr, Parser, Shape};
use super::literal::Literal;
use super::token::{Token, TokenKind};

impl Parser<'_> {
    /// `a == b`, `a in b`, and chains of them.
    ///
    /// The engine compares numbers and texts as Python does, but no decimals: where one may stand, a function of ours
    /// compares. A chain that begins with `in` is left alone.
    pub(super) fn comparison(&mut self) -> Expr {
        let first = self.binary(4);
        let mut n_links = 0;
        let Some(operator) = self.operator(3) else {
            return first;
        };
        if !self.may_link(&mut n_links) {
            return first;
        }
        let right = self.binary(4);
        if right.shape == Shape::Missing {
            return first;
        }
        let mut range = first.range.join(right.range);
        let may_desugar = matches!(operator.kind, TokenKind::Op(_));
        let mut next = self.operator(3);
        let is_desugared =
            may_desugar && (next.is_some() || is_compared_by_us(&first, operator, &right));
        if is_desugared {
            self.operator_as_text(operator);
        } else if operator.kind == TokenKind::Op("<>") {
            self.edit(EditKind::Replace, operator.range, "!=");
        }
        while let Some(operator) = next
            && self.may_link(&mut n_links)
        {
            let right = self.binary(4);
            if right.shape == Shape::Missing {
                break;
            }
            range = range.join(right.range);
            if is_desugared {
                self.operator_as_text(operator);
            }
            next = self.operator(3);
        }
        if is_desugared {
            self.wrap(range, "dagsmith_compare(");
        }
        Expr::new(range, Shape::Other)
    }

    /// `<` as the argument `,'<',`.
    fn operator_as_text(&mut self, operator: Token) {
        let argument = match operator.kind {
            TokenKind::Op("==") => ",'==',",
            TokenKind::Op("!=" | "<>") => ",'!=',",
            TokenKind::Op("<") => ",'<',",
            TokenKind::Op("<=") => ",'<=',",
            TokenKind::Op(">") => ",'>',",
            TokenKind::Op(">=") => ",'>=',",
            _ if self.text_of(operator.range) == "in" => ",'in',",
            _ => ",'not in',",
        };
        self.edit(EditKind::Replace, operator.range, argument);
    }

    pub(super) fn combine(&mut self, left: &Expr, operator: Token, right: &Expr) -> Expr {
        let range = left.range.join(right.range);
        let has = |shape| left.shape == shape || right.shape == shape;
        let are = |shape| left.shape == shape && right.shape == shape;
        let (function, shape) = match operator.kind {
            TokenKind::Op("~") => (None, Shape::Text),
            // `'%s' % x` formats, and the type of the left side is not known here.
            TokenKind::Op("%") => (Some("dagsmith_mod("), Shape::Other),
            TokenKind::Op("+") if are(Shape::Text) => (None, Shape::Text),
            TokenKind::Op("+" | "-" | "*") if are(Shape::Number) => (None, Shape::Number),
            TokenKind::Op("+") if has(Shape::Text) => (Some("dagsmith_add("), Shape::Text),
            // The sum of two lists has to be a list that can be appended to.
            TokenKind::Op("+") => (Some("dagsmith_add("), Shape::Other),
            // Dates differ by a difference of time.
            TokenKind::Op("-") => (Some("dagsmith_sub("), Shape::Other),
            // The engine knows no decimals.
            TokenKind::Op("*") => (Some("dagsmith_mul("), Shape::Other),
            TokenKind::Op("/") => (Some("dagsmith_div("), Shape::Other),
            TokenKind::Op("//") => (Some("dagsmith_floordiv("), Shape::Other),
            TokenKind::Op("**") => (Some("dagsmith_pow("), Shape::Other),
            _ => (None, Shape::Other),
        };
        if let Some(function) = function {
            self.edit(EditKind::Replace, operator.range, ",");
            self.wrap(range, function);
        }
        Expr::new(range, shape)
    }
}

/// Whether the engine's own comparison may not do: one side may be a decimal, or the two have no order in Python.
fn is_compared_by_us(left: &Expr, operator: Token, right: &Expr) -> bool {
    let are = |shape| left.shape == shape && right.shape == shape;
    let is_no_number = |expr: &Expr| {
        expr.shape == Shape::Text || matches!(expr.literal, Some(Literal::None | Literal::Bool(_)))
    };
    let is_equality = matches!(operator.kind, TokenKind::Op("==" | "!=" | "<>"));
    let is_plain = is_equality && (is_no_number(left) || is_no_number(right));
    !is_plain && !are(Shape::Number) && !are(Shape::Text)
}
