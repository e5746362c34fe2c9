//! `dagsmith/columns`: the columns of one node.

use crate::{
    dispatch::{Answer, Failure, request_failed},
    handlers::column_lineage::column,
    proto_ext::{ColumnsParams, NodeColumns},
    snapshot::Snapshot,
};

pub(crate) fn columns(snapshot: &Snapshot, params: &ColumnsParams) -> Answer<Option<NodeColumns>> {
    let Some(text) = snapshot.text_of(&params.text_document.uri)? else {
        return Err(Failure::Refused(request_failed(
            "this document is in no project that was found",
        )));
    };
    let found = snapshot
        .analysis
        .node_columns(text.file, &params.unique_id)?;
    let Some(found) = found else {
        return Ok(None);
    };
    let columns = found.columns.into_iter().map(|it| column(snapshot, it));
    Ok(Some(NodeColumns {
        columns: columns.collect::<Answer<_>>()?,
        complete: found.is_complete,
    }))
}
