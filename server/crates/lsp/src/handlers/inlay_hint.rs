//! `textDocument/inlayHint`

use ide::InlayHintKind;
use tower_lsp::lsp_types::{
    InlayHint, InlayHintKind as LspKind, InlayHintLabel, InlayHintParams, InlayHintTooltip, Range,
};

use base::SourceRange;

use crate::{
    dispatch::Answer,
    settings::InlayHintSettings,
    snapshot::{IndexedText, Snapshot},
};

pub(crate) fn inlay_hint(
    snapshot: &Snapshot,
    params: &InlayHintParams,
) -> Answer<Option<Vec<InlayHint>>> {
    let Some(text) = snapshot.text_of(&params.text_document.uri)? else {
        return Ok(None);
    };
    let range = SourceRange::new(
        text.offset(params.range.start),
        text.offset(params.range.end),
    );
    let settings = &snapshot.settings.inlay_hints;
    let mut hints = snapshot.analysis.inlay_hints(text.file, range)?;
    hints.retain(|hint| is_wanted(settings, hint.kind));
    let shown = hints.into_iter().map(|hint| {
        let Range { start, .. } = text.range(SourceRange::at(hint.offset));
        InlayHint {
            position: start,
            label: InlayHintLabel::String(hint.label),
            kind: (hint.kind == InlayHintKind::Type).then_some(LspKind::TYPE),
            text_edits: None,
            tooltip: hint.tooltip.map(InlayHintTooltip::String),
            padding_left: Some(hint.kind != InlayHintKind::Type),
            padding_right: None,
            data: None,
        }
    });
    let mut shown: Vec<InlayHint> = shown.collect();
    if settings.rows {
        shown.extend(rows(snapshot, &text, range)?);
    }
    Ok(Some(shown))
}

/// How many rows each node of the file had in its last run, behind the first line of its text.
fn rows(snapshot: &Snapshot, text: &IndexedText, range: SourceRange) -> Answer<Vec<InlayHint>> {
    let mut hints = Vec::new();
    for (node, place) in snapshot.analysis.nodes_of_file(text.file)? {
        let runs = &snapshot.node_runs;
        let Some(run) = runs.get(&*snapshot.overlay, &node.root, &node.unique_id) else {
            continue;
        };
        let first_line = place.of(text.text()).lines().next().unwrap_or_default();
        let end = place.start + first_line.len() as u32;
        let Some(label) = run.count().filter(|_| range.touches(end)) else {
            continue;
        };
        hints.push(InlayHint {
            position: text.range(SourceRange::at(end)).start,
            label: InlayHintLabel::String(label),
            kind: None,
            text_edits: None,
            tooltip: Some(InlayHintTooltip::String(run.markdown())),
            padding_left: Some(true),
            padding_right: None,
            data: None,
        });
    }
    Ok(hints)
}

fn is_wanted(settings: &InlayHintSettings, kind: InlayHintKind) -> bool {
    match kind {
        InlayHintKind::Star => settings.stars,
        InlayHintKind::Type => settings.types,
        InlayHintKind::Relation => settings.relations,
        InlayHintKind::Position => settings.positions,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::test_client::TestClient;

    #[test]
    fn stars_and_types_are_shown_as_far_as_they_are_wanted() {
        let mut client = TestClient::start(&[
            ("/p/dbt_project.yml", "name: shop\nprofile: shop\n"),
            ("/p/models/a.sql", "select 1 as ä, 'x' as b\n"),
            ("/p/models/b.sql", "select * from {{ ref('a') }}\n"),
        ]);
        let server = client.initialize("/p");
        assert_eq!(
            server["result"]["capabilities"]["inlayHintProvider"],
            json!(true)
        );
        let mut ask = |path: &str| {
            let range =
                json!({"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}});
            let params = json!({"textDocument": {"uri": path}, "range": range});
            let id = client.ask("textDocument/inlayHint", &params);
            client.response(id)["result"].clone()
        };
        let types = ask("file:///p/models/a.sql");
        assert_eq!(types[0]["label"], ": integer");
        assert_eq!(types[0]["position"]["character"], 13);
        assert_eq!(types[1]["label"], ": varchar");
        let stars = ask("file:///p/models/b.sql");
        assert_eq!(stars[0]["label"], "= ä, b");
        assert_eq!(stars.as_array().map(Vec::len), Some(1));
        client.leave();
    }

    #[test]
    fn the_rows_of_the_last_run_are_shown() {
        let results = r#"{"results": [{"unique_id": "model.shop.a", "status": "success", "execution_time": 0.5,
            "adapter_response": {"rows_affected": 120}}]}"#;
        let mut client = TestClient::start(&[
            ("/p/dbt_project.yml", "name: shop\nprofile: shop\n"),
            ("/p/models/a.sql", "-- ä\nselect 1 as id\n"),
            ("/p/models/b.sql", "-- b\nselect 1 as id\n"),
            ("/p/target/run_results.json", results),
        ]);
        client.initialize("/p");
        let mut ask = |path: &str, line: u32| {
            let range = json!({"start": {"line": line, "character": 0}, "end": {"line": 1, "character": 0}});
            let params = json!({"textDocument": {"uri": path}, "range": range});
            let id = client.ask("textDocument/inlayHint", &params);
            client.response(id)["result"].clone()
        };
        let hints = ask("file:///p/models/a.sql", 0);
        assert_eq!(hints[0]["label"], "120 rows");
        assert_eq!(hints[0]["position"], json!({"line": 0, "character": 4}));
        assert_eq!(hints[0]["tooltip"], "last run: success in 0.50 s, 120 rows");
        assert_eq!(ask("file:///p/models/a.sql", 1), json!([]));
        assert_eq!(ask("file:///p/models/b.sql", 0), json!([]));
        client.leave();
    }
}
