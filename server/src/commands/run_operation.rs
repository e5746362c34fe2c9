//! `run-operation`: calls one macro.

use std::{collections::BTreeSet, process::ExitCode};

use anyhow::Context as _;

use crate::{
    open::{OpenConfig, mapping, open},
    report,
    run_context::CommandContext,
};

pub(crate) fn run(context: &CommandContext) -> anyhow::Result<ExitCode> {
    let name = context
        .invocation
        .positional
        .first()
        .context("name the macro: `dagsmith run-operation my_macro`")?;
    let args = mapping(context.invocation.text("args").unwrap_or("{}"))
        .context("--args takes a YAML mapping")?;
    let config = OpenConfig::of(&context.invocation, &*context.system, &context.current_dir)?;
    std::env::set_current_dir(&config.root)?;
    let project = open(&*context.system, &config)?;
    context.accept(&project)?;
    let session = context.session(&project, &BTreeSet::new())?;
    match engine::run_operation(&session, name, &args) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(message) => {
            report::error_line(&format!(
                "Encountered an error while running operation: {message}"
            ));
            Ok(ExitCode::from(crate::FAILED))
        }
    }
}
