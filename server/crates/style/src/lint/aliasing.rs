//! Rules about aliases: AL01, AL02, AL03, AL04, AL05, AL08, AL09, AL10.

use std::collections::BTreeSet;

use base::SourceRange;
use sql::TokenKind;

use super::{
    Findings,
    select::{
        Relation, Select, Use, alias_of, bare, entries, has_jinja, is_name, is_same_name, names,
    },
};
use crate::{clause::ClauseKind, items::ItemKind, tree::Node};

pub(super) fn check(findings: &mut Findings<'_>, selects: &[Select<'_>]) {
    for select in selects {
        for relation in &select.relations {
            implicit_alias(findings, relation);
            missing_alias(findings, relation);
        }
        repeated_relations(findings, select);
        unused_aliases(findings, select);
        for target in &select.targets {
            implicit_column_alias(findings, target);
            self_alias(findings, target);
        }
        unnamed_expressions(findings, select);
        repeated_columns(findings, select);
    }
}

/// `orders o`
fn implicit_alias(findings: &mut Findings<'_>, relation: &Relation<'_>) {
    let Some(alias) = relation.alias.filter(|_| !relation.has_as) else {
        return;
    };
    let range = findings.range(alias);
    let fix = vec![(SourceRange::at(range.start), "as ".to_owned())];
    findings.add_with_fix("AL01", range, "an alias of a table has `as` before it", fix);
}

/// `from (select …)`
fn missing_alias(findings: &mut Findings<'_>, relation: &Relation<'_>) {
    if relation.is_subquery
        && relation.nodes.len() == 1
        && let Some(node) = relation.nodes.first()
    {
        let range = findings.range(node.first());
        findings.add("AL10", range, "a query in `from` has an alias");
    }
}

fn called(relation: &Relation<'_>) -> Option<usize> {
    relation.alias.or(relation.name)
}

fn repeated_relations(findings: &mut Findings<'_>, select: &Select<'_>) {
    if is_templated(findings, select) {
        return;
    }
    let mut seen = BTreeSet::new();
    for idx in select.relations.iter().filter_map(called) {
        let name = findings.items.text_of(idx);
        if !seen.insert(bare(name).to_ascii_lowercase()) {
            let range = findings.range(idx);
            findings.add(
                "AL04",
                range,
                &format!("another table is called `{name}` here"),
            );
        }
    }
}

/// Whether a tag may write other relations or leave some out.
fn is_templated(findings: &Findings<'_>, select: &Select<'_>) -> bool {
    let items = findings.items;
    let is_tag = |node: &Node| {
        items
            .get(node.first())
            .is_some_and(|it| matches!(it.kind, ItemKind::Statement | ItemKind::Block))
    };
    select
        .clauses
        .iter()
        .filter(|it| {
            matches!(
                it.kind,
                ClauseKind::From | ClauseKind::Join | ClauseKind::On
            )
        })
        .any(|it| select.body(*it).iter().any(is_tag))
}

/// Says nothing where a macro writes a part of the query: it may use any name.
fn unused_aliases(findings: &mut Findings<'_>, select: &Select<'_>) {
    let items = findings.items;
    if is_partly_written_by_macros(findings, select) {
        return;
    }
    let mut uses = Vec::new();
    names(items, select.nodes, &mut uses);
    for relation in &select.relations {
        let Some(alias) = relation.alias else {
            continue;
        };
        // What a call or a bracket gives has no other name.
        let has_name = relation.name.is_some() || is_output(findings, relation);
        let name = items.text_of(alias);
        let is_used = uses.iter().any(|(idx, how)| {
            *idx != alias && *how != Use::Member && is_same_name(items.text_of(*idx), name)
        });
        if has_name && !is_used && !findings.is_in_tag(bare(name)) {
            let fix = without_alias(findings, select, relation);
            let message = format!("nothing uses the alias `{name}`");
            findings.add_with_fix("AL05", findings.range(alias), &message, fix);
        }
    }
}

fn is_partly_written_by_macros(findings: &Findings<'_>, select: &Select<'_>) -> bool {
    let items = findings.items;
    let (Some(first), Some(last)) = (select.nodes.first(), select.nodes.last()) else {
        return false;
    };
    (first.first()..=last.last()).any(|idx| {
        let item = items.get(idx);
        item.is_some_and(|it| it.kind == ItemKind::Output) && !items.writes_relation(idx)
    })
}

/// How an alias goes away; nothing, if another table has the name that would be left.
fn without_alias(
    findings: &Findings<'_>,
    select: &Select<'_>,
    relation: &Relation<'_>,
) -> Vec<(SourceRange, String)> {
    let items = findings.items;
    let text = |idx: Option<usize>| idx.map(|idx| items.text_of(idx));
    let is_free = text(relation.name).is_some_and(|name| {
        let others = select.relations.iter().filter_map(called);
        !others
            .into_iter()
            .any(|idx| is_same_name(items.text_of(idx), name))
    });
    let words: Vec<usize> = relation.nodes.iter().map(|node| node.last()).collect();
    let n_own = words
        .len()
        .saturating_sub(if relation.has_as { 2 } else { 1 });
    let (Some(alias), Some(last)) = (relation.alias, words.get(..n_own).and_then(<[_]>::last))
    else {
        return Vec::new();
    };
    if !is_free || words.last() != Some(&alias) {
        return Vec::new();
    }
    let gone = SourceRange::new(findings.range(*last).end, findings.range(alias).end);
    vec![(gone, String::new())]
}

fn is_output(findings: &Findings<'_>, relation: &Relation<'_>) -> bool {
    relation.nodes.first().is_some_and(|node| {
        findings
            .items
            .get(node.first())
            .is_some_and(|it| it.kind == ItemKind::Output)
    })
}

/// `sum(x) total`
fn implicit_column_alias(findings: &mut Findings<'_>, target: &[&Node]) {
    let Some((alias, false)) = alias_of(findings.items, target) else {
        return;
    };
    let range = findings.range(alias);
    let fix = vec![(SourceRange::at(range.start), "as ".to_owned())];
    findings.add_with_fix(
        "AL02",
        range,
        "an alias of a column has `as` before it",
        fix,
    );
}

/// `id as id`
fn self_alias(findings: &mut Findings<'_>, target: &[&Node]) {
    let items = findings.items;
    let [.., column, word, alias] = target else {
        return;
    };
    let is_column = matches!(target.len(), 3 | 5)
        && is_name(items, column)
        && is_name(items, alias)
        && items.is_word(word.first(), "as");
    let (old, new) = (items.text_of(column.first()), items.text_of(alias.first()));
    if is_column && old == new {
        let from = findings.range(column.first());
        let gone = SourceRange::new(from.end, findings.range(alias.first()).end);
        findings.add_with_fix(
            "AL09",
            from,
            "a column has this name already",
            vec![(gone, String::new())],
        );
    }
}

/// `a`, `b.a`, `*`, `b.*`, a literal, and casts of them.
fn is_plain(findings: &Findings<'_>, target: &[&Node]) -> bool {
    use TokenKind as T;

    let items = findings.items;
    let is = |node: &Node, kinds: &[TokenKind]| {
        let item = node.leaf().and_then(|idx| items.get(idx));
        item.is_some_and(|it| kinds.iter().any(|kind| it.is_sql(*kind)))
    };
    let cast = target.iter().position(|it| is(it, &[T::DoubleColon]));
    let own = target.get(..cast.unwrap_or(target.len())).unwrap_or(&[]);
    own.iter()
        .all(|it| is(it, &[T::Dot, T::Star, T::Word, T::QuotedName]))
        && own.len() % 2 == 1
}

fn unnamed_expressions(findings: &mut Findings<'_>, select: &Select<'_>) {
    if select.targets.len() < 2 {
        return;
    }
    for target in &select.targets {
        let (Some(first), Some(last)) = (target.first(), target.last()) else {
            continue;
        };
        let range = first.first()..last.last() + 1;
        let items = findings.items;
        let is_known = items.row.get(range).unwrap_or(&[]).iter().all(|item| {
            matches!(item.kind, ItemKind::Sql(_)) && !item.range.of(items.text).contains("{{")
        });
        if is_known
            && !is_star(findings, target)
            && alias_of(findings.items, target).is_none()
            && !is_plain(findings, target)
        {
            let range = findings.range(first.first());
            findings.add("AL03", range, "an expression has a name: `as …`");
        }
    }
}

/// `* exclude (…)`, `a.*`
fn is_star(findings: &Findings<'_>, target: &[&Node]) -> bool {
    let is = |node: &Node, kind: TokenKind| {
        let item = node.leaf().and_then(|idx| findings.items.get(idx));
        item.is_some_and(|it| it.is_sql(kind))
    };
    let star = target.iter().position(|it| is(it, TokenKind::Star));
    star.is_some_and(|at| {
        at.checked_sub(1)
            .and_then(|before| target.get(before))
            .is_none_or(|before| is(before, TokenKind::Dot))
    })
}

fn repeated_columns(findings: &mut Findings<'_>, select: &Select<'_>) {
    let items = findings.items;
    if has_jinja(items, select.target_nodes) {
        return;
    }
    let mut seen = BTreeSet::new();
    for target in &select.targets {
        let name = match alias_of(findings.items, target) {
            Some((alias, _)) => Some(alias),
            None if is_plain(findings, target) => target
                .iter()
                .take_while(|it| {
                    items
                        .get(it.first())
                        .is_some_and(|it| !it.is_sql(TokenKind::DoubleColon))
                })
                .last()
                .filter(|it| is_name(items, it))
                .map(|it| it.first()),
            None => None,
        };
        let Some(idx) = name else { continue };
        let text = items.text_of(idx);
        if !seen.insert(bare(text).to_ascii_lowercase()) {
            let range = findings.range(idx);
            findings.add(
                "AL08",
                range,
                &format!("another column is called `{text}` here"),
            );
        }
    }
}

/// A name that stands nowhere else in the file, not even in a tag.
pub(super) fn unused_ctes(findings: &mut Findings<'_>, body: &[Node]) {
    let text = findings.items.text.to_ascii_lowercase();
    for entry in entries(findings.items, body) {
        let Some(name) = entry.first().filter(|node| is_name(findings.items, node)) else {
            continue;
        };
        let range = findings.range(name.first());
        let word = range.of(&text).trim_matches('"').to_owned();
        if n_words(&text, &word) == 1 {
            let name = range.of(findings.items.text);
            findings.add("ST03", range, &format!("nothing reads the CTE `{name}`"));
        }
    }
}

/// How often a word stands in a text.
pub(super) fn n_words(text: &str, word: &str) -> usize {
    let is_wordy = |c: char| c.is_alphanumeric() || c == '_';
    let found = text.match_indices(word).filter(|(at, _)| {
        let before = text.get(..*at).unwrap_or("");
        let after = text.get(at + word.len()..).unwrap_or("");
        !before.ends_with(is_wordy) && !after.starts_with(is_wordy)
    });
    found.count()
}
