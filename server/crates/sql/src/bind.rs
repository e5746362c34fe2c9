//! Binding: what every name of a query means, and what the query yields.
//!
//! One walk over the tree answers all questions: the columns of the result, with types and origins, always; symbols,
//! references and problems when a `Recorder` listens; the scope at a cursor when a `Probe` asks. Where a relation's
//! columns are not known, nothing that could lie in it is reported, and the result says that it is not complete.

mod expr;
mod infer;
mod naming;
mod query;
mod recorder;
mod relation;
mod scope;
mod select;
mod star;

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use base::RenderedRange;

pub(crate) use self::infer::{number as number_type, settled, unified};
pub(crate) use self::recorder::Recorder;
pub(crate) use self::scope::{Probe, Scope, Source};
use crate::ast::{Name, StatementKind};
use crate::catalog::{Catalog, RelationName};
use crate::columns::{Confidence, Origin, OriginKind};
use crate::dialect::Dialect;
use crate::symbols::SymbolId;
use crate::tree::SqlTree;
use crate::types::Type;

/// A column of a relation in the statement.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: Arc<str>,
    pub(crate) range: RenderedRange,
    pub(crate) data_type: Option<Type>,
    /// Shared, since most columns pass through several queries unchanged.
    pub(crate) origins: Rc<[Origin]>,
    pub(crate) confidence: Confidence,
    pub(crate) symbol: Option<SymbolId>,
}

impl Column {
    /// A column of which only the name is known.
    fn named(name: impl Into<Arc<str>>, range: RenderedRange) -> Self {
        Self {
            name: name.into(),
            range,
            data_type: None,
            origins: Rc::from([]),
            confidence: Confidence::Certain,
            symbol: None,
        }
    }

    fn typed(name: impl Into<Arc<str>>, range: RenderedRange, data_type: Type) -> Self {
        Self {
            data_type: Some(data_type),
            ..Self::named(name, range)
        }
    }
}

/// The columns of a relation in the statement.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shape {
    pub(crate) columns: Vec<Column>,
    /// Whether these are all.
    pub(crate) is_complete: bool,
}

impl Shape {
    fn unknown() -> Rc<Self> {
        Rc::new(Self::default())
    }

    fn known(columns: Vec<Column>) -> Rc<Self> {
        Rc::new(Self {
            columns,
            is_complete: true,
        })
    }

    fn column(&self, name: &str) -> Option<&Column> {
        self.columns
            .iter()
            .find(|column| column.name.eq_ignore_ascii_case(name))
    }
}

#[derive(Debug, Clone)]
pub(crate) struct BoundCte {
    pub(crate) name: Arc<str>,
    pub(crate) shape: Rc<Shape>,
    pub(crate) symbol: Option<SymbolId>,
    pub(crate) range: RenderedRange,
    pub(crate) is_used: bool,
}

pub(crate) struct Binder<'a> {
    pub(crate) text: &'a str,
    pub(crate) dialect: Dialect,
    pub(crate) catalog: &'a dyn Catalog,
    /// Visible CTEs, the nearest last.
    pub(crate) ctes: Vec<BoundCte>,
    /// Selects around the place being read, the innermost last.
    pub(crate) scopes: Vec<Scope>,
    /// Parameters of lambdas and comprehensions around the place being read.
    lambdas: Vec<(Arc<str>, Option<SymbolId>)>,
    row_origins: Vec<Origin>,
    /// Lowered by every name that is not sure, while an output column is computed.
    confidence: Confidence,
    pub(crate) recorder: Option<Recorder>,
    pub(crate) probe: Option<Probe>,
}

/// What a walk over a tree found.
pub(crate) struct Bound {
    pub(crate) shape: Rc<Shape>,
    pub(crate) row_origins: Vec<Origin>,
    pub(crate) recorder: Option<Recorder>,
    pub(crate) probe: Option<Probe>,
}

/// Binds all statements of `tree`; the shape is that of the last query.
pub(crate) fn bind(
    tree: &SqlTree,
    catalog: &dyn Catalog,
    recorder: Option<Recorder>,
    probe: Option<Probe>,
) -> Bound {
    let mut binder = Binder {
        text: tree.text(),
        dialect: tree.dialect(),
        catalog,
        ctes: Vec::new(),
        scopes: Vec::new(),
        lambdas: Vec::new(),
        row_origins: Vec::new(),
        confidence: Confidence::Certain,
        recorder,
        probe,
    };
    let mut shape = Shape::unknown();
    for statement in &tree.statements {
        match &statement.kind {
            StatementKind::Query(query) => {
                binder.row_origins.clear();
                shape = binder.query(query);
            }
            StatementKind::Other => {
                let whole = RenderedRange::new(0, tree.text().len() as u32);
                binder.leave_open(whole);
            }
        }
    }
    let mut row_origins = binder.row_origins;
    tidy(&mut row_origins);
    Bound {
        shape,
        row_origins,
        recorder: binder.recorder,
        probe: binder.probe,
    }
}

/// Sorted, without duplicates.
fn tidy(origins: &mut Vec<Origin>) {
    if origins.len() > 1 {
        origins.sort_unstable();
        origins.dedup();
    }
}

/// Raises the kind of all origins from the `start`-th on.
fn raise(origins: &mut [Origin], start: usize, kind: OriginKind) {
    for origin in origins.iter_mut().skip(start) {
        origin.kind = origin.kind.max(kind);
    }
}

impl<'a> Binder<'a> {
    /// The name without its quotes.
    pub(crate) fn name_text(&self, name: Name) -> Cow<'a, str> {
        unquoted(name.range.of(self.text))
    }

    fn shared_name(&self, name: Name) -> Arc<str> {
        Arc::from(&*self.name_text(name))
    }

    fn relation_name(&self, parts: &[Name]) -> RelationName {
        let is_one_quoted = self.dialect == Dialect::BigQuery
            && parts.len() == 1
            && parts
                .first()
                .is_some_and(|name| name.range.of(self.text).contains('.'));
        if is_one_quoted {
            // BigQuery's `` `project.dataset.table` ``.
            let whole = parts
                .first()
                .map(|name| self.name_text(*name))
                .unwrap_or_default();
            return RelationName::new(whole.split('.').map(Arc::<str>::from));
        }
        RelationName::new(parts.iter().map(|name| self.shared_name(*name)))
    }
}

/// `text` without the quotes around it, doubled quotes inside made single.
pub(crate) fn unquoted(text: &str) -> Cow<'_, str> {
    let Some(quote) = text
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '`' | '\''))
    else {
        return Cow::Borrowed(text);
    };
    let inner = text.strip_prefix(quote).unwrap_or(text);
    let inner = inner.strip_suffix(quote).unwrap_or(inner);
    if inner.contains(quote) {
        let doubled: String = [quote, quote].iter().collect();
        Cow::Owned(inner.replace(&doubled, &quote.to_string()))
    } else {
        Cow::Borrowed(inner)
    }
}
