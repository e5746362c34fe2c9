//! Exposures and groups of properties files, and what `crate::unit_tests` and `crate::semantic` make of them.

use std::{collections::BTreeSet, sync::Arc};

use jinja::Template;
use project::{
    files::FileKind,
    node::{
        Config, DependsOn, Exposure, Group, Names, RefArgs, ResourceType, SemanticNode, SourceArgs,
        UniqueId, UnitTest,
    },
    properties::ExposureProperties,
};
use salsa::Database;
use serde_json::Value;

use crate::{
    facts::ref_of,
    input::{Package, SourceFile},
    nodes::{config::ConfigLevels, description::rendered_description},
    semantic::semantic_nodes,
    source::properties,
    unit_tests::unit_tests,
};

/// What a properties file defines besides tests and sources.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileResources {
    /// `exposures:`, dependencies not resolved.
    pub exposures: Vec<Arc<Exposure>>,
    /// `groups:`
    pub groups: Vec<Arc<Group>>,
    /// `unit_tests:`, one for each version of the model that is meant.
    pub unit_tests: Vec<Arc<UnitTest>>,
    /// Metrics, semantic models and saved queries, each for itself: what they depend on is not resolved.
    pub semantic: Vec<Arc<SemanticNode>>,
}

/// Exposures, groups and unit tests of a file.
#[salsa::tracked]
pub fn resources_of(db: &dyn Database, file: SourceFile) -> Arc<FileResources> {
    if file.kind(db) != Some(FileKind::Properties) {
        return Arc::default();
    }
    let Some(package) = file.package(db) else {
        return Arc::default();
    };
    let properties = &properties(db, file).properties;
    Arc::new(FileResources {
        exposures: properties
            .exposures
            .iter()
            .map(|entry| Arc::new(exposure(db, file, package, entry)))
            .collect(),
        groups: properties
            .groups
            .iter()
            .map(|entry| {
                let name = &entry.name.value;
                let mut fqn = folders(db, file, package);
                fqn.push(Arc::clone(name));
                Arc::new(Group {
                    unique_id: UniqueId::from(format!("group.{}.{name}", package.name(db))),
                    name: Arc::clone(name),
                    package_name: Arc::clone(package.name(db)),
                    path: Arc::clone(file.relative_path(db)),
                    original_file_path: Arc::clone(file.path(db)),
                    owner: entry.owner.clone(),
                    description: entry.description.clone(),
                    config: ConfigLevels {
                        package,
                        kind: ResourceType::Group,
                        fqn: &fqn,
                        patch: Some(&entry.config.values),
                        calls: None,
                    }
                    .merged(db),
                })
            })
            .collect(),
        unit_tests: properties
            .unit_tests
            .iter()
            .flat_map(|entry| unit_tests(db, file, package, entry))
            .map(Arc::new)
            .collect(),
        semantic: semantic_nodes(db, file, package),
    })
}

pub(crate) fn folders(db: &dyn Database, file: SourceFile, package: Package) -> Vec<Arc<str>> {
    let mut parts: Vec<Arc<str>> = file.relative_path(db).split('/').map(Arc::from).collect();
    parts.pop();
    parts.insert(0, Arc::clone(package.name(db)));
    parts
}

fn exposure(
    db: &dyn Database,
    file: SourceFile,
    package: Package,
    entry: &ExposureProperties,
) -> Exposure {
    let name = &entry.name.value;
    let mut fqn = folders(db, file, package);
    fqn.push(Arc::clone(name));
    let levels = ConfigLevels {
        package,
        kind: ResourceType::Exposure,
        fqn: &fqn,
        patch: Some(&entry.config.values),
        calls: None,
    };
    let config = levels.merged(db);
    let unrendered_config = levels.unrendered(db);
    let (refs, sources, metrics) = calls(entry.depends_on.iter().map(|text| &*text.value));
    let mut meta = (*entry.meta).clone();
    meta.extend(config.meta().cloned().unwrap_or_default());
    let own = entry.tags.iter().cloned();
    let tags: BTreeSet<Arc<str>> = own
        .chain(config.tags().into_iter().map(Arc::from))
        .collect();
    // What stands beside `config` is in it, too, as dbt has it for exposures alone.
    let mut explicit = config.explicit().clone().into_map();
    let lists = [
        ("tags", tags.iter().map(|tag| Value::from(&**tag)).collect()),
        ("meta", Value::Object(meta.clone())),
    ];
    explicit.extend(lists.map(|(key, value)| (key.to_owned(), value)));
    let config = Config::new(ResourceType::Exposure, explicit);
    Exposure {
        unique_id: UniqueId::from(format!("exposure.{}.{name}", package.name(db))),
        name: Arc::clone(name),
        package_name: Arc::clone(package.name(db)),
        path: Arc::clone(file.relative_path(db)),
        original_file_path: Arc::clone(file.path(db)),
        fqn: fqn.into(),
        kind: entry
            .kind
            .as_ref()
            .map(|kind| Arc::clone(&kind.value))
            .unwrap_or_default(),
        owner: entry.owner.clone(),
        description: entry
            .description
            .as_ref()
            .map(|text| rendered_description(db, package, &text.value))
            .unwrap_or_default(),
        label: entry.label.clone(),
        maturity: entry.maturity.as_ref().map(|text| Arc::clone(&text.value)),
        meta: meta.into(),
        tags: tags.into_iter().collect(),
        config,
        unrendered_config,
        url: entry.url.clone(),
        depends_on: DependsOn::default(),
        refs: refs.into(),
        sources: sources.into(),
        metrics: metrics.into(),
    }
}

/// The `ref`, `source` and `metric` calls of texts that are one call each.
pub(crate) fn calls<'a>(
    texts: impl Iterator<Item = &'a str>,
) -> (Vec<RefArgs>, Vec<SourceArgs>, Vec<Names>) {
    let (mut refs, mut sources, mut metrics) = (Vec::new(), Vec::new(), Vec::new());
    for text in texts {
        let template = Template::parse(&format!("{{{{ {text} }}}}"));
        refs.extend(template.calls_of(&["ref"]).filter_map(ref_of));
        sources.extend(template.calls_of(&["source"]).filter_map(|call| {
            Some(SourceArgs {
                source: call.text_arg(0)?.into(),
                table: call.text_arg(1)?.into(),
            })
        }));
        metrics.extend(
            template
                .calls_of(&["metric"])
                .filter_map(|call| Some(Names::from([Arc::from(call.text_arg(0)?)]))),
        );
    }
    (refs, sources, metrics)
}
