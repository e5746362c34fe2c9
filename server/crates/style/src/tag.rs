//! The text of a Jinja tag, tidied: one space inside its delimiters, further lines moved along with the first.
//!
//! Nothing but white space changes, and none that is inside a string.

use base::SourceRange;

use crate::items::Items;

/// The delimiters of a tag and what is between them; `None` for a comment.
pub(crate) struct TagParts<'t> {
    /// `{{`, `{%-`
    pub(crate) open: &'t str,
    pub(crate) inside: &'t str,
    /// `}}`, `-%}`
    pub(crate) close: &'t str,
}

impl<'t> TagParts<'t> {
    pub(crate) fn of(tag: &'t str) -> Option<Self> {
        let is_output = tag.starts_with("{{") && tag.ends_with("}}");
        let is_statement = tag.starts_with("{%") && tag.ends_with("%}");
        if !(is_output || is_statement) || tag.len() < 4 {
            return None;
        }
        let inside = tag.get(2..tag.len() - 2)?;
        // `{{+ x }}` is a sign, not a mark.
        let is_mark = |c: char| c == '-' || c == '+' && is_statement;
        let open_len = 2 + usize::from(inside.starts_with(is_mark) && inside.len() > 1);
        let close_len = 2 + usize::from(inside.ends_with(['-', '+']) && inside.len() > 1);
        Some(Self {
            open: tag.get(..open_len)?,
            inside: tag.get(open_len..tag.len() - close_len)?,
            close: tag.get(tag.len() - close_len..)?,
        })
    }
}

/// A tag as it is to be written.
pub(crate) fn tidy_tag(tag: &str) -> String {
    let Some(TagParts {
        open,
        inside,
        close,
    }) = TagParts::of(tag)
    else {
        return tag.to_owned();
    };
    let trimmed = inside.trim();
    if trimmed.is_empty() {
        return tag.to_owned();
    }
    let edge = |space: &str| space.contains('\n').then(|| space.to_owned());
    let before = inside.len() - inside.trim_start().len();
    let leading = edge(inside.get(..before).unwrap_or("")).unwrap_or_else(|| " ".to_owned());
    let after = inside.trim_end().len();
    let trailing = edge(inside.get(after..).unwrap_or("")).unwrap_or_else(|| " ".to_owned());
    format!("{open}{leading}{trimmed}{trailing}{close}")
}

/// A stretch of the text with the tags in it tidied.
pub(crate) fn with_tidy_tags(items: &Items<'_>, range: SourceRange) -> String {
    let text = items.text;
    let tags = &items.template.tags;
    let first = tags.partition_point(|tag| tag.range.start < range.start);
    let mut tidied = String::with_capacity(range.len() as usize + 8);
    let mut at = range.start;
    for tag in tags.iter().skip(first) {
        if tag.range.end > range.end {
            break;
        }
        tidied.push_str(SourceRange::new(at, tag.range.start).of(text));
        tidied.push_str(&tidy_tag(tag.range.of(text)));
        at = tag.range.end;
    }
    tidied.push_str(SourceRange::new(at, range.end).of(text));
    tidied
}

/// The lines behind the first moved by as many columns as the first is, but those that begin inside a string.
pub(crate) fn shifted(text: &str, from: usize, to: usize) -> String {
    if from == to || !text.contains('\n') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut quote: Option<char> = None;
    let mut chars = text.char_indices();
    let mut is_escaped = false;
    while let Some((at, c)) = chars.next() {
        out.push(c);
        match quote {
            Some(_) if is_escaped => is_escaped = false,
            Some(_) if c == '\\' => is_escaped = true,
            Some(open) if c == open => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c == '\n' => {
                let rest = text.get(at + 1..).unwrap_or("");
                let n_spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
                let is_empty_line = rest
                    .get(n_spaces..)
                    .is_none_or(|it| it.starts_with(['\n', '\r']));
                let wanted = (n_spaces + to).saturating_sub(from);
                if n_spaces > 0 {
                    chars.nth(n_spaces - 1);
                }
                if !is_empty_line {
                    out.extend(std::iter::repeat_n(' ', wanted));
                }
            }
            _ => {}
        }
    }
    out
}

/// A tag without the white space that means nothing, to compare by.
pub(crate) fn squeezed(tag: &str) -> String {
    let mut out = String::with_capacity(tag.len());
    let mut quote: Option<char> = None;
    let mut is_escaped = false;
    let mut has_space = false;
    let is_wordy = |c: char| c.is_alphanumeric() || c == '_';
    for c in tag.chars() {
        if let Some(open) = quote {
            out.push(c);
            match c {
                _ if is_escaped => is_escaped = false,
                '\\' => is_escaped = true,
                _ if c == open => quote = None,
                _ => {}
            }
            continue;
        }
        if c.is_whitespace() {
            has_space = true;
            continue;
        }
        let between_words = out.chars().next_back().is_some_and(is_wordy) && is_wordy(c);
        if std::mem::take(&mut has_space) && between_words {
            out.push(' ');
        }
        if c == '\'' || c == '"' {
            quote = Some(c);
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_have_a_space_and_keep_their_marks() {
        assert_eq!(tidy_tag("{{ref('a')}}"), "{{ ref('a') }}");
        assert_eq!(tidy_tag("{%-if x-%}"), "{%- if x -%}");
        assert_eq!(tidy_tag("{{ -x }}"), "{{ -x }}");
        assert_eq!(tidy_tag("{#a#}"), "{#a#}");
        assert_eq!(tidy_tag("{{\n  x\n}}"), "{{\n  x\n}}");
    }

    #[test]
    fn lines_move_but_not_those_of_a_string() {
        assert_eq!(
            shifted("{% set x = [\n  'a\n  b',\n] %}", 0, 2),
            "{% set x = [\n    'a\n  b',\n  ] %}"
        );
        assert_eq!(shifted("a\n      b\n\n  c", 4, 0), "a\n  b\n\nc");
    }

    #[test]
    fn only_white_space_outside_of_strings_is_squeezed() {
        assert_eq!(
            squeezed("{{ f( 'a b',\n x if y ) }}"),
            "{{f('a b',x if y)}}"
        );
    }
}
