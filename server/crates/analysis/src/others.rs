//! Exposures, groups and unit tests of properties files, and what `crate::semantic` makes of them.

use std::sync::Arc;

use jinja::Template;
use project::{
    files::FileKind,
    node::{
        DependsOn, Exposure, Fixture, FixtureFormat, FixtureInput, Group, Names, RefArgs,
        ResourceType, SemanticNode, SourceArgs, UniqueId, UnitTest,
    },
    properties::{ExposureProperties, FixtureProperties, UnitTestProperties},
};
use salsa::Database;
use serde_json::Value;

use crate::{
    facts::ref_of,
    input::{Package, SourceFile},
    nodes::{config::ConfigLevels, description::rendered_description, nodes_of},
    resolve::{RefTarget, ref_target},
    semantic::semantic_nodes,
    source::{files_of, properties},
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
            .map(|entry| Arc::new(unit_test(db, file, package, entry)))
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
    let tags: Vec<Arc<str>> = entry
        .tags
        .iter()
        .cloned()
        .chain(config.tags().into_iter().map(Arc::from))
        .collect();
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
        tags: crate::facts::unique(tags),
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

fn unit_test(
    db: &dyn Database,
    file: SourceFile,
    package: Package,
    entry: &UnitTestProperties,
) -> UnitTest {
    let (name, model) = (&entry.name.value, &entry.model.value);
    let mut fqn = folders(db, file, package);
    fqn.push(Arc::clone(model));
    fqn.push(Arc::clone(name));
    let target = tested_model(db, package, model);
    let schema = target.as_ref().and_then(|target| {
        let node = nodes_of(db, target.file).get(target.slot as usize)?;
        Some(Arc::clone(&node.schema))
    });
    let depends_on = DependsOn {
        nodes: target.map(|target| target.unique_id).into_iter().collect(),
        macros: Arc::default(),
    };
    let mut test = UnitTest {
        unique_id: UniqueId::from(format!("unit_test.{}.{model}.{name}", package.name(db))),
        name: Arc::clone(name),
        package_name: Arc::clone(package.name(db)),
        path: Arc::clone(file.relative_path(db)),
        original_file_path: Arc::clone(file.path(db)),
        config: ConfigLevels {
            package,
            kind: ResourceType::UnitTest,
            fqn: &fqn,
            patch: Some(&entry.config.values),
            calls: None,
        }
        .merged(db),
        fqn: fqn.into(),
        model: Arc::clone(model),
        given: entry
            .given
            .iter()
            .map(|given| FixtureInput {
                input: Arc::clone(&given.input.value),
                fixture: fixture(db, package, &given.fixture),
            })
            .collect(),
        expect: fixture(db, package, &entry.expect),
        description: entry
            .description
            .as_ref()
            .map(|text| Arc::clone(&text.value))
            .unwrap_or_default(),
        overrides: entry.overrides.clone(),
        depends_on,
        checksum: None,
        schema,
        versions: entry.versions.clone(),
        version: None,
    };
    test.checksum = Some(test.content_checksum().into());
    test
}

fn tested_model(db: &dyn Database, package: Package, model: &Arc<str>) -> Option<RefTarget> {
    let args = RefArgs {
        name: Arc::clone(model),
        package: None,
        version: None,
    };
    ref_target(db, package.project(db), package.name(db), &args)
}

/// Rows as objects (CSV is taken apart, as in dbt's manifest), or SQL.
fn fixture(db: &dyn Database, package: Package, fixture: &FixtureProperties) -> Fixture {
    let named = fixture.fixture.as_ref().map(|name| Arc::clone(&name.value));
    let text = match &named {
        Some(name) => fixture_file(db, package, name)
            .map_or(Value::Null, |file| Value::from(file.text(db).trim())),
        None => fixture.rows.clone(),
    };
    let mut rows = match (&text, fixture.format) {
        (Value::String(csv), FixtureFormat::Csv) => csv_rows(csv),
        _ => text,
    };
    lead_with_full_row(&mut rows);
    Fixture {
        rows,
        format: fixture.format,
        fixture: named,
    }
}

/// Some warehouses take a column's type from its first value: a row without nulls changes places with the first.
fn lead_with_full_row(rows: &mut Value) {
    let Some(rows) = rows.as_array_mut() else {
        return;
    };
    let is_full = |row: &Value| {
        row.as_object()
            .is_some_and(|row| row.values().all(|cell| !cell.is_null()))
    };
    if let Some(place) = rows.iter().position(is_full) {
        rows.swap(0, place);
    }
}

fn fixture_file(db: &dyn Database, package: Package, name: &str) -> Option<SourceFile> {
    files_of(db, package, |kind| kind == FileKind::Fixture).find(|file| file.stem(db) == name)
}

/// Every cell a text; empty ones are null.
fn csv_rows(text: &str) -> Value {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.trim().as_bytes());
    let Ok(headers) = reader.headers().cloned() else {
        return Value::Array(Vec::new());
    };
    let rows = reader.records().filter_map(Result::ok).map(|record| {
        let cells = headers.iter().zip(record.iter());
        let cell = |text: &str| {
            if text.is_empty() {
                Value::Null
            } else {
                text.into()
            }
        };
        Value::Object(
            cells
                .map(|(name, text)| (name.to_owned(), cell(text)))
                .collect(),
        )
    });
    rows.collect()
}
