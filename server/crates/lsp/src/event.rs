//! Everything that can happen to the server, as one closed enum, and the queue it waits in.
//!
//! Whoever learns something (the transport, a loader, the watcher, a run) sends an `Event`; only the main loop acts on
//! it. A request carries the way back for its answer, so nobody waits inside a handler.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
};

use base::FileId;
use ide::WarehouseCatalog;
use serde_json::Value;
use tokio::sync::oneshot;
use tower_lsp::{
    jsonrpc,
    lsp_types::{
        CallHierarchyIncomingCall, CallHierarchyIncomingCallsParams, CallHierarchyItem,
        CallHierarchyOutgoingCall, CallHierarchyOutgoingCallsParams, CallHierarchyPrepareParams,
        CodeAction, CodeActionParams, CodeActionResponse, CodeLens, CodeLensParams,
        CompletionParams, CompletionResponse, DidChangeTextDocumentParams,
        DidCloseTextDocumentParams, DidOpenTextDocumentParams, DocumentDiagnosticParams,
        DocumentDiagnosticReportResult, DocumentFormattingParams, DocumentHighlight,
        DocumentHighlightParams, DocumentLink, DocumentLinkParams, DocumentOnTypeFormattingParams,
        DocumentRangeFormattingParams, DocumentSymbolParams, DocumentSymbolResponse,
        ExecuteCommandParams, FoldingRange, FoldingRangeParams, GotoDefinitionParams,
        GotoDefinitionResponse, Hover, HoverParams, InitializeParams, InitializeResult, InlayHint,
        InlayHintParams, LinkedEditingRangeParams, LinkedEditingRanges, Location,
        PrepareRenameResponse, ProgressToken, ReferenceParams, RenameFilesParams, RenameParams,
        SelectionRange, SelectionRangeParams, SemanticTokensDeltaParams,
        SemanticTokensFullDeltaResult, SemanticTokensParams, SemanticTokensRangeParams,
        SemanticTokensRangeResult, SemanticTokensResult, SignatureHelp, SignatureHelpParams,
        SymbolInformation, TextDocumentPositionParams, TextEdit, TypeHierarchyItem,
        TypeHierarchyPrepareParams, TypeHierarchySubtypesParams, TypeHierarchySupertypesParams,
        WorkspaceDiagnosticParams, WorkspaceDiagnosticReportResult, WorkspaceEdit,
        WorkspaceFoldersChangeEvent, WorkspaceSymbolParams,
    },
};

use crate::{
    last_run::{LastRun, PlacedFailure},
    loader::LoadOutcome,
    proto_ext::{
        ColumnLineage, ColumnLineageParams, ColumnsParams, CompiledParams, CompiledResult, Lineage,
        LineageParams, ListedTest, NodeColumns, PickedSymbol, Status, SymbolsParams, TestsParams,
    },
    publish::Diagnosed,
    runner::CancelFlag,
    runs::RunMessage,
};

/// Something happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// The client wants an answer.
    Request(Request),
    Initialized,
    Opened(DidOpenTextDocumentParams),
    Changed(DidChangeTextDocumentParams),
    Closed(DidCloseTextDocumentParams),
    FoldersChanged(WorkspaceFoldersChangeEvent),
    /// `settings` of `workspace/didChangeConfiguration`.
    ConfigurationChanged(Value),
    /// The section `dagsmith`, as the client answered.
    Configuration(Value),
    /// Files that changed, came or went; from the client or from our own watcher.
    FilesChanged(Vec<PathBuf>),
    /// The client made a place for this progress.
    ProgressCreated(ProgressToken),
    /// The user pressed the cross at this progress.
    ProgressCancelled(ProgressToken),
    /// A loader is done with projects or with a list of folders.
    Loaded(LoadOutcome),
    /// What a project's warehouse has, as far as it was asked.
    Catalog {
        root: PathBuf,
        catalog: Arc<WarehouseCatalog>,
    },
    /// What the last run before this session failed at.
    LastRun(LastRun),
    /// The same, with places.
    LastRunPlaced(Vec<PlacedFailure>),
    /// An edit came before everything was computed that questions about a project need.
    Interrupted(Arc<Path>),
    /// Diagnostics were computed.
    Diagnosed(Diagnosed),
    /// A binder was asked about these files.
    Bound(Vec<FileId>),
    /// News from a run.
    Run(RunMessage),
    /// The client is gone, or wants us to be.
    Stop,
}

/// A question, and where its answer goes.
#[derive(Debug)]
pub(crate) enum Request {
    Initialize(Box<InitializeParams>, Reply<InitializeResult>),
    Shutdown(Reply<()>),
    Completion(CompletionParams, Reply<Option<CompletionResponse>>),
    Hover(HoverParams, Reply<Option<Hover>>),
    Definition(GotoDefinitionParams, Reply<Option<GotoDefinitionResponse>>),
    Declaration(GotoDefinitionParams, Reply<Option<GotoDefinitionResponse>>),
    TypeDefinition(GotoDefinitionParams, Reply<Option<GotoDefinitionResponse>>),
    Implementation(GotoDefinitionParams, Reply<Option<GotoDefinitionResponse>>),
    References(ReferenceParams, Reply<Option<Vec<Location>>>),
    PrepareCallHierarchy(
        CallHierarchyPrepareParams,
        Reply<Option<Vec<CallHierarchyItem>>>,
    ),
    IncomingCalls(
        CallHierarchyIncomingCallsParams,
        Reply<Option<Vec<CallHierarchyIncomingCall>>>,
    ),
    OutgoingCalls(
        CallHierarchyOutgoingCallsParams,
        Reply<Option<Vec<CallHierarchyOutgoingCall>>>,
    ),
    PrepareTypeHierarchy(
        TypeHierarchyPrepareParams,
        Reply<Option<Vec<TypeHierarchyItem>>>,
    ),
    Supertypes(
        TypeHierarchySupertypesParams,
        Reply<Option<Vec<TypeHierarchyItem>>>,
    ),
    Subtypes(
        TypeHierarchySubtypesParams,
        Reply<Option<Vec<TypeHierarchyItem>>>,
    ),
    PrepareRename(
        TextDocumentPositionParams,
        Reply<Option<PrepareRenameResponse>>,
    ),
    DocumentDiagnostic(
        DocumentDiagnosticParams,
        Reply<DocumentDiagnosticReportResult>,
    ),
    WorkspaceDiagnostic(
        WorkspaceDiagnosticParams,
        Reply<WorkspaceDiagnosticReportResult>,
    ),
    Rename(RenameParams, Reply<Option<WorkspaceEdit>>),
    WillRenameFiles(RenameFilesParams, Reply<Option<WorkspaceEdit>>),
    DocumentSymbol(DocumentSymbolParams, Reply<Option<DocumentSymbolResponse>>),
    WorkspaceSymbol(WorkspaceSymbolParams, Reply<Option<Vec<SymbolInformation>>>),
    CodeLens(CodeLensParams, Reply<Option<Vec<CodeLens>>>),
    CodeAction(Box<CodeActionParams>, Reply<Option<CodeActionResponse>>),
    SignatureHelp(SignatureHelpParams, Reply<Option<SignatureHelp>>),
    Formatting(DocumentFormattingParams, Reply<Option<Vec<TextEdit>>>),
    RangeFormatting(DocumentRangeFormattingParams, Reply<Option<Vec<TextEdit>>>),
    FoldingRange(FoldingRangeParams, Reply<Option<Vec<FoldingRange>>>),
    InlayHint(InlayHintParams, Reply<Option<Vec<InlayHint>>>),
    SelectionRange(SelectionRangeParams, Reply<Option<Vec<SelectionRange>>>),
    DocumentHighlight(
        DocumentHighlightParams,
        Reply<Option<Vec<DocumentHighlight>>>,
    ),
    DocumentLink(DocumentLinkParams, Reply<Option<Vec<DocumentLink>>>),
    ResolveDocumentLink(DocumentLink, Reply<DocumentLink>),
    ResolveCodeAction(Box<CodeAction>, Reply<CodeAction>),
    SemanticTokens(SemanticTokensParams, Reply<Option<SemanticTokensResult>>),
    SemanticTokensDelta(
        SemanticTokensDeltaParams,
        Reply<Option<SemanticTokensFullDeltaResult>>,
    ),
    SemanticTokensRange(
        SemanticTokensRangeParams,
        Reply<Option<SemanticTokensRangeResult>>,
    ),
    LinkedEditingRange(LinkedEditingRangeParams, Reply<Option<LinkedEditingRanges>>),
    OnTypeFormatting(DocumentOnTypeFormattingParams, Reply<Option<Vec<TextEdit>>>),
    ExecuteCommand(ExecuteCommandParams, CancelFlag, Reply<Option<Value>>),
    Compiled(CompiledParams, Reply<CompiledResult>),
    Lineage(LineageParams, Reply<Option<Lineage>>),
    ColumnLineage(ColumnLineageParams, Reply<Option<ColumnLineage>>),
    Columns(ColumnsParams, Reply<Option<NodeColumns>>),
    Status(Reply<Status>),
    Symbols(SymbolsParams, Reply<Vec<PickedSymbol>>),
    Tests(TestsParams, Reply<Vec<ListedTest>>),
}

/// The way back to whoever asked.
#[derive(Debug)]
pub(crate) struct Reply<T> {
    tx: oneshot::Sender<jsonrpc::Result<T>>,
}

impl<T> Reply<T> {
    pub(crate) fn new() -> (Self, oneshot::Receiver<jsonrpc::Result<T>>) {
        let (tx, rx) = oneshot::channel();
        (Self { tx }, rx)
    }

    pub(crate) fn send(self, answer: jsonrpc::Result<T>) {
        // Nobody listens to the answer of a cancelled request.
        let _ = self.tx.send(answer);
    }

    /// The request was cancelled.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.tx.is_closed()
    }
}

/// The main loop's mailbox; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct EventSender {
    tx: mpsc::Sender<Event>,
}

impl EventSender {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Event>) {
        let (tx, rx) = mpsc::channel();
        (Self { tx }, rx)
    }

    pub(crate) fn send(&self, event: Event) {
        // The loop is gone only when the process is about to end.
        let _ = self.tx.send(event);
    }
}
