//! The configuration of a node: what all places say, merged as dbt merges it.

use std::sync::{Arc, LazyLock};

use project::{
    config_merge,
    json::{JsonMap, JsonObject},
    node::{Config, ConfigPool, Names, ResourceType},
    project_file::ProjectFile,
};
use salsa::Database;

use crate::{
    input::{Package, PackageKind},
    project_config::{project_file, root_file},
};

/// Equal configurations of all projects share one map.
static CONFIGS: LazyLock<ConfigPool> = LazyLock::new(ConfigPool::default);

/// Where the configuration of one thing comes from.
#[derive(Clone, Copy)]
pub(crate) struct ConfigLevels<'a> {
    pub(crate) package: Package,
    pub(crate) kind: ResourceType,
    pub(crate) fqn: &'a [Arc<str>],
    /// What its properties say.
    pub(crate) patch: Option<&'a JsonMap>,
    /// What its `config()` calls say.
    pub(crate) calls: Option<&'a JsonMap>,
}

impl ConfigLevels<'_> {
    /// Own project's tree, properties, `config()` calls, root project's tree: each over the one before.
    pub(crate) fn merged(&self, db: &dyn Database) -> Config {
        let of_tree = |file: &ProjectFile| file.config_levels(self.kind, self.fqn);
        let levels = self.all(db, of_tree, JsonMap::clone);
        config_merge::merged(self.kind, levels.iter(), &CONFIGS)
    }

    /// The same with the project's levels as written, the later replacing the earlier whole.
    pub(crate) fn unrendered(&self, db: &dyn Database) -> JsonObject {
        let of_tree = |file: &ProjectFile| file.unrendered_config_levels(self.kind, self.fqn);
        let of_calls = |calls: &JsonMap| {
            let pairs = calls.iter();
            let dashed = pairs.map(|(name, value)| (with_dash(name), value.clone()));
            dashed.collect()
        };
        let levels = self.all(db, of_tree, of_calls);
        levels.into_iter().flatten().collect::<JsonMap>().into()
    }

    /// dbt collects tags twice, and only the second time with those of properties, which thus come last.
    pub(super) fn tags(&self, db: &dyn Database, merged: &Config) -> Names {
        let of_config = |config: &Config| -> Vec<Arc<str>> {
            config.tags().into_iter().map(Arc::from).collect()
        };
        let mut tags = match self.patch {
            Some(patch) if patch.contains_key("tags") => {
                let without = Self {
                    patch: None,
                    ..*self
                };
                of_config(&without.merged(db))
            }
            _ => Vec::new(),
        };
        tags.extend(of_config(merged));
        crate::facts::unique(tags)
    }

    fn all(
        &self,
        db: &dyn Database,
        of_tree: impl Fn(&ProjectFile) -> Vec<JsonMap>,
        of_calls: impl Fn(&JsonMap) -> JsonMap,
    ) -> Vec<JsonMap> {
        let package = self.package;
        let mut levels = of_tree(&project_file(db, package).0);
        levels.extend(self.patch.cloned());
        levels.extend(self.calls.map(of_calls));
        if package.kind(db) != PackageKind::Root {
            levels.extend(of_tree(&root_file(db, package.project(db)).0));
        }
        levels
    }
}

/// `config(post_hook=..)` is the same as `post-hook`, which Jinja could not name.
fn with_dash(name: &str) -> String {
    match name {
        "pre_hook" => "pre-hook".to_owned(),
        "post_hook" => "post-hook".to_owned(),
        _ => name.to_owned(),
    }
}
