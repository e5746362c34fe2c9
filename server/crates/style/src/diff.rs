//! The lines in which two texts differ: as edits for editors, which keep their cursors so, and as a diff for people.

use base::SourceRange;
use similar::{Algorithm, DiffOp, TextDiff};

/// Lines in place of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineEdit {
    /// What goes: whole lines.
    pub range: SourceRange,
    /// What comes.
    pub text: String,
}

/// What makes `after` of `before`, in order.
pub fn line_edits(before: &str, after: &str) -> Vec<LineEdit> {
    let diff = lines(before, after);
    let starts = line_starts(before);
    let new_starts = line_starts(after);
    let at = |starts: &[u32], nth: usize| starts.get(nth).copied().unwrap_or(0);
    let changes = diff
        .ops()
        .iter()
        .filter(|op| !matches!(op, DiffOp::Equal { .. }));
    changes
        .map(|op| {
            let (old, new) = (op.old_range(), op.new_range());
            let new = SourceRange::new(at(&new_starts, new.start), at(&new_starts, new.end));
            LineEdit {
                range: SourceRange::new(at(&starts, old.start), at(&starts, old.end)),
                text: new.of(after).to_owned(),
            }
        })
        .collect()
}

/// As `diff -u` shows it.
pub fn unified_diff(path: &str, before: &str, after: &str) -> String {
    lines(before, after)
        .unified_diff()
        .header(&format!("a/{path}"), &format!("b/{path}"))
        .to_string()
}

fn lines<'t>(before: &'t str, after: &'t str) -> TextDiff<'t, 't, 't, str> {
    TextDiff::configure()
        .algorithm(Algorithm::Myers)
        .diff_lines(before, after)
}

/// Of each line, and the end of the text.
fn line_starts(text: &str) -> Vec<u32> {
    let mut starts = vec![0];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len() as u32;
        starts.push(at);
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_differ_are_replaced() {
        let edits = line_edits("a\nb\nc\nd", "a\nB\nc\nd\n");
        assert_eq!(
            edits,
            [
                LineEdit {
                    range: SourceRange::new(2, 4),
                    text: "B\n".to_owned()
                },
                LineEdit {
                    range: SourceRange::new(6, 7),
                    text: "d\n".to_owned()
                },
            ]
        );
    }
}
