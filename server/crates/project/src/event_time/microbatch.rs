//! What a model says of its batches, and what is wrong with that, in dbt's words.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{BatchSize, IsoMoment, TimeWindow};
use crate::node::{Config, Node};

/// A microbatch model's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Microbatch {
    /// The column that says when a row happened.
    pub event_time: Arc<str>,
    /// Where the first batch is.
    pub begin: DateTime<Utc>,
    /// How much of time a batch is.
    pub batch_size: BatchSize,
    /// How many batches before the latest are built again.
    pub lookback: i64,
    /// Whether batches may be built at the same time; otherwise it depends on whether the model reads itself.
    pub concurrent_batches: Option<bool>,
}

/// Whether a model is built in batches of time.
pub fn is_microbatch(config: &Config) -> bool {
    config.materialized() == "incremental"
        && config.text("incremental_strategy") == Some("microbatch")
}

impl Microbatch {
    /// Of a node; `None` for one that is not built in batches.
    pub fn of(node: &Node) -> Option<Result<Self, String>> {
        is_microbatch(&node.config).then(|| {
            let found = of_config(&node.config);
            found.map_err(|wrong| format!("Microbatch model '{}' {wrong}", node.name))
        })
    }

    /// The batches from the one that `start` is in up to `end`.
    pub fn batches(&self, window: TimeWindow) -> Vec<TimeWindow> {
        let mut batches = Vec::new();
        let mut start = window.start;
        loop {
            let next = self.batch_size.offset(start, 1);
            // The last ends where the whole does, whatever the size; and beyond the calendar there is no next.
            if next >= window.end || next <= start {
                batches.push(TimeWindow {
                    start,
                    end: window.end,
                });
                return batches;
            }
            batches.push(TimeWindow { start, end: next });
            start = next;
        }
    }

    /// What is built: `asked` for, or what an incremental run builds again, or everything since `begin`.
    pub fn window(
        &self,
        asked: Option<TimeWindow>,
        is_incremental: bool,
        now: DateTime<Utc>,
    ) -> TimeWindow {
        let size = self.batch_size;
        let end = size.ceiling(asked.map_or(now, |window| window.end));
        let start = match asked {
            Some(window) => size.floor(window.start),
            None if !is_incremental => size.floor(self.begin),
            // The end is where the batch after the latest begins.
            None => size.offset(end, self.lookback.saturating_add(1).saturating_neg()),
        };
        TimeWindow { start, end }
    }

    /// `2024-01-31`: a batch's name in lines and paths.
    pub fn label(&self, batch: TimeWindow) -> String {
        let format = match self.batch_size {
            BatchSize::Hour => "%Y-%m-%dT%H",
            BatchSize::Day => "%Y-%m-%d",
            BatchSize::Month => "%Y-%m",
            BatchSize::Year => "%Y",
        };
        batch.start.format(format).to_string()
    }
}

fn of_config(config: &Config) -> Result<Microbatch, String> {
    let event_time = match config.get("event_time") {
        Some(Value::String(column)) => column.as_str().into(),
        None => {
            return Err("must provide an 'event_time' (string) config that indicates the name of the event time column.".to_owned());
        }
        Some(other) => {
            let found = class_of(other);
            return Err(format!(
                "must provide an 'event_time' config of type string, but got: {found}."
            ));
        }
    };
    let begin = match config.get("begin") {
        Some(Value::String(text)) => IsoMoment::parse(text).ok_or_else(|| {
            format!(
                "must provide a 'begin' config of valid datetime (ISO format), but got: {text}."
            )
        })?,
        None => {
            return Err("must provide a 'begin' (datetime) config that indicates the earliest timestamp the microbatch model should be built from.".to_owned());
        }
        Some(other) => {
            let found = class_of(other);
            return Err(format!(
                "must provide a 'begin' config of type datetime, but got: {found}."
            ));
        }
    };
    let size = config.get("batch_size");
    let batch_size = size
        .and_then(Value::as_str)
        .and_then(BatchSize::from_name)
        .ok_or_else(|| {
            let names = BatchSize::ALL.map(|size| format!("'{}'", size.name()));
            let found = size.map_or_else(|| "None".to_owned(), crate::python_text::python_str);
            format!(
                "must provide a 'batch_size' config that is one of [{}], but got: {found}.",
                names.join(", ")
            )
        })?;
    let lookback = match config.get("lookback") {
        None => 1,
        // A number to Python.
        Some(Value::Bool(said)) => i64::from(*said),
        Some(said) => said.as_i64().ok_or_else(|| {
            format!(
                "must provide the optional 'lookback' config as type int, but got: {}).",
                class_of(said)
            )
        })?,
    };
    let concurrent_batches = match config.get("concurrent_batches") {
        None => None,
        Some(Value::Bool(said)) => Some(*said),
        Some(other) => {
            let found = class_of(other);
            return Err(format!(
                "optional 'concurrent_batches' config must be of type `bool` if specified, but got: {found})."
            ));
        }
    };
    Ok(Microbatch {
        event_time,
        begin: begin.wall_clock(),
        batch_size,
        lookback,
        concurrent_batches,
    })
}

/// The column by which an input is filtered; an error where it is no name. `whose` is the model that reads it.
pub fn event_time_of_input<'a>(
    whose: &str,
    input: &str,
    config: &'a Config,
) -> Result<Option<&'a str>, String> {
    match config.get("event_time") {
        None => Ok(None),
        Some(Value::String(column)) => Ok(Some(column.as_str()).filter(|it| !it.is_empty())),
        Some(other) => Err(format!(
            "Microbatch model '{whose}' depends on an input node '{input}' with an 'event_time' config of invalid (non-string) type: {}.",
            class_of(other)
        )),
    }
}

/// How Python shows the class of a value.
fn class_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "<class 'NoneType'>",
        Value::Bool(_) => "<class 'bool'>",
        Value::Number(number) if number.is_f64() => "<class 'float'>",
        Value::Number(_) => "<class 'int'>",
        Value::String(_) => "<class 'str'>",
        Value::Array(_) => "<class 'list'>",
        Value::Object(_) => "<class 'dict'>",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::ResourceType;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn read(changed: &Value) -> Result<Microbatch, String> {
        let mut config = json!({"event_time": "at", "begin": "2024-01-30", "batch_size": "day"});
        for (name, value) in changed.as_object().unwrap() {
            config[name] = value.clone();
        }
        let config = config.as_object().unwrap().clone();
        of_config(&Config::new(ResourceType::Model, config))
    }

    fn check_error(changed: &Value, expected: &Expect) {
        expected.assert_eq(&read(changed).unwrap_err());
    }

    fn check(
        changed: &Value,
        asked: Option<(&str, &str)>,
        is_incremental: bool,
        expected: &Expect,
    ) {
        let model = read(changed).unwrap();
        let time = |text: &str| IsoMoment::parse(text).unwrap().wall_clock();
        let asked = asked.map(|(start, end)| TimeWindow {
            start: time(start),
            end: time(end),
        });
        let window = model.window(asked, is_incremental, time("2024-02-01 10:30"));
        let shown = model.batches(window).into_iter().map(|batch| {
            format!(
                "{}: {} {}",
                model.label(batch),
                batch.start.naive_utc(),
                batch.end.naive_utc()
            )
        });
        expected.assert_eq(&shown.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn the_first_run_builds_everything_since_the_beginning() {
        check(
            &json!({}),
            None,
            false,
            &expect![[r"
            2024-01-30: 2024-01-30 00:00:00 2024-01-31 00:00:00
            2024-01-31: 2024-01-31 00:00:00 2024-02-01 00:00:00
            2024-02-01: 2024-02-01 00:00:00 2024-02-02 00:00:00"]],
        );
        check(
            &json!({"batch_size": "month"}),
            None,
            false,
            &expect![[r"
            2024-01: 2024-01-01 00:00:00 2024-02-01 00:00:00
            2024-02: 2024-02-01 00:00:00 2024-03-01 00:00:00"]],
        );
    }

    #[test]
    fn a_later_run_builds_the_latest_and_those_it_looks_back_at() {
        check(
            &json!({}),
            None,
            true,
            &expect![[r"
            2024-01-31: 2024-01-31 00:00:00 2024-02-01 00:00:00
            2024-02-01: 2024-02-01 00:00:00 2024-02-02 00:00:00"]],
        );
        check(
            &json!({"lookback": 2, "batch_size": "hour"}),
            None,
            true,
            &expect![[r"
                2024-02-01T08: 2024-02-01 08:00:00 2024-02-01 09:00:00
                2024-02-01T09: 2024-02-01 09:00:00 2024-02-01 10:00:00
                2024-02-01T10: 2024-02-01 10:00:00 2024-02-01 11:00:00"]],
        );
        check(
            &json!({"lookback": 0, "batch_size": "year"}),
            None,
            true,
            &expect!["2024: 2024-01-01 00:00:00 2025-01-01 00:00:00"],
        );
        // A number to Python.
        check(
            &json!({"lookback": false, "batch_size": "year"}),
            None,
            true,
            &expect!["2024: 2024-01-01 00:00:00 2025-01-01 00:00:00"],
        );
    }

    #[test]
    fn a_window_is_widened_to_whole_batches() {
        let asked = Some(("2024-02-27 05:00", "2024-03-01 05:00"));
        check(
            &json!({"batch_size": "month"}),
            asked,
            true,
            &expect![[r"
            2024-02: 2024-02-01 00:00:00 2024-03-01 00:00:00
            2024-03: 2024-03-01 00:00:00 2024-04-01 00:00:00"]],
        );
    }

    #[test]
    fn mistakes_are_told_in_dbts_words() {
        check_error(
            &json!({"event_time": 3}),
            &expect!["must provide an 'event_time' config of type string, but got: <class 'int'>."],
        );
        check_error(
            &json!({"begin": "soon"}),
            &expect![
                "must provide a 'begin' config of valid datetime (ISO format), but got: soon."
            ],
        );
        check_error(
            &json!({"begin": null}),
            &expect![
                "must provide a 'begin' (datetime) config that indicates the earliest timestamp the microbatch model should be built from."
            ],
        );
        check_error(
            &json!({"batch_size": "week"}),
            &expect![
                "must provide a 'batch_size' config that is one of ['hour', 'day', 'month', 'year'], but got: week."
            ],
        );
        check_error(
            &json!({"batch_size": null}),
            &expect![
                "must provide a 'batch_size' config that is one of ['hour', 'day', 'month', 'year'], but got: None."
            ],
        );
        check_error(
            &json!({"lookback": "1"}),
            &expect![
                "must provide the optional 'lookback' config as type int, but got: <class 'str'>)."
            ],
        );
        check_error(
            &json!({"concurrent_batches": "yes"}),
            &expect![
                "optional 'concurrent_batches' config must be of type `bool` if specified, but got: <class 'str'>)."
            ],
        );
    }
}
