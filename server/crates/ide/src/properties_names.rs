//! The names in a properties file that mean something elsewhere: entries, tests, `depends_on`.

use std::sync::Arc;

use base::SourceRange;
use project::{
    node::{RefArgs, ResourceType, SourceArgs},
    properties::{Properties, TestEntry},
};

/// A name in a properties file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PropertyName {
    /// Of an entry that describes a node.
    Node(ResourceType, Arc<str>),
    /// `ref('x')` in `depends_on`, `model:` of a unit test, `input: ref('x')`.
    Ref(Arc<str>),
    /// A source.
    Source(Arc<str>),
    /// A table of a source.
    Table(SourceArgs),
    /// `source('x', 'y')` in `depends_on`.
    SourceRef(SourceArgs),
    /// A macro.
    Macro(Arc<str>),
    /// A generic test, by package (if it is named) and name.
    Test(Option<Arc<str>>, Arc<str>),
}

/// All of them with their places.
pub(crate) fn names(properties: &Properties) -> Vec<(SourceRange, PropertyName)> {
    let mut names = Vec::new();
    let sections = [
        (ResourceType::Model, &properties.models),
        (ResourceType::Seed, &properties.seeds),
        (ResourceType::Snapshot, &properties.snapshots),
        (ResourceType::Analysis, &properties.analyses),
        (ResourceType::Function, &properties.functions),
    ];
    for (kind, nodes) in sections {
        for node in nodes {
            let name = Arc::clone(&node.name.value);
            names.push((node.name.range, PropertyName::Node(kind, name)));
        }
    }
    add_tests(test_entries(properties), &mut names);
    for source in &properties.sources {
        let source_name = Arc::clone(&source.name.value);
        names.push((
            source.name.range,
            PropertyName::Source(Arc::clone(&source_name)),
        ));
        for table in &source.tables {
            let args = SourceArgs {
                source: Arc::clone(&source_name),
                table: Arc::clone(&table.name.value),
            };
            names.push((table.name.range, PropertyName::Table(args)));
        }
    }
    for it in &properties.macros {
        names.push((
            it.name.range,
            PropertyName::Macro(Arc::clone(&it.name.value)),
        ));
    }
    for exposure in &properties.exposures {
        for dependency in &exposure.depends_on {
            names.extend(call_name(&dependency.value).map(|name| (dependency.range, name)));
        }
    }
    for test in &properties.unit_tests {
        let model = Arc::clone(&test.model.value);
        names.push((test.model.range, PropertyName::Ref(model)));
        for given in &test.given {
            names.extend(call_name(&given.input.value).map(|name| (given.input.range, name)));
        }
    }
    names
}

/// All tests of a properties file, wherever they stand.
pub(crate) fn test_entries(properties: &Properties) -> Vec<&TestEntry> {
    let mut tests: Vec<&TestEntry> = Vec::new();
    let sections = [
        &properties.models,
        &properties.seeds,
        &properties.snapshots,
        &properties.analyses,
    ];
    for node in sections.into_iter().flatten() {
        let versions = node.versions.iter();
        let of_versions = versions.flat_map(|version| version.columns.iter());
        let columns = node.columns.iter().chain(of_versions);
        tests.extend(columns.flat_map(|column| &column.tests));
        tests.extend(&node.tests);
    }
    for table in properties.sources.iter().flat_map(|it| &it.tables) {
        tests.extend(&table.tests);
        tests.extend(table.columns.iter().flat_map(|column| &column.tests));
    }
    tests
}

fn add_tests(tests: Vec<&TestEntry>, names: &mut Vec<(SourceRange, PropertyName)>) {
    for test in tests {
        let name = match test.name.value.rsplit_once('.') {
            Some((package, name)) => PropertyName::Test(Some(package.into()), name.into()),
            None => PropertyName::Test(None, Arc::clone(&test.name.value)),
        };
        names.push((test.name.range, name));
        for argument in &test.places {
            let value = test
                .args
                .get(&*argument.name)
                .and_then(|value| value.as_str());
            let name = value.and_then(call_name);
            names.extend(name.map(|name| (argument.value_range, name)));
        }
    }
}

/// What calls of `ref` in a text of YAML mean.
pub(crate) fn ref_names(text: &str) -> Vec<RefArgs> {
    let written = format!(
        "{{{{ {} }}}}",
        text.trim().trim_start_matches("{{").trim_end_matches("}}")
    );
    let parsed = jinja::Template::parse(&written);
    let calls = parsed.calls.iter().filter(|call| call.is(&["ref"]));
    calls.filter_map(analysis::facts::ref_of).collect()
}

/// `ref('x')` or `source('x', 'y')` as YAML holds it: text with quotes in it.
fn call_name(text: &str) -> Option<PropertyName> {
    let text = text
        .trim()
        .trim_start_matches("{{")
        .trim_end_matches("}}")
        .trim();
    let (callee, rest) = text.split_once('(')?;
    let (args, _) = rest.rsplit_once(')')?;
    let args: Vec<&str> = args
        .split(',')
        .map(|arg| arg.trim().trim_matches(['\'', '"']))
        .collect();
    match (callee.trim(), &*args) {
        ("ref", [name] | [_, name]) => Some(PropertyName::Ref((*name).into())),
        ("source", [source, table]) => Some(PropertyName::SourceRef(SourceArgs {
            source: (*source).into(),
            table: (*table).into(),
        })),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_in_yaml_are_read_with_and_without_braces() {
        assert_eq!(call_name("ref('a')"), Some(PropertyName::Ref("a".into())));
        assert_eq!(
            call_name("{{ ref('p', \"a\") }}"),
            Some(PropertyName::Ref("a".into()))
        );
        let args = SourceArgs {
            source: "s".into(),
            table: "t".into(),
        };
        assert_eq!(
            call_name("source('s', 't')"),
            Some(PropertyName::SourceRef(args))
        );
        assert_eq!(call_name("orders"), None);
    }
}
