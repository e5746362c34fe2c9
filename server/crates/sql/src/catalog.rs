//! What the world outside the statement knows: the columns of relations, asked for by the name the text uses.
//!
//! The caller answers from upstream models, sources' YAML or a warehouse; this crate never asks a database.

use std::fmt;
use std::sync::Arc;

use crate::types::Type;

/// A relation as the text names it: one to four parts, unquoted, in the case they are written.
///
/// Equality and hash fold ASCII case: the supported warehouses compare unquoted names so, and projects that tell
/// `"Orders"` from `orders` are rare enough that a wrong match costs less than a missed one.
#[derive(Debug, Clone)]
pub struct RelationName {
    parts: Arc<[Arc<str>]>,
}

impl RelationName {
    /// A name of these parts, the outermost (database) first.
    pub fn new(parts: impl IntoIterator<Item = impl Into<Arc<str>>>) -> Self {
        Self {
            parts: parts.into_iter().map(Into::into).collect(),
        }
    }

    /// All parts, the outermost first.
    pub fn parts(&self) -> &[Arc<str>] {
        &self.parts
    }

    /// The last part: the table's own name.
    pub fn identifier(&self) -> &str {
        self.parts.last().map_or("", |part| part)
    }

    /// Whether `self` is `other` with some outer parts left out, or the other way round.
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.parts
            .iter()
            .rev()
            .zip(other.parts.iter().rev())
            .all(|(mine, theirs)| mine.eq_ignore_ascii_case(theirs))
    }
}

impl PartialEq for RelationName {
    fn eq(&self, other: &Self) -> bool {
        self.parts.len() == other.parts.len() && self.agrees_with(other)
    }
}

impl Eq for RelationName {}

impl std::hash::Hash for RelationName {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        for part in self.parts.iter() {
            for byte in part.bytes() {
                state.write_u8(byte.to_ascii_lowercase());
            }
            state.write_u8(b'.');
        }
    }
}

impl PartialOrd for RelationName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RelationName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        fn folded(part: &Arc<str>) -> impl Iterator<Item = u8> + '_ {
            part.bytes().map(|byte| byte.to_ascii_lowercase())
        }
        let mut theirs = other.parts.iter();
        for mine in self.parts.iter() {
            let Some(their) = theirs.next() else {
                return std::cmp::Ordering::Greater;
            };
            let order = folded(mine).cmp(folded(their));
            if order.is_ne() {
                return order;
            }
        }
        self.parts.len().cmp(&other.parts.len())
    }
}

impl fmt::Display for RelationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (idx, part) in self.parts.iter().enumerate() {
            if idx > 0 {
                f.write_str(".")?;
            }
            f.write_str(part)?;
        }
        Ok(())
    }
}

/// A column of a relation outside the statement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CatalogColumn {
    /// Its name as the relation spells it.
    pub name: Arc<str>,
    /// Its type, where somebody knows it.
    pub data_type: Option<Type>,
}

impl CatalogColumn {
    /// A column of unknown type.
    pub fn untyped(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            data_type: None,
        }
    }
}

/// Answers for relations that the statement reads but does not define.
pub trait Catalog {
    /// All columns of `relation` in their order, or `None` when they are not, or not completely, known.
    fn columns(&self, relation: &RelationName) -> Option<Arc<[CatalogColumn]>>;
}

/// Knows nothing: every relation has unknown columns.
#[derive(Debug, Clone, Copy, Default)]
pub struct EmptyCatalog;

impl Catalog for EmptyCatalog {
    fn columns(&self, _relation: &RelationName) -> Option<Arc<[CatalogColumn]>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::RelationName;

    #[test]
    fn names_are_equal_whatever_their_case() {
        assert_eq!(
            RelationName::new(["main", "Orders"]),
            RelationName::new(["MAIN", "orders"])
        );
        assert_ne!(
            RelationName::new(["orders"]),
            RelationName::new(["main", "orders"])
        );
    }

    #[test]
    fn a_shorter_name_agrees_with_a_longer_one() {
        let short = RelationName::new(["orders"]);
        assert!(short.agrees_with(&RelationName::new(["db", "main", "ORDERS"])));
    }
}
