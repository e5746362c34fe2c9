//! What holds for any template: the source map covers the output, nothing panics, ranges fit the text.

use std::sync::Arc;

use base::{RenderedRange, SourceRange};
use jinja::syntax::cursor_context;
use jinja::{
    HostError, MacroDef, PieceKind, RefRequest, Relation, RenderHost, Renderer, Template,
    TemplateInput, Value,
};
use proptest::prelude::*;

/// Answers everything, knows no macros.
struct Anything;

impl RenderHost for Anything {
    fn execute(&self) -> bool {
        false
    }

    fn find_macro(&self, _package: &str, _name: &str) -> Option<Arc<MacroDef>> {
        None
    }

    fn find_macro_in(&self, _package: &str, _name: &str) -> Option<Arc<MacroDef>> {
        None
    }

    fn has_package(&self, _name: &str) -> bool {
        false
    }

    fn dispatch(&self, _: &str, name: &str, _: Option<&str>) -> Result<Arc<MacroDef>, HostError> {
        Err(HostError::compilation("unknown-macro", name))
    }

    fn reference(&self, request: &RefRequest) -> Result<Value, HostError> {
        Ok(Relation::new(None, Some("s"), Some(&request.name)).into_value())
    }

    fn source(&self, source: &str, table: &str) -> Result<Value, HostError> {
        Ok(Relation::new(None, Some(source), Some(table)).into_value())
    }

    fn var(&self, _name: &str) -> Option<Value> {
        Some(Value::from("v"))
    }

    fn env_var(&self, _name: &str) -> Result<Option<String>, HostError> {
        Ok(Some("e".to_owned()))
    }

    fn config_set(&self, _pairs: Vec<(String, Value)>) -> Result<(), HostError> {
        Ok(())
    }

    fn config_get(&self, _name: &str) -> Option<Value> {
        None
    }

    fn global(&self, _name: &str) -> Option<Value> {
        None
    }
}

/// Bits of templates: whole ones, halves of them, and text around them.
const BITS: [&str; 58] = [
    "select ",
    "\n",
    "\r\n",
    "  ",
    "é表😀",
    "{",
    "}",
    "%",
    "{{ ref('a') }}",
    "{{- x -}}",
    "{{ var('v') }}",
    "{% if x %}",
    "{% if not x -%}",
    "{%- else %}",
    "{% endif %}",
    "{% for i in [1, 2] %}",
    "{% for k, v in {'a': [1]}.items() -%}",
    "{% endfor %}",
    "{{ i }}",
    "{{ loop.index }}",
    "{% set y = [1] + [2] %}",
    "{% set z %}",
    "{% endset %}",
    "{% do y.append('é') %}",
    "{{ y }}",
    "{# note #}",
    "{#- note -#}",
    "{% raw %}",
    "{% endraw %}",
    "{% macro m(a, b=1) %}",
    "{% endmacro %}",
    "{% test t(model) %}",
    "{% endtest %}",
    "{% snapshot s %}",
    "{% endsnapshot %}",
    "{% docs d %}",
    "{% enddocs %}",
    "{% call m() %}",
    "{% endcall %}",
    "{{ 'a' ~ \"b\" }}",
    "{{ '%s' % 'x' }}",
    "{{ '\\d' 'x' }}",
    "{{ y[1:] }}",
    "{{",
    "{%",
    "{#",
    "}}",
    "%}",
    "#}",
    "{{ ref('",
    "{{ f(",
    "{% do ",
    "{% materialization x, default %}",
    "{% endmaterialization %}",
    "{{ 0xffffffffffffffffffffffffffffffffffffffff }}",
    "{% filter upper %}",
    "{% endfilter %}",
    "{{ +1 if x }}",
];

fn template() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&BITS[..]), 0..24).prop_map(|bits| bits.concat())
}

fn fits(range: SourceRange, text: &str) -> bool {
    text.get(range.start as usize..range.end as usize).is_some()
}

fn check_source_map(text: &str, start: u32) {
    let host: Arc<dyn RenderHost> = Arc::new(Anything);
    let input = TemplateInput {
        name: "m",
        package: "p",
        file: None,
        start,
        text,
    };
    let rendered = Renderer::default().render(&host, input);
    if rendered.error.is_some() {
        assert!(rendered.source_map.pieces().is_empty());
        return;
    }
    let mut done = 0;
    for piece in rendered.source_map.pieces() {
        assert_eq!(piece.rendered.start, done, "no gap and no overlap");
        assert!(!piece.rendered.is_empty());
        done = piece.rendered.end;
        let source = SourceRange::new(piece.source.start - start, piece.source.end - start);
        assert!(fits(source, text), "{piece:?}");
        if piece.kind == PieceKind::Literal {
            assert_eq!(source.of(text), piece.rendered.of(&rendered.text));
        }
    }
    assert_eq!(done as usize, rendered.text.len(), "all is covered");
    for (at, _) in rendered.text.char_indices() {
        let range = RenderedRange::at(at as u32);
        assert!(rendered.source_map.to_source(range).is_some());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_cover_the_output_and_literals_equal_their_source(text in template(), start in 0_u32..50) {
        check_source_map(&text, start);
    }

    #[test]
    fn any_text_has_a_tree_whose_ranges_fit(text in template()) {
        let tree = Template::parse(&text);
        let ranges = tree
            .tags
            .iter()
            .map(|it| it.range)
            .chain(tree.calls.iter().flat_map(|it| [it.range, it.args_range]))
            .chain(tree.names.iter().map(|it| it.range))
            .chain(tree.macros.iter().flat_map(|it| [it.range, it.body, it.name_range]))
            .chain(tree.blocks.iter().map(jinja::syntax::BlockSyntax::range))
            .chain(tree.errors.iter().map(|it| it.range));
        for range in ranges {
            prop_assert!(fits(range, &text), "{range:?} in {text:?}");
        }
    }

    #[test]
    fn a_cursor_can_be_anywhere(text in template()) {
        for offset in 0..=text.len() {
            cursor_context(&text, offset as u32);
        }
    }

    #[test]
    fn noise_does_no_harm(text in "(\\PC|[{}%#'\"()\\[\\]|.,:=~*-]|\n){0,80}") {
        let tree = Template::parse(&text);
        prop_assert!(tree.errors.iter().all(|error| fits(error.range, &text)), "{tree:?}");
        check_source_map(&text, 0);
        cursor_context(&text, text.len() as u32 / 2);
    }

    #[test]
    fn what_parses_without_errors_the_engine_accepts(text in template()) {
        let host: Arc<dyn RenderHost> = Arc::new(Anything);
        let input = TemplateInput { name: "m", package: "p", file: None, start: 0, text: &text };
        let rendered = Renderer::default().render(&host, input);
        let is_refused = rendered
            .error
            .as_ref()
            .is_some_and(|error| error.kind == jinja::RenderErrorKind::Syntax);
        let errors = Template::parse(&text).errors;
        prop_assert!(!is_refused || !errors.is_empty(), "{text:?}: {:?}", rendered.error);
    }
}
