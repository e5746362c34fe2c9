//! YAML text to a tree in which every key and every scalar knows its bytes.
//!
//! `Yaml::parse` always returns a tree: what cannot be read becomes diagnostics and is left out (`recovery`), the rest
//! is there. Plain scalars are typed as PyYAML types them (`scalar`), since that is what dbt reads with; a date stays
//! the text it was written as. The tree is one vector in document order, with the source text for the values, so that
//! hundreds of properties files stay small; walk it with `YamlNode`.

mod anchors;
mod build;
mod message;
mod position;
mod recovery;
mod scalar;

use std::sync::Arc;

use base::{Diagnostic, SourceRange};
use indexmap::IndexMap;
use serde_json::Value;

pub use position::{Place, Role, Segment, YamlPosition};
pub use scalar::{Scalar, plain_scalar};

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Yaml {
    text: Arc<str>,
    /// Values that are not a piece of `text` as it stands: quoted with escapes, folded, over several lines.
    decoded: String,
    /// In document order; a mapping's children are keys and values in turn. Never empty.
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    kind: Kind,
    range: SourceRange,
    /// Index past the last descendant.
    next: u32,
    /// Of the value in `text` or `decoded`; for aliases `start` is the index of the target.
    value: (u32, u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nothing written where a value is expected.
    Missing,
    Plain {
        is_decoded: bool,
    },
    Quoted {
        is_decoded: bool,
    },
    Block {
        is_decoded: bool,
    },
    Sequence {
        is_flow: bool,
    },
    Mapping {
        is_flow: bool,
        is_simple: bool,
    },
    Alias,
}

/// Where a scalar's text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes: typed.
    Plain,
    /// In quotes.
    Quoted,
    /// `|` or `>`.
    Block,
}

/// What a node is, aliases resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A scalar, or nothing.
    Scalar,
    /// A list.
    Sequence,
    /// A mapping.
    Mapping,
}

impl Yaml {
    /// Parse `text`; problems are in the list, sorted.
    #[must_use]
    pub fn parse(text: &str) -> (Self, Vec<Diagnostic>) {
        recovery::parse(text)
    }

    /// The outermost value.
    pub fn root(&self) -> YamlNode<'_> {
        YamlNode { tree: self, idx: 0 }
    }

    /// The text it was parsed from.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    fn entry(&self, idx: u32) -> &Entry {
        static MISSING: Entry = Entry {
            kind: Kind::Missing,
            range: SourceRange { start: 0, end: 0 },
            next: 0,
            value: (0, 0),
        };
        self.entries.get(idx as usize).unwrap_or(&MISSING)
    }
}

/// A value in a tree.
#[derive(Clone, Copy)]
pub struct YamlNode<'a> {
    tree: &'a Yaml,
    idx: u32,
}

impl<'a> YamlNode<'a> {
    /// Its bytes: a quoted scalar's with the quotes, an alias' own.
    pub fn range(self) -> SourceRange {
        self.tree.entry(self.idx).range
    }

    /// The anchored node where this is an alias.
    #[must_use]
    pub fn resolved(self) -> Self {
        let entry = self.tree.entry(self.idx);
        match entry.kind {
            // A target lies before its alias and is no alias itself.
            Kind::Alias => Self {
                idx: entry.value.0,
                ..self
            },
            _ => self,
        }
    }

    /// `*name`: what is asked of it is answered by the anchored node, but for its range.
    pub fn is_alias(self) -> bool {
        matches!(self.tree.entry(self.idx).kind, Kind::Alias)
    }

    /// Scalar, list or mapping.
    pub fn shape(self) -> Shape {
        match self.tree.entry(self.resolved().idx).kind {
            Kind::Sequence { .. } => Shape::Sequence,
            Kind::Mapping { .. } => Shape::Mapping,
            Kind::Missing
            | Kind::Plain { .. }
            | Kind::Quoted { .. }
            | Kind::Block { .. }
            | Kind::Alias => Shape::Scalar,
        }
    }

    /// Whether a list or mapping is written in brackets.
    pub fn is_flow(self) -> bool {
        match self.tree.entry(self.resolved().idx).kind {
            Kind::Sequence { is_flow } | Kind::Mapping { is_flow, .. } => is_flow,
            Kind::Missing
            | Kind::Plain { .. }
            | Kind::Quoted { .. }
            | Kind::Block { .. }
            | Kind::Alias => false,
        }
    }

    /// The text of a scalar, before typing; `None` for lists and mappings.
    pub fn raw(self) -> Option<&'a str> {
        let entry = self.tree.entry(self.resolved().idx);
        let (start, end) = (entry.value.0 as usize, entry.value.1 as usize);
        match entry.kind {
            Kind::Missing => Some(""),
            Kind::Plain { is_decoded }
            | Kind::Quoted { is_decoded }
            | Kind::Block { is_decoded } => {
                let from = if is_decoded {
                    self.tree.decoded.as_str()
                } else {
                    &*self.tree.text
                };
                from.get(start..end)
            }
            Kind::Sequence { .. } | Kind::Mapping { .. } | Kind::Alias => None,
        }
    }

    /// How a scalar is written.
    pub fn style(self) -> Option<Style> {
        match self.tree.entry(self.resolved().idx).kind {
            Kind::Missing | Kind::Plain { .. } => Some(Style::Plain),
            Kind::Quoted { .. } => Some(Style::Quoted),
            Kind::Block { .. } => Some(Style::Block),
            Kind::Sequence { .. } | Kind::Mapping { .. } | Kind::Alias => None,
        }
    }

    /// A scalar with its type.
    pub fn scalar(self) -> Option<Scalar<'a>> {
        let raw = self.raw()?;
        match self.style()? {
            Style::Plain => Some(plain_scalar(raw)),
            Style::Quoted | Style::Block => Some(Scalar::Text(raw)),
        }
    }

    /// A text that is one to YAML as well: `5` and `yes` are none.
    pub fn as_text(self) -> Option<&'a str> {
        match self.scalar()? {
            Scalar::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A boolean.
    pub fn as_bool(self) -> Option<bool> {
        match self.scalar()? {
            Scalar::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// Null, or nothing written.
    pub fn is_null(self) -> bool {
        matches!(self.scalar(), Some(Scalar::Null))
    }

    /// The items of a list; nothing for others.
    pub fn items(self) -> impl Iterator<Item = YamlNode<'a>> {
        let node = self.resolved();
        let is_list = node.shape() == Shape::Sequence;
        node.children().filter(move |_| is_list)
    }

    /// Keys and values of a mapping as dbt sees them: merge keys merged, of duplicates the last. Nothing for others.
    pub fn entries(self) -> impl Iterator<Item = (YamlNode<'a>, YamlNode<'a>)> {
        let node = self.resolved();
        let (written, merged) = match node.tree.entry(node.idx).kind {
            Kind::Mapping {
                is_simple: true, ..
            } => (Some(node.written_entries()), Vec::new()),
            Kind::Mapping { .. } => (None, node.merged_entries()),
            _ => (None, Vec::new()),
        };
        written.into_iter().flatten().chain(merged)
    }

    /// Keys and values of a mapping as they are written.
    pub fn written_entries(self) -> impl Iterator<Item = (YamlNode<'a>, YamlNode<'a>)> {
        let node = self.resolved();
        let is_mapping = node.shape() == Shape::Mapping;
        let mut children = node.children().filter(move |_| is_mapping);
        std::iter::from_fn(move || Some((children.next()?, children.next()?)))
    }

    /// The value under a key of a mapping.
    pub fn get(self, key: &str) -> Option<YamlNode<'a>> {
        self.entries()
            .find(|(found, _)| found.raw() == Some(key))
            .map(|(_, value)| value)
    }

    fn children(self) -> impl Iterator<Item = YamlNode<'a>> {
        let tree = self.tree;
        let end = tree.entry(self.idx).next;
        let mut idx = self.idx + 1;
        std::iter::from_fn(move || {
            let child = (idx < end).then_some(YamlNode { tree, idx })?;
            // Forwards in any case, so that no tree can make this loop.
            idx = tree.entry(idx).next.max(idx + 1);
            Some(child)
        })
    }

    /// As PyYAML flattens: what is merged comes first, own keys replace it where it stands.
    fn merged_entries(self) -> Vec<(YamlNode<'a>, YamlNode<'a>)> {
        let mut out: IndexMap<Option<&'a str>, (YamlNode<'a>, YamlNode<'a>)> = IndexMap::new();
        let mut put = |key: YamlNode<'a>, value| {
            out.insert(key.raw(), (key, value));
        };
        for (key, value) in self.written_entries() {
            if !key.is_merge() {
                continue;
            }
            if value.shape() == Shape::Mapping {
                value.entries().for_each(|(key, value)| put(key, value));
            } else {
                // Of several, the first wins.
                let sources: Vec<_> = value.items().collect();
                for source in sources.into_iter().rev() {
                    source.entries().for_each(|(key, value)| put(key, value));
                }
            }
        }
        for (key, value) in self.written_entries() {
            if !key.is_merge() {
                put(key, value);
            }
        }
        out.into_values().collect()
    }

    fn is_merge(self) -> bool {
        self.style() == Some(Style::Plain) && self.raw() == Some("<<")
    }

    /// As JSON, with keys as texts and dates as written.
    #[must_use]
    pub fn to_json(self) -> Value {
        match self.shape() {
            Shape::Scalar => self.scalar().map_or(Value::Null, Scalar::to_json),
            Shape::Sequence => self.items().map(Self::to_json).collect(),
            Shape::Mapping => self
                .entries()
                .map(|(key, value)| (key.raw().unwrap_or("").to_owned(), value.to_json()))
                .collect(),
        }
    }
}

/// JSON as YAML text, for `toyaml`.
pub fn to_yaml_text(value: &Value) -> Result<String, String> {
    serde_yaml::to_string(value).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &Expect) {
        let (tree, diagnostics) = Yaml::parse(text);
        let mut out = format!("{}\n", tree.root().to_json());
        for diagnostic in diagnostics {
            let before = &text[..diagnostic.range.start as usize];
            let line = before.matches('\n').count() + 1;
            let (range, message) = (diagnostic.range, diagnostic.message);
            writeln!(out, "line {line} `{}`: {message}", range.of(text)).unwrap();
        }
        expected.assert_eq(&out);
    }

    #[test]
    fn types_scalars_as_yaml_1_1() {
        check(
            "[yes, Off, 0o17, 017, 1_000, 0x1F, 1e3, 1.5, ~, 2020-01-01, 'yes', -.inf, 1:30, y, '']",
            &expect![[r#"
                [true,false,"0o17",15,1000,31,"1e3",1.5,null,"2020-01-01","yes","-.inf",90,"y",""]
            "#]],
        );
    }

    #[test]
    fn merges_anchored_mappings_under_own_keys() {
        check(
            "base: &b {x: 1, y: 2}\nown:\n  <<: *b\n  y: 3\n  z: 4\n",
            &expect![[r#"
                {"base":{"x":1,"y":2},"own":{"x":1,"y":3,"z":4}}
            "#]],
        );
    }

    #[test]
    fn the_last_of_duplicates_wins_with_a_warning() {
        check(
            "a: 1\nb: 2\na: 3\n",
            &expect![[r#"
                {"a":3,"b":2}
                line 3 `a`: duplicate key `a`; the last one is used
            "#]],
        );
    }

    #[test]
    fn keeps_block_scalars_and_escapes() {
        check(
            "a: |\n  one\n  two\nb: >-\n  x\n  y\nc: \"t\\tu\"\nd: 'it''s'\n",
            &expect![[r#"
                {"a":"one\ntwo\n","b":"x y","c":"t\tu","d":"it's"}
            "#]],
        );
    }

    #[test]
    fn a_word_without_a_colon_costs_one_line() {
        check(
            "models:\n  - name: a\n    descr\n    columns:\n      - name: id\n  - name: b\n",
            &expect![[r#"
                {"models":[{"name":"a","columns":[{"name":"id"}]},{"name":"b"}]}
                line 3 `descr`: a key without `:`
            "#]],
        );
    }

    #[test]
    fn a_broken_item_leaves_the_others() {
        check(
            "models:\n  - name: a\n    description: \"x\" y\n  - name: b\n    x: [1, 2\n  - name: c\nseeds:\n  - name: d\n",
            &expect![[r#"
                {"models":[{"name":"a"},{"name":"b"},{"name":"c"}],"seeds":[{"name":"d"}]}
                line 3 `y`: text behind the closing quote
                line 6 `: c`: a `:` where none can be; is a bracket above not closed?
            "#]],
        );
    }

    #[test]
    fn a_broken_section_leaves_the_others() {
        check(
            "}models:\n  - name: a\nseeds:\n  - name: b\n",
            &expect![[r#"
                {"seeds":[{"name":"b"}]}
                line 1 `}models:`: a closing bracket that was not opened
            "#]],
        );
    }

    #[test]
    fn wrong_indentation_costs_one_line() {
        check(
            "models:\n  - name: a\n   description: x\n  - name: b\n",
            &expect![[r#"
                {"models":[{"name":"a"},{"name":"b"}]}
                line 3 `description: x`: wrong indentation: this is neither an item of the list above (`- `) nor a key of its last item
            "#]],
        );
    }

    #[test]
    fn an_open_quote_does_not_take_the_rest() {
        check(
            "models:\n  - name: a\n    description: \"open\n  - name: b\n",
            &expect![[r#"
                {"models":[{"name":"a"},{"name":"b"}]}
                line 3 `"open`: a quote that is not closed
            "#]],
        );
    }

    #[test]
    fn tabs_and_unknown_aliases_are_reported() {
        check(
            "a:\n\tb: 1\nc: 2\n",
            &expect![[r#"
            {"a":null,"c":2}
            line 2 `b: 1`: a tab in the indentation; YAML wants spaces
        "#]],
        );
        check(
            "a: *nope\nb: 1\n",
            &expect![[r#"
            {"a":null,"b":1}
            line 1 `*nope`: unknown anchor `nope`; define it above with `&nope`
        "#]],
        );
    }

    #[test]
    fn templates_and_colons_want_quotes() {
        check(
            "a: {{ env_var('X') }}\nb: 1\n",
            &expect![[r#"
                {"a":{"":null},"b":1}
                line 1 `{{ env_var('X') }}`: a value that begins with `{{` must be in quotes
            "#]],
        );
        check(
            "a: one: two\nb: 1\n",
            &expect![[r#"
            {"b":1}
            line 1 `: two`: a `:` where no key can be; put the text in quotes, or check the indentation
        "#]],
        );
        check(
            "a: [1, 2\nb: 1\n",
            &expect![[r#"
                {"b":1}
                line 2 `: 1`: a `:` where none can be; is a bracket above not closed?
            "#]],
        );
    }

    #[test]
    fn a_second_document_is_an_error() {
        check(
            "a: 1\n---\nb: 2\n",
            &expect![[r#"
                {"a":1}
                line 2 `---`: a second document begins here; dbt reads one document a file
            "#]],
        );
    }

    #[test]
    fn aliases_of_aliases_are_bounded() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..9 {
            let before = n - 1;
            let items = vec![format!("*a{before}"); 10].join(", ");
            writeln!(text, "a{n}: &a{n} [{items}]").unwrap();
        }
        let (tree, diagnostics) = Yaml::parse(&text);
        assert!(tree.root().to_json().to_string().len() < 10_000_000);
        assert_eq!(
            diagnostics[0].message,
            "aliases of aliases stand for too much"
        );
    }

    #[test]
    fn a_document_after_the_end_of_the_first_is_underlined() {
        let text = "a: 1\n...\n|\n";
        let (_, diagnostics) = Yaml::parse(text);
        let places: Vec<_> = diagnostics.iter().map(|it| it.range.of(text)).collect();
        assert_eq!(places, ["|"]);
    }

    proptest! {
        #[test]
        fn any_text_gives_a_tree_within_the_text(
            start in 0..EXAMPLE.len(), len in 0..12_usize, insert in "[\\-:{}\\[\\]'\"|>&*#, \n\ta-c]{0,4}"
        ) {
            let end = (start + len).min(EXAMPLE.len());
            let text = format!("{}{insert}{}", &EXAMPLE[..start], &EXAMPLE[end..]);
            let (tree, diagnostics) = Yaml::parse(&text);
            let _ = tree.root().to_json();
            for entry in &tree.entries {
                prop_assert!(entry.range.end as usize <= text.len());
            }
            for diagnostic in diagnostics {
                prop_assert!(diagnostic.range.end as usize <= text.len());
            }
            for offset in 0..text.len() {
                let _ = tree.position_at(offset as u32);
            }
        }
    }

    const EXAMPLE: &str = "version: 2\nmodels:\n  - name: &n a\n    description: \"x y\"\n    columns:\n      - {name: id, tests: [unique, *n]}\n      - name: b\n        meta:\n          <<: {x: 1}\n          text: |\n            one\n  - name: c\n";

    #[test]
    fn a_block_reaches_to_the_bracket_that_ends_it() {
        let text = "given:\n  - input: a\n    rows: [{id: 1}]  # all\nexpect: 1\n";
        let (tree, _) = Yaml::parse(text);
        let given = tree.root().get("given").unwrap();
        let item = given.items().next().unwrap();
        let ends = [given, item].map(|it| it.range().of(text).ends_with("rows: [{id: 1}]"));
        assert_eq!(ends, [true, true]);
    }

    #[test]
    fn ranges_are_exact() {
        let text = "é: [x, 'y z']\nk:\n";
        let (tree, _) = Yaml::parse(text);
        let ranges: Vec<_> = tree.entries.iter().map(|e| e.range.of(text)).collect();
        assert_eq!(
            ranges,
            ["é: [x, 'y z']\nk", "é", "[x, 'y z']", "x", "'y z'", "k", ""]
        );
    }
}
