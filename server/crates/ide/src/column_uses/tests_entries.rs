//! Columns in arguments of tests: those of the column's own node, and those of others that compare with it.
//!
//! What an argument means is known for dbt's own tests; for others by the name of the argument, and where that says nothing, a
//! mention is a doubt.

use analysis::{source::template, test_macros::test_macro};
use base::SourceRange;
use jinja::syntax::{MacroKind, TagKind};
use project::{
    properties::{Properties, TestArgument, TestEntry},
    yaml::YamlNode,
};
use sql::{EmptyCatalog, SymbolKind};

use crate::{
    column_uses::{
        ColumnUses,
        properties::{describe, in_sql, in_sql_text, is_heir, named_ref},
        words_in,
    },
    properties_names::test_entries,
    world::Here,
};

/// Arguments that are values, texts for people or settings, and never name a column.
const VALUES: [&str; 16] = [
    "values",
    "value_set",
    "name",
    "description",
    "severity",
    "tags",
    "meta",
    "error_if",
    "warn_if",
    "alias",
    "limit",
    "to",
    "store_failures_as",
    "schema",
    "database",
    "data_type",
];

/// A test of a node that has the column.
pub(super) fn of_heir(uses: &mut ColumnUses<'_>, there: Here, test: &TestEntry, name: &str) {
    let to = target(test);
    for argument in arguments(test) {
        match &*argument.name {
            "config" | "arguments" => {}
            // The column of the other node: `of_others` comes to it.
            "field" if to.is_some() => {}
            key if VALUES.contains(&key) => {}
            key if is_column(key) || is_sql(key) || is_read_as_column(uses, there, test, key) => {
                in_argument(uses, there, argument, name);
            }
            _ => {
                if let Some(range) =
                    words_in(there.text(uses.world), argument.value_range, name).first()
                {
                    let why = format!(
                        "`{}` may name it there: change it by hand first",
                        argument.name
                    );
                    uses.doubt(there, *range, why);
                }
            }
        }
    }
}

/// Tests of any node that name a column of an heir: `relationships: {to: ref('orders'), field: id}`.
pub(super) fn of_others(uses: &mut ColumnUses<'_>, there: Here, all: &Properties, name: &str) {
    for test in test_entries(all) {
        let Some(args) = target(test).and_then(named_ref) else {
            continue;
        };
        if !is_heir(uses, &there, &args) {
            continue;
        }
        for argument in arguments(test).filter(|it| &*it.name == "field") {
            describe(uses, there, argument.value_range, name);
        }
    }
}

/// `to:` of a test.
fn target(test: &TestEntry) -> Option<&str> {
    let inner = test.args.get("arguments");
    let found = test.args.get("to").or_else(|| inner?.get("to"));
    found?.as_str()
}

fn arguments(test: &TestEntry) -> impl Iterator<Item = &TestArgument> {
    test.places.iter()
}

fn is_column(key: &str) -> bool {
    [
        "column",
        "field",
        "unique_key",
        "group_by",
        "partition_by",
        "order_by",
        "combination",
        "timestamp",
        "interval",
    ]
    .iter()
    .any(|word| key.contains(word))
}

fn is_sql(key: &str) -> bool {
    ["where", "expression", "condition", "filter"]
        .iter()
        .any(|word| key.contains(word))
}

/// Whether the SQL of the test reads what it is given as a column of what is tested: `where {{ later }} < 1`.
fn is_read_as_column(uses: &ColumnUses<'_>, there: Here, test: &TestEntry, key: &str) -> bool {
    const TESTED: &str = "tested__relation";
    const COLUMN: &str = "tested__column";
    let world = uses.world;
    let (package, name) = match test.name.value.rsplit_once('.') {
        Some((package, name)) => (Some(package), name),
        None => (None, &*test.name.value),
    };
    let from = there.package_name(world);
    let Some(made) = test_macro(world.db, there.project, from, package, name) else {
        return false;
    };
    let mut files = world
        .files(made.file)
        .filter(|(it, _)| *it == there.project);
    let Some((_, file)) = files.next() else {
        return false;
    };
    let template = template(world.db, file);
    let mut tests = template.macros.iter();
    let Some(test) = tests.find(|it| it.kind == MacroKind::Test && *it.name == *name) else {
        return false;
    };
    let source = file.text(world.db);
    let mut masked = String::new();
    let mut at = test.body.start;
    let mut places = Vec::new();
    for tag in template
        .tags
        .iter()
        .filter(|tag| test.body.covers(tag.range))
    {
        masked.push_str(SourceRange::new(at, tag.range.start).of(source));
        at = tag.range.end;
        let written = tag.range.of(source);
        let inner = written
            .trim_start_matches(['{', '-'])
            .trim_end_matches(['}', '-'])
            .trim();
        match tag.kind {
            TagKind::Output if inner == "model" => masked.push_str(TESTED),
            TagKind::Output if inner == key => {
                places.push(masked.len() as u32);
                masked.push_str(COLUMN);
            }
            TagKind::Output => masked.push_str("other__name"),
            TagKind::Statement | TagKind::Comment | TagKind::Verbatim => masked.push(' '),
        }
    }
    masked.push_str(SourceRange::new(at, test.body.end).of(source));
    let tree = sql::parse(&masked, analysis::columns::dialect(world.db, there.project));
    let symbols = sql::symbols(&tree, &EmptyCatalog);
    let is_column = |place: &u32| {
        let mut references = symbols
            .references
            .iter()
            .filter(|it| it.range.start == *place);
        references.any(|it| match symbols.get(it.symbol).map(|it| &it.kind) {
            Some(SymbolKind::ExternalColumn { relation, .. }) => relation.identifier() == TESTED,
            _ => false,
        })
    };
    let in_text = |place: &u32| {
        let mut tokens = tree.tokens.iter().filter(|it| it.range.contains(*place));
        tokens.any(|it| it.kind == sql::TokenKind::String)
    };
    // Not all need be understood: an operator may be put together by the template.
    places.iter().any(is_column) && !places.iter().any(in_text)
}

fn in_argument(uses: &mut ColumnUses<'_>, there: Here, argument: &TestArgument, name: &str) {
    let world = uses.world;
    let tree = analysis::source::yaml(world.db, there.file);
    match node_at(tree.0.root(), argument.value_range) {
        Some(node) => in_sql(uses, there, node, name),
        None => in_sql_text(uses, there, argument.value_range, name),
    }
}

/// The value of a tree at a place.
fn node_at(node: YamlNode<'_>, range: SourceRange) -> Option<YamlNode<'_>> {
    if node.range() == range {
        return Some(node);
    }
    let inside = |it: &YamlNode<'_>| it.range().covers(range) && !it.is_alias();
    let of_mapping = node.written_entries().map(|(_, value)| value);
    let child = node.items().chain(of_mapping).find(inside)?;
    node_at(child, range)
}
