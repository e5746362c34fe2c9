//! A table of a source.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Columns, Config, Names, Quoting, UniqueId};
use crate::json::JsonObject;

/// A table that exists without the project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// `source.shop.raw.orders`
    pub unique_id: UniqueId,
    /// The table, as in `source('raw', 'orders')`.
    pub name: Arc<str>,
    /// The source, as in `source('raw', 'orders')`.
    pub source_name: Arc<str>,
    /// The project it is defined in.
    pub package_name: Arc<str>,
    /// The properties file, relative to the project; dbt writes the same under both names.
    pub original_file_path: Arc<str>,
    /// Package, folders of the properties file, source, table.
    pub fqn: Names,
    /// Where the table lives.
    pub database: Option<Arc<str>>,
    /// Where the table lives.
    pub schema: Arc<str>,
    /// The table's name in the warehouse.
    pub identifier: Arc<str>,
    /// As the warehouse quotes it.
    pub relation_name: Option<Arc<str>>,
    /// What stands in SQL instead of the table's name: a file that the warehouse reads by itself.
    pub sql: Option<Arc<str>>,
    /// Which parts of the name are quoted, as far as the source says.
    pub quoting: Quoting,
    /// Rendered.
    pub source_description: Arc<str>,
    /// Rendered.
    pub description: Arc<str>,
    /// Free text: who loads it.
    pub loader: Arc<str>,
    /// The column or expression that tells how old rows are.
    pub loaded_at_field: Option<Arc<str>>,
    /// The query that tells how old rows are.
    pub loaded_at_query: Option<Arc<str>>,
    /// When data is too old; `None` where freshness is turned off.
    pub freshness: Option<FreshnessThreshold>,
    /// `external:`, with all its keys.
    pub external: Option<JsonObject>,
    /// Declared in properties.
    pub columns: Columns,
    /// Of source and table, merged.
    pub meta: JsonObject,
    /// Of the source alone.
    pub source_meta: JsonObject,
    /// Of source and table.
    pub tags: Names,
    /// What applies.
    pub config: Config,
    /// The same before Jinja was rendered.
    pub unrendered_config: JsonObject,
    /// `package://path` of an override.
    pub patch_path: Option<Arc<str>>,
    /// `database:` before Jinja was rendered.
    pub unrendered_database: Option<Arc<str>>,
    /// `schema:` before Jinja was rendered.
    pub unrendered_schema: Option<Arc<str>>,
    /// The docs blocks that the description is made of.
    pub doc_blocks: Arc<[UniqueId]>,
}

/// When data is too old.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FreshnessThreshold {
    /// Older than this is a warning.
    pub warn_after: Option<FreshnessTime>,
    /// Older than this is an error.
    pub error_after: Option<FreshnessTime>,
    /// A predicate on the rows looked at.
    pub filter: Option<Arc<str>>,
}

/// An age; without both parts it is not set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FreshnessTime {
    /// How many.
    pub count: Option<i64>,
    /// Of what.
    pub period: Option<TimePeriod>,
}

impl FreshnessThreshold {
    /// As if it was not given, which is not the same as both ages turned off.
    #[must_use]
    pub fn unset() -> Self {
        Self {
            warn_after: Some(FreshnessTime::default()),
            error_after: Some(FreshnessTime::default()),
            filter: None,
        }
    }

    /// From a `freshness` configuration.
    #[must_use]
    pub fn from_json(value: &Value) -> Self {
        let time = |key: &str| match value.get(key) {
            None => Some(FreshnessTime::default()),
            Some(Value::Null) => None,
            Some(time) => Some(FreshnessTime {
                count: time.get("count").and_then(Value::as_i64),
                period: time
                    .get("period")
                    .and_then(Value::as_str)
                    .and_then(TimePeriod::from_name),
            }),
        };
        Self {
            warn_after: time("warn_after"),
            error_after: time("error_after"),
            filter: value.get("filter").and_then(Value::as_str).map(Arc::from),
        }
    }

    /// Whether there is an age after which data is too old.
    pub fn is_set(&self) -> bool {
        let is_set =
            |time: &Option<FreshnessTime>| time.as_ref().is_some_and(FreshnessTime::is_set);
        is_set(&self.warn_after) || is_set(&self.error_after)
    }

    /// `self` where it says something, `base` elsewhere; an age that is turned off stays so.
    #[must_use]
    pub fn over(self, base: Self) -> Self {
        let time = |own: Option<FreshnessTime>, base: Option<FreshnessTime>| {
            let own = own?;
            let base = base.filter(FreshnessTime::is_set);
            Some(match base {
                Some(base) if own.is_set() => FreshnessTime {
                    count: own.count.or(base.count),
                    period: own.period.or(base.period),
                },
                Some(base) => base,
                None => own,
            })
        };
        Self {
            warn_after: time(self.warn_after, base.warn_after),
            error_after: time(self.error_after, base.error_after),
            filter: self.filter.or(base.filter),
        }
    }
}

impl FreshnessTime {
    /// Whether it is an age.
    pub fn is_set(&self) -> bool {
        self.count.is_some() && self.period.is_some()
    }
}

/// Units of age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum TimePeriod {
    Minute,
    Hour,
    Day,
}

impl TimePeriod {
    /// dbt's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// The period with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Minute, Self::Hour, Self::Day]
            .into_iter()
            .find(|period| period.name() == name)
    }

    /// In seconds.
    pub fn seconds(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::FreshnessThreshold;

    fn merged(base: &Value, over: &Value) -> Value {
        FreshnessThreshold::from_json(over)
            .over(FreshnessThreshold::from_json(base))
            .to_json()
    }

    #[test]
    fn ages_are_inherited_unless_turned_off() {
        let base = json!({"warn_after": {"count": 6, "period": "hour"}, "filter": "a"});
        let error = json!({"error_after": {"count": 1, "period": "day"}});
        assert_eq!(
            merged(&base, &error),
            json!({
                "warn_after": {"count": 6, "period": "hour"},
                "error_after": {"count": 1, "period": "day"},
                "filter": "a",
            })
        );
        let off = merged(&base, &json!({"warn_after": null}));
        assert_eq!(off["warn_after"], Value::Null);
        assert!(!FreshnessThreshold::unset().is_set());
    }
}
