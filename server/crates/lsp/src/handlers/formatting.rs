//! `textDocument/formatting`, `textDocument/rangeFormatting`
//!
//! What `.sqlfluff` and its relatives say counts, and the editor's idea of tabs does not: the terminal has to come to the same.

use base::SourceRange;
use ide::StyleConfig;
use tower_lsp::lsp_types::{
    DocumentFormattingParams, DocumentRangeFormattingParams, TextEdit, Url,
};

use crate::{dispatch::Answer, snapshot::Snapshot};

pub(crate) fn formatting(
    snapshot: &Snapshot,
    params: &DocumentFormattingParams,
) -> Answer<Option<Vec<TextEdit>>> {
    edits(snapshot, &params.text_document.uri, |_| true)
}

/// The edits of lines that the range touches; what they mean together does not depend on the others.
pub(crate) fn range_formatting(
    snapshot: &Snapshot,
    params: &DocumentRangeFormattingParams,
) -> Answer<Option<Vec<TextEdit>>> {
    let uri = &params.text_document.uri;
    let Some(text) = snapshot.text_of(uri)? else {
        return Ok(None);
    };
    let (start, end) = (
        text.offset(params.range.start),
        text.offset(params.range.end),
    );
    edits(snapshot, uri, |range| {
        range.start <= end && start <= range.end
    })
}

fn edits(
    snapshot: &Snapshot,
    uri: &Url,
    is_wanted: impl Fn(SourceRange) -> bool,
) -> Answer<Option<Vec<TextEdit>>> {
    let Some(text) = snapshot.text_of(uri)? else {
        return Ok(None);
    };
    let Some(config) = style_config(snapshot, &text)? else {
        return Ok(None);
    };
    let Some(found) = snapshot.analysis.formatting(text.file, &config)? else {
        return Ok(None);
    };
    if let Some(left) = found.left_alone.first() {
        tracing::info!(%uri, reason = %left.reason, "not formatted");
    }
    let wanted = found
        .edits
        .into_iter()
        .filter(|(range, _)| is_wanted(*range));
    let edits = wanted.map(|(range, new)| TextEdit::new(text.range(range), new));
    Ok(Some(edits.collect()))
}

/// How the SQL of a document is to look; `None` for what is no SQL.
pub(crate) fn style_config(
    snapshot: &Snapshot,
    text: &crate::snapshot::IndexedText,
) -> Answer<Option<StyleConfig>> {
    let Some(dialect) = snapshot.analysis.sql_dialect(text.file)? else {
        return Ok(None);
    };
    let path = snapshot.paths.path(text.file);
    let dir = path.as_deref().and_then(std::path::Path::parent);
    Ok(dir.map(|dir| StyleConfig::find(&*snapshot.overlay, dir, dialect)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::test_client::TestClient;

    const FILES: [(&str, &str); 4] = [
        ("/p/dbt_project.yml", "name: shop\nprofile: shop\n"),
        (
            "/p/profiles.yml",
            "shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb}}}\n",
        ),
        (
            "/p/.sqlfluff",
            "[sqlfluff:indentation]\ntab_space_size = 2\n",
        ),
        (
            "/p/models/a.sql",
            "select\n1 as id\nunion all\nselect\n    2 as id\n",
        ),
    ];

    fn new_texts(method: &str, extra: Value) -> Vec<String> {
        let mut client = TestClient::start(&FILES);
        client.initialize("/p");
        let mut params = extra;
        params["textDocument"] = json!({"uri": "file:///p/models/a.sql"});
        params["options"] = json!({"tabSize": 8, "insertSpaces": true});
        let id = client.ask(method, &params);
        let response = client.response(id);
        let edits = response["result"].as_array().unwrap();
        let texts = edits
            .iter()
            .map(|it| it["newText"].as_str().unwrap().to_owned());
        let texts = texts.collect();
        client.leave();
        texts
    }

    #[test]
    fn a_document_is_formatted_as_its_project_wants_it() {
        let texts = new_texts("textDocument/formatting", json!({}));
        assert_eq!(texts, ["  1 as id\n", "  2 as id\n"]);
    }

    #[test]
    fn of_a_range_only_its_lines() {
        let range =
            json!({"start": {"line": 4, "character": 0}, "end": {"line": 4, "character": 9}});
        let texts = new_texts("textDocument/rangeFormatting", json!({"range": range}));
        assert_eq!(texts, ["  2 as id\n"]);
    }

    #[test]
    fn style_is_shown_where_the_project_has_settings_for_it() {
        let mut client = TestClient::start(&FILES);
        client.initialize("/p");
        let uri = "file:///p/models/a.sql";
        let text = "select 1 as id\nunion\nselect 2 as id\n";
        let document = json!({"uri": uri, "languageId": "sql", "version": 1, "text": text});
        client.notify("textDocument/didOpen", &json!({"textDocument": document}));
        let found = loop {
            let message = client.receive();
            let found = &message["params"]["diagnostics"];
            if message["params"]["uri"] == uri && found.get(0).is_some() {
                break found[0].clone();
            }
        };
        assert_eq!(
            (&found["code"], &found["severity"]),
            (&json!("AM02"), &json!(3))
        );
        client.leave();
    }
}
