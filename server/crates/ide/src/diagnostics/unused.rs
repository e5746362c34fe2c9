//! `unused-macro`, `unused-variable`: what nothing in the project calls or reads.
//!
//! dbt does not look at it. They are hints: a macro may be for `run-operation`, and a `set` for what its value does on the way.

use analysis::{
    input::PackageKind,
    macro_uses::is_mentioned,
    macros::macro_index,
    manifest::is_editable,
    resolve::ref_index,
    source::{properties, template},
};
use base::{Diagnostic, Severity, SourceRange};
use jinja::{
    Template,
    syntax::{MacroKind, MacroSyntax, SetSyntax},
};
use project::files::FileKind;

use super::CheckContext;
use crate::{definition::property_files, world::World};

pub(super) fn check(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let tree = template(context.db, context.file);
    // What is being typed may be about to read it.
    if !tree.errors.is_empty() {
        return;
    }
    variables(context, tree, found);
    if context.file.kind(context.db) == Some(FileKind::Macro) {
        macros(context, tree, found);
    }
}

fn hint(code: &'static str, range: SourceRange, message: String) -> Diagnostic {
    Diagnostic {
        severity: Severity::Hint,
        ..Diagnostic::error(code, range, message)
    }
}

/// Names that are set and stand nowhere else in the file.
fn variables(context: &CheckContext<'_>, tree: &Template, found: &mut Vec<Diagnostic>) {
    let text = &**context.file.text(context.db);
    let is_read = |set: &SetSyntax| {
        let mut names = tree.names.iter();
        names.any(|it| it.range.of(text) == &*set.name)
    };
    let is_meant = |set: &SetSyntax| {
        // `{% set _ = list.append(x) %}`; and a dot in front is an attribute of a namespace.
        !set.name.starts_with('_') && set.name_range.of(text) == &*set.name
    };
    for set in &tree.sets {
        if is_meant(set) && !is_read(set) {
            let message = format!("nothing reads `{}`", set.name);
            found.push(hint("unused-variable", set.name_range, message));
        }
    }
}

/// Macros that no tag mentions.
fn macros(context: &CheckContext<'_>, tree: &Template, found: &mut Vec<Diagnostic>) {
    let db = context.db;
    let Some(package) = context.file.package(db).filter(|it| is_editable(db, *it)) else {
        return;
    };
    let project = package.project(db);
    // A package's macros are for others.
    let has_models = !ref_index(db, project).enabled.is_empty();
    if package.kind(db) != PackageKind::Root || !has_models {
        return;
    }
    let index = macro_index(db, project);
    for made in &tree.macros {
        let is_own = made.kind == MacroKind::Macro && !made.is_nested && !is_operation(tree, made);
        if !is_own || made.name.starts_with('_') {
            continue;
        }
        let name = &*made.name;
        // An implementation is called by the name of its dispatcher, an override by what it overrides.
        let dispatched = name.split_once("__").map(|(_, dispatcher)| dispatcher);
        let is_override = index.builtin.contains_key(name)
            || index
                .packages
                .iter()
                .any(|(of, names)| **of != **package.name(db) && names.contains_key(name));
        let is_mentioned = |name: &str| is_mentioned(db, project, name);
        if is_override || is_mentioned(name) || dispatched.is_some_and(is_mentioned) {
            continue;
        }
        if !is_described(context, name) {
            let message =
                format!("nothing in this project calls `{name}`, but `run-operation` may");
            found.push(hint("unused-macro", made.name_range, message));
        }
    }
}

/// Whether it runs something by itself: then it is most likely there for `run-operation`.
fn is_operation(tree: &Template, made: &MacroSyntax) -> bool {
    let mut calls = tree.calls.iter();
    calls.any(|call| {
        let runs = call
            .path
            .iter()
            .any(|part| matches!(&*part.name, "run_query" | "statement" | "adapter" | "log"));
        runs && made.body.covers(call.range)
    })
}

/// Who describes a macro offers it to others.
fn is_described(context: &CheckContext<'_>, name: &str) -> bool {
    let Some(project) = context.file.project(context.db) else {
        return false;
    };
    let world = World {
        db: context.db,
        projects: context.projects,
        answers: None,
    };
    property_files(world, project).any(|file| {
        let macros = &properties(context.db, file).properties.macros;
        macros.iter().any(|entry| *entry.name.value == *name)
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::fixture::render_diagnostics;

    #[test]
    fn macros_that_nothing_mentions_are_hinted_at() {
        let found = render_diagnostics(
            "
//- /dbt_project.yml
name: shop
profile: shop
on-run-end: ['{{ at_the_end() }}']
//- /macros/m.sql
{% macro called() %}{% endmacro %}
{% macro at_the_end() %}{% endmacro %}
{% macro in_properties() %}{% endmacro %}
{% macro dispatched() %}{{ return(adapter.dispatch('dispatched')()) }}{% endmacro %}
{% macro default__dispatched() %}{% endmacro %}
{% macro named() %}{% endmacro %}
{% macro described() %}{% endmacro %}
{% macro generate_schema_name(name, node) %}{{ name }}{% endmacro %}
{% macro calls_itself(n) %}{{ n }}{% endmacro %}
{% macro forgotten() %}{{ calls_itself(1) }}{% endmacro %}
{% macro grants() %}{% do run_query('grant select on all') %}{% endmacro %}
{% test positive(model) %}select 1{% endtest %}
//- /macros/m.yml
macros: [{name: described}]
models: [{name: a, config: {post_hook: '{{ in_properties() }}'}}]
//- /models/a.sql
select 1 {{ called() }} -- {{ context['named']() }}
",
        );
        expect![[r#"
            /macros/m.sql
              10:10 hint unused-macro: nothing in this project calls `forgotten`, but `run-operation` may
        "#]]
        .assert_eq(&found);
    }

    #[test]
    fn variables_that_nothing_reads_are_hinted_at() {
        let found = render_diagnostics(
            "
//- /models/a.sql
{% set used = 1 %}{% set other = used + 1 %}
{% set ns = namespace(n=1) %}{% set ns.n = 2 %}{% set _ = [].append(1) %}
{% set block %}select{% endset %}
{% for n in [1] %}{% set inner = n %}{% endfor %}
select {{ ns.n }} as id
//- /models/b.sql
{% set gone = 1 %}select {{ go
",
        );
        expect![[r#"
            /models/a.sql
              1:26 hint unused-variable: nothing reads `other`
              3:8 hint unused-variable: nothing reads `block`
              4:26 hint unused-variable: nothing reads `inner`
            /models/b.sql
              1:26 error jinja-syntax: `{{` is never closed; add `}}`
        "#]]
        .assert_eq(&found);
    }
}
