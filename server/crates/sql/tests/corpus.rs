//! The corpora under `testdata/sql`: what a warehouse accepts is no error here, what DuckDB refuses is one, at the place
//! DuckDB names, and every token has its place.

use sql::{Dialect, EmptyCatalog, SqlTree, parse, symbols};

const DUCKDB: &[&str] = &[
    include_str!("../../../../testdata/sql/duckdb/select.sql"),
    include_str!("../../../../testdata/sql/duckdb/from.sql"),
    include_str!("../../../../testdata/sql/duckdb/expressions.sql"),
    include_str!("../../../../testdata/sql/duckdb/statements.sql"),
];

const OTHERS: &[(Dialect, &str)] = &[
    (
        Dialect::Postgres,
        include_str!("../../../../testdata/sql/postgres/accepted.sql"),
    ),
    (
        Dialect::Snowflake,
        include_str!("../../../../testdata/sql/snowflake/accepted.sql"),
    ),
    (
        Dialect::BigQuery,
        include_str!("../../../../testdata/sql/bigquery/accepted.sql"),
    ),
    (
        Dialect::Databricks,
        include_str!("../../../../testdata/sql/databricks/accepted.sql"),
    ),
    (
        Dialect::Redshift,
        include_str!("../../../../testdata/sql/redshift/accepted.sql"),
    ),
    (
        Dialect::Trino,
        include_str!("../../../../testdata/sql/trino/accepted.sql"),
    ),
];

/// Statements of a corpus: each ends with a semicolon at the end of a line.
fn statements(corpus: &str) -> Vec<&str> {
    corpus
        .split_inclusive(";\n")
        .filter(|it| !it.trim().is_empty())
        .collect()
}

fn first_error(tree: &SqlTree) -> Option<String> {
    let error = tree.errors.first()?;
    Some(format!(
        "{}\n  {} at {:?}",
        tree.text().trim(),
        error.message,
        error.range.of(tree.text())
    ))
}

fn refused(dialect: Dialect, corpus: &str) -> Vec<String> {
    statements(corpus)
        .into_iter()
        .filter_map(|statement| first_error(&parse(statement, dialect)))
        .collect()
}

#[test]
fn nothing_that_duckdb_accepts_is_an_error() {
    for corpus in DUCKDB {
        assert_eq!(refused(Dialect::DuckDb, corpus), Vec::<String>::new());
    }
}

#[test]
fn nothing_that_another_dialect_accepts_is_an_error() {
    for (dialect, corpus) in OTHERS {
        assert_eq!(
            refused(*dialect, corpus),
            Vec::<String>::new(),
            "{dialect:?}"
        );
    }
}

#[test]
fn what_duckdb_refuses_is_an_error_near_the_place_it_names() {
    let corpus = include_str!("../../../../testdata/sql/duckdb/rejected.sql");
    let lines: Vec<&str> = corpus.lines().collect();
    let mut wrong = Vec::new();
    for (idx, statement) in lines.iter().enumerate() {
        if statement.starts_with("--") || statement.trim().is_empty() {
            continue;
        }
        let tree = parse(statement, Dialect::DuckDb);
        let Some(error) = tree.errors.first() else {
            wrong.push(format!("accepted: {statement}"));
            continue;
        };
        let caret = lines
            .get(idx + 1)
            .filter(|line| line.starts_with("--"))
            .and_then(|line| line.find('^'));
        let Some(caret) = caret else { continue };
        let ours = error.range.start as usize;
        let between = statement
            .get(ours.min(caret)..ours.max(caret))
            .unwrap_or("");
        if between.split_whitespace().count() > 3 {
            wrong.push(format!(
                "{statement}\n  ours at {ours}, DuckDB's at {caret}"
            ));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn tokens_cover_every_text_without_gap_or_overlap() {
    let corpora = DUCKDB
        .iter()
        .map(|corpus| (Dialect::DuckDb, *corpus))
        .chain(OTHERS.iter().copied());
    for (dialect, corpus) in corpora {
        let mut end = 0;
        for token in parse(corpus, dialect).tokens {
            assert_eq!(token.range.start, end);
            assert!(token.range.end > token.range.start);
            end = token.range.end;
        }
        assert_eq!(end as usize, corpus.len());
    }
}

#[test]
fn no_text_cut_anywhere_upsets_anyone() {
    for corpus in DUCKDB {
        for statement in statements(corpus) {
            for (at, _) in statement.char_indices() {
                let tree = parse(&statement[..at], Dialect::DuckDb);
                let _ = symbols(&tree, &EmptyCatalog);
            }
        }
    }
}
