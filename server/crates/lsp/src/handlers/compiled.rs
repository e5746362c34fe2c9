//! `dagsmith/compiled`, and the commands `dagsmith.compile` and `dagsmith.showCompiled`: compiled SQL, executing nothing.

use tower_lsp::lsp_types::Url;

use crate::{
    dispatch::{Answer, Failure, request_failed},
    from_proto,
    proto_ext::{CompiledParams, CompiledResult},
    snapshot::Snapshot,
    to_proto,
};

pub(crate) fn compiled(snapshot: &Snapshot, params: &CompiledParams) -> Answer<CompiledResult> {
    compiled_document(snapshot, &params.text_document.uri)
}

pub(crate) fn compiled_document(snapshot: &Snapshot, uri: &Url) -> Answer<CompiledResult> {
    let refused = |message: &str| Failure::Refused(request_failed(message));
    let file = from_proto::file(snapshot, uri)
        .ok_or_else(|| refused("this document is in no project that was found"))?;
    let compiled = snapshot.analysis.compiled(file)?.ok_or_else(|| {
        refused("this file is not compiled: models, snapshots, tests and analyses of a project are")
    })?;
    Ok(CompiledResult {
        uri: uri.clone(),
        text: compiled.text,
        errors: to_proto::diagnostics(snapshot, file, &compiled.errors)?,
    })
}
