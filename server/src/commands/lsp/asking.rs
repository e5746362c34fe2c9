//! What only asks the warehouse: rows that differ, the columns of relations, the tables of a schema.

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use lsp::{
    CancelFlag, CatalogReading, CatalogRequest, Diff, DiffRequest, RunError, TablesRequest,
    WarehouseTable,
};
use project::{
    node::{ResourceType, UniqueId},
    profiles::Profile,
};

use super::runner::{arguments, cell_value, context, node_failure};
use crate::{
    commands::show,
    open::{OpenConfig, OpenProject, open},
    run_context::CommandContext,
};

/// `dagsmith.diff`: the model as it is in the editor against what was built.
pub(super) fn diff(request: &DiffRequest, cancel: &CancelFlag) -> Result<Diff, RunError> {
    // All rows that an incremental model would have, not those of the next run.
    let own = ["--full-refresh", "--select", &request.selector];
    let line = arguments("show", &request.project, &own);
    let context = context(line, &request.project, Arc::new(engine::Silent), cancel)?;
    let (project, nodes) = show::nodes(&context).map_err(failed)?;
    let [node] = &*nodes else {
        return Err(RunError::new(format!(
            "{} nodes are selected; one model is compared",
            nodes.len()
        )));
    };
    let selected = [node.unique_id.clone()].into();
    let session = context.session(&project, &selected).map_err(failed)?;
    let started = Instant::now();
    let found = engine::difference(&session, node, request.limit);
    let found = found.map_err(|failure| RunError {
        message: failure.message.clone(),
        failure: node_failure(&project, &node.unique_id, &failure.message, Some(&failure))
            .map(|place| (node.unique_id.to_string(), place)),
    })?;
    let rows = found.rows.iter();
    let rows = rows.map(|row| (row.is_added, row.cells.iter().map(cell_value).collect()));
    Ok(Diff {
        unique_id: node.unique_id.to_string(),
        rows: rows.collect(),
        columns: found.columns,
        added_columns: found.added_columns,
        removed_columns: found.removed_columns,
        retyped_columns: found.retyped_columns,
        before: found.before,
        after: found.after,
        added: found.added,
        removed: found.removed,
        sql: found.sql,
        elapsed: started.elapsed(),
    })
}

/// `dagsmith.readCatalog`: as `docs generate`, into a file of our own.
pub(super) fn read_catalog(
    request: &CatalogRequest,
    cancel: &CancelFlag,
) -> Result<CatalogReading, RunError> {
    let selector = request.selector.as_deref();
    let own = selector.map(|it| vec!["--select", it]).unwrap_or_default();
    let line = arguments("list", &request.project, &own);
    let context = context(line, &request.project, Arc::new(engine::Silent), cancel)?;
    let project = opened(&context)?;
    let asked: BTreeSet<UniqueId> = project.select(&context, &WITH_RELATIONS).map_err(failed)?;
    let session = context.session(&project, &asked).map_err(failed)?;
    let mut catalog = engine::Catalog::of(&session, &asked).map_err(RunError::new)?;
    let n_relations = catalog.len();
    let path = project.run.target_path.join("dagsmith/catalog.json");
    if request.selector.is_some()
        && let Ok(earlier) = context.system.read(&path)
    {
        catalog.keep(&earlier, &asked);
    }
    let written = catalog.write_to(&path, &session, &context.metadata);
    written.map_err(|error| RunError::new(error.to_string()))?;
    Ok(CatalogReading {
        n_relations,
        path,
        errors: catalog.errors,
    })
}

/// `dagsmith.generateSource`: what a schema has.
pub(super) fn tables(
    request: &TablesRequest,
    cancel: &CancelFlag,
) -> Result<Vec<WarehouseTable>, RunError> {
    let line = arguments("list", &request.project, &[]);
    let context = context(line, &request.project, Arc::new(engine::Silent), cancel)?;
    let project = opened(&context)?;
    let session = context
        .session(&project, &BTreeSet::new())
        .map_err(failed)?;
    let profile = project.manifest.profile.as_ref();
    let own = profile.and_then(Profile::database);
    let database = request.database.as_deref().or(own.as_deref());
    let found = engine::tables_of(&session, database, &request.schema).map_err(RunError::new)?;
    let found = found.into_iter().map(|table| WarehouseTable {
        name: table.name,
        columns: table.columns,
    });
    Ok(found.collect())
}

/// The project as far as it can be read: an error in a model says nothing of what the warehouse has.
fn opened(context: &CommandContext) -> Result<OpenProject, RunError> {
    let config = OpenConfig::of(&context.invocation, &*context.system, &context.current_dir);
    let config = config.map_err(failed)?;
    std::env::set_current_dir(&config.root).map_err(|error| RunError::new(error.to_string()))?;
    open(&*context.system, &config).map_err(failed)
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` gives it away")]
fn failed(error: anyhow::Error) -> RunError {
    RunError::new(format!("{error:#}"))
}

/// What can be in a warehouse.
const WITH_RELATIONS: [ResourceType; 4] = [
    ResourceType::Model,
    ResourceType::Seed,
    ResourceType::Snapshot,
    ResourceType::Source,
];
