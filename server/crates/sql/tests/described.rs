//! Output columns against DuckDB's own `describe`: all names in order, and no type that differs.

use std::collections::BTreeMap;
use std::sync::Arc;

use sql::{Catalog, CatalogColumn, Dialect, RelationName, Type, output_columns, parse, symbols};

/// A query and the names and types of its columns.
struct Described {
    query: &'static str,
    columns: Vec<(&'static str, &'static str)>,
}

fn described() -> Vec<Described> {
    let text = include_str!("../../../../testdata/sql/duckdb/described.txt");
    text.split("\n\n")
        .skip(1)
        .map(|block| {
            let mut lines = block.lines();
            Described {
                query: lines.next().unwrap_or(""),
                columns: lines.filter_map(|line| line.split_once('\t')).collect(),
            }
        })
        .collect()
}

struct Tables(BTreeMap<&'static str, Arc<[CatalogColumn]>>);

impl Catalog for Tables {
    fn columns(&self, relation: &RelationName) -> Option<Arc<[CatalogColumn]>> {
        self.0.get(relation.identifier()).cloned()
    }
}

fn tables(described: &[Described]) -> Tables {
    let tables = described.iter().filter_map(|it| {
        let name = it.query.strip_prefix("table ")?.strip_suffix(';')?;
        let columns = it.columns.iter().map(|(name, data_type)| CatalogColumn {
            name: Arc::from(*name),
            data_type: Type::parse(data_type),
        });
        Some((name, columns.collect()))
    });
    Tables(tables.collect())
}

#[test]
fn names_and_their_order_are_those_of_duckdb() {
    let described = described();
    let tables = tables(&described);
    let mut wrong = Vec::new();
    for it in &described {
        let columns = output_columns(&parse(it.query, Dialect::DuckDb), &tables);
        let ours: Vec<&str> = columns.columns.iter().map(|column| &*column.name).collect();
        let theirs: Vec<&str> = it.columns.iter().map(|(name, _)| *name).collect();
        if ours != theirs || !columns.complete {
            wrong.push(format!("{}\n  {ours:?}\n  {theirs:?}", it.query));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn types_are_those_of_duckdb_wherever_they_are_known() {
    let described = described();
    let tables = tables(&described);
    let (mut wrong, mut n_known, mut n_all) = (Vec::new(), 0, 0);
    for it in &described {
        let columns = output_columns(&parse(it.query, Dialect::DuckDb), &tables);
        for (column, (name, theirs)) in columns.columns.iter().zip(&it.columns) {
            n_all += 1;
            let Some(ours) = column.data_type.as_ref().map(ToString::to_string) else {
                continue;
            };
            n_known += 1;
            if ours != *theirs {
                wrong.push(format!("{}: {name} is {theirs}, not {ours}", it.query));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(
        n_known * 100 >= n_all * 95,
        "{n_known} of {n_all} types known"
    );
}

#[test]
fn names_that_duckdb_resolves_are_no_problem() {
    let described = described();
    let tables = tables(&described);
    for it in &described {
        let tree = parse(it.query, Dialect::DuckDb);
        assert_eq!(tree.errors, [], "{}", it.query);
        assert_eq!(symbols(&tree, &tables).problems, [], "{}", it.query);
    }
}
