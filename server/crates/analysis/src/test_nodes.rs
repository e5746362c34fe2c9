//! Tests declared in properties → test nodes.
//!
//! Their dependencies are read off their arguments: `model` names what is tested, and texts that look like calls
//! (`to: ref('customers')`) are calls, as in dbt. To them come the literal refs in the macro of the test. Nothing is
//! rendered, so ten thousand tests cost little.

use std::sync::{Arc, LazyLock};

use base::{Diagnostic, SourceRange};
use jinja::{Template, syntax::Literal};
use project::{
    files::FileKind,
    generic_tests::{GenericTest, TestTarget},
    json::JsonMap,
    node::{
        Checksum, Columns, Config, Contract, DependsOn, Docs, GenericTestDetail, Language, Names,
        Node, NodeDetail, NodeVersion, RefArgs, ResourceType, SourceArgs, UniqueId,
    },
    properties::{ColumnProperties, NodeProperties, TestEntry},
};
use regex::Regex;
use salsa::Database;
use serde_json::Value;

use crate::{
    facts::ref_of,
    input::{Package, SourceFile},
    nodes::{apply_names, config::ConfigLevels},
    patches::section,
    resolve::{identities, ref_index},
    source::properties,
    source_overrides::declared_sources,
    target::defaults,
    test_macros::OwnReferences,
    yaml_render::render_yaml_text,
};

/// A test and the entry it was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestNode {
    /// The node, without resolved dependencies.
    pub node: Arc<Node>,
    /// The entry's place in the properties file.
    pub range: SourceRange,
    /// Its name's place.
    pub name_range: SourceRange,
}

/// The tests of a properties file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileTests {
    /// In the order written: a node's columns before the node itself, as dbt goes.
    pub tests: Vec<TestNode>,
    /// Entries that are no tests.
    pub diagnostics: Vec<Diagnostic>,
}

/// The tests that a properties file declares.
#[salsa::tracked]
pub fn tests_of(db: &dyn Database, file: SourceFile) -> Arc<FileTests> {
    if file.kind(db) != Some(FileKind::Properties) {
        return Arc::default();
    }
    let Some(package) = file.package(db) else {
        return Arc::default();
    };
    let mut collector = Collector {
        db,
        file,
        package,
        found: FileTests::default(),
    };
    collector.nodes();
    collector.sources();
    Arc::new(collector.found)
}

struct Collector<'db> {
    db: &'db dyn Database,
    file: SourceFile,
    package: Package,
    found: FileTests,
}

/// What all tests of one node or table share.
struct Subject<'a> {
    target: TestTarget<'a>,
    /// `models.orders`
    file_key_name: String,
    attached: Option<UniqueId>,
    group: Option<Arc<str>>,
    tags: Vec<Arc<str>>,
    quote_columns: bool,
}

impl Collector<'_> {
    fn nodes(&mut self) {
        let properties = properties(self.db, self.file);
        for (kind, key) in [
            (ResourceType::Model, "models"),
            (ResourceType::Seed, "seeds"),
            (ResourceType::Snapshot, "snapshots"),
        ] {
            for entry in section(&properties.properties, kind) {
                let name = &*entry.name.value;
                let file_key_name = format!("{key}.{name}");
                if entry.versions.is_empty() {
                    let target = if kind == ResourceType::Model {
                        TestTarget::Model {
                            name,
                            version: None,
                        }
                    } else {
                        TestTarget::Node { name }
                    };
                    let subject = self.subject(target, file_key_name.clone(), entry, None);
                    self.all(&subject, entry.columns.iter(), &entry.tests);
                }
                for version in &entry.versions {
                    let target = TestTarget::Model {
                        name,
                        version: Some(&version.version),
                    };
                    let subject =
                        self.subject(target, file_key_name.clone(), entry, Some(&version.version));
                    self.all(&subject, entry.columns_of(version), entry.tests_of(version));
                }
            }
        }
    }

    fn sources(&mut self) {
        for source in declared_sources(self.db, self.file).iter() {
            for table in &source.tables {
                let tags = source
                    .tags
                    .iter()
                    .chain(table.tags.iter())
                    .cloned()
                    .collect();
                let subject = Subject {
                    target: TestTarget::Source {
                        source: &source.name.value,
                        table: &table.name.value,
                    },
                    file_key_name: format!("sources.{}", source.name.value),
                    attached: None,
                    group: None,
                    tags,
                    quote_columns: false,
                };
                self.all(&subject, table.columns.iter(), &table.tests);
            }
        }
    }

    fn subject<'a>(
        &self,
        target: TestTarget<'a>,
        file_key_name: String,
        entry: &NodeProperties,
        version: Option<&NodeVersion>,
    ) -> Subject<'a> {
        let name: Arc<str> = match version {
            Some(version) => format!("{}.v{version}", entry.name.value).into(),
            None => Arc::clone(&entry.name.value),
        };
        let index = ref_index(self.db, self.package.project(self.db));
        let attached = index
            .enabled
            .get(&name)
            .and_then(|by_package| by_package.get(self.package.name(self.db)));
        let attached = attached.or_else(|| index.disabled.get(&entry.name.value));
        let group = attached.and_then(|target| {
            let identity = identities(self.db, target.file).get(target.slot as usize)?;
            identity.group.clone()
        });
        let attached = attached.map(|target| target.unique_id.clone());
        Subject {
            target,
            file_key_name,
            attached,
            group,
            tags: Vec::new(),
            quote_columns: entry.quote_columns.unwrap_or(false),
        }
    }

    fn all<'a>(
        &mut self,
        subject: &Subject<'_>,
        columns: impl Iterator<Item = &'a ColumnProperties>,
        tests: &[TestEntry],
    ) {
        for column in columns {
            let is_quoted = column.column.quote.unwrap_or(subject.quote_columns);
            let name = if is_quoted {
                format!("\"{}\"", column.column.name)
            } else {
                column.column.name.to_string()
            };
            for entry in &column.tests {
                self.test(subject, Some((&name, &column.column.tags)), entry);
            }
        }
        for entry in tests {
            self.test(subject, None, entry);
        }
    }

    fn test(&mut self, subject: &Subject<'_>, column: Option<(&str, &Names)>, entry: &TestEntry) {
        let render = |text: &str| render_yaml_text(self.db, Some(self.package), text);
        match GenericTest::from_entry(
            entry,
            &subject.target,
            column.map(|(name, _)| name),
            &render,
        ) {
            Ok(test) => {
                let tags = column.map_or(&[][..], |(_, tags)| tags);
                let node = self.node(subject, column.map(|(name, _)| name), tags, &test);
                self.found.tests.push(TestNode {
                    node: Arc::new(node),
                    range: entry.range,
                    name_range: entry.name.range,
                });
            }
            Err(error) => {
                let range = error.range.unwrap_or(entry.name.range);
                self.found.diagnostics.push(Diagnostic::error(
                    "invalid-test",
                    range,
                    error.message,
                ));
            }
        }
    }

    fn node(
        &self,
        subject: &Subject<'_>,
        column: Option<&str>,
        column_tags: &[Arc<str>],
        test: &GenericTest,
    ) -> Node {
        let (db, package) = (self.db, self.package);
        // dbt drops the first folder of the path, whichever it is.
        let path: &str = self.file.path(db);
        let mut parts: Vec<Arc<str>> = path.split('/').skip(1).map(Arc::from).collect();
        parts.pop();
        parts.insert(0, Arc::clone(package.name(db)));
        parts.push(Arc::clone(&test.name));
        let fqn: Names = parts.into();
        let calls = crate::test_macros::config_calls(db, package, test);
        let levels = ConfigLevels {
            package,
            kind: ResourceType::Test,
            fqn: &fqn,
            patch: None,
            calls: Some(&calls),
        };
        let (config, unrendered_config) = (levels.merged(db), levels.unrendered(db));
        let own = crate::test_macros::own_references(db, package, test);
        let (refs, sources) = dependencies(subject, &test.kwargs, &own);
        let own_tags = test.config.get("tags").map(|tags| {
            Config::new(
                ResourceType::Test,
                [("tags".to_owned(), tags.clone())].into_iter().collect(),
            )
        });
        let own_tags: Vec<Arc<str>> = own_tags
            .iter()
            .flat_map(|config| config.tags().into_iter().map(Arc::from))
            .collect();
        let mut tags: Vec<Arc<str>> = subject
            .tags
            .iter()
            .chain(column_tags)
            .cloned()
            .chain(own_tags)
            .collect();
        tags.sort();
        tags.dedup();
        for tag in config.tags() {
            if !tags.iter().any(|known| **known == *tag) {
                tags.push(tag.into());
            }
        }
        let defaults = defaults(db, package.project(db));
        let mut node = Node {
            unique_id: test.unique_id(package.name(db)),
            name: Arc::clone(&test.name),
            package_name: Arc::clone(package.name(db)),
            path: format!("{}.sql", test.short_name).into(),
            original_file_path: Arc::clone(self.file.path(db)),
            fqn,
            database: defaults.database.clone(),
            schema: Arc::clone(&defaults.schema),
            alias: Arc::clone(&test.name),
            relation_name: None,
            checksum: Checksum::None,
            meta: config.meta().cloned().unwrap_or_default().into(),
            unrendered_config,
            config,
            tags: tags.into(),
            description: Arc::clone(&test.description),
            columns: Columns::default(),
            docs: Docs::default(),
            group: subject.group.clone(),
            patch_path: None,
            doc_blocks: Arc::default(),
            raw_code: Arc::clone(&test.raw_code),
            language: Language::Sql,
            refs,
            sources,
            metrics: Arc::default(),
            functions: Arc::default(),
            depends_on: DependsOn::default(),
            contract: Contract::default(),
            detail: NodeDetail::GenericTest(Arc::new(GenericTestDetail {
                test_name: Arc::clone(&test.test_name),
                namespace: test.namespace.clone(),
                kwargs: test.kwargs.clone(),
                column_name: column.map(Arc::from),
                file_key_name: Some(subject.file_key_name.as_str().into()),
                attached_node: subject.attached.clone(),
            })),
        };
        apply_names(db, package, &mut node);
        node
    }
}

// What dbt takes for a call in an argument, with or without braces around it.
static CALL: LazyLock<Result<Regex, regex::Error>> =
    LazyLock::new(|| Regex::new(r"^\s*(env_var|ref|var|source|doc)\s*\((?s:.+)\)\s*$"));

/// The argument as the template that dbt makes of it; `None` where it is plain text.
pub fn argument_template(text: &str) -> Option<String> {
    if CALL.as_ref().is_ok_and(|call| call.is_match(text)) {
        return Some(format!("{{{{ {text} }}}}"));
    }
    project::reading::is_template(text).then(|| text.to_owned())
}

fn dependencies(
    subject: &Subject<'_>,
    kwargs: &JsonMap,
    own: &OwnReferences,
) -> (Arc<[RefArgs]>, Arc<[SourceArgs]>) {
    let mut refs = Vec::new();
    let mut sources = Vec::new();
    // What is tested is the last of the arguments.
    for (name, value) in kwargs {
        if name != "model" && name != "column_name" {
            collect(value, &mut refs, &mut sources);
        }
    }
    match &subject.target {
        TestTarget::Model { name, version } => refs.push(RefArgs {
            name: (*name).into(),
            package: None,
            version: version.cloned(),
        }),
        TestTarget::Node { name } => refs.push(RefArgs {
            name: (*name).into(),
            package: None,
            version: None,
        }),
        TestTarget::Source { source, table } => sources.push(SourceArgs {
            source: (*source).into(),
            table: (*table).into(),
        }),
    }
    // The macro runs with its arguments known.
    refs.extend(own.refs.iter().cloned());
    sources.extend(own.sources.iter().cloned());
    (refs.into(), sources.into())
}

fn collect(value: &Value, refs: &mut Vec<RefArgs>, sources: &mut Vec<SourceArgs>) {
    match value {
        Value::String(text) => {
            let Some(template) = argument_template(text) else {
                return;
            };
            let template = Template::parse(&template);
            refs.extend(template.calls_of(&["ref"]).filter_map(ref_of));
            sources.extend(template.calls_of(&["source"]).filter_map(|call| {
                let text = |n: usize| {
                    call.positional()
                        .nth(n)?
                        .value
                        .literal
                        .as_ref()
                        .and_then(Literal::as_str)
                };
                Some(SourceArgs {
                    source: text(0)?.into(),
                    table: text(1)?.into(),
                })
            }));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, refs, sources)),
        Value::Object(map) => map.values().for_each(|value| collect(value, refs, sources)),
        _ => {}
    }
}
