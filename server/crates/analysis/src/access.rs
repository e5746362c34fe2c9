//! Which references dbt refuses although they mean something: of models that are private to a group, or to a package.

use project::node::{Access, Node, NodeDetail, UniqueId};

/// Who refers.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// Its id.
    pub unique_id: &'a UniqueId,
    /// Its package.
    pub package: &'a str,
    /// Its group, if it is in one. Exposures are in none.
    pub group: Option<&'a str>,
}

impl<'a> Reader<'a> {
    /// A node that refers.
    #[must_use]
    pub fn new(node: &'a Node) -> Self {
        Self {
            unique_id: &node.unique_id,
            package: &node.package_name,
            group: node.group.as_deref(),
        }
    }
}

/// Why `reader` may not refer to `parent`, in dbt's words. `is_restricted` says whether the package of `parent` has
/// `restrict-access`.
pub fn refusal(reader: Reader<'_>, parent: &Node, is_restricted: bool) -> Option<String> {
    let NodeDetail::Model(model) = &parent.detail else {
        return None;
    };
    let is_closed = *reader.package != *parent.package_name && is_restricted;
    let is_stranger = reader.group.is_none() || reader.group != parent.group.as_deref();
    let (access, whose) = match model.access {
        Access::Private if is_stranger || is_closed => {
            let group = parent.group.as_deref().unwrap_or("None");
            ("private", format!("'{group}' group"))
        }
        Access::Protected if is_closed => {
            ("protected", format!("'{}' package", parent.package_name))
        }
        Access::Private | Access::Protected | Access::Public => return None,
    };
    Some(format!(
        "Node {} attempted to reference node {}, which is not allowed because the referenced node is {access} to the {whose}.",
        reader.unique_id, parent.unique_id
    ))
}
