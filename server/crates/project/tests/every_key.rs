//! Every key of the project's YAML files, once with a slip in its name and once with a value of another type: each is
//! reported on its line, and what is not is listed here: keys of the user's own, and what dbt takes, too.

use base::{Diagnostic, FileId, LineIndex};
use expect_test::{Expect, expect};
use project::{
    packages::PackagesFile, project_file::ProjectFile, properties::Properties, yaml::Yaml,
};

type Read = fn(&Yaml) -> Vec<Diagnostic>;

fn no_jinja(_: &str) -> Result<serde_json::Value, String> {
    Err("no Jinja here".to_owned())
}

fn properties(yaml: &Yaml) -> Vec<Diagnostic> {
    Properties::read(FileId(0), yaml, &no_jinja).1
}

fn project_file(yaml: &Yaml) -> Vec<Diagnostic> {
    ProjectFile::read(FileId(0), yaml, &no_jinja).1
}

fn packages(yaml: &Yaml) -> Vec<Diagnostic> {
    PackagesFile::read(FileId(0), yaml, &no_jinja).1
}

/// The lines on which something is reported, from 0.
fn reported(text: &str, read: Read) -> Vec<u32> {
    let (yaml, mut found) = Yaml::parse(text);
    found.extend(read(&yaml));
    let index = LineIndex::new(text);
    found
        .iter()
        .map(|it| index.line_col(it.range.start).line)
        .collect()
}

/// Where the key of a line begins and ends.
fn key(line: &str) -> Option<(usize, usize)> {
    let start = line.len() - line.trim_start_matches([' ', '-']).len();
    let (key, _) = line.get(start..)?.split_once(':')?;
    Some((start, start + key.len()))
}

/// The text with another line, and without what is nested below it.
fn with_line(text: &str, idx: usize, line: &str, drops_nested: bool) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len();
    let own = lines.get(idx).map_or(0, |line| indent(line));
    let nested = lines.get(idx + 1..).unwrap_or_default().iter();
    let n_nested = nested
        .take_while(|below| drops_nested && indent(below) > own)
        .count();
    let before = lines.get(..idx).unwrap_or_default();
    let after = lines.get(idx + 1 + n_nested..).unwrap_or_default();
    [before, &[line], after].concat().join("\n") + "\n"
}

/// Lists the keys where a slip in the name, or a value of another type, is reported nowhere near.
fn check(text: &str, read: Read, expected: &Expect) {
    assert_eq!(reported(text, read), [0_u32; 0], "the text itself is right");
    let mut shown = Vec::new();
    let mut section = "";
    for (idx, line) in text.lines().enumerate() {
        let Some((start, end)) = key(line) else {
            continue;
        };
        let name = &line[start..end];
        if start == 0 {
            section = name;
        }
        let mut silent = Vec::new();
        let slip = format!("{}{name}z{}", &line[..start], &line[end..]);
        if reported(&with_line(text, idx, &slip, false), read).is_empty() {
            silent.push("name");
        }
        let value = line[end + 1..].trim();
        let wrong = if value.is_empty() || value.starts_with(['{', '[']) {
            "7"
        } else {
            "{wrong: [{type: 1}]}"
        };
        let other = format!("{}{name}: {wrong}", &line[..start]);
        let at = reported(&with_line(text, idx, &other, true), read);
        if !at.iter().any(|line| *line as usize == idx) {
            silent.push("type");
        }
        if !silent.is_empty() {
            shown.push(format!("{section} {name}: {}\n", silent.join(", ")));
        }
    }
    expected.assert_eq(&shown.concat());
}

#[test]
fn of_models() {
    let text = "\
version: 2
models:
  - name: orders
    description: All of them.
    latest_version: 2
    deprecation_date: 2030-01-01
    access: public
    config:
      materialized: table
      tags: [a]
    constraints:
      - type: check
        name: positive
        expression: id > 0
        columns: [id]
    columns:
      - name: id
        description: The key.
        data_type: integer
        quote: true
        constraints:
          - type: not_null
        data_tests:
          - unique
          - accepted_values:
              name: few
              arguments:
                values: [1]
              config:
                severity: warn
    data_tests:
      - unique:
          column_name: id
    versions:
      - v: 1
        defined_in: orders_old
        config:
          alias: old
        columns:
          - include: all
            exclude: [id]
      - v: 2
";
    check(
        text,
        properties,
        &expect![[r#"
            version version: type
            models accepted_values: name
            models name: name, type
            models arguments: name, type
            models values: name, type
            models config: name, type
            models unique: name
            models column_name: name, type
            models alias: name
            models include: type
        "#]],
    );
}

#[test]
fn of_sources() {
    let text = "\
sources:
  - name: raw
    description: What comes in.
    database: db
    schema: landing
    loader: hand
    loaded_at_field: at
    meta:
      owner: me
    tags: [a]
    quoting:
      database: true
      identifier: true
    freshness:
      warn_after:
        count: 1
        period: day
      error_after:
        count: 2
        period: day
      filter: id > 0
    config:
      enabled: true
    tables:
      - name: orders
        description: Orders.
        identifier: orders_1
        loaded_at_field: at
        external:
          location: s3
        columns:
          - name: id
            data_tests: [unique]
        data_tests: [unique]
";
    check(
        text,
        properties,
        &expect![[r#"
            sources owner: name, type
            sources enabled: name
            sources location: name, type
        "#]],
    );
}

#[test]
fn of_other_resources() {
    let text = "\
seeds:
  - name: people
    description: People.
    config:
      delimiter: ','
    columns:
      - name: id
snapshots:
  - name: history
    relation: ref('orders')
    description: History.
    config:
      strategy: check
      unique_key: id
      check_cols: [id]
analyses:
  - name: look
    description: A look.
    columns:
      - name: id
macros:
  - name: cents
    description: Cents.
    arguments:
      - name: amount
        type: number
        description: How much.
groups:
  - name: finance
    owner:
      name: Ann
      email: a@example.com
exposures:
  - name: board
    label: Board
    type: dashboard
    maturity: high
    url: https://example.com
    description: A board.
    depends_on: [ref('orders')]
    owner:
      name: Ann
      email: a@example.com
unit_tests:
  - name: works
    model: orders
    description: It works.
    given:
      - input: ref('a')
        format: dict
        rows: [{id: 1}]
    expect:
      format: dict
      rows: [{id: 1}]
    overrides:
      vars:
        a: 1
data_tests:
  - name: singular
    description: One.
    config:
      severity: warn
";
    check(
        text,
        properties,
        &expect![[r#"
            groups name: name
            groups email: name
            exposures name: name
            exposures email: name
            unit_tests a: name, type
        "#]],
    );
}

#[test]
fn of_the_project_file() {
    let text = "\
name: shop
version: 1.0.0
config-version: 2
profile: shop
require-dbt-version: '>=1.0.0'
model-paths: [models]
seed-paths: [seeds]
test-paths: [tests]
macro-paths: [macros]
analysis-paths: [analyses]
snapshot-paths: [snapshots]
docs-paths: [docs]
asset-paths: [assets]
function-paths: [functions]
target-path: target
log-path: logs
packages-install-path: dbt_packages
clean-targets: [target]
restrict-access: true
query-comment:
  comment: hello
  append: true
quoting:
  database: true
  identifier: true
dispatch:
  - macro_namespace: dbt
    search_order: [shop, dbt]
vars:
  a: 1
on-run-start: select 1
on-run-end: [select 1]
models:
  +materialized: view
  shop:
    +tags: [a]
seeds:
  +quote_columns: true
";
    check(
        text,
        project_file,
        &expect![[r#"
            version version: type
            config-version config-version: type
            query-comment query-comment: type
            vars a: name, type
            models shop: name, type
        "#]],
    );
}

#[test]
fn of_packages() {
    let text = "\
packages:
  - package: o/utils
    version: 1.0.0
    install-prerelease: true
  - git: https://example.com/x.git
    revision: main
    subdirectory: sub
    warn-unpinned: false
  - local: ../lib
  - tarball: https://example.com/x.tgz
    name: x
";
    check(text, packages, &expect![[""]]);
}
