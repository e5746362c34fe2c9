//! The functions that every template has: signatures and a sentence each, for hover, completion and signature help.
//!
//! What they do is in `jinja`; this is what is said about them.

/// A function of the context.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Builtin {
    /// `ref`, `adapter.dispatch`
    pub(crate) name: &'static str,
    /// As they are written in a signature: `name`, `v=None`.
    pub(crate) params: &'static [&'static str],
    /// A sentence or two, Markdown.
    pub(crate) doc: &'static str,
}

impl Builtin {
    pub(crate) fn label(&self) -> String {
        format!("{}({})", self.name, self.params.join(", "))
    }
}

/// The function with this dotted name.
pub(crate) fn find(path: &[&str]) -> Option<&'static Builtin> {
    let wanted = path.join(".");
    BUILTINS.iter().find(|builtin| builtin.name == wanted)
}

macro_rules! builtins {
    ($($name:literal ($($param:literal),*) $doc:literal)*) => {
        &[$(Builtin { name: $name, params: &[$($param),*], doc: $doc }),*]
    };
}

/// All of them, by name.
pub(crate) const BUILTINS: &[Builtin] = builtins! {
    "adapter.dispatch" ("macro_name", "macro_namespace=None") "The macro's implementation for the adapter in use: `duckdb__name` before `default__name`."
    "adapter.get_columns_in_relation" ("relation") "The columns of a table or view, read from the warehouse. Empty while parsing."
    "adapter.get_relation" ("database", "schema", "identifier") "The table or view of that name, or none. Read from the warehouse."
    "adapter.quote" ("identifier") "The identifier in the quotes of the warehouse."
    "as_bool" ("value") "The value as a boolean, in YAML."
    "config" ("**kwargs") "Configures the node: `materialized`, `tags`, `schema`, and all that its materialization knows."
    "config.get" ("name", "default=None") "A configuration of the node."
    "config.require" ("name") "A configuration of the node; it is an error if it is not set."
    "doc" ("package_or_name", "name=None") "The text of a `{% docs %}` block, for descriptions."
    "env_var" ("name", "default=None") "A variable of the environment. Names beginning with `DBT_ENV_SECRET_` are kept out of logs and artifacts."
    "exceptions.raise_compiler_error" ("message") "Stops with this message at this place."
    "exceptions.warn" ("message") "Warns with this message."
    "fromjson" ("text", "default=None") "The value of a text in JSON."
    "fromyaml" ("text", "default=None") "The value of a text in YAML."
    "is_incremental" () "True if the model is incremental, its table exists, and no full refresh is asked for."
    "load_result" ("name") "What a `{% call statement(name) %}` before came to."
    "local_md5" ("text") "The MD5 of a text, in hexadecimal."
    "log" ("message", "info=False") "Writes a line into the log; with `info=True` to the terminal, too."
    "print" ("message") "Writes a line to the terminal."
    "ref" ("package_or_model", "model=None", "v=None") "The relation of a model, seed or snapshot, and an edge of the DAG."
    "return" ("value") "Ends the macro with a value instead of text."
    "run_query" ("sql") "Executes a query and gives its rows as a table. Nothing while parsing: guard it with `{% if execute %}`."
    "set" ("items", "default=None") "The items without duplicates."
    "should_full_refresh" () "Whether a full refresh is asked for, by flag or configuration."
    "source" ("source_name", "table_name") "The relation of a source's table, and an edge of the DAG."
    "statement" ("name=None", "fetch_result=False", "auto_begin=True") "Executes the block's SQL; see `load_result`."
    "store_result" ("name", "response", "agate_table=None") "Keeps a result under a name for `load_result`."
    "tojson" ("value", "default=None", "sort_keys=False") "The value as JSON."
    "toyaml" ("value", "default=None", "sort_keys=False") "The value as YAML."
    "var" ("name", "default=None") "A variable: from `--vars`, or from `vars:` in dbt_project.yml."
    "zip" ("*lists", "default=None") "The lists' items side by side."
};

/// Names that are no functions, with a sentence each.
pub(crate) const VARIABLES: &[(&str, &str)] = &[
    (
        "adapter",
        "The adapter: `adapter.dispatch`, `adapter.get_relation` and more.",
    ),
    (
        "builtins",
        "`ref`, `source` and `config` as they were before a macro replaced them.",
    ),
    ("context", "Everything that is here, by name."),
    (
        "dbt",
        "The built-in macros: `dbt.dateadd`, `dbt.type_string` and more.",
    ),
    ("dbt_version", "The version of dbt that this behaves like."),
    (
        "exceptions",
        "`exceptions.raise_compiler_error`, `exceptions.warn`.",
    ),
    (
        "execute",
        "False while the project is parsed, true while it is compiled and run.",
    ),
    (
        "flags",
        "The flags of the command: `flags.FULL_REFRESH` and others.",
    ),
    (
        "graph",
        "The nodes and sources of the project, while executing.",
    ),
    ("invocation_id", "A UUID for each command."),
    ("model", "The node that is rendered, as in the manifest."),
    (
        "modules",
        "`modules.datetime`, `modules.pytz`, `modules.re`, `modules.itertools`.",
    ),
    ("project_name", "The name of the project that was opened."),
    ("run_started_at", "When the command began, in UTC."),
    ("schema", "The schema of the node that is rendered."),
    ("database", "The database of the node that is rendered."),
    (
        "selected_resources",
        "The ids of the selected nodes, while executing.",
    ),
    (
        "target",
        "The target of the profile: `target.name`, `target.schema`, `target.type`.",
    ),
    ("this", "The relation of the node that is rendered."),
    ("thread_id", "The thread that works on the node."),
];

/// Words that a `{% %}` can begin with.
pub(crate) const TAGS: &[&str] = &[
    "block",
    "break",
    "call",
    "continue",
    "do",
    "docs",
    "else",
    "elif",
    "filter",
    "for",
    "if",
    "macro",
    "materialization",
    "raw",
    "set",
    "snapshot",
    "test",
];

/// Filters of Jinja and dbt.
pub(crate) const FILTERS: &[&str] = &[
    "abs",
    "as_bool",
    "as_native",
    "as_number",
    "as_text",
    "batch",
    "capitalize",
    "default",
    "dictsort",
    "first",
    "float",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "slice",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "tojson",
    "trim",
    "unique",
    "upper",
];

/// Tests of Jinja: `x is defined`.
pub(crate) const TESTS: &[&str] = &[
    "boolean",
    "defined",
    "divisibleby",
    "eq",
    "even",
    "false",
    "filter",
    "float",
    "in",
    "integer",
    "iterable",
    "lower",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "sequence",
    "string",
    "true",
    "undefined",
    "upper",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builtins_are_found_by_their_dotted_names() {
        let dispatch = find(&["adapter", "dispatch"]).map(Builtin::label);
        assert_eq!(
            dispatch.as_deref(),
            Some("adapter.dispatch(macro_name, macro_namespace=None)")
        );
        assert!(find(&["nothing"]).is_none());
    }

    #[test]
    fn the_tables_are_sorted_so_that_answers_are() {
        assert!(BUILTINS.is_sorted_by_key(|builtin| builtin.name));
        assert!(FILTERS.is_sorted() && TESTS.is_sorted());
    }
}
