//! Calls that no warehouse of the dialect takes: a wrong number of arguments, or an argument of a wrong type.
//!
//! Said only where it is sure. The number of arguments is known for DuckDB and PostgreSQL, elsewhere for what is the same
//! everywhere. Types are compared where the expression alone says them: a cast, a literal, a function with one type of
//! result; never a column's, which is inferred.

use base::RenderedRange;

use super::returns::Returns;
use super::{Function, FunctionSignature, function};
use crate::ast::{Call, Expr, ExprKind, Literal, UnaryOperator};
use crate::bind::number_type;
use crate::dialect::Dialect;
use crate::token::TokenKind;
use crate::tree::SqlTree;
use crate::types::Type;
use crate::walk::walk_calls;

/// A call that cannot work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misuse {
    /// The name of the function, or the argument at fault.
    pub range: RenderedRange,
    /// The function's name.
    pub function: &'static str,
    /// How it can be called.
    pub label: String,
    /// What is wrong.
    pub kind: MisuseKind,
}

/// What is wrong with a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MisuseKind {
    /// So many arguments it does not take.
    ArgumentCount {
        /// How many there are.
        given: usize,
        /// How many there could be: `1 or 2`.
        expected: String,
    },
    /// An argument that would need a cast.
    ArgumentType {
        /// The parameter.
        parameter: &'static str,
        /// The argument's type.
        given: Type,
    },
}

/// What is wrong with calls in `tree`; nothing where the text is broken. Functions that `is_own` knows are somebody's own.
pub fn misuses(tree: &SqlTree, is_own: &dyn Fn(&str) -> bool) -> Vec<Misuse> {
    let mut found = Vec::new();
    if !tree.errors.is_empty() {
        return found;
    }
    let check = Check { tree, is_own };
    walk_calls(tree, &mut |call| found.extend(check.call(call)));
    found.sort_by_key(|misuse| misuse.range);
    found.dedup();
    found
}

struct Check<'a> {
    tree: &'a SqlTree,
    is_own: &'a dyn Fn(&str) -> bool,
}

impl Check<'_> {
    fn call(&self, call: &Call) -> Option<Misuse> {
        let function = self.function(call)?;
        // `mode() within group (order by x)`: what is ordered is an argument, too.
        let is_counted = call.order_by.is_empty() && call.args.iter().all(|it| self.is_one(it));
        if !is_counted {
            return None;
        }
        let dialect = self.tree.dialect();
        let is_described = matches!(dialect, Dialect::DuckDb | Dialect::Postgres);
        let given = call.args.len();
        if function.takes(given) {
            return is_described.then(|| self.types(function, call)).flatten();
        }
        let is_sure = is_described || function.is_everywhere;
        let name = call.name.last()?;
        is_sure.then(|| Misuse {
            range: name.range,
            function: function.name,
            label: labels(function),
            kind: MisuseKind::ArgumentCount {
                given,
                expected: counts(function),
            },
        })
    }

    /// The function of the table that is called, if it is one and nobody else's.
    fn function(&self, call: &Call) -> Option<&'static Function> {
        let [name] = &*call.name else { return None };
        let name = name.range.of(self.tree.text());
        if (self.is_own)(name) {
            return None;
        }
        function(name, self.tree.dialect())
    }

    /// Whether it is one argument by its place: no `name := value`, no `*`, no `variadic list`, nothing missing.
    fn is_one(&self, argument: &Expr) -> bool {
        let begins_with_star = |range: RenderedRange| {
            let tokens = &self.tree.tokens;
            let at = tokens.partition_point(|token| token.range.start < range.start);
            tokens
                .get(at)
                .is_some_and(|token| token.kind == TokenKind::Star)
        };
        let text = argument.range.of(self.tree.text());
        let is_variadic = text
            .get(..8)
            .is_some_and(|word| word.eq_ignore_ascii_case("variadic"));
        match argument.kind {
            ExprKind::Missing | ExprKind::Named(_) | ExprKind::Other(_) => false,
            ExprKind::Star(_) => text == "*",
            _ => !begins_with_star(argument.range) && !is_variadic,
        }
    }

    fn types(&self, function: &Function, call: &Call) -> Option<Misuse> {
        let fitting = || {
            let signatures = function.signatures.iter();
            signatures.filter(|it| it.takes(call.args.len()))
        };
        call.args.iter().enumerate().find_map(|(nth, argument)| {
            let given = self.sure_type(argument)?;
            let refused_by = |signature: &FunctionSignature| {
                let parameters = signature.parameters.as_deref()?;
                let parameter = parameters.get(signature.parameter(nth)?)?;
                is_refused(parameter.name, &given).then_some(parameter.name)
            };
            let parameter = refused_by(fitting().next()?)?;
            let is_wrong = fitting().all(|it| refused_by(it).is_some());
            is_wrong.then(|| Misuse {
                range: argument.range,
                function: function.name,
                label: labels(function),
                kind: MisuseKind::ArgumentType { parameter, given },
            })
        })
    }

    /// The type of an expression whatever its columns are.
    fn sure_type(&self, expr: &Expr) -> Option<Type> {
        let text = self.tree.text();
        match &expr.kind {
            ExprKind::Paren(inner) => self.sure_type(inner),
            ExprKind::Cast(_, range) | ExprKind::Typed(range, _) => Type::parse(range.of(text)),
            ExprKind::Literal(Literal::Number) => number_type(expr.range.of(text)),
            ExprKind::Literal(Literal::Boolean)
            | ExprKind::Test(_)
            | ExprKind::Unary(UnaryOperator::Not, _) => Some(Type::Boolean),
            ExprKind::Call(call) => {
                let signatures = &self.function(call)?.signatures;
                let mut fitting = signatures.iter().filter(|it| it.takes(call.args.len()));
                let fixed = |signature: &FunctionSignature| match &signature.returns {
                    Returns::Fixed(data_type) => Some(data_type.clone()),
                    _ => None,
                };
                let first = fixed(fitting.next()?)?;
                fitting
                    .all(|it| fixed(it).as_ref() == Some(&first))
                    .then_some(first)
            }
            _ => None,
        }
    }
}

/// Whether a parameter of this name takes no value of the type without a cast.
fn is_refused(parameter: &str, given: &Type) -> bool {
    match parameter {
        "text" => is_numeric(given) || is_temporal(given) || *given == Type::Boolean,
        "number" => *given == Type::Varchar,
        "time" => is_numeric(given) || matches!(given, Type::Varchar | Type::Boolean),
        _ => false,
    }
}

fn is_numeric(data_type: &Type) -> bool {
    matches!(
        data_type,
        Type::TinyInt
            | Type::SmallInt
            | Type::Integer
            | Type::BigInt
            | Type::HugeInt
            | Type::UTinyInt
            | Type::USmallInt
            | Type::UInteger
            | Type::UBigInt
            | Type::UHugeInt
            | Type::Float
            | Type::Double
            | Type::Decimal { .. }
    )
}

fn is_temporal(data_type: &Type) -> bool {
    matches!(
        data_type,
        Type::Date
            | Type::Time
            | Type::TimeTz
            | Type::Timestamp
            | Type::TimestampTz
            | Type::Interval
    )
}

fn labels(function: &Function) -> String {
    let labels = function.signatures.iter().map(|it| it.label(function.name));
    labels.collect::<Vec<_>>().join("`, `")
}

/// `1 or 2 arguments`, `at least 1 argument`.
fn counts(function: &Function) -> String {
    /// More than any function without an end takes.
    const MANY: usize = 16;
    let taken: Vec<usize> = (0..=MANY).filter(|n| function.takes(*n)).collect();
    let plural = |n: usize| if n == 1 { "argument" } else { "arguments" };
    match (&*taken, taken.first(), taken.last()) {
        ([first, ..], _, Some(&MANY)) => format!("at least {first} {}", plural(*first)),
        ([0], ..) => "no arguments".to_owned(),
        ([n], ..) => format!("{n} {}", plural(*n)),
        ([rest @ .., last], ..) => {
            let rest: Vec<String> = rest.iter().map(ToString::to_string).collect();
            format!("{} or {last} arguments", rest.join(", "))
        }
        ([], ..) => "other arguments".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::{MisuseKind, misuses};
    use crate::{Dialect, parse};

    fn check_in(dialect: Dialect, text: &str, expected: &Expect) {
        let tree = parse(text, dialect);
        assert_eq!(tree.errors, []);
        let found = misuses(&tree, &|name| name == "own");
        let lines = found.iter().map(|it| {
            let what = match &it.kind {
                MisuseKind::ArgumentCount { given, expected } => {
                    format!("{given} instead of {expected}")
                }
                MisuseKind::ArgumentType { parameter, given } => format!("{parameter} is {given}"),
            };
            format!("{}: {} {what}\n", it.range.of(text), it.function)
        });
        expected.assert_eq(&lines.collect::<String>());
    }

    fn check(text: &str, expected: &Expect) {
        check_in(Dialect::DuckDb, text, expected);
    }

    #[test]
    fn arguments_are_counted() {
        check(
            "select upper(a, b), round(a, 1, 2), now(1), coalesce(), make_date(1, 2), lag(a, 1, 0) over () from t",
            &expect![[r#"
                upper: upper 2 instead of 1 argument
                round: round 3 instead of 1 or 2 arguments
                now: now 1 instead of no arguments
                coalesce: coalesce 0 instead of at least 1 argument
                make_date: make_date 2 instead of 1 or 3 arguments
            "#]],
        );
        check_in(
            Dialect::Postgres,
            "select lpad(a, 3), lpad(a), concat_ws(',')",
            &expect![[r"
                lpad: lpad 1 instead of 2 or 3 arguments
                concat_ws: concat_ws 1 instead of at least 2 arguments
            "]],
        );
    }

    #[test]
    fn what_is_not_sure_is_not_counted() {
        let calls = "select own(1), unknown(1, 2), s.upper(a, b), count(*), count(distinct a), a.upper(), \
             coalesce(*columns(*)), mode() within group (order by a), trim(both 'x' from a), extract(year from a), \
             unnest(a, recursive := true), string_agg(a, ',' order by b), upper(), current_date from t";
        check(
            calls,
            &expect![[r"
            upper: upper 0 instead of 1 argument
        "]],
        );
        let broken = parse("select upper(a, b) fro t where (", Dialect::DuckDb);
        assert_eq!(misuses(&broken, &|_| false), []);
        check("select * from generate_series(1, 2, 3, 4)", &expect![""]);
        check_in(
            Dialect::Snowflake,
            "select dateadd(a), upper(a, b)",
            &expect![[r"
            upper: upper 2 instead of 1 argument
        "]],
        );
        check_in(
            Dialect::Postgres,
            "select concat(variadic a), json_build_object(variadic a)",
            &expect![""],
        );
    }

    #[test]
    fn types_are_compared_where_the_text_says_them() {
        check(
            "select upper(1), sum(a::varchar), date_trunc('month', cast(a as text)), year(lower(a)), upper(a is null),
             abs('1'), sum(x), round(cast(a as varchar)), lower(current_date()), upper(null), year(date '2024-01-01') from t",
            &expect![[r"
                1: upper text is INTEGER
                a::varchar: sum number is VARCHAR
                cast(a as text): date_trunc time is VARCHAR
                lower(a): year time is VARCHAR
                a is null: upper text is BOOLEAN
                cast(a as varchar): round number is VARCHAR
                current_date(): lower text is DATE
            "]],
        );
        check_in(Dialect::Snowflake, "select upper(1)", &expect![""]);
    }
}
