//! From what dbt accepts to what the template engine accepts, with a map back.
//!
//! The parser notes what has to change; here the changes are applied. A template that needs none stays as it is.
//!
//! - list and dict literals become calls that make mutable objects, since dbt code lives on `{% do x.append(y) %}`;
//! - `%`, `+` and slices become calls with Python's meaning;
//! - `{% test %}`, `{% materialization %}`, `{% snapshot %}` and `{% docs %}` become macros or text;
//! - macros that read `varargs` or `kwargs` get those parameters;
//! - Python's string escapes, numbers without end, unary plus, `{% do x if y %}`, types of parameters;
//! - line ends become `\n` and one at the end is dropped, as Jinja2 does.

mod offset_map;

use std::borrow::Cow;
use std::fmt::Write as _;

use base::SourceRange;

pub(crate) use offset_map::OffsetMap;

use crate::syntax::{
    EditKind, Grammar, LIMIT, MacroSyntax, SourceEdit, Template, parse_with_edits,
};

/// The text of a template to be rendered as a whole, such as a model. `start` is where it lies in its file.
pub(crate) fn desugar(text: &str, start: u32) -> (Cow<'_, str>, OffsetMap, Template) {
    let (tree, mut edits) = parse_with_edits(text, Grammar::Main);
    if is_beyond_limits(&tree) {
        return refused(text, start, tree);
    }
    if text.ends_with('\n') {
        let n_bytes = if text.ends_with("\r\n") { 2 } else { 1 };
        edits.push(replace(
            SourceRange::from_usize(text.len() - n_bytes, text.len()),
            "",
        ));
    }
    let end = text.trim_end_matches(['\r', '\n']).len();
    if text.len() - end <= 2 && text.get(..end).is_some_and(|it| it.ends_with('{')) {
        // What the renderer adds behind the template must not make a tag of it.
        edits.push(replace(SourceRange::from_usize(end - 1, end), "{{ '{' }}"));
    }
    let (source, offsets) = apply(text, edits, start);
    (source, offsets, tree)
}

fn is_beyond_limits(tree: &Template) -> bool {
    tree.errors.iter().any(|error| error.code == LIMIT)
}

/// What the engine must not see, as something small that it refuses; the tree says why.
fn refused(text: &str, start: u32, tree: Template) -> (Cow<'_, str>, OffsetMap, Template) {
    let all = SourceRange::from_usize(0, text.len());
    let (source, offsets) = apply(text, vec![replace(all, "{{ }}")], start);
    (source, offsets, tree)
}

/// The text of one macro as a template that defines it under the engine's name for it.
pub(crate) fn desugar_macro(text: &str, syntax: &MacroSyntax) -> (String, OffsetMap) {
    let whole = syntax.range.of(text);
    let (tree, mut edits) = parse_with_edits(whole, Grammar::Definition);
    if is_beyond_limits(&tree) {
        let (source, offsets, _) = refused(whole, syntax.range.start, tree);
        return (source.into_owned(), offsets);
    }
    if let Some(definition) = tree.macros.first() {
        edits.extend(hidden_parameters(whole, definition));
        add_late_defaults(whole, definition, &tree, &mut edits);
    }
    let (source, offsets) = apply(whole, edits, syntax.range.start);
    (source.into_owned(), offsets)
}

/// `varargs` and `kwargs` behind the macro's own parameters.
fn hidden_parameters(text: &str, definition: &MacroSyntax) -> Option<SourceEdit> {
    if !definition.reads_varargs && !definition.reads_kwargs {
        return None;
    }
    let open = definition.open;
    let paren = open.start + open.of(text).rfind(')')? as u32;
    let mut params = String::new();
    for (is_read, name) in [
        (definition.reads_varargs, "varargs"),
        (definition.reads_kwargs, "kwargs"),
    ] {
        if is_read {
            let has_before = !definition.params.is_empty() || !params.is_empty();
            params.push_str(if has_before { ", " } else { "" });
            params.push_str(name);
            params.push_str("=none");
        }
    }
    Some(SourceEdit {
        range: SourceRange::at(paren),
        text: params.into(),
        kind: EditKind::Close,
    })
}

/// A default that reads another parameter, which the engine would not find: it is set in the body instead.
fn add_late_defaults(
    text: &str,
    definition: &MacroSyntax,
    tree: &Template,
    edits: &mut Vec<SourceEdit>,
) {
    let mut settings = String::new();
    for param in &definition.params {
        let Some(default) = &param.default else {
            continue;
        };
        let is_late = tree.names.iter().any(|name| {
            let read = name.range.of(text);
            default.range.covers(name.range) && definition.params.iter().any(|it| *it.name == *read)
        });
        if !is_late {
            continue;
        }
        let name = &param.name;
        let value = default.range.of(text);
        let _ = write!(
            settings,
            "{{% if {name} is undefined %}}{{% set {name} = {value} %}}{{% endif %}}"
        );
        edits.retain(|edit| !default.range.covers(edit.range));
        edits.push(SourceEdit {
            range: default.range,
            text: "dagsmith_unset".into(),
            kind: EditKind::Replace,
        });
    }
    if settings.is_empty() {
        return;
    }
    // A `-` at the end of the opening tag is for the text that follows, which now follows the settings.
    if definition.open.of(text).ends_with("-%}") {
        settings.truncate(settings.len() - 2);
        settings.push_str("-%}");
    }
    edits.push(SourceEdit {
        range: SourceRange::at(definition.open.end),
        text: settings.into(),
        kind: EditKind::Close,
    });
}

fn replace(range: SourceRange, text: &'static str) -> SourceEdit {
    SourceEdit {
        range,
        text: text.into(),
        kind: EditKind::Replace,
    }
}

fn apply(text: &str, mut edits: Vec<SourceEdit>, start: u32) -> (Cow<'_, str>, OffsetMap) {
    for (at, _) in text.match_indices("\r\n") {
        if at + 2 < text.len() || !text.ends_with("\r\n") {
            edits.push(replace(SourceRange::from_usize(at, at + 1), ""));
        }
    }
    if edits.is_empty() {
        return (Cow::Borrowed(text), OffsetMap::new(start));
    }
    let edits = ordered(edits);
    let mut out = String::with_capacity(text.len() + edits.len() * 16);
    let mut offsets = OffsetMap::new(start);
    let mut done = 0;
    for edit in edits {
        if edit.range.start < done {
            // Inside text that was replaced as a whole.
            continue;
        }
        out.push_str(SourceRange::new(done, edit.range.start).of(text));
        let out_start = out.len() as u32;
        out.push_str(&edit.text);
        offsets.push(SourceRange::new(out_start, out.len() as u32), edit.range);
        done = edit.range.end;
    }
    out.push_str(SourceRange::new(done, text.len() as u32).of(text));
    (Cow::Owned(out), offsets)
}

/// In the order they are applied. What closes at a place comes before what opens there, and of two that open there
/// the outer one, which was noted later, comes first.
fn ordered(edits: Vec<SourceEdit>) -> Vec<SourceEdit> {
    let n_edits = edits.len();
    let mut keyed: Vec<((u32, EditKind, usize), SourceEdit)> = edits
        .into_iter()
        .enumerate()
        .map(|(nr, edit)| {
            let is_open = edit.kind == EditKind::Open;
            let rank = if is_open { n_edits - nr } else { nr };
            ((edit.range.start, edit.kind, rank), edit)
        })
        .collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, edit)| edit).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(text: &str, expected: &Expect) {
        expected.assert_eq(&desugar(text, 0).0);
    }

    fn check_macro(text: &str, expected: &Expect) {
        let template = Template::parse(text);
        let (source, _) = desugar_macro(text, &template.macros[0]);
        expected.assert_eq(&source);
    }

    #[test]
    fn literals_become_mutable() {
        check(
            "{% set x = [1, {'a': []}] %}{{ [x][0] }}",
            &expect![[
                r"{% set x = dagsmith_list([1, dagsmith_dict(['a', dagsmith_list([])])]) %}{{ dagsmith_list([x])[0] }}"
            ]],
        );
    }

    #[test]
    fn operators_with_another_meaning_become_calls() {
        check(
            "{{ a + b + c }}{{ 1 + a }}{{ '%s' % (a, b) }}{{ [a] + b[1:] }}",
            &expect![
                "{{ dagsmith_add(dagsmith_add(a , b) , c) }}{{ dagsmith_add(1 , a) }}{{ dagsmith_mod('%s' , (a, b)) }}{{ dagsmith_add(dagsmith_list([a]) , dagsmith_own(b[1:])) }}"
            ],
        );
    }

    #[test]
    fn operators_that_know_no_decimals_become_calls() {
        check(
            "{{ a * 2 }}{{ 2 * 3 }}{{ -a ** b }}{{ -1 }}{{ a / b // c }}",
            &expect![
                "{{ dagsmith_mul(a , 2) }}{{ 2 * 3 }}{{ dagsmith_pow(dagsmith_neg(a) , b) }}{{ -1 }}{{ dagsmith_floordiv(dagsmith_div(a , b) , c) }}"
            ],
        );
        check(
            "{{ a == b }}{{ a == 'x' }}{{ a < 'x' }}{{ x | length > 0 }}{{ 0 < a <= b }}{{ a in b }}{{ a == b not in c }}{{ a is none }}{{ a != none }}",
            &expect![
                "{{ dagsmith_compare(a ,'==', b) }}{{ a == 'x' }}{{ dagsmith_compare(a ,'<', 'x') }}{{ x | length > 0 }}{{ dagsmith_compare(0 ,'<', a ,'<=', b) }}{{ a in b }}{{ dagsmith_compare(a ,'==', b ,'not in', c) }}{{ a is none }}{{ a != none }}"
            ],
        );
    }

    #[test]
    fn small_differences_are_evened_out() {
        check(
            r"{{ +1 }}{{ '\d' 'x' }}{{ 0xffffffffffffffffffffffffffffffffff }}{% do f() if c %}{% do f() %}{{ a <> b }}",
            &expect![[
                r#"{{ 1 }}{{ "\\dx" }}{{ "87112285931760246646623899502532662132735" }}{% set dagsmith_do = f() if c %}{% do f() %}{{ dagsmith_compare(a ,'!=', b) }}"#
            ]],
        );
    }

    #[test]
    fn blocks_of_dbt_become_macros_and_text() {
        check(
            "{% test t(a) %}x{% endtest %}{% snapshot s %}y{% endsnapshot %}{% docs d %}{{ z }}{% enddocs %}!",
            &expect![[r"{% macro test_t(a) %}x{% endmacro %}{% if true %}y{% endif %}!"]],
        );
    }

    #[test]
    fn macros_get_the_engines_name_and_hidden_parameters() {
        check_macro(
            "{%- macro m(a: str, b=[1]) -%}{{ varargs }}{{ kwargs }}{%- endmacro -%}",
            &expect![[
                r"{%- macro dagsmith_macro(a, b=dagsmith_list([1]), varargs=none, kwargs=none) -%}{{ varargs }}{{ kwargs }}{%- endmacro -%}"
            ]],
        );
        check_macro(
            "{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] -%}x{% endmaterialization %}",
            &expect!["{% macro dagsmith_macro() -%}x{% endmacro %}"],
        );
    }

    #[test]
    fn defaults_may_read_other_parameters() {
        check_macro(
            "{% macro m(a, b=a ~ 'x') -%} {{ b }}{% endmacro %}",
            &expect![[
                r"{% macro dagsmith_macro(a, b=dagsmith_unset) -%}{% if b is undefined %}{% set b = a ~ 'x' %}{% endif -%} {{ b }}{% endmacro %}"
            ]],
        );
    }

    #[test]
    fn line_ends_are_those_of_jinja() {
        check("a\r\nb\r\n", &expect!["a\nb"]);
        check("a\n\n", &expect!["a\n"]);
    }
}
