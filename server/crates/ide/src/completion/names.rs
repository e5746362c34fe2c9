//! Names in expressions: variables, functions, macros, packages, filters, tags.

use std::collections::BTreeSet;

use analysis::{MacroKey, macros::macro_definition, source::template};
use jinja::MacroDef;

use super::{CompletionKind, Offer, Offers};
use crate::{
    builtins::{BUILTINS, Builtin, FILTERS, TAGS, TESTS, VARIABLES},
    world::{Here, World},
};

/// What an expression can begin with.
pub(crate) fn complete(world: World<'_>, here: &Here, offset: u32, offers: &mut Offers) {
    complete_local(world, here, offset, offers);
    let macros = here.macros(world);
    let package = here.package_name(world);
    for (name, key) in macros.visible_from(package) {
        // Tests, materializations and the implementations behind a dispatch are not called by name.
        let is_hidden = name.starts_with("test_")
            || name.starts_with("materialization_")
            || name.contains("__");
        if !is_hidden && offers.misfit(name).is_some() {
            let is_own = macros
                .packages
                .get(package)
                .is_some_and(|own| own.contains_key(name));
            add_macro(world, here, name, key, if is_own { 1 } else { 3 }, offers);
        }
    }
    for name in macros.packages.keys() {
        offers.add(Offer::new(name, CompletionKind::Variable, 3).detail("package"));
    }
    for builtin in BUILTINS.iter().filter(|it| !it.name.contains('.')) {
        offers.add(builtin_offer(builtin, builtin.name));
    }
    for (name, doc) in VARIABLES {
        offers.add(Offer::new(name, CompletionKind::Variable, 2).doc(*doc));
    }
}

/// Parameters and `{% set %}`s of the text around and before the cursor.
fn complete_local(world: World<'_>, here: &Here, offset: u32, offers: &mut Offers) {
    let template = template(world.db, here.file);
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let sets = template.sets.iter();
    names.extend(
        sets.filter(|set| set.name_range.end < offset)
            .map(|set| &*set.name),
    );
    let around = template
        .macros
        .iter()
        .filter(|definition| definition.range.touches(offset));
    names.extend(around.flat_map(|definition| definition.params.iter().map(|param| &*param.name)));
    for name in names {
        offers.add(Offer::new(name, CompletionKind::Variable, 0));
    }
}

/// What follows a dot.
pub(crate) fn complete_attribute(
    world: World<'_>,
    here: &Here,
    path: &[String],
    offers: &mut Offers,
) {
    let prefix = path.join(".");
    let macros = here.macros(world);
    let names = match prefix.as_str() {
        "dbt" => Some(&macros.builtin),
        package => macros.packages.get(package),
    };
    for (name, key) in names.into_iter().flatten() {
        if !name.contains("__")
            && !name.starts_with("materialization_")
            && offers.misfit(name).is_some()
        {
            add_macro(world, here, name, *key, 0, offers);
        }
    }
    for builtin in BUILTINS {
        let attribute = builtin.name.strip_prefix(&prefix);
        if let Some(name) = attribute.and_then(|rest| rest.strip_prefix('.')) {
            offers.add(builtin_offer(builtin, name));
        }
    }
}

fn add_macro(
    world: World<'_>,
    here: &Here,
    name: &str,
    key: MacroKey,
    rank: u8,
    offers: &mut Offers,
) {
    if let Some(definition) = macro_definition(world.db, here.project, key) {
        let offer = Offer::new(name, CompletionKind::Macro, rank)
            .detail(signature(name, &definition))
            .snippet(call_snippet(name, &definition));
        offers.add(offer);
    }
}

/// `cents(column, scale=…)`
pub(crate) fn signature(name: &str, definition: &MacroDef) -> String {
    format!("{name}({})", parameter_labels(definition).join(", "))
}

/// The parameters as a signature shows them.
pub(crate) fn parameter_labels(definition: &MacroDef) -> Vec<String> {
    let params = definition.params.iter();
    let mut labels: Vec<String> = params
        .map(|param| {
            if param.has_default {
                format!("{}=…", param.name)
            } else {
                param.name.to_string()
            }
        })
        .collect();
    labels.extend(definition.takes_varargs.then(|| "*varargs".to_owned()));
    labels.extend(definition.takes_kwargs.then(|| "**kwargs".to_owned()));
    labels
}

/// The call with a place for each argument that has to be given.
fn call_snippet(name: &str, definition: &MacroDef) -> String {
    let required = definition.params.iter().filter(|param| !param.has_default);
    let places: Vec<String> = required
        .enumerate()
        .map(|(nth, param)| format!("${{{}:{}}}", nth + 1, param.name))
        .collect();
    if places.is_empty() && !definition.params.is_empty() {
        return format!("{name}($0)");
    }
    format!("{name}({})", places.join(", "))
}

fn builtin_offer(builtin: &Builtin, name: &'static str) -> Offer<'static> {
    let offer = Offer::new(name, CompletionKind::Function, 1)
        .detail(builtin.label())
        .doc(builtin.doc);
    let snippet = match builtin.name {
        "ref" | "var" | "env_var" | "doc" => format!("{name}('$1')"),
        "source" => format!("{name}('$1', '$2')"),
        _ if builtin.params.is_empty() => format!("{name}()"),
        _ => format!("{name}($0)"),
    };
    offer.snippet(snippet)
}

pub(crate) fn complete_filter(is_test: bool, offers: &mut Offers) {
    for name in if is_test { TESTS } else { FILTERS } {
        offers.add(Offer::new(name, CompletionKind::Function, 0));
    }
}

/// The word behind `{%`: first what closes the innermost block.
pub(crate) fn complete_tag(open: &[&'static str], offers: &mut Offers) {
    if let Some(innermost) = open.last() {
        let end = format!("end{innermost}");
        offers.add(Offer::new(&end, CompletionKind::Keyword, 0));
    }
    for name in TAGS {
        offers.add(Offer::new(name, CompletionKind::Keyword, 1));
    }
}
