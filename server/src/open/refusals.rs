//! What dbt refuses of a whole project before anything runs: references that mean nothing or are not allowed, two relations
//! of one name, groups that nobody declares, cycles. Mistakes that show in a single file are diagnostics of that file.

use std::collections::BTreeMap;

use analysis::{
    Manifest, Project, RootDatabase,
    access::Reader,
    context::unknown_function,
    described_twice::{Described, DescribedTwice},
    patches::unmatched_entries,
    resolve::RefError,
    source_overrides::unused_overrides,
};
use project::{
    node::{Node, RefArgs, ResourceType, SourceArgs, UniqueId},
    properties::is_day_or_finer,
};

/// One message each, in the order of the nodes.
pub(super) fn refusals(manifest: &Manifest) -> Vec<String> {
    let mut errors = manifest.duplicates.clone();
    for node in manifest.nodes.values() {
        if node.resource_type() != ResourceType::Operation {
            // A run would fail on these in the middle.
            errors.extend(unresolved_refs(manifest, node).into_iter().map(|it| it.1));
            errors.extend(
                unresolved_sources(manifest, node)
                    .into_iter()
                    .map(|it| it.1),
            );
            errors.extend(unresolved_functions(manifest, node));
        }
        errors.extend(forbidden(
            manifest,
            Reader::new(node),
            &node.depends_on.nodes,
        ));
        errors.extend(unknown_group(manifest, node));
        errors.extend(unknown_severity(node));
    }
    for exposure in manifest.exposures.values() {
        let reader = Reader {
            unique_id: &exposure.unique_id,
            package: &exposure.package_name,
            group: None,
        };
        errors.extend(forbidden(manifest, reader, &exposure.depends_on.nodes));
    }
    let microbatch = manifest.microbatch_errors();
    errors.extend(
        microbatch
            .iter()
            .map(|(node, error)| format!("{}: {error}", whose(node))),
    );
    errors.extend(semantic_layer(manifest));
    errors.extend(same_relations(manifest));
    for cycle in manifest.graph.cycles() {
        let names: Vec<&str> = cycle.iter().map(|id| id.as_str()).collect();
        errors.push(format!("found a cycle: {}", names.join(" --> ")));
    }
    errors
}

/// Entries of properties files that say the same thing's properties a second time.
pub(super) fn described_twice(
    db: &RootDatabase,
    project: Project,
    manifest: &Manifest,
) -> Vec<String> {
    let is_there = |it: &DescribedTwice| match it.kind {
        Described::Node(kind) => manifest.nodes.values().any(|node| {
            node.resource_type() == kind && node.package_name == it.package && node.name == it.name
        }),
        Described::Macro | Described::Override => true,
    };
    let found = analysis::described_twice::described_twice(db, project).into_iter();
    found.filter(is_there).map(|it| it.message()).collect()
}

/// Something the user should look at, under dbt's name of it.
pub(crate) struct Warning {
    pub(crate) event: &'static str,
    pub(crate) text: String,
}

/// Tests that cannot run, because what they read does not exist. What is turned off on purpose is no surprise.
pub(super) fn warnings(manifest: &Manifest) -> Vec<Warning> {
    let mut found = Vec::new();
    for test in manifest.idle_tests.values() {
        let refs = unresolved_refs(manifest, test);
        found.extend(
            refs.into_iter()
                .filter(|(error, _)| *error != RefError::Disabled)
                .map(|(_, message)| message),
        );
        let sources = unresolved_sources(manifest, test);
        found.extend(
            sources
                .into_iter()
                .filter(|(args, _)| !is_source_off(manifest, args))
                .map(|(_, message)| message),
        );
    }
    for message in &mut found {
        message.push_str("; the test is left out");
    }
    let warning = |event: &'static str| move |text: String| Warning { event, text };
    let mut found: Vec<Warning> = found
        .into_iter()
        .map(warning("NodeNotFoundOrDisabled"))
        .collect();
    let unfiltered = manifest.unfiltered_microbatch_models().into_iter().map(|node| {
        format!(
            "The microbatch model '{}' has no 'ref' or 'source' input with an 'event_time' configuration. \nThis means no filtering can be applied and \
             can result in unexpected duplicate records in the resulting microbatch model.",
            node.name
        )
    });
    found.extend(unfiltered.map(warning("MicrobatchModelNoEventTimeInputs")));
    found.extend(lonely_batches(manifest).map(warning("InvalidConcurrentBatchesConfig")));
    found
}

/// What files say without effect.
pub(super) fn warnings_of_files(db: &RootDatabase, project: Project) -> Vec<Warning> {
    let unused = unused_overrides(db, project).map(|text| Warning {
        event: "UnusedTables",
        text,
    });
    let mut found: Vec<Warning> = unused.into_iter().collect();
    let loose = unmatched_entries(db, project).into_iter();
    found.extend(loose.map(|(event, text)| Warning { event, text }));
    found
}

/// Models that want their batches built at the same time, on a warehouse that cannot.
fn lonely_batches(manifest: &Manifest) -> Option<String> {
    let adapter_type = &manifest.profile.as_ref()?.adapter_type;
    if engine::builds_batches_at_once(adapter_type) || !manifest.builds_batches() {
        return None;
    }
    let is_forced =
        |node: &&std::sync::Arc<Node>| node.config.bool("concurrent_batches") == Some(true);
    let count = manifest.nodes.values().filter(is_forced).count();
    (count > 0).then(|| {
        format!(
            "Found {} with the `concurrent_batches` config set to true, but the {adapter_type} adapter does not support running batches concurrently. \
             Batches will be run sequentially.",
            engine::plural(count, "microbatch model")
        )
    })
}

fn is_source_off(manifest: &Manifest, args: &SourceArgs) -> bool {
    let mut off = manifest.disabled_sources.values().flatten();
    off.any(|source| source.source_name == args.source && source.name == args.table)
}

/// `model orders (models/orders.sql)`
pub(super) fn whose(node: &Node) -> String {
    format!(
        "{} {} ({})",
        node.resource_type(),
        node.name,
        node.original_file_path
    )
}

fn unresolved_refs(manifest: &Manifest, node: &Node) -> Vec<(RefError, String)> {
    let message = |args: &RefArgs| {
        let error = manifest.resolve_ref(&node.package_name, args).err()?;
        let message = format!("{}: {}", whose(node), error.message(args));
        Some((error, message))
    };
    node.refs.iter().filter_map(message).collect()
}

fn unresolved_sources<'a>(manifest: &Manifest, node: &'a Node) -> Vec<(&'a SourceArgs, String)> {
    let message = |args: &'a SourceArgs| {
        let (source, table) = (&args.source, &args.table);
        let message = format!("{}: source `{source}.{table}` not found", whose(node));
        (args, message)
    };
    let missing = node
        .sources
        .iter()
        .filter(|args| manifest.resolve_source(&node.package_name, args).is_none());
    missing.map(message).collect()
}

fn unresolved_functions(manifest: &Manifest, node: &Node) -> Vec<String> {
    let calls = node
        .functions
        .iter()
        .map(|names| RefArgs::of_function(names));
    let missing = calls.filter(|args| {
        manifest
            .resolve_function(&node.package_name, args)
            .is_none()
    });
    missing
        .map(|args| format!("{} {}", whose(node), unknown_function(&args).message))
        .collect()
}

/// Models that are private to another group, or protected in a package that restricts access.
fn forbidden(manifest: &Manifest, reader: Reader<'_>, reads: &[UniqueId]) -> Vec<String> {
    let parents = reads.iter().filter_map(|id| manifest.nodes.get(id));
    let message = |parent: &std::sync::Arc<Node>| {
        let file = manifest.project_files.get(&parent.package_name);
        let is_restricted = file.is_some_and(|file| file.restrict_access);
        analysis::access::refusal(reader, parent, is_restricted)
    };
    parents.filter_map(message).collect()
}

fn unknown_group(manifest: &Manifest, node: &Node) -> Option<String> {
    let group = node.group.as_deref()?;
    let mut known: Vec<&str> = manifest.groups.values().map(|it| &*it.name).collect();
    if known.contains(&group) {
        return None;
    }
    known.sort_unstable();
    known.dedup();
    Some(format!(
        "{}: group `{group}` is not declared; there {}",
        whose(node),
        if known.is_empty() {
            "are none".to_owned()
        } else {
            format!("is: {}", known.join(", "))
        }
    ))
}

/// The severity of a test may come out of a template, so that its file says nothing against it.
fn unknown_severity(node: &Node) -> Option<String> {
    let severity = node.config.text("severity")?;
    let is_known = ["warn", "error"]
        .iter()
        .any(|known| severity.eq_ignore_ascii_case(known));
    (node.resource_type() == ResourceType::Test && !is_known).then(|| {
        format!(
            "{}: `severity` is `warn` or `error`, not `{severity}`",
            whose(node)
        )
    })
}

/// Exposures of metrics that nobody defines, and semantic models without days to lay their data on.
fn semantic_layer(manifest: &Manifest) -> Vec<String> {
    let is_metric = |name: &str| {
        let mut nodes = manifest.semantic.values();
        nodes.any(|node| node.resource_type() == ResourceType::Metric && *node.name == *name)
    };
    let mut errors = Vec::new();
    for exposure in manifest.exposures.values() {
        let names = exposure.metrics.iter().filter_map(|call| call.last());
        errors.extend(names.filter(|name| !is_metric(name)).map(|name| {
            let (owner, path) = (&exposure.name, &exposure.original_file_path);
            format!(
                "exposure {owner} ({path}) depends on a metric named '{name}' which was not found"
            )
        }));
    }
    let mut semantic = manifest.semantic.values();
    let needs_spine = semantic.any(|node| node.resource_type() == ResourceType::SemanticModel);
    let is_spine = |node: &std::sync::Arc<Node>| {
        let spine = node.model().and_then(|model| model.time_spine.as_ref());
        let column = spine.and_then(|spine| spine.get("standard_granularity_column")?.as_str());
        let column = column.and_then(|name| node.columns.get(name));
        let unit = column.and_then(|column| column.granularity.as_deref());
        &*node.name == "metricflow_time_spine" || unit.is_some_and(is_day_or_finer)
    };
    if needs_spine && !manifest.nodes.values().any(is_spine) {
        errors.push(
            "the semantic layer requires a time spine model with granularity DAY or smaller in the project, but none was found: describe a model with \
             `time_spine`, and a column of it with `granularity: day`"
                .to_owned(),
        );
    }
    errors
}

/// Two nodes that would replace each other's table.
fn same_relations(manifest: &Manifest) -> Vec<String> {
    let mut first_of: BTreeMap<_, &Node> = BTreeMap::new();
    let mut errors = Vec::new();
    // Ephemeral models too: they may be materialized in another way some day.
    let relational = manifest.nodes.values().filter(|node| {
        matches!(
            node.resource_type(),
            ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot
        ) || (node.resource_type() == ResourceType::Test
            && node.config.bool("store_failures") == Some(true))
    });
    for node in relational {
        let relation = (&node.database, &node.schema, &node.alias);
        match first_of.get(&relation) {
            Some(first) => errors.push(format!(
                "{}: makes the relation `{}.{}`, as {} does; give one of them another `alias` or `schema`",
                whose(node),
                node.schema,
                node.alias,
                whose(first)
            )),
            None => {
                first_of.insert(relation, node);
            }
        }
    }
    errors
}
