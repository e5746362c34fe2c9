//! What a feature is answered from: the database, and the projects in it.
//!
//! A file can be part of several projects: of its own, and as a package of another. A feature takes the project in which
//! the file is the user's own, since that is where it is edited.

use analysis::{
    MacroIndex, Package, Project, RootDatabase, SourceFile,
    macros::{files_by_id, macro_index},
    manifest::is_editable,
};
use base::FileId;
use project::files::FileKind;

use crate::binder::Answers;

/// One revision of everything.
#[derive(Clone, Copy)]
pub(crate) struct World<'a> {
    pub(crate) db: &'a RootDatabase,
    /// Sorted by root.
    pub(crate) projects: &'a [Project],
    /// What binders said; `None` for questions that do not depend on it.
    pub(crate) answers: Option<&'a Answers>,
}

/// A file in the project in which it is looked at.
#[derive(Clone, Copy)]
pub(crate) struct Here {
    pub(crate) project: Project,
    pub(crate) package: Package,
    pub(crate) file: SourceFile,
}

impl World<'_> {
    /// Every way in which a file is part of a project.
    pub(crate) fn files(self, id: FileId) -> impl Iterator<Item = (Project, SourceFile)> {
        self.projects.iter().flat_map(move |project| {
            let files = files_by_id(self.db, *project).get(&id);
            files.into_iter().flatten().map(|file| (*project, *file))
        })
    }

    /// The file where it is the user's own; else, where it is part of a package.
    pub(crate) fn here(self, id: FileId) -> Option<Here> {
        let of_package = |(project, file): (Project, SourceFile)| {
            let package = file.package(self.db)?;
            Some(Here {
                project,
                package,
                file,
            })
        };
        let is_own = |here: &Here| here.is_own(self);
        let mut all = self.files(id).filter_map(of_package);
        let first = all.next()?;
        if is_own(&first) {
            return Some(first);
        }
        all.find(is_own).or(Some(first))
    }
}

impl Here {
    pub(crate) fn kind(&self, world: World<'_>) -> Option<FileKind> {
        self.file.kind(world.db)
    }

    pub(crate) fn id(&self, world: World<'_>) -> FileId {
        self.file.id(world.db)
    }

    pub(crate) fn text<'a>(&self, world: World<'a>) -> &'a str {
        self.file.text(world.db)
    }

    pub(crate) fn package_name<'a>(&self, world: World<'a>) -> &'a str {
        self.package.name(world.db)
    }

    pub(crate) fn macros<'a>(&self, world: World<'a>) -> &'a MacroIndex {
        macro_index(world.db, self.project)
    }

    /// Whether the user may edit it: nothing that is installed.
    pub(crate) fn is_own(&self, world: World<'_>) -> bool {
        is_editable(world.db, self.package)
    }
}
