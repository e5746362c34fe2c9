//! Every code that a diagnostic may have: what it means, what leads to it, and what to do. docs/diagnostics_generated.md is
//! made of this table; `cargo xtask tidy` holds it to the codes that the sources use.

/// What a code stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeInfo {
    /// Stable, kebab-case.
    pub code: &'static str,
    /// What is wrong.
    pub meaning: &'static str,
    /// What leads to it.
    pub example: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

const fn code(
    code: &'static str,
    meaning: &'static str,
    example: &'static str,
    remedy: &'static str,
) -> CodeInfo {
    CodeInfo {
        code,
        meaning,
        example,
        remedy,
    }
}

/// All of them, by name.
pub static CODES: &[CodeInfo] = &[
    code(
        "ambiguous-column",
        "A column could be that of several tables.",
        "select id from orders join customers on ...",
        "Write which: `orders.id`.",
    ),
    code(
        "ambiguous-ref",
        "A `ref` names a node that is there in several packages, and the project has none of that name.",
        "{{ ref('orders') }}",
        "Name the package: `ref('shop', 'orders')`.",
    ),
    code(
        "binder-error",
        "DuckDB's own binder rejects the query: it was asked with empty tables of the columns that are read.",
        "select customer, count(*) from orders",
        "Read what it says: a name, a type or a `group by` does not fit.",
    ),
    code(
        "compilation-error",
        "A macro raised an error: `exceptions.raise_compiler_error`.",
        "{{ exceptions.raise_compiler_error('set the variable first') }}",
        "Read the message: whoever wrote the macro says what is missing.",
    ),
    code(
        "contract-error",
        "A model's columns are not those of its enforced contract.",
        "contract: { enforced: true }",
        "Cast or rename the columns in the model, or change `columns` in its properties; the table in the message shows each difference.",
    ),
    code(
        "cross-database-reference",
        "A node or source is in another database than the connection, and PostgreSQL reads only one.",
        "{{ config(database='other') }}",
        "Take the `database` out of the node or source, or make it the one of the profile.",
    ),
    code(
        "cycle",
        "Models need each other in a circle.",
        "a.sql: {{ ref('b') }}, b.sql: {{ ref('a') }}",
        "Take one of the refs out; the message shows the whole way.",
    ),
    code(
        "database-error",
        "The warehouse refused a statement.",
        "select nope from orders",
        "Mend the SQL; the message is the warehouse's, with its place in the file where that is known.",
    ),
    code(
        "deprecated",
        "Something that dbt takes today and will not always: one of its deprecations.",
        "accepted_values: { values: [1] }, without `arguments`",
        "Write it as the message says.",
    ),
    code(
        "deprecated-key",
        "A key of dbt_project.yml that has a new name.",
        "source-paths: [models]",
        "Rename it as the message says.",
    ),
    code(
        "description",
        "Jinja in a description cannot be rendered.",
        "description: \"{{ docs('orders') }}\"",
        "Only `doc(...)`, `var(...)` and `env_var(...)` are there: correct the call.",
    ),
    code(
        "disabled-ref",
        "A `ref` names a model that is turned off.",
        "{{ ref('orders') }} with enabled: false",
        "Turn it on, or do without it.",
    ),
    code(
        "duplicate-config",
        "A value is given twice: beside `config` and in it.",
        "group: a, config: { group: b }",
        "Keep the one below `config`.",
    ),
    code(
        "duplicate-cte",
        "Two CTEs of one `with` have the same name.",
        "with a as (select 1), a as (select 2) select * from a",
        "Rename one of them.",
    ),
    code(
        "duplicate-entry",
        "An entry of properties is there twice.",
        "two `- name: orders` in models",
        "Join them into one.",
    ),
    code(
        "duplicate-key",
        "A key has two values, with and without `+`, or in two spellings.",
        "+tags: a, tags: b",
        "Keep one of them.",
    ),
    code(
        "duplicate-measure",
        "Two measures have one name.",
        "measures: [{ name: amount }], twice",
        "Rename one of them: metrics find measures by name.",
    ),
    code(
        "duplicate-name",
        "Two resources of one kind have one name.",
        "models/a/orders.sql and models/b/orders.sql",
        "Rename or remove one; the other place is linked.",
    ),
    code(
        "duplicate-version",
        "A version of a model is there twice.",
        "versions: [{ v: 1 }, { v: 1 }]",
        "Number them anew, or remove one.",
    ),
    code(
        "external-location",
        "`external_location` of a source cannot be filled in.",
        "external_location: \"{nme}.parquet\"",
        "Use the names that the message lists, such as `{name}` and `{schema}`.",
    ),
    code(
        "file-too-large",
        "A file of the project is too large to be read as text.",
        "a SQL file of 50 MB",
        "Move data out of the project's paths, or into a seed.",
    ),
    code(
        "function-arguments",
        "A function of SQL is called with a number or a type of arguments that the warehouse does not take.",
        "select upper(first_name, last_name)",
        "Give it the arguments that the message names, or cast the one at fault.",
    ),
    code(
        "hook",
        "A hook failed.",
        "post-hook: \"grant select on {{ this }} to nobody\"",
        "Mend the hook's SQL; the compiled one is in the target path.",
    ),
    code(
        "incomplete-metric",
        "A metric lacks what its type needs.",
        "type: ratio, without a denominator",
        "Add the parameters that the message names below `type_params`.",
    ),
    code(
        "invalid-config",
        "A configuration cannot be used as it is.",
        "{{ config('table') }}",
        "Write `config(name=value)`, with a value that the message allows.",
    ),
    code(
        "invalid-dispatch",
        "`adapter.dispatch` was called with a name that holds a package.",
        "adapter.dispatch('dbt_utils.star')",
        "Give the package as the second argument: `adapter.dispatch('star', 'dbt_utils')`.",
    ),
    code(
        "invalid-profile",
        "profiles.yml has no such profile or target, or cannot be used.",
        "profile: shop, and no `shop` in profiles.yml",
        "Choose one that the message lists, or add it to profiles.yml.",
    ),
    code(
        "invalid-ref",
        "`ref` was called with arguments that it does not take.",
        "{{ ref() }}",
        "Write `ref('model')`, `ref('package', 'model')` or `ref('model', v=1)`.",
    ),
    code(
        "invalid-source",
        "`source` was called with arguments that it does not take.",
        "{{ source('orders') }}",
        "Write `source('source', 'table')`.",
    ),
    code(
        "invalid-test",
        "A data test of properties cannot be made.",
        "tests: [{ unique: 1 }]",
        "Write `- unique` or `- unique: { arguments: {...}, config: {...} }`.",
    ),
    code(
        "invalid-utf8",
        "A file is not UTF-8 text.",
        "a file in Latin-1",
        "Save it as UTF-8.",
    ),
    code(
        "jinja-limit",
        "A template is nested or chained beyond what can be read.",
        "a.b.c... of more than 1,000 links",
        "Put parts of it into variables or macros.",
    ),
    code(
        "jinja-render",
        "A template cannot be rendered.",
        "{{ 1 / 0 }}",
        "Mend the expression at the place; the macros on the way are linked.",
    ),
    code(
        "jinja-syntax",
        "A template cannot be read.",
        "{% if x %} without {% endif %}",
        "Close or correct the tag at the place.",
    ),
    code(
        "macro-arguments",
        "A macro is called with arguments that it does not take, or without one that it needs.",
        "{{ cents(amunt) }}",
        "Compare with the macro's signature, which is linked.",
    ),
    code(
        "microbatch",
        "A microbatch model does not say by what, from when, or in which batches it is built.",
        "incremental_strategy='microbatch', without event_time",
        "Set `event_time`, `begin` and `batch_size` in its configuration, as the message says.",
    ),
    code(
        "misplaced-config",
        "A configuration stands where it has no effect.",
        "materialized: table, beside `config` of a model",
        "Move it below `config:`.",
    ),
    code(
        "missing-column",
        "Properties describe a column that the model or seed does not have: its SQL is known whole, and yields none of that name.",
        "columns: [{ name: customer }] of a model that selects customer_id",
        "Rename the column in the properties or in the SQL, or take the entry out.",
    ),
    code(
        "missing-config",
        "`config.require` asks for what nobody has set.",
        "{{ config.require('unique_key') }}",
        "Set it in `config(...)` or in the properties.",
    ),
    code(
        "missing-input",
        "A unit test gives no input for something that its model reads.",
        "given: [] for a model with a ref",
        "Add `- input: ref('...')` with its rows, also with none.",
    ),
    code(
        "missing-key",
        "A key that must be there is not.",
        "models: [{ description: no name }]",
        "Add the key that the message names.",
    ),
    code(
        "needs-warehouse",
        "Only a warehouse can answer this, and there is none while a project is read.",
        "{{ run_query('select 1').rows }}",
        "Guard it with `{% if execute %}`.",
    ),
    code(
        "no-profile",
        "There is no profile for the project, so that its SQL is checked in no particular dialect.",
        "no profiles.yml",
        "Write a profiles.yml; `dagsmith debug` shows where it is looked for.",
    ),
    code(
        "no-seed",
        "A function for loading seeds was called elsewhere.",
        "{{ load_agate_table() }} in a model",
        "Call it in the materialization of a seed.",
    ),
    code(
        "not-implemented",
        "A macro says that it does not do this on this warehouse.",
        "exceptions.raise_not_implemented(...)",
        "Write the macro for your adapter: `postgres__name`.",
    ),
    code(
        "plugin",
        "A source is read through a plugin that only dbt-duckdb's Python process has.",
        "meta: { plugin: gsheet }",
        "Read the data with DuckDB's own functions and extensions.",
    ),
    code(
        "primary-entity",
        "A semantic model with measures or dimensions has no primary entity.",
        "entities: []",
        "Add an entity of `type: primary`, or `primary_entity`.",
    ),
    code(
        "private-ref",
        "A `ref` names a model that is private to a group or to a package.",
        "{{ ref('inner') }} from a model of another group",
        "Put the reader into the group, or make the model `protected` or `public`.",
    ),
    code(
        "python-model",
        "A Python model has no function `model`, cannot run on this adapter, or was submitted where none is built.",
        "`def modle(dbt, session)`; models/a.py on PostgreSQL",
        "Define one function `model(dbt, session)`; on adapters without Python, write it in SQL.",
    ),
    code(
        "render-limit",
        "A rendering was stopped: too many steps, too deep, or too much text.",
        "{% for i in range(10000000000) %}",
        "Look for a loop or a recursion without end.",
    ),
    code(
        "result-already-loaded",
        "The result of a statement was loaded twice.",
        "load_result('rows') again",
        "Keep it in a variable.",
    ),
    code(
        "run-failure",
        "A node failed when it was run from the editor.",
        "a test that found rows",
        "Read the message; the diagnostic goes when the node runs well.",
    ),
    code(
        "secret-env-var",
        "A secret variable of the environment is asked for where its value would be seen.",
        "{{ env_var('DBT_ENV_SECRET_KEY') }} in a model",
        "Use secrets in profiles.yml and packages.yml alone.",
    ),
    code(
        "seed-file",
        "A CSV file cannot be read.",
        "a row longer than the header",
        "Correct the line that the message names.",
    ),
    code(
        "set-operation-width",
        "The two sides of a `union`, `except` or `intersect` differ in their number of columns.",
        "select 1 union all select 2, 3",
        "Give both the same columns.",
    ),
    code(
        "sql-syntax",
        "SQL that no parser of the dialect understands.",
        "select a b c from",
        "Correct it at the place; it is the rendered SQL, shown where it comes from.",
    ),
    code(
        "time-dimension",
        "A semantic model's measures have no time to be aggregated over.",
        "measures without agg_time_dimension",
        "Add `defaults: { agg_time_dimension: ... }` that names a dimension of `type: time`.",
    ),
    code(
        "undeclared-ref",
        "A `ref` is reached only when the node runs, so that the order could not be known.",
        "{% if execute %}{{ ref('a') }}{% endif %}",
        "Put `-- depends_on: {{ ref('a') }}` at the top of the file.",
    ),
    code(
        "undefined-name",
        "A name of a template means nothing.",
        "{{ colums }}",
        "Correct the name, or set it before.",
    ),
    code(
        "unit-test",
        "A unit test does not fit the model that it is for.",
        "versions: { include: [7] } of a model without version 7",
        "Change what the message names: `versions`, `overrides` or `given`.",
    ),
    code(
        "unit-test-column",
        "A row of a unit test names a column that the input, or the model, does not have.",
        "rows: [{ customer: 1 }] for a model that selects customer_id",
        "Write one of the columns that the message lists.",
    ),
    code(
        "unknown-adapter",
        "The profile's `type` is none that can run here.",
        "type: oracle",
        "Projects for it are read, and the editor serves them; to run them, use DuckDB or PostgreSQL.",
    ),
    code(
        "unknown-adapter-method",
        "`adapter` has no such method.",
        "{{ adapter.get_colums(this) }}",
        "Correct the name; the message suggests one.",
    ),
    code(
        "unknown-column",
        "No table that is read has a column of this name. It is said only where all columns are known.",
        "select amont from {{ ref('orders') }}",
        "Correct the name, or add the column upstream.",
    ),
    code(
        "unknown-config",
        "A configuration that nothing reads.",
        "+materialised: table",
        "Correct the name, or move it below `meta`.",
    ),
    code(
        "unknown-doc",
        "A docs block is not there.",
        "{{ doc('orders') }}",
        "Write `{% docs orders %}` in a Markdown file, or correct the name.",
    ),
    code(
        "unknown-env-var",
        "A variable of the environment is not set, and has no default.",
        "{{ env_var('PGPASSWORD') }}",
        "Set it, or give a default: `env_var('NAME', 'default')`.",
    ),
    code(
        "unknown-function",
        "A `function` is not in the project.",
        "{{ function('doubld') }}(amount)",
        "Correct the name, or write the function in a file below `functions/` and describe it in properties.",
    ),
    code(
        "unknown-key",
        "A key that nothing reads.",
        "model: instead of models:",
        "Correct the name; the message suggests one.",
    ),
    code(
        "unknown-macro",
        "A macro is not there.",
        "{{ generate_id() }}",
        "Correct the name, or install the package that has it with `dagsmith deps`.",
    ),
    code(
        "unknown-measure",
        "A metric names a measure that is not there.",
        "measure: amnt",
        "Correct the name, or add the measure to a semantic model.",
    ),
    code(
        "unknown-metric",
        "A metric that something reads is not there.",
        "metrics: [revenu]",
        "Correct the name.",
    ),
    code(
        "unknown-node",
        "Properties describe something that is not there.",
        "models: [{ name: ordres }]",
        "Correct the name, or remove the entry.",
    ),
    code(
        "unknown-ref",
        "A `ref` names a model, seed or snapshot that is not there.",
        "{{ ref('ordres') }}",
        "Correct the name; the fix puts in the nearest one.",
    ),
    code(
        "unknown-relation",
        "`x.y`, and nothing that is read is called `x`.",
        "select o.id from {{ ref('orders') }}",
        "Correct it, or give the table that alias.",
    ),
    code(
        "unknown-source",
        "A `source` is not declared.",
        "{{ source('raw', 'ordres') }}",
        "Correct the name, or declare it below `sources:`.",
    ),
    code(
        "unknown-test",
        "A generic test is not there.",
        "tests: [unik]",
        "Correct the name, write the test, or install its package.",
    ),
    code(
        "unknown-var",
        "A variable has no value and no default.",
        "{{ var('start') }}",
        "Set it in dbt_project.yml or with `--vars`, or give a default.",
    ),
    code(
        "unknown-version",
        "`latest_version` or a `ref` names a version that is not there.",
        "latest_version: 9",
        "Choose one of `versions`.",
    ),
    code(
        "unreadable-file",
        "The system does not let a file be read.",
        "a file without read permission",
        "Mend its permissions, or leave it out with .dbtignore.",
    ),
    code(
        "unsupported",
        "Something is not supported here.",
        "{{ config(glue_register=true) }}",
        "Take it out; docs/compatibility.md lists what is missing.",
    ),
    code(
        "unused-cte",
        "A CTE that nothing reads.",
        "with a as (select 1) select 2",
        "Remove it.",
    ),
    code(
        "unused-macro",
        "A macro that no template, property or hook of the project mentions.",
        "{% macro forgotten() %}{% endmacro %}",
        "Remove it, or describe it in a properties file if it is for `run-operation` or for other projects.",
    ),
    code(
        "unused-variable",
        "A variable of a template that nothing in its file reads.",
        "{% set n = 1 %} select 2",
        "Remove it; where its value only does something, use `{% do %}` or call it `_`.",
    ),
    code(
        "warning",
        "A warning that `--warn-error` or `--warn-error-options` makes an error.",
        "{{ exceptions.warn('old data') }} under --warn-error",
        "Mend what it warns of, or take it out of the options.",
    ),
    code(
        "wrong-type",
        "A value is of another type than its key takes.",
        "tags: { a: 1 }",
        "Write what the message asks for.",
    ),
    code(
        "wrong-value",
        "A value is none of those that its key takes.",
        "severity: loud",
        "Choose one that the message lists.",
    ),
    code(
        "yaml",
        "`fromyaml` was given text that is not YAML.",
        "fromyaml('a: [')",
        "Correct the text, or give a default: `fromyaml(text, default)`.",
    ),
    code(
        "yaml-duplicate-key",
        "A key is there twice in a mapping; the last one counts.",
        "name: a, name: b",
        "Remove one of them.",
    ),
    code(
        "yaml-jinja",
        "Jinja in a value of YAML cannot be rendered.",
        "schema: \"{{ vars('x') }}\"",
        "Correct the expression.",
    ),
    code(
        "yaml-syntax",
        "A file is not YAML.",
        "name: \"open",
        "Correct the line; the entries around it are read all the same.",
    ),
];

/// What a code stands for; `None` for one that is not in the table.
#[must_use]
pub fn explained(code: &str) -> Option<&'static CodeInfo> {
    let idx = CODES.binary_search_by(|it| it.code.cmp(code)).ok()?;
    CODES.get(idx)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_all_is_said_of_each() {
        assert!(CODES.is_sorted_by(|a, b| a.code < b.code));
        for it in CODES {
            let texts = [it.meaning, it.example, it.remedy];
            assert!(texts.iter().all(|text| !text.is_empty()), "{}", it.code);
            assert_eq!(explained(it.code), Some(it));
        }
        assert_eq!(explained("no-such-code"), None);
    }
}
