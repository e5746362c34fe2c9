//! The configuration of a node: what all places say, merged as dbt merges it.

use std::sync::{Arc, LazyLock};

use project::{
    config_merge,
    json::{JsonMap, JsonObject},
    node::{Config, ConfigPool, Names, Node, ResourceType},
};
use salsa::Database;

use crate::{
    input::{Package, PackageKind},
    project_config::{project_file, root_file},
};

/// Equal configurations of all projects share one map.
static CONFIGS: LazyLock<ConfigPool> = LazyLock::new(ConfigPool::default);

/// Own project's tree, properties, `config()` calls, root project's tree: each over the one before.
pub(crate) fn merged_config(
    db: &dyn Database,
    package: Package,
    kind: ResourceType,
    fqn: &[Arc<str>],
    patch: Option<&JsonMap>,
    calls: &JsonMap,
) -> Config {
    let mut levels = project_file(db, package).0.config_levels(kind, fqn);
    levels.extend(patch.cloned());
    levels.push(calls.clone());
    if package.kind(db) != PackageKind::Root {
        levels.extend(
            root_file(db, package.project(db))
                .0
                .config_levels(kind, fqn),
        );
    }
    config_merge::merged(kind, levels.iter(), &CONFIGS)
}

/// The same with the project's levels as written, the later replacing the earlier whole.
pub(crate) fn unrendered_levels(
    db: &dyn Database,
    package: Package,
    kind: ResourceType,
    fqn: &[Arc<str>],
    patch: Option<&JsonMap>,
    calls: &JsonMap,
) -> JsonObject {
    let mut levels = project_file(db, package)
        .0
        .unrendered_config_levels(kind, fqn);
    levels.extend(patch.cloned());
    levels.push(
        calls
            .iter()
            .map(|(name, value)| (with_dash(name), value.clone()))
            .collect(),
    );
    if package.kind(db) != PackageKind::Root {
        levels.extend(
            root_file(db, package.project(db))
                .0
                .unrendered_config_levels(kind, fqn),
        );
    }
    levels.into_iter().flatten().collect::<JsonMap>().into()
}

/// `config(post_hook=..)` is the same as `post-hook`, which Jinja could not name.
fn with_dash(name: &str) -> String {
    match name {
        "pre_hook" => "pre-hook".to_owned(),
        "post_hook" => "post-hook".to_owned(),
        _ => name.to_owned(),
    }
}

/// dbt collects tags twice, and only the second time with those of properties, which thus come last.
pub(super) fn tags(
    db: &dyn Database,
    package: Package,
    node: &Node,
    patch: Option<&JsonMap>,
    calls: &JsonMap,
) -> Names {
    let of_config =
        |config: &Config| -> Vec<Arc<str>> { config.tags().into_iter().map(Arc::from).collect() };
    let kind = node.resource_type();
    let mut tags = match patch {
        Some(patch) if patch.contains_key("tags") => {
            of_config(&merged_config(db, package, kind, &node.fqn, None, calls))
        }
        _ => Vec::new(),
    };
    tags.extend(of_config(&node.config));
    crate::facts::unique(tags)
}
