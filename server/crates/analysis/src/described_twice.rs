//! What two entries of properties files describe, which dbt refuses: nodes and macros of a package, overrides of a source.

use std::{collections::BTreeMap, sync::Arc};

use project::{files::FileKind, node::ResourceType};
use salsa::Database;

use crate::{
    input::{PackageKind, Project, SourceFile},
    macros::macro_index,
    patches::{PATCHED, section},
    source::{files_of, properties},
    source_overrides::overridden,
};

/// Of what kind the thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Described {
    /// A node of this kind.
    Node(ResourceType),
    /// A macro.
    Macro,
    /// A source of another package.
    Override,
}

/// A thing that is described twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedTwice {
    /// What it is.
    pub kind: Described,
    /// The package whose files describe it; of an override, the package that is overridden.
    pub package: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// The files, relative to their package: of the entry that comes first, and of the other.
    pub files: [Arc<str>; 2],
}

impl DescribedTwice {
    /// As dbt says it.
    pub fn message(&self) -> String {
        let (name, package) = (&self.name, &self.package);
        let (what, how, named, kind) = match self.kind {
            Described::Node(_) => (
                format!("resource named {name}. Resources and their associated columns"),
                "described",
                name.to_string(),
                "resource",
            ),
            Described::Macro => (
                format!("macro in package {package} named {name}. Macros"),
                "described",
                name.to_string(),
                "macros",
            ),
            Described::Override => (
                format!("source named {name} in package {package}. Sources"),
                "overridden",
                format!("{package}.{name}"),
                "sources",
            ),
        };
        let [first, second] = &self.files;
        let fix = if first == second {
            format!("remove one of the {kind} entries for {named} in this file:\n - {first}")
        } else {
            format!(
                "remove the {kind} entry for {named} in one of these files:\n - {second}\n - {first}"
            )
        };
        format!(
            "dbt found two schema.yml entries for the same {what} may only be {how} a single time. To fix this, {fix}"
        )
    }
}

/// All of a project, in the order of the files. Whether there is such a node is for the caller to say: dbt looks at its entries
/// only then. Entries with versions and snapshots that are defined in YAML are not among them.
pub fn described_twice(db: &dyn Database, project: Project) -> Vec<DescribedTwice> {
    let mut first: BTreeMap<(Described, Arc<str>, Arc<str>), SourceFile> = BTreeMap::new();
    let mut found = Vec::new();
    for package in project.packages(db).iter().copied() {
        if package.kind(db) == PackageKind::Builtin {
            continue;
        }
        for file in files_of(db, package, |kind| kind == FileKind::Properties) {
            for key in described(db, project, file) {
                let Some(other) = first.get(&key) else {
                    first.insert(key, file);
                    continue;
                };
                let (kind, package, name) = key;
                found.push(DescribedTwice {
                    kind,
                    package,
                    name,
                    files: [*other, file].map(|file| Arc::from(&**file.path(db))),
                });
            }
        }
    }
    found
}

fn described(
    db: &dyn Database,
    project: Project,
    file: SourceFile,
) -> Vec<(Described, Arc<str>, Arc<str>)> {
    let Some(package) = file.package(db) else {
        return Vec::new();
    };
    let package = package.name(db);
    let all = &properties(db, file).properties;
    let mut found = Vec::new();
    for kind in PATCHED {
        let entries = section(all, kind).iter();
        let plain = entries.filter(|it| it.versions.is_empty() && it.relation.is_none());
        let names = plain.map(|it| Arc::clone(&it.name.value));
        found.extend(names.map(|name| (Described::Node(kind), Arc::clone(package), name)));
    }
    if let Some(macros) = macro_index(db, project).packages.get(package) {
        let names = all.macros.iter().map(|it| &it.name.value);
        let known = names.filter(|name| macros.contains_key(*name));
        found.extend(known.map(|it| (Described::Macro, Arc::clone(package), Arc::clone(it))));
    }
    let overrides = overridden(db, file).iter();
    let keys = overrides.map(|(key, _)| key.clone());
    found.extend(keys.map(|(package, source)| (Described::Override, package, source)));
    found
}
