//! The saved index: what a project came to, so that the next command need not read it again.
//!
//! A manifest is a function of the files, of the settings and of what templates read of the environment. The index holds
//! a manifest and a description of all of these (`basis`). It is used only where every part of the description is as it
//! was; otherwise it is as if there were none. One difference is put up with: another text between the calls of a model,
//! which changes the model's code and nothing else.
//!
//! A file is taken for unchanged by its size and time of modification. Where that time is so near to the saving that a
//! later change might have the same, or where it differs, the text decides.
//!
//! This module makes bytes and reads them; where they are kept, and whether, is the caller's business.

mod basis;
mod content;

use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hasher},
    sync::Arc,
};

use base::{FileId, SourceRange, System};
use jinja::Template;
use project::node::{Checksum, Node, UniqueId};

use crate::{
    Inputs, Manifest, Place, Project, RootDatabase,
    change::{Change, FileText},
    facts::static_facts,
    load::{FoundProject, read_text},
    project_config::root_name,
};

use basis::{Basis, SavedFile, facts_hash, is_structural};

/// Its name below the target path.
pub const FILE_NAME: &str = "dagsmith_index.bin";

/// What is saved of a project; `None` where something was wrong with a file, since that has to be said again.
///
/// `binary` tells this binary from all others: what it makes of a project is as good as part of it.
pub fn save(
    db: &RootDatabase,
    project: Project,
    found: &FoundProject,
    manifest: &Manifest,
    binary: &str,
) -> Option<Vec<u8>> {
    let basis = Basis::of(db, project, found, binary)?;
    let basis = postcard::to_stdvec(&basis).ok()?;
    let sections = content::encoded(db, manifest)?;
    let mut bytes = Vec::with_capacity(sections.iter().map(Vec::len).sum::<usize>() + basis.len());
    for section in std::iter::once(&basis).chain(&sections) {
        bytes.extend((section.len() as u64).to_le_bytes());
        bytes.extend(hash(section).to_le_bytes());
        bytes.extend(section);
    }
    Some(bytes)
}

/// The manifest of a project that was found, if `bytes` were saved of the same; nothing is an error.
pub fn restore(
    system: &dyn System,
    found: &FoundProject,
    bytes: &[u8],
    binary: &str,
) -> Option<Arc<Manifest>> {
    let sections = sections(bytes)?;
    let (basis, sections) = sections.split_first()?;
    let basis: Basis = checked(basis)?;
    if !basis.holds_for(found, binary) {
        return None;
    }
    let edited = edited_bodies(system, found, &basis)?;
    let mut db = RootDatabase::default();
    let project = structural_project(system, found, &mut db)?;
    let mut manifest = content::decoded(&db, project, sections)?;
    if *manifest.project_name != *root_name(&db, project) {
        return None;
    }
    let mut by_file: HashMap<FileId, Vec<UniqueId>> = HashMap::new();
    if !edited.is_empty() {
        for (id, place) in &manifest.places {
            by_file.entry(place.file).or_default().push(id.clone());
        }
    }
    for (file, text) in edited {
        // A file that is one node is one node, unless it is turned off.
        let [id] = by_file.get(&file).map_or(&[][..], Vec::as_slice) else {
            return None;
        };
        replace_body(manifest.nodes.get_mut(id)?, &text);
        let range = SourceRange::from_usize(0, text.len());
        manifest.places.insert(id.clone(), Place { file, range });
    }
    Some(Arc::new(manifest))
}

fn replace_body(node: &mut Arc<Node>, text: &str) {
    let node = Arc::make_mut(node);
    node.raw_code = text.trim().into();
    node.checksum = Checksum::of_text(text);
}

/// The files with another text than was saved, all of them nodes whose calls are the same; `None` where anything else is new.
fn edited_bodies(
    system: &dyn System,
    found: &FoundProject,
    basis: &Basis,
) -> Option<BTreeMap<FileId, Arc<str>>> {
    use rayon::prelude::*;
    if found.files.len() != basis.files.len() {
        return None;
    }
    let pairs = found.files.par_iter().zip(&basis.files);
    // Left out where all is as it was, `None` where the index is of no use.
    let edited = pairs.filter_map(|((id, path, stamp), saved)| {
        if saved.is_surely(*stamp, basis.saved_at_ns) {
            return None;
        }
        let FileText {
            text,
            problem: None,
        } = read_text(system, path, *stamp)
        else {
            return Some(None);
        };
        if saved.has_text(&text) {
            return None;
        }
        Some(is_same_but_for_body(saved, &text).then_some((*id, text)))
    });
    edited.collect()
}

fn is_same_but_for_body(saved: &SavedFile, text: &str) -> bool {
    let template = Template::parse(text);
    let facts = static_facts(&template).and_then(|facts| facts_hash(&facts));
    // What is wrong with a text has to be said by who reads it.
    template.errors.is_empty() && facts.is_some() && facts == saved.facts
}

/// The project with the texts alone that macros and settings are made of: for what cannot be saved.
fn structural_project(
    system: &dyn System,
    found: &FoundProject,
    db: &mut RootDatabase,
) -> Option<Project> {
    let input = &found.loaded.input;
    let structural = basis::roles(input);
    let texts = found.files.iter().filter(|(id, ..)| {
        let roles = structural.get(id).map_or(&[][..], Vec::as_slice);
        roles.iter().any(|role| is_structural(*role))
    });
    let read = texts.map(|(id, path, stamp)| (*id, read_text(system, path, *stamp)));
    let change = Change {
        texts: found.loaded.texts.iter().cloned().chain(read).collect(),
        projects: vec![(Arc::clone(&input.root), Some(input.clone()))],
        ..Change::default()
    };
    let mut inputs = Inputs::default();
    inputs.apply(db, change);
    inputs.project(&input.root)
}

/// The parts that `save` has put one after the other; `None` where the bytes are not from there.
fn sections(mut bytes: &[u8]) -> Option<Vec<(u64, &[u8])>> {
    let mut sections = Vec::new();
    while !bytes.is_empty() {
        let (len, rest) = bytes.split_first_chunk::<8>()?;
        let (expected, rest) = rest.split_first_chunk::<8>()?;
        let len = usize::try_from(u64::from_le_bytes(*len)).ok()?;
        let (section, rest) = rest.split_at_checked(len)?;
        sections.push((u64::from_le_bytes(*expected), section));
        bytes = rest;
    }
    Some(sections)
}

/// Reads a section unless it is damaged.
fn checked<T: serde::de::DeserializeOwned>(section: &(u64, &[u8])) -> Option<T> {
    let (expected, bytes) = section;
    if hash(bytes) != *expected {
        return None;
    }
    postcard::from_bytes(bytes).ok()
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests;
