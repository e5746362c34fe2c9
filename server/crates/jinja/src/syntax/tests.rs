//! What the tree says about templates, whole and half-typed.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::{CallKind, Template};

/// Definitions, calls, sets and errors, a line each.
fn check(text: &str, expected: &Expect) {
    let tree = Template::parse(text);
    let mut out = String::new();
    for it in &tree.macros {
        let params: Vec<String> = it
            .params
            .iter()
            .map(|param| match &param.default {
                Some(default) => format!("{}={}", param.name, default.range.of(text)),
                None => param.name.to_string(),
            })
            .collect();
        let _ = writeln!(
            out,
            "{:?} {}({}): {:?}",
            it.kind,
            it.dbt_name().unwrap_or_else(|| it.name.to_string()),
            params.join(", "),
            it.body.of(text)
        );
    }
    for call in &tree.calls {
        let kind = match call.kind {
            CallKind::Function => "call",
            CallKind::Block => "call block",
            CallKind::Filter => "filter",
        };
        let args: Vec<String> = call
            .args
            .iter()
            .map(|arg| {
                let name = arg
                    .name
                    .as_ref()
                    .map_or(String::new(), |it| format!("{}=", it.name));
                match &arg.value.literal {
                    Some(literal) => format!("{name}{literal:?}"),
                    None => format!("{name}<{}>", arg.value.range.of(text)),
                }
            })
            .collect();
        let _ = write!(out, "{kind} {}({})", call.callee(), args.join(", "));
        if let Some(idx) = call.in_macro {
            let _ = write!(out, " in {}", tree.macros[idx as usize].name);
        }
        out.push_str(if call.is_conditional { " perhaps" } else { "" });
        out.push_str(if call.is_whole_output { " alone" } else { "" });
        out.push('\n');
    }
    for set in &tree.sets {
        let value = set.value.as_ref().map_or("block", |it| it.range.of(text));
        let _ = writeln!(out, "set {} = {value}", set.name);
    }
    let free: Vec<&str> = tree
        .names
        .iter()
        .filter(|name| !name.is_bound)
        .map(|name| name.range.of(text))
        .collect();
    let _ = writeln!(out, "free: {}", free.join(" "));
    for error in &tree.errors {
        let _ = writeln!(
            out,
            "error at {:?}: {}",
            error.range.of(text),
            error.message
        );
    }
    expected.assert_eq(&out);
}

#[test]
fn calls_have_paths_and_literal_arguments() {
    check(
        "{{ config(materialized='table', tags=['a', 'b'], meta={'k': -1}) }}\nselect * from {{ ref('pkg', \"a\", v=2) }}{{ dbt_utils.star(ref('b'), except=x) }}",
        &expect![[r#"
            call config(materialized=Str("table"), tags=List([Str("a"), Str("b")]), meta=Dict([(Str("k"), Int(-1))])) alone
            call ref(Str("pkg"), Str("a"), v=Int(2)) alone
            call dbt_utils.star(<ref('b')>, except=<x>) alone
            call ref(Str("b"))
            free: config ref dbt_utils ref x
        "#]],
    );
}

#[test]
fn calls_know_their_surroundings() {
    check(
        "{% macro m(a, b=[1]) %}{% if a %}{{ ref('x') | upper }}{% endif %}{% call statement('s') %}{{ b }}{{ caller() }}{% endcall %}{% endmacro %}",
        &expect![[r#"
            Macro m(a, b=[1]): "{% if a %}{{ ref('x') | upper }}{% endif %}{% call statement('s') %}{{ b }}{{ caller() }}{% endcall %}"
            call ref(Str("x")) in m perhaps
            filter upper() in m perhaps
            call block statement(Str("s")) in m
            call caller() in m perhaps alone
            free: ref statement
        "#]],
    );
}

#[test]
fn all_kinds_of_definitions() {
    check(
        "{% test t(model) %}1{% endtest %}{% data_test u(model) %}2{% enddata_test %}{% materialization mat, adapter='duckdb', supported_languages=['sql', 'python'] %}3{% endmaterialization %}{% snapshot s %}4{% endsnapshot %}{% docs d %}{{ not parsed {% enddocs %}",
        &expect![[r#"
            Test test_t(model): "1"
            Test test_u(model): "2"
            Materialization materialization_mat_duckdb(): "3"
            Snapshot s(): "4"
            Docs d(): "{{ not parsed "
            free: 
        "#]],
    );
}

#[test]
fn names_are_bound_by_what_comes_before() {
    check(
        "{% set a, b = 1, c %}{{ a }}{% for k, v in d.items() %}{{ k }}{{ loop.index }}{% endfor %}{{ k }}{% with e = f %}{{ e }}{% endwith %}{{ e }}{% set g %}x{% endset %}{{ g }}",
        &expect![[r"
            call d.items()
            set a = 1, c
            set b = 1, c
            set g = block
            free: c d k f e
        "]],
    );
}

#[test]
fn an_unclosed_tag_costs_only_itself() {
    check(
        "select {{ ref('a' from {{ ref('b') }}\n{{ ref('c",
        &expect![[r#"
            call ref(Str("a")) alone
            call ref(Str("b")) alone
            call ref(Str("c")) alone
            free: ref ref ref
            error at "from": expected `,` or `)`, found `from`
            error at "'c": string has no closing quote
        "#]],
    );
}

#[test]
fn blocks_are_matched_as_far_as_possible() {
    check(
        "{% if a %}{% for b in c %}{% endif %}{% endfor %}{% else %}{% macro m() %}{{ x }}",
        &expect![[r#"
            Macro m(): "{{ x }}"
            free: a c x
            error at "{% for b in c %}": `for` is never closed; add `{% endfor %}`
            error at "endfor": `endfor` without an open `for`; remove it
            error at "else": `else` outside of `if` or `for`
            error at "{% macro m() %}": `macro` is never closed; add `{% endmacro %}`
        "#]],
    );
}

#[test]
fn errors_say_what_was_expected() {
    for (text, message) in [
        ("{% fi x %}", "unknown tag `fi`; did you mean `if`?"),
        ("{{ a. }}", "expected a name after `.`"),
        ("{{ f(a b) }}", "expected `,` or `)`, found `b`"),
        (
            "{{ [1, 2 }}",
            "expected `,` or `]`, found the end of the tag",
        ),
        ("{{ }}", "expected an expression, found the end of the tag"),
        ("{{ a b }}", "expected `}}`, found `b`"),
        ("{{ 'abc }}", "string has no closing quote"),
        ("{% for x of y %}{% endfor %}", "expected `in`, found `of`"),
        ("{% set = 1 %}", "expected the name to set, found `=`"),
        (
            "{% macro m(a=1, b) %}{% endmacro %}",
            "parameter `b` without a default follows one with a default",
        ),
        ("{# never", "comment is never closed; add `#}`"),
        ("{% raw %} x", "`raw` is never closed; add `{% endraw %}`"),
        (
            "{{ a | }}",
            "expected the name of a filter, found the end of the tag",
        ),
        ("{{ a", "`{{` is never closed; add `}}`"),
    ] {
        let tree = Template::parse(text);
        let messages: Vec<&str> = tree.errors.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(messages, [message], "{text}");
    }
}

#[test]
fn deep_nesting_is_an_error_and_no_crash() {
    for open in ["(", "[", "-", "not ", "f(", "{'a':", "a if "] {
        let text = format!("{{{{ {} }}}}", open.repeat(50_000));
        assert!(!Template::parse(&text).errors.is_empty());
    }
}
