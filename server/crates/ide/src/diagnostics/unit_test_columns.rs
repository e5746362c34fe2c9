//! `unit-test-column`: rows of unit tests that name columns which are not there. dbt says so when the test is run.

use std::sync::Arc;

use analysis::{
    facts::ref_of,
    others::resources_of,
    resolve::{RefTarget, resolve_ref},
    source::{properties, yaml},
    warehouse_catalog::relies_on_catalog,
    whole_columns::whole_columns,
};
use base::{Diagnostic, SourceRange, did_you_mean};
use jinja::Template;
use project::{
    node::{Fixture, FixtureFormat, RefArgs, UnitTest},
    properties::{FixtureProperties, UnitTestProperties},
    yaml::YamlNode,
};
use sql::CatalogColumn;

use super::{CheckContext, catalog::as_of_catalog};

pub(super) fn check(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    let made = &resources_of(db, file).unit_tests;
    for entry in &properties(db, file).properties.unit_tests {
        let tests = made.iter().filter(|it| it.name == entry.name.value);
        for test in tests.filter(|it| it.config.enabled() && !it.depends_on.nodes.is_empty()) {
            of_test(context, entry, test, found);
        }
    }
}

fn of_test(
    context: &CheckContext<'_>,
    entry: &UnitTestProperties,
    test: &UnitTest,
    found: &mut Vec<Diagnostic>,
) {
    let mut words = entry.model.value.split_whitespace();
    let model = RefArgs {
        name: words.next().unwrap_or_default().into(),
        package: Some(Arc::clone(&test.package_name)),
        version: test.version.clone(),
    };
    if let Some(columns) = columns_of(context, &model) {
        let rows = (&entry.expect, &test.expect);
        unknown(context, rows, &entry.model.value, &columns, found);
    }
    for (input, fixture) in entry.given.iter().zip(test.given.iter()) {
        // `this` is the table of an earlier run, with the columns of then; of a source's nobody declares all.
        let template = Template::parse(&format!("{{{{ {} }}}}", input.input.value));
        let args = template.calls.first().filter(|call| call.is(&["ref"]));
        let columns = args
            .and_then(ref_of)
            .and_then(|args| columns_of(context, &args));
        if let Some(columns) = columns {
            let rows = (&input.fixture, &fixture.fixture);
            unknown(context, rows, &input.input.value, &columns, found);
        }
    }
}

fn columns_of(context: &CheckContext<'_>, args: &RefArgs) -> Option<Known> {
    let package = context.file.package(context.db)?;
    let project = package.project(context.db);
    let target: RefTarget =
        resolve_ref(context.db, project, package.name(context.db), args).ok()?;
    let columns = whole_columns(context.db, target.file, target.slot).clone()?;
    Some(Known {
        columns,
        is_of_catalog: *relies_on_catalog(context.db, target.file, target.slot),
    })
}

/// The columns of what rows stand for.
struct Known {
    columns: Arc<[CatalogColumn]>,
    is_of_catalog: bool,
}

fn unknown(
    context: &CheckContext<'_>,
    (written, rows): (&FixtureProperties, &Fixture),
    of: &str,
    known: &Known,
    found: &mut Vec<Diagnostic>,
) {
    if rows.format == FixtureFormat::Sql {
        return;
    }
    let mut seen: Vec<&str> = Vec::new();
    let objects = rows.rows.as_array().into_iter().flatten();
    let keys = objects
        .filter_map(|row| row.as_object())
        .flat_map(|row| row.keys());
    for key in keys.map(|it| it.trim()) {
        let is_known = known
            .columns
            .iter()
            .any(|it| it.name.eq_ignore_ascii_case(key));
        if is_known || key.is_empty() || seen.contains(&key) {
            continue;
        }
        seen.push(key);
        let names: Vec<&str> = known.columns.iter().map(|it| &*it.name).collect();
        let meant = did_you_mean(key, names.iter().copied());
        let hint = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("it has {}", names.join(", ")),
        };
        let message = format!("`{of}` has no column `{key}`; {hint}");
        for range in places(context, written, key) {
            let diagnostic = Diagnostic::error("unit-test-column", range, message.clone());
            let diagnostic = as_of_catalog(diagnostic, known.is_of_catalog);
            let is_name = range.of(context.file.text(context.db)) == key;
            found.push(match meant.filter(|_| is_name) {
                Some(meant) => diagnostic.with_replacement(context.file.id(context.db), meant),
                None => diagnostic,
            });
        }
    }
}

/// Where rows name a column: its keys, or its place in the first line of CSV; else the fixture's name.
fn places(context: &CheckContext<'_>, written: &FixtureProperties, key: &str) -> Vec<SourceRange> {
    let named = written.fixture.iter().map(|name| name.range);
    let Some(range) = written.rows_range else {
        return named.collect();
    };
    let mut found = Vec::new();
    let tree = &yaml(context.db, context.file).0;
    if let Some(rows) = node_at(tree.root(), range) {
        let keys = rows.items().flat_map(YamlNode::written_entries);
        let keys = keys.filter(|(it, _)| it.raw().map(str::trim) == Some(key));
        found.extend(keys.map(|(key, _)| key.range()));
    }
    if found.is_empty() {
        let text = range.of(context.file.text(context.db));
        found.push(word(text, key).map_or(range, |at| {
            let start = range.start + at as u32;
            SourceRange::new(start, start + key.len() as u32)
        }));
    }
    found
}

/// The list with these bytes.
fn node_at(node: YamlNode<'_>, range: SourceRange) -> Option<YamlNode<'_>> {
    if node.is_alias() || !node.range().covers(range) {
        return None;
    }
    if node.range() == range {
        return Some(node);
    }
    let values = node.written_entries().map(|(_, value)| value);
    values.chain(node.items()).find_map(|it| node_at(it, range))
}

/// Where a word stands for itself.
fn word(text: &str, word: &str) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut places = text.match_indices(word).map(|(at, _)| at);
    places.find(|at| {
        let before = text.get(..*at).and_then(|it| it.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|it| it.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::render_diagnostics;

    fn check(fixture: &str, expected: &Expect) {
        expected.assert_eq(&render_diagnostics(fixture));
    }

    #[test]
    fn rows_name_columns_that_are_there() {
        check(
            "
//- /models/orders.sql
select 1 as id, 2 as amount
//- /models/raw.yml
sources:
  - name: raw
    tables: [{name: events, columns: [{name: id}]}]
//- /models/totals.sql
select o.id, sum(amount) as total from {{ ref('orders') }} as o join {{ source('raw', 'events') }} as e on true group by 1
//- /tests/fixtures/many.csv
id,amuont
1,2
//- /models/s.yml
unit_tests:
  - name: adds
    model: totals
    given:
      - input: ref('orders')
        rows:
          - {id: 1, amount: 2}
          - {ID: 1, amuont: 3}
      - input: source('raw', 'events')
        rows: [{anything: 1}]
    expect:
      rows: [{id: 1, totals: 5}]
  - name: of_csv
    model: totals
    given:
      - input: ref('orders')
        format: csv
        rows: |
          id,identity
          1,2
      - {input: ref('orders'), format: csv, fixture: many}
      - {input: ref('orders'), format: sql, rows: select 1 as x}
    expect: {rows: [{total: 5}]}
  - name: turned_off
    config: {enabled: false}
    model: totals
    given: []
    expect: {rows: [{nothing: 5}]}
",
            &expect![[r#"
                /models/s.yml
                  8:21 error unit-test-column: `ref('orders')` has no column `amuont`; did you mean `amount`?
                  12:22 error unit-test-column: `totals` has no column `totals`; did you mean `total`?
                  19:14 error unit-test-column: `ref('orders')` has no column `identity`; it has id, amount
                  21:54 error unit-test-column: `ref('orders')` has no column `amuont`; did you mean `amount`?
            "#]],
        );
    }
}
