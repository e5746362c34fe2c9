//! The files of SQL that `format` and `lint` are about: the project's own, narrowed by paths and by a selection.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use base::{FileId, normalized};
use ide::StyleConfig;
use ignore::gitignore::GitignoreBuilder;
use project::node::ResourceType;

use super::in_memory::{INTERRUPTED, InMemory};
use crate::{
    open::{OpenConfig, open},
    run_context::CommandContext,
};

/// Files of SQL, by path.
pub(super) struct SqlFiles {
    pub(super) project: InMemory,
    pub(super) files: Vec<SqlFile>,
}

/// A file of SQL.
pub(super) struct SqlFile {
    pub(super) id: FileId,
    pub(super) path: PathBuf,
    /// Relative to the project where it lies in it.
    pub(super) shown: String,
    pub(super) text: Arc<str>,
    pub(super) style: StyleConfig,
}

/// The files that a command line names; all of the project where it names none.
pub(super) fn sql_files(context: &CommandContext) -> anyhow::Result<SqlFiles> {
    let config = OpenConfig::of(&context.invocation, &*context.system, &context.current_dir)?;
    let wanted = Wanted::of(context, &config)?;
    let project = InMemory::read(context, &config);
    let InMemory {
        analysis, paths, ..
    } = &project;
    let mut files = Vec::new();
    for id in analysis.files().context(INTERRUPTED)? {
        let dialect = analysis.sql_dialect(id).context(INTERRUPTED)?;
        let (Some(dialect), Some(path), Some(text)) = (dialect, paths.get(&id), analysis.text(id))
        else {
            continue;
        };
        if !wanted.has(path) || is_ignored(context, path) {
            continue;
        }
        let dir = path.parent().unwrap_or(&config.root);
        files.push(SqlFile {
            id,
            path: path.clone(),
            shown: super::check::shown_path(path, &config.root),
            text,
            style: StyleConfig::find(&*context.system, dir, dialect),
        });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(SqlFiles { project, files })
}

/// Whether a `.sqlfluffignore` of a folder above leaves a file out.
fn is_ignored(context: &CommandContext, path: &Path) -> bool {
    path.ancestors().skip(1).any(|folder| {
        // Most folders have none.
        let Ok(bytes) = context.system.read(&folder.join(".sqlfluffignore")) else {
            return false;
        };
        let mut patterns = GitignoreBuilder::new(folder);
        for line in String::from_utf8_lossy(&bytes).lines() {
            if let Err(error) = patterns.add_line(None, line) {
                tracing::warn!(%error, line, "a pattern of .sqlfluffignore means nothing");
            }
        }
        patterns
            .build()
            .is_ok_and(|it| it.matched_path_or_any_parents(path, false).is_ignore())
    })
}

/// What the command line names.
struct Wanted {
    paths: Vec<PathBuf>,
    selected: Option<BTreeSet<PathBuf>>,
}

impl Wanted {
    fn of(context: &CommandContext, config: &OpenConfig) -> anyhow::Result<Self> {
        let invocation = &context.invocation;
        let mut paths = Vec::new();
        for path in &invocation.positional {
            let path = normalized(&context.current_dir.join(path));
            if context.system.entry(&path).is_none() {
                bail!("there is no file or folder {}", path.display());
            }
            paths.push(path);
        }
        let is_selecting = ["select", "exclude"]
            .iter()
            .any(|it| !invocation.list(it).is_empty())
            || invocation.text("selector").is_some();
        let selected = is_selecting
            .then(|| selected(context, config))
            .transpose()?;
        Ok(Self { paths, selected })
    }

    fn has(&self, path: &Path) -> bool {
        let is_named = self.paths.is_empty() || self.paths.iter().any(|it| path.starts_with(it));
        is_named && self.selected.as_ref().is_none_or(|it| it.contains(path))
    }
}

/// The files of the nodes that a selection takes.
fn selected(context: &CommandContext, config: &OpenConfig) -> anyhow::Result<BTreeSet<PathBuf>> {
    use ResourceType::{Analysis, Model, Snapshot, Test};
    let project = open(&*context.system, config)?;
    let ids = project.select(context, &[Model, Snapshot, Test, Analysis])?;
    let nodes = ids.iter().filter_map(|id| project.manifest.nodes.get(id));
    Ok(nodes
        .map(|node| normalized(&config.root.join(&*node.original_file_path)))
        .collect())
}
