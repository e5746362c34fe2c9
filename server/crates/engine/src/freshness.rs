//! How old the data of sources is: the question, the verdict, and sources.json v3.
//!
//! Sources that could not be asked fail the command but are, as in dbt, no entries of sources.json.

use std::{sync::Arc, time::Instant};

use base::SystemError;
use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, TimeDelta, Utc};
use jinja::{RenderHost, Table, TemplateInput, Value, value::text};
use project::node::{FreshnessThreshold, FreshnessTime, Source};
use serde_json::{Value as Json, json};

use crate::{
    live::{LiveHost, Scope, Session, named},
    node_run::response_json,
    outcome::{DataAge, Outcome, Status, Timing},
    run_results::{ArtifactMetadata, timestamp},
};

const SCHEMA: &str = "https://schemas.getdbt.com/dbt/sources/v3.json";

/// Asks how old the data of a source is. Stale data is a failure, a question without an answer an error.
pub(crate) fn check(session: &Arc<Session>, source: &Arc<Source>, thread: &str) -> Outcome {
    let began = Instant::now();
    let started_at = session.system.now();
    let mut outcome = Outcome::untried(source.unique_id.clone(), Status::Pass, None);
    thread.clone_into(&mut outcome.thread);
    outcome.is_compilable = false;
    let host = LiveHost::new(
        session,
        Scope::Package(Arc::clone(&source.package_name)),
        thread,
    );
    match ask(&host, source, &mut outcome) {
        Ok(age) => {
            outcome.age = Some(age);
            outcome.status = verdict(source.freshness.as_ref(), age);
        }
        Err(message) if session.cancel.is_cancelled() => {
            outcome.status = Status::Skipped;
            outcome.message = Some(message);
        }
        Err(message) => {
            outcome.status = Status::Error;
            outcome.message = Some(format!(
                "Runtime Error in source {} ({})\n  {}",
                source.name,
                source.original_file_path,
                message.trim_end().replace('\n', "\n  ")
            ));
        }
    }
    let step = |name, started_at, completed_at| Timing {
        name,
        started_at,
        completed_at,
    };
    outcome.timing = vec![
        step("compile", started_at, started_at),
        step("execute", started_at, session.system.now()),
    ];
    outcome.execution_time = began.elapsed().as_secs_f64();
    outcome
}

/// One row of the warehouse, by the macro that the source's properties call for.
fn ask(host: &Arc<LiveHost>, source: &Source, outcome: &mut Outcome) -> Result<DataAge, String> {
    let policy = host.session.project.quoting();
    let relation = analysis::context::source_relation(source, policy).into_value();
    let filter = source
        .freshness
        .as_ref()
        .and_then(|it| it.filter.as_deref());
    let answer = match (&source.loaded_at_query, &source.loaded_at_field) {
        (Some(query), _) => {
            let query = rendered(host, source, &relation, query)?;
            let args = named([
                ("source", relation),
                ("loaded_at_query", Value::from(query)),
            ]);
            host.call_macro("collect_freshness_custom_sql", args)
        }
        (None, Some(field)) => {
            let args = named([
                ("source", relation),
                ("loaded_at_field", Value::from(&**field)),
                ("filter", Value::from(filter)),
            ]);
            host.call_macro("collect_freshness", args)
        }
        (None, None) => {
            return Err(format!(
                "Could not compute freshness for source {}: no 'loaded_at_field' provided and {} adapter does not \
                 support metadata-based freshness checks.",
                source.name,
                host.session.warehouse.adapter_type()
            ));
        }
    };
    let answer = answer.map_err(|error| error.message)?;
    if let Ok(response) = answer.get_attr("response") {
        outcome.adapter_response = response_json(&response);
    }
    age_of(&answer)
}

/// `loaded_at_query`, in which `this` is the source.
fn rendered(host: &LiveHost, source: &Source, this: &Value, query: &str) -> Result<String, String> {
    host.state().extra.push(("this".to_owned(), this.clone()));
    let shared: Arc<dyn RenderHost> = host.shared().ok_or("cancelled")?;
    let input = TemplateInput {
        name: source.unique_id.as_str(),
        package: &source.package_name,
        file: None,
        start: 0,
        text: query,
    };
    let rendered = host.session.renderer.render(&shared, input);
    match rendered.error {
        Some(error) => Err(error.message),
        None => Ok(rendered.text),
    }
}

/// From the table that a freshness macro returns, alone or within a result.
fn age_of(answer: &Value) -> Result<DataAge, String> {
    let inner = answer.get_attr("table").unwrap_or_default();
    let table = Table::from_value(&inner).or_else(|| Table::from_value(answer));
    let row = table.and_then(|table| table.rows().first());
    let (Some(loaded), Some(asked)) = (
        row.and_then(|row| row.first()),
        row.and_then(|row| row.get(1)),
    ) else {
        return Err("the freshness macro returned no row of two columns".to_owned());
    };
    Ok(DataAge {
        // No data at all is infinitely old.
        max_loaded_at: moment(loaded, "last_modified")?.unwrap_or_else(beginning),
        snapshotted_at: moment(asked, "snapshotted_at")?
            .ok_or("the freshness macro does not say when it asked")?,
    })
}

fn beginning() -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(1, 1, 1)
        .and_then(|day| day.and_hms_opt(0, 0, 0))
        .map_or(DateTime::UNIX_EPOCH, |at| at.and_utc())
}

/// A point in time as warehouses print it; without a zone it is UTC.
fn moment(value: &Value, field: &str) -> Result<Option<DateTime<Utc>>, String> {
    if value.is_none() || value.is_undefined() {
        return Ok(None);
    }
    let shown = text(value);
    let shown = shown.trim().replacen('T', " ", 1);
    let zoned = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.fZ"];
    let plain = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    let found = zoned
        .iter()
        .find_map(|form| DateTime::parse_from_str(&shown, form).ok())
        .map(|at| at.to_utc())
        .or_else(|| {
            let plain = plain
                .iter()
                .find_map(|form| NaiveDateTime::parse_from_str(&shown, form).ok());
            plain.map(|at| at.and_utc())
        });
    found.map(Some).ok_or_else(|| {
        let kind = if NaiveDate::parse_from_str(&shown, "%Y-%m-%d").is_ok() {
            "date"
        } else {
            "str"
        };
        format!(
            "Expected a timestamp value when querying field '{field}' of table None but received value of type '{kind}' instead"
        )
    })
}

fn verdict(threshold: Option<&FreshnessThreshold>, age: DataAge) -> Status {
    let exceeds = |time: Option<&FreshnessTime>| {
        let limit = time.and_then(|time| time.count?.checked_mul(time.period?.seconds()));
        let limit = limit.and_then(TimeDelta::try_seconds);
        limit.is_some_and(|limit| age.length() > limit)
    };
    if exceeds(threshold.and_then(|it| it.error_after.as_ref())) {
        Status::Fail
    } else if exceeds(threshold.and_then(|it| it.warn_after.as_ref())) {
        Status::Warn
    } else {
        Status::Pass
    }
}

/// Writes sources.json: to where the command line says, else to the target path.
pub(crate) fn write(
    session: &Session,
    outcomes: &[Outcome],
    metadata: &ArtifactMetadata,
    began: Instant,
) -> Result<(), SystemError> {
    let path = match &session.flags.sources_path {
        Some(path) => path.clone(),
        None if session.flags.write_json => session.project.target_path.join("sources.json"),
        None => return Ok(()),
    };
    let results: Vec<Json> = outcomes
        .iter()
        .filter_map(|outcome| entry(session, outcome))
        .collect();
    let artifact = json!({
        "metadata": metadata.to_json(SCHEMA, session.system.now()),
        "results": results,
        "elapsed_time": began.elapsed().as_secs_f64(),
    });
    session.system.write(&path, artifact.to_string().as_bytes())
}

fn entry(session: &Session, outcome: &Outcome) -> Option<Json> {
    let age = outcome.age?;
    let source = session.project.manifest.sources.get(&outcome.unique_id)?;
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, false);
    let timing = outcome.timing.iter().map(|step| {
        json!({
            "name": step.name,
            "started_at": timestamp(step.started_at),
            "completed_at": timestamp(step.completed_at),
        })
    });
    Some(json!({
        "unique_id": outcome.unique_id.as_str(),
        "max_loaded_at": time(age.max_loaded_at),
        "snapshotted_at": time(age.snapshotted_at),
        "max_loaded_at_time_ago_in_s": age.length().as_seconds_f64(),
        "status": if outcome.status == Status::Fail { "error" } else { outcome.status.name() },
        "criteria": source.freshness.as_ref().map(FreshnessThreshold::to_json),
        "adapter_response": outcome.adapter_response,
        "timing": timing.collect::<Vec<_>>(),
        "thread_id": outcome.thread,
        "execution_time": outcome.execution_time,
    }))
}

#[cfg(test)]
mod tests {
    use jinja::Value;

    use super::moment;

    fn check(shown: &str, expected: &str) {
        let found = match moment(&Value::from(shown), "last_modified") {
            Ok(at) => at.map_or_else(|| "none".to_owned(), |at| at.to_rfc3339()),
            Err(message) => message,
        };
        assert_eq!(found, expected, "{shown}");
    }

    #[test]
    fn points_in_time_are_read_as_warehouses_print_them() {
        check("2024-01-02 03:04:05", "2024-01-02T03:04:05+00:00");
        check("2024-01-02 03:04:05.5+02", "2024-01-02T01:04:05.500+00:00");
        check("2024-01-02T03:04:05-05:30", "2024-01-02T08:34:05+00:00");
        check("2024-01-02T03:04:05Z", "2024-01-02T03:04:05+00:00");
    }

    #[test]
    fn a_day_is_no_point_in_time() {
        check(
            "2024-01-02",
            "Expected a timestamp value when querying field 'last_modified' of table None but received value of type 'date' instead",
        );
    }
}
