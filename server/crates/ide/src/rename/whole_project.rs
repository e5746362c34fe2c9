//! A property of renames: whatever is renamed in a real project, it compiles to what it did before.
#![expect(clippy::disallowed_methods, reason = "the project is on the disk")]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use analysis::Project;
use base::FileId;

use crate::{
    Analysis, FilePosition, Rename, fixture::TestProject, sql_names::masked_symbols,
    symbol::things, world::World,
};

/// What comes in front of each new name. No name of the project has it, so taking it away gives the old text.
const PREFIX: &str = "zz_";

/// Why a name of a sound project is kept.
const REASONS: [&str; 10] = [
    "dbt gives it to every test by this name",
    "dbt calls the macro, and may give it by name",
    "dbt calls it by this name",
    "it is one with a column of another relation there",
    "what only the warehouse knows has a say in that SQL",
    "a macro writes it there",
    "a template names it, too",
    "it has its name in the warehouse",
    "this column has no name of its own",
    "`step` may name it there",
];

/// Columns are many: of each so many, one is renamed.
const ONE_OF: usize = 24;

#[test]
fn whatever_is_renamed_the_project_compiles_to_the_same() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../testdata/projects/shop");
    let before = files_below(&root);
    let mut project = TestProject::from_files(before.clone().into_iter().collect());
    let compiled_before = compiled(&project);
    assert!(compiled_before.len() > 40, "{}", compiled_before.len());
    let errors_before = errors(&project);
    let mut renamed = BTreeMap::new();
    let mut refused = BTreeMap::new();
    let names = names(&project).into_iter().enumerate();
    for (nth, (position, name)) in names {
        if is_column(&project.analysis(), position) && nth % ONE_OF != 0 {
            continue;
        }
        let new = format!("{PREFIX}{name}");
        match project.analysis().rename(position, &new).unwrap() {
            Ok(rename) => {
                renamed.insert(applied(&project, &before, &rename), name);
            }
            Err(refusal) => {
                refused.insert(name, refusal.to_string());
            }
        }
    }
    for (after, name) in &renamed {
        project.reload(after.clone().into_iter().collect());
        assert_eq!(errors(&project), errors_before, "after renaming {name}");
        let compiled_after = compiled(&project);
        // A column without a name of its own was given one.
        let given = format!(" as {name}");
        for (path, text) in &compiled_before {
            let text_after = compiled_after.get(path).map(|it| it.replace(&given, ""));
            let text = text.replace(&given, "");
            assert_eq!(text_after, Some(text), "{path} after renaming {name}");
        }
    }
    assert!(renamed.len() > 150, "only {} names", renamed.len());
    let unexpected: Vec<_> = refused
        .iter()
        .filter(|(_, why)| !REASONS.iter().any(|reason| why.contains(reason)))
        .collect();
    assert_eq!(unexpected, Vec::<(&String, &String)>::new());
}

/// All text files of the project, with paths from its root.
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

/// A place of each name that is written in the user's own files.
fn names(project: &TestProject) -> Vec<(FilePosition, String)> {
    let analysis = project.analysis();
    let mut found = BTreeMap::new();
    for file in analysis.files().unwrap() {
        for offset in offsets(&analysis, file) {
            let position = FilePosition { file, offset };
            if let Ok(Some(target)) = analysis.prepare_rename(position).unwrap() {
                found
                    .entry((target.placeholder, kind_at(&analysis, position)))
                    .or_insert(position);
            }
        }
    }
    let names = found.into_iter();
    names
        .map(|((name, _), position)| (position, name))
        .collect()
}

/// Names of one spelling can be several things; a CTE is one in each file.
fn kind_at(analysis: &Analysis, position: FilePosition) -> String {
    let projects: Vec<Project> = analysis.inputs.projects().map(|(_, it)| it).collect();
    let world = World {
        db: &analysis.db,
        projects: &projects,
        answers: Some(&analysis.answers),
    };
    let here = world.here(position.file).unwrap();
    match crate::symbol::thing_at(world, &here, position.offset) {
        Some(found) => format!("{:?}", std::mem::discriminant(&found.thing)),
        None => format!("{:?}", position.file),
    }
}

fn is_column(analysis: &Analysis, position: FilePosition) -> bool {
    let projects: Vec<Project> = analysis.inputs.projects().map(|(_, it)| it).collect();
    let world = World {
        db: &analysis.db,
        projects: &projects,
        answers: Some(&analysis.answers),
    };
    let here = world.here(position.file).unwrap();
    crate::symbol::thing_at(world, &here, position.offset).is_none()
        && crate::column_uses::column_at(world, &here, position.offset).is_some()
}

fn offsets(analysis: &Analysis, file: FileId) -> Vec<u32> {
    let projects: Vec<Project> = analysis.inputs.projects().map(|(_, it)| it).collect();
    let world = World {
        db: &analysis.db,
        projects: &projects,
        answers: Some(&analysis.answers),
    };
    let Some(here) = world.here(file) else {
        return Vec::new();
    };
    let things = things(world, &here).into_iter();
    let mut offsets: Vec<u32> = things.map(|found| found.range.end - 1).collect();
    let macros = analysis::source::template(world.db, here.file)
        .macros
        .iter();
    let params = macros.flat_map(|it| &it.params);
    offsets.extend(params.map(|it| it.name_range.start));
    let symbols = masked_symbols(world, &here).symbols.into_iter();
    offsets.extend(symbols.filter_map(|it| Some(it.definition?.start)));
    offsets
}

fn applied(
    project: &TestProject,
    before: &BTreeMap<PathBuf, String>,
    rename: &Rename,
) -> BTreeMap<PathBuf, String> {
    let mut after = before.clone();
    let path_of = |file: FileId| {
        let mut files = project.files.iter();
        files.find(|(_, it)| **it == file).unwrap().0.clone()
    };
    for edit in rename.edits.iter().rev() {
        let text = after.get_mut(&path_of(edit.file)).unwrap();
        text.replace_range(
            edit.range.start as usize..edit.range.end as usize,
            &edit.text,
        );
    }
    for moved in &rename.moves {
        let path = path_of(moved.file);
        let text = after.remove(&path).unwrap();
        let taken = after.insert(path.with_file_name(&moved.name), text);
        assert_eq!(taken, None, "{path:?}");
    }
    after
}

/// The SQL of each file, by its path, with the old names.
fn compiled(project: &TestProject) -> BTreeMap<String, String> {
    let analysis = project.analysis();
    let mut compiled = BTreeMap::new();
    for (path, file) in &project.files {
        if let Some(found) = analysis.compiled(*file).unwrap() {
            let path = path.display().to_string().replace(PREFIX, "");
            compiled.insert(path, found.text.replace(PREFIX, ""));
        }
    }
    compiled
}

/// All that is found in all files.
fn errors(project: &TestProject) -> Vec<String> {
    let analysis = project.analysis();
    let mut errors = Vec::new();
    for file in analysis.files().unwrap() {
        let found = analysis.diagnostics(file).unwrap();
        errors.extend(found.iter().map(|it| it.message.replace(PREFIX, "")));
    }
    errors.sort();
    errors
}
