//! `debug`: whether the set-up works: project, profile, connection.

use std::process::ExitCode;

use anyhow::bail;
use engine::Fetch;
use project::profiles::{find_profiles_file, without_secrets};

use crate::{
    open::{OpenConfig, open},
    report,
    run_context::CommandContext,
};

/// What opens a folder here.
const OPEN: &str = if cfg!(target_os = "macos") {
    "open"
} else if cfg!(windows) {
    "start"
} else {
    "xdg-open"
};

pub(crate) fn run(context: &CommandContext) -> anyhow::Result<ExitCode> {
    let config = OpenConfig::of(&context.invocation, &*context.system, &context.current_dir)?;
    if context.invocation.is("config_dir") {
        let found = find_profiles_file(
            &*context.system,
            config.profiles_dir.as_deref(),
            &config.root,
        );
        let Ok(path) = found else {
            bail!("there is no profiles.yml; write one, or name its folder with --profiles-dir");
        };
        let folder = path.parent().unwrap_or(&path).display();
        report::output(&format!(
            "To view your profiles.yml file, run:\n\n{OPEN} {folder}\n"
        ));
        return Ok(ExitCode::SUCCESS);
    }
    std::env::set_current_dir(&config.root)?;
    let is_connection_only = context.invocation.is("connection");
    if !is_connection_only {
        report::output(&format!(
            "dagsmith version: {}\ndbt version: {}\nos info: {} {}\nproject: {}\n",
            env!("CARGO_PKG_VERSION"),
            context.metadata.dbt_version,
            std::env::consts::OS,
            std::env::consts::ARCH,
            config.root.join("dbt_project.yml").display(),
        ));
    }
    let project = match open(&*context.system, &config) {
        Ok(project) => project,
        Err(error) => {
            report::output(&format!("configuration: [ERROR {error:#}]\n"));
            return Ok(ExitCode::from(crate::FAILED));
        }
    };
    if let Some(profile) = &project.manifest.profile
        && !is_connection_only
    {
        let shown: Vec<String> = profile
            .target_json()
            .iter()
            .map(|(key, value)| format!("  {key}: {}\n", without_secrets(value)))
            .collect();
        report::output(&format!(
            "profile: {} (target `{}`)\n{}",
            profile.name,
            profile.target_name,
            shown.concat()
        ));
    }
    let connected = project.warehouse(&context.system).and_then(|warehouse| {
        let mut connection = warehouse.connect(&context.cancel)?;
        connection.execute("select 1 as id", &[], Fetch::All)?;
        Ok(())
    });
    match connected {
        Ok(()) => {
            report::output("connection test: [OK connection ok]\n\nAll checks passed!\n");
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            report::output(&format!("connection test: [ERROR {error:#}]\n"));
            Ok(ExitCode::from(crate::FAILED))
        }
    }
}
