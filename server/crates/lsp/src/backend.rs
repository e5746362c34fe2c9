//! The tower-lsp side: every message becomes an event, in the order of arrival; there is no logic here.
//!
//! tower-lsp starts handlers in order but lets them run at once, so a handler that awaits before it has sent would let
//! a later edit pass an earlier one. Each method sends before its first await.

use serde_json::Value;
use tower_lsp::{
    LanguageServer,
    jsonrpc::{self, Error},
    lsp_types::{
        CallHierarchyIncomingCall, CallHierarchyIncomingCallsParams, CallHierarchyItem,
        CallHierarchyOutgoingCall, CallHierarchyOutgoingCallsParams, CallHierarchyPrepareParams,
        CodeAction, CodeActionParams, CodeActionResponse, CodeLens, CodeLensParams,
        CompletionParams, CompletionResponse, DidChangeConfigurationParams,
        DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams,
        DidCloseTextDocumentParams, DidOpenTextDocumentParams, DocumentDiagnosticParams,
        DocumentDiagnosticReportResult, DocumentFormattingParams, DocumentHighlight,
        DocumentHighlightParams, DocumentLink, DocumentLinkParams, DocumentOnTypeFormattingParams,
        DocumentRangeFormattingParams, DocumentSymbolParams, DocumentSymbolResponse,
        ExecuteCommandParams, FoldingRange, FoldingRangeParams, GotoDefinitionParams,
        GotoDefinitionResponse, Hover, HoverParams, InitializeParams, InitializeResult,
        InitializedParams, InlayHint, InlayHintParams, LinkedEditingRangeParams,
        LinkedEditingRanges, Location, PrepareRenameResponse, ReferenceParams, RenameFilesParams,
        RenameParams, SelectionRange, SelectionRangeParams, SemanticTokensDeltaParams,
        SemanticTokensFullDeltaResult, SemanticTokensParams, SemanticTokensRangeParams,
        SemanticTokensRangeResult, SemanticTokensResult, SignatureHelp, SignatureHelpParams,
        SymbolInformation, TextDocumentPositionParams, TextEdit, TypeHierarchyItem,
        TypeHierarchyPrepareParams, TypeHierarchySubtypesParams, TypeHierarchySupertypesParams,
        WorkDoneProgressCancelParams, WorkspaceDiagnosticParams, WorkspaceDiagnosticReportResult,
        WorkspaceEdit, WorkspaceSymbolParams,
    },
};

use crate::{
    event::{Event, EventSender, Reply, Request},
    paths::path_of,
    proto_ext::{
        ColumnLineage, ColumnLineageParams, ColumnsParams, CompiledParams, CompiledResult, Lineage,
        LineageParams, ListedTest, NodeColumns, PickedSymbol, Status, SymbolsParams, TestsParams,
    },
    runner::CancelFlag,
};

/// Hands messages to the main loop and answers back.
#[derive(Debug)]
pub(crate) struct Backend {
    pub(crate) events: EventSender,
}

impl Backend {
    /// Sends at once (this function runs up to its await when the handler is first polled) and waits for the answer.
    async fn ask<T>(&self, request: impl FnOnce(Reply<T>) -> Request) -> jsonrpc::Result<T> {
        let (reply, answer) = Reply::new();
        self.events.send(Event::Request(request(reply)));
        // A reply that was dropped means that the loop is gone or failed; either way there is no answer.
        answer
            .await
            .unwrap_or_else(|_| Err(Error::internal_error()))
    }

    pub(crate) async fn compiled(&self, params: CompiledParams) -> jsonrpc::Result<CompiledResult> {
        self.ask(|reply| Request::Compiled(params, reply)).await
    }

    pub(crate) async fn lineage(&self, params: LineageParams) -> jsonrpc::Result<Option<Lineage>> {
        self.ask(|reply| Request::Lineage(params, reply)).await
    }

    pub(crate) async fn column_lineage(
        &self,
        params: ColumnLineageParams,
    ) -> jsonrpc::Result<Option<ColumnLineage>> {
        self.ask(|reply| Request::ColumnLineage(params, reply))
            .await
    }

    pub(crate) async fn columns(
        &self,
        params: ColumnsParams,
    ) -> jsonrpc::Result<Option<NodeColumns>> {
        self.ask(|reply| Request::Columns(params, reply)).await
    }

    pub(crate) async fn status(&self) -> jsonrpc::Result<Status> {
        self.ask(Request::Status).await
    }

    pub(crate) async fn tests(&self, params: TestsParams) -> jsonrpc::Result<Vec<ListedTest>> {
        self.ask(|reply| Request::Tests(params, reply)).await
    }

    pub(crate) async fn symbols(
        &self,
        params: SymbolsParams,
    ) -> jsonrpc::Result<Vec<PickedSymbol>> {
        self.ask(|reply| Request::Symbols(params, reply)).await
    }

    #[expect(clippy::unused_async, reason = "tower-lsp takes only async methods")]
    pub(crate) async fn cancel_progress(&self, params: WorkDoneProgressCancelParams) {
        self.events.send(Event::ProgressCancelled(params.token));
    }
}

/// Stops what was executed for a request that nobody waits for any more. After the answer it has no effect.
struct CancelOnDrop(CancelFlag);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

#[tower_lsp::async_trait]
impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> jsonrpc::Result<InitializeResult> {
        self.ask(|reply| Request::Initialize(Box::new(params), reply))
            .await
    }

    async fn initialized(&self, _: InitializedParams) {
        self.events.send(Event::Initialized);
    }

    async fn shutdown(&self) -> jsonrpc::Result<()> {
        self.ask(Request::Shutdown).await
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        self.events.send(Event::Opened(params));
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        self.events.send(Event::Changed(params));
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.events.send(Event::Closed(params));
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        self.events
            .send(Event::ConfigurationChanged(params.settings));
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        self.events.send(Event::FoldersChanged(params.event));
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        let paths = params.changes.iter().filter_map(|it| path_of(&it.uri));
        self.events.send(Event::FilesChanged(paths.collect()));
    }

    async fn completion(
        &self,
        params: CompletionParams,
    ) -> jsonrpc::Result<Option<CompletionResponse>> {
        self.ask(|reply| Request::Completion(params, reply)).await
    }

    async fn hover(&self, params: HoverParams) -> jsonrpc::Result<Option<Hover>> {
        self.ask(|reply| Request::Hover(params, reply)).await
    }

    async fn goto_definition(
        &self,
        params: GotoDefinitionParams,
    ) -> jsonrpc::Result<Option<GotoDefinitionResponse>> {
        self.ask(|reply| Request::Definition(params, reply)).await
    }

    async fn goto_declaration(
        &self,
        params: GotoDefinitionParams,
    ) -> jsonrpc::Result<Option<GotoDefinitionResponse>> {
        self.ask(|reply| Request::Declaration(params, reply)).await
    }

    async fn goto_type_definition(
        &self,
        params: GotoDefinitionParams,
    ) -> jsonrpc::Result<Option<GotoDefinitionResponse>> {
        self.ask(|reply| Request::TypeDefinition(params, reply))
            .await
    }

    async fn goto_implementation(
        &self,
        params: GotoDefinitionParams,
    ) -> jsonrpc::Result<Option<GotoDefinitionResponse>> {
        self.ask(|reply| Request::Implementation(params, reply))
            .await
    }

    async fn references(&self, params: ReferenceParams) -> jsonrpc::Result<Option<Vec<Location>>> {
        self.ask(|reply| Request::References(params, reply)).await
    }

    async fn diagnostic(
        &self,
        params: DocumentDiagnosticParams,
    ) -> jsonrpc::Result<DocumentDiagnosticReportResult> {
        self.ask(|reply| Request::DocumentDiagnostic(params, reply))
            .await
    }

    async fn workspace_diagnostic(
        &self,
        params: WorkspaceDiagnosticParams,
    ) -> jsonrpc::Result<WorkspaceDiagnosticReportResult> {
        self.ask(|reply| Request::WorkspaceDiagnostic(params, reply))
            .await
    }

    async fn prepare_call_hierarchy(
        &self,
        params: CallHierarchyPrepareParams,
    ) -> jsonrpc::Result<Option<Vec<CallHierarchyItem>>> {
        self.ask(|reply| Request::PrepareCallHierarchy(params, reply))
            .await
    }

    async fn incoming_calls(
        &self,
        params: CallHierarchyIncomingCallsParams,
    ) -> jsonrpc::Result<Option<Vec<CallHierarchyIncomingCall>>> {
        self.ask(|reply| Request::IncomingCalls(params, reply))
            .await
    }

    async fn outgoing_calls(
        &self,
        params: CallHierarchyOutgoingCallsParams,
    ) -> jsonrpc::Result<Option<Vec<CallHierarchyOutgoingCall>>> {
        self.ask(|reply| Request::OutgoingCalls(params, reply))
            .await
    }

    async fn prepare_type_hierarchy(
        &self,
        params: TypeHierarchyPrepareParams,
    ) -> jsonrpc::Result<Option<Vec<TypeHierarchyItem>>> {
        self.ask(|reply| Request::PrepareTypeHierarchy(params, reply))
            .await
    }

    async fn supertypes(
        &self,
        params: TypeHierarchySupertypesParams,
    ) -> jsonrpc::Result<Option<Vec<TypeHierarchyItem>>> {
        self.ask(|reply| Request::Supertypes(params, reply)).await
    }

    async fn subtypes(
        &self,
        params: TypeHierarchySubtypesParams,
    ) -> jsonrpc::Result<Option<Vec<TypeHierarchyItem>>> {
        self.ask(|reply| Request::Subtypes(params, reply)).await
    }

    async fn prepare_rename(
        &self,
        params: TextDocumentPositionParams,
    ) -> jsonrpc::Result<Option<PrepareRenameResponse>> {
        self.ask(|reply| Request::PrepareRename(params, reply))
            .await
    }

    async fn rename(&self, params: RenameParams) -> jsonrpc::Result<Option<WorkspaceEdit>> {
        self.ask(|reply| Request::Rename(params, reply)).await
    }

    async fn will_rename_files(
        &self,
        params: RenameFilesParams,
    ) -> jsonrpc::Result<Option<WorkspaceEdit>> {
        self.ask(|reply| Request::WillRenameFiles(params, reply))
            .await
    }

    async fn document_symbol(
        &self,
        params: DocumentSymbolParams,
    ) -> jsonrpc::Result<Option<DocumentSymbolResponse>> {
        self.ask(|reply| Request::DocumentSymbol(params, reply))
            .await
    }

    async fn symbol(
        &self,
        params: WorkspaceSymbolParams,
    ) -> jsonrpc::Result<Option<Vec<SymbolInformation>>> {
        self.ask(|reply| Request::WorkspaceSymbol(params, reply))
            .await
    }

    async fn code_lens(&self, params: CodeLensParams) -> jsonrpc::Result<Option<Vec<CodeLens>>> {
        self.ask(|reply| Request::CodeLens(params, reply)).await
    }

    async fn code_action(
        &self,
        params: CodeActionParams,
    ) -> jsonrpc::Result<Option<CodeActionResponse>> {
        self.ask(|reply| Request::CodeAction(Box::new(params), reply))
            .await
    }

    async fn code_action_resolve(&self, params: CodeAction) -> jsonrpc::Result<CodeAction> {
        self.ask(|reply| Request::ResolveCodeAction(Box::new(params), reply))
            .await
    }

    async fn signature_help(
        &self,
        params: SignatureHelpParams,
    ) -> jsonrpc::Result<Option<SignatureHelp>> {
        self.ask(|reply| Request::SignatureHelp(params, reply))
            .await
    }

    async fn formatting(
        &self,
        params: DocumentFormattingParams,
    ) -> jsonrpc::Result<Option<Vec<TextEdit>>> {
        self.ask(|reply| Request::Formatting(params, reply)).await
    }

    async fn range_formatting(
        &self,
        params: DocumentRangeFormattingParams,
    ) -> jsonrpc::Result<Option<Vec<TextEdit>>> {
        self.ask(|reply| Request::RangeFormatting(params, reply))
            .await
    }

    async fn folding_range(
        &self,
        params: FoldingRangeParams,
    ) -> jsonrpc::Result<Option<Vec<FoldingRange>>> {
        self.ask(|reply| Request::FoldingRange(params, reply)).await
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> jsonrpc::Result<Option<Vec<InlayHint>>> {
        self.ask(|reply| Request::InlayHint(params, reply)).await
    }

    async fn selection_range(
        &self,
        params: SelectionRangeParams,
    ) -> jsonrpc::Result<Option<Vec<SelectionRange>>> {
        self.ask(|reply| Request::SelectionRange(params, reply))
            .await
    }

    async fn document_highlight(
        &self,
        params: DocumentHighlightParams,
    ) -> jsonrpc::Result<Option<Vec<DocumentHighlight>>> {
        self.ask(|reply| Request::DocumentHighlight(params, reply))
            .await
    }

    async fn document_link(
        &self,
        params: DocumentLinkParams,
    ) -> jsonrpc::Result<Option<Vec<DocumentLink>>> {
        self.ask(|reply| Request::DocumentLink(params, reply)).await
    }

    async fn document_link_resolve(&self, params: DocumentLink) -> jsonrpc::Result<DocumentLink> {
        self.ask(|reply| Request::ResolveDocumentLink(params, reply))
            .await
    }

    async fn semantic_tokens_full(
        &self,
        params: SemanticTokensParams,
    ) -> jsonrpc::Result<Option<SemanticTokensResult>> {
        self.ask(|reply| Request::SemanticTokens(params, reply))
            .await
    }

    async fn semantic_tokens_full_delta(
        &self,
        params: SemanticTokensDeltaParams,
    ) -> jsonrpc::Result<Option<SemanticTokensFullDeltaResult>> {
        self.ask(|reply| Request::SemanticTokensDelta(params, reply))
            .await
    }

    async fn semantic_tokens_range(
        &self,
        params: SemanticTokensRangeParams,
    ) -> jsonrpc::Result<Option<SemanticTokensRangeResult>> {
        self.ask(|reply| Request::SemanticTokensRange(params, reply))
            .await
    }

    async fn linked_editing_range(
        &self,
        params: LinkedEditingRangeParams,
    ) -> jsonrpc::Result<Option<LinkedEditingRanges>> {
        self.ask(|reply| Request::LinkedEditingRange(params, reply))
            .await
    }

    async fn on_type_formatting(
        &self,
        params: DocumentOnTypeFormattingParams,
    ) -> jsonrpc::Result<Option<Vec<TextEdit>>> {
        self.ask(|reply| Request::OnTypeFormatting(params, reply))
            .await
    }

    async fn execute_command(
        &self,
        params: ExecuteCommandParams,
    ) -> jsonrpc::Result<Option<Value>> {
        // `$/cancelRequest` makes tower-lsp drop this future, and the guard with it.
        let cancel = CancelOnDrop(CancelFlag::default());
        let flag = cancel.0.clone();
        self.ask(|reply| Request::ExecuteCommand(params, flag, reply))
            .await
    }
}
