//! Rules about single tokens and their neighbours: CV01, CV02, CV03, CV04, CV05, CV08, CV09, CV11, ST01.

use base::SourceRange;
use sql::TokenKind;

use super::Findings;
use crate::items::{ItemKind, Items};

pub(super) fn check(findings: &mut Findings<'_>) {
    let items = findings.items;
    not_equal(findings);
    blocked_words(findings);
    casts(findings);
    for idx in 0..items.row.len() {
        functions(findings, idx);
        comparisons(findings, idx);
    }
}

fn not_equal(findings: &mut Findings<'_>) {
    let items = findings.items;
    let is_one = |idx: &usize| {
        items
            .get(*idx)
            .is_some_and(|it| it.is_sql(TokenKind::Operator))
            && matches!(items.text_of(*idx), "!=" | "<>")
    };
    let found: Vec<usize> = (0..items.row.len()).filter(is_one).collect();
    let wanted = match findings
        .config
        .text("rules.convention.not_equal.preferred_not_equal_style")
    {
        Some("c_style") => Some("!="),
        Some("ansi") => Some("<>"),
        _ => found.first().map(|idx| items.text_of(*idx)),
    };
    let Some(wanted) = wanted else { return };
    for idx in found
        .into_iter()
        .filter(|idx| items.text_of(*idx) != wanted)
    {
        let range = findings.range(idx);
        let message = format!("`{wanted}` is how this file writes it");
        findings.add_with_fix("CV01", range, &message, vec![(range, wanted.to_owned())]);
    }
}

fn blocked_words(findings: &mut Findings<'_>) {
    let items = findings.items;
    let words = findings
        .config
        .list("rules.convention.blocked_words.blocked_words");
    if words.is_empty() {
        return;
    }
    for idx in (0..items.row.len()).filter(|idx| items.is_any_word(*idx, &words)) {
        let range = findings.range(idx);
        let word = items.text_of(idx);
        findings.add(
            "CV09",
            range,
            &format!("this project does not want `{word}`"),
        );
    }
}

/// `a::int` and `cast(a as int)` in one file.
fn casts(findings: &mut Findings<'_>) {
    let items = findings.items;
    let is = |idx: usize, kind: TokenKind| items.get(idx).is_some_and(|it| it.is_sql(kind));
    let found: Vec<(usize, &str)> = (0..items.row.len())
        .filter_map(|idx| {
            if is(idx, TokenKind::DoubleColon) {
                return Some((idx, "shorthand"));
            }
            (items.is_word(idx, "cast") && is(idx + 1, TokenKind::LParen)).then_some((idx, "cast"))
        })
        .collect();
    let set = findings
        .config
        .text("rules.convention.casting_style.preferred_type_casting_style");
    let wanted = match set {
        Some(style @ ("shorthand" | "cast")) => style,
        Some("convert") => return,
        _ => match found.first() {
            Some((_, style)) => style,
            None => return,
        },
    };
    for (idx, _) in found.into_iter().filter(|(_, style)| *style != wanted) {
        let range = findings.range(idx);
        let shown = if wanted == "cast" {
            "cast(… as …)"
        } else {
            "::"
        };
        findings.add("CV11", range, &format!("`{shown}` is how this file casts"));
    }
}

fn functions(findings: &mut Findings<'_>, idx: usize) {
    let items = findings.items;
    let is = |idx: usize, kind: TokenKind| items.get(idx).is_some_and(|it| it.is_sql(kind));
    if !is(idx, TokenKind::Word) || !is(idx + 1, TokenKind::LParen) {
        return;
    }
    if idx
        .checked_sub(1)
        .is_some_and(|before| is(before, TokenKind::Dot))
    {
        return;
    }
    let range = findings.range(idx);
    if items.is_any_word(idx, &["ifnull", "nvl"]) {
        let fix = vec![(range, "coalesce".to_owned())];
        findings.add_with_fix(
            "CV02",
            range,
            "`coalesce` is the standard's name for it",
            fix,
        );
    }
    let counts_one = items.is_word(idx, "count")
        && matches!(items.text_of(idx + 2), "0" | "1")
        && is(idx + 3, TokenKind::RParen);
    let prefers_one = findings
        .config
        .text("rules.convention.count_rows.prefer_count_1")
        .is_some_and(is_true)
        || findings
            .config
            .text("rules.convention.count_rows.prefer_count_0")
            .is_some_and(is_true);
    if counts_one && !prefers_one {
        let fix = vec![(findings.range(idx + 2), "*".to_owned())];
        findings.add_with_fix("CV04", range, "`count(*)` counts rows", fix);
    }
}

fn is_true(value: &str) -> bool {
    value.eq_ignore_ascii_case("true")
}

fn comparisons(findings: &mut Findings<'_>, idx: usize) {
    let items = findings.items;
    let range = findings.range(idx);
    let operator = match items.get(idx).map(|it| it.kind) {
        Some(ItemKind::Sql(TokenKind::Eq)) => Some("is"),
        Some(ItemKind::Sql(TokenKind::Operator)) if matches!(items.text_of(idx), "!=" | "<>") => {
            Some("is not")
        }
        _ => None,
    };
    if let Some(wanted) = operator
        && items.is_word(idx + 1, "null")
        && !assigns(items, idx)
    {
        let touches = |idx: usize| items.get(idx).is_some_and(|it| it.gap.is_empty());
        let before = if touches(idx) { " " } else { "" };
        let after = if touches(idx + 1) { " " } else { "" };
        let fix = vec![(range, format!("{before}{wanted}{after}"))];
        findings.add_with_fix(
            "CV05",
            range,
            &format!("nothing equals `null`: write `{wanted} null`"),
            fix,
        );
    }
    if items.is_word(idx, "right")
        && (items.is_word(idx + 1, "join") || items.is_word(idx + 1, "outer"))
    {
        findings.add("CV08", range, "a `left join` is easier to read");
    }
    let ends_case = items.is_word(idx, "else")
        && items.is_word(idx + 1, "null")
        && items.is_word(idx + 2, "end");
    if ends_case && let Some(before) = idx.checked_sub(1).and_then(|it| items.get(it)) {
        let gone = SourceRange::new(before.range.end, findings.range(idx + 1).end);
        let is_plain = before.is_significant();
        let fix = if is_plain {
            vec![(gone, String::new())]
        } else {
            Vec::new()
        };
        findings.add_with_fix("ST01", range, "`case` without `else` is `null`", fix);
    }
}

/// `set a = null` and `f(a = null)` give values.
fn assigns(items: &Items<'_>, idx: usize) -> bool {
    let before = (0..idx).rev().take(200);
    let mut words = before.filter(|idx| items.get(*idx).is_some_and(|it| it.is_keyword));
    words
        .find(|idx| {
            items.is_any_word(
                *idx,
                &[
                    "set", "select", "where", "on", "having", "when", "and", "or", "qualify",
                ],
            )
        })
        .is_none_or(|idx| items.is_word(idx, "set"))
}
