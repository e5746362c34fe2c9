//! What dbt refuses of a whole project before anything runs: references that mean nothing or are not allowed, two relations
//! of one name, groups that nobody declares, cycles. Mistakes that show in a single file are diagnostics of that file.

use std::collections::BTreeMap;

use analysis::Manifest;
use project::node::{Access, Node, NodeDetail, ResourceType};

/// One message each, in the order of the nodes.
pub(super) fn refusals(manifest: &Manifest) -> Vec<String> {
    let mut errors = Vec::new();
    for node in manifest.nodes.values() {
        if node.resource_type() != ResourceType::Operation {
            errors.extend(unresolved(manifest, node));
        }
        errors.extend(forbidden(manifest, node));
        errors.extend(unknown_group(manifest, node));
        errors.extend(unknown_severity(node));
    }
    errors.extend(same_relations(manifest));
    for cycle in manifest.graph.cycles() {
        let names: Vec<&str> = cycle.iter().map(|id| id.as_str()).collect();
        errors.push(format!("found a cycle: {}", names.join(" --> ")));
    }
    errors
}

/// `model orders (models/orders.sql)`
fn whose(node: &Node) -> String {
    format!(
        "{} {} ({})",
        node.resource_type(),
        node.name,
        node.original_file_path
    )
}

/// A run would fail on these in the middle.
fn unresolved(manifest: &Manifest, node: &Node) -> Vec<String> {
    let whose = whose(node);
    let refs = node.refs.iter().filter_map(|args| {
        let error = manifest.resolve_ref(&node.package_name, args).err()?;
        Some(format!("{whose}: {}", error.message(args)))
    });
    let sources = node
        .sources
        .iter()
        .filter(|args| manifest.resolve_source(&node.package_name, args).is_none())
        .map(|args| format!("{whose}: source `{}.{}` not found", args.source, args.table));
    refs.chain(sources).collect()
}

/// Models that are private to another group, or protected in a package that restricts access.
fn forbidden(manifest: &Manifest, node: &Node) -> Vec<String> {
    let parents = node.depends_on.nodes.iter();
    let parents = parents.filter_map(|id| manifest.nodes.get(id));
    let message = |parent: &std::sync::Arc<Node>| {
        let NodeDetail::Model(model) = &parent.detail else {
            return None;
        };
        let is_closed = node.package_name != parent.package_name
            && manifest
                .project_files
                .get(&parent.package_name)
                .is_some_and(|file| file.restrict_access);
        let is_stranger = node.group.is_none() || node.group != parent.group;
        let why = match model.access {
            Access::Private if is_stranger || is_closed => format!(
                "private to the group `{}`",
                parent.group.as_deref().unwrap_or_default()
            ),
            Access::Protected if is_closed => {
                format!("protected in the package `{}`", parent.package_name)
            }
            Access::Private | Access::Protected | Access::Public => return None,
        };
        Some(format!(
            "{}: `ref('{}')` is not allowed, because the model is {why}",
            whose(node),
            parent.name
        ))
    };
    parents.filter_map(message).collect()
}

fn unknown_group(manifest: &Manifest, node: &Node) -> Option<String> {
    let group = node.group.as_deref()?;
    let mut known: Vec<&str> = manifest.groups.values().map(|it| &*it.name).collect();
    if known.contains(&group) {
        return None;
    }
    known.sort_unstable();
    known.dedup();
    Some(format!(
        "{}: group `{group}` is not declared; there {}",
        whose(node),
        if known.is_empty() {
            "are none".to_owned()
        } else {
            format!("is: {}", known.join(", "))
        }
    ))
}

/// The severity of a test may come out of a template, so that its file says nothing against it.
fn unknown_severity(node: &Node) -> Option<String> {
    let severity = node.config.text("severity")?;
    let is_known = ["warn", "error"]
        .iter()
        .any(|known| severity.eq_ignore_ascii_case(known));
    (node.resource_type() == ResourceType::Test && !is_known).then(|| {
        format!(
            "{}: `severity` is `warn` or `error`, not `{severity}`",
            whose(node)
        )
    })
}

/// Two nodes that would replace each other's table.
fn same_relations(manifest: &Manifest) -> Vec<String> {
    let mut first_of: BTreeMap<_, &Node> = BTreeMap::new();
    let mut errors = Vec::new();
    // Ephemeral models too: they may be materialized in another way some day.
    let relational = manifest.nodes.values().filter(|node| {
        matches!(
            node.resource_type(),
            ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot
        ) || (node.resource_type() == ResourceType::Test
            && node.config.bool("store_failures") == Some(true))
    });
    for node in relational {
        let relation = (&node.database, &node.schema, &node.alias);
        match first_of.get(&relation) {
            Some(first) => errors.push(format!(
                "{}: makes the relation `{}.{}`, as {} does; give one of them another `alias` or `schema`",
                whose(node),
                node.schema,
                node.alias,
                whose(first)
            )),
            None => {
                first_of.insert(relation, node);
            }
        }
    }
    errors
}
