//! Renaming sources and their tables. In the warehouse they keep their names: where YAML has not said them, it does now.

use std::sync::Arc;

use analysis::{
    Project,
    project_config::project_file,
    resolve::{SourceTarget, source_index, source_target},
    source::properties,
    sources::sources_of,
};
use base::SourceRange;
use project::{
    files::FileKind,
    node::{ResourceType, SourceArgs},
    properties::SourceProperties,
};

use crate::{
    definition::{property_files, table_properties},
    references::files,
    rename::{
        Renaming,
        edits::Edits,
        named::check_word,
        written::{WrittenCall, written_calls},
    },
    world::{Here, World},
};

pub(super) fn rename_source(here: &Here, name: &str, edits: &mut Edits<'_>) -> Renaming<()> {
    let world = edits.world;
    check_word(edits, "source")?;
    let project = here.project;
    let taken = source_index(world.db, project)
        .keys()
        .any(|(source, _)| **source == *edits.new);
    if taken {
        let message = format!("there is a source `{}` already", edits.new);
        return Err(edits.refusal(&message));
    }
    for there in files(world, project) {
        if !there.text(world).contains(name) {
            continue;
        }
        for (call, _) in source_calls(world, &there, |source, _| source == name) {
            if let Some(range) = call.text_args().first() {
                edits.replace(&there, *range)?;
            }
        }
        if there.kind(world) != Some(FileKind::Properties) {
            continue;
        }
        let all = properties(world.db, there.file);
        for source in &all.properties.sources {
            if *source.name.value == *name {
                check_entry(&there, source, edits)?;
                edits.replace(&there, source.name.range)?;
                if source.schema.is_none() {
                    keep(&there, source.range, source.name.range, "schema", edits)?;
                }
            }
        }
    }
    config_paths(project, edits, |args, old| &*args.source == old, 2)
}

pub(super) fn rename_table(
    here: &Here,
    table: SourceTarget,
    edits: &mut Edits<'_>,
) -> Renaming<()> {
    let world = edits.world;
    check_word(edits, "table")?;
    let project = here.project;
    let Some((source, properties)) = table_properties(world, table) else {
        return Err(edits.refusal("it is turned off"));
    };
    let index = source_index(world.db, project);
    let key = (Arc::clone(&source.name.value), edits.new.as_str().into());
    if index.contains_key(&key) {
        let message = format!(
            "`{}` has a table `{}` already",
            source.name.value, edits.new
        );
        return Err(edits.refusal(&message));
    }
    let Some(package) = table.file.package(world.db) else {
        return Ok(());
    };
    let there = Here {
        project,
        package,
        file: table.file,
    };
    check_entry(&there, source, edits)?;
    edits.replace(&there, properties.name.range)?;
    if properties.identifier.is_none() {
        keep(
            &there,
            properties.range,
            properties.name.range,
            "identifier",
            edits,
        )?;
    }
    let source = source.name.value.to_string();
    for there in files(world, project) {
        if !there.text(world).contains(&*edits.old) {
            continue;
        }
        let old = edits.old.clone();
        let is_it = |first: &str, second: &str| first == source && second == old;
        for (call, args) in source_calls(world, &there, is_it) {
            let target = source_target(world.db, project, there.package_name(world), &args);
            if let (true, Some(range)) = (target == Some(table), call.text_args().get(1)) {
                edits.replace(&there, *range)?;
            }
        }
    }
    let is_it = |args: &SourceArgs, old: &str| *args.source == *source && &*args.table == old;
    config_paths(project, edits, is_it, 1)
}

fn source_calls(
    world: World<'_>,
    there: &Here,
    is_wanted: impl Fn(&str, &str) -> bool,
) -> Vec<(WrittenCall, SourceArgs)> {
    let calls = written_calls(world, there).into_iter();
    let wanted = calls.filter_map(|written| {
        let call = written.call();
        let (source, table) = (call.text_arg(0)?, call.text_arg(1)?);
        let is_it = call.is(&["source"]) && is_wanted(source, table);
        let args = SourceArgs {
            source: source.into(),
            table: table.into(),
        };
        is_it.then_some((written, args))
    });
    wanted.collect()
}

/// What is made of the name in other ways than `source()` would change with it.
fn check_entry(there: &Here, source: &SourceProperties, edits: &Edits<'_>) -> Renaming<()> {
    if let Some(overrides) = &source.overrides {
        let message = format!(
            "it changes a source of `{}`, which keeps its name",
            overrides.value
        );
        return Err(edits.refusal_at(there, overrides.range, &message));
    }
    let text = source.range.of(there.text(edits.world));
    if text.contains("external_location")
        && (text.contains("{name}") || text.contains("{identifier}"))
    {
        let message = "the location of its files is made of its name";
        return Err(edits.refusal_at(there, source.name.range, message));
    }
    Ok(())
}

/// `identifier: old` after `name: new`, in the style of the entry.
fn keep(
    there: &Here,
    entry: SourceRange,
    name: SourceRange,
    key: &str,
    edits: &mut Edits<'_>,
) -> Renaming<()> {
    let text = there.text(edits.world);
    let old = edits.old.clone();
    if entry.of(text).starts_with('{') {
        return edits.write(there, SourceRange::at(name.end), format!(", {key}: {old}"));
    }
    let before = text.get(..name.start as usize).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    // The column of `name:`, behind the dash of the item.
    let column = line.find("name").unwrap_or(line.len());
    let end = text
        .get(name.end as usize..)
        .and_then(|rest| rest.find('\n'))
        .map_or(text.len(), |end| name.end as usize + end);
    let inserted = format!("\n{}{key}: {old}", " ".repeat(column));
    edits.write(there, SourceRange::from_usize(end, end), inserted)
}

/// `sources: {shop: {raw: {orders: ...}}}`: a name that is `from_end` places before the end of the table's path.
fn config_paths(
    project: Project,
    edits: &mut Edits<'_>,
    is_it: impl Fn(&SourceArgs, &str) -> bool,
    from_end: usize,
) -> Renaming<()> {
    let world = edits.world;
    let mut own_paths = Vec::new();
    for file in property_files(world, project) {
        for source in sources_of(world.db, file).iter() {
            let args = SourceArgs {
                source: Arc::clone(&source.source_name),
                table: Arc::clone(&source.name),
            };
            let end = (source.fqn.len() + 1).saturating_sub(from_end);
            if is_it(&args, &edits.old) {
                own_paths.extend(source.fqn.get(..end).map(<[_]>::to_vec));
            }
        }
    }
    for package in project.packages(world.db).iter().copied() {
        let Some(file) = package.project_file(world.db) else {
            continue;
        };
        let there = Here {
            project,
            package,
            file,
        };
        let settings = &project_file(world.db, package).0;
        let tree = settings.config_tree(ResourceType::Source);
        for path in tree.into_iter().flat_map(|it| &it.paths) {
            if own_paths.iter().any(|own| **own == *path.path) {
                edits.replace(&there, path.range)?;
            }
        }
    }
    Ok(())
}
