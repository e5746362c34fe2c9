//! Macros as the manifest describes them: their own text, and what properties say of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jinja::{
    MacroDef,
    syntax::{CallKind, CallSyntax},
};
use project::{
    files::FileKind,
    node::{Docs, Language, MacroArgument, MacroNode, UniqueId},
};
use salsa::Database;

use crate::{
    input::{Package, SourceFile},
    macro_index::{Dispatched, MacroIndex, MacroKey},
    macros::macro_index,
    nodes::description::rendered_description,
    source::{files_of, properties, template},
};

/// `macros:` entries of a package, by the macro's name.
pub(super) fn macro_descriptions(
    db: &dyn Database,
    package: Package,
) -> BTreeMap<Arc<str>, (SourceFile, usize)> {
    let mut described = BTreeMap::new();
    for file in files_of(db, package, |kind| kind == FileKind::Properties) {
        for (entry, described_macro) in properties(db, file).properties.macros.iter().enumerate() {
            described
                .entry(Arc::clone(&described_macro.name.value))
                .or_insert((file, entry));
        }
    }
    described
}

pub(super) fn macro_node(
    db: &dyn Database,
    file: SourceFile,
    definition: &MacroDef,
    described: Option<&(SourceFile, usize)>,
) -> MacroNode {
    let text = file.text(db);
    let entry =
        described.and_then(|(file, entry)| properties(db, *file).properties.macros.get(*entry));
    let package = file.package(db);
    let rendered = |text: &Arc<str>| {
        package.map_or_else(
            || Arc::clone(text),
            |package| rendered_description(db, package, text),
        )
    };
    let arguments = entry.map(|entry| {
        let arguments = entry.arguments.iter().map(|argument| MacroArgument {
            name: Arc::clone(&argument.name.value),
            data_type: argument
                .data_type
                .as_ref()
                .map(|text| Arc::clone(&text.value)),
            description: argument
                .description
                .as_ref()
                .map(|text| rendered(&text.value))
                .unwrap_or_default(),
        });
        arguments.collect::<Arc<[_]>>()
    });
    let languages = definition.name.starts_with("materialization_").then(|| {
        let language = |name: &str| {
            if name == "python" {
                Language::Python
            } else {
                Language::Sql
            }
        };
        definition
            .supported_languages
            .iter()
            .map(|name| language(name))
            .collect()
    });
    MacroNode {
        unique_id: UniqueId::new(&definition.unique_id),
        name: Arc::clone(&definition.name),
        package_name: Arc::clone(&definition.package),
        original_file_path: Arc::clone(file.path(db)),
        macro_sql: definition.range.of(text).into(),
        depends_on: macro_dependencies(db, file, definition)
            .into_iter()
            .collect(),
        description: entry
            .and_then(|entry| entry.description.as_ref())
            .map(|text| rendered(&text.value))
            .unwrap_or_default(),
        meta: entry.map(|entry| entry.meta.clone()).unwrap_or_default(),
        docs: Docs::default(),
        patch_path: described.and_then(|(file, _)| {
            Some(format!("{}://{}", file.package(db)?.name(db), file.path(db)).into())
        }),
        arguments: arguments.unwrap_or_default(),
        supported_languages: languages,
    }
}

/// The macros that a macro's body names, as far as they are known without rendering it.
fn macro_dependencies(
    db: &dyn Database,
    file: SourceFile,
    definition: &MacroDef,
) -> BTreeSet<UniqueId> {
    let Some(project) = file.project(db) else {
        return BTreeSet::new();
    };
    let index = macro_index(db, project);
    let calls = template(db, file)
        .calls
        .iter()
        .filter(|call| call.kind != CallKind::Filter && definition.range.covers(call.range));
    let keys = calls.flat_map(|call| match &*call.path {
        // A macro that calls itself does not depend on itself.
        [name] if *name.name == *definition.name => Vec::new(),
        [name] => vec![index.find(&definition.package, &name.name)],
        // dbt takes the original for the macro that replaces it.
        [builtins, name] if &*builtins.name == "builtins" => {
            vec![index.find(&definition.package, &name.name)]
        }
        [adapter, dispatch] if &*adapter.name == "adapter" && &*dispatch.name == "dispatch" => {
            dispatched(index, definition, call)
        }
        [package, name] => vec![index.find_in(&package.name, &name.name)],
        _ => Vec::new(),
    });
    let definitions = keys
        .flatten()
        .filter_map(|key| crate::macros::macro_definition(db, project, key));
    definitions
        .map(|definition| UniqueId::new(&definition.unique_id))
        .collect()
}

/// `adapter.dispatch('name', 'package')`: what it comes to on this adapter, and the macro of that name itself.
fn dispatched(
    index: &MacroIndex,
    definition: &MacroDef,
    call: &CallSyntax,
) -> Vec<Option<MacroKey>> {
    let text = |place: usize, name: &str| {
        let named = call.args.iter().find(|argument| {
            let given = argument.name.as_ref();
            given.is_some_and(|given| &*given.name == name)
        });
        named
            .and_then(|argument| argument.value.literal.as_ref()?.as_str())
            .or_else(|| call.text_arg(place))
    };
    let Some(name) = text(0, "macro_name") else {
        return Vec::new();
    };
    let namespace = text(1, "macro_namespace");
    let found = match index.dispatch(&definition.package, name, namespace) {
        Dispatched::Found(key) => Some(key),
        Dispatched::Tried(_) => None,
    };
    let same_name = (*name != *definition.name).then(|| index.find(&definition.package, name));
    vec![found, same_name.flatten()]
}
