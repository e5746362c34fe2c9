//! The parts of a text, from the outside in: what can be selected, and what its words are.
//!
//! A walk visits every query, clause, item and expression with its range. Where there is nothing for a part in the
//! tree (a clause is the expressions after its words), its range is made of its pieces and of the words before them.

use base::RenderedRange;

use crate::ast::{
    Body, Call, Case, Cte, Expr, ExprKind, FromItem, Join, Name, Postfix, Query, Relation,
    RelationKind, Select, SelectItem, Star, StatementKind, Window,
};
use crate::token::{Token, TokenKind};
use crate::tree::SqlTree;

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// A query with its `with`; without the brackets around it.
    Query,
    /// A CTE from its name to its closing bracket.
    Cte,
    /// One `select` of a set operation.
    Select,
    /// `where …`, `group by …`.
    Clause,
    /// An item of a list: a select item with its alias.
    Item,
    /// A relation with its alias.
    Relation,
    /// A join with its condition.
    Join,
    /// An expression.
    Expression,
    /// `case … end`.
    Case,
    /// The name of a function that is called.
    FunctionName,
    /// The name of a type: in a cast, or before a literal.
    TypeName,
    /// The name of a column, in an expression or where it is given; of `o.id`, the `id`.
    ColumnName,
    /// The name of a relation, a CTE or an alias of one; of `o.id`, the `o`.
    RelationName,
}

/// Visits all parts; `enter` says whether to look into one.
pub fn walk(tree: &SqlTree, enter: &mut dyn FnMut(Part, RenderedRange) -> bool) {
    let calls = None;
    Walk { tree, enter, calls }.statements();
}

/// Visits all calls in expressions. A function in `from` makes a table, and is none of them.
pub(crate) fn walk_calls(tree: &SqlTree, visit: &mut dyn FnMut(&Call)) {
    let mut enter = |_: Part, _: RenderedRange| true;
    let mut walk = Walk {
        tree,
        enter: &mut enter,
        calls: Some(visit),
    };
    walk.statements();
}

/// The parts that a cursor at `offset` touches.
pub fn parts_at(tree: &SqlTree, offset: u32) -> Vec<(Part, RenderedRange)> {
    let mut found = Vec::new();
    walk(tree, &mut |part, range| {
        let is_here = range.touches(offset);
        if is_here && !range.is_empty() {
            found.push((part, range));
        }
        is_here
    });
    found
}

struct Walk<'t, 'f> {
    tree: &'t SqlTree,
    enter: &'f mut dyn FnMut(Part, RenderedRange) -> bool,
    /// Who wants to see the calls.
    calls: Option<&'f mut dyn FnMut(&Call)>,
}

impl Walk<'_, '_> {
    fn statements(&mut self) {
        for statement in &self.tree.statements {
            match &statement.kind {
                StatementKind::Query(query) => self.query(query),
                StatementKind::Other => {}
            }
        }
    }

    fn enter(&mut self, part: Part, range: RenderedRange) -> bool {
        (self.enter)(part, range)
    }

    fn query(&mut self, query: &Query) {
        if !self.enter(Part::Query, query.range) {
            return;
        }
        if let Some(with) = &query.with
            && let Some(range) = joined(with.ctes.iter().map(|cte| cte.range))
        {
            let n_words = 1 + usize::from(with.is_recursive);
            let range = self.with_words_before(range, n_words);
            if self.enter(Part::Clause, range) {
                for cte in &with.ctes {
                    self.cte(cte);
                }
            }
        }
        self.body(&query.body);
        self.clause(2, &query.order_by);
        self.clause(1, &query.limit);
    }

    fn cte(&mut self, cte: &Cte) {
        if self.enter(Part::Cte, cte.range) {
            self.enter(Part::RelationName, cte.name.range);
            self.names(Part::ColumnName, &cte.columns);
            self.query(&cte.query);
        }
    }

    fn body(&mut self, body: &Body) {
        match body {
            Body::Select(select) => self.select(select),
            Body::SetOperation(operands) => {
                for operand in operands {
                    self.body(&operand.body);
                }
            }
            Body::Query(query) => self.query(query),
            Body::Values(rows, range) => {
                if self.enter(Part::Clause, *range) {
                    for row in rows {
                        self.items(row);
                    }
                }
            }
            Body::Opaque(items) => items.iter().for_each(|item| self.relations(item)),
            Body::Missing => {}
        }
    }

    fn select(&mut self, select: &Select) {
        if !self.enter(Part::Select, select.range) {
            return;
        }
        let items = select.items.iter().map(item_range);
        if let Some(range) = joined(items.filter(|range| !range.is_empty())) {
            let range = RenderedRange::new(select.range.start, range.end.max(select.range.start));
            if select.is_star_implied || self.enter(Part::Clause, range) {
                self.items(&select.distinct_on);
                for item in &select.items {
                    self.select_item(item);
                }
            }
        }
        if let Some(range) = joined(select.from.iter().map(from_range)) {
            let range = self.with_words_before(range, 1);
            if self.enter(Part::Clause, range) {
                select.from.iter().for_each(|item| self.relations(item));
            }
        }
        self.clause(1, select.filter.as_slice());
        self.clause(2, &select.group_by);
        self.clause(1, select.having.as_slice());
        for window in &select.windows {
            self.window(&window.window);
        }
        self.clause(1, select.qualify.as_slice());
    }

    /// Expressions, and the words of the clause before them.
    fn clause(&mut self, n_words: usize, exprs: &[Expr]) {
        let Some(range) = joined(exprs.iter().map(|it| it.range)) else {
            return;
        };
        let range = self.with_words_before(range, n_words);
        if self.enter(Part::Clause, range) {
            self.items(exprs);
        }
    }

    fn select_item(&mut self, item: &SelectItem) {
        let range = item_range(item);
        if self.enter(Part::Item, range) {
            self.expr(&item.expr);
            self.names(Part::ColumnName, item.alias.as_slice());
        }
    }

    fn relations(&mut self, item: &FromItem) {
        self.relation(&item.first);
        for join in &item.joins {
            self.join(join);
        }
    }

    fn join(&mut self, join: &Join) {
        if self.enter(Part::Join, join_range(join)) {
            self.relation(&join.right);
            join.on.iter().for_each(|on| self.expr(on));
            self.names(Part::ColumnName, &join.using);
        }
    }

    fn relation(&mut self, relation: &Relation) {
        if !self.enter(Part::Relation, relation_range(relation)) {
            return;
        }
        match &relation.kind {
            RelationKind::Query(query) => self.query(query),
            RelationKind::Function { call, .. } => {
                let calls = self.calls.take();
                self.expr(call);
                self.calls = calls;
            }
            RelationKind::Nested(item) => self.relations(item),
            RelationKind::Table(names) => self.names(Part::RelationName, names),
            RelationKind::File(_) | RelationKind::Missing => {}
        }
        self.names(Part::RelationName, relation.alias.as_slice());
        self.names(Part::ColumnName, &relation.columns);
        for pivot in &relation.pivots {
            self.items(&pivot.exprs);
        }
    }

    fn items(&mut self, exprs: &[Expr]) {
        for expr in exprs {
            self.expr(expr);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        let part = match expr.kind {
            ExprKind::Case(_) => Part::Case,
            _ => Part::Expression,
        };
        if !self.enter(part, expr.range) {
            return;
        }
        match &expr.kind {
            ExprKind::Missing | ExprKind::Literal(_) | ExprKind::Parameter => {}
            ExprKind::Name(names) => self.path(names),
            ExprKind::Typed(name, exprs) => {
                self.enter(Part::TypeName, *name);
                self.items(exprs);
            }
            ExprKind::Star(star) => self.star(star),
            ExprKind::Call(call) => self.call(call),
            ExprKind::Unary(_, expr) | ExprKind::Paren(expr) | ExprKind::Named(expr) => {
                self.expr(expr);
            }
            ExprKind::Lambda(names, expr) => {
                self.names(Part::ColumnName, names);
                self.expr(expr);
            }
            ExprKind::Chain(exprs, _)
            | ExprKind::Test(exprs)
            | ExprKind::List(exprs)
            | ExprKind::Tuple(exprs)
            | ExprKind::Other(exprs) => self.items(exprs),
            ExprKind::QueryTest(exprs, query) => {
                self.items(exprs);
                self.query(query);
            }
            ExprKind::Cast(expr, name) => {
                self.expr(expr);
                self.enter(Part::TypeName, *name);
            }
            ExprKind::Case(case) => self.case(case),
            ExprKind::Subquery(query) | ExprKind::ArrayQuery(query) => self.query(query),
            ExprKind::Postfix(expr, postfixes) => {
                self.expr(expr);
                for postfix in postfixes {
                    self.postfix(postfix);
                }
            }
            ExprKind::Struct(fields) => {
                for (name, expr) in fields {
                    self.enter(Part::ColumnName, name.range);
                    self.expr(expr);
                }
            }
            ExprKind::Map(pairs) => {
                for (key, value) in pairs {
                    self.expr(key);
                    self.expr(value);
                }
            }
            ExprKind::Comprehension(it) => {
                self.names(Part::ColumnName, &it.variables);
                self.expr(&it.item);
                self.expr(&it.list);
                self.items(it.filter.as_slice());
            }
        }
    }

    /// `o.id`: what comes before the last dot is a relation, or a struct that has the name of one.
    fn path(&mut self, names: &[Name]) {
        if let Some((last, qualifier)) = names.split_last() {
            self.names(Part::RelationName, qualifier);
            self.enter(Part::ColumnName, last.range);
        }
    }

    fn names(&mut self, part: Part, names: &[Name]) {
        for name in names {
            self.enter(part, name.range);
        }
    }

    fn star(&mut self, star: &Star) {
        self.names(Part::RelationName, &star.qualifier);
        star.exclude.iter().for_each(|path| self.path(path));
        for (from, to) in &star.rename {
            self.path(from);
            self.enter(Part::ColumnName, to.range);
        }
        for (_, name) in &star.replace {
            self.enter(Part::ColumnName, name.range);
        }
        star.replace.iter().for_each(|(expr, _)| self.expr(expr));
        self.items(star.filter.as_slice());
    }

    fn case(&mut self, case: &Case) {
        self.items(case.operand.as_slice());
        for (condition, value) in &case.branches {
            let branch = condition.range.join(value.range);
            if self.enter(Part::Item, self.with_words_before(branch, 1)) {
                self.expr(condition);
                self.expr(value);
            }
        }
        self.items(case.otherwise.as_slice());
    }

    fn call(&mut self, call: &Call) {
        if let Some(name) = call.name.last() {
            self.enter(Part::FunctionName, name.range);
        }
        if let Some(visit) = &mut self.calls {
            visit(call);
        }
        self.items(&call.args);
        self.items(&call.order_by);
        self.items(call.filter.as_slice());
        call.over.iter().for_each(|window| self.window(window));
    }

    /// What stands before the dot is an argument, too.
    fn method(&mut self, call: &Call) {
        let calls = self.calls.take();
        self.call(call);
        self.calls = calls;
    }

    fn window(&mut self, window: &Window) {
        self.clause(2, &window.partition_by);
        self.clause(2, &window.order_by);
        self.items(&window.frame);
    }

    fn postfix(&mut self, postfix: &Postfix) {
        match postfix {
            Postfix::Index(expr) | Postfix::AtTimeZone(expr) => self.expr(expr),
            Postfix::Slice(exprs) => self.items(exprs),
            Postfix::Method(call) => self.method(call),
            Postfix::Field(name) => {
                self.enter(Part::ColumnName, name.range);
            }
            Postfix::Path | Postfix::AllFields | Postfix::Collate => {}
        }
    }

    /// The range with the `n_words` words right before it.
    fn with_words_before(&self, range: RenderedRange, n_words: usize) -> RenderedRange {
        let tokens = &self.tree.tokens;
        let until = tokens.partition_point(|token| token.range.start < range.start);
        let before = tokens.get(..until).unwrap_or(&[]).iter().rev();
        let before = before.filter(|token| !token.is_trivia());
        let words = before.take_while(|token| is_word(token)).take(n_words);
        let start = words.last().map_or(range.start, |word| word.range.start);
        RenderedRange::new(start, range.end)
    }
}

fn is_word(token: &Token) -> bool {
    token.kind == TokenKind::Word && token.is_keyword()
}

fn joined(ranges: impl Iterator<Item = RenderedRange>) -> Option<RenderedRange> {
    ranges.reduce(RenderedRange::join)
}

fn item_range(item: &SelectItem) -> RenderedRange {
    with_name(item.expr.range, item.alias)
}

fn relation_range(relation: &Relation) -> RenderedRange {
    with_name(relation.range, relation.alias)
}

fn with_name(range: RenderedRange, name: Option<Name>) -> RenderedRange {
    name.map_or(range, |name| range.join(name.range))
}

fn join_range(join: &Join) -> RenderedRange {
    let on = join.on.iter().map(|on| on.range);
    let using = join.using.iter().map(|name| name.range);
    on.chain(using)
        .fold(relation_range(&join.right), RenderedRange::join)
}

fn from_range(item: &FromItem) -> RenderedRange {
    let joins = item.joins.iter().map(join_range);
    joins.fold(relation_range(&item.first), RenderedRange::join)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::parts_at;
    use crate::{Dialect, parse};

    /// `|` is the cursor: prints the parts around it, the innermost last.
    fn check(text: &str, expected: &Expect) {
        let offset = text.find('|').expect("a cursor");
        let text = text.replacen('|', "", 1);
        let parts = parts_at(&parse(&text, Dialect::DuckDb), offset as u32);
        let lines = parts
            .iter()
            .map(|(part, range)| format!("{part:?} {}\n", range.of(&text)));
        expected.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn the_parts_around_a_name_in_a_cte() {
        check(
            "with a as (select sum(x + y|) as n from t where x > 1) select * from a",
            &expect![[r#"
                Query with a as (select sum(x + y) as n from t where x > 1) select * from a
                Clause with a as (select sum(x + y) as n from t where x > 1)
                Cte a as (select sum(x + y) as n from t where x > 1)
                Query select sum(x + y) as n from t where x > 1
                Select select sum(x + y) as n from t where x > 1
                Clause select sum(x + y) as n
                Item sum(x + y) as n
                Expression sum(x + y)
                Expression x + y
                Expression y
                ColumnName y
            "#]],
        );
    }

    #[test]
    fn clauses_begin_with_their_words() {
        check(
            "select 1 from t join u on t.a = u.|a group by b",
            &expect![[r#"
                Query select 1 from t join u on t.a = u.a group by b
                Select select 1 from t join u on t.a = u.a group by b
                Clause from t join u on t.a = u.a
                Join u on t.a = u.a
                Expression t.a = u.a
                Expression u.a
                ColumnName a
            "#]],
        );
        check(
            "select 1 from t group by b, |c",
            &expect![[r#"
                Query select 1 from t group by b, c
                Select select 1 from t group by b, c
                Clause group by b, c
                Expression c
                ColumnName c
            "#]],
        );
    }

    #[test]
    fn casts_and_cases_have_their_parts() {
        check(
            "select case when a then b::in|t end",
            &expect![[r#"
                Query select case when a then b::int end
                Select select case when a then b::int end
                Clause select case when a then b::int end
                Item case when a then b::int end
                Case case when a then b::int end
                Item when a then b::int
                Expression b::int
                TypeName int
            "#]],
        );
    }

    #[test]
    fn half_typed_text_has_parts() {
        check(
            "with a as (select x, (y + | from t) select",
            &expect![[r#"
            Query with a as (select x, (y +  from t) select
            Clause with a as (select x, (y +  from t)
            Cte a as (select x, (y +  from t)
            Query select x, (y +  from t
            Select select x, (y +  from t
        "#]],
        );
    }
}
