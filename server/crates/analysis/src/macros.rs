//! Queries over macros: the index of names, and the bodies behind its keys.

use std::{collections::BTreeMap, sync::Arc};

use base::FileId;
use jinja::MacroDef;
use project::files::FileKind;
use salsa::Database;

use crate::{
    builtin::{adapter_chain, internal_packages},
    input::{Package, PackageKind, Project, SourceFile},
    macro_index::{MacroIndex, MacroKey, MacroNames},
    project_config::{root_file, root_name},
    source::{files_of, macro_definitions, macro_names},
    target::adapter_type,
};

/// Whether macros are looked for in files of this kind.
pub(crate) fn holds_macros(kind: FileKind) -> bool {
    matches!(kind, FileKind::Macro | FileKind::GenericTest)
}

/// Every macro of a project by name, without the bodies.
#[salsa::tracked]
pub fn macro_index(db: &dyn Database, project: Project) -> Arc<MacroIndex> {
    let adapter = adapter_type(db, project);
    let internal = internal_packages(adapter);
    let mut packages = BTreeMap::new();
    let mut internal_names: BTreeMap<Arc<str>, MacroNames> = BTreeMap::new();
    for package in project.packages(db).iter().copied() {
        let mut names = MacroNames::new();
        for file in files_of(db, package, holds_macros) {
            for (index, name) in macro_names(db, file).iter().enumerate() {
                // The first one wins; the second is a diagnostic.
                names.entry(Arc::clone(name)).or_insert(MacroKey {
                    file: file.id(db),
                    index: index as u32,
                });
            }
        }
        let name = Arc::clone(package.name(db));
        match package.kind(db) {
            PackageKind::Builtin => internal_names.insert(name, names),
            PackageKind::Root | PackageKind::Installed => packages.insert(name, names),
        };
    }
    let mut builtin = MacroNames::new();
    for package in internal.iter().rev() {
        builtin.extend(internal_names.remove(package.as_str()).unwrap_or_default());
    }
    let mut prefixes: Vec<Arc<str>> = adapter_chain(adapter).into_iter().map(Arc::from).collect();
    prefixes.push("default".into());
    let root = root_file(db, project);
    let search_orders = root.0.dispatch.iter().map(|entry| {
        let order = entry
            .search_order
            .iter()
            .map(|package| Arc::clone(&package.value))
            .collect();
        (Arc::clone(&entry.macro_namespace.value), order)
    });
    Arc::new(MacroIndex {
        root: root_name(db, project),
        internal: internal.iter().map(|name| name.as_str().into()).collect(),
        prefixes,
        packages,
        builtin,
        search_orders: search_orders.collect(),
    })
}

/// Macros of a package that have the name of one before them: the second, then the first.
#[salsa::tracked]
pub fn duplicate_macros(db: &dyn Database, package: Package) -> Arc<[(MacroKey, MacroKey)]> {
    let index = macro_index(db, package.project(db));
    let Some(known) = index.packages.get(package.name(db)) else {
        return Arc::default();
    };
    let mut found = Vec::new();
    for file in files_of(db, package, holds_macros) {
        for (index, name) in macro_names(db, file).iter().enumerate() {
            let key = MacroKey {
                file: file.id(db),
                index: index as u32,
            };
            found.extend(
                known
                    .get(name)
                    .filter(|it| **it != key)
                    .map(|it| (key, *it)),
            );
        }
    }
    found.into()
}

/// The files of a project by number. A file that is two things is there with each.
#[salsa::tracked]
pub fn files_by_id(db: &dyn Database, project: Project) -> Arc<BTreeMap<FileId, Vec<SourceFile>>> {
    let mut files: BTreeMap<FileId, Vec<SourceFile>> = BTreeMap::new();
    let packages = project.packages(db).iter();
    let of_packages = packages.flat_map(|package| {
        package
            .files(db)
            .iter()
            .copied()
            .chain(package.project_file(db))
    });
    let others = project
        .other_files(db)
        .iter()
        .copied()
        .chain(project.profiles(db));
    for file in of_packages.chain(others) {
        files.entry(file.id(db)).or_default().push(file);
    }
    Arc::new(files)
}

/// The macro behind a key.
pub fn macro_definition(
    db: &dyn Database,
    project: Project,
    key: MacroKey,
) -> Option<Arc<MacroDef>> {
    let file = macro_file(db, project, key)?;
    macro_definitions(db, file).get(key.index as usize).cloned()
}

/// The file of a key.
pub fn macro_file(db: &dyn Database, project: Project, key: MacroKey) -> Option<SourceFile> {
    let files = files_by_id(db, project).get(&key.file)?;
    files
        .iter()
        .copied()
        .find(|file| file.kind(db).is_some_and(holds_macros))
}

/// Every macro of a project with its body, for who renders without queries.
#[salsa::tracked]
pub fn all_macros(db: &dyn Database, project: Project) -> Arc<BTreeMap<MacroKey, Arc<MacroDef>>> {
    let mut all = BTreeMap::new();
    for package in project.packages(db).iter().copied() {
        for file in files_of(db, package, holds_macros) {
            for (index, definition) in macro_definitions(db, file).iter().enumerate() {
                all.insert(
                    MacroKey {
                        file: file.id(db),
                        index: index as u32,
                    },
                    Arc::clone(definition),
                );
            }
        }
    }
    Arc::new(all)
}
