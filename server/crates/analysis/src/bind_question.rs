//! What a warehouse's own binder can be asked about a node: its SQL, and the columns of all that it reads.
//!
//! Asked only where the answer holds for the warehouse itself: the SQL is that of a first run, one query, and every column of
//! what it reads is known with its type. Nobody is asked here; whoever has a binder asks it when there is time.

use std::{collections::BTreeMap, sync::Arc};

use project::files::FileKind;
use salsa::Database;
use serde_json::Value;
use sql::{Catalog, Dialect, RelationName, TokenKind, relations, tokenize};

use crate::{
    columns::sql_tree,
    input::{Project, SourceFile},
    nodes::nodes_of,
    project_config::root_file,
    rendered::rendered,
    target::target,
    whole_columns::{WholeCatalog, is_of_first_run},
};

/// A query to be bound, not run. Equal questions have equal answers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BindQuestion {
    /// One query.
    pub sql: Arc<str>,
    /// All that it reads, by name.
    pub tables: Vec<BindTable>,
}

/// A table that a query reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BindTable {
    /// Its name, the outermost part first.
    pub name: Vec<Arc<str>>,
    /// Names and types, in order.
    pub columns: Vec<(Arc<str>, String)>,
}

/// Longer SQL is generated, and nobody waits for what a binder says of it.
const MAX_SQL_LEN: usize = 1 << 18;

/// The question of one node; `None` where the answer would prove nothing.
pub fn bind_question(db: &dyn Database, file: SourceFile, slot: u32) -> Option<BindQuestion> {
    let project = file.project(db)?;
    let is_query = matches!(
        file.kind(db)?,
        FileKind::Model | FileKind::Analysis | FileKind::SingularTest | FileKind::Snapshot
    );
    if !is_query || file.path(db).ends_with(".py") || !is_plain_duckdb(db, project) {
        return None;
    }
    let node = nodes_of(db, file).get(slot as usize)?;
    // What runs before may set and create what the query needs.
    if !node.config.enabled() || !node.config.pre_hooks().is_empty() {
        return None;
    }
    let part = rendered(db, file).get(slot as usize)?;
    let is_sure = part.error.is_none() && is_of_first_run(part) && part.sql.len() <= MAX_SQL_LEN;
    if !is_sure || !is_one_query(&part.sql) {
        return None;
    }
    let tree = sql_tree(db, file, slot).filter(|tree| tree.errors.is_empty())?;
    let catalog = WholeCatalog::new(db, file);
    let mut tables = BTreeMap::new();
    for table in relations(&tree).into_iter().filter(|it| it.cte.is_none()) {
        tables.insert(table.name.parts().to_vec(), typed(&catalog, &table.name)?);
    }
    let tables = tables.into_iter();
    Some(BindQuestion {
        sql: Arc::clone(&part.sql),
        tables: tables
            .map(|(name, columns)| BindTable { name, columns })
            .collect(),
    })
}

/// All columns of a relation; `None` unless all are known with their types.
fn typed(catalog: &WholeCatalog<'_>, name: &RelationName) -> Option<Vec<(Arc<str>, String)>> {
    let columns = catalog.columns(name)?;
    let typed = |column: &sql::CatalogColumn| {
        let data_type = column.data_type.as_ref()?;
        let is_known = !matches!(data_type, sql::Type::Null | sql::Type::Other(_));
        is_known.then(|| (Arc::clone(&column.name), data_type.to_string()))
    };
    columns.iter().map(typed).collect()
}

/// Extensions that bring no functions of which an empty DuckDB would say that they do not match.
const HARMLESS_EXTENSIONS: [&str; 4] = ["httpfs", "parquet", "aws", "azure"];

/// What makes a target's DuckDB bind in another way than a new one.
const CHANGES: [&str; 6] = [
    "settings",
    "config_options",
    "plugins",
    "module_paths",
    "remote",
    "is_ducklake",
];

/// Whether a new DuckDB binds as the target's does: nobody changes its settings, adds functions, or has queries run elsewhere.
fn is_plain_duckdb(db: &dyn Database, project: Project) -> bool {
    let Ok(profile) = target(db, project).as_ref() else {
        return false;
    };
    let is_set = |key: &str| {
        let value = profile.credentials.get(key);
        value.is_some_and(|it| match it {
            Value::Null | Value::Bool(false) => false,
            Value::Array(list) => !list.is_empty(),
            Value::Object(map) => !map.is_empty(),
            Value::String(text) => !text.is_empty(),
            Value::Bool(true) | Value::Number(_) => true,
        })
    };
    let is_elsewhere = profile
        .credentials
        .get("path")
        .and_then(Value::as_str)
        .is_some_and(|path| path.starts_with("md:") || path.starts_with("motherduck:"));
    let extensions = profile.credentials.get("extensions");
    let extensions = extensions.and_then(Value::as_array);
    let are_harmless = extensions.is_none_or(|all| {
        all.iter().all(|it| {
            it.as_str()
                .is_some_and(|name| HARMLESS_EXTENSIONS.contains(&name))
        })
    });
    &*profile.adapter_type == "duckdb"
        && !is_elsewhere
        && are_harmless
        && !CHANGES.iter().any(|key| is_set(key))
        && root_file(db, project).0.on_run_start.is_empty()
}

/// Whether a text is one `select`, with nothing that depends on the session or that reads data to be bound.
fn is_one_query(sql: &str) -> bool {
    const SESSIONS: [&str; 6] = [
        "getvariable",
        "pivot",
        "pivot_wider",
        "current_setting",
        "query",
        "query_table",
    ];
    let tokens = tokenize(sql, Dialect::DuckDb);
    let mut words = tokens.iter().filter(|it| !it.is_trivia());
    let text = |token: &sql::Token| token.range.of(sql);
    let is_query = words.next().is_some_and(|first| {
        let first = text(first);
        first.eq_ignore_ascii_case("select") || first.eq_ignore_ascii_case("with")
    });
    is_query
        && words.all(|token| match token.kind {
            TokenKind::Semicolon | TokenKind::Parameter => false,
            TokenKind::Word => {
                let word = text(token);
                !SESSIONS.iter().any(|it| it.eq_ignore_ascii_case(word))
            }
            _ => true,
        })
}

#[cfg(test)]
mod tests {
    use super::is_one_query;

    #[test]
    fn only_one_select_is_asked_about() {
        assert!(is_one_query("-- first\nselect 1"));
        assert!(is_one_query("with a as (select 1) select * from a"));
        assert!(!is_one_query("select 1; drop table x"));
        assert!(!is_one_query("create table x as select 1"));
        assert!(!is_one_query("from x"));
        assert!(!is_one_query("select getvariable('x')"));
        assert!(!is_one_query(""));
    }
}
