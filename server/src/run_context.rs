//! From a command line to the engine's session: flags, ids, who listens, what stops it.

mod batching;
pub(crate) mod warn_error;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use anyhow::bail;
use base::System;
use engine::{
    ArtifactMetadata, BatchResults, CancelToken, Event, Handling, MessageLevel, Reporter, RunFlags,
    Session, SessionParts, WarnErrorOptions,
};
use project::{json::JsonMap, node::UniqueId, project_file::DBT_VERSION};

use crate::{
    cli::Invocation,
    deprecations::Deprecations,
    open::{OpenConfig, OpenProject, context_flags, open, state::deferral},
    python::InstalledPython,
};

/// What every command gets.
#[derive(Clone)]
pub(crate) struct CommandContext {
    pub(crate) invocation: Invocation,
    pub(crate) system: Arc<dyn System>,
    pub(crate) reporter: Arc<dyn Reporter>,
    pub(crate) cancel: CancelToken,
    pub(crate) current_dir: PathBuf,
    pub(crate) metadata: ArtifactMetadata,
    /// Which warnings are errors.
    pub(crate) warnings: WarnErrorOptions,
    /// Of `retry`: what is done again.
    pub(crate) repeated: Option<Repeated>,
    /// What dbt will not always take.
    pub(crate) deprecations: Arc<Deprecations>,
}

/// What of an earlier run is done again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Repeated {
    /// These nodes instead of a selection.
    pub(crate) open: BTreeSet<UniqueId>,
    /// The models of which some batches were built and some were not.
    pub(crate) batches: BTreeMap<UniqueId, BatchResults>,
    /// When that run began.
    pub(crate) started_at: Option<SystemTime>,
}

impl CommandContext {
    /// The project, if it can be used, as the process's folder: paths in SQL and in profiles are relative to it, as dbt
    /// changes into it.
    pub(crate) fn open(&self) -> anyhow::Result<OpenProject> {
        let config = OpenConfig::of(&self.invocation, &*self.system, &self.current_dir)?;
        std::env::set_current_dir(&config.root)?;
        let project = open(&*self.system, &config)?;
        self.accept(&project)?;
        Ok(project)
    }

    /// Goes on only with a project that can be used; tells what is odd about it.
    pub(crate) fn accept(&self, open: &OpenProject) -> anyhow::Result<()> {
        let mut errors: Vec<&str> = open.errors.iter().map(String::as_str).collect();
        let are_errors = open
            .warnings
            .iter()
            .filter(|it| self.handling(it.event) == Handling::Error);
        errors.extend(are_errors.map(|it| &*it.text));
        if !errors.is_empty() {
            bail!(
                "the project has {}:\n  {}",
                engine::plural(errors.len(), "error"),
                errors.join("\n").replace('\n', "\n  ")
            );
        }
        let mut deprecations = open.deprecations.iter();
        deprecations.try_for_each(|it| self.deprecate(it.event, &it.text))?;
        open.warnings
            .iter()
            .try_for_each(|it| self.warn(it.event, &it.text))
    }

    /// Something the user should look at, under dbt's name for it; an error where the user wants it to be one.
    pub(crate) fn warn(&self, event: &'static str, text: &str) -> anyhow::Result<()> {
        match self.handling(event) {
            Handling::Error => bail!("{text}"),
            Handling::Warn => self.tell_warning(event, text),
            Handling::Silence => {}
        }
        Ok(())
    }

    fn handling(&self, event: &str) -> Handling {
        // dbt asks `--warn-error` about all warnings only where a project wants it.
        let is_asked = event != "MicrobatchModelNoEventTimeInputs"
            || self
                .invocation
                .is("require_all_warnings_handled_by_warn_error");
        if is_asked {
            self.warnings.handling(event)
        } else {
            Handling::Warn
        }
    }

    /// A warning that no option concerns.
    pub(crate) fn tell_warning(&self, event: &'static str, text: &str) {
        self.reporter.report(&Event::Message {
            level: MessageLevel::Warn,
            text,
            event,
            node: None,
        });
    }

    /// A session on the project's warehouse for these nodes.
    pub(crate) fn session(
        &self,
        open: &OpenProject,
        selected: &BTreeSet<UniqueId>,
    ) -> anyhow::Result<Arc<Session>> {
        let parts = SessionParts {
            project: Arc::clone(&open.run),
            warehouse: open.warehouse(&self.system)?,
            python: Arc::new(InstalledPython::new(&self.system, &open.run.root)),
            system: Arc::clone(&self.system),
            reporter: Arc::clone(&self.reporter),
            cancel: self.cancel.clone(),
            flags: RunFlags {
                deferral: deferral(&self.invocation, &*self.system, &open.run.root)?,
                ..self.run_flags(open)?
            },
            invocation_id: self.metadata.invocation_id.clone(),
            started_at: self.metadata.invocation_started_at,
        };
        Ok(Session::new(parts, selected))
    }

    fn run_flags(&self, open: &OpenProject) -> anyhow::Result<RunFlags> {
        let mut flags = run_flags(&self.invocation, open, &self.current_dir);
        let mut args = (*flags.args).clone();
        flags.batching = batching::batching(
            &self.invocation,
            self.repeated.as_ref(),
            self.metadata.invocation_started_at,
            &mut args,
        )?;
        args.insert("warn_error_options".to_owned(), self.warnings.to_json());
        flags.args = args.into();
        flags.warnings = self.warnings.clone();
        Ok(flags)
    }
}

/// Flags that `invocation_args_dict` and the artifacts have only where they are on.
const OFF_UNLESS_SAID: [&str; 8] = [
    "debug",
    "full_refresh",
    "fail_fast",
    "warn_error",
    "single_threaded",
    "log_cache_events",
    "store_failures",
    "use_experimental_parser",
];

fn run_flags(invocation: &Invocation, open: &OpenProject, current_dir: &Path) -> RunFlags {
    let credentials = open.run.credentials();
    let mut args: JsonMap = invocation.values().clone();
    // dbt leaves out what is off, of these alone.
    args.retain(|name, value| *value != false || !OFF_UNLESS_SAID.contains(&name.as_str()));
    args.insert("which".to_owned(), invocation.which().into());
    args.insert(
        "invocation_command".to_owned(),
        invocation.line.clone().into(),
    );
    args.insert(
        "project_dir".to_owned(),
        open.run.root.display().to_string().into(),
    );
    for (name, default) in [
        ("select", serde_json::json!([])),
        ("exclude", serde_json::json!([])),
        ("resource_types", serde_json::json!([])),
        ("exclude_resource_types", serde_json::json!([])),
        ("defer", false.into()),
        ("favor_state", false.into()),
    ] {
        args.entry(name).or_insert(default);
    }
    // The schema wants a mapping, which the line has as text.
    let vars = crate::open::mapping(invocation.text("vars").unwrap_or("{}")).unwrap_or_default();
    args.insert("vars".to_owned(), vars.into());
    RunFlags {
        full_refresh: invocation.is("full_refresh"),
        fail_fast: invocation.is("fail_fast"),
        store_failures: invocation.is("store_failures"),
        empty: invocation.is("empty"),
        warnings: WarnErrorOptions::default(),
        write_json: invocation.is("write_json"),
        sources_path: (invocation.command == "source freshness")
            .then(|| invocation.text("output").map(|path| current_dir.join(path)))
            .flatten(),
        deferral: engine::Deferral::default(),
        batching: engine::Batching::default(),
        disable_transactions: credentials.get("disable_transactions")
            == Some(&serde_json::Value::Bool(true)),
        context: context_flags(invocation).into(),
        args: args.into(),
    }
}

/// What artifacts say of this invocation.
pub(crate) fn metadata(system: &dyn System) -> ArtifactMetadata {
    let custom = system.env_vars().into_iter();
    let env = custom.filter_map(|(name, value)| {
        Some((
            name.strip_prefix("DBT_ENV_CUSTOM_ENV_")?.to_owned(),
            value.into(),
        ))
    });
    ArtifactMetadata {
        dbt_version: DBT_VERSION.to_owned(),
        invocation_id: uuid::Uuid::new_v4().to_string(),
        invocation_started_at: system.now(),
        env: env.collect(),
    }
}
