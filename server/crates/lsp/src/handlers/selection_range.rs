//! `textDocument/selectionRange`

use ide::FilePosition;
use tower_lsp::lsp_types::{Range, SelectionRange, SelectionRangeParams};

use crate::{dispatch::Answer, snapshot::Snapshot};

pub(crate) fn selection_range(
    snapshot: &Snapshot,
    params: &SelectionRangeParams,
) -> Answer<Option<Vec<SelectionRange>>> {
    let Some(text) = snapshot.text_of(&params.text_document.uri)? else {
        return Ok(None);
    };
    let mut answers = Vec::new();
    for at in &params.positions {
        let position = FilePosition {
            file: text.file,
            offset: text.offset(*at),
        };
        let ranges = snapshot.analysis.selection_ranges(position)?;
        let outermost_first = ranges.iter().rev().map(|range| text.range(*range));
        let chain = outermost_first.fold(None, |parent, range| {
            Some(SelectionRange {
                range,
                parent: parent.map(Box::new),
            })
        });
        // As many answers as cursors, in their order.
        answers.push(chain.unwrap_or(SelectionRange {
            range: Range::new(*at, *at),
            parent: None,
        }));
    }
    Ok(Some(answers))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::test_client::TestClient;

    #[test]
    fn every_cursor_has_its_chain() {
        let mut client = TestClient::start(&[
            ("/p/dbt_project.yml", "name: shop\nprofile: shop\n"),
            ("/p/models/a.sql", "select 'ä', b\n"),
        ]);
        client.initialize("/p");
        let positions = json!([{"line": 0, "character": 12}, {"line": 9, "character": 0}]);
        let id = client.ask(
            "textDocument/selectionRange",
            &json!({"textDocument": {"uri": "file:///p/models/a.sql"}, "positions": positions}),
        );
        let answer = client.response(id);
        let result = &answer["result"];
        assert_eq!(
            result[0]["range"],
            json!({"start": {"line": 0, "character": 12}, "end": {"line": 0, "character": 13}})
        );
        assert_eq!(
            result[0]["parent"]["range"],
            json!({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 13}})
        );
        assert_eq!(result.as_array().unwrap().len(), 2);
        client.leave();
    }
}
