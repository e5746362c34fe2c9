//! Any text at all: no panic, no endless loop, tokens that cover it, ranges that lie in it.

use std::sync::Arc;

use proptest::prelude::*;
use sql::{
    Catalog, CatalogColumn, Dialect, RelationName, completion_scope_at, output_columns, parse,
    relations, symbols,
};

/// Words and signs that grammars stumble over, in any order.
const PIECES: &[&str] = &[
    "select",
    "from",
    "where",
    "with",
    "a",
    "b",
    "t",
    "as",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ".",
    ":",
    "::",
    "*",
    "join",
    "left",
    "on",
    "using",
    "group",
    "by",
    "order",
    "union",
    "all",
    "values",
    "case",
    "when",
    "then",
    "end",
    "over",
    "partition",
    "'x'",
    "'",
    "\"q\"",
    "\"",
    "/*",
    "--",
    "\n",
    "1",
    "1.5",
    "->",
    "=>",
    "=",
    "<",
    "||",
    "-",
    "not",
    "in",
    "between",
    "and",
    "is",
    "null",
    "cast",
    "int",
    "lambda",
    "x",
    "exclude",
    "replace",
    "rename",
    "pivot",
    "unpivot",
    "lateral",
    "unnest",
    "interval",
    "recursive",
    "window",
    "qualify",
    "$1",
    "?",
    "#1",
    ";",
    "é",
    "😀",
    "array",
    "struct",
    "map",
    "columns",
    "for",
    "if",
    "distinct",
    "limit",
    "natural",
    "asof",
    "e'\\",
    "$$",
    "`",
    "@",
    "extract",
    "filter",
    "within",
    "rows",
];

struct OneTable;

impl Catalog for OneTable {
    fn columns(&self, relation: &RelationName) -> Option<Arc<[CatalogColumn]>> {
        let columns = [CatalogColumn::untyped("a"), CatalogColumn::untyped("b")];
        (relation.identifier() == "t").then(|| Arc::from(columns))
    }
}

/// Asks every question there is about `text`.
fn ask_everything(text: &str, dialect: Dialect, offset: u32) {
    let tree = parse(text, dialect);
    let end = tree.tokens.iter().fold(0, |end, token| {
        assert_eq!(token.range.start, end);
        token.range.end
    });
    assert_eq!(end as usize, text.len());
    for error in &tree.errors {
        assert!(
            text.get(error.range.start as usize..error.range.end as usize)
                .is_some()
        );
    }
    let columns = output_columns(&tree, &OneTable);
    let symbols = symbols(&tree, &OneTable);
    assert_eq!(symbols.columns, columns, "recording changes nothing");
    for reference in &symbols.references {
        assert!(symbols.get(reference.symbol).is_some());
        assert!(
            text.get(reference.range.start as usize..reference.range.end as usize)
                .is_some()
        );
    }
    relations(&tree);
    completion_scope_at(&tree, offset, &OneTable);
}

proptest! {
    #[test]
    fn soups_of_words_are_survived(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60),
        dialect in prop::sample::select(&Dialect::ALL),
        offset in 0_u32..300,
    ) {
        ask_everything(&pieces.join(" "), dialect, offset);
        ask_everything(&pieces.concat(), dialect, offset);
    }

    #[test]
    fn any_characters_are_survived(text in "\\PC{0,80}", dialect in prop::sample::select(&Dialect::ALL)) {
        ask_everything(&text, dialect, 3);
    }
}

#[test]
fn deep_nesting_and_long_chains_do_not_exhaust_the_stack() {
    const N: usize = 20_000;
    let texts = [
        format!("select {}1{}", "(".repeat(N), ")".repeat(N)),
        format!("select {}", "(".repeat(N)),
        format!("select {}1", "- ".repeat(N)),
        format!("select {}1", "not ".repeat(N)),
        format!("select 1{}", " + 1".repeat(N)),
        format!("select a{}", ".b".repeat(N)),
        format!("select a{}", "::int".repeat(N)),
        format!("select a{}", " is null".repeat(N)),
        format!("select a{}", "[1]".repeat(N)),
        format!("select 1{}", " union select 1".repeat(N)),
        format!("select {}1", "case when ".repeat(N)),
        format!("select {}1{}", "f(".repeat(N), ")".repeat(N)),
        format!("{}select 1{}", "select * from (".repeat(N), ")".repeat(N)),
        format!("select * from {}t", "(".repeat(N)),
        format!("select * from t{}", " join t".repeat(N)),
        format!("{}select 1", "with a as (".repeat(N)),
        format!("select x{}", " -> x".repeat(N)),
        format!("select {}1", "lambda x: ".repeat(N)),
        format!("select {}", "[".repeat(N)),
        format!("select {}", "{'a': ".repeat(N)),
        format!("select 1::{}", "struct(a ".repeat(N)),
        format!("select {}", "/*".repeat(N)),
        format!(
            "select * from t {}",
            "pivot (sum(a) for b in (1)) ".repeat(N)
        ),
        format!("select {}1", "interval ".repeat(N)),
        format!("select a{} = 1", " = 1".repeat(N)),
    ];
    for text in &texts {
        for dialect in [Dialect::DuckDb, Dialect::Snowflake] {
            let tree = parse(text, dialect);
            symbols(&tree, &OneTable);
            relations(&tree);
        }
    }
}
