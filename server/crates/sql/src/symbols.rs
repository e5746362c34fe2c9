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
        /// Names that would work here.
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
        /// Names that would work here.
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
}

impl Symbols {
    /// The symbol by number.
    pub fn get(&self, id: SymbolId) -> Option<&Symbol> {
        self.symbols.get(id.0 as usize)
    }

    /// The use that a cursor at `offset` touches.
    pub fn at(&self, offset: u32) -> Option<Reference> {
        self.references
            .iter()
            .filter(|reference| reference.range.touches(offset))
            .min_by_key(|reference| reference.range.len())
            .copied()
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
    let columns = of_shape(&bound.shape, bound.row_origins);
    let recorder = bound.recorder.unwrap_or_default();
    let mut symbols = Symbols {
        symbols: recorder.symbols,
        references: recorder.references,
        problems: recorder.problems,
        columns,
    };
    symbols.references.sort_unstable();
    symbols.references.dedup();
    symbols.problems.sort_by_key(|problem| problem.range);
    symbols.problems.dedup();
    symbols
}
