//! What the client can do, and what we tell it that we can.

use serde_json::{Value, json};
use tower_lsp::lsp_types::{
    CallHierarchyServerCapability, CodeActionKind, CodeActionOptions, CodeActionProviderCapability,
    CodeLensOptions, CompletionOptions, DeclarationCapability, DiagnosticOptions,
    DiagnosticServerCapabilities, DocumentLinkOptions, ExecuteCommandOptions, FileOperationFilter,
    FileOperationPattern, FileOperationPatternKind, FileOperationRegistrationOptions,
    FoldingRangeProviderCapability, GotoCapability, HoverProviderCapability,
    ImplementationProviderCapability, InitializeParams, InitializeResult,
    LinkedEditingRangeServerCapabilities, MarkupKind, OneOf, RenameOptions, ResourceOperationKind,
    SaveOptions, SelectionRangeProviderCapability, SemanticTokensFullOptions,
    SemanticTokensOptions, SemanticTokensServerCapabilities, ServerCapabilities, ServerInfo,
    SignatureHelpOptions, TextDocumentSyncCapability, TextDocumentSyncKind,
    TextDocumentSyncOptions, TextDocumentSyncSaveOptions, TypeDefinitionProviderCapability,
    WorkDoneProgressOptions, WorkspaceFileOperationsServerCapabilities,
    WorkspaceFoldersServerCapabilities, WorkspaceServerCapabilities,
};

use crate::{encoding::PositionEncoding, handlers};

/// What the client can do; everything is off unless it said so.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "that is what capabilities are"
)]
pub(crate) struct ClientFeatures {
    pub(crate) encoding: PositionEncoding,
    /// Answers `workspace/configuration`.
    pub(crate) configuration: bool,
    /// Wants to be asked for `didChangeConfiguration`.
    pub(crate) register_configuration: bool,
    /// Watches files for us when asked.
    pub(crate) watches_files: bool,
    pub(crate) create_progress: bool,
    pub(crate) related_information: bool,
    /// Shows what is unused or deprecated as such.
    pub(crate) diagnostic_tags: bool,
    pub(crate) snippets: bool,
    /// Takes places in a signature's label for its parameters.
    pub(crate) label_offsets: bool,
    pub(crate) hover_markdown: bool,
    pub(crate) hierarchical_symbols: bool,
    pub(crate) definition_links: bool,
    pub(crate) declaration_links: bool,
    pub(crate) type_definition_links: bool,
    pub(crate) implementation_links: bool,
    pub(crate) code_action_literals: bool,
    /// Asks for what an action does when it is chosen.
    pub(crate) resolves_code_actions: bool,
    pub(crate) show_document: bool,
    /// Makes files as part of an edit.
    pub(crate) create_files: bool,
    /// Renames files as part of an edit.
    pub(crate) rename_files: bool,
    /// Tells the user what edits are for.
    pub(crate) change_annotations: bool,
    /// Asks before a place is renamed.
    pub(crate) prepare_rename: bool,
    pub(crate) refresh_code_lenses: bool,
    pub(crate) refresh_inlay_hints: bool,
    /// Makes edits that it did not ask for.
    pub(crate) apply_edit: bool,
    /// Asks for diagnostics, and again when it is told to.
    pub(crate) pull_diagnostics: bool,
    /// Shows compiled SQL itself.
    pub(crate) compiled_document: bool,
    /// Shows results of commands itself.
    pub(crate) results: bool,
}

impl ClientFeatures {
    pub(crate) fn read(params: &InitializeParams) -> Self {
        let capabilities = &params.capabilities;
        let ours = capabilities
            .experimental
            .as_ref()
            .and_then(|it| it.get("dagsmith"));
        let has = |key| ours.and_then(|it| it.get(key)).and_then(Value::as_bool) == Some(true);
        let mut features = Self {
            encoding: PositionEncoding::negotiate(params),
            compiled_document: has("compiledDocument"),
            results: has("results"),
            ..Self::default()
        };
        features.read_workspace(params);
        features.read_documents(params);
        features
    }

    fn read_workspace(&mut self, params: &InitializeParams) {
        if let Some(window) = &params.capabilities.window {
            self.create_progress = window.work_done_progress == Some(true);
            self.show_document = window.show_document.as_ref().is_some_and(|it| it.support);
        }
        let Some(workspace) = &params.capabilities.workspace else {
            return;
        };
        self.configuration = workspace.configuration == Some(true);
        self.apply_edit = workspace.apply_edit == Some(true);
        let dynamic = |it: Option<bool>| it == Some(true);
        self.register_configuration = workspace
            .did_change_configuration
            .as_ref()
            .is_some_and(|it| dynamic(it.dynamic_registration));
        self.watches_files = workspace
            .did_change_watched_files
            .as_ref()
            .is_some_and(|it| dynamic(it.dynamic_registration));
        let operations = workspace
            .workspace_edit
            .as_ref()
            .filter(|it| it.document_changes == Some(true))
            .and_then(|it| it.resource_operations.as_ref());
        let does = |kind| operations.is_some_and(|it| it.contains(&kind));
        self.create_files = does(ResourceOperationKind::Create);
        self.rename_files = does(ResourceOperationKind::Rename);
        self.change_annotations = workspace
            .workspace_edit
            .as_ref()
            .is_some_and(|it| it.change_annotation_support.is_some());
        // One that is never told to ask again would show old diagnostics of what others' edits break.
        self.pull_diagnostics = workspace
            .diagnostic
            .as_ref()
            .is_some_and(|it| it.refresh_support == Some(true))
            && params
                .capabilities
                .text_document
                .as_ref()
                .is_some_and(|it| it.diagnostic.is_some());
        self.refresh_inlay_hints = workspace
            .inlay_hint
            .as_ref()
            .is_some_and(|it| it.refresh_support == Some(true));
        self.refresh_code_lenses = workspace
            .code_lens
            .as_ref()
            .is_some_and(|it| it.refresh_support == Some(true));
    }

    fn read_documents(&mut self, params: &InitializeParams) {
        let Some(documents) = &params.capabilities.text_document else {
            return;
        };
        self.related_information = documents
            .publish_diagnostics
            .as_ref()
            .is_some_and(|it| it.related_information == Some(true));
        self.diagnostic_tags = documents
            .publish_diagnostics
            .as_ref()
            .is_some_and(|it| it.tag_support.is_some());
        self.snippets = documents
            .completion
            .as_ref()
            .and_then(|it| it.completion_item.as_ref())
            .is_some_and(|it| it.snippet_support == Some(true));
        self.label_offsets = documents
            .signature_help
            .as_ref()
            .and_then(|it| it.signature_information.as_ref())
            .and_then(|it| it.parameter_information.as_ref())
            .is_some_and(|it| it.label_offset_support == Some(true));
        self.hover_markdown = documents
            .hover
            .as_ref()
            .and_then(|it| it.content_format.as_ref())
            .is_some_and(|it| it.contains(&MarkupKind::Markdown));
        self.hierarchical_symbols = documents
            .document_symbol
            .as_ref()
            .is_some_and(|it| it.hierarchical_document_symbol_support == Some(true));
        let links = |it: &Option<GotoCapability>| {
            it.as_ref().is_some_and(|it| it.link_support == Some(true))
        };
        self.definition_links = links(&documents.definition);
        self.declaration_links = links(&documents.declaration);
        self.type_definition_links = links(&documents.type_definition);
        self.implementation_links = links(&documents.implementation);
        self.prepare_rename = documents
            .rename
            .as_ref()
            .is_some_and(|it| it.prepare_support == Some(true));
        self.code_action_literals = documents
            .code_action
            .as_ref()
            .is_some_and(|it| it.code_action_literal_support.is_some());
        let resolved = documents.code_action.as_ref();
        let resolved = resolved.filter(|it| it.data_support == Some(true));
        self.resolves_code_actions = resolved
            .and_then(|it| it.resolve_support.as_ref())
            .is_some_and(|it| it.properties.iter().any(|property| property == "edit"));
    }
}

/// The commands of `workspace/executeCommand`.
pub(crate) mod command {
    pub(crate) const RUN: &str = "dagsmith.run";
    pub(crate) const BUILD: &str = "dagsmith.build";
    pub(crate) const TEST: &str = "dagsmith.test";
    pub(crate) const SEED: &str = "dagsmith.seed";
    pub(crate) const SNAPSHOT: &str = "dagsmith.snapshot";
    pub(crate) const FRESHNESS: &str = "dagsmith.freshness";
    pub(crate) const PREVIEW: &str = "dagsmith.preview";
    pub(crate) const COMPILE: &str = "dagsmith.compile";
    pub(crate) const SHOW_COMPILED: &str = "dagsmith.showCompiled";
    pub(crate) const SHOW_LINEAGE: &str = "dagsmith.showLineage";
    pub(crate) const COLUMN_LINEAGE: &str = "dagsmith.columnLineage";
    pub(crate) const GENERATE_PROPERTIES: &str = "dagsmith.generateProperties";
    pub(crate) const GENERATE_MODEL_FROM_SOURCE: &str = "dagsmith.generateModelFromSource";
    pub(crate) const GENERATE_SOURCE: &str = "dagsmith.generateSource";
    pub(crate) const DIFF: &str = "dagsmith.diff";
    pub(crate) const READ_CATALOG: &str = "dagsmith.readCatalog";
    pub(crate) const SET_TARGET: &str = "dagsmith.setTarget";
    pub(crate) const DEFER: &str = "dagsmith.defer";
    pub(crate) const SERVER_STATUS: &str = "dagsmith.serverStatus";
    pub(crate) const REBUILD_INDEX: &str = "dagsmith.rebuildIndex";
    pub(crate) const CANCEL: &str = "dagsmith.cancel";

    pub(crate) const ALL: [&str; 21] = [
        RUN,
        BUILD,
        TEST,
        SEED,
        SNAPSHOT,
        FRESHNESS,
        PREVIEW,
        COMPILE,
        SHOW_COMPILED,
        SHOW_LINEAGE,
        COLUMN_LINEAGE,
        GENERATE_PROPERTIES,
        GENERATE_MODEL_FROM_SOURCE,
        GENERATE_SOURCE,
        DIFF,
        READ_CATALOG,
        SET_TARGET,
        DEFER,
        SERVER_STATUS,
        REBUILD_INDEX,
        CANCEL,
    ];
}

/// The answer to `initialize`.
pub(crate) fn initialize_result(features: &ClientFeatures, version: &str) -> InitializeResult {
    InitializeResult {
        capabilities: server_capabilities(features, version),
        server_info: Some(ServerInfo {
            name: "dagsmith".to_owned(),
            version: Some(version.to_owned()),
        }),
    }
}

fn server_capabilities(features: &ClientFeatures, version: &str) -> ServerCapabilities {
    let with_progress = WorkDoneProgressOptions {
        work_done_progress: Some(true),
    };
    ServerCapabilities {
        position_encoding: Some(features.encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(
            TextDocumentSyncOptions {
                open_close: Some(true),
                change: Some(TextDocumentSyncKind::INCREMENTAL),
                save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions {
                    include_text: Some(false),
                })),
                ..TextDocumentSyncOptions::default()
            },
        )),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(["'", "\"", ".", "(", "{", ":"].map(str::to_owned).to_vec()),
            ..CompletionOptions::default()
        }),
        diagnostic_provider: features.pull_diagnostics.then(|| {
            DiagnosticServerCapabilities::Options(DiagnosticOptions {
                identifier: Some("dagsmith".to_owned()),
                inter_file_dependencies: true,
                workspace_diagnostics: true,
                work_done_progress_options: WorkDoneProgressOptions::default(),
            })
        }),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        signature_help_provider: Some(SignatureHelpOptions {
            trigger_characters: Some(vec!["(".to_owned(), ",".to_owned()]),
            ..SignatureHelpOptions::default()
        }),
        definition_provider: Some(OneOf::Left(true)),
        declaration_provider: Some(DeclarationCapability::Simple(true)),
        type_definition_provider: Some(TypeDefinitionProviderCapability::Simple(true)),
        implementation_provider: Some(ImplementationProviderCapability::Simple(true)),
        references_provider: Some(OneOf::Left(true)),
        rename_provider: Some(if features.prepare_rename {
            OneOf::Right(RenameOptions {
                prepare_provider: Some(true),
                work_done_progress_options: WorkDoneProgressOptions::default(),
            })
        } else {
            OneOf::Left(true)
        }),
        document_symbol_provider: Some(OneOf::Left(true)),
        workspace_symbol_provider: Some(OneOf::Left(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        document_range_formatting_provider: Some(OneOf::Left(true)),
        code_lens_provider: Some(CodeLensOptions {
            resolve_provider: Some(false),
        }),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![
                CodeActionKind::QUICKFIX,
                CodeActionKind::EMPTY,
                CodeActionKind::REFACTOR_EXTRACT,
                CodeActionKind::REFACTOR_INLINE,
                CodeActionKind::REFACTOR_REWRITE,
                CodeActionKind::SOURCE,
            ]),
            resolve_provider: Some(true),
            ..CodeActionOptions::default()
        })),
        call_hierarchy_provider: Some(CallHierarchyServerCapability::Simple(true)),
        inlay_hint_provider: Some(OneOf::Left(true)),
        folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
        selection_range_provider: Some(SelectionRangeProviderCapability::Simple(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        document_link_provider: Some(DocumentLinkOptions {
            resolve_provider: Some(true),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        }),
        semantic_tokens_provider: Some(SemanticTokensServerCapabilities::SemanticTokensOptions(
            SemanticTokensOptions {
                legend: handlers::semantic_tokens::legend(),
                range: Some(true),
                full: Some(SemanticTokensFullOptions::Delta { delta: Some(true) }),
                work_done_progress_options: WorkDoneProgressOptions::default(),
            },
        )),
        linked_editing_range_provider: Some(LinkedEditingRangeServerCapabilities::Simple(true)),
        document_on_type_formatting_provider: Some(handlers::on_type_formatting::options()),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: command::ALL.map(str::to_owned).to_vec(),
            work_done_progress_options: with_progress,
        }),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: Some(WorkspaceFileOperationsServerCapabilities {
                will_rename: Some(FileOperationRegistrationOptions {
                    filters: vec![FileOperationFilter {
                        scheme: Some("file".to_owned()),
                        pattern: FileOperationPattern {
                            glob: "**/*.{sql,py,csv}".to_owned(),
                            matches: Some(FileOperationPatternKind::File),
                            options: None,
                        },
                    }],
                }),
                ..WorkspaceFileOperationsServerCapabilities::default()
            }),
        }),
        experimental: Some(
            json!({"dagsmith": {"version": version, "compiled": true, "lineage": true, "columnLineage": true, "columns": true, "status": true, "symbols": true, "tests": true}}),
        ),
        ..ServerCapabilities::default()
    }
}
