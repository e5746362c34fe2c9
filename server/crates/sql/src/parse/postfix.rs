//! What follows an operand: fields, subscripts, casts, methods, time zones.

use super::{MAX_WRAPS, Parser};
use crate::ast::{Call, Expr, ExprKind, Name, Postfix, Star};
use crate::dialect::Dialect;
use crate::keyword::Keyword;
use crate::token::TokenKind;

impl Parser<'_> {
    /// `.field`, `[i]`, `::type` and the like, behind an operand.
    pub(super) fn postfix(&mut self, mut expr: Expr) -> Expr {
        let start = expr.range.start;
        let mut n_wraps = 0;
        while !self.is_panicking {
            if self.at(TokenKind::DoubleColon) {
                n_wraps += 1;
                if n_wraps > MAX_WRAPS {
                    return expr;
                }
                self.bump();
                let type_range = self.type_name();
                let range = self.range_from(start);
                expr = Expr {
                    range,
                    kind: ExprKind::Cast(Box::new(expr), type_range),
                };
                continue;
            }
            if let Some(star) = self.qualified_star(&expr) {
                expr = Expr {
                    range: self.range_from(start),
                    kind: ExprKind::Star(Box::new(star)),
                };
                return expr;
            }
            if self.missing_field(&mut expr) {
                return expr;
            }
            let Some(postfix) = self.one_postfix() else {
                return expr;
            };
            let range = self.range_from(start);
            expr = match expr.kind {
                ExprKind::Postfix(operand, mut postfixes) => {
                    postfixes.push(postfix);
                    Expr {
                        range,
                        kind: ExprKind::Postfix(operand, postfixes),
                    }
                }
                _ => Expr {
                    range,
                    kind: ExprKind::Postfix(Box::new(expr), vec![postfix]),
                },
            };
        }
        expr
    }

    /// `t.*`, `t.* exclude (…)`.
    pub(super) fn qualified_star(&mut self, expr: &Expr) -> Option<Star> {
        let ExprKind::Name(qualifier) = &expr.kind else {
            return None;
        };
        if !self.at(TokenKind::Dot) || self.nth_kind(1) != TokenKind::Star {
            return None;
        }
        let mut star = Star {
            qualifier: qualifier.clone(),
            ..Star::default()
        };
        self.bump();
        if self.dialect == Dialect::DuckDb && star.qualifier.len() > 1 {
            self.error("the name of a field");
            self.is_panicking = false;
        }
        self.bump();
        self.star_modifiers(&mut star);
        Some(star)
    }

    /// `o.` with nothing behind it: reported, and kept as a name with an empty last part.
    pub(super) fn missing_field(&mut self, expr: &mut Expr) -> bool {
        if !self.at(TokenKind::Dot) {
            return false;
        }
        let is_clause = self.token_at(self.pos + 1).is_some_and(|token| {
            token.keyword.is_clause_word() && token.range.start > self.start() + 1
        });
        let is_there = matches!(
            self.nth_kind(1),
            TokenKind::Word | TokenKind::QuotedName | TokenKind::Star | TokenKind::Parameter
        ) && !is_clause;
        if is_there {
            return false;
        }
        self.bump();
        let hole = Name {
            range: base::RenderedRange::at(self.prev_end()),
        };
        if let ExprKind::Name(parts) = &mut expr.kind {
            parts.push(hole);
        }
        expr.range.end = self.prev_end();
        self.error("a column name after `.`");
        true
    }

    pub(super) fn one_postfix(&mut self) -> Option<Postfix> {
        match self.kind() {
            TokenKind::Dot if self.nth_kind(1) == TokenKind::Star => {
                if self.dialect == Dialect::DuckDb {
                    self.bump();
                    self.error("the name of a field");
                    return None;
                }
                self.bump_n(2);
                Some(Postfix::AllFields)
            }
            TokenKind::Dot => {
                self.bump();
                let name = self.name_here();
                if self.at(TokenKind::LParen) {
                    let call = self.call(vec![name]);
                    return Some(Postfix::Method(Box::new(call)));
                }
                Some(Postfix::Field(name))
            }
            TokenKind::LBracket => Some(self.subscript()),
            TokenKind::Colon if self.is_path() => {
                self.bump();
                if self.at(TokenKind::LBracket) {
                    self.skip_one();
                } else {
                    self.bump();
                }
                Some(Postfix::Path)
            }
            TokenKind::Word => self.word_postfix(),
            TokenKind::LParen
                if self.nth_text(1) == "+" && self.nth_kind(2) == TokenKind::RParen =>
            {
                self.skip_one();
                Some(Postfix::Collate)
            }
            _ => None,
        }
    }

    /// Snowflake's and Databricks' `a:b`.
    pub(super) fn is_path(&self) -> bool {
        self.has_dialect(&[Dialect::Snowflake, Dialect::Databricks])
            && matches!(
                self.nth_kind(1),
                TokenKind::Word | TokenKind::QuotedName | TokenKind::LBracket
            )
    }

    pub(super) fn word_postfix(&mut self) -> Option<Postfix> {
        if self.at_keywords(&[Keyword::At, Keyword::Time, Keyword::Zone]) {
            self.bump_n(3);
            let zone = self.zone_expr();
            return Some(Postfix::AtTimeZone(zone));
        }
        if self.eat_keyword(Keyword::Collate) {
            if self.is_label(0) || self.at(TokenKind::String) {
                self.bump();
                while self.at(TokenKind::Dot) && self.is_label(1) {
                    self.bump_n(2);
                }
            } else {
                self.error("a collation");
            }
            return Some(Postfix::Collate);
        }
        None
    }

    /// `[i]`, `[a:b]`, `[a:b:step]`.
    pub(super) fn subscript(&mut self) -> Postfix {
        let (mut parts, mut is_slice) = (Vec::new(), false);
        self.in_brackets(|parser| {
            while !parser.is_end() && !parser.is_panicking {
                if parser.eat(TokenKind::Colon) {
                    is_slice = true;
                } else if parser.token_text() == "-"
                    && matches!(parser.nth_kind(1), TokenKind::Colon)
                {
                    // `[a:-:step]`: up to the end.
                    parser.bump();
                } else if parser.at(TokenKind::DoubleColon) || parser.at(TokenKind::Comma) {
                    is_slice = true;
                    parser.bump();
                } else if parts.is_empty() || is_slice {
                    parts.push(parser.expr());
                } else {
                    parser.error("`]`");
                }
            }
        });
        match parts.pop() {
            Some(only) if !is_slice && parts.is_empty() => Postfix::Index(only),
            last => {
                parts.extend(last);
                Postfix::Slice(parts)
            }
        }
    }

    /// The name and arguments of a method or function whose `(` is next.
    pub(super) fn call(&mut self, name: Vec<Name>) -> Call {
        let mut call = Call {
            name,
            ..Call::default()
        };
        self.arguments(&mut call);
        self.call_tail(&mut call);
        call
    }
}
