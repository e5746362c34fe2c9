//! `from`: relations, joins, table functions, pivots.

use super::{Parser, Trailing};
use crate::ast::{Call, Expr, ExprKind, FromItem, Join, JoinKind, Name, Relation, RelationKind};
use crate::dialect::Dialect;
use crate::keyword::{Category, Keyword};
use crate::token::TokenKind;

impl Parser<'_> {
    pub(super) fn joined_relations(&mut self) -> Vec<FromItem> {
        self.list(Trailing::Allowed, Self::is_item_end, Self::joined_relation)
    }

    /// A relation and its joins.
    pub(super) fn joined_relation(&mut self) -> FromItem {
        let first = self.relation();
        let mut joins = Vec::new();
        loop {
            if self.is_panicking {
                self.recover_to(|parser| parser.is_step() || parser.is_join_start());
            }
            match self.join() {
                Some(join) => joins.push(join),
                None => return FromItem { first, joins },
            }
        }
    }

    fn is_join_start(&self) -> bool {
        matches!(
            self.keyword(),
            Keyword::Join
                | Keyword::Inner
                | Keyword::Left
                | Keyword::Right
                | Keyword::Full
                | Keyword::Cross
                | Keyword::Natural
                | Keyword::Asof
                | Keyword::Positional
                | Keyword::Semi
                | Keyword::Anti
        ) || self.at_keyword(Keyword::Outer) && self.nth_keyword(1) == Keyword::Apply
    }

    fn join(&mut self) -> Option<Join> {
        if !self.is_join_start() || self.is_set_operation_ahead() {
            return None;
        }
        let mut kind = JoinKind::Inner;
        let (mut is_natural, mut is_unconditional) = (false, false);
        loop {
            match self.keyword() {
                Keyword::Natural => is_natural = true,
                Keyword::Left => kind = JoinKind::Left,
                Keyword::Right => kind = JoinKind::Right,
                Keyword::Full => kind = JoinKind::Full,
                Keyword::Cross => {
                    kind = JoinKind::Cross;
                    is_unconditional = true;
                }
                Keyword::Positional => is_unconditional = true,
                Keyword::Semi | Keyword::Anti => kind = JoinKind::Filter,
                Keyword::Inner | Keyword::Outer | Keyword::Asof => {}
                _ => break,
            }
            self.bump();
        }
        let is_apply = self.eat_keyword(Keyword::Apply);
        if !is_apply && !self.eat_keyword(Keyword::Join) {
            self.error("`join`");
        }
        let right = self.relation();
        let mut join = Join {
            kind,
            is_natural,
            right,
            on: None,
            using: Vec::new(),
        };
        if self.token_text().eq_ignore_ascii_case("match_condition") {
            self.bump();
            self.skip_one();
        }
        self.join_condition(&mut join, is_unconditional || is_natural || is_apply);
        Some(join)
    }

    fn is_set_operation_ahead(&self) -> bool {
        self.nth_keyword(1) == Keyword::Union || self.nth_keyword(2) == Keyword::Union
    }

    fn join_condition(&mut self, join: &mut Join, is_unconditional: bool) {
        if is_unconditional && self.dialect == Dialect::DuckDb {
            return;
        }
        // `a join b join c on … on …` gives the outer condition last; a bracketless nested join is the only place.
        match self.keyword() {
            Keyword::On => {
                self.bump();
                join.on = Some(self.expr());
            }
            Keyword::Using if self.nth_kind(1) == TokenKind::LParen => {
                self.bump();
                join.using = self.name_list();
                if self.dialect != Dialect::DuckDb && self.at_keyword(Keyword::As) {
                    self.bump_n(2);
                }
            }
            Keyword::Using if self.dialect == Dialect::DuckDb && self.is_label(1) => {
                self.bump();
                self.error("`(` and the columns to join on");
            }
            _ if is_unconditional || self.is_condition_optional() => {}
            _ if self.is_join_start() => self.nested_join(join),
            _ => self.error("`on` or `using`"),
        }
    }

    /// MySQL's habit, which Spark, Snowflake and BigQuery (for arrays) share.
    fn is_condition_optional(&self) -> bool {
        matches!(
            self.dialect,
            Dialect::Databricks | Dialect::Snowflake | Dialect::BigQuery | Dialect::Generic
        )
    }

    /// `a join b join c on … on …`: the right side is itself a join.
    fn nested_join(&mut self, outer: &mut Join) {
        self.depth += 1;
        if self.depth > super::MAX_DEPTH {
            self.error("`on` or `using`");
        } else if let Some(inner) = self.join() {
            let missing = Relation {
                kind: RelationKind::Missing,
                range: outer.right.range.join(inner.right.range),
                alias: None,
                columns: Vec::new(),
                pivots: Vec::new(),
            };
            let first = std::mem::replace(&mut outer.right, missing);
            outer.right.kind = RelationKind::Nested(Box::new(FromItem {
                first,
                joins: vec![inner],
            }));
            if !self.is_panicking {
                self.join_condition(outer, false);
            }
        }
        self.depth -= 1;
    }

    fn relation(&mut self) -> Relation {
        let start = self.start();
        let prefix_alias = self.prefix_alias();
        let kind = self.relation_kind();
        let mut relation = Relation {
            kind,
            range: self.range_from(start),
            alias: prefix_alias,
            columns: Vec::new(),
            pivots: Vec::new(),
        };
        if !self.is_panicking {
            self.relation_tail(&mut relation);
        }
        relation.range = self.range_from(start);
        relation
    }

    /// DuckDB's `from alias: relation`.
    fn prefix_alias(&mut self) -> Option<Name> {
        let is_there = self.dialect == Dialect::DuckDb
            && self.is_name(0)
            && self.nth_kind(1) == TokenKind::Colon;
        if !is_there {
            return None;
        }
        let alias = self.name_here();
        self.bump();
        Some(alias)
    }

    fn relation_kind(&mut self) -> RelationKind {
        // Whether a subquery may look to its left is not enforced: DuckDB lets it without the word.
        self.eat_keyword(Keyword::Lateral);
        if self.at(TokenKind::LParen) {
            return self.bracketed_relation();
        }
        if self.at(TokenKind::String) {
            let start = self.start();
            self.bump();
            return RelationKind::File(self.range_from(start));
        }
        if self.at_keyword(Keyword::Only) && self.is_name(1) {
            self.bump();
        }
        if self.token_text() == "@" {
            return self.stage();
        }
        let is_value_function = matches!(
            self.keyword(),
            Keyword::Table | Keyword::Unnest | Keyword::Rows
        ) || self.keyword().category() == Category::TypeFunction;
        let is_rows_from = self.at_keywords(&[Keyword::Rows, Keyword::From])
            && self.nth_kind(2) == TokenKind::LParen;
        if is_rows_from || self.nth_kind(1) == TokenKind::LParen && is_value_function {
            return self.table_function();
        }
        let is_relation_name = self.is_name(0)
            || self.at(TokenKind::Parameter) && self.dialect != Dialect::DuckDb
            || self.dialect != Dialect::DuckDb
                && self.is_label(0)
                && !self.keyword().is_clause_word();
        if !is_relation_name {
            self.error("a table, a CTE or a subquery");
            return RelationKind::Missing;
        }
        let checkpoint = self.pos;
        let name = self.relation_name();
        if self.at(TokenKind::LParen) {
            self.pos = checkpoint;
            return self.table_function();
        }
        if matches!(self.dialect, Dialect::DuckDb | Dialect::Postgres) {
            // `from t *`, an old way to say that child tables are meant, too.
            self.eat(TokenKind::Star);
        }
        RelationKind::Table(name)
    }

    /// `db.schema.table`; BigQuery also takes dashes in the first part, and a star at the end.
    fn relation_name(&mut self) -> Vec<Name> {
        let mut parts = self.dotted_name();
        if !self.has_dialect(&[Dialect::BigQuery]) {
            if self.at(TokenKind::Dot) {
                self.bump();
                if self.at(TokenKind::Dot) {
                    self.bump();
                    parts.extend(self.label("the name of a table"));
                } else {
                    self.error("the name of a table");
                }
            }
            return parts;
        }
        while self.is_joined() && (self.token_text() == "-" || self.at(TokenKind::Number)) {
            let Some(last) = parts.last_mut() else { break };
            self.bump();
            let end = if self.is_joined() && self.is_label(0) {
                self.name_here().range.end
            } else {
                self.prev_end()
            };
            last.range.end = end;
            while self.at(TokenKind::Dot) && self.is_label(1) {
                self.bump();
                parts.push(self.name_here());
            }
        }
        if self.is_joined() && self.at(TokenKind::Star) {
            self.bump();
            if let Some(last) = parts.last_mut() {
                last.range.end = self.prev_end();
            }
        }
        parts
    }

    /// Snowflake's `@stage/path`.
    fn stage(&mut self) -> RelationKind {
        let start = self.start();
        self.bump();
        while self.is_joined() && !self.is_end() && !self.at(TokenKind::LParen) {
            self.bump();
        }
        if self.at(TokenKind::LParen) {
            self.skip_one();
        }
        RelationKind::File(self.range_from(start))
    }

    fn bracketed_relation(&mut self) -> RelationKind {
        self.depth += 1;
        let kind = if self.depth > super::MAX_DEPTH {
            self.skip_one();
            RelationKind::Missing
        } else if self.is_query_start() && self.is_bracketed_query() {
            let query = Box::new(self.query_in_brackets());
            RelationKind::Query(query)
        } else {
            let item = self.in_brackets(Self::joined_relation);
            RelationKind::Nested(Box::new(item))
        };
        self.depth -= 1;
        kind
    }

    /// Tells `((select 1) union (select 2))` from `((select 1) a join b on …)`: in the first no alias or join follows
    /// the inner bracket.
    fn is_bracketed_query(&self) -> bool {
        if self.nth_kind(1) != TokenKind::LParen {
            return true;
        }
        let Some(close) = self.brackets.close(self.pos + 1) else {
            return true;
        };
        let Some(after) = self.tokens.get(close.at + 1) else {
            return true;
        };
        match after.kind {
            TokenKind::RParen => true,
            TokenKind::Word => matches!(
                after.keyword,
                Keyword::Union
                    | Keyword::Intersect
                    | Keyword::Except
                    | Keyword::Minus
                    | Keyword::Order
                    | Keyword::Limit
                    | Keyword::Offset
            ),
            _ => false,
        }
    }

    pub(super) fn table_function(&mut self) -> RelationKind {
        let start = self.start();
        if self.at_keyword(Keyword::Rows) && self.nth_keyword(1) == Keyword::From {
            self.bump_n(2);
            self.skip_one();
        }
        let name = self.dotted_name();
        let call = if self.at(TokenKind::LParen) {
            let is_query = name.len() == 1 && self.is_query_start();
            let args = if is_query {
                vec![self.query_arg()]
            } else {
                self.table_args()
            };
            Call {
                name,
                args,
                ..Call::default()
            }
        } else {
            Call {
                name,
                ..Call::default()
            }
        };
        let call = Expr {
            range: self.range_from(start),
            kind: ExprKind::Call(Box::new(call)),
        };
        let has_ordinality = self.eat_keywords(&[Keyword::With, Keyword::Ordinality]);
        RelationKind::Function {
            call,
            has_ordinality,
            offset: None,
        }
    }

    fn query_arg(&mut self) -> Expr {
        let start = self.start();
        let query = self.query_in_brackets();
        Expr {
            range: self.range_from(start),
            kind: ExprKind::Subquery(Box::new(query)),
        }
    }

    /// Arguments of a table function; Trino and Snowflake also pass tables: `table(t)`, `table(t partition by x)`.
    fn table_args(&mut self) -> Vec<Expr> {
        self.in_brackets(|parser| {
            if parser.is_end() {
                return Vec::new();
            }
            let _ = parser.eat_keyword(Keyword::All) || parser.eat_keyword(Keyword::Distinct);
            let args = parser.list(Trailing::Refused, Self::is_end, Self::argument);
            if parser.dialect != Dialect::DuckDb {
                parser.pos = parser.limit;
            }
            args
        })
    }
}
