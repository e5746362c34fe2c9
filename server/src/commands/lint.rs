//! `lint`: what rules find in the SQL of files, in the forms of `check`; and their fixes.

use std::process::ExitCode;

use base::{Diagnostic, LineIndex, Severity};

use super::{
    check::{Finding, finding, shown},
    format::write,
    sql_files::{SqlFile, sql_files},
};
use crate::{report, run_context::CommandContext};

/// A fix may make room for another.
const MAX_ROUNDS: usize = 10;

pub(crate) fn run(context: &CommandContext) -> anyhow::Result<ExitCode> {
    let found = sql_files(context)?;
    let mut findings = Vec::new();
    for file in &found.files {
        let mut text = file.text.to_string();
        if context.invocation.is("fix") {
            text = mended(file);
            if *text != *file.text {
                write(context, file, &text)?;
            }
        }
        findings.extend(findings_of(file, &text));
    }
    report::output(&shown(context, &findings)?);
    let is_failed = !findings.is_empty();
    Ok(ExitCode::from(if is_failed { crate::FAILED } else { 0 }))
}

fn mended(file: &SqlFile) -> String {
    let mut text = file.text.to_string();
    for _ in 0..MAX_ROUNDS {
        match ide::fixed(&text, &ide::lint(&text, &file.style)) {
            Some(next) => text = next,
            None => break,
        }
    }
    text
}

fn findings_of(file: &SqlFile, text: &str) -> Vec<Finding> {
    let lines = LineIndex::new(text);
    let found = ide::lint(text, &file.style).into_iter();
    let diagnostics = found.map(|it| Diagnostic {
        range: it.range,
        severity: Severity::Warning,
        code: it.code,
        message: it.message,
        related: Vec::new(),
        fix: None,
    });
    diagnostics
        .map(|it| finding(&file.shown, text, &lines, it))
        .collect()
}
