//! What the thing under the cursor is.

use std::{fmt::Write as _, path::PathBuf};

use analysis::{
    MacroKey,
    dag::{children, parents},
    facts::parsed,
    macros::macro_definition,
    nodes::nodes_of,
    project_config::vars,
    resolve::{RefTarget, SourceTarget, source_index},
    source::{docs_blocks, properties},
    sources::sources_of,
};
use base::{FileId, SourceRange};
use project::{files::FileKind, node::Columns, properties::MacroProperties};
use sql::CatalogColumn;

use crate::{
    completion::{columns_of_node, columns_of_source, node, signature},
    definition::property_files,
    position::FilePosition,
    sql_functions::function_hover,
    sql_names::{column_markdown, sql_name_at, star_at},
    symbol::{Thing, described_column_at, doc_place, thing_at},
    tested::Tests,
    world::{Here, World},
};

/// An explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoverResult {
    /// What it is about.
    pub range: SourceRange,
    /// Markdown.
    pub markdown: String,
    /// The node that it is about, for those who know more of it.
    pub node: Option<HoveredNode>,
}

/// A node of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoveredNode {
    /// The folder of the project.
    pub root: PathBuf,
    /// Its id.
    pub unique_id: String,
}

/// The nodes that a file's own text makes, each with its place.
pub(crate) fn nodes_of_file(world: World<'_>, file: FileId) -> Vec<(HoveredNode, SourceRange)> {
    let Some(here) = world.here(file) else {
        return Vec::new();
    };
    if here.kind(world) == Some(FileKind::Properties) {
        return Vec::new();
    }
    let nodes = nodes_of(world.db, here.file).iter();
    let nodes = nodes.zip(parsed(world.db, here.file).iter());
    let nodes = nodes.map(|(node, part)| {
        let node = HoveredNode {
            root: here.project.root(world.db).to_path_buf(),
            unique_id: node.unique_id.to_string(),
        };
        (node, part.range)
    });
    nodes.collect()
}

/// What is under the cursor.
pub(crate) fn hover(world: World<'_>, position: FilePosition) -> Option<HoverResult> {
    let here = world.here(position.file)?;
    let mut node = None;
    let (range, markdown) = match thing_at(world, &here, position.offset) {
        Some(found) => {
            if let Thing::Node(target) = &found.thing {
                node = Some(HoveredNode {
                    root: here.project.root(world.db).to_path_buf(),
                    unique_id: target.unique_id.as_str().to_owned(),
                });
            }
            (found.range, thing_markdown(world, &here, &found.thing)?)
        }
        None if here.kind(world) == Some(FileKind::Properties) => {
            let (range, thing, column) = described_column_at(world, &here, position.offset)?;
            (range, column_markdown(world, &thing, &column))
        }
        None => {
            if let Some((range, markdown)) = star_at(world, &here, position.offset) {
                return Some(HoverResult {
                    range,
                    markdown,
                    node: None,
                });
            }
            if let Some((range, markdown)) = function_hover(world, &here, position.offset) {
                return Some(HoverResult {
                    range,
                    markdown,
                    node: None,
                });
            }
            let name = sql_name_at(world, &here, position.offset)?;
            let markdown = match name.aliased() {
                Some(thing) => thing_markdown(world, &here, thing)?,
                None => name.markdown()?,
            };
            (name.range, markdown)
        }
    };
    Some(HoverResult {
        range,
        markdown,
        node,
    })
}

fn thing_markdown(world: World<'_>, here: &Here, thing: &Thing) -> Option<String> {
    match thing {
        Thing::Node(node) => node_markdown(world, here, node),
        Thing::Table(table) => table_markdown(world, *table),
        Thing::Source(name) => Some(source_markdown(world, here, name)),
        Thing::Macros(keys) => macros_markdown(world, here, keys),
        Thing::Var(name) => Some(var_markdown(world, here, name)),
        Thing::EnvVar(name) => {
            let settings = here.project.settings(world.db);
            let value = settings.env.get(&**name);
            Some(env_var_markdown(name, value.map(|value| &**value)))
        }
        Thing::Doc(package, name) => doc_markdown(world, here, package.as_deref(), name),
        Thing::Builtin(builtin) => {
            let mut out = code("jinja", &builtin.label());
            paragraph(&mut out, builtin.doc);
            Some(out)
        }
    }
}

/// The longest compiled SQL that a hover shows; there is a command for all of it.
const MAX_LINES: usize = 40;

fn node_markdown(world: World<'_>, here: &Here, target: &RefTarget) -> Option<String> {
    let node = node(world, target)?;
    let mut out = format!("**{}** `{}`", node.resource_type(), node.search_name());
    let mut facts = vec![node.config.materialized().to_owned()];
    facts.extend(
        node.relation_name
            .as_deref()
            .map(|name| format!("`{name}`")),
    );
    facts.extend(node.tags.iter().map(|tag| format!("#{tag}")));
    facts.extend(node.group.iter().map(|group| format!("group `{group}`")));
    let owner = node.meta.get("owner").and_then(|it| it.as_str());
    facts.extend(owner.map(|owner| format!("owner {owner}")));
    paragraph(&mut out, &facts.join(" · "));
    paragraph(&mut out, &node.description);
    let tests = Tests::of_node(world, target);
    tested(&mut out, &tests);
    let n_up = parents(world.db, target).len();
    let n_down = children(world.db, here.project, target).len();
    paragraph(&mut out, &format!("{n_up} upstream · {n_down} downstream"));
    columns_table(
        &mut out,
        columns_of_node(world, target).as_deref(),
        &node.columns,
        &tests,
    );
    if let Some(compiled) = crate::compiled::compiled_node(world, target) {
        let lines: Vec<&str> = compiled.lines().collect();
        let shown = lines.iter().take(MAX_LINES).copied().collect::<Vec<_>>();
        paragraph(&mut out, &code("sql", &shown.join("\n")));
        if lines.len() > MAX_LINES {
            paragraph(
                &mut out,
                &format!("… {} more lines", lines.len() - MAX_LINES),
            );
        }
    }
    Some(out)
}

fn table_markdown(world: World<'_>, target: SourceTarget) -> Option<String> {
    let source = sources_of(world.db, target.file)
        .get(target.slot as usize)
        .cloned()?;
    let mut out = format!("**source** `{}.{}`", source.source_name, source.name);
    if let Some(relation) = &source.relation_name {
        paragraph(&mut out, &format!("`{relation}`"));
    }
    paragraph(&mut out, &source.description);
    if !source.loader.is_empty() {
        paragraph(&mut out, &format!("loaded by {}", source.loader));
    }
    if let Some(freshness) = &source.freshness {
        let times = [
            ("warn", &freshness.warn_after),
            ("error", &freshness.error_after),
        ];
        let told = times.into_iter().filter_map(|(what, time)| {
            let time = time.as_ref()?;
            let (count, period) = (time.count?, time.period?.name());
            let plural = if count == 1 { "" } else { "s" };
            Some(format!("{what} after {count} {period}{plural}"))
        });
        paragraph(&mut out, &told.collect::<Vec<_>>().join(" · "));
    }
    let tests = Tests::of_table(world, target);
    tested(&mut out, &tests);
    columns_table(
        &mut out,
        columns_of_source(world, target).as_deref(),
        &source.columns,
        &tests,
    );
    Some(out)
}

fn source_markdown(world: World<'_>, here: &Here, name: &str) -> String {
    let mut out = format!("**source** `{name}`");
    let index = source_index(world.db, here.project);
    let tables = index.keys().filter(|(source, _)| **source == *name);
    let tables: Vec<String> = tables.map(|(_, table)| format!("- `{table}`")).collect();
    paragraph(&mut out, &tables.join("\n"));
    out
}

fn tested(out: &mut String, tests: &Tests) {
    if !tests.whole.is_empty() {
        paragraph(out, &format!("tests: {}", tests.whole.join(", ")));
    }
}

/// Names and types, with what the YAML says of each.
fn columns_table(
    out: &mut String,
    inferred: Option<&[CatalogColumn]>,
    declared: &Columns,
    tests: &Tests,
) {
    let mut rows = Vec::new();
    let inferred = inferred.unwrap_or_default();
    for column in inferred {
        let data_type = column.data_type.as_ref().map(ToString::to_string);
        let declared = declared
            .values()
            .find(|it| it.name.eq_ignore_ascii_case(&column.name));
        rows.push((column.name.to_string(), data_type, declared));
    }
    let is_inferred = |name: &str| inferred.iter().any(|it| it.name.eq_ignore_ascii_case(name));
    for column in declared.values().filter(|it| !is_inferred(&it.name)) {
        rows.push((column.name.to_string(), None, Some(column)));
    }
    if rows.is_empty() {
        return;
    }
    let has_tests = tests.has_columns();
    let mut table = if has_tests {
        "| column | type | tests | |\n|---|---|---|---|".to_owned()
    } else {
        "| column | type | |\n|---|---|---|".to_owned()
    };
    for (name, data_type, declared) in rows {
        let declared_type = declared.and_then(|it| it.data_type.as_deref().map(str::to_owned));
        let data_type = data_type.or(declared_type).unwrap_or_default();
        let description = declared.map_or("", |it| &*it.description);
        let description = description.replace('\n', " ").replace('|', "\\|");
        let tests = if has_tests {
            format!(" {} |", tests.of_column(&name).join(", "))
        } else {
            String::new()
        };
        // Writing to a string does not fail.
        let _ = write!(table, "\n| {name} | {data_type} |{tests} {description} |");
    }
    paragraph(out, &table);
}

fn macros_markdown(world: World<'_>, here: &Here, keys: &[MacroKey]) -> Option<String> {
    let mut out = String::new();
    for key in keys {
        let definition = macro_definition(world.db, here.project, *key)?;
        let signature = signature(&definition.name, &definition);
        paragraph(&mut out, &code("jinja", &signature));
        paragraph(&mut out, &format!("macro of `{}`", definition.package));
        if let Some(described) = macro_properties(world, here, &definition.name) {
            let description = described.description.as_ref();
            paragraph(&mut out, description.map_or("", |it| &*it.value));
            let arguments = described.arguments.iter().map(|argument| {
                let text = argument.description.as_ref().map_or("", |it| &*it.value);
                format!("- `{}` {text}", argument.name.value)
            });
            paragraph(&mut out, &arguments.collect::<Vec<_>>().join("\n"));
        }
    }
    Some(out)
}

/// What a properties file says of a macro.
pub(crate) fn macro_properties<'a>(
    world: World<'a>,
    here: &Here,
    name: &str,
) -> Option<&'a MacroProperties> {
    property_files(world, here.project).find_map(|file| {
        let macros = &properties(world.db, file).properties.macros;
        macros.iter().find(|it| *it.name.value == *name)
    })
}

fn var_markdown(world: World<'_>, here: &Here, name: &str) -> String {
    let mut out = format!("**var** `{name}`");
    match vars(world.db, here.package).get(name) {
        Some(value) => paragraph(&mut out, &code("json", &value.to_string())),
        None => paragraph(&mut out, "no value in dbt_project.yml or the settings"),
    }
    out
}

/// What names of secrets begin with: their values are shown nowhere.
const SECRET: &str = "DBT_ENV_SECRET";

fn env_var_markdown(name: &str, value: Option<&str>) -> String {
    let mut out = format!("**env_var** `{name}`");
    match value {
        Some(_) if name.starts_with(SECRET) => paragraph(&mut out, "is set; a secret"),
        Some(value) => paragraph(&mut out, &format!("`{value}`")),
        None => paragraph(&mut out, "not set in the environment of the server"),
    }
    out
}

fn doc_markdown(
    world: World<'_>,
    here: &Here,
    package: Option<&str>,
    name: &str,
) -> Option<String> {
    let (file, slot) = doc_place(world, here, package, name)?;
    let block = docs_blocks(world.db, file).get(slot as usize)?;
    Some(block.contents.to_string())
}

fn code(language: &str, text: &str) -> String {
    format!("```{language}\n{text}\n```")
}

fn paragraph(out: &mut String, text: &str) {
    if !text.trim().is_empty() {
        if !out.is_empty() {
            out.push_str("\n\n");
        }
        out.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    fn check(fixture: &str, expected: &Expect) {
        let project = TestProject::new(fixture);
        let found = project.analysis().hover(project.cursor.unwrap()).unwrap();
        expected.assert_eq(&found.map(|found| found.markdown + "\n").unwrap_or_default());
    }

    #[test]
    fn a_model_shows_what_it_is_and_its_compiled_sql() {
        check(
            "
//- /models/a.sql
select * from {{ ref('b$0') }}
//- /models/b.sql
{{ config(materialized='table', tags=['daily']) }}
select 1 as id
//- /models/s.yml
models:
  - name: b
    description: All of *b*.
    columns: [{name: id, description: The key., data_type: integer}]
",
            &expect![[r#"
                **model** `b`

                table · `"shop"."main"."b"` · #daily

                All of *b*.

                0 upstream · 1 downstream

                | column | type | |
                |---|---|---|
                | id | INTEGER | The key. |

                ```sql
                select 1 as id
                ```
            "#]],
        );
    }

    #[test]
    fn a_column_in_yaml_shows_its_type_and_origin() {
        check(
            "
//- /models/a.sql
select id from {{ ref('b') }}
//- /models/b.sql
select 1 as id
//- /models/s.yml
models:
  - name: a
    columns:
      - name: i$0d
        description: The key.
",
            &expect![[r#"
                **column** `id` INTEGER of `a`

                The key.

                from `b.id`

                *inferred from SQL, described in YAML*
            "#]],
        );
    }

    #[test]
    fn names_in_yaml_are_explained() {
        check(
            "
//- /models/a.sql
select 1 as id
//- /models/s.yml
models:
  - name: a
    columns:
      - name: id
        data_tests:
          - relationships: {to: ref('b$0'), field: id}
//- /models/b.sql
select 1 as id
",
            &expect![[r#"
                **model** `b`

                view · `"shop"."main"."b"`

                0 upstream · 0 downstream

                | column | type | |
                |---|---|---|
                | id | INTEGER |  |

                ```sql
                select 1 as id
                ```
            "#]],
        );
    }

    #[test]
    fn tests_owners_and_freshness_are_told() {
        check(
            "
//- /models/a.sql
select * from {{ source('raw', 'ev$0ents') }}
//- /models/s.yml
sources:
  - name: raw
    tables:
      - name: events
        config:
          freshness: {warn_after: {count: 12, period: hour}}
        data_tests: [few]
        columns:
          - name: id
            data_tests: [unique, not_null]
",
            &expect![[r#"
                **source** `raw.events`

                `"shop"."raw"."events"`

                warn after 12 hours

                tests: few

                | column | type | tests | |
                |---|---|---|---|
                | id |  | unique, not_null |  |
            "#]],
        );
        check(
            "
//- /models/a.sql
{{ config(meta={'owner': '@data'}, group='core') }}
select 1 as id
//- /models/b.sql
select * from {{ ref('a$0') }}
//- /models/s.yml
groups:
  - name: core
    owner: {email: a@b.c}
models:
  - name: a
    columns:
      - name: id
        data_tests: [unique]
",
            &expect![[r#"
                **model** `a`

                view · `"shop"."main"."a"` · group `core` · owner @data

                0 upstream · 1 downstream

                | column | type | tests | |
                |---|---|---|---|
                | id | INTEGER | unique |  |

                ```sql
                select 1 as id
                ```
            "#]],
        );
    }

    #[test]
    fn a_macro_shows_its_signature_and_description() {
        check(
            "
//- /models/a.sql
select {{ cen$0ts('x') }}
//- /macros/m.sql
{% macro cents(column, scale=2) %}{{ column }}{% endmacro %}
//- /macros/m.yml
macros:
  - name: cents
    description: From cents to dollars.
    arguments: [{name: column, description: An amount.}]
",
            &expect![[r#"
                ```jinja
                cents(column, scale=…)
                ```

                macro of `shop`

                From cents to dollars.

                - `column` An amount.
            "#]],
        );
    }

    #[test]
    fn secrets_are_not_told() {
        let told = super::env_var_markdown("DBT_ENV_SECRET_KEY", Some("abc"));
        assert!(!told.contains("abc"));
        let told = super::env_var_markdown("REGION", Some("abc"));
        assert!(told.contains("abc"));
        check(
            "
//- /models/a.sql
select '{{ env_var('HO$0ST', 'x') }}' as host
",
            &expect![[r"
                **env_var** `HOST`

                not set in the environment of the server
            "]],
        );
    }

    #[test]
    fn functions_of_the_context_are_explained() {
        check(
            "
//- /models/a.sql
{{ conf$0ig(materialized='table') }} select 1
",
            &expect![[r#"
                ```jinja
                config(**kwargs)
                ```

                Configures the node: `materialized`, `tags`, `schema`, and all that its materialization knows.
            "#]],
        );
    }

    #[test]
    fn functions_tell_what_they_are() {
        check(
            "
//- /functions/doubled.sql
select 2 * x
//- /functions/f.yml
functions:
  - name: doubled
    description: Twice as much.
    arguments: [{name: x, data_type: integer}]
    returns: {data_type: integer}
//- /models/a.sql
select {{ function('dou$0bled') }}(1) as two
",
            &expect![[r#"
                **function** `doubled`

                function

                Twice as much.

                0 upstream · 1 downstream

                ```sql
                select 2 * x
                ```
            "#]],
        );
    }
}
