//! `textDocument/publishDiagnostics`: what is published for one file. When it is, is decided in `diagnose`.

use base::FileId;
use tower_lsp::lsp_types::Diagnostic;

use crate::{dispatch::Answer, snapshot::Snapshot, to_proto};

pub(crate) fn diagnostics(snapshot: &Snapshot, file: FileId) -> Answer<Vec<Diagnostic>> {
    let found = snapshot.analysis.diagnostics(file)?;
    to_proto::diagnostics(snapshot, file, &found)
}
