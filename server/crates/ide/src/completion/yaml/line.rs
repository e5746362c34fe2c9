//! What the text around a cursor in YAML says, by indentation: half-typed YAML has no tree worth looking at.

use base::SourceRange;

/// The line of a cursor, and where it is.
pub(super) struct Line<'a> {
    /// `name` in `- name: ord|`.
    pub(super) key: Option<&'a str>,
    /// What is typed of the value, or of the key.
    pub(super) typed: &'a str,
    /// The same with what follows the cursor.
    pub(super) value: &'a str,
    /// It is an item of a list.
    pub(super) is_item: bool,
    pub(super) replace: SourceRange,
    /// The keys above with less indentation, the nearest first.
    pub(super) keys: Vec<&'a str>,
    /// `orders` where the parent is a key of `- name: orders`.
    pub(super) entry: Option<&'a str>,
    /// All of the text, where the line begins, and where its content does.
    text: &'a str,
    start: usize,
    indent: usize,
}

impl<'a> Line<'a> {
    pub(super) fn at(text: &'a str, offset: u32) -> Option<Self> {
        let before = text.get(..offset as usize)?;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.get(start..)?;
        let content = line.trim_start_matches([' ', '-']);
        let indent = line.len() - content.len();
        let (key, typed) = match content.split_once(':') {
            Some((key, value)) => (
                Some(key.trim()),
                value.trim_start().trim_start_matches(['"', '\'']),
            ),
            None => (None, content),
        };
        let mut keys = Vec::new();
        let mut entry = None;
        let mut limit = indent;
        for above in before.get(..start)?.lines().rev() {
            let content = above.trim_start_matches([' ', '-']);
            let indent = above.len() - content.len();
            let Some((key, value)) = content.split_once(':') else {
                continue;
            };
            if content.starts_with('#') {
                continue;
            }
            if indent < limit {
                keys.push(key.trim());
                limit = indent;
            }
            if indent == limit && keys.len() == 1 && key.trim() == "name" {
                entry = entry.or(Some(value.trim().trim_matches(['"', '\''])));
            }
        }
        let end = offset as usize;
        let line_end = text
            .get(end..)?
            .find('\n')
            .map_or(text.len(), |at| end + at);
        Some(Self {
            key,
            typed,
            replace: SourceRange::from_usize(end - typed.len(), end),
            keys,
            value: text.get(end - typed.len()..line_end)?,
            is_item: line.trim_start().starts_with('-'),
            entry,
            text,
            start,
            indent,
        })
    }

    /// The outermost key above: `models`.
    pub(super) fn section(&self) -> Option<&'a str> {
        self.keys.last().copied()
    }

    /// The nearest key above with less indentation.
    pub(super) fn parent(&self) -> Option<&'a str> {
        self.keys.first().copied()
    }

    /// How many keys are above with less indentation.
    pub(super) fn depth(&self) -> usize {
        self.keys.len()
    }

    /// What is typed of the last item of `[a, "b|`, and of what follows `separators` in it.
    pub(super) fn typed_behind(&self, separators: &[char]) -> (&'a str, SourceRange) {
        let is_before =
            |c: char| matches!(c, '[' | ',' | ' ' | '"' | '\'') || separators.contains(&c);
        let typed = self.typed.rsplit(is_before).next().unwrap_or(self.typed);
        let end = self.replace.end;
        let start = end.saturating_sub(typed.len() as u32);
        (typed, SourceRange::new(start, end))
    }

    /// The value of another key of the same mapping, above or below.
    pub(super) fn sibling(&self, name: &str) -> Option<&'a str> {
        let value_in = |line: &'a str| {
            let content = line.trim_start_matches([' ', '-']);
            let is_here = line.len() - content.len() == self.indent;
            let (key, value) = content.split_once(':').filter(|_| is_here)?;
            (key.trim() == name).then(|| value.trim().trim_matches(['"', '\'']))
        };
        let is_outside = |line: &&str| {
            let content = line.trim_start_matches([' ', '-']);
            !content.is_empty() && line.len() - content.len() < self.indent
        };
        let is_first = |line: &str| {
            let dash = line.trim_start();
            dash.starts_with('-') && line.len() - dash.len() < self.indent
        };
        let above = self.text.get(..self.start)?.lines().rev();
        let own_line = self.text.get(self.start..)?.lines().next()?;
        if !is_first(own_line) {
            for line in above.take_while(|line| !is_outside(line)) {
                if let Some(value) = value_in(line) {
                    return Some(value);
                }
                if is_first(line) {
                    break;
                }
            }
        }
        let below = self.text.get(self.start..)?.lines().skip(1);
        let mut below = below.take_while(|line| !is_outside(line) && !is_first(line));
        below.find_map(value_in)
    }
}
