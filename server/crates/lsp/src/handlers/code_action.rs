//! `textDocument/codeAction`

use ide::{CodeAction, CodeActionEffect};
use tower_lsp::lsp_types::{
    self as lsp, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse,
};

use super::{formatting::style_config, refactoring::refactorings};
use crate::{
    dispatch::Answer,
    from_proto,
    snapshot::{IndexedText, Snapshot},
    to_proto,
};

pub(crate) fn code_action(
    snapshot: &Snapshot,
    params: &CodeActionParams,
) -> Answer<Option<CodeActionResponse>> {
    let uri = &params.text_document.uri;
    let Some(selection) = from_proto::file_range(snapshot, uri, params.range)? else {
        return Ok(None);
    };
    let Some(text) = snapshot.text(selection.file)? else {
        return Ok(None);
    };
    let mut actions = Vec::new();
    let mut found = snapshot.analysis.code_actions(selection)?;
    if let Some(config) = style_config(snapshot, &text)?
        && config.is_configured
    {
        found.extend(snapshot.analysis.lint_actions(selection, &config)?);
    }
    for action in found {
        if is_wanted(params, &action) {
            actions.extend(code_action_or_command(snapshot, &text, action)?);
        }
    }
    if snapshot.features.code_action_literals {
        let found = refactorings(snapshot, params)?;
        actions.extend(found.into_iter().map(CodeActionOrCommand::CodeAction));
    }
    Ok(Some(actions))
}

/// Clients may ask for some kinds only: `quickfix` when the light bulb is over a squiggle.
fn is_wanted(params: &CodeActionParams, action: &CodeAction) -> bool {
    let kind = match action.effect {
        CodeActionEffect::Fix { .. } => CodeActionKind::QUICKFIX,
        CodeActionEffect::Command(_) => CodeActionKind::EMPTY,
    };
    is_kind_wanted(params, &kind)
}

/// A kind stands for those below it, too: `refactor` for `refactor.extract`.
pub(super) fn is_kind_wanted(params: &CodeActionParams, kind: &CodeActionKind) -> bool {
    let Some(only) = &params.context.only else {
        return true;
    };
    only.iter().any(|wanted| {
        let below = kind.as_str().strip_prefix(wanted.as_str());
        *wanted == CodeActionKind::EMPTY
            || below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

fn code_action_or_command(
    snapshot: &Snapshot,
    text: &IndexedText,
    action: CodeAction,
) -> Answer<Option<CodeActionOrCommand>> {
    match action.effect {
        CodeActionEffect::Fix { diagnostic, edits } => {
            if !snapshot.features.code_action_literals {
                return Ok(None);
            }
            let Some(edit) = to_proto::workspace_edit(snapshot, &edits)? else {
                return Ok(None);
            };
            let diagnostic = to_proto::diagnostic(snapshot, text, &diagnostic)?;
            Ok(Some(CodeActionOrCommand::CodeAction(lsp::CodeAction {
                title: action.title,
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: Some(vec![diagnostic]),
                edit: Some(edit),
                is_preferred: Some(true),
                ..lsp::CodeAction::default()
            })))
        }
        CodeActionEffect::Command(wanted) => {
            let command = to_proto::command(snapshot, text.file, &action.title, &wanted);
            Ok(command.map(CodeActionOrCommand::Command))
        }
    }
}
