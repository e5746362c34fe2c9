//! The session's beginning, and the settings: at the start, and whenever the user changes them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use base::System;
use serde_json::{Value, json};
use tower_lsp::lsp_types::{
    DidChangeWatchedFilesRegistrationOptions, FileSystemWatcher, GlobPattern, InitializeParams,
    InitializeResult, MessageType, Registration,
};

use crate::{
    capabilities::{self, ClientFeatures},
    client::Outgoing,
    settings::Settings,
    state::GlobalState,
    watcher::{Depth, Watcher},
};

impl GlobalState {
    pub(crate) fn on_initialize(&mut self, params: &InitializeParams) -> InitializeResult {
        let features = ClientFeatures::read(params);
        self.progresses.set_can_create(features.create_progress);
        let result = capabilities::initialize_result(&features, self.services.version);
        self.features = Arc::new(features);
        let options = params.initialization_options.clone();
        self.first_settings = options.unwrap_or_default();
        self.set_settings(&self.first_settings.clone());
        // Loading begins before the client is told anything: that is the time to the first answer.
        match &params.workspace_folders {
            Some(folders) => {
                for folder in folders {
                    self.add_folder(&folder.uri);
                }
            }
            None => {
                if let Some(root) = &params.root_uri {
                    self.add_folder(root);
                }
            }
        }
        result
    }

    pub(crate) fn on_initialized(&mut self) {
        let mut registrations = Vec::new();
        if self.features.watches_files {
            registrations.push(watch_registration());
        }
        self.watch_ourselves();
        if self.features.register_configuration {
            registrations.push(Registration {
                id: "dagsmith/configuration".to_owned(),
                method: "workspace/didChangeConfiguration".to_owned(),
                register_options: Some(json!({"section": "dagsmith"})),
            });
        }
        if !registrations.is_empty() {
            self.say(Outgoing::Register(registrations));
        }
        if self.features.configuration {
            self.say(Outgoing::AskConfiguration);
        }
    }

    /// The client sends settings, or only says that there are new ones.
    pub(crate) fn on_configuration_changed(&mut self, settings: &Value) {
        if self.features.configuration {
            self.say(Outgoing::AskConfiguration);
        } else if let Some(section) = settings.get("dagsmith") {
            self.set_settings(section);
        }
    }

    /// What the client answers. One that takes its settings from `initializationOptions` alone knows of no section (Helix, eglot).
    pub(crate) fn on_configuration(&mut self, section: Value) {
        let section = match section {
            Value::Null => self.first_settings.clone(),
            said => said,
        };
        self.set_settings(&section);
    }

    fn set_settings(&mut self, section: &Value) {
        let (settings, problems) = Settings::read(section);
        for problem in problems {
            tracing::warn!("{problem}");
            if self.reported_settings.insert(problem.clone()) {
                self.say(Outgoing::LogMessage(MessageType::WARNING, problem));
            }
        }
        self.chosen.told(&settings);
        self.settle(settings);
    }

    /// Go by these settings, and by what commands chose, from now on.
    pub(crate) fn settle(&mut self, mut settings: Settings) {
        self.chosen.apply(&mut settings);
        let before = std::mem::replace(&mut self.settings, Arc::new(settings));
        let after = Arc::clone(&self.settings);
        if before.log_level != after.log_level {
            (self.services.set_log_level)(after.log_level);
        }
        if before.trusted != after.trusted && self.features.refresh_code_lenses {
            self.say(Outgoing::RefreshCodeLenses);
        }
        if before.inlay_hints != after.inlay_hints && self.features.refresh_inlay_hints {
            self.say(Outgoing::RefreshInlayHints);
        }
        if (before.binder, before.trusted) != (after.binder, after.trusted) {
            self.schedule.changed(Instant::now());
        }
        let is_same_project = before.target == after.target
            && before.profiles_dir == after.profiles_dir
            && before.vars == after.vars;
        self.schedule.status_changed();
        if !is_same_project {
            let roots: Vec<PathBuf> = self.projects.roots().cloned().collect();
            for root in roots {
                self.reload(&root);
            }
        }
    }

    fn watch_ourselves(&mut self) {
        match Watcher::new(self.events()) {
            Ok(watcher) => self.watcher = Some(watcher),
            Err(error) => {
                tracing::warn!(%error, "cannot watch files; reopen to see changes on disk");
            }
        }
        self.watch();
    }

    /// Tell our own watcher, if we have one, what there is to watch.
    pub(crate) fn watch(&mut self) {
        let folders: BTreeSet<&PathBuf> = self.projects.folders().collect();
        let is_inside = |path: &Path| {
            path.ancestors()
                .any(|dir| folders.contains(&dir.to_owned()))
        };
        let mut wanted: BTreeMap<PathBuf, Depth> = BTreeMap::new();
        let mut add = |dir: &Path, depth| {
            let is_known = dir.ancestors().any(|it| wanted.contains_key(it));
            if !is_known && !is_inside(dir) {
                wanted.insert(dir.to_owned(), depth);
            }
        };
        let outside = self.projects.roots().chain(self.loader.directories());
        // Sorted, so that a folder comes before what is in it.
        for dir in outside.collect::<BTreeSet<_>>() {
            add(dir, Depth::Deep);
        }
        let profiles = self.loader.profiles_files();
        for dir in profiles.filter_map(|file| nearest_folder(&*self.overlay, file)) {
            add(dir, Depth::Flat);
        }
        if !self.features.watches_files {
            let folders = folders.iter().map(|dir| ((*dir).clone(), Depth::Deep));
            wanted.extend(folders);
        }
        if let Some(watcher) = &mut self.watcher {
            watcher.watch(wanted);
        }
    }
}

/// The folder of a file, or the one in which that folder would be made: `~/.dbt`, or `~`.
fn nearest_folder<'a>(system: &dyn System, file: &'a Path) -> Option<&'a Path> {
    let mut folders = file.ancestors().skip(1).take(2);
    folders.find(|dir| system.is_dir(dir))
}

/// Every path: a folder that goes is reported as itself, and matches no pattern of files.
fn watch_registration() -> Registration {
    let options = DidChangeWatchedFilesRegistrationOptions {
        watchers: vec![FileSystemWatcher {
            glob_pattern: GlobPattern::String("**/*".to_owned()),
            kind: None,
        }],
    };
    Registration {
        id: "dagsmith/files".to_owned(),
        method: "workspace/didChangeWatchedFiles".to_owned(),
        register_options: serde_json::to_value(options).ok(),
    }
}
