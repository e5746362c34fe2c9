//! The protocol's additions as types: custom requests, notifications, command arguments and results.
//!
//! `docs/protocol.md` is the contract; a change here is a change there.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tower_lsp::lsp_types::{
    Diagnostic, Location, Position, Range, TextDocumentIdentifier, Url, notification::Notification,
};

/// The one argument of every command.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CommandArgument {
    pub(crate) uri: Url,
    pub(crate) position: Option<Position>,
    pub(crate) selector: Option<String>,
    pub(crate) full_refresh: Option<bool>,
    pub(crate) limit: Option<usize>,
    pub(crate) cte: Option<String>,
    pub(crate) range: Option<Range>,
    pub(crate) source: Option<String>,
    pub(crate) database: Option<String>,
    pub(crate) schema: Option<String>,
    pub(crate) upstream: Option<usize>,
    pub(crate) downstream: Option<usize>,
    pub(crate) defer: Option<bool>,
    pub(crate) state: Option<PathBuf>,
    pub(crate) favor_state: Option<bool>,
}

/// The argument of `dagsmith.setTarget`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TargetArgument {
    pub(crate) target: Option<String>,
}

/// The argument of `dagsmith.defer`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct DeferArgument {
    pub(crate) state: Option<PathBuf>,
    pub(crate) favor_state: Option<bool>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DiffResult {
    pub(crate) uri: Url,
    pub(crate) columns: Vec<String>,
    pub(crate) added_columns: Vec<String>,
    pub(crate) removed_columns: Vec<String>,
    pub(crate) retyped_columns: Vec<RetypedColumn>,
    pub(crate) before: u64,
    pub(crate) after: u64,
    pub(crate) added: u64,
    pub(crate) removed: u64,
    pub(crate) rows: Vec<DiffRow>,
    pub(crate) sql: String,
    pub(crate) elapsed_ms: u64,
    /// Where it is written down, for a client that does not show it by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) document: Option<Url>,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct RetypedColumn {
    pub(crate) name: String,
    pub(crate) before: String,
    pub(crate) after: String,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DiffRow {
    pub(crate) change: RowChange,
    pub(crate) values: Vec<Value>,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum RowChange {
    Added,
    Removed,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CatalogResult {
    pub(crate) relations: usize,
    pub(crate) uri: Option<Url>,
    pub(crate) errors: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunResult {
    pub(crate) success: bool,
    pub(crate) summary: String,
    pub(crate) results: Vec<NodeRunResult>,
    /// Where it is written down, for a client that does not show it by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) document: Option<Url>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NodeRunResult {
    pub(crate) unique_id: String,
    pub(crate) status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    /// Seconds.
    pub(crate) execution_time: f64,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PreviewResult {
    pub(crate) uri: Url,
    pub(crate) columns: Vec<PreviewColumn>,
    pub(crate) rows: Vec<Vec<Value>>,
    pub(crate) truncated: bool,
    pub(crate) sql: String,
    pub(crate) elapsed_ms: u64,
    /// Where it is written down, for a client that does not show it by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) document: Option<Url>,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct PreviewColumn {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) data_type: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CompiledParams {
    pub(crate) text_document: TextDocumentIdentifier,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct CompiledResult {
    pub(crate) uri: Url,
    pub(crate) text: String,
    pub(crate) errors: Vec<Diagnostic>,
    /// In places of the text.
    pub(crate) problems: Vec<Diagnostic>,
    pub(crate) pieces: Vec<CompiledPiece>,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct CompiledPiece {
    pub(crate) compiled: Range,
    pub(crate) source: Range,
    pub(crate) literal: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) through: Option<MacroPlace>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MacroPlace {
    pub(crate) unique_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<Location>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LineageParams {
    pub(crate) text_document: TextDocumentIdentifier,
    pub(crate) position: Option<Position>,
    pub(crate) unique_id: Option<String>,
    pub(crate) upstream: Option<usize>,
    pub(crate) downstream: Option<usize>,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Lineage {
    pub(crate) root: Url,
    pub(crate) focus: String,
    pub(crate) nodes: Vec<LineageNode>,
    /// Where it is written down, for a command of a client that does not show it by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) document: Option<Url>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LineageNode {
    pub(crate) unique_id: String,
    pub(crate) name: String,
    pub(crate) resource_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) materialized: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<Location>,
    pub(crate) parents: Vec<String>,
    pub(crate) children: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct SymbolsParams {
    pub(crate) kinds: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct PickedSymbol {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) container: Option<String>,
    pub(crate) location: Location,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct TestsParams {
    pub(crate) root: Url,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListedTest {
    pub(crate) unique_id: String,
    pub(crate) label: String,
    pub(crate) kind: TestKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tested: Option<String>,
    pub(crate) selector: String,
    pub(crate) location: Location,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TestKind {
    Data,
    Unit,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ColumnLineageParams {
    pub(crate) text_document: TextDocumentIdentifier,
    pub(crate) position: Option<Position>,
    pub(crate) column: Option<ColumnName>,
    pub(crate) upstream: Option<usize>,
    pub(crate) downstream: Option<usize>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ColumnName {
    pub(crate) unique_id: String,
    pub(crate) name: String,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct ColumnLineage {
    pub(crate) root: Url,
    pub(crate) focus: ColumnName,
    pub(crate) columns: Vec<LineageColumn>,
    pub(crate) edges: Vec<LineageEdge>,
    /// Where it is written down, for a command of a client that does not show it by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) document: Option<Url>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LineageColumn {
    #[serde(flatten)]
    pub(crate) column: ColumnName,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) confidence: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<Location>,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct LineageEdge {
    pub(crate) from: ColumnName,
    pub(crate) to: ColumnName,
    pub(crate) kind: &'static str,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ColumnsParams {
    pub(crate) text_document: TextDocumentIdentifier,
    pub(crate) unique_id: String,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct NodeColumns {
    pub(crate) columns: Vec<LineageColumn>,
    pub(crate) complete: bool,
}

/// `dagsmith/compiledChanged`
#[derive(Debug)]
pub(crate) enum CompiledChanged {}

impl Notification for CompiledChanged {
    type Params = CompiledChangedParams;
    const METHOD: &'static str = "dagsmith/compiledChanged";
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CompiledChangedParams {
    pub(crate) uri: Url,
}

/// `dagsmith/statusChanged`
#[derive(Debug)]
pub(crate) enum StatusChanged {}

impl Notification for StatusChanged {
    type Params = Status;
    const METHOD: &'static str = "dagsmith/statusChanged";
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Status {
    pub(crate) version: String,
    pub(crate) projects: Vec<ProjectStatus>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) defer_state: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProjectStatus {
    pub(crate) root: Url,
    pub(crate) name: String,
    pub(crate) target: Option<String>,
    pub(crate) targets: Vec<String>,
    pub(crate) models: usize,
    pub(crate) state: ProjectState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ProjectState {
    Loading,
    Ready,
    Error,
}
