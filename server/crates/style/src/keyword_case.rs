//! Which words are keywords beyond doubt, and how they are to be written.
//!
//! A word that is reserved in every dialect cannot be a name. One that is not counts in the company that makes it a
//! keyword: `by` behind `group`, `over` before a bracket.

use sql::TokenKind;

use crate::{
    config::LetterCase,
    items::{ItemKind, Items},
};

/// Reserved in DuckDB, PostgreSQL and the others.
const RESERVED: [&str; 45] = [
    "select",
    "from",
    "where",
    "and",
    "or",
    "not",
    "in",
    "is",
    "case",
    "when",
    "then",
    "else",
    "end",
    "as",
    "on",
    "join",
    "inner",
    "cross",
    "group",
    "order",
    "having",
    "limit",
    "union",
    "all",
    "distinct",
    "using",
    "with",
    "intersect",
    "except",
    "desc",
    "asc",
    "qualify",
    "between",
    "like",
    "ilike",
    "outer",
    "natural",
    "full",
    "exists",
    "lateral",
    "recursive",
    "over",
    "partition",
    "by",
    "null",
];

/// Written as keywords in front of `join` alone: they are functions, too.
const BEFORE_JOIN: [&str; 2] = ["left", "right"];

/// Whether the item is a keyword, and no name that looks like one.
pub(crate) fn is_keyword(items: &Items<'_>, idx: usize) -> bool {
    let Some(item) = items.get(idx).filter(|item| item.is_keyword) else {
        return false;
    };
    if item.kind != ItemKind::Sql(TokenKind::Word) {
        return false;
    }
    let before = |words: &[&str]| {
        idx.checked_sub(1)
            .is_some_and(|before| items.is_any_word(before, words))
    };
    let after = |words: &[&str]| items.is_any_word(idx + 1, words);
    let opens = || {
        items
            .get(idx + 1)
            .is_some_and(|it| it.is_sql(TokenKind::LParen))
    };
    if items.is_word(idx, "by") {
        return before(&["group", "order", "partition"]);
    }
    if items.is_word(idx, "partition") {
        return after(&["by"]);
    }
    if items.is_word(idx, "over") {
        return opens();
    }
    if items.is_any_word(idx, &["recursive"]) {
        return before(&["with"]);
    }
    if items.is_any_word(idx, &BEFORE_JOIN) {
        return after(&["join", "outer", "anti", "semi"]);
    }
    items.is_any_word(idx, &RESERVED) && !before(&["as"])
}

/// The case of a file's keywords: what is set, or what its first words leave possible.
pub(crate) fn policy(items: &Items<'_>, wanted: LetterCase) -> Option<LetterCase> {
    if wanted != LetterCase::Consistent {
        return Some(wanted);
    }
    let words = (0..items.row.len()).filter(|idx| is_keyword(items, *idx));
    first_case(words.map(|idx| items.text_of(idx)))
}

/// What the first words leave possible, as sqlfluff finds it.
pub(crate) fn first_case<'t>(words: impl Iterator<Item = &'t str>) -> Option<LetterCase> {
    let all = [
        LetterCase::Upper,
        LetterCase::Lower,
        LetterCase::Capitalised,
    ];
    let mut possible = all.to_vec();
    let mut seen = false;
    for word in words {
        let fits = |case: &LetterCase| in_case(word, *case) == word;
        if !possible.iter().any(fits) {
            return possible.first().copied();
        }
        possible.retain(fits);
        seen = true;
        if possible.len() == 1 {
            return possible.first().copied();
        }
    }
    possible.first().copied().filter(|_| seen)
}

/// A word in a case.
pub(crate) fn in_case(word: &str, case: LetterCase) -> String {
    match case {
        LetterCase::Consistent => word.to_owned(),
        LetterCase::Lower => word.to_ascii_lowercase(),
        LetterCase::Upper => word.to_ascii_uppercase(),
        LetterCase::Capitalised => {
            let lower = word.to_ascii_lowercase();
            let mut letters = lower.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(letters).collect()
        }
    }
}
