//! The manifest: all that a project comes to, put together from the queries over its files.
//!
//! For commands and for whoever needs everything at once. Editors ask the smaller queries: nothing that runs on a
//! keystroke reads this one.

mod described_macros;
mod duplicates;
mod file_part;
mod linked;
mod semantic;

use std::{collections::BTreeMap, sync::Arc};

use base::FileId;
use jinja::MacroDef;
use project::{
    files::FileKind,
    node::{
        DocBlock, Exposure, Group, MacroNode, Node, RefArgs, ResourceType, SemanticNode, Source,
        SourceArgs, UniqueId, UnitTest,
    },
    profiles::Profile,
    project_file::ProjectFile,
};
use rayon::prelude::*;
use salsa::Database;

use described_macros::{macro_descriptions, macro_node};
use duplicates::Called;
use file_part::{FilePart, Resolver, file_part};

use crate::{
    RootDatabase,
    context::NodeContext,
    facts::parsed,
    graph::Graph,
    input::{Package, PackageKind, Project, SourceFile},
    macro_index::{MacroIndex, MacroKey},
    macros::{all_macros, holds_macros, macro_index},
    nodes::nodes_of,
    operations::operations,
    patches::patch_names,
    project_config::{project_file, root_file, root_name, vars},
    resolve::{RefIndex, SourceKey, function_index, ref_index, source_index},
    source::{docs_blocks, files_of},
    sources::sources_of,
    target::{QuotePolicy, defaults, target},
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
    /// Metrics, semantic models and saved queries.
    pub semantic: BTreeMap<UniqueId, Arc<SemanticNode>>,
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
    /// Exposures that are turned off.
    pub disabled_exposures: BTreeMap<UniqueId, Vec<Arc<Exposure>>>,
    /// Metrics, semantic models and saved queries that are turned off.
    pub disabled_semantic: BTreeMap<UniqueId, Vec<Arc<SemanticNode>>>,
    /// What reads what, over all of these.
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
    /// Of things with one id only the first is here; what dbt says of the others, which keeps a project from being used.
    pub duplicates: Vec<String>,
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

    /// What `function(args)` in a node of `package` means.
    pub fn resolve_function(&self, package: &str, args: &RefArgs) -> Option<&Arc<Node>> {
        let name = &args.name;
        let of = |package: &str| {
            let id = UniqueId::from(format!("function.{package}.{name}"));
            self.nodes.get(&id)
        };
        if let Some(package) = &args.package {
            return of(package);
        }
        let is_meant = |node: &&Arc<Node>| {
            node.name == *name && node.resource_type() == ResourceType::Function
        };
        of(&self.project_name)
            .or_else(|| of(package))
            .or_else(|| self.nodes.values().find(is_meant))
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

/// Asks every file of a project what others want to know of it, with all cores: what comes next finds it there.
///
/// The queries of single files run side by side on snapshots; what they have in common is asked first, so that the
/// workers do not wait for each other.
pub fn prime(db: &RootDatabase, project: Project) {
    let files = files_of_project(db, project);
    macro_index(db, project);
    defaults(db, project);
    // Nodes need what every properties file describes.
    for_each(db, &files, |db, file| {
        if file.kind(db) == Some(FileKind::Properties) {
            patch_names(db, file);
        } else {
            parsed(db, file);
        }
    });
    for_each(db, &files, |db, file| {
        nodes_of(db, file);
        sources_of(db, file);
    });
}

fn files_of_project(db: &RootDatabase, project: Project) -> Vec<SourceFile> {
    let packages = project.packages(db).iter();
    packages
        .flat_map(|package| package.files(db).iter().copied())
        .collect()
}

fn for_each(db: &RootDatabase, files: &[SourceFile], ask: fn(&RootDatabase, SourceFile)) {
    files
        .par_chunks(chunk_len(files))
        .for_each_with(db.clone(), |db, files| {
            for file in files {
                ask(db, *file);
            }
        });
}

/// Some chunks for each core, since none takes as long as another.
fn chunk_len(files: &[SourceFile]) -> usize {
    let n_workers = rayon::current_num_threads().max(1);
    files.len().div_ceil(n_workers * 4).max(1)
}

/// Puts a project together, with all cores.
pub fn manifest(db: &RootDatabase, project: Project) -> Arc<Manifest> {
    prime(db, project);
    let files = files_of_project(db, project);
    let resolver = Resolver {
        refs: Arc::clone(ref_index(db, project)),
        sources: Arc::clone(source_index(db, project)),
        functions: Arc::clone(function_index(db, project)),
        root: root_name(db, project),
    };
    let parts: Vec<FilePart> = files
        .par_chunks(chunk_len(&files))
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
        semantic: BTreeMap::new(),
        macros: BTreeMap::new(),
        docs: BTreeMap::new(),
        disabled: BTreeMap::new(),
        idle_tests: BTreeMap::new(),
        disabled_sources: BTreeMap::new(),
        disabled_unit_tests: BTreeMap::new(),
        disabled_exposures: BTreeMap::new(),
        disabled_semantic: BTreeMap::new(),
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
        duplicates: Vec::new(),
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
    manifest.link_semantic_nodes();
    manifest.link();
    manifest
}

impl Manifest {
    /// What follows from all that is in it.
    pub(crate) fn link(&mut self) {
        self.name_sources();
        self.graph = self.linked();
    }

    fn add(&mut self, part: FilePart) {
        for (mut node, place) in part.nodes {
            if node.config.enabled() {
                self.places.insert(node.unique_id.clone(), place);
            } else if node.resource_type() == ResourceType::Test {
                // What is turned off was never linked.
                Arc::make_mut(&mut node).depends_on.nodes = Arc::default();
            }
            let (on, off) = (&mut self.nodes, &mut self.disabled);
            let ids = |it: &Node| (it.unique_id.clone(), it.config.enabled());
            let twice = sort_in(node, ids, Called::node, on, off);
            self.duplicates.extend(twice);
        }
        for source in part.sources {
            let (on, off) = (&mut self.sources, &mut self.disabled_sources);
            let ids = |it: &Source| (it.unique_id.clone(), it.config.enabled());
            let twice = sort_in(source, ids, Called::source, on, off);
            self.duplicates.extend(twice);
        }
        for exposure in part.exposures {
            let (on, off) = (&mut self.exposures, &mut self.disabled_exposures);
            let ids = |it: &Exposure| (it.unique_id.clone(), it.config.enabled());
            let twice = sort_in(
                exposure,
                ids,
                |it| Called::plain(&it.name, &it.original_file_path),
                on,
                off,
            );
            self.duplicates.extend(twice);
        }
        for mut test in part.unit_tests {
            if !test.config.enabled() {
                let test = Arc::make_mut(&mut test);
                (test.depends_on.nodes, test.schema) = (Arc::default(), None);
            }
            let (on, off) = (&mut self.unit_tests, &mut self.disabled_unit_tests);
            let ids = |it: &UnitTest| (it.unique_id.clone(), it.config.enabled());
            let twice = sort_in(
                test,
                ids,
                |it| Called::plain(&it.name, &it.original_file_path),
                on,
                off,
            );
            self.duplicates.extend(twice);
        }
        for node in part.semantic {
            let (on, off) = (&mut self.semantic, &mut self.disabled_semantic);
            let ids = |it: &SemanticNode| (it.unique_id.clone(), it.config.enabled());
            let twice = sort_in(
                node,
                ids,
                |it| Called::plain(&it.name, &it.original_file_path),
                on,
                off,
            );
            self.duplicates.extend(twice);
        }
        for group in part.groups {
            let called = |it: &Group| Called::plain(&it.name, &it.original_file_path);
            let twice = put(group.unique_id.clone(), group, called, &mut self.groups);
            self.duplicates.extend(twice);
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
                if let Some(first) = self.macros.get(&node.unique_id) {
                    let (name, path) = (&node.name, &node.original_file_path);
                    self.duplicates.push(duplicates::of_macros(
                        name,
                        &node.package_name,
                        path,
                        &first.original_file_path,
                    ));
                } else {
                    self.macros.insert(node.unique_id.clone(), Arc::new(node));
                }
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
                let called = |it: &DocBlock| Called::doc(&it.name, &it.original_file_path);
                let twice = put(unique_id, Arc::new(doc), called, &mut self.docs);
                self.duplicates.extend(twice);
            }
        }
    }
}

/// Puts a thing where those are that are turned on, or off; of two with one id the first counts.
fn sort_in<T>(
    thing: Arc<T>,
    facts: impl Fn(&T) -> (UniqueId, bool),
    called: impl Fn(&T) -> Called,
    on: &mut BTreeMap<UniqueId, Arc<T>>,
    off: &mut BTreeMap<UniqueId, Vec<Arc<T>>>,
) -> Option<String> {
    let (id, is_on) = facts(&thing);
    if is_on {
        return put(id, thing, called, on);
    }
    off.entry(id).or_default().push(thing);
    None
}

/// Puts a thing among the others, or says that there is one of its id.
fn put<T>(
    id: UniqueId,
    thing: Arc<T>,
    called: impl Fn(&T) -> Called,
    others: &mut BTreeMap<UniqueId, Arc<T>>,
) -> Option<String> {
    if let Some(first) = others.get(&id) {
        return Some(duplicates::message(&id, &called(&thing), &called(first)));
    }
    others.insert(id, thing);
    None
}

/// Whether files of a package are the user's own to edit: those of the project, and of a `local:` package.
pub fn is_editable(db: &dyn Database, package: Package) -> bool {
    match package.kind(db) {
        PackageKind::Root => true,
        PackageKind::Installed => {
            let project = package.project(db);
            let root_file = root_file(db, project);
            let install_path = project.root(db).join(&*root_file.0.packages_install_path);
            !package.root(db).starts_with(install_path)
        }
        PackageKind::Builtin => false,
    }
}
