//! Finds the tests that docs/language.txt and docs/editor.txt name. There are three kinds of names:
//!
//! - `crate::module::name`: a Rust test; tests of the program itself are in `dagsmith`, also those below `server/tests`.
//! - `plan / step`, or `plan / step : file`: a step of testdata/conformance/steps.json, and a file of its project.
//!   `broken data / case` is one of the cases with broken data.
//! - `path : text`: any other file of the repository, and what it says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::repository::RepoFile;

/// All tests there are.
pub(super) struct Evidence {
    /// By name, the file.
    tests: BTreeMap<String, String>,
    /// By plan and step, the project, and where it runs if not on DuckDB alone.
    steps: BTreeMap<(String, String), (String, &'static str)>,
    texts: BTreeMap<String, String>,
    paths: BTreeSet<String>,
}

/// A test that is there.
pub(super) struct Found {
    name: String,
    path: String,
}

impl Found {
    /// As the page shows it.
    pub(super) fn link(&self) -> String {
        let Self { name, path } = self;
        format!("[{name}](../{path})")
    }
}

impl Evidence {
    pub(super) fn of(files: &[RepoFile]) -> Self {
        let texts = files.iter().filter_map(|file| {
            let text = file.text.as_ref()?;
            Some((file.path.clone(), text.clone()))
        });
        let mut evidence = Self {
            tests: BTreeMap::new(),
            steps: BTreeMap::new(),
            texts: texts.collect(),
            paths: files.iter().map(|file| file.path.clone()).collect(),
        };
        for (path, text) in &evidence.texts {
            if let Some(module) = module(path) {
                let names = rust_tests(text).map(|name| format!("{module}::{name}"));
                evidence
                    .tests
                    .extend(names.map(|name| (name, path.clone())));
            }
        }
        let steps = evidence.texts.get("testdata/conformance/steps.json");
        let steps = steps.and_then(|text| serde_json::from_str(text).ok());
        evidence.steps = steps.as_ref().map(conformance_steps).unwrap_or_default();
        evidence
    }

    pub(super) fn find(&self, name: &str) -> Result<Found, String> {
        let (place, inside) = match name.split_once(" : ") {
            Some((place, inside)) => (place, Some(inside)),
            None => (name, None),
        };
        if let Some((plan, step)) = place.split_once(" / ") {
            return self.step(plan, step, inside);
        }
        if let Some(text) = self.texts.get(place) {
            let inside = inside.ok_or_else(|| format!("what of `{place}`?"))?;
            if !text.contains(inside) {
                return Err(format!("`{place}` does not have `{inside}`"));
            }
            return Ok(found(&format!("{place}: {inside}"), place));
        }
        match self.tests.get(name) {
            Some(path) => Ok(found(name, path)),
            None => Err(format!("there is no test `{name}`")),
        }
    }

    fn step(&self, plan: &str, step: &str, file: Option<&str>) -> Result<Found, String> {
        let key = (plan.to_owned(), step.to_owned());
        let (project, where_it_runs) = self
            .steps
            .get(&key)
            .ok_or_else(|| format!("there is no conformance step `{plan} / {step}`"))?;
        let name = format!("conformance {plan} / {step}{where_it_runs}");
        let dir = format!("testdata/projects/{project}");
        let Some(file) = file else {
            return Ok(found(&name, &dir));
        };
        let path = format!("{dir}/{file}");
        if !self.paths.contains(&path) {
            return Err(format!("there is no file `{path}`"));
        }
        Ok(found(&format!("{name}: {file}"), &path))
    }
}

fn found(name: &str, path: &str) -> Found {
    Found {
        name: name.to_owned(),
        path: path.to_owned(),
    }
}

/// What tests of this file are called by; `None` for what is no Rust of ours.
fn module(path: &str) -> Option<String> {
    let path = path.strip_prefix("server/")?.strip_suffix(".rs")?;
    let path = match path.strip_prefix("crates/") {
        Some(path) => path.to_owned(),
        None => match path.strip_prefix("xtask/") {
            Some(path) => format!("xtask/{path}"),
            None => format!("dagsmith/{path}"),
        },
    };
    let parts = path.split('/').enumerate();
    let parts = parts.filter(|(idx, part)| *idx != 1 || !["src", "tests"].contains(part));
    let mut names: Vec<String> = parts.map(|(_, part)| part.replace('-', "_")).collect();
    if let [_, .., last] = names.as_slice()
        && ["tests", "lib", "main"].contains(&last.as_str())
    {
        names.pop();
    }
    Some(names.join("::"))
}

fn rust_tests(text: &str) -> impl Iterator<Item = &str> {
    let mut is_marked = false;
    text.lines().filter_map(move |line| {
        let line = line.trim();
        if line == "#[test]" {
            is_marked = true;
        } else if let Some(rest) = line.strip_prefix("fn ") {
            let was_marked = std::mem::take(&mut is_marked);
            return rest.split('(').next().filter(|_| was_marked);
        }
        None
    })
}

fn conformance_steps(file: &Value) -> BTreeMap<(String, String), (String, &'static str)> {
    let text = |value: &Value, key: &str| Some(value.get(key)?.as_str()?.to_owned());
    let mut steps = BTreeMap::new();
    let plans = file.get("projects").and_then(Value::as_object);
    for (plan, content) in plans.into_iter().flatten() {
        let project = text(content, "project").unwrap_or_else(|| plan.clone());
        let where_it_runs = match content.get("postgres") {
            Some(Value::Bool(true)) => " (also on PostgreSQL)",
            Some(Value::String(only)) if only == "only" => " (on PostgreSQL)",
            _ => "",
        };
        let all = content.get("steps").and_then(Value::as_array);
        for name in all.into_iter().flatten().filter_map(|it| text(it, "name")) {
            steps.insert((plan.clone(), name), (project.clone(), where_it_runs));
        }
    }
    let cases = file.get("broken_data").and_then(Value::as_array);
    for case in cases.into_iter().flatten() {
        if let (Some(name), Some(project)) = (text(case, "name"), text(case, "project")) {
            steps.insert(("broken data".to_owned(), name), (project, ""));
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence() -> Evidence {
        let files = [
            (
                "testdata/conformance/steps.json",
                r#"{"projects": {"twice": {"project": "once", "postgres": true, "steps": [{"name": "build"}]},
                    "there": {"project": "once", "postgres": "only", "steps": [{"name": "build"}]}}}"#,
            ),
            ("testdata/projects/once/models/a.sql", "select 1"),
            ("server/tests/command_line/ends.rs", "#[test]\nfn stops() {"),
            (
                "server/crates/test-fixture/src/lib.rs",
                "    #[test]\n    #[cfg(unix)]\n    fn splits() {\n}\nfn no_test() {",
            ),
            ("server/crates/a/src/b/tests.rs", "#[test]\nfn c() {"),
        ];
        let files = files.map(|(path, text)| RepoFile {
            path: path.to_owned(),
            text: Some(text.to_owned()),
        });
        Evidence::of(&files)
    }

    #[track_caller]
    fn check(name: &str, expected: &str) {
        let shown = evidence().find(name).map(|found| found.link());
        assert_eq!(shown.unwrap_or_else(|error| error), expected);
    }

    #[test]
    fn rust_tests_are_called_by_their_module() {
        check(
            "dagsmith::command_line::ends::stops",
            "[dagsmith::command_line::ends::stops](../server/tests/command_line/ends.rs)",
        );
        check(
            "test_fixture::splits",
            "[test_fixture::splits](../server/crates/test-fixture/src/lib.rs)",
        );
        check("a::b::c", "[a::b::c](../server/crates/a/src/b/tests.rs)");
        check(
            "test_fixture::no_test",
            "there is no test `test_fixture::no_test`",
        );
    }

    #[test]
    fn steps_may_name_a_file_of_their_project() {
        check(
            "twice / build",
            "[conformance twice / build (also on PostgreSQL)](../testdata/projects/once)",
        );
        check(
            "twice / build : models/a.sql",
            "[conformance twice / build (also on PostgreSQL): models/a.sql](../testdata/projects/once/models/a.sql)",
        );
        check(
            "twice / build : models/b.sql",
            "there is no file `testdata/projects/once/models/b.sql`",
        );
        check(
            "there / build",
            "[conformance there / build (on PostgreSQL)](../testdata/projects/once)",
        );
        check("twice / run", "there is no conformance step `twice / run`");
    }

    #[test]
    fn other_files_say_something() {
        check(
            "testdata/projects/once/models/a.sql : select",
            "[testdata/projects/once/models/a.sql: select](../testdata/projects/once/models/a.sql)",
        );
        check(
            "testdata/projects/once/models/a.sql : from",
            "`testdata/projects/once/models/a.sql` does not have `from`",
        );
    }
}
