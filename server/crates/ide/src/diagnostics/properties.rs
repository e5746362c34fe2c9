//! Properties files: YAML, keys and values, tests that are none, names that mean nothing.

use analysis::{
    external_location::location_errors,
    foreign_keys::foreign_key_errors,
    patches::{patch_index, patch_names},
    resolve::{doc_index, identities, ref_index, source_index},
    semantic_errors::semantic_errors,
    source::properties,
    test_macros::test_macro,
    test_nodes::{argument_template, tests_of},
    unit_tests::{is_turned_off, unit_test_errors},
};
use base::{Diagnostic, SourceRange};
use jinja::Template;
use project::{
    files::FileKind,
    node::{ResourceType, SourceArgs},
    properties::{ColumnProperties, NodeProperties, UnitTestProperties},
};

use super::{
    CheckContext,
    references::{doc_diagnostic, ref_diagnostic, source_diagnostic},
};
use crate::{literal::ref_args, properties_names::test_entries};

pub(super) fn check(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    found.extend(properties(db, file).diagnostics.iter().cloned());
    found.extend(semantic_errors(db, file).iter().cloned());
    found.extend(location_errors(db, file).iter().cloned());
    found.extend(unit_test_errors(db, file).iter().cloned());
    found.extend(foreign_key_errors(db, file).iter().cloned());
    found.extend(tests_of(db, file).diagnostics.iter().cloned());
    unknown_nodes(context, found);
    unknown_tests(context, found);
    unknown_docs(context, found);
    unknown_dependencies(context, found);
}

/// Entries that describe no node: dbt warns, since they are silently without effect.
fn unknown_nodes(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    let Some(package) = file.package(db) else {
        return;
    };
    let index = ref_index(db, package.project(db));
    let all = &properties(db, file).properties;
    let own = patch_index(db, package);
    for (kind, name, key) in patch_names(db, file).iter() {
        let Some(entry) = analysis::patches::section(all, *kind).get(key.entry as usize) else {
            continue;
        };
        let is_defined_here = *kind == ResourceType::Snapshot && entry.relation.is_some();
        let is_known = match kind {
            ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot => {
                let name = &entry.name.value;
                index.enabled.contains_key(name)
                    || index.disabled.contains_key(name)
                    || entry.versions.len() > 1
            }
            _ => has_file(context, *kind, name),
        };
        if !is_known && !is_defined_here {
            let known = index.enabled.keys().map(|name| &**name);
            let name = &entry.name;
            let message = format!("no {kind} is called `{}`", name.value);
            let diagnostic = Diagnostic::warning("unknown-node", name.range, message);
            found.push(diagnostic.suggesting(file.id(db), &name.value, known));
        }
        if own
            .get(&(*kind, name.clone()))
            .is_some_and(|first| first != key)
        {
            let message = format!(
                "`{}` is described twice; only one entry counts",
                entry.name.value
            );
            found.push(Diagnostic::error(
                "duplicate-entry",
                entry.name.range,
                message,
            ));
        }
    }
}

fn has_file(context: &CheckContext<'_>, kind: ResourceType, name: &str) -> bool {
    let db = context.db;
    let Some(package) = context.file.package(db) else {
        return false;
    };
    let wanted = match kind {
        ResourceType::Analysis => FileKind::Analysis,
        ResourceType::Function => FileKind::Function,
        _ => FileKind::SingularTest,
    };
    package.files(db).iter().any(|file| {
        file.kind(db) == Some(wanted)
            && identities(db, *file)
                .iter()
                .any(|identity| &*identity.name == name)
    })
}

fn unknown_tests(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    let Some(package) = file.package(db) else {
        return;
    };
    let project = package.project(db);
    for test in &tests_of(db, file).tests {
        let Some(detail) = test.node.generic_test() else {
            continue;
        };
        if test_macro(
            db,
            project,
            package.name(db),
            detail.namespace.as_deref(),
            &detail.test_name,
        )
        .is_none()
        {
            let index = analysis::macros::macro_index(db, project);
            let (full, known): (String, Vec<&str>) = if let Some(namespace) = &detail.namespace {
                let names = index.packages.get(&**namespace).into_iter().flatten();
                let full = format!("{namespace}.{}", detail.test_name);
                (full, names.map(|(name, _)| &**name).collect())
            } else {
                let names = index.visible_from(package.name(db));
                let full = detail.test_name.to_string();
                (full, names.map(|(name, _)| &**name).collect())
            };
            let tests = known.iter().filter_map(|name| name.strip_prefix("test_"));
            let at = place_of(context, test.name_range, &detail.test_name);
            let diagnostic =
                Diagnostic::error("unknown-test", at, format!("test `{full}` not found"));
            found.push(diagnostic.suggesting(file.id(db), &detail.test_name, tests));
        }
    }
    unknown_arguments(context, found);
}

/// `to: ref('customers')` and its like.
fn unknown_arguments(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let all = &properties(context.db, context.file).properties;
    for test in test_entries(all) {
        for place in &test.places {
            let nested = |within: &std::sync::Arc<str>| test.args.get(&**within)?.get(&*place.name);
            let value = match &place.within {
                Some(within) => nested(within),
                None => test.args.get(&*place.name),
            };
            let text = value.and_then(|value| value.as_str());
            if let Some(template) = text.and_then(argument_template) {
                found.extend(unknown_calls(context, &template, place.value_range));
            }
        }
    }
}

/// Where a name stands in a text of the file: inside of quotes, braces and a call.
fn place_of(context: &CheckContext<'_>, at: SourceRange, name: &str) -> SourceRange {
    let text = at.of(context.file.text(context.db));
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let mut places = text.match_indices(name);
    let whole = places.find(|(start, _)| {
        let before = text.get(..*start).and_then(|it| it.chars().next_back());
        let after = text.get(start + name.len()..);
        !is_part(before) && !is_part(after.and_then(|it| it.chars().next()))
    });
    match whole {
        Some((start, _)) => {
            let start = at.start + start as u32;
            SourceRange::new(start, start + name.len() as u32)
        }
        None => at,
    }
}

/// Exposures' and unit tests' `ref` and `source`.
fn unknown_dependencies(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    let all = &properties(db, file).properties;
    for text in all
        .exposures
        .iter()
        .flat_map(|exposure| &exposure.depends_on)
    {
        found.extend(unknown_calls(
            context,
            &format!("{{{{ {} }}}}", text.value),
            text.range,
        ));
    }
    let is_turned_off = |entry: &UnitTestProperties| {
        let package = file.package(db);
        package.is_some_and(|package| is_turned_off(db, file, package, entry))
    };
    for entry in all.unit_tests.iter().filter(|it| !is_turned_off(it)) {
        for input in entry
            .given
            .iter()
            .filter(|input| &*input.input.value != "this")
        {
            found.extend(unknown_calls(
                context,
                &format!("{{{{ {} }}}}", input.input.value),
                input.input.range,
            ));
        }
    }
}

fn unknown_calls(context: &CheckContext<'_>, template: &str, at: SourceRange) -> Vec<Diagnostic> {
    let (db, file) = (context.db, context.file);
    let Some(package) = file.package(db) else {
        return Vec::new();
    };
    let project = package.project(db);
    let mut found = Vec::new();
    for call in &Template::parse(template).calls {
        if call.is(&["ref"])
            && let Some(args) = ref_args(call)
            && let Err(error) = analysis::resolve::resolve_ref(db, project, package.name(db), &args)
        {
            let name = place_of(context, at, &args.name);
            found.push(ref_diagnostic(file.id(db), &args, &error, name));
        }
        if call.is(&["source"])
            && let (Some(source), Some(table)) = (call.text_arg(0), call.text_arg(1))
        {
            let args = SourceArgs {
                source: source.into(),
                table: table.into(),
            };
            if analysis::resolve::source_target(db, project, package.name(db), &args).is_none() {
                let is_known = source_index(db, project)
                    .keys()
                    .any(|(known, _)| *known == args.source);
                let wrong = if is_known { &args.table } else { &args.source };
                let name = place_of(context, at, wrong);
                found.push(source_diagnostic(context, &args, name));
            }
        }
    }
    found
}

/// `doc()` in descriptions.
fn unknown_docs(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    let Some(project) = file.project(db) else {
        return;
    };
    let index = doc_index(db, project);
    let all = &properties(db, file).properties;
    let nodes = [
        &all.models,
        &all.seeds,
        &all.snapshots,
        &all.analyses,
        &all.singular_tests,
    ];
    let of_nodes = nodes.into_iter().flatten().flat_map(descriptions);
    let of_sources = all.sources.iter().flat_map(|source| {
        let tables = source.tables.iter().flat_map(|table| {
            table
                .description
                .iter()
                .map(|text| (text.value.clone(), text.range))
                .chain(of_columns(&table.columns))
        });
        source
            .description
            .iter()
            .map(|text| (text.value.clone(), text.range))
            .chain(tables)
    });
    for (text, range) in of_nodes.chain(of_sources) {
        for call in Template::parse(&text).calls_of(&["doc"]) {
            let name = call
                .positional()
                .last()
                .and_then(|argument| argument.value.literal.as_ref()?.as_str());
            if let Some(name) = name.filter(|name| !index.contains_key(*name)) {
                let at = place_of(context, range, name);
                found.push(doc_diagnostic(context.file.id(db), index, name, at));
            }
        }
    }
}

fn descriptions(
    entry: &NodeProperties,
) -> impl Iterator<Item = (std::sync::Arc<str>, SourceRange)> {
    let own = entry
        .description
        .iter()
        .map(|text| (text.value.clone(), text.range));
    own.chain(of_columns(&entry.columns))
}

fn of_columns(
    columns: &[ColumnProperties],
) -> impl Iterator<Item = (std::sync::Arc<str>, SourceRange)> {
    let described = columns
        .iter()
        .filter_map(|column| Some((column.column.description.clone(), column.description_range?)));
    described.filter(|(text, _)| text.contains("doc("))
}
