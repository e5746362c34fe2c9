//! What comes of commands that only ask the warehouse: rows that differ, columns that it has, tables for a source.

use std::{path::Path, sync::Arc};

use base::SourceRange;
use ide::{Change, FilePosition, NamedSchema, RefactoringRequest, Wanted, WarehouseCatalog};
use serde_json::{Value, to_value};
use tower_lsp::{
    jsonrpc::Error,
    lsp_types::{MessageType, Range},
};

use crate::{
    catalog_files::CATALOGS,
    client::Outgoing,
    dispatch::request_failed,
    from_proto, handlers,
    loader::LoadRequest,
    on_outcome::{Opened, preview_key},
    on_run::guarded,
    paths::uri_of,
    proto_ext::{CatalogResult, CommandArgument, DiffResult, DiffRow, RetypedColumn, RowChange},
    runner::{CatalogReading, Diff, RunError, WarehouseTable},
    runs::{Job, Run},
    shown_text::{self, n_rows},
    state::GlobalState,
};

impl GlobalState {
    pub(crate) fn on_compared(&mut self, run: Run, outcome: Result<Diff, RunError>) {
        let answer = match outcome {
            Ok(diff) => {
                self.clear_failure(&preview_key(&diff.unique_id));
                let summary = diff_summary(&diff);
                self.progresses.end(run.progress, Some(summary.clone()));
                self.tell_summary(true, &summary);
                let mut result = diff_result(&run, diff);
                let title = run.job.title();
                let text = || shown_text::diff(&title, &summary, &result);
                result.document = self.write_down(&run, Opened::Yes, text);
                answer(&result)
            }
            Err(error) => Err(self.refused(&run, &error)),
        };
        run.reply.send(answer);
    }

    pub(crate) fn on_catalog_read(&mut self, run: Run, outcome: Result<CatalogReading, RunError>) {
        let outcome = match outcome {
            Ok(reading) => {
                let plural = if reading.n_relations == 1 { "" } else { "s" };
                let mut summary = format!(
                    "read the columns of {} relation{plural}",
                    reading.n_relations
                );
                for error in &reading.errors {
                    summary = format!("{summary}; {error}");
                }
                self.progresses.end(run.progress, Some(summary.clone()));
                self.tell_summary(reading.errors.is_empty(), &summary);
                self.look_at_catalogs(run.job.root());
                answer(&CatalogResult {
                    relations: reading.n_relations,
                    uri: uri_of(&reading.path),
                    errors: reading.errors,
                })
            }
            Err(error) => Err(self.refused(&run, &error)),
        };
        run.reply.send(outcome);
    }

    /// Look whether somebody has asked the warehouse what a project's relations are made of.
    pub(crate) fn look_at_catalogs(&self, root: &Path) {
        let Some(target_path) = self.node_runs.target_path(root) else {
            return;
        };
        self.loader
            .send(LoadRequest::Catalog(root.to_owned(), target_path));
    }

    /// `dbt docs generate` may have asked it.
    pub(crate) fn look_if_catalog(&self, path: &Path) {
        for root in self.projects.roots_around(path) {
            let target_path = self.node_runs.target_path(&root);
            let is_catalog =
                target_path.is_some_and(|it| CATALOGS.iter().any(|name| it.join(name) == path));
            if is_catalog {
                self.look_at_catalogs(&root);
            }
        }
    }

    /// The columns of relations are other ones now.
    pub(crate) fn on_catalog(&mut self, root: &Path, catalog: Arc<WarehouseCatalog>) {
        if self.host.catalog(root).is_none_or(|known| known == catalog) {
            return;
        }
        self.apply(Change {
            catalogs: vec![(root.into(), catalog)],
            ..Change::default()
        });
        let open = self.documents.iter();
        let open: Vec<_> = open.map(|(path, _)| self.paths.intern(path)).collect();
        for file in open {
            self.schedule.diagnose_now(file);
        }
        if self.features.refresh_inlay_hints {
            self.say(Outgoing::RefreshInlayHints);
        }
    }

    /// The schema that is meant: by name, or by the source at the cursor.
    pub(crate) fn named_schema(&self, argument: &CommandArgument) -> Result<NamedSchema, Error> {
        if let Some(schema) = &argument.schema {
            return Ok(NamedSchema {
                source: argument.source.clone().unwrap_or_else(|| schema.clone()),
                database: argument.database.clone(),
                schema: schema.clone(),
            });
        }
        let snapshot = self.snapshot();
        let question = || {
            let text = snapshot.text_of(&argument.uri).ok()??;
            let offset = text.offset(argument.position?);
            let position = FilePosition {
                file: text.file,
                offset,
            };
            snapshot.analysis.schema_at(position).ok()?
        };
        guarded(question).ok_or_else(|| {
            request_failed("no schema is named, and there is no source at the cursor")
        })
    }

    pub(crate) fn on_tables(&mut self, run: Run, outcome: Result<Vec<WarehouseTable>, RunError>) {
        let answer = match outcome {
            Ok(tables) => {
                let made = self.declare(&run, tables);
                let told = match &made {
                    Ok(title) => title.clone(),
                    Err(error) => error.message.to_string(),
                };
                self.progresses.end(run.progress, Some(told));
                if let Err(error) = &made {
                    self.say_unless_shown(&error.message);
                }
                made.map(|title| Some(Value::from(title)))
            }
            Err(error) => Err(self.refused(&run, &error)),
        };
        run.reply.send(answer);
    }

    /// A client that shows what answers say needs no message beside.
    fn say_unless_shown(&self, message: &str) {
        if !self.features.results {
            self.say(Outgoing::ShowMessage(MessageType::INFO, message.to_owned()));
        }
    }

    /// Ask the client for the edit; what it is called.
    fn declare(&self, run: &Run, tables: Vec<WarehouseTable>) -> Result<String, Error> {
        let Job::Tables(_, schema) = &run.job else {
            return Err(Error::internal_error());
        };
        if !self.features.apply_edit {
            return Err(request_failed("this editor makes no edits for the server"));
        }
        if tables.is_empty() {
            let message = format!("the warehouse has no tables in `{}`", schema.schema);
            return Err(request_failed(message));
        }
        let tables: Vec<_> = tables.into_iter().map(|it| (it.name, it.columns)).collect();
        let snapshot = self.snapshot();
        let question = || {
            let at = Range::default();
            let start = from_proto::file_range(&snapshot, &run.argument.uri, at).ok()??;
            let request = RefactoringRequest {
                selection: base::FileRange {
                    range: SourceRange::at(0),
                    ..start
                },
                wanted: Wanted::Changes,
                can_create_files: self.features.create_files,
            };
            let found = snapshot
                .analysis
                .schema_as_source(&request, schema, &tables);
            let found = found.ok()??;
            let edit = handlers::refactoring::edit(&snapshot, &found.change?).ok()??;
            Some((found.title, edit))
        };
        let Some((title, edit)) = guarded(question) else {
            let message = format!("source `{}` has all tables of its schema", schema.source);
            return Err(request_failed(message));
        };
        self.say(Outgoing::ApplyEdit(title.clone(), Box::new(edit)));
        Ok(title)
    }
}

fn answer(result: &impl serde::Serialize) -> Result<Option<Value>, Error> {
    to_value(result)
        .map(Some)
        .map_err(|_| Error::internal_error())
}

/// `3 rows added, 1 removed; column \`b\` added`
fn diff_summary(diff: &Diff) -> String {
    let mut parts = vec![match (diff.added, diff.removed) {
        (0, 0) => format!("no difference in {}", n_rows(diff.after)),
        (added, removed) => format!(
            "{} added, {removed} removed; {} before, {} after",
            n_rows(added),
            diff.before,
            diff.after
        ),
    }];
    let columns = [
        ("added", &diff.added_columns),
        ("removed", &diff.removed_columns),
    ];
    for (change, names) in columns.iter().filter(|(_, names)| !names.is_empty()) {
        parts.push(format!("columns {change}: {}", names.join(", ")));
    }
    for (name, before, after) in &diff.retyped_columns {
        parts.push(format!("{name}: {before} → {after}"));
    }
    parts.join("; ")
}

fn diff_result(run: &Run, diff: Diff) -> DiffResult {
    let rows = diff.rows.into_iter().map(|(is_added, values)| DiffRow {
        change: if is_added {
            RowChange::Added
        } else {
            RowChange::Removed
        },
        values,
    });
    let retyped = diff.retyped_columns.into_iter();
    let retyped = retyped.map(|(name, before, after)| RetypedColumn {
        name,
        before,
        after,
    });
    DiffResult {
        retyped_columns: retyped.collect(),
        uri: run.argument.uri.clone(),
        columns: diff.columns,
        added_columns: diff.added_columns,
        removed_columns: diff.removed_columns,
        before: diff.before,
        after: diff.after,
        added: diff.added,
        removed: diff.removed,
        rows: rows.collect(),
        sql: diff.sql,
        elapsed_ms: u64::try_from(diff.elapsed.as_millis()).unwrap_or(u64::MAX),
        document: None,
    }
}
