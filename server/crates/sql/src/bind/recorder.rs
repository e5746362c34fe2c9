//! `Recorder`: collects symbols, references and problems during a walk.

use std::collections::HashMap;
use std::sync::Arc;

use base::RenderedRange;

use super::{Binder, Column};
use crate::catalog::RelationName;
use crate::columns::OriginKind;
use crate::symbols::{
    Positional, Problem, ProblemKind, Reference, Star, Symbol, SymbolId, SymbolKind, Unqualified,
};

#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) symbols: Vec<Symbol>,
    pub(crate) references: Vec<Reference>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) unexplained: Vec<RenderedRange>,
    pub(crate) stars: Vec<Star>,
    pub(crate) unqualified: Vec<Unqualified>,
    pub(crate) positional: Vec<Positional>,
    /// Symbols of columns outside the statement, by relation and folded name.
    external: HashMap<(RelationName, String), SymbolId>,
    relations: HashMap<RelationName, SymbolId>,
    /// What a place defines: the beginning of a recursive CTE is walked twice.
    defined: HashMap<(RenderedRange, std::mem::Discriminant<SymbolKind>), SymbolId>,
    /// A part of the text that is walked twice is heard once.
    n_mutes: u32,
}

impl Recorder {
    fn add(&mut self, symbol: Symbol) -> SymbolId {
        let id = SymbolId(self.symbols.len() as u32);
        self.symbols.push(symbol);
        id
    }
}

impl Binder<'_> {
    /// Whether anything is recorded here.
    pub(super) fn is_recording(&self) -> bool {
        self.recorder
            .as_ref()
            .is_some_and(|recorder| recorder.n_mutes == 0)
    }

    /// The recorder, unless it is muted.
    fn listening(&mut self) -> Option<&mut Recorder> {
        self.recorder
            .as_mut()
            .filter(|recorder| recorder.n_mutes == 0)
    }

    /// Runs `walk` without recording.
    pub(super) fn muted<T>(&mut self, walk: impl FnOnce(&mut Self) -> T) -> T {
        if let Some(recorder) = &mut self.recorder {
            recorder.n_mutes += 1;
        }
        let result = walk(self);
        if let Some(recorder) = &mut self.recorder {
            recorder.n_mutes -= 1;
        }
        result
    }

    pub(super) fn refer(&mut self, range: RenderedRange, symbol: Option<SymbolId>) {
        if let (Some(symbol), Some(recorder)) = (symbol, self.listening()) {
            recorder.references.push(Reference { range, symbol });
        }
    }

    /// Something that `name` defines; its own first reference.
    pub(super) fn define(
        &mut self,
        name: Arc<str>,
        kind: SymbolKind,
        definition: RenderedRange,
        extent: RenderedRange,
    ) -> Option<SymbolId> {
        let recorder = self.listening()?;
        let key = (definition, std::mem::discriminant(&kind));
        if let Some(known) = recorder.defined.get(&key) {
            return Some(*known);
        }
        let symbol = recorder.add(Symbol {
            name,
            kind,
            definition: Some(definition),
            extent: Some(extent),
        });
        recorder.defined.insert(key, symbol);
        recorder.references.push(Reference {
            range: definition,
            symbol,
        });
        Some(symbol)
    }

    pub(super) fn refer_relation(
        &mut self,
        range: RenderedRange,
        relation: &RelationName,
    ) -> Option<SymbolId> {
        let recorder = self.listening()?;
        let symbol = if let Some(known) = recorder.relations.get(relation) {
            *known
        } else {
            let symbol = recorder.add(Symbol {
                name: Arc::from(relation.identifier()),
                kind: SymbolKind::Relation(relation.clone()),
                definition: None,
                extent: None,
            });
            recorder.relations.insert(relation.clone(), symbol);
            symbol
        };
        recorder.references.push(Reference { range, symbol });
        Some(symbol)
    }

    pub(super) fn refer_column(&mut self, range: RenderedRange, column: &Column) {
        if self.recorder.is_none() {
            return;
        }
        let symbol = column.symbol.or_else(|| self.external_symbol(column));
        self.refer(range, symbol);
    }

    /// The symbol of a column that comes unchanged from outside.
    fn external_symbol(&mut self, column: &Column) -> Option<SymbolId> {
        let [origin] = &*column.origins else {
            return None;
        };
        if origin.kind != OriginKind::Direct {
            return None;
        }
        let recorder = self.listening()?;
        let key = (origin.relation.clone(), origin.column.to_ascii_lowercase());
        if let Some(symbol) = recorder.external.get(&key) {
            return Some(*symbol);
        }
        let symbol = recorder.add(Symbol {
            name: origin.column.clone(),
            kind: SymbolKind::ExternalColumn {
                relation: origin.relation.clone(),
                data_type: column.data_type.clone(),
            },
            definition: None,
            extent: None,
        });
        recorder.external.insert(key, symbol);
        Some(symbol)
    }

    pub(super) fn note_positional(&mut self, found: Vec<Positional>) {
        if let Some(recorder) = self.listening() {
            recorder.positional.extend(found);
        }
    }

    /// A name in `range` can mean more than is known here.
    pub(super) fn leave_open(&mut self, range: RenderedRange) {
        if let Some(recorder) = self.listening() {
            recorder.unexplained.push(range);
        }
    }

    pub(super) fn note_star(&mut self, star: Star) {
        if let Some(recorder) = self.listening() {
            recorder.stars.push(star);
        }
    }

    pub(super) fn note_unqualified(&mut self, range: RenderedRange, relation: Option<Arc<str>>) {
        if let (Some(relation), Some(recorder)) = (relation, self.listening()) {
            recorder.unqualified.push(Unqualified { range, relation });
        }
    }

    pub(super) fn report(&mut self, range: RenderedRange, kind: impl FnOnce() -> ProblemKind) {
        if let Some(recorder) = self.listening() {
            recorder.problems.push(Problem {
                range,
                kind: kind(),
            });
        }
    }
}
