//! Rules about letters: CP01, CP02, CP03, CP04, CP05.

use sql::TokenKind;

use super::Findings;
use crate::{
    config::LetterCase,
    items::{ItemKind, Items},
    keyword_case::{first_case, in_case, is_keyword},
};

pub(super) fn check(findings: &mut Findings<'_>) {
    let items = findings.items;
    letter_case(findings, KEYWORDS, |idx| {
        is_keyword(items, idx) && !items.is_word(idx, "null")
    });
    letter_case(findings, FUNCTIONS, |idx| is_function(items, idx));
    letter_case(findings, LITERALS, |idx| {
        items.is_any_word(idx, &["null", "true", "false"])
            && items.get(idx).is_some_and(|it| it.is_keyword)
    });
    letter_case(findings, TYPES, |idx| is_type(items, idx));
}

/// A rule of this kind.
#[derive(Clone, Copy)]
struct Words {
    code: &'static str,
    /// Where its settings are.
    section: &'static str,
    policy: &'static str,
    what: &'static str,
}

const KEYWORDS: Words = Words {
    code: "CP01",
    section: "capitalisation.keywords",
    policy: "capitalisation_policy",
    what: "keywords",
};
const FUNCTIONS: Words = Words {
    code: "CP03",
    section: "capitalisation.functions",
    policy: "extended_capitalisation_policy",
    what: "functions",
};
const LITERALS: Words = Words {
    code: "CP04",
    section: "capitalisation.literals",
    policy: "capitalisation_policy",
    what: "literals",
};
const TYPES: Words = Words {
    code: "CP05",
    section: "capitalisation.types",
    policy: "extended_capitalisation_policy",
    what: "types",
};

/// A plain word before a bracket, in an expression.
fn is_function(items: &Items<'_>, idx: usize) -> bool {
    let is = |idx: usize, kind: TokenKind| items.get(idx).is_some_and(|it| it.is_sql(kind));
    let before = |words: &[&str]| {
        idx.checked_sub(1)
            .is_some_and(|it| items.is_any_word(it, words))
    };
    let touches = items.get(idx + 1).is_some_and(|it| it.gap.is_empty());
    is(idx, TokenKind::Word)
        && !items.text_of(idx).contains('{')
        && is(idx + 1, TokenKind::LParen)
        && touches
        && !is_keyword(items, idx)
        && !is_type(items, idx)
        && !idx.checked_sub(1).is_some_and(|it| is(it, TokenKind::Dot))
        && !before(&["as", "with", "recursive", "into", "table"])
}

/// A plain word behind `::`, or behind the `as` of a cast.
fn is_type(items: &Items<'_>, idx: usize) -> bool {
    if !items
        .get(idx)
        .is_some_and(|it| it.kind == ItemKind::Sql(TokenKind::Word))
        || items.text_of(idx).contains('{')
    {
        return false;
    }
    let Some(before) = idx.checked_sub(1) else {
        return false;
    };
    if items
        .get(before)
        .is_some_and(|it| it.is_sql(TokenKind::DoubleColon))
    {
        return true;
    }
    items.is_word(before, "as") && is_in_cast(items, before)
}

/// Whether the bracket around an item is that of a cast.
fn is_in_cast(items: &Items<'_>, idx: usize) -> bool {
    let mut depth = 0;
    for at in (0..idx).rev() {
        match items.get(at).map(|it| it.kind) {
            Some(ItemKind::Sql(TokenKind::RParen)) => depth += 1,
            Some(ItemKind::Sql(TokenKind::LParen)) if depth > 0 => depth -= 1,
            Some(ItemKind::Sql(TokenKind::LParen)) => {
                return at
                    .checked_sub(1)
                    .is_some_and(|it| items.is_any_word(it, &["cast", "try_cast", "safe_cast"]));
            }
            _ => {}
        }
    }
    false
}

fn letter_case(findings: &mut Findings<'_>, rule: Words, is_one: impl Fn(usize) -> bool) {
    let items = findings.items;
    let words: Vec<usize> = (0..items.row.len()).filter(|idx| is_one(*idx)).collect();
    let key = format!("rules.{}.{}", rule.section, rule.policy);
    let set = findings
        .config
        .text(&key)
        .map_or(LetterCase::Consistent, LetterCase::of);
    let case = match set {
        LetterCase::Consistent => first_case(words.iter().map(|idx| items.text_of(*idx))),
        set => Some(set),
    };
    let Some(case) = case else { return };
    for idx in words {
        let wanted = in_case(items.text_of(idx), case);
        if wanted != items.text_of(idx) {
            let range = findings.range(idx);
            let message = format!("{} are in one case: write `{wanted}`", rule.what);
            findings.add_with_fix(rule.code, range, &message, vec![(range, wanted)]);
        }
    }
}
