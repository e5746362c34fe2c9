//! What can be done at the cursor: fixes of diagnostics, and commands for editors without lenses.

use analysis::{facts::parsed, nodes::nodes_of};
use base::{Diagnostic, Edit, FileRange, SourceRange};

use crate::{
    code_lens::{commands_of, title_of},
    command::Command,
    selection::node_selector,
    world::{Here, World},
};

/// Something to choose from a menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeAction {
    /// What is shown.
    pub title: String,
    /// What it does.
    pub effect: CodeActionEffect,
}

/// What a code action does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeActionEffect {
    /// Mends a diagnostic.
    Fix {
        /// What is mended.
        diagnostic: Diagnostic,
        /// Applied together or not at all.
        edits: Vec<Edit>,
    },
    /// Has something executed.
    Command(Command),
}

/// What can be done at a selection.
pub(crate) fn code_actions(
    world: World<'_>,
    selection: FileRange,
    found: Vec<Diagnostic>,
) -> Vec<CodeAction> {
    let Some(here) = world.here(selection.file).filter(|here| here.is_own(world)) else {
        return Vec::new();
    };
    let mut actions = fixes(selection, found);
    actions.extend(commands(world, &here, selection));
    actions
}

fn fixes(selection: FileRange, found: Vec<Diagnostic>) -> Vec<CodeAction> {
    let touched = |found: SourceRange| {
        found.touches(selection.range.start)
            || found.touches(selection.range.end)
            || selection.range.covers(found)
    };
    found
        .into_iter()
        .filter(|diagnostic| touched(diagnostic.range))
        .filter_map(|diagnostic| {
            let fix = diagnostic.fix.clone()?;
            Some(CodeAction {
                title: fix.title,
                effect: CodeActionEffect::Fix {
                    diagnostic,
                    edits: fix.edits,
                },
            })
        })
        .collect()
}

/// The lenses' commands, for editors that show none.
fn commands(world: World<'_>, here: &Here, selection: FileRange) -> Vec<CodeAction> {
    let parsed = parsed(world.db, here.file);
    let mut actions = Vec::new();
    for (node, part) in nodes_of(world.db, here.file).iter().zip(parsed.iter()) {
        if !part.range.touches(selection.range.start) {
            continue;
        }
        for kind in commands_of(node.resource_type()) {
            actions.push(CodeAction {
                title: format!("{} {}", title_of(*kind), node.name),
                effect: CodeActionEffect::Command(Command {
                    kind: *kind,
                    selector: Some(node_selector(node)),
                }),
            });
        }
    }
    actions
}
