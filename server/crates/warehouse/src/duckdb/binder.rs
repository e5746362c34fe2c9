//! What DuckDB says to a query without running it: its columns, or what is wrong with it and where.
//!
//! Each query gets a database of its own, in memory, with empty tables of the names and columns that it reads, which is gone
//! afterwards. It reaches no file and loads no extension, so that the user's data is neither opened nor read; what cannot be
//! told without is not told.

use std::{sync::mpsc, thread, time::Duration};

use ::duckdb::{Config, Connection, Error};
use serde_json::Value;

/// An empty table: the parts of its name, the outermost first, and its columns with their types.
#[derive(Debug, Clone, Default)]
pub struct EmptyTable {
    /// At most a database, a schema and a name.
    pub name: Vec<String>,
    /// Names and types.
    pub columns: Vec<(String, String)>,
}

/// What DuckDB said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// The names and types of the result's columns.
    Columns(Vec<(String, String)>),
    /// It rejects the query.
    Wrong {
        /// In its words, the first line.
        message: String,
        /// The byte of the query that it points at.
        at: u32,
    },
    /// It could not tell: it would have had to read a file, or to know a function that is not there.
    Unknown,
}

/// A query that is bound for longer is given up.
const TIME_LIMIT: Duration = Duration::from_secs(2);

const DESCRIBE: &str = "describe ";

/// Binds one `select`; whoever calls this has made sure that it is one.
pub fn bind(query: &str, tables: &[EmptyTable]) -> Bound {
    let Ok(session) = prepared(tables) else {
        return Bound::Unknown;
    };
    let handle = session.interrupt_handle();
    let (done, is_done) = mpsc::channel::<()>();
    let watch = move || {
        if is_done.recv_timeout(TIME_LIMIT) == Err(mpsc::RecvTimeoutError::Timeout) {
            handle.interrupt();
        }
    };
    let Ok(watcher) = thread::Builder::new()
        .name("binder-limit".to_owned())
        .spawn(watch)
    else {
        return Bound::Unknown;
    };
    let described = describe(&session, query);
    drop(done);
    // An interrupt of a session that is being closed crashes.
    let is_watched = watcher.join().is_ok();
    match described {
        Ok(columns) if is_watched => Bound::Columns(columns),
        Err(error) if is_watched => judged(&error),
        _ => Bound::Unknown,
    }
}

/// A database with the tables, closed to everything else.
fn prepared(tables: &[EmptyTable]) -> Result<Connection, Error> {
    let config = Config::default()
        .with("threads", "1")?
        .with("max_memory", "256MB")?
        .with("autoinstall_known_extensions", "false")?
        .with("autoload_known_extensions", "false")?
        .with("enable_external_access", "false")?;
    let session = Connection::open_in_memory_with_flags(config)?;
    for table in tables {
        session.execute_batch(&statements(table))?;
    }
    session.execute_batch("set errors_as_json = true; set lock_configuration = true;")?;
    Ok(session)
}

/// What makes a table. Types are written by us, in DuckDB's words.
fn statements(table: &EmptyTable) -> String {
    let names: Vec<String> = table.name.iter().map(|it| quoted(it)).collect();
    let mut out = Vec::new();
    if let [database, _, _] = &*names {
        out.push(format!("attach if not exists ':memory:' as {database};"));
    }
    if let [schema @ .., _] = &*names
        && !schema.is_empty()
    {
        out.push(format!("create schema if not exists {};", schema.join(".")));
    }
    let columns = table
        .columns
        .iter()
        .map(|(name, data_type)| format!("{} {data_type}", quoted(name)));
    let columns: Vec<String> = columns.collect();
    let columns = columns.join(", ");
    out.push(format!("create table {} ({columns});", names.join(".")));
    out.join(" ")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn describe(session: &Connection, query: &str) -> Result<Vec<(String, String)>, Error> {
    let mut statement = session.prepare(&format!("{DESCRIBE}{query}"))?;
    let mut rows = statement.query([])?;
    let mut columns = Vec::new();
    while let Some(row) = rows.next()? {
        columns.push((row.get(0)?, row.get(1)?));
    }
    Ok(columns)
}

/// Only what is wrong whatever functions, files and extensions there are.
fn judged(error: &Error) -> Bound {
    let text = error.to_string();
    let told = text.find('{').and_then(|at| text.get(at..));
    let told: Option<Value> = told.and_then(|json| serde_json::from_str(json).ok());
    let field = |key: &str| told.as_ref()?.get(key)?.as_str();
    let (Some("Binder" | "Parser"), Some(message)) =
        (field("exception_type"), field("exception_message"))
    else {
        return Bound::Unknown;
    };
    let at = field("position").and_then(|at| at.parse::<u32>().ok());
    let Some(at) = at.and_then(|at| at.checked_sub(DESCRIBE.len() as u32)) else {
        return Bound::Unknown;
    };
    let first_line = message.lines().next().unwrap_or_default();
    if is_left_to_extensions(first_line) {
        return Bound::Unknown;
    }
    Bound::Wrong {
        message: first_line.to_owned(),
        at,
    }
}

/// Whether another DuckDB may say otherwise: the extension `icu`, which is everywhere but here, knows time zones and the order
/// of languages; others bring types, and functions for them.
fn is_left_to_extensions(message: &str) -> bool {
    const WORDS: [&str; 8] = [
        "time zone",
        "timestamptz",
        "extension",
        "collat",
        "geometry",
        "json",
        "inet",
        "ambiguous reference to catalog",
    ];
    let message = message.to_ascii_lowercase();
    WORDS.iter().any(|word| message.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders() -> EmptyTable {
        let column = |name: &str, data_type: &str| (name.to_owned(), data_type.to_owned());
        EmptyTable {
            name: ["shop", "ma\"in", "orders"].map(str::to_owned).to_vec(),
            columns: vec![
                column("id", "INTEGER"),
                column("at", "TIMESTAMP"),
                column("price", "DECIMAL(10,2)"),
                column("kind", "VARCHAR"),
            ],
        }
    }

    fn told(query: &str) -> String {
        let query = query.replace("orders", "\"shop\".\"ma\"\"in\".\"orders\"");
        match bind(&query, &[orders()]) {
            Bound::Columns(columns) => {
                let columns = columns.iter().map(|(name, it)| format!("{name} {it}"));
                columns.collect::<Vec<_>>().join(", ")
            }
            Bound::Wrong { message, at } => {
                let rest = query.get(at as usize..).unwrap_or("?");
                let word = rest.split([' ', '(', ',']).next().unwrap_or_default();
                format!("`{word}`: {message}")
            }
            Bound::Unknown => "unknown".to_owned(),
        }
    }

    #[test]
    fn columns_have_duckdb_types() {
        expect_test::expect![[r#"
            id INTEGER, at TIMESTAMP, price DECIMAL(10,2), kind VARCHAR
            total DECIMAL(38,2), n BIGINT
            one INTEGER"#]]
        .assert_eq(
            &[
                "select * from orders",
                "select sum(price) as total, count(*) as n from orders",
                "with a as (select 1 as one) select one from a",
            ]
            .map(told)
            .join("\n"),
        );
    }

    #[test]
    fn mistakes_have_their_place() {
        expect_test::expect![[r#"
            `nope`: Referenced column "nope" not found in FROM clause!
            `id`: column "id" must appear in the GROUP BY clause or must be part of an aggregate function.
            `sum`: No function matches the given name and argument types 'sum(VARCHAR)'. You might need to add explicit type casts.
            `count`: WHERE clause cannot contain aggregates!"#]]
        .assert_eq(
            &[
                "select 'é', nope from orders",
                "select id, count(*) from orders",
                "select sum(kind) from orders",
                "select id from orders where count(*) > 1",
            ]
            .map(told)
            .join("\n"),
        );
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test of files on the disk")]
    fn what_needs_the_world_is_not_told() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("data.csv");
        std::fs::write(&file, "id\n1\n").unwrap();
        let file = file.display();
        for query in [
            format!("select id from read_csv('{file}')"),
            format!("select id from '{file}'"),
            "select my_macro(id) from orders".to_owned(),
            "select now() + 1".to_owned(),
            "select * from elsewhere".to_owned(),
            "select cast(id as my_type) from orders".to_owned(),
        ] {
            assert_eq!(told(&query), "unknown", "{query}");
        }
    }

    #[test]
    fn a_table_that_cannot_be_made_tells_nothing() {
        let mut table = orders();
        table.columns.push(("x".to_owned(), "NO_TYPE".to_owned()));
        assert_eq!(bind("select 1", &[table]), Bound::Unknown);
    }
}
