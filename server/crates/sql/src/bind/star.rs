//! Stars: `*`, `t.*` and `columns(…)` with their `exclude`, `replace` and `rename`.

use std::rc::Rc;
use std::sync::Arc;

use base::RenderedRange;

use super::{Binder, Column, Shape, Source, raise, tidy};
use crate::ast::{Name, SelectItem, Star};
use crate::columns::{Confidence, OriginKind};
use crate::symbols::{self, ProblemKind};
use crate::types::Type;

impl Binder<'_> {
    /// Appends what the star yields.
    pub(super) fn expand_star(&mut self, star: &Star, range: RenderedRange, shape: &mut Shape) {
        if self.is_recording() {
            let written = self.muted(|binder| binder.written_out(star, range));
            if let Some(written) = written {
                self.note_star(written);
            }
        }
        let was_complete = std::mem::replace(&mut shape.is_complete, true);
        let starred = self.starred(star, range, shape);
        let is_known = shape.is_complete;
        shape.is_complete &= was_complete;
        let Some(mut columns) = starred else {
            return;
        };
        if is_known {
            self.report_unknown_in_star(star, &columns);
        }
        self.modify(star, &mut columns);
        if star.filter.is_some() {
            // Which names match is not evaluated.
            self.leave_open(range);
            shape.is_complete = false;
            return;
        }
        shape.columns.extend(columns);
    }

    /// The columns before modifiers; `None` when the star stands for a struct's fields, which are appended.
    fn starred(
        &mut self,
        star: &Star,
        range: RenderedRange,
        shape: &mut Shape,
    ) -> Option<Vec<Column>> {
        let scope = self.scopes.last()?;
        if star.qualifier.is_empty() {
            let is_complete = scope.sources.iter().all(|source| source.shape.is_complete);
            shape.is_complete &= is_complete && !scope.sources.is_empty();
            let columns = scope.sources.iter().flat_map(Source::visible_columns);
            return Some(columns.map(|column| at(column, range)).collect());
        }
        if let Some(source) = scope.source(self, &star.qualifier) {
            shape.is_complete &= source.shape.is_complete;
            // `t.*` shows the columns that `using` has merged away, too.
            let columns = source
                .shape
                .columns
                .iter()
                .map(|column| at(column, range))
                .collect();
            let symbol = source.symbol;
            if let Some(qualifier) = star.qualifier.last() {
                self.refer(qualifier.range, symbol);
            }
            return Some(columns);
        }
        let column = self.resolve(&star.qualifier).map(|(column, _)| column);
        match column {
            Some(Column {
                data_type: Some(Type::Struct(fields)),
                origins,
                ..
            }) => {
                let mut origins = origins.to_vec();
                raise(&mut origins, 0, OriginKind::Transformed);
                let origins: Rc<[_]> = Rc::from(origins);
                let fields = fields.iter().map(|(name, data_type)| Column {
                    origins: origins.clone(),
                    ..Column::typed(name.clone(), range, data_type.clone())
                });
                shape.columns.extend(fields);
            }
            _ => shape.is_complete = false,
        }
        None
    }

    /// What could stand in place of the star; `None` where not all is known, or some of it is renamed or replaced.
    fn written_out(&mut self, star: &Star, range: RenderedRange) -> Option<symbols::Star> {
        let is_plain = star.replace.is_empty() && star.rename.is_empty() && star.filter.is_none();
        if !is_plain || star.is_columns || range.is_empty() {
            return None;
        }
        let sources = self.scopes.last()?.sources.clone();
        let wanted: Vec<&Source> = if star.qualifier.is_empty() {
            sources.iter().collect()
        } else {
            vec![self.scopes.last()?.source(self, &star.qualifier)?]
                .into_iter()
                .filter_map(|found| sources.iter().find(|it| it.alias == found.alias))
                .collect()
        };
        if wanted.is_empty() || !wanted.iter().all(|source| source.shape.is_complete) {
            return None;
        }
        let is_qualified = !star.qualifier.is_empty();
        let mut written = Vec::new();
        for source in wanted {
            let mut columns: Vec<Column> = if star.qualifier.is_empty() {
                source.visible_columns().cloned().collect()
            } else {
                source.shape.columns.clone()
            };
            self.modify(star, &mut columns);
            written.extend(columns.into_iter().map(|column| {
                let is_merged = sources.iter().any(|it| it.is_hidden(&column.name));
                symbols::StarColumn {
                    qualifier: source.alias.clone().filter(|_| is_qualified || !is_merged),
                    name: column.name,
                }
            }));
        }
        Some(symbols::Star {
            range,
            columns: written,
            is_qualified,
            n_relations: sources.len() as u32,
        })
    }

    fn modify(&mut self, star: &Star, columns: &mut Vec<Column>) {
        for excluded in &star.exclude {
            let Some(name) = excluded.last() else {
                continue;
            };
            self.refer_starred(*name, columns);
            let text = self.name_text(*name);
            let only = self.excluded_from(excluded);
            columns.retain(|column| {
                let is_named = column.name.eq_ignore_ascii_case(&text);
                !is_named || only.as_ref().is_some_and(|only| !same_origin(column, only))
            });
        }
        for (expr, name) in &star.replace {
            self.refer_starred(*name, columns);
            self.confidence = Confidence::Certain;
            let value = self.value_column(expr);
            let text = self.name_text(*name);
            for column in columns
                .iter_mut()
                .filter(|column| column.name.eq_ignore_ascii_case(&text))
            {
                *column = Column {
                    name: Arc::from(&*text),
                    range: name.range,
                    symbol: None,
                    ..value.clone()
                };
            }
        }
        for (from, to) in &star.rename {
            let Some(from) = from.last() else { continue };
            self.refer_starred(*from, columns);
            let text = self.name_text(*from);
            let new_name = self.shared_name(*to);
            for column in columns
                .iter_mut()
                .filter(|column| column.name.eq_ignore_ascii_case(&text))
            {
                column.name = new_name.clone();
                column.range = to.range;
                column.symbol = None;
            }
        }
    }

    /// `exclude (nope)` and `replace (1 as nope)`, which warehouses refuse; `rename (nope as a)` DuckDB takes.
    fn report_unknown_in_star(&mut self, star: &Star, columns: &[Column]) {
        let excluded = star.exclude.iter().filter(|parts| parts.len() == 1);
        let excluded = excluded.filter_map(|parts| parts.last());
        let replaced = star.replace.iter().map(|(_, name)| name);
        for name in excluded.chain(replaced) {
            let text = self.name_text(*name);
            let mut known = columns.iter();
            if known.any(|column| column.name.eq_ignore_ascii_case(&text)) {
                continue;
            }
            let name_text = self.shared_name(*name);
            self.report(name.range, || ProblemKind::UnknownColumn {
                name: name_text,
                candidates: columns.iter().map(|column| column.name.clone()).collect(),
            });
        }
    }

    /// `exclude (t.a)`: the column of `t`, and of no other relation.
    fn excluded_from(&self, parts: &[Name]) -> Option<Column> {
        let (name, qualifier) = parts.split_last()?;
        let source = self.scopes.last()?.source(self, qualifier)?;
        source.shape.column(&self.name_text(*name)).cloned()
    }

    fn refer_starred(&mut self, name: Name, columns: &[Column]) {
        let text = self.name_text(name);
        if let Some(column) = columns
            .iter()
            .find(|column| column.name.eq_ignore_ascii_case(&text))
        {
            let column = column.clone();
            self.refer_column(name.range, &column);
        }
    }

    /// An expression around `columns(…)`: a column for each, by the name of each.
    pub(super) fn columns_item(&mut self, item: &SelectItem, shape: &mut Shape) {
        let mut star = None;
        find_star(&item.expr, &mut star);
        let Some(star) = star.filter(|star| star.filter.is_none() && item.alias.is_none()) else {
            shape.is_complete = false;
            self.leave_open(item.expr.range);
            return;
        };
        let mut expanded = Shape {
            columns: Vec::new(),
            is_complete: true,
        };
        self.expand_star(star, item.expr.range, &mut expanded);
        shape.is_complete &= expanded.is_complete;
        for mut column in expanded.columns {
            let mut origins = column.origins.to_vec();
            raise(&mut origins, 0, OriginKind::Transformed);
            tidy(&mut origins);
            column.origins = Rc::from(origins);
            column.data_type = None;
            column.symbol = None;
            shape.columns.push(column);
        }
    }
}

fn find_star<'e>(expr: &'e crate::ast::Expr, found: &mut Option<&'e Star>) {
    use crate::ast::ExprKind;
    match &expr.kind {
        ExprKind::Star(star) if star.is_columns => {
            found.get_or_insert(star);
        }
        ExprKind::Call(call) => {
            for arg in &call.args {
                find_star(arg, found);
            }
        }
        ExprKind::Unary(_, operand) | ExprKind::Cast(operand, _) | ExprKind::Paren(operand) => {
            find_star(operand, found);
        }
        ExprKind::Chain(operands, _) | ExprKind::Test(operands) => {
            for operand in operands {
                find_star(operand, found);
            }
        }
        ExprKind::Postfix(operand, _) => find_star(operand, found),
        // Elsewhere `columns(…)` is rare enough to be left unknown.
        _ => {}
    }
}

fn at(column: &Column, range: RenderedRange) -> Column {
    Column {
        range,
        ..column.clone()
    }
}

fn same_origin(column: &Column, other: &Column) -> bool {
    if column.symbol.is_some() || other.symbol.is_some() {
        return column.symbol == other.symbol;
    }
    column.origins == other.origins
}
