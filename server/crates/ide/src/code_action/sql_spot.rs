//! A file's SQL as actions on it need it: names in place of the template's tags, so that places are those of the file.

use analysis::{columns::dialect, source::template};
use base::SourceRange;
use jinja::{
    Template,
    syntax::{BlockSyntax, TagKind, TagSyntax},
};
use sql::{SqlTree, Symbols};

use crate::{
    masked::Masked,
    world::{Here, World},
};

/// The SQL of a file, and what its names mean.
pub(super) struct SqlSpot<'a> {
    pub(super) text: &'a str,
    pub(super) template: &'a Template,
    pub(super) tree: SqlTree,
    pub(super) symbols: Symbols,
    masked: Masked,
}

impl<'a> SqlSpot<'a> {
    pub(super) fn new(world: World<'a>, here: Here) -> Self {
        let masked = Masked::new(world, &here);
        let tree = sql::parse(masked.text(), dialect(world.db, here.project));
        let symbols = sql::symbols(&tree, &masked);
        Self {
            text: here.text(world),
            template: template(world.db, here.file),
            tree,
            symbols,
            masked,
        }
    }

    /// Whether a name is one that a tag was replaced by: it means nothing to the user.
    pub(super) fn is_mask(name: &str) -> bool {
        crate::masked::is_mask(name)
    }

    pub(super) fn newline(&self) -> &'static str {
        if self.text.contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        }
    }

    pub(super) fn tags_in(&self, range: SourceRange) -> impl Iterator<Item = &TagSyntax> {
        let tags = self.template.tags.iter();
        tags.filter(move |tag| tag.range.start < range.end && range.start < tag.range.end)
    }

    /// Nothing in the range is made by a template.
    pub(super) fn is_plain(&self, range: SourceRange) -> bool {
        self.tags_in(range).next().is_none()
    }

    /// Whether what stands in the range is there however the template is rendered, and once: no block is opened or closed
    /// in it, none is around it, and nothing is set in it.
    pub(super) fn is_certain(&self, range: SourceRange) -> bool {
        let is_statement = |tag: &TagSyntax| tag.kind == TagKind::Statement;
        let mut blocks = self.template.blocks.iter().map(BlockSyntax::range);
        !self.tags_in(range).any(is_statement)
            && !blocks.any(|block| block.start < range.end && range.start < block.end)
    }

    /// Whether the SQL still means the same after plain text of it was replaced: it has no new errors, no new problems,
    /// and yields the same columns.
    pub(super) fn stays_the_same(&self, edits: &[(SourceRange, String)]) -> bool {
        let mut text = self.masked.text().to_owned();
        let mut sorted: Vec<_> = edits.iter().collect();
        sorted.sort();
        for (range, new) in sorted.into_iter().rev() {
            let range = range.start as usize..range.end as usize;
            if text.get(range.clone()).is_none() {
                return false;
            }
            text.replace_range(range, new);
        }
        let tree = sql::parse(&text, self.tree.dialect());
        let symbols = sql::symbols(&tree, &self.masked);
        let names = |symbols: &Symbols| {
            let columns = symbols.columns.columns.iter();
            columns.map(|it| it.name.clone()).collect::<Vec<_>>()
        };
        tree.errors.len() <= self.tree.errors.len()
            && symbols.problems.len() <= self.symbols.problems.len()
            && names(&symbols) == names(&self.symbols)
    }
}
