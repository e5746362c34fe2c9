//! Holds what editors say of the settings to what the server takes: the table here is the server's word on names, types, defaults
//! and meanings, and VS Code's part of it is generated.
//!
//! `UPDATE_EXPECT=1 cargo test -p lsp settings` writes that part anew.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::{InlayHintSettings, KEYS, Settings};

/// A setting as an editor declares it.
struct Declared {
    /// Below `dagsmith`, with dots.
    key: &'static str,
    /// JSON schema.
    schema: Value,
    /// In VS Code, who may set it: `resource`, `window`, `machine-overridable`.
    scope: &'static str,
    description: &'static str,
}

fn declared() -> Vec<Declared> {
    let text_or_null = || json!({"type": ["string", "null"], "default": null});
    let flag = |default: bool| json!({"type": "boolean", "default": default});
    let setting = |key, schema, scope, description| Declared {
        key,
        schema,
        scope,
        description,
    };
    vec![
        setting(
            "target",
            text_or_null(),
            "resource",
            "The target of the profile, as with `--target`. When empty the profile's own default.",
        ),
        setting(
            "profilesDir",
            text_or_null(),
            "machine-overridable",
            "The folder of `profiles.yml`, as with `--profiles-dir`. When empty the project's folder, then `~/.dbt`.",
        ),
        setting(
            "vars",
            json!({"type": "object", "default": {}}),
            "resource",
            "Variables for `var()`, as with `--vars`.",
        ),
        setting(
            "deferState",
            text_or_null(),
            "resource",
            "The folder with the `manifest.json` of another environment: what is not built here is read there, as with `--defer --state`. Also what `state:` selectors compare with.",
        ),
        setting(
            "favorState",
            flag(false),
            "resource",
            "Read what is not selected in the other environment, even where it is built here, as with `--favor-state`.",
        ),
        setting(
            "inlayHints.stars",
            flag(true),
            "window",
            "Show the columns that a `*` stands for.",
        ),
        setting(
            "inlayHints.types",
            flag(true),
            "window",
            "Show the types of columns.",
        ),
        setting(
            "inlayHints.positions",
            flag(true),
            "window",
            "Show what the first branch of a `union` calls the columns of the others.",
        ),
        setting(
            "inlayHints.relations",
            flag(false),
            "window",
            "Show what a `ref` or `source` is called in the warehouse.",
        ),
        setting(
            "inlayHints.rows",
            flag(true),
            "window",
            "Show how many rows the last run of a model touched, where the warehouse said so.",
        ),
        setting(
            "binder",
            flag(true),
            "window",
            "Ask an in-memory DuckDB what is wrong with the open models of DuckDB targets. Your database is not opened.",
        ),
        setting(
            "logLevel",
            json!({"type": "string", "enum": ["error", "warn", "info", "debug", "trace"], "default": "info"}),
            "window",
            "How much the server writes to the output channel.",
        ),
        setting(
            "trusted",
            flag(true),
            "window",
            "Allow commands that execute SQL. Switched off in workspaces that are not trusted, whatever is said here.",
        ),
    ]
}

/// The section with every default written out.
fn all_defaults() -> Value {
    let mut section = Map::new();
    for setting in declared() {
        let default = setting.schema["default"].clone();
        match setting.key.split_once('.') {
            Some((group, key)) => {
                let group = section.entry(group).or_insert_with(|| json!({}));
                group[key] = default;
            }
            None => {
                section.insert(setting.key.to_owned(), default);
            }
        }
    }
    Value::Object(section)
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test of files of the repository"
)]
fn text_of(path: &str) -> String {
    std::fs::read_to_string(repository().join(path)).unwrap()
}

#[test]
fn the_table_has_all_that_the_server_takes_with_its_defaults() {
    let section = all_defaults();
    let (settings, problems) = Settings::read(&section);
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(settings, Settings::default());
    let mut keys: Vec<&String> = section.as_object().unwrap().keys().collect();
    keys.sort();
    let mut taken = KEYS.to_vec();
    taken.sort_unstable();
    assert_eq!(keys, taken);
    // A hint that is added to the type has to be in the table.
    let InlayHintSettings {
        stars,
        types,
        relations,
        rows,
        positions,
    } = InlayHintSettings::default();
    assert_eq!(
        section["inlayHints"],
        json!({"stars": stars, "types": types, "relations": relations, "positions": positions, "rows": rows})
    );
}

#[test]
fn vs_code_declares_them_as_they_are() {
    let path = "editors/vscode/package.json";
    let text = text_of(path);
    let start = text.find("        \"dagsmith.target\"").unwrap();
    let end = text.find("        \"dagsmith.preview.limit\"").unwrap();
    let generated: String = declared().iter().map(vs_code_entry).collect();
    if text[start..end] == generated {
        return;
    }
    let written = format!("{}{generated}{}", &text[..start], &text[end..]);
    assert!(
        update(path, &written),
        "{path} declares other settings than the server takes: UPDATE_EXPECT=1 cargo test -p lsp settings"
    );
}

/// As Biome lays it out.
fn vs_code_entry(setting: &Declared) -> String {
    let mut lines = vec![format!("        \"dagsmith.{}\": {{", setting.key)];
    for key in ["type", "enum", "default"] {
        match &setting.schema[key] {
            Value::Null if key != "default" => {}
            Value::Array(items) => {
                lines.push(format!("          \"{key}\": ["));
                let items: Vec<String> =
                    items.iter().map(|it| format!("            {it}")).collect();
                lines.push(items.join(",\n"));
                lines.push("          ],".to_owned());
            }
            value => lines.push(format!("          \"{key}\": {value},")),
        }
    }
    lines.push(format!("          \"scope\": \"{}\",", setting.scope));
    let description = json!(setting.description);
    lines.push(format!("          \"markdownDescription\": {description}"));
    lines.push("        },\n".to_owned());
    lines.join("\n")
}

/// Writes a file anew, if that is asked for.
#[expect(
    clippy::disallowed_methods,
    reason = "a test of files of the repository"
)]
fn update(path: &str, text: &str) -> bool {
    std::env::var_os("UPDATE_EXPECT").is_some()
        && std::fs::write(repository().join(path), text).is_ok()
}

#[test]
fn every_page_names_them() {
    for path in [
        "docs/protocol.md",
        "editors/vscode/README.md",
        "editors/nvim/doc/dagsmith.txt",
    ] {
        let text = text_of(path);
        for key in declared().iter().flat_map(|it| it.key.split('.')) {
            assert!(text.contains(key), "{path} does not tell of `{key}`");
        }
    }
}
