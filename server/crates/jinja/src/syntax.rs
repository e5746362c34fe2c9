//! Tolerant template syntax: what a file says, without rendering it.
//!
//! [`Template::parse`] never fails. Half-typed text gives a tree with what could be understood and a diagnostic for the
//! rest. The tree is a set of flat tables (macros, calls, names, blocks) with byte ranges rather than nested nodes: that
//! is what the features ask for, it is small (ten thousand files are kept), and equal tables mean that nothing
//! downstream has to run again. Evaluation is not here: see `render`.

mod cursor;
mod expression;
mod facts;
mod failing;
mod literal;
mod operators;
mod postfix;
mod primary;
mod signature;
mod statements;
#[cfg(test)]
mod tests;
mod token;
mod words;

use base::{Diagnostic, SourceRange};

pub use cursor::{CursorContext, TagKeyword, cursor_context};
pub(crate) use expression::{EditKind, SourceEdit};
pub use facts::{StaticCall, StaticFacts};
pub(crate) use failing::LIMIT;
pub use literal::Literal;
pub(crate) use statements::{Grammar, parse_with_edits};
pub use words::{Word, WordKind, words};

/// A parsed file. Ranges are bytes of the text it was parsed from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template {
    /// `{% macro %}` and its relatives, in order.
    pub macros: Vec<MacroSyntax>,
    /// Everything that is called: functions, macros, methods, filters, `{% call %}`.
    pub calls: Vec<CallSyntax>,
    /// Root identifiers that are read.
    pub names: Vec<NameSyntax>,
    /// `{% set %}` targets.
    pub sets: Vec<SetSyntax>,
    /// Blocks with an opening and a closing tag, in the order of their opening.
    pub blocks: Vec<BlockSyntax>,
    /// The stretches between plain text: `{{ }}`, `{% %}`, `{# #}`, in order.
    pub tags: Vec<TagSyntax>,
    /// Syntax errors.
    pub errors: Vec<Diagnostic>,
}

/// What a stretch of Jinja is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TagKind {
    /// `{{ ... }}`
    Output,
    /// `{% ... %}`
    Statement,
    /// `{# ... #}`
    Comment,
    /// The text of `{% raw %}` or `{% docs %}`: shown as it is.
    Verbatim,
}

/// A stretch that is not plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TagSyntax {
    /// What it is.
    pub kind: TagKind,
    /// With its delimiters.
    pub range: SourceRange,
}

/// Which tag defines a macro-like block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MacroKind {
    /// `{% macro x() %}`
    Macro,
    /// `{% test x() %}` or `{% data_test x() %}`
    Test,
    /// `{% materialization x, default %}`
    Materialization,
    /// `{% snapshot x %}`
    Snapshot,
    /// `{% docs x %}`
    Docs,
}

/// A definition.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about a body"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MacroSyntax {
    /// Which tag.
    pub kind: MacroKind,
    /// The name as written.
    pub name: Box<str>,
    /// Where it is written.
    pub name_range: SourceRange,
    /// Parameters in order.
    pub params: Box<[ParamSyntax]>,
    /// From the opening to the closing tag.
    pub range: SourceRange,
    /// Between the tags.
    pub body: SourceRange,
    /// The opening tag.
    pub open: SourceRange,
    /// `adapter='duckdb'` of a materialization.
    pub adapter: Option<Box<str>>,
    /// `default` of a materialization.
    pub is_default: bool,
    /// `supported_languages=[...]` of a materialization; `["sql"]` unless it says otherwise.
    pub supported_languages: Box<[Box<str>]>,
    /// Lies inside another definition.
    pub is_nested: bool,
    /// The body reads `varargs`.
    pub reads_varargs: bool,
    /// The body reads `kwargs`.
    pub reads_kwargs: bool,
    /// The body reads `caller`.
    pub reads_caller: bool,
}

impl MacroSyntax {
    /// dbt's name of the macro: `test_unique`, `materialization_table_default`. `None` for what is not a macro.
    pub fn dbt_name(&self) -> Option<String> {
        match self.kind {
            MacroKind::Macro => Some(self.name.to_string()),
            MacroKind::Test => Some(format!("test_{}", self.name)),
            MacroKind::Materialization => {
                let adapter = self.adapter.as_deref().unwrap_or("default");
                Some(format!("materialization_{}_{adapter}", self.name))
            }
            MacroKind::Snapshot | MacroKind::Docs => None,
        }
    }
}

/// A parameter of a macro.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamSyntax {
    /// The name.
    pub name: Box<str>,
    /// Where it is written.
    pub name_range: SourceRange,
    /// `: type`, which dbt accepts and ignores; with its colon.
    pub type_range: Option<SourceRange>,
    /// The expression after `=`.
    pub default: Option<ValueSyntax>,
}

/// An expression, as far as it is known without evaluating it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueSyntax {
    /// Where it is written.
    pub range: SourceRange,
    /// Its value, if it is made of literals only.
    pub literal: Option<Literal>,
}

/// How something is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallKind {
    /// `f(x)`
    Function,
    /// `{% call f(x) %}`
    Block,
    /// `x | f(y)`; the arguments are those in the parentheses.
    Filter,
}

/// Part of a dotted path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The name.
    pub name: Box<str>,
    /// Where it is written.
    pub range: SourceRange,
}

/// One call of a dotted name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallSyntax {
    /// How.
    pub kind: CallKind,
    /// `dbt_utils.star`: two segments. Never empty.
    pub path: Box<[Segment]>,
    /// From the first segment to the closing parenthesis.
    pub range: SourceRange,
    /// The parentheses, with them; empty for a filter without any. Up to the end of the tag where `)` is missing.
    pub args_range: SourceRange,
    /// Arguments in order.
    pub args: Box<[ArgSyntax]>,
    /// Index in [`Template::macros`] of the innermost definition around it.
    pub in_macro: Option<u32>,
    /// Inside an `if`, a `for` or the like: it may not happen.
    pub is_conditional: bool,
    /// It is the whole of a `{{ ... }}`.
    pub is_whole_output: bool,
}

impl CallSyntax {
    /// Whether the callee is exactly `path`.
    pub fn is(&self, path: &[&str]) -> bool {
        self.path.len() == path.len()
            && self
                .path
                .iter()
                .zip(path)
                .all(|(segment, name)| *segment.name == **name)
    }

    /// The callee's range, without arguments.
    pub fn callee_range(&self) -> SourceRange {
        let first = self.path.first().map_or(self.range, |it| it.range);
        let last = self.path.last().map_or(self.range, |it| it.range);
        first.join(last)
    }

    /// The callee as it is written: `dbt_utils.star`.
    pub fn callee(&self) -> String {
        let names: Vec<&str> = self.path.iter().map(|segment| &*segment.name).collect();
        names.join(".")
    }

    /// Positional arguments before any `*args`.
    pub fn positional(&self) -> impl Iterator<Item = &ArgSyntax> {
        self.args
            .iter()
            .take_while(|arg| arg.spread == Spread::No)
            .filter(|arg| arg.name.is_none())
    }

    /// The keyword argument called `name`.
    pub fn keyword(&self, name: &str) -> Option<&ArgSyntax> {
        self.args
            .iter()
            .find(|arg| arg.name.as_ref().is_some_and(|it| *it.name == *name))
    }

    /// The text of the `n`th positional argument, if it is a text literal.
    pub fn text_arg(&self, n: usize) -> Option<&str> {
        match &self.positional().nth(n)?.value.literal {
            Some(Literal::Str(text)) => Some(text),
            _ => None,
        }
    }
}

/// `*x` or `**x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Spread {
    /// An ordinary argument.
    No,
    /// `*x`
    Positional,
    /// `**x`
    Keyword,
}

/// An argument of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgSyntax {
    /// `name=` of a keyword argument.
    pub name: Option<Segment>,
    /// Whether it is `*x` or `**x`.
    pub spread: Spread,
    /// The expression.
    pub value: ValueSyntax,
}

/// A root identifier that is read. The name itself is the text at `range`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NameSyntax {
    /// Where.
    pub range: SourceRange,
    /// Set, a loop variable, a parameter: defined in this file around or before this place.
    pub is_bound: bool,
    /// Index in [`Template::macros`] of the innermost definition around it.
    pub in_macro: Option<u32>,
}

/// A name that `{% set %}` gives a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetSyntax {
    /// The name.
    pub name: Box<str>,
    /// Where it is written.
    pub name_range: SourceRange,
    /// The expression; `None` for `{% set x %}...{% endset %}`.
    pub value: Option<ValueSyntax>,
    /// Index in [`Template::macros`] of the innermost definition around it.
    pub in_macro: Option<u32>,
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlockKind {
    /// `{% if %}`
    If,
    /// `{% for %}`
    For,
    /// `{% macro %}`, `{% test %}`, `{% materialization %}`, `{% snapshot %}`, `{% docs %}`
    Definition(MacroKind),
    /// `{% call %}`
    Call,
    /// `{% set x %}...{% endset %}`
    Set,
    /// `{% filter %}`
    Filter,
    /// `{% raw %}`
    Raw,
    /// `{% with %}`
    With,
    /// `{% block %}`
    Block,
    /// `{% autoescape %}`
    Autoescape,
}

/// An opening and a closing tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlockSyntax {
    /// Which.
    pub kind: BlockKind,
    /// The opening tag.
    pub open: SourceRange,
    /// The closing tag; `None` where it is missing.
    pub close: Option<SourceRange>,
}

impl BlockSyntax {
    /// From the opening to the closing tag, for folding.
    pub fn range(&self) -> SourceRange {
        self.close.map_or(self.open, |close| self.open.join(close))
    }
}

impl Template {
    /// Read `text`. Never fails; see [`Template::errors`].
    #[must_use]
    pub fn parse(text: &str) -> Self {
        parse_with_edits(text, Grammar::default()).0
    }

    /// Whether the file is SQL without any Jinja.
    pub fn is_plain(&self) -> bool {
        self.tags.is_empty()
    }

    /// Calls of exactly this dotted path, wherever they are.
    pub fn calls_of<'a>(&'a self, path: &'a [&str]) -> impl Iterator<Item = &'a CallSyntax> {
        self.calls.iter().filter(move |call| call.is(path))
    }

    /// The innermost call whose parentheses contain the cursor.
    pub fn call_at(&self, offset: u32) -> Option<&CallSyntax> {
        self.calls
            .iter()
            .filter(|call| call.range.touches(offset))
            .min_by_key(|call| call.range.len())
    }

    /// Comments, in order.
    pub fn comments(&self) -> impl Iterator<Item = SourceRange> {
        self.tags
            .iter()
            .filter(|tag| tag.kind == TagKind::Comment)
            .map(|tag| tag.range)
    }
}
