//! What follows a relation: time travel, samples, pivots, aliases.

use super::{Parser, Trailing};
use crate::ast::{Expr, FromItem, Name, Pivot, Relation, RelationKind};
use crate::dialect::Dialect;
use crate::keyword::{Category, Keyword};
use crate::token::TokenKind;

impl Parser<'_> {
    pub(super) fn relation_tail(&mut self, relation: &mut Relation) {
        self.time_travel();
        if self.at_keyword(Keyword::Tablesample) {
            self.bump();
            self.sample_body();
        }
        self.pivots(relation);
        self.alias(relation);
        if self.at_keyword(Keyword::Tablesample) {
            self.bump();
            self.sample_body();
        }
        self.time_travel();
        self.offset(relation);
        self.pivots(relation);
        if relation.alias.is_none() {
            self.alias(relation);
        }
        if self.token_text().eq_ignore_ascii_case("match_recognize")
            && self.nth_kind(1) == TokenKind::LParen
        {
            self.bump();
            self.skip_one();
            relation.pivots.push(Pivot {
                is_unpivot: false,
                exprs: Vec::new(),
            });
            self.alias(relation);
        }
    }

    /// `at (version => 3)`, `for system_time as of …`, `version as of 3`, `before (…)`, `changes (…)`.
    pub(super) fn time_travel(&mut self) {
        let text = self.token_text();
        let is_bracketed = self.nth_kind(1) == TokenKind::LParen
            && ["at", "before", "changes"]
                .iter()
                .any(|word| text.eq_ignore_ascii_case(word));
        if is_bracketed {
            self.bump();
            self.skip_one();
            return;
        }
        let is_system_time = self.at_keyword(Keyword::For)
            && ["system_time", "version", "timestamp"]
                .iter()
                .any(|word| self.nth_text(1).eq_ignore_ascii_case(word));
        if is_system_time {
            self.bump();
        }
        let is_as_of = self.nth_keyword(1) == Keyword::As
            && self.nth_keyword(2) == Keyword::Of
            && self.dialect != Dialect::DuckDb;
        if is_system_time || is_as_of {
            self.bump_n(3);
            self.operand_expr();
        }
    }

    pub(super) fn alias(&mut self, relation: &mut Relation) {
        let has_as = self.eat_keyword(Keyword::As);
        if has_as {
            let is_string = self.at(TokenKind::String);
            relation.alias = if is_string || self.is_table_label() {
                Some(self.name_here())
            } else if self.at(TokenKind::LParen) {
                None
            } else {
                self.error("an alias after `as`");
                return;
            };
        } else if self.is_bare_table_alias() {
            relation.alias = Some(self.name_here());
        } else if !(relation.alias.is_some() && self.at(TokenKind::LParen)) {
            return;
        }
        if self.at(TokenKind::LParen) {
            relation.columns = self.alias_columns();
        }
    }

    /// A name behind `as`: DuckDB is stricter here than for columns.
    pub(super) fn is_table_label(&self) -> bool {
        if self.dialect == Dialect::DuckDb {
            return self.is_name(0);
        }
        self.is_label(0) && !self.keyword().is_clause_word()
    }

    pub(super) fn is_bare_table_alias(&self) -> bool {
        if self.at(TokenKind::QuotedName) {
            return true;
        }
        if !self.at(TokenKind::Word) {
            return false;
        }
        let category = self.keyword().category();
        let is_name = matches!(
            category,
            Category::Plain | Category::Unreserved | Category::ColumnName
        );
        if self.dialect == Dialect::DuckDb {
            return self.is_name(0);
        }
        if !is_name {
            // No `left`, `inner` or `natural`, whatever else a dialect does not reserve: a join begins here.
            return matches!(
                self.keyword(),
                Keyword::Columns | Keyword::Map | Keyword::Struct
            );
        }
        let is_tail = matches!(
            self.keyword(),
            Keyword::Minus
                | Keyword::Sort
                | Keyword::Cluster
                | Keyword::Distribute
                | Keyword::Start
                | Keyword::Connect
                | Keyword::Apply
                | Keyword::MatchRecognize
                | Keyword::MatchCondition
                | Keyword::Set
        );
        let is_before_bracket =
            self.keyword() == Keyword::Outer && self.nth_keyword(1) == Keyword::Apply;
        !is_tail && !is_before_bracket
    }

    /// `(a, b)` and `(a integer, b varchar)`.
    pub(super) fn alias_columns(&mut self) -> Vec<Name> {
        self.in_brackets(|parser| {
            let names = parser.list(Trailing::Allowed, Self::is_end, |parser| {
                let name = parser.name("the name of a column");
                if name.is_some() && parser.at(TokenKind::Word) {
                    parser.type_name();
                }
                name
            });
            names.into_iter().flatten().collect()
        })
    }

    /// BigQuery's `unnest(x) as a with offset as i`.
    pub(super) fn offset(&mut self, relation: &mut Relation) {
        if !self.at_keywords(&[Keyword::With, Keyword::Offset]) {
            return;
        }
        let mut name = self
            .token_at(self.pos + 1)
            .map(|token| Name { range: token.range });
        self.bump_n(2);
        if self.eat_keyword(Keyword::As) {
            name = self.label("a name after `as`");
        } else if self.is_bare_table_alias() {
            name = Some(self.name_here());
        }
        if let RelationKind::Function { offset, .. } = &mut relation.kind {
            *offset = name;
        }
    }

    pub(super) fn pivots(&mut self, relation: &mut Relation) {
        while matches!(self.keyword(), Keyword::Pivot | Keyword::Unpivot) {
            let is_unpivot = self.at_keyword(Keyword::Unpivot);
            self.bump();
            let has_nulls = matches!(self.keyword(), Keyword::Include | Keyword::Exclude)
                && self.nth_keyword(1) == Keyword::Nulls;
            if has_nulls {
                self.bump_n(2);
            }
            if !self.at(TokenKind::LParen) {
                self.error("`(` and what to pivot");
                return;
            }
            let exprs = self.in_brackets(|parser| {
                let exprs = parser.list(Trailing::Allowed, Self::is_pivot_word, |parser| {
                    parser.select_item_of_pivot()
                });
                parser.pos = parser.limit;
                exprs
            });
            relation.pivots.push(Pivot { is_unpivot, exprs });
            if !self.at_keyword(Keyword::Pivot) && !self.at_keyword(Keyword::Unpivot) {
                relation.alias = None;
                self.alias(relation);
            }
        }
    }

    pub(super) fn is_pivot_word(&self) -> bool {
        matches!(self.keyword(), Keyword::For | Keyword::In | Keyword::Group)
    }

    pub(super) fn select_item_of_pivot(&mut self) -> Expr {
        let expr = self.operand_expr();
        let has_as = self.eat_keyword(Keyword::As);
        if has_as || self.at(TokenKind::Word) && !self.is_pivot_word() {
            self.bump();
        }
        expr
    }

    /// Spark's `lateral view [outer] explode(x) t as a, b`.
    pub(super) fn lateral_view(&mut self) -> FromItem {
        let start = self.start();
        self.bump();
        if !self.eat_keyword(Keyword::View) {
            self.error("`view`");
        }
        self.eat_keyword(Keyword::Outer);
        let kind = if self.is_label(0) {
            self.table_function()
        } else {
            RelationKind::Missing
        };
        let mut relation = Relation {
            kind,
            range: self.range_from(start),
            alias: None,
            columns: Vec::new(),
            pivots: Vec::new(),
        };
        if self.is_name(0) && !self.at_keyword(Keyword::As) {
            relation.alias = Some(self.name_here());
        }
        if self.eat_keyword(Keyword::As) {
            let names = self.list(Trailing::Refused, Self::is_clause_start, |parser| {
                parser.name("the name of a column")
            });
            relation.columns = names.into_iter().flatten().collect();
        }
        relation.range = self.range_from(start);
        FromItem {
            first: relation,
            joins: Vec::new(),
        }
    }
}
