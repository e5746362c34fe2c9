//! The SQL that a file compiles to.

use std::sync::Arc;

use analysis::{rendered::rendered, resolve::RefTarget};
use base::{Diagnostic, FileId};
use project::files::FileKind;

use crate::world::World;

/// Compiled SQL, as far as it could be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    /// Empty if nothing could be rendered.
    pub text: String,
    /// What went wrong, in the file; with errors the text may be partial.
    pub errors: Vec<Diagnostic>,
}

/// What stands between the SQL of two nodes.
pub(crate) const SEPARATOR: &str = "\n\n;\n\n";

/// The SQL of a file's nodes; `None` for what is not compiled.
pub(crate) fn compiled(
    world: World<'_>,
    file: FileId,
    errors: Vec<Diagnostic>,
) -> Option<Compiled> {
    let here = world.here(file)?;
    match here.kind(world)? {
        FileKind::Model | FileKind::Snapshot | FileKind::Analysis | FileKind::SingularTest => {}
        FileKind::Seed
        | FileKind::Macro
        | FileKind::GenericTest
        | FileKind::Fixture
        | FileKind::Function
        | FileKind::Docs
        | FileKind::Properties => return None,
    }
    let texts: Vec<&str> = rendered(world.db, here.file)
        .iter()
        .map(|node| node.sql.trim())
        .collect();
    Some(Compiled {
        text: texts.join(SEPARATOR),
        errors,
    })
}

/// The SQL of one node, if it compiles.
pub(crate) fn compiled_node(world: World<'_>, target: &RefTarget) -> Option<Arc<str>> {
    let rendered = rendered(world.db, target.file);
    let sql = rendered.get(target.slot as usize)?.sql.trim_matches('\n');
    (!sql.trim().is_empty()).then(|| sql.into())
}
