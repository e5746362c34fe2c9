//! Commands about the session itself: which target and which other environment it goes by, how it is, reading everything anew.

use std::path::PathBuf;

use base::System;
use serde_json::{Value, to_value};
use tower_lsp::{jsonrpc::Error, lsp_types::ExecuteCommandParams};

use crate::{
    capabilities::command,
    dispatch::request_failed,
    event::Reply,
    loader::LoadRequest,
    on_run::read_argument,
    proto_ext::{CommandArgument, DeferArgument, TargetArgument},
    runner::Deferral,
    settings::Settings,
    state::GlobalState,
};

/// What commands chose. It goes before the client's settings until they say something else than they did.
#[derive(Debug, Default)]
pub(crate) struct Chosen {
    said: Settings,
    target: Option<String>,
    defer: Option<DeferArgument>,
}

impl Chosen {
    /// The client said its settings.
    pub(crate) fn told(&mut self, settings: &Settings) {
        if settings.target != self.said.target {
            self.target = None;
        }
        let deferral = |it: &Settings| (it.defer_state.clone(), it.favor_state);
        if deferral(settings) != deferral(&self.said) {
            self.defer = None;
        }
        self.said = settings.clone();
    }

    pub(crate) fn apply(&self, settings: &mut Settings) {
        if let Some(target) = &self.target {
            settings.target = Some(target.clone());
        }
        if let Some(chosen) = &self.defer {
            settings.defer_state.clone_from(&chosen.state);
            settings.favor_state = chosen.favor_state.unwrap_or(settings.favor_state);
        }
    }
}

impl GlobalState {
    pub(crate) fn on_session_command(
        &mut self,
        params: &ExecuteCommandParams,
        reply: Reply<Option<Value>>,
    ) {
        let done = match params.command.as_str() {
            command::SET_TARGET => self.choose_target(params),
            command::DEFER => self.choose_deferral(params),
            command::REBUILD_INDEX => {
                self.read_everything();
                Ok(())
            }
            _ => {
                reply.send(self.status_value());
                return;
            }
        };
        match done {
            Ok(()) => self.status_waiters.push(reply),
            Err(error) => {
                reply.send(Err(error));
                return;
            }
        }
        if self.projects.is_any_loading() {
            // What is read anew may be as it was: the look at it is due in any case.
            self.schedule.changed(std::time::Instant::now());
        } else {
            self.answer_status_waiters();
        }
    }

    /// Everybody who waited for a session that has read everything.
    pub(crate) fn answer_status_waiters(&mut self) {
        if self.projects.is_any_loading() {
            return;
        }
        for waiter in std::mem::take(&mut self.status_waiters) {
            waiter.send(self.status_value());
        }
    }

    fn status_value(&self) -> Result<Option<Value>, Error> {
        to_value(self.status())
            .map(Some)
            .map_err(|_| Error::internal_error())
    }

    fn choose_target(&mut self, params: &ExecuteCommandParams) -> Result<(), Error> {
        let asked: TargetArgument = optional(params)?;
        let known = self.status.projects.iter().flat_map(|it| &it.targets);
        let known: Vec<&str> = known.map(String::as_str).collect();
        if let Some(target) = asked.target.as_deref()
            && !known.is_empty()
            && !known.contains(&target)
        {
            let message = format!("no profile has a target `{target}`");
            return Err(request_failed(base::or_did_you_mean(
                message, target, known,
            )));
        }
        self.chosen.target = asked.target;
        self.settle(self.chosen.said.clone());
        Ok(())
    }

    fn choose_deferral(&mut self, params: &ExecuteCommandParams) -> Result<(), Error> {
        let asked: DeferArgument = optional(params)?;
        if let Some(state) = &asked.state {
            let mut roots = self.projects.roots();
            // A path that is absolute stands for itself.
            let has_manifest = |root: &PathBuf| {
                let manifest = root.join(state).join("manifest.json");
                self.overlay.is_file(&manifest)
            };
            if !roots.any(has_manifest) {
                let message = format!("there is no manifest.json in {}", state.display());
                return Err(request_failed(message));
            }
        }
        self.chosen.defer = Some(asked);
        self.settle(self.chosen.said.clone());
        Ok(())
    }

    /// As if the session began: which projects there are, and every file of them.
    fn read_everything(&mut self) {
        let folders: Vec<PathBuf> = self.projects.folders().cloned().collect();
        for folder in folders {
            self.projects.search_again(&folder);
            self.loader.send(LoadRequest::Search(folder));
        }
        let roots: Vec<PathBuf> = self.projects.roots().cloned().collect();
        for root in roots {
            self.look_at_catalogs(&root);
            self.reload(&root);
        }
    }

    /// Where else a command is to read what is not built here.
    pub(crate) fn deferral(&self, argument: &CommandArgument) -> Result<Option<Deferral>, Error> {
        let is_asked = argument.defer == Some(true);
        if argument.defer == Some(false) {
            return Ok(None);
        }
        let state = argument.state.as_ref();
        match state.or(self.settings.defer_state.as_ref()) {
            Some(state) => Ok(Some(Deferral {
                state: state.clone(),
                favor_state: argument.favor_state.unwrap_or(self.settings.favor_state),
            })),
            None if is_asked => Err(request_failed(
                "there is nothing to defer to: `state`, or the setting `dagsmith.deferState`, names a folder with a manifest.json",
            )),
            None => Ok(None),
        }
    }
}

/// The argument of a command that needs none.
fn optional<T: Default + serde::de::DeserializeOwned>(
    params: &ExecuteCommandParams,
) -> Result<T, Error> {
    match params.arguments.first() {
        None | Some(Value::Null) => Ok(T::default()),
        Some(argument) => read_argument(params, argument.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_holds_until_the_settings_say_something_else() {
        let said = |target: Option<&str>| Settings {
            target: target.map(str::to_owned),
            ..Settings::default()
        };
        let after = |chosen: &Chosen, mut settings: Settings| {
            chosen.apply(&mut settings);
            settings.target
        };
        let mut chosen = Chosen::default();
        chosen.told(&said(Some("dev")));
        chosen.target = Some("prod".to_owned());
        // Another setting was changed, and all of them came.
        chosen.told(&said(Some("dev")));
        assert_eq!(after(&chosen, said(Some("dev"))).as_deref(), Some("prod"));
        chosen.told(&said(None));
        assert_eq!(after(&chosen, said(None)), None);
    }
}
