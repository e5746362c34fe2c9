//! `workspace/executeCommand`, as far as it executes nothing: `dagsmith.compile` and `dagsmith.showCompiled`.

use base::System;
use serde_json::{Value, to_value};
use tower_lsp::{
    jsonrpc::Error,
    lsp_types::{ExecuteCommandParams, ShowDocumentParams, Url},
};

use crate::{
    capabilities::command,
    client::Outgoing,
    dispatch::{Answer, Failure, request_failed},
    handlers::compiled::compiled_document,
    on_run::argument,
    paths::{path_of, uri_of},
    proto_ext::{CommandArgument, CompiledResult},
    snapshot::Snapshot,
};

pub(crate) fn compile(snapshot: &Snapshot, params: &ExecuteCommandParams) -> Answer<Option<Value>> {
    let argument = argument(params).map_err(Failure::Refused)?;
    let compiled = compiled_document(snapshot, &source_uri(snapshot, &argument)?)?;
    if params.command == command::SHOW_COMPILED && !snapshot.features.compiled_document {
        show(snapshot, &compiled);
    }
    let value = to_value(compiled).map_err(|_| Failure::Refused(Error::internal_error()))?;
    Ok(Some(value))
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
    if !snapshot.features.show_document {
        return;
    }
    let Some(source) = path_of(&compiled.uri) else {
        return;
    };
    let root = crate::discovery::project_around(&*snapshot.overlay, &source);
    let (Some(root), Some(name)) = (root, source.file_name()) else {
        return;
    };
    let shown = root.join("target/dagsmith/compiled").join(name);
    match snapshot.overlay.write(&shown, compiled.text.as_bytes()) {
        Ok(()) => {
            if let Some(uri) = uri_of(&shown) {
                snapshot
                    .client
                    .send(Outgoing::ShowDocument(ShowDocumentParams {
                        uri,
                        external: None,
                        take_focus: Some(false),
                        selection: None,
                    }));
            }
        }
        Err(error) => tracing::warn!(%error, "cannot write the compiled SQL"),
    }
}
