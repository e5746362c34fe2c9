//! Rules about what can be read in two ways: AM01, AM02, AM03, AM05, AM06, AM09.

use base::SourceRange;
use sql::TokenKind;

use super::{
    Findings,
    select::{Select, entries, has_jinja},
};
use crate::{
    clause::{Clause, ClauseKind, clauses, is_query},
    tree::Node,
};

pub(super) fn check(findings: &mut Findings<'_>, nodes: &[Node], selects: &[Select<'_>]) {
    joins_and_unions(findings, nodes);
    for select in selects {
        distinct_groups(findings, select);
        row_limits(findings, select);
        directions(findings, select);
    }
    positions(findings, selects);
}

fn joins_and_unions(findings: &mut Findings<'_>, nodes: &[Node]) {
    let items = findings.items;
    let is_top = nodes.first().is_some_and(|node| node.first() == 0);
    if is_top || is_query(items, nodes) {
        for clause in clauses(items, nodes) {
            let head = nodes.get(clause.start..clause.body).unwrap_or(&[]);
            let has = |word: &str| head.iter().any(|node| items.is_word(node.first(), word));
            let Some(range) = head.first().map(|node| findings.range(node.first())) else {
                continue;
            };
            if clause.kind == ClauseKind::Join && head.len() == 1 && has("join") {
                let fix = vec![(SourceRange::at(range.start), "inner ".to_owned())];
                let message = "a join says which kind it is: `inner join`";
                findings.add_with_fix("AM05", range, message, fix);
            }
            let is_union = clause.kind == ClauseKind::SetOperation && has("union");
            if is_union && !has("all") && !has("distinct") {
                let fix = vec![(SourceRange::at(range.end), " distinct".to_owned())];
                let message = "`union` says whether it is of `all` or `distinct` rows";
                findings.add_with_fix("AM02", range, message, fix);
            }
        }
    }
    for group in nodes.iter().filter_map(Node::group) {
        joins_and_unions(findings, &group.children);
    }
}

fn list<'s>(findings: &Findings<'_>, select: &'s Select<'_>, word: &str) -> Option<&'s Clause> {
    let is_one = |it: &&Clause| {
        it.kind == ClauseKind::List && findings.items.is_word(select.head(**it), word)
    };
    select.clauses.iter().find(is_one)
}

fn distinct_groups(findings: &mut Findings<'_>, select: &Select<'_>) {
    if select.is_distinct && list(findings, select, "group").is_some() {
        let range = findings.range(select.word);
        findings.add("AM01", range, "`group by` makes rows distinct already");
    }
}

fn row_limits(findings: &mut Findings<'_>, select: &Select<'_>) {
    let limit = select.clauses.iter().find(|it| {
        it.kind == ClauseKind::Other && findings.items.is_any_word(select.head(**it), &["limit"])
    });
    if let Some(limit) = limit
        && list(findings, select, "order").is_none()
        && !select.relations.is_empty()
    {
        let range = findings.range(select.head(*limit));
        findings.add("AM09", range, "which rows come first, only `order by` says");
    }
}

/// `order by a, b desc`
fn directions(findings: &mut Findings<'_>, select: &Select<'_>) {
    let items = findings.items;
    let Some(clause) = list(findings, select, "order").copied() else {
        return;
    };
    let body = select.body(clause);
    if has_jinja(items, body) {
        return;
    }
    let columns = entries(items, body);
    let has_direction = |entry: &&Vec<&Node>| {
        entry
            .iter()
            .any(|it| items.is_any_word(it.first(), &["asc", "desc"]))
    };
    let n_with = columns.iter().filter(has_direction).count();
    if n_with == 0 || n_with == columns.len() {
        return;
    }
    let range = findings.range(select.head(clause));
    let without = columns.iter().filter(|it| !has_direction(it));
    let fix = without
        .filter_map(|entry| {
            let is_nulls = |it: &&&Node| items.is_word(it.first(), "nulls");
            let end = entry.iter().take_while(|it| !is_nulls(it)).last()?;
            let at = findings.range(end.last()).end;
            Some((SourceRange::at(at), " asc".to_owned()))
        })
        .collect();
    let message = "`asc` or `desc` stands behind all columns, or behind none";
    findings.add_with_fix("AM03", range, message, fix);
}

/// `group by 1` and `group by a` in one file.
fn positions(findings: &mut Findings<'_>, selects: &[Select<'_>]) {
    let items = findings.items;
    let set = findings
        .config
        .text("rules.ambiguous.column_references.group_by_and_order_by_style");
    let mut wants_numbers = match set {
        Some("implicit") => Some(true),
        Some("explicit") => Some(false),
        _ => None,
    };
    let mut lists: Vec<(usize, Vec<bool>)> = Vec::new();
    for select in selects {
        let is_list = |it: &&Clause| {
            it.kind == ClauseKind::List && items.is_any_word(select.head(**it), &["group", "order"])
        };
        for clause in select.clauses.iter().filter(is_list) {
            let body = select.body(*clause);
            let is_number = |entry: &Vec<&Node>| {
                let first = entry.first().and_then(|it| it.leaf());
                first
                    .and_then(|idx| items.get(idx))
                    .is_some_and(|it| it.is_sql(TokenKind::Number))
            };
            let kinds = entries(items, body)
                .iter()
                .filter(|entry| !entry.is_empty())
                .map(is_number)
                .collect();
            lists.push((select.head(*clause), kinds));
        }
    }
    lists.sort();
    for (word, kinds) in lists {
        let (has_numbers, has_names) = (kinds.contains(&true), kinds.contains(&false));
        let is_right = match wants_numbers {
            Some(true) => !has_names,
            Some(false) => !has_numbers,
            None => !(has_names && has_numbers),
        };
        if wants_numbers.is_none() && has_names != has_numbers {
            wants_numbers = Some(has_numbers);
        }
        if !is_right {
            let range = findings.range(word);
            let message = "columns are named, or given by number, but not both in one file";
            findings.add("AM06", range, message);
        }
    }
}
