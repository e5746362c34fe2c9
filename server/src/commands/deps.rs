//! `deps`: makes packages available. Local ones are linked into the install path, as dbt does.

use std::{path::Path, process::ExitCode};

use anyhow::{Context as _, bail};
use base::{FileId, normalized};
use project::{
    packages::{PackageSource, PackagesFile},
    project_file::{PROJECT_FILE_NAME, ProjectFile},
};

use crate::{open::OpenConfig, report, run_context::CommandContext, yaml_file::read_yaml};

pub(crate) fn run(context: &CommandContext) -> anyhow::Result<ExitCode> {
    let config = OpenConfig::of(&context.invocation, &*context.system, &context.current_dir)?;
    let read = |path: &Path| read_yaml(&*context.system, path);
    let project = read(&config.root.join(PROJECT_FILE_NAME))?;
    let (project, _) = ProjectFile::read(FileId(0), &project, &|text| Ok(text.into()));
    let install_path = config.root.join(&*project.packages_install_path);
    let mut installed = 0;
    for name in ["packages.yml", "dependencies.yml"] {
        let path = config.root.join(name);
        if !context.system.is_file(&path) {
            continue;
        }
        let (file, diagnostics) =
            PackagesFile::read(FileId(0), &read(&path)?, &|text| Ok(text.into()));
        if let Some(first) = diagnostics.first() {
            bail!("{}: {}", path.display(), first.message);
        }
        for spec in &file.packages {
            let PackageSource::Local { path } = &spec.source else {
                bail!(
                    "only `local:` packages can be installed by this version of dagsmith; install the others with `dbt deps`, which puts them into {}",
                    install_path.display()
                );
            };
            let from = normalized(&config.root.join(&*path.value));
            let package = read(&from.join(PROJECT_FILE_NAME))
                .with_context(|| format!("the local package `{}` cannot be read", path.value))?;
            let name = package
                .root()
                .get("name")
                .and_then(|name| name.raw().map(str::to_owned));
            let name = name.with_context(|| {
                format!("{} has no `name`", from.join(PROJECT_FILE_NAME).display())
            })?;
            // It becomes the name of a directory: `../x` would be one elsewhere.
            if !is_package_name(&name) {
                bail!(
                    "{}: `{name}` is no name for a package; letters, digits and underscores make one",
                    from.join(PROJECT_FILE_NAME).display()
                );
            }
            link(&from, &install_path.join(&name)).with_context(|| {
                format!(
                    "could not link {} into {}",
                    from.display(),
                    install_path.display()
                )
            })?;
            report::output(&format!(
                "Installing {name}\n  Installed from <local @ {}>\n",
                path.value
            ));
            installed += 1;
        }
    }
    if installed == 0 {
        report::output("Warning: No packages were found in packages.yml\n");
    }
    Ok(ExitCode::SUCCESS)
}

fn is_package_name(name: &str) -> bool {
    let is_start = |char: char| char.is_alphabetic() || char == '_';
    name.starts_with(is_start) && name.chars().all(|char| is_start(char) || char.is_numeric())
}

/// A link where there is none yet; a directory that somebody put there stays.
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    if std::fs::symlink_metadata(to).is_ok_and(|there| there.is_symlink()) {
        std::fs::remove_file(to)?;
    } else if to.is_dir() {
        return Ok(());
    }
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent)?;
    }
    #[cfg(unix)]
    return std::os::unix::fs::symlink(from, to);
    #[cfg(windows)]
    return std::os::windows::fs::symlink_dir(from, to);
}
