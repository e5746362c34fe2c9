//! Expressions: their types, and the columns they depend on.

use std::sync::Arc;

use super::{Binder, infer, raise};
use crate::ast::{
    BinaryOperator, Call, Comprehension, Expr, ExprKind, Literal, Name, Postfix, UnaryOperator,
};
use crate::columns::{Confidence, Origin, OriginKind};
use crate::functions;
use crate::symbols::SymbolKind;
use crate::types::Type;

impl Binder<'_> {
    /// The type of `expr`; the columns it depends on are appended to `origins`.
    pub(super) fn expr(&mut self, expr: &Expr, origins: &mut Vec<Origin>) -> Option<Type> {
        let start = origins.len();
        let data_type = match &expr.kind {
            ExprKind::Paren(inner) => return self.expr(inner, origins),
            ExprKind::Name(parts) => return self.name(parts, origins),
            ExprKind::Named(value) => return self.expr(value, origins),
            ExprKind::Call(call) => return self.call(call, origins),
            ExprKind::Subquery(query) => return self.scalar_query(query, origins),
            ExprKind::Literal(literal) => infer::literal(*literal, expr.range.of(self.text)),
            ExprKind::Typed(type_range, items) => {
                self.exprs(items, origins);
                Type::parse(type_range.of(self.text))
            }
            ExprKind::Missing | ExprKind::Parameter | ExprKind::Star(_) => None,
            ExprKind::Unary(operator, operand) => {
                let operand = self.expr(operand, origins);
                match operator {
                    UnaryOperator::Not => Some(Type::Boolean),
                    UnaryOperator::Sign => operand,
                    UnaryOperator::Other => None,
                }
            }
            ExprKind::Chain(operands, operators) => self.chain(operands, operators, origins),
            ExprKind::Test(operands) => {
                self.exprs(operands, origins);
                Some(Type::Boolean)
            }
            ExprKind::QueryTest(operands, query) => {
                self.exprs(operands, origins);
                self.scalar_query(query, origins);
                Some(Type::Boolean)
            }
            ExprKind::Cast(operand, type_range) => {
                self.expr(operand, origins);
                Type::parse(type_range.of(self.text))
            }
            ExprKind::Case(case) => {
                if let Some(operand) = &case.operand {
                    self.expr(operand, origins);
                }
                let mut result = None;
                let mut is_first = true;
                for (condition, value) in &case.branches {
                    self.expr(condition, origins);
                    let value = self.expr(value, origins);
                    result = if is_first {
                        value
                    } else {
                        infer::unified_option(result, value)
                    };
                    is_first = false;
                }
                match &case.otherwise {
                    Some(otherwise) => {
                        let otherwise = self.expr(otherwise, origins);
                        infer::unified_option(result, otherwise)
                    }
                    None => result,
                }
            }
            ExprKind::ArrayQuery(query) => self
                .scalar_query(query, origins)
                .map(|item| Type::List(Arc::new(item))),
            ExprKind::Postfix(operand, postfixes) => self.postfixes(operand, postfixes, origins),
            ExprKind::List(items) => {
                let item = self.unified_items(items, origins);
                item.map(|item| Type::List(Arc::new(infer::settled(item))))
            }
            ExprKind::Struct(fields) => self.struct_literal(fields, origins),
            ExprKind::Map(entries) => self.map_literal(entries, origins),
            ExprKind::Tuple(items) | ExprKind::Other(items) => {
                self.exprs(items, origins);
                None
            }
            ExprKind::Lambda(parameters, body) => {
                self.with_parameters(parameters, |binder| binder.expr(body, origins));
                None
            }
            ExprKind::Comprehension(comprehension) => self.comprehension(comprehension, origins),
        };
        raise(origins, start, OriginKind::Transformed);
        data_type
    }

    pub(super) fn exprs(&mut self, exprs: &[Expr], origins: &mut Vec<Origin>) {
        for expr in exprs {
            self.expr(expr, origins);
        }
    }

    fn name(&mut self, parts: &[Name], origins: &mut Vec<Origin>) -> Option<Type> {
        let (column, n_parts) = self.resolve(parts)?;
        let start = origins.len();
        origins.extend(column.origins.iter().cloned());
        self.confidence = self.confidence.max(column.confidence);
        let mut data_type = column.data_type;
        for field in parts.iter().skip(n_parts) {
            let name = self.name_text(*field);
            data_type = data_type.and_then(|of| of.field(&name).cloned());
            raise(origins, start, OriginKind::Transformed);
        }
        data_type
    }

    /// The first column of a query used as a value.
    fn scalar_query(
        &mut self,
        query: &crate::ast::Query,
        origins: &mut Vec<Origin>,
    ) -> Option<Type> {
        let confidence = self.confidence;
        let row_origins = std::mem::take(&mut self.row_origins);
        let shape = self.query(query);
        let inner_rows = std::mem::replace(&mut self.row_origins, row_origins);
        self.confidence = confidence;
        let start = origins.len();
        origins.extend(inner_rows);
        let Some(column) = shape.columns.first() else {
            self.confidence = self.confidence.max(Confidence::Likely);
            return None;
        };
        origins.extend(column.origins.iter().cloned());
        raise(origins, start, OriginKind::Transformed);
        self.confidence = self.confidence.max(column.confidence);
        column.data_type.clone()
    }

    fn chain(
        &mut self,
        operands: &[Expr],
        operators: &[BinaryOperator],
        origins: &mut Vec<Origin>,
    ) -> Option<Type> {
        let mut operands = operands.iter();
        let mut result = operands.next().and_then(|first| self.expr(first, origins));
        for (operand, operator) in operands.zip(operators) {
            let right = self.expr(operand, origins);
            result = infer::binary(*operator, result, right);
        }
        result
    }

    fn unified_items(&mut self, items: &[Expr], origins: &mut Vec<Origin>) -> Option<Type> {
        let mut items = items.iter();
        let mut result = items.next().and_then(|first| self.expr(first, origins));
        for item in items {
            let data_type = self.expr(item, origins);
            result = infer::unified_option(result, data_type);
        }
        result
    }

    fn struct_literal(
        &mut self,
        fields: &[(Name, Expr)],
        origins: &mut Vec<Origin>,
    ) -> Option<Type> {
        let mut types = Vec::new();
        let mut is_known = true;
        for (name, value) in fields {
            match self.expr(value, origins) {
                Some(data_type) => types.push((self.shared_name(*name), infer::settled(data_type))),
                None => is_known = false,
            }
        }
        is_known.then(|| Type::Struct(Arc::from(types)))
    }

    fn map_literal(&mut self, entries: &[(Expr, Expr)], origins: &mut Vec<Origin>) -> Option<Type> {
        let (mut key_type, mut value_type) = (None, None);
        for (idx, (key, value)) in entries.iter().enumerate() {
            let (key, value) = (self.expr(key, origins), self.expr(value, origins));
            if idx == 0 {
                (key_type, value_type) = (key, value);
            } else {
                key_type = infer::unified_option(key_type, key);
                value_type = infer::unified_option(value_type, value);
            }
        }
        Some(Type::Map(Arc::new((
            infer::settled(key_type?),
            infer::settled(value_type?),
        ))))
    }

    fn postfixes(
        &mut self,
        operand: &Expr,
        postfixes: &[Postfix],
        origins: &mut Vec<Origin>,
    ) -> Option<Type> {
        let mut data_type = self.expr(operand, origins);
        for postfix in postfixes {
            data_type = match postfix {
                Postfix::Field(name) => {
                    let name = self.name_text(*name);
                    data_type.and_then(|of| of.field(&name).cloned())
                }
                Postfix::Index(index) => {
                    self.expr(index, &mut Vec::new());
                    let key = match index.kind {
                        ExprKind::Literal(Literal::String) => {
                            Some(super::unquoted(index.range.of(self.text)))
                        }
                        _ => None,
                    };
                    data_type.and_then(|of| of.element(key.as_deref()))
                }
                Postfix::Slice(parts) => {
                    self.exprs(parts, &mut Vec::new());
                    data_type
                }
                Postfix::Collate => data_type,
                Postfix::AtTimeZone(zone) => {
                    self.expr(zone, origins);
                    match data_type {
                        Some(Type::Timestamp) => Some(Type::TimestampTz),
                        Some(Type::TimestampTz) => Some(Type::Timestamp),
                        _ => None,
                    }
                }
                Postfix::Method(call) => {
                    self.call(call, origins);
                    None
                }
                Postfix::Path | Postfix::AllFields => None,
            };
        }
        data_type
    }

    fn with_parameters<T>(&mut self, parameters: &[Name], body: impl FnOnce(&mut Self) -> T) -> T {
        let n_outer = self.lambdas.len();
        for parameter in parameters {
            let name = self.shared_name(*parameter);
            let symbol = self.define(
                name.clone(),
                SymbolKind::Lambda,
                parameter.range,
                parameter.range,
            );
            self.lambdas.push((name, symbol));
        }
        let result = body(self);
        self.lambdas.truncate(n_outer);
        result
    }

    fn comprehension(
        &mut self,
        comprehension: &Comprehension,
        origins: &mut Vec<Origin>,
    ) -> Option<Type> {
        self.expr(&comprehension.list, origins);
        self.with_parameters(&comprehension.variables, |binder| {
            binder.expr(&comprehension.item, origins);
            if let Some(filter) = &comprehension.filter {
                binder.expr(filter, origins);
            }
        });
        None
    }

    fn call(&mut self, call: &Call, origins: &mut Vec<Origin>) -> Option<Type> {
        let start = origins.len();
        let name = call
            .name
            .last()
            .map(|name| self.name_text(*name).to_ascii_lowercase())
            .unwrap_or_default();
        let mut types: Vec<Option<Type>> = Vec::with_capacity(call.args.len());
        self.receiver(call, origins, &mut types);
        for (idx, arg) in call.args.iter().enumerate() {
            if self.is_date_part(&name, idx, arg) {
                types.push(None);
                continue;
            }
            types.push(self.expr(arg, origins));
        }
        for expr in call.order_by.iter().chain(&call.filter) {
            self.expr(expr, origins);
        }
        if let Some(window) = &call.over {
            self.window(window, origins);
        }
        let is_aggregate = functions::is_aggregate(&name, self.dialect)
            || call.over.is_some()
            || call.filter.is_some();
        let kind = if is_aggregate {
            OriginKind::Aggregated
        } else {
            OriginKind::Transformed
        };
        raise(origins, start, kind);
        functions::return_type(&name, &types, self.dialect)
    }

    /// `column.function(…)`: what stands before the dot is the first argument, when it is a column and not a schema.
    fn receiver(&mut self, call: &Call, origins: &mut Vec<Origin>, types: &mut Vec<Option<Type>>) {
        let Some((_, parts)) = call
            .name
            .split_last()
            .filter(|(_, parts)| !parts.is_empty())
        else {
            return;
        };
        let confidence = self.confidence;
        let found = self.muted(|binder| binder.resolve(parts));
        self.confidence = confidence;
        if found.is_some_and(|(column, _)| column.confidence == Confidence::Certain) {
            types.push(self.name(parts, origins));
        }
    }

    /// `date_trunc(month, x)`, `extract(year from x)`: a unit spelled like a column.
    fn is_date_part(&self, function: &str, idx: usize, arg: &Expr) -> bool {
        let ExprKind::Name(parts) = &arg.kind else {
            return false;
        };
        let [name] = &**parts else { return false };
        if function == "extract" {
            return idx == 0;
        }
        let is_about_time = ["date", "time", "trunc", "diff", "last_day", "week"]
            .iter()
            .any(|word| function.contains(word));
        self.is_lenient() && is_about_time && infer::is_date_part(&self.name_text(*name))
    }

    /// A window named in `over`.
    pub(super) fn refer_window(&mut self, name: Name) {
        let text = self.name_text(name);
        let Some(recorder) = &self.recorder else {
            return;
        };
        let symbol = recorder.symbols.iter().rposition(|symbol| {
            symbol.kind == SymbolKind::Window && symbol.name.eq_ignore_ascii_case(&text)
        });
        let symbol = symbol.map(|idx| crate::symbols::SymbolId(idx as u32));
        self.refer(name.range, symbol);
    }
}
