//! Properties files: what `models:`, `sources:`, `unit_tests:` and the other sections of a YAML file say.
//!
//! One bad entry never hides the others, and one bad key never hides its entry. Jinja is rendered by a callback where
//! dbt renders when it reads the file; descriptions, test arguments and hooks stay templates. What properties mean for
//! a node (merging of configurations, inheritance between versions) is decided where nodes are built.

mod entry;
mod exposure;
mod keys;
mod macros;
mod model;
mod semantic;
mod source;
mod test_entry;
mod unit_test;

use base::{Diagnostic, FileId, SourceRange};
use serde::{Deserialize, Serialize};

pub use entry::{ColumnProperties, ConfigProperties};
pub use exposure::{ExposureProperties, GroupProperties};
pub use keys::{config_keys, entry_keys, part_keys, section_names};
pub use macros::{MacroArgumentProperties, MacroProperties};
pub use model::{IncludeExclude, NodeProperties, VersionProperties};
pub use semantic::{
    ElementKind, MentionKind, SemanticElement, SemanticMention, SemanticProperties, is_day_or_finer,
};
pub use source::{FreshnessSetting, SourceProperties, TableProperties};
pub use test_entry::{TestArgument, TestEntry};
pub use unit_test::{FixtureProperties, InputProperties, UnitTestProperties};

use crate::{
    node::ResourceType,
    reading::{Reader, Render},
    yaml::{Yaml, YamlNode},
};

/// All that one file says, in the order written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Properties {
    /// `models:`
    pub models: Vec<NodeProperties>,
    /// `seeds:`
    pub seeds: Vec<NodeProperties>,
    /// `snapshots:`
    pub snapshots: Vec<NodeProperties>,
    /// `analyses:`
    pub analyses: Vec<NodeProperties>,
    /// `functions:`
    pub functions: Vec<NodeProperties>,
    /// `data_tests:`: tests that are queries of their own.
    pub singular_tests: Vec<NodeProperties>,
    /// `sources:`
    pub sources: Vec<SourceProperties>,
    /// `macros:`
    pub macros: Vec<MacroProperties>,
    /// `exposures:`
    pub exposures: Vec<ExposureProperties>,
    /// `groups:`
    pub groups: Vec<GroupProperties>,
    /// `unit_tests:`
    pub unit_tests: Vec<UnitTestProperties>,
    /// `metrics:`
    pub metrics: Vec<SemanticProperties>,
    /// `semantic_models:`
    pub semantic_models: Vec<SemanticProperties>,
    /// `saved_queries:`
    pub saved_queries: Vec<SemanticProperties>,
}

impl Properties {
    /// Metrics, semantic models and saved queries, with their kind.
    pub fn semantic(&self) -> impl Iterator<Item = (ResourceType, &SemanticProperties)> {
        let of = |kind, entries| std::iter::repeat(kind).zip(entries);
        let models: &[SemanticProperties] = &self.semantic_models;
        of(ResourceType::SemanticModel, models)
            .chain(of(ResourceType::Metric, &self.metrics))
            .chain(of(ResourceType::SavedQuery, &self.saved_queries))
    }

    /// Read a parsed file.
    #[must_use]
    pub fn read(file: FileId, yaml: &Yaml, jinja: Render<'_>) -> (Self, Vec<Diagnostic>) {
        let mut reader = Reader::new(file, jinja);
        let mut properties = Self::default();
        let root = yaml.root();
        if !root.is_null() {
            properties.read_sections(&mut reader, root);
        }
        reader.diagnostics.sort();
        (properties, reader.diagnostics)
    }

    fn read_sections(&mut self, reader: &mut Reader<'_>, root: YamlNode<'_>) {
        let Some(sections) = reader.mapping(root, "a properties file") else {
            return;
        };
        for (name, range, node) in sections.entries() {
            self.read_section(reader, name, *range, *node);
        }
    }

    fn read_section(
        &mut self,
        reader: &mut Reader<'_>,
        name: &str,
        range: SourceRange,
        node: YamlNode<'_>,
    ) {
        let is_section = section_names().any(|known| known == name);
        if !is_section {
            // `version: 2` is all it can say; anchors are often kept under keys of their own.
            if !matches!(name, "version" | "config-version") && !name.starts_with(['.', '_']) {
                reader.unknown_key(name, range, "a properties file", section_names());
            }
            return;
        }
        // dbt passes over an empty list of tests alone.
        let may_be_empty = matches!(name, "data_tests" | "tests");
        let given = Some(node).filter(|node| !may_be_empty || !node.is_null());
        let items = reader.items(given, &format!("`{name}`"));
        macro_rules! each {
            ($field:ident, $read:expr) => {
                self.$field
                    .extend(items.into_iter().filter_map(|item| $read(reader, item)))
            };
        }
        match name {
            "models" => each!(
                models,
                |reader: &mut Reader<'_>, item| NodeProperties::read(
                    reader,
                    item,
                    ResourceType::Model
                )
            ),
            "seeds" => each!(seeds, |reader: &mut Reader<'_>, item| NodeProperties::read(
                reader,
                item,
                ResourceType::Seed
            )),
            "snapshots" => each!(snapshots, |reader: &mut Reader<'_>, item| {
                NodeProperties::read(reader, item, ResourceType::Snapshot)
            }),
            "analyses" => each!(analyses, |reader: &mut Reader<'_>, item| {
                NodeProperties::read(reader, item, ResourceType::Analysis)
            }),
            "functions" => each!(functions, |reader: &mut Reader<'_>, item| {
                NodeProperties::read(reader, item, ResourceType::Function)
            }),
            "data_tests" | "tests" => {
                each!(singular_tests, |reader: &mut Reader<'_>, item| {
                    NodeProperties::read(reader, item, ResourceType::Test)
                });
            }
            "sources" => each!(sources, SourceProperties::read),
            "macros" => each!(macros, MacroProperties::read),
            "exposures" => each!(exposures, ExposureProperties::read),
            "groups" => each!(groups, GroupProperties::read),
            "unit_tests" => each!(unit_tests, UnitTestProperties::read),
            "metrics" => each!(metrics, |reader: &mut Reader<'_>, item| {
                SemanticProperties::read(reader, item, ResourceType::Metric)
            }),
            "semantic_models" => each!(semantic_models, |reader: &mut Reader<'_>, item| {
                SemanticProperties::read(reader, item, ResourceType::SemanticModel)
            }),
            _ => each!(saved_queries, |reader: &mut Reader<'_>, item| {
                SemanticProperties::read(reader, item, ResourceType::SavedQuery)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use expect_test::{Expect, expect};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn read(text: &str) -> (Properties, Vec<Diagnostic>) {
        let (yaml, mut diagnostics) = Yaml::parse(text);
        // As little of Jinja as tests need.
        let render = |template: &str| match template {
            "{{ target.schema }}" => Ok(json!("prod")),
            "{{ var('off') }}" => Ok(json!(false)),
            _ => Err("no such variable".to_owned()),
        };
        let (properties, more) = Properties::read(FileId(0), &yaml, &render);
        diagnostics.extend(more);
        (properties, diagnostics)
    }

    fn check(text: &str, expected: &Expect) {
        let (properties, diagnostics) = read(text);
        let mut out = String::new();
        let nodes = properties.models.iter().chain(&properties.seeds);
        for node in nodes {
            let columns: Vec<_> = node.columns.iter().map(|c| &*c.column.name).collect();
            let tests: Vec<_> = node
                .tests
                .iter()
                .chain(node.columns.iter().flat_map(|column| &column.tests))
                .map(|test| format!("{}{:?}", test.name.value, test.args))
                .collect();
            let (name, config) = (&node.name.value, &node.config.values);
            writeln!(out, "{name} {config:?} {columns:?} {tests:?}").unwrap();
        }
        for diagnostic in diagnostics {
            let (range, message) = (diagnostic.range, &diagnostic.message);
            writeln!(out, "`{}`: {message}", range.of(text)).unwrap();
        }
        expected.assert_eq(&out);
    }

    #[test]
    fn reads_all_forms_of_tests() {
        check(
            "
models:
  - name: orders
    tests: [dbt_utils.rows]
    columns:
      - name: id
        data_tests:
          - unique
          - not_null: {severity: warn}
          - accepted_values: {arguments: {values: [1, 2]}, config: {where: x}}
          - {name: mine, test_name: unique}
",
            &expect![[r#"
                orders {} ["id"] ["dbt_utils.rows{}", "unique{}", "not_null{\"severity\":\"warn\"}", "accepted_values{\"arguments\":{\"values\":[1,2]},\"config\":{\"where\":\"x\"}}", "unique{\"name\":\"mine\"}"]
            "#]],
        );
    }

    #[test]
    fn moves_meta_docs_and_group_into_the_config() {
        check(
            "
models:
  - name: orders
    meta: {owner: me}
    group: finance
    config: {materialized: table, tags: daily}
",
            &expect![[r#"
                orders {"materialized":"table","tags":"daily","meta":{"owner":"me"},"group":"finance"} [] []
            "#]],
        );
    }

    #[test]
    fn what_dbt_wants_a_value_of_is_not_left_empty() {
        check(
            "
models:
  - name: a
    description:
    columns:
    group:
    latest_version:
    config: {meta: , tags: , alias: , schema: , enabled: }
  - name: b
    columns:
      - name: id
        description:
        data_type:
        quote:
        data_tests:
          - unique: {config: {severity: , meta: }}
    versions:
      - {v: 1, access: , tests: , docs: , config: {materialized: }}
sources:
  - {name: s, schema: , loader: , tags: , tables: [{name: t, identifier: , description: }]}
  - {name: s, overrides: other, loader: , tables: [{name: t, description: }]}
exposures:
  - {name: e, type: dashboard, owner: {name: x}, label: , depends_on: , config: {tags: }}
unit_tests:
  - {name: u, model: a, given: , expect: {rows: []}, overrides: , config: {enabled: }}
seeds:
tests:
",
            &expect![[r#"
                a {"meta":null,"tags":null,"alias":null,"schema":null,"enabled":null} [] []
                b {} ["id"] ["unique{\"config\":{\"severity\":null,\"meta\":null}}"]
                `description`: `description` is empty; give it a value, or remove it
                `columns`: `columns` is empty; give it a value, or remove it
                `meta`: `meta` is empty; give it a value, or remove it
                `tags`: `tags` is empty; give it a value, or remove it
                `enabled`: `enabled` is empty; give it a value, or remove it
                `description`: `description` is empty; give it a value, or remove it
                `docs`: `docs` is empty; give it a value, or remove it
                `materialized`: `materialized` is empty; give it a value, or remove it
                `loader`: `loader` is empty; give it a value, or remove it
                `tags`: `tags` is empty; give it a value, or remove it
                `description`: `description` is empty; give it a value, or remove it
                `depends_on`: `depends_on` is empty; give it a value, or remove it
                `tags`: `tags` is empty; give it a value, or remove it
                `given`: `given` is empty; give it a value, or remove it
                `enabled`: `enabled` is empty; give it a value, or remove it
                ``: `seeds` must be a list, not empty
            "#]],
        );
    }

    #[test]
    fn a_bad_entry_does_not_hide_the_others() {
        check(
            "
models:
  - name: a
    colums: []
    description: 5
    columns: {id: x}
  - descripton: x
  - orders
  - name: b
    access: secret
    tags: x
    columns:
      - name: id
        tests:
          - unique:
          - unique: {config: {severty: x, severity: bad}}
          - not_null:
            severity: warn
          - []
        descripton: y
seeeds:
  - name: c
",
            &expect![[r#"
                a {} [] []
                b {"access":"secret"} ["id"] ["unique{}", "unique{\"config\":{\"severty\":\"x\",\"severity\":\"bad\"}}", "not_null{}"]
                `colums`: unknown key `colums` in a model; did you mean `columns`?
                `5`: `description` must be a text; put `5` in quotes
                `{id: x}`: `columns` must be a list, not a mapping
                `descripton`: a model needs a `name`
                `descripton`: unknown key `descripton` in a model; did you mean `description`?
                `orders`: a model must be a mapping, not a text
                `secret`: `secret` is no access; use private, protected or public
                `tags`: `tags` has no effect here; move it into `config`
                `unique`: `unique:` has no arguments; write `unique` without the colon
                `severty`: unknown configuration `severty`; did you mean `severity`?
                `bad`: `severity` is `warn` or `error`
                `severity`: `severity` stands beside the test `not_null`; indent it below, or start a new item
                `[]`: a test must be a name or a mapping, not a list
                `descripton`: unknown key `descripton` in a column; did you mean `description`?
                `seeeds`: unknown key `seeeds` in a properties file; did you mean `seeds`?
            "#]],
        );
    }

    #[test]
    fn renders_where_dbt_does() {
        let text = "
models:
  - name: a
    description: \"{{ doc('a') }}\"
    config:
      enabled: \"{{ var('off') }}\"
      schema: \"{{ target.schema }}\"
      pre_hook: \"{{ log('late') }}\"
      alias: \"{{ nope }}\"
";
        check(
            text,
            &expect![[r#"
            a {"enabled":false,"schema":"prod","pre_hook":"{{ log('late') }}","alias":null} [] []
            `"{{ nope }}"`: cannot render: no such variable
        "#]],
        );
        let (properties, _) = read(text);
        let config = &properties.models[0].config;
        assert_eq!(
            config.unrendered["schema"],
            Value::from("{{ target.schema }}")
        );
    }

    #[test]
    fn versions_pick_columns_and_the_latest() {
        let (properties, diagnostics) = read(
            "
models:
  - name: a
    columns: [{name: id}, {name: old}]
    versions:
      - v: 2
        columns: [{include: all, exclude: [old]}, {name: new}]
      - v: 10
",
        );
        assert_eq!(diagnostics, []);
        let model = &properties.models[0];
        let names: Vec<_> = model
            .columns_of(&model.versions[0])
            .map(|column| &*column.column.name)
            .collect();
        assert_eq!(names, ["id", "new"]);
        assert_eq!(model.latest().unwrap().to_string(), "10");
    }

    #[test]
    fn dates_get_a_time_and_a_zone() {
        let date = |text: &str| {
            let (properties, diagnostics) =
                read(&format!("models: [{{name: a, deprecation_date: {text}}}]"));
            let date = properties.models[0].deprecation_date.clone();
            assert_eq!(date.is_none(), diagnostics.len() == 1);
            date.map(|date| date.value.to_string())
        };
        assert_eq!(
            date("2030-01-02").as_deref(),
            Some("2030-01-02T00:00:00+00:00")
        );
        assert_eq!(
            date("2030-1-2 10:00:00+02:00").as_deref(),
            Some("2030-01-02T10:00:00+02:00")
        );
        assert_eq!(date("soon"), None);
    }

    #[test]
    fn tells_freshness_off_from_not_given() {
        let (properties, _) = read(
            "
sources:
  - name: raw
    schema: \"{{ target.schema }}\"
    freshness: {warn_after: {count: 1, period: day}}
    tables: [{name: a, freshness: null}, {name: b}]
",
        );
        let source = &properties.sources[0];
        assert_eq!(&*source.schema.as_ref().unwrap().value, "prod");
        assert_eq!(source.tables[0].freshness, FreshnessSetting::Off);
        assert_eq!(source.tables[1].freshness, FreshnessSetting::Unset);
    }

    const EXAMPLE: &str = "
models:
  - name: a
    latest_version: 2
    config: {tags: [x], meta: {y: 1}}
    constraints: [{type: check, expression: 'id > 0'}]
    columns: [{name: id, quote: true, tests: [unique, {not_null: {config: {where: x}}}]}]
    versions: [{v: 1, columns: [{include: all, exclude: [id]}]}, {v: 2}]
sources:
  - name: s
    freshness: {warn_after: {count: 1, period: day}}
    tables: [{name: t, external: {location: x}, quoting: {schema: true}}]
unit_tests:
  - {name: u, model: a, given: [{input: this, rows: []}], expect: {format: csv, rows: 'a'}}
exposures: [{name: e, type: ml, owner: {name: n}, depends_on: [ref('a')]}]
macros: [{name: m, arguments: [{name: x, type: int}]}]
groups: [{name: g, owner: {email: x}}]
";

    proptest! {
        #[test]
        fn any_edit_can_be_read_and_saved(
            start in 0..EXAMPLE.len(), len in 0..8_usize, insert in "[\\-:{}\\[\\]', \na-c1]{0,4}"
        ) {
            let end = (start + len).min(EXAMPLE.len());
            let text = format!("{}{insert}{}", &EXAMPLE[..start], &EXAMPLE[end..]);
            let (properties, diagnostics) = read(&text);
            for diagnostic in diagnostics {
                prop_assert!(diagnostic.range.end as usize <= text.len());
            }
            let bytes = postcard::to_stdvec(&properties).unwrap();
            prop_assert_eq!(postcard::from_bytes::<Properties>(&bytes).unwrap(), properties);
        }
    }

    #[test]
    fn survives_a_saved_index() {
        let (properties, _) = read(
            "
models:
  - {name: a, meta: {x: [1, {y: null}]}, columns: [{name: id, tests: [unique]}]}
unit_tests:
  - {name: t, model: a, given: [], expect: {rows: [{id: 1}]}}
",
        );
        let bytes = postcard::to_stdvec(&properties).unwrap();
        assert_eq!(
            postcard::from_bytes::<Properties>(&bytes).unwrap(),
            properties
        );
    }
}
