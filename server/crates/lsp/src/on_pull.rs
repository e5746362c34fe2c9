//! Diagnostics that the client asks for.
//!
//! Invariant: of one file it is told in one way. An open document is asked for, another file is published, unless the client
//! has asked for those, too.

use tower_lsp::lsp_types::{
    DocumentDiagnosticParams, DocumentDiagnosticReportResult, WorkspaceDiagnosticParams,
    WorkspaceDiagnosticReport, WorkspaceDiagnosticReportResult,
};

use crate::{
    event::{Reply, Request},
    handlers::diagnostics::{document_diagnostic, workspace_reports},
    paths::path_of,
    state::GlobalState,
};

impl GlobalState {
    pub(crate) fn on_pull(
        &mut self,
        params: DocumentDiagnosticParams,
        reply: Reply<DocumentDiagnosticReportResult>,
    ) {
        self.schedule.pulled();
        let uri = params.text_document.uri.clone();
        if self.is_loading(Some(&uri)) {
            self.defer(Request::DocumentDiagnostic(params, reply));
            return;
        }
        let file = path_of(&uri).and_then(|path| self.paths.get(&path));
        let failed = file.map_or_else(Vec::new, |file| self.publisher.failed(file));
        // Without the document: an edit in between is a reason to ask again, not to give up, for this is about all of it.
        self.answer(
            None,
            ((params, failed), reply),
            document_diagnostic,
            |(params, _), reply| Request::DocumentDiagnostic(params, reply),
        );
    }

    pub(crate) fn on_workspace_pull(
        &mut self,
        params: WorkspaceDiagnosticParams,
        reply: Reply<WorkspaceDiagnosticReportResult>,
    ) {
        self.schedule.pulled();
        if !self.pulls_workspace {
            self.pulls_workspace = true;
            for file in self.publisher.shown_files() {
                self.withdraw(file);
            }
        }
        // What the last look at everything has found: the client comes again.
        let mut known = self.publisher.known();
        known.retain(|file, _| self.document(*file).is_none());
        let items = workspace_reports(&self.paths, known, params.previous_result_ids);
        let report = WorkspaceDiagnosticReport { items };
        reply.send(Ok(report.into()));
    }
}
