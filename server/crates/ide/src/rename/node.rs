//! Renaming a model, seed, snapshot or function: its file, its entries in YAML, and everything that reads it.

use std::{path::Path, sync::Arc};

use analysis::{
    Project, SourceFile,
    dag::children,
    facts::{node_facts, ref_of},
    nodes::nodes_of,
    project_config::project_file,
    resolve::{RefIndex, RefTarget, function_index, function_target, identities, ref_index},
    source::{properties, template},
};
use base::SourceRange;
use jinja::syntax::TagKind;
use project::{
    files::FileKind,
    node::{NodeVersion, RefArgs, ResourceType},
};

use crate::{
    properties_names::{PropertyName, names},
    references::files,
    rename::{
        Renaming,
        edits::Edits,
        kind_word, selectors,
        written::{WrittenCall, written_calls},
    },
    symbol::{Thing, node_of, things},
    world::{Here, World},
};

/// The name without a version.
pub(super) fn base_name(world: World<'_>, node: &RefTarget) -> Option<Arc<str>> {
    let identities = identities(world.db, node.file);
    Some(Arc::clone(&identities.get(node.slot as usize)?.name))
}

/// Whether the name is that of the file, as of models and seeds.
pub(super) fn is_named_by_file(world: World<'_>, node: &RefTarget, name: &str) -> bool {
    let is_of_file = matches!(
        node.file.kind(world.db),
        Some(FileKind::Model | FileKind::Seed | FileKind::Function)
    );
    is_of_file && stem(node.file.path(world.db)) == name
}

fn stem(path: &str) -> String {
    Path::new(path)
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// All versions of what is renamed.
struct Family {
    members: Vec<RefTarget>,
    kind: Option<ResourceType>,
}

impl Family {
    fn has(&self, node: &RefTarget) -> bool {
        self.members.iter().any(|it| it.unique_id == node.unique_id)
    }
}

pub(super) fn rename(here: &Here, node: &RefTarget, edits: &mut Edits<'_>) -> Renaming<()> {
    let world = edits.world;
    let kind = node.unique_id.resource_type();
    check_name(kind, edits)?;
    for (project, file) in world.files(node.file.id(world.db)) {
        let Some(package) = file.package(world.db) else {
            continue;
        };
        check_free(world, project, kind, edits)?;
        let family = Family {
            members: family(world, project, package.name(world.db), &edits.old, kind),
            kind,
        };
        let place = Here {
            project,
            package,
            file,
        };
        if !place.is_own(world) && project == here.project {
            let message = format!("it is part of the package `{}`", package.name(world.db));
            return Err(edits.refusal(&message));
        }
        move_files(&family, edits);
        for there in files(world, project) {
            if there.text(world).contains(&*edits.old) {
                in_file(&there, &family, edits)?;
            }
        }
        in_project_files(project, &family, edits)?;
        selectors::rename_node(project, edits)?;
        check_unfollowed(project, &family, edits)?;
    }
    Ok(())
}

/// What a file can be called, and a `ref` can name.
fn check_name(kind: Option<ResourceType>, edits: &Edits<'_>) -> Renaming<()> {
    let is_plain = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    if edits.new.is_empty() || !edits.new.chars().all(is_plain) {
        let message = format!(
            "`{}` is no name for a {}: letters, digits, `_` and `-` are",
            edits.new,
            kind_word(kind)
        );
        return Err(edits.refusal(&message));
    }
    Ok(())
}

fn check_free(
    world: World<'_>,
    project: Project,
    kind: Option<ResourceType>,
    edits: &Edits<'_>,
) -> Renaming<()> {
    let index = index_of(world, project, kind);
    let taken = index.enabled.get(&*edits.new);
    let taken = taken.and_then(|by_package| by_package.values().next());
    if let Some(other) = taken.or_else(|| index.disabled.get(&*edits.new)) {
        let path = other.file.path(world.db);
        let message = format!("there is a `{}` already ({path})", edits.new);
        return Err(edits.refusal(&message));
    }
    let is_relation = |node: &RefTarget| {
        let nodes = nodes_of(world.db, node.file);
        nodes.get(node.slot as usize).map(|node| {
            (
                node.database.clone(),
                Arc::clone(&node.schema),
                Arc::clone(&node.alias),
            )
        })
    };
    let old = index.enabled.get(&*edits.old);
    let old = old.and_then(|it| it.values().next()).and_then(is_relation);
    // With an alias of its own, the relation keeps its name.
    let Some((database, schema, _)) = old.filter(|(_, _, alias)| **alias == *edits.old) else {
        return Ok(());
    };
    let wanted = (database, schema, Arc::from(&*edits.new));
    let all = index.enabled.values().flat_map(|it| it.values());
    for other in all {
        if is_relation(other).as_ref() == Some(&wanted) {
            let path = other.file.path(world.db);
            let message = format!("{path} makes a relation `{}` already", edits.new);
            return Err(edits.refusal(&message));
        }
    }
    Ok(())
}

fn index_of(world: World<'_>, project: Project, kind: Option<ResourceType>) -> &Arc<RefIndex> {
    if kind == Some(ResourceType::Function) {
        function_index(world.db, project)
    } else {
        ref_index(world.db, project)
    }
}

fn family(
    world: World<'_>,
    project: Project,
    package: &str,
    name: &str,
    kind: Option<ResourceType>,
) -> Vec<RefTarget> {
    let index = index_of(world, project, kind);
    let first = name;
    let last = format!("{name}.w");
    let versions = format!("{name}.v");
    let mut members = Vec::new();
    for (name, by_package) in index.enabled.range(Arc::from(first)..Arc::from(last)) {
        if **name == *first || name.starts_with(&versions) {
            members.extend(by_package.get(package).cloned());
        }
    }
    members.dedup_by(|a, b| a.unique_id == b.unique_id);
    members
}

fn move_files(family: &Family, edits: &mut Edits<'_>) {
    let world = edits.world;
    for member in &family.members {
        let stem = stem(member.file.path(world.db));
        if is_named_by_file(world, member, &edits.old) {
            let new = edits.new.clone();
            edits.rename_file(member.file, &new);
            continue;
        }
        // `orders_v2.sql` and `orders.v2.sql` are found by name, unless YAML says which file it is.
        let identities = identities(world.db, member.file);
        let identity = identities.get(member.slot as usize);
        let Some((version, _)) = identity.and_then(|it| it.version.as_ref()) else {
            continue;
        };
        let suffix = stem.strip_prefix(&*edits.old);
        let suffix = suffix.filter(|it| it.starts_with("_v") || it.starts_with(".v"));
        if let Some(suffix) = suffix
            && member.file.kind(world.db) == Some(FileKind::Model)
            && !is_defined_in(world, member.file, &edits.old, version)
        {
            let new = format!("{}{suffix}", edits.new);
            edits.rename_file(member.file, &new);
        }
    }
}

/// Whether YAML says in which file a version is.
fn is_defined_in(world: World<'_>, file: SourceFile, name: &str, version: &NodeVersion) -> bool {
    let package = file.package(world.db);
    let files = package.into_iter().flat_map(|it| it.files(world.db).iter());
    let mut described = files.filter(|it| it.kind(world.db) == Some(FileKind::Properties));
    described.any(|it| {
        let models = &properties(world.db, *it).properties.models;
        let entries = models.iter().filter(|model| *model.name.value == *name);
        let mut versions = entries.flat_map(|model| &model.versions);
        versions.any(|it| it.version == *version && it.defined_in.is_some())
    })
}

fn in_file(there: &Here, family: &Family, edits: &mut Edits<'_>) -> Renaming<()> {
    let world = edits.world;
    for call in written_calls(world, there) {
        if let Some(range) = named_by(world, there, &call, family) {
            edits.replace(there, range)?;
        }
    }
    if there.kind(world) == Some(FileKind::Properties) {
        let properties = properties(world.db, there.file);
        for (range, name) in names(&properties.properties) {
            let entry = match name {
                PropertyName::Node(ResourceType::Function, name) => {
                    function_named(world, there, &plain_ref(&name))
                }
                PropertyName::Node(ResourceType::Analysis, _) => None,
                PropertyName::Node(_, name) | PropertyName::Ref(name) => {
                    node_of(world, there, &plain_ref(&name))
                }
                _ => None,
            };
            // `ref('shop', 'orders')` was found as a call.
            if entry.is_some_and(|node| family.has(&node)) && !edits.covers(there, range) {
                edits.replace(there, range)?;
            }
        }
    }
    for found in things(world, there) {
        if found.is_declaration && matches!(&found.thing, Thing::Node(node) if family.has(node)) {
            edits.replace(there, found.range)?;
        }
    }
    Ok(())
}

/// Where a call names the family, if it does.
fn named_by(
    world: World<'_>,
    there: &Here,
    written: &WrittenCall,
    family: &Family,
) -> Option<SourceRange> {
    let call = written.call();
    let args = ref_of(call)?;
    let node = match family.kind {
        Some(ResourceType::Function) if call.is(&["function"]) => {
            function_named(world, there, &args)
        }
        Some(ResourceType::Function) => None,
        _ if call.is(&["ref"]) => node_of(world, there, &args),
        _ => None,
    }?;
    family.has(&node).then(|| written.text_args().pop())?
}

fn function_named(world: World<'_>, there: &Here, args: &RefArgs) -> Option<RefTarget> {
    function_target(world.db, there.project, there.package_name(world), args)
}

fn plain_ref(name: &str) -> RefArgs {
    RefArgs {
        name: name.into(),
        package: None,
        version: None,
    }
}

/// `models: {shop: {staging: {orders: ...}}}`, and hooks.
fn in_project_files(project: Project, family: &Family, edits: &mut Edits<'_>) -> Renaming<()> {
    let world = edits.world;
    for package in project.packages(world.db).iter().copied() {
        let Some(file) = package.project_file(world.db) else {
            continue;
        };
        let there = Here {
            project,
            package,
            file,
        };
        for call in written_calls(world, &there) {
            if let Some(range) = named_by(world, &there, &call, family) {
                edits.replace(&there, range)?;
            }
        }
        let settings = &project_file(world.db, package).0;
        for member in &family.members {
            let nodes = nodes_of(world.db, member.file);
            let Some(node) = nodes.get(member.slot as usize) else {
                continue;
            };
            let name = node.fqn.iter().rposition(|part| **part == *edits.old);
            let own = name.and_then(|at| node.fqn.get(..=at));
            let tree = settings.config_tree(node.resource_type());
            for path in tree.into_iter().flat_map(|it| &it.paths) {
                if Some(&*path.path) == own {
                    edits.replace(&there, path.range)?;
                }
            }
        }
    }
    Ok(())
}

/// Names that are put together, or passed around, cannot be followed.
fn check_unfollowed(project: Project, family: &Family, edits: &Edits<'_>) -> Renaming<()> {
    check_readers(project, family, edits)?;
    let world = edits.world;
    for there in files(world, project) {
        let text = there.text(world);
        if !text.contains(&*edits.old) {
            continue;
        }
        let reads = |name: &RefArgs| {
            let node = node_of(world, &there, name);
            node.is_some_and(|node| family.has(&node))
        };
        let is_code = match there.kind(world) {
            Some(FileKind::Macro | FileKind::GenericTest) => true,
            Some(FileKind::Properties | FileKind::Docs) | None => false,
            // A text that only looks like the name of something that the node does not read is something else.
            Some(_) => node_facts(world.db, there.file)
                .iter()
                .any(|facts| facts.refs.iter().any(reads)),
        };
        if !is_code {
            continue;
        }
        if let Some(range) = other_text(world, &there, edits) {
            let message = "this may name it, too, and cannot be followed: change it by hand first";
            return Err(edits.refusal_at(&there, range, message));
        }
    }
    Ok(())
}

/// What reads it must have been edited, or a macro that does it for others.
fn check_readers(project: Project, family: &Family, edits: &Edits<'_>) -> Renaming<()> {
    let world = edits.world;
    let edited_macros = files(world, project).any(|there| {
        let is_code = matches!(
            there.kind(world),
            Some(FileKind::Macro | FileKind::GenericTest)
        );
        is_code && edits.touches(&there)
    });
    if edited_macros {
        return Ok(());
    }
    let children = family
        .members
        .iter()
        .flat_map(|member| children(world.db, project, member));
    let by_name = ref_index(world.db, project);
    for child in children {
        let Some((_, rest)) = child.as_str().split_once('.') else {
            continue;
        };
        let reader = rest.split_once('.').and_then(|(package, name)| {
            let target = by_name.enabled.get(name)?.get(package)?;
            (target.unique_id == child).then_some(target)
        });
        let package = reader.and_then(|reader| reader.file.package(world.db));
        let (Some(reader), Some(package)) = (reader, package) else {
            continue;
        };
        let there = Here {
            project,
            package,
            file: reader.file,
        };
        if !edits.touches(&there) {
            let start = SourceRange::at(0);
            let message = "it is read here by a name that is put together";
            return Err(edits.refusal_at(&there, start, message));
        }
    }
    Ok(())
}

/// A text in a template that is the old name, and not one that dbt itself reads as another kind of name.
fn other_text(world: World<'_>, there: &Here, edits: &Edits<'_>) -> Option<SourceRange> {
    const OTHER_NAMES: [&str; 9] = [
        "ref", "source", "function", "config", "var", "env_var", "doc", "log", "print",
    ];
    let text = there.text(world);
    let template = template(world.db, there.file);
    let of_others = |range: SourceRange| {
        let mut calls = template.calls.iter();
        calls.any(|call| {
            let [name] = &*call.path else { return false };
            OTHER_NAMES.contains(&&*name.name) && call.args_range.covers(range)
        })
    };
    let tags = template.tags.iter();
    for tag in tags.filter(|tag| matches!(tag.kind, TagKind::Output | TagKind::Statement)) {
        for quote in ['\'', '"'] {
            let quoted = format!("{quote}{}{quote}", edits.old);
            for (start, found) in tag.range.of(text).match_indices(&quoted) {
                let start = tag.range.start + start as u32;
                let range = SourceRange::new(start, start + found.len() as u32);
                if !edits.covers(there, range) && !of_others(range) {
                    return Some(range);
                }
            }
        }
    }
    None
}
