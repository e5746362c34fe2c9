//! OpenTelemetry's protocol as a line of JSON, which its collectors read from files.
//!
//! See <https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/>.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{Metric, Unit};

pub(super) fn text(metrics: &[Metric], now: SystemTime) -> String {
    let nanos = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    // 64-bit numbers are texts in this form.
    let nanos = nanos.as_nanos().to_string();
    let metrics: Vec<Value> = metrics.iter().map(|it| gauge(it, &nanos)).collect();
    let scope = json!({"name": "dagsmith", "version": env!("CARGO_PKG_VERSION")});
    let request = json!({
        "resourceMetrics": [{
            "resource": {"attributes": [attribute("service.name", "dagsmith")]},
            "scopeMetrics": [{"scope": scope, "metrics": metrics}],
        }],
    });
    format!("{request}\n")
}

fn gauge(metric: &Metric, nanos: &str) -> Value {
    let points: Vec<Value> = metric
        .points
        .iter()
        .map(|point| {
            let labels = point.labels.iter();
            let attributes: Vec<Value> =
                labels.map(|(name, value)| attribute(name, value)).collect();
            json!({"attributes": attributes, "timeUnixNano": nanos, "asDouble": point.value})
        })
        .collect();
    let unit = match metric.unit {
        Unit::None => "1",
        Unit::Seconds => "s",
    };
    json!({
        "name": format!("dagsmith.{}", metric.name),
        "description": metric.help,
        "unit": unit,
        "gauge": {"dataPoints": points},
    })
}

fn attribute(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}
