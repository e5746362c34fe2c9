//! Where a description belongs: the properties file of its folder, else a new one.

use std::path::PathBuf;

use analysis::{Package, SourceFile, source::yaml};
use project::files::FileKind;

use crate::{
    code_action::{
        offers::{NewFile, Offers, ProjectChange},
        yaml_text::{Value, YamlText, new_file},
    },
    world::World,
};

/// Adds items to a section of the properties file of a folder, preferably of one that has the section already.
pub(super) fn add_to_folder(
    offers: &Offers<'_>,
    beside: SourceFile,
    section: &'static str,
    items: &[Value],
) -> Option<ProjectChange> {
    let db = offers.world.db;
    let package = beside.package(db)?;
    let folder = folder_of(beside.path(db));
    let beside_it: Vec<SourceFile> = properties_files(offers.world, package, folder).collect();
    let has_section = |file: &&SourceFile| yaml(db, **file).0.root().get(section).is_some();
    let found = beside_it.iter().find(has_section).or(beside_it.first());
    if let Some(file) = found {
        let tree = &yaml(db, *file).0;
        let edit = YamlText::new(tree, file.id(db)).push(tree.root(), section, items)?;
        return ProjectChange::edits(vec![edit]);
    }
    let name = if section == "sources" {
        "sources.yml"
    } else {
        "schema.yml"
    };
    let path = if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    };
    new_project_file(offers, package, &path, new_file(section, items))
}

/// Properties files of a folder that can be added to, by name.
fn properties_files<'a>(
    world: World<'a>,
    package: Package,
    folder: &'a str,
) -> impl Iterator<Item = SourceFile> + 'a {
    let files = package.files(world.db).iter().copied();
    files.filter(move |file| {
        file.kind(world.db) == Some(FileKind::Properties)
            && folder_of(file.path(world.db)) == folder
            && yaml(world.db, *file).1.is_empty()
    })
}

/// A file that is not there yet; `None` where there is one, or none can be made.
pub(super) fn new_project_file(
    offers: &Offers<'_>,
    package: Package,
    path: &str,
    text: String,
) -> Option<ProjectChange> {
    let db = offers.world.db;
    let is_taken = package
        .files(db)
        .iter()
        .any(|file| &**file.path(db) == path);
    if is_taken || !offers.can_create_files {
        return None;
    }
    let path: PathBuf = package.root(db).join(path);
    Some(ProjectChange {
        creates: vec![NewFile { path, text }],
        edits: Vec::new(),
    })
}

/// `models/staging` of `models/staging/stg_orders.sql`
pub(super) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
