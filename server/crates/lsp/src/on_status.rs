//! `dagsmith/status`, its notification, and compiled SQL that a client shows.

use std::{collections::BTreeMap, time::Instant};

use tower_lsp::lsp_types::Url;

use crate::{
    client::Outgoing,
    documents::Document,
    event::{Reply, Request},
    handlers,
    paths::{path_of, uri_of},
    proto_ext::{CompiledParams, CompiledResult, ProjectState, ProjectStatus, Status},
    state::GlobalState,
};

impl GlobalState {
    /// What is known at the moment; never waits for a project to be loaded.
    pub(crate) fn status(&self) -> Status {
        let known: BTreeMap<&Url, &ProjectStatus> = self
            .status
            .projects
            .iter()
            .map(|project| (&project.root, project))
            .collect();
        let projects = self.projects.roots().filter_map(|root| {
            let uri = uri_of(root)?;
            if let Some(status) = known.get(&uri) {
                return Some((*status).clone());
            }
            let name = root.file_name().map(|name| name.to_string_lossy());
            Some(ProjectStatus {
                root: uri,
                name: name.unwrap_or_default().into_owned(),
                target: None,
                targets: Vec::new(),
                models: 0,
                state: ProjectState::Loading,
            })
        });
        Status {
            version: self.status.version.clone(),
            projects: projects.collect(),
            defer_state: self
                .settings
                .defer_state
                .as_ref()
                .map(|it| it.display().to_string()),
        }
    }

    /// The analysis had a look at its projects.
    pub(crate) fn set_status(&mut self, projects: Vec<ProjectStatus>) {
        self.status.projects = projects;
        self.tell_status();
    }

    /// Tell the client, if what it would be told is new.
    pub(crate) fn tell_status(&mut self) {
        let status = self.status();
        if self.told_status.as_ref() != Some(&status) {
            self.told_status = Some(status.clone());
            self.say(Outgoing::StatusChanged(status));
        }
    }

    pub(crate) fn on_compiled_request(
        &mut self,
        params: CompiledParams,
        reply: Reply<CompiledResult>,
    ) {
        let path = path_of(&params.text_document.uri);
        if self.features.compiled_document
            && let Some((path, document)) =
                path.and_then(|path| Some((path.clone(), self.documents.get(&path)?)))
        {
            // The hash is not known yet: the first look at it is taken for what the client was told.
            let version = Document::version(document);
            let file = self.paths.intern(&path);
            self.shown_compiled.insert(file, (version, None));
            self.schedule.changed(Instant::now());
        }
        self.answer(
            Some(params.text_document.uri.clone()),
            (params, reply),
            handlers::compiled::compiled,
            Request::Compiled,
        );
    }
}
