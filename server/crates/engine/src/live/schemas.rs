//! Schemas before a run: those that its nodes need exist, and what lies in them is known.

use std::{collections::BTreeMap, sync::Arc};

use jinja::{CallArgs, HostError, Relation, RelationType, Table, Value, value::text};
use project::node::{Node, NodeDetail};

use super::{host::LiveHost, relation_cache::SchemaKey};

/// Creates the schemas of `nodes` that are missing and lists those that are there.
pub(crate) fn prepare<'a>(
    host: &LiveHost,
    nodes: impl Iterator<Item = &'a Arc<Node>>,
) -> Result<(), HostError> {
    let mut wanted: BTreeMap<SchemaKey, Relation> = BTreeMap::new();
    for node in nodes.filter(|node| makes_relation(host, node)) {
        let relation = analysis::context::node_relation(node, host.session.project.quoting())
            .without_identifier();
        wanted.entry(key(&relation)).or_insert(relation);
    }
    let mut listed: Vec<Option<String>> = Vec::new();
    for (key, relation) in wanted {
        if !listed.contains(&relation.database) {
            note_schemas(host, relation.database.as_deref())?;
            listed.push(relation.database.clone());
        }
        if host.session.cache.has_schema(&key) {
            list_relations(host, &relation)?;
        } else {
            create_schema(host, &relation)?;
        }
    }
    if host.session.adapter.drops_cascade() {
        link_readers(host)?;
    }
    host.connection()
        .commit()
        .map_err(|error| super::host::host_error(&error))
}

/// Which views are dropped with which relations.
fn link_readers(host: &LiveHost) -> Result<(), HostError> {
    let database = host.session.project.default_database();
    let answer = host.call_macro("get_relations", CallArgs::default())?;
    for row in rows(&answer) {
        let names: Vec<String> = row.iter().map(text).collect();
        if let [reader_schema, reader, read_schema, read, ..] = names.as_slice() {
            let relation = |schema: &str, name: &str| {
                Relation::new(database.as_deref(), Some(schema), Some(name))
            };
            host.session.cache.link(
                &relation(reader_schema, reader),
                &relation(read_schema, read),
            );
        }
    }
    Ok(())
}

/// Tests make relations only when they store what they find.
fn makes_relation(host: &LiveHost, node: &Node) -> bool {
    match node.detail {
        NodeDetail::Model(_) => !node.is_ephemeral(),
        NodeDetail::Seed { .. } | NodeDetail::Snapshot | NodeDetail::Function(_) => true,
        NodeDetail::GenericTest(_) | NodeDetail::SingularTest => {
            host.session.flags.store_failures || node.config.bool("store_failures") == Some(true)
        }
        NodeDetail::Analysis | NodeDetail::Operation { .. } | NodeDetail::SqlOperation => false,
    }
}

pub(super) fn key(relation: &Relation) -> SchemaKey {
    SchemaKey::new(relation.database.as_deref(), relation.schema.as_deref())
}

fn note_schemas(host: &LiveHost, database: Option<&str>) -> Result<(), HostError> {
    for name in list_schemas(host, database)? {
        host.session
            .cache
            .note_schema(SchemaKey::new(database, Some(&name)));
    }
    Ok(())
}

/// The names of a database's schemas.
pub(super) fn list_schemas(
    host: &LiveHost,
    database: Option<&str>,
) -> Result<Vec<String>, HostError> {
    let answer = host.call_macro("list_schemas", named([("database", Value::from(database))]))?;
    Ok(rows(&answer)
        .iter()
        .filter_map(|row| row.first().map(text))
        .collect())
}

/// Makes a schema; it is empty then.
pub(super) fn create_schema(host: &LiveHost, relation: &Relation) -> Result<(), HostError> {
    let relation = relation.without_identifier();
    host.call_macro(
        "create_schema",
        named([("relation", relation.clone().into_value())]),
    )?;
    host.connection()
        .commit()
        .map_err(|error| super::host::host_error(&error))?;
    host.session.cache.add_schema(&key(&relation));
    Ok(())
}

/// The relations of a schema, from the cache if they are there.
pub(super) fn list_relations(
    host: &LiveHost,
    schema: &Relation,
) -> Result<Vec<Relation>, HostError> {
    let key = listed_key(host, schema)?;
    Ok(host.session.cache.relations(&key))
}

/// One relation by its name, without a look at the others of its schema: every materialization asks for several.
pub(crate) fn find_relation(
    host: &LiveHost,
    wanted: &Relation,
) -> Result<Option<Relation>, HostError> {
    let key = listed_key(host, wanted)?;
    let identifier = wanted.identifier.as_deref().unwrap_or("");
    Ok(host.session.cache.get(&key, identifier))
}

/// The schema of a relation, whose relations the cache knows from now on.
fn listed_key(host: &LiveHost, relation: &Relation) -> Result<SchemaKey, HostError> {
    let key = key(relation);
    if !host.session.cache.is_listed(&key) {
        let relations = list_relations_without_caching(host, relation)?;
        host.session.cache.list(key.clone(), relations);
    }
    Ok(key)
}

/// The relations of a schema, asked of the warehouse.
pub(super) fn list_relations_without_caching(
    host: &LiveHost,
    schema: &Relation,
) -> Result<Vec<Relation>, HostError> {
    let schema = schema.without_identifier();
    let answer = host.call_macro(
        "list_relations_without_caching",
        named([("schema_relation", schema.into_value())]),
    )?;
    Ok(rows(&answer).iter().filter_map(|row| listed(row)).collect())
}

/// database, name, schema, type
fn listed(row: &[Value]) -> Option<Relation> {
    let [database, name, schema, kind, ..] = row else {
        return None;
    };
    Some(Relation {
        kind: Some(if kind.is_none() {
            RelationType::External
        } else {
            text(kind).as_str().into()
        }),
        require_alias: false,
        ..Relation::new(
            Some(&text(database)),
            Some(&text(schema)),
            Some(&text(name)),
        )
    })
}

fn rows(value: &Value) -> Vec<Vec<Value>> {
    Table::from_value(value).map_or_else(Vec::new, |table| {
        table.rows().iter().map(|row| row.to_vec()).collect()
    })
}

/// Keyword arguments.
pub(crate) fn named<const N: usize>(pairs: [(&str, Value); N]) -> CallArgs {
    CallArgs {
        positional: Vec::new(),
        keyword: pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    }
}
