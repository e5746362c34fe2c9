//! `textDocument/references`

use tower_lsp::lsp_types::{Location, ReferenceParams};

use crate::{dispatch::Answer, from_proto, snapshot::Snapshot};

pub(crate) fn references(
    snapshot: &Snapshot,
    params: &ReferenceParams,
) -> Answer<Option<Vec<Location>>> {
    let Some(position) = from_proto::file_position(snapshot, &params.text_document_position)?
    else {
        return Ok(None);
    };
    let found = snapshot
        .analysis
        .references(position, params.context.include_declaration)?;
    let mut locations = Vec::with_capacity(found.len());
    for place in found {
        locations.extend(snapshot.location(place.file, place.range)?);
    }
    Ok(Some(locations))
}
