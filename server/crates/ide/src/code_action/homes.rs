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
    let has = |file: &&SourceFile, section| yaml(db, **file).0.root().get(section).is_some();
    let is_about_models = section != "sources";
    let found = beside_it
        .iter()
        .find(|file| has(file, section))
        .or_else(|| {
            beside_it
                .iter()
                .find(|file| is_about_models && has(file, "models"))
        });
    if let Some(file) = found {
        return add_to_file(offers, *file, section, items);
    }
    let name = if is_about_models {
        "schema.yml"
    } else {
        "sources.yml"
    };
    let path = if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    };
    new_project_file(offers, package, &path, new_file(section, items))
        .or_else(|| add_to_file(offers, *beside_it.first()?, section, items))
}

fn add_to_file(
    offers: &Offers<'_>,
    file: SourceFile,
    section: &'static str,
    items: &[Value],
) -> Option<ProjectChange> {
    let tree = &yaml(offers.world.db, file).0;
    let text = YamlText::new(tree, file.id(offers.world.db));
    ProjectChange::edits(vec![text.push(tree.root(), section, items)?])
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
