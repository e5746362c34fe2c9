//! The white space between two items of one line.

use sql::{Dialect, TokenKind};

use super::{Printer, Wanted};
use crate::items::{Item, ItemKind};

/// Words before a bracket that do not call anything.
const BEFORE_BRACKET: [&str; 24] = [
    "in",
    "and",
    "or",
    "not",
    "as",
    "over",
    "using",
    "on",
    "from",
    "join",
    "where",
    "having",
    "when",
    "then",
    "else",
    "by",
    "select",
    "between",
    "all",
    "distinct",
    "union",
    "except",
    "intersect",
    "case",
];

/// Words that no operand is: what follows them is a sign, not an operator.
const NO_OPERANDS: [&str; 22] = [
    "select", "distinct", "all", "where", "and", "or", "not", "on", "by", "when", "then", "else",
    "case", "in", "between", "like", "having", "limit", "offset", "return", "is", "qualify",
];

impl Printer<'_> {
    /// Before the item at `idx`, if it stays in the line.
    pub(super) fn spacing(&self, idx: usize) -> Wanted {
        use TokenKind as T;

        let (Some(item), Some(before)) = (self.items.get(idx), idx.checked_sub(1)) else {
            return Wanted::Nothing;
        };
        let Some(left) = self.items.get(before) else {
            return Wanted::Nothing;
        };
        let authors = if item.gap.is_empty() {
            Wanted::Nothing
        } else {
            Wanted::Space
        };
        let (ItemKind::Sql(left_kind), ItemKind::Sql(kind)) = (left.kind, item.kind) else {
            return beside_jinja(left, item, authors);
        };
        match (left_kind, kind) {
            (_, T::Comma | T::Semicolon | T::RParen | T::RBracket | T::Dot | T::DoubleColon)
            | (T::LParen | T::LBracket | T::Dot | T::DoubleColon, _) => Wanted::Nothing,
            (T::Comma | T::Semicolon, _) => Wanted::Space,
            (_, T::LParen) => self.before_bracket(before, left_kind, authors),
            (
                _,
                T::LBracket
                | T::LBrace
                | T::RBrace
                | T::Colon
                | T::Assign
                | T::Arrow
                | T::Unknown
                | T::Parameter,
            )
            | (T::LBrace | T::Colon | T::Assign | T::Arrow | T::Unknown | T::Parameter, _) => {
                authors
            }
            (_, T::Operator | T::Eq | T::Star) => self.before_operator(before, idx, authors),
            (T::Operator | T::Eq | T::Star, _) => self.behind_operator(before, authors),
            (T::Word, T::String | T::QuotedName) | (T::Number, T::Word | T::Number) => authors,
            _ => Wanted::Space,
        }
    }

    fn before_bracket(&self, before: usize, left: TokenKind, authors: Wanted) -> Wanted {
        if left == TokenKind::Word && self.items.is_any_word(before, &BEFORE_BRACKET) {
            return Wanted::Space;
        }
        match left {
            TokenKind::Operator | TokenKind::Eq | TokenKind::Star => {
                self.behind_operator(before, authors)
            }
            _ => authors,
        }
    }

    fn before_operator(&self, before: usize, idx: usize, authors: Wanted) -> Wanted {
        if self.is_type_bracket(idx) || self.is_type_bracket(before) {
            return authors;
        }
        if self.is_operand(before) {
            return Wanted::Space;
        }
        match self.items.get(before).map(|it| it.kind) {
            // Two signs that touch could be one operator, or a comment.
            Some(ItemKind::Sql(TokenKind::Operator | TokenKind::Eq | TokenKind::Star)) => {
                if self.is_sign(before) {
                    authors
                } else {
                    Wanted::Space
                }
            }
            _ => Wanted::Space,
        }
    }

    fn behind_operator(&self, operator: usize, authors: Wanted) -> Wanted {
        if self.is_type_bracket(operator) {
            return authors;
        }
        if self.is_sign(operator) {
            let is_star = self
                .items
                .get(operator)
                .is_some_and(|it| it.is_sql(TokenKind::Star));
            return if is_star { Wanted::Space } else { authors };
        }
        Wanted::Space
    }

    /// An operator with nothing on its left: `-1`, `select *`.
    fn is_sign(&self, operator: usize) -> bool {
        operator
            .checked_sub(1)
            .is_none_or(|before| !self.is_operand(before))
    }

    fn is_operand(&self, idx: usize) -> bool {
        use TokenKind as T;
        let Some(item) = self.items.get(idx) else {
            return false;
        };
        match item.kind {
            ItemKind::Sql(T::Word) => {
                !(item.is_keyword && self.items.is_any_word(idx, &NO_OPERANDS))
            }
            ItemKind::Sql(kind) => matches!(
                kind,
                T::QuotedName
                    | T::String
                    | T::Number
                    | T::Parameter
                    | T::RParen
                    | T::RBracket
                    | T::RBrace
            ),
            ItemKind::Output | ItemKind::Verbatim => true,
            ItemKind::Statement | ItemKind::JinjaComment | ItemKind::Block => false,
        }
    }

    /// `<` and `>` are brackets in the types of some dialects.
    fn is_type_bracket(&self, idx: usize) -> bool {
        let is_angle = self
            .items
            .get(idx)
            .is_some_and(|it| it.is_sql(TokenKind::Operator))
            && matches!(self.items.text_of(idx), "<" | ">" | ">>");
        is_angle
            && matches!(
                self.config.dialect,
                Dialect::BigQuery | Dialect::Databricks | Dialect::Trino | Dialect::Generic
            )
    }
}

/// A bracket beside a `{{ }}` touches it or not, as the author likes; elsewhere only what has to be is there.
fn beside_jinja(left: &Item, item: &Item, authors: Wanted) -> Wanted {
    use TokenKind as T;
    if [T::Comma, T::Semicolon, T::RParen]
        .iter()
        .any(|kind| item.is_sql(*kind))
        || left.is_sql(T::LParen)
    {
        return Wanted::Nothing;
    }
    if left.is_sql(T::Comma) {
        return Wanted::Space;
    }
    authors
}
