//! Feature: diagnostics. What is wrong in a file, as it is typed.
//!
//! Each check is a file of its own below; this one only asks them. Checks of one file read that file's facts and the
//! indexes of names, never the whole project, so that the answer comes within a keystroke however large the project is.

mod access;
mod catalog;
mod columns_in_yaml;
mod config;
mod contract;
pub(crate) mod cycles;
mod deprecated;
mod duplicates;
mod function_calls;
mod macro_calls;
mod microbatch;
mod properties;
mod references;
mod sql_names;
pub(crate) mod sql_syntax;
mod unit_test_columns;
mod unused;

use analysis::{
    FileRole, Project, SourceFile, facts::parsed, rendered::rendered, resolve::identities,
    source::template,
};
use base::{Diagnostic, FileId, Severity, SourceRange};
use jinja::syntax::CallSyntax;
use project::files::FileKind;

use crate::{Analysis, Cancellable};

/// What a check looks at.
pub(crate) struct CheckContext<'a> {
    pub(crate) db: &'a analysis::RootDatabase,
    pub(crate) file: SourceFile,
    /// All projects: profiles.yml may serve several.
    pub(crate) projects: &'a [Project],
}

impl Analysis {
    /// What is wrong in a file, sorted by place. Files that belong to no project, and installed packages' files, have
    /// nothing wrong with them.
    pub fn diagnostics(&self, file: FileId) -> Cancellable<Vec<Diagnostic>> {
        self.ask(|db| {
            let files = self.inputs.files(db, file);
            let projects: Vec<Project> =
                self.inputs.projects().map(|(_, project)| project).collect();
            let mut found: Vec<Diagnostic> = Vec::new();
            for file in files {
                let is_ours = file
                    .package(db)
                    .is_none_or(|package| analysis::manifest::is_editable(db, package));
                if is_ours {
                    check(
                        &CheckContext {
                            db,
                            file,
                            projects: &projects,
                        },
                        &mut found,
                    );
                }
            }
            found.sort();
            found.dedup();
            found
        })
    }
}

fn check(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    if let Some(problem) = file.problem(db) {
        found.push(problem.diagnostic());
        return;
    }
    deprecated::check(context, found);
    match file.role(db) {
        FileRole::Resource(FileKind::Properties) => {
            properties::check(context, found);
            columns_in_yaml::check(context, found);
            contract::check_entries(context, found);
            unit_test_columns::check(context, found);
            access::check_properties(context, found);
        }
        FileRole::Resource(FileKind::Seed | FileKind::Fixture) => {}
        FileRole::Resource(kind) => {
            template_file(context, found);
            if !file.path(db).ends_with(".py") {
                unused::check(context, found);
            }
            let is_query = matches!(
                kind,
                FileKind::Model | FileKind::Analysis | FileKind::SingularTest | FileKind::Snapshot
            );
            if is_query && !is_turned_off(context) {
                sql_syntax::check(context, found);
                cycles::check(context, found);
                contract::check_model(context, found);
                if kind == FileKind::Model {
                    microbatch::check(context, found);
                }
            }
        }
        FileRole::ProjectFile => config::check_project(context, found),
        FileRole::Profiles => config::check_profiles(context, found),
        FileRole::Packages | FileRole::Selectors => config::check_yaml(context, found),
    }
    duplicates::check(context, found);
}

/// Everything that a template can have wrong, before and while it is rendered.
fn template_file(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    let is_python = file.path(db).ends_with(".py");
    if !is_python {
        found.extend(template(db, file).errors.iter().cloned());
        macro_calls::check(context, found);
    }
    let is_turned_off = is_turned_off(context);
    if !is_turned_off {
        references::check(context, found);
        if is_python {
            references::check_python(context, found);
        }
        access::check_code(context, found);
    }
    let is_idle = file.kind(db) == Some(FileKind::SingularTest) && found.iter().any(is_missing);
    if has_errors(found) || is_idle {
        // What rendering would say now has been said better.
        return;
    }
    let mut failures: Vec<Diagnostic> = parsed(db, file)
        .iter()
        .filter_map(|part| part.error.clone())
        .collect();
    if failures.is_empty() && !is_python && !is_turned_off {
        // Where a warehouse would have had a say, what was concluded without it proves nothing.
        let certain = rendered(db, file).iter().filter(|it| it.taints.is_empty());
        failures.extend(certain.filter_map(|part| part.error.clone()));
    }
    // What may fail did.
    found.retain(|one| !failures.iter().any(|it| touch(it.range, one.range)));
    found.append(&mut failures);
}

fn touch(one: SourceRange, other: SourceRange) -> bool {
    one.touches(other.start) || other.touches(one.start)
}

/// Where a test reads what is not there, dbt leaves the test out.
fn is_missing(one: &Diagnostic) -> bool {
    matches!(one.code, "unknown-ref" | "disabled-ref" | "unknown-source")
}

fn has_errors(found: &[Diagnostic]) -> bool {
    found.iter().any(|one| one.severity == Severity::Error)
}

/// Whether all that the file defines is disabled. dbt reads such a file, and never asks what its references mean.
fn is_turned_off(context: &CheckContext<'_>) -> bool {
    let nodes = identities(context.db, context.file);
    !nodes.is_empty() && nodes.iter().all(|node| !node.is_enabled)
}

/// Whether a call is sure to happen when its file is read. In a macro, or below a condition, what is wrong with it may never
/// come to light: dbt reads the project without a word.
fn is_certain(call: &CallSyntax) -> bool {
    call.in_macro.is_none() && !call.is_conditional
}

/// What is wrong with a call: an error where it is sure to happen, else a warning.
fn judged(diagnostic: Diagnostic, is_certain: bool) -> Diagnostic {
    if is_certain {
        return diagnostic;
    }
    Diagnostic {
        severity: Severity::Warning,
        ..diagnostic
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::render_diagnostics;

    fn check(fixture: &str, expected: &Expect) {
        expected.assert_eq(&render_diagnostics(fixture));
    }

    #[test]
    fn what_python_models_read_has_to_be_there() {
        check(
            "
//- /models/stg_orders.sql
select 1 as id
//- /models/sources.yml
sources: [{name: web, tables: [{name: clicks}]}]
//- /models/p.py
def model(dbt, session):
    a = dbt.ref('stg_orders')
    b = dbt.ref('stg_order')  # dbt.ref('a')
    c = dbt.source('web', 'click')
    return dbt.source('wep', 'clicks')
",
            &expect![[r#"
                /models/p.py
                  3:18 error unknown-ref: model `stg_order` not found; did you mean `stg_orders`?
                  4:28 error unknown-source: source `web` has no table `click`; did you mean `clicks`?
                  5:24 error unknown-source: source `wep` not found; did you mean `web`?
            "#]],
        );
    }

    #[test]
    fn unknown_refs_and_sources_come_with_a_suggestion() {
        check(
            r"
//- /models/stg_orders.sql
select 1 as id
//- /models/sources.yml
sources:
  - name: raw
    tables: [{name: orders}]
//- /models/orders.sql
select * from {{ ref('stg_orderz') }} join {{ source('raw', 'order') }} join {{ source('rav', 'orders') }}
",
            &expect![[r"
                /models/orders.sql
                  1:23 error unknown-ref: model `stg_orderz` not found; did you mean `stg_orders`?
                  1:62 error unknown-source: source `raw` has no table `order`; did you mean `orders`?
                  1:89 error unknown-source: source `rav` not found; did you mean `raw`?
            "]],
        );
    }

    #[test]
    fn metrics_and_semantic_models_are_checked_against_each_other() {
        check(
            r"
//- /models/orders.sql
select 1 as id
//- /models/semantics.yml
semantic_models:
  - name: orders
    model: ref('orders')
    dimensions: [{name: kind, type: categorical}]
    measures:
      - {name: revenue, agg: sum, agg_time_dimension: kind}
      - {name: cost, agg: sum}
metrics:
  - {name: revenue, label: Revenue, type: simple, type_params: {measure: revenu}}
  - {name: rate, label: Rate, type: ratio, type_params: {numerator: revenues}}
  - {name: resting, label: Resting, type: simple, config: {enabled: false}, type_params: {measure: nothing}}
saved_queries:
  - {name: weekly, query_params: {metrics: [rate, resting, rates]}}
",
            &expect![[r#"
                /models/semantics.yml
                  2:11 error primary-entity: the semantic model orders contains dimensions, but it does not define a primary entity: add an entity with type primary, or set `primary_entity`
                  6:16 error time-dimension: in semantic model 'orders', measure 'revenue' has the aggregation time dimension set to 'kind', which is not a valid time dimension in the semantic model
                  7:16 error time-dimension: aggregation time dimension for measure cost on semantic model orders is not set: set a default `agg_time_dimension` for the semantic model, or one on the measure
                  9:74 error unknown-measure: a semantic model having a measure `revenu` does not exist but was referenced; did you mean `revenue`?
                  10:12 error incomplete-metric: invalid ratio metric: both a numerator and denominator must be specified
                  10:69 error unknown-metric: the metric `revenues` does not exist but was referenced by metric `rate`; did you mean `revenue`?
                  13:51 error unknown-metric: the metric `resting` is disabled and thus cannot be referenced
                  13:60 error unknown-metric: saved query `weekly` depends on a metric named `rates` which was not found; did you mean `rate`?
            "#]],
        );
    }

    #[test]
    fn macros_are_checked_by_name_and_arguments() {
        check(
            r"
//- /macros/money.sql
{% macro cents(column, scale=2) %}round({{ column }}, {{ scale }}){% endmacro %}
//- /models/a.sql
select {{ cent('x') }}, {{ cents() }}, {{ cents('x', 1, 2) }}, {{ cents('x', digits=1) }}, {{ cents('x', scale=1) }}
",
            &expect![[r#"
                /models/a.sql
                  1:11 error unknown-macro: macro `cent` not found; did you mean `cents`?
                  1:28 warning macro-arguments: macro `cents` needs the argument `column`
                  1:57 error macro-arguments: macro `cents` takes at most 2 arguments
                  1:78 error macro-arguments: macro `cents` has no argument `digits`
            "#]],
        );
    }

    #[test]
    fn cycles_are_reported_at_every_member_with_the_path() {
        check(
            r"
//- /models/a.sql
select * from {{ ref('b') }}
//- /models/b.sql
select * from {{ ref('a') }}
",
            &expect![[r"
                /models/a.sql
                  1:23 error cycle: `a` depends on itself: a → b → a
                /models/b.sql
                  1:23 error cycle: `b` depends on itself: b → a → b
            "]],
        );
    }

    #[test]
    fn sql_errors_are_mapped_to_the_source() {
        check(
            r"
//- /models/a.sql
{{ config(materialized='table') }}
select {{ 'id' }},, 2 as x
",
            &expect![[r"
                /models/a.sql
                  2:19 error sql-syntax: expected an expression, found `,`
            "]],
        );
    }

    #[test]
    fn duplicate_names_point_at_each_other() {
        check(
            r"
//- /models/x/a.sql
select 1 as id
//- /models/y/a.sql
select 2 as id
//- /macros/one.sql
{% macro cents(x) %}1{% endmacro %}
//- /macros/two.sql
{% macro euros(x) %}1{% endmacro %}
{% macro cents(x) %}2{% endmacro %}
",
            &expect![[r#"
                /macros/one.sql
                  1:10 error duplicate-name: macro `cents` is defined in macros/two.sql, too; rename or remove one of them
                  1:10 hint unused-macro: nothing in this project calls `cents`, but `run-operation` may
                /macros/two.sql
                  1:10 hint unused-macro: nothing in this project calls `euros`, but `run-operation` may
                  2:10 error duplicate-name: macro `cents` is defined in macros/one.sql, too; rename or remove one of them
                  2:10 hint unused-macro: nothing in this project calls `cents`, but `run-operation` may
                /models/y/a.sql
                  1:1 error duplicate-name: `a` is defined in models/x/a.sql, too; names must be unique in a package
            "#]],
        );
    }

    #[test]
    fn adapters_that_nobody_wrote() {
        check(
            r"
//- /profiles.yml
shop:
  target: dev
  outputs:
    dev:
      type: duckbd
//- /models/a.sql
select 1 as id
",
            &expect![[r"
                /profiles.yml
                  5:13 warning unknown-adapter: no adapter is known as `duckbd`; did you mean `duckdb`?
            "]],
        );
    }

    #[test]
    fn vars_and_docs_must_exist() {
        check(
            r#"
//- /dbt_project.yml
name: shop
profile: shop
vars: {start_date: 2020}
//- /models/a.sql
select '{{ var('start_dat') }}', '{{ var('anything', 1) }}'
//- /models/m.yml
models:
  - name: a
    description: "{{ doc('nothing') }}"
"#,
            &expect![[r"
                /models/a.sql
                  1:17 error unknown-var: var `start_dat` has no value; did you mean `start_date`?
                /models/m.yml
                  3:27 error unknown-doc: documentation block `nothing` not found
            "]],
        );
    }

    #[test]
    fn files_of_sources_need_their_fields() {
        let sources = r#"
//- /models/raw.yml
sources:
  - name: raw
    meta: {external_location: "data/{name}.csv"}
    tables:
      - name: orders
      - name: payments
        config: {external_location: "data/{year}.csv"}
"#;
        check(
            sources,
            &expect![[r#"
            /models/raw.yml
              6:15 error external-location: `external_location` of source `raw.payments`: nothing is called `year`; there are name, identifier, schema, database, tags, external_location
        "#]],
        );
        // Elsewhere it is a key like any other.
        check(
            &format!(
                "//- /profiles.yml\nshop: {{target: dev, outputs: {{dev: {{type: postgres, host: h, user: u, port: 5432, pass: p, dbname: d, schema: s}}}}}}{sources}"
            ),
            &expect![""],
        );
    }

    #[test]
    fn what_may_never_happen_is_a_warning() {
        check(
            r"
//- /macros/m.sql
{% macro cents(column) %}{{ round_off(column) }} {{ ref('gone') }}{% endmacro %}
//- /models/a.sql
select 1 as id
{% if target.name == 'prod' %}from {{ ref('prod_only') }}, {{ cent('x') }}{% endif %}
{% if 1 == 1 %}from {{ ref('nowhere') }}{% endif %}
//- /models/b.sql
{% if 1 == 1 %}{{ cent('x') }}{% endif %}
",
            &expect![[r#"
                /macros/m.sql
                  1:10 hint unused-macro: nothing in this project calls `cents`, but `run-operation` may
                  1:29 warning unknown-macro: macro `round_off` not found
                  1:58 warning unknown-ref: model `gone` not found
                /models/a.sql
                  2:44 warning unknown-ref: model `prod_only` not found
                  2:63 warning unknown-macro: macro `cent` not found; did you mean `cents`?
                  3:29 error unknown-ref: model `nowhere` not found
                /models/b.sql
                  1:19 error undefined-name: `cent` is undefined; is it a macro that does not exist, or a package that is not installed?
            "#]],
        );
    }

    #[test]
    fn disabled_models_may_read_what_is_not_there() {
        check(
            r"
//- /models/off.sql
{{ config(enabled=false) }} select * from {{ ref('gone') }}, {{ source('raw', 'gone') }} where '{{ var('gone') }}' from
//- /models/broken.sql
{{ config(enabled=false) }} select {% if %}
//- /models/reads_it.sql
select * from {{ ref('off') }}
",
            &expect![[r#"
                /models/broken.sql
                  1:36 error jinja-syntax: `if` is never closed; add `{% endif %}`
                  1:42 error jinja-syntax: expected an expression, found the end of the tag
                /models/reads_it.sql
                  1:23 error disabled-ref: model `off` is disabled; enable it or remove this reference
            "#]],
        );
    }

    #[test]
    fn what_a_warehouse_decides_proves_nothing() {
        check(
            r"
//- /models/a.sql
{% set orders = load_relation(ref('b')) %}
{% if execute and orders is none %}{{ exceptions.raise_compiler_error('build it first') }}{% endif %}
select 1 as id
//- /models/b.sql
select 1 as id
",
            &expect![""],
        );
    }

    #[test]
    fn functions_must_exist() {
        check(
            "
//- /functions/doubled.sql
select 2 * x
//- /functions/f.yml
functions:
  - name: doubled
    description: Twice as much.
    arguments: [{name: x, data_type: integer}]
    returns: {data_type: integer}
//- /models/a.sql
select {{ function('doubld') }}(1) as two, {{ function('doubled') }}(2) as four
",
            &expect![[r#"
                /models/a.sql
                  1:21 error unknown-function: function `doubld` not found; did you mean `doubled`?
            "#]],
        );
    }

    #[test]
    fn unit_tests_must_fit_their_models() {
        check(
            "
//- /models/orders_v1.sql
select 1 as id
//- /models/grows.sql
select 1 as id {% if is_incremental() %}where true{% endif %}
//- /models/m.yml
models:
  - name: orders
    versions: [{v: 1}]
  - name: resting
    config: {enabled: false}
unit_tests:
  - {name: right, model: orders, given: [], expect: {rows: []}}
  - {name: idle, model: resting, given: [], expect: {rows: []}}
  - {name: unknown, model: ordrs, given: [], expect: {rows: []}}
  - {name: absent, model: orders, versions: {include: [2]}, given: [], expect: {rows: []}}
  - {name: unsaid, model: grows, given: [], expect: {rows: []}}
  - {name: pinned, model: grows, overrides: {macros: {is_incremental: false}}, versions: {exclude: [1]}, given: [], expect: {rows: []}}
  - {name: lonely, model: grows, overrides: {macros: {is_incremental: true}}, given: [], expect: {rows: []}}
  - {name: unused, model: gone, config: {enabled: false}, given: [{input: ref('gone'), rows: []}], expect: {rows: []}}
  - {name: idle_with_input, model: resting, given: [{input: ref('resting'), rows: []}], expect: {rows: []}}
//- /models/resting.sql
select 1 as id
",
            &expect![[r#"
                /models/m.yml
                  9:28 error unknown-ref: Unable to find model 'shop.ordrs' for unit test 'unknown' in models/m.yml; did you mean `orders`?
                  10:27 error unit-test: Unit test 'absent' referenced a version of 'orders' which was not found.
                  11:27 error unit-test: Boolean override for 'is_incremental' must be provided for unit test 'unsaid' in model 'grows'
                  12:27 error unit-test: Unit test 'pinned' should not have a versions include or exclude when referencing non-versioned model 'grows'
                  13:27 error unit-test: Unit test 'lonely' for incremental model 'grows' must have a 'this' input
            "#]],
        );
    }

    #[test]
    fn what_dbt_will_not_always_take_is_a_hint() {
        check(
            "
//- /models/a.sql
select 1 as id
//- /models/m.yml
models:
  - name: a
    columns:
      - name: id
        data_tests:
          - accepted_values: {values: [1], severity: warn}
          - accepted_values: {arguments: {values: [2]}, config: {where: id > 0}}
//- /macros/m.sql
{% set beside = 1 %}
{% macro inside() %}{% set x = 1 %}{% endmacro %}
",
            &expect![[r#"
                /macros/m.sql
                  1:1 hint deprecated: Found unexpected 'set' block tag. in file `macros/m.sql`
                  1:8 hint unused-variable: nothing reads `beside`
                  2:10 hint unused-macro: nothing in this project calls `inside`, but `run-operation` may
                  2:28 hint unused-variable: nothing reads `x`
                /models/m.yml
                  6:31 hint deprecated: Found top-level arguments to test `accepted_values` defined on 'a' in package 'shop' (models/m.yml). Arguments to generic tests should be nested under the `arguments` property.
                  6:44 hint deprecated: Found `severity` as a top-level property of `data_tests.accepted_values.severity` in file `models/m.yml`. The `severity` top-level property should be moved into the `config` of `data_tests.accepted_values.severity`.
            "#]],
        );
    }

    #[test]
    fn tests_of_what_is_not_there_are_left_out() {
        check(
            r"
//- /models/off.sql
{{ config(enabled=false) }} select 1 as id
//- /tests/idle.sql
select * from {{ ref('off') }} cross join {{ source('raw', 'gone') }}
",
            &expect![[r#"
                /tests/idle.sql
                  1:23 warning disabled-ref: model `off` is disabled; enable it or remove this reference
                  1:54 warning unknown-source: source `raw` not found
            "#]],
        );
    }

    #[test]
    fn macros_of_adapters_that_nobody_brings_are_not_missed() {
        check(
            r#"
//- /profiles.yml
shop: {target: dev, outputs: {dev: {type: snowflake, account: a, user: u, database: d, schema: s}}}
//- /models/a.sql
select {{ current_timestamp() }} as at
"#,
            &expect![""],
        );
    }

    #[test]
    fn packages_know_their_version_before_a_run() {
        check(
            r#"
//- /dbt_project.yml
name: shop
profile: shop
version: "1.2.3"
//- /models/a.sql
select {{ builtins.ref.config.dependencies['shop'].version.split('.')[0] }} as major
"#,
            &expect![""],
        );
    }
}
