//! Which rows of an input are read: those of the batch that is built, and under `--sample` those of its window.

use jinja::{EventTimeFilter, Value, value::dict};
use project::{
    event_time::{Microbatch, TimeWindow, python_text},
    node::{Columns, Config, Quoting, ResourceType},
};

use super::host::LiveHost;

/// A batch of a microbatch model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Batch {
    /// Which rows belong to it.
    pub(crate) window: TimeWindow,
    /// `2024-01-31`
    pub(crate) label: String,
}

impl Batch {
    pub(crate) fn new(model: &Microbatch, window: TimeWindow) -> Self {
        Self {
            window,
            label: model.label(window),
        }
    }

    /// `model.batch`
    pub(super) fn value(&self) -> Value {
        let time = |at: chrono::DateTime<chrono::Utc>| {
            jinja::value::utc_datetime(at.timestamp(), at.timestamp_subsec_nanos())
        };
        dict([
            ("id", Value::from(self.label.replace('-', ""))),
            ("event_time_start", time(self.window.start)),
            ("event_time_end", time(self.window.end)),
        ])
    }
}

/// What is read, as far as it decides which rows are.
pub(super) struct Input<'a> {
    pub(super) config: &'a Config,
    pub(super) columns: &'a Columns,
    pub(super) quoting: Quoting,
}

/// The rows of `input` that the node of `host` reads; `None` for all.
pub(super) fn filter(host: &LiveHost, input: &Input<'_>) -> Option<EventTimeFilter> {
    let event_time = input
        .config
        .text("event_time")
        .filter(|it| !it.is_empty())?;
    let reader = host.node()?.resource_type();
    if !matches!(reader, ResourceType::Model | ResourceType::Snapshot) {
        return None;
    }
    let sample = host.session.flags.batching.sample;
    let batch = host.state().batch.as_ref().map(|batch| batch.window);
    let window = match (batch, sample) {
        (Some(batch), Some(sample)) => sample.within(batch),
        (batch, sample) => batch.or(sample)?,
    };
    Some(EventTimeFilter {
        field_name: field_name(event_time, input),
        start: Some(python_text(window.start)),
        end: Some(python_text(window.end)),
    })
}

/// Quoted where the column, or its source, says so.
fn field_name(event_time: &str, input: &Input<'_>) -> String {
    let column = input.columns.get(event_time);
    let is_quoted = column
        .and_then(|column| column.quote)
        .or(input.quoting.column);
    if is_quoted == Some(true) {
        format!("\"{event_time}\"")
    } else {
        event_time.to_owned()
    }
}
