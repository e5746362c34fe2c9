//! `dagsmith/lineage`: the graph of nodes around one.

use ide::{GraphNode, GraphStart, GraphSteps};
use tower_lsp::lsp_types::Position;

use crate::{
    dispatch::{Answer, Failure, request_failed},
    paths::uri_of,
    proto_ext::{Lineage, LineageNode, LineageParams},
    snapshot::Snapshot,
};

/// How far to go if nobody says.
const DEFAULT_STEPS: usize = 1;

pub(crate) fn lineage(snapshot: &Snapshot, params: &LineageParams) -> Answer<Option<Lineage>> {
    let Some(text) = snapshot.text_of(&params.text_document.uri)? else {
        return Err(Failure::Refused(request_failed(
            "this document is in no project that was found",
        )));
    };
    let start = match &params.unique_id {
        Some(id) => GraphStart::Node(text.file, id.clone()),
        None => GraphStart::Cursor(ide::FilePosition {
            file: text.file,
            offset: text.offset(params.position.unwrap_or(Position::new(0, 0))),
        }),
    };
    let steps = GraphSteps {
        up: params.upstream.unwrap_or(DEFAULT_STEPS),
        down: params.downstream.unwrap_or(DEFAULT_STEPS),
    };
    let Some(graph) = snapshot.analysis.lineage_graph(&start, steps)? else {
        return Ok(None);
    };
    let Some(root) = uri_of(&graph.root) else {
        return Ok(None);
    };
    let nodes = graph.nodes.into_iter().map(|it| node(snapshot, it));
    Ok(Some(Lineage {
        root,
        focus: graph.focus.to_string(),
        nodes: nodes.collect::<Answer<_>>()?,
        document: None,
    }))
}

fn node(snapshot: &Snapshot, node: GraphNode) -> Answer<LineageNode> {
    Ok(LineageNode {
        unique_id: node.unique_id.to_string(),
        resource_type: node.resource_type.name(),
        materialized: node.materialized,
        location: match node.place {
            Some(place) => snapshot.location(place.file, place.range)?,
            None => None,
        },
        parents: node.parents.iter().map(ToString::to_string).collect(),
        children: node.children.iter().map(ToString::to_string).collect(),
        name: node.name,
    })
}
