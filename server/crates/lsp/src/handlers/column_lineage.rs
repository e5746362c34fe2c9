//! `dagsmith/columnLineage`: the columns around one.

use ide::{ColumnId, ColumnStart, GraphColumn, GraphSteps};
use tower_lsp::lsp_types::Position;

use crate::{
    dispatch::{Answer, Failure, request_failed},
    paths::uri_of,
    proto_ext::{ColumnLineage, ColumnLineageParams, ColumnName, LineageColumn, LineageEdge},
    snapshot::Snapshot,
};

/// How far to go if nobody says.
const DEFAULT_STEPS: usize = 1;

pub(crate) fn column_lineage(
    snapshot: &Snapshot,
    params: &ColumnLineageParams,
) -> Answer<Option<ColumnLineage>> {
    let Some(text) = snapshot.text_of(&params.text_document.uri)? else {
        return Err(Failure::Refused(request_failed(
            "this document is in no project that was found",
        )));
    };
    let start = match &params.column {
        Some(column) => {
            let id = ColumnId {
                node: column.unique_id.as_str().into(),
                column: column.name.as_str().into(),
            };
            ColumnStart::Column(text.file, id)
        }
        None => ColumnStart::Cursor(ide::FilePosition {
            file: text.file,
            offset: text.offset(params.position.unwrap_or(Position::new(0, 0))),
        }),
    };
    let steps = GraphSteps {
        up: params.upstream.unwrap_or(DEFAULT_STEPS),
        down: params.downstream.unwrap_or(DEFAULT_STEPS),
    };
    let Some(graph) = snapshot.analysis.column_graph(&start, steps)? else {
        return Ok(None);
    };
    let Some(root) = uri_of(&graph.root) else {
        return Ok(None);
    };
    let columns = graph.columns.into_iter().map(|it| column(snapshot, it));
    let edges = graph.edges.iter().map(|edge| LineageEdge {
        from: name(&edge.from),
        to: name(&edge.to),
        kind: edge.kind.name(),
    });
    Ok(Some(ColumnLineage {
        root,
        focus: name(&graph.focus),
        columns: columns.collect::<Answer<_>>()?,
        edges: edges.collect(),
        document: None,
    }))
}

fn name(id: &ColumnId) -> ColumnName {
    ColumnName {
        unique_id: id.node.to_string(),
        name: id.column.to_string(),
    }
}

pub(crate) fn column(snapshot: &Snapshot, column: GraphColumn) -> Answer<LineageColumn> {
    Ok(LineageColumn {
        column: name(&column.id),
        data_type: column.data_type,
        confidence: column.confidence.map(ide::Confidence::name),
        location: match column.place {
            Some(place) => snapshot.location(place.file, place.range)?,
            None => None,
        },
    })
}
