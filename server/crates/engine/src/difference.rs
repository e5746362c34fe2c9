//! What a model's query would change: its rows against those of its relation, as both are now. Nothing is made.

use std::sync::Arc;

use project::node::{Language, Node, ResourceType};

use crate::{
    compile::{self, Compiled},
    live::{LiveHost, Scope, Session},
    outcome::Failure,
    show::{compilation, failed},
    warehouse::{Cell, Fetch, ResultSet},
};

/// How the rows of a query differ from those of the relation that it makes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Difference {
    /// The columns that both have, in the query's order: what is compared.
    pub columns: Vec<String>,
    /// Those of the query alone.
    pub added_columns: Vec<String>,
    /// Those of the relation alone.
    pub removed_columns: Vec<String>,
    /// How many rows the relation has.
    pub before: u64,
    /// How many rows the query gives.
    pub after: u64,
    /// How many rows the query gives that the relation does not have; a row that is there twice counts twice.
    pub added: u64,
    /// How many rows the relation has that the query does not give.
    pub removed: u64,
    /// Some of both, those that are alike beside each other.
    pub rows: Vec<ChangedRow>,
    /// What found them.
    pub sql: String,
}

/// A row of one side alone.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangedRow {
    /// Of the query; else of the relation.
    pub is_added: bool,
    /// In the order of the columns.
    pub cells: Vec<Cell>,
}

/// Compares what a model's query gives with what its relation has, and shows at most `limit` of the rows that differ.
pub fn difference(
    session: &Arc<Session>,
    node: &Arc<Node>,
    limit: usize,
) -> Result<Difference, Box<Failure>> {
    let relation = relation(node).map_err(compilation)?;
    let host = LiveHost::new(session, Scope::Node(Arc::clone(node)), "main");
    let compiled = compile::compile(&host, node)?;
    let query = Query {
        node,
        host: &host,
        compiled: &compiled,
    };
    let made = query.columns(&format!("(\n{}\n) as dagsmith_after", body(&compiled.sql)))?;
    let had = query
        .columns(relation)
        .map_err(|failure| not_there(*failure, relation))?;
    let both = |name: &&String| had.iter().any(|it| it.eq_ignore_ascii_case(name));
    let columns: Vec<String> = made.iter().filter(both).cloned().collect();
    if columns.is_empty() {
        return Err(compilation(format!(
            "the query has no column in common with `{relation}`: there is nothing to compare"
        )));
    }
    let sides = sides(&compiled.sql, relation, &columns, &had);
    let counted = query.run(&format!("{sides}{COUNTS}"))?;
    let sql = format!("{sides}{}", rows_sql(columns.len(), limit));
    let found = query.run(&sql)?;
    let counts = counted.rows.first().map(Vec::as_slice).unwrap_or_default();
    let count = |nth: usize| match counts.get(nth) {
        Some(Cell::Int(count)) => u64::try_from(*count).unwrap_or_default(),
        _ => 0,
    };
    let is_made = |name: &&String| made.iter().any(|it| it.eq_ignore_ascii_case(name));
    Ok(Difference {
        added_columns: made.iter().filter(|name| !both(name)).cloned().collect(),
        removed_columns: had.iter().filter(|name| !is_made(name)).cloned().collect(),
        columns,
        before: count(0),
        after: count(1),
        added: count(2),
        removed: count(3),
        rows: found.rows.into_iter().filter_map(changed_row).collect(),
        sql,
    })
}

/// The relation that a node's query makes, row by row.
fn relation(node: &Node) -> Result<&str, String> {
    let is_model = node.resource_type() == ResourceType::Model;
    if !is_model || node.language == Language::Python {
        return Err(format!(
            "`{}` is no model of SQL: there are no rows of its query to compare",
            node.name
        ));
    }
    if node.is_ephemeral() {
        return Err(format!(
            "`{}` is ephemeral: the warehouse has nothing to compare it with",
            node.name
        ));
    }
    let relation = node.relation_name.as_deref();
    relation.ok_or_else(|| format!("`{}` has no relation", node.name))
}

struct Query<'a> {
    node: &'a Arc<Node>,
    host: &'a Arc<LiveHost>,
    compiled: &'a Compiled,
}

impl Query<'_> {
    fn run(&self, sql: &str) -> Result<ResultSet, Box<Failure>> {
        let executed = self.host.connection().execute(sql, &[], Fetch::All, false);
        match executed {
            Ok((_, rows)) => Ok(rows),
            Err(error) => Err(failed(self.host, self.node, self.compiled, &error)),
        }
    }

    fn columns(&self, relation: &str) -> Result<Vec<String>, Box<Failure>> {
        let found = self.run(&format!("select * from {relation} limit 0"))?;
        Ok(found.columns)
    }
}

fn not_there(mut failure: Failure, relation: &str) -> Box<Failure> {
    failure.range = None;
    failure.message = format!(
        "`{relation}` cannot be read; run the model once to have something to compare with: {}",
        failure.message
    );
    Box::new(failure)
}

/// What can stand in brackets: a model may end with a semicolon.
fn body(sql: &str) -> &str {
    sql.trim_end().trim_end_matches(';')
}

/// Both sides, and what each has alone, as CTEs.
fn sides(sql: &str, relation: &str, columns: &[String], had: &[String]) -> String {
    let list = |names: &mut dyn Iterator<Item = &String>| {
        let quoted = names.map(|name| format!("\"{}\"", name.replace('"', "\"\"")));
        quoted.collect::<Vec<_>>().join(", ")
    };
    let of_query = list(&mut columns.iter());
    // Each side by the name that it has there: quoted, upper and lower case are told apart in PostgreSQL.
    let of_relation = list(&mut columns.iter().map(|name| {
        let same = had.iter().find(|it| it.eq_ignore_ascii_case(name));
        same.unwrap_or(name)
    }));
    format!(
        "with dagsmith_query as (\n{}\n),\n\
         dagsmith_after as (select {of_query} from dagsmith_query),\n\
         dagsmith_before as (select {of_relation} from {relation}),\n\
         dagsmith_added as (select * from dagsmith_after except all select * from dagsmith_before),\n\
         dagsmith_removed as (select * from dagsmith_before except all select * from dagsmith_after)\n",
        body(sql)
    )
}

const COUNTS: &str = "select\n\
    (select count(*) from dagsmith_before),\n\
    (select count(*) from dagsmith_after),\n\
    (select count(*) from dagsmith_added),\n\
    (select count(*) from dagsmith_removed)";

/// The rows of both, sorted by what they have, so that a row that changed stands below what it was.
fn rows_sql(n_columns: usize, limit: usize) -> String {
    let by: Vec<String> = (2..=n_columns + 1).map(|nth| nth.to_string()).collect();
    format!(
        "select 1 as dagsmith_added, dagsmith_added.* from dagsmith_added\n\
         union all\n\
         select 0 as dagsmith_added, dagsmith_removed.* from dagsmith_removed\n\
         order by {}, 1\nlimit {limit}",
        by.join(", ")
    )
}

fn changed_row(mut cells: Vec<Cell>) -> Option<ChangedRow> {
    if cells.is_empty() {
        return None;
    }
    let side = cells.remove(0);
    Some(ChangedRow {
        is_added: side == Cell::Int(1),
        cells,
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn the_query_stands_in_the_statement_as_it_is() {
        let names = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let sql = sides(
            "select 1 as id -- one\n;\n",
            "\"db\".\"main\".\"orders\"",
            &names(&["id", "a\"b"]),
            &names(&["ID", "a\"b", "gone"]),
        );
        expect![[r#"
            with dagsmith_query as (
            select 1 as id -- one

            ),
            dagsmith_after as (select "id", "a""b" from dagsmith_query),
            dagsmith_before as (select "ID", "a""b" from "db"."main"."orders"),
            dagsmith_added as (select * from dagsmith_after except all select * from dagsmith_before),
            dagsmith_removed as (select * from dagsmith_before except all select * from dagsmith_after)
            select 1 as dagsmith_added, dagsmith_added.* from dagsmith_added
            union all
            select 0 as dagsmith_added, dagsmith_removed.* from dagsmith_removed
            order by 2, 3, 1
            limit 10"#]].assert_eq(&(sql + &rows_sql(2, 10)));
    }
}
