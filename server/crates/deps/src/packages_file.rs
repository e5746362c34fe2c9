//! The packages section of a project: which file it is in, what it asks for, and what identifies it in a lock.

use std::path::{Path, PathBuf};

use base::{Diagnostic, FileId, LineIndex, Severity, System};
use project::{
    packages::{PackageSpec, PackagesFile},
    python_text::python_json,
    reading::is_template,
    yaml::{Yaml, YamlNode},
};
use serde_json::{Map, Value};
use sha1::{Digest, Sha1};

use crate::{error::DepsError, wanted::Wanted};

/// Renders Jinja to a value, or says why it cannot.
pub type RenderText<'a> = &'a dyn Fn(&str) -> Result<Value, String>;

pub(crate) const PACKAGES: &str = "packages.yml";
const DEPENDENCIES: &str = "dependencies.yml";

/// The packages section of a project.
#[derive(Debug)]
pub struct PackagesSection {
    /// The file it is in; `packages.yml` where there is none.
    pub path: PathBuf,
    pub(crate) wanted: Vec<Wanted>,
    /// Each entry as dbt holds it, before it becomes a wish.
    entries: Vec<Value>,
}

impl PackagesSection {
    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// dbt's `sha1_hash`: a lock with another one is out of date.
    #[must_use]
    pub fn sha1_hash(&self) -> String {
        let mut texts: Vec<String> = self.entries.iter().map(python_json).collect();
        texts.sort();
        let digest = Sha1::digest(texts.join("\n").as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Whose section is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The project: its dependencies.yml knows no Jinja.
    Root,
    /// A package.
    Package,
}

/// The packages section of the project at `root`.
pub fn packages_section(
    system: &dyn System,
    root: &Path,
    render: RenderText<'_>,
) -> Result<PackagesSection, DepsError> {
    section_of(system, root, render, Owner::Root)
}

pub(crate) fn section_of(
    system: &dyn System,
    root: &Path,
    render: RenderText<'_>,
    owner: Owner,
) -> Result<PackagesSection, DepsError> {
    let paths = [root.join(PACKAGES), root.join(DEPENDENCIES)];
    let [packages, dependencies] = [read(system, &paths[0])?, read(system, &paths[1])?];
    let has = |tree: &Yaml, key: &str| tree.root().get(key).is_some();
    if has(&packages, "packages") && has(&dependencies, "packages") {
        return Err(DepsError::Section(format!(
            "The 'packages' key cannot be specified in both {PACKAGES} and {DEPENDENCIES}"
        )));
    }
    if has(&packages, "projects") {
        return Err(DepsError::Section(format!(
            "The 'projects' key cannot be specified in {PACKAGES}"
        )));
    }
    let [packages_path, dependencies_path] = paths;
    if has(&dependencies, "packages") {
        let as_written = |text: &str| Ok(text.into());
        return match owner {
            Owner::Root => read_section(dependencies_path, &dependencies, &as_written),
            Owner::Package => read_section(dependencies_path, &dependencies, render),
        };
    }
    read_section(packages_path, &packages, render)
}

/// A file that is not there asks for nothing.
fn read(system: &dyn System, path: &Path) -> Result<Yaml, DepsError> {
    if !system.is_file(path) {
        return Ok(Yaml::parse("").0);
    }
    let bytes = system.read(path).map_err(|error| DepsError::Io {
        path: error.path,
        source: error.source,
    })?;
    let (tree, problems) = Yaml::parse(&String::from_utf8_lossy(&bytes));
    match problems.iter().find(|it| it.severity == Severity::Error) {
        Some(problem) => Err(at(path, &tree, problem)),
        None => Ok(tree),
    }
}

fn at(path: &Path, tree: &Yaml, problem: &Diagnostic) -> DepsError {
    let place = LineIndex::new(tree.text()).line_col(problem.range.start);
    DepsError::Section(format!(
        "{}:{}:{}: {}",
        path.display(),
        place.line + 1,
        place.col + 1,
        problem.message
    ))
}

fn read_section(
    path: PathBuf,
    tree: &Yaml,
    render: RenderText<'_>,
) -> Result<PackagesSection, DepsError> {
    let (rendered, problems) = PackagesFile::read(FileId(0), tree, render);
    // A value whose Jinja fails is missing, too; the reason is the better one to tell.
    let is_error = |it: &&Diagnostic| it.severity == Severity::Error;
    let mut errors = problems.iter().filter(is_error);
    let is_reason = |it: &&Diagnostic| it.code != "missing-key";
    let first = errors.clone().find(is_reason).or_else(|| errors.next());
    if let Some(problem) = first {
        return Err(at(&path, tree, problem));
    }
    let (written, _) = PackagesFile::read(FileId(0), tree, &|text| Ok(text.into()));
    let raw = tree.root().get("packages").map(YamlNode::to_json);
    let raw = raw.as_ref().and_then(Value::as_array);
    let mut entries = Vec::new();
    for item in raw.into_iter().flatten() {
        entries.push(entry(item, &rendered_value(item, render)?));
    }
    Ok(PackagesSection {
        path,
        wanted: zipped(&rendered.packages, &written.packages)?,
        entries,
    })
}

fn zipped(rendered: &[PackageSpec], written: &[PackageSpec]) -> Result<Vec<Wanted>, DepsError> {
    rendered
        .iter()
        .enumerate()
        .map(|(n, spec)| Wanted::of(spec, written.get(n).unwrap_or(spec)))
        .collect()
}

/// The wishes of a text in the form of packages.yml: of a lock, say.
pub(crate) fn read_wanted(text: &str, render: RenderText<'_>) -> Result<Vec<Wanted>, DepsError> {
    let (tree, _) = Yaml::parse(text);
    Ok(read_section(PathBuf::from(crate::LOCK_FILE_NAME), &tree, render)?.wanted)
}

fn rendered_value(value: &Value, render: RenderText<'_>) -> Result<Value, DepsError> {
    Ok(match value {
        Value::String(text) if is_template(text) => render(text).map_err(DepsError::Section)?,
        Value::Array(items) => items
            .iter()
            .map(|item| rendered_value(item, render))
            .collect::<Result<_, _>>()?,
        Value::Object(map) => {
            let mut out = Map::new();
            for (key, value) in map {
                out.insert(key.clone(), rendered_value(value, render)?);
            }
            out.into()
        }
        other => other.clone(),
    })
}

/// The fields that dbt knows of a kind of package, with what they are where they are not given.
fn entry(written: &Value, rendered: &Value) -> Value {
    let given = |key: &str| rendered.get(key).cloned();
    let or_null = |key: &'static str| (key, given(key).unwrap_or(Value::Null));
    let mut fields = if given("local").is_some() {
        vec![or_null("local")]
    } else if given("tarball").is_some() {
        vec![or_null("tarball")]
    } else if given("package").is_some() {
        let prereleases = given("install_prerelease").unwrap_or(false.into());
        vec![
            ("install_prerelease", prereleases),
            or_null("package"),
            or_null("version"),
        ]
    } else {
        let kind = ["git", "private"]
            .into_iter()
            .find(|key| given(key).is_some());
        let mut fields: Vec<_> = kind.into_iter().map(or_null).collect();
        fields.extend(["revision", "subdirectory", "warn-unpinned"].map(or_null));
        if kind == Some("private") {
            fields.push(or_null("provider"));
        }
        fields
    };
    fields.extend(
        given("name")
            .filter(|it| !it.is_null())
            .map(|it| ("name", it)),
    );
    fields.push(("unrendered", sorted(written)));
    fields.sort_by_key(|(key, _)| *key);
    let fields = fields.into_iter();
    Value::Object(fields.map(|(key, value)| (key.to_owned(), value)).collect())
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let entries = entries.into_iter();
            Value::Object(
                entries
                    .map(|(key, value)| (key.clone(), sorted(value)))
                    .collect(),
            )
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use base::MemorySystem;
    use expect_test::{Expect, expect};

    use super::*;

    fn check(files: &[(&str, &str)], expected: &Expect) {
        let files = files
            .iter()
            .map(|(name, text)| (Path::new("/p").join(name), (*text).to_owned()));
        let render = |text: &str| match text {
            "{{ env_var('PLACE') }}" => Ok("../a".into()),
            _ => Err("no such variable".to_owned()),
        };
        let shown = match packages_section(&MemorySystem::new(files), Path::new("/p"), &render) {
            Ok(section) => {
                let wanted: Vec<String> = section.wanted.iter().map(ToString::to_string).collect();
                format!("{} {}", wanted.join(", "), section.sha1_hash())
            }
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&shown);
    }

    // The hashes are those that dbt writes for the same text.
    #[test]
    fn the_hash_is_that_of_dbt() {
        let text = "packages:
  - {package: a/b, version: ['>=1.0.0', '<2.0.0']}
  - {package: a/d, version: 1.0.0, install_prerelease: true}
  - {tarball: http://x, name: t}
  - {git: x, revision: 1}
  - local: '{{ env_var(''PLACE'') }}'
";
        check(
            &[("packages.yml", text)],
            &expect![
                "a/b (a package of the index), a/d (a package of the index), http://x (a tarball), x (a git package), ../a (a local package) 52eeef041a220086fa70e52f03b77a20e7bd1d9d"
            ],
        );
    }

    #[test]
    fn dependencies_are_taken_as_written() {
        check(
            &[("dependencies.yml", "packages: [{local: \"{{ x }}\"}]\n")],
            &expect!["{{ x }} (a local package) bb6d3ff0f8e90089c50974cad84228ad53887174"],
        );
    }

    #[test]
    fn one_file_has_the_packages() {
        check(
            &[
                ("packages.yml", "packages: []\n"),
                ("dependencies.yml", "packages: []\n"),
            ],
            &expect![
                "The 'packages' key cannot be specified in both packages.yml and dependencies.yml"
            ],
        );
        check(
            &[("packages.yml", "projects: []\n")],
            &expect!["The 'projects' key cannot be specified in packages.yml"],
        );
    }

    #[test]
    fn mistakes_have_a_place() {
        check(
            &[(
                "packages.yml",
                "packages:\n  - package: utils\n    version: 1.0.0\n",
            )],
            &expect!["/p/packages.yml:2:14: `utils` lacks its owner; write `owner/utils`"],
        );
        check(
            &[(
                "packages.yml",
                "packages:\n  - local: \"{{ env_var('NOPE') }}\"\n",
            )],
            &expect!["/p/packages.yml:2:12: cannot render: no such variable"],
        );
    }
}
