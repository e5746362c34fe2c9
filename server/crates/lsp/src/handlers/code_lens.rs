//! `textDocument/codeLens`

use tower_lsp::lsp_types::{self as lsp, CodeLens, CodeLensParams};

use crate::{dispatch::Answer, from_proto, snapshot::Snapshot, to_proto};

pub(crate) fn code_lens(
    snapshot: &Snapshot,
    params: &CodeLensParams,
) -> Answer<Option<Vec<CodeLens>>> {
    let Some(file) = from_proto::file(snapshot, &params.text_document.uri) else {
        return Ok(None);
    };
    let Some(text) = snapshot.text(file)? else {
        return Ok(None);
    };
    let mut lenses = Vec::new();
    for lens in snapshot.analysis.code_lenses(file)? {
        // A lens without a command is a remark: the protocol wants an empty command to show its title.
        let remark = || lsp::Command::new(lens.title.clone(), String::new(), None);
        let command = match &lens.command {
            Some(wanted) => to_proto::command(snapshot, file, &lens.title, wanted)
                .or_else(|| (!wanted.kind.executes()).then(remark)),
            None => Some(remark()),
        };
        if command.is_some() {
            lenses.push(CodeLens {
                range: text.range(lens.range),
                command,
                data: None,
            });
        }
    }
    Ok(Some(lenses))
}
