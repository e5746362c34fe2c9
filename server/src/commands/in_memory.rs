//! The project as an editor has it in memory: what commands ask that need no saved index and no warehouse.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use base::FileId;
use ide::{Analysis, AnalysisHost, AnswerBook, Change, LoadConfig};

use crate::{
    open::{OpenConfig, Paths},
    run_context::CommandContext,
};

/// What is said when a question was not answered.
pub(super) const INTERRUPTED: &str = "the command was interrupted";

/// A project and what is known of it.
pub(super) struct InMemory {
    pub(super) analysis: Analysis,
    /// Of the project.
    pub(super) root: Arc<Path>,
    pub(super) paths: BTreeMap<FileId, PathBuf>,
    // What the analysis looks at.
    host: AnalysisHost,
}

impl InMemory {
    /// What a binder answered to the questions about the project.
    pub(super) fn answers(&self) -> AnswerBook {
        self.host.answers()
    }

    /// Reads all files of the project.
    pub(super) fn read(context: &CommandContext, config: &OpenConfig) -> Self {
        let paths = Paths::default();
        let load_config = LoadConfig {
            root: config.root.clone(),
            profiles_dir: config.profiles_dir.clone(),
            settings: config.settings.clone(),
        };
        let loaded = ide::load(&*context.system, &load_config, &|path| paths.intern(path));
        let root = loaded.input.root.clone();
        let mut host = AnalysisHost::new();
        host.apply_change(Change {
            texts: loaded.texts,
            projects: vec![(root.clone(), Some(loaded.input))],
            ..Change::default()
        });
        Self {
            analysis: host.analysis(),
            root,
            paths: paths.into_map(),
            host,
        }
    }
}
