//! Rules about queries: AL01, AL09, AM01, AM02, AM05, ST03, ST07.

use base::SourceRange;
use sql::TokenKind;

use super::Findings;
use crate::{
    clause::{Clause, ClauseKind, clauses, is_query},
    items::{Item, ItemKind},
    tree::Node,
};

pub(super) fn check(findings: &mut Findings<'_>, nodes: &[Node]) {
    let parts = clauses(findings.items, nodes);
    let is_top = nodes.first().is_some_and(|node| node.first() == 0);
    if is_top || is_query(findings.items, nodes) {
        for (nth, clause) in parts.iter().enumerate() {
            let rest = parts.get(nth + 1..).unwrap_or(&[]);
            query_clause(findings, nodes, *clause, rest);
        }
    }
    for node in nodes {
        if let Node::Group(group) = node {
            check(findings, &group.children);
        }
    }
}

fn query_clause(findings: &mut Findings<'_>, nodes: &[Node], clause: Clause, rest: &[Clause]) {
    let items = findings.items;
    let body = nodes.get(clause.body..clause.end).unwrap_or(&[]);
    let head: Vec<usize> = nodes
        .get(clause.start..clause.body)
        .unwrap_or(&[])
        .iter()
        .map(Node::first)
        .collect();
    let Some(first) = head.first().copied() else {
        return;
    };
    let has = |word: &str| head.iter().any(|idx| items.is_word(*idx, word));
    let range = findings.range(first);
    match clause.kind {
        ClauseKind::With => unused_ctes(findings, body),
        ClauseKind::Select => {
            let ends = |it: &&Clause| {
                matches!(
                    it.kind,
                    ClauseKind::Select | ClauseKind::SetOperation | ClauseKind::End
                )
            };
            let is_grouped = rest.iter().take_while(|it| !ends(it)).any(|it| {
                let word = nodes.get(it.start).map_or(0, Node::first);
                it.kind == ClauseKind::List && items.is_word(word, "group")
            });
            if has("distinct") && is_grouped {
                findings.add("AM01", range, "`group by` makes rows distinct already");
            }
            self_aliases(findings, body);
        }
        ClauseKind::From => implicit_aliases(findings, body),
        ClauseKind::Join => {
            if head.len() == 1 && has("join") {
                let fix = vec![(SourceRange::at(range.start), "inner ".to_owned())];
                findings.add_with_fix(
                    "AM05",
                    range,
                    "a join says which kind it is: `inner join`",
                    fix,
                );
            }
            implicit_aliases(findings, body);
        }
        ClauseKind::SetOperation if has("union") && !has("all") && !has("distinct") => {
            let fix = vec![(SourceRange::at(range.end), " distinct".to_owned())];
            findings.add_with_fix(
                "AM02",
                range,
                "`union` says whether it is of `all` or `distinct` rows",
                fix,
            );
        }
        ClauseKind::On if has("using") => {
            findings.add(
                "ST07",
                range,
                "a join is on a condition, not `using` columns",
            );
        }
        ClauseKind::On
        | ClauseKind::SetOperation
        | ClauseKind::Prelude
        | ClauseKind::Condition
        | ClauseKind::List
        | ClauseKind::Other
        | ClauseKind::End => {}
    }
}

/// The entries of a list, without comments and tags that render to nothing.
fn entries(findings: &Findings<'_>, nodes: &[Node]) -> Vec<Vec<Node>> {
    let items = findings.items;
    let is = |node: &Node, test: fn(&Item) -> bool| items.get(node.first()).is_some_and(test);
    nodes
        .split(|node| is(node, |item| item.is_sql(TokenKind::Comma)))
        .map(|entry| {
            let solid = entry.iter().filter(|node| is(node, Item::is_significant));
            solid.cloned().collect()
        })
        .collect()
}

fn is_name(findings: &Findings<'_>, node: &Node) -> bool {
    let item = node.leaf().and_then(|idx| findings.items.get(idx));
    item.is_some_and(|item| {
        matches!(
            item.kind,
            ItemKind::Sql(TokenKind::Word | TokenKind::QuotedName)
        ) && !item.is_keyword
    })
}

/// `orders o`
fn implicit_aliases(findings: &mut Findings<'_>, body: &[Node]) {
    for entry in entries(findings, body) {
        let [.., relation, alias] = entry.as_slice() else {
            continue;
        };
        let is_relation = match relation {
            Node::Group(group) => !group.is_case,
            Node::Leaf(idx) => {
                is_name(findings, relation)
                    || findings
                        .items
                        .get(*idx)
                        .is_some_and(|it| it.kind == ItemKind::Output)
            }
        };
        if is_relation && is_name(findings, alias) {
            let range = findings.range(alias.first());
            let fix = vec![(SourceRange::at(range.start), "as ".to_owned())];
            findings.add_with_fix("AL01", range, "an alias of a table has `as` before it", fix);
        }
    }
}

/// `id as id`
fn self_aliases(findings: &mut Findings<'_>, body: &[Node]) {
    for entry in entries(findings, body) {
        let [.., column, word, alias] = entry.as_slice() else {
            continue;
        };
        let items = findings.items;
        let is_column = matches!(entry.len(), 3 | 5)
            && is_name(findings, column)
            && is_name(findings, alias)
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
}

/// A name that stands nowhere else in the file, not even in a tag.
fn unused_ctes(findings: &mut Findings<'_>, body: &[Node]) {
    let text = findings.items.text.to_ascii_lowercase();
    for entry in entries(findings, body) {
        let Some(name) = entry.first().filter(|node| is_name(findings, node)) else {
            continue;
        };
        let range = findings.range(name.first());
        let word = range.of(&text).trim_matches('"').to_owned();
        let is_wordy = |c: char| c.is_alphanumeric() || c == '_';
        let n_uses = text.match_indices(&word).filter(|(at, _)| {
            let before = text.get(..*at).unwrap_or("");
            let after = text.get(at + word.len()..).unwrap_or("");
            !before.ends_with(is_wordy) && !after.starts_with(is_wordy)
        });
        if n_uses.count() == 1 {
            let name = range.of(findings.items.text);
            findings.add("ST03", range, &format!("nothing reads the CTE `{name}`"));
        }
    }
}
