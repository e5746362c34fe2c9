//! What is wrong with the descriptions of a properties file: they are templates, and `doc` may name a block that is not there.
//!
//! Nodes keep a description that cannot be rendered as it is written; here it becomes a diagnostic.

use std::sync::Arc;

use base::{Diagnostic, SourceRange};
use project::{
    properties::{ColumnProperties, Properties},
    reading::is_template,
};
use salsa::Database;

use crate::{input::SourceFile, source::properties, yaml_render::render_yaml_text};

/// One for each description that cannot be rendered, in the order of the file.
#[salsa::tracked]
pub fn description_errors(db: &dyn Database, file: SourceFile) -> Arc<[Diagnostic]> {
    let Some(package) = file.package(db) else {
        return Arc::default();
    };
    let mut found: Vec<Diagnostic> = descriptions(&properties(db, file).properties)
        .filter(|(_, text)| is_template(text))
        .filter_map(|(range, text)| {
            let message = render_yaml_text(db, Some(package), text).err()?;
            Some(Diagnostic::error("description", range, message))
        })
        .collect();
    found.sort();
    found.into()
}

fn descriptions(properties: &Properties) -> impl Iterator<Item = (SourceRange, &str)> {
    let nodes = [
        &properties.models,
        &properties.seeds,
        &properties.snapshots,
        &properties.analyses,
        &properties.functions,
        &properties.singular_tests,
    ];
    let nodes = nodes.into_iter().flatten();
    let versions = nodes.clone().flat_map(|node| &node.versions);
    let tables = properties.sources.iter().flat_map(|source| &source.tables);
    let columns = nodes
        .clone()
        .map(|node| &node.columns)
        .chain(versions.clone().map(|version| &version.columns))
        .chain(tables.clone().map(|table| &table.columns))
        .flatten();
    let own = nodes
        .map(|node| &node.description)
        .chain(versions.map(|version| &version.description))
        .chain(properties.sources.iter().map(|it| &it.description))
        .chain(tables.map(|table| &table.description))
        .chain(properties.macros.iter().map(|it| &it.description))
        .chain(properties.exposures.iter().map(|it| &it.description));
    own.flatten()
        .map(|text| (text.range, &*text.value))
        .chain(columns.filter_map(column))
}

fn column(column: &ColumnProperties) -> Option<(SourceRange, &str)> {
    Some((column.description_range?, &*column.column.description))
}
