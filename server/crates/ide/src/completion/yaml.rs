//! Properties files: names of models and columns where entries have them, keys, and values of known keys.

use analysis::resolve::ref_index;
use base::SourceRange;
use project::{
    node::{ResourceType, config_default_keys},
    properties::{entry_keys, section_names},
};

use super::{CompletionKind, Offer, Offers, arguments};
use crate::world::{Here, World};

/// Offer what can stand at this place of the YAML tree.
pub(crate) fn complete(world: World<'_>, here: &Here, offset: u32, offers: &mut Offers) {
    let Some(line) = Line::at(here.text(world), offset) else {
        return;
    };
    offers.begin(line.typed, line.replace);
    let section = line.section;
    match line.key {
        Some("name") if line.depth == 1 => complete_names(world, here, section, offers),
        Some("materialized") => {
            for name in arguments::materializations(world, here) {
                offers.add(Offer::new(&name, CompletionKind::Value, 0));
            }
        }
        Some(key) => {
            for value in arguments::values_of(key) {
                offers.add(Offer::new(value, CompletionKind::Value, 0));
            }
        }
        None => complete_keys(section, &line, offers),
    }
}

fn complete_names(world: World<'_>, here: &Here, section: Option<&str>, offers: &mut Offers) {
    let (wanted, kind) = match section {
        Some("models") => (ResourceType::Model, CompletionKind::Model),
        Some("seeds") => (ResourceType::Seed, CompletionKind::Seed),
        Some("snapshots") => (ResourceType::Snapshot, CompletionKind::Snapshot),
        _ => return,
    };
    for (name, by_package) in &ref_index(world.db, here.project).enabled {
        let own = by_package.get(here.package_name(world));
        if own.is_some_and(|target| target.unique_id.resource_type() == Some(wanted)) {
            offers.add(Offer::new(name, kind, 0));
        }
    }
}

fn complete_keys(section: Option<&str>, line: &Line<'_>, offers: &mut Offers) {
    let mut add = |key: &str| {
        let offer = Offer::new(key, CompletionKind::Key, 0);
        offers.add(offer.snippet(format!("{key}: $0")));
    };
    match (section, line.parent) {
        (None, _) => section_names().for_each(&mut add),
        (Some(section), Some("config")) => {
            let keys = config_default_keys(kind_of(section));
            keys.into_iter().for_each(&mut add);
        }
        (Some(section), _) => entry_keys(kind_of(section))
            .iter()
            .copied()
            .for_each(&mut add),
    }
}

/// What a section describes.
fn kind_of(section: &str) -> ResourceType {
    match section {
        "seeds" => ResourceType::Seed,
        "snapshots" => ResourceType::Snapshot,
        "data_tests" | "tests" => ResourceType::Test,
        "sources" => ResourceType::Source,
        "macros" => ResourceType::Macro,
        "exposures" => ResourceType::Exposure,
        "groups" => ResourceType::Group,
        "unit_tests" => ResourceType::UnitTest,
        _ => ResourceType::Model,
    }
}

/// What the text around the cursor says, by indentation: half-typed YAML has no tree worth looking at.
struct Line<'a> {
    /// `name` in `- name: ord|`.
    key: Option<&'a str>,
    typed: &'a str,
    replace: SourceRange,
    /// The outermost key above: `models`.
    section: Option<&'a str>,
    /// The nearest key above with less indentation.
    parent: Option<&'a str>,
    /// How many keys are above with less indentation.
    depth: usize,
}

impl<'a> Line<'a> {
    fn at(text: &'a str, offset: u32) -> Option<Self> {
        let before = text.get(..offset as usize)?;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.get(start..)?;
        let content = line.trim_start_matches([' ', '-']);
        let indent = line.len() - content.len();
        let (key, typed) = match content.split_once(':') {
            Some((key, value)) => (
                Some(key.trim()),
                value.trim_start().trim_start_matches(['"', '\'']),
            ),
            None => (None, content),
        };
        let mut keys = Vec::new();
        let mut limit = indent;
        for above in before.get(..start)?.lines().rev() {
            let content = above.trim_start_matches([' ', '-']);
            let indent = above.len() - content.len();
            if let Some((key, _)) = content.split_once(':')
                && indent < limit
                && !content.starts_with('#')
            {
                keys.push(key.trim());
                limit = indent;
            }
        }
        let end = offset as usize;
        Some(Self {
            key,
            typed,
            replace: SourceRange::from_usize(end - typed.len(), end),
            section: keys.last().copied(),
            parent: keys.first().copied(),
            depth: keys.len(),
        })
    }
}
