//! A property of actions: whatever is done in a real project, it has no new errors.
#![expect(clippy::disallowed_methods, reason = "the projects are on the disk")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use base::{FileId, FileRange, SourceRange};

use super::offers::{ProjectChange, RefactoringRequest, Wanted};
use crate::fixture::TestProject;

/// With what is special about each: deprecated syntax, ephemeral models, unit tests, odd line ends, size.
const PROJECTS: [&str; 5] = [
    "deprecations",
    "ephemeral",
    "unit_tests",
    "unicode_and_crlf",
    "shop",
];

/// Of actions of one kind so many are carried out in a project.
const MAX_OF_A_KIND: usize = 6;

/// Words are many, and neighbours seldom differ: of each so many, one is asked about.
const ONE_OF: usize = 2;

#[test]
fn whatever_is_done_the_project_is_no_worse() {
    let mut done = BTreeSet::new();
    for name in PROJECTS {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../testdata/projects");
        done.extend(try_all(&root.join(name)));
    }
    for kind in [
        "Write",
        "Test that",
        "Add",
        "Describe",
        "Extract",
        "Qualify",
    ] {
        assert!(
            done.iter().any(|it: &String| it.starts_with(kind)),
            "{kind}: {done:?}"
        );
    }
}

/// The titles of all that was done.
fn try_all(root: &Path) -> BTreeSet<String> {
    let before = files_below(root);
    let project = TestProject::from_files(before.clone().into_iter().collect());
    let errors_before = errors(&project);
    let mut tried = BTreeSet::new();
    let mut changes = BTreeMap::new();
    let analysis = project.analysis();
    for (path, file) in &project.files {
        let Some(text) = before.get(path) else {
            continue;
        };
        for offset in words(text).step_by(ONE_OF) {
            let mut request = RefactoringRequest {
                selection: FileRange {
                    file: *file,
                    range: SourceRange::at(offset),
                },
                wanted: Wanted::Offers,
                can_create_files: true,
            };
            for offer in analysis.refactorings(&request).unwrap() {
                if !tried.insert((*file, offer.title.clone())) {
                    continue;
                }
                request.wanted = Wanted::Only(offer.title.clone());
                let found = analysis.refactorings(&request).unwrap().pop();
                let change = found.and_then(|it| it.change);
                changes.insert((path.clone(), offer.title), change);
            }
        }
    }
    // A change waits for snapshots to end.
    drop(analysis);
    let mut done = BTreeSet::new();
    let mut n_of_kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut project = project;
    for ((path, title), change) in changes {
        let Some(change) = change else {
            continue;
        };
        let kind: String = title.split_whitespace().take(2).collect();
        let n_done: &mut usize = n_of_kinds.entry(kind).or_default();
        *n_done += 1;
        if *n_done > MAX_OF_A_KIND {
            continue;
        }
        let after = applied(&project, &before, &change, root);
        project.reload(after.into_iter().collect());
        let errors_after = errors(&project);
        let new: Vec<_> = errors_after.difference(&errors_before).collect();
        assert!(new.is_empty(), "{title} in {}: {new:?}", path.display());
        project.reload(before.clone().into_iter().collect());
        done.insert(title);
    }
    done
}

/// Where words begin.
fn words(text: &str) -> impl Iterator<Item = u32> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '*');
    let mut before = ' ';
    text.char_indices().filter_map(move |(at, c)| {
        let begins = is_word(c) && !is_word(before);
        before = c;
        begins.then_some(at as u32)
    })
}

/// Files and what is wrong in them, without places: lines move.
fn errors(project: &TestProject) -> BTreeSet<(PathBuf, String)> {
    let analysis = project.analysis();
    let mut all = BTreeSet::new();
    for (path, file) in &project.files {
        for found in analysis.diagnostics(*file).unwrap() {
            if found.severity == base::Severity::Error {
                all.insert((path.clone(), found.message));
            }
        }
    }
    all
}

fn applied(
    project: &TestProject,
    before: &BTreeMap<PathBuf, String>,
    change: &ProjectChange,
    root: &Path,
) -> BTreeMap<PathBuf, String> {
    let mut after = before.clone();
    let path_of = |file: FileId| {
        let mut files = project.files.iter();
        files.find(|(_, it)| **it == file).unwrap().0.clone()
    };
    for edit in change.edits.iter().rev() {
        let text = after.get_mut(&path_of(edit.file)).unwrap();
        text.replace_range(
            edit.range.start as usize..edit.range.end as usize,
            &edit.text,
        );
    }
    for new in &change.creates {
        let old = after.insert(new.path.clone(), new.text.clone());
        assert_eq!(old, None, "{} in {}", new.path.display(), root.display());
    }
    after
}

/// All text files of a project, with paths from its root.
fn files_below(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let within = path.strip_prefix(root).unwrap();
                files.insert(Path::new("/").join(within), text);
            }
        }
    }
    files
}
