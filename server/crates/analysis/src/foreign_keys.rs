//! What is wrong with the foreign keys of a properties file: `to` is a `ref` or a `source`, written as a call.

use std::sync::Arc;

use base::Diagnostic;
use project::{
    files::FileKind,
    node::{Constraint, ConstraintKind},
    properties::NodeProperties,
};
use salsa::Database;

use crate::{input::SourceFile, others::calls, source::properties};

/// Those that point at something that is no call; dbt goes no further.
#[salsa::tracked]
pub fn foreign_key_errors(db: &dyn Database, file: SourceFile) -> Arc<[Diagnostic]> {
    if file.kind(db) != Some(FileKind::Properties) {
        return Arc::default();
    }
    let models = properties(db, file).properties.models.iter();
    let found = models.flat_map(|model| {
        let name = &model.name;
        let wrong = constraints(model).filter_map(wrong_target);
        wrong.map(move |to| {
            let message = format!(
                "Invalid 'ref' or 'source' syntax on foreign key constraint 'to' on model {}: {to}.",
                name.value
            );
            Diagnostic::error("wrong-value", name.range, message)
        })
    });
    found.collect()
}

fn constraints(model: &NodeProperties) -> impl Iterator<Item = &Constraint> {
    let of_versions = model.versions.iter();
    let columns = of_versions
        .clone()
        .flat_map(|version| &version.columns)
        .chain(&model.columns);
    let of_columns = columns.flat_map(|column| column.column.constraints.iter());
    of_columns
        .chain(model.constraints.iter())
        .chain(of_versions.flat_map(|version| version.constraints.iter()))
}

fn wrong_target(constraint: &Constraint) -> Option<&str> {
    let to = constraint.to.as_deref()?;
    if constraint.kind != ConstraintKind::ForeignKey {
        return None;
    }
    let (refs, sources, _) = calls(std::iter::once(to));
    (refs.is_empty() && sources.is_empty()).then_some(to)
}
