//! The name a column has when it is not given one: each warehouse makes up its own.
//!
//! DuckDB prints the expression; what is printed here is right for calls, operators, casts and literals, the forms that
//! people leave without alias. PostgreSQL and Redshift take the function's or column's name, or say `?column?`.

use std::fmt::Write as _;

use super::Binder;
use crate::ast::{BinaryOperator, Call, Expr, ExprKind, Literal, Name, Postfix, UnaryOperator};
use crate::dialect::Dialect;
use crate::keyword::{Category, Keyword};
use crate::types::Type;

/// The name of the column that `expr` makes without an alias.
pub(super) fn implied_name(binder: &Binder<'_>, expr: &Expr) -> String {
    match binder.dialect {
        Dialect::DuckDb => {
            let mut out = String::new();
            Printer {
                binder,
                out: &mut out,
            }
            .top(expr);
            out
        }
        Dialect::Postgres | Dialect::Redshift => postgres_name(binder, expr),
        Dialect::Snowflake => expr.range.of(binder.text).to_uppercase(),
        Dialect::BigQuery | Dialect::Databricks | Dialect::Trino | Dialect::Generic => {
            last_name(binder, expr).unwrap_or_else(|| expr.range.of(binder.text).to_owned())
        }
    }
}

fn last_name(binder: &Binder<'_>, expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(parts) => parts
            .last()
            .map(|name| binder.name_text(*name).into_owned()),
        ExprKind::Postfix(_, postfixes) => match postfixes.last() {
            Some(Postfix::Field(name)) => Some(binder.name_text(*name).into_owned()),
            _ => None,
        },
        ExprKind::Paren(inner) => last_name(binder, inner),
        _ => None,
    }
}

fn postgres_name(binder: &Binder<'_>, expr: &Expr) -> String {
    if let Some(name) = last_name(binder, expr) {
        return name;
    }
    match &expr.kind {
        ExprKind::Call(call) => call
            .name
            .last()
            .map(|name| binder.name_text(*name).to_lowercase())
            .unwrap_or_default(),
        ExprKind::Case(_) => "case".to_owned(),
        ExprKind::QueryTest(operands, _) if operands.is_empty() => "exists".to_owned(),
        ExprKind::ArrayQuery(_) | ExprKind::List(_) => "array".to_owned(),
        ExprKind::Paren(inner) => postgres_name(binder, inner),
        ExprKind::Cast(operand, type_range) => match postgres_name(binder, operand) {
            name if name == "?column?" => postgres_type_name(type_range.of(binder.text)),
            name => name,
        },
        _ => "?column?".to_owned(),
    }
}

fn postgres_type_name(text: &str) -> String {
    let name = match Type::parse(text) {
        Some(Type::Integer) => "int4",
        Some(Type::BigInt) => "int8",
        Some(Type::SmallInt) => "int2",
        Some(Type::Double) => "float8",
        Some(Type::Float) => "float4",
        Some(Type::Boolean) => "bool",
        Some(Type::Decimal { .. }) => "numeric",
        _ => {
            return text
                .split(['(', ' ', '['])
                .next()
                .unwrap_or(text)
                .to_lowercase();
        }
    };
    name.to_owned()
}

struct Printer<'p, 'a> {
    binder: &'p Binder<'a>,
    out: &'p mut String,
}

impl Printer<'_, '_> {
    fn raw(&mut self, expr: &Expr) {
        self.out.push_str(expr.range.of(self.binder.text));
    }

    /// A struct's field is called by its own name at the top, and by its path inside an expression.
    fn top(&mut self, expr: &Expr) {
        match last_name(self.binder, expr) {
            Some(name) => self.out.push_str(&name),
            None => self.expr(expr),
        }
    }

    fn name(&mut self, name: Name) {
        let text = self.binder.name_text(name);
        let is_plain = text
            .bytes()
            .next()
            .is_some_and(|byte| byte == b'_' || byte.is_ascii_lowercase())
            && text
                .bytes()
                .all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
        if is_plain && Keyword::of(&text).category() == Category::Plain {
            self.out.push_str(&text);
        } else {
            let _ = write!(self.out, "\"{}\"", text.replace('"', "\"\""));
        }
    }

    fn path(&mut self, parts: &[Name]) {
        for (idx, part) in parts.iter().enumerate() {
            if idx > 0 {
                self.out.push('.');
            }
            let text = self.binder.name_text(*part);
            let is_word = text
                .bytes()
                .all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
            if is_word && Keyword::of(&text).category() == Category::Plain {
                self.out.push_str(&text);
            } else {
                self.name(*part);
            }
        }
    }

    fn list(&mut self, exprs: &[Expr]) {
        for (idx, expr) in exprs.iter().enumerate() {
            if idx > 0 {
                self.out.push_str(", ");
            }
            self.expr(expr);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Name(parts) => self.path(parts),
            ExprKind::Literal(literal) => self.literal(*literal, expr),
            ExprKind::Paren(inner) => self.expr(inner),
            ExprKind::Call(call) => self.call(call),
            ExprKind::Chain(operands, operators) => self.chain(operands, operators),
            ExprKind::Cast(operand, type_range) => {
                let is_try = expr
                    .range
                    .of(self.binder.text)
                    .to_lowercase()
                    .starts_with("try_cast");
                self.out
                    .push_str(if is_try { "TRY_CAST(" } else { "CAST(" });
                self.expr(operand);
                self.out.push_str(" AS ");
                self.type_name(type_range.of(self.binder.text));
                self.out.push(')');
            }
            ExprKind::Case(case) => {
                self.out.push_str("CASE ");
                if let Some(operand) = &case.operand {
                    self.out.push(' ');
                    self.expr(operand);
                }
                for (condition, value) in &case.branches {
                    self.out.push_str(" WHEN (");
                    self.expr(condition);
                    self.out.push_str(") THEN (");
                    self.expr(value);
                    self.out.push(')');
                }
                self.out.push_str(" ELSE ");
                match &case.otherwise {
                    Some(otherwise) => self.expr(otherwise),
                    None => self.out.push_str("NULL"),
                }
                self.out.push_str(" END");
            }
            ExprKind::Unary(UnaryOperator::Sign, operand)
                if matches!(operand.kind, ExprKind::Literal(_)) =>
            {
                self.raw(expr);
            }
            ExprKind::Unary(UnaryOperator::Sign, operand) => {
                let sign = expr
                    .range
                    .of(self.binder.text)
                    .chars()
                    .next()
                    .unwrap_or('-');
                self.out.push(sign);
                self.out.push('(');
                self.expr(operand);
                self.out.push(')');
            }
            _ => self.raw(expr),
        }
    }

    fn literal(&mut self, literal: Literal, expr: &Expr) {
        match literal {
            Literal::Null => self.out.push_str("NULL"),
            Literal::Boolean => {
                let is_true = expr.range.of(self.binder.text).eq_ignore_ascii_case("true");
                let text = if is_true { 't' } else { 'f' };
                let _ = write!(self.out, "CAST('{text}' AS BOOLEAN)");
            }
            Literal::Number | Literal::String => self.raw(expr),
        }
    }

    fn chain(&mut self, operands: &[Expr], operators: &[BinaryOperator]) {
        let is_logic = matches!(
            operators.first(),
            Some(BinaryOperator::And | BinaryOperator::Or)
        );
        let n_brackets = if is_logic { 1 } else { operators.len() };
        self.out.extend(std::iter::repeat_n('(', n_brackets));
        let mut previous: Option<&Expr> = None;
        for operand in operands {
            if let Some(previous) = previous {
                let between = self
                    .binder
                    .text
                    .get(previous.range.end as usize..operand.range.start as usize)
                    .unwrap_or("");
                let operator = between.trim().to_uppercase();
                let operator = match operator.as_str() {
                    "<>" => "!=",
                    "==" => "=",
                    other => other,
                };
                let _ = write!(self.out, " {operator} ");
            }
            self.expr(operand);
            if previous.is_some() && !is_logic {
                self.out.push(')');
            }
            previous = Some(operand);
        }
        if is_logic {
            self.out.push(')');
        }
    }

    fn call(&mut self, call: &Call) {
        let name = call
            .name
            .last()
            .map(|name| self.binder.name_text(*name).to_lowercase())
            .unwrap_or_default();
        let is_count_star = name == "count"
            && (call.args.is_empty()
                || matches!(
                    call.args.first().map(|arg| &arg.kind),
                    Some(ExprKind::Star(_))
                ));
        if is_count_star {
            self.out.push_str("count_star()");
        } else {
            let is_special = name == "coalesce";
            if is_special {
                self.out.push_str("COALESCE");
            } else if Keyword::of(&name).category() == Category::Plain {
                self.out.push_str(&name);
            } else {
                let _ = write!(self.out, "\"{name}\"");
            }
            self.out.push('(');
            if call.is_distinct {
                self.out.push_str("DISTINCT ");
            }
            self.list(&call.args);
            self.order(&call.order_by, !call.args.is_empty());
            self.out.push(')');
        }
        if let Some(filter) = &call.filter {
            self.out.push_str(" FILTER (WHERE ");
            self.expr(filter);
            self.out.push(')');
        }
        if let Some(window) = &call.over {
            self.out.push_str(" OVER (");
            if !window.partition_by.is_empty() {
                self.out.push_str("PARTITION BY ");
                self.list(&window.partition_by);
            }
            self.order(&window.order_by, !window.partition_by.is_empty());
            self.out.push(')');
        }
    }

    fn order(&mut self, keys: &[Expr], is_behind: bool) {
        if keys.is_empty() {
            return;
        }
        if is_behind {
            self.out.push(' ');
        }
        self.out.push_str("ORDER BY ");
        self.list(keys);
    }

    fn type_name(&mut self, text: &str) {
        let Some(data_type) = Type::parse(text) else {
            self.out.push_str(text);
            return;
        };
        if data_type == Type::Date {
            self.out.push_str("\"DATE\"");
        } else {
            let _ = write!(self.out, "{data_type}");
        }
    }
}
