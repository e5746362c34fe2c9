//! Relations: tables, CTEs, subqueries, table functions, and joins between them.

use std::rc::Rc;
use std::sync::Arc;

use base::RenderedRange;

use super::{Binder, Column, Shape, Source, raise};
use crate::ast::{Call, Expr, ExprKind, FromItem, Join, JoinKind, Name, Relation, RelationKind};
use crate::catalog::RelationName;
use crate::columns::{Confidence, Origin, OriginKind};
use crate::dialect::Dialect;
use crate::symbols::{SymbolId, SymbolKind};
use crate::types::Type;

impl Binder<'_> {
    /// Adds the relations of a `from` element to the innermost scope.
    pub(super) fn joined_relation(&mut self, item: &FromItem) {
        self.relation(&item.first);
        for join in &item.joins {
            self.join(join);
        }
    }

    fn n_sources(&self) -> usize {
        self.scopes.last().map_or(0, |scope| scope.sources.len())
    }

    fn add_source(&mut self, source: Source) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.sources.push(source);
        }
    }

    fn join(&mut self, join: &Join) {
        let n_left = self.n_sources();
        self.relation(&join.right);
        if let Some(on) = &join.on {
            self.row_expr(on);
        }
        let using = if join.is_natural {
            self.common_columns(n_left)
        } else {
            join.using
                .iter()
                .map(|name| self.shared_name(*name))
                .collect()
        };
        for name in &join.using {
            self.using_column(*name, n_left);
        }
        for name in using {
            self.merge_using(&name, n_left, join.kind);
        }
        if join.kind == JoinKind::Filter
            && let Some(scope) = self.scopes.last_mut()
        {
            scope.sources.truncate(n_left);
        }
    }

    /// Columns that both sides of a natural join have.
    fn common_columns(&self, n_left: usize) -> Vec<Arc<str>> {
        let Some(scope) = self.scopes.last() else {
            return Vec::new();
        };
        let (left, right) = scope.sources.split_at(n_left.min(scope.sources.len()));
        let mut common = Vec::new();
        for column in right.iter().flat_map(Source::visible_columns) {
            let is_left = left
                .iter()
                .any(|source| source.shape.column(&column.name).is_some());
            if is_left {
                common.push(column.name.clone());
            }
        }
        common
    }

    /// A name in `using (…)` refers to the columns of both sides.
    fn using_column(&mut self, name: Name, n_left: usize) {
        let text = self.name_text(name);
        let found: Vec<Column> = self
            .scopes
            .last()
            .map(|scope| {
                let (left, right) = scope.sources.split_at(n_left.min(scope.sources.len()));
                let find = |sources: &[Source]| {
                    sources
                        .iter()
                        .find_map(|source| match source.shape.column(&text) {
                            Some(column) => Some(column.clone()),
                            None if !source.shape.is_complete => {
                                Some(source.presumed(&text, name.range, Confidence::Likely))
                            }
                            None => None,
                        })
                };
                find(left).into_iter().chain(find(right)).collect()
            })
            .unwrap_or_default();
        for column in &found {
            self.refer_column(name.range, column);
            self.row_origins.extend(column.origins.iter().cloned());
        }
    }

    /// Hides the right side's column; where the left one may be null, the merged column draws on the right one too.
    fn merge_using(&mut self, name: &Arc<str>, n_left: usize, kind: JoinKind) {
        let Some(scope) = self.scopes.last_mut() else {
            return;
        };
        let middle = n_left.min(scope.sources.len());
        let (left, right) = scope.sources.split_at_mut(middle);
        let mut merged = None;
        for source in right.iter_mut() {
            if let Some(column) = source.shape.column(name) {
                merged.get_or_insert_with(|| column.clone());
            }
            source.hidden.push(name.clone());
        }
        let (JoinKind::Right | JoinKind::Full, Some(right_column)) = (kind, merged) else {
            return;
        };
        for source in left {
            let shape = Rc::make_mut(&mut source.shape);
            let found = shape
                .columns
                .iter_mut()
                .find(|column| column.name.eq_ignore_ascii_case(name));
            let Some(column) = found else { continue };
            if kind == JoinKind::Right {
                column.name = right_column.name.clone();
                column.origins = right_column.origins.clone();
            } else {
                let mut origins: Vec<Origin> = column
                    .origins
                    .iter()
                    .chain(&*right_column.origins)
                    .cloned()
                    .collect();
                raise(&mut origins, 0, OriginKind::Transformed);
                column.origins = Rc::from(origins);
            }
            return;
        }
    }

    fn relation(&mut self, relation: &Relation) {
        let n_before = self.n_sources();
        match &relation.kind {
            RelationKind::Table(parts) => self.table(relation, parts),
            RelationKind::File(range) => {
                let shape = self.external(*range).unwrap_or_else(Shape::unknown);
                self.aliased(relation, shape, None);
            }
            RelationKind::Missing => self.aliased(relation, Shape::unknown(), None),
            RelationKind::Query(query) => {
                let shape = self.query(query);
                self.aliased(relation, shape, None);
            }
            RelationKind::Function {
                call,
                has_ordinality,
                offset,
            } => {
                self.function(relation, call, *has_ordinality, *offset);
            }
            RelationKind::Nested(item) => {
                self.joined_relation(item);
                if relation.alias.is_some() {
                    self.merge_nested(relation, n_before);
                }
            }
        }
        self.pivots(relation, n_before);
    }

    /// `(a join b using (x)) as j`: one relation with the columns of both.
    fn merge_nested(&mut self, relation: &Relation, n_before: usize) {
        let Some(scope) = self.scopes.last_mut() else {
            return;
        };
        let sources = scope.sources.split_off(n_before.min(scope.sources.len()));
        let shape = Shape {
            columns: sources
                .iter()
                .flat_map(Source::visible_columns)
                .cloned()
                .collect(),
            is_complete: sources.iter().all(|source| source.shape.is_complete),
        };
        self.aliased(relation, Rc::new(shape), None);
    }

    /// What a pivot yields depends on the data: the relation's columns are unknown behind it.
    fn pivots(&mut self, relation: &Relation, n_before: usize) {
        if relation.pivots.is_empty() {
            return;
        }
        self.leave_open(relation.range);
        for pivot in &relation.pivots {
            for expr in &pivot.exprs {
                if pivot.is_unpivot {
                    continue;
                }
                self.row_expr(expr);
            }
        }
        if let Some(scope) = self.scopes.last_mut() {
            for source in scope.sources.iter_mut().skip(n_before) {
                source.shape = Shape::unknown();
                source.relation = None;
            }
        }
    }

    /// A relation that is not a table under its own name.
    fn aliased(&mut self, relation: &Relation, shape: Rc<Shape>, default_alias: Option<Arc<str>>) {
        let shape = self.renamed(shape, &relation.columns);
        let symbol = relation.alias.and_then(|alias| {
            let kind = SymbolKind::TableAlias { relation: None };
            self.define(self.shared_name(alias), kind, alias.range, relation.range)
        });
        let alias = relation
            .alias
            .map(|alias| self.shared_name(alias))
            .or(default_alias);
        self.add_source(Source {
            alias,
            relation: None,
            shape,
            symbol,
            hidden: Vec::new(),
        });
    }

    fn table(&mut self, relation: &Relation, parts: &[Name]) {
        let Some(last) = parts.last().copied() else {
            return;
        };
        if parts.len() == 1
            && let Some((shape, symbol)) = self.used_cte(last)
        {
            self.refer(last.range, symbol);
            let shape = self.renamed(shape, &relation.columns);
            self.add_table(relation, last, None, shape, symbol);
            return;
        }
        if self.lateral_column(relation, parts) {
            return;
        }
        let name = self.relation_name(parts);
        let range = parts
            .iter()
            .fold(last.range, |range, part| range.join(part.range));
        let symbol = self.refer_relation(range, &name);
        let shape = self.catalogued(&name, range);
        let shape = self.renamed(shape.unwrap_or_else(Shape::unknown), &relation.columns);
        self.add_table(relation, last, Some(name), shape, symbol);
    }

    /// The columns that the catalog knows.
    fn catalogued(&self, name: &RelationName, range: RenderedRange) -> Option<Rc<Shape>> {
        let columns = self.catalog.columns(name)?;
        let columns = columns.iter().map(|column| Column {
            data_type: column.data_type.clone(),
            origins: Rc::from([Origin {
                relation: name.clone(),
                column: column.name.clone(),
                kind: OriginKind::Direct,
            }]),
            ..Column::named(column.name.clone(), range)
        });
        Some(Shape::known(columns.collect()))
    }

    /// A file, or a call that reads one, that the catalog knows by its whole text: a table outside of the warehouse.
    fn external(&self, range: RenderedRange) -> Option<Rc<Shape>> {
        self.catalogued(&RelationName::new([range.of(self.text)]), range)
    }

    fn used_cte(&mut self, name: Name) -> Option<(Rc<Shape>, Option<SymbolId>)> {
        let text = self.name_text(name);
        let cte = self
            .ctes
            .iter_mut()
            .rev()
            .find(|cte| cte.name.eq_ignore_ascii_case(&text))?;
        cte.is_used = true;
        Some((cte.shape.clone(), cte.symbol))
    }

    fn add_table(
        &mut self,
        relation: &Relation,
        last: Name,
        name: Option<RelationName>,
        shape: Rc<Shape>,
        symbol: Option<SymbolId>,
    ) {
        let alias_symbol = relation.alias.and_then(|alias| {
            let kind = SymbolKind::TableAlias {
                relation: name.clone(),
            };
            self.define(self.shared_name(alias), kind, alias.range, relation.range)
        });
        let alias = match (relation.alias, &name) {
            (Some(alias), _) => self.shared_name(alias),
            (None, Some(name)) => Arc::from(name.identifier()),
            (None, None) => self.shared_name(last),
        };
        self.add_source(Source {
            alias: Some(alias),
            relation: name,
            shape,
            symbol: alias_symbol.or(symbol),
            hidden: Vec::new(),
        });
    }

    /// BigQuery's `from t, t.items as item`: a list column of a relation on the left.
    fn lateral_column(&mut self, relation: &Relation, parts: &[Name]) -> bool {
        let is_possible =
            matches!(self.dialect, Dialect::BigQuery | Dialect::Trino) && parts.len() > 1;
        let is_column = is_possible
            && self.scopes.last().is_some_and(|scope| {
                let qualifier = parts.get(..1).unwrap_or(&[]);
                scope.source(self, qualifier).is_some()
            });
        if !is_column {
            return false;
        }
        self.resolve(parts);
        self.aliased(relation, Shape::unknown(), None);
        true
    }

    fn function(
        &mut self,
        relation: &Relation,
        call: &Expr,
        has_ordinality: bool,
        offset: Option<Name>,
    ) {
        let ExprKind::Call(inner) = &call.kind else {
            self.aliased(relation, Shape::unknown(), None);
            return;
        };
        let mut origins = Vec::new();
        let argument_types = self.function_arguments(inner, &mut origins);
        raise(&mut origins, 0, OriginKind::Transformed);
        let name = inner
            .name
            .last()
            .map(|name| self.name_text(*name).to_ascii_lowercase())
            .unwrap_or_default();
        let first_type = argument_types.into_iter().next().flatten();
        let shape = self.external(call.range).unwrap_or_else(|| {
            self.function_shape(&name, first_type, relation, &Rc::from(origins))
        });
        let mut shape = (*shape).clone();
        if has_ordinality {
            shape
                .columns
                .push(Column::typed("ordinality", relation.range, Type::BigInt));
        }
        self.aliased(relation, Rc::new(shape), Some(Arc::from(name)));
        if let Some(offset) = offset {
            let column = Column::typed(self.shared_name(offset), offset.range, Type::BigInt);
            self.add_source(Source {
                alias: None,
                relation: None,
                shape: Shape::known(vec![column]),
                symbol: None,
                hidden: Vec::new(),
            });
        }
    }

    /// Arguments of a table function; `header = true` is an option, not a comparison.
    fn function_arguments(&mut self, call: &Call, origins: &mut Vec<Origin>) -> Vec<Option<Type>> {
        let mut types = Vec::new();
        for arg in &call.args {
            match &arg.kind {
                ExprKind::Chain(operands, _)
                    if matches!(
                        operands.first().map(|first| &first.kind),
                        Some(ExprKind::Name(_))
                    ) =>
                {
                    for operand in operands.iter().skip(1) {
                        self.expr(operand, &mut Vec::new());
                    }
                }
                _ => types.push(self.expr(arg, origins)),
            }
        }
        types
    }

    fn function_shape(
        &mut self,
        name: &str,
        argument: Option<Type>,
        relation: &Relation,
        origins: &Rc<[Origin]>,
    ) -> Rc<Shape> {
        let one = |column_name: &str, data_type: Option<Type>| {
            Shape::known(vec![Column {
                data_type,
                origins: origins.clone(),
                ..Column::named(column_name, relation.range)
            }])
        };
        let names_itself = matches!(
            self.dialect,
            Dialect::Postgres | Dialect::BigQuery | Dialect::Redshift
        );
        let alias = relation.alias.map(|alias| self.shared_name(alias));
        let own_name = match alias {
            Some(alias) if names_itself => alias,
            _ => Arc::from(name),
        };
        match name {
            "range" | "generate_series" => one(&own_name, Some(Type::BigInt)),
            "unnest" => match argument {
                Some(Type::List(item) | Type::Array(item, _)) => {
                    let is_row = matches!(&*item, Type::Struct(_));
                    if is_row {
                        Shape::unknown()
                    } else {
                        one(&own_name, Some((*item).clone()))
                    }
                }
                _ if self.dialect == Dialect::DuckDb || relation.columns.len() == 1 => {
                    one(&own_name, None)
                }
                _ => Shape::unknown(),
            },
            "explode" if !relation.columns.is_empty() => one("col", None),
            "flatten" => Shape::known(
                ["seq", "key", "path", "index", "value", "this"]
                    .iter()
                    .map(|column| Column {
                        origins: origins.clone(),
                        ..Column::named(*column, relation.range)
                    })
                    .collect(),
            ),
            _ => Shape::unknown(),
        }
    }

    /// An expression that decides about rows: its columns belong to all output columns.
    pub(super) fn row_expr(&mut self, expr: &Expr) {
        let mut origins = std::mem::take(&mut self.row_origins);
        let start = origins.len();
        self.expr(expr, &mut origins);
        let collected = std::mem::take(&mut self.row_origins);
        origins.extend(collected);
        raise(&mut origins, start, OriginKind::Transformed);
        self.row_origins = origins;
    }
}
