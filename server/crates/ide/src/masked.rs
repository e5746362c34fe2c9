//! A file's SQL before it is rendered: each `{{ }}` replaced by a name of the same length.
//!
//! Places in it are places in the file, it can be had of text that does not render, and a `ref` or `source` keeps its
//! meaning through the name: `select o.id from {{ ref('orders') }} o` is read as `select o.id from j_0________________ o`.

use std::{collections::BTreeMap, sync::Arc};

use analysis::{facts::ref_of, resolve::source_target, source::template};
use base::SourceRange;
use jinja::{
    Template,
    syntax::{CallSyntax, TagKind},
};
use project::node::SourceArgs;
use sql::{Catalog, CatalogColumn, RelationName};

use crate::{
    completion::{columns_of_node, columns_of_source},
    symbol::{Thing, node_of, node_of_file},
    world::{Here, World},
};

/// SQL with names in place of the template's tags.
pub(crate) struct Masked {
    text: String,
    /// What the names stand for, where it is a node or a table.
    things: BTreeMap<usize, MaskedThing>,
}

struct MaskedThing {
    thing: Thing,
    columns: Option<Arc<[CatalogColumn]>>,
}

impl Masked {
    pub(crate) fn new(world: World<'_>, here: &Here) -> Self {
        let template = template(world.db, here.file);
        let source = here.text(world);
        let mut things = BTreeMap::new();
        let calls = template.calls.iter().filter(|call| call.is_whole_output);
        let mut calls = calls.peekable();
        let outputs = template.tags.iter().enumerate();
        for (nth, tag) in outputs.filter(|(_, tag)| tag.kind == TagKind::Output) {
            while calls
                .next_if(|call| call.range.start < tag.range.start)
                .is_some()
            {}
            let call = calls.next_if(|call| tag.range.covers(call.range));
            let thing = match call {
                Some(call) => thing_of_call(world, here, call),
                None if is_this(tag.range.of(source)) => node_of_file(world, here),
                None => None,
            };
            if let Some(thing) = thing {
                let columns = columns_of(world, &thing);
                things.insert(nth, MaskedThing { thing, columns });
            }
        }
        let text = masked_text(template, source);
        Self { text, things }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The node or table that a relation in the text stands for.
    pub(crate) fn thing(&self, relation: &RelationName) -> Option<&Thing> {
        let masked = self.things.get(&unmask(relation.identifier())?)?;
        Some(&masked.thing)
    }
}

impl Catalog for Masked {
    fn columns(&self, relation: &RelationName) -> Option<Arc<[CatalogColumn]>> {
        let masked = self.things.get(&unmask(relation.identifier())?)?;
        masked.columns.clone()
    }
}

/// The text alone: enough where it does not matter what the names stand for.
pub(crate) fn masked_text(template: &Template, source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    let configs = template.calls_of(&["config"]);
    let mut configs = configs.filter(|call| call.is_whole_output).peekable();
    for (nth, tag) in template.tags.iter().enumerate() {
        while configs
            .next_if(|call| call.range.start < tag.range.start)
            .is_some()
        {}
        // It writes nothing.
        let is_config = configs.next_if(|call| tag.range.covers(call.range));
        let start = text.len() as u32;
        text.push_str(SourceRange::new(start, tag.range.start).of(source));
        let width = (tag.range.end as usize).saturating_sub(text.len());
        match tag.kind {
            TagKind::Output if is_config.is_none() => text.push_str(&mask(nth, width)),
            TagKind::Output | TagKind::Statement | TagKind::Comment | TagKind::Verbatim => {
                text.extend(std::iter::repeat_n(' ', width));
            }
        }
    }
    text.push_str(source.get(text.len()..).unwrap_or(""));
    text
}

/// A name of this length that says which tag it stands for: `j_3______`.
fn mask(nth: usize, width: usize) -> String {
    let name = format!("{PREFIX}{nth}");
    if name.len() > width {
        return "_".repeat(width);
    }
    format!("{name:_<width$}")
}

const PREFIX: &str = "j_";

/// Whether a name stands for a tag.
pub(crate) fn is_mask(name: &str) -> bool {
    unmask(name).is_some() || !name.is_empty() && name.chars().all(|c| c == '_')
}

fn unmask(name: &str) -> Option<usize> {
    name.strip_prefix(PREFIX)?
        .trim_end_matches('_')
        .parse()
        .ok()
}

/// `{{ this }}`: the node that is made here, as it was built before.
fn is_this(tag: &str) -> bool {
    let inner = tag.strip_prefix("{{").and_then(|it| it.strip_suffix("}}"));
    inner.is_some_and(|it| it.trim_matches('-').trim() == "this")
}

/// What `{{ ref(...) }}` or `{{ source(...) }}` stands for.
fn thing_of_call(world: World<'_>, here: &Here, call: &CallSyntax) -> Option<Thing> {
    if call.is(&["ref"]) {
        return node_of(world, here, &ref_of(call)?).map(Thing::Node);
    }
    if call.is(&["source"]) {
        let args = SourceArgs {
            source: call.text_arg(0)?.into(),
            table: call.text_arg(1)?.into(),
        };
        let package = here.package_name(world);
        return source_target(world.db, here.project, package, &args).map(Thing::Table);
    }
    None
}

fn columns_of(world: World<'_>, thing: &Thing) -> Option<Arc<[CatalogColumn]>> {
    match thing {
        Thing::Node(target) => columns_of_node(world, target),
        Thing::Table(target) => columns_of_source(world, *target),
        Thing::Source(_)
        | Thing::Macros(_)
        | Thing::Var(_)
        | Thing::EnvVar(_)
        | Thing::Doc(_, _)
        | Thing::Builtin(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{mask, unmask};

    #[test]
    fn a_mask_has_the_length_of_the_tag_and_says_which_it_is() {
        assert_eq!(mask(3, 14), "j_3___________");
        assert_eq!(unmask(&mask(12, 14)), Some(12));
        assert_eq!(mask(1000, 4), "____");
        assert_eq!(unmask("orders"), None);
    }
}
