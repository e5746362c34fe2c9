//! Calls: arguments, what may follow them, and windows.

use super::{Parser, Trailing};
use crate::ast::{Call, Expr, ExprKind, Name, Window};
use crate::dialect::Dialect;
use crate::keyword::Keyword;
use crate::token::TokenKind;

impl Parser<'_> {
    /// The argument list at the cursor.
    pub(super) fn arguments(&mut self, call: &mut Call) {
        let trailing = self.trailing_in_call(call);
        self.in_brackets(|parser| {
            if parser.is_end() {
                return;
            }
            if parser.eat_keyword(Keyword::Distinct) {
                call.is_distinct = true;
            } else {
                parser.eat_keyword(Keyword::All);
            }
            if !parser.at_keyword(Keyword::Order) {
                call.args = parser.list(trailing, Self::is_argument_tail, Self::argument);
            }
            parser.argument_tail(call);
        });
    }

    /// The functions of grouping are lists of columns, which may end in a comma; calls may not.
    fn trailing_in_call(&self, call: &Call) -> Trailing {
        let name = call.name.last().map_or("", |name| name.range.of(self.text));
        match Keyword::of(name) {
            Keyword::Rollup | Keyword::Cube | Keyword::Grouping | Keyword::GroupingId => {
                Trailing::Allowed
            }
            _ => Trailing::Refused,
        }
    }

    fn is_argument_tail(&self) -> bool {
        matches!(
            self.keyword(),
            Keyword::Order | Keyword::Ignore | Keyword::Respect | Keyword::Limit | Keyword::Having
        )
    }

    /// `order by …`, `ignore nulls` and other dialects' additions inside the brackets.
    fn argument_tail(&mut self, call: &mut Call) {
        loop {
            match self.keyword() {
                Keyword::Order if self.nth_keyword(1) == Keyword::By => {
                    self.bump_n(2);
                    call.order_by = self.order_keys();
                }
                Keyword::Ignore | Keyword::Respect if self.nth_keyword(1) == Keyword::Nulls => {
                    self.bump_n(2);
                }
                _ => break,
            }
        }
        if self.dialect != Dialect::DuckDb && !self.is_panicking {
            // `limit 3`, `having max x`, `separator ','`, `on overflow truncate`, `null on null`.
            self.pos = self.limit;
        }
    }

    pub(super) fn argument(&mut self) -> Expr {
        let start = self.start();
        if let Some(parameters) = self.arrow_parameters() {
            let body = Box::new(self.expr());
            return Expr {
                range: self.range_from(start),
                kind: ExprKind::Lambda(parameters, body),
            };
        }
        if self.is_label(0) && self.nth_kind(1) == TokenKind::Assign {
            self.bump_n(2);
            let value = Box::new(self.expr());
            return Expr {
                range: self.range_from(start),
                kind: ExprKind::Named(value),
            };
        }
        if self.is_option_named_by_keyword() {
            self.bump_n(2);
            let value = Box::new(self.expr());
            return Expr {
                range: self.range_from(start),
                kind: ExprKind::Named(value),
            };
        }
        let is_query = self.dialect != Dialect::DuckDb
            && matches!(self.keyword(), Keyword::Select | Keyword::With);
        if is_query {
            // `array(select …)` by another name: `to_json(select …)` is not standard, but some engines take it.
            let range = base::RenderedRange::new(start, self.limit_start());
            let query = Box::new(self.query(range));
            return Expr {
                range: self.range_from(start),
                kind: ExprKind::Subquery(query),
            };
        }
        let value = self.expr();
        if self.dialect != Dialect::DuckDb && !self.is_panicking {
            return self.foreign_argument(value);
        }
        value
    }

    /// `read_csv('x', columns = {…})`: an option whose name cannot begin an expression.
    fn is_option_named_by_keyword(&self) -> bool {
        self.at(TokenKind::Word) && !self.is_name(0) && self.nth_kind(1) == TokenKind::Eq
    }

    /// Start of the token that ends the bracket.
    fn limit_start(&self) -> u32 {
        self.tokens
            .get(self.limit)
            .map_or(self.text.len() as u32, |token| token.range.start)
    }

    /// `struct(a as b)` and `json_object('a': b)`, `'a' value b`.
    fn foreign_argument(&mut self, value: Expr) -> Expr {
        if self.eat_keyword(Keyword::As) && self.is_label(0) {
            let name = self.name_here();
            let range = value.range.join(name.range);
            return Expr {
                range,
                kind: ExprKind::Named(Box::new(value)),
            };
        }
        if self.at(TokenKind::Colon) || self.at_keyword(Keyword::Value) {
            self.bump();
            let other = self.expr();
            let range = value.range.join(other.range);
            return Expr {
                range,
                kind: ExprKind::Other(vec![value, other]),
            };
        }
        value
    }

    /// Takes `x ->` or `(x, y) ->` when a lambda begins here. `column -> 'key'` is JSON's arrow.
    fn arrow_parameters(&mut self) -> Option<Vec<Name>> {
        if self.dialect == Dialect::Postgres {
            return None;
        }
        let mut parameters = Vec::new();
        let mut ahead = 0;
        let name_at = |parser: &Self, ahead: usize| {
            let token = parser.token_at(parser.pos + ahead)?;
            parser
                .is_label(ahead)
                .then_some(Name { range: token.range })
        };
        if self.at(TokenKind::LParen) {
            loop {
                parameters.push(name_at(self, ahead + 1)?);
                ahead += 2 + self.n_type_words(ahead + 2);
                match self.nth_kind(ahead) {
                    TokenKind::Comma => {}
                    TokenKind::RParen => break,
                    _ => return None,
                }
            }
            ahead += 1;
        } else {
            parameters.push(name_at(self, 0)?);
            ahead = 1 + self.n_type_words(1);
        }
        let is_lambda = self.nth_kind(ahead) == TokenKind::Arrow
            && !matches!(
                self.nth_kind(ahead + 1),
                TokenKind::String | TokenKind::Number | TokenKind::Whitespace
            );
        if !is_lambda {
            return None;
        }
        self.bump_n(ahead + 1);
        Some(parameters)
    }

    /// Snowflake's `x int -> x + 1`.
    fn n_type_words(&self, ahead: usize) -> usize {
        let is_type = self.dialect == Dialect::Snowflake && self.nth_kind(ahead) == TokenKind::Word;
        usize::from(is_type)
    }

    /// `extract(year from x)`, `trim(both 'x' from y)`, `substring(x from 1 for 2)`, `position(a in b)`.
    pub(super) fn spoken_call(&mut self) -> ExprKind {
        let mut call = Call {
            name: vec![self.name_here()],
            ..Call::default()
        };
        call.args = self.in_brackets(|parser| {
            let mut args = Vec::new();
            loop {
                while matches!(
                    parser.keyword(),
                    Keyword::Both | Keyword::Leading | Keyword::Trailing | Keyword::From
                ) {
                    parser.bump();
                }
                if parser.is_end() {
                    if args.is_empty() {
                        parser.error("an expression");
                    }
                    return args;
                }
                args.push(parser.operand_expr());
                let is_separator = parser.at(TokenKind::Comma)
                    || matches!(
                        parser.keyword(),
                        Keyword::From
                            | Keyword::For
                            | Keyword::In
                            | Keyword::Placing
                            | Keyword::Similar
                            | Keyword::Escape
                    );
                if parser.is_panicking || !is_separator {
                    return args;
                }
                parser.bump();
            }
        });
        self.call_tail(&mut call);
        ExprKind::Call(Box::new(call))
    }

    /// `filter (…)`, `within group (…)`, `ignore nulls`, `over …`.
    pub(super) fn call_tail(&mut self, call: &mut Call) {
        loop {
            match self.keyword() {
                Keyword::Filter if self.nth_kind(1) == TokenKind::LParen => {
                    self.bump();
                    let filter = self.in_brackets(|parser| {
                        parser.eat_keyword(Keyword::Where);
                        parser.expr()
                    });
                    call.filter = Some(filter);
                }
                Keyword::Within => {
                    self.bump();
                    self.expect_keyword(Keyword::Group, "`group`");
                    if self.at(TokenKind::LParen) {
                        let window = self.in_brackets(Self::window_inside);
                        call.order_by = window.order_by;
                    }
                }
                Keyword::Ignore | Keyword::Respect if self.nth_keyword(1) == Keyword::Nulls => {
                    self.bump_n(2);
                }
                Keyword::From
                    if matches!(self.nth_keyword(1), Keyword::First | Keyword::Last)
                        && self.nth_keyword(2) == Keyword::Over =>
                {
                    self.bump_n(2);
                }
                Keyword::ExportState => self.bump(),
                Keyword::Over => {
                    self.bump();
                    call.over = Some(self.over());
                    return;
                }
                _ => return,
            }
        }
    }

    fn over(&mut self) -> Window {
        if self.at(TokenKind::LParen) {
            return self.in_brackets(Self::window_inside);
        }
        Window {
            base: self.name("`(` or the name of a window"),
            ..Window::default()
        }
    }

    /// The inside of `over (…)` and `window w as (…)`.
    pub(super) fn window_inside(&mut self) -> Window {
        let mut window = Window::default();
        let is_clause = matches!(
            self.keyword(),
            Keyword::Partition | Keyword::Order | Keyword::Rows | Keyword::Range | Keyword::Groups
        ) && self.nth_kind(1) == TokenKind::Word;
        if !is_clause && self.is_name(0) {
            window.base = Some(self.name_here());
        }
        let is_partition = self.eat_keywords(&[Keyword::Partition, Keyword::By])
            || self.dialect != Dialect::DuckDb
                && (self.eat_keywords(&[Keyword::Distribute, Keyword::By])
                    || self.eat_keywords(&[Keyword::Cluster, Keyword::By]));
        if is_partition {
            window.partition_by = self.list(Trailing::Refused, Self::is_window_step, Self::expr);
        }
        if self.eat_keywords(&[Keyword::Order, Keyword::By])
            || self.dialect != Dialect::DuckDb && self.eat_keywords(&[Keyword::Sort, Keyword::By])
        {
            window.order_by = self.order_keys();
        }
        if matches!(
            self.keyword(),
            Keyword::Rows | Keyword::Range | Keyword::Groups
        ) {
            self.bump();
            self.frame(&mut window);
        }
        window
    }

    fn is_window_step(&self) -> bool {
        matches!(
            self.keyword(),
            Keyword::Order | Keyword::Rows | Keyword::Range | Keyword::Groups | Keyword::Sort
        )
    }

    fn frame(&mut self, window: &mut Window) {
        if self.eat_keyword(Keyword::Between) {
            self.frame_bound(window);
            self.expect_keyword(Keyword::And, "`and`");
        }
        if !self.is_panicking {
            self.frame_bound(window);
        }
        if self.eat_keyword(Keyword::Exclude) {
            let is_known = self.eat_keywords(&[Keyword::Current, Keyword::Row])
                || self.eat_keywords(&[Keyword::No, Keyword::Others])
                || self.eat_keyword(Keyword::Group)
                || self.eat_keyword(Keyword::Ties);
            if !is_known {
                self.error("`current row`, `group`, `ties` or `no others`");
            }
        }
    }

    fn frame_bound(&mut self, window: &mut Window) {
        if self.eat_keywords(&[Keyword::Current, Keyword::Row]) {
            return;
        }
        if !self.eat_keyword(Keyword::Unbounded) {
            window.frame.push(self.operand_expr());
        }
        if !self.eat_keyword(Keyword::Preceding) && !self.eat_keyword(Keyword::Following) {
            self.error("`preceding` or `following`");
        }
    }
}
