//! A template as one row of items: SQL tokens, Jinja tags and comments together, and how each is set off from the one before.
//!
//! The SQL between the tags is scanned in one go, with a letter for every byte of a `{{ }}` and a character that means
//! nothing for every byte of other tags. So a tag inside a string or a comment is part of it, and one that touches a name
//! is part of the name, as it will be when the template is rendered.

use base::SourceRange;
use jinja::{
    Template,
    syntax::{BlockKind, BlockSyntax, MacroKind, TagKind, TagSyntax},
};
use sql::{Dialect, TokenKind, tokenize};

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ItemKind {
    /// A token of SQL; with the `{{ }}` that it has in it.
    Sql(TokenKind),
    /// A `{{ }}` that touches no name.
    Output,
    /// `{% %}`
    Statement,
    /// `{# #}`
    JinjaComment,
    /// `{% raw %}` or `{% docs %}` up to its end.
    Verbatim,
    /// A block that is left as it is, up to its end: its text may be a value that somebody compares.
    Block,
}

/// A stretch of the text that stays together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) kind: ItemKind,
    pub(crate) range: SourceRange,
    /// A keyword of the grammar, if it is used as one as far as its neighbours tell.
    pub(crate) is_keyword: bool,
    /// White space before it; empty where it touches the item before.
    pub(crate) gap: SourceRange,
    /// Line breaks in that white space.
    pub(crate) n_breaks: u32,
}

impl Item {
    pub(crate) fn is_sql(&self, kind: TokenKind) -> bool {
        self.kind == ItemKind::Sql(kind)
    }

    /// A comment of SQL or of Jinja.
    pub(crate) fn is_comment(&self) -> bool {
        matches!(
            self.kind,
            ItemKind::JinjaComment
                | ItemKind::Sql(TokenKind::LineComment | TokenKind::BlockComment)
        )
    }

    /// Renders to nothing by itself.
    pub(crate) fn is_silent(&self) -> bool {
        matches!(
            self.kind,
            ItemKind::JinjaComment | ItemKind::Statement | ItemKind::Block
        )
    }

    /// Neither a comment nor silent.
    pub(crate) fn is_significant(&self) -> bool {
        !self.is_comment() && !self.is_silent()
    }
}

/// A file, taken apart.
#[derive(Debug)]
pub(crate) struct Items<'t> {
    pub(crate) text: &'t str,
    pub(crate) template: &'t Template,
    pub(crate) row: Vec<Item>,
    /// White space after the last item.
    pub(crate) tail: SourceRange,
    /// Something that no tag and no token may be: why this file is better left alone.
    pub(crate) trouble: Option<Trouble>,
}

/// Why a file is not understood, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) range: SourceRange,
    pub(crate) reason: String,
}

/// Stands for every byte of a tag that renders to nothing: begins and continues no token.
const SILENT: char = '\u{1}';

impl<'t> Items<'t> {
    pub(crate) fn read(text: &'t str, template: &'t Template, dialect: Dialect) -> Self {
        let spans = spans(text, template);
        let masked = mask(text, &spans);
        let mut reader = Reader {
            items: Vec::new(),
            spans: &spans,
            next_span: 0,
            gap: SourceRange::at(0),
            masked: &masked,
        };
        let mut trouble = None;
        for token in tokenize(&masked, dialect) {
            let range = SourceRange::new(token.range.start, token.range.end);
            if token.is_unterminated && trouble.is_none() {
                trouble = Some(Trouble {
                    range: SourceRange::new(range.start, range.start + 1),
                    reason: "it has a string or a comment that never ends".to_owned(),
                });
            }
            reader.token(token.kind, token.is_keyword(), range);
        }
        let (items, tail) = (reader.items, reader.gap);
        let trouble = trouble.or_else(|| cut_blocks(&items, template));
        Self {
            text,
            template,
            row: items,
            tail,
            trouble,
        }
    }

    pub(crate) fn get(&self, idx: usize) -> Option<&Item> {
        self.row.get(idx)
    }

    pub(crate) fn text_of(&self, idx: usize) -> &'t str {
        self.row
            .get(idx)
            .map_or("", |item| item.range.of(self.text))
    }

    /// Whether the item is this word, written in any case.
    pub(crate) fn is_word(&self, idx: usize, word: &str) -> bool {
        self.row
            .get(idx)
            .is_some_and(|item| item.is_keyword || item.is_sql(TokenKind::Word))
            && self.text_of(idx).eq_ignore_ascii_case(word)
    }

    pub(crate) fn is_any_word(&self, idx: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(idx, word))
    }

    /// The word that a statement tag begins with.
    pub(crate) fn tag_word(&self, idx: usize) -> &'t str {
        let inside = self.text_of(idx).strip_prefix("{%").unwrap_or("");
        let inside = inside.trim_start_matches(['-', '+']).trim_start();
        let end = inside.find(|c: char| !c.is_alphanumeric() && c != '_');
        inside.get(..end.unwrap_or(inside.len())).unwrap_or("")
    }

    /// `{{ ref(…) }}`, `{{ source(…) }}` and `{{ this }}` write a name, and no comment behind it.
    pub(crate) fn writes_relation(&self, idx: usize) -> bool {
        let inside = self.text_of(idx).trim_start_matches(['{', '-', ' ', '\n']);
        let end = inside.find(|c: char| !c.is_alphanumeric() && c != '_');
        let word = inside.get(..end.unwrap_or(inside.len())).unwrap_or("");
        matches!(word, "ref" | "source" | "this")
    }

    pub(crate) fn at_offset(&self, offset: u32) -> usize {
        self.row.partition_point(|item| item.range.start < offset)
    }
}

/// The stretches of Jinja, with raw blocks as one.
fn spans(text: &str, template: &Template) -> Vec<(ItemKind, SourceRange)> {
    let mut spans: Vec<(ItemKind, SourceRange)> = Vec::with_capacity(template.tags.len());
    let kept = kept_blocks(text, template);
    let mut kept = kept.into_iter().peekable();
    let mut tags = template.tags.iter();
    while let Some(TagSyntax { kind, range }) = tags.next() {
        if spans.last().is_some_and(|(_, last)| last.covers(*range)) {
            continue;
        }
        while kept.next_if(|block| block.start < range.start).is_some() {}
        if let Some(block) = kept.next_if(|block| block.start == range.start) {
            spans.push((ItemKind::Block, block));
            continue;
        }
        let kind = match kind {
            TagKind::Output => ItemKind::Output,
            TagKind::Comment => ItemKind::JinjaComment,
            TagKind::Statement => ItemKind::Statement,
            TagKind::Verbatim => {
                let end = tags.next().map_or(range.end, |close| close.range.end);
                if let Some(last) = spans.last_mut() {
                    *last = (ItemKind::Verbatim, SourceRange::new(last.1.start, end));
                }
                continue;
            }
        };
        spans.push((kind, *range));
    }
    spans
}

/// Blocks whose text is not, or not for sure, SQL: what `set` and `filter` take, macros that are no query.
fn kept_blocks(text: &str, template: &Template) -> Vec<SourceRange> {
    let blocks =
        template.blocks.iter().filter(|block| match block.kind {
            BlockKind::Set | BlockKind::Filter | BlockKind::Block | BlockKind::Autoescape => true,
            BlockKind::Call
            | BlockKind::Definition(
                MacroKind::Macro | MacroKind::Test | MacroKind::Materialization,
            ) => !begins_a_query(text, template, block.open.end),
            BlockKind::Raw
            | BlockKind::If
            | BlockKind::For
            | BlockKind::With
            | BlockKind::Definition(MacroKind::Docs | MacroKind::Snapshot) => false,
        });
    let mut kept: Vec<SourceRange> = blocks.map(BlockSyntax::range).collect();
    kept.sort_unstable();
    kept
}

/// Whether the first word of SQL behind an offset is that of a query.
fn begins_a_query(text: &str, template: &Template, mut at: u32) -> bool {
    loop {
        let rest = text.get(at as usize..).unwrap_or("");
        let space = rest.len() - rest.trim_start().len();
        at += space as u32;
        let rest = rest.trim_start();
        let tag_idx = template.tags.partition_point(|tag| tag.range.start < at);
        match template
            .tags
            .get(tag_idx)
            .filter(|tag| tag.range.start == at)
        {
            Some(tag) if tag.kind == TagKind::Output => return false,
            Some(tag) => at = tag.range.end,
            None if rest.starts_with("--") => at += rest.find('\n').unwrap_or(rest.len()) as u32,
            None => {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                let word = rest.get(..end.unwrap_or(rest.len())).unwrap_or("");
                return ["select", "with"]
                    .iter()
                    .any(|it| word.eq_ignore_ascii_case(it));
            }
        }
    }
}

fn mask(text: &str, spans: &[(ItemKind, SourceRange)]) -> String {
    let mut masked = String::with_capacity(text.len());
    for (kind, range) in spans {
        let before = SourceRange::new(masked.len() as u32, range.start);
        masked.push_str(before.of(text));
        let letter = match kind {
            ItemKind::Output | ItemKind::Verbatim => '_',
            ItemKind::Sql(_) | ItemKind::Statement | ItemKind::JinjaComment | ItemKind::Block => {
                SILENT
            }
        };
        masked.extend(std::iter::repeat_n(letter, range.len() as usize));
    }
    masked.push_str(text.get(masked.len()..).unwrap_or(""));
    masked
}

struct Reader<'a> {
    items: Vec<Item>,
    spans: &'a [(ItemKind, SourceRange)],
    next_span: usize,
    gap: SourceRange,
    masked: &'a str,
}

impl Reader<'_> {
    fn token(&mut self, kind: TokenKind, is_keyword: bool, range: SourceRange) {
        if range.start < self.gap.start {
            // The rest of a tag that is an item already.
            return;
        }
        if kind == TokenKind::Whitespace {
            self.gap = SourceRange::new(self.gap.start, range.end);
            return;
        }
        while self.span().is_some_and(|(_, span)| span.end <= range.start) {
            self.next_span += 1;
        }
        match self.span() {
            Some((
                kind @ (ItemKind::Statement | ItemKind::JinjaComment | ItemKind::Block),
                span,
            )) if span.start == range.start => {
                self.push(kind, false, span);
            }
            Some((kind, span)) if span == range => self.push(kind, false, range),
            _ => self.push(ItemKind::Sql(kind), is_keyword, range),
        }
    }

    fn span(&self) -> Option<(ItemKind, SourceRange)> {
        self.spans.get(self.next_span).copied()
    }

    fn push(&mut self, kind: ItemKind, is_keyword: bool, range: SourceRange) {
        let gap = SourceRange::new(self.gap.start, range.start);
        let follows_dot = self
            .items
            .last()
            .is_some_and(|item| item.is_sql(TokenKind::Dot));
        let rest = self.masked.as_bytes().get(range.end as usize);
        self.items.push(Item {
            kind,
            range,
            is_keyword: is_keyword && !follows_dot && rest != Some(&b'.'),
            gap,
            n_breaks: gap
                .of(self.masked)
                .bytes()
                .filter(|it| *it == b'\n')
                .count() as u32,
        });
        self.gap = SourceRange::at(range.end);
    }
}

/// A string or comment that has the opening of a block in it and not its end, or the other way round: what it comes to
/// depends on the condition.
fn cut_blocks(items: &[Item], template: &Template) -> Option<Trouble> {
    let holders = items
        .iter()
        .filter(|item| matches!(item.kind, ItemKind::Sql(_)) && item.range.len() > 4);
    let blocks = &template.blocks;
    if blocks.is_empty() {
        return None;
    }
    let tags: Vec<u32> = blocks
        .iter()
        .flat_map(|block| [Some(block.open.start), block.close.map(|it| it.start)])
        .flatten()
        .collect();
    let mut sorted = tags;
    sorted.sort_unstable();
    for item in holders {
        let first = sorted.partition_point(|at| *at < item.range.start);
        if !sorted.get(first).is_some_and(|at| item.range.contains(*at)) {
            continue;
        }
        let is_cut = blocks.iter().any(|block| {
            let close = block.close.is_some_and(|it| item.range.contains(it.start));
            item.range.contains(block.open.start) != close
        });
        if is_cut {
            return Some(Trouble {
                range: SourceRange::new(item.range.start, item.range.start + 1),
                reason: "a string or a comment has only one end of a Jinja block in it".to_owned(),
            });
        }
    }
    None
}
