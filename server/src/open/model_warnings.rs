//! What dbt warns of about models: those that are deprecated, and constraints that nobody enforces.

use std::{sync::Arc, time::SystemTime};

use analysis::Manifest;
use chrono::{DateTime, Utc};
use project::node::{ModelDetail, Node};

use super::Warning;

/// Models whose time is over, and what reads models whose time is over or will be.
pub(super) fn deprecated_models(manifest: &Manifest, now: SystemTime) -> Vec<Warning> {
    let now = DateTime::<Utc>::from(now);
    let mut found = Vec::new();
    for node in manifest.nodes.values() {
        let Some((model, date)) = node
            .model()
            .and_then(|model| Some((model, model.deprecation_date.as_deref()?)))
        else {
            continue;
        };
        let is_past = DateTime::parse_from_rfc3339(date).is_ok_and(|date| date < now);
        let named = shown(node, model);
        if is_past {
            found.push(Warning {
                event: "DeprecatedModel",
                text: format!(
                    "Model {named} has passed its deprecation date of {date}. This model should be disabled or removed."
                ),
            });
        }
        found.extend(readers(manifest, node).map(|reader| Warning {
            event: if is_past {
                "DeprecatedReference"
            } else {
                "UpcomingReferenceDeprecation"
            },
            text: format!(
                "While compiling '{}': Found a reference to {named}, which {} on '{date}'. {}",
                reader.name,
                if is_past {
                    "was deprecated"
                } else {
                    "is slated for deprecation"
                },
                newer(node, model, is_past)
            ),
        }));
    }
    found
}

/// `orders.v1`
fn shown(node: &Node, model: &ModelDetail) -> String {
    match &model.version {
        Some(version) => format!("{}.v{version}", node.name),
        None => node.name.to_string(),
    }
}

/// The models that read a node.
fn readers<'a>(manifest: &'a Manifest, node: &'a Node) -> impl Iterator<Item = &'a Arc<Node>> {
    let models = manifest.nodes.values().filter(|it| it.model().is_some());
    models.filter(|it| it.depends_on.nodes.contains(&node.unique_id))
}

fn newer(node: &Node, model: &ModelDetail, is_past: bool) -> String {
    let version = |version: &Option<_>| version.as_ref().map(ToString::to_string);
    let latest = version(&model.latest_version);
    match latest.filter(|_| model.version.is_some()) {
        Some(latest) if version(&model.version).as_ref() != Some(&latest) => format!(
            "A new version of '{name}' is available. {word}: {{{{ ref('{package}', '{name}', v='{latest}') }}}}.",
            name = node.name,
            package = node.package_name,
            word = if is_past { "Migrate now" } else { "Try it out" },
        ),
        _ => String::new(),
    }
}

/// Models with constraints that only tables have.
pub(super) fn unsupported_constraints(manifest: &Manifest) -> Vec<Warning> {
    let mut found = Vec::new();
    for node in manifest.nodes.values() {
        let Some(model) = node.model().filter(|_| node.config.is_contract_enforced()) else {
            continue;
        };
        let materialized = node.config.materialized();
        let of_columns = node.columns.values().flat_map(|it| it.constraints.iter());
        let mut constraints = of_columns.chain(model.constraints.iter());
        if !matches!(materialized, "table" | "incremental")
            && constraints.any(|it| it.warn_unsupported)
        {
            found.push(Warning {
                event: "UnsupportedConstraintMaterialization",
                text: format!(
                    "{}: Constraint types are not supported for {materialized} materializations and will be ignored.  Set 'warn_unsupported: false' on this \
                     constraint to ignore this warning.",
                    super::refusals::whose(node)
                ),
            });
        }
    }
    found
}
