//! JSON objects that are cheap to clone, and that a saved index can hold.
//!
//! `serde_json::Value` cannot be read back from formats that do not describe themselves (postcard), so in those an
//! object or value travels as its JSON text. Key order is kept: artifacts and test names depend on it.

use std::{
    cell::RefCell,
    collections::HashMap,
    fmt,
    ops::Deref,
    sync::{Arc, LazyLock},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};
use serde_json::Value;

/// A mutable JSON object, keys in the order they were written.
pub type JsonMap = serde_json::Map<String, Value>;

/// A shared, immutable JSON object.
#[derive(Clone, PartialEq, Eq)]
pub struct JsonObject(Arc<JsonMap>);

static EMPTY: LazyLock<JsonObject> = LazyLock::new(|| JsonObject(Arc::new(JsonMap::new())));

impl JsonObject {
    /// Whether both are the same allocation, which is faster to ask than whether they are equal.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The map, copied only when it is shared.
    #[must_use]
    pub fn into_map(self) -> JsonMap {
        Arc::try_unwrap(self.0).unwrap_or_else(|shared| (*shared).clone())
    }
}

impl Default for JsonObject {
    fn default() -> Self {
        EMPTY.clone()
    }
}

impl From<JsonMap> for JsonObject {
    fn from(map: JsonMap) -> Self {
        if map.is_empty() {
            Self::default()
        } else {
            Self(Arc::new(map))
        }
    }
}

impl FromIterator<(String, Value)> for JsonObject {
    fn from_iter<T: IntoIterator<Item = (String, Value)>>(iter: T) -> Self {
        iter.into_iter().collect::<JsonMap>().into()
    }
}

impl Deref for JsonObject {
    type Target = JsonMap;

    fn deref(&self) -> &JsonMap {
        &self.0
    }
}

impl fmt::Debug for JsonObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match serde_json::to_string(&*self.0) {
            Ok(text) => f.write_str(&text),
            Err(_) => f.write_str("{?}"),
        }
    }
}

impl Serialize for JsonObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(&*self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return JsonMap::deserialize(deserializer).map(Self::from);
        }
        let text = String::deserialize(deserializer)?;
        RECENT.with_borrow_mut(|recent| {
            if let Some(known) = recent.get(&text) {
                return Ok(known.clone());
            }
            let map: JsonMap = serde_json::from_str(&text).map_err(D::Error::custom)?;
            let object = Self::from(map);
            if recent.len() >= MAX_RECENT {
                recent.clear();
            }
            recent.insert(text, object.clone());
            Ok(object)
        })
    }
}

thread_local! {
    /// Thousands of nodes share a few configurations: each is read once and shared again.
    static RECENT: RefCell<HashMap<String, JsonObject>> = RefCell::default();
}

const MAX_RECENT: usize = 256;

/// For `#[serde(with = "crate::json")]` on fields that hold JSON values.
pub(crate) fn serialize<T: Serialize, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        return value.serialize(serializer);
    }
    let text = serde_json::to_string(value).map_err(S::Error::custom)?;
    serializer.serialize_str(&text)
}

/// The way back from [`serialize`].
pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: serde::de::DeserializeOwned,
    D: Deserializer<'de>,
{
    if deserializer.is_human_readable() {
        return T::deserialize(deserializer);
    }
    let text = String::deserialize(deserializer)?;
    serde_json::from_str(&text).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::JsonObject;

    #[test]
    fn survives_a_format_that_does_not_describe_itself() {
        let object: JsonObject = [
            ("b".to_owned(), json!([1, {"x": null}])),
            ("a".to_owned(), json!(1.5)),
        ]
        .into_iter()
        .collect();
        let bytes = postcard::to_stdvec(&object).unwrap();
        let back: JsonObject = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(format!("{back:?}"), r#"{"b":[1,{"x":null}],"a":1.5}"#);
    }
}
