//! Documents opened, edited and closed: the edits of one turn of the loop become one change of the analysis.

use std::{path::PathBuf, sync::Arc, time::Instant};

use ide::{Change, FileProblem, FileText};
use tower_lsp::lsp_types::{
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
};

use crate::{discovery, documents::Document, paths::path_of, state::GlobalState};

impl GlobalState {
    pub(crate) fn on_opened(&mut self, params: DidOpenTextDocumentParams) {
        let opened = params.text_document;
        // `untitled:` and the like are in no project, so there is nothing to say about them.
        let Some(path) = path_of(&opened.uri) else {
            return;
        };
        let document = Document::new(opened.uri, opened.version, &opened.text);
        self.overlay
            .set(path.clone(), document.text(), opened.version);
        self.documents.open(path.clone(), document);
        let file = self.paths.intern(&path);
        self.edited.insert(file);
        self.opened.insert(file, true);
        if self.is_in_project(&path) {
            self.look_again_if_unknown(&path);
        } else if !self.projects.is_loading(Some(&path))
            && let Some(root) = discovery::project_around(&*self.overlay, &path)
        {
            let work = self.projects.found_by_document(root);
            self.start(work);
        }
    }

    pub(crate) fn on_changed(&mut self, params: DidChangeTextDocumentParams) {
        let identifier = params.text_document;
        let Some(path) = path_of(&identifier.uri) else {
            return;
        };
        let encoding = self.features.encoding;
        let Some(document) = self.documents.get_mut(&path) else {
            tracing::warn!(uri = %identifier.uri, "change of a document that is not open");
            return;
        };
        document.change(identifier.version, params.content_changes, encoding);
        let file = self.paths.intern(&path);
        self.edited.insert(file);
        self.publisher.clear_failed(file);
    }

    pub(crate) fn on_closed(&mut self, params: &DidCloseTextDocumentParams) {
        let Some(path) = path_of(&params.text_document.uri) else {
            return;
        };
        if self.documents.close(&path).is_none() {
            tracing::warn!(uri = %params.text_document.uri, "close of a document that is not open");
            return;
        }
        self.overlay.remove(&path);
        let file = self.paths.intern(&path);
        self.edited.remove(&file);
        self.opened.insert(file, false);
        self.shown_compiled.remove(&file);
        // What is on disk counts again: other text, or nothing if the file was deleted or never saved.
        self.on_files_changed(&[path]);
    }

    /// Tell the analysis about the edits since the last time.
    pub(crate) fn apply_edits(&mut self) {
        if self.edited.is_empty() && self.opened.is_empty() {
            return;
        }
        let mut change = Change {
            opened: std::mem::take(&mut self.opened).into_iter().collect(),
            ..Change::default()
        };
        let mut reshaped: Vec<PathBuf> = Vec::new();
        for file in std::mem::take(&mut self.edited) {
            let Some(path) = self.paths.path(file) else {
                continue;
            };
            let Some(document) = self.documents.get(&path) else {
                continue;
            };
            let text = document.text();
            self.overlay
                .set(path.to_path_buf(), text.clone(), document.version());
            change.texts.push((file, file_text(text)));
            if discovery::shapes_project(&path) {
                reshaped.push(path.to_path_buf());
            }
            self.schedule.diagnose_now(file);
        }
        self.apply(change);
        for path in reshaped {
            // The set of files may depend on it: `model-paths`, packages.
            self.reload_around(&path);
        }
    }

    /// The only way to change what the analysis knows: whatever was being computed is cancelled.
    pub(crate) fn apply(&mut self, change: Change) {
        self.host.apply_change(change);
        self.revision += 1;
        self.schedule.changed(Instant::now());
    }
}

/// A text of the editor's; one that is too large is as little analysed as on disk.
fn file_text(text: Arc<str>) -> FileText {
    let len = text.len() as u64;
    if len > ide::MAX_FILE_LEN {
        return FileText::problem(FileProblem::TooLarge { len });
    }
    FileText {
        text,
        problem: None,
    }
}
