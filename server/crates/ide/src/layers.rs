//! What a file is written in: the SQL, the templates and the YAML of which features that look at text are made.
//!
//! For features that ask how a text is built and not what it means: any file of a project has layers, also one that is
//! in no package (`selectors.yml`, `profiles.yml`), and also one that does not parse.

use analysis::{
    FileRole, Project, SourceFile,
    columns::dialect,
    source::{template, yaml},
};
use base::{FileId, SourceRange};
use jinja::{
    Template,
    syntax::{BlockSyntax, TagKind, TagSyntax, words},
};
use project::{files::FileKind, yaml::YamlNode};
use sql::SqlTree;

use crate::{masked::masked_text, world::World};

/// What a file is outside of its templates' tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Sql,
    Yaml,
    Markdown,
}

/// A file as layers of text.
pub(crate) struct Layers<'a> {
    world: World<'a>,
    project: Project,
    file: SourceFile,
    pub(crate) language: Language,
    pub(crate) text: &'a str,
    pub(crate) template: &'a Template,
}

impl<'a> Layers<'a> {
    /// `None` for a file of no project, and for rows and Python.
    pub(crate) fn new(world: World<'a>, id: FileId) -> Option<Self> {
        let (project, file) = world.files(id).next()?;
        Some(Self {
            world,
            project,
            file,
            language: language(world, file)?,
            text: file.text(world.db),
            template: template(world.db, file),
        })
    }

    /// The SQL, with names in place of tags; `None` for what is none.
    pub(crate) fn sql(&self) -> Option<SqlTree> {
        let is_sql = self.language == Language::Sql;
        is_sql.then(|| {
            let text = masked_text(self.template, self.text);
            sql::parse(&text, dialect(self.world.db, self.project))
        })
    }

    /// The value of the YAML; `None` for what is none.
    pub(crate) fn yaml(&self) -> Option<YamlNode<'a>> {
        (self.language == Language::Yaml).then(|| yaml(self.world.db, self.file).0.root())
    }

    /// All of the file.
    pub(crate) fn whole(&self) -> SourceRange {
        SourceRange::from_usize(0, self.text.len())
    }

    /// The tag around a cursor.
    pub(crate) fn tag_at(&self, offset: u32) -> Option<TagSyntax> {
        let tags = &self.template.tags;
        let until = tags.partition_point(|tag| tag.range.start <= offset);
        let before = tags.get(..until)?.iter().rev();
        before
            .take(2)
            .find(|tag| tag.range.touches(offset))
            .copied()
    }

    /// The blocks with the tags that divide them, in the order of their beginning.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = self.template.blocks.iter().map(Block::new).collect();
        let mut open: Vec<usize> = Vec::new();
        let mut opened = 0;
        for tag in &self.template.tags {
            if tag.kind != TagKind::Statement {
                continue;
            }
            let at = |idx: usize| self.template.blocks.get(idx);
            while at(opened).is_some_and(|block| block.open.start < tag.range.start) {
                opened += 1;
            }
            if at(opened).is_some_and(|block| block.open == tag.range) {
                open.push(opened);
                continue;
            }
            let closes = |idx: &usize| at(*idx).is_some_and(|it| it.close == Some(tag.range));
            if let Some(level) = open.iter().rposition(closes) {
                open.truncate(level);
            } else if matches!(self.keyword(*tag), Some("else" | "elif"))
                && let Some(block) = open.last().and_then(|idx| blocks.get_mut(*idx))
            {
                block.dividers.push(tag.range);
            }
        }
        blocks
    }

    /// The first word of `{% %}`, where it is written.
    pub(crate) fn keyword_range(&self, tag: TagSyntax) -> Option<SourceRange> {
        (tag.kind == TagKind::Statement).then_some(())?;
        words(self.text, tag).first().map(|word| word.range)
    }

    fn keyword(&self, tag: TagSyntax) -> Option<&'a str> {
        Some(self.keyword_range(tag)?.of(self.text))
    }
}

/// A block with the tags that it consists of.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) open: SourceRange,
    /// `{% elif %}`, `{% else %}`.
    pub(crate) dividers: Vec<SourceRange>,
    pub(crate) close: Option<SourceRange>,
}

impl Block {
    fn new(block: &BlockSyntax) -> Self {
        Self {
            open: block.open,
            dividers: Vec::new(),
            close: block.close,
        }
    }

    /// All its tags in order.
    pub(crate) fn tags(&self) -> impl Iterator<Item = SourceRange> {
        let others = self.dividers.iter().copied().chain(self.close);
        std::iter::once(self.open).chain(others)
    }

    /// What is between its tags; nothing of a block that is not closed.
    pub(crate) fn bodies(&self) -> Vec<SourceRange> {
        if self.close.is_none() {
            return Vec::new();
        }
        let ends = self.tags().skip(1);
        let bodies = self.tags().zip(ends);
        bodies
            .map(|(before, after)| SourceRange::new(before.end, after.start))
            .collect()
    }

    /// From the first to the last tag.
    pub(crate) fn range(&self) -> SourceRange {
        self.tags().fold(self.open, SourceRange::join)
    }
}

fn language(world: World<'_>, file: SourceFile) -> Option<Language> {
    let kind = match file.role(world.db) {
        FileRole::Resource(kind) => kind,
        FileRole::ProjectFile | FileRole::Profiles | FileRole::Packages | FileRole::Selectors => {
            return Some(Language::Yaml);
        }
    };
    match kind {
        FileKind::Properties => Some(Language::Yaml),
        FileKind::Docs => Some(Language::Markdown),
        FileKind::Seed => None,
        FileKind::Model
        | FileKind::Snapshot
        | FileKind::Analysis
        | FileKind::Macro
        | FileKind::SingularTest
        | FileKind::GenericTest
        | FileKind::Fixture
        | FileKind::Function => {
            let is_sql = file.path(world.db).ends_with(".sql");
            is_sql.then_some(Language::Sql)
        }
    }
}

/// A range of the text with names in place of tags is one of the file.
pub(crate) fn in_file(range: base::RenderedRange) -> SourceRange {
    SourceRange::new(range.start, range.end)
}
