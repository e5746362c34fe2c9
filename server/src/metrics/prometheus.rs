//! The text form of Prometheus and OpenMetrics, in the order of the numbers, so that files can be compared.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _, text::encode},
    metrics::{MetricType, gauge::ConstGauge},
    registry,
};

use super::{Metric, Unit};

pub(super) fn text(metrics: &[Metric]) -> Result<String, fmt::Error> {
    let mut registry = registry::Registry::with_prefix("dagsmith");
    for metric in metrics {
        registry.register_collector(Box::new(Gauge {
            name: metric.name,
            help: metric.help,
            unit: metric.unit,
            points: metric
                .points
                .iter()
                .map(|point| (point.labels.clone(), point.value))
                .collect(),
        }));
    }
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

/// A family of gauges. The library's own is a hash map, and its lines would come in another order each time.
#[derive(Debug)]
struct Gauge {
    name: &'static str,
    help: &'static str,
    unit: Unit,
    points: Vec<(Vec<(&'static str, String)>, f64)>,
}

impl Collector for Gauge {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::None => None,
            Unit::Seconds => Some(&registry::Unit::Seconds),
        };
        let mut family =
            encoder.encode_descriptor(self.name, self.help, unit, MetricType::Gauge)?;
        for (labels, value) in &self.points {
            let gauge = ConstGauge::new(*value);
            if labels.is_empty() {
                // It is the only one; an empty set of labels would be written as `{}`.
                return gauge.encode(family);
            }
            gauge.encode(family.encode_family(labels)?)?;
        }
        Ok(())
    }
}
