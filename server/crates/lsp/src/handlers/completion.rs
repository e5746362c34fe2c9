//! `textDocument/completion`
//!
//! Items come whole: what documentation they have is at hand when they are made, so there is nothing to resolve.

use ide::{CompletionItem, CompletionKind};
use tower_lsp::lsp_types::{
    self as lsp, CompletionItemKind, CompletionList, CompletionParams, CompletionResponse,
    CompletionTextEdit, Documentation, InsertTextFormat, TextEdit,
};

use crate::{
    dispatch::Answer,
    from_proto,
    snapshot::{IndexedText, Snapshot},
    to_proto,
};

pub(crate) fn completion(
    snapshot: &Snapshot,
    params: &CompletionParams,
) -> Answer<Option<CompletionResponse>> {
    let Some(position) = from_proto::file_position(snapshot, &params.text_document_position)?
    else {
        return Ok(None);
    };
    let Some(text) = snapshot.text(position.file)? else {
        return Ok(None);
    };
    let found = snapshot.analysis.completions(position)?;
    let is_incomplete = found.is_incomplete;
    let items = found
        .items
        .into_iter()
        .map(|item| completion_item(snapshot, &text, item))
        .collect();
    Ok(Some(CompletionResponse::List(CompletionList {
        is_incomplete,
        items,
    })))
}

fn completion_item(
    snapshot: &Snapshot,
    text: &IndexedText,
    item: CompletionItem,
) -> lsp::CompletionItem {
    let insert = if item.is_snippet && !snapshot.features.snippets {
        without_placeholders(&item.insert)
    } else {
        item.insert
    };
    // Plain text is what an item without a format is.
    let format =
        (item.is_snippet && snapshot.features.snippets).then_some(InsertTextFormat::SNIPPET);
    lsp::CompletionItem {
        sort_text: Some(format!("{:03}{}", item.rank, item.label)),
        filter_text: item.filter,
        kind: Some(kind(item.kind)),
        detail: item.detail,
        documentation: item
            .documentation
            .map(|markdown| Documentation::MarkupContent(to_proto::markup(snapshot, markdown))),
        insert_text_format: format,
        text_edit: Some(CompletionTextEdit::Edit(TextEdit::new(
            text.range(item.replace),
            insert,
        ))),
        label: item.label,
        ..lsp::CompletionItem::default()
    }
}

fn kind(kind: CompletionKind) -> CompletionItemKind {
    match kind {
        CompletionKind::Model | CompletionKind::Snapshot => CompletionItemKind::CLASS,
        CompletionKind::Seed | CompletionKind::Source => CompletionItemKind::STRUCT,
        CompletionKind::Macro | CompletionKind::Function => CompletionItemKind::FUNCTION,
        CompletionKind::Variable => CompletionItemKind::VARIABLE,
        CompletionKind::Key => CompletionItemKind::PROPERTY,
        CompletionKind::Value => CompletionItemKind::VALUE,
        CompletionKind::Doc => CompletionItemKind::TEXT,
        CompletionKind::Column => CompletionItemKind::FIELD,
        CompletionKind::Cte => CompletionItemKind::MODULE,
        CompletionKind::Keyword => CompletionItemKind::KEYWORD,
    }
}

/// A snippet for a client without snippets: `f(${1:x}, ${2:y})$0` is `f(x, y)`.
fn without_placeholders(snippet: &str) -> String {
    let mut out = String::with_capacity(snippet.len());
    let mut chars = snippet.chars().peekable();
    let mut depth = 0_u32;
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            '$' => {
                depth += u32::from(chars.next_if_eq(&'{').is_some());
                while chars.next_if(char::is_ascii_digit).is_some() {}
                chars.next_if_eq(&':');
            }
            '}' if depth > 0 => depth -= 1,
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::without_placeholders;

    #[test]
    fn snippets_become_text() {
        assert_eq!(without_placeholders("f(${1:x}, ${2:y=1})$0"), "f(x, y=1)");
        assert_eq!(without_placeholders(r"cost \$1 {$1}"), "cost $1 {}");
    }
}
