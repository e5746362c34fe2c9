//! For tests of actions: what each one at the cursor makes of the project.

use std::fmt::Write as _;

use base::{FileRange, SourceRange};
use expect_test::Expect;

use super::offers::{ProjectChange, RefactoringRequest, Wanted};
use crate::fixture::TestProject;

/// All actions at the cursor whose title has `wanted` in it, or one of `a|b`: the title, and the files as they are afterwards where they
/// differ. Nothing may be worse afterwards.
pub(super) fn check_all(fixture: &str, wanted: &str, expected: &Expect) {
    let project = TestProject::new(fixture);
    let at = project.cursor.unwrap();
    let mut request = RefactoringRequest {
        selection: FileRange {
            file: at.file,
            range: SourceRange::at(at.offset),
        },
        wanted: Wanted::Offers,
        can_create_files: true,
    };
    let analysis = project.analysis();
    let mut out = String::new();
    for offer in analysis.refactorings(&request).unwrap() {
        if !wanted.split('|').any(|it| offer.title.contains(it)) {
            continue;
        }
        assert_eq!(offer.change, None);
        request.wanted = Wanted::Only(offer.title.clone());
        let found = analysis.refactorings(&request).unwrap();
        let [one] = &*found else {
            panic!("{} is offered and comes to nothing", offer.title);
        };
        writeln!(out, "== {} ({:?})", one.title, one.kind).unwrap();
        out.push_str(&shown(&project, one.change.as_ref().unwrap()));
    }
    expected.assert_eq(&out);
}

pub(super) fn shown(project: &TestProject, change: &ProjectChange) -> String {
    let analysis = project.analysis();
    let before = project.rendered_diagnostics();
    let mut files = Vec::new();
    let mut out = String::new();
    for (path, id) in &project.files {
        let mut text = analysis.text(*id).unwrap().to_string();
        let mut edits: Vec<_> = change.edits.iter().filter(|it| it.file == *id).collect();
        edits.sort_by_key(|edit| std::cmp::Reverse((edit.range.start, edit.range.end)));
        let mut end = u32::MAX;
        for edit in &edits {
            assert!(edit.range.end <= end, "edits overlap");
            end = edit.range.start;
            text.replace_range(
                edit.range.start as usize..edit.range.end as usize,
                &edit.text,
            );
        }
        if !edits.is_empty() {
            writeln!(out, "-- {}\n{}", path.display(), text.trim_end()).unwrap();
        }
        files.push((path.clone(), text));
    }
    for created in &change.creates {
        writeln!(
            out,
            "-- {} (new)\n{}",
            created.path.display(),
            created.text.trim_end()
        )
        .unwrap();
        files.push((created.path.clone(), created.text.clone()));
    }
    let after = TestProject::from_files(files).rendered_diagnostics();
    let count = |found: &str| {
        found
            .lines()
            .filter(|line| line.contains(" error "))
            .count()
    };
    assert!(count(&after) <= count(&before), "{out}\nis worse:\n{after}");
    out
}
