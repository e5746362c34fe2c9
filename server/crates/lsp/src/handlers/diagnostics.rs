//! `textDocument/publishDiagnostics`: what is published for one file. When it is, is decided in `diagnose`.

use base::FileId;
use tower_lsp::lsp_types::Diagnostic;

use super::formatting::style_config;
use crate::{dispatch::Answer, snapshot::Snapshot, to_proto};

/// Style is looked at in open documents alone, and only where the project has settings for it.
pub(crate) fn diagnostics(
    snapshot: &Snapshot,
    file: FileId,
    is_open: bool,
) -> Answer<Vec<Diagnostic>> {
    let mut found = snapshot.analysis.diagnostics(file)?;
    if is_open
        && let Some(text) = snapshot.text(file)?
        && let Some(config) = style_config(snapshot, &text)?
        && config.is_configured
    {
        found.extend(snapshot.analysis.lint(file, &config)?);
    }
    to_proto::diagnostics(snapshot, file, &found)
}
