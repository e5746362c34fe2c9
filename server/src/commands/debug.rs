//! `debug`: whether the set-up works: project, profile, connection.

use std::process::ExitCode;

use engine::Fetch;

use crate::{
    open::{OpenConfig, open},
    report,
    run_context::CommandContext,
};

pub(crate) fn run(context: &CommandContext) -> anyhow::Result<ExitCode> {
    let config = OpenConfig::of(&context.invocation, &*context.system, &context.current_dir)?;
    std::env::set_current_dir(&config.root)?;
    report::output(&format!(
        "dagsmith version: {}\ndbt version: {}\nos info: {} {}\nproject: {}\n",
        env!("CARGO_PKG_VERSION"),
        context.metadata.dbt_version,
        std::env::consts::OS,
        std::env::consts::ARCH,
        config.root.join("dbt_project.yml").display(),
    ));
    let project = match open(&*context.system, &config) {
        Ok(project) => project,
        Err(error) => {
            report::output(&format!("configuration: [ERROR {error:#}]\n"));
            return Ok(ExitCode::from(crate::FAILED));
        }
    };
    if let Some(profile) = &project.manifest.profile {
        let shown: Vec<String> = profile
            .target_json()
            .iter()
            .map(|(key, value)| format!("  {key}: {value}\n"))
            .collect();
        report::output(&format!(
            "profile: {} (target `{}`)\n{}",
            profile.name,
            profile.target_name,
            shown.concat()
        ));
    }
    let connected = project.warehouse().and_then(|warehouse| {
        let mut connection = warehouse.connect()?;
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
