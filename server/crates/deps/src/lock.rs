//! package-lock.yml: what was decided, and for which packages section.

use std::path::Path;

use base::System;
use project::{
    profiles::Secrets,
    yaml::{Yaml, YamlNode},
};
use serde_json::{Map, Value, json};

use crate::{
    error::DepsError,
    fetch::{Fetcher, Listener},
    packages_file::{PackagesSection, RenderText, read_wanted},
    resolve::{ResolveConfig, Resolved, Source as _, check_names, pinned},
    wanted::Pinned,
    yaml_text::yaml_text,
};

/// Beside dbt_project.yml.
pub const LOCK_FILE_NAME: &str = "package-lock.yml";

/// Whether the lock of the project at `root` is that of its packages section.
#[must_use]
pub fn is_current(system: &dyn System, root: &Path, section: &PackagesSection) -> bool {
    // A lock that cannot be read is made anew.
    let Ok(bytes) = system.read(&root.join(LOCK_FILE_NAME)) else {
        return false;
    };
    let (tree, _) = Yaml::parse(&String::from_utf8_lossy(&bytes));
    let hash = tree.root().get("sha1_hash").and_then(YamlNode::raw);
    hash == Some(section.sha1_hash().as_str())
}

/// What the lock of the project at `root` has decided. What packages need themselves is in it, too.
pub fn locked(
    system: &dyn System,
    root: &Path,
    render: RenderText<'_>,
    fetcher: &Fetcher<'_>,
    config: ResolveConfig<'_>,
) -> Result<Vec<Resolved>, DepsError> {
    let path = root.join(LOCK_FILE_NAME);
    let bytes = system.read(&path).map_err(|error| DepsError::Io {
        path: error.path,
        source: error.source,
    })?;
    let mut resolved = Vec::new();
    for wanted in read_wanted(&String::from_utf8_lossy(&bytes), render)? {
        let pinned = pinned(&wanted, fetcher, config)?;
        let name = fetcher.metadata(&pinned)?.name;
        resolved.push(Resolved { pinned, name });
    }
    check_names(&resolved, config.root_name)?;
    Ok(resolved)
}

/// A lock, as dbt writes it. Secrets in addresses are stars in it.
pub fn lock_text(
    resolved: &[Resolved],
    section: &PackagesSection,
    secrets: &Secrets,
    listener: &dyn Listener,
) -> Result<String, DepsError> {
    let mut packages = Vec::new();
    for package in resolved {
        let address = |written: &str| -> Result<String, DepsError> {
            let shown = secrets.scrubbed(written);
            if shown != written {
                listener.warn("DepsScrubbedPackageName", &format!(
                    "Detected secret env var in {shown}. dbt will write a scrubbed representation to the lock file. This will cause issues with subsequent 'dbt deps' using the lock file, requiring 'dbt deps --upgrade'"
                ))?;
            }
            Ok(shown.into_owned())
        };
        let mut entry = Map::new();
        let mut put = |key: &str, value: String| entry.insert(key.to_owned(), value.into());
        match &package.pinned {
            Pinned::Hub {
                package, version, ..
            } => {
                put("package", package.clone());
                put("version", version.clone());
            }
            Pinned::Git {
                place, revision, ..
            } => {
                put("git", address(&place.unrendered)?);
                put("revision", revision.clone());
                if let Some(subdirectory) = &place.subdirectory {
                    put("subdirectory", subdirectory.clone());
                }
            }
            Pinned::Local { path } => {
                put("local", path.clone());
            }
            Pinned::Tarball { place } => {
                put("tarball", address(&place.unrendered)?);
            }
        }
        put("name", package.name.clone());
        packages.push(Value::Object(entry));
    }
    Ok(yaml_text(
        &json!({"packages": packages, "sha1_hash": section.sha1_hash()}),
    ))
}
