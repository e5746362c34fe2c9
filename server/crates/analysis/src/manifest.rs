//! The manifest: all that a project comes to, put together from the queries over its files.
//!
//! For commands and for whoever needs everything at once. Editors ask the smaller queries: nothing that runs on a
//! keystroke reads this one.

mod linked;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use base::FileId;
use jinja::{MacroDef, syntax::CallKind};
use project::{
    files::FileKind,
    node::{
        Checksum, DependsOn, DocBlock, Docs, Exposure, Group, Language, MacroArgument, MacroNode,
        Node, NodeDetail, RefArgs, ResourceType, Source, SourceArgs, UniqueId, UnitTest,
    },
    profiles::Profile,
    project_file::ProjectFile,
};
use rayon::prelude::*;
use salsa::Database;

use crate::{
    RootDatabase,
    context::NodeContext,
    facts::parsed,
    graph::Graph,
    input::{Package, PackageKind, Project, SourceFile},
    macro_index::{MacroIndex, MacroKey},
    macros::{all_macros, holds_macros, macro_index},
    nodes::{nodes_of, rendered_description, yaml_snapshot_code, yaml_snapshot_facts},
    operations::operations,
    others::resources_of,
    project_config::{project_file, root_name, vars},
    resolve::{RefIndex, SourceIndex, SourceKey, defines_nodes, ref_index, source_index},
    source::{docs_blocks, files_of, properties, template},
    sources::sources_of,
    target::{QuotePolicy, defaults, target},
    test_macros::{is_never_rendered, test_macro},
    test_nodes::tests_of,
};

/// A project put together.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The name of the project that was opened.
    pub project_name: Arc<str>,
    /// Warehouse and target; `None` where there is no usable profile.
    pub profile: Option<Profile>,
    /// Models, seeds, snapshots, tests, analyses, operations, functions.
    pub nodes: BTreeMap<UniqueId, Arc<Node>>,
    /// Tables of sources.
    pub sources: BTreeMap<UniqueId, Arc<Source>>,
    /// Exposures.
    pub exposures: BTreeMap<UniqueId, Arc<Exposure>>,
    /// Groups.
    pub groups: BTreeMap<UniqueId, Arc<Group>>,
    /// Unit tests.
    pub unit_tests: BTreeMap<UniqueId, Arc<UnitTest>>,
    /// Macros as the manifest describes them.
    pub macros: BTreeMap<UniqueId, Arc<MacroNode>>,
    /// Docs blocks.
    pub docs: BTreeMap<UniqueId, Arc<DocBlock>>,
    /// What is turned off.
    pub disabled: BTreeMap<UniqueId, Vec<Arc<Node>>>,
    /// Tests that cannot run because what they read is turned off.
    pub idle_tests: BTreeMap<UniqueId, Arc<Node>>,
    /// Sources that are turned off.
    pub disabled_sources: BTreeMap<UniqueId, Vec<Arc<Source>>>,
    /// Unit tests that are turned off.
    pub disabled_unit_tests: BTreeMap<UniqueId, Vec<Arc<UnitTest>>>,
    /// What reads what, over nodes, sources, exposures and unit tests.
    pub graph: Graph,
    /// Where each node's code is: file, and the range in it.
    pub places: BTreeMap<UniqueId, Place>,
    /// Macro resolution, and bodies by key.
    pub macro_index: Arc<MacroIndex>,
    /// The bodies.
    pub macro_definitions: Arc<BTreeMap<MacroKey, Arc<MacroDef>>>,
    /// What `ref` means.
    pub refs: Arc<RefIndex>,
    /// Source resolution: by source and table, then by package.
    pub source_ids: BTreeMap<SourceKey, BTreeMap<Arc<str>, UniqueId>>,
    /// Each package's project file, by its name.
    pub project_files: BTreeMap<Arc<str>, Arc<ProjectFile>>,
    /// Each package's directory, by its name.
    pub package_roots: BTreeMap<Arc<str>, Arc<std::path::Path>>,
    /// The vars that nodes of each package see.
    pub vars: BTreeMap<Arc<str>, Arc<project::json::JsonMap>>,
    /// Which parts of names are quoted.
    pub policy: QuotePolicy,
}

/// Where code is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The code in it; for tests in properties their entry.
    pub range: base::SourceRange,
}

impl Manifest {
    /// What `ref(args)` in a node of `package` means.
    pub fn resolve_ref(
        &self,
        package: &str,
        args: &RefArgs,
    ) -> Result<UniqueId, crate::resolve::RefError> {
        self.refs
            .resolve(&self.project_name, package, args)
            .map(|target| target.unique_id)
    }

    /// What `source(args)` in a node of `package` means.
    pub fn resolve_source(&self, package: &str, args: &SourceArgs) -> Option<&UniqueId> {
        let by_package = self
            .source_ids
            .get(&(Arc::clone(&args.source), Arc::clone(&args.table)))?;
        by_package
            .get(&self.project_name)
            .or_else(|| by_package.get(package))
            .or_else(|| by_package.values().next())
    }

    /// The macro behind a key.
    pub fn macro_definition(&self, key: MacroKey) -> Option<&Arc<MacroDef>> {
        self.macro_definitions.get(&key)
    }

    /// A node with what templates see of it.
    pub fn node_context(&self, node: &Arc<Node>) -> Arc<NodeContext> {
        NodeContext::new(Arc::clone(node), self.policy.into())
    }
}

/// What one file contributes.
#[derive(Default)]
struct FilePart {
    nodes: Vec<(Arc<Node>, Place)>,
    sources: Vec<Arc<Source>>,
    exposures: Vec<Arc<Exposure>>,
    groups: Vec<Arc<Group>>,
    unit_tests: Vec<Arc<UnitTest>>,
}

/// Puts a project together, with all cores.
///
/// The queries of single files run side by side on snapshots; what they have in common is asked first, so that the
/// workers do not wait for each other.
pub fn manifest(db: &RootDatabase, project: Project) -> Arc<Manifest> {
    let files: Vec<SourceFile> = project
        .packages(db)
        .iter()
        .flat_map(|package| package.files(db).iter().copied())
        .collect();
    macro_index(db, project);
    defaults(db, project);
    let n_workers = rayon::current_num_threads().max(1);
    let chunk = files.len().div_ceil(n_workers * 4).max(1);
    // Two rounds: names need every file's facts, and references need every name.
    files
        .par_chunks(chunk)
        .for_each_with(db.clone(), |db, files| {
            for file in files {
                nodes_of(db, *file);
                sources_of(db, *file);
            }
        });
    let resolver = Resolver {
        refs: Arc::clone(ref_index(db, project)),
        sources: Arc::clone(source_index(db, project)),
        root: root_name(db, project),
    };
    let parts: Vec<FilePart> = files
        .par_chunks(chunk)
        .map_with(db.clone(), |db, files| {
            files
                .iter()
                .map(|file| file_part(db, *file, &resolver))
                .collect::<Vec<_>>()
        })
        .flatten()
        .collect();
    Arc::new(assembled(db, project, parts, &resolver))
}

fn file_part(db: &dyn Database, file: SourceFile, resolver: &Resolver) -> FilePart {
    let mut part = FilePart::default();
    let Some(kind) = file.kind(db) else {
        return part;
    };
    if defines_nodes(kind) {
        part.nodes.extend(finished_nodes(db, file, resolver));
    }
    if kind == FileKind::Properties {
        for test in &tests_of(db, file).tests {
            let place = Place {
                file: file.id(db),
                range: test.range,
            };
            part.nodes.push((
                Arc::new(with_dependencies(db, file, &test.node, resolver)),
                place,
            ));
        }
        part.sources.extend(sources_of(db, file).iter().cloned());
        let resources = resources_of(db, file);
        part.groups.extend(resources.groups.iter().cloned());
        part.unit_tests.extend(resources.unit_tests.iter().cloned());
        part.exposures
            .extend(resources.exposures.iter().map(|exposure| {
                let nodes = resolver.resolve(
                    db,
                    &exposure.package_name,
                    &exposure.refs,
                    &exposure.sources,
                );
                Arc::new(Exposure {
                    depends_on: DependsOn {
                        macros: Arc::default(),
                        nodes: nodes.into(),
                    },
                    ..(**exposure).clone()
                })
            }));
    }
    part
}

/// A file's nodes with their code and what they depend on.
fn finished_nodes(
    db: &dyn Database,
    file: SourceFile,
    resolver: &Resolver,
) -> Vec<(Arc<Node>, Place)> {
    let text = file.text(db);
    let nodes = nodes_of(db, file).iter().enumerate();
    nodes
        .map(|(slot, node)| {
            let mut finished = with_dependencies(db, file, node, resolver);
            let range = parsed(db, file)
                .get(slot)
                .map_or_else(base::SourceRange::default, |part| part.range);
            if file.kind(db) == Some(FileKind::Properties) {
                let snapshot = yaml_snapshot_facts(db, file).get(slot);
                finished.raw_code = snapshot
                    .map(|snapshot| yaml_snapshot_code(&snapshot.relation).into())
                    .unwrap_or_default();
                finished.checksum = Checksum::of_text(text);
            } else if finished.resource_type() == ResourceType::Seed {
                finished.checksum = seed_checksum(&finished, text);
            } else {
                let whole = range.start == 0 && range.end as usize == text.len();
                finished.raw_code = if whole {
                    Arc::from(text.trim())
                } else {
                    Arc::from(range.of(text))
                };
                finished.checksum = Checksum::of_text(text);
            }
            (
                Arc::new(finished),
                Place {
                    file: file.id(db),
                    range,
                },
            )
        })
        .collect()
}

/// dbt does not read large seeds to tell whether they changed.
fn seed_checksum(node: &Node, text: &str) -> Checksum {
    const MAXIMUM: usize = 1 << 20;
    match &node.detail {
        NodeDetail::Seed { .. } if text.len() > MAXIMUM => {
            Checksum::Path(Arc::clone(&node.original_file_path))
        }
        _ => Checksum::of_text(text),
    }
}

fn with_dependencies(
    db: &dyn Database,
    file: SourceFile,
    node: &Arc<Node>,
    resolver: &Resolver,
) -> Node {
    let mut finished = (**node).clone();
    let nodes = resolver.resolve(db, &node.package_name, &node.refs, &node.sources);
    let mut macros: Vec<UniqueId> = node.depends_on.macros.to_vec();
    if let (Some(test), Some(project)) = (node.generic_test(), file.project(db)) {
        let index = macro_index(db, project);
        let own = test_macro(
            db,
            project,
            &node.package_name,
            test.namespace.as_deref(),
            &test.test_name,
        );
        let filter = match own {
            Some(own) if is_never_rendered(db, project, own) => None,
            _ => index.find(&node.package_name, "get_where_subquery"),
        };
        let keys = [own, filter];
        let definitions = keys
            .into_iter()
            .flatten()
            .filter_map(|key| crate::macros::macro_definition(db, project, key));
        macros.extend(definitions.map(|definition| UniqueId::new(&definition.unique_id)));
    }
    finished.depends_on = DependsOn {
        macros: macros.into(),
        nodes: nodes.into(),
    };
    finished
}

/// Name resolution by indexes that were made before.
struct Resolver {
    refs: Arc<RefIndex>,
    sources: Arc<SourceIndex>,
    root: Arc<str>,
}

impl Resolver {
    /// What sources and refs mean, in dbt's order, duplicates dropped; what means nothing is a diagnostic elsewhere.
    fn resolve(
        &self,
        db: &dyn Database,
        package: &str,
        refs: &[RefArgs],
        sources: &[SourceArgs],
    ) -> Vec<UniqueId> {
        let mut ids: Vec<UniqueId> = Vec::with_capacity(refs.len() + sources.len());
        let of_refs = refs
            .iter()
            .filter_map(|args| Some(self.refs.resolve(&self.root, package, args).ok()?.unique_id));
        let of_sources = sources.iter().filter_map(|args| {
            let by_package = self
                .sources
                .get(&(Arc::clone(&args.source), Arc::clone(&args.table)))?;
            let target = by_package
                .get(&self.root)
                .or_else(|| by_package.get(package))
                .or_else(|| by_package.values().next())?;
            Some(
                sources_of(db, target.file)
                    .get(target.slot as usize)?
                    .unique_id
                    .clone(),
            )
        });
        for id in of_sources.chain(of_refs) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }
}

fn assembled(
    db: &RootDatabase,
    project: Project,
    parts: Vec<FilePart>,
    resolver: &Resolver,
) -> Manifest {
    let profile = target(db, project).as_ref().as_ref().ok().cloned();
    let mut manifest = Manifest {
        project_name: Arc::clone(&resolver.root),
        profile,
        nodes: BTreeMap::new(),
        sources: BTreeMap::new(),
        exposures: BTreeMap::new(),
        groups: BTreeMap::new(),
        unit_tests: BTreeMap::new(),
        macros: BTreeMap::new(),
        docs: BTreeMap::new(),
        disabled: BTreeMap::new(),
        idle_tests: BTreeMap::new(),
        disabled_sources: BTreeMap::new(),
        disabled_unit_tests: BTreeMap::new(),
        graph: Graph::default(),
        places: BTreeMap::new(),
        macro_index: Arc::clone(macro_index(db, project)),
        macro_definitions: Arc::clone(all_macros(db, project)),
        refs: Arc::clone(&resolver.refs),
        source_ids: BTreeMap::new(),
        project_files: BTreeMap::new(),
        package_roots: BTreeMap::new(),
        vars: BTreeMap::new(),
        policy: defaults(db, project).policy,
    };
    for part in parts {
        manifest.add(part);
    }
    for package in project.packages(db).iter().copied() {
        manifest.add_package(db, package);
    }
    manifest.add_overview();
    manifest.set_idle_tests_apart();
    manifest.guess_primary_keys();
    manifest.name_sources();
    manifest.graph = manifest.linked();
    manifest
}

impl Manifest {
    fn add(&mut self, part: FilePart) {
        for (node, place) in part.nodes {
            if node.config.enabled() {
                self.places.insert(node.unique_id.clone(), place);
                self.nodes.entry(node.unique_id.clone()).or_insert(node);
            } else {
                self.disabled
                    .entry(node.unique_id.clone())
                    .or_default()
                    .push(node);
            }
        }
        for source in part.sources {
            if source.config.enabled() {
                self.sources
                    .entry(source.unique_id.clone())
                    .or_insert(source);
            } else {
                self.disabled_sources
                    .entry(source.unique_id.clone())
                    .or_default()
                    .push(source);
            }
        }
        self.exposures.extend(
            part.exposures
                .into_iter()
                .filter(|it| it.config.enabled())
                .map(|it| (it.unique_id.clone(), it)),
        );
        self.groups
            .extend(part.groups.into_iter().map(|it| (it.unique_id.clone(), it)));
        for test in part.unit_tests {
            if test.config.enabled() {
                self.unit_tests.insert(test.unique_id.clone(), test);
            } else {
                self.disabled_unit_tests
                    .entry(test.unique_id.clone())
                    .or_default()
                    .push(test);
            }
        }
    }

    fn add_package(&mut self, db: &dyn Database, package: Package) {
        let name = package.name(db);
        let file = project_file(db, package);
        self.project_files
            .insert(Arc::clone(name), Arc::new(file.0.clone()));
        self.package_roots
            .insert(Arc::clone(name), Arc::clone(package.root(db)));
        self.vars
            .insert(Arc::clone(name), Arc::clone(vars(db, package)));
        for operation in operations(db, package).iter() {
            self.nodes
                .insert(operation.unique_id.clone(), Arc::clone(operation));
        }
        let described = macro_descriptions(db, package);
        for file in files_of(db, package, holds_macros) {
            let definitions = crate::source::macro_definitions(db, file);
            for definition in definitions.iter() {
                let node = macro_node(db, file, definition, described.get(&definition.name));
                self.macros
                    .entry(node.unique_id.clone())
                    .or_insert(Arc::new(node));
            }
        }
        for file in files_of(db, package, |kind| kind == FileKind::Docs) {
            for block in docs_blocks(db, file).iter() {
                let unique_id = UniqueId::from(format!("doc.{name}.{}", block.name));
                let doc = DocBlock {
                    unique_id: unique_id.clone(),
                    name: Arc::clone(&block.name),
                    package_name: Arc::clone(name),
                    path: Arc::clone(file.relative_path(db)),
                    original_file_path: Arc::clone(file.path(db)),
                    block_contents: Arc::clone(&block.contents),
                };
                self.docs.entry(unique_id).or_insert(Arc::new(doc));
            }
        }
    }
}

/// `macros:` entries of a package, by the macro's name.
fn macro_descriptions(
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

fn macro_node(
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
    let keys = calls.filter_map(|call| match &*call.path {
        [name] => index.find(&definition.package, &name.name),
        [package, name] => index.find_in(&package.name, &name.name),
        _ => None,
    });
    let definitions = keys.filter_map(|key| crate::macros::macro_definition(db, project, key));
    definitions
        .map(|definition| UniqueId::new(&definition.unique_id))
        .collect()
}

/// Whether files of a package are the user's own to edit.
pub fn is_editable(db: &dyn Database, package: Package) -> bool {
    package.kind(db) == PackageKind::Root
}
