//! YAML. Properties files: names of models and columns where entries have them, keys, and values of known keys.

mod line;
mod paths;
mod project_file;
mod selectors;

use analysis::{FileRole, columns::dialect, resolve::ref_index, source::properties, tags::tags};
use base::SourceRange;
use jinja::syntax::{CursorContext, cursor_context};
use project::{
    node::{RefArgs, ResourceType, config_default_keys},
    project_file::PROJECT_FILE_NAME,
    properties::{entry_keys, part_keys, section_names},
};

use super::{
    CompletionKind, Offer, Offers, arguments, columns_of_node, is_version_of_ref, versions,
};
use line::Line;

use crate::{
    definition::property_files,
    symbol::node_of,
    world::{Here, World},
};

/// Offer what can stand at this place of the YAML tree.
pub(crate) fn complete(world: World<'_>, here: &Here, offset: u32, offers: &mut Offers) {
    let Some(line) = Line::at(here.text(world), offset) else {
        return;
    };
    // By its name too: while `model-paths: [""]` is typed, the project's own file is one of its resources.
    let path: &str = here.file.path(world.db);
    match (here.file.role(world.db), path) {
        (FileRole::ProjectFile, _) | (_, PROJECT_FILE_NAME) => {
            project_file::complete(world, here, &line, offers);
        }
        (FileRole::Selectors, _) | (_, "selectors.yml") => {
            selectors::complete(world, here, &line, offers);
        }
        (FileRole::Resource(_), _) => complete_properties(world, here, &line, offset, offers),
        (FileRole::Profiles | FileRole::Packages, _) => {}
    }
}

fn complete_properties(
    world: World<'_>,
    here: &Here,
    line: &Line<'_>,
    offset: u32,
    offers: &mut Offers,
) {
    if complete_call(world, here, line, offset, offers) {
        return;
    }
    offers.begin(line.typed, line.replace);
    match (line.key, line.parent()) {
        (Some("name"), Some("columns")) => complete_columns(world, here, line, offers),
        (Some("name"), _) if line.depth() == 1 => {
            complete_names(world, here, line.section(), offers);
        }
        (Some("model"), _) if line.section() == Some("unit_tests") => {
            complete_names(world, here, Some("models"), offers);
        }
        (Some("to" | "input" | "compare_model"), _) | (None, Some("depends_on")) => {
            offer_calls(offers);
        }
        (None, Some("tests" | "data_tests")) if line.is_item => {
            complete_tests(world, here, offers);
        }
        (Some("tags" | "+tags"), _) | (None, Some("tags" | "+tags")) => {
            let (typed, replace) = line.typed_behind(&[]);
            offers.begin(typed, replace);
            complete_config_value(world, here, "tags", offers);
        }
        (Some("data_type"), _) => {
            for name in sql::types(dialect(world.db, here.project)) {
                offers.add(Offer::new(name, CompletionKind::Value, 0));
            }
        }
        (Some(key), _) => {
            complete_config_value(world, here, key.trim_start_matches('+'), offers);
        }
        (None, _) => complete_keys(line.section(), line, offers),
    }
}

/// The values that a key of configuration can have.
fn complete_config_value(world: World<'_>, here: &Here, key: &str, offers: &mut Offers) {
    let mut value = |label: &str| offers.add(Offer::new(label, CompletionKind::Value, 0));
    match key {
        "group" => {
            for file in property_files(world, here.project) {
                for group in &properties(world.db, file).properties.groups {
                    value(&group.name.value);
                }
            }
        }
        "materialized" => {
            for name in arguments::materializations(world, here) {
                value(&name);
            }
        }
        "tags" => {
            for tag in tags(world.db, here.project).iter() {
                value(tag);
            }
        }
        _ => arguments::values_of(key).iter().copied().for_each(value),
    }
}

/// `to: ref('ord|`: a call as YAML holds it, without braces. True if the cursor is in one.
fn complete_call(
    world: World<'_>,
    here: &Here,
    line: &Line<'_>,
    offset: u32,
    offers: &mut Offers,
) -> bool {
    const BRACES: &str = "{{ ";
    let template = format!("{BRACES}{}", line.value);
    let cursor = (BRACES.len() + line.typed.len()) as u32;
    // From places in the template to places in the file.
    let shifted = |at: u32| (offset + at).saturating_sub(cursor);
    let shifted = |it: SourceRange| SourceRange::new(shifted(it.start), shifted(it.end));
    match cursor_context(&template, cursor) {
        CursorContext::StringArgument {
            callee,
            position,
            keyword,
            before,
            prefix,
            replace,
        } => {
            offers.begin(&prefix, shifted(replace));
            let argument = arguments::Argument {
                callee: &callee,
                position,
                keyword: keyword.as_deref(),
                before: &before,
            };
            arguments::complete(world, here, &argument, offers);
            true
        }
        CursorContext::Name {
            prefix,
            replace,
            argument_of,
            keyword,
            before,
            ..
        } if is_version_of_ref(argument_of.as_deref(), keyword.as_deref()) => {
            offers.begin(&prefix, shifted(replace));
            versions::complete(world, here, &before, versions::Place::Code, offers);
            true
        }
        _ => false,
    }
}

fn offer_calls(offers: &mut Offers) {
    for (label, snippet) in [("ref", "ref('$1')"), ("source", "source('$1', '$2')")] {
        let offer = Offer::new(label, CompletionKind::Function, 0);
        offers.add(offer.snippet(snippet.to_owned()));
    }
}

fn complete_names(world: World<'_>, here: &Here, section: Option<&str>, offers: &mut Offers) {
    let (wanted, kind) = match section {
        Some("models") => (ResourceType::Model, CompletionKind::Model),
        Some("seeds") => (ResourceType::Seed, CompletionKind::Seed),
        Some("snapshots") => (ResourceType::Snapshot, CompletionKind::Snapshot),
        Some("macros") => {
            let macros = here.macros(world);
            let own = macros.packages.get(here.package_name(world));
            for name in own.into_iter().flat_map(|names| names.keys()) {
                offers.add(Offer::new(name, CompletionKind::Macro, 0));
            }
            return;
        }
        _ => return,
    };
    for (name, by_package) in &ref_index(world.db, here.project).enabled {
        let own = by_package.get(here.package_name(world));
        if own.is_some_and(|target| target.unique_id.resource_type() == Some(wanted)) {
            offers.add(Offer::new(name, kind, 0));
        }
    }
}

/// The columns of the model that the entry is about.
fn complete_columns(world: World<'_>, here: &Here, line: &Line<'_>, offers: &mut Offers) {
    let Some(name) = line.entry else {
        return;
    };
    let args = RefArgs {
        name: name.into(),
        package: None,
        version: None,
    };
    let columns = node_of(world, here, &args).and_then(|node| columns_of_node(world, &node));
    for column in columns.iter().flat_map(|columns| columns.iter()) {
        let offer = Offer::new(&column.name, CompletionKind::Column, 0);
        offers.add(match &column.data_type {
            Some(data_type) => offer.detail(data_type.to_string()),
            None => offer,
        });
    }
}

/// Generic tests: the built-in ones, the project's, and those of packages with their package.
fn complete_tests(world: World<'_>, here: &Here, offers: &mut Offers) {
    let macros = here.macros(world);
    let own = here.package_name(world);
    for (name, _) in macros.visible_from(own) {
        if let Some(test) = name.strip_prefix("test_") {
            offers.add(Offer::new(test, CompletionKind::Macro, 0));
        }
    }
    for (package, names) in &macros.packages {
        for name in names.keys().filter(|_| &**package != own) {
            if let Some(test) = name.strip_prefix("test_") {
                let full = format!("{package}.{test}");
                offers.add(Offer::new(&full, CompletionKind::Macro, 1));
            }
        }
    }
}

fn complete_keys(section: Option<&str>, line: &Line<'_>, offers: &mut Offers) {
    let mut add = |key: &str| {
        let offer = Offer::new(key, CompletionKind::Key, 0);
        offers.add(offer.snippet(format!("{key}: $0")));
    };
    match (section, line.parent()) {
        (None, _) => section_names().for_each(&mut add),
        (Some(section), Some("config")) => {
            let keys = config_default_keys(kind_of(section));
            keys.into_iter().for_each(&mut add);
        }
        (Some(section), parent) => {
            let part = parent.and_then(part_keys);
            let keys = part.unwrap_or_else(|| entry_keys(kind_of(section)));
            keys.iter().copied().for_each(&mut add);
        }
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

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    const SHOP: &str = "
//- /models/orders.sql
select 1 as id, 'x' as status
//- /models/payments.sql
select 1 as id
//- /macros/m.sql
{% test is_even(model, column_name) %}select 1{% endtest %}
//- /models/raw.yml
sources:
  - name: raw
    tables: [{name: events}]
groups:
  - name: finance
    owner: {email: a@b.c}
//- /models/s.yml
";

    /// The labels that are offered, the first few.
    fn check(yaml: &str, expected: &Expect) {
        let project = TestProject::new(&format!("{SHOP}{yaml}\n"));
        let found = project.analysis().completions(project.cursor.unwrap());
        let items = found.unwrap().items;
        let labels: Vec<&str> = items.iter().take(4).map(|item| &*item.label).collect();
        expected.assert_eq(&labels.join(" "));
    }

    #[test]
    fn calls_without_braces() {
        check(
            "models:\n  - name: orders\n    columns:\n      - name: id\n        tests:\n          - relationships:\n              to: ref('pa$0",
            &expect!["payments"],
        );
        check(
            "models:\n  - name: orders\n    columns:\n      - name: id\n        tests:\n          - relationships:\n              to: $0",
            &expect!["ref source"],
        );
        check(
            "exposures:\n  - name: e\n    depends_on:\n      - source('raw', 'e$0')",
            &expect!["events"],
        );
        check(
            "unit_tests:\n  - name: t\n    model: orders\n    given:\n      - input: ref('$0')",
            &expect!["orders payments"],
        );
    }

    #[test]
    fn what_is_completed_in_a_call_is_the_name() {
        let project = TestProject::new(&format!(
            "{SHOP}exposures:\n  - name: e\n    depends_on:\n      - ref('or$0d')\n"
        ));
        let at = project.cursor.unwrap();
        let analysis = project.analysis();
        let found = analysis.completions(at).unwrap();
        let text = analysis.text(at.file).unwrap();
        assert_eq!(found.items[0].replace.of(&text), "ord");
    }

    #[test]
    fn names_of_entries_and_columns() {
        check("models:\n  - name: $0", &expect!["orders payments"]);
        check(
            "models:\n  - name: orders\n    columns:\n      - name: $0",
            &expect!["id status"],
        );
        check("macros:\n  - name: $0", &expect!["test_is_even"]);
        check(
            "unit_tests:\n  - name: t\n    model: $0",
            &expect!["orders payments"],
        );
        check(
            "models:\n  - name: orders\n    group: $0",
            &expect!["finance"],
        );
    }

    #[test]
    fn types_and_tags() {
        check(
            "models:\n  - name: orders\n    columns:\n      - name: id\n        data_type: dou$0",
            &expect!["double"],
        );
        check(
            "models:\n  - name: payments\n    config: {tags: [weekly]}\n  - name: orders\n    tags: [ni, we$0]",
            &expect!["weekly"],
        );
        check(
            "models:\n  - name: payments\n    config: {tags: [weekly]}\n  - name: orders\n    tags:\n      - $0",
            &expect!["weekly"],
        );
    }

    #[test]
    fn generic_tests() {
        check(
            "models:\n  - name: orders\n    columns:\n      - name: id\n        data_tests:\n          - $0",
            &expect!["accepted_values is_even not_null relationships"],
        );
    }

    #[test]
    fn keys_are_those_of_the_place() {
        check("mod$0", &expect!["models semantic_models"]);
        check(
            "models:\n  - name: orders\n    columns:\n      - name: id\n        data_t$0",
            &expect!["data_tests data_type"],
        );
        check(
            "models:\n  - name: orders\n    config:\n      mater$0",
            &expect!["materialized"],
        );
    }
}
