//! The columns of what a node reads, before and after one of them gets another name.

use std::{collections::BTreeSet, sync::Arc};

use analysis::{
    columns::{Upstream, UpstreamCatalog, relation_name},
    names::relations,
    resolve::{RefTarget, SourceTarget, identities, source_target},
};
use project::node::UniqueId;
use sql::{Catalog, CatalogColumn, RelationName};

use crate::{
    column_uses::{Heirs, Name},
    world::{Here, World},
};

/// Knows the columns of what a node reads, and its own for where it reads itself.
pub(super) struct NodeCatalog<'a> {
    world: World<'a>,
    here: Here,
    upstream: UpstreamCatalog<'a>,
    own: Option<(RelationName, RefTarget)>,
    restored: Option<Restored>,
}

/// Nodes whose column has its new name already, while those that read it still use the old one.
#[derive(Debug, Clone)]
pub(in crate::column_uses) struct Restored {
    pub(in crate::column_uses) nodes: BTreeSet<UniqueId>,
    pub(in crate::column_uses) old: String,
    pub(in crate::column_uses) new: String,
}

impl Restored {
    /// The columns as they were.
    fn columns(&self, known: &[CatalogColumn]) -> Arc<[CatalogColumn]> {
        let mut columns = known.to_vec();
        let is_old = |it: &CatalogColumn| it.name.eq_ignore_ascii_case(&self.old);
        if !columns.iter().any(is_old) {
            let mut columns = columns.iter_mut();
            let renamed = columns.find(|it| it.name.eq_ignore_ascii_case(&self.new));
            if let Some(column) = renamed {
                column.name = self.old.as_str().into();
            }
        }
        columns.into()
    }
}

impl<'a> NodeCatalog<'a> {
    pub(super) fn new(
        world: World<'a>,
        here: &Here,
        slot: u32,
        restored: Option<Restored>,
    ) -> Self {
        let relation = relations(world.db, here.file).get(slot as usize);
        let identity = identities(world.db, here.file).get(slot as usize);
        let own = relation.zip(identity).map(|(relation, identity)| {
            let target = RefTarget {
                unique_id: identity.unique_id.clone(),
                file: here.file,
                slot,
            };
            (relation_name(relation), target)
        });
        Self {
            world,
            here: *here,
            upstream: UpstreamCatalog::new(world.db, here.file),
            own,
            restored,
        }
    }

    pub(super) fn node(&self, relation: &RelationName) -> Option<RefTarget> {
        if let Some(Upstream::Node(target)) = self.upstream.upstream(relation) {
            return Some(target.clone());
        }
        let (own, target) = self.own.as_ref()?;
        (own == relation).then(|| target.clone())
    }

    pub(super) fn is_heir(&self, relation: &RelationName, heirs: &Heirs) -> bool {
        self.id(relation).is_some_and(|id| heirs.contains_key(&id))
    }

    fn id(&self, relation: &RelationName) -> Option<UniqueId> {
        self.node(relation).map(|it| it.unique_id)
    }

    pub(super) fn table(&self, relation: &RelationName) -> Option<SourceTarget> {
        match self.upstream.upstream(relation)? {
            Upstream::Source(args) => {
                let package = self.here.package_name(self.world);
                source_target(self.world.db, self.here.project, package, args)
            }
            Upstream::Node(_) => None,
        }
    }
}

impl Catalog for NodeCatalog<'_> {
    fn columns(&self, relation: &RelationName) -> Option<Arc<[CatalogColumn]>> {
        if let Some(known) = self.upstream.columns(relation) {
            let restored = self.restored.as_ref();
            let restored = restored.filter(|it| {
                self.id(relation)
                    .is_some_and(|node| it.nodes.contains(&node))
            });
            return Some(restored.map_or_else(|| Arc::clone(&known), |it| it.columns(&known)));
        }
        let (own, target) = self.own.as_ref()?;
        let columns = analysis::columns::column_catalog;
        (own == relation).then(|| columns(self.world.db, target.file, target.slot).clone())?
    }
}

/// The same with the new name where a node has the old one.
pub(super) struct Renamed<'r, 'a> {
    pub(super) catalog: &'r NodeCatalog<'a>,
    pub(super) heirs: &'r Heirs,
    pub(super) name: Name<'r>,
}

impl Catalog for Renamed<'_, '_> {
    fn columns(&self, relation: &RelationName) -> Option<Arc<[CatalogColumn]>> {
        let columns = self.catalog.columns(relation)?;
        if !self.catalog.is_heir(relation, self.heirs) {
            return Some(columns);
        }
        let columns = columns.iter().map(|column| CatalogColumn {
            name: if column.name.eq_ignore_ascii_case(self.name.old) {
                self.name.new.into()
            } else {
                Arc::clone(&column.name)
            },
            data_type: column.data_type.clone(),
        });
        Some(columns.collect())
    }
}
