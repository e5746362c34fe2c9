//! `check`: all that an editor would show of the project, for terminals and CI. Nothing runs.

mod formats;

use std::{path::Path, process::ExitCode};

use anyhow::{Context as _, bail};
use base::{Diagnostic, LineIndex, Severity};

use super::binder::DuckBinder;
use super::in_memory::{INTERRUPTED, InMemory};
use crate::{open::OpenConfig, report, run_context::CommandContext};

/// A diagnostic with its place as people and programs count it: lines and columns from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Relative to the project where it lies in it.
    path: String,
    start: (usize, usize),
    end: (usize, usize),
    severity: Severity,
    code: &'static str,
    message: String,
}

pub(crate) fn run(context: &CommandContext) -> anyhow::Result<ExitCode> {
    let config = OpenConfig::of(&context.invocation, &*context.system, &context.current_dir)?;
    let findings = findings(context, &config)?;
    let shown = shown(context, &findings)?;
    report::output(&shown);
    let has_errors = findings.iter().any(|it| it.severity == Severity::Error);
    Ok(ExitCode::from(if has_errors { crate::FAILED } else { 0 }))
}

/// In the form that is asked for.
pub(super) fn shown(context: &CommandContext, findings: &[Finding]) -> anyhow::Result<String> {
    Ok(match context.invocation.text("format").unwrap_or("text") {
        "text" => formats::text(findings),
        "json" => formats::json(findings),
        "sarif" => formats::sarif(findings),
        "github" => formats::github(findings),
        "gitlab" => formats::gitlab(findings),
        other => bail!("there is no format `{other}`"),
    })
}

/// Of all files that are the user's own, by path and place.
fn findings(context: &CommandContext, config: &OpenConfig) -> anyhow::Result<Vec<Finding>> {
    let project = InMemory::read(context, config);
    let (analysis, paths) = (&project.analysis, &project.paths);
    let (asks_binder, answers) = (context.invocation.is("binder"), project.answers());
    let mut findings = Vec::new();
    for file in analysis.files().context(INTERRUPTED)? {
        let Some(path) = paths.get(&file) else {
            continue;
        };
        let mut found = analysis.diagnostics(file).context(INTERRUPTED)?;
        if asks_binder {
            for question in analysis.bind_questions(file).context(INTERRUPTED)? {
                answers.ask(&DuckBinder, question);
            }
            let bound = analysis.binder_findings(file, &found);
            found.extend(bound.context(INTERRUPTED)?.diagnostics);
        }
        let text = analysis.text(file).unwrap_or_default();
        let lines = LineIndex::new(&text);
        let path = shown_path(path, &config.root);
        findings.extend(
            found
                .into_iter()
                .map(|one| finding(&path, &text, &lines, one)),
        );
    }
    findings.sort_by(|a, b| (&a.path, a.start, a.code).cmp(&(&b.path, b.start, b.code)));
    Ok(findings)
}

pub(super) fn shown_path(path: &Path, root: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    relative.display().to_string().replace('\\', "/")
}

pub(super) fn finding(path: &str, text: &str, lines: &LineIndex, one: Diagnostic) -> Finding {
    let place = |offset: u32| {
        let at = lines.line_col(offset);
        let line_start = (offset - at.col) as usize;
        let before = text.get(line_start..offset as usize).unwrap_or_default();
        (at.line as usize + 1, before.chars().count() + 1)
    };
    Finding {
        path: path.to_owned(),
        start: place(one.range.start),
        end: place(one.range.end),
        severity: one.severity,
        code: one.code,
        message: one.message,
    }
}
