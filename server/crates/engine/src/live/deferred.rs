//! `--defer`: what another environment has instead of what this one has not.

use jinja::{HostError, Relation};
use project::node::Node;

use super::{host::LiveHost, schemas, session::Session};

/// The relation of another environment that is read instead of the node's own: where its own does not exist, or, with
/// `--favor-state`, where the node is not selected.
pub(super) fn relation(host: &LiveHost, node: &Node) -> Result<Option<Relation>, HostError> {
    let session = &host.session;
    let deferral = &session.flags.deferral;
    let Some(there) = of(session, node) else {
        return Ok(None);
    };
    let own = analysis::context::node_relation(node, session.project.quoting());
    let is_favored = deferral.favors_state && !session.selected.contains(&node.unique_id);
    if !is_favored && schemas::find_relation(host, &own)?.is_some() {
        return Ok(None);
    }
    Ok(Some(there))
}

/// The relation that another environment has of a node.
pub(crate) fn of(session: &Session, node: &Node) -> Option<Relation> {
    let there = session.flags.deferral.relations.get(&node.unique_id)?;
    Some(Relation {
        database: there.database.clone(),
        schema: Some(there.schema.clone()),
        identifier: Some(there.alias.clone()),
        ..analysis::context::node_relation(node, session.project.quoting())
    })
}
