//! What expressions are made of: names, numbers, strings, lists, dicts, and parentheses.

use base::SourceRange;

use super::NameSyntax;
use super::expression::{EditKind, Expr, Parser, Path, Shape};
use super::literal::{Literal, decode_string, quote_string};
use super::token::TokenKind;

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Expr {
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
        let items = self.items("]");
        let range = self.since(start);
        self.wrap(range, "dagsmith_list(");
        Expr {
            literal: items.map(|items| Literal::List(items.into())),
            ..Expr::new(range, Shape::Other)
        }
    }

    /// Expressions up to `closer`; `None` where one of them is not a literal.
    fn items(&mut self, closer: &str) -> Option<Vec<Literal>> {
        let mut items = Some(Vec::new());
        while !self.is_op(closer) && !self.is_at_end() {
            let item = self.expression();
            match (&mut items, item.literal) {
                (Some(items), Some(literal)) => items.push(literal),
                _ => items = None,
            }
            if !self.take_separator(closer) {
                break;
            }
        }
        self.expect_op(closer);
        items
    }

    /// `{k: v}` becomes `dagsmith_dict([k, v])`: the engine's own map would hash the keys before we see them.
    fn dict(&mut self) -> Expr {
        let start = self.take().range;
        self.edit(EditKind::Replace, start, "dagsmith_dict([");
        let mut pairs = Some(Vec::new());
        while !self.is_op("}") && !self.is_at_end() {
            let key = self.expression();
            let colon = self.current.range;
            if !self.expect_op(":") {
                break;
            }
            self.edit(EditKind::Replace, colon, ",");
            let value = self.expression();
            match (&mut pairs, key.literal, value.literal) {
                (Some(pairs), Some(key), Some(value)) => pairs.push((key, value)),
                _ => pairs = None,
            }
            if !self.take_separator("}") {
                break;
            }
        }
        let close = self.current.range;
        if self.expect_op("}") {
            self.edit(EditKind::Replace, close, "])");
        }
        let range = self.since(start);
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
        let rest = self.items(")");
        let literal = first.literal.zip(rest).map(|(first, mut rest)| {
            rest.insert(0, first);
            Literal::Tuple(rest.into())
        });
        Expr {
            literal,
            ..Expr::new(self.since(start), Shape::Other)
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
