//! What may be done at a selection, listed at once and worked out when it is chosen.
//!
//! A menu is asked for on every move of the cursor, an action on it seldom: an action is a title, and a closure that is
//! called for the chosen one alone. A title says which it is; at one place no two are equal.

use std::path::PathBuf;

use base::{Edit, FileRange, SourceRange};
use project::files::FileKind;

use crate::{
    code_action::sql_spot::SqlSpot,
    world::{Here, World},
};

/// Something that changes the project at the user's wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refactoring {
    /// What is shown.
    pub title: String,
    /// Which menu it belongs to.
    pub kind: RefactoringKind,
    /// What it does; `None` in a list of offers.
    pub change: Option<ProjectChange>,
}

/// The protocol's menus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefactoringKind {
    /// Something is missing or deprecated.
    QuickFix,
    /// A part becomes a thing of its own.
    Extract,
    /// The reverse.
    Inline,
    /// The same said otherwise.
    Rewrite,
    /// Of the whole file.
    Source,
}

/// Done as a whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProjectChange {
    /// Made first; none of them is there already.
    pub creates: Vec<NewFile>,
    /// Sorted by file and place; none overlaps another.
    pub edits: Vec<Edit>,
}

/// A file that was not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Absolute.
    pub path: PathBuf,
    /// All of it.
    pub text: String,
}

/// What is made by a command, without a menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generator {
    /// The entry of a node with its columns, or those that it lacks.
    Properties,
    /// A model that reads a table of a source.
    ModelFromSource,
}

/// A schema of the warehouse, and the source that stands for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedSchema {
    /// As in `source('raw', ...)`.
    pub source: String,
    /// The target's, if nobody says.
    pub database: Option<String>,
    /// The schema.
    pub schema: String,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefactoringRequest {
    /// Where.
    pub selection: FileRange,
    /// How much of the answer.
    pub wanted: Wanted,
    /// Whether the client makes new files.
    pub can_create_files: bool,
}

/// How much of the answer is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Titles, for a client that asks again for the chosen one.
    Offers,
    /// Everything.
    Changes,
    /// What the action with this title does.
    Only(String),
}

impl ProjectChange {
    /// Edits of files that are there.
    pub(super) fn edits(mut edits: Vec<Edit>) -> Option<Self> {
        edits.sort();
        edits.dedup();
        (!edits.is_empty()).then_some(Self {
            creates: Vec::new(),
            edits,
        })
    }

    /// Both of them.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.creates.extend(other.creates);
        self.edits.extend(other.edits);
        self.edits.sort();
        self
    }
}

/// The place of a request, and what was found for it.
pub(super) struct Offers<'a> {
    pub(super) world: World<'a>,
    pub(super) here: Here,
    pub(super) selection: SourceRange,
    pub(super) can_create_files: bool,
    wanted: &'a Wanted,
    found: Vec<Refactoring>,
}

impl<'a> Offers<'a> {
    pub(super) fn new(world: World<'a>, here: Here, request: &'a RefactoringRequest) -> Self {
        Self {
            world,
            here,
            selection: request.selection.range,
            can_create_files: request.can_create_files,
            wanted: &request.wanted,
            found: Vec::new(),
        }
    }

    pub(super) fn add(
        &mut self,
        kind: RefactoringKind,
        title: String,
        change: impl FnOnce(&Self) -> Option<ProjectChange>,
    ) {
        let change = match self.wanted {
            Wanted::Offers => None,
            Wanted::Only(wanted) if *wanted != title => return,
            Wanted::Only(_) | Wanted::Changes => match change(self) {
                Some(change) => Some(change),
                None => return,
            },
        };
        if self.found.iter().all(|it| it.title != title) {
            self.found.push(Refactoring {
                title,
                kind,
                change,
            });
        }
    }

    pub(super) fn finish(self) -> Vec<Refactoring> {
        self.found
    }

    /// The cursor; of a selection, its beginning.
    pub(super) fn offset(&self) -> u32 {
        self.selection.start
    }

    pub(super) fn edit(&self, range: SourceRange, text: impl Into<String>) -> Edit {
        Edit {
            file: self.here.id(self.world),
            range,
            text: text.into(),
        }
    }

    /// The SQL of the file; `None` where it has none.
    pub(super) fn sql(&self) -> Option<SqlSpot<'a>> {
        let is_sql = match self.here.kind(self.world)? {
            FileKind::Model => !self.here.file.path(self.world.db).ends_with(".py"),
            FileKind::Analysis | FileKind::SingularTest | FileKind::Snapshot => true,
            FileKind::Seed
            | FileKind::Macro
            | FileKind::GenericTest
            | FileKind::Fixture
            | FileKind::Function
            | FileKind::Docs
            | FileKind::Properties => false,
        };
        is_sql.then(|| SqlSpot::new(self.world, self.here))
    }
}
