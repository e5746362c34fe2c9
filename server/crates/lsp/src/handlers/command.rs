//! `workspace/executeCommand`, as far as it executes nothing: compiled SQL and lineage.

use serde::Serialize;
use serde_json::{Value, to_value};
use tower_lsp::{
    jsonrpc::Error,
    lsp_types::{ExecuteCommandParams, TextDocumentIdentifier, Url},
};

use super::{column_lineage, lineage, lineage_text};
use crate::{
    capabilities::command,
    dispatch::{Answer, Failure, request_failed},
    handlers::compiled::compiled_document,
    on_run::argument,
    paths::path_of,
    proto_ext::{ColumnLineageParams, CommandArgument, CompiledResult, LineageParams},
    runner::CancelFlag,
    shown_text::ShownText,
    snapshot::Snapshot,
};

/// A command, and whether it was cancelled.
type Asked = (ExecuteCommandParams, CancelFlag);

pub(crate) fn compile(snapshot: &Snapshot, (params, _): &Asked) -> Answer<Option<Value>> {
    let argument = argument(params).map_err(Failure::Refused)?;
    let compiled = compiled_document(snapshot, &source_uri(snapshot, &argument)?)?;
    if params.command == command::SHOW_COMPILED && !snapshot.features.compiled_document {
        show(snapshot, &compiled);
    }
    value(&compiled)
}

/// `dagsmith.showLineage`
pub(crate) fn lineage(snapshot: &Snapshot, (params, _): &Asked) -> Answer<Option<Value>> {
    let argument = argument(params).map_err(Failure::Refused)?;
    let asked = LineageParams {
        text_document: TextDocumentIdentifier::new(argument.uri.clone()),
        position: argument.position,
        unique_id: None,
        upstream: argument.upstream.or(Some(NODE_STEPS)),
        downstream: argument.downstream.or(Some(NODE_STEPS)),
    };
    let Some(mut found) = lineage::lineage(snapshot, &asked)? else {
        return Err(refused("nothing here has a lineage"));
    };
    let text = || lineage_text::of_nodes(&found);
    found.document = write_down(snapshot, &found.root, &found.focus, text);
    value(&found)
}

/// `dagsmith.columnLineage`
pub(crate) fn column_lineage(snapshot: &Snapshot, (params, _): &Asked) -> Answer<Option<Value>> {
    let argument = argument(params).map_err(Failure::Refused)?;
    let asked = ColumnLineageParams {
        text_document: TextDocumentIdentifier::new(argument.uri.clone()),
        position: argument.position,
        column: None,
        upstream: argument.upstream.or(Some(COLUMN_STEPS)),
        downstream: argument.downstream.or(Some(COLUMN_STEPS)),
    };
    let Some(mut found) = column_lineage::column_lineage(snapshot, &asked)? else {
        return Err(refused("no column is known here"));
    };
    let name = format!("{}.{}", found.focus.unique_id, found.focus.name);
    let text = || lineage_text::of_columns(&found);
    found.document = write_down(snapshot, &found.root, &name, text);
    value(&found)
}

/// How far to go if nobody says: a graph grows wide, a column mostly does not.
const NODE_STEPS: usize = 3;
const COLUMN_STEPS: usize = 20;

/// For a client that draws no graph by itself; where it is.
fn write_down(
    snapshot: &Snapshot,
    root: &Url,
    name: &str,
    text: impl FnOnce() -> String,
) -> Option<Url> {
    if snapshot.features.results {
        return None;
    }
    let target_path = snapshot.node_runs.target_path(&path_of(root)?)?;
    let shown = ShownText::result(&target_path, &format!("lineage {name}"), text());
    shown.show(&*snapshot.overlay, &snapshot.client, &snapshot.features);
    shown.uri()
}

fn value(found: &impl Serialize) -> Answer<Option<Value>> {
    let value = to_value(found).map_err(|_| Failure::Refused(Error::internal_error()))?;
    Ok(Some(value))
}

fn refused(message: &str) -> Failure {
    Failure::Refused(request_failed(message))
}

/// The document to compile: that of the selected node, of the entry at the cursor, or the one that was named.
fn source_uri(snapshot: &Snapshot, argument: &CommandArgument) -> Answer<Url> {
    let uri = argument.uri.clone();
    let Some(text) = snapshot.text_of(&uri)? else {
        return Ok(uri);
    };
    let offset = argument.position.map(|at| text.offset(at));
    let selector = argument.selector.as_deref();
    let found = snapshot
        .analysis
        .compiled_file(text.file, offset, selector)?;
    match found {
        Some(file) if file == text.file => Ok(uri),
        Some(file) => Ok(snapshot.paths.uri(file).unwrap_or(uri)),
        None => Err(Failure::Refused(request_failed(match selector {
            Some(selector) => format!("`{selector}` is not the name of one node that is compiled"),
            None => "no model is described here".to_owned(),
        }))),
    }
}

/// For a client that cannot show it by itself: as a file among what dbt generates, which it is asked to open.
fn show(snapshot: &Snapshot, compiled: &CompiledResult) {
    let Some(source) = path_of(&compiled.uri) else {
        return;
    };
    let root = crate::discovery::project_around(&*snapshot.overlay, &source);
    let (Some(root), Some(name)) = (root, source.file_name()) else {
        return;
    };
    let target_path = snapshot.node_runs.target_path(&root);
    let target_path = target_path.unwrap_or_else(|| root.join("target"));
    let shown = ShownText {
        path: target_path.join("dagsmith/compiled").join(name),
        text: compiled.text.clone(),
    };
    shown.show(&*snapshot.overlay, &snapshot.client, &snapshot.features);
}
