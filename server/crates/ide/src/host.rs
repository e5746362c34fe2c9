//! `AnalysisHost` owns the state and takes changes; `Analysis` is a snapshot of it that answers questions.
//!
//! A change interrupts the snapshots that are out: their questions are answered with `Cancelled`, and the caller asks
//! again on a new one if it still cares. Each question is a method here and a file of its own for what it does.

use std::{path::Path, sync::Arc};

use analysis::{
    Change, Inputs, Manifest, Project, QueryObserver, RootDatabase, cancellable_snapshot,
    warehouse_catalog::WarehouseCatalog,
};
use base::{Cancelled, FileId};

use crate::binder::{AnswerBook, Answers};

/// An answer, unless a newer edit made it worthless.
pub type Cancellable<T> = Result<T, Cancelled>;

/// The state. One owner, who applies changes in order.
#[derive(Default)]
pub struct AnalysisHost {
    inputs: Arc<Inputs>,
    answers: Arc<Answers>,
    db: RootDatabase,
}

impl AnalysisHost {
    /// Nothing known yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with an observer that is told every query that runs.
    #[must_use]
    pub fn observed(observer: QueryObserver) -> Self {
        Self {
            inputs: Arc::default(),
            answers: Arc::default(),
            db: RootDatabase::observed(observer),
        }
    }

    /// Takes in what is new. Interrupts all snapshots and waits for them to end.
    pub fn apply_change(&mut self, change: Change) {
        self.db.cancel_snapshots();
        // Snapshots let go of their inputs before they let go of the database, so this rarely copies.
        Arc::make_mut(&mut self.inputs).apply(&mut self.db, change);
    }

    /// What is known of the warehouse of the project at `root`.
    pub fn catalog(&self, root: &Path) -> Option<Arc<WarehouseCatalog>> {
        let project = self.inputs.project(root)?;
        Some(Arc::clone(project.catalog(&self.db)))
    }

    /// What binders answered to the questions of all snapshots.
    pub fn answers(&self) -> AnswerBook {
        AnswerBook(Arc::clone(&self.answers))
    }

    /// A snapshot of now.
    pub fn analysis(&self) -> Analysis {
        Analysis {
            inputs: Arc::clone(&self.inputs),
            answers: Arc::clone(&self.answers),
            db: self.db.clone(),
        }
    }
}

/// A snapshot: answers all come from the same revision.
#[derive(Clone)]
pub struct Analysis {
    // Dropped before `db`: see `apply_change`.
    pub(crate) inputs: Arc<Inputs>,
    pub(crate) answers: Arc<Answers>,
    pub(crate) db: RootDatabase,
}

impl Analysis {
    /// Asks something of this snapshot.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&RootDatabase) -> T) -> Cancellable<T> {
        cancellable_snapshot(|| question(&self.db))
    }

    /// The text of a file, whether or not it is part of a project.
    pub fn text(&self, file: FileId) -> Option<Arc<str>> {
        self.inputs.text(file).cloned()
    }

    /// The roots of all projects, sorted.
    pub fn project_roots(&self) -> Vec<Arc<Path>> {
        self.inputs
            .projects()
            .map(|(root, _)| Arc::clone(root))
            .collect()
    }

    /// The project at a root.
    pub(crate) fn project(&self, root: &Path) -> Option<Project> {
        self.inputs.project(root)
    }

    /// Computes what most questions about the project at `root` need of all its files, on all cores.
    pub fn prime(&self, root: &Path) -> Cancellable<()> {
        match self.project(root) {
            Some(project) => self.ask(|db| analysis::prime(db, project)),
            None => Ok(()),
        }
    }

    /// Everything that the project at `root` comes to. For commands; nothing an editor needs on a keystroke.
    pub fn manifest(&self, root: &Path) -> Cancellable<Option<Arc<Manifest>>> {
        let Some(project) = self.project(root) else {
            return Ok(None);
        };
        self.ask(|db| Some(analysis::manifest(db, project)))
    }
}
