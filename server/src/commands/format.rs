//! `format`: lays out the SQL of files, or tells which ones would change.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use base::LineIndex;

use super::{
    in_memory::INTERRUPTED,
    sql_files::{SqlFile, sql_files},
};
use crate::{report, run_context::CommandContext};

pub(crate) fn run(context: &CommandContext) -> anyhow::Result<ExitCode> {
    let found = sql_files(context)?;
    let (is_check, is_diff) = (
        context.invocation.is("check"),
        context.invocation.is("diff"),
    );
    let mut n_changed = 0;
    for file in &found.files {
        let formatting = found.project.analysis.formatting(file.id, &file.style);
        let formatting = formatting.context(INTERRUPTED)?;
        let Some(formatting) = formatting else {
            continue;
        };
        for left in &formatting.left_alone {
            report::error_line(&left_alone(file, left));
        }
        let Some(after) = formatting.text else {
            continue;
        };
        n_changed += 1;
        if is_diff {
            report::output(&ide::unified_diff(&file.shown, &file.text, &after));
        } else if is_check {
            report::output(&format!("would format {}\n", file.shown));
        } else {
            write(context, file, &after)?;
            report::output(&format!("formatted {}\n", file.shown));
        }
    }
    let verb = if is_check || is_diff {
        "would be"
    } else {
        "were"
    };
    let (changed, all) = (engine::plural(n_changed, "file"), found.files.len());
    if !is_diff {
        report::output(&format!("{changed} of {all} {verb} formatted\n"));
    }
    let is_failed = is_check && n_changed > 0;
    Ok(ExitCode::from(if is_failed { crate::FAILED } else { 0 }))
}

/// In one step, and only over the text that was formatted.
pub(super) fn write(context: &CommandContext, file: &SqlFile, after: &str) -> anyhow::Result<()> {
    let doing = || format!("could not write {}", file.shown);
    let bytes = context.system.read(&file.path).with_context(doing)?;
    let mark = "\u{feff}".as_bytes();
    let (mark, body) = match bytes.strip_prefix(mark) {
        Some(body) if !file.text.starts_with('\u{feff}') => (mark, body),
        _ => (&[][..], bytes.as_slice()),
    };
    if body != file.text.as_bytes() {
        bail!("{} is not UTF-8, or was changed meanwhile", file.shown);
    }
    let written = [mark, after.as_bytes()].concat();
    context
        .system
        .write(&file.path, &written)
        .with_context(doing)
}

fn left_alone(file: &SqlFile, left: &ide::LeftAlone) -> String {
    let at = LineIndex::new(&file.text).line_col(left.range.start);
    let (line, column) = (at.line + 1, at.col + 1);
    format!(
        "{}:{line}:{column}: left as it is: {}",
        file.shown, left.reason
    )
}
