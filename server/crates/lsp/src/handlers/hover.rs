//! `textDocument/hover`

use tower_lsp::lsp_types::{Hover, HoverContents, HoverParams};

use crate::{dispatch::Answer, from_proto, snapshot::Snapshot, to_proto};

pub(crate) fn hover(snapshot: &Snapshot, params: &HoverParams) -> Answer<Option<Hover>> {
    let at = &params.text_document_position_params;
    let Some(position) = from_proto::file_position(snapshot, at)? else {
        return Ok(None);
    };
    let Some(found) = snapshot.analysis.hover(position)? else {
        return Ok(None);
    };
    let run = found.node.as_ref().and_then(|node| {
        let runs = &snapshot.node_runs;
        runs.get(&*snapshot.overlay, &node.root, &node.unique_id)
    });
    let mut markdown = found.markdown;
    if let Some(run) = run {
        markdown.push_str("\n\n");
        markdown.push_str(&run.markdown());
    }
    let text = snapshot.text(position.file)?;
    Ok(Some(Hover {
        range: text.map(|text| text.range(found.range)),
        contents: HoverContents::Markup(to_proto::markup(snapshot, markdown)),
    }))
}
