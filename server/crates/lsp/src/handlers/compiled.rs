//! `dagsmith/compiled`, and the commands `dagsmith.compile` and `dagsmith.showCompiled`: compiled SQL, executing nothing.

use base::SourceRange;
use tower_lsp::lsp_types::Url;

use crate::{
    dispatch::{Answer, Failure, request_failed},
    from_proto,
    proto_ext::{CompiledParams, CompiledPiece, CompiledResult, MacroPlace},
    snapshot::{IndexedText, Snapshot},
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
    let map = snapshot.analysis.compiled_map(file)?;
    let text = snapshot.indexed(file, compiled.text.as_str().into());
    let source = snapshot.text(file)?;
    let pieces = source.iter().flat_map(|source| {
        let pieces = map.pieces.iter();
        pieces.map(|it| piece(snapshot, source, &text, it))
    });
    let problems = map.problems.iter();
    Ok(CompiledResult {
        uri: uri.clone(),
        errors: to_proto::diagnostics(snapshot, file, &compiled.errors)?,
        problems: problems
            .map(|it| to_proto::diagnostic(snapshot, &text, it))
            .collect::<Answer<_>>()?,
        pieces: pieces.collect::<Answer<_>>()?,
        text: compiled.text,
    })
}

fn piece(
    snapshot: &Snapshot,
    source: &IndexedText,
    text: &IndexedText,
    piece: &ide::CompiledPiece,
) -> Answer<CompiledPiece> {
    let through = match &piece.through {
        Some((id, place)) => Some(MacroPlace {
            unique_id: id.to_string(),
            location: snapshot.location(place.file, place.range)?,
        }),
        None => None,
    };
    let (start, end) = (piece.compiled.start, piece.compiled.end);
    Ok(CompiledPiece {
        compiled: text.range(SourceRange::new(start, end)),
        source: source.range(piece.source),
        literal: piece.is_literal,
        through,
    })
}
