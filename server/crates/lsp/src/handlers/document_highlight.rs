//! `textDocument/documentHighlight`

use ide::HighlightKind;
use tower_lsp::lsp_types::{DocumentHighlight, DocumentHighlightKind, DocumentHighlightParams};

use crate::{dispatch::Answer, from_proto, snapshot::Snapshot};

pub(crate) fn document_highlight(
    snapshot: &Snapshot,
    params: &DocumentHighlightParams,
) -> Answer<Option<Vec<DocumentHighlight>>> {
    let at = &params.text_document_position_params;
    let (Some(position), Some(text)) = (
        from_proto::file_position(snapshot, at)?,
        snapshot.text_of(&at.text_document.uri)?,
    ) else {
        return Ok(None);
    };
    let found = snapshot.analysis.document_highlights(position)?;
    let highlights = found.into_iter().map(|it| DocumentHighlight {
        range: text.range(it.range),
        kind: Some(match it.kind {
            HighlightKind::Write => DocumentHighlightKind::WRITE,
            HighlightKind::Read => DocumentHighlightKind::READ,
            HighlightKind::Text => DocumentHighlightKind::TEXT,
        }),
    });
    Ok(Some(highlights.collect()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::test_client::TestClient;

    #[test]
    fn kinds_and_places_are_the_protocols() {
        let mut client = TestClient::start(&[
            ("/p/dbt_project.yml", "name: shop\nprofile: shop\n"),
            ("/p/models/a.sql", "with ä as (select 1)\nselect * from ä\n"),
        ]);
        client.initialize("/p");
        let at = json!({
            "textDocument": {"uri": "file:///p/models/a.sql"},
            "position": {"line": 1, "character": 14},
        });
        let id = client.ask("textDocument/documentHighlight", &at);
        let place = |line, from| json!({"start": {"line": line, "character": from}, "end": {"line": line, "character": from + 1}});
        assert_eq!(
            client.response(id)["result"],
            json!([{"range": place(0, 5), "kind": 3}, {"range": place(1, 14), "kind": 2}])
        );
        client.leave();
    }
}
