//! From what the protocol says to what `ide` takes.

use base::FileRange;
use ide::FilePosition;
use tower_lsp::lsp_types::{Range, TextDocumentPositionParams, Url};

use crate::{dispatch::Failure, paths::path_of, snapshot::Snapshot};

/// The cursor of a request; `None` if the document is no file of a project.
pub(crate) fn file_position(
    snapshot: &Snapshot,
    at: &TextDocumentPositionParams,
) -> Result<Option<FilePosition>, Failure> {
    let Some(text) = snapshot.text_of(&at.text_document.uri)? else {
        return Ok(None);
    };
    Ok(Some(FilePosition {
        file: text.file,
        offset: text.offset(at.position),
    }))
}

/// The selection of a request; `None` if the document is no file of a project.
pub(crate) fn file_range(
    snapshot: &Snapshot,
    uri: &Url,
    range: Range,
) -> Result<Option<FileRange>, Failure> {
    let Some(text) = snapshot.text_of(uri)? else {
        return Ok(None);
    };
    let (start, end) = (text.offset(range.start), text.offset(range.end));
    Ok(Some(FileRange {
        file: text.file,
        range: base::SourceRange::new(start, end),
    }))
}

/// The number of a document; `None` if it was never heard of.
pub(crate) fn file(snapshot: &Snapshot, uri: &Url) -> Option<base::FileId> {
    path_of(uri).and_then(|path| snapshot.paths.get(&path))
}
