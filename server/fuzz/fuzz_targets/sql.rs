//! A statement in some dialect: tokens that cover it, a tree, columns, and a cursor in it.
#![no_main]

use std::sync::Arc;

use dagsmith_fuzz::assert_fits;
use libfuzzer_sys::fuzz_target;
use sql::{
    Catalog, CatalogColumn, Dialect, RelationName, completion_scope_at, output_columns, parse,
    relations, symbols,
};

struct OneTable;

impl Catalog for OneTable {
    fn columns(&self, relation: &RelationName) -> Option<Arc<[CatalogColumn]>> {
        let columns = [CatalogColumn::untyped("a"), CatalogColumn::untyped("b")];
        (relation.identifier() == "t").then(|| Arc::from(columns))
    }
}

fuzz_target!(|input: (u8, &str)| {
    let (choice, text) = input;
    let tree = parse(text, Dialect::ALL[usize::from(choice) % Dialect::ALL.len()]);
    let mut end = 0;
    for token in &tree.tokens {
        assert_eq!(token.range.start, end);
        end = token.range.end;
    }
    assert_eq!(end as usize, text.len());
    for error in &tree.errors {
        assert_fits(error.range.start, error.range.end, text);
    }
    let columns = output_columns(&tree, &OneTable);
    assert_eq!(symbols(&tree, &OneTable).columns, columns);
    relations(&tree);
    for at in [0, text.len() / 2, text.len()] {
        completion_scope_at(&tree, at as u32, &OneTable);
    }
});
