//! The tags that bind names or define something: `for`, `set`, `with`, `call`, `macro` and its relatives.

use base::SourceRange;

use super::expression::{EditKind, Shape};
use super::literal::Literal;
use super::statements::{Grammar, Opened, Statements};
use super::token::TokenKind;
use super::{
    BlockKind, BlockSyntax, CallKind, MacroKind, MacroSyntax, ParamSyntax, SetSyntax, TagKind,
    ValueSyntax,
};

/// The name under which a macro's own template defines it. Not the macro's own: the engine does not export names
/// that begin with an underscore, and the body must find the project's macro of that name, not itself.
const ENGINE_MACRO_NAME: &str = "dagsmith_macro";

impl Statements<'_> {
    pub(super) fn for_tag(&mut self) -> Opened {
        let n_bound = self.parser.bound.len();
        let targets = self.targets();
        if self.parser.take_word("in") {
            let expr = self.parser.tuple_or_expression(false);
            // The engine loops over `none` as if it were empty; Python refuses.
            let is_sequence = expr.literal.as_ref().is_some_and(|it| *it != Literal::None);
            if !is_sequence && expr.shape != Shape::Missing {
                self.parser.wrap(expr.range, "dagsmith_iter(");
            }
        } else {
            self.parser.fail_here("`in`");
        }
        self.bind(&targets);
        self.parser.bound.push("loop");
        if self.parser.take_word("if") {
            self.parser.expression();
        }
        self.parser.take_word("recursive");
        self.enter_scope(BlockKind::For, "for", Some(n_bound), true)
    }

    fn bind(&mut self, names: &[SourceRange]) {
        let text = self.parser.text;
        self.parser
            .bound
            .extend(names.iter().map(|range| range.of(text)));
    }

    /// `a, (b, c)` before `in` or `=`.
    fn targets(&mut self) -> Vec<SourceRange> {
        let mut targets = Vec::new();
        let mut is_separated = true;
        loop {
            match self.parser.current.kind {
                TokenKind::Name if is_separated && !self.parser.is_word("in") => {
                    targets.push(self.parser.take().range);
                    is_separated = false;
                }
                TokenKind::Op("(" | ",") => {
                    self.parser.take();
                    is_separated = true;
                }
                TokenKind::Op(")") => {
                    self.parser.take();
                }
                _ => return targets,
            }
        }
    }

    pub(super) fn set_tag(&mut self) -> Opened {
        let targets = self.targets();
        if targets.is_empty() {
            self.parser.fail_here("the name to set");
            return Opened::Nothing;
        }
        // `{% set ns.x = 1 %}` changes the namespace: that is reading `ns`.
        let is_attribute = self.parser.is_op(".") || self.parser.is_op("[");
        while self.parser.is_op(".") || self.parser.current.kind == TokenKind::Name {
            self.parser.take();
        }
        let value = if self.parser.take_op("=") {
            Some(self.parser.tuple_or_expression(true))
        } else {
            while self.parser.take_op("|") {
                let nothing = self.parser.nothing();
                self.parser.filter(&nothing);
            }
            None
        };
        let is_block = value.is_none();
        let only = targets.len() == 1;
        let value = value.map(super::expression::Expr::value);
        for range in targets {
            let name = self.parser.text_of(range);
            if is_attribute {
                continue;
            }
            let literal = value.as_ref().and_then(|value| value.literal.clone());
            self.parser.tree.sets.push(SetSyntax {
                name: name.into(),
                name_range: range,
                value: value.as_ref().map(|value| ValueSyntax {
                    range: value.range,
                    literal: literal.filter(|_| only),
                }),
                in_macro: self.parser.definitions.last().copied(),
            });
            self.parser.bound.push(name);
        }
        if is_block {
            self.enter(BlockKind::Set, "set", false, false)
        } else {
            Opened::Nothing
        }
    }

    pub(super) fn do_tag(&mut self, keyword: SourceRange) {
        let expr = self.parser.tuple_or_expression(true);
        // The engine's `do` takes a call and nothing else.
        if expr.shape != Shape::Call {
            self.parser
                .edit(EditKind::Replace, keyword, "set dagsmith_do =");
        }
    }

    pub(super) fn call_tag(&mut self) -> Opened {
        let n_bound = self.parser.bound.len();
        let mut names = Vec::new();
        if self.parser.is_op("(") {
            let params = self.params();
            names.extend(params.iter().map(|param| param.name_range));
        }
        let expr = self.parser.expression();
        if expr.shape == Shape::Call {
            let call = self.parser.tree.calls.iter_mut().rev();
            if let Some(call) = call.take(8).find(|call| call.range == expr.range) {
                call.kind = CallKind::Block;
            }
        } else if expr.shape != Shape::Missing {
            self.parser.fail(
                expr.range,
                "`call` needs the call of a macro: `{% call name() %}`",
            );
        }
        self.bind(&names);
        self.enter_scope(BlockKind::Call, "call", Some(n_bound), true)
    }

    pub(super) fn filter_tag(&mut self) {
        let mut expr = self.parser.nothing();
        loop {
            expr = self.parser.filter(&expr);
            if !self.parser.take_op("|") {
                return;
            }
        }
    }

    pub(super) fn with_tag(&mut self) -> Opened {
        let n_bound = self.parser.bound.len();
        while self.parser.current.kind == TokenKind::Name {
            let range = self.parser.take().range;
            if !self.parser.expect_op("=") {
                break;
            }
            self.parser.expression();
            self.parser.bound.push(self.parser.text_of(range));
            if !self.parser.take_op(",") {
                break;
            }
        }
        self.enter_scope(BlockKind::With, "with", Some(n_bound), false)
    }

    /// dbt has no other files to import from; the names are bound so that one error is enough.
    pub(super) fn import_tag(&mut self, word: &str) {
        let mut after_as = false;
        let mut after_import = false;
        while !self.parser.is_at_end() {
            let token = self.parser.take();
            if token.kind == TokenKind::Name {
                let name = self.parser.text_of(token.range);
                if after_as || (word == "from" && after_import && name != "as") {
                    self.parser.bound.push(name);
                }
                after_as = name == "as";
                after_import |= name == "import";
            }
        }
    }

    pub(super) fn definition(
        &mut self,
        kind: MacroKind,
        keyword: &'static str,
        keyword_range: SourceRange,
    ) -> Opened {
        let n_bound = self.parser.bound.len();
        let is_outermost = self.parser.definitions.is_empty();
        let name_range = self.definition_name(keyword);
        let name = self.parser.text_of(name_range);
        let mut syntax = MacroSyntax {
            kind,
            name: name.into(),
            name_range,
            params: Box::new([]),
            range: SourceRange::at(keyword_range.start),
            body: SourceRange::at(keyword_range.end),
            open: SourceRange::at(keyword_range.start),
            adapter: None,
            is_default: false,
            supported_languages: Box::new(["sql".into()]),
            is_nested: !is_outermost,
            reads_varargs: false,
            reads_kwargs: false,
            reads_caller: false,
        };
        let params_end = match kind {
            MacroKind::Macro | MacroKind::Test => self.macro_signature(&mut syntax),
            MacroKind::Materialization => self.materialization_signature(&mut syntax),
            MacroKind::Snapshot | MacroKind::Docs => name_range.end,
        };
        if !self.parser.is_at_end() && !self.parser.is_op(":") {
            self.parser.fail_here("`%}`");
        }
        self.edit_definition(&syntax, keyword_range, params_end, is_outermost);
        for param in &syntax.params {
            self.parser
                .bound
                .push(self.parser.text_of(param.name_range));
        }
        let macro_idx = self.parser.tree.macros.len();
        self.parser.tree.macros.push(syntax);
        let opened = self.enter_scope(BlockKind::Definition(kind), keyword, Some(n_bound), false);
        self.parser.definitions.push(macro_idx as u32);
        match opened {
            Opened::Block(block_idx) => Opened::Definition(block_idx, macro_idx),
            other => other,
        }
    }

    fn definition_name(&mut self, keyword: &str) -> SourceRange {
        if self.parser.current.kind == TokenKind::Name {
            return self.parser.take().range;
        }
        let at = SourceRange::at(self.parser.last_end);
        self.parser.fail_here(&format!("the name of the {keyword}"));
        at
    }

    /// Parameters in parentheses; where the `)` stands.
    fn macro_signature(&mut self, syntax: &mut MacroSyntax) -> u32 {
        if !self.parser.is_op("(") {
            self.parser.expect_op("(");
            return self.parser.last_end;
        }
        syntax.params = self.params().into();
        self.parser.last_end.saturating_sub(1)
    }

    fn params(&mut self) -> Vec<ParamSyntax> {
        let mut params: Vec<ParamSyntax> = Vec::new();
        self.parser.take();
        while !self.parser.is_op(")") && !self.parser.is_at_end() {
            if self.parser.current.kind != TokenKind::Name {
                self.parser.fail_here("the name of a parameter");
                return params;
            }
            let name_range = self.parser.take().range;
            let type_range = self.param_type();
            let has_default = self.parser.take_op("=");
            let default = has_default.then(|| self.parser.expression().value());
            if default.is_none() && params.last().is_some_and(|param| param.default.is_some()) {
                let name = self.parser.text_of(name_range);
                self.error(
                    name_range,
                    format!("parameter `{name}` without a default follows one with a default"),
                );
            }
            params.push(ParamSyntax {
                name: self.parser.text_of(name_range).into(),
                name_range,
                type_range,
                default,
            });
            if !self.parser.take_separator(")") {
                return params;
            }
        }
        self.parser.expect_op(")");
        params
    }

    /// `: list[string]`, with its colon.
    fn param_type(&mut self) -> Option<SourceRange> {
        if !self.parser.is_op(":") {
            return None;
        }
        let start = self.parser.take().range.start;
        let mut depth = 0_u32;
        loop {
            match self.parser.current.kind {
                TokenKind::Op("[") => depth += 1,
                TokenKind::Op("]") => depth = depth.saturating_sub(1),
                TokenKind::Name => {}
                TokenKind::Op(",") if depth > 0 => {}
                _ => break,
            }
            self.parser.take();
        }
        let range = SourceRange::new(start, self.parser.last_end);
        self.parser.edit(EditKind::Replace, range, "");
        Some(range)
    }

    /// `, adapter='x', supported_languages=[...]`; where the signature ends.
    fn materialization_signature(&mut self, syntax: &mut MacroSyntax) -> u32 {
        let n_edits = self.parser.edits.len();
        while self.parser.take_op(",") {
            let range = self.parser.current.range;
            if self.parser.current.kind != TokenKind::Name {
                self.parser
                    .fail_here("`default`, `adapter` or `supported_languages`");
                break;
            }
            self.parser.take();
            match self.parser.text_of(range) {
                "default" => syntax.is_default = true,
                "adapter" => syntax.adapter = self.option_text(),
                "supported_languages" => {
                    if let Some(languages) = self.option_texts() {
                        syntax.supported_languages = languages;
                    }
                }
                other => {
                    let message = format!(
                        "materialization has no option `{other}`; it takes `default`, `adapter` and `supported_languages`"
                    );
                    self.parser.fail(range, message);
                }
            }
        }
        // The whole signature is replaced: edits of what is in it would be lost or worse.
        self.parser.edits.truncate(n_edits);
        self.parser.last_end
    }

    fn option_value(&mut self) -> Option<Literal> {
        if !self.parser.expect_op("=") {
            return None;
        }
        self.parser.expression().literal
    }

    fn option_text(&mut self) -> Option<Box<str>> {
        self.option_value()?.as_str().map(Into::into)
    }

    fn option_texts(&mut self) -> Option<Box<[Box<str>]>> {
        let value = self.option_value()?;
        let items = value.as_list()?;
        Some(
            items
                .iter()
                .filter_map(|item| item.as_str().map(Into::into))
                .collect(),
        )
    }

    /// Make a macro of it.
    fn edit_definition(
        &mut self,
        syntax: &MacroSyntax,
        keyword: SourceRange,
        params_end: u32,
        is_outermost: bool,
    ) {
        let is_own_template = self.grammar == Grammar::Definition && is_outermost;
        let name = match syntax.dbt_name() {
            _ if is_own_template => ENGINE_MACRO_NAME.to_owned(),
            Some(name) => name,
            None => {
                let range = SourceRange::new(keyword.start, self.parser.last_end);
                self.parser.edit(EditKind::Replace, range, "if true");
                return;
            }
        };
        match syntax.kind {
            MacroKind::Materialization => {
                let range = SourceRange::new(keyword.start, params_end);
                self.parser
                    .edit(EditKind::Replace, range, format!("macro {name}()"));
            }
            MacroKind::Macro | MacroKind::Test | MacroKind::Snapshot | MacroKind::Docs => {
                if syntax.kind == MacroKind::Test {
                    self.parser.edit(EditKind::Replace, keyword, "macro");
                }
                self.parser.edit(EditKind::Replace, syntax.name_range, name);
            }
        }
    }

    /// `{% raw %}` and `{% docs x %}`: nothing is looked at until their end.
    pub(super) fn verbatim(&mut self, at: usize, word: &str, keyword: SourceRange) -> usize {
        let is_docs = word == "docs";
        let name_range = if is_docs {
            self.definition_name("docs block")
        } else {
            SourceRange::at(keyword.end)
        };
        let open_end = self.finish_tag(at, "%}");
        let open = self.push_tag(TagKind::Statement, at, open_end);
        let text = self.parser.text;
        let close = find_end_tag(text, open_end, if is_docs { "enddocs" } else { "endraw" });
        let (body_end, end) = close.unwrap_or((text.len(), text.len()));
        if body_end > open_end {
            self.push_tag(TagKind::Verbatim, open_end, body_end);
        }
        let close = close.map(|(start, end)| self.push_tag(TagKind::Statement, start, end));
        let kind = if is_docs {
            BlockKind::Definition(MacroKind::Docs)
        } else {
            BlockKind::Raw
        };
        self.parser
            .tree
            .blocks
            .push(BlockSyntax { kind, open, close });
        if close.is_none() {
            self.error(
                open,
                format!("`{word}` is never closed; add `{{% end{word} %}}`"),
            );
        }
        let range = SourceRange::from_usize(at, end);
        if is_docs {
            self.docs_definition(name_range, open, range, body_end);
        }
        end
    }

    fn docs_definition(
        &mut self,
        name_range: SourceRange,
        open: SourceRange,
        range: SourceRange,
        body_end: usize,
    ) {
        self.parser.edit(EditKind::Replace, range, "");
        self.parser.tree.macros.push(MacroSyntax {
            kind: MacroKind::Docs,
            name: self.parser.text_of(name_range).into(),
            name_range,
            params: Box::new([]),
            range,
            body: SourceRange::new(open.end, body_end as u32),
            open,
            adapter: None,
            is_default: false,
            supported_languages: Box::new([]),
            is_nested: !self.parser.definitions.is_empty(),
            reads_varargs: false,
            reads_kwargs: false,
            reads_caller: false,
        });
    }
}

/// Start and end of the tag `{% keyword %}` at or behind `from`.
fn find_end_tag(text: &str, from: usize, keyword: &str) -> Option<(usize, usize)> {
    let mut pos = from;
    loop {
        let start = pos + text.get(pos..)?.find("{%")?;
        let inside = text.get(start + 2..)?;
        let trimmed = inside.trim_start_matches(['-', '+']).trim_start();
        if let Some(after) = trimmed.strip_prefix(keyword) {
            let after = after.trim_start().trim_start_matches(['-', '+']);
            if let Some(rest) = after.strip_prefix("%}") {
                return Some((start, text.len() - rest.len()));
            }
        }
        pos = start + 2;
    }
}
