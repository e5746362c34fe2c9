//! What is in the install path is removed by an installation, so nothing may be in it but what was installed. dbt
//! removes whatever is there: models, where `packages-install-path` names their folder by mistake.

#![expect(
    clippy::disallowed_methods,
    reason = "`System` does not tell links from what they point at"
)]

use std::{
    collections::BTreeSet,
    fs::{self, DirEntry, FileType},
    io,
    path::Path,
};

use project::{
    project_file::PROJECT_FILE_NAME,
    yaml::{Yaml, YamlNode},
};

use crate::{error::DepsError, lock::LOCK_FILE_NAME};

/// Folders of these names hold packages and nothing else, in whatever version they are.
const PACKAGE_FOLDERS: [&str; 2] = ["dbt_packages", "dbt_modules"];

/// Whether packages may be installed at `path`, for the project at `root`; otherwise why not.
pub(super) fn check(root: &Path, path: &Path) -> Result<(), String> {
    let real_root = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    if real_root.starts_with(path) || root.starts_with(path) {
        return Err("it holds the project itself".to_owned());
    }
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    if !metadata.is_dir() {
        return Err("it is no directory".to_owned());
    }
    let is_package_folder = path
        .file_name()
        .is_some_and(|name| PACKAGE_FOLDERS.iter().any(|known| name == *known));
    let known = (!is_package_folder).then(|| locked_names(root));
    for (name, entry, kind) in entries(path).map_err(|error| error.to_string())? {
        if let Some(reason) = objection(&entry, kind, known.as_ref()) {
            return Err(format!("`{name}` in it {reason}"));
        }
    }
    Ok(())
}

/// By name.
fn entries(path: &Path) -> io::Result<Vec<(String, DirEntry, FileType)>> {
    let mut entries = fs::read_dir(path)?
        .map(|entry| {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type()?;
            Ok((name, entry, kind))
        })
        .collect::<io::Result<Vec<_>>>()?;
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(entries)
}

/// Why this is not to be removed. Without names every package is known.
fn objection(
    entry: &DirEntry,
    kind: FileType,
    known: Option<&BTreeSet<String>>,
) -> Option<&'static str> {
    let path = entry.path();
    let is_package = path.join(PROJECT_FILE_NAME).is_file();
    if kind.is_file() {
        return (!is_hidden(entry)).then_some("is a file, and no package");
    }
    if kind.is_symlink() {
        // Of a `local:` package, which may have moved.
        let is_dangling = fs::metadata(&path).is_err();
        return (!is_package && !is_dangling)
            .then_some("is a link to something else than a package");
    }
    if !kind.is_dir() {
        return Some("is no directory");
    }
    let is_empty = fs::read_dir(&path).is_ok_and(|mut it| it.next().is_none());
    if is_empty {
        return None;
    }
    if !is_package {
        return Some("has no dbt_project.yml, so it is no package");
    }
    let is_known = known.is_none_or(|known| known.contains(&*entry.file_name().to_string_lossy()));
    (!is_known).then_some("is a package that package-lock.yml does not list")
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

/// What the installation before this one has installed.
fn locked_names(root: &Path) -> BTreeSet<String> {
    // Without a lock nothing was installed.
    let bytes = fs::read(root.join(LOCK_FILE_NAME)).unwrap_or_default();
    let (tree, _) = Yaml::parse(&String::from_utf8_lossy(&bytes));
    let packages = tree.root().get("packages").map(YamlNode::items);
    let packages = packages.into_iter().flatten();
    packages
        .flat_map(|package| {
            // dbt did not write names into its first locks.
            let of_index = package.get("package").and_then(YamlNode::raw);
            let of_index = of_index.and_then(|it| it.rsplit('/').next());
            [package.get("name").and_then(YamlNode::raw), of_index]
        })
        .flatten()
        .map(str::to_owned)
        .collect()
}

/// A `local:` package that lies in the install path would be removed, and a link to nothing put in its place.
pub(super) fn check_local(name: &str, from: &Path, install_path: &Path) -> Result<(), DepsError> {
    let real = fs::canonicalize(from);
    let is_inside =
        from.starts_with(install_path) || real.is_ok_and(|real| real.starts_with(install_path));
    if !is_inside {
        return Ok(());
    }
    Err(DepsError::InstallPath {
        path: install_path.to_owned(),
        reason: format!("the local package `{name}` lies in it"),
    })
}

/// `.gitkeep` and its like stay, as nobody installs them again.
pub(super) fn keep_hidden_files(path: &Path, packages: &Path) -> io::Result<()> {
    for (name, entry, kind) in entries(path)? {
        if kind.is_file() {
            fs::copy(entry.path(), packages.join(name))?;
        }
    }
    Ok(())
}
