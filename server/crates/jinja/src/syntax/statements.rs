//! Text, tags and blocks: the outer loop of the parser.

use base::{SourceRange, or_did_you_mean};

use super::expression::{EditKind, Parser, Shape};
use super::token::TokenKind;
use super::{BlockKind, BlockSyntax, MacroKind, SourceEdit, TagKind, TagSyntax, Template};

/// What the text is parsed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Grammar {
    /// For its tree alone.
    #[default]
    Tree,
    /// To be rendered: with edits.
    Main,
    /// A single definition, to be compiled: with edits, and the definition under the engine's name for it.
    Definition,
}

/// Every tag we know, for suggestions.
const TAGS: [&str; 33] = [
    "if",
    "elif",
    "else",
    "endif",
    "for",
    "endfor",
    "set",
    "endset",
    "do",
    "macro",
    "endmacro",
    "call",
    "endcall",
    "filter",
    "endfilter",
    "raw",
    "endraw",
    "with",
    "endwith",
    "block",
    "endblock",
    "test",
    "endtest",
    "data_test",
    "enddata_test",
    "materialization",
    "endmaterialization",
    "snapshot",
    "endsnapshot",
    "docs",
    "enddocs",
    "break",
    "continue",
];

/// How many open blocks an end is looked for in: nobody nests deeper, and a broken file must not cost its square.
const MAX_BLOCKS_BACK: usize = 500;

/// A block whose end has not been seen.
struct OpenBlock {
    kind: BlockKind,
    keyword: &'static str,
    block_idx: usize,
    n_bound: usize,
    /// The names bound in it end with it.
    is_scope: bool,
    is_conditional: bool,
}

/// Parse, and say how the text has to change for the engine unless only the tree is wanted.
pub(crate) fn parse_with_edits(text: &str, grammar: Grammar) -> (Template, Vec<SourceEdit>) {
    let mut statements = Statements {
        parser: Parser::new(text, grammar != Grammar::Tree),
        grammar,
        open: Vec::new(),
        n_elifs: 0,
    };
    statements.run();
    let mut parser = statements.parser;
    parser
        .tree
        .calls
        .sort_by_key(|call| (call.range.start, std::cmp::Reverse(call.range.end)));
    parser.tree.macros.shrink_to_fit();
    parser.tree.calls.shrink_to_fit();
    parser.tree.names.shrink_to_fit();
    parser.tree.blocks.shrink_to_fit();
    parser.tree.tags.shrink_to_fit();
    (parser.tree, parser.edits)
}

pub(super) struct Statements<'a> {
    pub(super) parser: Parser<'a>,
    pub(super) grammar: Grammar,
    open: Vec<OpenBlock>,
    n_elifs: u32,
}

/// Of one template: to the engine each is nested in the one before.
const MAX_ELIFS: u32 = 1_000;

impl<'a> Statements<'a> {
    fn run(&mut self) {
        let text = self.parser.text;
        let mut pos = 0;
        while let Some(found) = text.get(pos..).and_then(|rest| rest.find('{')) {
            let at = pos + found;
            pos = match text.as_bytes().get(at + 1) {
                Some(b'{') => self.output(at),
                Some(b'%') => self.statement(at),
                Some(b'#') => self.comment(at),
                _ => at + 1,
            };
        }
        while let Some(block) = self.open.pop() {
            self.report_unclosed(&block);
            self.leave(&block);
        }
    }

    pub(super) fn push_tag(&mut self, kind: TagKind, start: usize, end: usize) -> SourceRange {
        let range = SourceRange::from_usize(start, end);
        self.parser.tree.tags.push(TagSyntax { kind, range });
        range
    }

    pub(super) fn error(&mut self, range: SourceRange, message: impl Into<String>) {
        self.parser.note_error(range, message);
    }

    fn comment(&mut self, at: usize) -> usize {
        let text = self.parser.text;
        let close = text.get(at + 2..).and_then(|rest| rest.find("#}"));
        let end = close.map_or(text.len(), |close| at + 2 + close + 2);
        if close.is_none() {
            self.error(
                SourceRange::from_usize(at, at + 2),
                "comment is never closed; add `#}`",
            );
        }
        self.push_tag(TagKind::Comment, at, end);
        end
    }

    /// Where the inside of the tag at `at` begins: behind `{{`, `{{-` or `{{+`.
    fn inside(&self, at: usize) -> usize {
        let sign = self.parser.text.as_bytes().get(at + 2);
        at + 2 + usize::from(matches!(sign, Some(b'-' | b'+')))
    }

    fn output(&mut self, at: usize) -> usize {
        // `{{+ x` is no tag modifier but a sign.
        let inside = at + 2 + usize::from(self.parser.text.as_bytes().get(at + 2) == Some(&b'-'));
        self.parser.enter_tag(inside, "}}");
        let n_calls = self.parser.tree.calls.len();
        let expr = self.parser.tuple_or_expression(true);
        if expr.shape == Shape::Call
            && let Some(call) = self.parser.tree.calls.last_mut()
            && call.range == expr.range
            && self.parser.tree.calls.len() > n_calls
            && let Some(call) = self.parser.tree.calls.last_mut()
        {
            call.is_whole_output = true;
        }
        let end = self.finish_tag(at, "}}");
        self.push_tag(TagKind::Output, at, end);
        end
    }

    /// Take the end of the tag, or report what stands there instead; where to go on.
    pub(super) fn finish_tag(&mut self, at: usize, closer: &'static str) -> usize {
        if !self.parser.is_at_end() {
            self.parser.fail_here(&format!("`{closer}`"));
        }
        let token = self.parser.current;
        if token.kind == TokenKind::TagEnd {
            return token.range.end as usize;
        }
        let range = SourceRange::from_usize(at, at + 2);
        let opener = range.of(self.parser.text);
        let is_reported = self
            .parser
            .tree
            .errors
            .last()
            .is_some_and(|error| error.range.start >= range.start);
        if !is_reported {
            self.error(range, format!("`{opener}` is never closed; add `{closer}`"));
        }
        (token.range.start as usize).max(at + 2)
    }

    fn statement(&mut self, at: usize) -> usize {
        let inside = self.inside(at);
        self.parser.enter_tag(inside, "%}");
        let keyword = self.parser.current;
        if keyword.kind != TokenKind::Name {
            self.parser.fail_here("a tag such as `if`, `for` or `set`");
            let end = self.finish_tag(at, "%}");
            self.push_tag(TagKind::Statement, at, end);
            return end;
        }
        self.parser.take();
        let word = self.parser.text_of(keyword.range);
        if matches!(word, "raw" | "docs") {
            return self.verbatim(at, word, keyword.range);
        }
        let opened = self.tag(word, keyword.range);
        let colon = self.parser.current.range;
        if self.parser.take_op(":") {
            // Python's habit, which Jinja2 allows.
            self.parser.edit(EditKind::Replace, colon, "");
        }
        let end = self.finish_tag(at, "%}");
        let range = self.push_tag(TagKind::Statement, at, end);
        self.set_block_range(&opened, range);
        end
    }

    /// Blocks are noted before the end of their tag is known.
    fn set_block_range(&mut self, opened: &Opened, range: SourceRange) {
        match opened {
            Opened::Block(idx) => {
                if let Some(block) = self.parser.tree.blocks.get_mut(*idx) {
                    block.open = range;
                }
            }
            Opened::Definition(idx, macro_idx) => {
                if let Some(block) = self.parser.tree.blocks.get_mut(*idx) {
                    block.open = range;
                }
                if let Some(definition) = self.parser.tree.macros.get_mut(*macro_idx) {
                    definition.open = range;
                    definition.range = range;
                    definition.body = SourceRange::at(range.end);
                }
            }
            Opened::Closed(idx) => {
                if let Some(block) = self.parser.tree.blocks.get_mut(*idx) {
                    block.close = Some(range);
                }
            }
            Opened::ClosedDefinition(idx, macro_idx) => {
                if let Some(block) = self.parser.tree.blocks.get_mut(*idx) {
                    block.close = Some(range);
                }
                if let Some(definition) = self.parser.tree.macros.get_mut(*macro_idx) {
                    definition.body = SourceRange::new(definition.open.end, range.start);
                    definition.range = definition.open.join(range);
                }
            }
            Opened::Nothing => {}
        }
    }

    fn tag(&mut self, word: &'a str, range: SourceRange) -> Opened {
        match word {
            "if" => {
                self.parser.expression();
                self.enter(BlockKind::If, "if", false, true)
            }
            "elif" => {
                self.expect_inside(&["if"], range);
                self.n_elifs += 1;
                if self.n_elifs > MAX_ELIFS {
                    self.parser.fail_limit("there are too many `elif`");
                }
                self.parser.expression();
                Opened::Nothing
            }
            "else" => {
                self.expect_inside(&["if", "for"], range);
                Opened::Nothing
            }
            "for" => self.for_tag(),
            "set" => self.set_tag(),
            "do" => {
                self.do_tag(range);
                Opened::Nothing
            }
            "macro" => self.definition(MacroKind::Macro, "macro", range),
            "test" => self.definition(MacroKind::Test, "test", range),
            "data_test" => self.definition(MacroKind::Test, "data_test", range),
            "materialization" => {
                self.definition(MacroKind::Materialization, "materialization", range)
            }
            "snapshot" => self.definition(MacroKind::Snapshot, "snapshot", range),
            "call" => self.call_tag(),
            "filter" => {
                self.filter_tag();
                self.enter(BlockKind::Filter, "filter", false, false)
            }
            "with" => self.with_tag(),
            "block" => {
                self.skip_to_end();
                self.enter(BlockKind::Block, "block", true, false)
            }
            "autoescape" => {
                self.parser.expression();
                self.enter(BlockKind::Autoescape, "autoescape", false, false)
            }
            "endif" => self.close("if", range),
            "endfor" => self.close("for", range),
            "endset" => self.close("set", range),
            "endmacro" => self.close("macro", range),
            "endtest" => self.close("test", range),
            "enddata_test" => self.close("data_test", range),
            "endmaterialization" => self.close("materialization", range),
            "endsnapshot" => self.close("snapshot", range),
            "endcall" => self.close("call", range),
            "endfilter" => self.close("filter", range),
            "endwith" => self.close("with", range),
            "endblock" => {
                let closed = self.close("block", range);
                self.skip_to_end();
                closed
            }
            "endautoescape" => self.close("autoescape", range),
            "break" | "continue" => {
                self.expect_inside(&["for"], range);
                Opened::Nothing
            }
            "import" | "from" | "include" | "extends" => {
                self.import_tag(word);
                Opened::Nothing
            }
            "endraw" | "enddocs" => {
                self.error(range, format!("`{word}` without its opening tag"));
                Opened::Nothing
            }
            _ => {
                let message = or_did_you_mean(format!("unknown tag `{word}`"), word, TAGS);
                self.parser.fail(range, message);
                Opened::Nothing
            }
        }
    }

    pub(super) fn skip_to_end(&mut self) {
        while !self.parser.is_at_end() {
            self.parser.take();
        }
    }

    pub(super) fn enter(
        &mut self,
        kind: BlockKind,
        keyword: &'static str,
        is_scope: bool,
        is_conditional: bool,
    ) -> Opened {
        let n_bound = self.parser.bound.len();
        self.enter_scope(kind, keyword, is_scope.then_some(n_bound), is_conditional)
    }

    /// `scope` is the number of bound names to go back to.
    pub(super) fn enter_scope(
        &mut self,
        kind: BlockKind,
        keyword: &'static str,
        scope: Option<usize>,
        is_conditional: bool,
    ) -> Opened {
        let block_idx = self.parser.tree.blocks.len();
        let nowhere = SourceRange::at(self.parser.last_end);
        self.parser.tree.blocks.push(BlockSyntax {
            kind,
            open: nowhere,
            close: None,
        });
        self.parser.n_conditions += u32::from(is_conditional);
        self.open.push(OpenBlock {
            kind,
            keyword,
            block_idx,
            n_bound: scope.unwrap_or(0),
            is_scope: scope.is_some(),
            is_conditional,
        });
        Opened::Block(block_idx)
    }

    fn leave(&mut self, block: &OpenBlock) {
        if block.is_scope {
            self.parser.bound.truncate(block.n_bound);
        }
        self.parser.n_conditions -= u32::from(block.is_conditional);
        if matches!(block.kind, BlockKind::Definition(_)) {
            self.parser.definitions.pop();
        }
    }

    fn report_unclosed(&mut self, block: &OpenBlock) {
        let open = self
            .parser
            .tree
            .blocks
            .get(block.block_idx)
            .map_or(SourceRange::at(0), |block| block.open);
        let keyword = block.keyword;
        self.error(
            open,
            format!("`{keyword}` is never closed; add `{{% end{keyword} %}}`"),
        );
        if let BlockKind::Definition(_) = block.kind {
            let end = self.parser.text.len() as u32;
            let macro_idx = self.parser.definitions.last().copied().unwrap_or(0);
            if let Some(definition) = self.parser.tree.macros.get_mut(macro_idx as usize) {
                definition.range = SourceRange::new(definition.open.start, end);
                definition.body = SourceRange::new(definition.open.end, end);
            }
        }
    }

    fn close(&mut self, keyword: &str, range: SourceRange) -> Opened {
        let is_mine = |block: &OpenBlock| {
            // dbt closes a `data_test` with `endtest` too.
            block.keyword == keyword || (block.keyword == "data_test" && keyword == "test")
        };
        let back = self
            .open
            .iter()
            .rev()
            .take(MAX_BLOCKS_BACK)
            .position(is_mine);
        let Some(depth) = back.map(|back| self.open.len() - 1 - back) else {
            self.error(
                range,
                format!("`end{keyword}` without an open `{keyword}`; remove it"),
            );
            return Opened::Nothing;
        };
        while self.open.len() > depth + 1 {
            if let Some(inner) = self.open.pop() {
                self.report_unclosed(&inner);
                self.leave(&inner);
            }
        }
        let Some(block) = self.open.pop() else {
            return Opened::Nothing;
        };
        let macro_idx = self.parser.definitions.last().copied().unwrap_or(0);
        self.leave(&block);
        if let BlockKind::Definition(kind) = block.kind {
            self.edit_definition_end(kind, range);
            return Opened::ClosedDefinition(block.block_idx, macro_idx as usize);
        }
        Opened::Closed(block.block_idx)
    }

    fn edit_definition_end(&mut self, kind: MacroKind, range: SourceRange) {
        let text = match kind {
            MacroKind::Macro => return,
            MacroKind::Snapshot => "endif",
            MacroKind::Test | MacroKind::Materialization | MacroKind::Docs => "endmacro",
        };
        self.parser.edit(EditKind::Replace, range, text);
    }

    fn expect_inside(&mut self, keywords: &[&str], range: SourceRange) {
        let is_inside = self
            .open
            .iter()
            .rev()
            .take(MAX_BLOCKS_BACK)
            .any(|block| keywords.contains(&block.keyword));
        if !is_inside {
            let word = self.parser.text_of(range);
            let wanted = keywords.join("` or `");
            self.error(range, format!("`{word}` outside of `{wanted}`"));
        }
    }
}

/// What a tag did to the stack of blocks, so that its range can be filled in.
pub(super) enum Opened {
    Nothing,
    Block(usize),
    Definition(usize, usize),
    Closed(usize),
    ClosedDefinition(usize, usize),
}
