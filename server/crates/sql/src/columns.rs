//! The columns a statement yields: names in order, types where they can be told, and where each value comes from.
//!
//! `Columns` is small and independent of the tree it was computed from, so that a project keeps the columns of ten
//! thousand models and the trees of none.

use std::sync::Arc;

use base::RenderedRange;

use crate::bind::{Shape, bind, settled};
use crate::catalog::{Catalog, CatalogColumn, RelationName};
use crate::tree::SqlTree;
use crate::types::Type;

/// How a value travels from a column outside the statement into an output column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OriginKind {
    /// Unchanged, at most renamed.
    Direct,
    /// Computed from it, row by row.
    Transformed,
    /// Through an aggregate or a window.
    Aggregated,
}

impl OriginKind {
    /// As data names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Transformed => "transformed",
            Self::Aggregated => "aggregated",
        }
    }
}

/// A column outside the statement that an output column depends on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The relation as the text names it.
    pub relation: RelationName,
    /// The column of it.
    pub column: Arc<str>,
    /// How.
    pub kind: OriginKind,
}

/// How much a fact can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Follows from the text and the known columns of what it reads.
    Certain,
    /// Rests on a guess, such as an unqualified name with one relation of unknown columns in scope.
    Likely,
    /// The name stands in the text; where the value comes from cannot be told.
    Unknown,
}

impl Confidence {
    /// As data names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Unknown => "unknown",
        }
    }
}

/// A column that the statement yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputColumn {
    /// Its name, as the warehouse would report it.
    pub name: Arc<str>,
    /// The alias or expression that makes it; for a column out of `*`, the star.
    pub range: RenderedRange,
    /// Its type, where it can be told.
    pub data_type: Option<Type>,
    /// Where its values come from; sorted, without duplicates.
    pub origins: Vec<Origin>,
    /// How sure the origins and the type are.
    pub confidence: Confidence,
}

/// What a statement yields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Columns {
    /// In output order.
    pub columns: Vec<OutputColumn>,
    /// False when there may be more: a `*` of a relation with unknown columns, a table function, broken text.
    pub complete: bool,
    /// Columns that decide which rows there are (filters, join conditions, grouping) wherever they stand in the
    /// statement; sorted, without duplicates.
    pub row_origins: Vec<Origin>,
}

impl Columns {
    /// What downstream statements see: names and types without places, or `None` when not all are known. Equal before
    /// and after an edit that changes neither, which is what keeps an edit from spreading.
    ///
    /// A table cannot have two columns of one name: the second `id` is `id_1`, as DuckDB calls it; other warehouses refuse.
    pub fn to_catalog(&self) -> Option<Arc<[CatalogColumn]>> {
        if !self.complete {
            return None;
        }
        let mut columns: Vec<CatalogColumn> = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            columns.push(CatalogColumn {
                name: free_name(&column.name, &columns),
                data_type: column.data_type.clone(),
            });
        }
        Some(Arc::from(columns))
    }
}

fn free_name(name: &Arc<str>, taken: &[CatalogColumn]) -> Arc<str> {
    let is_taken = |name: &str| {
        taken
            .iter()
            .any(|column| column.name.eq_ignore_ascii_case(name))
    };
    if !is_taken(name) {
        return name.clone();
    }
    // One more candidate than there are columns: one of them is free.
    (1..=taken.len() + 1)
        .map(|n| format!("{name}_{n}"))
        .find(|name| !is_taken(name))
        .map_or_else(|| name.clone(), Arc::from)
}

/// The columns of the last query in `tree`: the text of a model is one query.
pub fn output_columns(tree: &SqlTree, catalog: &dyn Catalog) -> Columns {
    let bound = bind(tree, catalog, None, None);
    of_shape(&bound.shape, bound.row_origins)
}

pub(crate) fn of_shape(shape: &Shape, row_origins: Vec<Origin>) -> Columns {
    let columns = shape
        .columns
        .iter()
        .map(|column| OutputColumn {
            name: column.name.clone(),
            range: column.range,
            data_type: column.data_type.clone().map(settled),
            origins: column.origins.to_vec(),
            confidence: column.confidence,
        })
        .collect();
    Columns {
        columns,
        complete: shape.is_complete,
        row_origins,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::output_columns;
    use crate::test_catalog::shop;
    use crate::{Dialect, parse};

    /// One line a column: name, type, origins; `~` marks what is not certain, `…` that there may be more.
    fn check_in(dialect: Dialect, text: &str, expected: &Expect) {
        let columns = output_columns(&parse(text, dialect), &shop());
        let mut lines: Vec<String> = columns
            .columns
            .iter()
            .map(|column| {
                let data_type = column
                    .data_type
                    .as_ref()
                    .map_or("?".to_owned(), ToString::to_string);
                let origins: Vec<String> = column
                    .origins
                    .iter()
                    .map(|origin| {
                        let kind = format!("{:?}", origin.kind).to_lowercase();
                        format!(" <- {}.{} {kind}", origin.relation, origin.column)
                    })
                    .collect();
                let doubt = if column.confidence == super::Confidence::Certain {
                    ""
                } else {
                    " ~"
                };
                format!("{} {data_type}{}{doubt}", column.name, origins.concat())
            })
            .collect();
        if !columns.complete {
            lines.push("…".to_owned());
        }
        expected.assert_eq(&lines.join("\n"));
    }

    fn check(text: &str, expected: &Expect) {
        check_in(Dialect::DuckDb, text, expected);
    }

    #[test]
    fn values_are_followed_through_ctes() {
        check(
            "with o as (select id, amount * 2 as twice, customer_id from orders),
             f as (select c.name, sum(o.twice) as total from customers c join o on o.customer_id = c.id group by 1)
             select f.*, upper(name) as loud from f",
            &expect![[r#"
                name VARCHAR <- customers.name direct
                total DECIMAL(38,2) <- orders.amount aggregated
                loud VARCHAR <- customers.name transformed"#]],
        );
    }

    #[test]
    fn using_merges_columns() {
        check(
            "select * from orders join customers using (id)",
            &expect![[r#"
                id INTEGER <- orders.id direct
                customer_id INTEGER <- orders.customer_id direct
                amount DECIMAL(10,2) <- orders.amount direct
                status VARCHAR <- orders.status direct
                name VARCHAR <- customers.name direct"#]],
        );
        check(
            "select * from customers full join orders using (id)",
            &expect![[r#"
                id INTEGER <- customers.id transformed <- orders.id transformed
                name VARCHAR <- customers.name direct
                customer_id INTEGER <- orders.customer_id direct
                amount DECIMAL(10,2) <- orders.amount direct
                status VARCHAR <- orders.status direct"#]],
        );
    }

    #[test]
    fn stars_take_modifiers() {
        check(
            "select * exclude (status) replace (amount::double as amount) rename (id as order_id) from orders",
            &expect![[r#"
                order_id INTEGER <- orders.id direct
                customer_id INTEGER <- orders.customer_id direct
                amount DOUBLE <- orders.amount transformed"#]],
        );
    }

    #[test]
    fn unions_join_types_and_origins() {
        check(
            "select id as k from orders union all select name from customers",
            &expect!["k VARCHAR <- customers.name direct <- orders.id direct"],
        );
        check(
            "select 1 as a union all by name select 2.5 as b",
            &expect![[r#"
                a INTEGER
                b DECIMAL(2,1)"#]],
        );
    }

    #[test]
    fn recursion_takes_its_columns_from_the_anchor() {
        check(
            "with recursive r(n) as (select 1 union all select n + 1 from r where n < 9) select *, n * 2 as m from r",
            &expect![[r#"
                n INTEGER
                m INTEGER"#]],
        );
    }

    #[test]
    fn structs_and_lists_are_taken_apart() {
        check(
            "select payload.kind, payload.tags[1] as tag, unnest(payload.tags) as one from events",
            &expect![[r#"
                kind VARCHAR <- events.payload transformed
                tag VARCHAR <- events.payload transformed
                one VARCHAR <- events.payload transformed"#]],
        );
        check(
            "select payload.* from events",
            &expect![[r#"
            kind VARCHAR <- events.payload transformed
            tags VARCHAR[] <- events.payload transformed"#]],
        );
        check(
            "select e.id, x.t from events e, unnest(e.payload.tags) as x(t)",
            &expect![[r#"
                id BIGINT <- events.id direct
                t VARCHAR <- events.payload transformed"#]],
        );
    }

    #[test]
    fn an_unknown_relation_leaves_the_answer_open() {
        check(
            "select *, o.id from orders o join mystery m on true",
            &expect![[r#"
                id INTEGER <- orders.id direct
                customer_id INTEGER <- orders.customer_id direct
                amount DECIMAL(10,2) <- orders.amount direct
                status VARCHAR <- orders.status direct
                id INTEGER <- orders.id direct
                …"#]],
        );
        check(
            "select m.a, b from mystery m",
            &expect![[r#"
            a ? <- mystery.a direct
            b ? <- mystery.b direct ~"#]],
        );
    }

    #[test]
    fn broken_parts_cost_only_themselves() {
        check(
            "with a as (select id, from where), b as (select name from customers) select a.id, b.name from a, b",
            &expect![[r#"
                id ? ~
                name VARCHAR <- customers.name direct"#]],
        );
        check(
            "select id, amount + , status from orders where",
            &expect![[r#"
                id INTEGER <- orders.id direct
                (amount + ) ? <- orders.amount transformed
                status VARCHAR <- orders.status direct"#]],
        );
    }

    #[test]
    fn expressions_name_themselves_as_the_warehouse_would() {
        let text = "select count(*), sum(amount), id + 1, amount::int, case when true then 1 end from orders group by all";
        check(
            text,
            &expect![[r#"
            count_star() BIGINT
            sum(amount) DECIMAL(38,2) <- orders.amount aggregated
            (id + 1) INTEGER <- orders.id transformed
            CAST(amount AS INTEGER) INTEGER <- orders.amount transformed
            CASE  WHEN (CAST('t' AS BOOLEAN)) THEN (1) ELSE NULL END INTEGER"#]],
        );
        check_in(
            Dialect::Postgres,
            text,
            &expect![[r#"
            count BIGINT
            sum ? <- orders.amount aggregated
            ?column? INTEGER <- orders.id transformed
            amount INTEGER <- orders.amount transformed
            case INTEGER"#]],
        );
    }

    #[test]
    fn a_subquery_tells_columns_of_one_name_apart() {
        check(
            "select * from (select id, id from orders)",
            &expect![[r#"
            id INTEGER <- orders.id direct
            id_1 INTEGER <- orders.id direct"#]],
        );
    }

    #[test]
    fn from_first_and_values_need_no_list() {
        check(
            "from customers",
            &expect![[r#"
            id INTEGER <- customers.id direct
            name VARCHAR <- customers.name direct"#]],
        );
        check(
            "from (values (1, 'a'), (2.5, 'b')) as v(x, y) select y, x",
            &expect![[r#"
                y VARCHAR
                x DECIMAL(11,1)"#]],
        );
    }

    #[test]
    fn filters_and_joins_are_origins_of_rows() {
        let text = "select o.id from orders o join customers c on c.id = o.customer_id where o.status = 'paid'";
        let columns = output_columns(&parse(text, Dialect::DuckDb), &shop());
        let rows: Vec<String> = columns
            .row_origins
            .iter()
            .map(|origin| format!("{}.{}", origin.relation, origin.column))
            .collect();
        assert_eq!(
            rows,
            ["customers.id", "orders.customer_id", "orders.status"]
        );
    }

    #[test]
    fn a_table_tells_columns_of_one_name_apart() {
        let text = "select id, amount, ID, id from orders";
        let columns = output_columns(&parse(text, Dialect::DuckDb), &shop()).to_catalog();
        let names: Vec<_> = columns
            .iter()
            .flat_map(|columns| columns.iter())
            .map(|it| &*it.name)
            .collect();
        assert_eq!(names, ["id", "amount", "id_1", "id_2"]);
    }

    #[test]
    fn numbers_beyond_all_types_are_survived() {
        check(
            &format!(
                "select 1::decimal(255, 255) + 1::decimal(255, 255) as a, 0.{} as b, {} as c",
                "1".repeat(300),
                "9".repeat(300)
            ),
            &expect![[r#"
                a ?
                b DOUBLE
                c DOUBLE"#]],
        );
    }
}
