//! A property of what is made of text alone: whatever is cut out of a file of a real project, the answers are well formed.
#![expect(clippy::disallowed_methods, reason = "the projects are on the disk")]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use analysis::{Change, change::FileText};
use base::{FileId, FileRange, SourceRange};

use crate::{Analysis, FilePosition, RefactoringRequest, Wanted, fixture::TestProject};

/// What somebody is in the middle of writing.
const TYPED: [&str; 8] = ["", "{{ ", "{% if ", "(", "'", "/*", "- ", "{% endif %}"];

/// How many broken texts are made of each file.
const N_CUTS: usize = 3;

#[test]
fn answers_about_broken_texts_are_well_formed() {
    let projects = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../testdata/projects");
    let mut dirs: Vec<PathBuf> = std::fs::read_dir(projects)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("dbt_project.yml").is_file())
        .collect();
    dirs.sort();
    let mut random = Random(1);
    let mut n_files = 0;
    for dir in &dirs {
        let mut files = Vec::new();
        add_files(dir, dir, &mut files);
        let texts: BTreeMap<PathBuf, String> = files.iter().cloned().collect();
        let mut project = TestProject::from_files(files);
        for (path, text) in &texts {
            // Others are of no project: what explains it, what has not been loaded.
            let Some(&file) = project.files.get(path) else {
                continue;
            };
            n_files += 1;
            check_file(&project.analysis(), file, text.len() / 2);
            for _ in 0..N_CUTS {
                let broken = random.broken(text);
                set(&mut project, file, &broken);
                check_file(&project.analysis(), file, random.below(broken.len() + 1));
            }
            set(&mut project, file, text);
        }
    }
    assert!(n_files > 200, "only {n_files} files");
}

fn set(project: &mut TestProject, file: FileId, text: &str) {
    project.host.apply_change(Change {
        texts: vec![(file, FileText::from(text))],
        ..Change::default()
    });
}

/// Everything that is asked of a text, at one place of it.
fn check_file(analysis: &Analysis, file: FileId, offset: usize) {
    let text = analysis.text(file).unwrap_or_default();
    let is_in_text = |range: SourceRange| {
        text.get(range.start as usize..range.end as usize)
            .is_some_and(|it| !it.is_empty())
    };
    let folds = analysis.folds(file).unwrap();
    for (one, next) in folds.iter().zip(folds.iter().skip(1)) {
        let (one, next) = (one.range, next.range);
        assert!(one.start <= next.start, "{one:?} {next:?} in {text}");
        let is_nested = one.covers(next) || one.end <= next.start;
        assert!(is_nested, "{one:?} {next:?} in {text}");
    }
    let tokens = analysis.semantic_tokens(file).unwrap();
    for (one, next) in tokens.iter().zip(tokens.iter().skip(1)) {
        assert!(
            one.range.end <= next.range.start,
            "{one:?} {next:?} in {text}"
        );
    }
    let links = analysis.document_links(file).unwrap();
    for (one, next) in links.iter().zip(links.iter().skip(1)) {
        assert!(
            one.range.end <= next.range.start,
            "{one:?} {next:?} in {text}"
        );
    }
    let mut all: Vec<SourceRange> = folds.iter().map(|it| it.range).collect();
    all.extend(tokens.iter().map(|it| it.range));
    all.extend(links.iter().map(|it| it.range));
    assert!(all.into_iter().all(is_in_text), "{text}");
    let position = FilePosition {
        file,
        offset: (0..=offset).rfind(|at| text.is_char_boundary(*at)).unwrap() as u32,
    };
    check_actions(analysis, position);
    let chain = analysis.selection_ranges(position).unwrap();
    for (inner, outer) in chain.iter().zip(chain.iter().skip(1)) {
        assert!(
            outer.covers(*inner) && inner != outer,
            "{chain:?} in {text}"
        );
    }
    let around = chain.iter().all(|range| range.touches(position.offset));
    assert!(around && chain.iter().copied().all(is_in_text), "{text}");
    let highlights = analysis.document_highlights(position).unwrap();
    assert!(highlights.iter().all(|it| is_in_text(it.range)), "{text}");
    for item in analysis.call_hierarchy(position).unwrap() {
        let calls = analysis.outgoing_calls(&item.id).unwrap();
        let mut ranges = calls.iter().flat_map(|call| &call.ranges);
        // What a template does not show is told at the beginning, with an empty range.
        let is_place = |it: &SourceRange| text.get(it.start as usize..it.end as usize).is_some();
        assert!(item.id.file != file || ranges.all(is_place), "{text}");
    }
    let linked = analysis.linked_editing_ranges(position).unwrap();
    assert!(linked.iter().all(|it| is_in_text(*it)), "{text}");
    let edits = crate::ON_TYPE_CHARACTERS.map(|typed| analysis.on_type(position, typed).unwrap());
    let mut edits = edits.iter().flatten();
    assert!(
        edits.all(|it| text.is_char_boundary(it.offset as usize)),
        "{text}"
    );
}

/// Whatever an action would do, it can be done.
fn check_actions(analysis: &Analysis, position: FilePosition) {
    let request = RefactoringRequest {
        selection: FileRange {
            file: position.file,
            range: SourceRange::at(position.offset),
        },
        wanted: Wanted::Changes,
        can_create_files: true,
    };
    for action in analysis.refactorings(&request).unwrap() {
        let edits = action.change.unwrap().edits;
        for edit in &edits {
            let text = analysis.text(edit.file).unwrap();
            let range = edit.range.start as usize..edit.range.end as usize;
            assert!(text.get(range).is_some(), "{} in {text}", action.title);
        }
        for (one, next) in edits.iter().zip(edits.iter().skip(1)) {
            let is_apart = one.file != next.file || one.range.end <= next.range.start;
            assert!(is_apart, "{}: {one:?} {next:?}", action.title);
        }
    }
}

/// Numbers that are the same each time: a failure can be looked at.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }

    /// The text with something else in place of a part of it.
    fn broken(&mut self, text: &str) -> String {
        let boundary = |at: usize| (0..=at).rfind(|at| text.is_char_boundary(*at)).unwrap();
        let start = boundary(self.below(text.len() + 1));
        let len = match self.below(3) {
            0 => text.len(),
            1 => self.below(40),
            _ => 0,
        };
        let end = boundary((start + len).min(text.len()));
        let typed = TYPED[self.below(TYPED.len())];
        format!("{}{typed}{}", &text[..start], &text[end..])
    }
}

/// Texts, with their paths from the root.
fn add_files(root: &Path, dir: &Path, files: &mut Vec<(PathBuf, String)>) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() {
            if name != "target" && name != "logs" {
                add_files(root, &path, files);
            }
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let relative = path.strip_prefix(root).unwrap();
            files.push((Path::new("/").join(relative), text));
        }
    }
}
