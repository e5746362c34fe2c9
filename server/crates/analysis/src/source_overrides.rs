//! `overrides:` of a source: a package, often the project, says something else of another package's source.
//!
//! What the override says replaces what stood there, whole: dbt merges neither meta nor columns, and an override always replaces
//! `config` and `freshness`. See <https://docs.getdbt.com/reference/resource-properties/overrides>.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use project::{
    files::FileKind,
    node::Quoting,
    properties::{SourceProperties, TableProperties},
};
use salsa::Database;

use crate::{
    input::{Project, SourceFile},
    source::{files_of, properties},
};

/// The package, and its source.
type Overridden = (Arc<str>, Arc<str>);

/// The sources of other packages that a file overrides, with their place in it.
#[salsa::tracked]
pub(crate) fn overridden(db: &dyn Database, file: SourceFile) -> Arc<[(Overridden, u32)]> {
    let sources = properties(db, file).properties.sources.iter().enumerate();
    let found = sources.filter_map(|(place, source)| {
        let package = Arc::clone(&source.overrides.as_ref()?.value);
        Some(((package, Arc::clone(&source.name.value)), place as u32))
    });
    found.collect()
}

/// All overrides of a project; of two for one source the first counts.
#[salsa::tracked]
fn overrides(db: &dyn Database, project: Project) -> Arc<BTreeMap<Overridden, (SourceFile, u32)>> {
    let mut all = BTreeMap::new();
    for package in project.packages(db).iter().copied() {
        for file in files_of(db, package, |kind| kind == FileKind::Properties) {
            for (key, place) in overridden(db, file).iter() {
                all.entry(key.clone()).or_insert((file, *place));
            }
        }
    }
    Arc::new(all)
}

/// The sources that a file declares, as they are after all overrides; the overrides themselves declare none.
pub(crate) fn declared_sources(db: &dyn Database, file: SourceFile) -> Cow<'_, [SourceProperties]> {
    let written = &properties(db, file).properties.sources;
    let Some(package) = file.package(db) else {
        return Cow::Borrowed(written);
    };
    let overrides = overrides(db, package.project(db));
    if overrides.is_empty() {
        return Cow::Borrowed(written);
    }
    let declared = written.iter().filter(|source| source.overrides.is_none());
    let patched = declared.map(|source| {
        let key = (Arc::clone(package.name(db)), Arc::clone(&source.name.value));
        match overrides.get(&key).and_then(|it| entry(db, *it)) {
            Some(patch) => source_with(source, patch),
            None => source.clone(),
        }
    });
    Cow::Owned(patched.collect())
}

fn entry(db: &dyn Database, (file, place): (SourceFile, u32)) -> Option<&SourceProperties> {
    properties(db, file).properties.sources.get(place as usize)
}

fn either<T: Clone>(patch: Option<&T>, own: Option<&T>) -> Option<T> {
    patch.or(own).cloned()
}

fn source_with(own: &SourceProperties, patch: &SourceProperties) -> SourceProperties {
    let tables = own.tables.iter().map(|table| {
        let mut patches = patch.tables.iter();
        match patches.find(|it| it.name.value == table.name.value) {
            Some(patch) => table_with(table, patch),
            None => table.clone(),
        }
    });
    SourceProperties {
        name: own.name.clone(),
        range: own.range,
        description: either(patch.description.as_ref(), own.description.as_ref()),
        database: either(patch.database.as_ref(), own.database.as_ref()),
        schema: either(patch.schema.as_ref(), own.schema.as_ref()),
        unrendered_database: own.unrendered_database.clone(),
        unrendered_schema: own.unrendered_schema.clone(),
        loader: either(patch.loader.as_ref(), own.loader.as_ref()),
        quoting: if patch.quoting == Quoting::default() {
            own.quoting
        } else {
            patch.quoting
        },
        freshness: patch.freshness.clone(),
        loaded_at_field: either(patch.loaded_at_field.as_ref(), own.loaded_at_field.as_ref()),
        loaded_at_query: either(patch.loaded_at_query.as_ref(), own.loaded_at_query.as_ref()),
        meta: if patch.meta.is_empty() {
            own.meta.clone()
        } else {
            patch.meta.clone()
        },
        tags: if patch.tags.is_empty() {
            own.tags.clone()
        } else {
            patch.tags.clone()
        },
        config: patch.config.clone(),
        overrides: None,
        tables: tables.collect(),
    }
}

fn table_with(own: &TableProperties, patch: &TableProperties) -> TableProperties {
    let mut table = own.clone();
    table.config = patch.config.clone();
    table.freshness = patch.freshness.clone();
    table.description = either(patch.description.as_ref(), own.description.as_ref());
    table.identifier = either(patch.identifier.as_ref(), own.identifier.as_ref());
    table.external = either(patch.external.as_ref(), own.external.as_ref());
    table.loaded_at_query = either(patch.loaded_at_query.as_ref(), own.loaded_at_query.as_ref());
    if patch.loaded_at_field.is_some() {
        table.loaded_at_field.clone_from(&patch.loaded_at_field);
        table.has_loaded_at_field = true;
    }
    if patch.quoting != Quoting::default() {
        table.quoting = patch.quoting;
    }
    if !patch.meta.is_empty() {
        table.meta = patch.meta.clone();
    }
    if !patch.tags.is_empty() {
        table.tags = Arc::clone(&patch.tags);
    }
    if !patch.columns.is_empty() {
        table.columns.clone_from(&patch.columns);
    }
    if !patch.tests.is_empty() {
        table.tests.clone_from(&patch.tests);
    }
    table
}

/// What dbt says of overrides for which there is nothing to override.
pub fn unused_overrides(db: &dyn Database, project: Project) -> Option<String> {
    let mut declared: BTreeMap<Overridden, BTreeSet<Arc<str>>> = BTreeMap::new();
    for package in project.packages(db).iter().copied() {
        for file in files_of(db, package, |kind| kind == FileKind::Properties) {
            let sources = properties(db, file).properties.sources.iter();
            for source in sources.filter(|source| source.overrides.is_none()) {
                let key = (Arc::clone(package.name(db)), Arc::clone(&source.name.value));
                let tables = source.tables.iter().map(|it| Arc::clone(&it.name.value));
                declared.entry(key).or_default().extend(tables);
            }
        }
    }
    let mut lines = Vec::new();
    for (key, place) in overrides(db, project).iter() {
        let (name, path) = (format!("{}.{}", key.0, key.1), place.0.path(db));
        let Some(known) = declared.get(key) else {
            lines.push(format!("  - Source {name} (in {path})"));
            continue;
        };
        let tables = entry(db, *place).into_iter().flat_map(|it| &it.tables);
        let tables: BTreeSet<&Arc<str>> = tables.map(|table| &table.name.value).collect();
        let unknown = tables.into_iter().filter(|table| !known.contains(*table));
        lines.extend(unknown.map(|table| format!("  - Source table {name}.{table} (in {path})")));
    }
    (!lines.is_empty()).then(|| {
        format!(
            "During parsing, dbt encountered source overrides that had no target:\n{}",
            lines.join("\n")
        )
    })
}
