//! What a rename has found so far.

use std::{collections::BTreeSet, path::Path};

use analysis::SourceFile;
use base::{Edit, FileId, LineIndex, SourceRange};

use crate::{
    rename::{EditNote, FileMove, Rename, RenameRefusal, Renaming, written::name_in},
    world::{Here, World},
};

/// Collects the edits of one rename, and refuses what may not be edited.
pub(super) struct Edits<'a> {
    pub(super) world: World<'a>,
    pub(super) old: String,
    pub(super) new: String,
    found: BTreeSet<Edit>,
    moves: BTreeSet<FileMove>,
    notes: Vec<(FileId, SourceRange, EditNote)>,
}

impl<'a> Edits<'a> {
    pub(super) fn new(world: World<'a>, old: &str, new: &str) -> Self {
        Self {
            world,
            old: old.to_owned(),
            new: new.to_owned(),
            found: BTreeSet::new(),
            moves: BTreeSet::new(),
            notes: Vec::new(),
        }
    }

    /// Writes the new name over the old one, the last time that it stands in `range`.
    pub(super) fn replace(&mut self, there: &Here, range: SourceRange) -> Renaming<()> {
        let text = there.text(self.world);
        let Some(word) = name_in(text, range, &self.old) else {
            let message = format!("`{}` is put together by a template there", self.old);
            return Err(self.refusal_at(there, range, &message));
        };
        let new = self.new.clone();
        self.write(there, word, new)
    }

    /// Writes a text over a range; an empty range inserts.
    pub(super) fn write(&mut self, there: &Here, range: SourceRange, text: String) -> Renaming<()> {
        if !there.is_own(self.world) {
            let message = format!(
                "the package `{}`, which is not edited here, uses it",
                there.package_name(self.world)
            );
            return Err(self.refusal_at(there, range, &message));
        }
        self.found.insert(Edit {
            file: there.id(self.world),
            range,
            text,
        });
        Ok(())
    }

    /// The same, and what it is for.
    pub(super) fn write_noted(
        &mut self,
        there: &Here,
        range: SourceRange,
        text: String,
        note: EditNote,
    ) -> Renaming<()> {
        self.write(there, range, text)?;
        self.notes.push((there.id(self.world), range, note));
        Ok(())
    }

    /// A stretch of a file with the edits that lie in it.
    pub(super) fn applied(&self, there: &Here, part: SourceRange) -> String {
        let file = there.id(self.world);
        let mut text = part.of(there.text(self.world)).to_owned();
        let mut edits: Vec<&Edit> = self.found.iter().filter(|edit| edit.file == file).collect();
        edits.retain(|edit| part.covers(edit.range));
        for edit in edits.into_iter().rev() {
            let range =
                (edit.range.start - part.start) as usize..(edit.range.end - part.start) as usize;
            if text.get(range.clone()).is_some() {
                text.replace_range(range, &edit.text);
            }
        }
        text
    }

    /// Gives a file another stem.
    pub(super) fn rename_file(&mut self, file: SourceFile, stem: &str) {
        let path = file.path(self.world.db);
        let extension = Path::new(&**path)
            .extension()
            .map_or_else(String::new, |extension| {
                format!(".{}", extension.to_string_lossy())
            });
        self.moves.insert(FileMove {
            file: file.id(self.world.db),
            name: format!("{stem}{extension}"),
        });
    }

    /// Whether a place is edited already.
    pub(super) fn covers(&self, there: &Here, range: SourceRange) -> bool {
        let file = there.id(self.world);
        let mut edits = self.found.iter();
        edits.any(|edit| edit.file == file && range.covers(edit.range))
    }

    /// Whether anything of a file is edited.
    pub(super) fn touches(&self, there: &Here) -> bool {
        let file = there.id(self.world);
        self.found.iter().any(|edit| edit.file == file)
    }

    /// `models/orders.sql:3: ...`
    pub(super) fn refusal_at(
        &self,
        there: &Here,
        range: SourceRange,
        message: &str,
    ) -> RenameRefusal {
        let line = LineIndex::new(there.text(self.world))
            .line_col(range.start)
            .line;
        let path = there.file.path(self.world.db);
        RenameRefusal::new(format!(
            "cannot rename `{}`: {message} ({path}:{})",
            self.old,
            line + 1
        ))
    }

    pub(super) fn refusal(&self, message: &str) -> RenameRefusal {
        RenameRefusal::new(format!("cannot rename `{}`: {message}", self.old))
    }

    pub(super) fn finish(self) -> Renaming<Rename> {
        if self.found.is_empty() && self.moves.is_empty() {
            return Err(self.refusal("it is not written in a file of this project"));
        }
        Ok(Rename {
            edits: self.found.into_iter().collect(),
            moves: self.moves.into_iter().collect(),
            notes: self.notes,
        })
    }
}
