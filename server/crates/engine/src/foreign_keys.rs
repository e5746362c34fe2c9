//! `to: ref('customers')` of a foreign key: the relation that is meant, in place of the call.
//!
//! dbt puts it there when it compiles the model, so that macros and the manifest see it; of a model that was not compiled
//! the manifest has the call.

use std::sync::Arc;

use analysis::facts::{ref_of, source_of};
use jinja::Template;
use project::node::{Column, Constraint, ConstraintKind, Node, NodeDetail};

use crate::{
    live::{Session, deferred_relation},
    run_project::RunProject,
};

/// The node with its foreign keys pointing at relations; `None` where there is nothing to put in.
pub(crate) fn resolved(
    project: &RunProject,
    session: Option<&Session>,
    node: &Node,
) -> Option<Node> {
    let NodeDetail::Model(model) = &node.detail else {
        return None;
    };
    let of_columns = node.columns.values().flat_map(|it| it.constraints.iter());
    if !of_columns.chain(model.constraints.iter()).any(points) {
        return None;
    }
    let relation_of = |to: &str| relation(project, session, node, to);
    let pointing = |constraints: &Arc<[Constraint]>| -> Arc<[Constraint]> {
        let resolved = constraints.iter().map(|constraint| {
            let to = constraint.to.as_deref().filter(|_| points(constraint));
            match to.and_then(relation_of) {
                Some(relation) => Constraint {
                    to: Some(relation),
                    ..constraint.clone()
                },
                None => constraint.clone(),
            }
        });
        resolved.collect()
    };
    let mut node = node.clone();
    let mut model = (**model).clone();
    model.constraints = pointing(&model.constraints);
    node.detail = NodeDetail::Model(Arc::new(model));
    let columns = node.columns.values().map(|column| Column {
        constraints: pointing(&column.constraints),
        ..column.clone()
    });
    node.columns = columns.collect();
    Some(node)
}

fn points(constraint: &Constraint) -> bool {
    let to = constraint.to.as_deref();
    constraint.kind == ConstraintKind::ForeignKey && to.is_some_and(|to| !to.is_empty())
}

/// The name of what a `ref` or `source` means; `None` for any other text.
fn relation(
    project: &RunProject,
    session: Option<&Session>,
    node: &Node,
    to: &str,
) -> Option<Arc<str>> {
    let manifest = &project.manifest;
    let template = Template::parse(&format!("{{{{ {to} }}}}"));
    if let Some(args) = template.calls_of(&["ref"]).find_map(ref_of) {
        let id = manifest.resolve_ref(&node.package_name, &args).ok()?;
        let target = manifest.nodes.get(&id)?;
        let deferred = session.and_then(|session| deferred_relation(session, target));
        let own = || analysis::context::node_relation(target, project.quoting());
        return Some(deferred.unwrap_or_else(own).name().into());
    }
    let args = template.calls_of(&["source"]).find_map(source_of)?;
    let id = manifest.resolve_source(&node.package_name, &args)?;
    let source = manifest.sources.get(id)?;
    let relation = analysis::context::source_relation(source, project.quoting());
    Some(relation.name().into())
}
