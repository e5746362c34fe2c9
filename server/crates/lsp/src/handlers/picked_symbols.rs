//! `dagsmith/symbols`: all models, all macros and so on, for a list to pick from.

use ide::SymbolKind;

use crate::{
    dispatch::Answer,
    proto_ext::{PickedSymbol, SymbolsParams},
    snapshot::Snapshot,
};

pub(crate) fn picked_symbols(
    snapshot: &Snapshot,
    params: &SymbolsParams,
) -> Answer<Vec<PickedSymbol>> {
    let mut picked = Vec::new();
    for symbol in snapshot.analysis.workspace_symbols("")? {
        let Some(kind) = name(symbol.kind).filter(|kind| params.kinds.iter().any(|it| it == kind))
        else {
            continue;
        };
        if let Some(location) = snapshot.location(symbol.at.file, symbol.at.range)? {
            picked.push(PickedSymbol {
                name: symbol.name,
                kind,
                container: symbol.container,
                location,
            });
        }
    }
    Ok(picked)
}

/// What can be asked for.
fn name(kind: SymbolKind) -> Option<&'static str> {
    match kind {
        SymbolKind::Model => Some("model"),
        SymbolKind::Seed => Some("seed"),
        SymbolKind::Snapshot => Some("snapshot"),
        SymbolKind::Source => Some("source"),
        SymbolKind::Macro => Some("macro"),
        SymbolKind::Analysis
        | SymbolKind::Test
        | SymbolKind::Exposure
        | SymbolKind::Doc
        | SymbolKind::Group
        | SymbolKind::Var
        | SymbolKind::Column
        | SymbolKind::Cte
        | SymbolKind::Key => None,
    }
}
