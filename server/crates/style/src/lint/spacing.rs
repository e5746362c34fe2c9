//! Rules about white space: LT01, LT02, LT04, LT08, LT09, LT11, LT13, LT14, LT15. What they want is what the formatter does.
//!
//! The formatter keeps all items, so that each gap of a text has its counterpart in the formatted one; what differs is a
//! finding, with the other gap as its fix.

use std::collections::BTreeMap;

use base::SourceRange;
use jinja::Template;
use sql::TokenKind;

use super::Findings;
use crate::{
    clause::{ClauseKind, clauses, is_query},
    format::format,
    items::{Item, Items},
    tree::Node,
};

/// The rules that need a formatted text.
pub(super) const CODES: [&str; 9] = [
    "LT01", "LT02", "LT04", "LT08", "LT09", "LT11", "LT13", "LT14", "LT15",
];

pub(super) fn check(findings: &mut Findings<'_>, nodes: &[Node]) {
    let items = findings.items;
    start_of_file(findings);
    let Some(formatted) = format(items.text, findings.config).text else {
        return;
    };
    let template = Template::parse(&formatted);
    let after = Items::read(&formatted, &template, findings.config.dialect);
    if after.row.len() != items.row.len() {
        return;
    }
    let mut beginnings = BTreeMap::new();
    begins(items, nodes, &mut beginnings);
    // A line that comes or goes moves those behind it: only the first reason is of use.
    for (idx, (old, new)) in items.row.iter().zip(&after.row).enumerate().skip(1) {
        let (was, is) = (old.gap.of(items.text), new.gap.of(after.text));
        if was == is {
            continue;
        }
        let beginning = beginnings.get(&idx).copied();
        if let Some((code, message)) = reason(items, idx, new, is, beginning) {
            let fix = vec![(old.gap, is.to_owned())];
            findings.add_with_fix(code, place(items, idx), &message, fix);
        }
    }
}

/// The gap, or the item behind it where there is none.
fn place(items: &Items<'_>, idx: usize) -> SourceRange {
    let Some(item) = items.get(idx) else {
        return SourceRange::default();
    };
    if item.gap.is_empty() || item.n_breaks > 0 {
        item.range
    } else {
        item.gap
    }
}

fn start_of_file(findings: &mut Findings<'_>) {
    let Some(first) = findings.items.get(0) else {
        return;
    };
    if !first.gap.is_empty() {
        let fix = vec![(first.gap, String::new())];
        findings.add_with_fix("LT13", first.gap, "a file begins with its text", fix);
    }
}

/// Why a gap is not as it should be, under the code that sqlfluff has for it; `None` where it has none.
fn reason(
    items: &Items<'_>,
    idx: usize,
    new: &Item,
    wanted: &str,
    beginning: Option<&'static str>,
) -> Option<(&'static str, String)> {
    let old = items.get(idx)?;
    let is_comma = |idx: usize| items.get(idx).is_some_and(|it| it.is_sql(TokenKind::Comma));
    let behind_comma = idx.checked_sub(1).is_some_and(is_comma);
    if old.n_breaks == 0 && new.n_breaks == 0 {
        let message = match wanted.len() {
            0 => "no space belongs here".to_owned(),
            1 => "one space belongs here".to_owned(),
            n => format!("{n} spaces belong here"),
        };
        return Some(("LT01", message));
    }
    if old.n_breaks > 0 && new.n_breaks > 0 {
        return Some(between_lines(items, old, new, wanted, beginning));
    }
    let is_moved_comma = is_comma(idx) || behind_comma && beginning.is_none();
    match beginning {
        _ if is_moved_comma => Some((
            "LT04",
            match new.n_breaks {
                0 => "a comma is at the end of a line".to_owned(),
                _ => "a comma is at the beginning of a line".to_owned(),
            },
        )),
        Some(code) if new.n_breaks > 0 => Some((code, "a new line begins here".to_owned())),
        _ => None,
    }
}

fn between_lines(
    items: &Items<'_>,
    old: &Item,
    new: &Item,
    wanted: &str,
    beginning: Option<&'static str>,
) -> (&'static str, String) {
    let indent_of = |gap: &str| gap.rsplit('\n').next().unwrap_or("").to_owned();
    let indent = indent_of(wanted);
    if indent_of(old.gap.of(items.text)) != indent {
        let unit = if indent.starts_with('\t') {
            "tabs"
        } else {
            "spaces"
        };
        return (
            "LT02",
            format!("the line is indented by {} {unit}", indent.len()),
        );
    }
    if new.n_breaks > old.n_breaks {
        let code = beginning.unwrap_or("LT08");
        return (code, "an empty line belongs before this".to_owned());
    }
    if new.n_breaks < old.n_breaks {
        return (
            "LT15",
            "there are too many empty lines before this".to_owned(),
        );
    }
    ("LT01", "a line does not end in white space".to_owned())
}

/// Which items begin what has a line of its own, and the rule that says so.
fn begins(items: &Items<'_>, nodes: &[Node], found: &mut BTreeMap<usize, &'static str>) {
    let is_top = nodes.first().is_some_and(|node| node.first() == 0);
    if is_top || is_query(items, nodes) {
        let mut before = None;
        for clause in clauses(items, nodes) {
            let code = match (before, clause.kind) {
                (_, ClauseKind::SetOperation) | (Some(ClauseKind::SetOperation), _) => "LT11",
                (Some(ClauseKind::With), _) => "LT08",
                _ => "LT14",
            };
            before = Some(clause.kind);
            let first = nodes.get(clause.start).map(Node::first);
            if !matches!(clause.kind, ClauseKind::Prelude | ClauseKind::End) {
                found.extend(first.map(|idx| (idx, code)));
            }
            let body = nodes.get(clause.body..clause.end).unwrap_or(&[]);
            let code = match clause.kind {
                ClauseKind::Select => "LT09",
                ClauseKind::With => "LT08",
                _ => continue,
            };
            let entries = body.split(|node| {
                let item = node.leaf().and_then(|idx| items.get(idx));
                item.is_some_and(|it| it.is_sql(TokenKind::Comma))
            });
            found.extend(
                entries
                    .filter_map(|entry| entry.first())
                    .map(|node| (node.first(), code)),
            );
        }
    }
    for group in nodes.iter().filter_map(Node::group) {
        begins(items, &group.children, found);
    }
}
