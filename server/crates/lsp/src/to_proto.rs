//! From what `ide` answers to what the protocol says.
//!
//! Only what several handlers share; what one handler alone needs is in its file.

use base::{Edit, FileId, Severity, SourceRange};
use ide::{Command, CommandKind, PreviewPart, SymbolKind};
use serde_json::{Map, json};
use tower_lsp::lsp_types::{
    self as lsp, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    DocumentChanges, NumberOrString, OneOf, OptionalVersionedTextDocumentIdentifier,
    TextDocumentEdit, TextEdit, WorkspaceEdit,
};

use crate::{
    capabilities::command,
    dispatch::Answer,
    snapshot::{IndexedText, Snapshot},
};

pub(crate) const SOURCE: &str = "dagsmith";

pub(crate) fn diagnostic(
    snapshot: &Snapshot,
    text: &IndexedText,
    found: &base::Diagnostic,
) -> Answer<Diagnostic> {
    let mut related = Vec::new();
    for other in &found.related {
        if let Some(location) = snapshot.location(other.at.file, other.at.range)? {
            related.push(DiagnosticRelatedInformation {
                location,
                message: other.message.clone(),
            });
        }
    }
    let can_relate = snapshot.features.related_information && !related.is_empty();
    Ok(Diagnostic {
        range: text.range(found.range),
        severity: Some(severity(found.severity)),
        code: Some(NumberOrString::String(found.code.to_owned())),
        source: Some(SOURCE.to_owned()),
        message: found.message.clone(),
        related_information: can_relate.then_some(related),
        tags: tag(found.code)
            .filter(|_| snapshot.features.diagnostic_tags)
            .map(|tag| vec![tag]),
        ..Diagnostic::default()
    })
}

/// How an editor shows it beside what it says: faded, or struck through.
fn tag(code: &str) -> Option<DiagnosticTag> {
    if code.starts_with("unused-") {
        Some(DiagnosticTag::UNNECESSARY)
    } else if code.starts_with("deprecated") {
        Some(DiagnosticTag::DEPRECATED)
    } else {
        None
    }
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Info => DiagnosticSeverity::INFORMATION,
        Severity::Hint => DiagnosticSeverity::HINT,
    }
}

/// All diagnostics of a file.
pub(crate) fn diagnostics(
    snapshot: &Snapshot,
    file: FileId,
    found: &[base::Diagnostic],
) -> Answer<Vec<Diagnostic>> {
    let Some(text) = snapshot.text(file)? else {
        return Ok(Vec::new());
    };
    found
        .iter()
        .map(|it| diagnostic(snapshot, &text, it))
        .collect()
}

/// Edits of several files as one; `None` if one of them is of a file that cannot be edited.
pub(crate) fn workspace_edit(snapshot: &Snapshot, edits: &[Edit]) -> Answer<Option<WorkspaceEdit>> {
    let mut files: Vec<TextDocumentEdit> = Vec::new();
    for edit in edits {
        let (Some(text), Some(uri)) = (snapshot.text(edit.file)?, snapshot.paths.uri(edit.file))
        else {
            return Ok(None);
        };
        let text_edit = OneOf::Left(TextEdit::new(text.range(edit.range), edit.text.clone()));
        match files.iter_mut().find(|it| it.text_document.uri == uri) {
            Some(file) => file.edits.push(text_edit),
            None => files.push(TextDocumentEdit {
                text_document: OptionalVersionedTextDocumentIdentifier { uri, version: None },
                edits: vec![text_edit],
            }),
        }
    }
    Ok(Some(WorkspaceEdit {
        document_changes: Some(DocumentChanges::Edits(files)),
        ..WorkspaceEdit::default()
    }))
}

/// A command with its argument filled in; `None` where executing is off.
pub(crate) fn command(
    snapshot: &Snapshot,
    file: FileId,
    title: &str,
    wanted: &Command,
) -> Option<lsp::Command> {
    if wanted.kind.executes() && !snapshot.settings.trusted {
        return None;
    }
    let uri = snapshot.paths.uri(file)?;
    let mut argument = Map::from_iter([("uri".to_owned(), json!(uri))]);
    if let Some(selector) = &wanted.selector {
        argument.insert("selector".to_owned(), json!(selector));
    }
    if let Some(position) = wanted.position {
        let text = snapshot.text(file).ok()??;
        let at = text.range(SourceRange::at(position)).start;
        argument.insert("position".to_owned(), json!(at));
    }
    match &wanted.part {
        None => {}
        Some(PreviewPart::Cte(cte)) => {
            argument.insert("cte".to_owned(), json!(cte));
        }
        Some(PreviewPart::Selection(range)) => {
            let text = snapshot.text(file).ok()??;
            argument.insert("range".to_owned(), json!(text.range(*range)));
        }
    }
    let name = match wanted.kind {
        CommandKind::Run => command::RUN,
        CommandKind::Build => command::BUILD,
        CommandKind::Test => command::TEST,
        CommandKind::Seed => command::SEED,
        CommandKind::Snapshot => command::SNAPSHOT,
        CommandKind::Freshness => command::FRESHNESS,
        CommandKind::Preview => command::PREVIEW,
        CommandKind::ShowCompiled => command::SHOW_COMPILED,
        CommandKind::ShowLineage => command::SHOW_LINEAGE,
        CommandKind::GenerateProperties if snapshot.features.apply_edit => {
            command::GENERATE_PROPERTIES
        }
        CommandKind::GenerateProperties => return None,
    };
    Some(lsp::Command::new(
        title.to_owned(),
        name.to_owned(),
        Some(vec![argument.into()]),
    ))
}

pub(crate) fn symbol_kind(kind: SymbolKind) -> lsp::SymbolKind {
    match kind {
        SymbolKind::Model | SymbolKind::Snapshot => lsp::SymbolKind::CLASS,
        SymbolKind::Seed | SymbolKind::Source => lsp::SymbolKind::STRUCT,
        SymbolKind::Analysis => lsp::SymbolKind::FILE,
        SymbolKind::Macro => lsp::SymbolKind::FUNCTION,
        SymbolKind::Test => lsp::SymbolKind::EVENT,
        SymbolKind::Exposure => lsp::SymbolKind::INTERFACE,
        SymbolKind::Doc => lsp::SymbolKind::STRING,
        SymbolKind::Group => lsp::SymbolKind::NAMESPACE,
        SymbolKind::Var => lsp::SymbolKind::VARIABLE,
        SymbolKind::Column => lsp::SymbolKind::FIELD,
        SymbolKind::Cte => lsp::SymbolKind::OBJECT,
        SymbolKind::Key => lsp::SymbolKind::KEY,
    }
}

/// Markdown, or the same as text for a client that shows text only.
pub(crate) fn markup(snapshot: &Snapshot, markdown: String) -> lsp::MarkupContent {
    let kind = if snapshot.features.hover_markdown {
        lsp::MarkupKind::Markdown
    } else {
        lsp::MarkupKind::PlainText
    };
    lsp::MarkupContent {
        kind,
        value: markdown,
    }
}
