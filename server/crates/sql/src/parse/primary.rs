//! Operands: literals, names, calls, brackets, and the functions with a grammar of their own.

use super::{Parser, Trailing};
use crate::ast::{Case, Expr, ExprKind, Literal, Name, Star};
use crate::dialect::Dialect;
use crate::keyword::{Category, Keyword};
use crate::token::TokenKind;

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Expr {
        let start = self.start();
        let kind = self.primary_kind();
        Expr {
            range: self.range_from(start),
            kind,
        }
    }

    fn primary_kind(&mut self) -> ExprKind {
        match self.kind() {
            TokenKind::Word => self.word_operand(),
            TokenKind::QuotedName => self.name_or_call(),
            TokenKind::String => self.string(),
            TokenKind::Number => {
                self.bump();
                ExprKind::Literal(Literal::Number)
            }
            TokenKind::Parameter => {
                self.bump();
                ExprKind::Parameter
            }
            TokenKind::Unknown if self.token_text() == "$" && self.is_label(1) => {
                self.bump_n(2);
                ExprKind::Parameter
            }
            TokenKind::Colon if self.is_label(1) && self.dialect != Dialect::DuckDb => {
                self.bump_n(2);
                ExprKind::Parameter
            }
            TokenKind::Star => self.star(),
            TokenKind::LParen => self.bracketed(),
            TokenKind::LBracket => self.list_literal(),
            TokenKind::LBrace => self.struct_literal(),
            TokenKind::Operator if self.token_text() == "**" => {
                // `*` before `*columns(…)` is scanned as one operator when nothing stands between.
                self.bump();
                self.primary_kind()
            }
            _ => self.no_operand(),
        }
    }

    fn no_operand(&mut self) -> ExprKind {
        self.error("an expression");
        ExprKind::Missing
    }

    /// A string, and those that follow it on later lines, which SQL reads as one.
    fn string(&mut self) -> ExprKind {
        self.bump();
        while self.at(TokenKind::String) && self.dialect != Dialect::Snowflake {
            let gap = self
                .text
                .get(self.prev_end() as usize..self.start() as usize);
            let is_continued = gap.is_some_and(|gap| gap.contains('\n'))
                || self.has_dialect(&[Dialect::BigQuery, Dialect::Databricks]);
            if !is_continued {
                break;
            }
            self.bump();
        }
        ExprKind::Literal(Literal::String)
    }

    fn star(&mut self) -> ExprKind {
        self.bump();
        let is_unpacked = self.at_keyword(Keyword::Columns)
            && self.nth_kind(1) == TokenKind::LParen
            && self.dialect == Dialect::DuckDb;
        if is_unpacked {
            return self.columns_call(Vec::new());
        }
        let mut star = Star::default();
        self.star_modifiers(&mut star);
        ExprKind::Star(Box::new(star))
    }

    fn word_operand(&mut self) -> ExprKind {
        if self.is_redshift_approximate() {
            self.bump();
        }
        let keyword = self.keyword();
        let next = self.nth_kind(1);
        let is_call = next == TokenKind::LParen;
        match keyword {
            Keyword::Unlisted if is_call && self.is_redshift_convert() => return self.convert(),
            Keyword::Unlisted => return self.name_or_call(),
            Keyword::Null => return self.literal(Literal::Null),
            Keyword::True | Keyword::False => return self.literal(Literal::Boolean),
            Keyword::Case => return self.case(),
            Keyword::Interval if self.is_interval() => return self.interval(),
            Keyword::Array if next == TokenKind::LBracket => {
                self.bump();
                return self.list_literal();
            }
            Keyword::Array if is_call => return self.array_call(),
            Keyword::Map if next == TokenKind::LBrace => {
                self.bump();
                return self.map_literal();
            }
            Keyword::Lambda => return self.lambda_word(),
            Keyword::Unpack if self.nth_keyword(1) == Keyword::Columns => {
                self.bump();
                return self.columns_call(Vec::new());
            }
            Keyword::Columns if is_call && self.dialect == Dialect::DuckDb => {
                return self.columns_call(Vec::new());
            }
            Keyword::Array | Keyword::Struct | Keyword::Map if self.nth_text(1) == "<" => {
                return self.typed_constructor();
            }
            _ => {}
        }
        if is_call {
            self.keyword_call(keyword)
        } else {
            self.keyword_operand(keyword)
        }
    }

    /// Redshift's `approximate count(distinct x)`.
    fn is_redshift_approximate(&self) -> bool {
        self.dialect == Dialect::Redshift
            && self.token_text().eq_ignore_ascii_case("approximate")
            && self.nth_kind(1) == TokenKind::Word
            && self.nth_kind(2) == TokenKind::LParen
    }

    fn literal(&mut self, literal: Literal) -> ExprKind {
        self.bump();
        ExprKind::Literal(literal)
    }

    /// A keyword with `(` behind it.
    fn keyword_call(&mut self, keyword: Keyword) -> ExprKind {
        match keyword {
            Keyword::Cast | Keyword::TryCast | Keyword::SafeCast => self.cast(),
            Keyword::Exists => {
                self.bump();
                let query = Box::new(self.query_in_brackets());
                ExprKind::QueryTest(Vec::new(), query)
            }
            Keyword::Any | Keyword::All | Keyword::Some => self.quantified(),
            Keyword::Extract
            | Keyword::Substring
            | Keyword::Trim
            | Keyword::Overlay
            | Keyword::Position => self.spoken_call(),
            Keyword::Row => {
                self.bump();
                let items = self.in_brackets(|parser| {
                    if parser.is_end() {
                        Vec::new()
                    } else {
                        parser.list(Trailing::Refused, Self::is_end, Self::argument)
                    }
                });
                ExprKind::Tuple(items)
            }
            _ if keyword.category() == Category::Reserved
                && !self.is_reserved_function(keyword) =>
            {
                self.no_operand()
            }
            _ => self.name_or_call(),
        }
    }

    /// Reserved in DuckDB, and yet functions here or elsewhere.
    fn is_reserved_function(&self, keyword: Keyword) -> bool {
        self.dialect != Dialect::DuckDb && !keyword.is_clause_word()
    }

    /// A keyword that is not called.
    fn keyword_operand(&mut self, keyword: Keyword) -> ExprKind {
        let is_typed_literal = self.is_typed_literal();
        if is_typed_literal {
            return self.typed_literal();
        }
        match keyword.category() {
            Category::Plain | Category::Unreserved | Category::ColumnName => self.name_or_call(),
            Category::TypeFunction if self.is_name(0) || self.nth_kind(1) == TokenKind::Dot => {
                self.name_or_call()
            }
            Category::Reserved if keyword == Keyword::Default => {
                self.bump();
                ExprKind::Other(Vec::new())
            }
            Category::TypeFunction | Category::Reserved => {
                let is_word = self.dialect != Dialect::DuckDb && !keyword.is_clause_word();
                if is_word {
                    self.name_or_call()
                } else {
                    self.no_operand()
                }
            }
        }
    }

    fn name_or_call(&mut self) -> ExprKind {
        if self.at(TokenKind::Word) && self.is_typed_literal() {
            return self.typed_literal();
        }
        let mut parts = vec![self.name_here()];
        while self.at(TokenKind::Dot) && self.is_field(1) {
            self.bump();
            let is_columns = self.at_keyword(Keyword::Columns)
                && self.nth_kind(1) == TokenKind::LParen
                && self.dialect == Dialect::DuckDb;
            if is_columns {
                return self.columns_call(parts);
            }
            parts.push(self.name_here());
        }
        let is_outer_join_mark = self.nth_text(1) == "+" && self.nth_kind(2) == TokenKind::RParen;
        if self.at(TokenKind::LParen) && !is_outer_join_mark {
            return ExprKind::Call(Box::new(self.call(parts)));
        }
        ExprKind::Name(parts)
    }

    /// A label behind a dot; a clause word counts only when it is joined to the dot.
    fn is_field(&self, ahead: usize) -> bool {
        let Some(token) = self.token_at(self.pos + ahead) else {
            return false;
        };
        let is_joined = self
            .token_at(self.pos + ahead - 1)
            .is_some_and(|dot| dot.range.end == token.range.start);
        self.is_label(ahead) && (is_joined || !token.keyword.is_clause_word())
            || token.kind == TokenKind::Parameter && is_joined
    }

    /// `date '2024-01-01'`, `decimal(4, 2) '1.5'`, `timestamp with time zone '…'`.
    fn is_typed_literal(&self) -> bool {
        match self.nth_kind(1) {
            TokenKind::String => true,
            TokenKind::Word => {
                let is_timed = matches!(self.keyword(), Keyword::Time | Keyword::Timestamp);
                let is_zone = matches!(self.nth_keyword(1), Keyword::With | Keyword::Without)
                    && self.nth_keyword(2) == Keyword::Time;
                let is_double = self.nth_keyword(1) == Keyword::Precision;
                is_timed && is_zone && self.nth_kind(4) == TokenKind::String
                    || is_double && self.nth_kind(2) == TokenKind::String
            }
            _ => false,
        }
    }

    fn typed_literal(&mut self) -> ExprKind {
        let type_range = self.type_name();
        self.string();
        ExprKind::Typed(type_range, Vec::new())
    }

    fn is_interval(&self) -> bool {
        match self.nth_kind(1) {
            TokenKind::String | TokenKind::Number | TokenKind::LParen | TokenKind::Parameter => {
                true
            }
            TokenKind::Operator => self.nth_text(1) == "-" && self.dialect != Dialect::DuckDb,
            TokenKind::Word if self.nth_keyword(1).is_clause_word() => false,
            TokenKind::Word | TokenKind::QuotedName => {
                self.nth_kind(2) == TokenKind::Word && is_unit(self.nth_text(2))
                    || self.dialect != Dialect::DuckDb
                        && self.is_name(1)
                        && !matches!(self.nth_keyword(1), Keyword::As)
            }
            _ => false,
        }
    }

    /// `interval '1 day'`, `interval 1 day`, `interval (n) day`, `interval '1' day to second`.
    fn interval(&mut self) -> ExprKind {
        let type_range = self.name_here().range;
        let amount = if self.dialect == Dialect::DuckDb {
            self.primary()
        } else {
            self.interval_amount()
        };
        if self.at(TokenKind::Word) && is_unit(self.token_text()) {
            self.bump();
            if self.at(TokenKind::LParen) {
                self.skip_one();
            }
            if self.at_keyword(Keyword::To) && self.nth_kind(1) == TokenKind::Word {
                self.bump_n(2);
                if self.at(TokenKind::LParen) {
                    self.skip_one();
                }
            }
        }
        ExprKind::Typed(type_range, vec![amount])
    }

    fn interval_amount(&mut self) -> Expr {
        let start = self.start();
        let operand = self.operand_expr();
        Expr {
            range: self.range_from(start),
            kind: operand.kind,
        }
    }

    fn quantified(&mut self) -> ExprKind {
        self.bump();
        if self.is_query_start() {
            let query = Box::new(self.query_in_brackets());
            return ExprKind::QueryTest(Vec::new(), query);
        }
        ExprKind::Other(self.in_brackets(|parser| parser.expr_list(Trailing::Refused)))
    }

    /// `( … )`: a query, a tuple, an expression.
    fn bracketed(&mut self) -> ExprKind {
        if self.is_query_start() && self.is_scalar_query() {
            return ExprKind::Subquery(Box::new(self.query_in_brackets()));
        }
        self.in_brackets(|parser| {
            if parser.is_end() {
                parser.error("an expression");
                return ExprKind::Missing;
            }
            let mut is_tuple = false;
            let mut items = Vec::new();
            loop {
                items.push(parser.expr());
                if parser.is_panicking || !parser.eat(TokenKind::Comma) {
                    break;
                }
                is_tuple = true;
            }
            match items.pop() {
                Some(only) if !is_tuple => ExprKind::Paren(Box::new(only)),
                last => {
                    items.extend(last);
                    ExprKind::Tuple(items)
                }
            }
        })
    }

    /// Tells `((select 1))` and `((select 1) union …)` from `((select 1) + 1)` and `((select 1), 2)`.
    fn is_scalar_query(&self) -> bool {
        if self.nth_kind(1) != TokenKind::LParen {
            return true;
        }
        let Some(close) = self.brackets.close(self.pos + 1) else {
            return true;
        };
        match self.tokens.get(close.at + 1) {
            Some(after) if after.kind == TokenKind::RParen => true,
            Some(after) => matches!(
                after.keyword,
                Keyword::Union
                    | Keyword::Intersect
                    | Keyword::Except
                    | Keyword::Order
                    | Keyword::Limit
            ),
            None => true,
        }
    }

    fn case(&mut self) -> ExprKind {
        self.bump();
        let mut case = Case {
            operand: None,
            branches: Vec::new(),
            otherwise: None,
        };
        if !self.at_keyword(Keyword::When) && !self.is_end() {
            case.operand = Some(self.expr());
        }
        if !self.at_keyword(Keyword::When) {
            self.error("`when`");
        }
        while !self.is_panicking && self.eat_keyword(Keyword::When) {
            let condition = self.expr();
            self.expect_keyword(Keyword::Then, "`then`");
            let value = if self.is_panicking {
                self.missing()
            } else {
                self.expr()
            };
            case.branches.push((condition, value));
        }
        if !self.is_panicking && self.eat_keyword(Keyword::Else) {
            case.otherwise = Some(self.expr());
        }
        if !self.is_panicking {
            let expected = if case.otherwise.is_some() {
                "`end`"
            } else {
                "`when`, `else` or `end`"
            };
            self.expect_keyword(Keyword::End, expected);
        }
        ExprKind::Case(Box::new(case))
    }

    /// `cast(x as type)`.
    fn cast(&mut self) -> ExprKind {
        self.bump();
        self.in_brackets(|parser| {
            let operand = Box::new(parser.expr());
            parser.expect_keyword(Keyword::As, "`as` and a type");
            if parser.is_panicking {
                return ExprKind::Other(vec![*operand]);
            }
            let type_range = parser.type_name();
            if parser.dialect != Dialect::DuckDb && !parser.is_panicking {
                // `format '…'`, `default null on conversion error`.
                parser.pos = parser.limit;
            }
            ExprKind::Cast(operand, type_range)
        })
    }

    /// `lambda x, y: x + y`.
    fn lambda_word(&mut self) -> ExprKind {
        self.bump();
        let mut parameters: Vec<Name> = Vec::new();
        loop {
            parameters.extend(self.label("a parameter of the lambda"));
            if self.is_panicking || !self.eat(TokenKind::Comma) {
                break;
            }
        }
        if !self.is_panicking && !self.eat(TokenKind::Colon) {
            self.error("`:` and the body of the lambda");
        }
        let body = if self.is_panicking {
            self.missing()
        } else {
            self.expr()
        };
        ExprKind::Lambda(parameters, Box::new(body))
    }

    /// DuckDB's `columns(…)`; the cursor is on the word.
    fn columns_call(&mut self, qualifier: Vec<Name>) -> ExprKind {
        self.bump();
        let inside = self.in_brackets(Self::argument);
        let mut star = match inside.kind {
            ExprKind::Star(star) => *star,
            _ => Star {
                filter: Some(inside),
                ..Star::default()
            },
        };
        star.is_columns = true;
        if star.qualifier.is_empty() {
            star.qualifier = qualifier;
        }
        ExprKind::Star(Box::new(star))
    }
}

/// Units of an interval, in the singular and the plural.
pub(super) fn is_unit(word: &str) -> bool {
    const UNITS: &[&str] = &[
        "century",
        "centurie",
        "day",
        "decade",
        "hour",
        "microsecond",
        "millennium",
        "millennia",
        "millenniu",
        "millisecond",
        "minute",
        "month",
        "nanosecond",
        "quarter",
        "second",
        "week",
        "year",
    ];
    let lower = word.to_ascii_lowercase();
    let singular = lower.strip_suffix('s').unwrap_or(&lower);
    UNITS.contains(&singular)
}
