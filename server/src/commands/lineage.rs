//! `lineage`: what reads what, node by node or column by column. Nothing runs.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use base::LineIndex;
use ide::{ColumnEdge, ColumnId, GraphSteps, NodeLineage};
use project::node::{ResourceType, UniqueId};
use serde_json::{Value, json};

use super::in_memory::{INTERRUPTED, InMemory};
use crate::{
    open::{OpenConfig, OpenProject, open},
    report,
    run_context::CommandContext,
};

pub(crate) fn run(context: &CommandContext) -> anyhow::Result<ExitCode> {
    let config = OpenConfig::of(&context.invocation, &*context.system, &context.current_dir)?;
    let is_json = match context.invocation.text("output").unwrap_or("text") {
        "text" => false,
        "json" => true,
        other => bail!("`lineage` has no output `{other}`: use text or json"),
    };
    let shown = if let Some(column) = context.invocation.text("column") {
        let columns = Columns::of(context, &config)?;
        let start = columns.find(column)?;
        let is_up = context.invocation.text("direction").unwrap_or("up") == "up";
        let edges = columns.edges_from(&start, is_up)?;
        if is_json {
            columns.edges_json(&start, &edges)?
        } else {
            edges_text(&start, &edges, is_up)
        }
    } else {
        let project = open(&*context.system, &config)?;
        context.accept(&project)?;
        let selected = selected(context, &project)?;
        if context.invocation.is("columns") {
            let columns = Columns::of(context, &config)?;
            if is_json {
                columns.json(&selected)
            } else {
                columns.text(&selected)
            }
        } else {
            nodes(&project, &selected, is_json)
        }
    };
    report::output(&shown);
    Ok(ExitCode::SUCCESS)
}

fn selected(context: &CommandContext, project: &OpenProject) -> anyhow::Result<BTreeSet<UniqueId>> {
    use ResourceType::{Exposure, Function, Model, Seed, Snapshot, Source};
    let kinds = [Model, Seed, Snapshot, Source, Function, Exposure];
    project.select(context, &kinds)
}

/// Nodes with what they read.
fn nodes(project: &OpenProject, selected: &BTreeSet<UniqueId>, is_json: bool) -> String {
    let manifest = &project.manifest;
    let parents = |id: &UniqueId| -> Vec<UniqueId> {
        let of_node = manifest.nodes.get(id).map(|node| &node.depends_on);
        let of_exposure = manifest.exposures.get(id).map(|node| &node.depends_on);
        let depends_on = of_node.or(of_exposure);
        let mut ids: Vec<UniqueId> = depends_on
            .into_iter()
            .flat_map(|it| it.nodes.iter().cloned())
            .collect();
        ids.sort();
        ids
    };
    if is_json {
        let nodes: BTreeMap<&str, Value> = selected
            .iter()
            .map(|id| {
                let parents: Vec<String> = parents(id)
                    .iter()
                    .map(|it| it.as_str().to_owned())
                    .collect();
                (id.as_str(), json!({ "parents": parents }))
            })
            .collect();
        return json_text(&json!({ "nodes": nodes }));
    }
    let mut text = String::new();
    for id in selected {
        text.push_str(id.as_str());
        text.push('\n');
        for parent in parents(id) {
            text.push_str(&line("  from ", parent.as_str()));
        }
    }
    text
}

fn line(indent: &str, text: &str) -> String {
    format!("{indent}{text}\n")
}

fn json_text(value: &Value) -> String {
    format!("{value:#}\n")
}

/// The columns of the whole project.
struct Columns {
    project: InMemory,
    nodes: BTreeMap<UniqueId, NodeLineage>,
}

impl Columns {
    fn of(context: &CommandContext, config: &OpenConfig) -> anyhow::Result<Self> {
        let project = InMemory::read(context, config);
        let nodes = project.analysis.column_lineage(&project.root);
        Ok(Self {
            nodes: nodes
                .context(INTERRUPTED)?
                .context("there is no project here")?,
            project,
        })
    }

    /// `orders.amount`, or with the id of the node: `model.shop.orders.amount`.
    fn find(&self, text: &str) -> anyhow::Result<ColumnId> {
        let Some((node, column)) = text.rsplit_once('.') else {
            bail!("`{text}` is no column: write MODEL.COLUMN");
        };
        let ids = self.known();
        let is_it = |id: &&ColumnId| {
            let names_node = id.node.as_str() == node || short_name(&id.node) == node;
            names_node && id.column.eq_ignore_ascii_case(column)
        };
        let mut found = ids.iter().filter(is_it);
        let Some(first) = found.next() else {
            bail!("no column `{column}` of `{node}` is known");
        };
        if let Some(other) = found.next() {
            bail!(
                "`{text}` may be of {} or of {}: write the whole id",
                first.node.as_str(),
                other.node.as_str()
            );
        }
        Ok(first.clone())
    }

    /// Every column that is made or read.
    fn known(&self) -> BTreeSet<ColumnId> {
        let made = self.nodes.iter().flat_map(|(node, lineage)| {
            lineage.columns.iter().map(|column| ColumnId {
                node: node.clone(),
                column: column.name.clone(),
            })
        });
        let read = self.nodes.values().flat_map(|lineage| &lineage.columns);
        let read = read.flat_map(|column| column.origins.iter().map(|(origin, _)| origin.clone()));
        // A column that is read in another case than it is written is one.
        let mut known: BTreeMap<(UniqueId, String), ColumnId> = BTreeMap::new();
        for id in made.chain(read) {
            let key = (id.node.clone(), id.column.to_lowercase());
            known.entry(key).or_insert(id);
        }
        known.into_values().collect()
    }

    /// All edges upstream or downstream of a column, each once.
    fn edges_from(&self, start: &ColumnId, is_up: bool) -> anyhow::Result<Vec<ColumnEdge>> {
        let steps = |is_asked: bool| if is_asked { usize::MAX } else { 0 };
        let steps = GraphSteps {
            up: steps(is_up),
            down: steps(!is_up),
        };
        let InMemory { analysis, root, .. } = &self.project;
        analysis
            .column_edges(root, start, steps)
            .context(INTERRUPTED)
    }

    fn edges_json(&self, start: &ColumnId, edges: &[ColumnEdge]) -> anyhow::Result<String> {
        let mut shown = Vec::new();
        for edge in edges {
            shown.push(json!({
                "from": self.column_json(&edge.from)?,
                "to": self.column_json(&edge.to)?,
                "kind": edge.kind.name(),
            }));
        }
        Ok(json_text(
            &json!({ "column": self.column_json(start)?, "edges": shown }),
        ))
    }

    /// With its place: lines and columns from 1, columns in characters.
    fn column_json(&self, id: &ColumnId) -> anyhow::Result<Value> {
        let mut value = json!({ "node": id.node.as_str(), "column": &*id.column });
        let InMemory {
            analysis,
            root,
            paths,
            ..
        } = &self.project;
        let place = analysis.column_place(root, id).context(INTERRUPTED)?;
        let path = place.and_then(|place| paths.get(&place.file));
        if let (Some(place), Some(path), Some(value)) = (place, path, value.as_object_mut()) {
            let text = analysis.text(place.file).unwrap_or_default();
            let lines = LineIndex::new(&text);
            let shown = |offset: u32| {
                let at = lines.line_col(offset);
                let start = (offset - at.col) as usize;
                let before = text.get(start..offset as usize).unwrap_or_default();
                json!({ "line": at.line + 1, "column": before.chars().count() + 1 })
            };
            let path = super::check::shown_path(path, root);
            value.insert("path".to_owned(), path.into());
            value.insert("start".to_owned(), shown(place.range.start));
            value.insert("end".to_owned(), shown(place.range.end));
        }
        Ok(value)
    }

    fn json(&self, selected: &BTreeSet<UniqueId>) -> String {
        let names = self.names();
        let mut models = BTreeMap::new();
        for (id, lineage) in self.nodes.iter().filter(|(id, _)| selected.contains(*id)) {
            let columns = lineage.columns.iter().map(|column| {
                let origins = column.origins.iter().map(|(origin, kind)| {
                    json!({
                        "node": origin.node.as_str(),
                        "column": &*origin.column,
                        "kind": kind.name(),
                    })
                });
                json!({
                    "name": &*column.name,
                    "type": column.data_type,
                    "confidence": column.confidence.name(),
                    "origins": origins.collect::<Vec<_>>(),
                })
            });
            let rows = lineage.row_origins.iter();
            let rows = rows.map(|it| json!({ "node": it.node.as_str(), "column": &*it.column }));
            let name = names.get(id).copied().unwrap_or(id.as_str());
            models.insert(
                name,
                json!({
                    "unique_id": id.as_str(),
                    "columns": columns.collect::<Vec<_>>(),
                    "complete": lineage.is_complete,
                    "rows": rows.collect::<Vec<_>>(),
                }),
            );
        }
        json_text(&json!({ "models": models }))
    }

    /// The names that mean one node alone; the others are known by their ids.
    fn names(&self) -> BTreeMap<&UniqueId, &str> {
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        for id in self.nodes.keys() {
            *counts.entry(short_name(id)).or_default() += 1;
        }
        let ids = self.nodes.keys().map(|id| (id, short_name(id)));
        ids.filter(|(_, name)| counts.get(name) == Some(&1))
            .collect()
    }

    fn text(&self, selected: &BTreeSet<UniqueId>) -> String {
        let mut text = String::new();
        for (id, lineage) in self.nodes.iter().filter(|(id, _)| selected.contains(*id)) {
            text.push_str(&line("", id.as_str()));
            for column in &lineage.columns {
                let data_type = column.data_type.as_deref().unwrap_or("?");
                text.push_str(&line("  ", &format!("{} {data_type}", column.name)));
                for (origin, kind) in &column.origins {
                    text.push_str(&line(
                        "    ",
                        &format!("{} {}", kind.name(), shown_column(origin)),
                    ));
                }
            }
        }
        text
    }
}

/// `orders` of `model.shop.orders`, `raw.orders` of `source.shop.raw.orders`.
fn short_name(id: &UniqueId) -> &str {
    id.as_str().splitn(3, '.').nth(2).unwrap_or(id.as_str())
}

fn shown_column(id: &ColumnId) -> String {
    format!("{}.{}", id.node.as_str(), id.column)
}

fn edges_text(start: &ColumnId, edges: &[ColumnEdge], is_up: bool) -> String {
    let mut text = line("", &shown_column(start));
    for edge in edges {
        let (from, to) = (shown_column(&edge.from), shown_column(&edge.to));
        let kind = edge.kind.name();
        let shown = if is_up {
            format!("{to} <- {from} ({kind})")
        } else {
            format!("{from} -> {to} ({kind})")
        };
        text.push_str(&line("  ", &shown));
    }
    text
}
