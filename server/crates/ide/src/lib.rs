//! The façade that editors and commands ask: `AnalysisHost` and `Analysis`, one file a feature.
//!
//! Plain data in and out, byte offsets; no protocol, no IO, no clock. What a feature answers is defined in its file; what
//! several need is in `world` (where a file belongs) and `symbol` (what a cursor is on).

mod affected;
mod binder;
#[cfg(test)]
mod broken_texts;
mod builtins;
mod call_hierarchy;
mod code_action;
mod code_lens;
mod column_graph;
mod column_uses;
mod command;
mod compiled;
mod compiled_map;
mod completion;
mod declaration;
mod definition;
mod diagnostics;
mod document_highlight;
mod document_links;
mod fact_source;
#[cfg(test)]
mod fixture;
mod folding;
mod formatting;
mod host;
mod hover;
#[cfg(test)]
mod incrementality;
mod inlay_hints;
mod labels;
mod layers;
mod lineage;
mod lineage_graph;
mod linked_editing;
mod linting;
mod literal;
mod masked;
mod node_columns;
mod on_type;
mod places;
mod position;
mod preview;
mod projects;
mod properties_names;
mod questions;
mod references;
mod rename;
mod selection;
mod selection_range;
mod semantic_tokens;
mod signature_help;
mod sql_functions;
mod sql_names;
mod symbol;
mod symbols;
mod tested;
mod tests_list;
mod type_hierarchy;
mod world;

pub use analysis::bind_question::{BindQuestion, BindTable};
pub use analysis::{
    BUILTIN_ROOT, Change, Settings,
    change::FileText,
    input::FileProblem,
    load::{LoadConfig, LoadedProject, MAX_FILE_LEN, load, read_text},
    warehouse_catalog::WarehouseCatalog,
};
pub use binder::{AnswerBook, BindAnswer, Binder, BinderFindings};
pub use call_hierarchy::{Call, HierarchyItem, ItemId};
pub use code_action::{
    CodeAction, CodeActionEffect,
    offers::{
        Generator, NamedSchema, NewFile, ProjectChange, Refactoring, RefactoringKind,
        RefactoringRequest, Wanted,
    },
};
pub use code_lens::CodeLens;
pub use column_graph::{ColumnEdge, ColumnGraph, ColumnStart, GraphColumn};
pub use command::{Command, CommandKind, PreviewPart};
pub use compiled::Compiled;
pub use compiled_map::{CompiledMap, CompiledPiece};
pub use completion::{CompletionItem, CompletionKind, Completions};
pub use definition::{Definition, NavigationTarget};
pub use document_highlight::{Highlight, HighlightKind};
pub use document_links::{DocumentLink, LinkTarget};
pub use folding::{Fold, FoldKind};
pub use formatting::Formatting;
pub use host::{Analysis, AnalysisHost, Cancellable};
pub use hover::{HoverResult, HoveredNode};
pub use inlay_hints::{InlayHint, InlayHintKind};
pub use lineage::{ColumnId, ColumnLineage, NodeLineage};
pub use lineage_graph::{GraphNode, GraphStart, GraphSteps, LineageGraph};
pub use node_columns::NodeColumns;
pub use on_type::{ON_TYPE_CHARACTERS, TypedEdit};
pub use position::FilePosition;
pub use preview::query_of_cte;
pub use projects::ProjectOverview;
pub use rename::{EditNote, FileMove, Rename, RenameRefusal, RenameTarget};
pub use semantic_tokens::{SemanticToken, TokenType};
pub use signature_help::{Signature, SignatureHelp, SignatureParameter};
pub use sql::Dialect;
pub use sql::{Confidence, OriginKind};
pub use style::{Finding, LeftAlone, RULES, StyleConfig, fixed, lint, unified_diff};
pub use symbols::{DocumentSymbol, SymbolKind, WorkspaceSymbol};
pub use tests_list::ListedTest;
pub use type_hierarchy::{TypeItem, TypeItemId};
