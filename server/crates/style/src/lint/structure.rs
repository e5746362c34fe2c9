//! Rules about the parts of queries: ST02, ST03, ST04, ST05, ST06, ST07, ST08, ST12.

use sql::TokenKind;

use super::{
    Findings, aliasing,
    select::{Select, has_jinja},
};
use crate::{
    clause::{ClauseKind, clauses, is_query},
    items::{Item, ItemKind},
    tree::{Group, Node},
};

pub(super) fn check(findings: &mut Findings<'_>, nodes: &[Node], selects: &[Select<'_>]) {
    levels(findings, nodes);
    semicolons(findings, nodes);
    for select in selects {
        for relation in select.relations.iter().filter(|it| it.is_subquery) {
            let set = findings
                .config
                .text("rules.structure.subquery.forbid_subquery_in")
                .unwrap_or("join");
            let is_forbidden = match set {
                "both" => true,
                "from" => !relation.is_join,
                _ => relation.is_join,
            };
            if let Some(node) = relation.nodes.first().filter(|_| is_forbidden) {
                let range = findings.range(node.first());
                findings.add(
                    "ST05",
                    range,
                    "a CTE is easier to read than a query in a join",
                );
            }
        }
        target_order(findings, select);
        distinct_bracket(findings, select);
    }
}

fn levels(findings: &mut Findings<'_>, nodes: &[Node]) {
    let items = findings.items;
    let is_top = nodes.first().is_some_and(|node| node.first() == 0);
    if is_top || is_query(items, nodes) {
        for clause in clauses(items, nodes) {
            let head = nodes.get(clause.start).map_or(0, Node::first);
            let body = nodes.get(clause.body..clause.end).unwrap_or(&[]);
            if clause.kind == ClauseKind::With {
                aliasing::unused_ctes(findings, body);
            }
            if clause.kind == ClauseKind::On && items.is_word(head, "using") {
                let range = findings.range(head);
                findings.add(
                    "ST07",
                    range,
                    "a join is on a condition, not `using` columns",
                );
            }
        }
    }
    for group in nodes.iter().filter_map(Node::group) {
        if group.is_case {
            cases(findings, group);
        }
        levels(findings, &group.children);
    }
}

/// What is in a `case`, without comments; nothing where a tag is among it.
fn solid<'n>(findings: &Findings<'_>, nodes: &'n [Node]) -> Vec<&'n Node> {
    if has_jinja(findings.items, nodes) {
        return Vec::new();
    }
    let is_solid = |node: &&Node| {
        findings
            .items
            .get(node.first())
            .is_some_and(Item::is_significant)
    };
    nodes.iter().filter(is_solid).collect()
}

/// The parts of a `case` that is known altogether.
struct Case<'n> {
    parts: Vec<&'n Node>,
    /// `when`, `then` and `else`, and where among the parts.
    words: Vec<(usize, &'static str)>,
}

fn cases(findings: &mut Findings<'_>, group: &Group) {
    let items = findings.items;
    let parts = solid(findings, &group.children);
    let word = |node: &Node| {
        let idx = node.leaf()?;
        let found = ["when", "then", "else"];
        found.into_iter().find(|it| items.is_word(idx, it))
    };
    let words = parts.iter().enumerate();
    let words = words
        .filter_map(|(at, node)| Some((at, word(node)?)))
        .collect();
    let case = Case { parts, words };
    nested_case(findings, &case);
    simple_case(findings, &case, group.open);
}

/// `case when a then b else case when c then d end end`
fn nested_case(findings: &mut Findings<'_>, case: &Case<'_>) {
    let begins_with_when = |parts: &[&Node]| {
        let first = parts.first();
        first.is_some_and(|it| findings.items.is_word(it.first(), "when"))
    };
    let Some((at, "else")) = case.words.last() else {
        return;
    };
    if let Some([Node::Group(inner)]) = case.parts.get(at + 1..)
        && inner.is_case
        && begins_with_when(&case.parts)
        && begins_with_when(&solid(findings, &inner.children))
    {
        let range = findings.range(inner.open);
        let message = "the conditions of this `case` can be those of the outer one";
        findings.add("ST04", range, message);
    }
}

/// `case when a is null then b else a end`, `case when a then true else false end`
fn simple_case(findings: &mut Findings<'_>, case: &Case<'_>, open: usize) {
    let (then, otherwise) = match case.words.as_slice() {
        [(0, "when"), (then, "then"), (otherwise, "else")] => (*then, Some(*otherwise)),
        [(0, "when"), (then, "then")] => (*then, None),
        _ => return,
    };
    let text = |from: usize, to: usize| {
        let nodes = case.parts.get(from..to).unwrap_or(&[]);
        let (first, last) = (nodes.first()?.first(), nodes.last()?.last());
        let words = (first..=last).map(|idx| findings.items.text_of(idx).to_ascii_lowercase());
        Some(words.collect::<Vec<_>>().join(" "))
    };
    let end = case.parts.len();
    let condition = text(1, then).unwrap_or_default();
    let first = text(then + 1, otherwise.unwrap_or(end));
    let second = otherwise.and_then(|at| text(at + 1, end));
    let is_truth = matches!(
        (first.as_deref(), second.as_deref()),
        (Some("true"), Some("false")) | (Some("false"), Some("true"))
    );
    let is_coalesce = match condition.strip_suffix(" is not null") {
        Some(column) => first.as_deref() == Some(column),
        None => condition
            .strip_suffix(" is null")
            .is_some_and(|column| second.as_deref() == Some(column)),
    };
    let range = findings.range(open);
    if is_truth {
        let message = "the condition is the value: no `case` is needed";
        findings.add("ST02", range, message);
    } else if is_coalesce {
        findings.add("ST02", range, "`coalesce` says the same without `case`");
    }
}

/// `* `, then columns, then what is calculated.
fn target_order(findings: &mut Findings<'_>, select: &Select<'_>) {
    let items = findings.items;
    // The columns of what is joined by a set operation, or goes into a table, have their order for a reason.
    let is_set = clauses(items, select.level)
        .iter()
        .any(|it| it.kind == ClauseKind::SetOperation);
    if is_set || has_jinja(items, select.target_nodes) {
        return;
    }
    let ranks: Vec<u8> = select
        .targets
        .iter()
        .filter(|it| !it.is_empty())
        .map(|target| rank(findings, target))
        .collect();
    if !ranks.is_sorted() {
        let range = findings.range(select.word);
        findings.add(
            "ST06",
            range,
            "wildcards come first, then columns, then what is calculated",
        );
    }
}

fn rank(findings: &Findings<'_>, target: &[&Node]) -> u8 {
    use TokenKind as T;
    let items = findings.items;
    let is = |node: &Node, kinds: &[T]| {
        let item = node.leaf().and_then(|idx| items.get(idx));
        item.is_some_and(|it| kinds.iter().any(|kind| it.is_sql(*kind)))
    };
    let named = target
        .iter()
        .position(|it| items.is_word(it.first(), "as"))
        .unwrap_or(target.len());
    let own = target.get(..named).unwrap_or(&[]);
    // `*`, `a.*`, and what is left out of them.
    let n_before = own
        .iter()
        .take_while(|it| is(it, &[T::Word, T::QuotedName, T::Dot]))
        .count();
    if n_before % 2 == 0 && own.get(n_before).is_some_and(|it| is(it, &[T::Star])) {
        return 0;
    }
    let is_simple = own.iter().all(|it| {
        is(
            it,
            &[
                T::Word,
                T::QuotedName,
                T::Dot,
                T::Number,
                T::String,
                T::DoubleColon,
            ],
        ) && !items.is_any_word(it.first(), &["and", "or", "not", "is", "in", "like"])
    });
    let is_cast = matches!(own, [word, Node::Group(_)] if items.is_word(word.first(), "cast"));
    if is_simple || is_cast { 1 } else { 2 }
}

/// `select distinct (a)`
fn distinct_bracket(findings: &mut Findings<'_>, select: &Select<'_>) {
    let [target] = select.targets.as_slice() else {
        return;
    };
    if let [Node::Group(group)] = target.as_slice()
        && select.is_distinct
        && !group.is_case
    {
        let range = findings.range(group.open);
        findings.add(
            "ST08",
            range,
            "`distinct` is about whole rows and needs no bracket",
        );
    }
}

fn semicolons(findings: &mut Findings<'_>, nodes: &[Node]) {
    let items = findings.items;
    let is_end = |node: &Node| {
        items
            .get(node.first())
            .is_some_and(|it| it.is_sql(TokenKind::Semicolon))
    };
    let is_seen = |node: &&Node| {
        items
            .get(node.first())
            .is_some_and(|it| it.is_significant() || it.kind == ItemKind::Statement)
    };
    let mut was_end = false;
    for node in nodes.iter().filter(is_seen) {
        let is_one = is_end(node);
        if was_end && is_one {
            let range = findings.range(node.first());
            findings.add_with_fix(
                "ST12",
                range,
                "the statement has ended already",
                vec![(range, String::new())],
            );
        }
        was_end = is_one;
    }
}
