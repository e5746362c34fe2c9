//! What a model promises, and what keeps it: above a model is its entry in a properties file, with the contract, below an
//! entry are the versions of its model.

use analysis::{
    nodes::nodes_of,
    resolve::{RefTarget, identities},
    source::properties,
};
use base::FileId;
use project::{files::FileKind, node::Node};

use crate::{
    Analysis, Cancellable,
    declaration::{patch, versions},
    definition::{NavigationTarget, node_target},
    position::FilePosition,
    symbol::{Thing, node_of_file, thing_at},
    symbols::SymbolKind,
    world::{Here, World},
};

/// How a client names an item when it asks for what is above or below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeItemId {
    /// The file of the model, or of one of its versions.
    pub file: FileId,
    /// dbt's id of that.
    pub unique_id: String,
    /// Its entry, and not the model.
    pub is_entry: bool,
}

/// A model, one of its versions, or the entry that describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeItem {
    /// Where it is.
    pub target: NavigationTarget,
    /// `v2, latest, contract`.
    pub detail: String,
    /// Its name for the next question.
    pub id: TypeItemId,
}

impl Analysis {
    /// The model that the cursor names, or is in; in a properties file its entry.
    pub fn type_hierarchy(&self, position: FilePosition) -> Cancellable<Option<TypeItem>> {
        self.ask_world(|world| {
            let here = world.here(position.file)?;
            let found = thing_at(world, &here, position.offset).map(|it| it.thing);
            let Thing::Node(node) = found.or_else(|| node_of_file(world, &here))? else {
                return None;
            };
            if here.kind(world) == Some(FileKind::Properties) {
                return entry(world, &node);
            }
            model(world, &node)
        })
    }

    /// The entry of a model.
    pub fn supertypes(&self, id: &TypeItemId) -> Cancellable<Vec<TypeItem>> {
        self.ask_world(|world| {
            let node = find(world, id).filter(|_| !id.is_entry);
            let entry = node.and_then(|(_, node)| entry(world, &node));
            entry.into_iter().collect()
        })
    }

    /// The versions of an entry's model, or the one model that it has.
    pub fn subtypes(&self, id: &TypeItemId) -> Cancellable<Vec<TypeItem>> {
        self.ask_world(|world| {
            let Some((here, node)) = find(world, id).filter(|_| id.is_entry) else {
                return Vec::new();
            };
            let mut all = versions(world, &here, &node);
            if all.is_empty() {
                all.push(node);
            }
            all.iter().filter_map(|it| model(world, it)).collect()
        })
    }
}

fn find(world: World<'_>, id: &TypeItemId) -> Option<(Here, RefTarget)> {
    let here = world.here(id.file)?;
    let mut identities = identities(world.db, here.file).iter().enumerate();
    let (slot, identity) = identities.find(|(_, it)| it.unique_id.as_str() == id.unique_id)?;
    let node = RefTarget {
        unique_id: identity.unique_id.clone(),
        file: here.file,
        slot: slot as u32,
    };
    Some((here, node))
}

fn id(world: World<'_>, node: &RefTarget, is_entry: bool) -> TypeItemId {
    TypeItemId {
        file: node.file.id(world.db),
        unique_id: node.unique_id.to_string(),
        is_entry,
    }
}

fn node_at<'a>(world: World<'a>, node: &RefTarget) -> Option<&'a Node> {
    let found = nodes_of(world.db, node.file).get(node.slot as usize)?;
    Some(found)
}

fn model(world: World<'_>, node: &RefTarget) -> Option<TypeItem> {
    let found = node_at(world, node)?;
    let mut detail = vec![found.config.materialized().to_owned()];
    if let Some(version) = found.version() {
        let latest = found.model().and_then(|it| it.latest_version.as_ref());
        detail.push(format!("v{version}"));
        if latest == Some(version) {
            detail.push("latest".to_owned());
        }
    }
    Some(TypeItem {
        target: node_target(world, node),
        detail: detail.join(", "),
        id: id(world, node, false),
    })
}

fn entry(world: World<'_>, node: &RefTarget) -> Option<TypeItem> {
    let (key, kind) = patch(world, node)?;
    let all = &properties(world.db, key.file).properties;
    let entry = analysis::patches::section(all, kind).get(key.entry as usize)?;
    let has_contract = node_at(world, node)?.config.is_contract_enforced();
    let detail = if has_contract {
        "contract"
    } else {
        "properties"
    };
    Some(TypeItem {
        target: NavigationTarget {
            file: key.file.id(world.db),
            full_range: entry.range,
            focus_range: entry.name.range,
            name: entry.name.value.to_string(),
            kind: SymbolKind::Exposure,
        },
        detail: detail.to_owned(),
        id: id(world, node, true),
    })
}

#[cfg(test)]
mod tests {
    use crate::{FilePosition, fixture::TestProject, type_hierarchy::TypeItem};

    const SHOP: &str = "
//- /models/orders_v1.sql
select 1 as id
//- /models/orders_v2.sql
{{ config(materialized='table') }} select 1 as id
//- /models/plain.sql
select * from {{ ref('orders') }}
//- /models/schema.yml
models:
  - name: orders
    latest_version: 2
    config: {contract: {enforced: true}}
    columns: [{name: id, data_type: int}]
    versions: [{v: 1}, {v: 2}]
";

    fn shown(items: &[TypeItem]) -> Vec<String> {
        let shown = |it: &TypeItem| format!("{} ({})", it.target.name, it.detail);
        items.iter().map(shown).collect()
    }

    #[test]
    fn versions_are_below_the_entry_with_the_contract() {
        let project = TestProject::new(SHOP);
        let analysis = project.analysis();
        let at = |path: &str, text: &str| {
            let file = project.file(path);
            let offset = analysis.text(file).unwrap().find(text).unwrap() as u32;
            let position = FilePosition { file, offset };
            analysis.type_hierarchy(position).unwrap()
        };
        let latest = at("/models/plain.sql", "orders").unwrap();
        assert_eq!(
            shown(std::slice::from_ref(&latest)),
            ["orders.v2 (table, v2, latest)"]
        );
        let above = analysis.supertypes(&latest.id).unwrap();
        assert_eq!(shown(&above), ["orders (contract)"]);
        assert_eq!(above[0], at("/models/schema.yml", "orders").unwrap());
        assert_eq!(analysis.supertypes(&above[0].id).unwrap(), []);
        assert_eq!(
            shown(&analysis.subtypes(&above[0].id).unwrap()),
            ["orders.v1 (view, v1)", "orders.v2 (table, v2, latest)"]
        );
        // A model of which nothing is said stands alone.
        let plain = at("/models/plain.sql", "select").unwrap();
        assert_eq!(shown(std::slice::from_ref(&plain)), ["plain (view)"]);
        assert_eq!(analysis.supertypes(&plain.id).unwrap(), []);
        assert_eq!(analysis.subtypes(&plain.id).unwrap(), []);
    }
}
