//! What a request is answered from: the analysis at one revision, and what is needed to speak the protocol.

use std::sync::Arc;

use base::{FileId, LineIndex, SourceRange};
use ide::Analysis;
use tower_lsp::lsp_types::{Location, Position, Range, Url};

use crate::{
    builtin_files,
    capabilities::ClientFeatures,
    client::ClientSender,
    dispatch::Failure,
    encoding::PositionEncoding,
    node_runs::NodeRuns,
    overlay::Overlay,
    paths::{Paths, path_of, uri_of},
    settings::Settings,
    told_tokens::ToldTokens,
};

/// A frozen view of everything; cheap to make. While it lives, an edit waits for it to be cancelled: let it go early.
#[derive(Clone)]
pub(crate) struct Snapshot {
    pub(crate) analysis: Analysis,
    pub(crate) paths: Arc<Paths>,
    pub(crate) features: Arc<ClientFeatures>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) overlay: Arc<Overlay>,
    pub(crate) client: ClientSender,
    pub(crate) tokens: Arc<ToldTokens>,
    pub(crate) node_runs: Arc<NodeRuns>,
    /// Whether what a binder answered is shown.
    pub(crate) binds: bool,
    /// Of the server.
    pub(crate) version: &'static str,
}

/// A file's text with what turns offsets into positions.
pub(crate) struct IndexedText {
    pub(crate) file: FileId,
    text: Arc<str>,
    index: LineIndex,
    encoding: PositionEncoding,
}

impl IndexedText {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn offset(&self, at: Position) -> u32 {
        self.encoding.offset(&self.index, &self.text, at)
    }

    pub(crate) fn range(&self, range: SourceRange) -> Range {
        self.encoding.range(&self.index, &self.text, range)
    }

    /// How many characters of the protocol a part of the text has.
    pub(crate) fn width(&self, part: &str) -> u32 {
        self.encoding.width(part)
    }
}

impl Snapshot {
    /// The text that this snapshot knows a document by.
    pub(crate) fn text_of(&self, uri: &Url) -> Result<Option<IndexedText>, Failure> {
        match path_of(uri).and_then(|path| self.paths.get(&path)) {
            Some(file) => self.text(file),
            None => Ok(None),
        }
    }

    /// A file's text; `None` if it is in no project.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "every question to a snapshot can be cancelled"
    )]
    pub(crate) fn text(&self, file: FileId) -> Result<Option<IndexedText>, Failure> {
        let Some(text) = self.analysis.text(file) else {
            return Ok(None);
        };
        Ok(Some(self.indexed(file, text)))
    }

    /// A text that a file gave.
    pub(crate) fn indexed(&self, file: FileId, text: Arc<str>) -> IndexedText {
        IndexedText {
            file,
            index: LineIndex::new(&text),
            text,
            encoding: self.features.encoding,
        }
    }

    /// A place in a file, for the client. `None` for a file without a text, or without a path that can be opened.
    pub(crate) fn location(
        &self,
        file: FileId,
        range: SourceRange,
    ) -> Result<Option<Location>, Failure> {
        let (Some(text), Some(uri)) = (self.text(file)?, self.uri(file)) else {
            return Ok(None);
        };
        Ok(Some(Location::new(uri, text.range(range))))
    }

    /// Where the client can open a file; for one of a built-in package that is a copy.
    pub(crate) fn uri(&self, file: FileId) -> Option<Url> {
        let path = self.paths.path(file)?;
        if !path.starts_with(ide::BUILTIN_ROOT) {
            return uri_of(&path);
        }
        let text = self.analysis.text(file)?;
        let copy = builtin_files::copy_of(&*self.overlay, self.version, &path, &text)?;
        uri_of(&copy)
    }
}
