//! `unit_tests:` → the tests they come to: one for a model, one for each version of a model that has versions.
//!
//! What is wrong between a unit test and its model is found here, too. How one runs is the engine's.

use std::sync::Arc;

use base::Diagnostic;
use project::{
    files::FileKind,
    node::{
        Config, DependsOn, Fixture, FixtureFormat, FixtureInput, Node, NodeVersion, RefArgs,
        ResourceType, UniqueId, UnitTest, VersionFilter,
    },
    properties::{FixtureProperties, UnitTestProperties},
};
use salsa::Database;
use serde_json::Value;

use crate::{
    input::{Package, SourceFile},
    nodes::{config::ConfigLevels, nodes_of},
    others::folders,
    resolve::{RefError, RefTarget, ref_index, resolve_ref},
    source::{files_of, properties},
};

/// What is wrong between the unit tests of a file and the models they are for: dbt goes no further.
#[salsa::tracked]
pub fn unit_test_errors(db: &dyn Database, file: SourceFile) -> Arc<[Diagnostic]> {
    let (Some(FileKind::Properties), Some(package)) = (file.kind(db), file.package(db)) else {
        return Arc::default();
    };
    let entries = properties(db, file).properties.unit_tests.iter();
    entries
        .filter_map(|entry| tested(db, file, package, entry).err().map(|it| *it))
        .collect()
}

/// Whether dbt leaves an entry aside without asking what its inputs are: it is turned off, or its model is.
pub fn is_turned_off(
    db: &dyn Database,
    file: SourceFile,
    package: Package,
    entry: &UnitTestProperties,
) -> bool {
    matches!(tested(db, file, package, entry), Ok(Tested::Off))
}

/// The tests that an entry stands for. Where something is wrong with it there is one, of no model.
pub(crate) fn unit_tests(
    db: &dyn Database,
    file: SourceFile,
    package: Package,
    entry: &UnitTestProperties,
) -> Vec<UnitTest> {
    let mut blank = blank_test(db, file, package, entry);
    let Ok(tested) = tested(db, file, package, entry) else {
        return vec![blank];
    };
    let Tested::On(models) = tested else {
        let mut config = (**blank.config.explicit()).clone();
        config.insert("enabled".to_owned(), false.into());
        blank.config = Config::new(ResourceType::UnitTest, config);
        return vec![blank];
    };
    let tests = models.into_iter().map(|model| {
        let mut test = blank.clone();
        if let Some(version) = &model.version {
            test.unique_id = UniqueId::from(format!("{}_v{version}", blank.unique_id));
        }
        test.version = model.version;
        test.schema = Some(model.schema);
        test.depends_on.nodes = [model.id].into();
        test
    });
    tests.collect()
}

/// What an entry is for.
enum Tested {
    /// Nothing: the test is turned off, or its model is, and the test with it.
    Off,
    /// One model, or versions of it.
    On(Vec<TestedModel>),
}

struct TestedModel {
    id: UniqueId,
    version: Option<NodeVersion>,
    /// That of the latest version, for all of them.
    schema: Arc<str>,
}

fn tested(
    db: &dyn Database,
    file: SourceFile,
    package: Package,
    entry: &UnitTestProperties,
) -> Result<Tested, Box<Diagnostic>> {
    let (name, at) = (&entry.name.value, entry.model.range);
    let wrong = |message: String| Box::new(Diagnostic::error("unit-test", at, message));
    if !config(db, file, package, entry).enabled() {
        return Ok(Tested::Off);
    }
    let Some(target) = target(db, file, package, entry)? else {
        return Ok(Tested::Off);
    };
    let Some(model) = node_at(db, &target) else {
        return Ok(Tested::Off);
    };
    increments(entry, model).map_err(wrong)?;
    let filter = entry.versions.as_ref();
    if model.version().is_none() {
        return match filter {
            Some(filter) if is_set(filter.include.as_ref()) || is_set(filter.exclude.as_ref()) => {
                Err(wrong(format!(
                    "Unit test '{name}' should not have a versions include or exclude when referencing non-versioned model '{}'",
                    model.name
                )))
            }
            _ => Ok(Tested::On(vec![TestedModel {
                id: target.unique_id,
                version: None,
                schema: Arc::clone(&model.schema),
            }])),
        };
    }
    let versions = versions_of(db, package, model);
    let meant = versions.filter(|version| filter.is_none_or(|filter| takes(filter, version)));
    let models: Vec<TestedModel> = meant
        .map(|version| TestedModel {
            id: UniqueId::from(format!(
                "model.{}.{}.v{version}",
                model.package_name, model.name
            )),
            version: Some(version),
            schema: Arc::clone(&model.schema),
        })
        .collect();
    if models.is_empty() {
        return Err(wrong(format!(
            "Unit test '{name}' referenced a version of '{}' which was not found.",
            model.name
        )));
    }
    Ok(Tested::On(models))
}

/// The model that an entry names; `None` for one that is turned off.
fn target(
    db: &dyn Database,
    file: SourceFile,
    package: Package,
    entry: &UnitTestProperties,
) -> Result<Option<RefTarget>, Box<Diagnostic>> {
    let (name, at) = (&entry.name.value, entry.model.range);
    // `model: orders 2` means a version, and dbt looks in the test's own package alone.
    let mut words = entry.model.value.split_whitespace();
    let args = RefArgs {
        name: words.next().unwrap_or_default().into(),
        package: Some(Arc::clone(package.name(db))),
        version: words
            .next()
            .map(|version| NodeVersion::Text(version.into())),
    };
    match resolve_ref(db, package.project(db), package.name(db), &args) {
        Ok(target) => Ok(Some(target)),
        Err(RefError::Disabled) => Ok(None),
        Err(RefError::NotFound { meant }) => {
            let model = format!("{}.{}", package.name(db), entry.model.value);
            let path = file.path(db);
            let mut message =
                format!("Unable to find model '{model}' for unit test '{name}' in {path}");
            if let Some(meant) = &meant {
                message = format!("{message}; did you mean `{meant}`?");
            }
            let unknown = Diagnostic::error("unknown-ref", at, message);
            Err(Box::new(match meant {
                Some(meant) => unknown.with_replacement(file.id(db), &meant),
                None => unknown,
            }))
        }
        Err(error @ RefError::Ambiguous { .. }) => Err(Box::new(Diagnostic::error(
            "unit-test",
            at,
            error.message(&args),
        ))),
    }
}

fn node_at<'db>(db: &'db dyn Database, target: &RefTarget) -> Option<&'db Arc<Node>> {
    nodes_of(db, target.file).get(target.slot as usize)
}

/// A model that asks whether it is incremental must be told, and told what is there already.
fn increments(entry: &UnitTestProperties, model: &Node) -> Result<(), String> {
    let mut macros = model.depends_on.macros.iter();
    if !macros.any(|id| id.as_str() == "macro.dbt.is_incremental") {
        return Ok(());
    }
    let (name, model) = (&entry.name.value, &model.name);
    let overrides = entry.overrides.as_ref();
    let is_incremental = overrides.and_then(|it| it.macros.get("is_incremental")?.as_bool());
    let has_this = entry.given.iter().any(|it| &*it.input.value == "this");
    match is_incremental {
        None => Err(format!(
            "Boolean override for 'is_incremental' must be provided for unit test '{name}' in model '{model}'"
        )),
        Some(true) if !has_this => Err(format!(
            "Unit test '{name}' for incremental model '{model}' must have a 'this' input"
        )),
        Some(_) => Ok(()),
    }
}

/// The versions of a model that are turned on.
fn versions_of(
    db: &dyn Database,
    package: Package,
    model: &Node,
) -> impl Iterator<Item = NodeVersion> {
    let prefix: Arc<str> = format!("{}.v", model.name).into();
    let index = ref_index(db, package.project(db));
    let named = index.enabled.range(Arc::clone(&prefix)..);
    named
        .take_while(move |(name, _)| name.starts_with(&*prefix))
        .filter_map(move |(_, by_package)| {
            let node = node_at(db, by_package.get(&model.package_name)?)?;
            (node.name == model.name).then(|| node.version().cloned())?
        })
}

fn is_set(versions: Option<&Vec<NodeVersion>>) -> bool {
    versions.is_some_and(|versions| !versions.is_empty())
}

/// `exclude` wins; where neither says anything, none is meant.
fn takes(filter: &VersionFilter, version: &NodeVersion) -> bool {
    let has = |versions: &[NodeVersion]| versions.contains(version);
    match (&filter.include, &filter.exclude) {
        (_, Some(exclude)) if !exclude.is_empty() => !has(exclude),
        (Some(include), _) => has(include),
        (None, _) => false,
    }
}

fn fqn(
    db: &dyn Database,
    file: SourceFile,
    package: Package,
    entry: &UnitTestProperties,
) -> Vec<Arc<str>> {
    let mut fqn = folders(db, file, package);
    fqn.extend([&entry.model.value, &entry.name.value].map(Arc::clone));
    fqn
}

/// What all places say of a test itself; its model may be turned off all the same.
fn config(
    db: &dyn Database,
    file: SourceFile,
    package: Package,
    entry: &UnitTestProperties,
) -> Config {
    let levels = ConfigLevels {
        package,
        kind: ResourceType::UnitTest,
        fqn: &fqn(db, file, package, entry),
        patch: Some(&entry.config.values),
        calls: None,
    };
    levels.merged(db)
}

fn blank_test(
    db: &dyn Database,
    file: SourceFile,
    package: Package,
    entry: &UnitTestProperties,
) -> UnitTest {
    let (name, model) = (&entry.name.value, &entry.model.value);
    let mut test = UnitTest {
        unique_id: UniqueId::from(format!("unit_test.{}.{model}.{name}", package.name(db))),
        name: Arc::clone(name),
        package_name: Arc::clone(package.name(db)),
        path: Arc::clone(file.relative_path(db)),
        original_file_path: Arc::clone(file.path(db)),
        config: config(db, file, package, entry),
        fqn: fqn(db, file, package, entry).into(),
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
        depends_on: DependsOn::default(),
        checksum: None,
        schema: None,
        versions: entry.versions.clone(),
        version: None,
    };
    test.checksum = Some(test.content_checksum().into());
    test
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
