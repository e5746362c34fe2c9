//! What the client shows as diagnostics: what the analysis found, and what the last runs failed at.
//!
//! Invariant: the client is told about a file when what it would show changes, and never with findings for another
//! version of an open document than the one it has.

use std::collections::BTreeMap;

use base::FileId;
use tower_lsp::lsp_types::{Diagnostic, PublishDiagnosticsParams, Url};

use crate::proto_ext::ProjectStatus;

/// Findings of the analysis, on their way to the main loop.
#[derive(Debug, Default)]
pub(crate) struct Diagnosed {
    /// The state of the inputs that was looked at.
    pub(crate) revision: u64,
    pub(crate) files: Vec<FileFindings>,
    /// The compiled SQL of documents that the client shows compiled.
    pub(crate) compiled: Vec<CompiledHash>,
    /// What `dagsmith/status` says of the loaded projects.
    pub(crate) projects: Option<Vec<ProjectStatus>>,
    /// The document that these are of, if it was looked at because of an edit.
    pub(crate) edited: Option<FileId>,
    /// What others see of a document, now that those whom it concerns have been looked at.
    pub(crate) seen: Option<(FileId, crate::diagnose::Seen)>,
    /// This was all of a look at everything.
    pub(crate) is_end: bool,
    /// An edit ended it early.
    pub(crate) is_cancelled: bool,
}

/// What tells whether a document's compiled SQL is still the same.
#[derive(Debug)]
pub(crate) struct CompiledHash {
    pub(crate) file: FileId,
    pub(crate) version: i32,
    pub(crate) hash: u64,
}

/// Findings in a file; none is a finding too.
#[derive(Debug)]
pub(crate) struct FileFindings {
    pub(crate) file: FileId,
    /// Of the open document that was looked at.
    pub(crate) version: Option<i32>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// A binder may have more to say.
    pub(crate) is_unbound: bool,
}

#[derive(Debug, Default, PartialEq)]
struct Shown {
    version: Option<i32>,
    diagnostics: Vec<Diagnostic>,
}

/// What was found where, and what the client has been told of it.
#[derive(Debug, Default)]
pub(crate) struct Publisher {
    found: BTreeMap<FileId, Vec<Diagnostic>>,
    /// By node, since a node that is run again says something new.
    failed: BTreeMap<FileId, BTreeMap<String, Diagnostic>>,
    shown: BTreeMap<FileId, Shown>,
}

impl Publisher {
    /// Tells whether that is something else than before.
    pub(crate) fn set_found(&mut self, file: FileId, diagnostics: Vec<Diagnostic>) -> bool {
        let before = self.found.get(&file).map_or(&[][..], Vec::as_slice);
        let is_news = before != diagnostics;
        set(&mut self.found, file, diagnostics);
        is_news
    }

    pub(crate) fn set_failed(&mut self, file: FileId, unique_id: &str, diagnostic: Diagnostic) {
        let failed = self.failed.entry(file).or_default();
        failed.insert(unique_id.to_owned(), diagnostic);
    }

    /// Whether a failure of the node is known.
    pub(crate) fn has_failed(&self, unique_id: &str) -> bool {
        self.failed
            .values()
            .any(|nodes| nodes.contains_key(unique_id))
    }

    /// Forget what runs failed at in this file.
    pub(crate) fn clear_failed(&mut self, file: FileId) {
        self.failed.remove(&file);
    }

    /// Forget what the last run of this node failed at; the files where that was.
    pub(crate) fn clear_failed_node(&mut self, unique_id: &str) -> Vec<FileId> {
        let mut cleared = Vec::new();
        self.failed.retain(|file, nodes| {
            if nodes.remove(unique_id).is_some() {
                cleared.push(*file);
            }
            !nodes.is_empty()
        });
        cleared
    }

    /// Files that the client shows something for, sorted.
    pub(crate) fn shown_files(&self) -> Vec<FileId> {
        self.shown.keys().copied().collect()
    }

    /// What runs failed at in a file.
    pub(crate) fn failed(&self, file: FileId) -> Vec<Diagnostic> {
        let failed = self.failed.get(&file).into_iter();
        failed.flat_map(BTreeMap::values).cloned().collect()
    }

    /// All files of which something is known, with that, by number.
    pub(crate) fn known(&self) -> BTreeMap<FileId, Vec<Diagnostic>> {
        let mut known = self.found.clone();
        for file in self.failed.keys() {
            known.entry(*file).or_default().extend(self.failed(*file));
        }
        known
    }

    /// What to tell the client about a file that it asks for itself: nothing, any more.
    pub(crate) fn withdrawal(
        &mut self,
        file: FileId,
        uri: Url,
    ) -> Option<PublishDiagnosticsParams> {
        let shown = self.shown.remove(&file)?;
        (!shown.diagnostics.is_empty()).then(|| PublishDiagnosticsParams {
            uri,
            diagnostics: Vec::new(),
            version: None,
        })
    }

    /// What to tell the client about the file, if it has to be told.
    pub(crate) fn message(
        &mut self,
        file: FileId,
        uri: Url,
        version: Option<i32>,
    ) -> Option<PublishDiagnosticsParams> {
        let mut diagnostics = self.found.get(&file).cloned().unwrap_or_default();
        diagnostics.extend(self.failed(file));
        let wanted = Shown {
            version,
            diagnostics: diagnostics.clone(),
        };
        let is_known = match self.shown.get(&file) {
            Some(shown) => *shown == wanted,
            None => wanted == Shown::default(),
        };
        if is_known {
            return None;
        }
        if wanted == Shown::default() {
            self.shown.remove(&file);
        } else {
            self.shown.insert(file, wanted);
        }
        Some(PublishDiagnosticsParams {
            uri,
            diagnostics,
            version,
        })
    }
}

fn set<T>(map: &mut BTreeMap<FileId, Vec<T>>, file: FileId, list: Vec<T>) {
    if list.is_empty() {
        map.remove(&file);
    } else {
        map.insert(file, list);
    }
}

#[cfg(test)]
mod tests {
    use tower_lsp::lsp_types::Range;

    use super::*;

    const FILE: FileId = FileId(1);

    fn problem(message: &str) -> Diagnostic {
        Diagnostic::new_simple(Range::default(), message.to_owned())
    }

    fn told(publisher: &mut Publisher, version: Option<i32>) -> Option<usize> {
        let uri = Url::parse("file:///p/a.sql").unwrap();
        let message = publisher.message(FILE, uri, version);
        message.map(|message| message.diagnostics.len())
    }

    #[test]
    fn says_only_what_is_new() {
        let mut publisher = Publisher::default();
        assert_eq!(told(&mut publisher, None), None);
        publisher.set_found(FILE, vec![problem("a")]);
        assert_eq!(told(&mut publisher, None), Some(1));
        assert_eq!(told(&mut publisher, None), None);
        publisher.set_found(FILE, Vec::new());
        assert_eq!(told(&mut publisher, None), Some(0));
        assert!(publisher.shown_files().is_empty());
    }

    #[test]
    fn every_version_of_an_open_document_is_answered() {
        let mut publisher = Publisher::default();
        assert_eq!(told(&mut publisher, Some(1)), Some(0));
        assert_eq!(told(&mut publisher, Some(2)), Some(0));
        assert_eq!(told(&mut publisher, Some(2)), None);
    }

    #[test]
    fn failures_of_runs_stay_until_cleared() {
        let mut publisher = Publisher::default();
        publisher.set_failed(FILE, "model.p.a", problem("failed"));
        publisher.set_found(FILE, vec![problem("a")]);
        assert_eq!(told(&mut publisher, None), Some(2));
        assert_eq!(publisher.clear_failed_node("model.p.a"), [FILE]);
        assert_eq!(told(&mut publisher, None), Some(1));
    }
}
