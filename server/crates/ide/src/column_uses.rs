//! Everything that names a column: the SQL that makes it, the models downstream that pass it on under its name, and YAML.
//!
//! A walk down the DAG over rendered SQL. What it is asked for the references of a column it tells as far as it knows; a
//! rename asks for the same, and must not go on where the walk had to leave something open: `doubts`.

mod bound;
mod configs;
mod properties;
mod readers;
mod tests_entries;
mod unit_tests;
mod unrendered;
mod walk;

use std::collections::BTreeMap;

use analysis::{
    Project,
    nodes::nodes_of,
    rendered::rendered_as,
    resolve::{RefTarget, SourceTarget},
};
use base::{FileId, SourceRange};
use project::{files::FileKind, node::UniqueId, seeds::header};
use sql::SymbolKind;

pub(crate) use self::bound::is_in_quotes;
use self::walk::Walk;
use crate::{
    sql_names::sql_name_at,
    symbol::{Thing, described_column_at},
    world::{Here, World},
};

/// The nodes whose column it is: the one that makes it, and those that pass it on under its name.
pub(crate) type Heirs = BTreeMap<UniqueId, RefTarget>;

/// A name, and another one for it.
#[derive(Clone, Copy)]
pub(crate) struct Name<'a> {
    pub(crate) old: &'a str,
    pub(crate) new: &'a str,
}

/// Whose column is asked for.
#[derive(Debug, Clone)]
pub(crate) enum Owner {
    Node(RefTarget),
    Table(SourceTarget),
    /// One that the SQL of a file makes, at this place.
    File(SourceRange),
}

/// The column under a cursor.
pub(crate) struct AskedColumn {
    pub(crate) owner: Owner,
    /// As it is written here, without quotes.
    pub(crate) name: String,
    pub(crate) range: SourceRange,
}

/// What a place is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum UseKind {
    /// In the SQL of the node that makes it.
    Made,
    /// In SQL that reads it.
    Read,
    /// In YAML, of a node's columns, tests and configuration.
    Described,
    /// In rows of a unit test.
    Row,
}

/// A place where the column is named.
#[derive(Clone, Copy)]
pub(crate) struct ColumnUse {
    pub(crate) there: Here,
    pub(crate) range: SourceRange,
    pub(crate) kind: UseKind,
    /// The column has its name from here, without being called anything: another name goes behind.
    pub(crate) is_unnamed: bool,
}

/// A place that nobody can be sure about, and why.
pub(crate) struct Doubt {
    pub(crate) there: Here,
    pub(crate) range: SourceRange,
    pub(crate) why: String,
}

/// All that was found.
pub(crate) struct ColumnUses<'a> {
    world: World<'a>,
    pub(crate) heirs: Heirs,
    /// The table of a source that has it in the warehouse.
    table: Option<SourceTarget>,
    uses: BTreeMap<(FileId, SourceRange), ColumnUse>,
    pub(crate) doubts: Vec<Doubt>,
    /// What the SQL of each node comes to with the new name.
    after: Vec<(Here, u32, SourceRange, String)>,
}

/// The column that a cursor touches.
pub(crate) fn column_at(world: World<'_>, here: &Here, offset: u32) -> Option<AskedColumn> {
    let owner_of = |thing: &Thing| match thing {
        Thing::Node(node) => Some(Owner::Node(node.clone())),
        Thing::Table(table) => Some(Owner::Table(*table)),
        _ => None,
    };
    if let Some((range, thing, name)) = described_column_at(world, here, offset) {
        let owner = owner_of(&thing)?;
        return Some(AskedColumn { owner, name, range });
    }
    let found = sql_name_at(world, here, offset)?;
    let (kind, name) = found.kind_and_name()?;
    let owner = match kind {
        SymbolKind::ExternalColumn { .. } => owner_of(found.external_column()?.0)?,
        SymbolKind::Column { .. } => Owner::File(found.range),
        _ => return None,
    };
    let written = found.range.of(found.text());
    let bare = written.trim_matches(['"', '`', '[', ']']);
    let start = found.range.start
        + (written.len() - written.trim_start_matches(['"', '`', '[']).len()) as u32;
    // An expression without a name of its own is no name that could be changed.
    let is_word =
        bare.len() < written.len() || bare.chars().all(|c| c.is_alphanumeric() || c == '_');
    (is_word && bare.eq_ignore_ascii_case(name)).then(|| AskedColumn {
        owner,
        name: bare.to_owned(),
        range: SourceRange::new(start, start + bare.len() as u32),
    })
}

/// Where a column is named that a cursor in `here` asked for.
pub(crate) fn column_uses<'a>(
    world: World<'a>,
    here: &Here,
    asked: &AskedColumn,
    new: &str,
) -> ColumnUses<'a> {
    let name = Name {
        old: &asked.name,
        new,
    };
    let mut walk = Walk::new(world, here.project, name);
    walk.start(here, &asked.owner);
    walk.down();
    walk.finish()
}

/// Where a column is still named as it was, of which the node has the new name already.
pub(crate) fn uses_of_renamed<'a>(
    world: World<'a>,
    project: Project,
    node: RefTarget,
    name: Name<'_>,
) -> ColumnUses<'a> {
    let mut walk = Walk::new(world, project, name);
    walk.start_behind(node);
    walk.down();
    walk.finish()
}

impl ColumnUses<'_> {
    /// Sorted by file and place.
    pub(crate) fn uses(&self) -> impl Iterator<Item = &ColumnUse> {
        self.uses.values()
    }

    fn add(&mut self, found: ColumnUse) {
        let key = (found.there.id(self.world), found.range);
        let known = self.uses.entry(key).or_insert(found);
        known.kind = known.kind.min(found.kind);
    }

    fn doubt(&mut self, there: Here, range: SourceRange, why: impl Into<String>) {
        self.doubts.push(Doubt {
            there,
            range,
            why: why.into(),
        });
    }

    /// Whether every node comes to what it must when its file has `new_part` as its text; else, where not.
    pub(crate) fn first_difference(
        &self,
        new_part: impl Fn(&Here, SourceRange) -> String,
    ) -> Option<(Here, SourceRange)> {
        let mut after = self.after.iter();
        let differs = |(there, slot, part, wanted): &&(Here, u32, SourceRange, String)| {
            let text = new_part(there, *part);
            let found = rendered_as(self.world.db, there.file, *slot, &text);
            found.error.is_some() || *found.sql != **wanted
        };
        let (there, _, part, _) = after.find(differs)?;
        Some((*there, SourceRange::at(part.start)))
    }
}

/// The first lines of seeds.
fn add_seeds(uses: &mut ColumnUses<'_>, project: Project, old: &str) {
    let heirs: Vec<RefTarget> = uses.heirs.values().cloned().collect();
    for heir in heirs {
        let db = uses.world.db;
        let (Some(FileKind::Seed), Some(package)) = (heir.file.kind(db), heir.file.package(db))
        else {
            continue;
        };
        let there = Here {
            project,
            package,
            file: heir.file,
        };
        let text = there.text(uses.world);
        let node = nodes_of(db, heir.file).first();
        let delimiter = node.and_then(|it| it.config.text("delimiter")?.chars().next());
        let columns = header(text, delimiter.unwrap_or(','));
        for column in columns
            .iter()
            .filter(|it| it.value.eq_ignore_ascii_case(old))
        {
            for range in words_in(text, column.range, old) {
                uses.add(ColumnUse {
                    there,
                    range,
                    kind: UseKind::Made,
                    is_unnamed: false,
                });
            }
        }
    }
}

/// Where a word stands by itself in a stretch of a text, in any case of its letters.
pub(crate) fn words_in(text: &str, range: SourceRange, word: &str) -> Vec<SourceRange> {
    let within = range.of(text);
    let folded = within.to_ascii_lowercase();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let found = folded
        .match_indices(&*word.to_ascii_lowercase())
        .map(|(start, _)| start)
        .collect::<Vec<_>>();
    let is_whole = |start: &usize| {
        let before = within.get(..*start).and_then(|it| it.chars().next_back());
        let after = within
            .get(start + word.len()..)
            .and_then(|it| it.chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    };
    let whole = found.into_iter().filter(is_whole);
    whole
        .map(|start| {
            let start = range.start as usize + start;
            SourceRange::from_usize(start, start + word.len())
        })
        .collect()
}
