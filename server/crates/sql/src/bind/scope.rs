//! Scopes: the relations and aliases a name may mean, and how it is looked up among them.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use base::RenderedRange;

use super::{Binder, BoundCte, Column, Shape};
use crate::ast::Name;
use crate::catalog::RelationName;
use crate::columns::{Confidence, Origin, OriginKind};
use crate::dialect::Dialect;
use crate::symbols::{ProblemKind, SymbolId};
use crate::types::Type;

/// How many unknown names of a text are told what they might be: each could mean any column.
const MAX_WITH_SUGGESTIONS: usize = 100;

/// A relation in a `from`.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) alias: Option<Arc<str>>,
    /// The relation outside the statement it reads.
    pub(crate) relation: Option<RelationName>,
    pub(crate) shape: Rc<Shape>,
    pub(crate) symbol: Option<SymbolId>,
    /// Columns merged into those of a relation on the left, by `using` or `natural`.
    pub(crate) hidden: Vec<Arc<str>>,
}

impl Source {
    pub(crate) fn is_hidden(&self, name: &str) -> bool {
        self.hidden
            .iter()
            .any(|hidden| hidden.eq_ignore_ascii_case(name))
    }

    /// The columns that `*` yields.
    pub(crate) fn visible_columns(&self) -> impl Iterator<Item = &Column> {
        self.shape
            .columns
            .iter()
            .filter(|column| self.hidden.is_empty() || !self.is_hidden(&column.name))
    }

    /// A column of a relation whose columns are not known.
    pub(super) fn presumed(
        &self,
        name: &str,
        range: RenderedRange,
        confidence: Confidence,
    ) -> Column {
        let origins: Rc<[Origin]> = match &self.relation {
            Some(relation) => Rc::from([Origin {
                relation: relation.clone(),
                column: Arc::from(name),
                kind: OriginKind::Direct,
            }]),
            None => Rc::from([]),
        };
        let confidence = if self.relation.is_some() {
            confidence
        } else {
            Confidence::Unknown
        };
        Column {
            origins,
            confidence,
            ..Column::named(name, range)
        }
    }
}

/// One select: what it reads, and the aliases it has made so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    pub(crate) sources: Vec<Source>,
    pub(crate) aliases: Vec<Column>,
    /// Aliases come before columns: in `order by`.
    pub(crate) prefers_aliases: bool,
}

impl Scope {
    /// The source that `qualifier` names.
    pub(super) fn source(&self, binder: &Binder<'_>, qualifier: &[Name]) -> Option<&Source> {
        let (last, outer) = qualifier.split_last()?;
        let name = binder.name_text(*last);
        self.sources.iter().find(|source| {
            let is_alias = source
                .alias
                .as_ref()
                .is_some_and(|alias| alias.eq_ignore_ascii_case(&name));
            is_alias && (outer.is_empty() || source.is_in(binder, outer))
        })
    }
}

impl Source {
    /// Whether the relation's outer parts end in `outer`.
    fn is_in(&self, binder: &Binder<'_>, outer: &[Name]) -> bool {
        let Some(relation) = &self.relation else {
            return false;
        };
        let mut parts = relation.parts().iter().rev().skip(1);
        outer.iter().rev().all(|name| {
            parts
                .next()
                .is_some_and(|part| part.eq_ignore_ascii_case(&binder.name_text(*name)))
        })
    }
}

/// Asks for the scope at a cursor.
#[derive(Debug, Clone)]
pub(crate) struct Probe {
    pub(crate) offset: u32,
    /// The smallest select or query around the cursor so far.
    pub(crate) range: Option<RenderedRange>,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) ctes: Vec<BoundCte>,
}

impl Probe {
    pub(crate) fn at(offset: u32) -> Self {
        Self {
            offset,
            range: None,
            scopes: Vec::new(),
            ctes: Vec::new(),
        }
    }
}

impl Binder<'_> {
    /// Keeps what is in scope now when the cursor is in `range` and no smaller range was seen.
    pub(super) fn note_scope(&mut self, range: RenderedRange) {
        let Some(probe) = &mut self.probe else { return };
        let is_better = range.touches(probe.offset)
            && probe.range.is_none_or(|known| range.len() <= known.len());
        if is_better {
            probe.range = Some(range);
            probe.scopes.clone_from(&self.scopes);
            probe.ctes.clone_from(&self.ctes);
        }
    }

    /// What `parts` means: a column, and how many parts name it; the others are fields of it.
    pub(super) fn resolve(&mut self, parts: &[Name]) -> Option<(Column, usize)> {
        let first = *parts.first()?;
        let name = self.name_text(first);
        if let Some((_, symbol)) = self
            .lambdas
            .iter()
            .rev()
            .find(|(parameter, _)| parameter.eq_ignore_ascii_case(&name))
        {
            let symbol = *symbol;
            self.refer(first.range, symbol);
            return None;
        }
        for depth in (0..self.scopes.len()).rev() {
            if let Some(found) = self.resolve_in(depth, parts) {
                return Some(found);
            }
        }
        self.resolve_unknown(parts)
    }

    fn resolve_in(&mut self, depth: usize, parts: &[Name]) -> Option<(Column, usize)> {
        for n_qualifier in (1..parts.len().min(4)).rev() {
            let (qualifier, rest) = parts.split_at(n_qualifier);
            let column_name = *rest.first()?;
            let Some(source) = self.scopes.get(depth)?.source(self, qualifier) else {
                continue;
            };
            let text = self.name_text(column_name);
            let (found, symbol) = match source.shape.column(&text) {
                Some(column) => (Some(column.clone()), source.symbol),
                None if !source.shape.is_complete => (
                    Some(source.presumed(&text, column_name.range, Confidence::Certain)),
                    source.symbol,
                ),
                None => (None, source.symbol),
            };
            if let Some(column) = found {
                if let Some(alias) = qualifier.last() {
                    self.refer(alias.range, symbol);
                }
                self.refer_column(column_name.range, &column);
                return Some((column, n_qualifier + 1));
            }
        }
        self.resolve_unqualified(depth, *parts.first()?)
            .map(|column| (column, 1))
    }

    fn resolve_unqualified(&mut self, depth: usize, name: Name) -> Option<Column> {
        let text = self.name_text(name);
        let scope = self.scopes.get(depth)?;
        let alias = scope
            .aliases
            .iter()
            .rev()
            .find(|column| column.name.eq_ignore_ascii_case(&text));
        if scope.prefers_aliases
            && let Some(column) = alias
        {
            let column = column.clone();
            self.refer_column(name.range, &column);
            return Some(column);
        }
        let mut holders = scope
            .sources
            .iter()
            .filter(|source| !source.is_hidden(&text))
            .filter_map(|source| source.shape.column(&text).map(|column| (source, column)));
        let first = holders.next();
        let is_held_twice = first.is_some() && holders.next().is_some();
        let is_ambiguous = is_held_twice && alias.is_none();
        // A column that `using` has merged belongs to no relation alone.
        let is_merged = || scope.sources.iter().any(|source| source.is_hidden(&text));
        let holder = first
            .filter(|_| self.is_recording() && !is_held_twice && !is_merged())
            .and_then(|(source, _)| source.alias.clone());
        let found = first.map(|(_, column)| column).or(alias).cloned();
        if is_ambiguous {
            self.report_ambiguous(depth, name);
        }
        let column = found?;
        self.note_unqualified(name.range, holder);
        self.refer_column(name.range, &column);
        Some(column)
    }

    fn report_ambiguous(&mut self, depth: usize, name: Name) {
        let text = self.name_text(name);
        let relations: Vec<Arc<str>> = self
            .scopes
            .get(depth)
            .map(|scope| {
                scope
                    .sources
                    .iter()
                    .filter(|source| {
                        source.shape.column(&text).is_some() && !source.is_hidden(&text)
                    })
                    .filter_map(|source| source.alias.clone())
                    .collect()
            })
            .unwrap_or_default();
        self.report(name.range, || ProblemKind::AmbiguousColumn {
            name: Arc::from(&*text),
            relations,
        });
    }

    /// No scope has it: presumed to lie in the one relation with unknown columns, or wrong.
    fn resolve_unknown(&mut self, parts: &[Name]) -> Option<(Column, usize)> {
        let first = *parts.first()?;
        let text = self.name_text(first);
        if parts.len() == 1
            && let Some(data_type) = special_value(&text)
        {
            return Some((Column::typed(&*text, first.range, data_type), 1));
        }
        if parts.len() == 1 && self.row_of_source(first) {
            return None;
        }
        // `o.nope`: the relation is meant all the same.
        let qualifier = parts.get(1).and_then(|_| {
            let mut scopes = self.scopes.iter().rev();
            scopes.find_map(|scope| scope.source(self, &[first]).map(|source| source.symbol))
        });
        if let Some(symbol) = qualifier {
            self.refer(first.range, symbol);
        }
        let mut unknown = self
            .scopes
            .iter()
            .rev()
            .flat_map(|scope| &scope.sources)
            .filter(|source| !source.shape.is_complete);
        match (unknown.next(), unknown.next()) {
            (Some(_), _) if qualifier.is_some() => {
                self.confidence = Confidence::Unknown;
                self.leave_open(whole_name(parts));
                None
            }
            (Some(only), None) => {
                let column = only.presumed(&text, first.range, Confidence::Likely);
                self.refer_column(first.range, &column);
                Some((column, 1))
            }
            (Some(_), Some(_)) => {
                self.confidence = Confidence::Unknown;
                self.leave_open(whole_name(parts));
                None
            }
            (None, _) => {
                self.confidence = Confidence::Unknown;
                self.leave_open(whole_name(parts));
                if !first.range.is_empty() {
                    self.report_unknown(parts);
                }
                None
            }
        }
    }

    /// `select t from t`: the row as a value.
    fn row_of_source(&mut self, name: Name) -> bool {
        let found = self
            .scopes
            .iter()
            .rev()
            .find_map(|scope| scope.source(self, &[name]).map(|source| source.symbol));
        match found {
            Some(symbol) => {
                self.refer(name.range, symbol);
                self.leave_open(name.range);
                true
            }
            None => false,
        }
    }

    fn report_unknown(&mut self, parts: &[Name]) {
        let (Some(first), Some(last)) = (parts.first().copied(), parts.last().copied()) else {
            return;
        };
        if self.recorder.is_none()
            || last.range.is_empty()
            || is_pseudo_column(&self.name_text(last))
        {
            return;
        }
        let n_problems = self.recorder.as_ref().map_or(0, |it| it.problems.len());
        let has_suggestions = n_problems < MAX_WITH_SUGGESTIONS;
        let n_suggestions = if has_suggestions { usize::MAX } else { 0 };
        let qualified = parts.get(1).and_then(|column| {
            let source = self
                .scopes
                .iter()
                .rev()
                .find_map(|scope| scope.source(self, &[first]))?;
            let columns = source.visible_columns();
            let candidates = columns.take(n_suggestions).map(|it| it.name.clone());
            let candidates = candidates.collect();
            Some((*column, candidates))
        });
        if let Some((column, candidates)) = qualified {
            let name = self.shared_name(column);
            self.report(column.range, || ProblemKind::UnknownColumn {
                name,
                candidates,
            });
            return;
        }
        let name = self.shared_name(first);
        if parts.len() > 1 {
            let candidates = self
                .scopes
                .iter()
                .rev()
                .flat_map(|scope| &scope.sources)
                .filter_map(|source| source.alias.clone())
                .take(n_suggestions)
                .collect();
            self.report(first.range, || ProblemKind::UnknownQualifier {
                name,
                candidates,
            });
            return;
        }
        let candidates = self.names_in_scope(n_suggestions);
        self.report(first.range, || ProblemKind::UnknownColumn {
            name,
            candidates,
        });
    }

    /// The columns that could be meant, each once.
    fn names_in_scope(&self, n_names: usize) -> Vec<Arc<str>> {
        let columns = self.scopes.iter().rev().flat_map(|scope| {
            let columns = scope.sources.iter().flat_map(Source::visible_columns);
            columns.chain(&scope.aliases).map(|column| &column.name)
        });
        let mut seen = BTreeSet::new();
        let unique = columns.filter(|name| seen.insert(Arc::clone(name)));
        unique.take(n_names).cloned().collect()
    }

    /// Whether an unknown name here may be something other than a column.
    pub(super) fn is_lenient(&self) -> bool {
        self.dialect != Dialect::DuckDb
    }
}

/// All parts of a name.
fn whole_name(parts: &[Name]) -> RenderedRange {
    let mut ranges = parts.iter().map(|part| part.range);
    let first = ranges.next().unwrap_or(RenderedRange::at(0));
    ranges.fold(first, RenderedRange::join)
}

/// Values that are spelled like columns.
fn special_value(name: &str) -> Option<Type> {
    let data_type = match name.to_ascii_lowercase().as_str() {
        "current_date" => Type::Date,
        "current_timestamp" | "now" => Type::TimestampTz,
        "current_time" => Type::TimeTz,
        "localtime" => Type::Time,
        "localtimestamp" | "sysdate" | "current_datetime" => Type::Timestamp,
        "current_user" | "current_role" | "session_user" | "user" | "current_schema"
        | "current_catalog" | "current_database" | "current_warehouse" => Type::Varchar,
        _ => return None,
    };
    Some(data_type)
}

/// Columns that every table of some warehouse has without saying so.
fn is_pseudo_column(name: &str) -> bool {
    const PSEUDO: &[&str] = &[
        "rowid",
        "rownum",
        "level",
        "ctid",
        "oid",
        "tableoid",
        "xmin",
        "xmax",
        "filename",
        "file_row_number",
        "_partitiontime",
        "_partitiondate",
        "_table_suffix",
        "_file_name",
        "_metadata",
        "metadata$filename",
        "metadata$file_row_number",
        "$path",
        "$file_size",
    ];
    PSEUDO
        .iter()
        .any(|pseudo| pseudo.eq_ignore_ascii_case(name))
}
