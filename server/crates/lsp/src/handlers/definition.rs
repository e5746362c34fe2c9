//! `textDocument/definition`

use ide::NavigationTarget;
use tower_lsp::lsp_types::{
    GotoDefinitionParams, GotoDefinitionResponse, Location, LocationLink, Range,
};

use crate::{dispatch::Answer, from_proto, snapshot::Snapshot};

pub(crate) fn definition(
    snapshot: &Snapshot,
    params: &GotoDefinitionParams,
) -> Answer<Option<GotoDefinitionResponse>> {
    let at = &params.text_document_position_params;
    let Some(position) = from_proto::file_position(snapshot, at)? else {
        return Ok(None);
    };
    let Some(found) = snapshot.analysis.goto_definition(position)? else {
        return Ok(None);
    };
    if !snapshot.features.definition_links {
        let mut locations: Vec<Location> = Vec::new();
        for target in &found.targets {
            locations.extend(snapshot.location(target.file, target.focus_range)?);
        }
        return Ok(Some(GotoDefinitionResponse::Array(locations)));
    }
    let text = snapshot.text(position.file)?;
    let origin = text.map(|text| text.range(found.origin));
    let mut links = Vec::new();
    for target in &found.targets {
        links.extend(link(snapshot, origin, target)?);
    }
    Ok(Some(GotoDefinitionResponse::Link(links)))
}

fn link(
    snapshot: &Snapshot,
    origin: Option<Range>,
    target: &NavigationTarget,
) -> Answer<Option<LocationLink>> {
    let (Some(text), Some(uri)) = (snapshot.text(target.file)?, snapshot.uri(target.file)) else {
        return Ok(None);
    };
    Ok(Some(LocationLink {
        origin_selection_range: origin,
        target_uri: uri,
        target_range: text.range(target.full_range),
        target_selection_range: text.range(target.focus_range),
    }))
}
