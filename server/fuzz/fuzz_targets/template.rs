//! A template: parsed, with a cursor in it, rendered, and its pieces compared with the output.
#![no_main]

use std::sync::Arc;

use dagsmith_fuzz::{Anything, assert_fits};
use jinja::{Limits, RenderHost, Renderer, Template, TemplateInput, syntax::cursor_context};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let tree = Template::parse(text);
    for error in &tree.errors {
        assert_fits(error.range.start, error.range.end, text);
    }
    for tag in &tree.tags {
        assert_fits(tag.range.start, tag.range.end, text);
    }
    for at in [0, text.len() / 3, text.len() / 2, text.len()] {
        cursor_context(text, at as u32);
    }
    let host: Arc<dyn RenderHost> = Arc::new(Anything);
    let renderer = Renderer::new(Limits {
        fuel: 100_000,
        macro_depth: 20,
    });
    let input = TemplateInput {
        name: "m",
        package: "p",
        file: None,
        start: 0,
        text,
    };
    let rendered = renderer.render(&host, input);
    if rendered.error.is_none() {
        let mut end = 0;
        for piece in rendered.source_map.pieces() {
            assert_eq!(piece.rendered.start, end);
            assert_fits(piece.source.start, piece.source.end, text);
            end = piece.rendered.end;
        }
        assert_eq!(end as usize, rendered.text.len());
    }
});
