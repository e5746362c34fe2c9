//! The tolerant parser: recursive descent over the significant tokens, never failing, always ending.
//!
//! Recovery rests on three things. A bracket is a wall: its inside is parsed with its closing bracket as the end of
//! input, and reading goes on behind it whatever happened inside. Lists and clauses are steps: after an error the rest
//! up to the next comma or clause word is skipped, with no second error for it. And brackets that are not closed end
//! where `brackets` says they should have been.
//!
//! The grammar is DuckDB's plus what other dialects add to it, word by word where DuckDB must refuse a text, and
//! permissive where a construct belongs to another dialect.

mod call;
mod constructor;
mod expr;
mod from;
mod postfix;
mod primary;
mod query;
mod relation_tail;
mod select;
mod statement;
mod type_name;
mod with;

use base::RenderedRange;

use crate::ast::{Name, Statement};
use crate::brackets::Brackets;
use crate::dialect::Dialect;
use crate::keyword::{Category, Keyword};
use crate::token::{Token, TokenKind};
use crate::tree::SqlError;

/// Nesting of brackets, cases and unary operators beyond which the inside is skipped. DuckDB gives up at 1000; this
/// keeps the recursion, here and in whoever walks the tree, within a small stack.
const MAX_DEPTH: u32 = 96;

/// Postfixes and tests wrapped around one operand.
const MAX_WRAPS: u32 = 48;

/// Statements and errors of a text.
pub(crate) fn parse_tokens(
    text: &str,
    tokens: &[Token],
    dialect: Dialect,
) -> (Vec<Statement>, Vec<SqlError>) {
    let mut parser = Parser {
        text,
        tokens,
        brackets: Brackets::new(tokens),
        dialect,
        pos: 0,
        limit: tokens.len(),
        depth: 0,
        is_panicking: false,
        errors: Vec::new(),
    };
    let statements = parser.statements();
    (statements, parser.errors)
}

pub(crate) struct Parser<'t> {
    text: &'t str,
    /// Without trivia.
    tokens: &'t [Token],
    brackets: Brackets,
    dialect: Dialect,
    pos: usize,
    /// End of the innermost bracket or statement: no token from here on is visible.
    limit: usize,
    depth: u32,
    /// An error was reported and reading has not yet found its feet: report no other.
    is_panicking: bool,
    errors: Vec<SqlError>,
}

/// Looking at tokens.
impl<'t> Parser<'t> {
    fn token_at(&self, idx: usize) -> Option<&'t Token> {
        if idx < self.limit {
            self.tokens.get(idx)
        } else {
            None
        }
    }

    fn is_end(&self) -> bool {
        self.pos >= self.limit
    }

    /// The kind of the next token; whitespace, which is never a token here, at the end.
    fn kind(&self) -> TokenKind {
        self.nth_kind(0)
    }

    fn nth_kind(&self, ahead: usize) -> TokenKind {
        self.token_at(self.pos + ahead)
            .map_or(TokenKind::Whitespace, |token| token.kind)
    }

    fn keyword(&self) -> Keyword {
        self.nth_keyword(0)
    }

    fn nth_keyword(&self, ahead: usize) -> Keyword {
        self.token_at(self.pos + ahead)
            .map_or(Keyword::Unlisted, |token| token.keyword)
    }

    fn at(&self, kind: TokenKind) -> bool {
        self.kind() == kind
    }

    fn at_keyword(&self, keyword: Keyword) -> bool {
        self.keyword() == keyword
    }

    fn at_keywords(&self, keywords: &[Keyword]) -> bool {
        keywords
            .iter()
            .enumerate()
            .all(|(ahead, keyword)| self.nth_keyword(ahead) == *keyword)
    }

    /// The text of the next token; empty at the end.
    fn token_text(&self) -> &'t str {
        self.nth_text(0)
    }

    fn nth_text(&self, ahead: usize) -> &'t str {
        self.token_at(self.pos + ahead)
            .map_or("", |token| token.range.of(self.text))
    }

    /// Start of the next token, also when it lies behind the limit; the end of the text when there is none.
    fn start(&self) -> u32 {
        self.tokens
            .get(self.pos)
            .map_or(self.text.len() as u32, |token| token.range.start)
    }

    /// End of the token before the next one.
    fn prev_end(&self) -> u32 {
        self.pos
            .checked_sub(1)
            .and_then(|idx| self.tokens.get(idx))
            .map_or(0, |token| token.range.end)
    }

    /// From `start` to the end of the last token read.
    fn range_from(&self, start: u32) -> RenderedRange {
        RenderedRange::new(start, self.prev_end())
    }

    /// No whitespace between the next token and the one before it.
    fn is_joined(&self) -> bool {
        self.start() == self.prev_end()
    }

    fn has_dialect(&self, dialects: &[Dialect]) -> bool {
        self.dialect == Dialect::Generic || dialects.contains(&self.dialect)
    }
}

/// Taking tokens.
impl Parser<'_> {
    fn bump(&mut self) {
        if self.pos < self.limit {
            self.pos += 1;
        }
    }

    fn bump_n(&mut self, n_tokens: usize) {
        self.pos = (self.pos + n_tokens).min(self.limit);
    }

    fn eat(&mut self, kind: TokenKind) -> bool {
        let is_there = self.at(kind);
        if is_there {
            self.bump();
        }
        is_there
    }

    fn eat_keyword(&mut self, keyword: Keyword) -> bool {
        let is_there = self.at_keyword(keyword);
        if is_there {
            self.bump();
        }
        is_there
    }

    fn eat_keywords(&mut self, keywords: &[Keyword]) -> bool {
        let is_there = self.at_keywords(keywords);
        if is_there {
            self.bump_n(keywords.len());
        }
        is_there
    }

    fn expect_keyword(&mut self, keyword: Keyword, expected: &str) -> bool {
        let is_there = self.eat_keyword(keyword);
        if !is_there {
            self.error(expected);
        }
        is_there
    }

    fn name_here(&mut self) -> Name {
        let range = self
            .token_at(self.pos)
            .map_or_else(|| RenderedRange::at(self.prev_end()), |token| token.range);
        self.bump();
        Name { range }
    }

    /// A word that can stand as the name of a column or relation.
    fn is_name(&self, ahead: usize) -> bool {
        match self.nth_kind(ahead) {
            TokenKind::QuotedName => true,
            TokenKind::Word => {
                let keyword = self.nth_keyword(ahead);
                if matches!(keyword, Keyword::Columns | Keyword::Map | Keyword::Struct) {
                    // Listed as names of functions and types, and yet taken as names of columns.
                    return true;
                }
                match keyword.category() {
                    Category::Plain | Category::Unreserved | Category::ColumnName => true,
                    Category::TypeFunction | Category::Reserved => {
                        self.dialect != Dialect::DuckDb && !keyword.is_clause_word()
                    }
                }
            }
            _ => false,
        }
    }

    /// Any word or quoted name: after `as` and after a dot nothing is reserved.
    fn is_label(&self, ahead: usize) -> bool {
        matches!(
            self.nth_kind(ahead),
            TokenKind::Word | TokenKind::QuotedName
        )
    }

    fn name(&mut self, expected: &str) -> Option<Name> {
        if self.is_name(0) {
            return Some(self.name_here());
        }
        self.error(expected);
        None
    }

    fn label(&mut self, expected: &str) -> Option<Name> {
        if self.is_label(0) {
            return Some(self.name_here());
        }
        self.error(expected);
        None
    }

    /// `a.b.c`, the first part already known to be a name.
    fn dotted_name(&mut self) -> Vec<Name> {
        let mut parts = vec![self.name_here()];
        while self.at(TokenKind::Dot) && self.is_label(1) {
            self.bump();
            parts.push(self.name_here());
        }
        parts
    }
}

/// Errors and recovery.
impl Parser<'_> {
    /// Reports that `expected` is not what comes next, unless an error has just been reported.
    fn error(&mut self, expected: &str) {
        let found = match self.tokens.get(self.pos) {
            None => "the end of the text".to_owned(),
            Some(token) if token.kind == TokenKind::String => "a string".to_owned(),
            Some(token) => format!("`{}`", shortened(token.range.of(self.text))),
        };
        self.report(format!("expected {expected}, found {found}"));
    }

    /// Reports `message` at the next token, unless an error has just been reported.
    fn report(&mut self, message: String) {
        if !self.is_panicking {
            let range = self
                .tokens
                .get(self.pos)
                .map_or_else(|| RenderedRange::at(self.prev_end()), |token| token.range);
            self.errors.push(SqlError { range, message });
        }
        self.is_panicking = true;
    }

    /// Skips to a token that `is_stop` accepts, over whole brackets, and ends the panic.
    fn recover_to(&mut self, is_stop: impl Fn(&Self) -> bool) {
        while !self.is_end() && !is_stop(self) {
            self.skip_one();
        }
        self.is_panicking = false;
    }

    /// Skips a token, or a bracket with all that is in it.
    fn skip_one(&mut self) {
        match self.brackets.close(self.pos) {
            Some(close) => {
                let end = close.at + usize::from(close.is_real);
                self.pos = end.max(self.pos + 1).min(self.limit);
            }
            None => self.bump(),
        }
    }

    /// A place where a list or a clause may go on.
    fn is_step(&self) -> bool {
        self.at(TokenKind::Comma) || self.is_clause_start()
    }

    /// A word that begins the next clause of a query.
    fn is_clause_start(&self) -> bool {
        matches!(
            self.keyword(),
            Keyword::Select
                | Keyword::From
                | Keyword::Where
                | Keyword::Group
                | Keyword::Having
                | Keyword::Qualify
                | Keyword::Window
                | Keyword::Order
                | Keyword::Limit
                | Keyword::Union
                | Keyword::Intersect
                | Keyword::Except
        )
    }

    /// Reads the inside of the bracket at the cursor with `inside`, and goes on behind it.
    fn in_brackets<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        let close = self.brackets.close(self.pos);
        let outer_limit = self.limit;
        let (at, is_real) = close.map_or((outer_limit, false), |close| (close.at, close.is_real));
        let (at, is_real) = if at < outer_limit {
            (at, is_real)
        } else {
            (outer_limit, false)
        };
        let closing = match self.kind() {
            TokenKind::LBracket => "`]`",
            TokenKind::LBrace => "`}`",
            _ => "`)`",
        };
        self.bump();
        self.limit = at.max(self.pos);
        let result = inside(self);
        if !self.is_end() || !is_real {
            self.error(closing);
        }
        self.pos = self.limit;
        self.limit = outer_limit;
        self.is_panicking = false;
        if is_real {
            self.bump();
        }
        result
    }

    /// The byte range between the bracket at the cursor and the one that closes it.
    fn inside_range(&self) -> RenderedRange {
        let start = self.token_at(self.pos).map_or(0, |token| token.range.end);
        let end_idx = self
            .brackets
            .close(self.pos)
            .map_or(self.limit, |close| close.at.min(self.limit));
        let end = self
            .tokens
            .get(end_idx)
            .map_or(self.text.len() as u32, |token| token.range.start);
        RenderedRange::new(start, end)
    }

    /// Items separated by commas up to the end or a clause word; `item` reads one, or panics. A comma before the end
    /// is allowed where `trailing` says so.
    fn list<T>(
        &mut self,
        trailing: Trailing,
        is_stop: impl Fn(&Self) -> bool,
        mut item: impl FnMut(&mut Self) -> T,
    ) -> Vec<T> {
        let mut items = Vec::new();
        loop {
            let before = self.pos;
            items.push(item(self));
            if self.is_panicking {
                self.recover_to(|parser| parser.at(TokenKind::Comma) || is_stop(parser));
            }
            if !self.eat(TokenKind::Comma) {
                return items;
            }
            let is_over = self.is_end() || is_stop(self);
            if is_over && trailing == Trailing::Allowed {
                return items;
            }
            debug_assert!(self.pos > before, "a comma was eaten");
        }
    }
}

/// Whether a list may end in a comma.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trailing {
    Allowed,
    Refused,
}

/// What fits into a message.
fn shortened(text: &str) -> String {
    const MAX_CHARS: usize = 30;
    let line = text.lines().next().unwrap_or("");
    if line.chars().count() <= MAX_CHARS {
        return line.to_owned();
    }
    let mut short: String = line.chars().take(MAX_CHARS).collect();
    short.push('…');
    short
}
