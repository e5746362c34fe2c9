//! manifest.json v12: the project and what was compiled of it; and the context's `graph`, which is part of the same.

mod graph_summary;
mod semantic_manifest;

use std::{
    collections::BTreeMap,
    io,
    path::Path,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use analysis::Manifest;
use base::{System, SystemError};
use project::{
    manifest_json::{
        Compiled, DocBlockJson, ExposureJson, GroupJson, MacroJson, NodeJson, SemanticJson,
        SourceJson, UnitTestJson,
    },
    node::{Node, NodeDetail, ResourceType, UniqueId},
};
use rayon::prelude::*;
use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq},
};
use serde_json::Value;

use self::{graph_summary::graph_summary, semantic_manifest::semantic_manifest};
use crate::{
    foreign_keys,
    live::Session,
    run_project::RunProject,
    run_results::{ArtifactMetadata, timestamp},
};

const SCHEMA: &str = "https://schemas.getdbt.com/dbt/manifest/v12.json";

/// A manifest, ready to be written.
pub struct ManifestJson<'a> {
    /// The project.
    pub project: &'a RunProject,
    /// Of the invocation.
    pub metadata: &'a ArtifactMetadata,
    /// When it is written.
    pub now: SystemTime,
    /// What was compiled.
    pub compiled: BTreeMap<UniqueId, Compiled>,
}

impl ManifestJson<'_> {
    fn created_at(&self) -> f64 {
        self.now
            .duration_since(UNIX_EPOCH)
            .map_or(0.0, |since| since.as_secs_f64())
    }

    fn metadata_json(&self) -> Value {
        let manifest = &self.project.manifest;
        let mut metadata = self.metadata.to_json(SCHEMA, self.now);
        let adapter = manifest
            .profile
            .as_ref()
            .map(|profile| &*profile.adapter_type);
        let policy = manifest.policy;
        metadata.insert("project_name".to_owned(), (*manifest.project_name).into());
        metadata.insert(
            "project_id".to_owned(),
            project::checksum::md5_hex(&manifest.project_name).into(),
        );
        metadata.insert("user_id".to_owned(), Value::Null);
        metadata.insert("send_anonymous_usage_stats".to_owned(), false.into());
        metadata.insert("adapter_type".to_owned(), adapter.into());
        metadata.insert(
            "quoting".to_owned(),
            serde_json::json!({"database": policy.database, "schema": policy.schema, "identifier": policy.identifier, "column": null}),
        );
        metadata.insert(
            "run_started_at".to_owned(),
            timestamp(self.metadata.invocation_started_at)
                .replace('Z', "+00:00")
                .into(),
        );
        Value::Object(metadata)
    }

    fn node<'n>(&'n self, node: &'n Node) -> NodeJson<'n> {
        NodeJson {
            node,
            created_at: self.created_at(),
            compiled: self.compiled.get(&node.unique_id),
        }
    }
}

impl ManifestJson<'_> {
    /// Writes it to `path`, piece by piece: of ten thousand models it has more than seventy megabytes. Beside it comes
    /// what MetricFlow reads.
    pub fn write(&self, system: &dyn System, path: &Path) -> Result<(), SystemError> {
        system.write_with(path, &mut |out| self.write_sections(out))?;
        let semantic = semantic_manifest(&self.project.manifest);
        let path = path.with_file_name("semantic_manifest.json");
        system.write(&path, semantic.to_string().as_bytes())
    }

    fn write_sections(&self, out: Out<'_>) -> io::Result<()> {
        let manifest = &self.project.manifest;
        let created_at = self.created_at();
        let nodes = || manifest.nodes.values();
        let is_function = |node: &Node| matches!(node.detail, NodeDetail::Function(_));
        let is_hook = |node: &Node| matches!(node.detail, NodeDetail::SqlOperation);
        let of_nodes: Vec<&Node> = nodes()
            .chain(manifest.idle_tests.values())
            .map(|node| &**node)
            .filter(|node| !is_function(node) && !is_hook(node))
            .collect();
        let functions: Vec<&Node> = nodes()
            .map(|node| &**node)
            .filter(|node| is_function(node))
            .collect();
        let (parents, children) = self.relatives();
        out.write_all(b"{\"metadata\":")?;
        serde_json::to_writer(&mut *out, &self.metadata_json())?;
        self.write_nodes(out, "nodes", &of_nodes)?;
        write_section(
            out,
            "sources",
            &section(&manifest.sources, |source| SourceJson {
                source,
                created_at,
            }),
        )?;
        write_section(
            out,
            "macros",
            &section(&manifest.macros, |node| MacroJson { node, created_at }),
        )?;
        write_section(out, "docs", &section(&manifest.docs, DocBlockJson))?;
        write_section(
            out,
            "exposures",
            &section(&manifest.exposures, |node| ExposureJson {
                node,
                created_at,
            }),
        )?;
        write_section(out, "metrics", &self.semantic(ResourceType::Metric))?;
        write_section(out, "groups", &section(&manifest.groups, GroupJson))?;
        write_section(out, "selectors", &self.project.selectors)?;
        write_section(out, "disabled", &Disabled(self))?;
        write_section(out, "parent_map", &parents)?;
        write_section(out, "child_map", &children)?;
        write_section(out, "group_map", &self.group_map())?;
        write_section(
            out,
            "saved_queries",
            &self.semantic(ResourceType::SavedQuery),
        )?;
        write_section(
            out,
            "semantic_models",
            &self.semantic(ResourceType::SemanticModel),
        )?;
        write_section(
            out,
            "unit_tests",
            &section(&manifest.unit_tests, |node| UnitTestJson {
                node,
                created_at,
            }),
        )?;
        self.write_nodes(out, "functions", &functions)?;
        out.write_all(b"}")
    }

    /// Metrics, semantic models or saved queries.
    fn semantic(&self, kind: ResourceType) -> impl Serialize + '_ {
        semantic_section(&self.project.manifest, kind, self.created_at())
    }

    /// A section of nodes: made on all cores, written in order while the next ones are made.
    fn write_nodes(&self, out: Out<'_>, name: &str, nodes: &[&Node]) -> io::Result<()> {
        write!(out, ",\"{name}\":{{")?;
        let mut made: Vec<Vec<u8>> = Vec::new();
        let mut separator: &[u8] = b"";
        // The empty batch at the end is the turn in which the last one is written.
        for batch in nodes.chunks(BATCH).chain([&[][..]]) {
            let (written, next) = rayon::join(
                || {
                    made.iter().try_for_each(|text| {
                        out.write_all(separator)?;
                        separator = b",";
                        out.write_all(text)
                    })
                },
                || {
                    let texts = batch
                        .par_chunks(BATCH / 16)
                        .map(|some| self.entries_json(some));
                    texts.collect::<io::Result<Vec<_>>>()
                },
            );
            written?;
            made = next?;
        }
        out.write_all(b"}")
    }

    /// `"model.shop.orders":{..},"model.shop.customers":{..}`
    fn entries_json(&self, nodes: &[&Node]) -> io::Result<Vec<u8>> {
        let mut text = Vec::with_capacity(nodes.len() * 3 * 1024);
        for node in nodes {
            if !text.is_empty() {
                text.push(b',');
            }
            serde_json::to_writer(&mut text, &node.unique_id)?;
            text.push(b':');
            let compiled = self.compiled.contains_key(&node.unique_id);
            let resolved = compiled.then(|| foreign_keys::resolved(self.project, None, node));
            let node = resolved.as_ref().and_then(Option::as_ref).unwrap_or(node);
            serde_json::to_writer(&mut text, &self.node(node))?;
        }
        Ok(text)
    }
}

/// Where a manifest goes.
type Out<'a> = &'a mut (dyn io::Write + Send);

/// Nodes that are made while those before them are written.
const BATCH: usize = 1024;

fn write_section(out: Out<'_>, name: &str, section: &impl Serialize) -> io::Result<()> {
    write!(out, ",\"{name}\":")?;
    Ok(serde_json::to_writer(out, section)?)
}

type Relatives<'a> = BTreeMap<&'a str, Vec<&'a str>>;

impl ManifestJson<'_> {
    fn relatives(&self) -> (Relatives<'_>, Relatives<'_>) {
        let graph = &self.project.manifest.graph;
        let mut parents: Relatives<'_> = BTreeMap::new();
        let mut children: Relatives<'_> = BTreeMap::new();
        for id in graph.ids() {
            parents.insert(
                id.as_str(),
                graph
                    .parents(id)
                    .into_iter()
                    .map(UniqueId::as_str)
                    .collect(),
            );
            children.insert(
                id.as_str(),
                graph
                    .children(id)
                    .into_iter()
                    .map(UniqueId::as_str)
                    .collect(),
            );
        }
        (parents, children)
    }

    fn group_map(&self) -> BTreeMap<&str, Vec<&str>> {
        let manifest = &self.project.manifest;
        let mut groups: BTreeMap<&str, Vec<&str>> = manifest
            .groups
            .values()
            .map(|group| (&*group.name, Vec::new()))
            .collect();
        let nodes = manifest.nodes.values();
        let nodes = nodes.map(|node| (&node.unique_id, node.group.as_deref()));
        let semantic = manifest.semantic.values();
        let semantic = semantic.map(|node| (&node.unique_id, node.group()));
        for (id, group) in nodes.chain(semantic) {
            if let Some(members) = group.and_then(|group| groups.get_mut(group)) {
                members.push(id.as_str());
            }
        }
        groups
    }
}

struct Disabled<'a, 'b>(&'a ManifestJson<'b>);

impl Serialize for Disabled<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let manifest = &self.0.project.manifest;
        let created_at = self.0.created_at();
        let mut map = serializer.serialize_map(None)?;
        for (id, nodes) in &manifest.disabled {
            map.serialize_entry(id, &List(nodes, |node| self.0.node(node)))?;
        }
        for (id, sources) in &manifest.disabled_sources {
            map.serialize_entry(
                id,
                &List(sources, |source| SourceJson { source, created_at }),
            )?;
        }
        for (id, exposures) in &manifest.disabled_exposures {
            let json = |node| ExposureJson { node, created_at };
            map.serialize_entry(id, &List(exposures, json))?;
        }
        for (id, nodes) in &manifest.disabled_semantic {
            map.serialize_entry(id, &List(nodes, |node| SemanticJson { node, created_at }))?;
        }
        for (id, tests) in &manifest.disabled_unit_tests {
            map.serialize_entry(
                id,
                &List(tests, |test| UnitTestJson {
                    node: test,
                    created_at,
                }),
            )?;
        }
        map.end()
    }
}

/// A list of nodes, written one by one.
struct List<'a, T, F>(&'a [Arc<T>], F);

impl<'a, T, J: Serialize, F: Fn(&'a T) -> J> Serialize for List<'a, T, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.0.len()))?;
        for item in self.0 {
            seq.serialize_element(&(self.1)(item))?;
        }
        seq.end()
    }
}

/// Entries, made and written one by one.
struct Section<I, F>(I, F);

impl<I, K: Serialize, J: Serialize, F> Serialize for Section<I, F>
where
    I: Iterator + Clone,
    F: Fn(I::Item) -> (K, J),
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for item in self.0.clone() {
            let (key, value) = (self.1)(item);
            map.serialize_entry(&key, &value)?;
        }
        map.end()
    }
}

fn semantic_section(
    manifest: &Manifest,
    kind: ResourceType,
    created_at: f64,
) -> impl Serialize + '_ {
    let nodes = manifest.semantic.values();
    let nodes = nodes.filter(move |node| node.resource_type() == kind);
    let nodes = nodes.map(|node| (&node.unique_id, &**node));
    Section(nodes, move |(id, node)| {
        (id, SemanticJson { node, created_at })
    })
}

fn section<'a, T: 'a, J: Serialize + 'a>(
    entries: &'a BTreeMap<UniqueId, Arc<T>>,
    json: impl Fn(&'a T) -> J + Clone + 'a,
) -> impl Serialize + 'a {
    Section(
        entries.iter(),
        move |(id, value): (&'a UniqueId, &'a Arc<T>)| (id, json(value)),
    )
}

/// Writes manifest.json.
pub fn write_manifest(session: &Session, metadata: &ArtifactMetadata) -> Result<(), SystemError> {
    let project = &session.project;
    let now = session.system.now();
    let manifest = ManifestJson {
        project,
        metadata,
        now,
        compiled: session.all_compiled(),
    };
    manifest.write(&*session.system, &project.target_path.join("manifest.json"))
}

/// Writes graph_summary.json.
pub(crate) fn write_graph_summary(
    session: &Session,
    metadata: &ArtifactMetadata,
    is_build: bool,
) -> Result<(), SystemError> {
    let project = &session.project;
    let summary = graph_summary(&project.manifest, &metadata.invocation_id, is_build);
    let path = project.target_path.join("graph_summary.json");
    session.system.write(&path, summary.to_string().as_bytes())
}

/// The context's `graph`: the manifest's sections that macros look into.
pub(crate) fn graph(project: &RunProject) -> Value {
    let manifest = &project.manifest;
    let nodes = entries(&manifest.nodes, |node| NodeJson {
        node,
        created_at: 0.0,
        compiled: None,
    });
    serde_json::json!({
        "exposures": entries(&manifest.exposures, |node| ExposureJson { node, created_at: 0.0 }),
        "groups": entries(&manifest.groups, GroupJson),
        "metrics": semantic_section(manifest, ResourceType::Metric, 0.0),
        "nodes": nodes,
        "sources": entries(&manifest.sources, |source| SourceJson { source, created_at: 0.0 }),
        "saved_queries": semantic_section(manifest, ResourceType::SavedQuery, 0.0),
        "semantic_models": semantic_section(manifest, ResourceType::SemanticModel, 0.0),
    })
}

fn entries<'a, T, J: Serialize>(
    all: &'a BTreeMap<UniqueId, Arc<T>>,
    json: impl Fn(&'a T) -> J,
) -> Value {
    all.iter()
        .map(|(id, value)| {
            (
                id.as_str().to_owned(),
                serde_json::to_value(json(value)).unwrap_or_default(),
            )
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Relative to the project, as artifacts have it.
pub(crate) fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root)
        .unwrap_or(path)
        .display()
        .to_string()
}
