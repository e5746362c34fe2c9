//! What selection criteria look at: one resource seen from all methods, and the comparison itself.

use std::{collections::BTreeSet, sync::Arc};

use globset::{GlobBuilder, GlobMatcher};
use project::{
    node::{Config, Node, NodeDetail, NodeVersion, ResourceType, UniqueId},
    python_text::python_str,
    selector::{Criterion, Method, SelectorError},
};
use serde_json::Value;

use crate::manifest::Manifest;

/// A resource of the manifest.
pub(super) struct Subject<'a> {
    pub(super) id: &'a UniqueId,
    resource_type: ResourceType,
    package: &'a str,
    name: &'a str,
    /// The source, for tables.
    source_name: Option<&'a str>,
    fqn: &'a [Arc<str>],
    tags: &'a [Arc<str>],
    config: &'a Config,
    path: &'a str,
    patch_path: Option<&'a str>,
    node: Option<&'a Node>,
}

/// All resources that can be selected.
pub(super) fn subjects(manifest: &Manifest) -> Vec<Subject<'_>> {
    let nodes = manifest.nodes.values().map(|node| Subject {
        id: &node.unique_id,
        resource_type: node.resource_type(),
        package: &node.package_name,
        name: &node.name,
        source_name: None,
        fqn: &node.fqn,
        tags: &node.tags,
        config: &node.config,
        path: &node.original_file_path,
        patch_path: node.patch_path.as_deref(),
        node: Some(node),
    });
    let sources = manifest.sources.values().map(|source| Subject {
        id: &source.unique_id,
        resource_type: ResourceType::Source,
        package: &source.package_name,
        name: &source.name,
        source_name: Some(&source.source_name),
        fqn: &source.fqn,
        tags: &source.tags,
        config: &source.config,
        path: &source.original_file_path,
        patch_path: source.patch_path.as_deref(),
        node: None,
    });
    let exposures = manifest.exposures.values().map(|exposure| Subject {
        id: &exposure.unique_id,
        resource_type: ResourceType::Exposure,
        package: &exposure.package_name,
        name: &exposure.name,
        source_name: None,
        fqn: &exposure.fqn,
        tags: &exposure.tags,
        config: &exposure.config,
        path: &exposure.original_file_path,
        patch_path: None,
        node: None,
    });
    let unit_tests = manifest.unit_tests.values().map(|test| Subject {
        id: &test.unique_id,
        resource_type: ResourceType::UnitTest,
        package: &test.package_name,
        name: &test.name,
        source_name: None,
        fqn: &test.fqn,
        tags: &[],
        config: &test.config,
        path: &test.original_file_path,
        patch_path: None,
        node: None,
    });
    let semantic = manifest.semantic.values().map(|node| Subject {
        id: &node.unique_id,
        resource_type: node.resource_type(),
        package: &node.package_name,
        name: &node.name,
        source_name: None,
        fqn: &node.fqn,
        tags: &node.tags,
        config: &node.config,
        path: &node.original_file_path,
        patch_path: None,
        node: None,
    });
    nodes
        .chain(semantic)
        .chain(sources)
        .chain(exposures)
        .chain(unit_tests)
        .collect()
}

/// A criterion, ready to be compared.
pub(super) struct Matcher<'a> {
    criterion: &'a Criterion,
    /// The parts of the value as patterns.
    patterns: Vec<GlobMatcher>,
    /// What a comparison with an earlier run has found.
    matching: BTreeSet<UniqueId>,
    /// The value as a dotted name.
    fqn: FqnPattern<'a>,
}

impl<'a> Matcher<'a> {
    pub(super) fn new(
        criterion: &'a Criterion,
        manifest: &'a Manifest,
        matching: BTreeSet<UniqueId>,
    ) -> Result<Self, SelectorError> {
        let value = &criterion.value;
        let invalid = |what: &str| SelectorError {
            message: format!("`{}`: `{value}` is no {what}", criterion.raw),
        };
        match criterion.method {
            Method::ResourceType if ResourceType::from_name(value).is_none() => {
                return Err(invalid("resource type"));
            }
            Method::TestType
                if !["generic", "schema", "data", "singular", "unit"].contains(&value.as_str()) =>
            {
                return Err(invalid("test type: use generic, singular, unit or data"));
            }
            Method::Source if value.split('.').count() > 3 => {
                return Err(invalid(
                    "source: use source, source.table or package.source.table",
                ));
            }
            _ => {}
        }
        let project = &*manifest.project_name;
        let written = if criterion.method == Method::Package && value == "this" {
            project
        } else {
            value
        };
        let parts: Vec<&str> = match criterion.method {
            Method::Source
            | Method::Exposure
            | Method::UnitTest
            | Method::Metric
            | Method::SemanticModel
            | Method::SavedQuery => written.split('.').collect(),
            _ => vec![written],
        };
        let patterns = parts
            .into_iter()
            .map(|part| {
                pattern(part, criterion.method == Method::Path).map_err(|_| invalid("pattern"))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            criterion,
            patterns,
            matching,
            fqn: FqnPattern::new(value),
        })
    }

    pub(super) fn matches(&self, subject: &Subject<'_>) -> bool {
        let value = self.criterion.value.as_str();
        let is_like = |text: &str| {
            self.patterns
                .first()
                .is_some_and(|pattern| pattern.is_match(text))
        };
        match self.criterion.method {
            Method::Fqn => {
                subject.resource_type != ResourceType::Source && self.matches_fqn(subject)
            }
            // A unit test has its tags in the configuration alone.
            Method::Tag if subject.resource_type == ResourceType::UnitTest => {
                subject.config.tags().iter().any(|tag| is_like(tag))
            }
            Method::Tag => subject.tags.iter().any(|tag| is_like(tag)),
            Method::Group => {
                is_groupable(subject) && subject.config.text("group").is_some_and(is_like)
            }
            Method::Access => subject
                .node
                .and_then(Node::model)
                .is_some_and(|model| model.access.name() == value),
            Method::Source => {
                subject.resource_type == ResourceType::Source && self.matches_source(subject)
            }
            Method::Exposure => self.is_named(subject, ResourceType::Exposure),
            Method::UnitTest => self.is_named(subject, ResourceType::UnitTest),
            Method::Metric => self.is_named(subject, ResourceType::Metric),
            Method::SemanticModel => self.is_named(subject, ResourceType::SemanticModel),
            Method::SavedQuery => self.is_named(subject, ResourceType::SavedQuery),
            Method::Path => {
                let of_properties = subject
                    .patch_path
                    .and_then(|path| path.split_once("://"))
                    .map(|(_, path)| path);
                let parents = std::path::Path::new(subject.path)
                    .ancestors()
                    .filter_map(|path| path.to_str())
                    .filter(|path| !path.is_empty());
                parents.chain(of_properties).any(is_like)
            }
            Method::File => {
                let name = subject.path.rsplit('/').next().unwrap_or(subject.path);
                is_like(name) || name.rsplit_once('.').is_some_and(|(stem, _)| is_like(stem))
            }
            Method::Package => is_like(subject.package),
            Method::Config => is_configurable(subject) && self.matches_config(subject),
            Method::ResourceType => subject.resource_type.name() == value,
            Method::TestName => match subject.resource_type {
                ResourceType::UnitTest => is_like(subject.name),
                _ => subject
                    .node
                    .and_then(Node::generic_test)
                    .is_some_and(|test| is_like(&test.test_name)),
            },
            Method::TestType => matches_test_type(subject, value),
            Method::Version => subject
                .node
                .is_some_and(|node| matches_version(node, value)),
            Method::State | Method::Result | Method::SourceStatus => {
                self.matching.contains(subject.id)
            }
        }
    }

    /// By the whole name, or without its package.
    fn matches_fqn(&self, subject: &Subject<'_>) -> bool {
        let is_versioned = subject.node.and_then(Node::version).is_some();
        let rest = subject.fqn.get(1..).unwrap_or_default();
        self.fqn.matches(subject.fqn, is_versioned) || self.fqn.matches(rest, is_versioned)
    }

    fn matches_source(&self, subject: &Subject<'_>) -> bool {
        let source = subject.source_name.unwrap_or("");
        match self.patterns.as_slice() {
            [of_source] => of_source.is_match(source),
            [of_source, table] => of_source.is_match(source) && table.is_match(subject.name),
            [package, of_source, table] => {
                package.is_match(subject.package)
                    && of_source.is_match(source)
                    && table.is_match(subject.name)
            }
            _ => false,
        }
    }

    fn is_named(&self, subject: &Subject<'_>, kind: ResourceType) -> bool {
        subject.resource_type == kind
            && match self.patterns.as_slice() {
                [name] => name.is_match(subject.name),
                [package, name] => package.is_match(subject.package) && name.is_match(subject.name),
                _ => false,
            }
    }

    fn matches_config(&self, subject: &Subject<'_>) -> bool {
        let mut keys = self.criterion.arguments.iter();
        let Some(mut value) = keys.next().and_then(|key| subject.config.get(key)) else {
            return false;
        };
        for key in keys {
            let Some(inner) = value.get(key) else {
                return false;
            };
            value = inner;
        }
        let wanted = &self.criterion.value;
        let is_severity = self.criterion.arguments.len() == 1
            && self
                .criterion
                .arguments
                .first()
                .is_some_and(|key| key == "severity");
        let is_equal = |value: &Value| match value {
            Value::Bool(flag) => wanted.eq_ignore_ascii_case(if *flag { "true" } else { "false" }),
            Value::String(text) if is_severity => wanted.eq_ignore_ascii_case(text),
            other => *wanted == python_str(other),
        };
        match value {
            Value::Array(items) => items.iter().any(is_equal),
            other => is_equal(other),
        }
    }
}

/// Of the semantic layer dbt asks only metrics for their group.
fn is_groupable(subject: &Subject<'_>) -> bool {
    subject.node.is_some() || subject.resource_type == ResourceType::Metric
}

fn is_configurable(subject: &Subject<'_>) -> bool {
    subject.node.is_some() || subject.resource_type == ResourceType::Source
}

/// dbt compares with Python's `fnmatch`: `*` goes over slashes and dots, braces mean nothing. Paths are globbed.
fn pattern(text: &str, is_path: bool) -> Result<GlobMatcher, globset::Error> {
    let text = if is_path {
        text.trim_start_matches("./").trim_end_matches('/')
    } else {
        text
    };
    let literal_braces = text.replace('{', "[{]").replace('}', "[}]");
    let glob = GlobBuilder::new(&literal_braces)
        .literal_separator(is_path)
        .backslash_escape(false)
        .build()?;
    Ok(glob.compile_matcher())
}

/// dbt's `is_selected_node`: the last part alone, or all parts from the first on, with a wildcard at the end.
struct FqnPattern<'a> {
    selector: &'a str,
    parts: Vec<&'a str>,
    /// The first part with a wildcard and the pattern from there on, made once for all resources.
    wildcard: Option<(usize, Option<GlobMatcher>)>,
}

impl<'a> FqnPattern<'a> {
    fn new(selector: &'a str) -> Self {
        let parts: Vec<&str> = selector.split('.').collect();
        let has_wildcard = |part: &&str| part.contains(['*', '?', '[', ']']);
        let wildcard = parts.iter().position(has_wildcard).map(|index| {
            let rest = parts.get(index..).unwrap_or_default().join(".");
            // What is no pattern matches nothing.
            (index, pattern(&rest, false).ok())
        });
        Self {
            selector,
            parts,
            wildcard,
        }
    }

    fn matches(&self, fqn: &[Arc<str>], is_versioned: bool) -> bool {
        let (selector, parts) = (self.selector, &self.parts);
        let leaf = if is_versioned {
            fqn.iter().rev().nth(1)
        } else {
            fqn.last()
        };
        if leaf.is_some_and(|leaf| **leaf == *selector) {
            return true;
        }
        if is_versioned && let [.., name, version] = fqn {
            let wanted = parts
                .get(parts.len().saturating_sub(2)..)
                .unwrap_or_default()
                .join("_");
            if format!("{name}_{version}") == wanted {
                return true;
            }
        }
        let flat: Vec<&str> = fqn.iter().flat_map(|part| part.split('.')).collect();
        if flat.len() < parts.len() {
            return false;
        }
        let literal = self
            .wildcard
            .as_ref()
            .map_or(parts.len(), |(index, _)| *index);
        if flat.get(..literal) != parts.get(..literal) {
            return false;
        }
        let Some((index, pattern)) = &self.wildcard else {
            return true;
        };
        let is_like = |text: &str| pattern.as_ref().is_some_and(|it| it.is_match(text));
        is_like(&flat.get(*index..).unwrap_or_default().join("."))
            || (!selector.contains('.') && leaf.is_some_and(|leaf| is_like(leaf)))
    }
}

fn matches_test_type(subject: &Subject<'_>, value: &str) -> bool {
    let (is_generic, is_singular) = match subject.node.map(|node| &node.detail) {
        Some(NodeDetail::GenericTest(_)) => (true, false),
        Some(NodeDetail::SingularTest) => (false, true),
        _ => (false, false),
    };
    match value {
        "generic" | "schema" => is_generic,
        "singular" => is_singular,
        "data" => is_generic || is_singular,
        _ => subject.resource_type == ResourceType::UnitTest,
    }
}

fn matches_version(node: &Node, value: &str) -> bool {
    let Some(model) = node.model() else {
        return false;
    };
    let (Some(version), Some(latest)) = (&model.version, &model.latest_version) else {
        return value == "none";
    };
    let order = compare(version, latest);
    match value {
        "latest" => order.is_eq(),
        "prerelease" => order.is_gt(),
        "old" => order.is_lt(),
        _ => false,
    }
}

fn compare(a: &NodeVersion, b: &NodeVersion) -> std::cmp::Ordering {
    a.compare(b)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::FqnPattern;

    fn check(fqn: &str, selector: &str, expected: bool) {
        let fqn: Vec<Arc<str>> = fqn.split('/').map(Arc::from).collect();
        assert_eq!(
            FqnPattern::new(selector).matches(&fqn, false),
            expected,
            "{selector} on {fqn:?}"
        );
    }

    #[test]
    fn names_are_matched_from_the_front_or_by_their_last_part() {
        check("shop/staging/stg_orders", "stg_orders", true);
        check("shop/staging/stg_orders", "shop.staging", true);
        check("shop/staging/stg_orders", "shop.*", true);
        check("shop/staging/stg_orders", "stg_*", true);
        check("shop/staging/stg_orders", "shop.stg_orders", false);
        check("shop/staging/stg_orders", "staging", false);
        check(
            "shop/staging/stg_orders",
            "shop.staging.stg_orders.more",
            false,
        );
    }
}
