//! `textDocument/prepareRename`, `textDocument/rename` and `workspace/willRenameFiles`

use std::{collections::HashMap, path::Path};

use ide::{EditNote, Rename, RenameRefusal};
use tower_lsp::lsp_types::{
    AnnotatedTextEdit, ChangeAnnotation, DocumentChangeOperation, DocumentChanges, OneOf,
    PrepareRenameResponse, RenameFile, RenameFilesParams, RenameParams, ResourceOp,
    TextDocumentPositionParams, Url, WorkspaceEdit,
};

use crate::{
    dispatch::{Answer, Failure, request_failed},
    from_proto,
    paths::path_of,
    snapshot::Snapshot,
    to_proto,
};

pub(crate) fn prepare_rename(
    snapshot: &Snapshot,
    params: &TextDocumentPositionParams,
) -> Answer<Option<PrepareRenameResponse>> {
    let Some(position) = from_proto::file_position(snapshot, params)? else {
        return Ok(None);
    };
    let Some(text) = snapshot.text(position.file)? else {
        return Ok(None);
    };
    let found = snapshot.analysis.prepare_rename(position)?;
    let target = found.map_err(|refusal| refused(&refusal))?;
    Ok(
        target.map(|target| PrepareRenameResponse::RangeWithPlaceholder {
            range: text.range(target.range),
            placeholder: target.placeholder,
        }),
    )
}

pub(crate) fn rename(snapshot: &Snapshot, params: &RenameParams) -> Answer<Option<WorkspaceEdit>> {
    let Some(position) = from_proto::file_position(snapshot, &params.text_document_position)?
    else {
        return Ok(None);
    };
    let found = snapshot.analysis.rename(position, &params.new_name)?;
    let rename = found.map_err(|refusal| refused(&refusal))?;
    workspace_edit(snapshot, &rename)
}

/// The user gives files other names: what names them follows.
pub(crate) fn will_rename_files(
    snapshot: &Snapshot,
    params: &RenameFilesParams,
) -> Answer<Option<WorkspaceEdit>> {
    let mut all = Rename::default();
    for file in &params.files {
        let paths = [&file.old_uri, &file.new_uri].map(|uri| path_of(&Url::parse(uri).ok()?));
        let [Some(old), Some(new)] = paths else {
            continue;
        };
        let (Some(file), Some(stem)) = (snapshot.paths.get(&old), new.file_stem()) else {
            continue;
        };
        // A file of another kind is no longer what it was.
        if old.extension() != new.extension() {
            continue;
        }
        let stem = stem.to_string_lossy();
        if let Some(followed) = snapshot.analysis.follow_file(file, &stem)? {
            all.edits.extend(followed.edits);
            all.moves.extend(followed.moves);
        }
    }
    if all == Rename::default() {
        return Ok(None);
    }
    workspace_edit(snapshot, &all)
}

fn refused(refusal: &RenameRefusal) -> Failure {
    Failure::Refused(request_failed(refusal.to_string()))
}

/// Says of each edit what it is for: a client that shows edits before they are made groups them by that.
fn annotate(snapshot: &Snapshot, rename: &Rename, edit: &mut WorkspaceEdit) -> Answer<()> {
    let mut notes = Vec::new();
    for (file, range, note) in &rename.notes {
        if let (Some(text), Some(uri)) = (snapshot.text(*file)?, snapshot.paths.uri(*file)) {
            notes.push((uri, text.range(*range), *note));
        }
    }
    let Some(DocumentChanges::Edits(files)) = &mut edit.document_changes else {
        return Ok(());
    };
    let mut annotations = HashMap::new();
    for file in files {
        for edit in &mut file.edits {
            let OneOf::Left(text_edit) = edit else {
                continue;
            };
            let mut notes = notes.iter();
            let of_edit =
                notes.find(|it| it.0 == file.text_document.uri && it.1 == text_edit.range);
            let Some((_, _, note)) = of_edit else {
                continue;
            };
            let (id, label) = label(*note);
            let annotation = ChangeAnnotation {
                label: label.to_owned(),
                // All of it or nothing: a part of a rename breaks the project.
                needs_confirmation: Some(false),
                description: None,
            };
            annotations.insert(id.to_owned(), annotation);
            *edit = OneOf::Right(AnnotatedTextEdit {
                text_edit: text_edit.clone(),
                annotation_id: id.to_owned(),
            });
        }
    }
    edit.change_annotations = Some(annotations);
    Ok(())
}

fn label(note: EditNote) -> (&'static str, &'static str) {
    match note {
        EditNote::Made => ("made", "Where it is made"),
        EditNote::Downstream => ("downstream", "Models downstream"),
        EditNote::Properties => ("properties", "Properties, tests and configuration"),
        EditNote::UnitTests => ("unitTests", "Rows of unit tests"),
    }
}

/// The edits first, then the moves: a client that does them in order edits files that are where they were.
fn workspace_edit(snapshot: &Snapshot, rename: &Rename) -> Answer<Option<WorkspaceEdit>> {
    let Some(mut edit) = to_proto::workspace_edit(snapshot, &rename.edits)? else {
        return Ok(None);
    };
    if snapshot.features.change_annotations && !rename.notes.is_empty() {
        annotate(snapshot, rename, &mut edit)?;
    }
    if rename.moves.is_empty() {
        return Ok(Some(edit));
    }
    if !snapshot.features.rename_files {
        let message = "this needs a file to be renamed, which this editor does not do for us: rename the file itself";
        return Err(Failure::Refused(request_failed(message)));
    }
    let Some(DocumentChanges::Edits(edits)) = edit.document_changes.take() else {
        return Ok(None);
    };
    let mut operations: Vec<DocumentChangeOperation> = edits
        .into_iter()
        .map(DocumentChangeOperation::Edit)
        .collect();
    for moved in &rename.moves {
        let Some(old_uri) = snapshot.paths.uri(moved.file) else {
            return Ok(None);
        };
        let new_path = path_of(&old_uri).map(|path| path.with_file_name(Path::new(&moved.name)));
        let Some(new_uri) = new_path.and_then(|path| Url::from_file_path(path).ok()) else {
            return Ok(None);
        };
        // Without options: a file that is there already is never overwritten.
        operations.push(DocumentChangeOperation::Op(ResourceOp::Rename(
            RenameFile {
                old_uri,
                new_uri,
                options: None,
                annotation_id: None,
            },
        )));
    }
    edit.document_changes = Some(DocumentChanges::Operations(operations));
    Ok(Some(edit))
}
