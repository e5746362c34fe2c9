//! Values with values in them: lists, comprehensions, structs, maps.

use super::{Parser, Trailing};
use crate::ast::{Comprehension, Expr, ExprKind};
use crate::dialect::Dialect;
use crate::keyword::Keyword;
use crate::token::TokenKind;

impl Parser<'_> {
    /// `array(select …)`, or a function.
    pub(super) fn array_call(&mut self) -> ExprKind {
        self.bump();
        if self.is_query_start() {
            let query = Box::new(self.query_in_brackets());
            return ExprKind::ArrayQuery(query);
        }
        ExprKind::List(self.in_brackets(|parser| {
            if parser.is_end() {
                Vec::new()
            } else {
                parser.expr_list(Trailing::Allowed)
            }
        }))
    }

    /// BigQuery's `struct<a int64>(1)` and `array<string>[]`.
    pub(super) fn typed_constructor(&mut self) -> ExprKind {
        let type_range = self.type_name();
        let items = if self.at(TokenKind::LParen) || self.at(TokenKind::LBracket) {
            self.in_brackets(|parser| {
                if parser.is_end() {
                    Vec::new()
                } else {
                    parser.list(Trailing::Allowed, Self::is_end, Self::argument)
                }
            })
        } else {
            Vec::new()
        };
        ExprKind::Typed(type_range, items)
    }

    /// `[1, 2]` and `[x + 1 for x in list if x > 0]`.
    pub(super) fn list_literal(&mut self) -> ExprKind {
        self.in_brackets(|parser| {
            if parser.is_end() {
                return ExprKind::List(Vec::new());
            }
            let item = parser.expr();
            if parser.at_keyword(Keyword::For) {
                return parser.comprehension(item);
            }
            let mut items = vec![item];
            while !parser.is_panicking && parser.eat(TokenKind::Comma) && !parser.is_end() {
                items.push(parser.expr());
            }
            ExprKind::List(items)
        })
    }

    pub(super) fn comprehension(&mut self, item: Expr) -> ExprKind {
        self.bump();
        let mut variables = Vec::new();
        loop {
            variables.extend(self.label("a name after `for`"));
            if self.is_panicking || !self.eat(TokenKind::Comma) {
                break;
            }
        }
        self.expect_keyword(Keyword::In, "`in`");
        if self.is_panicking {
            return ExprKind::List(vec![item]);
        }
        let list = self.expr();
        let filter = self.eat_keyword(Keyword::If).then(|| self.expr());
        ExprKind::Comprehension(Box::new(Comprehension {
            item,
            variables,
            list,
            filter,
        }))
    }

    /// `{'a': 1, b: 2}`.
    pub(super) fn struct_literal(&mut self) -> ExprKind {
        let fields = self.in_brackets(|parser| {
            if parser.is_end() {
                return Vec::new();
            }
            parser.list(Trailing::Allowed, Self::is_end, |parser| {
                let is_key = parser.is_label(0) || parser.at(TokenKind::String);
                if !is_key {
                    parser.error("the name of a field");
                    return None;
                }
                let key = parser.name_here();
                if !parser.eat(TokenKind::Colon) {
                    parser.error("`:` and the value of the field");
                    return None;
                }
                Some((key, parser.expr()))
            })
        });
        ExprKind::Struct(fields.into_iter().flatten().collect())
    }

    /// `map {'a': 1}`.
    pub(super) fn map_literal(&mut self) -> ExprKind {
        let entries = self.in_brackets(|parser| {
            if parser.is_end() {
                return Vec::new();
            }
            parser.list(Trailing::Allowed, Self::is_end, |parser| {
                let key = parser.expr();
                if !parser.is_panicking && !parser.eat(TokenKind::Colon) {
                    parser.error("`:` and the value of the key");
                }
                let value = if parser.is_panicking {
                    parser.missing()
                } else {
                    parser.expr()
                };
                (key, value)
            })
        });
        ExprKind::Map(entries)
    }

    pub(super) fn is_redshift_convert(&self) -> bool {
        self.dialect == Dialect::Redshift && self.token_text().eq_ignore_ascii_case("convert")
    }

    /// `convert(integer, x)`
    pub(super) fn convert(&mut self) -> ExprKind {
        self.bump();
        self.in_brackets(|parser| {
            let type_range = parser.type_name();
            if parser.is_panicking || !parser.eat(TokenKind::Comma) {
                parser.error("`,` and what is converted");
                return ExprKind::Other(Vec::new());
            }
            ExprKind::Cast(Box::new(parser.expr()), type_range)
        })
    }
}
