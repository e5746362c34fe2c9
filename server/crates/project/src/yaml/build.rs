//! Events of the parser to the flat tree.

use std::collections::BTreeSet;

use base::{Diagnostic, SourceRange};
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, Span, StructureStyle};

use super::{Entry, Kind, Yaml, anchors::Anchors, message::UNQUOTED_TEMPLATE};

/// A tree, and where and why parsing stopped if it did.
pub(super) struct Built {
    pub(super) tree: Yaml,
    pub(super) error: Option<(u32, ErrorKind)>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Parse `text`; on an error the tree holds what was read before.
pub(super) fn build(text: &str) -> Built {
    let mut options = granit_parser::options! {
        emit_unresolved_aliases: true,
        block_scalar_eof_without_line_feed: true,
        // Who walks a tree may recurse.
        flow_nesting_limit: 64,
        block_nesting_limit: 64,
    };
    options.set_emit_comments(false);
    let mut builder = Builder {
        text,
        decoded: String::new(),
        // About one entry in eight bytes of a usual properties file.
        entries: Vec::with_capacity(text.len() / 10 + 4),
        open: Vec::new(),
        anchors: Anchors::default(),
        n_documents: 0,
        last_end: 0,
        diagnostics: Vec::new(),
    };
    let mut error = None;
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => builder.on_event(event, &span),
            Err(scan_error) => {
                let at = scan_error.marker().byte_offset().unwrap_or(text.len());
                error = Some((at.min(text.len()) as u32, scan_error.kind().clone()));
                break;
            }
        }
    }
    let end = error.as_ref().map_or(text.len() as u32, |(at, _)| *at);
    while !builder.open.is_empty() {
        builder.close(end);
    }
    if builder.entries.is_empty() {
        builder.push(Kind::Missing, SourceRange::at(0), (0, 0));
    }
    builder.entries.shrink_to_fit();
    Built {
        tree: Yaml {
            text: text.into(),
            decoded: builder.decoded,
            entries: builder.entries,
        },
        error,
        diagnostics: builder.diagnostics,
    }
}

struct Builder<'a> {
    text: &'a str,
    decoded: String,
    entries: Vec<Entry>,
    /// Indexes of the collections that are not closed yet.
    open: Vec<u32>,
    anchors: Anchors,
    n_documents: u32,
    /// Where the last scalar or collection in brackets ends.
    last_end: u32,
    diagnostics: Vec<Diagnostic>,
}

fn source_range(span: &Span) -> SourceRange {
    let range = span.byte_range().unwrap_or(0..0);
    SourceRange::from_usize(range.start, range.end)
}

impl Builder<'_> {
    fn on_event(&mut self, event: Event<'_>, span: &Span) {
        let range = source_range(span);
        match event {
            Event::DocumentStart(..) => {
                self.n_documents += 1;
                if self.n_documents == 2 {
                    let message = "a second document begins here; dbt reads one document a file";
                    // `---`, or whatever follows the `...` that ended the first.
                    let rest = self.text.get(range.start as usize..).unwrap_or("");
                    let n_bytes = if rest.starts_with("---") {
                        3
                    } else {
                        rest.lines().next().unwrap_or("").trim_end().len() as u32
                    };
                    let line = SourceRange::new(range.start, range.start + n_bytes);
                    self.diagnostics
                        .push(Diagnostic::error("yaml-syntax", line, message));
                }
            }
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd | Event::Anchor(..) => {}
            // Only the first document counts.
            _ if self.n_documents > 1 => {}
            Event::Scalar(value, style, anchor, tag) => {
                let is_text =
                    tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix() == "str");
                self.anchors.define(anchor, self.entries.len() as u32);
                self.scalar(&value, style, is_text, range);
            }
            Event::SequenceStart(style, anchor, _) => {
                self.anchors.define(anchor, self.entries.len() as u32);
                let is_flow = style == StructureStyle::Flow;
                self.start(Kind::Sequence { is_flow }, range);
            }
            Event::MappingStart(style, anchor, _) => {
                self.anchors.define(anchor, self.entries.len() as u32);
                let is_flow = style == StructureStyle::Flow;
                let is_simple = true;
                self.start(Kind::Mapping { is_flow, is_simple }, range);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(range.end),
            Event::Alias(anchor) => self.alias(anchor, range),
            Event::UnresolvedAlias(name) => {
                let message = format!("unknown anchor `{name}`; define it above with `&{name}`");
                self.diagnostics
                    .push(Diagnostic::error("yaml-syntax", range, message));
                self.push(Kind::Missing, range, (0, 0));
            }
            #[allow(unreachable_patterns, reason = "comments are a feature of the parser")]
            _ => {}
        }
    }

    fn push(&mut self, kind: Kind, range: SourceRange, value: (u32, u32)) -> u32 {
        let idx = self.entries.len() as u32;
        self.anchors.n_values += 1;
        self.last_end = self.last_end.max(range.end);
        self.entries.push(Entry {
            kind,
            range,
            next: idx + 1,
            value,
        });
        idx
    }

    fn start(&mut self, kind: Kind, range: SourceRange) {
        let idx = self.push(kind, range, (0, 0));
        self.open.push(idx);
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, is_text: bool, range: SourceRange) {
        if style == ScalarStyle::Plain && !is_text && range.is_empty() {
            self.missing(range.start);
            return;
        }
        let (is_decoded, value) = self.store(value, range);
        let kind = match style {
            ScalarStyle::Plain if !is_text => Kind::Plain { is_decoded },
            ScalarStyle::Literal | ScalarStyle::Folded => Kind::Block { is_decoded },
            _ => Kind::Quoted { is_decoded },
        };
        self.push(kind, range, value);
    }

    /// Nothing, where a value is expected. The parser gives the place of the next token; the place behind the key, or
    /// behind the dash of an empty item, is more useful.
    fn missing(&mut self, next_token: u32) {
        let at = self
            .entries
            .last()
            .map_or(next_token, |last| last.range.end.min(next_token));
        let is_item = self
            .open
            .last()
            .and_then(|idx| self.entries.get(*idx as usize))
            .is_some_and(|parent| matches!(parent.kind, Kind::Sequence { is_flow: false }));
        let dash = SourceRange::new(at, next_token)
            .of(self.text)
            .rfind('-')
            .filter(|_| is_item);
        let at = dash.map_or(at, |dash| at + dash as u32 + 1);
        self.push(Kind::Missing, SourceRange::at(at), (0, 0));
    }

    /// Where the value can be read again: in the text if it stands there as it is.
    fn store(&mut self, value: &str, range: SourceRange) -> (bool, (u32, u32)) {
        for start in [range.start, range.start + 1] {
            let end = start + value.len() as u32;
            if end <= range.end && SourceRange::new(start, end).of(self.text) == value {
                return (false, (start, end));
            }
        }
        let start = self.decoded.len() as u32;
        self.decoded.push_str(value);
        (true, (start, self.decoded.len() as u32))
    }

    fn alias(&mut self, anchor: usize, range: SourceRange) {
        match self.anchors.take_in(anchor, &self.open) {
            Ok(target) => {
                self.push(Kind::Alias, range, (target, 0));
            }
            Err(message) => {
                self.diagnostics
                    .push(Diagnostic::error("yaml-syntax", range, message));
                self.push(Kind::Missing, range, (0, 0));
            }
        }
    }

    fn close(&mut self, end: u32) {
        let Some(idx) = self.open.pop() else {
            return;
        };
        self.anchors.complete(idx);
        let is_mapping = matches!(
            self.entries.get(idx as usize).map(|entry| entry.kind),
            Some(Kind::Mapping { .. })
        );
        if is_mapping {
            self.complete_mapping(idx, end);
        }
        let next = self.entries.len() as u32;
        if let Some(entry) = self.entries.get_mut(idx as usize) {
            entry.next = next;
            let is_flow = matches!(
                entry.kind,
                Kind::Sequence { is_flow: true } | Kind::Mapping { is_flow: true, .. }
            );
            // Block collections end where their last child ends, not where the next token begins.
            if is_flow {
                self.last_end = end;
            }
            entry.range = SourceRange::new(entry.range.start, self.last_end.max(entry.range.start));
        }
    }

    /// Adds the value of a last key that has none, and looks for merge keys and duplicates.
    fn complete_mapping(&mut self, idx: u32, end: u32) {
        let mut keys: BTreeSet<&str> = BTreeSet::new();
        let mut is_simple = true;
        let mut duplicates = Vec::new();
        let mut odd_keys = Vec::new();
        let mut child = idx + 1;
        let mut is_key = true;
        while let Some(entry) = self.entries.get(child as usize) {
            if is_key {
                let text = key_text(entry, self.text, &self.decoded);
                if matches!(entry.kind, Kind::Sequence { .. } | Kind::Mapping { .. }) {
                    odd_keys.push(entry.range);
                }
                is_simple &= !(text == "<<" && matches!(entry.kind, Kind::Plain { .. }));
                let is_new = keys.insert(text);
                if !is_new && text != "<<" {
                    duplicates.push((text.to_owned(), entry.range));
                }
            }
            is_key = !is_key;
            child = entry.next;
        }
        is_simple &= duplicates.is_empty();
        if !is_key {
            let at = self.entries.last().map_or(end, |last| last.range.end);
            self.push(Kind::Missing, SourceRange::at(at), (0, 0));
        }
        for range in odd_keys {
            self.report_odd_key(range);
        }
        for (key, range) in duplicates {
            let message = format!("duplicate key `{key}`; the last one is used");
            self.diagnostics
                .push(Diagnostic::warning("yaml-duplicate-key", range, message));
        }
        if let Some(Entry {
            kind: Kind::Mapping {
                is_simple: slot, ..
            },
            ..
        }) = self.entries.get_mut(idx as usize)
        {
            *slot = is_simple;
        }
    }

    /// A list or mapping as a key: nearly always a template without quotes.
    fn report_odd_key(&mut self, range: SourceRange) {
        let before = self.text.get(..range.start as usize).unwrap_or("");
        let is_template = range.of(self.text).starts_with('{') && before.ends_with('{');
        let (range, message) = if is_template {
            (
                SourceRange::new(range.start - 1, range.end + 1),
                UNQUOTED_TEMPLATE,
            )
        } else {
            (range, "a key must be a text")
        };
        self.diagnostics
            .push(Diagnostic::error("yaml-syntax", range, message));
    }
}

fn key_text<'a>(entry: &Entry, text: &'a str, decoded: &'a str) -> &'a str {
    let value = SourceRange::new(entry.value.0, entry.value.1);
    match entry.kind {
        Kind::Plain { is_decoded } | Kind::Quoted { is_decoded } | Kind::Block { is_decoded } => {
            value.of(if is_decoded { decoded } else { text })
        }
        Kind::Missing | Kind::Sequence { .. } | Kind::Mapping { .. } | Kind::Alias => {
            entry.range.of(text)
        }
    }
}
