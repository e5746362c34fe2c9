//! Selects: the relations, then the list, then the clauses that may name both.

use std::rc::Rc;
use std::sync::Arc;

use super::{Binder, Column, Scope, Shape, naming, tidy};
use crate::ast::{Expr, ExprKind, Select, SelectItem, Window};
use crate::columns::Confidence;
use crate::symbols::SymbolKind;
use crate::types::Type;

impl Binder<'_> {
    pub(super) fn select(&mut self, select: &Select, order_by: &[Expr]) -> Rc<Shape> {
        self.scopes.push(Scope::default());
        for item in &select.from {
            self.joined_relation(item);
        }
        self.named_windows(select);
        let mut shape = Shape {
            columns: Vec::new(),
            is_complete: true,
        };
        if select.is_star_implied {
            self.expand_star(&crate::ast::Star::default(), select.range, &mut shape);
        }
        for item in &select.items {
            self.item(item, &mut shape);
        }
        for expr in &select.distinct_on {
            self.row_expr(expr);
        }
        let clauses = [&select.filter, &select.having, &select.qualify];
        for clause in clauses.into_iter().flatten() {
            self.row_expr(clause);
        }
        for key in &select.group_by {
            self.row_expr(key);
        }
        self.note_scope(select.range);
        if let Some(scope) = self.scopes.last_mut() {
            scope.prefers_aliases = true;
        }
        for key in order_by {
            self.expr(key, &mut Vec::new());
        }
        self.scopes.pop();
        if select.is_shaped {
            self.leave_open(select.range);
            return Shape::unknown();
        }
        Rc::new(shape)
    }

    fn named_windows(&mut self, select: &Select) {
        for named in &select.windows {
            let name = self.shared_name(named.name);
            self.define(name, SymbolKind::Window, named.name.range, named.name.range);
            self.window(&named.window, &mut Vec::new());
        }
    }

    /// Expressions of a window; their columns count as inputs of the value computed over it.
    pub(super) fn window(&mut self, window: &Window, origins: &mut Vec<crate::columns::Origin>) {
        let keys = window
            .partition_by
            .iter()
            .chain(&window.order_by)
            .chain(&window.frame);
        for key in keys {
            self.expr(key, origins);
        }
        if let Some(base) = window.base {
            self.refer_window(base);
        }
    }

    fn item(&mut self, item: &SelectItem, shape: &mut Shape) {
        if let ExprKind::Star(star) = &item.expr.kind
            && (!star.is_columns || star.filter.is_none())
            && item.alias.is_none()
        {
            self.expand_star(star, item.expr.range, shape);
            return;
        }
        if has_columns(&item.expr) {
            self.columns_item(item, shape);
            return;
        }
        if self.unnested_struct(item, shape) {
            return;
        }
        let column = self.item_column(item);
        if item.alias.is_some()
            && let Some(scope) = self.scopes.last_mut()
        {
            scope.aliases.push(column.clone());
        }
        shape.columns.push(column);
    }

    fn item_column(&mut self, item: &SelectItem) -> Column {
        self.confidence = Confidence::Certain;
        let mut column = self.value_column(&item.expr);
        if let Some(alias) = item.alias {
            column.name = self.shared_name(alias);
            column.range = alias.range;
        }
        let kind = SymbolKind::Column {
            data_type: column.data_type.clone(),
        };
        let definition = item
            .alias
            .map_or_else(|| name_range(&item.expr), |alias| alias.range);
        let extent = definition.join(item.expr.range);
        column.symbol = self.define(column.name.clone(), kind, definition, extent);
        column
    }

    /// The column an expression makes, under the name it has by itself.
    pub(super) fn value_column(&mut self, expr: &Expr) -> Column {
        if let ExprKind::Name(parts) = &expr.kind
            && let Some((mut column, n_parts)) = self.resolve(parts)
        {
            if n_parts < parts.len() {
                for field in parts.iter().skip(n_parts) {
                    let name = self.name_text(*field);
                    column.data_type = column
                        .data_type
                        .as_ref()
                        .and_then(|of| of.field(&name).cloned());
                    column.name = Arc::from(&*name);
                }
                column.origins = column
                    .origins
                    .iter()
                    .cloned()
                    .map(|mut origin| {
                        origin.kind = origin.kind.max(crate::columns::OriginKind::Transformed);
                        origin
                    })
                    .collect();
            }
            column.range = expr.range;
            column.confidence = column.confidence.max(self.confidence);
            return column;
        }
        if let ExprKind::Paren(inner) = &expr.kind {
            return self.value_column(inner);
        }
        let mut origins = Vec::new();
        let data_type = if matches!(expr.kind, ExprKind::Name(_)) {
            self.confidence = Confidence::Unknown;
            None
        } else {
            self.expr(expr, &mut origins)
        };
        tidy(&mut origins);
        Column {
            data_type,
            origins: Rc::from(origins),
            confidence: self.confidence,
            ..Column::named(naming::implied_name(self, expr), expr.range)
        }
    }

    /// DuckDB's `unnest(struct)`: one column a field.
    fn unnested_struct(&mut self, item: &SelectItem, shape: &mut Shape) -> bool {
        let ExprKind::Call(call) = &item.expr.kind else {
            return false;
        };
        let is_unnest =
            matches!(&*call.name, [name] if self.name_text(*name).eq_ignore_ascii_case("unnest"));
        let Some(argument) = call.args.first().filter(|_| is_unnest) else {
            return false;
        };
        let mut origins = Vec::new();
        let data_type = self.muted(|binder| binder.expr(argument, &mut origins));
        match data_type {
            Some(Type::Struct(fields)) => {
                self.expr(argument, &mut Vec::new());
                tidy(&mut origins);
                let origins: Rc<[_]> = Rc::from(origins);
                shape
                    .columns
                    .extend(fields.iter().map(|(name, data_type)| Column {
                        origins: origins.clone(),
                        ..Column::typed(name.clone(), item.expr.range, data_type.clone())
                    }));
                true
            }
            // Of an unknown type: a list gives one column, a struct several.
            None => {
                let is_list = call.args.len() == 1 && item.alias.is_some();
                shape.is_complete &= is_list;
                false
            }
            Some(_) => false,
        }
    }
}

/// The last part of a name, where a column without alias gets its name from.
fn name_range(expr: &Expr) -> base::RenderedRange {
    match &expr.kind {
        ExprKind::Name(parts) => parts.last().map_or(expr.range, |name| name.range),
        _ => expr.range,
    }
}

/// Whether DuckDB's `columns(…)` stands in `expr`, so that it makes a column for each of them.
fn has_columns(expr: &Expr) -> bool {
    let is_there = |exprs: &[Expr]| exprs.iter().any(has_columns);
    match &expr.kind {
        ExprKind::Star(star) => star.is_columns,
        ExprKind::Call(call) => is_there(&call.args),
        ExprKind::Unary(_, operand) | ExprKind::Cast(operand, _) | ExprKind::Paren(operand) => {
            has_columns(operand)
        }
        ExprKind::Chain(operands, _) | ExprKind::Test(operands) => is_there(operands),
        ExprKind::Postfix(operand, _) => has_columns(operand),
        ExprKind::Case(case) => {
            case.branches
                .iter()
                .any(|(when, then)| has_columns(when) || has_columns(then))
                || case.otherwise.as_ref().is_some_and(has_columns)
        }
        ExprKind::Missing
        | ExprKind::Name(_)
        | ExprKind::Literal(_)
        | ExprKind::Typed(..)
        | ExprKind::Parameter
        | ExprKind::QueryTest(..)
        | ExprKind::Subquery(_)
        | ExprKind::ArrayQuery(_)
        | ExprKind::List(_)
        | ExprKind::Struct(_)
        | ExprKind::Map(_)
        | ExprKind::Tuple(_)
        | ExprKind::Lambda(..)
        | ExprKind::Comprehension(_)
        | ExprKind::Named(_)
        | ExprKind::Other(_) => false,
    }
}
