//! `relations`: the relations that a text names, whether anything is known of them or not.
//!
//! Needs no catalog, so it answers for every model of a project at the price of the parse.

use std::sync::Arc;

use base::RenderedRange;

use crate::ast::{
    Body, Expr, ExprKind, FromItem, Name, Postfix, Query, Relation, RelationKind, Select,
    StatementKind, Window,
};
use crate::bind::unquoted;
use crate::catalog::RelationName;
use crate::tree::SqlTree;

/// A relation named in a `from`, `join` or as a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableReference {
    /// The name as the text has it, without alias.
    pub range: RenderedRange,
    /// The name.
    pub name: RelationName,
    /// The alias given to it.
    pub alias: Option<Arc<str>>,
    /// The query it belongs to: the range of the innermost select around it.
    pub scope: RenderedRange,
    /// The CTE it means, unless it is a relation outside the statement.
    pub cte: Option<RenderedRange>,
}

/// All relations the text names in its queries, in order of place.
pub fn relations(tree: &SqlTree) -> Vec<TableReference> {
    let mut collector = Collector {
        text: tree.text(),
        ctes: Vec::new(),
        scope: RenderedRange::default(),
        found: Vec::new(),
    };
    for statement in &tree.statements {
        match &statement.kind {
            StatementKind::Query(query) => collector.query(query),
            StatementKind::Other => {}
        }
    }
    collector.found.sort_by_key(|reference| reference.range);
    collector.found
}

struct Collector<'t> {
    text: &'t str,
    /// Visible CTEs, the nearest last: name and the range of the name.
    ctes: Vec<(String, RenderedRange)>,
    scope: RenderedRange,
    found: Vec<TableReference>,
}

impl Collector<'_> {
    fn query(&mut self, query: &Query) {
        let n_outer = self.ctes.len();
        for cte in query.with.iter().flat_map(|with| &with.ctes) {
            let name = (
                unquoted(cte.name.range.of(self.text)).to_lowercase(),
                cte.name.range,
            );
            let is_recursive = query.with.as_ref().is_some_and(|with| with.is_recursive);
            if is_recursive {
                self.ctes.push(name);
                self.query(&cte.query);
            } else {
                self.query(&cte.query);
                self.ctes.push(name);
            }
        }
        self.body(&query.body, query.range);
        self.exprs(&query.order_by);
        self.exprs(&query.limit);
        self.ctes.truncate(n_outer);
    }

    fn body(&mut self, body: &Body, range: RenderedRange) {
        match body {
            Body::Select(select) => self.select(select),
            Body::SetOperation(operands) => {
                for operand in operands {
                    self.body(&operand.body, range);
                }
            }
            Body::Query(query) => self.query(query),
            Body::Values(rows, _) => rows.iter().for_each(|row| self.exprs(row)),
            Body::Opaque(items) => {
                let outer = std::mem::replace(&mut self.scope, range);
                for item in items {
                    self.joined_relation(item);
                }
                self.scope = outer;
            }
            Body::Missing => {}
        }
    }

    fn select(&mut self, select: &Select) {
        let outer = std::mem::replace(&mut self.scope, select.range);
        select
            .from
            .iter()
            .for_each(|item| self.joined_relation(item));
        select.items.iter().for_each(|item| self.expr(&item.expr));
        self.exprs(&select.distinct_on);
        self.exprs(&select.group_by);
        for clause in [&select.filter, &select.having, &select.qualify]
            .into_iter()
            .flatten()
        {
            self.expr(clause);
        }
        select
            .windows
            .iter()
            .for_each(|named| self.window(&named.window));
        self.scope = outer;
    }

    fn joined_relation(&mut self, item: &FromItem) {
        self.relation(&item.first);
        for join in &item.joins {
            self.relation(&join.right);
            if let Some(on) = &join.on {
                self.expr(on);
            }
        }
    }

    fn relation(&mut self, relation: &Relation) {
        match &relation.kind {
            RelationKind::Table(parts) => self.table(relation, parts),
            RelationKind::Query(query) => self.query(query),
            RelationKind::Function { call, .. } => self.expr(call),
            RelationKind::Nested(item) => self.joined_relation(item),
            RelationKind::File(_) | RelationKind::Missing => {}
        }
        relation
            .pivots
            .iter()
            .for_each(|pivot| self.exprs(&pivot.exprs));
    }

    fn table(&mut self, relation: &Relation, parts: &[Name]) {
        let Some(range) = parts
            .iter()
            .map(|name| name.range)
            .reduce(RenderedRange::join)
        else {
            return;
        };
        let name = RelationName::new(
            parts
                .iter()
                .map(|part| Arc::<str>::from(&*unquoted(part.range.of(self.text)))),
        );
        let folded = name.identifier().to_lowercase();
        let cte = self
            .ctes
            .iter()
            .rev()
            .find(|(cte, _)| parts.len() == 1 && *cte == folded)
            .map(|(_, range)| *range);
        self.found.push(TableReference {
            range,
            name,
            alias: relation
                .alias
                .map(|alias| Arc::from(&*unquoted(alias.range.of(self.text)))),
            scope: self.scope,
            cte,
        });
    }

    fn exprs(&mut self, exprs: &[Expr]) {
        for expr in exprs {
            self.expr(expr);
        }
    }

    fn window(&mut self, window: &Window) {
        self.exprs(&window.partition_by);
        self.exprs(&window.order_by);
        self.exprs(&window.frame);
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Missing | ExprKind::Name(_) | ExprKind::Literal(_) | ExprKind::Parameter => {}
            ExprKind::Typed(_, exprs)
            | ExprKind::Chain(exprs, _)
            | ExprKind::Test(exprs)
            | ExprKind::List(exprs)
            | ExprKind::Tuple(exprs)
            | ExprKind::Other(exprs) => self.exprs(exprs),
            ExprKind::Star(star) => {
                star.replace.iter().for_each(|(expr, _)| self.expr(expr));
                star.filter.iter().for_each(|expr| self.expr(expr));
            }
            ExprKind::Call(call) => {
                self.exprs(&call.args);
                self.exprs(&call.order_by);
                call.filter.iter().for_each(|filter| self.expr(filter));
                call.over.iter().for_each(|window| self.window(window));
            }
            ExprKind::Unary(_, inner)
            | ExprKind::Cast(inner, _)
            | ExprKind::Paren(inner)
            | ExprKind::Lambda(_, inner)
            | ExprKind::Named(inner) => self.expr(inner),
            ExprKind::QueryTest(exprs, query) => {
                self.exprs(exprs);
                self.query(query);
            }
            ExprKind::Subquery(query) | ExprKind::ArrayQuery(query) => self.query(query),
            ExprKind::Case(case) => {
                case.operand
                    .iter()
                    .chain(&case.otherwise)
                    .for_each(|expr| self.expr(expr));
                for (condition, value) in &case.branches {
                    self.expr(condition);
                    self.expr(value);
                }
            }
            ExprKind::Postfix(operand, postfixes) => {
                self.expr(operand);
                for postfix in postfixes {
                    self.postfix(postfix);
                }
            }
            ExprKind::Struct(fields) => fields.iter().for_each(|(_, value)| self.expr(value)),
            ExprKind::Map(entries) => entries.iter().for_each(|(key, value)| {
                self.expr(key);
                self.expr(value);
            }),
            ExprKind::Comprehension(comprehension) => {
                self.expr(&comprehension.item);
                self.expr(&comprehension.list);
                comprehension
                    .filter
                    .iter()
                    .for_each(|filter| self.expr(filter));
            }
        }
    }

    fn postfix(&mut self, postfix: &Postfix) {
        match postfix {
            Postfix::Index(expr) | Postfix::AtTimeZone(expr) => self.expr(expr),
            Postfix::Slice(exprs) => self.exprs(exprs),
            Postfix::Method(call) => self.exprs(&call.args),
            Postfix::Field(_) | Postfix::Path | Postfix::AllFields | Postfix::Collate => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::relations;
    use crate::{Dialect, parse};

    fn check(text: &str, expected: &Expect) {
        let tree = parse(text, Dialect::DuckDb);
        let lines: Vec<String> = relations(&tree)
            .into_iter()
            .map(|it| {
                let alias = it
                    .alias
                    .map(|alias| format!(" as {alias}"))
                    .unwrap_or_default();
                let cte = if it.cte.is_some() { " (cte)" } else { "" };
                format!(
                    "{}{alias}{cte} in {:?}",
                    it.range.of(text),
                    it.scope.of(text).trim()
                )
            })
            .collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn finds_tables_with_their_scopes_and_tells_ctes() {
        check(
            "with a as (select x from s.t as u) select * from a join \"B\" on exists (select 1 from c)",
            &expect![[r#"
                s.t as u in "select x from s.t as u"
                a (cte) in "select * from a join \"B\" on exists (select 1 from c)"
                "B" in "select * from a join \"B\" on exists (select 1 from c)"
                c in "select 1 from c""#]],
        );
    }

    #[test]
    fn a_cte_does_not_hide_the_table_it_reads() {
        check(
            "with orders as (select * from orders) select * from orders",
            &expect![[r#"
                orders in "select * from orders"
                orders (cte) in "select * from orders""#]],
        );
    }
}
