//! Which relations exist, asked once a schema and kept up to date by whoever creates, drops or renames one.
//!
//! A thousand models would otherwise ask the same question a thousand times.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use jinja::Relation;

/// A schema, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SchemaKey {
    database: String,
    schema: String,
}

impl SchemaKey {
    pub(crate) fn new(database: Option<&str>, schema: Option<&str>) -> Self {
        Self {
            database: database.unwrap_or("").to_lowercase(),
            schema: schema.unwrap_or("").to_lowercase(),
        }
    }

    fn of(relation: &Relation) -> Self {
        Self::new(relation.database.as_deref(), relation.schema.as_deref())
    }
}

/// The relations of the schemas that were listed. By name in lower case: no database that we know holds two relations
/// whose names differ in case alone, unless somebody quoted them to be so.
#[derive(Debug, Default)]
pub(crate) struct RelationCache(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    schemas: BTreeMap<SchemaKey, BTreeMap<String, Relation>>,
    /// Schemas known to exist, listed or not.
    known: BTreeSet<SchemaKey>,
    /// Where dropping cascades: the views that read a relation, and go with it.
    readers: BTreeMap<RelationKey, BTreeSet<RelationKey>>,
}

/// A relation: its schema, and its name in lower case.
type RelationKey = (SchemaKey, String);

fn key(relation: &Relation) -> RelationKey {
    (SchemaKey::of(relation), name(relation))
}

impl State {
    fn remove(&mut self, key: &RelationKey) {
        if let Some(schema) = self.schemas.get_mut(&key.0) {
            schema.remove(&key.1);
        }
        for reader in self.readers.remove(key).unwrap_or_default() {
            self.remove(&reader);
        }
    }

    /// A view goes on reading what was renamed.
    fn rename_links(&mut self, from: &RelationKey, to: &RelationKey) {
        if let Some(readers) = self.readers.remove(from) {
            self.readers.insert(to.clone(), readers);
        }
        for readers in self.readers.values_mut() {
            if readers.remove(from) {
                readers.insert(to.clone());
            }
        }
    }
}

fn name(relation: &Relation) -> String {
    relation.identifier.as_deref().unwrap_or("").to_lowercase()
}

impl RelationCache {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_listed(&self, key: &SchemaKey) -> bool {
        self.lock().schemas.contains_key(key)
    }

    /// What the warehouse said of a schema.
    pub(crate) fn list(&self, key: SchemaKey, relations: Vec<Relation>) {
        let relations = relations.into_iter().map(|it| (name(&it), it)).collect();
        self.lock().schemas.insert(key, relations);
    }

    pub(crate) fn relations(&self, key: &SchemaKey) -> Vec<Relation> {
        let state = self.lock();
        state
            .schemas
            .get(key)
            .into_iter()
            .flat_map(|it| it.values().cloned())
            .collect()
    }

    /// Of all schemas that were listed.
    pub(crate) fn everywhere(&self) -> Vec<Relation> {
        let state = self.lock();
        let schemas = state.schemas.values();
        schemas.flat_map(|it| it.values().cloned()).collect()
    }

    pub(crate) fn get(&self, key: &SchemaKey, identifier: &str) -> Option<Relation> {
        self.lock()
            .schemas
            .get(key)?
            .get(&identifier.to_lowercase())
            .cloned()
    }

    pub(crate) fn add(&self, relation: Relation) {
        if let Some(schema) = self.lock().schemas.get_mut(&SchemaKey::of(&relation)) {
            schema.insert(name(&relation), relation);
        }
    }

    pub(crate) fn remove(&self, relation: &Relation) {
        self.lock().remove(&key(relation));
    }

    /// `reader` is dropped with `read`.
    pub(crate) fn link(&self, reader: &Relation, read: &Relation) {
        let mut state = self.lock();
        state
            .readers
            .entry(key(read))
            .or_default()
            .insert(key(reader));
    }

    pub(crate) fn rename(&self, from: &Relation, to: &Relation) {
        let mut state = self.lock();
        state.rename_links(&key(from), &key(to));
        let found = state
            .schemas
            .get_mut(&SchemaKey::of(from))
            .and_then(|schema| schema.remove(&name(from)));
        let renamed = Relation {
            kind: found
                .and_then(|found| found.kind)
                .or_else(|| to.kind.clone()),
            ..to.clone()
        };
        if let Some(schema) = state.schemas.get_mut(&SchemaKey::of(to)) {
            schema.insert(name(to), renamed);
        }
    }

    /// A schema that is there, whether its relations are known or not.
    pub(crate) fn note_schema(&self, key: SchemaKey) {
        self.lock().known.insert(key);
    }

    pub(crate) fn has_schema(&self, key: &SchemaKey) -> bool {
        self.lock().known.contains(key)
    }

    /// A schema that was just made: it is there and empty.
    pub(crate) fn add_schema(&self, key: &SchemaKey) {
        let mut state = self.lock();
        state.known.insert(key.clone());
        state.schemas.entry(key.clone()).or_default();
    }

    pub(crate) fn remove_schema(&self, key: &SchemaKey) {
        let mut state = self.lock();
        state.known.remove(key);
        state.schemas.insert(key.clone(), BTreeMap::new());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_renames_and_drops() {
        let cache = RelationCache::default();
        let key = SchemaKey::new(Some("db"), Some("main"));
        let relation = |name: &str| Relation::new(Some("DB"), Some("main"), Some(name));
        cache.list(key.clone(), vec![relation("orders__dbt_tmp")]);
        cache.rename(&relation("orders__dbt_tmp"), &relation("Orders"));
        assert!(cache.get(&key, "orders__dbt_tmp").is_none());
        assert_eq!(
            cache.get(&key, "ORDERS").and_then(|it| it.identifier),
            Some("Orders".to_owned())
        );
        cache.remove(&relation("orders"));
        assert!(cache.relations(&key).is_empty());
    }

    #[test]
    fn views_go_with_what_they_read() {
        let cache = RelationCache::default();
        let key = SchemaKey::new(Some("db"), Some("main"));
        let relation = |name: &str| Relation::new(Some("db"), Some("main"), Some(name));
        cache.list(
            key.clone(),
            ["orders", "recent", "newest", "other"].map(relation).into(),
        );
        cache.link(&relation("recent"), &relation("orders"));
        cache.link(&relation("newest"), &relation("recent"));
        cache.rename(&relation("orders"), &relation("orders__dbt_backup"));
        cache.rename(&relation("recent"), &relation("latest"));
        cache.remove(&relation("orders__dbt_backup"));
        let left: Vec<_> = cache.relations(&key);
        assert_eq!(left, [relation("other")]);
    }
}
