//! The functions of SQL: what a dialect has, what they take and what they return.
//!
//! One table (`catalogue`) answers all of it: types of expressions (`returns`), what is wrong with a call (`misuse`),
//! and what an editor tells about a function (`call_at`). A function that is not in the table is not known: nothing is
//! said about it, and its type is open.

mod call_at;
mod catalogue;
mod misuse;
mod returns;

pub use call_at::{CallAt, call_at, function_at};
pub use misuse::{Misuse, MisuseKind, misuses};
pub(crate) use returns::return_type;

use returns::Returns;

use crate::dialect::Dialect;

/// What kind of function it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FunctionKind {
    /// One row at a time.
    Scalar,
    /// Many rows become one value.
    Aggregate,
    /// Needs `over (…)`.
    Window,
}

/// A function of a dialect.
#[derive(Debug, Clone)]
pub struct Function {
    /// In lower case.
    pub name: &'static str,
    /// What kind it is.
    pub kind: FunctionKind,
    /// The ways to call it, at least one.
    pub signatures: Vec<FunctionSignature>,
    /// Every dialect has it, with the same numbers of arguments.
    is_everywhere: bool,
}

/// One way to call a function.
#[derive(Debug, Clone)]
pub struct FunctionSignature {
    /// `None` for what is written without brackets: `current_date`.
    pub parameters: Option<Vec<FunctionParameter>>,
    returns: Returns,
    result: &'static str,
    /// What comes out, in a few words.
    pub description: &'static str,
}

/// A parameter of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionParameter {
    /// What it is for.
    pub name: &'static str,
    /// It may be left out.
    pub is_optional: bool,
    /// There may be more of it.
    pub is_repeated: bool,
}

/// All functions of a dialect, by name.
pub fn functions(dialect: Dialect) -> impl Iterator<Item = &'static Function> {
    catalogue::catalogue(dialect).values()
}

/// A function by its name, whatever its case.
pub fn function(name: &str, dialect: Dialect) -> Option<&'static Function> {
    let catalogue = catalogue::catalogue(dialect);
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return catalogue.get(&*name.to_ascii_lowercase());
    }
    catalogue.get(name)
}

/// Aggregates: a column in their arguments is aggregated, not transformed.
pub(crate) fn is_aggregate(name: &str, dialect: Dialect) -> bool {
    function(name, dialect).is_some_and(|function| function.kind == FunctionKind::Aggregate)
}

impl Function {
    /// Whether some way to call it takes so many arguments.
    pub(crate) fn takes(&self, n_arguments: usize) -> bool {
        self.signatures
            .iter()
            .any(|signature| signature.takes(n_arguments))
    }
}

impl FunctionSignature {
    /// `name(text, [length])`, without the brackets for what is written without.
    pub fn label(&self, name: &str) -> String {
        let Some(parameters) = &self.parameters else {
            return name.to_owned();
        };
        let labels: Vec<String> = parameters.iter().map(FunctionParameter::label).collect();
        format!("{name}({})", labels.join(", "))
    }

    /// The type of the result by its name, where it does not depend on the arguments.
    pub fn result(&self) -> Option<&'static str> {
        matches!(self.returns, Returns::Fixed(_)).then_some(self.result)
    }

    /// The parameter that the `nth` argument goes to.
    pub fn parameter(&self, nth: usize) -> Option<usize> {
        let parameters = self.parameters.as_deref()?;
        let last = parameters.len().checked_sub(1)?;
        let is_open = parameters.last().is_some_and(|it| it.is_repeated);
        (nth <= last || is_open).then_some(nth.min(last))
    }

    fn takes(&self, n_arguments: usize) -> bool {
        let parameters = self.parameters.as_deref().unwrap_or_default();
        let n_required = parameters.iter().filter(|it| !it.is_optional).count();
        let is_open = parameters.last().is_some_and(|it| it.is_repeated);
        n_required <= n_arguments && (is_open || n_arguments <= parameters.len())
    }
}

impl FunctionParameter {
    /// As it stands in a signature: `[length]` may be left out, `value…` may be there more than once.
    pub fn label(&self) -> String {
        let dots = if self.is_repeated { "…" } else { "" };
        if self.is_optional {
            format!("[{}{dots}]", self.name)
        } else {
            format!("{}{dots}", self.name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{function, is_aggregate};
    use crate::Dialect;

    #[test]
    fn aggregates_are_found() {
        for name in ["any_value", "count", "histogram", "sum", "variance"] {
            assert!(is_aggregate(name, Dialect::DuckDb), "{name}");
        }
        assert!(!is_aggregate("lower", Dialect::DuckDb));
    }

    #[test]
    fn dialects_differ() {
        let label = |name, dialect| {
            let signature = function(name, dialect)?.signatures.first()?;
            Some(signature.label(name))
        };
        assert_eq!(
            label("LPAD", Dialect::DuckDb).as_deref(),
            Some("LPAD(text, length, fill)")
        );
        assert_eq!(
            label("lpad", Dialect::Postgres).as_deref(),
            Some("lpad(text, length, [fill])")
        );
        assert_eq!(label("strftime", Dialect::Snowflake), None);
        assert_eq!(
            label("coalesce", Dialect::Generic).as_deref(),
            Some("coalesce(value…)")
        );
    }
}
