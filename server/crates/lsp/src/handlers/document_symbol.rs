//! `textDocument/documentSymbol`

use ide::DocumentSymbol;
use tower_lsp::lsp_types::{
    self as lsp, DocumentSymbolParams, DocumentSymbolResponse, Location, SymbolInformation, Url,
};

use crate::{
    dispatch::Answer,
    from_proto,
    snapshot::{IndexedText, Snapshot},
    to_proto,
};

pub(crate) fn document_symbol(
    snapshot: &Snapshot,
    params: &DocumentSymbolParams,
) -> Answer<Option<DocumentSymbolResponse>> {
    let uri = &params.text_document.uri;
    let Some(file) = from_proto::file(snapshot, uri) else {
        return Ok(None);
    };
    let Some(text) = snapshot.text(file)? else {
        return Ok(None);
    };
    let found = snapshot.analysis.document_symbols(file)?;
    if snapshot.features.hierarchical_symbols {
        let nested = found.into_iter().map(|it| symbol(&text, it)).collect();
        return Ok(Some(DocumentSymbolResponse::Nested(nested)));
    }
    let mut flat = Vec::new();
    for it in found {
        flatten(&text, uri, None, it, &mut flat);
    }
    Ok(Some(DocumentSymbolResponse::Flat(flat)))
}

#[expect(
    deprecated,
    reason = "the field `deprecated` has to be given, and is not"
)]
fn symbol(text: &IndexedText, it: DocumentSymbol) -> lsp::DocumentSymbol {
    let children: Vec<_> = it.children.into_iter().map(|it| symbol(text, it)).collect();
    lsp::DocumentSymbol {
        name: it.name,
        detail: it.detail,
        kind: to_proto::symbol_kind(it.kind),
        tags: None,
        deprecated: None,
        range: text.range(it.range),
        selection_range: text.range(it.selection),
        children: (!children.is_empty()).then_some(children),
    }
}

/// For clients that know no tree: each symbol names the one it is in.
#[expect(
    deprecated,
    reason = "the field `deprecated` has to be given, and is not"
)]
fn flatten(
    text: &IndexedText,
    uri: &Url,
    container: Option<&str>,
    it: DocumentSymbol,
    flat: &mut Vec<SymbolInformation>,
) {
    flat.push(SymbolInformation {
        name: it.name.clone(),
        kind: to_proto::symbol_kind(it.kind),
        tags: None,
        deprecated: None,
        location: Location::new(uri.clone(), text.range(it.range)),
        container_name: container.map(str::to_owned),
    });
    for child in it.children {
        flatten(text, uri, Some(&it.name), child, flat);
    }
}
