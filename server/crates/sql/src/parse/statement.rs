//! Statements: queries, statements with a query in them, and the rest, which is not looked into.

use base::RenderedRange;

use super::Parser;
use crate::ast::{Statement, StatementKind};
use crate::keyword::Keyword;
use crate::token::TokenKind;

/// Words that users mean when they mistype the first one.
const STATEMENT_WORDS: &[&str] = &[
    "select", "with", "from", "insert", "create", "update", "delete",
];

impl Parser<'_> {
    pub(super) fn statements(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        let end = self.limit;
        while self.pos < end {
            if self.eat(TokenKind::Semicolon) {
                continue;
            }
            self.limit = self.statement_end(end);
            let range = self.statement_range();
            self.is_panicking = false;
            statements.push(self.statement(range));
            if !self.is_end() {
                self.error("the end of the statement");
            }
            self.pos = self.limit;
            self.limit = end;
        }
        statements
    }

    /// The next semicolon; none of them lies in a bracket.
    fn statement_end(&self, end: usize) -> usize {
        (self.pos..end)
            .find(|idx| {
                self.tokens
                    .get(*idx)
                    .is_some_and(|token| token.kind == TokenKind::Semicolon)
            })
            .unwrap_or(end)
    }

    /// All bytes of the statement, from the end of the one before to its semicolon, so that a cursor behind the last
    /// token still belongs to it.
    fn statement_range(&self) -> RenderedRange {
        let end = self
            .tokens
            .get(self.limit)
            .map_or(self.text.len() as u32, |token| token.range.start);
        RenderedRange::new(self.prev_end(), end)
    }

    fn statement(&mut self, range: RenderedRange) -> Statement {
        if self.is_query_start()
            || self.at_keyword(Keyword::Pivot)
            || self.at_keyword(Keyword::Unpivot)
        {
            let query = self.query(range);
            return Statement {
                kind: StatementKind::Query(Box::new(query)),
            };
        }
        match self.keyword() {
            Keyword::Create => self.skip_to_query_after(&[Keyword::As]),
            Keyword::Insert => {
                self.skip_to_query_after(&[]);
                if self.is_end() && !self.has_default_values() {
                    self.error("a query or `values`");
                }
            }
            Keyword::Explain => self.skip_to_query_after(&[]),
            _ if self.is_known_statement() => {
                self.pos = self.limit;
            }
            _ => {
                self.unknown_statement();
                self.recover_to(Self::is_query_start);
            }
        }
        if self.is_end() {
            return Statement {
                kind: StatementKind::Other,
            };
        }
        let query = self.query(range);
        // Clauses such as `on conflict` and `returning` follow the query of an `insert`; they are not modelled.
        self.pos = self.limit;
        Statement {
            kind: StatementKind::Query(Box::new(query)),
        }
    }

    fn unknown_statement(&mut self) {
        let word = self.token_text();
        let message = format!("expected a statement such as `select` or `with`, found `{word}`");
        self.report(base::or_did_you_mean(
            message,
            word,
            STATEMENT_WORDS.iter().copied(),
        ));
    }

    /// Goes to the query of a statement that contains one: the first query start, behind one of `words` if any are
    /// given; to the end when there is none.
    fn skip_to_query_after(&mut self, words: &[Keyword]) {
        let mut is_armed = words.is_empty();
        self.bump();
        while !self.is_end() {
            let is_start = matches!(
                self.keyword(),
                Keyword::Select | Keyword::With | Keyword::From | Keyword::Values
            );
            if is_armed && (is_start || self.at(TokenKind::LParen) && self.is_query_start()) {
                return;
            }
            if words.contains(&self.keyword()) {
                is_armed = true;
            }
            self.skip_one();
        }
    }

    /// `insert into t default values`, and dialects in which an insert may have no query.
    fn has_default_values(&self) -> bool {
        let before = self.pos.checked_sub(1).and_then(|idx| self.tokens.get(idx));
        before.is_some_and(|token| token.keyword == Keyword::Values)
            || !self.dialect.is_grammar_proven()
    }

    /// Statements that are not queries. Only DuckDB's are told from nonsense; elsewhere every word may begin one.
    fn is_known_statement(&self) -> bool {
        if !self.dialect.is_grammar_proven() {
            return self.at(TokenKind::Word);
        }
        matches!(
            self.keyword(),
            Keyword::Alter
                | Keyword::Analyze
                | Keyword::Analyse
                | Keyword::Attach
                | Keyword::Begin
                | Keyword::Call
                | Keyword::Checkpoint
                | Keyword::Comment
                | Keyword::Commit
                | Keyword::Copy
                | Keyword::Deallocate
                | Keyword::Delete
                | Keyword::Desc
                | Keyword::Describe
                | Keyword::Detach
                | Keyword::Drop
                | Keyword::Execute
                | Keyword::Export
                | Keyword::Force
                | Keyword::Import
                | Keyword::Install
                | Keyword::Load
                | Keyword::Merge
                | Keyword::Pragma
                | Keyword::Prepare
                | Keyword::Reset
                | Keyword::Rollback
                | Keyword::Set
                | Keyword::Show
                | Keyword::Start
                | Keyword::Summarize
                | Keyword::Transaction
                | Keyword::Abort
                | Keyword::Truncate
                | Keyword::Update
                | Keyword::Use
                | Keyword::Vacuum
        )
    }
}
