//! The refactorings of `textDocument/codeAction`, and `codeAction/resolve`
//!
//! A client that asks again gets titles first: what an action does is worked out when it is chosen, from the texts of then.

use ide::{Generator, ProjectChange, Refactoring, RefactoringKind, RefactoringRequest, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::{Value, to_value};
use tower_lsp::lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, CreateFile, CreateFileOptions,
    DocumentChangeOperation, DocumentChanges, ExecuteCommandParams, OneOf,
    OptionalVersionedTextDocumentIdentifier, Position, Range, ResourceOp, TextDocumentEdit,
    TextEdit, Url, WorkspaceEdit,
};

use super::code_action::is_kind_wanted;
use crate::{
    client::Outgoing,
    dispatch::{Answer, Failure, request_failed},
    from_proto,
    on_run::argument,
    paths::uri_of,
    snapshot::Snapshot,
    to_proto,
};

/// What a client brings back with the action that was chosen.
#[derive(Debug, Serialize, Deserialize)]
struct Offer {
    uri: Url,
    range: Range,
    title: String,
}

pub(crate) fn refactorings(
    snapshot: &Snapshot,
    params: &CodeActionParams,
) -> Answer<Vec<CodeAction>> {
    let offer = |title: &str| Offer {
        uri: params.text_document.uri.clone(),
        range: params.range,
        title: title.to_owned(),
    };
    let wanted = if snapshot.features.resolves_code_actions {
        Wanted::Offers
    } else {
        Wanted::Changes
    };
    let mut actions = Vec::new();
    for found in ask(snapshot, &offer(""), wanted)? {
        let kind = kind(found.kind);
        if !is_kind_wanted(params, &kind) {
            continue;
        }
        let mut action = CodeAction {
            kind: Some(kind),
            ..CodeAction::default()
        };
        match &found.change {
            None => action.data = to_value(offer(&found.title)).ok(),
            Some(change) => match edit(snapshot, change)? {
                Some(edit) => action.edit = Some(edit),
                None => continue,
            },
        }
        action.title = found.title;
        actions.push(action);
    }
    Ok(actions)
}

/// What the chosen action does. Where that cannot be told any more, it does nothing.
pub(crate) fn resolve(snapshot: &Snapshot, action: &CodeAction) -> Answer<CodeAction> {
    let mut action = action.clone();
    let offer = action.data.clone().map(serde_json::from_value::<Offer>);
    let Some(Ok(offer)) = offer else {
        return Ok(action);
    };
    let found = ask(snapshot, &offer, Wanted::Only(offer.title.clone()))?;
    if let Some(change) = found.into_iter().find_map(|it| it.change) {
        action.edit = edit(snapshot, &change)?;
    }
    Ok(action)
}

fn ask(snapshot: &Snapshot, at: &Offer, wanted: Wanted) -> Answer<Vec<Refactoring>> {
    let Some(selection) = from_proto::file_range(snapshot, &at.uri, at.range)? else {
        return Ok(Vec::new());
    };
    let request = RefactoringRequest {
        selection,
        wanted,
        can_create_files: snapshot.features.create_files,
    };
    Ok(snapshot.analysis.refactorings(&request)?)
}

/// `dagsmith.generateProperties` and `dagsmith.generateModelFromSource`: the client is asked to make the edit, and the answer says
/// what it does.
pub(crate) fn generate(
    snapshot: &Snapshot,
    (params, generator): &(ExecuteCommandParams, Generator),
) -> Answer<Option<Value>> {
    if !snapshot.features.apply_edit {
        return Err(refused("this editor makes no edits for the server"));
    }
    let argument = argument(params).map_err(Failure::Refused)?;
    let at = argument.position.unwrap_or_default();
    let range = Range::new(at, at);
    let Some(selection) = from_proto::file_range(snapshot, &argument.uri, range)? else {
        return Err(refused("this document is in no project"));
    };
    let request = RefactoringRequest {
        selection,
        wanted: Wanted::Changes,
        can_create_files: snapshot.features.create_files,
    };
    let found = snapshot.analysis.generated(&request, *generator)?;
    let Some((title, Some(change))) = found.map(|it| (it.title, it.change)) else {
        return Err(refused(match generator {
            Generator::Properties => {
                "there are no columns here that could be described, or all of them are"
            }
            Generator::ModelFromSource => {
                "there is no table of a source here, or it has its model, or this editor makes no files"
            }
        }));
    };
    let Some(edit) = edit(snapshot, &change)? else {
        return Err(refused("a file cannot be edited"));
    };
    let made = Outgoing::ApplyEdit(title.clone(), Box::new(edit));
    snapshot.client.send(made);
    Ok(Some(title.into()))
}

fn refused(message: &str) -> Failure {
    Failure::Refused(request_failed(message))
}

fn kind(kind: RefactoringKind) -> CodeActionKind {
    match kind {
        RefactoringKind::QuickFix => CodeActionKind::QUICKFIX,
        RefactoringKind::Extract => CodeActionKind::REFACTOR_EXTRACT,
        RefactoringKind::Inline => CodeActionKind::REFACTOR_INLINE,
        RefactoringKind::Rewrite => CodeActionKind::REFACTOR_REWRITE,
        RefactoringKind::Source => CodeActionKind::SOURCE,
    }
}

/// New files first, each with its text, then the edits: a client stops at what fails, and nothing that is there is lost.
pub(crate) fn edit(snapshot: &Snapshot, change: &ProjectChange) -> Answer<Option<WorkspaceEdit>> {
    let Some(mut edit) = to_proto::workspace_edit(snapshot, &change.edits)? else {
        return Ok(None);
    };
    if change.creates.is_empty() {
        return Ok(Some(edit));
    }
    let mut operations = Vec::new();
    for new in &change.creates {
        let Some(uri) = uri_of(&new.path) else {
            return Ok(None);
        };
        operations.push(DocumentChangeOperation::Op(ResourceOp::Create(
            CreateFile {
                uri: uri.clone(),
                options: Some(CreateFileOptions {
                    overwrite: Some(false),
                    ignore_if_exists: Some(false),
                }),
                annotation_id: None,
            },
        )));
        let text = TextEdit::new(
            Range::new(Position::default(), Position::default()),
            new.text.clone(),
        );
        operations.push(DocumentChangeOperation::Edit(TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier { uri, version: None },
            edits: vec![OneOf::Left(text)],
        }));
    }
    if let Some(DocumentChanges::Edits(edits)) = edit.document_changes.take() {
        operations.extend(edits.into_iter().map(DocumentChangeOperation::Edit));
    }
    edit.document_changes = Some(DocumentChanges::Operations(operations));
    Ok(Some(edit))
}
