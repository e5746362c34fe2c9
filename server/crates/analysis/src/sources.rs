//! `sources:` → the tables they declare.

use std::{collections::BTreeSet, sync::Arc};

use jinja::Policy;
use project::{
    SpannedText,
    files::FileKind,
    json::JsonMap,
    node::{FreshnessThreshold, ResourceType, Source, UniqueId},
    properties::{ConfigProperties, FreshnessSetting, SourceProperties, TableProperties},
};
use salsa::Database;
use serde_json::Value;

use crate::{
    context::source_relation,
    external_location,
    input::{Package, SourceFile},
    nodes::{
        config::ConfigLevels,
        description::{doc_blocks, rendered_columns, rendered_description},
    },
    source_overrides::declared_sources,
    target::{Defaults, adapter_type, defaults},
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
    let context = SourceContext {
        db,
        file,
        package,
        defaults: defaults(db, package.project(db)),
    };
    let declared = declared_sources(db, file);
    let tables = declared
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
    /// Package, folders of the properties file, source, table.
    fn fqn(&self, source: &SourceProperties, table: &TableProperties) -> Vec<Arc<str>> {
        let path = self.file.relative_path(self.db);
        let mut fqn: Vec<Arc<str>> = path.split('/').map(Arc::from).collect();
        fqn.pop();
        fqn.insert(0, Arc::clone(self.package.name(self.db)));
        fqn.push(Arc::clone(&source.name.value));
        fqn.push(Arc::clone(&table.name.value));
        fqn
    }

    fn source(&self, source: &SourceProperties, table: &TableProperties) -> Source {
        let text = |text: &SpannedText| Arc::clone(&text.value);
        let db = self.db;
        let package_name = self.package.name(db);
        let fqn = self.fqn(source, table);
        let patch = source_patch(source, table);
        let levels = ConfigLevels {
            package: self.package,
            kind: ResourceType::Source,
            fqn: &fqn,
            patch: Some(&patch),
            calls: None,
        };
        let (config, unrendered_config) = (levels.merged(db), levels.unrendered(db));
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
            sql: None,
            quoting: table.quoting.over(source.quoting),
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
            loaded_at_field: config.text("loaded_at_field").map(Arc::from),
            loaded_at_query: config.text("loaded_at_query").map(Arc::from),
            freshness: config.get("freshness").map(FreshnessThreshold::from_json),
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
            meta: config.meta().cloned().unwrap_or_default().into(),
            source_meta: merged_objects([
                Some(&*source.meta),
                config_object(&source.config, "meta"),
            ])
            .into(),
            tags: config.tags().into_iter().map(Arc::from).collect(),
            config,
            unrendered_config,
            patch_path: None,
            unrendered_database: source.unrendered_database.clone(),
            unrendered_schema: source.unrendered_schema.clone(),
            doc_blocks: table
                .description
                .as_ref()
                .map(|text| doc_blocks(db, self.package, &text.value))
                .unwrap_or_default(),
        };
        if **adapter_type(db, self.package.project(db)) == *external_location::ADAPTER {
            let sql = external_location::external_location(&source_node);
            source_node.sql = sql.and_then(Result::ok);
        }
        let policy: Policy = self.defaults.policy.into();
        source_node.relation_name = Some(source_relation(&source_node, policy).name().into());
        source_node
    }
}

fn description(db: &dyn Database, package: Package, text: Option<&Arc<str>>) -> Arc<str> {
    text.map(|text| rendered_description(db, package, text))
        .unwrap_or_default()
}

/// The table's configuration over the source's, with what dbt merges itself: freshness, where it is read from, meta, tags.
fn source_patch(source: &SourceProperties, table: &TableProperties) -> JsonMap {
    let mut patch = (*source.config.values).clone();
    patch.extend(
        table
            .config
            .values
            .iter()
            .map(|(key, value)| (key.clone(), value.clone())),
    );
    match merged_freshness(source, table) {
        Some(threshold) if threshold.is_set() => {
            patch.insert("freshness".to_owned(), threshold.to_json());
        }
        Some(_) => {
            patch.remove("freshness");
        }
        None => {
            patch.insert("freshness".to_owned(), Value::Null);
        }
    }
    let (field, query) = loaded_at(source, table);
    let text = |text: Option<&str>| text.map_or(Value::Null, Value::from);
    patch.insert("loaded_at_field".to_owned(), text(field));
    patch.insert("loaded_at_query".to_owned(), text(query));
    let meta = merged_objects([
        Some(&*source.meta),
        config_object(&source.config, "meta"),
        Some(&*table.meta),
        config_object(&table.config, "meta"),
    ]);
    patch.insert("meta".to_owned(), meta.into());
    let tags: BTreeSet<&str> = [&source.tags, &table.tags]
        .into_iter()
        .flat_map(|tags| tags.iter().map(|tag| &**tag))
        .chain(config_tags(&source.config))
        .chain(config_tags(&table.config))
        .collect();
    patch.insert("tags".to_owned(), tags.into_iter().collect());
    patch
}

fn config_object<'a>(config: &'a ConfigProperties, key: &str) -> Option<&'a JsonMap> {
    config.values.get(key)?.as_object()
}

fn config_tags(config: &ConfigProperties) -> impl Iterator<Item = &str> {
    let tags = config.values.get("tags");
    let listed = tags.and_then(Value::as_array).into_iter().flatten();
    listed
        .chain(tags.filter(|tags| tags.is_string()))
        .filter_map(Value::as_str)
}

fn merged_objects<'a>(objects: impl IntoIterator<Item = Option<&'a JsonMap>>) -> JsonMap {
    let mut merged = JsonMap::new();
    for object in objects.into_iter().flatten() {
        merged.extend(
            object
                .iter()
                .map(|(key, value)| (key.clone(), value.clone())),
        );
    }
    merged
}

/// Where the age of the data is: what the table says replaces both settings of the source.
fn loaded_at<'a>(
    source: &'a SourceProperties,
    table: &'a TableProperties,
) -> (Option<&'a str>, Option<&'a str>) {
    fn either<'a>(
        beside: Option<&'a Arc<str>>,
        config: &'a ConfigProperties,
        key: &str,
    ) -> Option<&'a str> {
        beside
            .map(|text| &**text)
            .or_else(|| config.values.get(key)?.as_str())
    }
    let table_field = either(
        table.loaded_at_field.as_ref(),
        &table.config,
        "loaded_at_field",
    );
    let table_query = either(
        table.loaded_at_query.as_ref(),
        &table.config,
        "loaded_at_query",
    );
    let source_field = either(
        source.loaded_at_field.as_ref(),
        &source.config,
        "loaded_at_field",
    );
    let source_query = either(
        source.loaded_at_query.as_ref(),
        &source.config,
        "loaded_at_query",
    );
    let field = table_field.or(source_field.filter(|_| !table.has_loaded_at_field));
    let query = table_query.or(source_query.filter(|_| !table.has_loaded_at_field));
    (field, query)
}

/// The thresholds of source, its config, table and its config, each over the one before; null turns off what came before.
fn merged_freshness(
    source: &SourceProperties,
    table: &TableProperties,
) -> Option<FreshnessThreshold> {
    let beside = |setting: &FreshnessSetting| match setting {
        FreshnessSetting::Unset => Some(FreshnessThreshold::unset()),
        FreshnessSetting::Off => None,
        FreshnessSetting::Threshold(threshold) => Some(threshold.clone()),
    };
    let configured = |config: &ConfigProperties| match config.values.get("freshness") {
        None => Some(FreshnessThreshold::unset()),
        Some(Value::Null) => None,
        Some(value) => Some(FreshnessThreshold::from_json(value)),
    };
    let over = [
        configured(&source.config),
        beside(&table.freshness),
        configured(&table.config),
    ];
    over.into_iter()
        .fold(beside(&source.freshness), |base, update| {
            match (base, update) {
                (Some(base), Some(update)) => Some(update.over(base)),
                (None, Some(update)) if update.is_set() => Some(update),
                (_, _) => None,
            }
        })
}
