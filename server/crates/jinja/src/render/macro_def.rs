//! `MacroDef`: a macro as the renderer runs it.
//!
//! Each macro is a template of its own, under a name that contains a hash of its content, so that compiled macros can
//! be cached for ever and an edit simply makes another one. `{% test %}` and `{% materialization %}` are macros with
//! dbt's names for them: `test_unique`, `materialization_table_default`.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use base::{FileId, SourceRange};

use crate::desugar::{OffsetMap, desugar_macro};
use crate::syntax::{MacroKind, MacroSyntax, Template};

/// One parameter, as a call has to fill it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MacroParam {
    /// The name.
    pub name: Box<str>,
    /// Whether a call may leave it out.
    pub has_default: bool,
}

/// A macro, ready to be rendered.
#[derive(Debug, Clone)]
pub struct MacroDef {
    /// `macro.package.name`.
    pub unique_id: Arc<str>,
    /// The package it is defined in.
    pub package: Arc<str>,
    /// dbt's name for it: `test_unique` for `{% test unique() %}`.
    pub name: Arc<str>,
    /// Which tag defines it.
    pub kind: MacroKind,
    /// The file.
    pub file: FileId,
    /// From the opening to the closing tag.
    pub range: SourceRange,
    /// The name as written.
    pub name_range: SourceRange,
    /// Parameters in order, without `varargs` and `kwargs`.
    pub params: Arc<[MacroParam]>,
    /// The body reads `varargs`.
    pub takes_varargs: bool,
    /// The body reads `kwargs`.
    pub takes_kwargs: bool,
    /// The body reads `caller`.
    pub takes_caller: bool,
    /// `supported_languages` of a materialization; `["sql"]` unless it says otherwise.
    pub supported_languages: Arc<[Box<str>]>,
    /// The name of its template: unique to its content.
    pub(crate) template_name: Arc<str>,
    /// What the engine compiles.
    pub(crate) source: Arc<str>,
    /// From offsets in `source` to offsets in the file.
    pub(crate) offsets: Arc<OffsetMap>,
}

/// Two definitions are equal when they render alike and sit at the same place.
impl PartialEq for MacroDef {
    fn eq(&self, other: &Self) -> bool {
        self.unique_id == other.unique_id
            && self.file == other.file
            && self.range == other.range
            && self.template_name == other.template_name
            && self.source == other.source
    }
}

impl Eq for MacroDef {}

impl Hash for MacroDef {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.template_name.hash(state);
        self.file.hash(state);
        self.range.hash(state);
    }
}

/// The macros a file defines, in order. `template` is the tree of `text`.
///
/// Blocks that dbt does not treat as macros (snapshots, docs, macros inside other macros) are left out.
pub fn macro_defs(package: &str, file: FileId, text: &str, template: &Template) -> Vec<MacroDef> {
    let package: Arc<str> = Arc::from(package);
    template
        .macros
        .iter()
        .filter(|it| !it.is_nested)
        .filter_map(|it| macro_def(&package, file, text, it))
        .collect()
}

fn macro_def(
    package: &Arc<str>,
    file: FileId,
    text: &str,
    syntax: &MacroSyntax,
) -> Option<MacroDef> {
    let name: Arc<str> = Arc::from(syntax.dbt_name()?);
    let unique_id: Arc<str> = Arc::from(format!("macro.{package}.{name}"));
    let (source, offsets) = desugar_macro(text, syntax);
    let mut hasher = std::hash::DefaultHasher::new();
    source.hash(&mut hasher);
    let template_name = Arc::from(format!("{unique_id}#{:016x}", hasher.finish()));
    Some(MacroDef {
        unique_id,
        package: Arc::clone(package),
        name,
        kind: syntax.kind,
        file,
        range: syntax.range,
        name_range: syntax.name_range,
        params: syntax
            .params
            .iter()
            .map(|param| MacroParam {
                name: param.name.clone(),
                has_default: param.default.is_some(),
            })
            .collect(),
        takes_varargs: syntax.reads_varargs,
        takes_kwargs: syntax.reads_kwargs,
        takes_caller: syntax.reads_caller,
        supported_languages: syntax.supported_languages.iter().cloned().collect(),
        template_name,
        source: Arc::from(source),
        offsets: Arc::new(offsets),
    })
}
