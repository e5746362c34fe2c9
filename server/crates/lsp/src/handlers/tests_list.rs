//! `dagsmith/tests`: the tests of a project.

use tower_lsp::lsp_types::Location;

use crate::{
    dispatch::{Answer, Failure, request_failed},
    paths::path_of,
    proto_ext::{ListedTest, TestKind, TestsParams},
    snapshot::{IndexedText, Snapshot},
};

pub(crate) fn tests_list(snapshot: &Snapshot, params: &TestsParams) -> Answer<Vec<ListedTest>> {
    let refused = || Failure::Refused(request_failed("there is no project in this folder"));
    let root = path_of(&params.root).ok_or_else(refused)?;
    let found = snapshot.analysis.tests_list(&root)?.ok_or_else(refused)?;
    let mut tests = Vec::with_capacity(found.len());
    // They come file by file: the lines of each are counted once.
    let mut current: Option<IndexedText> = None;
    for test in found {
        if current.as_ref().is_none_or(|it| it.file != test.place.file) {
            current = snapshot.text(test.place.file)?;
        }
        let (Some(text), Some(uri)) = (&current, snapshot.uri(test.place.file)) else {
            continue;
        };
        tests.push(ListedTest {
            unique_id: test.unique_id.to_string(),
            label: test.label,
            kind: if test.is_unit_test {
                TestKind::Unit
            } else {
                TestKind::Data
            },
            tested: test.tested,
            selector: test.selector,
            location: Location::new(uri, text.range(test.place.range)),
        });
    }
    Ok(tests)
}
