//! Which time is built and read: `--event-time-start` with `--event-time-end`, and `--sample`.

use std::time::SystemTime;

use anyhow::{anyhow, bail};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use engine::Batching;
use project::{event_time::TimeWindow, json::JsonMap};

use crate::{cli::Invocation, run_context::Repeated};

/// The forms that dbt takes on the command line.
const FORMATS: [&str; 3] = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"];

/// What the command line says of time; in `args`, for artifacts, times are in one form.
pub(super) fn batching(
    invocation: &Invocation,
    repeated: Option<&Repeated>,
    started_at: SystemTime,
    args: &mut JsonMap,
) -> anyhow::Result<Batching> {
    let start = time(invocation, "event_time_start", args)?;
    let end = time(invocation, "event_time_end", args)?;
    let asked = match (start, end) {
        (None, None) => None,
        (Some(start), Some(end)) if start < end => Some(TimeWindow { start, end }),
        (Some(_), Some(_)) => {
            bail!("Value for `--event-time-start` must be less than `--event-time-end`")
        }
        (Some(_), None) => return Err(alone("--event-time-start", "--event-time-end")),
        (None, Some(_)) => return Err(alone("--event-time-end", "--event-time-start")),
    };
    // What is done again ends where it did the first time.
    let now = repeated.and_then(|repeated| repeated.started_at);
    let sample = match invocation.text("sample") {
        Some(text) => {
            let window = TimeWindow::of_sample(text, now.unwrap_or(started_at).into());
            Some(window.map_err(|wrong| anyhow!("Invalid value for '--sample': {wrong}"))?)
        }
        None => None,
    };
    let before = repeated.map(|repeated| repeated.batches.clone());
    Ok(Batching {
        asked,
        sample,
        now,
        before: before.unwrap_or_default(),
    })
}

fn alone(given: &str, missing: &str) -> anyhow::Error {
    anyhow!(
        "The flag `{given}` was specified, but `{missing}` was not. When specifying `{given}`, `{missing}` must also be present."
    )
}

fn time(
    invocation: &Invocation,
    name: &str,
    args: &mut JsonMap,
) -> anyhow::Result<Option<DateTime<Utc>>> {
    let Some(text) = invocation.text(name) else {
        return Ok(None);
    };
    let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    let midnight = || Some(day()?.and_time(NaiveTime::default()));
    let moment = FORMATS
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .or_else(midnight);
    let Some(moment) = moment else {
        let flag = name.replace('_', "-");
        let formats = FORMATS.map(|format| format!("'{format}'")).join(", ");
        bail!("Invalid value for '--{flag}': '{text}' does not match the formats {formats}.");
    };
    let iso = moment.format("%Y-%m-%dT%H:%M:%S").to_string();
    args.insert(name.to_owned(), iso.into());
    Ok(Some(moment.and_utc()))
}
