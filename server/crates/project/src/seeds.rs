//! What an editor wants to know of a seed: its columns. Loading and typing the rows is the engine's business.

use base::SourceRange;

use crate::reading::{Spanned, SpannedText};

/// The columns that the first line of a CSV file names, with their places.
#[must_use]
pub fn header(text: &str, delimiter: char) -> Vec<SpannedText> {
    let without_bom = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut at = text.len() - without_bom.len();
    let mut columns = Vec::new();
    loop {
        let rest = text.get(at..).unwrap_or("");
        let (name, len) = field(rest, delimiter);
        if name.is_empty() && len == 0 && columns.is_empty() && is_line_end(rest) {
            return columns;
        }
        columns.push(Spanned::new(
            name.trim().into(),
            SourceRange::from_usize(at, at + len),
        ));
        at += len;
        let Some(next) = text.get(at..).and_then(|rest| rest.strip_prefix(delimiter)) else {
            return columns;
        };
        at = text.len() - next.len();
    }
}

fn is_line_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(['\n', '\r'])
}

/// The first field of a line and the bytes it takes, quotes included.
fn field(rest: &str, delimiter: char) -> (String, usize) {
    let Some(quoted) = rest.strip_prefix('"') else {
        let end = rest.find([delimiter, '\n', '\r']).unwrap_or(rest.len());
        return (rest.get(..end).unwrap_or("").to_owned(), end);
    };
    let mut name = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c != '"' {
            name.push(c);
        } else if chars.next_if(|(_, next)| *next == '"').is_some() {
            // Two quotes are one.
            name.push('"');
        } else {
            // Both quotes count.
            return (name, at + 2);
        }
    }
    (name, rest.len())
}

#[cfg(test)]
mod tests {
    use super::header;

    fn check(text: &str, delimiter: char, expected: &[(&str, &str)]) {
        let found: Vec<_> = header(text, delimiter)
            .into_iter()
            .map(|column| (column.value.to_string(), column.range.of(text).to_owned()))
            .collect();
        let found: Vec<_> = found
            .iter()
            .map(|(name, at)| (name.as_str(), at.as_str()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn names_and_places_of_columns() {
        check("id,name\r\n1,x\n", ',', &[("id", "id"), ("name", "name")]);
        check(
            "\u{feff}\"a \"\"b\"\", c\";d",
            ';',
            &[("a \"b\", c", "\"a \"\"b\"\", c\""), ("d", "d")],
        );
        check("", ',', &[]);
    }
}
