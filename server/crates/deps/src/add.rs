//! `deps --add-package`: an entry more in the packages file, in place of those for the same package.
//!
//! Where the list is written line by line, only those lines change and comments stay; any other form is written anew, as
//! dbt does it.

use std::path::PathBuf;

use base::System;
use project::{
    python_text::python_repr,
    yaml::{Shape, Yaml, YamlNode},
};
use serde_json::{Map, Value, json};

use crate::{
    error::DepsError, fetch::Listener, packages_file::PackagesSection, yaml_text::yaml_text,
};

/// Where a package that is added comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddSource {
    /// The index.
    Hub,
    /// A repository.
    Git,
    /// A directory.
    Local,
}

/// What is to be added.
#[derive(Debug, Clone)]
pub struct AddRequest {
    /// `owner/name`, an address, or a path.
    pub name: String,
    /// A version, ranges with commas between them, or a revision.
    pub version: Option<String>,
    /// Which of these it is.
    pub source: AddSource,
}

/// A packages file with the package in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Added {
    /// The file.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

impl AddRequest {
    /// From `NAME@VERSION`.
    #[must_use]
    pub fn parse(text: &str, source: AddSource) -> Self {
        let parts = text
            .split_once('@')
            .filter(|(_, version)| !version.contains('@'));
        let (name, version) = parts.map_or((text, None), |(name, version)| (name, Some(version)));
        Self {
            name: name.to_owned(),
            version: version.map(str::to_owned),
            source,
        }
    }

    fn entry(&self) -> Value {
        let (name_key, version_key) = match self.source {
            AddSource::Hub => ("package", "version"),
            AddSource::Git => ("git", "revision"),
            AddSource::Local => ("local", "version"),
        };
        let mut entry = Map::new();
        entry.insert(name_key.to_owned(), self.name.clone().into());
        if let Some(version) = self.version.as_deref().filter(|it| !it.is_empty()) {
            let version: Value = if version.contains(',') {
                version.split(',').collect()
            } else {
                version.into()
            };
            entry.insert(version_key.to_owned(), version);
        }
        entry.into()
    }

    /// Whether an entry is for the same package, by whatever way: `owner/some_name`, `https://x/owner/some-name.git`.
    fn is_same(&self, entry: &Value) -> bool {
        let keys = ["package", "git", "local", "tarball", "private"];
        let Some(place) = keys.iter().find_map(|key| entry.get(key)?.as_str()) else {
            return false;
        };
        let short = self.name.rsplit('/').next().unwrap_or(&self.name);
        [self.name.as_str(), short]
            .into_iter()
            .flat_map(|name| {
                [
                    name.to_owned(),
                    name.replace('_', "-"),
                    name.replace('-', "_"),
                ]
            })
            .any(|name| is_part(place, &name))
    }
}

/// Whether a name stands in a place between slashes and dots.
fn is_part(place: &str, name: &str) -> bool {
    let Some((before, after)) = place.split_once(name).filter(|_| !name.is_empty()) else {
        return false;
    };
    (before.is_empty() || before.ends_with(['/', '.']))
        && (after.is_empty() || after.starts_with(['/', '.']))
}

/// The packages file with one package more; it is not written yet.
pub fn add_package(
    system: &dyn System,
    section: &PackagesSection,
    request: &AddRequest,
    listener: &dyn Listener,
) -> Result<Added, DepsError> {
    let path = section.path.clone();
    let text = if system.is_file(&path) {
        let bytes = system.read(&path).map_err(|error| DepsError::Io {
            path: error.path,
            source: error.source,
        })?;
        String::from_utf8_lossy(&bytes).into_owned()
    } else {
        listener.info("Created packages.yml");
        String::new()
    };
    let (tree, _) = Yaml::parse(&text);
    let packages = tree.root().get("packages");
    let items: Vec<YamlNode<'_>> = packages.iter().flat_map(|node| node.items()).collect();
    let (removed, kept): (Vec<_>, Vec<_>) = items
        .iter()
        .map(|item| item.to_json())
        .partition(|entry| request.is_same(entry));
    for entry in &removed {
        listener.info(&format!(
            "Found duplicate package in packages.yml, removing: {}",
            python_repr(&without_flags(entry))
        ));
    }
    let mut wanted = kept;
    wanted.push(request.entry());
    let edited = packages
        .filter(|node| node.shape() == Shape::Sequence)
        .and_then(|_| edited(&text, &items, request))
        .filter(|text| {
            Yaml::parse(text)
                .0
                .root()
                .get("packages")
                .is_some_and(|it| it.to_json() == Value::from(wanted.clone()))
        });
    let text = edited.unwrap_or_else(|| {
        let mut whole = match tree.root().to_json() {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        whole.insert("packages".to_owned(), wanted.into());
        yaml_text(&whole.into())
    });
    listener.info(&format!(
        "Added new package {}@{} to {}",
        request.name,
        request.version.as_deref().unwrap_or("None"),
        path.display()
    ));
    Ok(Added { path, text })
}

fn without_flags(entry: &Value) -> Value {
    let fields = entry.as_object().into_iter().flatten();
    let fields = fields.filter(|(_, value)| value.is_string() || value.is_number());
    Value::Object(
        fields
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    )
}

/// The text with the lines of the same package gone and those of the new entry behind the last one.
fn edited(text: &str, items: &[YamlNode<'_>], request: &AddRequest) -> Option<String> {
    let line_of = |at: usize| text.get(..at).map(|before| before.matches('\n').count());
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut removed = vec![false; lines.len()];
    let (mut indent, mut end) = (None, 0);
    for item in items {
        let start = line_of(item.range().start as usize)?;
        let (before_dash, _) = lines.get(start)?.split_once("- ")?;
        if !before_dash.trim().is_empty() {
            return None;
        }
        indent = Some(before_dash);
        let covered = text.get(item.range().start as usize..item.range().end as usize)?;
        end = start + covered.trim_end().matches('\n').count() + 1;
        if request.is_same(&item.to_json()) {
            removed.get_mut(start..end)?.fill(true);
        }
    }
    let indent = indent?;
    let mut out = String::new();
    for (n, line) in lines.iter().enumerate() {
        if n == end {
            push_entry(request, indent, &mut out);
        }
        if !*removed.get(n)? {
            out.push_str(line);
        }
    }
    if end >= lines.len() {
        push_entry(request, indent, &mut out);
    }
    Some(out)
}

fn push_entry(request: &AddRequest, indent: &str, out: &mut String) {
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    for line in yaml_text(&json!([request.entry()])).lines() {
        out.push_str(indent);
        out.push_str(line);
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use base::MemorySystem;
    use expect_test::{Expect, expect};

    use super::*;
    use crate::{fetch::tests::Told, packages_file::packages_section};

    fn check(before: Option<&str>, add: &str, source: AddSource, expected: &Expect) {
        let files = before.map(|text| ("/p/packages.yml".into(), text.to_owned()));
        let system = MemorySystem::new(files);
        let section = packages_section(&system, Path::new("/p"), &|text| Ok(text.into())).unwrap();
        let told = Told::default();
        let request = AddRequest::parse(add, source);
        let added = add_package(&system, &section, &request, &told).unwrap();
        expected.assert_eq(&format!("{}{}", added.text, told.lines()));
    }

    const COMMENTED: &str = "# what we use
packages:
    # dates
    - package: o/dates  # pinned
      version: 1.0.0

    - git: https://x/dbt-utils.git
      revision: main
# the end
";

    #[test]
    fn comments_stay() {
        check(
            Some(COMMENTED),
            "o/new@>=1.0.0,<2.0.0",
            AddSource::Hub,
            &expect![[r#"
            # what we use
            packages:
                # dates
                - package: o/dates  # pinned
                  version: 1.0.0

                - git: https://x/dbt-utils.git
                  revision: main
                - package: o/new
                  version:
                    - '>=1.0.0'
                    - <2.0.0
            # the end
            Added new package o/new@>=1.0.0,<2.0.0 to /p/packages.yml
        "#]],
        );
    }

    #[test]
    fn the_same_package_is_replaced() {
        check(
            Some(COMMENTED),
            "dbt-labs/dbt_utils@1.0.0",
            AddSource::Hub,
            &expect![[r#"
            # what we use
            packages:
                # dates
                - package: o/dates  # pinned
                  version: 1.0.0

                - package: dbt-labs/dbt_utils
                  version: 1.0.0
            # the end
            Found duplicate package in packages.yml, removing: {'git': 'https://x/dbt-utils.git', 'revision': 'main'}
            Added new package dbt-labs/dbt_utils@1.0.0 to /p/packages.yml
        "#]],
        );
    }

    #[test]
    fn another_form_is_written_anew() {
        check(
            Some("packages: [{package: o/dates, version: 1.0.0}]"),
            "https://x/y.git@main",
            AddSource::Git,
            &expect![[r#"
                packages:
                  - package: o/dates
                    version: 1.0.0
                  - git: https://x/y.git
                    revision: main
                Added new package https://x/y.git@main to /p/packages.yml
            "#]],
        );
        check(
            None,
            "../shared",
            AddSource::Local,
            &expect![[r#"
            packages:
              - local: ../shared
            Created packages.yml
            Added new package ../shared@None to /p/packages.yml
        "#]],
        );
    }

    #[test]
    fn a_part_of_a_name_is_another_package() {
        check(
            Some("packages:\n- {package: o/utils_more, version: 1.0.0}\n"),
            "o/utils@1.0.0",
            AddSource::Hub,
            &expect![[r#"
                packages:
                - {package: o/utils_more, version: 1.0.0}
                - package: o/utils
                  version: 1.0.0
                Added new package o/utils@1.0.0 to /p/packages.yml
            "#]],
        );
    }
}
