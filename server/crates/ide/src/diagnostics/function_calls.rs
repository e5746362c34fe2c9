//! `function-arguments`: calls of SQL functions that the warehouse does not take.
//!
//! A warning: a warehouse may have another function of the name, which somebody made there.

use analysis::{
    own_functions::{created_functions, own_functions},
    rendered::RenderedSql,
    target::target,
};
use base::{Diagnostic, Severity};
use jinja::Precision;
use sql::{Dialect, Misuse, MisuseKind, SqlTree, misuses};

use super::CheckContext;

/// What is wrong with the calls in a rendered text.
pub(super) fn check(
    context: &CheckContext<'_>,
    part: &RenderedSql,
    tree: &SqlTree,
    found: &mut Vec<Diagnostic>,
) {
    let (db, file) = (context.db, context.file);
    let Some(project) = file.project(db) else {
        return;
    };
    // Without a usable profile nobody knows the warehouse, and what speaks PostgreSQL's SQL without being one takes
    // other arguments, too.
    let is_known = target(db, project)
        .as_ref()
        .as_ref()
        .is_ok_and(|it| tree.dialect() != Dialect::Postgres || *it.adapter_type == *"postgres");
    if !is_known {
        return;
    }
    let own = own_functions(db, project);
    let is_own = |name: &str| own.may_be(name) || created_functions(db, file).may_be(name);
    for misuse in misuses(tree, &is_own) {
        let Some((range, precision)) = part.source_map.to_source(misuse.range) else {
            continue;
        };
        let message = match precision {
            Precision::Exact => message(&misuse),
            Precision::Covering => format!("in the SQL that this renders to: {}", message(&misuse)),
        };
        found.push(Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error("function-arguments", range, message)
        });
    }
}

fn message(misuse: &Misuse) -> String {
    let Misuse {
        function, label, ..
    } = misuse;
    match &misuse.kind {
        MisuseKind::ArgumentCount { given, expected } => {
            format!("`{function}` takes {expected}, not {given}: `{label}`")
        }
        MisuseKind::ArgumentType { parameter, given } => {
            let takes = match *parameter {
                "text" => "a text",
                "number" => "a number",
                _ => "a date or a time",
            };
            format!("`{function}` takes {takes} here, not {given}: cast it (`{label}`)")
        }
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
    fn arguments_of_functions_are_checked() {
        check(
            "
//- /models/a.sql
{% set digits = '2, 3' %}
select upper('a', 'b'), round(1.5, {{ digits }}), sum(cast(1 as varchar)), lower({{ 1 }})
",
            &expect![[r#"
                /models/a.sql
                  2:8 warning function-arguments: `upper` takes 1 argument, not 2: `upper(text)`
                  2:25 warning function-arguments: `round` takes 1 or 2 arguments, not 3: `round(number, [digits])`
                  2:55 warning function-arguments: `sum` takes a number here, not VARCHAR: cast it (`sum(number)`)
                  2:82 warning function-arguments: in the SQL that this renders to: `lower` takes a text here, not INTEGER: cast it (`lower(text)`)
            "#]],
        );
    }

    #[test]
    fn what_is_like_postgres_is_not_held_to_it() {
        let profile = |adapter: &str| {
            let profile = format!(
                "type: {adapter}, host: h, user: u, password: p, port: 1, dbname: d, schema: s"
            );
            let profile = format!(
                "//- /profiles.yml\nshop: {{target: dev, outputs: {{dev: {{{profile}}}}}}}\n"
            );
            format!("\n{profile}//- /models/a.sql\nselect to_char(now())\n")
        };
        check(
            &profile("postgres"),
            &expect![[r#"
            /models/a.sql
              1:8 warning function-arguments: `to_char` takes 2 arguments, not 1: `to_char(value, format)`
        "#]],
        );
        check(&profile("materialize"), &expect![[""]]);
        check(
            "
//- /dbt_project.yml
name: shop
profile: elsewhere
//- /models/a.sql
select to_char(now(), 'x', 'y'), last_day(now(), 'month')
",
            &expect![[r#"
                /profiles.yml
                  1:1 error invalid-profile: profile `elsewhere` not found in profiles.yml; the file has shop
            "#]],
        );
    }

    #[test]
    fn functions_of_the_project_are_its_own() {
        check(
            "
//- /macros/functions.sql
{% macro make_functions() %}
create or replace macro upper(a, b) as a || b;
{% endmacro %}
//- /models/a.sql
{{ config(pre_hook='create macro lower(a, b) as a || b') }}
select upper('a', 'b'), lower('a', 'b'), trim('a', 'b', 'c')
",
            &expect![[r#"
                /macros/functions.sql
                  1:10 hint unused-macro: nothing in this project calls `make_functions`, but `run-operation` may
                /models/a.sql
                  2:42 warning function-arguments: `trim` takes 1 or 2 arguments, not 3: `trim(text, [characters])`
            "#]],
        );
    }
}
