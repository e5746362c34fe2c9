//! A failure with the place in the source file: a few lines of it and a caret.

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use base::{SourceRange, System};
use engine::Failure;

/// What went wrong and where, as people read it.
pub(crate) fn failure_text(system: &dyn System, name: &str, failure: &Failure) -> String {
    let mut text = match snippet(system, failure) {
        Some(snippet) => format!("{} in {name}\n{snippet}", failure.kind.heading()),
        None => format!(
            "{} in {name}\n  {}",
            failure.kind.heading(),
            failure.message.trim_end().replace('\n', "\n  ")
        ),
    };
    for (idx, step) in failure.through.iter().enumerate() {
        text.push_str(if idx == 0 {
            "\n  > in "
        } else {
            "\n  > called by "
        });
        text.push_str(step);
    }
    if let Some(path) = &failure.compiled_path {
        // Writing to a string does not fail.
        let _ = write!(text, "\n  the SQL that failed is at {}", path.display());
    }
    text
}

/// The lines of `source` at `range`, with their numbers and a caret; nothing where the range is not in the text.
pub(crate) fn excerpt(source: &str, range: SourceRange) -> Option<String> {
    let (start, end) = (range.start as usize, range.end as usize);
    source.get(start..end)?;
    let group = Level::ERROR
        .primary_title("")
        .element(Snippet::source(source).annotation(AnnotationKind::Primary.span(start..end)));
    let text = Renderer::plain().render(&[group]);
    // The title and the place stand elsewhere.
    let lines = text.lines().skip_while(|line| line.trim() != "|");
    Some(lines.collect::<Vec<_>>().join("\n"))
}

/// The place, if there is one and the file can be read.
pub(super) fn snippet(system: &dyn System, failure: &Failure) -> Option<String> {
    let path = failure.path.as_ref()?;
    let range = failure.range?;
    let bytes = system.read(path).ok()?; // a file that went away has no lines to show
    let source = String::from_utf8(bytes).ok()?;
    let (start, end) = (range.start as usize, range.end as usize);
    if !source.is_char_boundary(start) || !source.is_char_boundary(end) {
        return None;
    }
    // DuckDB's own excerpt shows the SQL; the file's says the same where it can be mended.
    let message = failure
        .message
        .split("\n\nLINE ")
        .next()
        .unwrap_or(&failure.message)
        .trim_end();
    let (title, rest) = message.split_once('\n').unwrap_or((message, ""));
    let shown_path = path.display().to_string();
    let group = Level::ERROR.primary_title(title).element(
        Snippet::source(&source)
            .path(shown_path.as_str())
            .annotation(AnnotationKind::Primary.span(start..end)),
    );
    let mut text = Renderer::plain().render(&[group]).clone();
    for line in rest.lines().filter(|line| !line.trim().is_empty()) {
        text.push_str("\n  ");
        text.push_str(line);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn an_excerpt_shows_the_line_and_a_caret() {
        let source = "select 1\nfrom {% if %}\n";
        let shown = excerpt(source, SourceRange { start: 20, end: 22 }).unwrap();
        expect![[r"
              |
            2 | from {% if %}
              |            ^^"]]
        .assert_eq(&shown);
        assert_eq!(excerpt(source, SourceRange { start: 20, end: 99 }), None);
    }
}
