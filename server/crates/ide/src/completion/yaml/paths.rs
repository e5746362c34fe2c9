//! Directories and files of the project, as its YAML names them.

use std::collections::BTreeSet;

use super::super::{CompletionKind, ENOUGH, Offer, Offers};
use crate::world::{Here, World};

/// Where dbt looks if nobody says otherwise, and where people put things.
const USUAL: [&str; 10] = [
    "models",
    "seeds",
    "snapshots",
    "analyses",
    "macros",
    "tests",
    "functions",
    "docs",
    "assets",
    "target",
];

/// Directories that hold files of the project; of a directory that fits, not all below it.
pub(super) fn add_directories(world: World<'_>, here: &Here, offers: &mut Offers) {
    for directory in directories(world, here) {
        offers.add(Offer::new(
            directory,
            CompletionKind::Value,
            depth(directory),
        ));
    }
}

/// Those, and the directories that dbt knows by name.
pub(super) fn add_resource_paths(world: World<'_>, here: &Here, offers: &mut Offers) {
    add_directories(world, here, offers);
    for name in USUAL {
        offers.add(Offer::new(name, CompletionKind::Value, 1));
    }
}

/// The higher directory first.
fn depth(directory: &str) -> u8 {
    directory
        .bytes()
        .filter(|byte| *byte == b'/')
        .take(4)
        .count() as u8
}

fn directories<'a>(world: World<'a>, here: &Here) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    for file in here.package.files(world.db).iter() {
        let mut path: &str = file.path(world.db);
        while let Some((directory, _)) = path.rsplit_once('/') {
            // What is known has its parents known.
            if !found.insert(directory) {
                break;
            }
            path = directory;
        }
    }
    found
}

/// Names of the files of nodes.
pub(super) fn add_files(world: World<'_>, here: &Here, offers: &mut Offers) {
    let files = here.package.files(world.db).iter();
    let names = files.filter_map(|file| {
        let path: &str = file.path(world.db);
        path.rsplit('/').next()
    });
    let names = names.filter(|name| {
        let is_node = [".sql", ".csv", ".py"]
            .iter()
            .any(|ending| name.ends_with(ending));
        is_node && offers.misfit(name).is_some()
    });
    let names: BTreeSet<&str> = names.collect();
    for name in names.into_iter().take(10 * ENOUGH) {
        offers.add(Offer::new(name, CompletionKind::Value, 0));
    }
}

/// What is directly below a directory: names of directories, and of nodes without their endings.
pub(super) fn add_children(
    world: World<'_>,
    here: &Here,
    directory: &str,
    mut add: impl FnMut(&str),
) {
    let mut found = BTreeSet::new();
    for file in here.package.files(world.db).iter() {
        let path: &str = file.path(world.db);
        let below = path.strip_prefix(directory);
        let Some(rest) = below.and_then(|rest| rest.strip_prefix('/')) else {
            continue;
        };
        match rest.split_once('/') {
            Some((directory, _)) => found.insert(directory),
            None => match rest.rsplit_once('.') {
                Some((stem, "sql" | "csv" | "py")) => found.insert(stem),
                _ => false,
            },
        };
    }
    found.into_iter().for_each(&mut add);
}
