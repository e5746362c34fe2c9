//! `GlobalState`: everything that changes, owned by the main loop's thread and by nobody else.
//!
//! What acts on events is in `on_document`, `on_projects`, `on_settings`, `on_run` and `diagnose`, one `impl` each.
//! Others see the state only as a `Snapshot`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    },
    time::Instant,
};

use base::FileId;
use ide::AnalysisHost;
use serde_json::Value;
use tower_lsp::lsp_types::Url;

use crate::{
    Services,
    capabilities::ClientFeatures,
    client::{ClientSender, Outgoing},
    diagnose::Schedule,
    documents::{Document, Documents},
    event::{EventSender, Reply, Request},
    loader::Loader,
    node_runs::NodeRuns,
    on_session::Chosen,
    overlay::Overlay,
    paths::{Paths, path_of},
    pool::Pool,
    progress::Progresses,
    projects::Projects,
    proto_ext::Status,
    publish::Publisher,
    runs::Runs,
    settings::Settings,
    snapshot::Snapshot,
    told_tokens::ToldTokens,
    watcher::Watcher,
};

/// One for the answers, one for what can wait: the machine has other things to do, too.
const N_REQUEST_THREADS: usize = 2;

pub(crate) struct GlobalState {
    pub(crate) host: AnalysisHost,
    /// Counts the changes of `host`.
    pub(crate) revision: u64,
    pub(crate) paths: Arc<Paths>,
    pub(crate) overlay: Arc<Overlay>,
    pub(crate) documents: Documents,
    /// Open documents whose text `host` does not know yet.
    pub(crate) edited: BTreeSet<FileId>,
    /// Documents opened or closed since `host` was told.
    pub(crate) opened: BTreeMap<FileId, bool>,
    pub(crate) projects: Projects,
    pub(crate) loader: Loader,
    pub(crate) watcher: Option<Watcher>,
    pub(crate) features: Arc<ClientFeatures>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) chosen: Chosen,
    /// What the client said when it started the server: it holds where nothing is said later.
    pub(crate) first_settings: serde_json::Value,
    pub(crate) client: ClientSender,
    pub(crate) progresses: Progresses,
    pub(crate) publisher: Publisher,
    /// The client asks for the diagnostics of files that are not open.
    pub(crate) pulls_workspace: bool,
    /// The semantic tokens that the client has.
    tokens: Arc<ToldTokens>,
    pub(crate) node_runs: Arc<NodeRuns>,
    pub(crate) schedule: Schedule,
    pub(crate) runs: Runs,
    /// Open documents whose compiled SQL the client shows: its version and a hash of
    /// the SQL when it was looked at last.
    pub(crate) shown_compiled: BTreeMap<FileId, (i32, Option<u64>)>,
    pub(crate) status: Status,
    /// What the client was told of it.
    pub(crate) told_status: Option<Status>,
    /// Who wants to know it when everything is loaded.
    pub(crate) status_waiters: Vec<Reply<Option<Value>>>,
    /// What was wrong with the settings, as far as the client was told.
    pub(crate) reported_settings: BTreeSet<String>,
    pub(crate) services: Services,
    /// Requests that came before what they ask about was loaded.
    deferred: Vec<Request>,
    events: EventSender,
    pool: Pool,
}

impl GlobalState {
    pub(crate) fn new(
        services: Services,
        client: ClientSender,
        events: EventSender,
    ) -> std::io::Result<Self> {
        let paths = Arc::new(Paths::default());
        let overlay = Arc::new(Overlay::new(Arc::clone(&services.system)));
        Ok(Self {
            host: AnalysisHost::new(),
            revision: 0,
            loader: Loader::new(Arc::clone(&overlay), Arc::clone(&paths), events.clone())?,
            paths,
            overlay,
            documents: Documents::default(),
            edited: BTreeSet::new(),
            opened: BTreeMap::new(),
            projects: Projects::default(),
            watcher: None,
            features: Arc::default(),
            settings: Arc::default(),
            chosen: Chosen::default(),
            first_settings: serde_json::Value::Null,
            progresses: Progresses::new(client.clone()),
            client,
            publisher: Publisher::default(),
            pulls_workspace: false,
            tokens: Arc::default(),
            node_runs: Arc::default(),
            schedule: Schedule::default(),
            runs: Runs::new(services.runner.clone(), events.clone()),
            shown_compiled: BTreeMap::new(),
            status: Status {
                version: services.version.to_owned(),
                projects: Vec::new(),
                defer_state: None,
            },
            told_status: None,
            status_waiters: Vec::new(),
            reported_settings: BTreeSet::new(),
            services,
            deferred: Vec::new(),
            events,
            pool: Pool::new(N_REQUEST_THREADS)?,
        })
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot {
            analysis: self.host.analysis(),
            paths: Arc::clone(&self.paths),
            features: Arc::clone(&self.features),
            settings: Arc::clone(&self.settings),
            overlay: Arc::clone(&self.overlay),
            client: self.client.clone(),
            tokens: Arc::clone(&self.tokens),
            node_runs: Arc::clone(&self.node_runs),
            binds: self.is_binding_on(),
            version: self.services.version,
        }
    }

    /// Whether a binder may be asked: it runs nothing, but it is a lot of machinery for text of which nobody knows where it is from.
    pub(crate) fn is_binding_on(&self) -> bool {
        self.settings.binder && self.settings.trusted && self.services.binder.is_some()
    }

    pub(crate) fn events(&self) -> EventSender {
        self.events.clone()
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    pub(crate) fn say(&self, message: Outgoing) {
        self.client.send(message);
    }

    /// The open document of a file.
    pub(crate) fn document(&self, file: FileId) -> Option<&Document> {
        self.documents.get(&self.paths.path(file)?)
    }

    /// Whether an answer about the document, or about everything, would be given too early.
    pub(crate) fn is_loading(&self, uri: Option<&Url>) -> bool {
        match uri.map(path_of) {
            Some(Some(path)) => self.projects.is_loading(Some(&path)),
            Some(None) => false,
            None => self.projects.is_loading(None),
        }
    }

    /// Ask again when something is loaded.
    pub(crate) fn defer(&mut self, request: Request) {
        self.deferred.push(request);
    }

    pub(crate) fn take_deferred(&mut self) -> Vec<Request> {
        std::mem::take(&mut self.deferred)
    }

    pub(crate) fn freshness(&self, uri: &Url) -> Option<Freshness> {
        let document = self.documents.get(&path_of(uri)?)?;
        Some(Freshness {
            asked: document.version(),
            live: document.live_version(),
        })
    }

    /// When the loop has to act even if nothing happens.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        [self.progresses.next_due(), self.schedule.next_due()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Whether the client asks for the diagnostics of this file itself.
    pub(crate) fn is_pulled(&self, file: FileId) -> bool {
        self.features.pull_diagnostics && (self.pulls_workspace || self.document(file).is_some())
    }

    /// Take back what the client was told of a file before it began to ask for it.
    pub(crate) fn withdraw(&mut self, file: FileId) {
        let uri = self.paths.uri(file);
        if let Some(message) = uri.and_then(|uri| self.publisher.withdrawal(file, uri)) {
            self.client.send(Outgoing::Diagnostics(message));
        }
    }

    /// Publish what is known about the file, if the client does not know it.
    pub(crate) fn publish(&mut self, file: FileId) {
        if self.is_pulled(file) {
            self.withdraw(file);
            self.schedule.pulled_changed();
            return;
        }
        let Some(path) = self.paths.path(file) else {
            return;
        };
        let document = self.documents.get(&path);
        let version = document.map(Document::version);
        let uri = match document {
            Some(document) => Some(document.uri.clone()),
            None => crate::paths::uri_of(&path),
        };
        let message = uri.and_then(|uri| self.publisher.message(file, uri, version));
        if let Some(message) = message {
            self.client.send(Outgoing::Diagnostics(message));
        }
    }

    /// The projects that an open or changed path is part of; none is fine.
    pub(crate) fn is_in_project(&self, path: &Path) -> bool {
        self.projects.root_of(path).is_some()
    }
}

/// Whether a document was edited since a question about it was asked.
#[derive(Debug)]
pub(crate) struct Freshness {
    asked: i32,
    live: Arc<AtomicI32>,
}

impl Freshness {
    pub(crate) fn is_stale(&self) -> bool {
        self.live.load(Ordering::Acquire) != self.asked
    }
}
