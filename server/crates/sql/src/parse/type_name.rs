//! Type names: only their extent; `types` gives them a meaning.

use base::RenderedRange;

use super::Parser;
use crate::keyword::{Category, Keyword};
use crate::token::TokenKind;

impl Parser<'_> {
    /// A type such as `decimal(10, 2)[]`, `struct(a int)`, `array<string>`, `timestamp with time zone`.
    pub(super) fn type_name(&mut self) -> RenderedRange {
        let start = self.start();
        self.eat_keyword(Keyword::Setof);
        let is_union = self.at_keyword(Keyword::Union) && self.nth_kind(1) == TokenKind::LParen;
        let is_type = is_union
            || self.is_label(0)
                && (!self.dialect.is_grammar_proven()
                    || self.keyword().category() != Category::Reserved);
        if !is_type {
            self.error("a type");
            return RenderedRange::at(start);
        }
        let first = self.keyword();
        self.bump();
        while self.at(TokenKind::Dot) && self.is_label(1) {
            self.bump_n(2);
        }
        let is_two_words = self.at_keyword(Keyword::Precision) && self.token_before_is("double")
            || self.at_keyword(Keyword::Varying)
            || matches!(self.keyword(), Keyword::Char | Keyword::Character)
                && first == Keyword::National;
        if is_two_words {
            self.bump();
            self.eat_keyword(Keyword::Varying);
        }
        if first == Keyword::Interval {
            self.interval_fields();
        }
        if self.token_text().starts_with('<') && !self.token_text().starts_with("<=") {
            self.angle_brackets();
        } else if self.at(TokenKind::LParen) {
            self.skip_one();
        }
        self.time_zone();
        self.array_suffix();
        self.range_from(start)
    }

    fn token_before_is(&self, word: &str) -> bool {
        self.pos
            .checked_sub(1)
            .and_then(|idx| self.tokens.get(idx))
            .is_some_and(|token| token.range.of(self.text).eq_ignore_ascii_case(word))
    }

    fn time_zone(&mut self) {
        let is_zone = matches!(self.keyword(), Keyword::With | Keyword::Without)
            && (self.nth_keyword(1) == Keyword::Time
                || self.nth_text(1).eq_ignore_ascii_case("local"));
        if is_zone {
            let n_words = if self.nth_keyword(1) == Keyword::Time {
                3
            } else {
                4
            };
            self.bump_n(n_words);
        }
    }

    /// `interval day to second` as a type.
    fn interval_fields(&mut self) {
        if self.at(TokenKind::Word) && super::primary::is_unit(self.token_text()) {
            self.bump();
            if self.at_keyword(Keyword::To) {
                self.bump_n(2);
            }
        }
    }

    /// `<…>`, nested; `>>` closes two.
    fn angle_brackets(&mut self) {
        let mut depth = 0_i32;
        while !self.is_end() {
            if matches!(self.kind(), TokenKind::Operator | TokenKind::Assign) {
                for byte in self.token_text().bytes() {
                    depth += i32::from(byte == b'<') - i32::from(byte == b'>');
                }
                self.bump();
                if depth <= 0 {
                    return;
                }
            } else {
                self.skip_one();
            }
        }
        self.error("`>`");
    }

    /// `[]`, `[3]`, `array`, `array[3]`, any number of times.
    fn array_suffix(&mut self) {
        loop {
            let is_array = self.at_keyword(Keyword::Array) && self.nth_kind(1) != TokenKind::LParen;
            if is_array {
                self.bump();
            } else if !self.at(TokenKind::LBracket) {
                return;
            }
            if self.at(TokenKind::LBracket) {
                let is_bound = self.nth_kind(1) == TokenKind::RBracket
                    || self.nth_kind(1) == TokenKind::Number
                        && self.nth_kind(2) == TokenKind::RBracket;
                if !is_bound {
                    return;
                }
                self.skip_one();
            }
        }
    }
}
