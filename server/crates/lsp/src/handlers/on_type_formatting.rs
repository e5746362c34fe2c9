//! `textDocument/onTypeFormatting`

use base::SourceRange;
use ide::ON_TYPE_CHARACTERS;
use tower_lsp::lsp_types::{
    DocumentOnTypeFormattingOptions, DocumentOnTypeFormattingParams, TextEdit,
};

use crate::{dispatch::Answer, from_proto, snapshot::Snapshot};

/// The characters that clients ask at.
pub(crate) fn options() -> DocumentOnTypeFormattingOptions {
    let [first, others @ ..] = ON_TYPE_CHARACTERS.map(String::from);
    DocumentOnTypeFormattingOptions {
        first_trigger_character: first,
        more_trigger_character: Some(others.to_vec()),
    }
}

pub(crate) fn on_type_formatting(
    snapshot: &Snapshot,
    params: &DocumentOnTypeFormattingParams,
) -> Answer<Option<Vec<TextEdit>>> {
    let at = &params.text_document_position;
    let (Some(position), Some(text), Some(typed)) = (
        from_proto::file_position(snapshot, at)?,
        snapshot.text_of(&at.text_document.uri)?,
        params.ch.chars().next(),
    ) else {
        return Ok(None);
    };
    let edit = snapshot.analysis.on_type(position, typed)?;
    Ok(edit.map(|edit| {
        let range = text.range(SourceRange::at(edit.offset));
        vec![TextEdit::new(range, edit.text)]
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::test_client::TestClient;

    #[test]
    fn what_is_typed_is_completed() {
        let mut client = TestClient::start(&[
            ("/p/dbt_project.yml", "name: shop\nprofile: shop\n"),
            ("/p/models/a.sql", "{# ä #} {% if a %}\n\n"),
        ]);
        client.initialize("/p");
        let id = client.ask(
            "textDocument/onTypeFormatting",
            &json!({
                "textDocument": {"uri": "file:///p/models/a.sql"},
                "position": {"line": 0, "character": 10},
                "ch": "{",
                "options": {"tabSize": 4, "insertSpaces": true},
            }),
        );
        assert_eq!(client.response(id)["result"], json!(null));
        let id = client.ask(
            "textDocument/onTypeFormatting",
            &json!({
                "textDocument": {"uri": "file:///p/models/b.sql"},
                "position": {"line": 0, "character": 0},
                "ch": "\n",
                "options": {"tabSize": 4, "insertSpaces": true},
            }),
        );
        assert_eq!(client.response(id)["result"], json!(null));
        let uri = "file:///p/models/a.sql";
        let document =
            json!({"uri": uri, "languageId": "sql", "version": 1, "text": "{% if a %}\n\n"});
        client.notify("textDocument/didOpen", &json!({"textDocument": document}));
        let id = client.ask(
            "textDocument/onTypeFormatting",
            &json!({
                "textDocument": {"uri": uri},
                "position": {"line": 1, "character": 0},
                "ch": "\n",
                "options": {"tabSize": 4, "insertSpaces": true},
            }),
        );
        let at = json!({"line": 1, "character": 0});
        assert_eq!(
            client.response(id)["result"],
            json!([{"range": {"start": at, "end": at}, "newText": "\n{% endif %}"}])
        );
        client.leave();
    }
}
