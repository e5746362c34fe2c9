//! Queries: set operations, `values`, and what comes after them. CTEs are in `with`.

use base::RenderedRange;

use super::{MAX_DEPTH, Parser, Trailing};
use crate::ast::{Body, Expr, ExprKind, Query, SetOperand, SetOperator};
use crate::dialect::Dialect;
use crate::keyword::Keyword;
use crate::token::TokenKind;

impl Parser<'_> {
    /// Whether a query begins here; looks through opening brackets.
    pub(super) fn is_query_start(&self) -> bool {
        let mut ahead = 0;
        while self.nth_kind(ahead) == TokenKind::LParen {
            ahead += 1;
        }
        self.is_query_word(ahead)
    }

    pub(super) fn is_query_word(&self, ahead: usize) -> bool {
        match self.nth_keyword(ahead) {
            Keyword::Select | Keyword::With | Keyword::From => true,
            Keyword::Values => self.is_values(ahead),
            Keyword::Table => self.nth_kind(ahead + 1) == TokenKind::Word,
            // `pivot (select …) on …`; a function may be called so.
            Keyword::Pivot | Keyword::Unpivot if self.nth_kind(ahead + 1) == TokenKind::LParen => {
                self.dialect == Dialect::DuckDb && self.is_query_word(ahead + 2)
            }
            Keyword::Pivot
            | Keyword::Unpivot
            | Keyword::Describe
            | Keyword::Summarize
            | Keyword::Show => {
                self.dialect == Dialect::DuckDb && self.nth_kind(ahead + 1) != TokenKind::LParen
            }
            _ => false,
        }
    }

    /// The query between the brackets at the cursor.
    pub(super) fn query_in_brackets(&mut self) -> Query {
        let range = self.inside_range();
        self.in_brackets(|parser| parser.query(range))
    }

    /// A query that owns `range`.
    pub(super) fn query(&mut self, range: RenderedRange) -> Query {
        self.depth += 1;
        let query = if self.depth > MAX_DEPTH {
            self.pos = self.limit;
            Query {
                range,
                with: None,
                body: Body::Missing,
                order_by: Vec::new(),
                limit: Vec::new(),
            }
        } else {
            self.query_unbounded(range)
        };
        self.depth -= 1;
        query
    }

    fn query_unbounded(&mut self, range: RenderedRange) -> Query {
        let with = self.at_keyword(Keyword::With).then(|| self.with());
        let body = self.body();
        let mut query = Query {
            range,
            with,
            body,
            order_by: Vec::new(),
            limit: Vec::new(),
        };
        self.query_tail(&mut query);
        query
    }

    /// `(a, b)`.
    pub(super) fn name_list(&mut self) -> Vec<crate::ast::Name> {
        self.in_brackets(|parser| {
            let names = parser.list(Trailing::Allowed, Self::is_end, |parser| {
                parser.name("the name of a column")
            });
            names.into_iter().flatten().collect()
        })
    }

    /// Unions and excepts of intersects of operands.
    fn body(&mut self) -> Body {
        self.set_operation(Self::is_weak_set_word, |parser| {
            parser.set_operation(
                |parser| parser.at_keyword(Keyword::Intersect),
                Self::operand,
            )
        })
    }

    fn is_weak_set_word(&self) -> bool {
        match self.keyword() {
            Keyword::Union | Keyword::Except => true,
            Keyword::Minus => self.dialect != Dialect::DuckDb,
            Keyword::Full | Keyword::Left | Keyword::Inner | Keyword::Outer => {
                self.has_dialect(&[Dialect::BigQuery]) && self.set_word_ahead() > 0
            }
            _ => false,
        }
    }

    /// BigQuery's `full outer union`: how many words stand before `union`; 0 when it does not come.
    fn set_word_ahead(&self) -> usize {
        (1..3)
            .find(|ahead| self.nth_keyword(*ahead) == Keyword::Union)
            .unwrap_or(0)
    }

    fn set_operation(
        &mut self,
        is_operator: impl Fn(&Self) -> bool,
        mut operand: impl FnMut(&mut Self) -> Body,
    ) -> Body {
        let first = operand(self);
        if !is_operator(self) {
            return first;
        }
        let mut operands = vec![SetOperand {
            operator: None,
            body: first,
        }];
        while is_operator(self) {
            let operator = Some(self.set_operator());
            operands.push(SetOperand {
                operator,
                body: operand(self),
            });
        }
        Body::SetOperation(operands)
    }

    fn set_operator(&mut self) -> SetOperator {
        let start = self.start();
        let n_before = self.set_word_ahead();
        self.bump_n(if self.at_keyword(Keyword::Union) {
            1
        } else {
            n_before + 1
        });
        let _ = self.eat_keyword(Keyword::All) || self.eat_keyword(Keyword::Distinct);
        if self.has_dialect(&[Dialect::BigQuery]) {
            self.eat_keyword(Keyword::Strict);
        }
        let is_corresponding = self.eat_keyword(Keyword::Corresponding);
        let is_by_name = self.eat_keywords(&[Keyword::By, Keyword::Name]) || is_corresponding;
        if is_by_name && self.eat_keyword(Keyword::On) && self.at(TokenKind::LParen) {
            self.skip_one();
        }
        self.is_panicking = false;
        SetOperator {
            is_by_name,
            range: self.range_from(start),
        }
    }

    fn operand(&mut self) -> Body {
        match self.keyword() {
            Keyword::Select | Keyword::From => Body::Select(Box::new(self.select())),
            Keyword::Values if self.is_values(0) => self.values(),
            Keyword::Table => self.table_statement(),
            Keyword::Pivot | Keyword::Unpivot => self.pivot_statement(),
            Keyword::Describe | Keyword::Summarize | Keyword::Show | Keyword::Desc
                if self.dialect == Dialect::DuckDb =>
            {
                self.pos = self.limit;
                Body::Opaque(Vec::new())
            }
            _ if self.at(TokenKind::LParen) => Body::Query(Box::new(self.query_in_brackets())),
            _ => {
                self.error("`select`");
                self.recover_to(|parser| {
                    parser.at_keyword(Keyword::Select) || parser.at_keyword(Keyword::Union)
                });
                if self.at_keyword(Keyword::Select) {
                    return Body::Select(Box::new(self.select()));
                }
                Body::Missing
            }
        }
    }

    /// Whether `values` at `ahead` begins rows, and is not a name.
    fn is_values(&self, ahead: usize) -> bool {
        match self.nth_kind(ahead + 1) {
            TokenKind::LParen => true,
            TokenKind::Number | TokenKind::String => self.takes_bare_rows(),
            // A reserved word there.
            _ => self.dialect == Dialect::Trino,
        }
    }

    /// `values 1, 2`: rows of one value need no brackets.
    fn takes_bare_rows(&self) -> bool {
        matches!(self.dialect, Dialect::Trino | Dialect::Databricks)
    }

    fn values(&mut self) -> Body {
        let start = self.start();
        self.bump();
        let rows = self.list(Trailing::Allowed, Self::is_clause_start, |parser| {
            if parser.takes_bare_rows() && !parser.at(TokenKind::LParen) {
                return match parser.expr() {
                    // `row(1, 'a')`
                    Expr {
                        kind: ExprKind::Tuple(items),
                        ..
                    } => items,
                    value => vec![value],
                };
            }
            if !parser.at(TokenKind::LParen) {
                parser.error("`(` and a row of values");
                return Vec::new();
            }
            parser.in_brackets(|parser| parser.expr_list(Trailing::Allowed))
        });
        Body::Values(rows, self.range_from(start))
    }

    /// `table t`.
    fn table_statement(&mut self) -> Body {
        let start = self.start();
        self.bump();
        let item = self.joined_relation();
        Body::Select(Box::new(crate::ast::Select {
            range: self.range_from(start),
            is_star_implied: true,
            from: vec![item],
            ..Default::default()
        }))
    }

    /// DuckDB's `pivot t on x using sum(y) group by z` as a statement of its own.
    fn pivot_statement(&mut self) -> Body {
        self.bump();
        let item = self.joined_relation();
        if !matches!(
            self.keyword(),
            Keyword::On | Keyword::Using | Keyword::Group
        ) {
            self.error("`on`");
        }
        self.recover_to(|parser| {
            matches!(
                parser.keyword(),
                Keyword::Order | Keyword::Limit | Keyword::Union
            )
        });
        Body::Opaque(vec![item])
    }

    /// `order by`, `limit` and their kin, in the order in which they come.
    fn query_tail(&mut self, query: &mut Query) {
        let (mut has_order, mut has_limit, mut has_offset) = (false, false, false);
        loop {
            if self.is_panicking {
                self.recover_to(Self::is_clause_start);
            }
            let is_repeated = match self.keyword() {
                Keyword::Order => {
                    std::mem::replace(&mut has_order, true) || has_limit || has_offset
                }
                Keyword::Limit => std::mem::replace(&mut has_limit, true),
                Keyword::Offset => std::mem::replace(&mut has_offset, true),
                _ => false,
            };
            if is_repeated && self.dialect == Dialect::DuckDb {
                self.error("the end of the query");
                self.is_panicking = false;
            }
            match self.keyword() {
                Keyword::Order | Keyword::Cluster | Keyword::Sort | Keyword::Distribute
                    if self.nth_keyword(1) == Keyword::By =>
                {
                    self.bump_n(2);
                    let keys = self.order_keys();
                    query.order_by.extend(keys);
                }
                Keyword::Order => {
                    self.bump();
                    self.error("`by`");
                }
                Keyword::Limit | Keyword::Offset => self.limit_clause(query),
                Keyword::Fetch => {
                    self.recover_to(|parser| parser.eat_ahead(&[Keyword::Only, Keyword::Ties]));
                    self.bump();
                }
                Keyword::For if self.dialect != Dialect::DuckDb => {
                    self.recover_to(|parser| {
                        matches!(parser.keyword(), Keyword::Limit | Keyword::Order)
                    });
                }
                Keyword::Using if self.nth_keyword(1) == Keyword::Sample => self.sample(),
                _ => return,
            }
        }
    }

    fn eat_ahead(&self, keywords: &[Keyword]) -> bool {
        keywords.contains(&self.keyword())
    }

    fn limit_clause(&mut self, query: &mut Query) {
        self.bump();
        if self.eat_keyword(Keyword::All) {
            return;
        }
        let is_share = self.at(TokenKind::Number) && self.nth_text(1) == "%";
        let count = if is_share {
            self.primary()
        } else {
            self.expr()
        };
        query.limit.push(count);
        let _ = self.eat_keyword(Keyword::Row) || self.eat_keyword(Keyword::Rows);
        let is_percent = self.token_text() == "%" || self.at_keyword(Keyword::Percent);
        if is_percent {
            self.bump();
        }
        if self.dialect != Dialect::DuckDb && self.eat(TokenKind::Comma) {
            query.limit.push(self.expr());
        }
    }

    /// The keys of an `order by`.
    pub(super) fn order_keys(&mut self) -> Vec<Expr> {
        self.list(Trailing::Refused, Self::is_tail_stop, |parser| {
            let key = if parser.at_keyword(Keyword::All) {
                let range = parser.name_here().range;
                Expr {
                    range,
                    kind: ExprKind::Other(Vec::new()),
                }
            } else {
                parser.expr()
            };
            let _ = parser.eat_keyword(Keyword::Asc)
                || parser.eat_keyword(Keyword::Desc)
                || parser.token_text().eq_ignore_ascii_case("descending")
                    && parser.eat(TokenKind::Word)
                || parser.token_text().eq_ignore_ascii_case("ascending")
                    && parser.eat(TokenKind::Word);
            if parser.eat_keyword(Keyword::Using) {
                parser.bump();
            }
            if parser.eat_keyword(Keyword::Nulls) {
                let is_there =
                    parser.eat_keyword(Keyword::First) || parser.eat_keyword(Keyword::Last);
                if !is_there {
                    parser.error("`first` or `last`");
                }
            }
            key
        })
    }

    fn is_tail_stop(&self) -> bool {
        self.is_clause_start()
            || matches!(
                self.keyword(),
                Keyword::Offset | Keyword::Fetch | Keyword::Rows | Keyword::Range | Keyword::Groups
            )
    }
}
