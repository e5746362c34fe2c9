//! `RunProject`: a project as it was when a run began, in plain data that every worker can read.
//!
//! The editor may change the files while a run goes on; a run sees one revision. Built by the binary from the analysis.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use analysis::manifest::Manifest;
use base::FileId;
use jinja::Policy;
use project::{
    json::JsonMap,
    node::{Node, UniqueId},
};

/// Everything about a project that running it needs.
#[derive(Debug, Clone)]
pub struct RunProject {
    /// The folder of `dbt_project.yml`.
    pub root: PathBuf,
    /// Where artifacts go, absolute.
    pub target_path: PathBuf,
    /// What the project comes to.
    pub manifest: Arc<Manifest>,
    /// `selectors.yml`, as the manifest has it.
    pub selectors: JsonMap,
    /// Where files lie.
    pub paths: BTreeMap<FileId, PathBuf>,
}

impl RunProject {
    /// A node of the project.
    pub fn node(&self, id: &UniqueId) -> Option<&Arc<Node>> {
        self.manifest.nodes.get(id)
    }

    /// The fields of the profile's target, as the profile has them.
    pub fn credentials(&self) -> JsonMap {
        self.manifest
            .profile
            .as_ref()
            .map(|profile| (*profile.credentials).clone())
            .unwrap_or_default()
    }

    /// The database that relations without one are in.
    pub fn default_database(&self) -> Option<String> {
        self.manifest
            .profile
            .as_ref()?
            .database()
            .as_deref()
            .map(str::to_owned)
    }

    pub(crate) fn quoting(&self) -> Policy {
        self.manifest.policy.into()
    }
}
