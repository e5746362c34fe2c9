//! `textDocument/linkedEditingRange`

use tower_lsp::lsp_types::{LinkedEditingRangeParams, LinkedEditingRanges};

use crate::{dispatch::Answer, from_proto, snapshot::Snapshot};

pub(crate) fn linked_editing_range(
    snapshot: &Snapshot,
    params: &LinkedEditingRangeParams,
) -> Answer<Option<LinkedEditingRanges>> {
    let at = &params.text_document_position_params;
    let (Some(position), Some(text)) = (
        from_proto::file_position(snapshot, at)?,
        snapshot.text_of(&at.text_document.uri)?,
    ) else {
        return Ok(None);
    };
    let ranges = snapshot.analysis.linked_editing_ranges(position)?;
    Ok((!ranges.is_empty()).then(|| LinkedEditingRanges {
        ranges: ranges.iter().map(|range| text.range(*range)).collect(),
        word_pattern: None,
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::test_client::TestClient;

    #[test]
    fn the_words_of_a_block_are_edited_together() {
        let mut client = TestClient::start(&[
            ("/p/dbt_project.yml", "name: shop\nprofile: shop\n"),
            ("/p/models/a.sql", "{# ä #}{% if a %}\n{% endif %}\n"),
        ]);
        client.initialize("/p");
        let at = json!({
            "textDocument": {"uri": "file:///p/models/a.sql"},
            "position": {"line": 0, "character": 11},
        });
        let id = client.ask("textDocument/linkedEditingRange", &at);
        assert_eq!(
            client.response(id)["result"],
            json!({"ranges": [
                {"start": {"line": 0, "character": 10}, "end": {"line": 0, "character": 12}},
                {"start": {"line": 1, "character": 6}, "end": {"line": 1, "character": 8}},
            ]})
        );
        client.leave();
    }
}
