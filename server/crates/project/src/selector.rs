//! The selection language as data: `+tag:nightly,path:models/marts orders+2 @customers`.
//!
//! Spaces unite, commas intersect, `+` and `@` take relatives in. What a selection means for a given graph is
//! `analysis::select`'s business. See <https://docs.getdbt.com/reference/node-selection/syntax>.

mod definitions;
mod written;

use std::sync::LazyLock;

use regex::{Captures, Regex};

pub use definitions::{SelectorDefinitions, selector_definitions, selectors_content};
pub use written::written_selectors;

/// Which resources to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// What one criterion matches.
    Criterion(Criterion),
    /// What any of them takes.
    Union(Vec<Selection>),
    /// What all of them take.
    Intersection(Vec<Selection>),
    /// The first without the second.
    Difference(Box<Selection>, Box<Selection>),
}

/// `method.argument:value` with its operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criterion {
    /// As written, for messages.
    pub raw: String,
    /// What is compared.
    pub method: Method,
    /// `config.materialized` has one.
    pub arguments: Vec<String>,
    /// What it is compared with.
    pub value: String,
    /// `@x`: descendants, and all that these are made of.
    pub childrens_parents: bool,
    /// `+x` or `2+x`
    pub parents: Relatives,
    /// `x+` or `x+2`
    pub children: Relatives,
    /// Overrides `--indirect-selection`; only selectors.yml can say it.
    pub indirect: Option<IndirectSelection>,
}

/// How far relatives are taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Relatives {
    /// Not at all.
    #[default]
    None,
    /// So many edges away.
    UpTo(u32),
    /// All of them.
    All,
}

/// Which tests come along with what they test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum IndirectSelection {
    /// A test of any selected node.
    #[default]
    Eager,
    /// A test all of whose parents are selected.
    Cautious,
    /// A test all of whose parents are selected, or upstream of what is.
    Buildable,
    /// None.
    Empty,
}

impl IndirectSelection {
    /// The mode with dbt's name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "eager" => Some(Self::Eager),
            "cautious" => Some(Self::Cautious),
            "buildable" => Some(Self::Buildable),
            "empty" => Some(Self::Empty),
            _ => None,
        }
    }
}

/// What a criterion compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "dbt's names for them")]
pub enum Method {
    Fqn,
    Tag,
    Group,
    Access,
    Source,
    Path,
    File,
    Package,
    Config,
    TestName,
    TestType,
    ResourceType,
    State,
    Exposure,
    Metric,
    Result,
    SourceStatus,
    Version,
    SemanticModel,
    SavedQuery,
    UnitTest,
}

const METHODS: [(&str, Method); 21] = [
    ("fqn", Method::Fqn),
    ("tag", Method::Tag),
    ("group", Method::Group),
    ("access", Method::Access),
    ("source", Method::Source),
    ("path", Method::Path),
    ("file", Method::File),
    ("package", Method::Package),
    ("config", Method::Config),
    ("test_name", Method::TestName),
    ("test_type", Method::TestType),
    ("resource_type", Method::ResourceType),
    ("state", Method::State),
    ("exposure", Method::Exposure),
    ("metric", Method::Metric),
    ("result", Method::Result),
    ("source_status", Method::SourceStatus),
    ("version", Method::Version),
    ("semantic_model", Method::SemanticModel),
    ("saved_query", Method::SavedQuery),
    ("unit_test", Method::UnitTest),
];

/// dbt's names of all methods.
pub fn method_names() -> impl Iterator<Item = &'static str> {
    METHODS.iter().map(|(name, _)| *name)
}

impl Method {
    /// The method with dbt's name.
    pub fn from_name(name: &str) -> Option<Self> {
        METHODS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, method)| *method)
    }

    /// dbt's name.
    pub fn name(self) -> &'static str {
        METHODS
            .iter()
            .find(|(_, method)| *method == self)
            .map_or("fqn", |(name, _)| name)
    }

    /// What a bare value means: a path, a file or a name.
    fn guessed(value: &str) -> Self {
        let lower = value.to_lowercase();
        if value.contains('/') || (cfg!(windows) && value.contains('\\')) {
            Self::Path
        } else if [".sql", ".py", ".csv"]
            .iter()
            .any(|extension| lower.ends_with(extension))
        {
            Self::File
        } else {
            Self::Fqn
        }
    }
}

/// A selection that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SelectorError {
    /// For people.
    pub message: String,
}

impl SelectorError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

// The groups of dbt's own pattern; the value is lazy so that a trailing `+2` is not part of it.
static CRITERION: LazyLock<Result<Regex, regex::Error>> = LazyLock::new(|| {
    Regex::new(
        r"^(?P<at>@)?(?:(?P<up>\d*)(?P<plus_before>\+))?(?:(?P<method>[\w.]+):)?(?P<value>.*?)(?:(?P<plus_after>\+)(?P<down>\d*))?$",
    )
});

impl Selection {
    /// The words of `--select`: united across arguments and spaces, intersected at commas.
    pub fn parse<S: AsRef<str>>(words: &[S]) -> Result<Self, SelectorError> {
        let words = words
            .iter()
            .flat_map(|words| words.as_ref().split_whitespace());
        let unions = words.map(|word| {
            let parts: Result<Vec<_>, _> = word
                .split(',')
                .map(|part| Criterion::parse(part).map(Self::Criterion))
                .collect();
            parts.map(Self::Intersection)
        });
        Ok(Self::Union(unions.collect::<Result<_, _>>()?))
    }

    /// What a command takes when nothing is selected.
    #[must_use]
    pub fn everything() -> Self {
        let criterion = |method, value: &str| {
            Self::Criterion(Criterion {
                method,
                value: value.to_owned(),
                ..Criterion::of(value)
            })
        };
        Self::Union(vec![
            criterion(Method::Fqn, "*"),
            criterion(Method::Source, "*"),
            criterion(Method::Exposure, "*"),
            criterion(Method::Metric, "*"),
            criterion(Method::SemanticModel, "*"),
        ])
    }

    /// Without what `excluded` takes.
    #[must_use]
    pub fn without(self, excluded: Self) -> Self {
        Self::Difference(Box::new(self), Box::new(excluded))
    }
}

impl Criterion {
    fn of(value: &str) -> Self {
        Self {
            raw: value.to_owned(),
            method: Method::guessed(value),
            arguments: Vec::new(),
            value: value.to_owned(),
            childrens_parents: false,
            parents: Relatives::None,
            children: Relatives::None,
            indirect: None,
        }
    }

    /// One criterion with its operators.
    pub fn parse(raw: &str) -> Result<Self, SelectorError> {
        let wrong = || SelectorError::new(format!("`{raw}` is not a selector"));
        let groups = CRITERION
            .as_ref()
            .ok()
            .and_then(|pattern| pattern.captures(raw))
            .ok_or_else(wrong)?;
        let text = |name: &str| groups.name(name).map_or("", |found| found.as_str());
        let (method, arguments) = match groups.name("method") {
            Some(method) => method_and_arguments(method.as_str())?,
            None => (Method::guessed(text("value")), Vec::new()),
        };
        let criterion = Self {
            method,
            arguments,
            value: text("value").to_owned(),
            childrens_parents: groups.name("at").is_some(),
            parents: relatives(&groups, "plus_before", "up").ok_or_else(wrong)?,
            children: relatives(&groups, "plus_after", "down").ok_or_else(wrong)?,
            ..Self::of(raw)
        };
        if criterion.childrens_parents && criterion.children != Relatives::None {
            return Err(SelectorError::new(format!(
                "`{raw}`: the `@` prefix and the `+` suffix do not go together"
            )));
        }
        Ok(criterion)
    }
}

/// `config.materialized` is the method `config` with an argument.
pub(crate) fn method_and_arguments(text: &str) -> Result<(Method, Vec<String>), SelectorError> {
    let mut parts = text.split('.');
    let name = parts.next().unwrap_or("");
    let method = Method::from_name(name).ok_or_else(|| {
        let message = format!("`{name}` is not a selector method");
        let names = METHODS.iter().map(|(name, _)| *name);
        SelectorError::new(base::or_did_you_mean(message, name, names))
    })?;
    Ok((method, parts.map(str::to_owned).collect()))
}

fn relatives(groups: &Captures<'_>, plus: &str, depth: &str) -> Option<Relatives> {
    if groups.name(plus).is_none() {
        return Some(Relatives::None);
    }
    match groups.name(depth).map_or("", |found| found.as_str()) {
        "" => Some(Relatives::All),
        digits => digits.parse().ok().map(Relatives::UpTo),
    }
}

#[cfg(test)]
mod tests {
    use super::{Criterion, Method, Relatives, Selection};

    fn check(raw: &str, method: Method, value: &str, parents: Relatives, children: Relatives) {
        let criterion = Criterion::parse(raw).unwrap();
        let found = (
            criterion.method,
            criterion.value.as_str(),
            criterion.parents,
            criterion.children,
        );
        assert_eq!(found, (method, value, parents, children), "{raw}");
    }

    #[test]
    fn reads_operators_methods_and_values() {
        use Relatives::{All, None, UpTo};
        check("orders", Method::Fqn, "orders", None, None);
        check("+orders", Method::Fqn, "orders", All, None);
        check("2+orders+3", Method::Fqn, "orders", UpTo(2), UpTo(3));
        check("tag:nightly+", Method::Tag, "nightly", None, All);
        check("models/marts", Method::Path, "models/marts", None, None);
        check("orders.sql", Method::File, "orders.sql", None, None);
        check(
            "source:raw.orders+1",
            Method::Source,
            "raw.orders",
            None,
            UpTo(1),
        );
        check("marts.*", Method::Fqn, "marts.*", None, None);
    }

    #[test]
    fn a_method_may_have_arguments() {
        let criterion = Criterion::parse("config.meta.owner:ann").unwrap();
        assert_eq!(
            (
                criterion.method,
                criterion.arguments.join("/"),
                criterion.value
            ),
            (Method::Config, "meta/owner".into(), "ann".into())
        );
    }

    #[test]
    fn spaces_unite_and_commas_intersect() {
        let Selection::Union(parts) = Selection::parse(&["a,tag:b c", "d"]).unwrap() else {
            panic!("not a union")
        };
        let sizes: Vec<_> = parts
            .iter()
            .map(|part| {
                if let Selection::Intersection(all) = part {
                    all.len()
                } else {
                    0
                }
            })
            .collect();
        assert_eq!(sizes, [2, 1, 1]);
    }

    #[test]
    fn wrong_selectors_say_why() {
        let error = |raw| Criterion::parse(raw).unwrap_err().message;
        assert_eq!(
            error("tags:x"),
            "`tags` is not a selector method; did you mean `tag`?"
        );
        assert_eq!(
            error("@x+"),
            "`@x+`: the `@` prefix and the `+` suffix do not go together"
        );
    }
}
