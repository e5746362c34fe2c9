//! selectors.yml: keys, methods, and the values that a method knows in this project.

use std::collections::BTreeSet;

use analysis::{
    resolve::{ref_index, source_index},
    source::properties,
    tags::tags,
};
use base::SourceRange;
use project::selector::method_names;

use super::{
    super::{CompletionKind, ENOUGH, Offer, Offers, arguments},
    line::Line,
    paths,
};
use crate::{
    definition::property_files,
    world::{Here, World},
};

/// Offer what can stand at this place.
pub(super) fn complete(world: World<'_>, here: &Here, line: &Line<'_>, offers: &mut Offers) {
    match line.key.map(|key| key.trim_matches(['"', '\''])) {
        None => complete_keys(line, offers),
        Some("method") => {
            let (typed, replace) = line.typed_behind(&[]);
            offers.begin(typed, replace);
            for name in method_names().chain(["selector"]) {
                offers.add(Offer::new(name, CompletionKind::Value, 0));
            }
            offers.add(Offer::new("config.materialized", CompletionKind::Value, 1));
        }
        Some("value") => {
            let method = line.sibling("method").unwrap_or("fqn");
            complete_values(world, here, line, method, offers);
        }
        Some("indirect_selection") => {
            add_all(line, &["eager", "cautious", "buildable", "empty"], offers);
        }
        Some("default" | "children" | "parents" | "childrens_parents") => {
            add_all(line, &["true", "false"], offers);
        }
        Some("name" | "description" | "children_depth" | "parents_depth") => {}
        // `definition: "tag:night|`, and `- "tag:night|`, whose `"tag` looks like a key.
        Some("definition") => match line.typed.split_once(':') {
            Some((method, _)) => complete_values(world, here, line, criterion(method), offers),
            None => complete_methods(line, offers),
        },
        Some(method) => complete_values(world, here, line, criterion(method), offers),
    }
}

/// The method of `2+tag`, `@config.materialized`.
fn criterion(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '@' | '"' | '\''))
}

fn add_all(line: &Line<'_>, values: &[&str], offers: &mut Offers) {
    let (typed, replace) = line.typed_behind(&[':']);
    offers.begin(typed, replace);
    for value in values {
        offers.add(Offer::new(value, CompletionKind::Value, 0));
    }
}

/// `tag:` at the start of a criterion.
fn complete_methods(line: &Line<'_>, offers: &mut Offers) {
    let (typed, replace) = line.typed_behind(&['+', '@']);
    offers.begin(typed, replace);
    for name in method_names() {
        let offer = Offer::new(name, CompletionKind::Value, 0);
        offers.add(offer.snippet(format!("{name}:$0")));
    }
}

fn complete_keys(line: &Line<'_>, offers: &mut Offers) {
    const LISTS: [&str; 3] = ["union", "intersection", "exclude"];
    let is_text = line.typed.starts_with(['"', '\'']);
    if is_text {
        complete_methods(line, offers);
        return;
    }
    let keys: &[&str] = match line.parent() {
        None => &["selectors"],
        Some("selectors") => &["name", "description", "definition", "default"],
        Some(_) if line.section() != Some("selectors") => &[],
        Some(_) => &[
            "method",
            "value",
            "union",
            "intersection",
            "exclude",
            "children",
            "parents",
            "childrens_parents",
            "children_depth",
            "parents_depth",
            "indirect_selection",
        ],
    };
    offers.begin(line.typed, line.replace);
    for key in keys {
        let offer = Offer::new(key, CompletionKind::Key, 0);
        let snippet = if LISTS.contains(key) {
            format!("{key}:\n  - $0")
        } else {
            format!("{key}: $0")
        };
        offers.add(offer.snippet(snippet));
    }
    // `- tag: nightly` is short for both keys.
    if line.is_item && line.parent().is_some_and(|parent| LISTS.contains(&parent)) {
        for name in method_names() {
            let offer = Offer::new(name, CompletionKind::Key, 1);
            offers.add(offer.snippet(format!("{name}: $0")));
        }
    }
}

/// What a method can be compared with.
fn complete_values(
    world: World<'_>,
    here: &Here,
    line: &Line<'_>,
    method: &str,
    offers: &mut Offers,
) {
    const STATES: [&str; 10] = [
        "new",
        "old",
        "modified",
        "unmodified",
        "modified.body",
        "modified.configs",
        "modified.persisted_descriptions",
        "modified.relation",
        "modified.macros",
        "modified.contract",
    ];
    match method {
        "path" => {
            let (typed, replace) = line.typed_behind(&[':']);
            offers.begin(typed, replace);
            paths::add_directories(world, here, offers);
        }
        "file" => {
            let (typed, replace) = line.typed_behind(&[':']);
            offers.begin(typed, replace);
            paths::add_files(world, here, offers);
        }
        "fqn" => {
            let (typed, replace) = line.typed_behind(&[':', '+', '@']);
            offers.begin(typed, replace);
            let names = ref_index(world.db, here.project);
            let names = names
                .enabled
                .keys()
                .filter(|name| offers.misfit(name).is_some());
            let names: Vec<_> = names.take(10 * ENOUGH).cloned().collect();
            for name in names {
                offers.add(Offer::new(&name, CompletionKind::Model, 0));
            }
        }
        "state" => add_all(line, &STATES, offers),
        "access" => add_all(line, arguments::values_of("access"), offers),
        "test_type" => add_all(line, &["generic", "singular", "data", "unit"], offers),
        "result" => add_all(
            line,
            &["success", "error", "fail", "skipped", "warn", "pass"],
            offers,
        ),
        "source_status" => add_all(line, &["fresher"], offers),
        "version" => add_all(line, &["latest", "prerelease", "old", "none"], offers),
        "resource_type" => add_all(line, &RESOURCE_TYPES, offers),
        _ => {
            let names = names_for(world, here, line, method);
            let names: Vec<&str> = names.iter().map(|name| &**name).collect();
            add_all(line, &names, offers);
        }
    }
}

const RESOURCE_TYPES: [&str; 12] = [
    "model",
    "test",
    "unit_test",
    "seed",
    "snapshot",
    "source",
    "analysis",
    "exposure",
    "metric",
    "semantic_model",
    "saved_query",
    "function",
];

/// Names that the project has.
fn names_for(world: World<'_>, here: &Here, line: &Line<'_>, method: &str) -> BTreeSet<String> {
    let from_properties = || property_files(world, here.project);
    match method {
        "tag" => {
            let known = tags(world.db, here.project);
            known.iter().map(ToString::to_string).collect()
        }
        "package" => {
            let packages = here.macros(world).packages.keys();
            let names = packages.map(ToString::to_string);
            names.chain(["this".to_owned()]).collect()
        }
        "config.materialized" => arguments::materializations(world, here)
            .into_iter()
            .collect(),
        "source" => {
            let index = source_index(world.db, here.project);
            let sources = index.keys().map(|(source, _)| source.to_string());
            let tables = index
                .keys()
                .map(|(source, table)| format!("{source}.{table}"));
            sources.chain(tables).collect()
        }
        "group" => from_properties()
            .flat_map(|file| {
                let groups = &properties(world.db, file).properties.groups;
                groups
                    .iter()
                    .map(|it| it.name.value.to_string())
                    .collect::<Vec<_>>()
            })
            .collect(),
        "exposure" => from_properties()
            .flat_map(|file| {
                let exposures = &properties(world.db, file).properties.exposures;
                exposures
                    .iter()
                    .map(|it| it.name.value.to_string())
                    .collect::<Vec<_>>()
            })
            .collect(),
        "test_name" => {
            let macros = here.macros(world);
            let names = macros.visible_from(here.package_name(world));
            names
                .filter_map(|(name, _)| name.strip_prefix("test_").map(str::to_owned))
                .collect()
        }
        "selector" => selectors_above(here.text(world), line),
        _ => BTreeSet::new(),
    }
}

/// A selector can only be built on those before it.
fn selectors_above(text: &str, line: &Line<'_>) -> BTreeSet<String> {
    let before = SourceRange::new(0, line.replace.start).of(text);
    let names = before.lines().filter_map(|line| {
        let name = line.trim_start().strip_prefix("- ")?.trim_start();
        let name = name.strip_prefix("name:")?.trim();
        Some(name.trim_matches(['"', '\'']).to_owned())
    });
    let mut names: Vec<String> = names.collect();
    // The last one is the selector that is being written.
    names.pop();
    names.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    const SHOP: &str = "
//- /models/marts/orders.sql
{{ config(tags=['nightly']) }} select 1 as id
//- /models/staging/stg_orders.sql
select 1 as id
//- /models/s.yml
sources:
  - name: raw
    tables: [{name: events, tags: [raw_data]}]
groups:
  - name: finance
    owner: {email: a@b.c}
exposures:
  - name: weekly_report
    type: dashboard
    owner: {email: a@b.c}
//- /selectors.yml
";

    /// The labels that are offered, the first few.
    fn check(yaml: &str, expected: &Expect) {
        let project = TestProject::new(&format!("{SHOP}{yaml}\n"));
        let found = project.analysis().completions(project.cursor.unwrap());
        let items = found.unwrap().items;
        let labels: Vec<&str> = items.iter().take(6).map(|item| &*item.label).collect();
        expected.assert_eq(&labels.join(" "));
    }

    fn check_value(method: &str, typed: &str, expected: &Expect) {
        check(
            &format!(
                "selectors:\n  - name: s\n    definition:\n      method: {method}\n      value: {typed}$0"
            ),
            expected,
        );
    }

    #[test]
    fn keys_of_selectors() {
        check("sel$0", &expect!["selectors"]);
        check(
            "selectors:\n  - n$0",
            &expect!["name definition description"],
        );
        check(
            "selectors:\n  - name: a\n    def$0",
            &expect!["default definition"],
        );
        check(
            "selectors:\n  - name: a\n    definition:\n      $0",
            &expect![
                "children children_depth childrens_parents exclude indirect_selection intersection"
            ],
        );
        check(
            "selectors:\n  - name: a\n    definition:\n      union:\n        - ta$0",
            &expect!["tag source_status state"],
        );
    }

    #[test]
    fn values_of_methods() {
        check(
            "selectors:\n  - name: a\n    definition:\n      method: re$0",
            &expect!["resource_type result exposure"],
        );
        check_value("tag", "", &expect!["nightly raw_data"]);
        check_value("path", "mo", &expect!["models models/marts models/staging"]);
        check_value("package", "", &expect!["shop this"]);
        check_value("source", "", &expect!["raw raw.events"]);
        check_value("group", "", &expect!["finance"]);
        check_value("exposure", "", &expect!["weekly_report"]);
        check_value("config.materialized", "in", &expect!["incremental"]);
        check_value(
            "resource_type",
            "s",
            &expect!["saved_query seed semantic_model snapshot source analysis"],
        );
        check_value("file", "stg", &expect!["stg_orders.sql"]);
        check_value("fqn", "ord", &expect!["orders stg_orders"]);
        check_value("state", "modified.b", &expect!["modified.body"]);
    }

    #[test]
    fn the_method_may_come_after_the_value() {
        check(
            "selectors:\n  - name: s\n    definition:\n      value: $0\n      method: tag",
            &expect!["nightly raw_data"],
        );
    }

    #[test]
    fn short_forms() {
        check(
            "selectors:\n  - name: a\n    definition: 'tag:$0'",
            &expect!["nightly raw_data"],
        );
        check(
            "selectors:\n  - name: a\n    definition: 'ta$0'",
            &expect!["tag source_status state"],
        );
        check(
            "selectors:\n  - name: a\n    definition:\n      union:\n        - '+tag:ni$0'",
            &expect!["nightly"],
        );
        check(
            "selectors:\n  - name: a\n    definition:\n      union:\n        - tag: $0",
            &expect!["nightly raw_data"],
        );
    }

    #[test]
    fn selectors_before_this_one() {
        check(
            "selectors:\n  - name: a\n    definition: 'tag:x'\n  - name: b\n    definition:\n      method: selector\n      value: $0\n  - name: c\n    definition: x",
            &expect!["a"],
        );
    }
}
