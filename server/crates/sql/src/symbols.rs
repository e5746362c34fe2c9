//! `Symbols`: what the names in a statement define and what they refer to, for definition, references, rename and
//! hover; and what is wrong with them.

use std::sync::Arc;

use base::RenderedRange;

use crate::bind::{Recorder, bind};
use crate::catalog::{Catalog, RelationName};
use crate::columns::{Columns, of_shape};
use crate::tree::SqlTree;
use crate::types::Type;

/// A symbol by number, within one `Symbols`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SymbolId(pub u32);

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SymbolKind {
    /// `with NAME as (…)`.
    Cte,
    /// `from x as NAME`.
    TableAlias {
        /// The relation outside the statement it stands for, if it is one.
        relation: Option<RelationName>,
    },
    /// A relation outside the statement: `from NAME`.
    Relation(RelationName),
    /// A column that the statement makes: an alias, or an expression's own name.
    Column {
        /// Its type, where it can be told.
        data_type: Option<Type>,
    },
    /// A column of a relation outside the statement.
    ExternalColumn {
        /// The relation as the text names it.
        relation: RelationName,
        /// Its type, where somebody knows it.
        data_type: Option<Type>,
    },
    /// `window NAME as (…)`.
    Window,
    /// A parameter of a lambda or the variable of a list comprehension.
    Lambda,
}

/// Something that has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// The name, unquoted.
    pub name: Arc<str>,
    /// What it is.
    pub kind: SymbolKind,
    /// Where the text defines it; `None` for what lives outside the statement.
    pub definition: Option<RenderedRange>,
    /// The whole definition: a CTE with its body, a select item with its expression.
    pub extent: Option<RenderedRange>,
}

/// A use of a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// The name in the text, with its quotes.
    pub range: RenderedRange,
    /// What it refers to.
    pub symbol: SymbolId,
}

/// What is wrong with a name. None is reported where an unknown relation makes the answer uncertain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// No relation in scope has the column.
    UnknownColumn {
        /// The name as written.
        name: Arc<str>,
        /// Names that would work here; of many unknown names only the first have some.
        candidates: Vec<Arc<str>>,
    },
    /// More than one relation in scope has it.
    AmbiguousColumn {
        /// The name as written.
        name: Arc<str>,
        /// The relations that have it.
        relations: Vec<Arc<str>>,
    },
    /// `x.y`, and nothing in scope is called `x`.
    UnknownQualifier {
        /// The name as written.
        name: Arc<str>,
        /// Names that would work here; of many unknown names only the first have some.
        candidates: Vec<Arc<str>>,
    },
    /// Two sides of a set operation differ in width.
    SetOperationWidth {
        /// Columns on the left.
        left: u32,
        /// Columns on the right.
        right: u32,
    },
    /// A CTE that nothing reads.
    UnusedCte {
        /// Its name.
        name: Arc<str>,
    },
    /// Two CTEs of one `with` have the same name.
    DuplicateCte {
        /// The name.
        name: Arc<str>,
    },
}

/// A name that does not mean anything, or too much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub range: RenderedRange,
    /// What.
    pub kind: ProblemKind,
}

/// A column that a star stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StarColumn {
    /// The name of the relation it is of; `None` where it must stand alone: merged by `using`, or of what has no name.
    pub qualifier: Option<Arc<str>>,
    /// Its name.
    pub name: Arc<str>,
}

/// A star in a select list, and all that it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Star {
    /// With its qualifier and what is excluded.
    pub range: RenderedRange,
    /// In order; only stars whose columns are all known, and unchanged, are listed.
    pub columns: Vec<StarColumn>,
    /// `o.*` rather than `*`.
    pub is_qualified: bool,
    /// How many relations are in scope.
    pub n_relations: u32,
}

/// A column named without its relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unqualified {
    /// The name in the text.
    pub range: RenderedRange,
    /// The relation in scope that has it.
    pub relation: Arc<str>,
}

/// A column of a later branch of a `union`, `except` or `intersect`, which is taken by its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Positional {
    /// What makes it.
    pub range: RenderedRange,
    /// The name that the first branch gives to this place; another than its own.
    pub name: Arc<str>,
}

/// Everything names mean in one text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Symbols {
    /// What there is; `SymbolId` is an index into it.
    pub symbols: Vec<Symbol>,
    /// Uses, sorted by place. A definition is also its own first reference.
    pub references: Vec<Reference>,
    /// What is wrong, sorted by place.
    pub problems: Vec<Problem>,
    /// Columns of the last query.
    pub columns: Columns,
    /// The symbol of each of `columns`, where the statement makes it; `None` for a column from outside.
    pub outputs: Vec<Option<SymbolId>>,
    /// Stretches in which a name can mean more than is told: names with several relations of unknown columns in scope, relations
    /// that are used as one value, and clauses that are not looked into. Sorted by place.
    pub unexplained: Vec<RenderedRange>,
    /// Stars that could be written out, sorted by place.
    pub stars: Vec<Star>,
    /// Names that could be qualified, sorted by place.
    pub unqualified: Vec<Unqualified>,
    /// Columns that another query names, sorted by place.
    pub positional: Vec<Positional>,
}

impl Symbols {
    /// The symbol by number.
    pub fn get(&self, id: SymbolId) -> Option<&Symbol> {
        self.symbols.get(id.0 as usize)
    }

    /// All uses that a cursor at `offset` touches: in `select id from t`, `id` is a column of `t` and makes a column of
    /// the output.
    pub fn all_at(&self, offset: u32) -> impl Iterator<Item = Reference> + '_ {
        self.references
            .iter()
            .filter(move |reference| reference.range.touches(offset))
            .copied()
    }

    /// The use that a cursor at `offset` touches; of a name that is used and defined at once, the use.
    pub fn at(&self, offset: u32) -> Option<Reference> {
        self.all_at(offset)
            .min_by_key(|reference| reference.range.len())
    }

    /// All uses of a symbol, its definition too, sorted by place.
    pub fn references_of(&self, id: SymbolId) -> Vec<RenderedRange> {
        self.references
            .iter()
            .filter(|reference| reference.symbol == id)
            .map(|reference| reference.range)
            .collect()
    }
}

/// What every name in `tree` means.
pub fn symbols(tree: &SqlTree, catalog: &dyn Catalog) -> Symbols {
    let bound = bind(tree, catalog, Some(Recorder::default()), None);
    let outputs = bound.shape.columns.iter().map(|it| it.symbol).collect();
    let columns = of_shape(&bound.shape, bound.row_origins);
    let recorder = bound.recorder.unwrap_or_default();
    let mut symbols = Symbols {
        symbols: recorder.symbols,
        references: recorder.references,
        problems: recorder.problems,
        columns,
        outputs,
        unexplained: recorder.unexplained,
        stars: recorder.stars,
        unqualified: recorder.unqualified,
        positional: recorder.positional,
    };
    symbols.unexplained.sort_unstable();
    symbols.unexplained.dedup();
    symbols.stars.sort_by_key(|star| star.range);
    symbols.positional.sort_by_key(|it| it.range);
    symbols.positional.dedup();
    symbols.unqualified.sort_by_key(|name| name.range);
    symbols.unqualified.dedup();
    symbols.references.sort_unstable();
    symbols.references.dedup();
    symbols.problems.sort_by_key(|problem| problem.range);
    symbols.problems.dedup();
    symbols
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::{ProblemKind, symbols};
    use crate::test_catalog::shop;
    use crate::{Dialect, parse};

    /// `|` is the cursor: prints what it is on, and the offsets of all uses.
    fn check(text: &str, expected: &Expect) {
        let offset = text.find('|').expect("a cursor");
        let text = text.replacen('|', "", 1);
        let symbols = symbols(&parse(&text, Dialect::DuckDb), &shop());
        let found = symbols.at(offset as u32).and_then(|reference| {
            let symbol = symbols.get(reference.symbol)?;
            let uses: Vec<String> = symbols
                .references_of(reference.symbol)
                .into_iter()
                .map(|range| {
                    let is_definition = symbol.definition == Some(range);
                    format!(
                        "{}{}",
                        range.start,
                        if is_definition { " definition" } else { "" }
                    )
                })
                .collect();
            Some(format!(
                "{} {:?}: {}",
                symbol.name,
                symbol.kind,
                uses.join(", ")
            ))
        });
        expected.assert_eq(&found.unwrap_or_default());
    }

    fn problems(text: &str, expected: &Expect) {
        let lines: Vec<String> = symbols(&parse(text, Dialect::DuckDb), &shop())
            .problems
            .into_iter()
            .map(|problem| {
                let what = match problem.kind {
                    ProblemKind::UnknownColumn { candidates, .. } => {
                        format!("unknown column of {candidates:?}")
                    }
                    ProblemKind::UnknownQualifier { candidates, .. } => {
                        format!("unknown relation of {candidates:?}")
                    }
                    ProblemKind::AmbiguousColumn { relations, .. } => {
                        format!("ambiguous among {relations:?}")
                    }
                    other => format!("{other:?}"),
                };
                format!("{}: {what}", problem.range.of(text))
            })
            .collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn a_cte_is_found_with_its_uses() {
        check(
            "with pa|id as (select 1 as x) select paid.x from paid join paid as p on true",
            &expect!["paid Cte: 5 definition, 36, 48, 58"],
        );
    }

    #[test]
    fn an_alias_is_found_with_its_uses() {
        check(
            "select o.id, o.status from orders |o where o.amount > 1",
            &expect![[
                r#"o TableAlias { relation: Some(RelationName { parts: ["orders"] }) }: 7, 13, 34 definition, 42"#
            ]],
        );
    }

    #[test]
    fn an_alias_is_used_by_columns_that_it_does_not_have() {
        check(
            "select o.id, o.nope from orders |o, mystery where o.more > 1",
            &expect![[
                r#"o TableAlias { relation: Some(RelationName { parts: ["orders"] }) }: 7, 13, 32 definition, 49"#
            ]],
        );
    }

    #[test]
    fn a_column_is_found_from_its_definition_in_a_cte() {
        check(
            "with a as (select amount * 2 as twi|ce from orders) select twice, a.twice + 1 as y from a order by twice",
            &expect![
                "twice Column { data_type: Some(Decimal { precision: 18, scale: 2 }) }: 32 definition, 58, 67, 98"
            ],
        );
    }

    #[test]
    fn a_column_from_outside_is_found_in_all_queries() {
        check(
            "with a as (select * from orders) select sta|tus from a where status = 'x'",
            &expect![[
                r#"status ExternalColumn { relation: RelationName { parts: ["orders"] }, data_type: Some(Varchar) }: 40, 60"#
            ]],
        );
    }

    #[test]
    fn a_column_of_a_recursive_cte_is_found_from_its_first_operand() {
        check(
            "with recursive r as (select 1 as n| union all select n + 1 from r where r.n < 5) select n from r",
            &expect!["n Column { data_type: Some(Integer) }: 33 definition, 52, 73, 87"],
        );
    }

    #[test]
    fn lambdas_and_windows_have_names_too() {
        check(
            "select list_transform([1], |x -> x + 1)",
            &expect!["x Lambda: 27 definition, 32"],
        );
        check(
            "select sum(id) over w| from orders window w as (order by id)",
            &expect!["w Window: 20, 41 definition"],
        );
    }

    #[test]
    fn wrong_names_are_reported_with_what_would_work() {
        problems(
            "select o.amont, c.id, nam from orders o join customers on true",
            &expect![[r#"
                amont: unknown column of ["id", "customer_id", "amount", "status"]
                c: unknown relation of ["o", "customers"]
                nam: unknown column of ["id", "customer_id", "amount", "status", "name"]"#]],
        );
        problems(
            "select id from orders join customers on true",
            &expect![[r#"id: ambiguous among ["orders", "customers"]"#]],
        );
    }

    #[test]
    fn nothing_is_reported_where_something_is_unknown() {
        problems(
            "select a, m.b, id from mystery m join orders on true",
            &expect![[""]],
        );
        problems(
            "select x from (pivot orders on status using sum(amount))",
            &expect![[""]],
        );
        problems(
            "select current_date, rowid, orders, payload.kind from orders, events where exists (select 1 where orders.id = 1)",
            &expect![[""]],
        );
    }

    #[test]
    fn what_can_mean_more_is_told() {
        let unexplained = |text: &str| {
            let symbols = symbols(&parse(text, Dialect::DuckDb), &shop());
            let ranges = symbols.unexplained.into_iter();
            let stretches: Vec<String> = ranges.map(|it| it.of(text).to_owned()).collect();
            stretches.join("; ")
        };
        expect!["a; orders.b"].assert_eq(&unexplained(
            "select a, m.b, m.c from mystery m, more where orders.b = 1",
        ));
        expect!["orders"].assert_eq(&unexplained("select orders, orders.id from orders"));
        expect!["nope"].assert_eq(&unexplained("select nope, id from orders"));
        expect!["pivot orders on status using sum(amount)"].assert_eq(&unexplained(
            "select x from (pivot orders on status using sum(amount))",
        ));
        expect!["drop table orders"].assert_eq(&unexplained("drop table orders"));
    }

    #[test]
    fn a_join_is_no_alias_in_any_dialect() {
        for dialect in [
            Dialect::DuckDb,
            Dialect::Postgres,
            Dialect::Snowflake,
            Dialect::BigQuery,
            Dialect::Generic,
        ] {
            for join in [
                "left join",
                "inner join",
                "full outer join",
                "natural join",
                "right join",
            ] {
                let text = format!(
                    "select orders.status, customers.name from orders {join} customers on true"
                );
                let problems = symbols(&parse(&text, dialect), &shop()).problems;
                assert_eq!(problems, [], "{dialect:?}: {text}");
            }
        }
    }

    #[test]
    fn widths_and_ctes_are_checked() {
        problems(
            "with a as (select 1), a as (select 2), b as (select 3) select 1 union select 2, 3 from a",
            &expect![[r#"
                a: UnusedCte { name: "a" }
                a: DuplicateCte { name: "a" }
                b: UnusedCte { name: "b" }
                union: SetOperationWidth { left: 1, right: 2 }"#]],
        );
    }
}
