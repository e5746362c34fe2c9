//! `run-operation`: calls one macro.

use std::{collections::BTreeSet, process::ExitCode};

use anyhow::Context as _;

use crate::{open::mapping, report, run_context::CommandContext};

pub(crate) fn run(context: &CommandContext) -> anyhow::Result<ExitCode> {
    let name = context
        .invocation
        .positional
        .first()
        .context("name the macro: `dagsmith run-operation my_macro`")?;
    let args = mapping(context.invocation.text("args").unwrap_or("{}"))
        .context("--args takes a YAML mapping")?;
    let project = context.open()?;
    let session = context.session(&project, &BTreeSet::new())?;
    match engine::run_operation(&session, &context.metadata, name, &args) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(message) => {
            report::error_line(&format!(
                "Encountered an error while running operation: {message}"
            ));
            Ok(ExitCode::from(crate::FAILED))
        }
    }
}
