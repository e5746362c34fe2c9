//! `select`: the list, and the clauses behind it in any order that some dialect allows.

use base::RenderedRange;

use super::{Parser, Trailing};
use crate::ast::{Expr, ExprKind, NamedWindow, Select, SelectItem, Star};
use crate::dialect::Dialect;
use crate::keyword::{Category, Keyword};
use crate::token::TokenKind;

impl Parser<'_> {
    /// A select, or DuckDB's `from t select …`.
    pub(super) fn select(&mut self) -> Select {
        let start = self.start();
        let mut select = Select {
            is_star_implied: true,
            ..Select::default()
        };
        if self.eat_keyword(Keyword::From) {
            select.from = self.joined_relations();
        }
        if self.eat_keyword(Keyword::Select) {
            select.is_star_implied = false;
            self.select_list(&mut select);
        }
        self.clauses(&mut select);
        // Up to the next token: a cursor behind the last word still belongs to this select.
        select.range = RenderedRange::new(start, self.start());
        select
    }

    fn select_list(&mut self, select: &mut Select) {
        if self.eat_keyword(Keyword::Distinct) {
            if self.at_keyword(Keyword::On) && self.nth_kind(1) == TokenKind::LParen {
                self.bump();
                select.distinct_on = self.in_brackets(|parser| parser.expr_list(Trailing::Allowed));
            }
        } else if self.at_keyword(Keyword::All) {
            self.bump();
        }
        if self.dialect != Dialect::DuckDb {
            self.select_modifiers(select);
        }
        let is_empty = self.is_end() || self.is_list_end();
        if is_empty && self.dialect == Dialect::Postgres {
            return;
        }
        if is_empty {
            self.error("a column or an expression");
            self.is_panicking = false;
            return;
        }
        select.items = self.list(Trailing::Allowed, Self::is_list_end, Self::select_item);
    }

    /// `top 10`, `as struct`, `straight_join` and the like.
    fn select_modifiers(&mut self, select: &mut Select) {
        let is_top = self.token_text().eq_ignore_ascii_case("top")
            && matches!(self.nth_kind(1), TokenKind::Number | TokenKind::LParen);
        if is_top {
            self.bump();
            self.skip_one();
        }
        if self.at_keyword(Keyword::As)
            && matches!(self.nth_keyword(1), Keyword::Struct | Keyword::Value)
        {
            self.bump_n(2);
            select.is_shaped = true;
        }
    }

    /// What ends the list of columns.
    fn is_list_end(&self) -> bool {
        self.is_clause_start() && !self.at_keyword(Keyword::Select)
            || self.at_keyword(Keyword::Into)
            || self.at_keyword(Keyword::Using) && self.nth_keyword(1) == Keyword::Sample
    }

    pub(super) fn select_item(&mut self) -> SelectItem {
        let has_prefix_alias = self.dialect == Dialect::DuckDb
            && (self.is_name(0) || self.at(TokenKind::String))
            && self.nth_kind(1) == TokenKind::Colon;
        if has_prefix_alias {
            let alias = self.name_here();
            self.bump();
            let expr = self.expr();
            return SelectItem {
                expr,
                alias: Some(alias),
            };
        }
        let expr = self.expr();
        if self.is_panicking {
            return SelectItem { expr, alias: None };
        }
        let alias = self.item_alias();
        if !self.is_end() && !self.at(TokenKind::Comma) && !self.is_item_end() {
            self.error("`,` or the next clause");
        }
        SelectItem { expr, alias }
    }

    pub(super) fn is_item_end(&self) -> bool {
        self.is_list_end() || self.is_clause_tail()
    }

    /// Words that may follow a list of columns besides the ones every select has.
    fn is_clause_tail(&self) -> bool {
        matches!(
            self.keyword(),
            Keyword::Offset | Keyword::Fetch | Keyword::For | Keyword::Using | Keyword::Tablesample
        ) || self.dialect != Dialect::DuckDb
            && matches!(
                self.keyword(),
                Keyword::Minus
                    | Keyword::Lateral
                    | Keyword::Sort
                    | Keyword::Cluster
                    | Keyword::Distribute
                    | Keyword::Start
                    | Keyword::Connect
                    | Keyword::Full
                    | Keyword::Left
                    | Keyword::Inner
                    | Keyword::Outer
            )
    }

    fn item_alias(&mut self) -> Option<crate::ast::Name> {
        if self.eat_keyword(Keyword::As) {
            if self.at(TokenKind::String) {
                return Some(self.name_here());
            }
            if self.at(TokenKind::LParen) && self.dialect != Dialect::DuckDb {
                // Spark: `stack(…) as (a, b)`.
                self.skip_one();
                return None;
            }
            return self.label("a name after `as`");
        }
        let is_bare = match self.kind() {
            TokenKind::QuotedName => true,
            TokenKind::String => self.dialect == Dialect::DuckDb,
            TokenKind::Word => self.is_bare_alias(),
            _ => false,
        };
        is_bare.then(|| self.name_here())
    }

    /// A word that can name a column without `as`: in DuckDB no keyword can.
    fn is_bare_alias(&self) -> bool {
        let category = self.keyword().category();
        if self.dialect == Dialect::DuckDb {
            return category == Category::Plain;
        }
        matches!(
            category,
            Category::Plain | Category::Unreserved | Category::ColumnName
        ) && !self.is_clause_tail()
    }

    fn clauses(&mut self, select: &mut Select) {
        let mut last_rank = 0;
        loop {
            if self.is_panicking {
                self.recover_to(|parser| parser.is_clause_start() || parser.is_clause_tail());
            }
            let rank = clause_rank(self.keyword());
            if self.dialect == Dialect::DuckDb && rank > 0 {
                if rank <= last_rank {
                    self.error(
                        "the end of the query, since this clause comes earlier or is there already",
                    );
                    self.is_panicking = false;
                    self.bump();
                    self.expr();
                    continue;
                }
                last_rank = rank;
            }
            match self.keyword() {
                Keyword::From if select.from.is_empty() => {
                    self.bump();
                    select.from = self.joined_relations();
                }
                Keyword::Into if self.dialect != Dialect::DuckDb => {
                    self.bump();
                    self.recover_to(|parser| parser.at_keyword(Keyword::From));
                }
                Keyword::Where if select.filter.is_none() => {
                    self.bump();
                    select.filter = Some(self.expr());
                }
                Keyword::Group => self.group_by(select),
                Keyword::Having if select.having.is_none() => {
                    self.bump();
                    select.having = Some(self.expr());
                }
                Keyword::Window => self.windows(select),
                Keyword::Qualify if select.qualify.is_none() => {
                    self.bump();
                    select.qualify = Some(self.expr());
                }
                Keyword::Using if self.nth_keyword(1) == Keyword::Sample => self.sample(),
                Keyword::Lateral | Keyword::Start | Keyword::Connect
                    if self.dialect != Dialect::DuckDb =>
                {
                    self.foreign_clause(select);
                }
                _ => return,
            }
        }
    }

    /// Spark's `lateral view explode(x) t as a`, Oracle's and Snowflake's `start with … connect by …`.
    fn foreign_clause(&mut self, select: &mut Select) {
        if self.at_keyword(Keyword::Lateral) {
            let item = self.lateral_view();
            select.from.push(item);
            return;
        }
        self.bump();
        let _ = self.eat_keyword(Keyword::With) || self.eat_keyword(Keyword::By);
        let condition = self.expr();
        let filter = match select.filter.take() {
            Some(filter) => Expr {
                range: filter.range.join(condition.range),
                kind: ExprKind::Test(vec![filter, condition]),
            },
            None => condition,
        };
        select.filter = Some(filter);
    }

    fn group_by(&mut self, select: &mut Select) {
        self.bump();
        self.expect_keyword(Keyword::By, "`by`");
        if self.is_panicking {
            return;
        }
        if self.eat_keyword(Keyword::All) {
            return;
        }
        self.eat_keyword(Keyword::Distinct);
        let is_stop =
            |parser: &Self| parser.is_end() || parser.is_clause_start() || parser.is_clause_tail();
        select.group_by = self.list(Trailing::Allowed, is_stop, Self::group_key);
        if self.at_keyword(Keyword::With) && self.nth_keyword(1) != Keyword::Unlisted {
            // `with rollup`, `with totals`.
            self.bump_n(2);
        }
    }

    fn group_key(&mut self) -> Expr {
        let start = self.start();
        let is_sets = self.at_keywords(&[Keyword::Grouping, Keyword::Sets]);
        if is_sets {
            self.bump_n(2);
            if !self.at(TokenKind::LParen) {
                self.error("`(` and the grouping sets");
                return self.missing();
            }
            let keys = self.in_brackets(|parser| {
                parser.list(Trailing::Allowed, Self::is_end, Self::group_key)
            });
            return Expr {
                range: self.range_from(start),
                kind: ExprKind::Other(keys),
            };
        }
        if self.at(TokenKind::LParen) && self.nth_kind(1) == TokenKind::RParen {
            self.bump_n(2);
            return Expr {
                range: self.range_from(start),
                kind: ExprKind::Other(Vec::new()),
            };
        }
        self.expr()
    }

    fn windows(&mut self, select: &mut Select) {
        self.bump();
        let windows = self.list(Trailing::Refused, Self::is_clause_start, |parser| {
            let name = parser.name("the name of a window")?;
            parser.expect_keyword(Keyword::As, "`as`");
            if !parser.at(TokenKind::LParen) {
                parser.error("`(` and the window");
                return None;
            }
            let window = parser.in_brackets(Self::window_inside);
            Some(NamedWindow { name, window })
        });
        select.windows.extend(windows.into_iter().flatten());
    }

    /// `using sample 10%`, `using sample reservoir(50 rows) repeatable (1)`.
    pub(super) fn sample(&mut self) {
        self.bump_n(2);
        self.sample_body();
    }

    /// What follows `tablesample` and `using sample`.
    pub(super) fn sample_body(&mut self) {
        if self.at(TokenKind::Word) && self.nth_kind(1) == TokenKind::LParen {
            self.bump();
        }
        if self.at(TokenKind::LParen) || self.at(TokenKind::Number) || self.at(TokenKind::Parameter)
        {
            self.skip_one();
        } else {
            self.error("the size of the sample");
        }
        let is_unit = self.token_text() == "%"
            || matches!(
                self.keyword(),
                Keyword::Percent | Keyword::Rows | Keyword::Row
            );
        if is_unit {
            self.bump();
        }
        if self.at(TokenKind::LParen) {
            self.skip_one();
        }
        let is_seeded = matches!(self.keyword(), Keyword::Repeatable)
            || self.token_text().eq_ignore_ascii_case("seed");
        if is_seeded && self.nth_kind(1) == TokenKind::LParen {
            self.bump();
            self.skip_one();
        }
    }

    /// `*` with its modifiers; the cursor is behind the star.
    pub(super) fn star_modifiers(&mut self, star: &mut Star) {
        loop {
            match self.keyword() {
                Keyword::Exclude | Keyword::Except
                    if self.nth_kind(1) == TokenKind::LParen
                        && !self.is_query_word_behind_brackets() =>
                {
                    self.bump();
                    star.exclude = self.excluded();
                }
                Keyword::Exclude => {
                    self.bump();
                    if !self.is_name(0) {
                        self.error("the column to leave out");
                        return;
                    }
                    star.exclude.push(self.dotted_name());
                }
                Keyword::Replace => {
                    self.bump();
                    star.replace = self.replaced();
                }
                Keyword::Rename => {
                    self.bump();
                    star.rename = self.renamed();
                }
                Keyword::Like
                | Keyword::Ilike
                | Keyword::Glob
                | Keyword::Not
                | Keyword::Similar => {
                    self.eat_keyword(Keyword::Not);
                    self.bump();
                    self.eat_keyword(Keyword::To);
                    star.filter = Some(self.operand_expr());
                }
                _ => return,
            }
        }
    }

    /// `* except (select …)` is a set operation.
    fn is_query_word_behind_brackets(&self) -> bool {
        let mut ahead = 1;
        while self.nth_kind(ahead) == TokenKind::LParen {
            ahead += 1;
        }
        matches!(
            self.nth_keyword(ahead),
            Keyword::Select | Keyword::With | Keyword::From | Keyword::Values
        )
    }

    fn excluded(&mut self) -> Vec<Vec<crate::ast::Name>> {
        self.in_brackets(|parser| {
            parser.list(Trailing::Allowed, Self::is_end, |parser| {
                if parser.is_label(0) {
                    parser.dotted_name()
                } else {
                    parser.error("the name of a column");
                    Vec::new()
                }
            })
        })
    }

    /// One item, or a list of them in brackets.
    fn one_or_several<T>(&mut self, one: impl Fn(&mut Self) -> Option<T>) -> Vec<T> {
        if !self.at(TokenKind::LParen) {
            return one(self).into_iter().collect();
        }
        self.in_brackets(|parser| parser.list(Trailing::Allowed, Self::is_end, one))
            .into_iter()
            .flatten()
            .collect()
    }

    fn replaced(&mut self) -> Vec<(Expr, crate::ast::Name)> {
        let one = |parser: &mut Self| {
            let expr = parser.expr();
            parser.eat_keyword(Keyword::As);
            let name = parser.label("the name of the column to replace")?;
            Some((expr, name))
        };
        self.one_or_several(one)
    }

    fn renamed(&mut self) -> Vec<(Vec<crate::ast::Name>, crate::ast::Name)> {
        let one = |parser: &mut Self| {
            if !parser.is_label(0) {
                parser.error("the name of a column");
                return None;
            }
            let from = parser.dotted_name();
            parser.expect_keyword(Keyword::As, "`as`");
            let to = parser.label("the new name of the column")?;
            Some((from, to))
        };
        self.one_or_several(one)
    }
}

/// The order that DuckDB asks of the clauses behind the list; 0 is no such clause.
fn clause_rank(keyword: Keyword) -> u8 {
    match keyword {
        Keyword::From => 1,
        Keyword::Where => 2,
        Keyword::Group => 3,
        Keyword::Having => 4,
        Keyword::Window => 5,
        Keyword::Qualify => 6,
        _ => 0,
    }
}
