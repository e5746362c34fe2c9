//! The target that a project is compiled for, from profiles.yml.

use std::{path::PathBuf, sync::Arc};

use jinja::Policy;
use project::{
    profiles::{Profile, ProfileError, ProfileRequest},
    reading::is_template,
};
use salsa::Database;

use crate::{
    input::Project,
    project_config::{root_file, root_package},
    source::yaml,
    yaml_render::render_project_text,
};

/// The profile and target in use, or why there is none.
#[salsa::tracked]
pub fn target(db: &dyn Database, project: Project) -> Arc<Result<Profile, ProfileError>> {
    let settings = project.settings(db);
    let Some(file) = project.profiles(db) else {
        let searched = settings
            .profiles_searched
            .iter()
            .map(PathBuf::from)
            .collect();
        return Arc::new(Err(ProfileError::NoFile { searched }));
    };
    let name = settings
        .profile
        .clone()
        .or_else(|| profile_name(db, project));
    let request = ProfileRequest {
        profile: name.as_deref(),
        target: settings.target.as_deref(),
        threads: settings.threads,
    };
    let render = |text: &str| render_project_text(db, project, text);
    Arc::new(Profile::read(&yaml(db, file).0, request, &render))
}

/// `profile:` of the project file, read from the tree: the project file itself may be rendered with the target.
fn profile_name(db: &dyn Database, project: Project) -> Option<String> {
    let file = root_package(db, project)?.project_file(db)?;
    let name = yaml(db, file).0.root().get("profile")?.raw()?.to_owned();
    if !is_template(&name) {
        return Some(name);
    }
    // A template that fails is a diagnostic of the project file.
    render_project_text(db, project, &name)
        .ok()?
        .as_str()
        .map(str::to_owned)
}

/// The adapter in use; DuckDB where no profile says, since that needs nothing to be installed.
#[salsa::tracked]
pub fn adapter_type(db: &dyn Database, project: Project) -> Arc<str> {
    match target(db, project).as_ref() {
        Ok(profile) => Arc::clone(&profile.adapter_type),
        Err(_) => "duckdb".into(),
    }
}

/// Where nodes go that do not say otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Defaults {
    /// The target's database.
    pub database: Option<Arc<str>>,
    /// The target's schema.
    pub schema: Arc<str>,
    /// Which parts of names are quoted.
    pub policy: QuotePolicy,
}

/// Which parts of names are quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct QuotePolicy {
    pub database: bool,
    pub schema: bool,
    pub identifier: bool,
}

impl Default for QuotePolicy {
    fn default() -> Self {
        Self {
            database: true,
            schema: true,
            identifier: true,
        }
    }
}

impl From<QuotePolicy> for Policy {
    fn from(policy: QuotePolicy) -> Self {
        Self {
            database: policy.database,
            schema: policy.schema,
            identifier: policy.identifier,
        }
    }
}

/// Target and quoting, as nodes need them.
#[salsa::tracked]
pub fn defaults(db: &dyn Database, project: Project) -> Arc<Defaults> {
    let (database, schema) = match target(db, project).as_ref() {
        Ok(profile) => (profile.database(), profile.schema()),
        Err(_) => (None, None),
    };
    let quoting = root_file(db, project).0.quoting;
    // Snowflake folds unquoted names to upper case, and dbt leaves them to it.
    let is_quoted = &**adapter_type(db, project) != "snowflake";
    let policy = QuotePolicy {
        database: quoting.database.unwrap_or(is_quoted),
        schema: quoting.schema.unwrap_or(is_quoted),
        identifier: quoting.identifier.unwrap_or(is_quoted),
    };
    Arc::new(Defaults {
        database,
        schema: schema.unwrap_or_default(),
        policy,
    })
}
