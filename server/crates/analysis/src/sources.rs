//! `sources:` → the tables they declare.

use std::sync::Arc;

use jinja::Policy;
use project::{
    SpannedText,
    files::FileKind,
    json::{JsonMap, JsonObject},
    node::{FreshnessThreshold, Names, Quoting, ResourceType, Source, UniqueId},
    properties::{FreshnessSetting, SourceProperties, TableProperties},
};
use salsa::Database;

use crate::{
    context::source_relation,
    input::{Package, SourceFile},
    nodes::{merged_config, rendered_columns, rendered_description},
    project_config::project_file,
    source::properties,
    target::{Defaults, defaults},
};

/// The tables that a properties file declares, sources in order, tables in order.
#[salsa::tracked]
pub fn sources_of(db: &dyn Database, file: SourceFile) -> Arc<[Arc<Source>]> {
    if file.kind(db) != Some(FileKind::Properties) {
        return Arc::default();
    }
    let Some(package) = file.package(db) else {
        return Arc::default();
    };
    let properties = properties(db, file);
    let context = SourceContext {
        db,
        file,
        package,
        defaults: defaults(db, package.project(db)),
    };
    let tables = properties
        .properties
        .sources
        .iter()
        .flat_map(|source| source.tables.iter().map(move |table| (source, table)));
    tables
        .map(|(source, table)| Arc::new(context.source(source, table)))
        .collect()
}

struct SourceContext<'db> {
    db: &'db dyn Database,
    file: SourceFile,
    package: Package,
    defaults: &'db Arc<Defaults>,
}

impl SourceContext<'_> {
    fn source(&self, source: &SourceProperties, table: &TableProperties) -> Source {
        let text = |text: &SpannedText| Arc::clone(&text.value);
        let db = self.db;
        let package_name = self.package.name(db);
        let mut fqn: Vec<Arc<str>> = self
            .file
            .relative_path(db)
            .split('/')
            .map(Arc::from)
            .collect();
        fqn.pop();
        fqn.insert(0, Arc::clone(package_name));
        fqn.push(Arc::clone(&source.name.value));
        fqn.push(Arc::clone(&table.name.value));
        let patch = Self::patch(source, table);
        let config = merged_config(
            db,
            self.package,
            ResourceType::Source,
            &fqn,
            Some(&patch),
            &JsonMap::new(),
        );
        let mut meta = merged_objects(&source.meta, &table.meta);
        if let Some(configured) = config.meta() {
            meta.extend(
                configured
                    .iter()
                    .map(|(key, value)| (key.clone(), value.clone())),
            );
        }
        let tags = config
            .tags()
            .into_iter()
            .map(Arc::from)
            .chain(source.tags.iter().cloned())
            .chain(table.tags.iter().cloned());
        let mut source_node = Source {
            unique_id: UniqueId::from(format!(
                "source.{package_name}.{}.{}",
                source.name.value, table.name.value
            )),
            name: Arc::clone(&table.name.value),
            source_name: Arc::clone(&source.name.value),
            package_name: Arc::clone(package_name),
            original_file_path: Arc::clone(self.file.path(db)),
            fqn: fqn.into(),
            database: source
                .database
                .as_ref()
                .map(text)
                .or_else(|| self.defaults.database.clone()),
            schema: source.schema.as_ref().map_or_else(
                || Arc::clone(&source.name.value),
                |text| Arc::clone(&text.value),
            ),
            identifier: table.identifier.as_ref().map_or_else(
                || Arc::clone(&table.name.value),
                |text| Arc::clone(&text.value),
            ),
            relation_name: None,
            quoting: self.quoting(source, table),
            source_description: description(
                db,
                self.package,
                source.description.as_ref().map(|text| &text.value),
            ),
            description: description(
                db,
                self.package,
                table.description.as_ref().map(|text| &text.value),
            ),
            loader: source.loader.clone().unwrap_or_default(),
            loaded_at_field: table
                .loaded_at_field
                .clone()
                .or_else(|| source.loaded_at_field.clone()),
            loaded_at_query: table
                .loaded_at_query
                .clone()
                .or_else(|| source.loaded_at_query.clone()),
            freshness: merged_freshness(&source.freshness, &table.freshness),
            external: table.external.clone(),
            columns: rendered_columns(
                db,
                self.package,
                &table
                    .columns
                    .iter()
                    .map(|column| column.column.clone())
                    .collect::<Vec<_>>(),
            ),
            meta: meta.into(),
            source_meta: source.meta.clone(),
            tags: sorted_unique(tags),
            config,
            unrendered_config: patch.into(),
            patch_path: None,
            unrendered_database: source.unrendered_database.clone(),
            unrendered_schema: source.unrendered_schema.clone(),
            doc_blocks: Arc::default(),
        };
        source_node.relation_name = Some(source_relation(&source_node).name().into());
        source_node
    }

    /// The table's configuration over the source's; meta and tags are merged apart from it.
    fn patch(source: &SourceProperties, table: &TableProperties) -> JsonMap {
        let mut patch = (*source.config.values).clone();
        project::config_merge::merge(ResourceType::Source, &mut patch, &table.config.values);
        patch
    }

    fn quoting(&self, source: &SourceProperties, table: &TableProperties) -> Quoting {
        let policy: Policy = self.defaults.policy.into();
        let of_project = project_file(self.db, self.package).0.quoting;
        let column = of_project.column;
        let base = Quoting {
            database: Some(policy.database),
            schema: Some(policy.schema),
            identifier: Some(policy.identifier),
            column,
        };
        table
            .quoting
            .over(source.quoting.over(of_project.over(base)))
    }
}

fn description(db: &dyn Database, package: Package, text: Option<&Arc<str>>) -> Arc<str> {
    text.map(|text| rendered_description(db, package, text))
        .unwrap_or_default()
}

fn merged_objects(base: &JsonObject, over: &JsonObject) -> JsonMap {
    let mut merged = (**base).clone();
    merged.extend(over.iter().map(|(key, value)| (key.clone(), value.clone())));
    merged
}

/// dbt sorts the tags of sources.
fn sorted_unique(tags: impl Iterator<Item = Arc<str>>) -> Names {
    let mut tags: Vec<Arc<str>> = tags.collect();
    tags.sort();
    tags.dedup();
    tags.into()
}

/// The table's thresholds, with the source's for what it leaves out.
fn merged_freshness(
    source: &FreshnessSetting,
    table: &FreshnessSetting,
) -> Option<FreshnessThreshold> {
    match (source, table) {
        (_, FreshnessSetting::Off) | (FreshnessSetting::Off, FreshnessSetting::Unset) => None,
        (FreshnessSetting::Unset, FreshnessSetting::Unset) => Some(FreshnessThreshold::default()),
        (FreshnessSetting::Threshold(own), FreshnessSetting::Unset)
        | (FreshnessSetting::Unset | FreshnessSetting::Off, FreshnessSetting::Threshold(own)) => {
            Some(own.clone())
        }
        (FreshnessSetting::Threshold(base), FreshnessSetting::Threshold(own)) => {
            Some(FreshnessThreshold {
                warn_after: own.warn_after.clone().or_else(|| base.warn_after.clone()),
                error_after: own.error_after.clone().or_else(|| base.error_after.clone()),
                filter: own.filter.clone().or_else(|| base.filter.clone()),
            })
        }
    }
}
