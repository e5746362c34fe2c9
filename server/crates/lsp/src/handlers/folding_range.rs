//! `textDocument/foldingRange`
//!
//! By whole lines, which is what editors fold. A line that has what closes the fold on it stays to be seen.

use std::collections::BTreeMap;

use ide::{Fold, FoldKind};
use tower_lsp::lsp_types::{FoldingRange, FoldingRangeKind, FoldingRangeParams};

use crate::{
    dispatch::Answer,
    from_proto,
    snapshot::{IndexedText, Snapshot},
};

pub(crate) fn folding_range(
    snapshot: &Snapshot,
    params: &FoldingRangeParams,
) -> Answer<Option<Vec<FoldingRange>>> {
    let Some(file) = from_proto::file(snapshot, &params.text_document.uri) else {
        return Ok(None);
    };
    let Some(text) = snapshot.text(file)? else {
        return Ok(None);
    };
    let folds = snapshot.analysis.folds(file)?;
    // Of two that begin on a line an editor shows one: the one around the other.
    let mut by_line: BTreeMap<u32, FoldingRange> = BTreeMap::new();
    for range in folds.iter().filter_map(|fold| lines(&text, fold)) {
        by_line.entry(range.start_line).or_insert(range);
    }
    Ok(Some(by_line.into_values().collect()))
}

fn lines(text: &IndexedText, fold: &Fold) -> Option<FoldingRange> {
    let range = text.range(fold.range);
    let before_end = fold.range.of(text.text()).rsplit('\n').next();
    let closes_line =
        fold.kind == FoldKind::Code && before_end.is_some_and(|it| it.trim().is_empty());
    let end_line = range.end.line.saturating_sub(u32::from(closes_line));
    (end_line > range.start.line).then(|| FoldingRange {
        start_line: range.start.line,
        end_line,
        kind: (fold.kind == FoldKind::Comment).then_some(FoldingRangeKind::Comment),
        ..FoldingRange::default()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::test_client::TestClient;

    #[test]
    fn a_cte_folds_up_to_the_line_of_its_bracket() {
        let mut client = TestClient::start(&[
            ("/p/dbt_project.yml", "name: shop\nprofile: shop\n"),
            (
                "/p/models/a.sql",
                "with ä as (\n  select (\n    1)\n)\n/* one\ntwo */\nselect * from ä\n",
            ),
        ]);
        let server = client.initialize("/p");
        assert_eq!(
            server["result"]["capabilities"]["foldingRangeProvider"],
            true
        );
        let document = json!({"textDocument": {"uri": "file:///p/models/a.sql"}});
        let id = client.ask("textDocument/foldingRange", &document);
        assert_eq!(
            client.response(id)["result"],
            json!([
                {"startLine": 0, "endLine": 2},
                {"startLine": 1, "endLine": 2},
                {"startLine": 4, "endLine": 5, "kind": "comment"},
            ])
        );
        client.leave();
    }
}
