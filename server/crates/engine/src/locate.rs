//! From the place a warehouse names in a statement to the place in the template that made it.
//!
//! DuckDB ends a message with the line and a caret:
//!
//! ```text
//! Binder Error: Referenced column "nmae" not found in FROM clause!
//!
//! LINE 3:     nmae as name
//!             ^
//! ```
//!
//! A long line is cut at both ends and marked with dots.

use base::{RenderedRange, SourceRange};

use crate::compile::Compiled;

/// The place in the template of a node whose statement failed with `message`.
pub(crate) fn in_template(sql: &str, message: &str, compiled: &Compiled) -> Option<SourceRange> {
    let offset = statement_offset(sql, message)?;
    // The node's SQL stands in the statement as it is, behind `create table ... as (` or the like.
    let start = sql.find(compiled.sql.trim())?;
    let leading = compiled.sql.len() - compiled.sql.trim_start().len();
    let rendered = compiled.rendered_offset(offset.checked_sub(start)? + leading)?;
    let end = rendered + word_len(&compiled.rendered, rendered);
    let range = RenderedRange::from_usize(rendered, end);
    let pieces = compiled.source_map.pieces();
    let piece = pieces
        .iter()
        .find(|piece| piece.rendered.contains(range.start))?;
    if piece.kind == jinja::PieceKind::Expression {
        return Some(piece.source);
    }
    let start = piece.source.start + (range.start - piece.rendered.start);
    let len = range.len().min(piece.rendered.end - range.start);
    Some(SourceRange::new(start, start + len))
}

/// The byte of the statement that the message points at.
fn statement_offset(sql: &str, message: &str) -> Option<usize> {
    let lines: Vec<&str> = message.lines().collect();
    let at = lines.iter().rposition(|line| line.starts_with("LINE "))?;
    let (number, shown) = lines.get(at)?.strip_prefix("LINE ")?.split_once(": ")?;
    let number: usize = number.parse().ok()?;
    let caret = lines.get(at + 1)?.find('^')?;
    let column = caret.checked_sub("LINE ".len() + number.to_string().len() + ": ".len())?;

    let line_start: usize = sql
        .split_inclusive('\n')
        .take(number.checked_sub(1)?)
        .map(str::len)
        .sum();
    let line = sql.get(line_start..)?.lines().next()?;
    let cut = shown.strip_prefix("...");
    let (shown, column) = match cut {
        Some(rest) => (rest, column.checked_sub(3)?),
        None => (shown, column),
    };
    let visible = shown.strip_suffix("...").unwrap_or(shown);
    let before = if cut.is_some() {
        line.find(visible)?
    } else {
        0
    };
    let offset = line_start + before + column;
    sql.is_char_boundary(offset).then_some(offset)
}

/// How long the name or the sign at `offset` is.
fn word_len(text: &str, offset: usize) -> usize {
    let rest = text.get(offset..).unwrap_or("");
    let word: usize = rest
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .map(char::len_utf8)
        .sum();
    word.max(rest.chars().next().map_or(0, char::len_utf8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_place_that_the_caret_points_at() {
        let sql = "create table t as (\nselect\n    nmae as name\n)";
        let message = "Binder Error: no such column\n\nLINE 3:     nmae as name\n            ^";
        let offset = statement_offset(sql, message).unwrap();
        assert_eq!(&sql[offset..offset + 4], "nmae");
    }

    #[test]
    fn finds_it_in_a_line_that_was_cut() {
        let sql = "select aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbb, nope from t";
        let message = "Binder Error: x\n\nLINE 1: ...aaaaa, bbbbbbbbbbbbbbbbbbb, nope from t\n                                       ^";
        let offset = statement_offset(sql, message).unwrap();
        assert_eq!(&sql[offset..offset + 4], "nope");
    }
}
