//! One node's SQL as it is rendered, with what its names mean: where a column is named in it.

mod after;
mod catalog;

use std::collections::BTreeSet;

use analysis::{
    columns::dialect,
    facts::parsed,
    rendered::{RenderedSql, rendered},
    resolve::{RefTarget, SourceTarget},
    source::template,
};
use base::{RenderedRange, SourceRange};
use jinja::{PieceKind, syntax::TagKind};
use sql::{Catalog, OriginKind, SqlTree, SymbolId, SymbolKind, Symbols};

use self::catalog::NodeCatalog;
pub(super) use self::catalog::Restored;
use crate::{
    column_uses::{Heirs, words_in},
    symbol::thing_at,
    world::{Here, World},
};

/// A node's SQL.
pub(super) struct BoundSql<'a> {
    world: World<'a>,
    here: Here,
    slot: u32,
    rendered: RenderedSql,
    tree: SqlTree,
    catalog: NodeCatalog<'a>,
    pub(super) symbols: Symbols,
}

/// Where a column that a node yields gets its name.
pub(super) enum Origin {
    /// From symbols of its SQL, each of whose names is the column's.
    Symbols(BTreeSet<SymbolId>),
    /// From an expression that is not called anything else: it ends here.
    Unnamed(RenderedRange, BTreeSet<SymbolId>),
    /// From a name that is no symbol: `* rename (a as id)`.
    Written(RenderedRange),
    /// From a node or table behind a star.
    Node(RefTarget),
    Table(SourceTarget),
    /// Nobody can tell.
    Unknown,
}

impl<'a> BoundSql<'a> {
    /// `None` for what is not SQL, or cannot be rendered.
    pub(super) fn new(world: World<'a>, here: Here, slot: u32) -> Option<Self> {
        Self::with(world, here, slot, None)
    }

    /// The same, as if columns still had their old names.
    pub(super) fn with(
        world: World<'a>,
        here: Here,
        slot: u32,
        restored: Option<Restored>,
    ) -> Option<Self> {
        if here.file.path(world.db).ends_with(".py") {
            return None;
        }
        let rendered = rendered(world.db, here.file).get(slot as usize)?.clone();
        if rendered.error.is_some() {
            return None;
        }
        let tree = sql::parse(&rendered.sql, dialect(world.db, here.project));
        let catalog = NodeCatalog::new(world, &here, slot, restored);
        let symbols = sql::symbols(&tree, &catalog);
        Some(Self {
            world,
            here,
            slot,
            rendered,
            tree,
            catalog,
            symbols,
        })
    }

    /// What only a warehouse knows has a say in its text.
    pub(super) fn is_tainted(&self) -> bool {
        self.rendered.is_tainted()
    }

    pub(super) fn has_errors(&self) -> bool {
        !self.tree.errors.is_empty()
    }

    fn text(&self, range: RenderedRange) -> &str {
        range.of(self.tree.text())
    }

    /// Whether the text at `range` is the name, in quotes or not.
    fn is_name(&self, range: RenderedRange, name: &str) -> bool {
        name_within(self.text(range), range)
            .is_some_and(|inner| name.eq_ignore_ascii_case(self.text(inner)))
    }

    /// Whether the name stands anywhere in the text.
    pub(super) fn has_word(&self, name: &str) -> bool {
        let mut tokens = self.tree.tokens.iter();
        tokens.any(|token| self.is_name(token.range, name))
    }

    /// Columns of nodes that bear the name, by how the text names these.
    pub(super) fn read_from(&self, heirs: &Heirs, name: &str) -> BTreeSet<SymbolId> {
        self.ids(|symbol| match &symbol.kind {
            SymbolKind::ExternalColumn { relation, .. } => {
                symbol.name.eq_ignore_ascii_case(name) && self.catalog.is_heir(relation, heirs)
            }
            _ => false,
        })
    }

    /// Columns of a table of a source.
    pub(super) fn read_from_table(&self, table: SourceTarget, name: &str) -> BTreeSet<SymbolId> {
        self.ids(|symbol| match &symbol.kind {
            SymbolKind::ExternalColumn { relation, .. } => {
                symbol.name.eq_ignore_ascii_case(name)
                    && self.catalog.table(relation) == Some(table)
            }
            _ => false,
        })
    }

    fn ids(&self, is_wanted: impl Fn(&sql::Symbol) -> bool) -> BTreeSet<SymbolId> {
        let symbols = self.symbols.symbols.iter().enumerate();
        symbols
            .filter(|(_, symbol)| is_wanted(symbol))
            .map(|(idx, _)| SymbolId(idx as u32))
            .collect()
    }

    /// The column of this SQL that a place in the file names, as the origin of its name.
    pub(super) fn local_at(&self, place: SourceRange, name: &str) -> Origin {
        let at = |range: RenderedRange| {
            let found = self.rendered.source_map.to_source(range);
            found.is_some_and(|(source, _)| {
                source.touches(place.start) && source.len() == place.len()
            })
        };
        let references = self.symbols.references.iter();
        let mut found: Vec<SymbolId> = references
            .filter(|it| at(it.range))
            .map(|it| it.symbol)
            .filter(|id| self.is_column(*id, name))
            .collect();
        found.sort_unstable();
        // The use comes before what it makes.
        let first = found.into_iter().next();
        first.map_or(Origin::Unknown, |id| self.origin_of_symbol(id, name))
    }

    fn is_column(&self, id: SymbolId, name: &str) -> bool {
        self.symbols.get(id).is_some_and(|symbol| {
            matches!(symbol.kind, SymbolKind::Column { .. })
                && symbol.name.eq_ignore_ascii_case(name)
        })
    }

    /// Where the node's own column gets its name.
    pub(super) fn origin(&self, name: &str) -> Origin {
        let columns = &self.symbols.columns.columns;
        let found = columns
            .iter()
            .position(|it| it.name.eq_ignore_ascii_case(name));
        let Some((idx, column)) = found.and_then(|idx| Some((idx, columns.get(idx)?))) else {
            return Origin::Unknown;
        };
        let symbol = self.symbols.outputs.get(idx).copied().flatten();
        if let Some(symbol) = symbol {
            return self.origin_of_symbol(symbol, name);
        }
        if self.is_name(column.range, name) {
            return Origin::Written(column.range);
        }
        match &*column.origins {
            // Behind a star, whatever the star leaves out.
            [origin] if origin.kind == OriginKind::Direct => {
                if let Some(node) = self.catalog.node(&origin.relation) {
                    Origin::Node(node)
                } else if let Some(table) = self.catalog.table(&origin.relation) {
                    Origin::Table(table)
                } else {
                    Origin::Unknown
                }
            }
            _ => Origin::Unknown,
        }
    }

    fn origin_of_symbol(&self, symbol: SymbolId, name: &str) -> Origin {
        let mut ids = BTreeSet::from([symbol]);
        let mut at = symbol;
        loop {
            let definition = self.symbols.get(at).and_then(|it| it.definition);
            let Some(definition) = definition.filter(|_| self.is_column(at, name)) else {
                return Origin::Unknown;
            };
            let used: Vec<SymbolId> = self
                .symbols
                .references
                .iter()
                .filter(|it| it.symbol != at && definition.covers(it.range))
                .filter(|it| self.is_name(it.range, name))
                .map(|it| it.symbol)
                .collect();
            // `select id from kept`: the name is that of the column of `kept`.
            match *used {
                [inner] if self.is_column(inner, name) && ids.insert(inner) => at = inner,
                [] if self.is_name(definition, name) && !self.is_field(definition) => {
                    return Origin::Symbols(ids);
                }
                _ => return Origin::Unnamed(definition, ids),
            }
        }
    }

    /// Whether a name is that of a field: `a` in `point.a`, which has it from the value.
    fn is_field(&self, range: RenderedRange) -> bool {
        let before = self.tree.tokens.iter().rev();
        let mut before = before.filter(|it| it.range.end <= range.start && !it.is_trivia());
        before.next().is_some_and(|it| self.text(it.range) == ".")
    }

    /// All columns that have their name from those in `ids`, too: `select id` makes a column `id` of the one that it reads.
    pub(super) fn grown(&self, mut ids: BTreeSet<SymbolId>, name: &str) -> BTreeSet<SymbolId> {
        loop {
            let ranges = self.ranges(&ids, name);
            let symbols = self.symbols.symbols.iter().enumerate();
            let more: Vec<SymbolId> = symbols
                .map(|(idx, symbol)| (SymbolId(idx as u32), symbol))
                .filter(|(id, _)| !ids.contains(id) && self.is_column(*id, name))
                .filter(|(_, symbol)| {
                    let definition = symbol.definition;
                    definition.is_some_and(|it| ranges.iter().any(|range| it.covers(*range)))
                })
                .map(|(id, _)| id)
                .collect();
            if more.is_empty() {
                return ids;
            }
            ids.extend(more);
        }
    }

    /// Where they are named.
    pub(super) fn ranges(&self, ids: &BTreeSet<SymbolId>, name: &str) -> BTreeSet<RenderedRange> {
        let references = self.symbols.references.iter();
        references
            .filter(|it| ids.contains(&it.symbol) && self.is_name(it.range, name))
            .map(|it| it.range)
            .collect()
    }

    /// A name among these that is that of another column, too: `using (id)`.
    pub(super) fn shared(
        &self,
        ranges: &BTreeSet<RenderedRange>,
        ids: &BTreeSet<SymbolId>,
    ) -> Option<RenderedRange> {
        let references = self.symbols.references.iter();
        let mut others =
            references.filter(|it| ranges.contains(&it.range) && !ids.contains(&it.symbol));
        others.next().map(|it| it.range)
    }

    /// A place where the name may stand for the column, and nobody can tell.
    pub(super) fn unexplained(&self, heirs: &Heirs, name: &str) -> Option<RenderedRange> {
        let has_name = |range: RenderedRange| {
            let mut tokens = self.tree.tokens.iter();
            let is_it = |token: &sql::Token| {
                let in_text =
                    token.kind == sql::TokenKind::String && self.text(token.range).contains(name);
                range.covers(token.range) && (in_text || self.is_name(token.range, name))
            };
            tokens.any(is_it)
        };
        let is_relation = |id: SymbolId| match self.symbols.get(id).map(|it| &it.kind) {
            Some(SymbolKind::TableAlias { .. } | SymbolKind::Cte | SymbolKind::Relation(_)) => true,
            Some(
                SymbolKind::Column { .. }
                | SymbolKind::ExternalColumn { .. }
                | SymbolKind::Window
                | SymbolKind::Lambda,
            )
            | None => false,
        };
        let is_plain = |c: char| c.is_alphanumeric() || "_.\"`".contains(c);
        let has_open_heir = self.has_open_heir(heirs);
        let is_open = |range: &&RenderedRange| {
            let mut references = self.symbols.references.iter();
            // `select orders from orders`: the rows with all their columns.
            let is_row = references.any(|it| it.range == **range && is_relation(it.symbol));
            let is_name = self.text(**range).chars().all(is_plain);
            // Where all columns of the heirs are known, what nobody finds is no column of theirs.
            is_row || (has_open_heir || !is_name) && has_name(**range)
        };
        self.symbols.unexplained.iter().find(is_open).copied()
    }

    /// Whether it reads an heir of which not all columns are known.
    fn has_open_heir(&self, heirs: &Heirs) -> bool {
        let mut symbols = self.symbols.symbols.iter();
        symbols.any(|symbol| match &symbol.kind {
            SymbolKind::Relation(relation) => {
                self.catalog.is_heir(relation, heirs) && self.catalog.columns(relation).is_none()
            }
            _ => false,
        })
    }

    /// The places in the file that a name in the SQL is written at; or the tag of the template that writes it.
    pub(super) fn places(
        &self,
        range: RenderedRange,
        name: &str,
    ) -> Result<Vec<SourceRange>, SourceRange> {
        let at = self.rendered.source_map.to_source(range);
        let Some((source, _)) = at else {
            return Err(SourceRange::at(0));
        };
        let text = self.here.text(self.world);
        let piece = self.rendered.source_map.piece_at(range.start);
        let is_literal = piece.is_some_and(|it| it.kind == PieceKind::Literal);
        if is_literal && source.of(text) == self.text(range) {
            let inner = name_within(self.text(range), range).unwrap_or(range);
            let start = source.start + (inner.start - range.start);
            return Ok(vec![SourceRange::new(start, start + inner.len())]);
        }
        // `{{ cents('amount') }}`; else, a text that is passed around: `{% set columns = ['amount'] %}`.
        let within = self.texts_in(&[source], name, IsWhole::No);
        if !within.is_empty() {
            return Ok(within);
        }
        let tags = template(self.world.db, self.here.file).tags.iter();
        let tags: Vec<SourceRange> = tags
            .filter(|tag| matches!(tag.kind, TagKind::Output | TagKind::Statement))
            .map(|tag| tag.range)
            .collect();
        let within = self.texts_in(&tags, name, IsWhole::Yes);
        if within.is_empty() {
            Err(source)
        } else {
            Ok(within)
        }
    }

    /// Texts of a template that are the name, or have it as a word, and are not names of something else.
    fn texts_in(&self, tags: &[SourceRange], name: &str, is_whole: IsWhole) -> Vec<SourceRange> {
        const OTHERS: [&str; 7] = [
            "ref", "source", "function", "config", "var", "env_var", "doc",
        ];
        let text = self.here.text(self.world);
        let calls = &template(self.world.db, self.here.file).calls;
        let of_others = |range: SourceRange| {
            let mut calls = calls.iter();
            calls
                .any(|call| OTHERS.iter().any(|it| call.is(&[it])) && call.args_range.covers(range))
        };
        let mut found = Vec::new();
        for tag in tags {
            for range in words_in(text, *tag, name) {
                let before = SourceRange::new(tag.start, range.start).of(text);
                let after = SourceRange::new(range.end, tag.end).of(text);
                let is_text = if is_whole == IsWhole::Yes {
                    before.ends_with(['\'', '"']) && after.starts_with(['\'', '"'])
                } else {
                    is_in_quotes(before)
                };
                if is_text
                    && !of_others(range)
                    && thing_at(self.world, &self.here, range.start).is_none()
                {
                    found.push(range);
                }
            }
        }
        found
    }

    /// The place of a stretch of the SQL, for a message.
    pub(super) fn near(&self, range: RenderedRange) -> SourceRange {
        let found = self.rendered.source_map.to_source(range);
        found.map_or(SourceRange::at(0), |(source, _)| source)
    }

    /// Whether text at a place of the file comes out as it stands.
    pub(super) fn is_rendered(&self, offset: u32) -> bool {
        let mut pieces = self.rendered.source_map.pieces().iter();
        pieces.any(|piece| piece.kind == PieceKind::Literal && piece.source.contains(offset))
    }

    /// The node's code in its file.
    pub(super) fn part(&self) -> SourceRange {
        let parsed = parsed(self.world.db, self.here.file);
        let part = parsed.get(self.slot as usize);
        part.map_or(SourceRange::at(0), |part| part.range)
    }
}

/// Whether a text of a template must be the name, or may be an expression of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum IsWhole {
    Yes,
    No,
}

/// Whether what follows is within a text of the template.
pub(crate) fn is_in_quotes(before: &str) -> bool {
    let mut open = None;
    for c in before.chars() {
        match open {
            Some(quote) if quote == c => open = None,
            None if matches!(c, '\'' | '"') => open = Some(c),
            _ => {}
        }
    }
    open.is_some()
}

/// A name in the text without its quotes; `None` for what is no single name.
fn name_within(text: &str, range: RenderedRange) -> Option<RenderedRange> {
    let first = text.chars().next()?;
    let quotes = ['"', '`', '['];
    if quotes.contains(&first) && text.len() > 2 {
        return Some(RenderedRange::new(range.start + 1, range.end - 1));
    }
    (first.is_alphabetic() || first == '_').then_some(range)
}
