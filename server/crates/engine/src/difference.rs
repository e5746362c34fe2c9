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
    /// Columns that have another type now: the name, the type of the relation and that of the query. They are compared as text.
    pub retyped_columns: Vec<(String, String, String)>,
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
    let columns: Vec<Shared<'_>> = made.iter().filter_map(|it| Shared::of(it, &had)).collect();
    if columns.is_empty() {
        return Err(compilation(format!(
            "the query has no column in common with `{relation}`: there is nothing to compare"
        )));
    }
    let sides = sides(&compiled.sql, relation, &columns);
    let counted = query.run(&format!("{sides}{COUNTS}"))?;
    let sql = format!("{sides}{}", rows_sql(columns.len(), limit));
    let found = query.run(&sql)?;
    let counts = counted.rows.first().map(Vec::as_slice).unwrap_or_default();
    let count = |nth: usize| match counts.get(nth) {
        Some(Cell::Int(count)) => u64::try_from(*count).unwrap_or_default(),
        _ => 0,
    };
    let without = |these: &[Column], others: &[Column]| {
        let lacking = these.iter().filter(|it| it.same_in(others).is_none());
        lacking.map(|it| it.name.clone()).collect()
    };
    let retyped = columns.iter().filter(|it| it.is_retyped());
    let retyped = retyped.map(|it| {
        let types = (it.before.data_type.clone(), it.after.data_type.clone());
        (it.after.name.clone(), types.0, types.1)
    });
    Ok(Difference {
        added_columns: without(&made, &had),
        removed_columns: without(&had, &made),
        retyped_columns: retyped.collect(),
        columns: columns.iter().map(|it| it.after.name.clone()).collect(),
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

    fn columns(&self, relation: &str) -> Result<Vec<Column>, Box<Failure>> {
        let found = self.run(&format!("select * from {relation} limit 0"))?;
        let types = found
            .types
            .into_iter()
            .chain(std::iter::repeat(String::new()));
        let columns = found.columns.into_iter().zip(types);
        Ok(columns
            .map(|(name, data_type)| Column { name, data_type })
            .collect())
    }
}

/// A column of one side.
struct Column {
    name: String,
    /// In the words of the database; empty where it does not say.
    data_type: String,
}

impl Column {
    fn same_in<'a>(&self, others: &'a [Self]) -> Option<&'a Self> {
        let mut others = others.iter();
        others.find(|it| it.name.eq_ignore_ascii_case(&self.name))
    }

    /// PostgreSQL cannot tell whether two values of these are equal.
    fn is_comparable(&self) -> bool {
        let name = self.data_type.to_lowercase();
        !matches!(
            name.as_str(),
            "json" | "xml" | "point" | "polygon" | "box" | "path" | "line"
        )
    }

    /// How it is compared: by the name that it has on its side (quoted, upper and lower case are told apart in PostgreSQL).
    fn compared(&self, as_text: bool) -> String {
        let name = format!("\"{}\"", self.name.replace('"', "\"\""));
        if as_text {
            format!("cast({name} as varchar) as {name}")
        } else {
            name
        }
    }
}

/// A column of both sides.
struct Shared<'a> {
    before: &'a Column,
    after: &'a Column,
}

impl<'a> Shared<'a> {
    fn of(after: &'a Column, had: &'a [Column]) -> Option<Self> {
        let before = after.same_in(had)?;
        Some(Self { before, after })
    }

    fn is_retyped(&self) -> bool {
        self.before.data_type != self.after.data_type
    }

    fn as_text(&self) -> bool {
        self.is_retyped() || !self.after.is_comparable()
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
fn sides(sql: &str, relation: &str, columns: &[Shared<'_>]) -> String {
    let list = |written: &dyn Fn(&Shared<'_>) -> String| {
        let written: Vec<String> = columns.iter().map(written).collect();
        written.join(", ")
    };
    let of_query = list(&|it| it.after.compared(it.as_text()));
    let of_relation = list(&|it| it.before.compared(it.as_text()));
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
        let column = |name: &str, data_type: &str| Column {
            name: name.to_owned(),
            data_type: data_type.to_owned(),
        };
        let made = [
            column("id", "int4"),
            column("a\"b", "text"),
            column("j", "json"),
        ];
        let had = [
            column("ID", "int4"),
            column("a\"b", "int4"),
            column("j", "json"),
        ];
        let columns: Vec<_> = made.iter().filter_map(|it| Shared::of(it, &had)).collect();
        let sql = sides(
            "select 1 as id -- one\n;\n",
            "\"db\".\"main\".\"orders\"",
            &columns,
        );
        expect![[r#"
            with dagsmith_query as (
            select 1 as id -- one

            ),
            dagsmith_after as (select "id", cast("a""b" as varchar) as "a""b", cast("j" as varchar) as "j" from dagsmith_query),
            dagsmith_before as (select "ID", cast("a""b" as varchar) as "a""b", cast("j" as varchar) as "j" from "db"."main"."orders"),
            dagsmith_added as (select * from dagsmith_after except all select * from dagsmith_before),
            dagsmith_removed as (select * from dagsmith_before except all select * from dagsmith_after)
            select 1 as dagsmith_added, dagsmith_added.* from dagsmith_added
            union all
            select 0 as dagsmith_added, dagsmith_removed.* from dagsmith_removed
            order by 2, 3, 1
            limit 10"#]].assert_eq(&(sql + &rows_sql(2, 10)));
    }
}
