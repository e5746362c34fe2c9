//! Who may use what: the arrows between our crates, and the one importer of each heavy dependency. And whether it does.

use std::path::Path;

use serde_json::Value;

use crate::repository::RepoFile;

/// A crate of ours and those it may use; for its tests, every one may use `test-fixture`.
const ARROWS: [(&str, &[&str]); 14] = [
    ("base", &[]),
    ("test-fixture", &["base"]),
    ("jinja", &["base"]),
    ("sql", &["base"]),
    ("style", &["base", "jinja", "sql"]),
    ("project", &["base"]),
    ("deps", &["base", "project"]),
    ("analysis", &["base", "jinja", "sql", "project"]),
    (
        "ide",
        &["base", "jinja", "sql", "style", "project", "analysis"],
    ),
    ("engine", &["base", "jinja", "project", "analysis"]),
    ("warehouse", &["base", "engine"]),
    ("lsp", &["base", "ide"]),
    (
        "dagsmith",
        &[
            "base",
            "style",
            "project",
            "deps",
            "analysis",
            "ide",
            "engine",
            "warehouse",
            "lsp",
        ],
    ),
    ("xtask", &["base"]),
];

/// A dependency and its importers.
const CONFINED: [(&str, &[&str]); 18] = [
    ("minijinja", &["jinja"]),
    ("minijinja-contrib", &["jinja"]),
    ("sqlparser", &["sql"]),
    ("serde_yaml", &["project"]),
    ("granit-parser", &["project"]),
    ("salsa", &["analysis"]),
    ("duckdb", &["warehouse"]),
    ("ureq", &["deps"]),
    ("tar", &["deps"]),
    ("flate2", &["deps"]),
    ("tokio-postgres", &["warehouse"]),
    ("tokio-rustls", &["warehouse"]),
    ("tower-lsp", &["lsp"]),
    ("dashmap", &["lsp"]),
    ("ropey", &["lsp"]),
    ("notify", &["lsp"]),
    ("tokio", &["lsp", "warehouse", "dagsmith"]),
    ("anyhow", &["lsp", "dagsmith", "xtask"]),
];

/// `metadata` is what `cargo metadata --no-deps` prints.
pub(super) fn check(metadata: &Value, files: &[RepoFile]) -> Vec<String> {
    let mut found = Vec::new();
    let packages = metadata.get("packages").and_then(Value::as_array);
    for package in packages.into_iter().flatten() {
        let user = text(package, "name");
        let Some((_, arrows)) = ARROWS.iter().find(|(name, _)| *name == user) else {
            found.push(format!("{user}: a new crate; say in xtask what it may use"));
            continue;
        };
        let dependencies = package.get("dependencies").and_then(Value::as_array);
        let sources = sources(metadata, package, files);
        for dependency in dependencies.into_iter().flatten() {
            found.extend(breach(user, arrows, dependency));
            let name = text(dependency, "name");
            if !sources.iter().any(|source| is_named(source, name)) {
                found.push(format!("{user}: {name} is not used"));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

fn breach(user: &str, arrows: &[&str], dependency: &Value) -> Option<String> {
    let name = text(dependency, "name");
    if dependency.get("path").is_some() {
        let is_dev = dependency.get("kind").and_then(Value::as_str) == Some("dev");
        let is_allowed = arrows.contains(&name) || (is_dev && name == "test-fixture");
        return (!is_allowed)
            .then(|| format!("{user}: may not use {name}; see docs/architecture.md"));
    }
    let (_, importers) = CONFINED.iter().find(|(confined, _)| *confined == name)?;
    let is_allowed = importers.contains(&user);
    (!is_allowed).then(|| format!("{user}: {name} is for {} alone", importers.join(" and ")))
}

/// The Rust files of a package, without those of packages below it.
fn sources<'f>(metadata: &Value, package: &Value, files: &'f [RepoFile]) -> Vec<&'f str> {
    let manifest = Path::new(text(package, "manifest_path"));
    let dir = manifest
        .parent()
        .and_then(|dir| dir.strip_prefix(text(metadata, "workspace_root")).ok())
        .unwrap_or(manifest);
    let is_mine = |path: &Path| {
        path.strip_prefix(dir).is_ok_and(|inside| {
            let places = ["src", "tests", "examples", "build.rs"];
            places.iter().any(|place| inside.starts_with(place))
        })
    };
    files
        .iter()
        .filter(|file| is_mine(Path::new(&file.path)))
        .filter_map(|file| file.text.as_deref())
        .collect()
}

/// Whether a crate's name stands in a text, as Rust spells it: `md-5` is `md5`, `tower-lsp` is `tower_lsp`.
fn is_named(source: &str, dependency: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    ["_", ""].iter().any(|dash| {
        let name = dependency.replace('-', dash);
        source.match_indices(&name).any(|(at, _)| {
            let (before, after) = source.split_at(at);
            let after = after.get(name.len()..).unwrap_or_default();
            !before.ends_with(is_word) && !after.starts_with(is_word)
        })
    })
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check_uses(user: &str, dependency: &Value, expected: &[&str]) {
        let metadata = json!({
            "workspace_root": "/repo",
            "packages": [{"name": user, "manifest_path": "/repo/a/Cargo.toml", "dependencies": [dependency]}],
        });
        let file = RepoFile {
            path: "a/src/lib.rs".to_owned(),
            text: Some(
                "use analysis::x; use engine::y; use test_fixture as _; minijinja::z();".to_owned(),
            ),
        };
        assert_eq!(check(&metadata, &[file]), expected);
    }

    #[test]
    fn arrows_point_down() {
        check_uses(
            "ide",
            &json!({"name": "analysis", "path": "x", "kind": null}),
            &[],
        );
        check_uses(
            "lsp",
            &json!({"name": "engine", "path": "x", "kind": null}),
            &["lsp: may not use engine; see docs/architecture.md"],
        );
    }

    #[test]
    fn tests_may_use_fixtures() {
        let fixture = |kind: Value| json!({"name": "test-fixture", "path": "x", "kind": kind});
        check_uses("sql", &fixture(json!("dev")), &[]);
        check_uses(
            "sql",
            &fixture(Value::Null),
            &["sql: may not use test-fixture; see docs/architecture.md"],
        );
    }

    #[test]
    fn heavy_dependencies_have_one_importer() {
        check_uses(
            "analysis",
            &json!({"name": "minijinja", "kind": null}),
            &["analysis: minijinja is for jinja alone"],
        );
    }

    #[test]
    fn what_is_not_named_is_not_used() {
        check_uses(
            "jinja",
            &json!({"name": "base", "path": "x", "kind": null}),
            &["jinja: base is not used"],
        );
        assert!(is_named("md5::Md5", "md-5"));
        assert!(!is_named("database::x", "base"));
    }

    #[test]
    fn a_new_crate_is_a_decision() {
        let metadata = json!({"packages": [{"name": "extra", "dependencies": []}]});
        assert_eq!(
            check(&metadata, &[]),
            ["extra: a new crate; say in xtask what it may use"]
        );
    }
}
