//! `clean`: removes what `clean-targets` names, inside the project only unless told otherwise.

use std::process::ExitCode;

use anyhow::bail;
use base::{FileId, normalized};
use project::project_file::{PROJECT_FILE_NAME, ProjectFile};

use crate::{open::OpenConfig, report, run_context::CommandContext, yaml_file::read_yaml_as};

pub(crate) fn run(context: &CommandContext) -> anyhow::Result<ExitCode> {
    let config = OpenConfig::of(&context.invocation, &*context.system, &context.current_dir)?;
    let file = config.root.join(PROJECT_FILE_NAME);
    // What a file with an error in it says of directories is no reason to remove any.
    let project = read_yaml_as(&*context.system, &file, |tree| {
        ProjectFile::read(FileId(0), tree, &|text| Ok(text.into()))
    })?;
    let sources = project.paths.all();
    for target in &project.clean_targets {
        let path = normalized(&config.root.join(&**target));
        if context.invocation.is("clean_project_files_only") && !path.starts_with(&config.root) {
            bail!(
                "will not remove {}: it is outside of the project; pass --no-clean-project-files-only if you mean it",
                path.display()
            );
        }
        let holds_sources = sources
            .iter()
            .any(|source| config.root.join(&**source).starts_with(&path));
        if holds_sources || config.root.starts_with(&path) {
            bail!(
                "will not remove {}: it holds the project's own files; correct `clean-targets`",
                path.display()
            );
        }
        // A link that leads nowhere is there, too.
        let is_link = std::fs::symlink_metadata(&path).is_ok_and(|there| there.is_symlink());
        if is_link || context.system.entry(&path).is_some() {
            context.system.remove(&path)?;
        }
        report::output(&format!("Cleaned {target}\n"));
    }
    report::output("Finished cleaning all paths.\n");
    Ok(ExitCode::SUCCESS)
}
