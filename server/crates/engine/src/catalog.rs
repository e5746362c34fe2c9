//! catalog.json v1: the tables and columns that the warehouse has for the nodes and sources of a project.
//!
//! The adapter's `get_catalog` macros ask; this matches their rows with the project. As in dbt, up to a hundred
//! relations are asked for one by one, more of them by schema.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use base::SystemError;
use jinja::{
    CallArgs, Relation, Table, Value,
    value::{from_json, to_json},
};
use project::{
    json::JsonMap,
    node::{Node, ResourceType, UniqueId},
};
use serde_json::{Value as Json, json};

use crate::{
    live::{LiveHost, Scope, Session},
    run_results::ArtifactMetadata,
};

const SCHEMA: &str = "https://schemas.getdbt.com/dbt/catalog/v1.json";

/// Beyond this, whole schemas are asked for.
const MAX_RELATIONS: usize = 100;

/// Database, schema and name in lower case: how a row of the catalog finds its node.
type Key = (Option<String>, String, String);

/// What the warehouse has.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Catalog {
    nodes: JsonMap,
    sources: JsonMap,
    /// What could not be found out.
    pub errors: Vec<String>,
}

impl Catalog {
    /// Asks for the selected nodes and sources.
    pub fn of(session: &Arc<Session>, selected: &BTreeSet<UniqueId>) -> Result<Self, String> {
        let wanted = wanted(session, selected);
        let mut by_database: BTreeMap<Option<String>, Vec<&Relation>> = BTreeMap::new();
        for relation in &wanted {
            let database = relation.database.as_deref().map(str::to_lowercase);
            by_database.entry(database).or_default().push(relation);
        }
        let is_by_relation = wanted.len() <= MAX_RELATIONS;
        let keys: BTreeSet<Key> = wanted.iter().map(relation_key).collect();
        let mut catalog = Self::default();
        let mut tables: Vec<(Key, Json)> = Vec::new();
        for relations in by_database.values() {
            match ask(session, relations, is_by_relation) {
                Ok(rows) => add(&rows, &keys, &mut tables)?,
                Err(error) => catalog.errors.push(error),
            }
        }
        catalog.assign(session, selected, tables)?;
        Ok(catalog)
    }

    /// To each table, the node and the sources that are it.
    fn assign(
        &mut self,
        session: &Session,
        selected: &BTreeSet<UniqueId>,
        tables: Vec<(Key, Json)>,
    ) -> Result<(), String> {
        let manifest = &session.project.manifest;
        let nodes: BTreeMap<Key, &UniqueId> = manifest
            .nodes
            .iter()
            .map(|(id, node)| (node_key(node), id))
            .collect();
        let mut sources: BTreeMap<Key, Vec<&UniqueId>> = BTreeMap::new();
        for (id, source) in &manifest.sources {
            let key = key(
                source.database.as_deref(),
                &source.schema,
                &source.identifier,
            );
            sources.entry(key).or_default().push(id);
        }
        for (key, table) in tables {
            let with_id = |id: &UniqueId| {
                let mut table = table.clone();
                if let Json::Object(fields) = &mut table {
                    fields.insert("unique_id".to_owned(), id.as_str().into());
                }
                table
            };
            if let Some(id) = nodes.get(&key).filter(|id| selected.contains(**id)) {
                self.nodes.insert(id.as_str().to_owned(), with_id(id));
            }
            let ids = sources.get(&key).into_iter().flatten();
            for id in ids.filter(|id| selected.contains(**id)) {
                if self
                    .sources
                    .insert(id.as_str().to_owned(), with_id(id))
                    .is_some()
                {
                    return Err(format!(
                        "the warehouse has two relations with the same name but for upper and lower case: both are {id}; rename one of them"
                    ));
                }
            }
        }
        Ok(())
    }

    /// How many relations were found.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len() + self.sources.len()
    }

    /// Whether none was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keeps what an earlier catalog.json says of what was not asked for now.
    pub fn keep(&mut self, earlier: &[u8], asked: &BTreeSet<UniqueId>) {
        let earlier: Json = serde_json::from_slice(earlier).unwrap_or_default();
        for (section, mine) in [("nodes", &mut self.nodes), ("sources", &mut self.sources)] {
            let Some(tables) = earlier.get(section).and_then(Json::as_object) else {
                continue;
            };
            for (id, table) in tables.iter().filter(|(id, _)| !asked.contains(id.as_str())) {
                mine.insert(id.clone(), table.clone());
            }
        }
    }

    /// Writes catalog.json.
    pub fn write(&self, session: &Session, metadata: &ArtifactMetadata) -> Result<(), SystemError> {
        let path = session.project.target_path.join("catalog.json");
        self.write_to(&path, session, metadata)
    }

    /// Writes it somewhere else.
    pub fn write_to(
        &self,
        path: &Path,
        session: &Session,
        metadata: &ArtifactMetadata,
    ) -> Result<(), SystemError> {
        let errors = if self.errors.is_empty() {
            Json::Null
        } else {
            self.errors.clone().into()
        };
        let catalog = json!({
            "metadata": metadata.to_json(SCHEMA, session.system.now()),
            "nodes": self.nodes,
            "sources": self.sources,
            "errors": errors,
        });
        session.system.write(path, catalog.to_string().as_bytes())
    }
}

/// A table or view, as the warehouse describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarehouseTable {
    /// As the warehouse spells it.
    pub name: String,
    /// Names and types, in its order.
    pub columns: Vec<(String, String)>,
}

/// All that a schema has, in the order of the names. Without a database it is the connection's own.
pub fn tables_of(
    session: &Arc<Session>,
    database: Option<&str>,
    schema: &str,
) -> Result<Vec<WarehouseTable>, String> {
    let relation = Relation {
        quote_policy: session.project.quoting(),
        ..Relation::new(database, Some(schema), Some(""))
    };
    let rows = ask(session, &[&relation], false)?;
    let mut tables: BTreeMap<String, Vec<(f64, String, String)>> = BTreeMap::new();
    for row in rows.rows() {
        let fields = fields(&rows, row);
        let text = |name: &str| fields.get(name).and_then(Json::as_str).unwrap_or_default();
        if !text("table_schema").eq_ignore_ascii_case(schema) {
            continue;
        }
        let index = fields.get("column_index").and_then(Json::as_f64);
        tables
            .entry(text("table_name").to_owned())
            .or_default()
            .push((
                index.unwrap_or_default(),
                text("column_name").to_owned(),
                text("column_type").to_owned(),
            ));
    }
    let tables = tables.into_iter().map(|(name, mut columns)| {
        columns.sort_by(|a, b| a.0.total_cmp(&b.0));
        let columns = columns
            .into_iter()
            .map(|(_, name, data_type)| (name, data_type));
        WarehouseTable {
            name,
            columns: columns.collect(),
        }
    });
    Ok(tables.collect())
}

fn fields(rows: &Table, row: &[Value]) -> JsonMap {
    let columns = rows.columns().iter().zip(row);
    columns
        .map(|(column, value)| (column.name.to_lowercase(), to_json(value)))
        .collect()
}

fn key(database: Option<&str>, schema: &str, name: &str) -> Key {
    let database = database.map(str::to_lowercase);
    (database, schema.to_lowercase(), name.to_lowercase())
}

fn node_key(node: &Node) -> Key {
    key(node.database.as_deref(), &node.schema, &node.alias)
}

fn relation_key(relation: &Relation) -> Key {
    key(
        relation.database.as_deref(),
        relation.schema.as_deref().unwrap_or_default(),
        relation.identifier.as_deref().unwrap_or_default(),
    )
}

/// The relations of what was selected.
fn wanted(session: &Session, selected: &BTreeSet<UniqueId>) -> Vec<Relation> {
    let manifest = &session.project.manifest;
    let mut found = Vec::new();
    for id in selected {
        let relation = match (manifest.nodes.get(id), manifest.sources.get(id)) {
            (Some(node), _) if has_relation(session, node) => Relation::new(
                node.database.as_deref(),
                Some(&node.schema),
                Some(&node.alias),
            ),
            (None, Some(source)) => Relation::new(
                source.database.as_deref(),
                Some(&source.schema),
                Some(&source.identifier),
            ),
            _ => continue,
        };
        found.push(Relation {
            quote_policy: session.project.quoting(),
            ..relation
        });
    }
    found
}

fn has_relation(session: &Session, node: &Node) -> bool {
    match node.resource_type() {
        ResourceType::Seed | ResourceType::Snapshot => true,
        ResourceType::Model => !node.is_ephemeral(),
        ResourceType::Test => {
            session.flags.store_failures || node.config.bool("store_failures") == Some(true)
        }
        _ => false,
    }
}

/// The rows that a macro of the adapter finds.
fn ask(
    session: &Arc<Session>,
    relations: &[&Relation],
    is_by_relation: bool,
) -> Result<Table, String> {
    let Some(first) = relations.first() else {
        return Ok(Table::default());
    };
    let package = Arc::clone(&session.project.manifest.project_name);
    let host = LiveHost::new(session, Scope::Package(package), "main");
    let schemas: BTreeSet<String> = relations
        .iter()
        .filter_map(|relation| relation.schema.as_deref().map(str::to_lowercase))
        .collect();
    let (name, argument, value) = if is_by_relation {
        let relations = relations.iter().map(|it| (*it).clone().into_value());
        ("get_catalog_relations", "relations", relations.collect())
    } else {
        let schemas: Vec<String> = schemas.into_iter().collect();
        ("get_catalog", "schemas", from_json(&schemas.into()))
    };
    let args = CallArgs {
        positional: Vec::new(),
        keyword: vec![
            (
                "information_schema".to_owned(),
                first.information_schema(None).into_value(),
            ),
            (argument.to_owned(), value),
        ],
    };
    let found = host.call_macro(name, args).map_err(|error| error.message)?;
    Table::from_value(&found)
        .cloned()
        .ok_or_else(|| format!("the macro `{name}` returned no table"))
}

/// Rows are columns of tables: those of one table become one entry.
fn add(rows: &Table, keys: &BTreeSet<Key>, tables: &mut Vec<(Key, Json)>) -> Result<(), String> {
    let mut places: BTreeMap<(Key, String), usize> = BTreeMap::new();
    for row in rows.rows() {
        let fields = fields(rows, row);
        let text = |name: &str| {
            let value = fields.get(name);
            let value =
                value.ok_or_else(|| format!("Catalog information missing required key {name}"))?;
            Ok::<_, String>(value.as_str().map(str::to_owned))
        };
        let (schema, name) = (text("table_schema")?, text("table_name")?);
        let (schema, name) = (schema.unwrap_or_default(), name.unwrap_or_default());
        let key = key(text("table_database")?.as_deref(), &schema, &name);
        if !keys.contains(&key) {
            continue;
        }
        let place = *places.entry((key.clone(), name)).or_insert_with(|| {
            tables.push((key, table(&fields)));
            tables.len() - 1
        });
        let column = column(&fields);
        let Some((_, Json::Object(table))) = tables.get_mut(place) else {
            continue;
        };
        if let (Some(Json::Object(columns)), Some(name)) = (
            table.get_mut("columns"),
            column.get("name").and_then(Json::as_str),
        ) {
            columns.insert(name.to_owned(), column.clone());
        }
    }
    Ok(())
}

fn table(fields: &JsonMap) -> Json {
    let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
    json!({
        "metadata": {
            "type": field("table_type"),
            "schema": field("table_schema"),
            "name": field("table_name"),
            "database": field("table_database"),
            "comment": field("table_comment"),
            "owner": field("table_owner"),
        },
        "columns": {},
        "stats": stats(fields),
    })
}

fn column(fields: &JsonMap) -> Json {
    let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
    // Some adapters count in decimals.
    let index = field("column_index");
    let index = index
        .as_f64()
        .map(|index| Json::from(index as i64))
        .unwrap_or(index);
    json!({
        "type": field("column_type"),
        "index": index,
        "name": field("column_name"),
        "comment": field("column_comment"),
    })
}

/// Columns `stats:size:value` and their like, and whether there are any.
fn stats(fields: &JsonMap) -> Json {
    let mut found = JsonMap::new();
    let names = fields.keys().filter_map(|name| name.strip_prefix("stats:"));
    for name in names.filter_map(|rest| rest.strip_suffix(":value")) {
        let field = |part: &str| {
            fields
                .get(&format!("stats:{name}:{part}"))
                .cloned()
                .unwrap_or_default()
        };
        if field("include") != Json::Bool(true) {
            continue;
        }
        let stat = json!({
            "id": name,
            "label": field("label"),
            "value": field("value"),
            "include": true,
            "description": field("description"),
        });
        found.insert(name.to_owned(), stat);
    }
    let has_stats = !found.is_empty();
    found.insert(
        "has_stats".to_owned(),
        json!({
            "id": "has_stats",
            "label": "Has Stats?",
            "value": has_stats,
            "include": false,
            "description": "Indicates whether there are statistics for this table",
        }),
    );
    found.into()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use jinja::{ColumnKind, TableColumn};

    use super::*;

    #[test]
    fn rows_become_tables_with_columns_and_stats() {
        let names = [
            "TABLE_DATABASE",
            "table_schema",
            "table_name",
            "table_type",
            "column_name",
            "column_index",
            "column_type",
            "stats:size:label",
            "stats:size:value",
            "stats:size:description",
            "stats:size:include",
        ];
        let columns = names.map(|name| TableColumn {
            name: name.to_owned(),
            kind: ColumnKind::Text,
        });
        let row = |column: &str, index: f64| {
            let mut row: Vec<Value> = ["db", "Main", "Orders", "VIEW", column]
                .map(Value::from)
                .into();
            row.extend([
                Value::from(index),
                "INT".into(),
                "Size".into(),
                7.into(),
                "in bytes".into(),
                true.into(),
            ]);
            row
        };
        let rows = Table::new(columns.into(), vec![row("id", 1.0), row("at", 2.0)]);
        let keys = BTreeSet::from([key(Some("DB"), "main", "orders")]);
        let mut tables = Vec::new();
        add(&rows, &keys, &mut tables).unwrap();
        expect![[r#"
            {
              "metadata": {
                "type": "VIEW",
                "schema": "Main",
                "name": "Orders",
                "database": "db",
                "comment": null,
                "owner": null
              },
              "columns": {
                "id": {
                  "type": "INT",
                  "index": 1,
                  "name": "id",
                  "comment": null
                },
                "at": {
                  "type": "INT",
                  "index": 2,
                  "name": "at",
                  "comment": null
                }
              },
              "stats": {
                "size": {
                  "id": "size",
                  "label": "Size",
                  "value": 7,
                  "include": true,
                  "description": "in bytes"
                },
                "has_stats": {
                  "id": "has_stats",
                  "label": "Has Stats?",
                  "value": true,
                  "include": false,
                  "description": "Indicates whether there are statistics for this table"
                }
              }
            }"#]]
        .assert_eq(&format!("{:#}", tables[0].1));
        tables.clear();
        add(&rows, &BTreeSet::new(), &mut tables).unwrap();
        assert_eq!(tables, []);
    }

    #[test]
    fn a_catalog_without_names_is_an_error() {
        let columns = vec![TableColumn {
            name: "x".to_owned(),
            kind: ColumnKind::Text,
        }];
        let rows = Table::new(columns, vec![vec!["1".into()]]);
        assert_eq!(
            add(&rows, &BTreeSet::new(), &mut Vec::new()),
            Err("Catalog information missing required key table_schema".to_owned())
        );
    }
}
