//! Descriptions with their `doc()` calls answered.

use std::sync::Arc;

use jinja::Template;
use project::{
    node::{Column, Columns, UniqueId},
    reading::is_template,
};
use salsa::Database;
use serde_json::Value;

use crate::{input::Package, resolve::doc_target};

/// `doc()` calls replaced; a description that cannot be rendered stays as written and is a diagnostic of its file.
pub(crate) fn rendered_description(
    db: &dyn Database,
    package: Package,
    text: &Arc<str>,
) -> Arc<str> {
    if !is_template(text) {
        return Arc::clone(text);
    }
    match crate::yaml_render::render_yaml_text(db, Some(package), text) {
        Ok(Value::String(rendered)) => rendered.into(),
        Ok(Value::Null) => Arc::default(),
        Ok(other) => other.to_string().into(),
        Err(_) => Arc::clone(text),
    }
}

/// The docs blocks that a description is made of.
pub(crate) fn doc_blocks(db: &dyn Database, package: Package, text: &str) -> Arc<[UniqueId]> {
    if !is_template(text) {
        return Arc::default();
    }
    let template = Template::parse(text);
    let blocks = template.calls_of(&["doc"]).filter_map(|call| {
        let (first, second) = (call.text_arg(0)?, call.text_arg(1));
        let (wanted, name) = match second {
            Some(name) => (Some(first), name),
            None => (None, first),
        };
        let own = package.name(db);
        let (file, _) = doc_target(db, package.project(db), wanted, own, name)?;
        let owner = file.package(db)?;
        Some(UniqueId::from(format!("doc.{}.{name}", owner.name(db))))
    });
    blocks.collect()
}

pub(crate) fn rendered_columns(db: &dyn Database, package: Package, columns: &[Column]) -> Columns {
    let rendered = columns.iter().map(|column| Column {
        description: rendered_description(db, package, &column.description),
        doc_blocks: doc_blocks(db, package, &column.description),
        ..column.clone()
    });
    rendered.collect()
}
