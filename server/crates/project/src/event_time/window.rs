//! A stretch of time, as the command line says it: `--event-time-start` and `--event-time-end`, `--sample`.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{BatchSize, IsoMoment, iso::micros};
use crate::yaml::Yaml;

/// From one time up to another, which it does not contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub struct TimeWindow {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

impl TimeWindow {
    /// `--sample`: `3 days`, which end now, or `{start: ..., end: ...}`. What is wrong with it is said in dbt's words.
    pub fn of_sample(text: &str, now: DateTime<Utc>) -> Result<Self, String> {
        if text.trim_start().starts_with('{') {
            return of_mapping(text);
        }
        let (count, grain) = match text.split(' ').collect::<Vec<_>>().as_slice() {
            [count, grain] => (*count, *grain),
            _ => {
                return Err(format!(
                    "Cannot load SAMPLE_WINDOW from '{text}'. Must be of form 'DAYS_INT GRAIN_SIZE'."
                ));
            }
        };
        let count: i64 = count
            .parse()
            .map_err(|_| format!("Unable to convert '{count}' to an integer."))?;
        let singular = grain.to_lowercase();
        let size = BatchSize::from_name(singular.trim_end_matches('s')).ok_or_else(|| {
            let plural = BatchSize::ALL.map(|size| format!("'{}s'", size.name()));
            let names = BatchSize::ALL.map(|size| format!("'{}'", size.name()));
            format!(
                "Invalid grain size '{grain}'. Must be one of [{}, {}].",
                names.join(", "),
                plural.join(", ")
            )
        })?;
        Ok(Self {
            start: size.shift(now, count.saturating_neg()),
            end: now,
        })
    }

    /// Its part within another; where they do not meet, it ends before it starts, and nothing lies in it.
    #[must_use]
    pub fn within(self, other: Self) -> Self {
        Self {
            start: self.start.max(other.start),
            end: self.end.min(other.end),
        }
    }
}

fn of_mapping(text: &str) -> Result<TimeWindow, String> {
    let (tree, diagnostics) = Yaml::parse(text);
    if let Some(first) = diagnostics.into_iter().next() {
        return Err(first.message);
    }
    let map = tree.root().to_json();
    let side = |name: &str| {
        let said = map.get(name).and_then(Value::as_str);
        let parsed = said.and_then(IsoMoment::parse).map(IsoMoment::wall_clock);
        parsed.ok_or_else(|| match said {
            Some(said) => format!("`{name}` of a sample is a date or a time, not `{said}`"),
            None => format!("a sample has a `start` and an `end`: `{name}` is missing"),
        })
    };
    Ok(TimeWindow {
        start: side("start")?,
        end: side("end")?,
    })
}

/// As Python's `str` writes a time in UTC, which is how dbt puts it into SQL: `2024-01-31 15:30:00+00:00`.
pub fn python_text(at: DateTime<Utc>) -> String {
    format!("{}{}+00:00", at.format("%Y-%m-%d %H:%M:%S"), micros(&at))
}

/// As Python's `isoformat` writes it: `2024-01-31T15:30:00+00:00`.
pub fn iso_text(at: DateTime<Utc>) -> String {
    format!("{}{}+00:00", at.format("%Y-%m-%dT%H:%M:%S"), micros(&at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: &Expect) {
        let now = IsoMoment::parse("2024-03-31T12:00:00.5")
            .unwrap()
            .wall_clock();
        let shown = match TimeWindow::of_sample(text, now) {
            Ok(window) => format!("{} {}", python_text(window.start), python_text(window.end)),
            Err(message) => message,
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn so_many_of_a_grain_end_now() {
        check(
            "3 days",
            &expect!["2024-03-28 12:00:00.500000+00:00 2024-03-31 12:00:00.500000+00:00"],
        );
        check(
            "1 MONTH",
            &expect!["2024-02-29 12:00:00.500000+00:00 2024-03-31 12:00:00.500000+00:00"],
        );
        check(
            "2 years",
            &expect!["2022-03-31 12:00:00.500000+00:00 2024-03-31 12:00:00.500000+00:00"],
        );
    }

    #[test]
    fn both_ends_may_be_given() {
        check(
            "{'start': '2024-01-01', 'end': '2024-01-02 10:00'}",
            &expect!["2024-01-01 00:00:00+00:00 2024-01-02 10:00:00+00:00"],
        );
        check(
            "{start: 2024-01-01}",
            &expect!["a sample has a `start` and an `end`: `end` is missing"],
        );
        check(
            "{start: 2024-01-01, end: later}",
            &expect!["`end` of a sample is a date or a time, not `later`"],
        );
    }

    #[test]
    fn what_is_no_window_is_said_in_dbts_words() {
        check(
            "3days",
            &expect![
                "Cannot load SAMPLE_WINDOW from '3days'. Must be of form 'DAYS_INT GRAIN_SIZE'."
            ],
        );
        check(
            "some days",
            &expect!["Unable to convert 'some' to an integer."],
        );
        check(
            "3 weeks",
            &expect![
                "Invalid grain size 'weeks'. Must be one of ['hour', 'day', 'month', 'year', 'hours', 'days', 'months', 'years']."
            ],
        );
    }
}
