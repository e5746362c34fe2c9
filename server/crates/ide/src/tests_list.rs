//! The tests of a project: data tests and unit tests, with their places, for a client that lists and runs them.
//!
//! Those of installed packages are left out: they are run with the rest, but nobody looks for them one by one.

use analysis::{
    Project, SourceFile,
    facts::parsed,
    manifest::is_editable,
    nodes::nodes_of,
    others::resources_of,
    source::properties,
    test_nodes::{TestNode, tests_of},
};
use base::{FileRange, SourceRange};
use project::{
    files::FileKind,
    node::{Node, NodeDetail, ResourceType, UniqueId},
};

use crate::{definition::node_name, selection::node_selector, world::World};

/// A test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedTest {
    /// Its id, as in the results of runs.
    pub unique_id: UniqueId,
    /// What it is called among the tests of the same node: `order_id: unique`.
    pub label: String,
    /// Whether it runs on made-up rows.
    pub is_unit_test: bool,
    /// What is tested: `orders`, `raw.orders`. A query of its own is about nothing in particular.
    pub tested: Option<String>,
    /// What selects it and no other, in dbt's syntax.
    pub selector: String,
    /// Where it is written.
    pub place: FileRange,
}

/// All that are not turned off, by file.
pub(crate) fn tests_list(world: World<'_>, project: Project) -> Vec<ListedTest> {
    let packages = project.packages(world.db).iter().copied();
    let own = packages.filter(|package| is_editable(world.db, *package));
    let mut tests = Vec::new();
    for file in own.flat_map(|package| package.files(world.db).iter().copied()) {
        match file.kind(world.db) {
            Some(FileKind::Properties) => {
                tests.extend(data_tests(world, file));
                tests.extend(unit_tests(world, file));
            }
            Some(FileKind::SingularTest) => tests.extend(singular_tests(world, file)),
            _ => {}
        }
    }
    tests
}

fn data_tests(world: World<'_>, file: SourceFile) -> Vec<ListedTest> {
    let tests = tests_of(world.db, file).tests.iter();
    let enabled = tests.filter(|test| test.node.config.enabled());
    enabled
        .map(|test| ListedTest {
            unique_id: test.node.unique_id.clone(),
            label: label(test),
            is_unit_test: false,
            tested: tested(&test.node),
            selector: node_selector(&test.node),
            place: at(world, file, test.name_range),
        })
        .collect()
}

/// The name alone is long, and says again what is tested.
fn label(test: &TestNode) -> String {
    match &test.node.detail {
        NodeDetail::GenericTest(detail) => match &detail.column_name {
            Some(column) => format!("{column}: {}", detail.test_name),
            None => detail.test_name.to_string(),
        },
        _ => test.node.name.to_string(),
    }
}

fn tested(node: &Node) -> Option<String> {
    let attached = match &node.detail {
        NodeDetail::GenericTest(detail) => detail.attached_node.as_ref(),
        _ => None,
    };
    if let Some(id) = attached {
        return Some(node_name(id).to_owned());
    }
    let source = node.sources.first()?;
    Some(format!("{}.{}", source.source, source.table))
}

fn unit_tests(world: World<'_>, file: SourceFile) -> Vec<ListedTest> {
    let entries = &properties(world.db, file).properties.unit_tests;
    let tests = resources_of(world.db, file).unit_tests.iter();
    let enabled = tests.filter(|test| test.config.enabled());
    enabled
        .filter_map(|test| {
            let entry = entries.iter().find(|it| it.name.value == test.name)?;
            let version = test.version.as_ref().map(|it| format!(" (v{it})"));
            Some(ListedTest {
                unique_id: test.unique_id.clone(),
                label: format!("{}{}", test.name, version.unwrap_or_default()),
                is_unit_test: true,
                tested: Some(test.model.to_string()),
                selector: test.fqn.join("."),
                place: at(world, file, entry.name.range),
            })
        })
        .collect()
}

fn singular_tests(world: World<'_>, file: SourceFile) -> Vec<ListedTest> {
    let nodes = nodes_of(world.db, file)
        .iter()
        .zip(parsed(world.db, file).iter());
    let enabled = nodes
        .filter(|(node, _)| node.config.enabled() && node.resource_type() == ResourceType::Test);
    enabled
        .map(|(node, part)| ListedTest {
            unique_id: node.unique_id.clone(),
            label: node.name.to_string(),
            is_unit_test: false,
            tested: None,
            selector: node_selector(node),
            place: at(world, file, SourceRange::at(part.range.start)),
        })
        .collect()
}

fn at(world: World<'_>, file: SourceFile, range: SourceRange) -> FileRange {
    FileRange {
        file: file.id(world.db),
        range,
    }
}

#[cfg(test)]
mod tests {
    use std::{fmt::Write as _, path::Path};

    use expect_test::expect;

    use crate::fixture::TestProject;

    #[test]
    fn every_kind_of_test_is_listed_with_what_it_tests() {
        let project = TestProject::new(
            "
//- /models/a.sql
select 1 as id
//- /tests/no_gaps.sql
select * from {{ ref('a') }} where false
//- /tests/off.sql
{{ config(enabled=false) }} select 1
//- /models/s.yml
models:
  - name: a
    data_tests: [{dbt_utils.rows: {name: many}}]
    columns:
      - name: id
        data_tests: [unique, {not_null: {config: {enabled: false}}}]
sources:
  - name: raw
    tables:
      - name: t
        columns:
          - name: id
            data_tests: [not_null]
unit_tests:
  - name: counts
    model: a
    given: []
    expect: {rows: []}
",
        );
        let tests = project.analysis().tests_list(Path::new("/")).unwrap();
        let mut out = String::new();
        for test in tests.iter().flatten() {
            let kind = if test.is_unit_test { "unit" } else { "data" };
            let tested = test.tested.as_deref().unwrap_or("-");
            let place = project.show(test.place);
            writeln!(
                out,
                "{kind} {tested} | {} | {} | {place}",
                test.label, test.selector
            )
            .unwrap();
        }
        expect![[r#"
            data a | id: unique | shop.unique_a_id | /models/s.yml:6 unique
            data a | rows | shop.many | /models/s.yml:3 dbt_utils.rows
            data raw.t | id: not_null | shop.source_not_null_raw_t_id | /models/s.yml:13 not_null
            unit a | counts | shop.a.counts | /models/s.yml:15 counts
            data - | no_gaps | shop.no_gaps | /tests/no_gaps.sql:1
        "#]]
        .assert_eq(&out);
    }
}
