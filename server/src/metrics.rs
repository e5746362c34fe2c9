//! `--metrics-file`: how the command went, in numbers for those who watch over it: success, durations, rows, freshness.
//!
//! The file is put in place whole when the command ends, also when it could not run, so that what it says is never of an
//! earlier one. Nothing is sent anywhere: node_exporter's textfile collector, or the file receiver of an OpenTelemetry
//! collector, takes it from there. Which forms there are is in `prometheus` and `otlp`.

mod otlp;
mod prometheus;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Instant, SystemTime},
};

use base::System;
use engine::{ArtifactMetadata, Event, Outcome, Reporter, Status};

use crate::cli::Invocation;

/// One number at one time, for each of a set of labels.
struct Metric {
    /// Without the unit.
    name: &'static str,
    help: &'static str,
    unit: Unit,
    points: Vec<Point>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    None,
    Seconds,
}

struct Point {
    labels: Vec<(&'static str, String)>,
    value: f64,
}

/// Hears of a run and remembers what is to be told.
pub(crate) struct Metrics {
    shown: Arc<dyn Reporter>,
    path: PathBuf,
    is_otlp: bool,
    about: About,
    began: Instant,
    run: Mutex<Run>,
}

/// What all numbers are about.
struct About {
    command: String,
    invocation_id: String,
    started_at: SystemTime,
}

#[derive(Default)]
struct Run {
    target: String,
    nodes: Vec<Node>,
}

struct Node {
    unique_id: String,
    status: Status,
    seconds: f64,
    rows: Option<f64>,
    failures: Option<i64>,
    age_seconds: Option<f64>,
}

impl Metrics {
    /// `None` when nobody asked for a file.
    pub(crate) fn asked_for(
        invocation: &Invocation,
        shown: &Arc<dyn Reporter>,
        metadata: &ArtifactMetadata,
        current_dir: &std::path::Path,
    ) -> Option<Arc<Self>> {
        Some(Arc::new(Self {
            shown: Arc::clone(shown),
            path: current_dir.join(invocation.text("metrics_file")?),
            is_otlp: invocation.text("metrics_format") == Some("otlp"),
            about: About {
                command: invocation.command.to_owned(),
                invocation_id: metadata.invocation_id.clone(),
                started_at: metadata.invocation_started_at,
            },
            began: Instant::now(),
            run: Mutex::default(),
        }))
    }

    /// The command has ended.
    pub(crate) fn write(&self, system: &dyn System, is_success: bool) -> anyhow::Result<()> {
        let run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        let metrics = metrics(&self.about, &run, is_success, self.began);
        let text = if self.is_otlp {
            otlp::text(&metrics, system.now())
        } else {
            prometheus::text(&metrics)?
        };
        Ok(system.write(&self.path, text.as_bytes())?)
    }
}

impl Reporter for Metrics {
    fn report(&self, event: &Event<'_>) {
        match event {
            Event::Started { target, .. } => {
                let mut run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
                (*target).clone_into(&mut run.target);
            }
            Event::Finished { outcomes, .. } => {
                let mut run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
                run.nodes = outcomes.iter().map(Node::of).collect();
                run.nodes.sort_by(|a, b| a.unique_id.cmp(&b.unique_id));
            }
            _ => {}
        }
        self.shown.report(event);
    }
}

impl Node {
    fn of(outcome: &Outcome) -> Self {
        let rows = outcome.adapter_response.get("rows_affected");
        Self {
            unique_id: outcome.unique_id.as_str().to_owned(),
            status: outcome.status,
            seconds: outcome.execution_time,
            // DuckDB says -1 of statements that count nothing.
            rows: rows
                .and_then(serde_json::Value::as_f64)
                .filter(|n| *n >= 0.0),
            failures: outcome.failures,
            age_seconds: outcome.age.map(|age| age.length().as_seconds_f64()),
        }
    }

    /// `model.shop.orders`: its kind and package are in the name.
    fn labels(&self) -> Vec<(&'static str, String)> {
        let mut parts = self.unique_id.split('.');
        let kind = parts.next().unwrap_or_default().to_owned();
        let package = parts.next().unwrap_or_default().to_owned();
        vec![
            ("unique_id", self.unique_id.clone()),
            ("resource_type", kind),
            ("package", package),
        ]
    }

    fn point(&self, value: f64) -> Point {
        let labels = self.labels();
        Point { labels, value }
    }
}

fn metrics(about: &About, run: &Run, is_success: bool, began: Instant) -> Vec<Metric> {
    let since = about.started_at.duration_since(SystemTime::UNIX_EPOCH);
    let one = |value: f64| {
        vec![Point {
            labels: Vec::new(),
            value,
        }]
    };
    let info = vec![
        ("command", about.command.clone()),
        ("target", run.target.clone()),
        ("invocation_id", about.invocation_id.clone()),
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
    ];
    let info = vec![Point {
        labels: info,
        value: 1.0,
    }];
    let of_nodes = |value: &dyn Fn(&Node) -> Option<f64>| -> Vec<Point> {
        let points = run.nodes.iter();
        points
            .filter_map(|node| Some(node.point(value(node)?)))
            .collect()
    };
    let metric = |name, help, unit, points| Metric {
        name,
        help,
        unit,
        points,
    };
    let all = vec![
        metric("run_info", "Which command this is about", Unit::None, info),
        metric(
            "run_success",
            "Whether the command ended well",
            Unit::None,
            one(number(is_success)),
        ),
        metric(
            "run_started_timestamp",
            "When the command began",
            Unit::Seconds,
            one(since.unwrap_or_default().as_secs_f64()),
        ),
        metric(
            "run_duration",
            "How long the command took",
            Unit::Seconds,
            one(began.elapsed().as_secs_f64()),
        ),
        metric(
            "run_nodes",
            "How many nodes ended so",
            Unit::None,
            by_status(run),
        ),
        metric(
            "node_success",
            "Whether the node ended well",
            Unit::None,
            of_nodes(&|node| Some(number(!node.status.is_bad()))),
        ),
        metric(
            "node_duration",
            "How long the node took",
            Unit::Seconds,
            of_nodes(&|node| Some(node.seconds)),
        ),
        metric(
            "node_rows",
            "Rows that its statement touched",
            Unit::None,
            of_nodes(&|node| node.rows),
        ),
        metric(
            "node_failures",
            "Rows that a test found",
            Unit::None,
            of_nodes(&|node| node.failures.map(count)),
        ),
        metric(
            "source_age",
            "How old the latest data of a source is",
            Unit::Seconds,
            of_nodes(&|node| node.age_seconds),
        ),
    ];
    all.into_iter()
        .filter(|metric| !metric.points.is_empty())
        .collect()
}

fn by_status(run: &Run) -> Vec<Point> {
    let all = [
        Status::Success,
        Status::Pass,
        Status::Warn,
        Status::Fail,
        Status::Error,
        Status::Skipped,
        Status::NoOp,
    ];
    all.iter()
        .map(|status| {
            let n = run.nodes.iter().filter(|node| node.status == *status);
            Point {
                labels: vec![("status", status.name().to_owned())],
                value: count(i64::try_from(n.count()).unwrap_or(i64::MAX)),
            }
        })
        .collect()
}

fn number(is_so: bool) -> f64 {
    if is_so { 1.0 } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "nobody counts beyond 2^53 rows")]
fn count(n: i64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use base::MemorySystem;
    use expect_test::{Expect, expect};

    use super::*;

    fn run() -> Run {
        let node = |unique_id: &str, status, rows, failures, age_seconds| Node {
            unique_id: unique_id.to_owned(),
            status,
            seconds: 0.5,
            rows,
            failures,
            age_seconds,
        };
        Run {
            target: "dev".to_owned(),
            nodes: vec![
                node("model.shop.a\"b", Status::Success, Some(3.0), None, None),
                node(
                    "source.shop.web.events",
                    Status::Pass,
                    None,
                    None,
                    Some(60.0),
                ),
                node("test.shop.unique_a", Status::Fail, None, Some(2), None),
            ],
        }
    }

    fn check(is_otlp: bool, expected: &Expect) {
        let about = About {
            command: "build".to_owned(),
            invocation_id: "0".to_owned(),
            started_at: SystemTime::UNIX_EPOCH + Duration::from_secs(5),
        };
        let mut metrics = metrics(&about, &run(), false, Instant::now());
        for metric in &mut metrics {
            if metric.name == "run_duration" {
                metric.points[0].value = 1.5;
            }
        }
        let shown = if is_otlp {
            let wanted = ["run_duration", "node_failures"];
            metrics.retain(|it| wanted.contains(&it.name));
            otlp::text(&metrics, SystemTime::UNIX_EPOCH)
        } else {
            prometheus::text(&metrics).unwrap()
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn a_text_file_for_prometheus() {
        check(
            false,
            &expect![[r##"
            # HELP dagsmith_run_info Which command this is about
            # TYPE dagsmith_run_info gauge
            dagsmith_run_info{command="build",target="dev",invocation_id="0",version="0.1.0"} 1.0
            # HELP dagsmith_run_success Whether the command ended well
            # TYPE dagsmith_run_success gauge
            dagsmith_run_success 0.0
            # HELP dagsmith_run_started_timestamp_seconds When the command began
            # TYPE dagsmith_run_started_timestamp_seconds gauge
            # UNIT dagsmith_run_started_timestamp_seconds seconds
            dagsmith_run_started_timestamp_seconds 5.0
            # HELP dagsmith_run_duration_seconds How long the command took
            # TYPE dagsmith_run_duration_seconds gauge
            # UNIT dagsmith_run_duration_seconds seconds
            dagsmith_run_duration_seconds 1.5
            # HELP dagsmith_run_nodes How many nodes ended so
            # TYPE dagsmith_run_nodes gauge
            dagsmith_run_nodes{status="success"} 1.0
            dagsmith_run_nodes{status="pass"} 1.0
            dagsmith_run_nodes{status="warn"} 0.0
            dagsmith_run_nodes{status="fail"} 1.0
            dagsmith_run_nodes{status="error"} 0.0
            dagsmith_run_nodes{status="skipped"} 0.0
            dagsmith_run_nodes{status="no-op"} 0.0
            # HELP dagsmith_node_success Whether the node ended well
            # TYPE dagsmith_node_success gauge
            dagsmith_node_success{unique_id="model.shop.a\"b",resource_type="model",package="shop"} 1.0
            dagsmith_node_success{unique_id="source.shop.web.events",resource_type="source",package="shop"} 1.0
            dagsmith_node_success{unique_id="test.shop.unique_a",resource_type="test",package="shop"} 0.0
            # HELP dagsmith_node_duration_seconds How long the node took
            # TYPE dagsmith_node_duration_seconds gauge
            # UNIT dagsmith_node_duration_seconds seconds
            dagsmith_node_duration_seconds{unique_id="model.shop.a\"b",resource_type="model",package="shop"} 0.5
            dagsmith_node_duration_seconds{unique_id="source.shop.web.events",resource_type="source",package="shop"} 0.5
            dagsmith_node_duration_seconds{unique_id="test.shop.unique_a",resource_type="test",package="shop"} 0.5
            # HELP dagsmith_node_rows Rows that its statement touched
            # TYPE dagsmith_node_rows gauge
            dagsmith_node_rows{unique_id="model.shop.a\"b",resource_type="model",package="shop"} 3.0
            # HELP dagsmith_node_failures Rows that a test found
            # TYPE dagsmith_node_failures gauge
            dagsmith_node_failures{unique_id="test.shop.unique_a",resource_type="test",package="shop"} 2.0
            # HELP dagsmith_source_age_seconds How old the latest data of a source is
            # TYPE dagsmith_source_age_seconds gauge
            # UNIT dagsmith_source_age_seconds seconds
            dagsmith_source_age_seconds{unique_id="source.shop.web.events",resource_type="source",package="shop"} 60.0
            # EOF
        "##]],
        );
    }

    #[test]
    fn lines_for_a_collector() {
        check(
            true,
            &expect![[r#"
            {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"dagsmith"}}]},"scopeMetrics":[{"scope":{"name":"dagsmith","version":"0.1.0"},"metrics":[{"name":"dagsmith.run_duration","description":"How long the command took","unit":"s","gauge":{"dataPoints":[{"attributes":[],"timeUnixNano":"0","asDouble":1.5}]}},{"name":"dagsmith.node_failures","description":"Rows that a test found","unit":"1","gauge":{"dataPoints":[{"attributes":[{"key":"unique_id","value":{"stringValue":"test.shop.unique_a"}},{"key":"resource_type","value":{"stringValue":"test"}},{"key":"package","value":{"stringValue":"shop"}}],"timeUnixNano":"0","asDouble":2.0}]}}]}]}]}
        "#]],
        );
    }

    #[test]
    fn a_command_that_could_not_run_is_told_too() {
        let system = MemorySystem::default();
        let metrics = Metrics {
            shown: Arc::new(engine::Silent),
            path: "/metrics.prom".into(),
            is_otlp: false,
            about: About {
                command: "build".to_owned(),
                invocation_id: "0".to_owned(),
                started_at: SystemTime::UNIX_EPOCH,
            },
            began: Instant::now(),
            run: Mutex::default(),
        };
        metrics.write(&system, false).unwrap();
        let written = system.read("/metrics.prom".as_ref()).unwrap();
        let written = String::from_utf8(written).unwrap();
        assert!(
            written.contains("\ndagsmith_run_success 0.0\n"),
            "{written}"
        );
        assert!(!written.contains("node_success"), "{written}");
    }
}
