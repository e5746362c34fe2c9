//! What one file contributes to the manifest: its nodes with their code and what they depend on.

use std::sync::Arc;

use project::{
    files::FileKind,
    node::{
        Checksum, DependsOn, Exposure, Group, Node, NodeDetail, RefArgs, ResourceType,
        SemanticNode, Source, SourceArgs, UniqueId, UnitTest,
    },
};
use salsa::Database;

use super::Place;
use crate::{
    facts::parsed,
    input::SourceFile,
    macros::macro_index,
    nodes::{nodes_of, yaml_snapshot_code, yaml_snapshot_facts},
    others::resources_of,
    resolve::{RefIndex, SourceIndex, defines_nodes},
    sources::sources_of,
    test_macros::{is_never_rendered, test_macro},
    test_nodes::tests_of,
};

/// What one file contributes.
#[derive(Default)]
pub(super) struct FilePart {
    pub(super) nodes: Vec<(Arc<Node>, Place)>,
    pub(super) sources: Vec<Arc<Source>>,
    pub(super) exposures: Vec<Arc<Exposure>>,
    pub(super) groups: Vec<Arc<Group>>,
    pub(super) unit_tests: Vec<Arc<UnitTest>>,
    pub(super) semantic: Vec<Arc<SemanticNode>>,
}

pub(super) fn file_part(db: &dyn Database, file: SourceFile, resolver: &Resolver) -> FilePart {
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
        part.semantic.extend(resources.semantic.iter().cloned());
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
    let mut nodes = resolver.resolve(db, &node.package_name, &node.refs, &node.sources);
    resolver.add_functions(node, &mut nodes);
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
pub(super) struct Resolver {
    pub(super) refs: Arc<RefIndex>,
    pub(super) sources: Arc<SourceIndex>,
    pub(super) functions: Arc<RefIndex>,
    pub(super) root: Arc<str>,
}

impl Resolver {
    /// What the node's calls of `function` mean.
    fn add_functions(&self, node: &Node, ids: &mut Vec<UniqueId>) {
        for names in node.functions.iter() {
            let args = RefArgs::of_function(names);
            let target = self.functions.target(&self.root, &node.package_name, &args);
            if let Some(target) = target.filter(|it| !ids.contains(&it.unique_id)) {
                ids.push(target.unique_id.clone());
            }
        }
    }

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
            .filter_map(|args| self.refs.target(&self.root, package, args))
            .map(|target| target.unique_id.clone());
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
