//! Rules about names and how they are qualified: RF02, RF03, RF05, RF06.

use std::collections::BTreeSet;

use sql::TokenKind;

use super::{
    Findings,
    select::{Select, Use, alias_of, bare, has_jinja, names},
};
use crate::{
    clause::{Clause, ClauseKind, is_query},
    items::ItemKind,
    tree::Node,
};

pub(super) fn check(findings: &mut Findings<'_>, selects: &[Select<'_>]) {
    for select in selects {
        qualification(findings, select);
    }
    quotes(findings);
}

/// The columns that a query names, without those of queries inside of it.
fn columns(findings: &Findings<'_>, select: &Select<'_>) -> Vec<(usize, bool)> {
    let items = findings.items;
    let mut own = Vec::new();
    for target in &select.targets {
        let new_name = alias_of(items, target).map(|(alias, _)| alias);
        let used = target.iter().filter(|it| Some(it.first()) != new_name);
        own.extend(used.map(|it| (*it).clone()));
    }
    for clause in &select.clauses {
        if matches!(
            clause.kind,
            ClauseKind::Condition | ClauseKind::List | ClauseKind::On
        ) && !items.is_word(select.head(*clause), "using")
        {
            own.extend(select.body(*clause).iter().cloned());
        }
    }
    let own: Vec<Node> = own
        .into_iter()
        .map(|it| without_queries(findings, it))
        .collect();
    let mut found = Vec::new();
    names(items, &own, &mut found);
    let aliases: BTreeSet<String> = select
        .targets
        .iter()
        .filter_map(|target| alias_of(items, target))
        .map(|(alias, _)| bare(items.text_of(alias)).to_ascii_lowercase())
        .collect();
    found
        .into_iter()
        .filter(|(_, how)| *how != Use::Member)
        .map(|(idx, how)| (idx, how == Use::Qualifier))
        .filter(|(idx, is_qualified)| {
            *is_qualified || !aliases.contains(&bare(items.text_of(*idx)).to_ascii_lowercase())
        })
        .collect()
}

/// The columns that joined tables share belong to neither.
fn columns_of_using(findings: &Findings<'_>, select: &Select<'_>) -> BTreeSet<String> {
    let items = findings.items;
    let is_using =
        |it: &&Clause| it.kind == ClauseKind::On && items.is_word(select.head(**it), "using");
    let mut shared = Vec::new();
    for clause in select.clauses.iter().filter(is_using) {
        names(items, select.body(*clause), &mut shared);
    }
    let shared = shared.into_iter();
    shared
        .map(|(idx, _)| bare(items.text_of(idx)).to_ascii_lowercase())
        .collect()
}

fn without_queries(findings: &Findings<'_>, node: Node) -> Node {
    match node {
        Node::Leaf(_) => node,
        Node::Group(mut group) => {
            group.children = if is_query(findings.items, &group.children) {
                Vec::new()
            } else {
                let children = group.children.into_iter();
                children.map(|it| without_queries(findings, it)).collect()
            };
            Node::Group(group)
        }
    }
}

fn qualification(findings: &mut Findings<'_>, select: &Select<'_>) {
    let items = findings.items;
    if has_jinja(items, select.target_nodes) || select.relations.is_empty() {
        return;
    }
    let mut found = columns(findings, select);
    let shared = columns_of_using(findings, select);
    found.retain(|(idx, _)| !shared.contains(&bare(items.text_of(*idx)).to_ascii_lowercase()));
    let is_call = |node: &Node| {
        items
            .get(node.first() + 1)
            .is_some_and(|it| it.is_sql(TokenKind::LParen))
    };
    let has_values = select.relations.iter().any(|it| {
        // What `unnest` and the like give is a column itself.
        it.name.is_none() && it.nodes.first().is_some_and(|node| is_call(node))
    });
    if select.relations.len() > 1 {
        for (idx, is_qualified) in found {
            if !is_qualified && !has_values {
                let range = findings.range(idx);
                let name = items.text_of(idx);
                findings.add(
                    "RF02",
                    range,
                    &format!("`{name}` does not say which table it is from"),
                );
            }
        }
        return;
    }
    if has_values {
        return;
    }
    let style = findings
        .config
        .text("rules.references.consistent.single_table_references")
        .unwrap_or("consistent");
    let wanted = match style {
        "qualified" => Some(true),
        "unqualified" => Some(false),
        _ => found.first().map(|(_, is_qualified)| *is_qualified),
    };
    for (idx, is_qualified) in found {
        if Some(is_qualified) != wanted {
            let range = findings.range(idx);
            let message = if is_qualified {
                "the other columns of this query have no table before them"
            } else {
                "the other columns of this query have their table before them"
            };
            findings.add("RF03", range, message);
        }
    }
}

fn quotes(findings: &mut Findings<'_>) {
    use sql::Dialect as D;
    let items = findings.items;
    let dialect = findings.config.dialect;
    for idx in 0..items.row.len() {
        let is_quoted = items
            .get(idx)
            .is_some_and(|it| it.kind == ItemKind::Sql(TokenKind::QuotedName));
        let text = items.text_of(idx);
        if !is_quoted || text.contains('{') {
            continue;
        }
        let inside = text
            .get(1..text.len().saturating_sub(1))
            .unwrap_or_default();
        let range = findings.range(idx);
        let is_wordy = |c: char| c.is_alphanumeric() || c == '_';
        let more = match dialect {
            D::BigQuery => "-*.",
            D::Databricks => "/.",
            _ => "",
        };
        if !inside.chars().all(|c| is_wordy(c) || more.contains(c)) {
            findings.add("RF05", range, "a name has letters, digits and `_` alone");
            continue;
        }
        let is_folded = match dialect {
            D::Snowflake => |c: char| c.is_ascii_uppercase(),
            _ => |c: char| c.is_ascii_lowercase(),
        };
        let is_plain = inside.starts_with(|c: char| is_folded(c) || c == '_')
            && inside
                .chars()
                .all(|c| is_folded(c) || c == '_' || c.is_ascii_digit());
        let prefers_quotes = findings
            .config
            .text("rules.references.quoting.prefer_quoted_identifiers")
            .is_some_and(|it| it.eq_ignore_ascii_case("true"));
        if is_plain && !prefers_quotes && !is_reserved(inside, dialect) {
            // Which words are reserved is known for certain of these.
            let fix = if matches!(dialect, D::DuckDb | D::Postgres) {
                vec![(range, inside.to_owned())]
            } else {
                Vec::new()
            };
            findings.add_with_fix("RF06", range, &format!("`{inside}` needs no quotes"), fix);
        }
    }
}

/// A word of the grammar, or of the values that are called without a bracket.
fn is_reserved(word: &str, dialect: sql::Dialect) -> bool {
    let tokens = sql::tokenize(word, dialect);
    let value = ["current_", "session_", "system_", "local"];
    tokens.first().is_some_and(sql::Token::is_keyword)
        || value.iter().any(|it| word.starts_with(it))
}
