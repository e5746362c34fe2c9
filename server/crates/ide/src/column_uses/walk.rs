//! The walk down the DAG: node by node, each again when more of what it reads has turned out to pass the column on.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use analysis::{
    Project,
    nodes::nodes_of,
    resolve::{RefTarget, SourceTarget, identities},
};
use base::{FileId, RenderedRange, SourceRange};
use project::{files::FileKind, node::ResourceType};

use super::{
    ColumnUse, ColumnUses, Doubt, Heirs, Name, Owner, UseKind, add_seeds,
    bound::{BoundSql, Origin, Restored},
    configs, properties,
    readers::{Readers, readers_of_table},
    unit_tests, unrendered,
};
use crate::world::{Here, World};

/// A node that reads others, or a file that is looked at for a column of its own.
type Key = (FileId, u32);

/// What one node's SQL has of the column.
#[derive(Default)]
struct Found {
    uses: Vec<ColumnUse>,
    doubts: Vec<Doubt>,
    is_heir: bool,
    after: Option<(SourceRange, String)>,
}

/// What a node is looked at for, beside columns of its upstreams.
enum Start {
    Read,
    /// Its own column.
    Output,
    /// The column that its SQL makes at a place.
    Place(SourceRange),
    /// Columns of a table of a source.
    Table(SourceTarget),
}

pub(super) struct Walk<'a, 'n> {
    world: World<'a>,
    name: Name<'n>,
    readers: Readers,
    heirs: Heirs,
    table: Option<SourceTarget>,
    starts: BTreeMap<Key, Start>,
    pending: VecDeque<(Here, u32)>,
    found: BTreeMap<Key, (Here, Found)>,
    doubts: Vec<Doubt>,
    project: Project,
    /// The column has its new name where it is made.
    is_made: bool,
}

impl<'a, 'n> Walk<'a, 'n> {
    pub(super) fn new(world: World<'a>, project: Project, name: Name<'n>) -> Self {
        Self {
            world,
            name,
            readers: Readers::new(world, project),
            heirs: Heirs::new(),
            table: None,
            starts: BTreeMap::new(),
            pending: VecDeque::new(),
            found: BTreeMap::new(),
            doubts: Vec::new(),
            project,
            is_made: false,
        }
    }

    pub(super) fn start(&mut self, here: &Here, owner: &Owner) {
        match owner {
            Owner::Node(node) => self.start_at_node(node.clone()),
            Owner::Table(table) => self.start_at_table(here, *table),
            Owner::File(place) => {
                let slots = identities(self.world.db, here.file).len() as u32;
                let is_here = |slot: &u32| {
                    let bound = BoundSql::new(self.world, *here, *slot);
                    bound.is_some_and(|it| it.part().covers(*place))
                };
                let slot = (0..slots).find(is_here).unwrap_or(0);
                self.begin(*here, slot, Start::Place(*place));
            }
        }
    }

    /// Starts at what reads a node whose column was renamed already.
    pub(super) fn start_behind(&mut self, node: RefTarget) {
        self.is_made = true;
        self.inherit(node);
    }

    fn restored(&self) -> Option<Restored> {
        self.is_made.then(|| Restored {
            nodes: self.heirs.keys().cloned().collect(),
            old: self.name.old.to_owned(),
            new: self.name.new.to_owned(),
        })
    }

    fn start_at_table(&mut self, here: &Here, table: SourceTarget) {
        let why = "it is a column of a table that the project only reads: it has its name in the warehouse";
        self.doubts.push(Doubt {
            there: *here,
            range: SourceRange::at(0),
            why: why.to_owned(),
        });
        self.table = Some(table);
        for (reader, slot) in readers_of_table(self.world, self.project, table) {
            self.begin(reader, slot, Start::Table(table));
        }
    }

    /// Goes up first while the column comes from a star, which has no name to change.
    fn start_at_node(&mut self, node: RefTarget) {
        let mut node = node;
        let mut seen = BTreeSet::new();
        while seen.insert(node.unique_id.clone()) {
            let Some(package) = node.file.package(self.world.db) else {
                return;
            };
            let there = Here {
                project: self.project,
                package,
                file: node.file,
            };
            if there.kind(self.world) == Some(FileKind::Seed) {
                self.inherit(node);
                return;
            }
            let bound = BoundSql::new(self.world, there, node.slot);
            match bound.map(|it| it.origin(self.name.old)) {
                Some(Origin::Node(upstream)) => node = upstream,
                Some(Origin::Table(table)) => {
                    self.start_at_table(&there, table);
                    return;
                }
                _ => {
                    self.begin(there, node.slot, Start::Output);
                    self.inherit(node);
                    return;
                }
            }
        }
    }

    fn begin(&mut self, there: Here, slot: u32, start: Start) {
        self.starts.insert((there.id(self.world), slot), start);
        self.pending.push_back((there, slot));
    }

    fn inherit(&mut self, node: RefTarget) {
        let readers = self.readers.of(&node.unique_id);
        self.pending.extend(readers);
        let key = (node.file.id(self.world.db), node.slot);
        // It may read itself.
        if let Some((there, _)) = self.found.get(&key) {
            self.pending.push_back((*there, node.slot));
        }
        self.heirs.insert(node.unique_id.clone(), node);
    }

    /// A node is looked at again when more of what it reads has turned out to be an heir.
    pub(super) fn down(&mut self) {
        while let Some((there, slot)) = self.pending.pop_front() {
            let key = (there.id(self.world), slot);
            let mut later = self.pending.iter();
            if later.any(|(there, slot)| (there.id(self.world), *slot) == key) {
                continue;
            }
            let found = self.look_at(there, slot);
            let target = identities(self.world.db, there.file)
                .get(slot as usize)
                .map(|identity| RefTarget {
                    unique_id: identity.unique_id.clone(),
                    file: there.file,
                    slot,
                });
            let is_heir = found.is_heir;
            self.found.insert(key, (there, found));
            if let Some(target) = target
                && is_heir
                && !self.heirs.contains_key(&target.unique_id)
            {
                self.inherit(target);
            }
        }
    }

    fn look_at(&self, there: Here, slot: u32) -> Found {
        let mut found = Found::default();
        let start = self.starts.get(&(there.id(self.world), slot));
        let start = start.unwrap_or(&Start::Read);
        let doubt = |range: SourceRange, why: &str| Doubt {
            there,
            range,
            why: why.to_owned(),
        };
        let Some(bound) = BoundSql::with(self.world, there, slot, self.restored()) else {
            let why = if there.file.path(self.world.db).ends_with(".py") {
                "a Python model reads it, and nobody can tell what it makes of it"
            } else {
                "what reads it there cannot be rendered"
            };
            found.doubts.push(doubt(SourceRange::at(0), why));
            return found;
        };
        let old = self.name.old;
        let mut ids = bound.read_from(&self.heirs, old);
        let mut unnamed = None;
        let mut written = None;
        match start {
            Start::Read => {}
            Start::Table(table) => ids.extend(bound.read_from_table(*table, old)),
            Start::Output | Start::Place(_) => {
                let (origin, at) = match start {
                    Start::Place(place) => (bound.local_at(*place, old), *place),
                    _ => (bound.origin(old), SourceRange::at(0)),
                };
                match origin {
                    Origin::Symbols(own) => ids.extend(own),
                    Origin::Unnamed(range, own) => {
                        unnamed = Some(range);
                        ids.extend(own);
                    }
                    Origin::Written(range) => written = Some(range),
                    Origin::Node(_) | Origin::Table(_) | Origin::Unknown => {
                        found
                            .doubts
                            .push(doubt(at, "nobody can tell where it is made"));
                    }
                }
            }
        }
        let ids = bound.grown(ids, old);
        let mut ranges = bound.ranges(&ids, old);
        if let Some(range) = unnamed {
            ranges.remove(&range);
        }
        if let Some(range) = bound.shared(&ranges, &ids) {
            let why = "it is one with a column of another relation there: join them by `on` first";
            found.doubts.push(doubt(bound.near(range), why));
        }
        ranges.extend(written);
        if let Some(range) = bound.unexplained(&self.heirs, old) {
            let why = "it may be named there, too, and nobody can tell";
            found.doubts.push(doubt(bound.near(range), why));
        }
        if bound.has_errors() && bound.has_word(old) {
            let why = "there is an error in the SQL, which may name it";
            found
                .doubts
                .push(doubt(SourceRange::at(bound.part().start), why));
        }
        if bound.is_tainted() {
            let why = "what only the warehouse knows has a say in that SQL";
            found
                .doubts
                .push(doubt(SourceRange::at(bound.part().start), why));
        }
        let after = bound.after(&ranges, unnamed, &self.heirs, self.name);
        if let Some(why) = after.problem {
            let first = ranges
                .first()
                .map_or(SourceRange::at(bound.part().start), |it| bound.near(*it));
            found.doubts.push(doubt(first, &why));
        }
        if matches!(start, Start::Output) && !after.is_heir {
            let why = "nobody can tell where it is made";
            found.doubts.push(doubt(SourceRange::at(0), why));
        }
        found.is_heir = after.is_heir;
        let is_made = matches!(start, Start::Output | Start::Place(_));
        let kind = if is_made {
            UseKind::Made
        } else {
            UseKind::Read
        };
        self.places(&bound, there, &ranges, unnamed, kind, &mut found);
        if found.is_heir || !found.uses.is_empty() {
            found.after = Some((bound.part(), after.text));
        }
        self.check_snapshot(there, slot, &mut found);
        found
    }

    fn places(
        &self,
        bound: &BoundSql<'_>,
        there: Here,
        ranges: &BTreeSet<RenderedRange>,
        unnamed: Option<RenderedRange>,
        kind: UseKind,
        found: &mut Found,
    ) {
        for range in ranges.iter().copied().chain(unnamed) {
            let is_unnamed = Some(range) == unnamed;
            match bound.places(range, self.name.old) {
                Ok(places) if !is_unnamed || places.len() == 1 => {
                    found.uses.extend(places.into_iter().map(|range| ColumnUse {
                        there,
                        range,
                        kind,
                        is_unnamed,
                    }));
                }
                Ok(_) => found.doubts.push(Doubt {
                    there,
                    range: bound.near(range),
                    why: "a template gives it its name there".to_owned(),
                }),
                Err(range) => found.doubts.push(Doubt {
                    there,
                    range,
                    why: "a macro writes it there".to_owned(),
                }),
            }
        }
    }

    /// The table of a snapshot has a past, which keeps the name.
    fn check_snapshot(&self, there: Here, slot: u32, found: &mut Found) {
        let nodes = nodes_of(self.world.db, there.file);
        let node = nodes.get(slot as usize);
        let is_snapshot = node.is_some_and(|it| it.resource_type() == ResourceType::Snapshot);
        if is_snapshot && (found.is_heir || !found.uses.is_empty()) {
            found.doubts.push(Doubt {
                there,
                range: SourceRange::at(0),
                why: "a snapshot keeps it in the warehouse, with rows of the past".to_owned(),
            });
        }
    }

    pub(super) fn finish(self) -> ColumnUses<'a> {
        let mut uses = ColumnUses {
            world: self.world,
            heirs: self.heirs,
            table: self.table,
            uses: BTreeMap::new(),
            doubts: self.doubts,
            after: Vec::new(),
        };
        let mut looked_at = Vec::new();
        for ((_, slot), (there, found)) in self.found {
            for it in found.uses {
                uses.add(it);
            }
            uses.doubts.extend(found.doubts);
            if let Some((part, text)) = found.after {
                uses.after.push((there, slot, part, text));
            }
            looked_at.push((there, slot));
        }
        for (there, slot) in looked_at {
            unrendered::add(&mut uses, there, slot, self.name.old);
        }
        add_seeds(&mut uses, self.project, self.name.old);
        configs::add(&mut uses, self.project, self.name.old);
        properties::add(&mut uses, self.project, self.name.old);
        unit_tests::add(&mut uses, self.project, self.name.old);
        uses
    }
}
