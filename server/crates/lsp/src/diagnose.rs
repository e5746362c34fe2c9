//! When diagnostics are computed: the edited documents' at once, those of what reads them right behind if others see
//! something new of them, everything else's when the user pauses.
//!
//! Invariant: what was computed for another version of an open document than the client has is dropped.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use base::FileId;

use crate::{
    client::Outgoing,
    dispatch::{Answer, Failure},
    documents::Document,
    event::{Event, EventSender},
    handlers,
    pool::Urgency,
    proto_ext::CompiledChangedParams,
    publish::{CompiledHash, Diagnosed, FileFindings},
    snapshot::Snapshot,
    state::GlobalState,
    sweep::{Plan, sweep},
};

/// How long nobody must type before the rest of the project is looked at: it would be cancelled again by the next key.
const PAUSE: Duration = Duration::from_millis(60);

/// How many files' findings are reported at once, at most.
pub(crate) const BATCH: usize = 64;

/// Tells whether others see the same of a document; `None` where there is nothing to see.
pub(crate) type Seen = Option<u64>;

/// What has to be diagnosed, and when.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    /// Edited since they were last looked at.
    now: BTreeSet<FileId>,
    /// When to look at everything.
    sweep_at: Option<Instant>,
    is_sweeping: bool,
    /// Projects of which nothing is computed yet.
    unprimed: BTreeSet<Arc<Path>>,
    pulled: Pulled,
    /// `dagsmith/status` may have another answer.
    is_status_stale: bool,
    /// What others saw of a document when those whom it concerns were looked at last.
    seen: BTreeMap<FileId, Seen>,
    /// Open documents of which a binder may know more.
    pub(crate) unbound: BTreeSet<FileId>,
    pub(crate) is_binding: bool,
}

/// What the client has of the diagnostics that it asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Pulled {
    #[default]
    Current,
    /// There are others now.
    Stale,
    /// It was told so, and did not ask since.
    Told,
    /// The same, and there are others again.
    StaleSinceTold,
}

impl Schedule {
    /// What the client asked for is another now.
    pub(crate) fn pulled_changed(&mut self) {
        self.pulled = match self.pulled {
            Pulled::Current | Pulled::Stale => Pulled::Stale,
            Pulled::Told | Pulled::StaleSinceTold => Pulled::StaleSinceTold,
        };
    }

    /// The client asks.
    pub(crate) fn pulled(&mut self) {
        self.pulled = match self.pulled {
            Pulled::Current | Pulled::Told => Pulled::Current,
            Pulled::Stale | Pulled::StaleSinceTold => Pulled::Stale,
        };
    }

    /// Whether the client is to be told now.
    fn take_refresh(&mut self) -> bool {
        let is_due = self.pulled == Pulled::Stale;
        if is_due {
            self.pulled = Pulled::Told;
        }
        is_due
    }

    pub(crate) fn diagnose_now(&mut self, file: FileId) {
        self.now.insert(file);
    }

    pub(crate) fn prime(&mut self, root: Arc<Path>) {
        self.unprimed.insert(root);
    }

    pub(crate) fn changed(&mut self, now: Instant) {
        self.sweep_at = Some(now + PAUSE);
    }

    pub(crate) fn status_changed(&mut self) {
        self.is_status_stale = true;
    }

    pub(crate) fn next_due(&self) -> Option<Instant> {
        // While a sweep runs, its end is the event to wait for.
        self.sweep_at.filter(|_| !self.is_sweeping)
    }

    /// Nobody types, and all that is to be computed of our own is.
    pub(crate) fn is_idle(&self) -> bool {
        self.now.is_empty() && self.sweep_at.is_none() && !self.is_sweeping
    }

    fn is_sweep_due(&self, now: Instant) -> bool {
        self.next_due().is_some_and(|due| due <= now)
    }
}

/// What a job needs to know of a file.
pub(crate) struct Target {
    pub(crate) file: FileId,
    pub(crate) version: Option<i32>,
}

impl GlobalState {
    /// Start what is due. Called at the end of each turn of the loop, when all edits are applied.
    pub(crate) fn diagnose_due(&mut self, now: Instant) {
        for root in std::mem::take(&mut self.schedule.unprimed) {
            self.prime(root);
        }
        for file in std::mem::take(&mut self.schedule.now) {
            // Without its project a document has no meaning yet; `on_project_loaded` comes back to it.
            if self.loader.knows(file) {
                self.diagnose_document(file, true);
            }
        }
        if self.schedule.is_sweep_due(now) {
            self.schedule.sweep_at = None;
            self.sweep();
        }
        if self.schedule.take_refresh() {
            self.say(Outgoing::RefreshDiagnostics);
        }
        self.bind_due();
        if std::mem::take(&mut self.schedule.is_status_stale) {
            self.tell_status();
        }
    }

    /// The first question would have to look at every file, one after the other: the other cores help it.
    fn prime(&self, root: Arc<Path>) {
        let snapshot = self.snapshot();
        let events = self.events();
        self.pool().spawn(Urgency::Now, move || {
            // What was done before an edit is kept, and the rest goes on after it.
            if snapshot.analysis.prime(&root).is_err() {
                drop(snapshot);
                events.send(Event::Interrupted(root));
            }
        });
    }

    /// Also when a binder has answered, which is no edit.
    pub(crate) fn diagnose_document(&mut self, file: FileId, is_edit: bool) {
        let snapshot = self.snapshot();
        let version = self.document(file).map(Document::version);
        let revision = self.revision;
        let events = self.events();
        self.pool().spawn(Urgency::Now, move || {
            let target = Target { file, version };
            // If it was cancelled, the edit that did it has it diagnosed again.
            if let Ok(found) = findings(&snapshot, &target) {
                drop(snapshot);
                events.send(Event::Diagnosed(Diagnosed {
                    revision,
                    files: vec![found],
                    edited: is_edit.then_some(file),
                    ..Diagnosed::default()
                }));
            }
        });
    }

    /// Behind an edited document: files that read it, the open ones first, and what reads those. Whatever an edit comes before
    /// is left to what that edit starts; what is left after so many is found by the next look at everything.
    fn diagnose_concerned(&mut self, file: FileId) {
        let snapshot = self.snapshot();
        let before = self.schedule.seen.get(&file).copied();
        let documents = self.documents.iter();
        let open: BTreeMap<FileId, i32> = documents
            .map(|(path, document)| (self.paths.intern(path), document.version()))
            .collect();
        let (revision, sender) = (self.revision, self.events());
        self.pool().spawn(Urgency::Soon, move || {
            let work = || concerned(&snapshot, file, before, &open, revision, &sender);
            let outcome = catch_unwind(AssertUnwindSafe(work));
            if !matches!(outcome, Ok(Ok(()) | Err(Failure::Cancelled))) {
                tracing::error!("looking at what reads an edit failed");
            }
        });
    }

    fn sweep(&mut self) {
        self.schedule.is_sweeping = true;
        let snapshot = self.snapshot();
        let open: Vec<Target> = self
            .documents
            .iter()
            .map(|(path, document)| Target {
                file: self.paths.intern(path),
                version: Some(document.version()),
            })
            .filter(|target| self.loader.knows(target.file))
            .collect();
        let shown: BTreeSet<FileId> = self.publisher.shown_files().into_iter().collect();
        let compiled: Vec<(FileId, i32)> = self
            .shown_compiled
            .keys()
            .filter_map(|file| Some((*file, self.document(*file)?.version())))
            .collect();
        let plan = Plan {
            revision: self.revision,
            open,
            shown,
            compiled,
            sender: self.events(),
        };
        self.pool()
            .spawn(Urgency::Soon, move || sweep(snapshot, &plan));
    }

    pub(crate) fn on_diagnosed(&mut self, diagnosed: Diagnosed) {
        for found in diagnosed.files {
            let version = self.document(found.file).map(Document::version);
            // Also a file that was opened, closed or removed meanwhile: somebody else looks after it now.
            if version == found.version && self.loader.knows(found.file) {
                if found.is_unbound {
                    self.schedule.unbound.insert(found.file);
                }
                let is_news = self.publisher.set_found(found.file, found.diagnostics);
                if !self.is_pulled(found.file) {
                    self.publish(found.file);
                    continue;
                }
                self.withdraw(found.file);
                // For a document that it edits the client asks by itself.
                if is_news && diagnosed.edited != Some(found.file) {
                    self.schedule.pulled_changed();
                }
            }
        }
        if let Some(file) = diagnosed.edited
            && diagnosed.revision == self.revision
        {
            self.diagnose_concerned(file);
        }
        if let Some((file, seen)) = diagnosed.seen {
            self.schedule.seen.insert(file, seen);
        }
        for compiled in diagnosed.compiled {
            self.on_compiled(&compiled);
        }
        if let Some(projects) = diagnosed.projects {
            self.set_status(projects);
            if diagnosed.revision == self.revision {
                self.answer_status_waiters();
            }
        }
        if diagnosed.is_end {
            self.schedule.is_sweeping = false;
            if diagnosed.is_cancelled || diagnosed.revision != self.revision {
                self.schedule.sweep_at.get_or_insert_with(Instant::now);
            }
        }
    }

    /// Tell the client that compiled SQL which it shows is another one, although nobody edited the document.
    fn on_compiled(&mut self, compiled: &CompiledHash) {
        let Some(shown) = self.shown_compiled.get_mut(&compiled.file) else {
            return;
        };
        let (version, hash) = *shown;
        *shown = (compiled.version, Some(compiled.hash));
        // After an edit in the document the client asks by itself.
        if version == compiled.version
            && hash.is_some_and(|hash| hash != compiled.hash)
            && let Some(document) = self.document(compiled.file)
        {
            let uri = document.uri.clone();
            self.say(Outgoing::CompiledChanged(CompiledChangedParams { uri }));
        }
    }
}

/// How many files behind an edit are looked at before the user pauses.
const MAX_CONCERNED: usize = 256;

fn concerned(
    snapshot: &Snapshot,
    file: FileId,
    before: Option<Seen>,
    open: &BTreeMap<FileId, i32>,
    revision: u64,
    sender: &EventSender,
) -> Answer<()> {
    let seen = snapshot.analysis.seen_by_others(file)?;
    let is_news = before != Some(seen);
    let mut done = BTreeSet::from([file]);
    let mut ring = vec![file];
    while is_news && !ring.is_empty() && done.len() < MAX_CONCERNED {
        let found = snapshot.analysis.concerned_files(&ring)?;
        let (shown, others): (Vec<FileId>, Vec<FileId>) =
            found.into_iter().partition(|it| open.contains_key(it));
        ring = shown.into_iter().chain(others).collect();
        ring.retain(|it| done.insert(*it));
        ring.truncate(MAX_CONCERNED);
        for files in ring.chunks(BATCH) {
            let findings = files.iter().map(|file| {
                let version = open.get(file).copied();
                findings(
                    snapshot,
                    &Target {
                        file: *file,
                        version,
                    },
                )
            });
            let files = findings.collect::<Answer<Vec<_>>>()?;
            sender.send(Event::Diagnosed(Diagnosed {
                revision,
                files,
                ..Diagnosed::default()
            }));
        }
    }
    sender.send(Event::Diagnosed(Diagnosed {
        revision,
        seen: Some((file, seen)),
        ..Diagnosed::default()
    }));
    Ok(())
}

/// What tells one compiled text from another.
pub(crate) fn hash_of(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

pub(crate) fn findings(snapshot: &Snapshot, target: &Target) -> Answer<FileFindings> {
    let is_open = target.version.is_some();
    let work = || handlers::diagnostics::diagnostics(snapshot, target.file, is_open);
    let (diagnostics, is_unbound) = if let Ok(found) = catch_unwind(AssertUnwindSafe(work)) {
        found?
    } else {
        tracing::error!(file = ?snapshot.paths.path(target.file), "diagnostics panicked");
        (Vec::new(), false)
    };
    Ok(FileFindings {
        file: target.file,
        version: target.version,
        diagnostics,
        is_unbound,
    })
}
