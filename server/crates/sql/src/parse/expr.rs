//! Expressions: operators by precedence, and what follows an operand. Operands themselves are in `primary`.

use super::{MAX_DEPTH, MAX_WRAPS, Parser, Trailing};
use crate::ast::{BinaryOperator, Expr, ExprKind, UnaryOperator};
use crate::dialect::Dialect;
use crate::keyword::Keyword;
use crate::token::TokenKind;

/// PostgreSQL's levels, which DuckDB shares; a higher one binds more tightly.
mod level {
    pub(super) const ANY: u8 = 0;
    pub(super) const OR: u8 = 1;
    pub(super) const AND: u8 = 2;
    pub(super) const NOT: u8 = 3;
    pub(super) const IS: u8 = 4;
    pub(super) const COMPARISON: u8 = 5;
    pub(super) const TEST: u8 = 6;
    pub(super) const OTHER: u8 = 7;
    pub(super) const ADD: u8 = 8;
    pub(super) const MULTIPLY: u8 = 9;
    pub(super) const POWER: u8 = 10;
    pub(super) const SIGN: u8 = 11;
}

/// What stands behind an operand.
#[derive(Clone, Copy)]
enum Infix {
    Binary(BinaryOperator),
    Is,
    /// `isnull`, `notnull`.
    NullTest,
    In,
    Between,
    Like,
    /// `4!`.
    Factorial,
}

impl Parser<'_> {
    pub(super) fn expr(&mut self) -> Expr {
        self.expr_at(level::ANY)
    }

    /// An expression without comparisons and logic on its top level: an operand of `between`, `in`, `like`.
    pub(super) fn operand_expr(&mut self) -> Expr {
        self.expr_at(level::OTHER)
    }

    pub(super) fn missing(&self) -> Expr {
        Expr {
            range: base::RenderedRange::at(self.start()),
            kind: ExprKind::Missing,
        }
    }

    /// Expressions up to the end of the bracket.
    pub(super) fn expr_list(&mut self, trailing: Trailing) -> Vec<Expr> {
        self.list(trailing, Self::is_end, Self::expr)
    }

    /// `x at time zone` binds as tightly as a sign.
    pub(super) fn zone_expr(&mut self) -> Expr {
        self.expr_at(level::SIGN)
    }

    fn expr_at(&mut self, min_level: u8) -> Expr {
        self.depth += 1;
        let expr = if self.depth > MAX_DEPTH {
            let missing = self.missing();
            self.skip_too_deep();
            missing
        } else {
            self.expr_unbounded(min_level)
        };
        self.depth -= 1;
        expr
    }

    /// Nesting beyond what is looked into: the rest of the bracket is taken as right.
    fn skip_too_deep(&mut self) {
        while !self.is_end() && !self.at(TokenKind::Comma) {
            self.skip_one();
        }
    }

    fn expr_unbounded(&mut self, min_level: u8) -> Expr {
        let start = self.start();
        let mut left = self.prefix();
        // The level of the chain that `left` is, as long as it was made by this very loop.
        let mut chain_level = None;
        let mut n_wraps = 0;
        while !self.is_panicking {
            let Some((op_level, infix)) = self.infix() else {
                break;
            };
            if op_level < min_level || n_wraps > MAX_WRAPS {
                break;
            }
            if let Infix::Binary(operator) = infix {
                let is_same_chain = chain_level == Some(op_level);
                if is_same_chain && operator == BinaryOperator::Comparison {
                    self.refuse_second_comparison();
                }
                let right = self.right_operand(op_level);
                chain_level = Some(op_level);
                n_wraps += u32::from(!is_same_chain);
                left = chained(left, operator, right, is_same_chain);
            } else {
                chain_level = None;
                n_wraps += 1;
                left = self.test(left, infix);
            }
            left.range = self.range_from(start);
        }
        left
    }

    /// `a < b < c`: comparisons do not associate where the grammar is PostgreSQL's.
    fn refuse_second_comparison(&mut self) {
        if matches!(self.dialect, Dialect::DuckDb | Dialect::Postgres) {
            self.error("`and` or brackets between comparisons");
            self.is_panicking = false;
        }
    }

    fn right_operand(&mut self, op_level: u8) -> Expr {
        let is_operator_call = self.at_keyword(Keyword::Operator);
        self.bump();
        if is_operator_call {
            self.skip_one();
        }
        self.expr_at(op_level + 1)
    }

    fn infix(&self) -> Option<(u8, Infix)> {
        use BinaryOperator as Op;
        let binary = |level, operator| Some((level, Infix::Binary(operator)));
        match self.kind() {
            TokenKind::Star => binary(level::MULTIPLY, Op::Multiply),
            TokenKind::Eq => binary(level::COMPARISON, Op::Comparison),
            TokenKind::Arrow => binary(level::OTHER, Op::JsonExtract),
            TokenKind::Operator => Some(self.infix_operator()),
            TokenKind::Word => self.infix_word(),
            _ => None,
        }
    }

    fn infix_operator(&self) -> (u8, Infix) {
        use BinaryOperator as Op;
        let (level, operator) = match self.token_text() {
            "<" | ">" | "<=" | ">=" | "<>" | "!=" | "==" | "<=>" => {
                (level::COMPARISON, Op::Comparison)
            }
            "+" => (level::ADD, Op::Add),
            "-" => (level::ADD, Op::Subtract),
            "/" => (level::MULTIPLY, Op::Divide),
            "//" => (level::MULTIPLY, Op::IntegerDivide),
            "%" => (level::MULTIPLY, Op::Modulo),
            "^" | "**" => (level::POWER, Op::Power),
            "||" => (level::OTHER, Op::Concat),
            "->>" => (level::OTHER, Op::JsonExtractText),
            "&" | "|" | "<<" | ">>" => (level::OTHER, Op::Bitwise),
            "!" => return (level::OTHER, Infix::Factorial),
            _ => (level::OTHER, Op::Other),
        };
        (level, Infix::Binary(operator))
    }

    fn infix_word(&self) -> Option<(u8, Infix)> {
        use BinaryOperator as Op;
        let binary = |level, operator| Some((level, Infix::Binary(operator)));
        match self.keyword() {
            Keyword::Or => binary(level::OR, Op::Or),
            Keyword::And => binary(level::AND, Op::And),
            Keyword::Is => Some((level::IS, Infix::Is)),
            Keyword::Isnull | Keyword::Notnull => Some((level::IS, Infix::NullTest)),
            Keyword::In => Some((level::TEST, Infix::In)),
            Keyword::Between => Some((level::TEST, Infix::Between)),
            Keyword::Like | Keyword::Ilike | Keyword::Glob | Keyword::Similar => {
                Some((level::TEST, Infix::Like))
            }
            Keyword::Not => match self.nth_keyword(1) {
                Keyword::In => Some((level::TEST, Infix::In)),
                Keyword::Between => Some((level::TEST, Infix::Between)),
                Keyword::Like | Keyword::Ilike | Keyword::Similar | Keyword::Glob => {
                    Some((level::TEST, Infix::Like))
                }
                Keyword::Rlike | Keyword::Regexp => Some((level::TEST, Infix::Like)),
                Keyword::Null if self.dialect == Dialect::DuckDb => {
                    Some((level::IS, Infix::NullTest))
                }
                _ => None,
            },
            Keyword::Overlaps => binary(level::TEST, Op::Comparison),
            Keyword::Operator if self.nth_kind(1) == TokenKind::LParen => {
                binary(level::OTHER, Op::Other)
            }
            Keyword::Rlike | Keyword::Regexp if self.dialect != Dialect::DuckDb => {
                Some((level::TEST, Infix::Like))
            }
            Keyword::Div | Keyword::Xor if self.dialect != Dialect::DuckDb => {
                binary(level::MULTIPLY, Op::Other)
            }
            _ => None,
        }
    }

    /// The tests; the cursor is on their first word.
    fn test(&mut self, left: Expr, infix: Infix) -> Expr {
        let start = left.range.start;
        self.eat_keyword(Keyword::Not);
        let mut operands = vec![left];
        match infix {
            Infix::Is => self.is_test(&mut operands),
            Infix::In => return self.in_test(start, operands),
            Infix::Between => {
                self.bump();
                let _ =
                    self.eat_keyword(Keyword::Symmetric) || self.eat_keyword(Keyword::Asymmetric);
                operands.push(self.operand_expr());
                self.expect_keyword(Keyword::And, "`and`");
                if !self.is_panicking {
                    operands.push(self.operand_expr());
                }
            }
            Infix::Like => self.like_test(&mut operands),
            Infix::NullTest | Infix::Factorial | Infix::Binary(_) => self.bump(),
        }
        let kind = if matches!(infix, Infix::Factorial) {
            ExprKind::Other(operands)
        } else {
            ExprKind::Test(operands)
        };
        Expr {
            range: self.range_from(start),
            kind,
        }
    }

    fn is_test(&mut self, operands: &mut Vec<Expr>) {
        self.bump();
        self.eat_keyword(Keyword::Not);
        match self.keyword() {
            Keyword::Null | Keyword::True | Keyword::False | Keyword::Unknown => self.bump(),
            Keyword::Distinct => {
                self.bump();
                self.expect_keyword(Keyword::From, "`from`");
                if !self.is_panicking {
                    operands.push(self.expr_at(level::OTHER));
                }
            }
            Keyword::Json | Keyword::Document if self.dialect != Dialect::DuckDb => {
                self.bump();
                let is_kind = matches!(self.keyword(), Keyword::Value)
                    || ["array", "object", "scalar"]
                        .iter()
                        .any(|word| self.token_text().eq_ignore_ascii_case(word));
                if is_kind {
                    self.bump();
                }
            }
            _ => self.error("`null`, `true`, `false` or `distinct from`"),
        }
    }

    fn in_test(&mut self, start: u32, mut operands: Vec<Expr>) -> Expr {
        self.bump();
        if self.at(TokenKind::LParen) && self.is_query_start() {
            let query = Box::new(self.query_in_brackets());
            return Expr {
                range: self.range_from(start),
                kind: ExprKind::QueryTest(operands, query),
            };
        }
        if self.at(TokenKind::LParen) {
            let list = self.in_brackets(|parser| parser.expr_list(Trailing::Allowed));
            operands.extend(list);
        } else {
            operands.push(self.operand_expr());
        }
        Expr {
            range: self.range_from(start),
            kind: ExprKind::Test(operands),
        }
    }

    fn like_test(&mut self, operands: &mut Vec<Expr>) {
        let is_similar = self.at_keyword(Keyword::Similar);
        self.bump();
        if is_similar {
            self.expect_keyword(Keyword::To, "`to`");
            if self.is_panicking {
                return;
            }
        }
        let is_list = matches!(self.keyword(), Keyword::Any | Keyword::All | Keyword::Some)
            && self.dialect != Dialect::DuckDb;
        if is_list {
            self.bump();
        }
        operands.push(self.operand_expr());
        if self.eat_keyword(Keyword::Escape) {
            operands.push(self.operand_expr());
        }
    }

    fn prefix(&mut self) -> Expr {
        let start = self.start();
        if self.at_keyword(Keyword::Not) {
            self.bump();
            return self.unary(start, UnaryOperator::Not, level::NOT);
        }
        if self.at(TokenKind::Operator) {
            match self.token_text() {
                "-" | "+" => {
                    self.bump();
                    return self.unary(start, UnaryOperator::Sign, level::SIGN);
                }
                "?" => {
                    self.bump();
                    if self.at(TokenKind::Number) && self.is_joined() {
                        self.bump();
                    }
                    let range = self.range_from(start);
                    return self.postfix(Expr {
                        range,
                        kind: ExprKind::Parameter,
                    });
                }
                "#" if self.nth_kind(1) != TokenKind::Number && self.dialect == Dialect::DuckDb => {
                    self.bump();
                    self.error("the number of a column");
                    return self.missing();
                }
                "#" if self.nth_kind(1) == TokenKind::Number => {
                    self.bump_n(2);
                    let range = self.range_from(start);
                    return Expr {
                        range,
                        kind: ExprKind::Other(Vec::new()),
                    };
                }
                "@" | "@@"
                    if self.nth_kind(1) == TokenKind::Word
                        && self.has_dialect(&[Dialect::BigQuery, Dialect::Databricks]) =>
                {
                    self.bump_n(2);
                    let range = self.range_from(start);
                    return self.postfix(Expr {
                        range,
                        kind: ExprKind::Parameter,
                    });
                }
                text if is_prefix_operator(text) => {
                    self.bump();
                    return self.unary(start, UnaryOperator::Other, level::ADD);
                }
                _ => {}
            }
        }
        let operand = self.primary();
        if self.is_panicking {
            operand
        } else {
            self.postfix(operand)
        }
    }

    fn unary(&mut self, start: u32, operator: UnaryOperator, operand_level: u8) -> Expr {
        let operand = Box::new(self.expr_at(operand_level));
        Expr {
            range: self.range_from(start),
            kind: ExprKind::Unary(operator, operand),
        }
    }
}

fn is_prefix_operator(text: &str) -> bool {
    !matches!(
        text,
        "<" | ">"
            | "<="
            | ">="
            | "<>"
            | "!="
            | "=="
            | "/"
            | "//"
            | "%"
            | "^"
            | "**"
            | "||"
            | "->>"
            | "&&"
            | "&"
    )
}

fn chained(left: Expr, operator: BinaryOperator, right: Expr, is_same_chain: bool) -> Expr {
    let range = left.range;
    match left.kind {
        ExprKind::Chain(mut operands, mut operators) if is_same_chain => {
            operands.push(right);
            operators.push(operator);
            Expr {
                range,
                kind: ExprKind::Chain(operands, operators),
            }
        }
        kind => {
            let operands = vec![Expr { range, kind }, right];
            Expr {
                range,
                kind: ExprKind::Chain(operands, vec![operator]),
            }
        }
    }
}
