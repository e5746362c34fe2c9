//! A model's SQL as far as it can be known without a warehouse.

use std::sync::Arc;

use base::Diagnostic;
use jinja::{RenderError, RenderErrorKind, RenderHost, SourceMap, TemplateInput};
use salsa::Database;

use crate::{
    builtin,
    context::NodeContext,
    facts::parsed,
    host::{OfflineHost, Phase, RENDERER},
    input::SourceFile,
    nodes::nodes_of,
    target::{adapter_type, defaults},
};

/// What a template renders to with `execute` on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RenderedSql {
    /// The SQL; empty where rendering failed.
    pub sql: Arc<str>,
    /// Where each byte of it came from.
    pub source_map: Arc<SourceMap>,
    /// Why it failed, in places of the file.
    pub error: Option<Diagnostic>,
    /// What only a warehouse could have answered; with these, nothing may be concluded from what is missing.
    pub taints: Arc<[String]>,
}

/// The SQL of each node of a file.
#[salsa::tracked]
pub fn rendered(db: &dyn Database, file: SourceFile) -> Arc<[RenderedSql]> {
    let parts = parsed(db, file).iter();
    parts
        .zip(nodes_of(db, file).iter())
        .map(|(part, node)| {
            let policy = file
                .project(db)
                .map(|project| defaults(db, project).policy)
                .unwrap_or_default();
            let context = NodeContext::new(Arc::clone(node), policy.into());
            let Some(host) = OfflineHost::for_file(db, file, Phase::Compile, Some(context)) else {
                return RenderedSql::default();
            };
            let text = part.range.of(file.text(db));
            let input = TemplateInput {
                name: node.unique_id.as_str(),
                package: &node.package_name,
                file: Some(file.id(db)),
                start: part.range.start,
                text,
            };
            let shared: Arc<dyn RenderHost> = host.clone();
            let rendered = RENDERER.render(&shared, input);
            let recorded = host.take_recorded();
            let is_unknown = rendered
                .error
                .as_ref()
                .is_some_and(|error| is_unknowable(db, file, error));
            let taints = recorded
                .taints
                .into_iter()
                .chain(is_unknown.then(|| "warehouse".to_owned()));
            RenderedSql {
                sql: rendered.text.into(),
                source_map: Arc::new(rendered.source_map),
                error: rendered
                    .error
                    .filter(|_| !is_unknown)
                    .map(|error| error.diagnostic()),
                taints: taints.collect(),
            }
        })
        .collect()
}

/// Whether a failure says nothing of the template: only a warehouse could have answered, or the macros of its adapter, of which
/// we bring those of few.
pub(crate) fn is_unknowable(db: &dyn Database, file: SourceFile, error: &RenderError) -> bool {
    let is_left_to_adapter = || {
        let project = file.project(db);
        project.is_some_and(|project| !builtin::has_adapter(adapter_type(db, project)))
    };
    error.kind == RenderErrorKind::Unknown
        || error.code == "not-implemented" && is_left_to_adapter()
}
