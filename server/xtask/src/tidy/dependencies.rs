//! Who may use what: the arrows between our crates, and the one importer of each heavy dependency.

use serde_json::Value;

/// A crate of ours and those it may use; for its tests, every one may use `test-fixture`.
const ARROWS: [(&str, &[&str]); 12] = [
    ("base", &[]),
    ("test-fixture", &["base"]),
    ("jinja", &["base"]),
    ("sql", &["base"]),
    ("project", &["base"]),
    ("analysis", &["base", "jinja", "sql", "project"]),
    ("ide", &["base", "jinja", "sql", "project", "analysis"]),
    ("engine", &["base", "jinja", "project", "analysis"]),
    ("warehouse", &["base", "engine"]),
    ("lsp", &["base", "ide"]),
    (
        "dagsmith",
        &[
            "base",
            "project",
            "analysis",
            "ide",
            "engine",
            "warehouse",
            "lsp",
        ],
    ),
    ("xtask", &[]),
];

/// A dependency and its importers.
const CONFINED: [(&str, &[&str]); 13] = [
    ("minijinja", &["jinja"]),
    ("minijinja-contrib", &["jinja"]),
    ("sqlparser", &["sql"]),
    ("serde_yaml", &["project"]),
    ("granit-parser", &["project"]),
    ("salsa", &["analysis"]),
    ("duckdb", &["warehouse"]),
    ("tower-lsp", &["lsp"]),
    ("dashmap", &["lsp"]),
    ("ropey", &["lsp"]),
    ("notify", &["lsp"]),
    ("tokio", &["lsp", "dagsmith"]),
    ("anyhow", &["lsp", "dagsmith", "xtask"]),
];

/// `metadata` is what `cargo metadata --no-deps` prints.
pub(super) fn check(metadata: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let packages = metadata.get("packages").and_then(Value::as_array);
    for package in packages.into_iter().flatten() {
        let user = text(package, "name");
        let Some((_, arrows)) = ARROWS.iter().find(|(name, _)| *name == user) else {
            found.push(format!("{user}: a new crate; say in xtask what it may use"));
            continue;
        };
        let dependencies = package.get("dependencies").and_then(Value::as_array);
        for dependency in dependencies.into_iter().flatten() {
            found.extend(breach(user, arrows, dependency));
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

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check_uses(user: &str, dependency: &Value, expected: &[&str]) {
        let metadata = json!({"packages": [{"name": user, "dependencies": [dependency]}]});
        assert_eq!(check(&metadata), expected);
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
    fn a_new_crate_is_a_decision() {
        let metadata = json!({"packages": [{"name": "extra", "dependencies": []}]});
        assert_eq!(
            check(&metadata),
            ["extra: a new crate; say in xtask what it may use"]
        );
    }
}
