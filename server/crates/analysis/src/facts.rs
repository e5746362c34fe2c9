//! What a file of SQL or Python says when it is parsed: refs, sources, configuration.
//!
//! `parsed` reads the text; `node_facts` keeps what other files can see of it. The second is the firewall: as long as
//! it stays the same, nothing outside the file is computed again.

use std::sync::Arc;

use base::{Diagnostic, SourceRange};
use jinja::{
    RenderHost, Template, TemplateInput,
    syntax::{CallSyntax, Literal, MacroKind, StaticCall},
    value::{from_literal, to_json},
};
use project::{
    config_merge::add_config_call,
    config_types::problem_in_call,
    files::FileKind,
    json::{JsonMap, JsonObject},
    node::{RefArgs, SourceArgs},
};
use salsa::Database;
use serde::Serialize;

use crate::{
    context::NodeContext,
    host::{OfflineHost, Phase, RENDERER, node_version},
    input::SourceFile,
    macros::macro_index,
    nodes::draft::draft_node,
    python,
    rendered::is_unknowable,
    source::template,
};

/// What other files can see of a template.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct NodeFacts {
    /// The block's name, for snapshots; empty for files that are one node.
    pub name: Arc<str>,
    /// In the order found, duplicates dropped.
    pub refs: Arc<[RefArgs]>,
    /// In the order found, duplicates dropped.
    pub sources: Arc<[SourceArgs]>,
    /// The functions of the project that are called, by name and package. In the order found, duplicates dropped.
    pub functions: Arc<[RefArgs]>,
    /// All `config()` calls together.
    pub config: JsonObject,
    /// Unique ids of the macros called while parsing.
    pub macros: Arc<[Arc<str>]>,
}

/// A part of a file that is one node, with its text's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedNode {
    /// What others see.
    pub facts: NodeFacts,
    /// The node's code: the whole file, or what stands between `snapshot` tags.
    pub range: SourceRange,
    /// What went wrong while parsing it.
    pub error: Option<Diagnostic>,
}

/// All nodes of a file, read or rendered with `execute` off.
#[salsa::tracked]
pub fn parsed(db: &dyn Database, file: SourceFile) -> Arc<[ParsedNode]> {
    match file.kind(db) {
        Some(FileKind::Seed) => {
            let whole = SourceRange::from_usize(0, file.text(db).len());
            Arc::new([ParsedNode {
                facts: NodeFacts::default(),
                range: whole,
                error: None,
            }])
        }
        Some(FileKind::Model | FileKind::Function) if file.path(db).ends_with(".py") => {
            let parsed = python::parsed(file.text(db));
            Arc::new([match file.kind(db) {
                Some(FileKind::Function) => python::without_materialization(parsed),
                _ => ParsedNode {
                    error: python::model_problem(file.text(db)),
                    ..parsed
                },
            }])
        }
        Some(FileKind::Snapshot) => {
            let blocks = template(db, file)
                .macros
                .iter()
                .filter(|block| block.kind == MacroKind::Snapshot);
            blocks
                .map(|block| ParsedNode {
                    facts: NodeFacts {
                        name: (&*block.name).into(),
                        ..NodeFacts::default()
                    },
                    range: block.body,
                    error: None,
                })
                .map(|node| rendered_facts(db, file, node))
                .collect()
        }
        Some(
            FileKind::Model | FileKind::Analysis | FileKind::SingularTest | FileKind::Function,
        ) => {
            let whole = SourceRange::from_usize(0, file.text(db).len());
            let node = ParsedNode {
                facts: NodeFacts::default(),
                range: whole,
                error: None,
            };
            let tree = template(db, file);
            let is_plain = file
                .project(db)
                .is_some_and(|project| !macro_index(db, project).replaces_ref());
            match static_facts(tree).filter(|_| is_plain) {
                Some(facts) => Arc::new([ParsedNode { facts, ..node }]),
                None => Arc::new([rendered_facts(db, file, node)]),
            }
        }
        _ => Arc::new([]),
    }
}

/// The same without places and errors.
#[salsa::tracked]
pub fn node_facts(db: &dyn Database, file: SourceFile) -> Arc<[NodeFacts]> {
    parsed(db, file)
        .iter()
        .map(|node| node.facts.clone())
        .collect()
}

/// Most models say all there is to know in literal calls.
pub(crate) fn static_facts(template: &Template) -> Option<NodeFacts> {
    let mut refs = Vec::new();
    let mut sources = Vec::new();
    let mut config = JsonMap::new();
    for call in template.static_facts()?.calls {
        match call {
            StaticCall::Ref(call) => refs.push(ref_of(call)?),
            StaticCall::Source(call) => sources.push(source_of(call)?),
            StaticCall::Config(call) => {
                let call = config_of(call)?;
                // What is wrong with it has to be said by the rendering.
                if call
                    .iter()
                    .any(|(name, value)| problem_in_call(name, value).is_some())
                {
                    return None;
                }
                add_config_call(&mut config, &call);
            }
            StaticCall::Var(_) => {}
        }
    }
    Some(NodeFacts {
        name: Arc::default(),
        // dbt's reader of literal calls keeps a set of sources, but a list of refs.
        refs: refs.into(),
        sources: unique(sources),
        functions: Arc::default(),
        config: config.into(),
        macros: Arc::default(),
    })
}

/// The arguments of a `ref` that is written in literals.
pub fn ref_of(call: &CallSyntax) -> Option<RefArgs> {
    let mut texts = call
        .positional()
        .map(|argument| argument.value.literal.as_ref().and_then(Literal::as_str));
    let (first, second) = (texts.next()??, texts.next());
    if texts.next().is_some() {
        return None;
    }
    let version = call.keyword("v").or_else(|| call.keyword("version"));
    let version = match version.map(|argument| argument.value.literal.as_ref()) {
        None => None,
        Some(literal) => node_version(&to_json(&from_literal(literal?))),
    };
    Some(match second {
        Some(second) => RefArgs {
            name: second?.into(),
            package: Some(first.into()),
            version,
        },
        None => RefArgs {
            name: first.into(),
            package: None,
            version,
        },
    })
}

/// The arguments of a `source` that is written in literals.
/// The arguments of a `source` that is written in literals.
pub fn source_of(call: &CallSyntax) -> Option<SourceArgs> {
    Some(SourceArgs {
        source: call.text_arg(0)?.into(),
        table: call.text_arg(1)?.into(),
    })
}

/// Keyword arguments, or those of one dict.
pub(crate) fn config_of(call: &CallSyntax) -> Option<JsonMap> {
    let mut config = JsonMap::new();
    for argument in &call.args {
        let value = to_json(&from_literal(argument.value.literal.as_ref()?));
        match (&argument.name, value) {
            (Some(name), value) => {
                config.insert(name.name.to_string(), value);
            }
            (None, serde_json::Value::Object(map)) => config.extend(map),
            (None, _) => return None,
        }
    }
    Some(config)
}

fn rendered_facts(db: &dyn Database, file: SourceFile, node: ParsedNode) -> ParsedNode {
    let draft = draft_node(db, file, &node.facts.name);
    let context = draft.map(|draft| {
        NodeContext::new(
            Arc::new(draft),
            crate::target::QuotePolicy::default().into(),
        )
    });
    let Some(host) = OfflineHost::for_file(db, file, Phase::Parse, context.clone()) else {
        return node;
    };
    let name = context
        .as_ref()
        .map_or("", |context| context.node().unique_id.as_str());
    let package = file
        .package(db)
        .map(|package| Arc::clone(package.name(db)))
        .unwrap_or_default();
    let text = node.range.of(file.text(db));
    let input = TemplateInput {
        name,
        package: &package,
        file: Some(file.id(db)),
        start: node.range.start,
        text,
    };
    let shared: Arc<dyn RenderHost> = host.clone();
    let rendered = RENDERER.render(&shared, input);
    let recorded = host.take_recorded();
    let error = rendered
        .error
        .filter(|error| !is_unknowable(db, file, error))
        .map(|error| error.diagnostic());
    let facts = NodeFacts {
        name: node.facts.name,
        refs: recorded.refs.into(),
        sources: recorded.sources.into(),
        functions: unique(recorded.functions),
        config: recorded.config.into(),
        macros: rendered
            .macros
            .iter()
            .filter(|used| used.is_direct)
            .map(|used| Arc::clone(&used.def.unique_id))
            .collect(),
    };
    ParsedNode {
        facts,
        range: node.range,
        error,
    }
}

/// In the order found.
pub(crate) fn unique<T: PartialEq>(items: Vec<T>) -> Arc<[T]> {
    let mut out: Vec<T> = Vec::with_capacity(items.len());
    for item in items {
        if !out.contains(&item) {
            out.push(item);
        }
    }
    out.into()
}
