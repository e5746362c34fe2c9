//! Work-done progress: what takes long is shown, what is quick is not.
//!
//! Work that the user started is shown at once on the token of the request. Other work gets a token only after a
//! while, and is shown only if the client made a place for it; a client that never answers never sees it.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use tower_lsp::lsp_types::{
    ProgressToken, WorkDoneProgress, WorkDoneProgressBegin, WorkDoneProgressEnd,
    WorkDoneProgressReport,
};

use crate::client::{ClientSender, Outgoing};

/// Work that ends before this is not worth a flicker.
const PATIENCE: Duration = Duration::from_millis(300);

/// A piece of work that reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ProgressId(u64);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Too young to be shown.
    Young { since: Instant },
    /// The client was asked for a place.
    Asked,
    /// The client shows it.
    Shown,
}

#[derive(Debug)]
struct Progress {
    token: ProgressToken,
    title: String,
    is_cancellable: bool,
    stage: Stage,
    message: Option<String>,
    percentage: Option<u32>,
}

/// All work in progress.
#[derive(Debug)]
pub(crate) struct Progresses {
    client: ClientSender,
    /// The client can be asked for a place.
    can_create: bool,
    n_made: u64,
    active: BTreeMap<ProgressId, Progress>,
}

impl Progresses {
    pub(crate) fn new(client: ClientSender) -> Self {
        Self {
            client,
            can_create: false,
            n_made: 0,
            active: BTreeMap::new(),
        }
    }

    pub(crate) fn set_can_create(&mut self, can_create: bool) {
        self.can_create = can_create;
    }

    /// Work of our own, shown if it takes long.
    pub(crate) fn begin(&mut self, title: &str, now: Instant) -> ProgressId {
        self.insert(None, title, Stage::Young { since: now })
    }

    /// Work that the user asked for, with the token of the request if it has one.
    pub(crate) fn begin_asked_for(
        &mut self,
        token: Option<ProgressToken>,
        title: &str,
    ) -> ProgressId {
        let is_shown = token.is_some();
        let id = self.insert(token, title, Stage::Asked);
        if is_shown {
            self.show(id);
        } else {
            self.ask(id);
        }
        id
    }

    fn insert(&mut self, token: Option<ProgressToken>, title: &str, stage: Stage) -> ProgressId {
        self.n_made += 1;
        let id = ProgressId(self.n_made);
        let progress = Progress {
            token: token.unwrap_or_else(|| ProgressToken::String(format!("dagsmith/{}", id.0))),
            title: title.to_owned(),
            is_cancellable: matches!(stage, Stage::Asked),
            stage,
            message: None,
            percentage: None,
        };
        self.active.insert(id, progress);
        id
    }

    /// News; shown if the work is.
    pub(crate) fn report(&mut self, id: ProgressId, message: String, percentage: Option<u32>) {
        let Some(progress) = self.active.get_mut(&id) else {
            return;
        };
        progress.message = Some(message);
        progress.percentage = percentage;
        if progress.stage == Stage::Shown {
            let report = WorkDoneProgressReport {
                cancellable: Some(progress.is_cancellable),
                message: progress.message.clone(),
                percentage,
            };
            let step = WorkDoneProgress::Report(report);
            self.client
                .send(Outgoing::Progress(progress.token.clone(), step));
        }
    }

    pub(crate) fn end(&mut self, id: ProgressId, message: Option<String>) {
        let Some(progress) = self.active.remove(&id) else {
            return;
        };
        if progress.stage == Stage::Shown {
            let step = WorkDoneProgress::End(WorkDoneProgressEnd { message });
            self.client.send(Outgoing::Progress(progress.token, step));
        }
    }

    /// The client made a place.
    pub(crate) fn created(&mut self, token: &ProgressToken) {
        // Work that has ended meanwhile is no longer here, and its place stays empty.
        if let Some(id) = self.by_token(token) {
            self.show(id);
        }
    }

    pub(crate) fn by_token(&self, token: &ProgressToken) -> Option<ProgressId> {
        let found = self.active.iter().find(|(_, it)| it.token == *token);
        found.map(|(id, _)| *id)
    }

    /// When to call `show_due` next.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let due = self.active.values().filter_map(|it| match it.stage {
            Stage::Young { since } => Some(since + PATIENCE),
            Stage::Asked | Stage::Shown => None,
        });
        due.min()
    }

    /// Ask for places for the work that has taken long by now.
    pub(crate) fn show_due(&mut self, now: Instant) {
        let is_due =
            |it: &Progress| matches!(it.stage, Stage::Young { since } if since + PATIENCE <= now);
        let due: Vec<ProgressId> = self
            .active
            .iter()
            .filter(|(_, it)| is_due(it))
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            self.ask(id);
        }
    }

    fn ask(&mut self, id: ProgressId) {
        if let Some(progress) = self.active.get_mut(&id) {
            progress.stage = Stage::Asked;
            if self.can_create {
                self.client
                    .send(Outgoing::CreateProgress(progress.token.clone()));
            }
        }
    }

    fn show(&mut self, id: ProgressId) {
        if let Some(progress) = self.active.get_mut(&id) {
            progress.stage = Stage::Shown;
            let begin = WorkDoneProgressBegin {
                title: progress.title.clone(),
                cancellable: Some(progress.is_cancellable),
                message: progress.message.clone(),
                percentage: progress.percentage,
            };
            let step = WorkDoneProgress::Begin(begin);
            self.client
                .send(Outgoing::Progress(progress.token.clone(), step));
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::UnboundedReceiver;

    use super::*;

    fn progresses() -> (Progresses, UnboundedReceiver<Outgoing>) {
        let (client, rx) = ClientSender::new();
        let mut progresses = Progresses::new(client);
        progresses.set_can_create(true);
        (progresses, rx)
    }

    fn said(rx: &mut UnboundedReceiver<Outgoing>) -> Vec<&'static str> {
        std::iter::from_fn(|| rx.try_recv().ok())
            .map(|message| match message {
                Outgoing::CreateProgress(_) => "create",
                Outgoing::Progress(_, WorkDoneProgress::Begin(_)) => "begin",
                Outgoing::Progress(_, WorkDoneProgress::Report(_)) => "report",
                Outgoing::Progress(_, WorkDoneProgress::End(_)) => "end",
                _ => "other",
            })
            .collect()
    }

    #[test]
    fn quick_work_is_never_shown() {
        let (mut progresses, mut rx) = progresses();
        let start = Instant::now();
        let id = progresses.begin("loading", start);
        progresses.show_due(start + PATIENCE / 2);
        progresses.end(id, None);
        assert!(said(&mut rx).is_empty());
    }

    #[test]
    fn slow_work_is_shown_when_the_client_made_a_place() {
        let (mut progresses, mut rx) = progresses();
        let start = Instant::now();
        let id = progresses.begin("loading", start);
        assert_eq!(progresses.next_due(), Some(start + PATIENCE));
        progresses.show_due(start + PATIENCE);
        progresses.report(id, "too early".to_owned(), None);
        assert_eq!(said(&mut rx), ["create"]);
        progresses.created(&ProgressToken::String("dagsmith/1".to_owned()));
        progresses.report(id, "half".to_owned(), Some(50));
        progresses.end(id, None);
        assert_eq!(said(&mut rx), ["begin", "report", "end"]);
    }

    #[test]
    fn a_late_place_for_work_that_has_ended_stays_empty() {
        let (mut progresses, mut rx) = progresses();
        let id = progresses.begin_asked_for(None, "running");
        progresses.end(id, None);
        progresses.created(&ProgressToken::String("dagsmith/1".to_owned()));
        assert_eq!(said(&mut rx), ["create"]);
    }
}
