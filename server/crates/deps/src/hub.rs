//! What the package index says of a package.

use base::FileId;
use project::{packages::PackagesFile, yaml::Yaml};
use serde_json::Value;

use crate::{error::DepsError, wanted::Wanted};

/// All releases of a package.
#[derive(Debug)]
pub(crate) struct HubPackage {
    /// By version, in the order of the index.
    versions: Vec<(String, Value)>,
    /// Where it has moved to: `owner/name`.
    pub(crate) moved_to: Option<String>,
}

/// One release.
#[derive(Debug)]
pub(crate) struct HubRelease {
    /// The name of its project.
    pub(crate) name: String,
    /// The address of its archive.
    pub(crate) tarball: String,
    /// What it needs itself.
    pub(crate) packages: Vec<Wanted>,
}

impl HubPackage {
    /// From the index's answer; an error says what is missing in it.
    pub(crate) fn read(answer: Value) -> Result<Self, String> {
        let Value::Object(mut answer) = answer else {
            return Err("the answer is no mapping".to_owned());
        };
        let text = |key: &str| {
            answer
                .get(key)
                .and_then(Value::as_str)
                .filter(|it| !it.is_empty())
        };
        let moved = (text("redirectnamespace"), text("redirectname"));
        let moved_to = match (moved, text("namespace"), text("name")) {
            ((None, None), ..) => None,
            ((owner, name), old_owner, old_name) => {
                let (owner, name) = (owner.or(old_owner), name.or(old_name));
                owner
                    .zip(name)
                    .map(|(owner, name)| format!("{owner}/{name}"))
            }
        };
        if !answer.contains_key("name") {
            return Err("the answer has no `name`".to_owned());
        }
        let Some(Value::Object(versions)) = answer.remove("versions") else {
            return Err("the answer has no `versions`".to_owned());
        };
        Ok(Self {
            versions: versions.into_iter().collect(),
            moved_to,
        })
    }

    /// Each version with the versions of dbt that it is for.
    pub(crate) fn versions(&self) -> impl Iterator<Item = (&str, Vec<String>)> {
        self.versions.iter().map(|(version, release)| {
            let wishes = match release.get("require_dbt_version") {
                Some(Value::String(wish)) => vec![wish.clone()],
                Some(Value::Array(wishes)) => wishes
                    .iter()
                    .filter_map(|wish| wish.as_str().map(str::to_owned))
                    .collect(),
                _ => Vec::new(),
            };
            (version.as_str(), wishes)
        })
    }

    /// A release; an error says what is missing in it.
    pub(crate) fn release(&self, package: &str, version: &str) -> Result<HubRelease, DepsError> {
        let unusable = |reason: &str| DepsError::Package {
            package: format!("{package}@{version}"),
            reason: format!("the package index has {reason}"),
        };
        let found = self.versions.iter().find(|(name, _)| name == version);
        let (_, release) = found.ok_or_else(|| unusable("no such version"))?;
        let text = |at: &str| release.pointer(at).and_then(Value::as_str);
        Ok(HubRelease {
            name: text("/name")
                .ok_or_else(|| unusable("no name for it"))?
                .to_owned(),
            tarball: text("/downloads/tarball")
                .ok_or_else(|| unusable("no archive of it"))?
                .to_owned(),
            packages: needed(release.get("packages"))?,
        })
    }
}

/// The entries have the form of packages.yml. JSON is YAML.
fn needed(packages: Option<&Value>) -> Result<Vec<Wanted>, DepsError> {
    let Some(packages) = packages.filter(|it| !it.is_null()) else {
        return Ok(Vec::new());
    };
    let text = serde_json::json!({"packages": packages}).to_string();
    let (tree, _) = Yaml::parse(&text);
    let (file, diagnostics) = PackagesFile::read(FileId(0), &tree, &|text| Ok(text.into()));
    if let Some(first) = diagnostics.first() {
        return Err(DepsError::Section(first.message.clone()));
    }
    file.packages
        .iter()
        .map(|spec| Wanted::of(spec, spec))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_package_may_have_moved() {
        let moved = |answer| HubPackage::read(answer).unwrap().moved_to;
        let answer = json!({"name": "b", "namespace": "a", "versions": {}, "redirectname": "c"});
        assert_eq!(moved(answer).as_deref(), Some("a/c"));
        assert_eq!(
            moved(json!({"name": "b", "versions": {}, "redirectname": null})),
            None
        );
    }

    #[test]
    fn an_answer_that_is_no_package_says_so() {
        assert_eq!(
            HubPackage::read(json!([])).unwrap_err(),
            "the answer is no mapping"
        );
        assert_eq!(
            HubPackage::read(json!({"name": "b"})).unwrap_err(),
            "the answer has no `versions`"
        );
    }
}
