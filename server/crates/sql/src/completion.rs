//! What a name at a cursor may mean: the aliases, columns and CTEs in scope, in text that is broken or half typed.

use std::sync::Arc;

use base::RenderedRange;

use crate::catalog::{Catalog, RelationName};
use crate::tree::SqlTree;
use crate::types::Type;

/// The part of a query a cursor stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Clause {
    /// Outside every query: a statement may begin here.
    Statement,
    /// The list of output columns.
    Select,
    /// A relation is expected.
    From,
    /// After `on`.
    JoinOn,
    /// Inside `using (…)`.
    Using,
    /// The filter.
    Where,
    /// The grouping list.
    GroupBy,
    /// The filter on groups.
    Having,
    /// The filter on window results.
    Qualify,
    /// Named windows.
    Window,
    /// The sort list.
    OrderBy,
    /// Limit or offset.
    Limit,
    /// Between `with` and the query.
    With,
    /// Inside `values`.
    Values,
    /// A type is expected: after `::` or `cast(x as`.
    Type,
    /// In a string or a comment: nothing to complete.
    Opaque,
}

/// A column that can be named at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeColumn {
    /// Its name.
    pub name: Arc<str>,
    /// Its type, where it can be told.
    pub data_type: Option<Type>,
}

/// A relation in the `from` of the query around the cursor, or of a query around that one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeRelation {
    /// The name columns are qualified with; `None` for a subquery without alias.
    pub alias: Option<Arc<str>>,
    /// The relation outside the statement, unless it is a CTE, a subquery or a function.
    pub relation: Option<RelationName>,
    /// Its columns, in order.
    pub columns: Vec<ScopeColumn>,
    /// Whether these are all of them.
    pub complete: bool,
    /// 0: of the innermost query; 1: of the one around it (a correlated name), and so on.
    pub depth: u32,
}

/// A CTE that can be named at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeCte {
    /// Its name.
    pub name: Arc<str>,
    /// Its columns, in order.
    pub columns: Vec<ScopeColumn>,
    /// Whether these are all of them.
    pub complete: bool,
}

/// What can be named at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeAt {
    /// The part of the query.
    pub clause: Clause,
    /// The names before the dot the cursor follows: `["o"]` in `o.` and in `o.cust`.
    pub qualifier: Vec<Arc<str>>,
    /// The half-typed name the cursor touches, to be replaced; empty at the cursor when there is none.
    pub replace: RenderedRange,
    /// Relations in scope, innermost first.
    pub relations: Vec<ScopeRelation>,
    /// CTEs in scope, nearest first.
    pub ctes: Vec<ScopeCte>,
    /// Aliases of the select list, where the dialect lets a clause name them.
    pub select_aliases: Vec<ScopeColumn>,
}

impl ScopeAt {
    /// The columns that fit at the cursor: those of the qualifier's relation, or all in scope.
    pub fn columns(&self) -> Vec<&ScopeColumn> {
        match self.qualifier.last() {
            Some(qualifier) => self
                .relations
                .iter()
                .find(|relation| {
                    relation
                        .alias
                        .as_ref()
                        .is_some_and(|alias| alias.eq_ignore_ascii_case(qualifier))
                })
                .map(|relation| relation.columns.iter().collect())
                .unwrap_or_default(),
            None => self
                .relations
                .iter()
                .flat_map(|relation| &relation.columns)
                .chain(&self.select_aliases)
                .collect(),
        }
    }
}

/// What can be named at `offset`.
pub fn completion_scope_at(_tree: &SqlTree, offset: u32, _catalog: &dyn Catalog) -> ScopeAt {
    ScopeAt {
        clause: Clause::Statement,
        qualifier: Vec::new(),
        replace: RenderedRange::at(offset),
        relations: Vec::new(),
        ctes: Vec::new(),
        select_aliases: Vec::new(),
    }
}
