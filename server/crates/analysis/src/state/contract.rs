//! Promises of models that an earlier state made, and what has become of them.
//!
//! A breach is a warning for a model without versions and an error for a version: that is what versions are for.

use std::collections::BTreeSet;

use project::selector::SelectorError;
use serde_json::Value;

use super::{PreviousState, StateResource};
use crate::manifest::Manifest;

/// What has become of a promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ContractChange {
    /// It is as it was.
    None,
    /// It changed, and nobody who relied on it needs to care.
    Compatible,
    /// It was broken: how, for people.
    Breaking(Vec<String>),
}

/// Compares the promises of a model then and now.
pub(super) fn compare(new: &StateResource, old: &StateResource) -> ContractChange {
    if !old.contract.enforced {
        return if new.contract.enforced {
            ContractChange::Compatible
        } else {
            ContractChange::None
        };
    }
    if new.contract.enforced && new.contract.checksum == old.contract.checksum {
        return ContractChange::None;
    }
    let mut changes = Vec::new();
    if !new.contract.enforced {
        changes.push(
            "Contract enforcement was removed: Previously, this model had an enforced contract. It is no longer configured to \
             enforce its contract, and this is a breaking change."
                .to_owned(),
        );
    }
    changes.extend(listed("Columns were removed", &removed_columns(new, old)));
    changes.extend(listed(
        "Columns with data_type changes",
        &changed_types(new, old),
    ));
    if enforces_constraints(old) {
        changes.extend(listed(
            "Enforced column level constraints were removed",
            &removed_column_constraints(new, old),
        ));
        let removed = old
            .constraints
            .iter()
            .filter(|it| !new.constraints.contains(it));
        let removed = removed.map(|it| {
            let columns = it.get("columns").unwrap_or(&Value::Null);
            format!("'{}' constraint on columns {columns}", constraint_name(it))
        });
        changes.extend(listed(
            "Enforced model level constraints were removed",
            &removed.collect::<Vec<_>>(),
        ));
        let has_constraints = !old.constraints.is_empty()
            || old.columns.values().any(|it| !it.constraints.is_empty());
        if has_constraints && !enforces_constraints(new) {
            changes.extend(listed(
                "Materialization changed with enforced constraints",
                &[format!("{} -> {}", old.materialized(), new.materialized())],
            ));
        }
    }
    if changes.is_empty() {
        ContractChange::Compatible
    } else {
        ContractChange::Breaking(changes)
    }
}

fn listed(title: &str, items: &[String]) -> Option<String> {
    (!items.is_empty()).then(|| format!("{title}: \n    - {}", items.join("\n    - ")))
}

fn enforces_constraints(model: &StateResource) -> bool {
    matches!(model.materialized(), "table" | "incremental")
}

fn removed_columns(new: &StateResource, old: &StateResource) -> Vec<String> {
    let names = old.columns.keys();
    names
        .filter(|name| !new.columns.contains_key(*name))
        .cloned()
        .collect()
}

/// A larger size or precision breaks nothing.
fn changed_types(new: &StateResource, old: &StateResource) -> Vec<String> {
    let base = |text: &Option<String>| {
        let text = text.clone().unwrap_or_default().to_lowercase();
        text.split('(').next().unwrap_or_default().trim().to_owned()
    };
    let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "None".to_owned());
    let change = |(name, column): (&String, &super::resource::StateColumn)| {
        let now = &new.columns.get(name)?.data_type;
        let differs = *now != column.data_type && base(now) != base(&column.data_type);
        differs.then(|| format!("{name} ({} -> {})", shown(&column.data_type), shown(now)))
    };
    old.columns.iter().filter_map(change).collect()
}

fn removed_column_constraints(new: &StateResource, old: &StateResource) -> Vec<String> {
    let mut removed = Vec::new();
    for (name, column) in &old.columns {
        let Some(now) = new.columns.get(name) else {
            continue;
        };
        let gone = column
            .constraints
            .iter()
            .filter(|it| !now.constraints.contains(it));
        removed.extend(
            gone.map(|it| format!("'{}' constraint on column {name}", constraint_name(it))),
        );
    }
    removed
}

fn constraint_name(constraint: &Value) -> String {
    let text = |key: &str| constraint.get(key).and_then(Value::as_str);
    text("name")
        .or_else(|| text("type"))
        .unwrap_or_default()
        .to_owned()
}

/// Tells of a breach.
pub(super) fn breach(
    model: &StateResource,
    changes: &[String],
    warnings: &mut BTreeSet<String>,
) -> Result<(), SelectorError> {
    let changes = changes.join("\n  - ");
    if model.version.is_null() {
        warnings.insert(format!(
            "Breaking change to contracted, unversioned model {}\nWhile comparing to previous project state, dbt detected a \
             breaking change to an unversioned model.\n  - {changes}",
            model.name
        ));
        return Ok(());
    }
    Err(SelectorError {
        message: format!(
            "This model has an enforced contract that failed.\nWhile comparing to previous project state, dbt detected a breaking \
             change to {} v{}.\n  - {changes}\nConsider making an additive (non-breaking) change instead, if possible. \
             Otherwise, create a new model version.",
            model.name,
            model.version.to_string().trim_matches('"')
        ),
    })
}

/// Models whose promises went away with them.
pub(super) fn check_removed(
    manifest: &Manifest,
    state: &PreviousState,
    warnings: &mut BTreeSet<String>,
) -> Result<(), SelectorError> {
    let previous = state.manifest.iter().flat_map(|it| it.resources.iter());
    for (id, model) in previous {
        let is_there = manifest.nodes.contains_key(id);
        if is_there || model.resource_type != "model" || !model.contract.enforced {
            continue;
        }
        let is_over = model
            .deprecation_date
            .as_ref()
            .is_some_and(|date| date.get(..10).unwrap_or_default() < state.today.as_str());
        if is_over {
            continue;
        }
        let how = if manifest.disabled.contains_key(id) {
            "disabled"
        } else {
            "deleted or renamed"
        };
        breach(
            model,
            &[format!("Contracted model '{id}' was {how}.")],
            warnings,
        )?;
    }
    Ok(())
}
