//! `show`: some rows of a model or of a query; and `compile --inline`, which shows a query's SQL.

use std::{collections::BTreeSet, process::ExitCode, sync::Arc};

use anyhow::{Context as _, bail};
use comfy_table::{Table, presets};
use engine::{Failure, Shown, cell_json, cell_text};
use project::{
    json::{JsonMap, JsonObject},
    node::{
        Checksum, Columns, Config, Contract, DependsOn, Docs, Language, Node, NodeDetail,
        ResourceType, UniqueId,
    },
};
use serde_json::{Value, json};

use crate::{open::OpenProject, report, run_context::CommandContext};

const INLINE: &str = "inline_query";

pub(crate) fn run(context: &CommandContext) -> anyhow::Result<ExitCode> {
    let limit = context
        .invocation
        .text("limit")
        .unwrap_or("5")
        .parse::<i64>()
        .context("--limit takes a number")?;
    let limit = usize::try_from(limit).ok();
    if let Some(sql) = context.invocation.text("inline_direct") {
        return show_directly(context, sql, limit);
    }
    let (project, nodes) = nodes(context)?;
    let selected = nodes.iter().map(|node| node.unique_id.clone()).collect();
    let session = context.session(&project, &selected)?;
    for node in &nodes {
        match engine::show(&session, node, limit) {
            Ok(shown) => print(context, node, &shown),
            Err(failure) => return Ok(failed(context, node, &failure)),
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `show --inline-direct`: a query that is no template.
fn show_directly(
    context: &CommandContext,
    sql: &str,
    limit: Option<usize>,
) -> anyhow::Result<ExitCode> {
    let project = context.open()?;
    let node = inline_node(&project, sql);
    let session = context.session(&project, &BTreeSet::new())?;
    match engine::show_directly(&session, sql, limit) {
        Ok(shown) => {
            print(context, &node, &shown);
            Ok(ExitCode::SUCCESS)
        }
        Err(failure) => {
            failed(context, &node, &failure);
            Ok(ExitCode::from(crate::UNUSABLE))
        }
    }
}

/// `compile --inline`
pub(crate) fn compile_inline(context: &CommandContext) -> anyhow::Result<ExitCode> {
    let (project, nodes) = nodes(context)?;
    let selected = nodes.iter().map(|node| node.unique_id.clone()).collect();
    let session = context.session(&project, &selected)?;
    for node in &nodes {
        match engine::compiled_sql(&session, node) {
            Ok(sql) if context.invocation.text("output") == Some("json") => {
                report::output(&format!("{:#}\n", json!({"compiled": sql})));
            }
            Ok(sql) if context.invocation.is("quiet") => report::output(&format!("{sql}\n")),
            Ok(sql) => report::output(&format!("Compiled inline node is:\n{sql}\n")),
            Err(failure) => {
                failed(context, node, &failure);
                return Ok(ExitCode::from(crate::UNUSABLE));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn failed(context: &CommandContext, node: &Node, failure: &Failure) -> ExitCode {
    report::error_line(&report::failure_text(&*context.system, &node.name, failure));
    ExitCode::from(crate::FAILED)
}

/// The query given, or what is selected.
pub(super) fn nodes(context: &CommandContext) -> anyhow::Result<(OpenProject, Vec<Arc<Node>>)> {
    let project = context.open()?;
    if let Some(sql) = context.invocation.text("inline") {
        let node = Arc::new(inline_node(&project, sql));
        return Ok((project, vec![node]));
    }
    let kinds = [
        ResourceType::Model,
        ResourceType::Seed,
        ResourceType::Snapshot,
        ResourceType::Test,
        ResourceType::Analysis,
    ];
    if context.invocation.list("select").is_empty() && context.invocation.text("selector").is_none()
    {
        bail!("either --select, --inline or --inline-direct must be passed to show");
    }
    let selected = project.select(context, &kinds)?;
    let nodes: Vec<Arc<Node>> = selected
        .iter()
        .filter_map(|id| project.manifest.nodes.get(id).cloned())
        .collect();
    // Tests come along with what they test; only those named alone are meant.
    let is_test = |node: &Arc<Node>| node.resource_type() == ResourceType::Test;
    let nodes: Vec<Arc<Node>> = if nodes.iter().all(is_test) {
        nodes
    } else {
        nodes.into_iter().filter(|node| !is_test(node)).collect()
    };
    if nodes.is_empty() {
        bail!("no node matches the selection");
    }
    Ok((project, nodes))
}

/// A node that exists only for this query.
fn inline_node(project: &OpenProject, sql: &str) -> Node {
    let manifest = &project.manifest;
    let package = Arc::clone(&manifest.project_name);
    let profile = manifest.profile.as_ref();
    Node {
        unique_id: UniqueId::from(format!("sql_operation.{package}.{INLINE}")),
        name: INLINE.into(),
        path: format!("sql/{INLINE}").into(),
        original_file_path: format!("from remote system/{INLINE}").into(),
        fqn: Arc::new([Arc::clone(&package), "sql".into(), INLINE.into()]),
        package_name: package,
        database: profile.and_then(project::profiles::Profile::database),
        schema: profile
            .and_then(project::profiles::Profile::schema)
            .unwrap_or_default(),
        alias: INLINE.into(),
        relation_name: None,
        checksum: Checksum::of_text(sql),
        config: Config::new(ResourceType::SqlOperation, JsonMap::new()),
        unrendered_config: JsonObject::default(),
        tags: Arc::default(),
        meta: JsonObject::default(),
        description: Arc::default(),
        columns: Columns::default(),
        docs: Docs::default(),
        group: None,
        patch_path: None,
        doc_blocks: Arc::default(),
        raw_code: sql.into(),
        language: Language::Sql,
        refs: Arc::default(),
        sources: Arc::default(),
        metrics: Arc::default(),
        functions: Arc::default(),
        depends_on: DependsOn::default(),
        contract: Contract::default(),
        detail: NodeDetail::SqlOperation,
    }
}

fn print(context: &CommandContext, node: &Node, shown: &Shown) {
    let is_inline = node.resource_type() == ResourceType::SqlOperation;
    if context.invocation.text("output") == Some("json") {
        let rows: Vec<Value> = shown
            .rows
            .rows
            .iter()
            .map(|row| {
                shown
                    .rows
                    .columns
                    .iter()
                    .zip(row)
                    .map(|(name, cell)| (name.clone(), cell_json(cell)))
                    .collect()
            })
            .collect();
        let json = if is_inline {
            json!({"show": rows})
        } else {
            json!({"node": &*node.name, "show": rows})
        };
        report::output(&format!("{json:#}\n"));
        return;
    }
    let title = if is_inline {
        "Previewing inline node:".to_owned()
    } else {
        format!("Previewing node '{}':", node.name)
    };
    report::output(&format!("{title}\n{}\n", grid(shown, usize::MAX)));
}

/// The first rows, for people.
pub(super) fn grid(shown: &Shown, n_rows: usize) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::ASCII_MARKDOWN)
        .set_header(&shown.rows.columns);
    for row in shown.rows.rows.iter().take(n_rows) {
        table.add_row(row.iter().map(cell_text));
    }
    table
}
