//! Arguments of calls: names in `ref`, `source`, `var`, `doc`, and keys and values of `config`.

use std::sync::Arc;

use analysis::{
    nodes::nodes_of,
    project_config::vars,
    resolve::{RefIndex, RefTarget, doc_index, function_index, ref_index, source_index},
};
use project::node::{Node, ResourceType, config_default_keys};

use super::{CompletionKind, ENOUGH, Offer, Offers, versions};
use crate::{
    symbol::{Thing, callee},
    world::{Here, World},
};

/// The argument that the cursor is in.
pub(crate) struct Argument<'a> {
    pub(crate) callee: &'a [String],
    pub(crate) position: usize,
    pub(crate) keyword: Option<&'a str>,
    pub(crate) before: &'a [Option<String>],
}

impl Argument<'_> {
    fn text_before(&self, nth: usize) -> Option<&str> {
        self.before.get(nth)?.as_deref()
    }
}

/// Offer what the string can hold.
pub(crate) fn complete(
    world: World<'_>,
    here: &Here,
    argument: &Argument<'_>,
    offers: &mut Offers,
) {
    let path: Vec<&str> = argument.callee.iter().map(String::as_str).collect();
    match (&*path, argument.keyword) {
        (["ref"], None) => {
            complete_ref(
                world,
                here,
                argument,
                ref_index(world.db, here.project),
                offers,
            );
        }
        (["ref"], Some("v" | "version")) => {
            versions::complete(world, here, argument.before, versions::Place::Text, offers);
        }
        (["function"], None) => {
            let index = function_index(world.db, here.project);
            complete_ref(world, here, argument, index, offers);
        }
        (["source"], None) => complete_source(world, here, argument, offers),
        (["var"], None) if argument.position == 0 => {
            for (name, value) in vars(world.db, here.package).iter() {
                offers.add(Offer::new(name, CompletionKind::Variable, 0).detail(value.to_string()));
            }
        }
        (["doc"], None) => {
            for name in doc_index(world.db, here.project).keys() {
                offers.add(Offer::new(name, CompletionKind::Doc, 0));
            }
        }
        (["config"], Some("materialized")) => {
            for name in materializations(world, here) {
                offers.add(Offer::new(&name, CompletionKind::Value, 0));
            }
        }
        (["config"], Some(key)) => {
            for value in values_of(key) {
                offers.add(Offer::new(value, CompletionKind::Value, 0));
            }
        }
        (["config", "get" | "require"], None) => {
            for key in config_default_keys(ResourceType::Model) {
                offers.add(Offer::new(key, CompletionKind::Key, 0));
            }
        }
        _ => {}
    }
}

fn complete_ref(
    world: World<'_>,
    here: &Here,
    argument: &Argument<'_>,
    index: &RefIndex,
    offers: &mut Offers,
) {
    let package = argument.text_before(0).filter(|_| argument.position == 1);
    if argument.position > 1 {
        return;
    }
    let mut found = Vec::new();
    for (name, by_package) in &index.enabled {
        // `orders.v2` is written `ref('orders', v=2)`.
        if name.contains(".v") {
            continue;
        }
        let Some(misfit) = offers.misfit(name) else {
            continue;
        };
        for (owner, target) in by_package {
            if package.is_none_or(|package| **owner == *package) {
                let is_foreign = **owner != *here.package_name(world);
                found.push((misfit, is_foreign, name, owner, target));
            }
        }
    }
    // Each node asked for costs as much as all the rest of its offer, and most of thousands are not shown.
    found.sort_by_key(|(misfit, is_foreign, name, ..)| (*misfit, *is_foreign, &***name));
    for (_, is_foreign, name, owner, target) in found.into_iter().take(ENOUGH) {
        offers.add(ref_offer(world, name, owner, is_foreign, target));
    }
}

fn ref_offer<'a>(
    world: World<'_>,
    name: &'a str,
    owner: &str,
    is_foreign: bool,
    target: &RefTarget,
) -> Offer<'a> {
    let kind = match target.unique_id.resource_type() {
        Some(ResourceType::Seed) => CompletionKind::Seed,
        Some(ResourceType::Snapshot) => CompletionKind::Snapshot,
        Some(ResourceType::Function) => CompletionKind::Function,
        _ => CompletionKind::Model,
    };
    let offer = Offer::new(name, kind, u8::from(is_foreign)).detail(owner);
    match node(world, target) {
        Some(node) => offer.doc(&*node.description),
        None => offer,
    }
}

/// The node behind a `ref`.
pub(crate) fn node(world: World<'_>, target: &RefTarget) -> Option<Arc<Node>> {
    nodes_of(world.db, target.file)
        .get(target.slot as usize)
        .cloned()
}

fn complete_source(world: World<'_>, here: &Here, argument: &Argument<'_>, offers: &mut Offers) {
    let index = source_index(world.db, here.project);
    match argument.position {
        0 => {
            for (source, _) in index.keys() {
                offers.add(Offer::new(source, CompletionKind::Source, 0));
            }
        }
        1 => {
            let wanted = argument.text_before(0);
            for (source, table) in index.keys() {
                if wanted.is_none_or(|wanted| **source == *wanted) {
                    offers.add(Offer::new(table, CompletionKind::Source, 0).detail(&**source));
                }
            }
        }
        _ => {}
    }
}

/// Names of materializations: dbt's, and those of the project and its packages.
pub(crate) fn materializations(world: World<'_>, here: &Here) -> Vec<String> {
    let macros = here.macros(world);
    let all = macros.packages.values().chain([&macros.builtin]);
    let mut names: Vec<String> = all
        .flat_map(|names| names.keys())
        .filter_map(|name| name.strip_prefix("materialization_")?.rsplit_once('_'))
        .map(|(name, _)| name.to_owned())
        .collect();
    names.push("ephemeral".to_owned());
    names.sort();
    names.dedup();
    names
}

/// The values that dbt knows for a key.
pub(crate) fn values_of(key: &str) -> &'static [&'static str] {
    match key {
        "on_schema_change" => &["ignore", "fail", "append_new_columns", "sync_all_columns"],
        "incremental_strategy" => &[
            "append",
            "delete+insert",
            "merge",
            "insert_overwrite",
            "microbatch",
        ],
        "batch_size" => &["hour", "day", "month", "year"],
        "access" => &["private", "protected", "public"],
        "severity" => &["error", "warn"],
        "strategy" => &["timestamp", "check"],
        "hard_deletes" => &["ignore", "invalidate", "new_record"],
        "materialized" => &[
            "view",
            "table",
            "incremental",
            "ephemeral",
            "materialized_view",
        ],
        _ => &[],
    }
}

/// `name=` of arguments that are not written yet.
pub(crate) fn complete_keywords(
    world: World<'_>,
    here: &Here,
    path: &[String],
    before: &[Option<String>],
    written: &[String],
    offers: &mut Offers,
) {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let names: Vec<String> = match callee(world, here, &path) {
        Some(Thing::Macros(keys)) => {
            let definition = keys
                .first()
                .and_then(|key| analysis::macros::macro_definition(world.db, here.project, *key));
            let params = definition
                .iter()
                .flat_map(|definition| definition.params.iter());
            params.map(|param| param.name.to_string()).collect()
        }
        Some(Thing::Builtin(builtin)) if builtin.name == "ref" => {
            let is_written = |name: &str| written.iter().any(|it| it == name);
            if versions::has_versions(world, here, before) && !is_written("version") {
                vec!["v".to_owned()]
            } else {
                Vec::new()
            }
        }
        Some(Thing::Builtin(builtin)) if builtin.name == "config" => {
            let keys = config_default_keys(ResourceType::Model);
            keys.into_iter().map(str::to_owned).collect()
        }
        _ => Vec::new(),
    };
    for name in names.iter().filter(|name| !written.contains(name)) {
        let offer = Offer::new(name, CompletionKind::Key, 0);
        offers.add(offer.snippet(format!("{name}=$0")));
    }
}
