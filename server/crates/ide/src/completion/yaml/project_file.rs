//! dbt_project.yml: keys, directories, and the tree of configuration with the folders of the project.

use analysis::project_config::project_file;
use project::{
    node::{ResourceType, config_default_keys},
    project_file::{ResourcePaths, project_keys},
};

use super::{
    super::{CompletionKind, ENOUGH, Offer, Offers},
    complete_config_value, kind_of,
    line::Line,
    paths,
};
use crate::world::{Here, World};

/// Offer what can stand at this place.
pub(super) fn complete(world: World<'_>, here: &Here, line: &Line<'_>, offers: &mut Offers) {
    let is_path = |key: Option<&str>| {
        key.is_some_and(|key| {
            key.ends_with("-paths") || matches!(key, "clean-targets" | "target-path" | "log-path")
        })
    };
    if is_path(line.key) || line.key.is_none() && is_path(line.parent()) {
        let (typed, replace) = line.typed_behind(&[]);
        offers.begin(typed, replace);
        paths::add_resource_paths(world, here, offers);
        return;
    }
    let (typed, replace) = line.typed_behind(&[]);
    offers.begin(typed, replace);
    let section = line.section().and_then(section_of);
    match (line.key, section) {
        (None, _) if line.depth() == 0 => {
            for key in project_keys() {
                let snippet = if key.ends_with("-paths") {
                    format!("{key}: [\"$1\"]")
                } else {
                    format!("{key}: $0")
                };
                offers.add(Offer::new(key, CompletionKind::Key, 0).snippet(snippet));
            }
        }
        (None, Some(kind)) => complete_tree(world, here, line, kind, offers),
        (Some(key), Some(_)) => {
            complete_config_value(world, here, key.trim_start_matches('+'), offers);
        }
        _ => {}
    }
}

/// What a section configures.
fn section_of(key: &str) -> Option<ResourceType> {
    match key {
        "models" => Some(ResourceType::Model),
        "seeds" | "snapshots" | "sources" | "tests" | "data_tests" | "unit_tests" | "exposures" => {
            Some(kind_of(key))
        }
        _ => None,
    }
}

/// Packages, then folders and nodes below them, and keys of configuration with their `+`.
fn complete_tree(
    world: World<'_>,
    here: &Here,
    line: &Line<'_>,
    kind: ResourceType,
    offers: &mut Offers,
) {
    let mut path: Vec<&str> = line.keys.iter().rev().copied().collect();
    path.remove(0);
    let is_key = |name: &&str| name.starts_with('+');
    // Below `+meta:` there is no tree.
    if path.iter().any(is_key) {
        return;
    }
    let mut add = |name: &str, rank: u8| {
        let offer = Offer::new(name, CompletionKind::Key, rank);
        offers.add(offer.snippet(format!("{name}:\n  $0")));
    };
    match &*path {
        [] => {
            for name in here.macros(world).packages.keys() {
                add(name, 0);
            }
        }
        [package, folders @ ..] if **package == *here.package_name(world) => {
            let project = project_file(world.db, here.package);
            for root in resource_paths(&project.0.paths, kind) {
                let mut directory = root.to_string();
                for folder in folders {
                    directory.push('/');
                    directory.push_str(folder);
                }
                let mut n_added = 0;
                paths::add_children(world, here, &directory, |name| {
                    n_added += 1;
                    if n_added <= 10 * ENOUGH {
                        add(name, 0);
                    }
                });
            }
        }
        _ => {}
    }
    for key in config_default_keys(kind) {
        let label = format!("+{key}");
        let offer = Offer::new(&label, CompletionKind::Key, 1);
        offers.add(offer.snippet(format!("{label}: $0")));
    }
}

fn resource_paths(paths: &ResourcePaths, kind: ResourceType) -> &[std::sync::Arc<str>] {
    match kind {
        ResourceType::Seed => &paths.seeds,
        ResourceType::Snapshot => &paths.snapshots,
        ResourceType::Test => &paths.tests,
        _ => &paths.models,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    const SHOP: &str = "
//- /models/marts/orders.sql
select 1 as id
//- /models/staging/raw/stg_orders.sql
select 1 as id
//- /seeds/countries.csv
id
//- /profiles.yml
shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb}}}
//- /dbt_project.yml
name: shop
profile: shop
";

    /// The labels that are offered, the first few.
    fn check(yaml: &str, expected: &Expect) {
        let project = TestProject::new(&format!("{SHOP}{yaml}\n"));
        let found = project.analysis().completions(project.cursor.unwrap());
        let items = found.unwrap().items;
        let labels: Vec<&str> = items.iter().take(5).map(|item| &*item.label).collect();
        expected.assert_eq(&labels.join(" "));
    }

    #[test]
    fn directories_of_resources() {
        check("model-paths: [\"mod$0\"]", &expect!["models"]);
        check(
            "model-paths: [\"models\", \"$0\"]",
            &expect!["models seeds analyses assets docs"],
        );
        check("seed-paths:\n  - se$0", &expect!["seeds analyses assets"]);
        check("clean-targets: [tar$0]", &expect!["target"]);
    }

    #[test]
    fn keys_of_the_project() {
        check("model-p$0", &expect!["model-paths"]);
    }

    #[test]
    fn the_tree_has_packages_and_folders() {
        check(
            "models:\n  $0",
            &expect!["shop +access +alias +batch_size +begin"],
        );
        check(
            "models:\n  shop:\n    $0",
            &expect!["marts staging +access +alias +batch_size"],
        );
        check(
            "models:\n  shop:\n    staging:\n      $0",
            &expect!["raw +access +alias +batch_size +begin"],
        );
        check(
            "seeds:\n  shop:\n    $0",
            &expect!["countries +alias +batch_size +begin +column_types"],
        );
        check("models:\n  shop:\n    +mat$0", &expect!["+materialized"]);
        check(
            "models:\n  shop:\n    +materialized: in$0",
            &expect!["incremental"],
        );
        check("models:\n  shop:\n    +meta:\n      $0", &expect![[""]]);
    }
}
