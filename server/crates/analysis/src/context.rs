//! What templates see beside functions and macros: `target`, `model`, `this`, `flags` and the like.
//!
//! Shared by the offline host and by live ones, so that a template sees the same names in both worlds.

mod runtime_config;

use std::{
    fmt,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use jinja::{
    HostError, Policy, RUNTIME_CONFIG, Relation, Value,
    value::{Enumerator, Object, ObjectRepr, dict, from_json, list, to_json, utc_datetime},
};
use project::{
    json::JsonMap,
    node::{Node, RefArgs, ResourceType, Source},
    project_file::DBT_VERSION,
    yaml::Yaml,
};
use salsa::Database;

pub use runtime_config::RuntimeConfig;

use crate::{input::Project, project_config::root_name, target::target};

/// The node that is rendered.
#[derive(Debug, Clone)]
pub struct NodeContext {
    node: Arc<Node>,
    policy: Policy,
}

impl NodeContext {
    /// A node whose names are quoted by `policy`.
    #[must_use]
    pub fn new(node: Arc<Node>, policy: Policy) -> Arc<Self> {
        Arc::new(Self { node, policy })
    }

    /// The node.
    pub fn node(&self) -> &Arc<Node> {
        &self.node
    }

    /// `this`
    pub fn relation(&self) -> Relation {
        node_relation(&self.node, self.policy)
    }

    /// `config.get(name)`; `None` where nobody set it and dbt has no default.
    pub fn config_value(&self, name: &str) -> Option<Value> {
        self.node.config.get(name).map(from_json)
    }

    /// A name of the context that depends on the node.
    pub fn global(&self, name: &str) -> Option<Value> {
        Some(match name {
            "this" if self.has_relation() => self.relation().into_value(),
            "this" => Value::from(()),
            "model" | "node" => Value::from_object(NodeValue(Arc::clone(&self.node))),
            "schema" => Value::from(&*self.node.schema),
            "database" => Value::from(self.node.database.as_deref()),
            "pre_hooks" => hooks(&self.node, "pre-hook"),
            "post_hooks" => hooks(&self.node, "post-hook"),
            _ => return None,
        })
    }

    fn has_relation(&self) -> bool {
        self.node.resource_type() != ResourceType::Operation
    }
}

fn hooks(node: &Node, key: &str) -> Value {
    let hooks = if key == "pre-hook" {
        node.config.pre_hooks()
    } else {
        node.config.post_hooks()
    };
    list(hooks.iter().map(|hook| {
        dict([
            ("sql", Value::from(&*hook.sql)),
            ("transaction", Value::from(hook.transaction)),
            ("index", Value::from(hook.index)),
        ])
    }))
}

/// The relation of a node; a CTE for ephemeral models.
pub fn node_relation(node: &Node, policy: Policy) -> Relation {
    if node.is_ephemeral() {
        return Relation::ephemeral(&node.alias);
    }
    let quoting = node.config.quoting();
    Relation {
        quote_policy: Policy {
            database: quoting.database.unwrap_or(policy.database),
            schema: quoting.schema.unwrap_or(policy.schema),
            identifier: quoting.identifier.unwrap_or(policy.identifier),
        },
        ..Relation::new(
            node.database.as_deref(),
            Some(&node.schema),
            Some(&node.alias),
        )
    }
}

/// The relation of a source's table.
pub fn source_relation(source: &Source, policy: Policy) -> Relation {
    Relation {
        quote_policy: Policy {
            database: source.quoting.database.unwrap_or(policy.database),
            schema: source.quoting.schema.unwrap_or(policy.schema),
            identifier: source.quoting.identifier.unwrap_or(policy.identifier),
        },
        expression: source.sql.as_deref().map(str::to_owned),
        ..Relation::new(
            source.database.as_deref(),
            Some(&source.schema),
            Some(&source.identifier),
        )
    }
}

/// `function('name')` of a name that no function has.
pub fn unknown_function(args: &RefArgs) -> HostError {
    let name = &args.name;
    let place = match &args.package {
        Some(package) => format!(" in package '{package}'"),
        None => String::new(),
    };
    HostError::compilation(
        "unknown-function",
        format!("depends on a function named '{name}'{place} which was not found"),
    )
}

/// A node as templates see it: a dict whose values are made when they are read.
#[derive(Debug)]
struct NodeValue(Arc<Node>);

const NODE_KEYS: [&str; 24] = [
    "unique_id",
    "name",
    "resource_type",
    "package_name",
    "path",
    "original_file_path",
    "fqn",
    "database",
    "schema",
    "alias",
    "relation_name",
    "config",
    "tags",
    "meta",
    "description",
    "columns",
    "raw_code",
    "language",
    "refs",
    "sources",
    "depends_on",
    "version",
    "latest_version",
    "test_metadata",
];

impl NodeValue {
    fn field(&self, name: &str) -> Option<Value> {
        let node = &self.0;
        let optional = |text: &Option<Arc<str>>| Value::from(text.as_deref());
        let texts = |texts: &[Arc<str>]| list(texts.iter().map(|text| Value::from(&**text)));
        Some(match name {
            "unique_id" => Value::from(node.unique_id.as_str()),
            // There are batches in a run alone.
            "batch" if node.model().is_some() => Value::from(()),
            "name" => Value::from(&*node.name),
            "identifier" | "alias" => Value::from(&*node.alias),
            "resource_type" => Value::from(node.resource_type().name()),
            "package_name" => Value::from(&*node.package_name),
            "path" => Value::from(&*node.path),
            "original_file_path" => Value::from(&*node.original_file_path),
            "fqn" => texts(&node.fqn),
            "database" => optional(&node.database),
            "schema" => Value::from(&*node.schema),
            "relation_name" => optional(&node.relation_name),
            "config" => from_json(&serde_json::Value::Object(node.config.to_manifest_json())),
            "tags" => texts(&node.tags),
            "meta" => from_json(&serde_json::Value::Object((*node.meta).clone())),
            "description" => Value::from(&*node.description),
            "columns" => dict(
                node.columns
                    .iter()
                    .map(|(name, column)| (&**name, column_value(column))),
            ),
            "raw_code" | "raw_sql" => Value::from(&*node.raw_code),
            "language" => Value::from(node.language.name()),
            "refs" => list(node.refs.iter().map(|args| {
                let version = args.version.as_ref().map(ToString::to_string);
                dict([
                    ("name", Value::from(&*args.name)),
                    ("package", optional(&args.package)),
                    ("version", Value::from(version)),
                ])
            })),
            "sources" => list(
                node.sources
                    .iter()
                    .map(|args| list([&args.source, &args.table].map(|part| Value::from(&**part)))),
            ),
            "depends_on" => dict([
                (
                    "macros",
                    list(
                        node.depends_on
                            .macros
                            .iter()
                            .map(|id| Value::from(id.as_str())),
                    ),
                ),
                (
                    "nodes",
                    list(
                        node.depends_on
                            .nodes
                            .iter()
                            .map(|id| Value::from(id.as_str())),
                    ),
                ),
            ]),
            "version" => Value::from(node.version().map(ToString::to_string)),
            "latest_version" => Value::from(
                node.model()
                    .and_then(|model| model.latest_version.as_ref())
                    .map(ToString::to_string),
            ),
            "test_metadata" => match node.generic_test() {
                Some(test) => dict([
                    ("name", Value::from(&*test.test_name)),
                    ("namespace", optional(&test.namespace)),
                    (
                        "kwargs",
                        from_json(&serde_json::Value::Object((*test.kwargs).clone())),
                    ),
                ]),
                None => Value::from(()),
            },
            "column_name" => Value::from(
                node.generic_test()
                    .and_then(|test| test.column_name.as_deref()),
            ),
            _ => return None,
        })
    }
}

fn column_value(column: &project::node::Column) -> Value {
    dict([
        ("name", Value::from(&*column.name)),
        ("description", Value::from(&*column.description)),
        ("data_type", Value::from(column.data_type.as_deref())),
        ("quote", Value::from(column.quote)),
        (
            "meta",
            from_json(&serde_json::Value::Object((*column.meta).clone())),
        ),
        (
            "tags",
            list(column.tags.iter().map(|tag| Value::from(&**tag))),
        ),
        (
            "constraints",
            list(column.constraints.iter().map(constraint_value)),
        ),
    ])
}

fn constraint_value(constraint: &project::node::Constraint) -> Value {
    dict([
        ("type", Value::from(constraint.kind.name())),
        ("name", Value::from(constraint.name.as_deref())),
        ("expression", Value::from(constraint.expression.as_deref())),
        ("warn_unenforced", Value::from(constraint.warn_unenforced)),
        ("warn_unsupported", Value::from(constraint.warn_unsupported)),
        ("to", Value::from(constraint.to.as_deref())),
        (
            "to_columns",
            list(
                constraint
                    .to_columns
                    .iter()
                    .map(|name| Value::from(&**name)),
            ),
        ),
    ])
}

impl Object for NodeValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.field(key.as_str()?)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&NODE_KEYS)
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} {}>", self.0.resource_type(), self.0.unique_id)
    }
}

/// A name of the context that is the same for all nodes of a project.
pub(crate) fn global(db: &dyn Database, project: Project, name: &str) -> Option<Value> {
    Some(match name {
        "target" => from_json(&serde_json::Value::Object(
            target(db, project).as_ref().as_ref().ok()?.target_json(),
        )),
        "project_name" => Value::from(&*root_name(db, project)),
        "flags" => {
            let settings = project.settings(db);
            settings.reads.add_flags();
            from_json(&serde_json::Value::Object((*settings.flags).clone()))
        }
        "run_started_at" => {
            let settings = project.settings(db);
            settings.reads.add_started_at();
            point_in_time(settings.started_at.0)
        }
        "dbt_version" => Value::from(DBT_VERSION),
        "graph" => dict(
            ["nodes", "sources", "exposures", "metrics", "groups"]
                .map(|section| (section, dict::<&str>([]))),
        ),
        "selected_resources" => list([]),
        "invocation_args_dict" | "dbt_metadata_envs" => dict::<&str>([]),
        "invocation_id" => Value::from("00000000-0000-0000-0000-000000000000"),
        "thread_id" => Value::from("MainThread"),
        RUNTIME_CONFIG => runtime_config::value(db, project),
        _ => return None,
    })
}

/// `run_started_at`
pub fn point_in_time(at: SystemTime) -> Value {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
    utc_datetime(seconds, since.subsec_nanos())
}

/// Why a dispatch failed, in dbt's words.
pub fn dispatch_failed(name: &str, namespace: Option<&str>, tried: &[String]) -> HostError {
    let namespace = namespace.unwrap_or("None");
    let tried: Vec<String> = tried.iter().map(|name| format!("'{name}'")).collect();
    HostError::compilation(
        "unknown-macro",
        format!(
            "In dispatch: No macro named '{name}' found within namespace: '{namespace}'\n    Searched for: {}",
            tried.join(", ")
        ),
    )
}

/// Secrets may be read in profiles and packages alone.
pub fn check_env_var(name: &str, may_be_secret: bool) -> Result<(), HostError> {
    if name.starts_with("DBT_ENV_SECRET_") && !may_be_secret {
        return Err(HostError::compilation(
            "secret-env-var",
            format!(
                "Secret env vars are allowed only in profiles.yml or packages.yml. Found '{name}' referenced elsewhere."
            ),
        ));
    }
    Ok(())
}

/// `fromyaml`
pub fn parse_yaml(source: &str) -> Result<Value, HostError> {
    let (tree, diagnostics) = Yaml::parse(source);
    match diagnostics.into_iter().next() {
        Some(first) => Err(HostError::compilation("yaml", first.message)),
        None => Ok(from_json(&tree.root().to_json())),
    }
}

/// `toyaml`
pub fn format_yaml(value: &Value, sort_keys: bool) -> Result<String, HostError> {
    let mut json = to_json(value);
    if sort_keys {
        sort(&mut json);
    }
    project::yaml::to_yaml_text(&json).map_err(|message| HostError::compilation("yaml", message))
}

fn sort(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Object(map) => {
            let mut entries: Vec<_> = std::mem::take(map).into_iter().collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            for (_, value) in &mut entries {
                sort(value);
            }
            *map = entries.into_iter().collect::<JsonMap>();
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(sort),
        _ => {}
    }
}
