//! What there is, in a few words.

use std::{path::PathBuf, sync::Arc};

use analysis::{Project, project_config::root_name, resolve::ref_index, target::target};
use project::node::ResourceType;

use crate::world::World;

/// A project in a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectOverview {
    /// The directory of `dbt_project.yml`.
    pub root: PathBuf,
    /// `name:`
    pub name: String,
    /// The target of the profile; `None` if no profile can be used.
    pub target: Option<String>,
    /// All targets of the profile.
    pub targets: Vec<String>,
    /// How many models it has, packages' included.
    pub n_models: usize,
}

pub(crate) fn overview(world: World<'_>, project: Project) -> ProjectOverview {
    let refs = ref_index(world.db, project).enabled.values();
    let mut models: Vec<_> = refs
        .flat_map(|by_package| by_package.values())
        .map(|target| &target.unique_id)
        .filter(|id| id.resource_type() == Some(ResourceType::Model))
        .collect();
    models.sort();
    models.dedup();
    let profile = Arc::clone(target(world.db, project));
    ProjectOverview {
        root: project.root(world.db).to_path_buf(),
        name: root_name(world.db, project).to_string(),
        target: profile
            .as_ref()
            .as_ref()
            .ok()
            .map(|it| it.target_name.to_string()),
        targets: profile.as_ref().as_ref().ok().map_or(Vec::new(), |it| {
            it.target_names.iter().map(ToString::to_string).collect()
        }),
        n_models: models.len(),
    }
}
