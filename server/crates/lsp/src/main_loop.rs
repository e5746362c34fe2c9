//! The main loop: one thread, one owner, one event after the other.
//!
//! All edits that wait are taken together before the analysis is told, so that a fast typist or a slow machine costs
//! one change, not many. A request sees every edit that came before it.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::Instant,
};

use tower_lsp::lsp_types::{ProgressToken, TextDocumentPositionParams, Url};

use crate::{
    event::{Event, Request},
    handlers,
    state::GlobalState,
};

/// So many events at most are taken before what is due is started: a flood must not starve it.
const MAX_EVENTS_PER_TURN: usize = 256;

/// Runs until `Event::Stop`, or until nobody can send events any more.
pub(crate) fn run(mut state: GlobalState, events: &Receiver<Event>) {
    loop {
        let next = match state.next_due() {
            Some(due) => events.recv_timeout(due.saturating_duration_since(Instant::now())),
            None => events.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        let mut next = match next {
            Ok(event) => Some(event),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let mut n_taken = 0;
        while let Some(event) = next {
            if matches!(event, Event::Stop) {
                state.runs.cancel_all(None);
                return;
            }
            state.on_event(event);
            n_taken += 1;
            // What is left over comes first in the next turn.
            next = if n_taken < MAX_EVENTS_PER_TURN {
                events.try_recv().ok()
            } else {
                None
            };
        }
        let now = Instant::now();
        state.apply_edits();
        state.diagnose_due(now);
        state.progresses.show_due(now);
    }
}

impl GlobalState {
    fn on_event(&mut self, event: Event) {
        match event {
            Event::Request(request) => self.on_request(request),
            Event::Initialized => self.on_initialized(),
            Event::Opened(params) => self.on_opened(params),
            Event::Changed(params) => self.on_changed(params),
            Event::Closed(params) => self.on_closed(&params),
            Event::FoldersChanged(change) => self.on_folders_changed(&change),
            Event::ConfigurationChanged(settings) => self.on_configuration_changed(&settings),
            Event::Configuration(section) => self.on_configuration(section),
            Event::FilesChanged(paths) => self.on_files_changed(&paths),
            Event::ProgressCreated(token) => self.progresses.created(&token),
            Event::ProgressCancelled(token) => self.on_progress_cancelled(&token),
            Event::Loaded(outcome) => self.on_loaded(outcome),
            Event::Catalog { root, catalog } => self.on_catalog(&root, catalog),
            Event::LastRun(run) => self.on_last_run(run),
            Event::LastRunPlaced(placed) => self.on_last_run_placed(placed),
            Event::Interrupted(root) => self.schedule.prime(root),
            Event::Diagnosed(diagnosed) => self.on_diagnosed(diagnosed),
            Event::Bound(files) => self.on_bound(&files),
            Event::Run(message) => self.on_run_message(message),
            // The loop looks for it before it comes here.
            Event::Stop => {}
        }
    }

    fn on_progress_cancelled(&mut self, token: &ProgressToken) {
        if let Some(progress) = self.progresses.by_token(token) {
            self.runs.cancel_progress(progress);
        }
    }

    /// A table: what answers what.
    #[expect(clippy::too_many_lines, reason = "one row for each request")]
    pub(crate) fn on_request(&mut self, request: Request) {
        // A request sees the edits that came before it.
        self.apply_edits();
        match request {
            Request::Initialize(params, reply) => reply.send(Ok(self.on_initialize(&params))),
            Request::Shutdown(reply) => {
                self.runs.cancel_all(None);
                reply.send(Ok(()));
            }
            Request::Completion(params, reply) => self.answer(
                Some(document(&params.text_document_position)),
                (params, reply),
                handlers::completion::completion,
                Request::Completion,
            ),
            Request::Hover(params, reply) => self.answer(
                Some(document(&params.text_document_position_params)),
                (params, reply),
                handlers::hover::hover,
                Request::Hover,
            ),
            Request::Definition(params, reply) => self.answer(
                Some(document(&params.text_document_position_params)),
                (params, reply),
                handlers::definition::definition,
                Request::Definition,
            ),
            Request::Declaration(params, reply) => self.answer(
                Some(document(&params.text_document_position_params)),
                (params, reply),
                handlers::definition::declaration,
                Request::Declaration,
            ),
            Request::TypeDefinition(params, reply) => self.answer(
                Some(document(&params.text_document_position_params)),
                (params, reply),
                handlers::definition::type_definition,
                Request::TypeDefinition,
            ),
            Request::Implementation(params, reply) => self.answer(
                Some(document(&params.text_document_position_params)),
                (params, reply),
                handlers::definition::implementation,
                Request::Implementation,
            ),
            Request::References(params, reply) => self.answer(
                Some(document(&params.text_document_position)),
                (params, reply),
                handlers::references::references,
                Request::References,
            ),
            Request::PrepareCallHierarchy(params, reply) => self.answer(
                Some(document(&params.text_document_position_params)),
                (params, reply),
                handlers::call_hierarchy::prepare,
                Request::PrepareCallHierarchy,
            ),
            Request::IncomingCalls(params, reply) => self.answer(
                None,
                (params, reply),
                handlers::call_hierarchy::incoming,
                Request::IncomingCalls,
            ),
            Request::OutgoingCalls(params, reply) => self.answer(
                None,
                (params, reply),
                handlers::call_hierarchy::outgoing,
                Request::OutgoingCalls,
            ),
            Request::DocumentDiagnostic(params, reply) => self.on_pull(params, reply),
            Request::WorkspaceDiagnostic(params, reply) => self.on_workspace_pull(params, reply),
            Request::PrepareTypeHierarchy(params, reply) => self.answer(
                Some(document(&params.text_document_position_params)),
                (params, reply),
                handlers::type_hierarchy::prepare,
                Request::PrepareTypeHierarchy,
            ),
            Request::Supertypes(params, reply) => self.answer(
                None,
                (params, reply),
                handlers::type_hierarchy::supertypes,
                Request::Supertypes,
            ),
            Request::Subtypes(params, reply) => self.answer(
                None,
                (params, reply),
                handlers::type_hierarchy::subtypes,
                Request::Subtypes,
            ),
            Request::PrepareRename(params, reply) => self.answer(
                Some(document(&params)),
                (params, reply),
                handlers::rename::prepare_rename,
                Request::PrepareRename,
            ),
            Request::Rename(params, reply) => self.answer(
                Some(document(&params.text_document_position)),
                (params, reply),
                handlers::rename::rename,
                Request::Rename,
            ),
            Request::WillRenameFiles(params, reply) => self.answer(
                None,
                (params, reply),
                handlers::rename::will_rename_files,
                Request::WillRenameFiles,
            ),
            Request::DocumentSymbol(params, reply) => self.answer(
                Some(params.text_document.uri.clone()),
                (params, reply),
                handlers::document_symbol::document_symbol,
                Request::DocumentSymbol,
            ),
            Request::WorkspaceSymbol(params, reply) => self.answer(
                None,
                (params, reply),
                handlers::workspace_symbol::workspace_symbol,
                Request::WorkspaceSymbol,
            ),
            Request::CodeLens(params, reply) => self.answer(
                Some(params.text_document.uri.clone()),
                (params, reply),
                handlers::code_lens::code_lens,
                Request::CodeLens,
            ),
            Request::CodeAction(params, reply) => self.answer(
                Some(params.text_document.uri.clone()),
                (params, reply),
                |snapshot, params| handlers::code_action::code_action(snapshot, params),
                Request::CodeAction,
            ),
            Request::ResolveCodeAction(params, reply) => self.answer(
                None,
                (params, reply),
                |snapshot, params| handlers::refactoring::resolve(snapshot, params),
                Request::ResolveCodeAction,
            ),
            Request::SignatureHelp(params, reply) => self.answer(
                Some(document(&params.text_document_position_params)),
                (params, reply),
                handlers::signature_help::signature_help,
                Request::SignatureHelp,
            ),
            Request::Formatting(params, reply) => self.answer(
                Some(params.text_document.uri.clone()),
                (params, reply),
                handlers::formatting::formatting,
                Request::Formatting,
            ),
            Request::RangeFormatting(params, reply) => self.answer(
                Some(params.text_document.uri.clone()),
                (params, reply),
                handlers::formatting::range_formatting,
                Request::RangeFormatting,
            ),
            Request::FoldingRange(params, reply) => self.answer(
                Some(params.text_document.uri.clone()),
                (params, reply),
                handlers::folding_range::folding_range,
                Request::FoldingRange,
            ),
            Request::InlayHint(params, reply) => self.answer(
                Some(params.text_document.uri.clone()),
                (params, reply),
                handlers::inlay_hint::inlay_hint,
                Request::InlayHint,
            ),
            Request::SelectionRange(params, reply) => self.answer(
                Some(params.text_document.uri.clone()),
                (params, reply),
                handlers::selection_range::selection_range,
                Request::SelectionRange,
            ),
            Request::DocumentHighlight(params, reply) => self.answer(
                Some(document(&params.text_document_position_params)),
                (params, reply),
                handlers::document_highlight::document_highlight,
                Request::DocumentHighlight,
            ),
            Request::DocumentLink(params, reply) => self.answer(
                Some(params.text_document.uri.clone()),
                (params, reply),
                handlers::document_link::document_link,
                Request::DocumentLink,
            ),
            Request::ResolveDocumentLink(params, reply) => self.answer(
                None,
                (params, reply),
                handlers::document_link::resolve,
                Request::ResolveDocumentLink,
            ),
            Request::SemanticTokens(params, reply) => self.answer(
                Some(params.text_document.uri.clone()),
                (params, reply),
                handlers::semantic_tokens::full,
                Request::SemanticTokens,
            ),
            Request::SemanticTokensDelta(params, reply) => self.answer(
                Some(params.text_document.uri.clone()),
                (params, reply),
                handlers::semantic_tokens::delta,
                Request::SemanticTokensDelta,
            ),
            Request::SemanticTokensRange(params, reply) => self.answer(
                Some(params.text_document.uri.clone()),
                (params, reply),
                handlers::semantic_tokens::range,
                Request::SemanticTokensRange,
            ),
            Request::LinkedEditingRange(params, reply) => self.answer(
                Some(document(&params.text_document_position_params)),
                (params, reply),
                handlers::linked_editing_range::linked_editing_range,
                Request::LinkedEditingRange,
            ),
            Request::OnTypeFormatting(params, reply) => self.answer(
                Some(document(&params.text_document_position)),
                (params, reply),
                handlers::on_type_formatting::on_type_formatting,
                Request::OnTypeFormatting,
            ),
            Request::ExecuteCommand(params, cancel, reply) => {
                self.on_command(params, cancel, reply);
            }
            Request::Compiled(params, reply) => self.on_compiled_request(params, reply),
            Request::Lineage(params, reply) => self.answer(
                Some(params.text_document.uri.clone()),
                (params, reply),
                handlers::lineage::lineage,
                Request::Lineage,
            ),
            Request::ColumnLineage(params, reply) => self.answer(
                Some(params.text_document.uri.clone()),
                (params, reply),
                handlers::column_lineage::column_lineage,
                Request::ColumnLineage,
            ),
            Request::Columns(params, reply) => self.answer(
                Some(params.text_document.uri.clone()),
                (params, reply),
                handlers::columns::columns,
                Request::Columns,
            ),
            Request::Status(reply) => reply.send(Ok(self.status())),
            Request::Symbols(params, reply) => self.answer(
                None,
                (params, reply),
                handlers::picked_symbols::picked_symbols,
                Request::Symbols,
            ),
            Request::Tests(params, reply) => self.answer(
                Some(params.root.clone()),
                (params, reply),
                handlers::tests_list::tests_list,
                Request::Tests,
            ),
        }
    }
}

/// The document that a position is in.
fn document(position: &TextDocumentPositionParams) -> Url {
    position.text_document.uri.clone()
}
