//! Names as they are written: words within a text, and calls in YAML and Python, which have no template tags.

use analysis::source::{template, yaml};
use base::SourceRange;
use jinja::{Template, syntax::CallSyntax};
use project::{
    files::FileKind,
    yaml::{Shape, YamlNode},
};

use crate::world::{Here, World};

/// The last place in `range` where `word` stands alone.
pub(super) fn word_in(text: &str, range: SourceRange, word: &str) -> Option<SourceRange> {
    let within = range.of(text);
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = within.rmatch_indices(word);
    let (start, _) = found.find(|(start, _)| {
        let before = within.get(..*start).and_then(|it| it.chars().next_back());
        let after = within.get(start + word.len()..);
        let after = after.and_then(|it| it.chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })?;
    let start = range.start + start as u32;
    Some(SourceRange::new(start, start + word.len() as u32))
}

/// The name in `range`: as a word, or behind the prefix of an adapter, as `cents` in `default__cents`.
pub(super) fn name_in(text: &str, range: SourceRange, name: &str) -> Option<SourceRange> {
    word_in(text, range, name).or_else(|| {
        let prefix = range.of(text).strip_suffix(name)?;
        let start = range.end - name.len() as u32;
        prefix
            .ends_with("__")
            .then(|| SourceRange::new(start, range.end))
    })
}

/// A call with places in its file.
pub(super) struct WrittenCall {
    call: CallSyntax,
    /// Where in the file the text began that the call was read from.
    from: u32,
    /// The length of what that text had in front: `{{`.
    ahead: u32,
}

impl WrittenCall {
    pub(super) fn call(&self) -> &CallSyntax {
        &self.call
    }

    /// The places of the positional arguments that are texts.
    pub(super) fn text_args(&self) -> Vec<SourceRange> {
        let texts = self.call.positional().filter(|arg| {
            let literal = arg.value.literal.as_ref();
            literal.is_some_and(|literal| literal.as_str().is_some())
        });
        texts.map(|arg| self.place(arg.value.range)).collect()
    }

    fn place(&self, range: SourceRange) -> SourceRange {
        let at = |offset: u32| (offset + self.from).saturating_sub(self.ahead);
        SourceRange::new(at(range.start), at(range.end))
    }
}

/// All calls that a file writes, also those that YAML and Python write without braces.
pub(super) fn written_calls(world: World<'_>, there: &Here) -> Vec<WrittenCall> {
    let text = there.text(world);
    let calls = template(world.db, there.file).calls.iter();
    let mut found: Vec<WrittenCall> = calls
        .map(|call| WrittenCall {
            call: call.clone(),
            from: 0,
            ahead: 0,
        })
        .collect();
    if there.file.path(world.db).ends_with(".py") {
        for callee in ["dbt.ref(", "dbt.source(", "dbt.function("] {
            for (start, _) in text.match_indices(callee) {
                let start = start + "dbt.".len();
                let end = text.get(start..).and_then(|it| it.find(')'));
                let end = end.map_or(text.len(), |end| start + end + 1);
                bare_calls(text, SourceRange::from_usize(start, end), &mut found);
            }
        }
    }
    if matches!(there.kind(world), Some(FileKind::Properties) | None) {
        let tree = yaml(world.db, there.file);
        bare_calls_of_yaml(text, tree.0.root(), &mut found);
    }
    found
}

fn bare_calls_of_yaml(text: &str, node: YamlNode<'_>, found: &mut Vec<WrittenCall>) {
    match node.shape() {
        Shape::Scalar => {
            let written = node.range().of(text);
            if written.contains('(') && !written.contains("{{") {
                let quotes = u32::from(written.starts_with(['\'', '"']));
                let range = node.range();
                let range =
                    SourceRange::new(range.start + quotes, range.end.saturating_sub(quotes));
                bare_calls(text, range, found);
            }
        }
        Shape::Sequence => {
            for item in node.items() {
                bare_calls_of_yaml(text, item, found);
            }
        }
        Shape::Mapping => {
            for (_, value) in node.written_entries() {
                bare_calls_of_yaml(text, value, found);
            }
        }
    }
}

/// `ref('orders')` is read as `{{ref('orders')}}`.
fn bare_calls(text: &str, range: SourceRange, found: &mut Vec<WrittenCall>) {
    const OPEN: &str = "{{";
    let wrapped = format!("{OPEN}{}}}}}", range.of(text));
    let calls = Template::parse(&wrapped).calls.into_iter();
    found.extend(calls.map(|call| WrittenCall {
        call,
        from: range.start,
        ahead: OPEN.len() as u32,
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_whole_word_is_found() {
        let find = |text: &str, word| {
            let all = SourceRange::from_usize(0, text.len());
            word_in(text, all, word).map(|range| range.start)
        };
        assert_eq!(find("ref('a', 'a')", "a"), Some(10));
        assert_eq!(find("orders_2, orders", "orders"), Some(10));
        assert_eq!(find("my_orders", "orders"), None);
    }
}
