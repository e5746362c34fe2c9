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
    pub fn to_catalog(&self) -> Option<Arc<[CatalogColumn]>> {
        self.complete.then(|| {
            self.columns
                .iter()
                .map(|column| CatalogColumn {
                    name: column.name.clone(),
                    data_type: column.data_type.clone(),
                })
                .collect()
        })
    }
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
