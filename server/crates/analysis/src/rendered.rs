//! A model's SQL as far as it can be known without a warehouse.

use std::sync::Arc;

use base::Diagnostic;
use jinja::{RenderError, RenderErrorKind, RenderHost, SourceMap, TemplateInput};
use project::node::Node;
use salsa::Database;

use crate::{
    builtin,
    context::NodeContext,
    facts::parsed,
    host::{OWN_RELATION, OfflineHost, Phase, RENDERER},
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

impl RenderedSql {
    /// Whether something that only a warehouse knows has a say in it. A node that asks whether it is there already gives the same
    /// columns either way: a table cannot change them.
    pub fn is_tainted(&self) -> bool {
        self.taints.iter().any(|taint| taint != OWN_RELATION)
    }
}

/// The SQL of each node of a file.
#[salsa::tracked]
pub fn rendered(db: &dyn Database, file: SourceFile) -> Arc<[RenderedSql]> {
    let parts = parsed(db, file).iter();
    parts
        .zip(nodes_of(db, file).iter())
        .map(|(part, node)| {
            let text = part.range.of(file.text(db));
            rendered_node(db, file, node, part.range.start, text)
        })
        .collect()
}

/// What a node of a file would render to if its code were `text`, all else being as it is: for edits that are looked at before
/// they are made. Nothing of it is kept.
pub fn rendered_as(
    db: &(impl Database + Sized),
    file: SourceFile,
    slot: u32,
    text: &str,
) -> RenderedSql {
    let part = parsed(db, file).get(slot as usize);
    let node = nodes_of(db, file).get(slot as usize);
    let (Some(part), Some(node)) = (part, node) else {
        return RenderedSql::default();
    };
    salsa::attach(db, || rendered_node(db, file, node, part.range.start, text))
}

fn rendered_node(
    db: &dyn Database,
    file: SourceFile,
    node: &Arc<Node>,
    start: u32,
    text: &str,
) -> RenderedSql {
    let policy = file
        .project(db)
        .map(|project| defaults(db, project).policy)
        .unwrap_or_default();
    let context = NodeContext::new(Arc::clone(node), policy.into());
    let Some(host) = OfflineHost::for_file(db, file, Phase::Compile, Some(context)) else {
        return RenderedSql::default();
    };
    let input = TemplateInput {
        name: node.unique_id.as_str(),
        package: &node.package_name,
        file: Some(file.id(db)),
        start,
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
