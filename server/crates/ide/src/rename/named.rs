//! Renaming docs blocks and variables.

use std::sync::Arc;

use analysis::{
    Project,
    project_config::project_file,
    resolve::doc_index,
    source::{properties, yaml},
};
use project::{files::FileKind, yaml::YamlNode};

use crate::{
    references::files,
    rename::{Renaming, edits::Edits},
    symbol::{Thing, doc_place, things},
    world::{Here, World},
};

pub(super) fn rename_doc(
    here: &Here,
    package: Option<&str>,
    name: &str,
    edits: &mut Edits<'_>,
) -> Renaming<()> {
    let world = edits.world;
    check_word(edits, "docs block")?;
    let Some((file, slot)) = doc_place(world, here, package, name) else {
        return Err(edits.refusal("there is no such docs block"));
    };
    for (project, file) in world.files(file.id(world.db)) {
        if doc_index(world.db, project).contains_key(&*edits.new) {
            let message = format!("there is a docs block `{}` already", edits.new);
            return Err(edits.refusal(&message));
        }
        for there in files(world, project) {
            if !there.text(world).contains(name) {
                continue;
            }
            for found in things(world, &there) {
                let Thing::Doc(package, found_name) = &found.thing else {
                    continue;
                };
                let is_it = if found.is_declaration {
                    there.file == file && **found_name == *name
                } else {
                    doc_place(world, &there, package.as_deref(), found_name) == Some((file, slot))
                };
                if is_it {
                    edits.replace(&there, found.range)?;
                }
            }
        }
    }
    Ok(())
}

pub(super) fn rename_var(here: &Here, name: &str, edits: &mut Edits<'_>) -> Renaming<()> {
    let world = edits.world;
    check_word(edits, "variable")?;
    let project = here.project;
    let is_taken = |there: &Here| {
        things(world, there)
            .iter()
            .any(|found| matches!(&found.thing, Thing::Var(name) if **name == *edits.new))
    };
    let mut uses = Vec::new();
    for there in files(world, project).chain(project_files(world, project)) {
        let text = there.text(world);
        if text.contains(&*edits.new) && is_taken(&there) {
            let message = format!("there is a variable `{}` already", edits.new);
            return Err(edits.refusal_at(&there, base::SourceRange::at(0), &message));
        }
        if !text.contains(name) {
            continue;
        }
        let found = things(world, &there).into_iter();
        let found = found.filter(|it| it.thing == Thing::Var(Arc::from(name)));
        uses.extend(found.map(|found| (there, found.range)));
        uses.extend(overrides(world, &there, name).map(|range| (there, range)));
    }
    for (there, range) in uses {
        edits.replace(&there, range)?;
    }
    for there in project_files(world, project) {
        let places = &project_file(world.db, there.package).0.var_places;
        for place in places.iter().filter(|it| *it.name.value == *name) {
            edits.replace(&there, place.name.range)?;
        }
        if let Some(taken) = places.iter().find(|it| *it.name.value == *edits.new) {
            let message = format!("there is a variable `{}` already", edits.new);
            return Err(edits.refusal_at(&there, taken.name.range, &message));
        }
    }
    Ok(())
}

/// `overrides: {vars: {name: ...}}` of unit tests.
fn overrides(
    world: World<'_>,
    there: &Here,
    name: &str,
) -> impl Iterator<Item = base::SourceRange> {
    let is_properties = there.kind(world) == Some(FileKind::Properties);
    let has_tests = is_properties
        && !properties(world.db, there.file)
            .properties
            .unit_tests
            .is_empty();
    let mut found = Vec::new();
    if has_tests {
        let tree = yaml(world.db, there.file);
        let tests = tree.0.root().get("unit_tests");
        for test in tests.into_iter().flat_map(YamlNode::items) {
            let vars = test.get("overrides").and_then(|it| it.get("vars"));
            for (key, _) in vars.into_iter().flat_map(YamlNode::written_entries) {
                if key.as_text() == Some(name) {
                    found.push(key.range());
                }
            }
        }
    }
    found.into_iter()
}

/// The `dbt_project.yml` of each package.
fn project_files(world: World<'_>, project: Project) -> impl Iterator<Item = Here> {
    let packages = project.packages(world.db).iter().copied();
    packages.filter_map(move |package| {
        let file = package.project_file(world.db)?;
        Some(Here {
            project,
            package,
            file,
        })
    })
}

pub(super) fn check_word(edits: &Edits<'_>, what: &str) -> Renaming<()> {
    let mut letters = edits.new.chars();
    let is_first = letters
        .next()
        .is_some_and(|c| c.is_alphabetic() || c == '_');
    if !is_first || !letters.all(|c| c.is_alphanumeric() || c == '_') {
        let message = format!(
            "`{}` is no name for a {what}: letters, digits and `_` are, and no digit comes first",
            edits.new
        );
        return Err(edits.refusal(&message));
    }
    Ok(())
}
