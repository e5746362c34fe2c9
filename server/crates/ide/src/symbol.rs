//! What the cursor is on, as a thing of the project: the common ground of hover, definition and references.
//!
//! Works on the tolerant trees alone, so it answers in files that do not parse, and renders nothing.

use std::sync::Arc;

use analysis::{
    MacroKey,
    facts::ref_of,
    resolve::{
        RefTarget, SourceTarget, doc_target, function_target, identities, ref_target, source_target,
    },
    source::{docs_blocks, macro_definitions, properties, template},
    test_macros::test_macro,
};
use base::SourceRange;
use jinja::syntax::{ArgSyntax, CallSyntax, MacroKind};
use project::{
    files::FileKind,
    node::{RefArgs, ResourceType, SourceArgs},
    properties::ColumnProperties,
};

use crate::{
    properties_names::{PropertyName, names},
    world::{Here, World},
};

/// A thing of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Thing {
    /// A model, seed, snapshot or function.
    Node(RefTarget),
    /// A table of a source.
    Table(SourceTarget),
    /// All of a source.
    Source(Arc<str>),
    /// A macro; several where `adapter.dispatch` chooses.
    Macros(Vec<MacroKey>),
    /// A variable of the project.
    Var(Arc<str>),
    /// A variable of the environment.
    EnvVar(Arc<str>),
    /// A docs block, by package (if it is named) and name.
    Doc(Option<Arc<str>>, Arc<str>),
    /// A function that every template has: `ref`, `config`.
    Builtin(&'static crate::builtins::Builtin),
}

/// A thing, and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) range: SourceRange,
    pub(crate) thing: Thing,
    /// It is made here, not used.
    pub(crate) is_declaration: bool,
}

/// What a cursor at `offset` touches.
pub(crate) fn thing_at(world: World<'_>, here: &Here, offset: u32) -> Option<Found> {
    things(world, here)
        .into_iter()
        .filter(|found| found.range.touches(offset))
        .min_by_key(|found| found.range.len())
}

/// All things that a file names, in the order of their places.
pub(crate) fn things(world: World<'_>, here: &Here) -> Vec<Found> {
    let mut found = Vec::new();
    if here.kind(world) == Some(FileKind::Properties) {
        things_of_properties(world, here, &mut found);
    }
    for call in &template(world.db, here.file).calls {
        things_of_call(world, here, call, &mut found);
    }
    things_of_definitions(world, here, &mut found);
    found.sort_by_key(|found| (found.range.start, found.range.end));
    found
}

fn things_of_call(world: World<'_>, here: &Here, call: &CallSyntax, found: &mut Vec<Found>) {
    let mut add = |range: SourceRange, thing: Thing| {
        found.push(Found {
            range,
            thing,
            is_declaration: false,
        });
    };
    let names: Vec<&str> = call.path.iter().map(|segment| &*segment.name).collect();
    match *names {
        ["ref"] => {
            if let Some(node) = ref_of(call).and_then(|args| node_of(world, here, &args)) {
                for arg in text_args(call) {
                    add(arg.value.range, Thing::Node(node.clone()));
                }
            }
        }
        ["function"] => {
            let target = ref_of(call).and_then(|args| {
                function_target(world.db, here.project, here.package_name(world), &args)
            });
            if let Some(function) = target {
                for arg in text_args(call) {
                    add(arg.value.range, Thing::Node(function.clone()));
                }
            }
        }
        ["source"] => add_source(world, here, call, &mut add),
        ["var"] => {
            if let (Some(name), Some(arg)) = (call.text_arg(0), call.positional().next()) {
                add(arg.value.range, Thing::Var(name.into()));
            }
        }
        ["env_var"] => {
            if let (Some(name), Some(arg)) = (call.text_arg(0), call.positional().next()) {
                add(arg.value.range, Thing::EnvVar(name.into()));
            }
        }
        ["doc"] => {
            let texts: Vec<&str> = (0..2).map_while(|nth| call.text_arg(nth)).collect();
            let doc = match *texts {
                [name] => Some(Thing::Doc(None, name.into())),
                [package, name] => Some(Thing::Doc(Some(package.into()), name.into())),
                _ => None,
            };
            if let (Some(doc), Some(arg)) = (doc, text_args(call).last()) {
                add(arg.value.range, doc);
            }
        }
        ["adapter", "dispatch"] => {
            if let (Some(name), Some(arg)) = (call.text_arg(0), call.positional().next()) {
                let keys: Vec<MacroKey> = here.macros(world).implementations(name).collect();
                if !keys.is_empty() {
                    add(arg.value.range, Thing::Macros(keys));
                }
            }
        }
        _ => {}
    }
    if let Some(thing) = callee(world, here, &names) {
        add(call.callee_range(), thing);
    }
}

/// What a call calls.
pub(crate) fn callee(world: World<'_>, here: &Here, path: &[&str]) -> Option<Thing> {
    let macros = here.macros(world);
    let key = match *path {
        [name] => macros.find(here.package_name(world), name),
        [package, name] => macros.find_in(package, name),
        _ => None,
    };
    key.map(|key| Thing::Macros(vec![key]))
        .or_else(|| crate::builtins::find(path).map(Thing::Builtin))
}

fn add_source(
    world: World<'_>,
    here: &Here,
    call: &CallSyntax,
    add: &mut impl FnMut(SourceRange, Thing),
) {
    let (Some(source), Some(arg)) = (call.text_arg(0), call.positional().next()) else {
        return;
    };
    add(arg.value.range, Thing::Source(source.into()));
    if let (Some(table), Some(arg)) = (call.text_arg(1), call.positional().nth(1)) {
        let args = SourceArgs {
            source: source.into(),
            table: table.into(),
        };
        if let Some(target) = source_target(world.db, here.project, here.package_name(world), &args)
        {
            add(arg.value.range, Thing::Table(target));
        }
    }
}

fn text_args(call: &CallSyntax) -> impl Iterator<Item = &ArgSyntax> {
    call.positional().filter(|arg| {
        let literal = arg.value.literal.as_ref();
        literal.is_some_and(|literal| literal.as_str().is_some())
    })
}

/// What a `ref` in this file means.
pub(crate) fn node_of(world: World<'_>, here: &Here, args: &RefArgs) -> Option<RefTarget> {
    ref_target(world.db, here.project, here.package_name(world), args)
}

/// Macros and docs blocks that the file defines.
fn things_of_definitions(world: World<'_>, here: &Here, found: &mut Vec<Found>) {
    let id = here.id(world);
    match here.kind(world) {
        Some(FileKind::Macro | FileKind::GenericTest) => {
            for (index, definition) in macro_definitions(world.db, here.file).iter().enumerate() {
                let key = MacroKey {
                    file: id,
                    index: index as u32,
                };
                found.push(Found {
                    range: definition.name_range,
                    thing: Thing::Macros(vec![key]),
                    is_declaration: true,
                });
            }
        }
        Some(FileKind::Docs) => {
            for block in docs_blocks(world.db, here.file).iter() {
                found.push(Found {
                    range: block.name_range,
                    thing: Thing::Doc(None, Arc::clone(&block.name)),
                    is_declaration: true,
                });
            }
        }
        Some(FileKind::Snapshot) => {
            let blocks = &template(world.db, here.file).macros;
            let snapshots = blocks
                .iter()
                .filter(|block| block.kind == MacroKind::Snapshot);
            for block in snapshots {
                let args = ref_args(&block.name);
                if let Some(node) = node_of(world, here, &args) {
                    found.push(Found {
                        range: block.name_range,
                        thing: Thing::Node(node),
                        is_declaration: true,
                    });
                }
            }
        }
        _ => {}
    }
}

/// Names that a properties file gives to things, or calls them by.
fn things_of_properties(world: World<'_>, here: &Here, found: &mut Vec<Found>) {
    let file_properties = properties(world.db, here.file);
    for (range, name) in names(&file_properties.properties) {
        let (thing, is_declaration) = match name {
            PropertyName::Node(
                ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot,
                name,
            )
            | PropertyName::Ref(name) => (
                node_of(world, here, &ref_args(&name)).map(Thing::Node),
                false,
            ),
            PropertyName::Node(ResourceType::Function, name) => {
                let package = here.package_name(world);
                let target = function_target(world.db, here.project, package, &ref_args(&name));
                (target.map(Thing::Node), false)
            }
            PropertyName::Node(_, _) => (None, false),
            PropertyName::Macro(name) => (
                here.macros(world)
                    .find(here.package_name(world), &name)
                    .map(|key| Thing::Macros(vec![key])),
                false,
            ),
            PropertyName::Test(package, name) => {
                let from = here.package_name(world);
                let key = test_macro(world.db, here.project, from, package.as_deref(), &name);
                (key.map(|key| Thing::Macros(vec![key])), false)
            }
            PropertyName::Source(name) => (Some(Thing::Source(name)), true),
            PropertyName::Table(args) => (
                source_target(world.db, here.project, here.package_name(world), &args)
                    .map(Thing::Table),
                true,
            ),
            PropertyName::SourceRef(args) => (
                source_target(world.db, here.project, here.package_name(world), &args)
                    .map(Thing::Table),
                false,
            ),
        };
        if let Some(thing) = thing {
            found.push(Found {
                range,
                thing,
                is_declaration,
            });
        }
    }
}

/// The column of a node or table whose entry in a properties file a cursor touches.
pub(crate) fn described_column_at(
    world: World<'_>,
    here: &Here,
    offset: u32,
) -> Option<(SourceRange, Thing, String)> {
    if here.kind(world) != Some(FileKind::Properties) {
        return None;
    }
    let all = &properties(world.db, here.file).properties;
    let touched = |columns: &[ColumnProperties]| {
        let column = columns.iter().find(|it| it.name_range.touches(offset))?;
        Some((column.name_range, column.column.name.to_string()))
    };
    for node in all.models.iter().chain(&all.seeds).chain(&all.snapshots) {
        if let Some((range, column)) = touched(&node.columns) {
            let node = node_of(world, here, &ref_args(&node.name.value))?;
            return Some((range, Thing::Node(node), column));
        }
    }
    for source in &all.sources {
        for table in &source.tables {
            if let Some((range, column)) = touched(&table.columns) {
                let args = SourceArgs {
                    source: Arc::clone(&source.name.value),
                    table: Arc::clone(&table.name.value),
                };
                let package = here.package_name(world);
                let table = source_target(world.db, here.project, package, &args)?;
                return Some((range, Thing::Table(table), column));
            }
        }
    }
    None
}

fn ref_args(name: &str) -> RefArgs {
    RefArgs {
        name: name.into(),
        package: None,
        version: None,
    }
}

/// Where the docs block is that a name means here.
pub(crate) fn doc_place(
    world: World<'_>,
    here: &Here,
    package: Option<&str>,
    name: &str,
) -> Option<(analysis::SourceFile, u32)> {
    doc_target(
        world.db,
        here.project,
        package,
        here.package_name(world),
        name,
    )
}

/// The model, seed, snapshot or function that a file is, if it is one.
pub(crate) fn node_of_file(world: World<'_>, here: &Here) -> Option<Thing> {
    let identities = identities(world.db, here.file);
    let (slot, identity) = identities.iter().enumerate().find(|(_, identity)| {
        let kind = identity.resource_type;
        kind.is_refable() || kind == ResourceType::Function
    })?;
    Some(Thing::Node(RefTarget {
        unique_id: identity.unique_id.clone(),
        file: here.file,
        slot: slot as u32,
    }))
}
