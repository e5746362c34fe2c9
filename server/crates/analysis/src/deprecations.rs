//! What dbt takes today and will not always: its deprecations, under its names, as far as one file shows them.
//!
//! Those that dbt finds with its JSON schema of YAML are not here: it looks for them on other warehouses than DuckDB and
//! PostgreSQL alone. Unknown and misplaced keys have diagnostics of their own.

use std::sync::Arc;

use base::{LineIndex, SourceRange};
use jinja::syntax::{MacroKind, TagKind, Template};
use project::{
    files::FileKind,
    properties::{ColumnProperties, TestEntry},
};
use salsa::Database;

use crate::{
    input::{FileRole, Package, PackageKind, SourceFile},
    source::{properties, template, yaml},
};

/// Something that dbt will not always take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deprecation {
    /// dbt's name of it.
    pub event: &'static str,
    /// Where it is.
    pub range: SourceRange,
    /// dbt's words.
    pub text: String,
}

/// The keys of a test that belong below `config`.
pub const CONFIG_OF_TESTS: [&str; 14] = [
    "severity",
    "tags",
    "enabled",
    "where",
    "limit",
    "warn_if",
    "error_if",
    "fail_calc",
    "store_failures",
    "store_failures_as",
    "meta",
    "database",
    "schema",
    "alias",
];

/// The deprecated things of a file, in the order of their kinds.
#[salsa::tracked]
pub fn deprecations(db: &dyn Database, file: SourceFile) -> Arc<[Deprecation]> {
    let Some(package) = file.package(db) else {
        return Arc::default();
    };
    let mut found = Vec::new();
    match file.role(db) {
        FileRole::Resource(FileKind::Properties) => {
            duplicate_keys(db, file, file.path(db), &mut found);
            tests(db, file, package, &mut found);
            exposures(db, file, &mut found);
        }
        FileRole::Resource(FileKind::Macro) => {
            let known = [
                MacroKind::Macro,
                MacroKind::Test,
                MacroKind::Materialization,
            ];
            blocks(db, file, file.path(db), &known, &mut found);
        }
        FileRole::Resource(FileKind::Snapshot) => {
            let path = file.relative_path(db);
            blocks(db, file, path, &[MacroKind::Snapshot], &mut found);
        }
        FileRole::ProjectFile => {
            if package.kind(db) == PackageKind::Root {
                let path = package.root(db).join(&**file.path(db));
                duplicate_keys(db, file, &path.display().to_string(), &mut found);
            }
            paths(db, file, &mut found);
        }
        _ => {}
    }
    found.into()
}

fn duplicate_keys(db: &dyn Database, file: SourceFile, path: &str, found: &mut Vec<Deprecation>) {
    let text = file.text(db);
    let twice = yaml(db, file).1.iter();
    let mut twice = twice
        .filter(|it| it.code == "yaml-duplicate-key")
        .peekable();
    if twice.peek().is_none() {
        return;
    }
    let lines = LineIndex::new(text);
    found.extend(twice.map(|it| {
        let at = lines.line_col(it.range.start);
        let key = it.range.of(text).trim_matches(['"', '\'']);
        let (line, column) = (at.line + 1, at.col + 1);
        Deprecation {
            event: "DuplicateYAMLKeysDeprecation",
            range: it.range,
            text: format!(
                "Duplicate key '{key}' in \"<unicode string>\", line {line}, column {column} in file `{path}`"
            ),
        }
    }));
}

/// What a test takes stands below `arguments`, and how it is run below `config`.
fn tests(db: &dyn Database, file: SourceFile, package: Package, found: &mut Vec<Deprecation>) {
    let all = &properties(db, file).properties;
    let project = package.project(db);
    let flags = &project.settings(db).flags;
    let is_off = |name: &str| flags.get(name).and_then(serde_json::Value::as_bool) == Some(false);
    let is_nested = !is_off("REQUIRE_GENERIC_TEST_ARGUMENTS_PROPERTY");
    let mut add = |test: &TestEntry, owner: &str| {
        if is_nested {
            let place = format!(
                "'{owner}' in package '{}' ({})",
                package.name(db),
                file.path(db)
            );
            nested_arguments(test, &place, file.path(db), found);
        } else if let Some(arguments) = test.args.get("arguments") {
            let shown = project::python_text::python_str(arguments);
            found.push(Deprecation {
                event: "ArgumentsPropertyInGenericTestDeprecation",
                range: test.name.range,
                text: format!(
                    "Found `arguments` property in test definition of `{}` ({shown}) without usage of `require_generic_test_arguments_property` behavior \
                     change flag. The `arguments` property is deprecated for custom usage and will be used to nest keyword arguments in future versions of dbt.",
                    test.name.value
                ),
            });
        }
    };
    let of_columns =
        |columns: &[ColumnProperties], owner: &str, add: &mut dyn FnMut(&TestEntry, &str)| {
            for test in columns.iter().flat_map(|column| &column.tests) {
                add(test, owner);
            }
        };
    for node in [&all.models, &all.seeds, &all.snapshots]
        .into_iter()
        .flatten()
    {
        let owner = &node.name.value;
        of_columns(&node.columns, owner, &mut add);
        for version in &node.versions {
            of_columns(&version.columns, owner, &mut add);
            version
                .tests
                .iter()
                .flatten()
                .for_each(|test| add(test, owner));
        }
        node.tests.iter().for_each(|test| add(test, owner));
    }
    for source in &all.sources {
        for table in &source.tables {
            let owner = format!("{}_{}", source.name.value, table.name.value);
            of_columns(&table.columns, &owner, &mut add);
            table.tests.iter().for_each(|test| add(test, &owner));
        }
    }
}

fn nested_arguments(test: &TestEntry, place: &str, path: &str, found: &mut Vec<Deprecation>) {
    let name = &test.name.value;
    let own = test.places.iter().filter(|it| it.within.is_none());
    for key in own.clone() {
        let word = &*key.name;
        if CONFIG_OF_TESTS.contains(&word) {
            let of = format!("data_tests.{name}.{word}");
            found.push(Deprecation {
                event: "PropertyMovedToConfigDeprecation",
                range: key.key_range,
                text: format!(
                    "Found `{word}` as a top-level property of `{of}` in file `{path}`. The `{word}` top-level property should be moved into the `config` of `{of}`."
                ),
            });
        }
    }
    let has_arguments = test.args.get("arguments").is_some_and(|arguments| {
        arguments.as_object().is_none_or(|it| !it.is_empty()) && !arguments.is_null()
    });
    let is_argument = |key: &str| {
        !matches!(
            key,
            "arguments" | "config" | "column_name" | "description" | "name"
        ) && !CONFIG_OF_TESTS.contains(&key)
    };
    let mut arguments = own.filter(|it| is_argument(&it.name));
    if let Some(first) = arguments.next().filter(|_| !has_arguments) {
        found.push(Deprecation {
            event: "MissingArgumentsPropertyInGenericTestDeprecation",
            range: first.key_range,
            text: format!(
                "Found top-level arguments to test `{name}` defined on {place}. Arguments to generic tests should be nested under the `arguments` property."
            ),
        });
    }
}

fn exposures(db: &dyn Database, file: SourceFile, found: &mut Vec<Deprecation>) {
    for exposure in &properties(db, file).properties.exposures {
        let name = &exposure.name;
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        if !name.value.chars().all(is_word) {
            found.push(Deprecation {
                event: "ExposureNameDeprecation",
                range: name.range,
                text: format!(
                    "Starting in v1.3, the 'name' of an exposure should contain only letters, numbers, and underscores. Exposures support a new property, \
                     'label', which may contain spaces, capital letters, and special characters. {} does not follow this pattern. Please update the 'name', \
                     and use the 'label' property for a human-friendly title. This will raise an error in a future version of dbt-core.",
                    name.value
                ),
            });
        }
    }
}

/// Tags of a file of definitions that stand outside of them: what they would do nobody sees.
fn blocks(
    db: &dyn Database,
    file: SourceFile,
    path: &str,
    known: &[MacroKind],
    found: &mut Vec<Deprecation>,
) {
    let template: &Template = template(db, file);
    let text = file.text(db);
    let definitions = template.macros.iter().filter(|it| known.contains(&it.kind));
    let definitions: Vec<SourceRange> = definitions.map(|it| it.range).collect();
    let statements = template
        .tags
        .iter()
        .filter(|it| it.kind == TagKind::Statement);
    let outside = statements.filter(|tag| !definitions.iter().any(|it| it.covers(tag.range)));
    for tag in outside {
        let Some(word) = keyword(tag.range.of(text)).filter(|word| *word != "endraw") else {
            continue;
        };
        found.push(Deprecation {
            event: "UnexpectedJinjaBlockDeprecation",
            range: tag.range,
            text: format!("Found unexpected '{word}' block tag. in file `{path}`"),
        });
    }
}

/// `set` of `{%- set x = 1 %}`
fn keyword(tag: &str) -> Option<&str> {
    let inside = tag.strip_prefix("{%")?.trim_start_matches(['-', '+']);
    let inside = inside.trim_start();
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = inside.find(|c| !is_part(c)).unwrap_or(inside.len());
    inside.get(..end).filter(|word| !word.is_empty())
}

/// Paths of a project file that have another name or another place now.
fn paths(db: &dyn Database, file: SourceFile, found: &mut Vec<Deprecation>) {
    let tree = &yaml(db, file).0;
    for (key, value) in tree.root().entries() {
        let name = key.raw().unwrap_or_default();
        let (event, text) = match name {
            "source-paths" => ("ConfigSourcePathDeprecation", renamed(name, "model-paths")),
            "data-paths" => ("ConfigDataPathDeprecation", renamed(name, "seed-paths")),
            "log-path" if value.raw() != Some("logs") => {
                let text = moved(name, "logs", "--log-path", "DBT_LOG_PATH");
                ("ConfigLogPathDeprecation", text)
            }
            "target-path" if value.raw() != Some("target") => {
                let text = moved(name, "artifacts", "--target-path", "DBT_TARGET_PATH");
                ("ConfigTargetPathDeprecation", text)
            }
            _ => continue,
        };
        found.push(Deprecation {
            event,
            range: key.range(),
            text,
        });
    }
}

fn renamed(old: &str, new: &str) -> String {
    format!(
        "The `{old}` config has been renamed to `{new}`. Please update your `dbt_project.yml` configuration to reflect this change."
    )
}

fn moved(key: &str, what: &str, flag: &str, variable: &str) -> String {
    format!(
        "The `{key}` config in `dbt_project.yml` has been deprecated, and will no longer be supported in a future version of dbt-core. If you wish to write \
         dbt {what} to a custom directory, please use the {flag} CLI flag or {variable} env var instead."
    )
}
