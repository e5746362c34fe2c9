//! Queries: CTEs, set operations, values.

use std::rc::Rc;
use std::sync::Arc;

use base::RenderedRange;

use super::{Binder, BoundCte, Column, Scope, Shape, Source, infer, raise, tidy};
use crate::ast::{Body, Cte, Expr, Name, Query, SetOperand, With};
use crate::columns::{Confidence, OriginKind};
use crate::dialect::Dialect;
use crate::symbols::{Positional, ProblemKind, SymbolKind};

impl Binder<'_> {
    pub(super) fn query(&mut self, query: &Query) -> Rc<Shape> {
        let n_outer = self.ctes.len();
        if let Some(with) = &query.with {
            self.with(with);
        }
        self.note_scope(query.range);
        if is_opaque(&query.body) {
            self.leave_open(query.range);
        }
        let shape = match &query.body {
            Body::Select(select) => self.select(select, &query.order_by),
            body => {
                let shape = self.body(body);
                self.order_of_output(&query.order_by, &shape);
                shape
            }
        };
        for limit in &query.limit {
            self.expr(limit, &mut Vec::new());
        }
        self.drop_ctes(n_outer);
        shape
    }

    fn drop_ctes(&mut self, n_kept: usize) {
        let ended: Vec<BoundCte> = self.ctes.drain(n_kept..).collect();
        for cte in ended {
            if !cte.is_used {
                self.report(cte.range, || ProblemKind::UnusedCte { name: cte.name });
            }
        }
    }

    fn with(&mut self, with: &With) {
        let n_outer = self.ctes.len();
        for cte in &with.ctes {
            let name = self.shared_name(cte.name);
            let is_known = self
                .ctes
                .iter()
                .skip(n_outer)
                .any(|other| other.name.eq_ignore_ascii_case(&name));
            if is_known {
                let name = name.clone();
                self.report(cte.name.range, || ProblemKind::DuplicateCte { name });
            }
            self.cte(cte, name, with.is_recursive);
        }
    }

    fn cte(&mut self, cte: &Cte, name: Arc<str>, is_recursive: bool) {
        let symbol = self.define(name.clone(), SymbolKind::Cte, cte.name.range, cte.range);
        let mut bound = BoundCte {
            name,
            shape: Shape::unknown(),
            symbol,
            range: cte.name.range,
            is_used: false,
        };
        let anchor = is_recursive
            .then(|| recursion_anchor(&cte.query.body))
            .flatten();
        let shape = if let Some(anchor) = anchor {
            // The columns of a recursive CTE are those of its first operand.
            let n_outer = self.ctes.len();
            if let Some(with) = &cte.query.with {
                self.with(with);
            }
            let shape = self.body(anchor);
            self.ctes.truncate(n_outer);
            let mut shape = self.renamed(shape, &cte.columns);
            if !cte.recursion.added.is_empty() {
                // They can be named inside, too, but `*` does not yield them there.
                Rc::make_mut(&mut shape).is_complete = false;
            }
            bound.shape = shape;
            self.ctes.push(bound.clone());
            let shape = self.query(&cte.query);
            self.ctes.pop();
            shape
        } else {
            self.query(&cte.query)
        };
        bound.shape = self.renamed(shape, &cte.columns);
        self.recursion_columns(cte, &mut bound.shape);
        self.ctes.push(bound);
    }

    /// What `search` and `cycle` behind a recursive CTE name, and add to it.
    fn recursion_columns(&mut self, cte: &Cte, shape: &mut Rc<Shape>) {
        for key in &cte.recursion.keys {
            let text = self.name_text(*key);
            if let Some(column) = shape.column(&text).cloned() {
                self.refer_column(key.range, &column);
            }
        }
        for name in &cte.recursion.added {
            let text = self.shared_name(*name);
            let kind = SymbolKind::Column { data_type: None };
            let symbol = self.define(text.clone(), kind, name.range, name.range);
            Rc::make_mut(shape).columns.push(Column {
                symbol,
                ..Column::named(text, name.range)
            });
        }
    }

    /// The shape with its first columns renamed.
    pub(super) fn renamed(&mut self, shape: Rc<Shape>, names: &[Name]) -> Rc<Shape> {
        let shape = self.deduplicated(shape);
        if names.is_empty() {
            return shape;
        }
        let mut columns = shape.columns.clone();
        for (idx, name) in names.iter().enumerate() {
            let text = self.shared_name(*name);
            let data_type = columns.get(idx).and_then(|column| column.data_type.clone());
            let kind = SymbolKind::Column { data_type };
            let symbol = self.define(text.clone(), kind, name.range, name.range);
            if let Some(column) = columns.get_mut(idx) {
                column.name = text;
                column.range = name.range;
                column.symbol = symbol.or(column.symbol);
            } else {
                columns.push(Column {
                    confidence: Confidence::Unknown,
                    symbol,
                    ..Column::named(text, name.range)
                });
            }
        }
        let is_complete = shape.is_complete;
        Rc::new(Shape {
            columns,
            is_complete,
        })
    }

    /// DuckDB tells the columns of a subquery apart: the second `a` is `a_1`.
    fn deduplicated(&self, shape: Rc<Shape>) -> Rc<Shape> {
        let is_repeated = |columns: &[Column], idx: usize| {
            let (before, rest) = columns.split_at(idx);
            rest.first().is_some_and(|column| {
                before
                    .iter()
                    .any(|other| other.name.eq_ignore_ascii_case(&column.name))
            })
        };
        let n_columns = shape.columns.len();
        let has_repeats = (1..n_columns).any(|idx| is_repeated(&shape.columns, idx));
        if self.dialect != Dialect::DuckDb || !has_repeats {
            return shape;
        }
        let mut columns = shape.columns.clone();
        for idx in 1..n_columns {
            let mut n_tries = 0;
            while is_repeated(&columns, idx) {
                n_tries += 1;
                let Some(original) = shape.columns.get(idx) else {
                    break;
                };
                let name = Arc::from(format!("{}_{n_tries}", original.name));
                if let Some(column) = columns.get_mut(idx) {
                    column.name = name;
                }
            }
        }
        Rc::new(Shape {
            columns,
            is_complete: shape.is_complete,
        })
    }

    fn body(&mut self, body: &Body) -> Rc<Shape> {
        match body {
            Body::Select(select) => self.select(select, &[]),
            Body::Query(query) => self.query(query),
            Body::Values(rows, range) => self.values(rows, *range),
            Body::SetOperation(operands) => self.set_operation(operands),
            Body::Opaque(items) => {
                self.scopes.push(Scope::default());
                for item in items {
                    self.joined_relation(item);
                }
                self.scopes.pop();
                Shape::unknown()
            }
            Body::Missing => Shape::unknown(),
        }
    }

    fn values(&mut self, rows: &[Vec<Expr>], range: RenderedRange) -> Rc<Shape> {
        let mut columns: Vec<Column> = Vec::new();
        for (row_idx, row) in rows.iter().enumerate() {
            for (idx, value) in row.iter().enumerate() {
                let mut origins = Vec::new();
                let data_type = self.expr(value, &mut origins);
                raise(&mut origins, 0, OriginKind::Transformed);
                match columns.get_mut(idx) {
                    Some(column) => {
                        let before = column.data_type.take();
                        column.data_type = infer::unified_option(before, data_type);
                    }
                    None if row_idx == 0 => {
                        let mut column = Column::named(self.values_name(idx), range);
                        column.data_type = data_type;
                        column.origins = Rc::from(origins);
                        columns.push(column);
                    }
                    None => {}
                }
            }
        }
        Shape::known(columns)
    }

    fn values_name(&self, idx: usize) -> String {
        match self.dialect {
            Dialect::DuckDb => format!("col{idx}"),
            Dialect::Databricks => format!("col{}", idx + 1),
            Dialect::Trino => format!("_col{idx}"),
            _ => format!("column{}", idx + 1),
        }
    }

    /// What a column of a later branch becomes, where that is not its own name.
    fn name_by_position(&mut self, first: &Shape, later: &Shape) {
        if !self.is_recording() {
            return;
        }
        let is_of_star = |column: &Column| {
            let same = later.columns.iter().filter(|it| it.range == column.range);
            same.count() > 1
        };
        let others = first.columns.iter().zip(&later.columns);
        let renamed: Vec<Positional> = others
            .filter(|(column, other)| !column.name.eq_ignore_ascii_case(&other.name))
            .filter(|(_, other)| !other.range.is_empty() && !is_of_star(other))
            .map(|(column, other)| Positional {
                range: other.range,
                name: Arc::clone(&column.name),
            })
            .collect();
        self.note_positional(renamed);
    }

    fn set_operation(&mut self, operands: &[SetOperand]) -> Rc<Shape> {
        let mut result: Option<Shape> = None;
        for operand in operands {
            let shape = self.body(&operand.body);
            let Some(operator) = operand.operator else {
                result = Some((*shape).clone());
                continue;
            };
            let Some(left) = &mut result else { continue };
            if operator.is_by_name {
                merge_by_name(left, &shape);
                continue;
            }
            let widths = (left.columns.len() as u32, shape.columns.len() as u32);
            if left.is_complete && shape.is_complete && widths.0 != widths.1 {
                self.report(operator.range, || ProblemKind::SetOperationWidth {
                    left: widths.0,
                    right: widths.1,
                });
            }
            if left.is_complete && shape.is_complete {
                self.name_by_position(left, &shape);
            }
            for (column, other) in left.columns.iter_mut().zip(&shape.columns) {
                merge_column(column, other);
            }
            if !shape.is_complete {
                for column in &mut left.columns {
                    column.confidence = column.confidence.max(Confidence::Likely);
                    column.data_type = None;
                }
            }
        }
        Rc::new(result.unwrap_or_default())
    }

    /// `order by` behind a set operation: over the output columns alone.
    fn order_of_output(&mut self, keys: &[Expr], shape: &Rc<Shape>) {
        if keys.is_empty() {
            return;
        }
        let source = Source {
            alias: None,
            relation: None,
            shape: shape.clone(),
            symbol: None,
            hidden: Vec::new(),
        };
        self.scopes.push(Scope {
            sources: vec![source],
            ..Scope::default()
        });
        for key in keys {
            self.expr(key, &mut Vec::new());
        }
        self.scopes.pop();
    }
}

/// Whether some of it is not looked into.
fn is_opaque(body: &Body) -> bool {
    match body {
        Body::Opaque(_) | Body::Missing => true,
        Body::SetOperation(operands) => operands.iter().any(|it| is_opaque(&it.body)),
        Body::Select(_) | Body::Query(_) | Body::Values(..) => false,
    }
}

fn recursion_anchor(body: &Body) -> Option<&Body> {
    match body {
        Body::SetOperation(operands) => operands.first().map(|operand| &operand.body),
        Body::Query(query) => recursion_anchor(&query.body),
        Body::Select(_) | Body::Values(..) | Body::Opaque(_) | Body::Missing => None,
    }
}

fn merge_column(column: &mut Column, other: &Column) {
    let data_type = infer::unified_option(column.data_type.take(), other.data_type.clone());
    column.data_type = data_type;
    column.confidence = column.confidence.max(other.confidence);
    if column.origins != other.origins {
        let mut origins: Vec<_> = column
            .origins
            .iter()
            .chain(&*other.origins)
            .cloned()
            .collect();
        tidy(&mut origins);
        column.origins = Rc::from(origins);
    }
}

fn merge_by_name(left: &mut Shape, right: &Shape) {
    for other in &right.columns {
        let known = left
            .columns
            .iter_mut()
            .find(|column| column.name.eq_ignore_ascii_case(&other.name));
        match known {
            Some(column) => merge_column(column, other),
            None => left.columns.push(other.clone()),
        }
    }
    left.is_complete &= right.is_complete;
}
