//! `deps`: decides on packages, writes that down in package-lock.yml, and installs them. The only command that uses
//! the network for more than the warehouse.

use std::{path::Path, process::ExitCode};

use analysis::render_packages_text;
use base::FileId;
use deps::{
    AddRequest, AddSource, DepsError, FetchConfig, Fetcher, HUB_URL, LOCK_FILE_NAME, Listener,
    ResolveConfig, WorkDir, add_package, install, is_current, lock_text, locked, packages_section,
    resolve,
};
use engine::{Event, MessageLevel};
use project::{
    profiles::Secrets,
    project_file::{DBT_VERSION, PROJECT_FILE_NAME, ProjectFile},
};

use crate::{open::OpenConfig, run_context::CommandContext, yaml_file::read_yaml};

pub(crate) fn run(context: &CommandContext) -> anyhow::Result<ExitCode> {
    let config = OpenConfig::of(&context.invocation, &*context.system, &context.current_dir)?;
    let (system, root) = (&*context.system, config.root.as_path());
    let mut settings = config.settings.clone();
    settings.env = system.env_vars().into_iter().collect();
    let render = |text: &str| render_packages_text(&settings, text);
    let tree = read_yaml(system, &root.join(PROJECT_FILE_NAME))?;
    let (project, _) = ProjectFile::read(FileId(0), &tree, &render);
    let mut section = packages_section(system, root, &render)?;
    if let Some(text) = context.invocation.text("add_package") {
        let request = AddRequest::parse(text, add_source(context));
        let added = add_package(system, &section, &request, context)?;
        system.write(&added.path, added.text.as_bytes())?;
        section = packages_section(system, root, &render)?;
    }
    if section.is_empty() {
        context.info("Warning: No packages were found in packages.yml");
        return Ok(ExitCode::SUCCESS);
    }
    let hub_url = system.env_var("DBT_PACKAGE_HUB_URL");
    let hub_url = hub_url.filter(|url| !url.is_empty());
    let work_dir = WorkDir::new(root, Path::new(&*project.packages_install_path))?;
    let downloads = work_dir.downloads();
    let fetch_config = FetchConfig {
        root,
        downloads: &downloads,
        hub_url: hub_url.as_deref().unwrap_or(HUB_URL),
        render: &render,
    };
    let fetcher = Fetcher::new(system, context, fetch_config);
    let resolve_config = ResolveConfig {
        root_name: &project.name.value,
        dbt_version: context
            .invocation
            .is("version_check")
            .then_some(DBT_VERSION),
    };
    if context.invocation.is("upgrade") || !is_current(system, root, &section) {
        let resolved = resolve(&section, &fetcher, resolve_config)?;
        let path = root.join(LOCK_FILE_NAME);
        let text = lock_text(
            &resolved,
            &section,
            &Secrets::load(&base::OsSystem),
            context,
        )?;
        system.write(&path, text.as_bytes())?;
        context.info(&format!(
            "Updating lock file in file path: {}",
            path.display()
        ));
    }
    if !context.invocation.is("lock") {
        let packages = locked(system, root, &render, &fetcher, resolve_config)?;
        install(&packages, &fetcher, &work_dir)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn add_source(context: &CommandContext) -> AddSource {
    match context.invocation.text("source") {
        Some("git") => AddSource::Git,
        Some("local") => AddSource::Local,
        _ => AddSource::Hub,
    }
}

impl Listener for CommandContext {
    fn info(&self, text: &str) {
        self.tell(MessageLevel::Info, text);
    }

    fn debug(&self, text: &str) {
        self.tell(MessageLevel::Debug, text);
    }

    fn warn(&self, event: &'static str, text: &str) -> Result<(), DepsError> {
        CommandContext::warn(self, event, text)
            .map_err(|error| DepsError::Warned(error.to_string()))
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.is_interrupted()
    }
}

impl CommandContext {
    fn tell(&self, level: MessageLevel, text: &str) {
        self.reporter.report(&Event::Message {
            level,
            text,
            event: "Formatting",
            node: None,
        });
    }
}
