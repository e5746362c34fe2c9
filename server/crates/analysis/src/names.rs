//! Names of relations: `generate_schema_name`, `generate_alias_name`, `generate_database_name`.
//!
//! Most projects leave these macros alone or override one of them. The built-in ones are answered here without being
//! rendered, since they are asked three times a node; an override is rendered.

use std::sync::Arc;

use jinja::{CallArgs, Relation, RenderHost, Value};
use project::node::Node;
use salsa::Database;

use crate::{
    context::{NodeContext, node_relation},
    host::{OfflineHost, Phase, RENDERER},
    input::{Package, PackageKind, Project, SourceFile},
    macro_index::Dispatched,
    macros::{macro_definition, macro_file, macro_index},
    nodes::nodes_of,
    resolve::RefTarget,
    target::defaults,
};

/// The parts of a name that have a macro.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Component {
    Database,
    Schema,
    Alias,
}

impl Component {
    fn name(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Schema => "schema",
            Self::Alias => "alias",
        }
    }
}

/// What the project's macro makes of a custom name for `node`.
pub(crate) fn generated_name(
    db: &dyn Database,
    package: Package,
    component: Component,
    custom: Option<&str>,
    node: &Node,
) -> Option<Arc<str>> {
    let project = package.project(db);
    let index = macro_index(db, project);
    let key = index.generate_name(package.name(db), component.name())?;
    let is_builtin = |key| {
        macro_file(db, project, key)
            .and_then(|file| file.package(db))
            .is_some_and(|package| package.kind(db) == PackageKind::Builtin)
    };
    let macro_name = format!("generate_{}_name", component.name());
    let is_default = is_builtin(key)
        && match index.dispatch(package.name(db), &macro_name, None) {
            Dispatched::Found(implementation) => is_builtin(implementation),
            Dispatched::Tried(_) => true,
        };
    if is_default {
        return builtin_name(db, project, component, custom, node);
    }
    let definition = macro_definition(db, project, key)?;
    let context = NodeContext::new(Arc::new(node.clone()), defaults(db, project).policy.into());
    let node_value = context.global("node")?;
    let host: Arc<dyn RenderHost> =
        OfflineHost::new(db, project, Some(package), Phase::Parse, Some(context));
    let args = CallArgs {
        positional: vec![Value::from(custom), node_value],
        keyword: Vec::new(),
    };
    match RENDERER
        .call_macro_def(&host, package.name(db), definition, args)
        .value
    {
        Ok(value) if value.is_none() => None,
        Ok(value) => Some(jinja::value::text(&value).trim().into()),
        // The macro's own file shows why; names stay usable meanwhile.
        Err(_) => builtin_name(db, project, component, custom, node),
    }
}

/// What the built-in macros do.
fn builtin_name(
    db: &dyn Database,
    project: Project,
    component: Component,
    custom: Option<&str>,
    node: &Node,
) -> Option<Arc<str>> {
    let defaults = defaults(db, project);
    let custom = custom.map(str::trim).filter(|custom| !custom.is_empty());
    match component {
        Component::Database => custom.map(Arc::from).or_else(|| defaults.database.clone()),
        Component::Schema => Some(match custom {
            Some(custom) => format!("{}_{custom}", defaults.schema).into(),
            None => Arc::clone(&defaults.schema),
        }),
        Component::Alias => Some(match (custom, node.version()) {
            (Some(custom), _) => custom.into(),
            (None, Some(version)) => {
                format!("{}_v{}", node.name, version.to_string().replace('.', "_")).into()
            }
            (None, None) => Arc::clone(&node.name),
        }),
    }
}

/// The relations of a file's nodes: all that templates of other files see of them.
#[salsa::tracked]
pub fn relations(db: &dyn Database, file: SourceFile) -> Arc<[Relation]> {
    let policy = file
        .project(db)
        .map(|project| defaults(db, project).policy)
        .unwrap_or_default();
    nodes_of(db, file)
        .iter()
        .map(|node| node_relation(node, policy.into()))
        .collect()
}

/// What `ref` gives for a target.
pub fn relation_of(db: &dyn Database, target: &RefTarget) -> Relation {
    relations(db, target.file)
        .get(target.slot as usize)
        .cloned()
        .unwrap_or_default()
}
