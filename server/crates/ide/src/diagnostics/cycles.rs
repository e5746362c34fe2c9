//! `cycle`: a model that depends on itself, with the path.
//!
//! Looks upstream from the file's own refs only: what it reads is what can lead back to it.

use std::collections::{HashMap, VecDeque};

use analysis::{RootDatabase, SourceFile, facts::node_facts, resolve, source::template};
use base::Diagnostic;
use jinja::Template;

use super::{
    CheckContext,
    references::{ref_target, text_range},
};

pub(super) fn check(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    let tree: &Template = template(db, file);
    for call in tree.calls_of(&["ref"]) {
        let Some(target) = ref_target(context, call) else {
            continue;
        };
        let Some(mut path) = path_between(db, target.file, file) else {
            continue;
        };
        let name = file.stem(db).to_owned();
        path.insert(0, name.clone());
        let path = path.join(" → ");
        if let Some(argument) = call.positional().last() {
            found.push(Diagnostic::error(
                "cycle",
                text_range(argument),
                format!("`{name}` depends on itself: {path}"),
            ));
        }
    }
}

/// The names on a shortest way from `from` up to `to`, both included.
pub(crate) fn path_between(
    db: &RootDatabase,
    from: SourceFile,
    to: SourceFile,
) -> Option<Vec<String>> {
    let mut came_from: HashMap<SourceFile, Option<SourceFile>> = HashMap::from([(from, None)]);
    let mut queue = VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        if at == to {
            let mut path = vec![at.stem(db).to_owned()];
            let mut step = came_from.get(&at).copied().flatten();
            while let Some(previous) = step {
                path.push(previous.stem(db).to_owned());
                step = came_from.get(&previous).copied().flatten();
            }
            path.reverse();
            return Some(path);
        }
        let Some(package) = at.package(db) else {
            continue;
        };
        for args in node_facts(db, at)
            .iter()
            .flat_map(|facts| facts.refs.iter())
        {
            let Some(target) = resolve::ref_target(db, package.project(db), package.name(db), args)
            else {
                continue;
            };
            came_from.entry(target.file).or_insert_with(|| {
                queue.push_back(target.file);
                Some(at)
            });
        }
    }
    None
}
