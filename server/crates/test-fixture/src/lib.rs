//! Fixture strings for tests: a few files in one string, a cursor in one of them, expectations under the lines.
//!
//! ```text
//! //- /models/a.sql
//! select * from {{ ref('b$0') }}
//!                      -- ^ error: model `b` not found
//! //- /models/b.sql
//! select 1
//! ```
//!
//! Text before the first header belongs to the file `/main.sql`. A line that holds only a comment and carets is an
//! annotation: it is about the text above the carets, and it is *not* part of the file. What an annotation means is up
//! to the test. Nothing here knows what the files are for.

use std::path::{Path, PathBuf};

use base::SourceRange;

/// What the text before the first header is called.
const DEFAULT_PATH: &str = "/main.sql";
const CURSOR: &str = "$0";

/// What a line of carets says about the line above it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Annotation {
    /// The file the annotated line is in.
    pub path: PathBuf,
    /// What the carets point at.
    pub range: SourceRange,
    /// The text after the carets: `error: model not found`.
    pub text: String,
}

/// The files of a fixture string, without cursor and annotations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fixture {
    /// Path and text, in the order written.
    pub files: Vec<(PathBuf, String)>,
    /// Where `$0` stood.
    pub cursor: Option<(PathBuf, u32)>,
    /// All annotations, in the order written.
    pub annotations: Vec<Annotation>,
}

impl Fixture {
    /// Take `text` apart. A second `$0` is ordinary text, so that a test about it can be written.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut fixture = Self::default();
        let mut file = FileBuilder::new(DEFAULT_PATH);
        // The first line break only exists to let the fixture start on a line of its own.
        let text = text.strip_prefix('\n').unwrap_or(text);
        for line in text.split_inclusive('\n') {
            if let Some(path) = line.strip_prefix("//- ") {
                let before = std::mem::replace(&mut file, FileBuilder::new(path.trim()));
                before.finish(&mut fixture);
            } else {
                file.push(line, &mut fixture);
            }
        }
        file.finish(&mut fixture);
        fixture
    }

    /// The text of the file at `path`; empty if there is none.
    pub fn text(&self, path: impl AsRef<Path>) -> &str {
        self.files
            .iter()
            .find(|(other, _)| other == path.as_ref())
            .map_or("", |(_, text)| text)
    }
}

struct FileBuilder {
    path: PathBuf,
    text: String,
    /// Start of the last line that is not an annotation.
    last_line: usize,
}

impl FileBuilder {
    fn new(path: &str) -> Self {
        Self {
            path: PathBuf::from(path),
            text: String::new(),
            last_line: 0,
        }
    }

    fn push(&mut self, line: &str, fixture: &mut Fixture) {
        if let Some((start, end, text)) = annotation(line) {
            let at = |col: usize| (self.last_line + col).min(self.text.len());
            fixture.annotations.push(Annotation {
                path: self.path.clone(),
                range: SourceRange::from_usize(at(start), at(end)),
                text,
            });
            return;
        }
        self.last_line = self.text.len();
        match line.split_once(CURSOR) {
            Some((before, after)) if fixture.cursor.is_none() => {
                let offset = self.text.len() + before.len();
                fixture.cursor = Some((self.path.clone(), offset as u32));
                self.text.push_str(before);
                self.text.push_str(after);
            }
            _ => self.text.push_str(line),
        }
    }

    fn finish(self, fixture: &mut Fixture) {
        if self.text.is_empty() && self.path == Path::new(DEFAULT_PATH) {
            return;
        }
        fixture.files.push((self.path, self.text));
    }
}

/// Columns and text of a line like `  -- ^^^ error: …` or `  # ^^^ …`.
fn annotation(line: &str) -> Option<(usize, usize, String)> {
    let trimmed = line.trim_start();
    let after_comment = trimmed
        .strip_prefix("--")
        .or_else(|| trimmed.strip_prefix('#'))?;
    let carets = after_comment.trim_start();
    if !carets.starts_with('^') {
        return None;
    }
    let start = line.len() - carets.len();
    let text = carets.trim_start_matches('^');
    let end = line.len() - text.len();
    Some((start, end, text.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::Fixture;

    fn check(text: &str, expected: &Expect) {
        let fixture = Fixture::parse(text);
        let mut lines = Vec::new();
        for (path, text) in &fixture.files {
            lines.push(format!("{}: {text:?}", path.display()));
        }
        if let Some((path, offset)) = &fixture.cursor {
            lines.push(format!("cursor: {}:{offset}", path.display()));
        }
        for note in &fixture.annotations {
            let target = note.range.of(fixture.text(&note.path));
            lines.push(format!(
                "{target:?} in {}: {}",
                note.path.display(),
                note.text
            ));
        }
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn splits_files_at_headers() {
        check(
            "\n//- /models/a.sql\nselect 1\n//- /models/b.sql\n\nselect 2",
            &expect![[r#"
                /models/a.sql: "select 1\n"
                /models/b.sql: "\nselect 2""#]],
        );
    }

    #[test]
    fn text_without_a_header_is_the_main_file() {
        check(
            "select $0x",
            &expect![[r#"
            /main.sql: "select x"
            cursor: /main.sql:7"#]],
        );
    }

    #[test]
    fn annotations_point_at_the_line_above_and_leave_the_text() {
        check(
            "
//- /a.yml
models: x
# ^^^^ odd
  #     ^ error: unknown `x`
next: 1
",
            &expect![[r#"
                /a.yml: "models: x\nnext: 1\n"
                "dels" in /a.yml: odd
                "x" in /a.yml: error: unknown `x`"#]],
        );
    }

    #[test]
    fn the_cursor_does_not_move_annotations() {
        check(
            "//- /a.sql\nselect $0foo\n    -- ^^^ here\n",
            &expect![[r#"
                /a.sql: "select foo\n"
                cursor: /a.sql:7
                "foo" in /a.sql: here"#]],
        );
    }
}
