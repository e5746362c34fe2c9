//! Which bracket closes which, also where some are missing: what keeps a mistake inside the CTE or the call it is in.
//!
//! In balanced text the answer is plain. Otherwise an opening bracket without partner ends where a reader would say it
//! should have been closed: before the next `, name as (` of the `with` around it, before a second `select`, before a
//! `from` inside what looks like a call.

use base::RenderedRange;

use crate::keyword::Keyword;
use crate::token::{Token, TokenKind};
use crate::tree::SqlTree;

/// Where an opening bracket ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Close {
    /// Index of the token that closes it, or of the first token after it when nothing does.
    pub(crate) at: usize,
    /// A token closes it.
    pub(crate) is_real: bool,
}

/// The partner of every opening bracket, by token index; tokens without trivia.
#[derive(Debug)]
pub(crate) struct Brackets {
    closes: Vec<Option<Close>>,
}

/// What the reader knows about a bracket that is still open.
struct Open {
    at: usize,
    kind: TokenKind,
    /// The bracket holds a query.
    is_query: bool,
    /// A `with` list is being read directly inside.
    is_in_with: bool,
    n_selects: u32,
    /// The first word that shows that the bracket should have been closed before.
    breaks_at: Option<usize>,
}

impl Brackets {
    pub(crate) fn new(tokens: &[Token]) -> Self {
        let mut closes = vec![None; tokens.len()];
        if !pair_balanced(tokens, &mut closes) {
            closes.fill(None);
            Repair {
                tokens,
                closes: &mut closes,
                open: Vec::new(),
                is_base_in_with: false,
            }
            .run();
        }
        Self { closes }
    }

    /// Where the bracket that token `open` is ends; `None` when it opens nothing.
    pub(crate) fn close(&self, open: usize) -> Option<Close> {
        self.closes.get(open).copied().flatten()
    }
}

/// All brackets that close, in the order of their beginning: the opening and the closing one.
pub fn bracket_pairs(tree: &SqlTree) -> Vec<(RenderedRange, RenderedRange)> {
    let tokens: Vec<Token> = tree
        .tokens
        .iter()
        .filter(|token| !token.is_trivia())
        .copied()
        .collect();
    let brackets = Brackets::new(&tokens);
    let pair = |(idx, open): (usize, &Token)| {
        let close = brackets.close(idx).filter(|close| close.is_real)?;
        Some((open.range, tokens.get(close.at)?.range))
    };
    tokens.iter().enumerate().filter_map(pair).collect()
}

fn closing_of(kind: TokenKind) -> Option<TokenKind> {
    match kind {
        TokenKind::LParen => Some(TokenKind::RParen),
        TokenKind::LBracket => Some(TokenKind::RBracket),
        TokenKind::LBrace => Some(TokenKind::RBrace),
        _ => None,
    }
}

fn is_closing(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::RParen | TokenKind::RBracket | TokenKind::RBrace
    )
}

/// Pairs all brackets; false when they do not pair.
fn pair_balanced(tokens: &[Token], closes: &mut [Option<Close>]) -> bool {
    let mut stack: Vec<(usize, TokenKind)> = Vec::new();
    for (idx, token) in tokens.iter().enumerate() {
        if let Some(closing) = closing_of(token.kind) {
            stack.push((idx, closing));
        } else if is_closing(token.kind) {
            match stack.pop() {
                Some((open, closing)) if closing == token.kind => {
                    if let Some(slot) = closes.get_mut(open) {
                        *slot = Some(Close {
                            at: idx,
                            is_real: true,
                        });
                    }
                }
                _ => return false,
            }
        } else if token.kind == TokenKind::Semicolon && !stack.is_empty() {
            return false;
        }
    }
    stack.is_empty()
}

/// Functions in whose arguments `from` is at home.
fn takes_from(keyword: Keyword) -> bool {
    matches!(
        keyword,
        Keyword::Extract | Keyword::Substring | Keyword::Trim | Keyword::Overlay
    )
}

struct Repair<'t> {
    tokens: &'t [Token],
    closes: &'t mut Vec<Option<Close>>,
    open: Vec<Open>,
    is_base_in_with: bool,
}

impl Repair<'_> {
    fn run(&mut self) {
        for (idx, token) in self.tokens.iter().enumerate() {
            if closing_of(token.kind).is_some() {
                self.push(idx, token.kind);
            } else if is_closing(token.kind) {
                self.close_one(idx, token.kind);
            } else if token.kind == TokenKind::Semicolon {
                self.pop_to(0, idx);
                self.is_base_in_with = false;
            } else if token.kind == TokenKind::Comma && self.is_cte_start(idx + 1) {
                self.end_cte(idx);
            } else {
                self.word(idx, token.keyword);
            }
        }
        self.pop_to(0, self.tokens.len());
    }

    fn keyword(&self, idx: usize) -> Keyword {
        self.tokens
            .get(idx)
            .map_or(Keyword::Unlisted, |token| token.keyword)
    }

    fn push(&mut self, at: usize, kind: TokenKind) {
        let is_query = matches!(
            self.keyword(at + 1),
            Keyword::Select | Keyword::With | Keyword::From | Keyword::Values
        );
        self.open.push(Open {
            at,
            kind,
            is_query,
            is_in_with: false,
            n_selects: 0,
            breaks_at: None,
        });
    }

    fn set(&mut self, open: usize, close: Close) {
        if let Some(slot) = self.closes.get_mut(open) {
            *slot = Some(close);
        }
    }

    /// Ends all brackets from the `n_kept`-th on, at `at` or where they showed to be over.
    fn pop_to(&mut self, n_kept: usize, at: usize) {
        while self.open.len() > n_kept {
            if let Some(open) = self.open.pop() {
                let at = open.breaks_at.unwrap_or(at).min(at);
                self.set(open.at, Close { at, is_real: false });
            }
        }
    }

    fn close_one(&mut self, idx: usize, kind: TokenKind) {
        let partner = self.open.iter().rposition(|open| {
            closing_of(open.kind) == Some(kind) && (open.is_query || open.breaks_at.is_none())
        });
        let Some(partner) = partner.or_else(|| {
            self.open
                .iter()
                .rposition(|open| closing_of(open.kind) == Some(kind))
        }) else {
            return;
        };
        self.pop_to(partner + 1, idx);
        if let Some(open) = self.open.pop() {
            self.set(
                open.at,
                Close {
                    at: idx,
                    is_real: true,
                },
            );
        }
    }

    /// Whether a CTE begins at `idx`: `name as (`, `name (a, b) as materialized (`.
    fn is_cte_start(&self, idx: usize) -> bool {
        let kind = |idx: usize| self.tokens.get(idx).map(|token| token.kind);
        if !matches!(kind(idx), Some(TokenKind::Word | TokenKind::QuotedName)) {
            return false;
        }
        let mut at = idx + 1;
        if kind(at) == Some(TokenKind::LParen) {
            at += 1;
            // Names alone: going through nested brackets here would make a long broken text take quadratic time.
            while matches!(
                kind(at),
                Some(TokenKind::Word | TokenKind::QuotedName | TokenKind::Comma)
            ) {
                at += 1;
            }
            if kind(at) != Some(TokenKind::RParen) {
                return false;
            }
            at += 1;
        }
        if self.keyword(at) != Keyword::As {
            return false;
        }
        at += 1;
        while matches!(self.keyword(at), Keyword::Not | Keyword::Materialized) {
            at += 1;
        }
        kind(at) == Some(TokenKind::LParen)
    }

    /// A comma before a CTE: brackets opened since the `with` list around it should have been closed.
    fn end_cte(&mut self, comma: usize) {
        let level = self.open.iter().rposition(|open| open.is_in_with);
        match level {
            Some(level) => self.pop_to(level + 1, comma),
            None if self.is_base_in_with => self.pop_to(0, comma),
            None => {}
        }
    }

    fn word(&mut self, idx: usize, keyword: Keyword) {
        let callee = self
            .open
            .last()
            .and_then(|open| open.at.checked_sub(1))
            .map_or(Keyword::Unlisted, |before| self.keyword(before));
        let is_continued = idx.checked_sub(1).is_some_and(|before| {
            matches!(
                self.keyword(before),
                Keyword::Union
                    | Keyword::All
                    | Keyword::Except
                    | Keyword::Intersect
                    | Keyword::Distinct
                    | Keyword::Name
                    | Keyword::Minus
            )
        });
        let Some(open) = self.open.last_mut() else {
            match keyword {
                Keyword::With => self.is_base_in_with = true,
                Keyword::Select | Keyword::From => self.is_base_in_with = false,
                _ => {}
            }
            return;
        };
        match keyword {
            Keyword::With => open.is_in_with = true,
            Keyword::Select if open.is_query => {
                open.is_in_with = false;
                open.n_selects += 1;
                if open.n_selects > 1 && !is_continued {
                    open.breaks_at.get_or_insert(idx);
                }
            }
            Keyword::Select | Keyword::Where | Keyword::Having | Keyword::Union
                if !open.is_query =>
            {
                let is_filter = callee == Keyword::Filter && keyword == Keyword::Where;
                if !is_filter {
                    open.breaks_at.get_or_insert(idx);
                }
            }
            Keyword::From if !open.is_query && !takes_from(callee) => {
                open.breaks_at.get_or_insert(idx);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::Brackets;
    use crate::dialect::Dialect;
    use crate::token::tokenize;

    /// Prints each opening bracket with the text up to its end; `…` marks one that nothing closes.
    fn check(text: &str, expected: &Expect) {
        let tokens: Vec<_> = tokenize(text, Dialect::DuckDb)
            .into_iter()
            .filter(|token| !token.is_trivia())
            .collect();
        let brackets = Brackets::new(&tokens);
        let mut out = String::new();
        for (idx, token) in tokens.iter().enumerate() {
            let Some(close) = brackets.close(idx) else {
                continue;
            };
            let end = tokens
                .get(close.at)
                .map_or(text.len(), |token| token.range.start as usize);
            let tail = if close.is_real { ")" } else { "…" };
            let inside = &text[token.range.start as usize..end];
            out.push_str(inside.trim_end());
            out.push_str(tail);
            out.push('\n');
        }
        expected.assert_eq(&out);
    }

    #[test]
    fn an_open_cte_ends_before_the_next_one() {
        check(
            "with a as (select 1 from t where (x = 1), b as (select 2) select * from b",
            &expect![[r"
                (select 1 from t where (x = 1)…
                (x = 1)
                (select 2)
            "]],
        );
    }

    #[test]
    fn an_open_call_ends_before_from_and_the_cte_keeps_its_bracket() {
        check(
            "with a as (select sum(x from t) select * from a",
            &expect![[r"
                (select sum(x from t)
                (x…
            "]],
        );
    }

    #[test]
    fn an_open_cte_ends_before_the_final_select() {
        check(
            "with a as (select 1 from t select * from a",
            &expect![[r"
                (select 1 from t…
            "]],
        );
    }
}
