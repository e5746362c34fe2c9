//! The names in a properties file that mean something elsewhere: entries, tests, `depends_on`.

use std::sync::Arc;

use base::SourceRange;
use project::{
    node::{ResourceType, SourceArgs},
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
    /// A macro, or the macro behind a test, by dbt's name for it.
    Macro(Arc<str>),
}

/// All of them with their places.
pub(crate) fn names(properties: &Properties) -> Vec<(SourceRange, PropertyName)> {
    let mut names = Vec::new();
    let sections = [
        (ResourceType::Model, &properties.models),
        (ResourceType::Seed, &properties.seeds),
        (ResourceType::Snapshot, &properties.snapshots),
        (ResourceType::Analysis, &properties.analyses),
    ];
    for (kind, nodes) in sections {
        for node in nodes {
            let name = Arc::clone(&node.name.value);
            names.push((node.name.range, PropertyName::Node(kind, name)));
            let versions = node.versions.iter();
            let of_versions = versions.flat_map(|version| version.columns.iter());
            for column in node.columns.iter().chain(of_versions) {
                add_tests(&column.tests, &mut names);
            }
            add_tests(&node.tests, &mut names);
        }
    }
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
            add_tests(&table.tests, &mut names);
            for column in &table.columns {
                add_tests(&column.tests, &mut names);
            }
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

fn add_tests(tests: &[TestEntry], names: &mut Vec<(SourceRange, PropertyName)>) {
    for test in tests {
        let name = match test.name.value.rsplit_once('.') {
            Some((_, name)) => format!("test_{name}"),
            None => format!("test_{}", test.name.value),
        };
        names.push((test.name.range, PropertyName::Macro(name.into())));
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
