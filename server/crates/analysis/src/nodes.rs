//! Files → nodes: configuration from all places merged, names made, properties applied.
//!
//! A node as this query gives it has no code, checksum or resolved dependencies: it stays the same while somebody types
//! in its body, and with it all that reads it. The manifest adds them.

pub(crate) mod config;
pub(crate) mod description;
pub(crate) mod draft;

use std::sync::Arc;

use jinja::Template;
use project::{
    files::FileKind,
    node::{
        Access, ConstraintKind, ModelDetail, Names, Node, NodeDetail, RefArgs, ResourceType,
        UniqueId,
    },
    reading::is_template,
};
use salsa::Database;
use serde_json::Value;

use config::ConfigLevels;
use description::{doc_blocks, rendered_columns, rendered_description};
use draft::{blank_node, draft_node, folders, fqn};

use crate::{
    context::node_relation,
    facts::{NodeFacts, node_facts, ref_of, source_of},
    input::{Package, SourceFile},
    names::{Component, generated_name},
    operations::called_macros,
    others::calls,
    patches::{Patch, patch_for},
    source::properties,
    target::defaults,
};

/// The nodes of a file: one for most kinds, one a block for snapshots, none for what holds no nodes.
#[salsa::tracked]
pub fn nodes_of(db: &dyn Database, file: SourceFile) -> Arc<[Arc<Node>]> {
    let (Some(kind), Some(package)) = (file.kind(db), file.package(db)) else {
        return Arc::default();
    };
    if kind == FileKind::Properties {
        return yaml_snapshots(db, file, package);
    }
    let facts = node_facts(db, file);
    facts
        .iter()
        .filter_map(|facts| {
            Some(Arc::new(node(
                db,
                package,
                draft_node(db, file, &facts.name)?,
                facts,
            )))
        })
        .collect()
}

/// A snapshot that has no file of its own, only `relation:` in properties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct YamlSnapshot {
    pub(crate) name: Arc<str>,
    /// `ref('orders')`
    pub(crate) relation: Arc<str>,
}

/// The snapshots that a properties file defines.
#[salsa::tracked]
pub(crate) fn yaml_snapshot_facts(db: &dyn Database, file: SourceFile) -> Arc<[YamlSnapshot]> {
    let snapshots = properties(db, file).properties.snapshots.iter();
    snapshots
        .filter_map(|entry| {
            let relation = entry.relation.as_ref()?;
            Some(YamlSnapshot {
                name: Arc::clone(&entry.name.value),
                relation: Arc::clone(&relation.value),
            })
        })
        .collect()
}

/// The code that dbt gives a snapshot without a file.
pub(crate) fn yaml_snapshot_code(relation: &str) -> String {
    format!("select * from {{{{ {relation} }}}}")
}

fn yaml_snapshots(db: &dyn Database, file: SourceFile, package: Package) -> Arc<[Arc<Node>]> {
    let snapshots = yaml_snapshot_facts(db, file).iter();
    snapshots
        .map(|snapshot| {
            let template = Template::parse(&yaml_snapshot_code(&snapshot.relation));
            let refs: Vec<_> = template.calls_of(&["ref"]).filter_map(ref_of).collect();
            let sources = template.calls_of(&["source"]).filter_map(source_of);
            let facts = NodeFacts {
                refs: refs.into(),
                sources: sources.collect(),
                ..NodeFacts::default()
            };
            let mut draft = blank_node(db, package, ResourceType::Snapshot, &snapshot.name, file);
            let folders = folders(file.relative_path(db));
            draft.fqn = fqn(package.name(db), &folders, &snapshot.name);
            let path: Vec<&str> = folders
                .iter()
                .map(|part| &**part)
                .chain([&*snapshot.name])
                .collect();
            draft.path = format!("{}.sql", path.join("/")).into();
            Arc::new(node(db, package, draft, &facts))
        })
        .collect()
}

fn node(db: &dyn Database, package: Package, draft: Node, facts: &NodeFacts) -> Node {
    let mut node = draft;
    let patch = patch_for(db, package, node.resource_type(), &node.name);
    if let Some(patch) = &patch {
        apply_version(&mut node, patch);
    }
    // Who configures a node of another package does it as if it were its own.
    let configuring = patch.as_ref().filter(|patch| !patch.config.is_empty());
    let levels = ConfigLevels {
        package: configuring
            .and_then(|patch| patch.file.package(db))
            .unwrap_or(package),
        kind: node.resource_type(),
        fqn: &node.fqn,
        patch: patch.as_ref().map(|patch| &patch.config),
        calls: Some(&facts.config),
    };
    let config = levels.merged(db);
    (node.unrendered_config, node.tags) = (levels.unrendered(db), levels.tags(db, &config));
    node.config = config;
    node.refs = Arc::clone(&facts.refs);
    node.sources = Arc::clone(&facts.sources);
    node.functions = facts.functions.iter().map(function_names).collect();
    node.depends_on.macros = facts.macros.iter().map(|id| UniqueId::new(id)).collect();
    if let Some(patch) = &patch {
        apply_properties(db, package, &mut node, patch);
        add_foreign_keys(&mut node);
    }
    apply_config(&mut node);
    apply_hooks(db, package, &mut node);
    node.contract.checksum = node.contract_checksum();
    apply_names(db, package, &mut node);
    node
}

/// What a node's hooks read and call counts as the node's own.
pub(crate) fn apply_hooks(db: &dyn Database, package: Package, node: &mut Node) {
    let hooks = [node.config.pre_hooks(), node.config.post_hooks()];
    for hook in hooks.iter().flatten().filter(|hook| is_template(&hook.sql)) {
        let template = Template::parse(&hook.sql);
        let refs = template.calls_of(&["ref"]).filter_map(ref_of);
        node.refs = node.refs.iter().cloned().chain(refs).collect();
        let sources = template.calls_of(&["source"]).filter_map(source_of);
        node.sources = node.sources.iter().cloned().chain(sources).collect();
        let called = called_macros(db, package, &template);
        let known = node.depends_on.macros.iter();
        node.depends_on.macros =
            crate::facts::unique(known.chain(called.iter()).cloned().collect());
    }
}

fn apply_version(node: &mut Node, patch: &Patch) {
    let (Some(version), ResourceType::Model) = (&patch.version, node.resource_type()) else {
        return;
    };
    let mut parts: Vec<Arc<str>> = node.fqn.to_vec();
    parts.pop();
    parts.push(Arc::clone(&patch.name));
    parts.push(format!("v{version}").into());
    node.fqn = parts.into();
    node.unique_id = UniqueId::from(format!(
        "model.{}.{}.v{version}",
        node.package_name, patch.name
    ));
    node.name = Arc::clone(&patch.name);
    node.detail = NodeDetail::Model(Arc::new(ModelDetail {
        version: Some(version.clone()),
        latest_version: patch.latest_version.clone(),
        ..ModelDetail::default()
    }));
}

fn apply_properties(db: &dyn Database, own: Package, node: &mut Node, patch: &Patch) {
    let package = patch.file.package(db).unwrap_or(own);
    node.patch_path = Some(format!("{}://{}", package.name(db), patch.file.path(db)).into());
    node.description = rendered_description(db, package, &patch.description);
    node.doc_blocks = doc_blocks(db, package, &patch.description);
    node.columns = rendered_columns(db, package, &patch.columns);
    if let NodeDetail::Model(detail) = &mut node.detail {
        let mut detail_now = (**detail).clone();
        detail_now.constraints = Arc::clone(&patch.constraints);
        detail_now
            .deprecation_date
            .clone_from(&patch.deprecation_date);
        detail_now.time_spine.clone_from(&patch.time_spine);
        detail_now.access = patch.access.unwrap_or(detail_now.access);
        *detail = Arc::new(detail_now);
    }
    if let NodeDetail::Function(detail) = &mut node.detail {
        *detail = Arc::clone(&patch.function);
    }
}

/// As the manifest has them: a name, or a package and a name.
fn function_names(args: &RefArgs) -> Names {
    let parts = args.package.iter().chain([&args.name]);
    parts.cloned().collect()
}

/// `to: ref('customers')` of a foreign key is a reference like any other.
fn add_foreign_keys(node: &mut Node) {
    let of_model = node.model().map_or(&[][..], |model| &model.constraints);
    let of_columns = node
        .columns
        .values()
        .flat_map(|column| column.constraints.iter());
    let targets: Vec<Arc<str>> = of_model
        .iter()
        .chain(of_columns)
        .filter(|constraint| constraint.kind == ConstraintKind::ForeignKey)
        .filter_map(|constraint| constraint.to.clone())
        .collect();
    if targets.is_empty() {
        return;
    }
    let (refs, sources, _) = calls(targets.iter().map(|target| &**target));
    node.refs = node.refs.iter().cloned().chain(refs).collect();
    node.sources = node.sources.iter().cloned().chain(sources).collect();
}

/// What dbt copies from the configuration onto the node.
fn apply_config(node: &mut Node) {
    let config = &node.config;
    node.meta = config.meta().cloned().unwrap_or_default().into();
    node.group = config.text("group").map(Arc::from);
    node.docs = config.docs();
    if let Some(Value::Object(contract)) = config.get("contract") {
        let is_on = |key: &str, default| {
            contract
                .get(key)
                .and_then(Value::as_bool)
                .unwrap_or(default)
        };
        node.contract.enforced = is_on("enforced", false);
        node.contract.alias_types = is_on("alias_types", true);
    }
    if let NodeDetail::Model(detail) = &mut node.detail
        && let Some(access) = config.text("access").and_then(Access::from_name)
        && detail.access != access
    {
        *detail = Arc::new(ModelDetail {
            access,
            ..(**detail).clone()
        });
    }
}

/// Database, schema, alias and the relation's name.
pub(crate) fn apply_names(db: &dyn Database, package: Package, node: &mut Node) {
    let custom = |key: &str| node.config.text(key).map(str::to_owned);
    let (database, schema, alias) = (custom("database"), custom("schema"), custom("alias"));
    node.database = generated_name(db, package, Component::Database, database.as_deref(), node);
    node.schema =
        generated_name(db, package, Component::Schema, schema.as_deref(), node).unwrap_or_default();
    node.alias = generated_name(db, package, Component::Alias, alias.as_deref(), node)
        .unwrap_or_else(|| Arc::clone(&node.name));
    if node.resource_type() == ResourceType::Snapshot {
        if let Some(database) = node.config.text("target_database") {
            node.database = Some(database.into());
        }
        if let Some(schema) = node.config.text("target_schema") {
            node.schema = schema.into();
        }
    }
    let is_relation = match node.resource_type() {
        ResourceType::Model => !node.is_ephemeral(),
        ResourceType::Seed | ResourceType::Snapshot => true,
        ResourceType::Test => node.config.bool("store_failures").unwrap_or(false),
        _ => false,
    };
    let policy = defaults(db, package.project(db)).policy;
    node.relation_name = is_relation.then(|| node_relation(node, policy.into()).name().into());
}
