//! What reads a node and what it reads, what calls a macro and what it calls: a step at a time, with the places.
//!
//! Nodes are found over what other files see of each file. Only who calls a macro takes a look at all texts, as
//! `references` does.

use std::collections::BTreeMap;

use analysis::{
    MacroKey, SourceFile,
    dag::{exposure_parents, exposures, parents, readers_of, table_readers_of},
    facts::parsed,
    macros::{files_by_id, macro_definition},
    others::resources_of,
    resolve::{RefTarget, SourceTarget, identities},
    source::{macro_definitions, properties},
    sources::sources_of,
};
use base::{FileId, SourceRange};
use project::{
    files::FileKind,
    node::{ResourceType, UniqueId},
};

use crate::{
    Analysis, Cancellable,
    definition::{NavigationTarget, macro_target, node_target, table_target},
    lineage,
    lineage_graph::node_of_entry,
    position::FilePosition,
    references::{files, is_same},
    symbol::{Found, Thing, thing_at, things},
    symbols::SymbolKind,
    world::{Here, World},
};

/// How a client names an item when it asks for the next step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ItemId {
    /// A file of the project in which it is looked at: where the user began.
    pub anchor: FileId,
    /// Where it is made.
    pub file: FileId,
    /// dbt's id of the node or macro.
    pub unique_id: String,
}

/// A node, a table of a source, an exposure or a macro.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HierarchyItem {
    /// Where it is made.
    pub target: NavigationTarget,
    /// `model of shop`.
    pub detail: String,
    /// Its name for the next question.
    pub id: ItemId,
}

/// One end of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Who calls, or who is called.
    pub item: HierarchyItem,
    /// Where, in the file of the one who calls. Never empty.
    pub ranges: Vec<SourceRange>,
}

impl Analysis {
    /// What the cursor names; else, what it is in.
    pub fn call_hierarchy(&self, position: FilePosition) -> Cancellable<Vec<HierarchyItem>> {
        self.ask_world(|world| prepare(world, position))
    }

    /// Who reads or calls an item, sorted.
    pub fn incoming_calls(&self, id: &ItemId) -> Cancellable<Vec<Call>> {
        self.ask_world(|world| calls(world, id, Hierarchy::incoming))
    }

    /// What an item reads and calls, sorted.
    pub fn outgoing_calls(&self, id: &ItemId) -> Cancellable<Vec<Call>> {
        self.ask_world(|world| calls(world, id, Hierarchy::outgoing))
    }
}

/// Items, each with the places in the file of the one who calls.
type Calls = BTreeMap<HierarchyItem, Vec<SourceRange>>;

fn prepare(world: World<'_>, position: FilePosition) -> Vec<HierarchyItem> {
    let Some(here) = world.here(position.file) else {
        return Vec::new();
    };
    let hierarchy = Hierarchy { world, here };
    let named = thing_at(world, &here, position.offset)
        .map(|found| members(&found.thing))
        .unwrap_or_default();
    let members = if named.is_empty() {
        let around = hierarchy.member_around(&here, position.offset);
        around.into_iter().collect()
    } else {
        named
    };
    let items = members.iter();
    let mut items: Vec<_> = items.filter_map(|it| hierarchy.item(it)).collect();
    items.sort();
    items.dedup();
    items
}

fn calls<'a>(
    world: World<'a>,
    id: &ItemId,
    step: fn(&Hierarchy<'a>, &Member, &mut Calls),
) -> Vec<Call> {
    let Some(here) = world.here(id.anchor) else {
        return Vec::new();
    };
    let hierarchy = Hierarchy { world, here };
    let mut calls = Calls::new();
    if let Some(member) = hierarchy.find(id) {
        step(&hierarchy, &member, &mut calls);
    }
    let calls = calls.into_iter().map(|(item, mut ranges)| {
        ranges.sort();
        ranges.dedup();
        Call { item, ranges }
    });
    calls.collect()
}

/// What can be an item.
#[derive(Clone)]
enum Member {
    Node(RefTarget),
    Table(SourceTarget),
    Macro(MacroKey),
    /// By its place among the exposures of a properties file.
    Exposure(SourceFile, usize),
}

fn members(thing: &Thing) -> Vec<Member> {
    match thing {
        Thing::Node(node) => vec![Member::Node(node.clone())],
        Thing::Table(table) => vec![Member::Table(*table)],
        Thing::Macros(keys) => keys.iter().copied().map(Member::Macro).collect(),
        _ => Vec::new(),
    }
}

struct Hierarchy<'a> {
    world: World<'a>,
    /// Where the user began; its project is the one that is looked at.
    here: Here,
}

impl Hierarchy<'_> {
    fn incoming(&self, member: &Member, calls: &mut Calls) {
        let (world, project) = (self.world, self.here.project);
        match member {
            Member::Node(node) => {
                let readers = readers_of(world.db, project, node);
                self.add_readers(readers, &Thing::Node(node.clone()), calls);
                self.add_exposures(&node.unique_id, &Thing::Node(node.clone()), calls);
            }
            Member::Table(table) => {
                let readers = table_readers_of(world.db, project, *table);
                self.add_readers(readers, &Thing::Table(*table), calls);
                if let Some(id) = self.table_id(*table) {
                    self.add_exposures(&id, &Thing::Table(*table), calls);
                }
            }
            Member::Macro(key) => self.add_callers(*key, calls),
            Member::Exposure(..) => {}
        }
    }

    fn add_readers(&self, readers: Vec<RefTarget>, wanted: &Thing, calls: &mut Calls) {
        for reader in readers {
            let member = Member::Node(reader);
            let uses = self.uses_in(&member);
            let ranges = uses.filter(|found| is_same(&found.thing, wanted));
            let ranges = ranges.map(|found| found.range).collect();
            self.add_caller(&member, ranges, calls);
        }
    }

    fn add_exposures(&self, shown: &UniqueId, wanted: &Thing, calls: &mut Calls) {
        let (db, project) = (self.world.db, self.here.project);
        for (file, exposure) in exposures(db, project) {
            if !exposure_parents(db, project, &exposure).contains(shown) {
                continue;
            }
            let Some(member) = self.exposure(file, &exposure.unique_id) else {
                continue;
            };
            let uses = self.uses_in(&member);
            let ranges = uses.filter(|found| is_same(&found.thing, wanted));
            let ranges = ranges.map(|found| found.range).collect();
            self.add_caller(&member, ranges, calls);
        }
    }

    /// Whoever names the macro in a call; properties files that describe or apply it are references, not callers.
    fn add_callers(&self, key: MacroKey, calls: &mut Calls) {
        let world = self.world;
        let Some(definition) = macro_definition(world.db, self.here.project, key) else {
            return;
        };
        // An implementation is named through its dispatcher.
        let name = &*definition.name;
        let short = name.split_once("__").map_or(name, |(_, short)| short);
        let wanted = Thing::Macros(vec![key]);
        for there in files(world, self.here.project) {
            let is_other = there.kind(world) == Some(FileKind::Properties);
            if is_other || !there.text(world).contains(short) {
                continue;
            }
            for found in things(world, &there) {
                if found.is_declaration || !is_same(&found.thing, &wanted) {
                    continue;
                }
                if let Some(caller) = self.member_around(&there, found.range.start) {
                    self.add_caller(&caller, vec![found.range], calls);
                }
            }
        }
    }

    /// A ref that no template shows (of a Python model, or made by a macro) is told at the caller itself.
    fn add_caller(&self, member: &Member, mut ranges: Vec<SourceRange>, calls: &mut Calls) {
        let Some(item) = self.item(member) else {
            return;
        };
        if ranges.is_empty() {
            ranges.push(item.target.focus_range);
        }
        calls.entry(item).or_default().extend(ranges);
    }

    fn outgoing(&self, member: &Member, calls: &mut Calls) {
        let Some(caller) = self.item(member) else {
            return;
        };
        for found in self.uses_in(member).filter(|found| !found.is_declaration) {
            for called in members(&found.thing) {
                if let Some(item) = self.item(&called) {
                    calls.entry(item).or_default().push(found.range);
                }
            }
        }
        // What no template shows; see `add_caller`.
        if let Member::Node(node) = member {
            let hidden = parents(self.world.db, node).into_iter();
            for thing in hidden.filter_map(|id| self.thing(&id)) {
                for item in members(&thing).iter().filter_map(|it| self.item(it)) {
                    let ranges = calls.entry(item).or_default();
                    if ranges.is_empty() {
                        ranges.push(caller.target.focus_range);
                    }
                }
            }
        }
    }

    fn thing(&self, id: &UniqueId) -> Option<Thing> {
        lineage::thing(self.world, self.here.project, id)
    }

    /// What a member names between its beginning and its end.
    fn uses_in(&self, member: &Member) -> impl Iterator<Item = Found> + use<> {
        let place = self.item(member).and_then(|item| {
            let there = self.there(item.target.file)?;
            Some((there, item.target.full_range))
        });
        let uses = place.map(|(there, range)| {
            let mut uses = things(self.world, &there);
            uses.retain(|found| range.covers(found.range));
            uses
        });
        uses.unwrap_or_default().into_iter()
    }

    /// A file in the project that is looked at.
    fn there(&self, file: FileId) -> Option<Here> {
        let project = self.here.project;
        let files = files_by_id(self.world.db, project).get(&file)?;
        let mut places = files.iter().filter_map(|file| {
            Some(Here {
                project,
                package: file.package(self.world.db)?,
                file: *file,
            })
        });
        places.next()
    }

    /// The macro, the node or the entry in YAML that a place is in.
    fn member_around(&self, there: &Here, offset: u32) -> Option<Member> {
        let world = self.world;
        if there.kind(world) == Some(FileKind::Properties) {
            let id = node_of_entry(world, there, offset)?;
            if id.resource_type() == Some(ResourceType::Exposure) {
                return self.exposure(there.file, &id);
            }
            return members(&self.thing(&id)?).pop();
        }
        let definitions = macro_definitions(world.db, there.file);
        let around = definitions.iter().enumerate();
        let around = around.filter(|(_, it)| it.range.touches(offset));
        if let Some((index, _)) = around.min_by_key(|(_, it)| it.range.len()) {
            return Some(Member::Macro(MacroKey {
                file: there.id(world),
                index: index as u32,
            }));
        }
        let parts = parsed(world.db, there.file);
        let slot = parts.iter().position(|it| it.range.touches(offset))?;
        self.node(there.file, slot)
    }

    fn node(&self, file: SourceFile, slot: usize) -> Option<Member> {
        let identity = identities(self.world.db, file).get(slot)?;
        Some(Member::Node(RefTarget {
            unique_id: identity.unique_id.clone(),
            file,
            slot: slot as u32,
        }))
    }

    fn exposure(&self, file: SourceFile, id: &UniqueId) -> Option<Member> {
        let all = &resources_of(self.world.db, file).exposures;
        let name = &all.iter().find(|it| it.unique_id == *id)?.name;
        let written = &properties(self.world.db, file).properties.exposures;
        let nth = written.iter().position(|it| it.name.value == *name)?;
        Some(Member::Exposure(file, nth))
    }

    fn table_id(&self, table: SourceTarget) -> Option<UniqueId> {
        let source = sources_of(self.world.db, table.file).get(table.slot as usize)?;
        Some(source.unique_id.clone())
    }

    /// The item that a client means; `None` if it is gone.
    fn find(&self, id: &ItemId) -> Option<Member> {
        let file = self.there(id.file)?.file;
        let unique_id = UniqueId::from(id.unique_id.as_str());
        match unique_id.resource_type()? {
            ResourceType::Macro => {
                let definitions = macro_definitions(self.world.db, file);
                let mut definitions = definitions.iter();
                let index = definitions.position(|it| *it.unique_id == *id.unique_id)?;
                Some(Member::Macro(MacroKey {
                    file: id.file,
                    index: index as u32,
                }))
            }
            ResourceType::Source => {
                let sources = sources_of(self.world.db, file);
                let slot = sources.iter().position(|it| it.unique_id == unique_id)?;
                Some(Member::Table(SourceTarget {
                    file,
                    slot: slot as u32,
                }))
            }
            ResourceType::Exposure => self.exposure(file, &unique_id),
            _ => {
                let nodes = identities(self.world.db, file);
                let slot = nodes.iter().position(|it| it.unique_id == unique_id)?;
                self.node(file, slot)
            }
        }
    }

    fn item(&self, member: &Member) -> Option<HierarchyItem> {
        let (world, project) = (self.world, self.here.project);
        let (target, unique_id) = match member {
            Member::Node(node) => (node_target(world, node), node.unique_id.as_str().to_owned()),
            Member::Table(table) => {
                let id = self.table_id(*table)?;
                (table_target(world, *table)?, id.as_str().to_owned())
            }
            Member::Macro(key) => {
                let definition = macro_definition(world.db, project, *key)?;
                let target = macro_target(world, &self.here, *key)?;
                (target, definition.unique_id.to_string())
            }
            Member::Exposure(file, nth) => self.exposure_item(*file, *nth)?,
        };
        let mut parts = unique_id.split('.');
        let detail = match (parts.next(), parts.next()) {
            (Some(kind), Some(package)) => format!("{kind} of {package}"),
            _ => String::new(),
        };
        let id = ItemId {
            anchor: self.here.id(world),
            file: target.file,
            unique_id,
        };
        Some(HierarchyItem { target, detail, id })
    }

    fn exposure_item(&self, file: SourceFile, nth: usize) -> Option<(NavigationTarget, String)> {
        let db = self.world.db;
        let written = properties(db, file).properties.exposures.get(nth)?;
        let package = file.package(db)?.name(db);
        let target = NavigationTarget {
            file: file.id(db),
            full_range: written.range,
            focus_range: written.name.range,
            name: written.name.value.to_string(),
            kind: SymbolKind::Exposure,
        };
        Some((target, format!("exposure.{package}.{}", written.name.value)))
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use base::FileRange;
    use expect_test::{Expect, expect};

    use super::*;
    use crate::fixture::TestProject;

    fn show(
        project: &TestProject,
        out: &mut String,
        arrow: &str,
        from: Option<FileId>,
        call: &Call,
    ) {
        let target = &call.item.target;
        writeln!(out, "{arrow} {} ({})", target.name, call.item.detail).unwrap();
        for range in &call.ranges {
            let place = FileRange {
                file: from.unwrap_or(target.file),
                range: *range,
            };
            writeln!(out, "     {}", project.show(place)).unwrap();
        }
    }

    fn check(fixture: &str, expected: &Expect) {
        let project = TestProject::new(fixture);
        let analysis = project.analysis();
        let mut out = String::new();
        for item in analysis.call_hierarchy(project.cursor.unwrap()).unwrap() {
            assert!(item.target.full_range.covers(item.target.focus_range));
            writeln!(out, "{} ({})", item.target.name, item.detail).unwrap();
            for call in analysis.incoming_calls(&item.id).unwrap() {
                show(&project, &mut out, "  <-", None, &call);
            }
            for call in analysis.outgoing_calls(&item.id).unwrap() {
                show(&project, &mut out, "  ->", Some(item.target.file), &call);
            }
        }
        expected.assert_eq(&out);
    }

    const SHOP: &str = "
//- /models/raw.yml
sources:
  - name: raw
    tables:
      - name: orders
exposures:
  - name: board
    type: dashboard
    owner: {name: me}
    depends_on: [ref('daily')]
//- /models/orders.sql
select {{ cents('a') }} as a from {{ source('raw', 'orders') }}
//- /models/report.py
def model(dbt, session):
    return dbt.ref('daily')
//- /tests/t.sql
select * from {{ ref('daily') }} where false
//- /macros/m.sql
{% macro cents(x) %}{{ return(adapter.dispatch('cents')(x)) }}{% endmacro %}
{% macro default__cents(x) %}{{ rounded(x) }} / 100{% endmacro %}
{% macro rounded(x) %}round({{ x }}){% endmacro %}
";

    #[test]
    fn a_model_is_read_and_reads() {
        let daily = "
//- /models/daily.sql
select * from {{ ref('orders') }}$0
union all
select {{ rounded('a') }} as a from {{ ref('orders') }}
";
        check(
            &format!("{SHOP}{daily}"),
            &expect![[r#"
            daily (model of shop)
              <- board (exposure of shop)
                 /models/raw.yml:9 ref('daily')
              <- report (model of shop)
                 /models/report.py:1
              <- t (test of shop)
                 /tests/t.sql:1 'daily'
              -> rounded (macro of shop)
                 /models/daily.sql:3 rounded
              -> orders (model of shop)
                 /models/daily.sql:1 'orders'
                 /models/daily.sql:3 'orders'
        "#]],
        );
    }

    #[test]
    fn a_table_of_a_source_is_read() {
        let more = "
//- /models/more.sql
select * from {{ source('raw', 'ord$0ers') }}
";
        check(
            &format!("{SHOP}{more}"),
            &expect![[r#"
            raw.orders (source of shop)
              <- more (model of shop)
                 /models/more.sql:1 'orders'
              <- orders (model of shop)
                 /models/orders.sql:1 'orders'
        "#]],
        );
    }

    #[test]
    fn a_macro_is_called_and_calls() {
        let more = "
//- /models/daily.sql
select {{ cen$0ts('b') }}, {{ shop.cents('c') }}
";
        check(
            &format!("{SHOP}{more}"),
            &expect![[r#"
            cents (macro of shop)
              <- daily (model of shop)
                 /models/daily.sql:1 cents
                 /models/daily.sql:1 shop.cents
              <- orders (model of shop)
                 /models/orders.sql:1 cents
              -> default__cents (macro of shop)
                 /macros/m.sql:1 'cents'
        "#]],
        );
    }

    #[test]
    fn implementations_are_called_by_their_dispatcher() {
        let more = "
//- /models/daily.sql
select 1 as a
//- /macros/other.sql
{% macro duckdb__cents(x) %}{{ x }}{# here: $0 #}{% endmacro %}
";
        check(
            &format!("{SHOP}{more}"),
            &expect![[r#"
            duckdb__cents (macro of shop)
              <- cents (macro of shop)
                 /macros/m.sql:1 'cents'
        "#]],
        );
    }

    #[test]
    fn entries_in_yaml_and_half_typed_text_stand_for_their_nodes() {
        let more = "
//- /models/daily.sql
select {{ cents( from {{ ref('orders') }}
//- /models/s.yml
models:
  - name: daily
    descrip$0tion: Of a day.
";
        check(
            &format!("{SHOP}{more}"),
            &expect![[r#"
            daily (model of shop)
              <- board (exposure of shop)
                 /models/raw.yml:9 ref('daily')
              <- report (model of shop)
                 /models/report.py:1
              <- t (test of shop)
                 /tests/t.sql:1 'daily'
              -> cents (macro of shop)
                 /models/daily.sql:1 cents
              -> orders (model of shop)
                 /models/daily.sql:1 'orders'
        "#]],
        );
    }

    #[test]
    fn what_is_gone_has_no_calls() {
        let project = TestProject::new("//- /models/a.sql\nselect 1 as id\n");
        let id = ItemId {
            anchor: project.file("/models/a.sql"),
            file: FileId(4711),
            unique_id: "model.shop.b".to_owned(),
        };
        assert_eq!(project.analysis().incoming_calls(&id).unwrap(), []);
        assert_eq!(project.analysis().outgoing_calls(&id).unwrap(), []);
    }
}
