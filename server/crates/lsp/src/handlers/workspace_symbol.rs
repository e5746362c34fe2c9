//! `workspace/symbol`

use tower_lsp::lsp_types::{SymbolInformation, WorkspaceSymbolParams};

use crate::{dispatch::Answer, snapshot::Snapshot, to_proto};

/// More than anyone reads; the query narrows it down.
const MAX_SYMBOLS: usize = 512;

#[expect(
    deprecated,
    reason = "the field `deprecated` has to be given, and is not"
)]
pub(crate) fn workspace_symbol(
    snapshot: &Snapshot,
    params: &WorkspaceSymbolParams,
) -> Answer<Option<Vec<SymbolInformation>>> {
    let found = snapshot.analysis.workspace_symbols(&params.query)?;
    let mut symbols = Vec::new();
    for it in found.into_iter().take(MAX_SYMBOLS) {
        if let Some(location) = snapshot.location(it.at.file, it.at.range)? {
            symbols.push(SymbolInformation {
                name: it.name,
                kind: to_proto::symbol_kind(it.kind),
                tags: None,
                deprecated: None,
                location,
                container_name: it.container,
            });
        }
    }
    Ok(Some(symbols))
}
