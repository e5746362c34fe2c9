//! Properties files: YAML, keys and values, tests that are none, names that mean nothing.

use analysis::{
    others::resources_of,
    patches::{patch_index, patch_names},
    resolve::{doc_index, identities, ref_index, unknown_source_message},
    source::properties,
    test_macros::test_macro,
    test_nodes::{argument_template, tests_of},
};
use base::{Diagnostic, SourceRange, or_did_you_mean};
use jinja::Template;
use project::{
    files::FileKind,
    node::{RefArgs, ResourceType, SourceArgs},
    properties::{ColumnProperties, NodeProperties},
};

use super::CheckContext;
use crate::literal::ref_args;

pub(super) fn check(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    found.extend(properties(db, file).diagnostics.iter().cloned());
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
            let message = or_did_you_mean(
                format!("no {kind} is called `{}`", entry.name.value),
                &entry.name.value,
                known,
            );
            found.push(Diagnostic::warning(
                "unknown-node",
                entry.name.range,
                message,
            ));
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
            let known = index
                .visible_from(package.name(db))
                .filter_map(|(name, _)| name.strip_prefix("test_"));
            let full = detail.namespace.as_ref().map_or_else(
                || detail.test_name.to_string(),
                |namespace| format!("{namespace}.{}", detail.test_name),
            );
            let message =
                or_did_you_mean(format!("test `{full}` not found"), &detail.test_name, known);
            found.push(Diagnostic::error("unknown-test", test.name_range, message));
        }
        unknown_arguments(context, test, found);
    }
}

/// `to: ref('customers')` and its like.
fn unknown_arguments(
    context: &CheckContext<'_>,
    test: &analysis::test_nodes::TestNode,
    found: &mut Vec<Diagnostic>,
) {
    let Some(detail) = test.node.generic_test() else {
        return;
    };
    let texts = detail
        .kwargs
        .iter()
        .filter(|(name, _)| *name != "model" && *name != "column_name");
    for text in texts
        .filter_map(|(_, value)| value.as_str())
        .filter_map(argument_template)
    {
        found.extend(unknown_calls(context, &text, test.name_range));
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
    let Some(package) = file.package(db) else {
        return;
    };
    for (entry, test) in all
        .unit_tests
        .iter()
        .zip(&resources_of(db, file).unit_tests)
    {
        if test.depends_on.nodes.is_empty() {
            let args = RefArgs {
                name: entry.model.value.clone(),
                package: None,
                version: None,
            };
            if let Err(error) =
                analysis::resolve::resolve_ref(db, package.project(db), package.name(db), &args)
            {
                found.push(Diagnostic::error(
                    "unknown-ref",
                    entry.model.range,
                    error.message(&args),
                ));
            }
        }
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
            found.push(Diagnostic::error("unknown-ref", at, error.message(&args)));
        }
        if call.is(&["source"])
            && let (Some(source), Some(table)) = (call.text_arg(0), call.text_arg(1))
        {
            let args = SourceArgs {
                source: source.into(),
                table: table.into(),
            };
            if analysis::resolve::source_target(db, project, package.name(db), &args).is_none() {
                found.push(Diagnostic::error(
                    "unknown-source",
                    at,
                    unknown_source_message(db, project, &args),
                ));
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
                let message = or_did_you_mean(
                    format!("documentation block `{name}` not found"),
                    name,
                    index.keys().map(|name| &**name),
                );
                found.push(Diagnostic::error("unknown-doc", range, message));
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
