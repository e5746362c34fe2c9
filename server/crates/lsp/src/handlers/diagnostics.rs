//! What is published for one file (when it is, is decided in `diagnose`), `textDocument/diagnostic` and
//! `workspace/diagnostic`

use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
};

use base::FileId;
use tower_lsp::lsp_types::{
    Diagnostic, DocumentDiagnosticParams, DocumentDiagnosticReport, DocumentDiagnosticReportResult,
    FullDocumentDiagnosticReport, PreviousResultId, RelatedFullDocumentDiagnosticReport,
    RelatedUnchangedDocumentDiagnosticReport, UnchangedDocumentDiagnosticReport, Url,
    WorkspaceDocumentDiagnosticReport, WorkspaceFullDocumentDiagnosticReport,
    WorkspaceUnchangedDocumentDiagnosticReport,
};

use super::formatting::style_config;
use crate::{dispatch::Answer, from_proto, paths::Paths, snapshot::Snapshot, to_proto};

/// What is published, and whether a binder may have more to say. Style and binders are for open documents alone, style only
/// where the project has settings for it.
pub(crate) fn diagnostics(
    snapshot: &Snapshot,
    file: FileId,
    is_open: bool,
) -> Answer<(Vec<Diagnostic>, bool)> {
    let mut found = snapshot.analysis.diagnostics(file)?;
    let mut is_unbound = false;
    if is_open && snapshot.binds {
        let bound = snapshot.analysis.binder_findings(file, &found)?;
        found.extend(bound.diagnostics);
        is_unbound = bound.is_unanswered;
    }
    if is_open
        && let Some(text) = snapshot.text(file)?
        && let Some(config) = style_config(snapshot, &text)?
        && config.is_configured
    {
        found.extend(snapshot.analysis.lint(file, &config)?);
    }
    Ok((to_proto::diagnostics(snapshot, file, &found)?, is_unbound))
}

/// What the client asks for, and what runs failed at there.
pub(crate) type Pull = (DocumentDiagnosticParams, Vec<Diagnostic>);

/// The diagnostics of an open document, unless they are those that the client has.
pub(crate) fn document_diagnostic(
    snapshot: &Snapshot,
    (params, failed): &Pull,
) -> Answer<DocumentDiagnosticReportResult> {
    let mut items = Vec::new();
    if let Some(file) = from_proto::file(snapshot, &params.text_document.uri) {
        (items, _) = diagnostics(snapshot, file, true)?;
    }
    items.extend(failed.iter().cloned());
    let result_id = result_id(&items);
    let report = if params.previous_result_id.as_ref() == Some(&result_id) {
        DocumentDiagnosticReport::Unchanged(RelatedUnchangedDocumentDiagnosticReport {
            related_documents: None,
            unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id },
        })
    } else {
        DocumentDiagnosticReport::Full(RelatedFullDocumentDiagnosticReport {
            related_documents: None,
            full_document_diagnostic_report: FullDocumentDiagnosticReport {
                result_id: Some(result_id),
                items,
            },
        })
    };
    Ok(report.into())
}

/// What is known of files that are not open, as far as the client does not have it.
pub(crate) fn workspace_reports(
    paths: &Paths,
    known: BTreeMap<FileId, Vec<Diagnostic>>,
    previous: Vec<PreviousResultId>,
) -> Vec<WorkspaceDocumentDiagnosticReport> {
    let mut previous: HashMap<Url, String> =
        previous.into_iter().map(|it| (it.uri, it.value)).collect();
    let mut reports = Vec::new();
    for (file, items) in known {
        let Some(uri) = paths.uri(file) else { continue };
        let result_id = result_id(&items);
        if previous.remove(&uri).as_ref() == Some(&result_id) {
            reports.push(WorkspaceDocumentDiagnosticReport::Unchanged(
                WorkspaceUnchangedDocumentDiagnosticReport {
                    uri,
                    version: None,
                    unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport {
                        result_id,
                    },
                },
            ));
        } else {
            reports.push(full(uri, Some(result_id), items));
        }
    }
    // Where there was something, and is nothing any more.
    let gone = previous.into_keys().map(|uri| full(uri, None, Vec::new()));
    reports.extend(gone);
    reports
}

fn full(
    uri: Url,
    result_id: Option<String>,
    items: Vec<Diagnostic>,
) -> WorkspaceDocumentDiagnosticReport {
    WorkspaceDocumentDiagnosticReport::Full(WorkspaceFullDocumentDiagnosticReport {
        uri,
        version: None,
        full_document_diagnostic_report: FullDocumentDiagnosticReport { result_id, items },
    })
}

/// The same for the same diagnostics.
fn result_id(items: &[Diagnostic]) -> String {
    let mut hasher = DefaultHasher::new();
    // As the client reads them.
    serde_json::to_string(items)
        .unwrap_or_default()
        .hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
