//! What one file says, whatever the rest of the project is: templates, macros, YAML, properties, docs blocks.

use std::sync::Arc;

use base::{Diagnostic, SourceRange};
use jinja::{MacroDef, Template, syntax::MacroKind};
use project::{properties::Properties, yaml::Yaml};
use salsa::Database;

use crate::{
    input::{Package, SourceFile},
    yaml_render::render_yaml_text,
};

/// The tolerant tree of a template file.
#[salsa::tracked]
pub fn template(db: &dyn Database, file: SourceFile) -> Arc<Template> {
    Arc::new(Template::parse(file.text(db)))
}

/// The macros of a file, ready to be rendered.
#[salsa::tracked]
pub fn macro_definitions(db: &dyn Database, file: SourceFile) -> Arc<[Arc<MacroDef>]> {
    let package = file
        .package(db)
        .map(|package| Arc::clone(package.name(db)))
        .unwrap_or_default();
    let definitions = jinja::macro_defs(&package, file.id(db), file.text(db), template(db, file));
    definitions.into_iter().map(Arc::new).collect()
}

/// Their names alone, so that editing a body changes nothing for who only asks what there is.
#[salsa::tracked]
pub fn macro_names(db: &dyn Database, file: SourceFile) -> Arc<[Arc<str>]> {
    macro_definitions(db, file)
        .iter()
        .map(|definition| Arc::clone(&definition.name))
        .collect()
}

/// A YAML file as a tree with places; kept for a few files only, since reading it again is cheap.
#[salsa::tracked(lru = 64)]
pub fn yaml(db: &dyn Database, file: SourceFile) -> Arc<(Yaml, Vec<Diagnostic>)> {
    // Without white space at the end, as dbt reads it: a block of text that ends with the file ends without a line break.
    Arc::new(Yaml::parse(file.text(db).trim_end()))
}

/// What a properties file says, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileProperties {
    /// All entries that could be read.
    pub properties: Properties,
    /// Of YAML and of entries, sorted.
    pub diagnostics: Vec<Diagnostic>,
}

/// The entries of a properties file.
#[salsa::tracked]
pub fn properties(db: &dyn Database, file: SourceFile) -> Arc<FileProperties> {
    let tree = yaml(db, file);
    let (tree, mut diagnostics) = (&tree.0, tree.1.clone());
    let package = file.package(db);
    let render = |text: &str| render_yaml_text(db, package, text);
    let (properties, more) = Properties::read(file.id(db), tree, &render);
    diagnostics.extend(more);
    diagnostics.sort();
    Arc::new(FileProperties {
        properties,
        diagnostics,
    })
}

/// A `{% docs name %}` block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocsBlock {
    /// The name.
    pub name: Arc<str>,
    /// Where the name stands.
    pub name_range: SourceRange,
    /// From tag to tag.
    pub range: SourceRange,
    /// The text, trimmed as dbt does.
    pub contents: Arc<str>,
}

/// The docs blocks of a Markdown file.
#[salsa::tracked]
pub fn docs_blocks(db: &dyn Database, file: SourceFile) -> Arc<[DocsBlock]> {
    let text = file.text(db);
    let blocks = template(db, file)
        .macros
        .iter()
        .filter(|block| block.kind == MacroKind::Docs);
    blocks
        .map(|block| DocsBlock {
            name: (&*block.name).into(),
            name_range: block.name_range,
            range: block.range,
            contents: block.body.of(text).trim().into(),
        })
        .collect()
}

/// The files of a package that a predicate on their kind accepts.
pub(crate) fn files_of<'db>(
    db: &'db dyn Database,
    package: Package,
    accept: impl Fn(project::files::FileKind) -> bool + 'db,
) -> impl Iterator<Item = SourceFile> + 'db {
    package
        .files(db)
        .iter()
        .copied()
        .filter(move |file| file.kind(db).is_some_and(&accept))
}
