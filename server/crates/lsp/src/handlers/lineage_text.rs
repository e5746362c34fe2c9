//! Lineage as text: a list in each direction, for editors that draw no graphs.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::Path,
};

use tower_lsp::lsp_types::Location;

use crate::{
    paths::path_of,
    proto_ext::{ColumnLineage, ColumnName, Lineage, LineageColumn, LineageNode},
};

pub(crate) fn of_nodes(lineage: &Lineage) -> String {
    let nodes: BTreeMap<&str, &LineageNode> = lineage
        .nodes
        .iter()
        .map(|it| (it.unique_id.as_str(), it))
        .collect();
    let root = path_of(&lineage.root).unwrap_or_default();
    let describe = |id: &str, _from: Option<&str>| match nodes.get(id) {
        Some(node) => {
            let kind = node.materialized.as_deref().map(|it| format!(", {it}"));
            format!(
                "{} ({}{}){}",
                node.name,
                node.resource_type,
                kind.unwrap_or_default(),
                place(&root, node.location.as_ref())
            )
        }
        // A neighbour of what lies farthest away.
        None => id.to_owned(),
    };
    let side = |next: fn(&LineageNode) -> &[String]| {
        let next_of = |id: &str| nodes.get(id).map_or(&[][..], |node| next(node));
        tree(
            &lineage.focus,
            |id| next_of(id).iter().map(String::as_str).collect(),
            |id| nodes.contains_key(id),
            describe,
        )
    };
    document(
        &describe(&lineage.focus, None),
        &side(|node| &node.parents),
        &side(|node| &node.children),
    )
}

pub(crate) fn of_columns(lineage: &ColumnLineage) -> String {
    // Of a column by name and node, as one word.
    let key = |it: &ColumnName| format!("{}\n{}", it.unique_id, it.name.to_lowercase());
    let columns: BTreeMap<String, &LineageColumn> = lineage
        .columns
        .iter()
        .map(|it| (key(&it.column), it))
        .collect();
    let mut parents: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut children: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut kinds = BTreeMap::new();
    for edge in &lineage.edges {
        let (from, to) = (key(&edge.from), key(&edge.to));
        parents.entry(to.clone()).or_default().push(from.clone());
        children.entry(from.clone()).or_default().push(to.clone());
        kinds.insert((from, to), edge.kind);
    }
    let root = path_of(&lineage.root).unwrap_or_default();
    let describe = |id: &str, from: Option<&str>| {
        let Some(column) = columns.get(id) else {
            return id.replace('\n', ".");
        };
        let edge = from.and_then(|from| {
            let (from, id) = (from.to_owned(), id.to_owned());
            let up = kinds.get(&(id.clone(), from.clone()));
            up.or_else(|| kinds.get(&(from, id)))
        });
        let doubt = match column.confidence {
            Some("likely") => Some("a guess"),
            Some("unknown") => Some("where it comes from cannot be told"),
            _ => None,
        };
        let kind = edge.copied().filter(|it| *it != "direct");
        let notes = [column.data_type.as_deref(), kind, doubt];
        let notes: Vec<&str> = notes.into_iter().flatten().collect();
        let notes = if notes.is_empty() {
            String::new()
        } else {
            format!(" ({})", notes.join(", "))
        };
        // `model.shop.orders` is `orders`, `source.shop.raw.orders` is `raw.orders`.
        let node = column.column.unique_id.splitn(3, '.').last();
        format!(
            "{}.{}{notes}{}",
            node.unwrap_or_default(),
            column.column.name,
            place(&root, column.location.as_ref())
        )
    };
    let side = |beside: &BTreeMap<String, Vec<String>>| {
        let next_of = |id: &str| beside.get(id).map_or(&[][..], Vec::as_slice);
        tree(
            &key(&lineage.focus),
            |id| next_of(id).iter().map(String::as_str).collect(),
            |id| columns.contains_key(id),
            describe,
        )
    };
    document(
        &describe(&key(&lineage.focus), None),
        &side(&parents),
        &side(&children),
    )
}

fn document(title: &str, upstream: &str, downstream: &str) -> String {
    let section = |name: &str, lines: &str| match lines {
        "" => format!("Nothing {name}.\n"),
        lines => format!("## {name}\n\n{lines}"),
    };
    format!(
        "# {title}\n\n{}\n{}",
        section("upstream", upstream),
        section("downstream", downstream)
    )
}

/// What was shown already is not unfolded again: graphs are no trees, and broken ones have cycles.
fn tree<'a>(
    root: &'a str,
    next_of: impl Fn(&str) -> Vec<&'a str>,
    is_known: impl Fn(&str) -> bool,
    describe: impl Fn(&str, Option<&str>) -> String,
) -> String {
    let mut text = String::new();
    let mut shown = BTreeSet::from([root]);
    // Those to be written next are at the end, with what led to them.
    let mut open: Vec<(usize, &str, &'a str)> = Vec::new();
    let push = |open: &mut Vec<_>, depth, from: &'a str| {
        let next = next_of(from).into_iter().rev();
        open.extend(next.map(|id| (depth, from, id)));
    };
    push(&mut open, 0, root);
    while let Some((depth, from, id)) = open.pop() {
        let is_new = shown.insert(id);
        let again = if is_new { "" } else { " …" };
        let line = describe(id, Some(from));
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{}- {line}{again}", "  ".repeat(depth));
        if is_new && is_known(id) {
            push(&mut open, depth + 1, id);
        }
    }
    text
}

/// `: models/orders.sql:3`, which many editors open.
fn place(root: &Path, location: Option<&Location>) -> String {
    let path = location.and_then(|it| Some((path_of(&it.uri)?, it.range.start.line)));
    path.map_or_else(String::new, |(path, line)| {
        let below = path.strip_prefix(root).unwrap_or(&path);
        format!(": {}:{}", below.display(), line + 1)
    })
}
