//! When rows happened: `event_time`, the batches of microbatch models, the windows of `--sample`.
//!
//! All times are UTC, as in dbt; what a configuration says of another zone is dropped with it. Pure: who computes says
//! what time it is.

mod iso;
mod microbatch;
mod window;

use chrono::{
    DateTime, Datelike as _, Months, NaiveDate, NaiveTime, TimeDelta, Timelike as _, Utc,
};

pub use iso::IsoMoment;
pub use microbatch::{Microbatch, event_time_of_input, is_microbatch};
pub use window::{TimeWindow, iso_text, python_text};

/// How much of time a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum BatchSize {
    Hour,
    Day,
    Month,
    Year,
}

impl BatchSize {
    /// All of them, the smallest first.
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Month, Self::Year];

    /// dbt's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// By dbt's name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.name() == name)
    }

    /// The beginning of the batch that a time is in.
    pub fn floor(self, at: DateTime<Utc>) -> DateTime<Utc> {
        let date = at.date_naive();
        let date = match self {
            Self::Hour | Self::Day => Some(date),
            Self::Month => date.with_day(1),
            Self::Year => NaiveDate::from_ymd_opt(date.year(), 1, 1),
        };
        let hour = if self == Self::Hour { at.hour() } else { 0 };
        let time = NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        // The first of a month and of a year always exist.
        date.map_or(at, |date| date.and_time(time).and_utc())
    }

    /// The end of the batch that a time is in; where one begins, that one's beginning.
    pub fn ceiling(self, at: DateTime<Utc>) -> DateTime<Utc> {
        let floor = self.floor(at);
        if floor == at { at } else { self.offset(at, 1) }
    }

    /// The beginning of the batch so many after the one that a time is in.
    pub fn offset(self, at: DateTime<Utc>, n_batches: i64) -> DateTime<Utc> {
        self.shift(self.floor(at), n_batches)
    }

    /// So many hours, days, months or years later; a day that a month does not have is its last.
    fn shift(self, at: DateTime<Utc>, count: i64) -> DateTime<Utc> {
        let by_months = |factor: u32| {
            let n_months = u32::try_from(count.unsigned_abs())
                .ok()?
                .checked_mul(factor)?;
            if count < 0 {
                at.checked_sub_months(Months::new(n_months))
            } else {
                at.checked_add_months(Months::new(n_months))
            }
        };
        let shifted = match self {
            Self::Hour => {
                TimeDelta::try_hours(count).and_then(|delta| at.checked_add_signed(delta))
            }
            Self::Day => TimeDelta::try_days(count).and_then(|delta| at.checked_add_signed(delta)),
            Self::Month => by_months(1),
            Self::Year => by_months(12),
        };
        // Beyond the calendar there is nothing to build.
        shifted.unwrap_or(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(at: &str, expected: &Expect) {
        let at = IsoMoment::parse(at).unwrap().wall_clock();
        let shown = BatchSize::ALL.map(|size| {
            let [floor, ceiling, before, after] = [
                size.floor(at),
                size.ceiling(at),
                size.offset(at, -1),
                size.offset(at, 1),
            ]
            .map(|at| at.format("%Y-%m-%d %H:%M"));
            format!(
                "{:5} in [{floor}, {ceiling}) before {before} after {after}",
                size.name()
            )
        });
        expected.assert_eq(&shown.join("\n"));
    }

    #[test]
    fn a_time_lies_in_one_batch_of_each_size() {
        check(
            "2024-09-17 16:06:00",
            &expect![[r"
            hour  in [2024-09-17 16:00, 2024-09-17 17:00) before 2024-09-17 15:00 after 2024-09-17 17:00
            day   in [2024-09-17 00:00, 2024-09-18 00:00) before 2024-09-16 00:00 after 2024-09-18 00:00
            month in [2024-09-01 00:00, 2024-10-01 00:00) before 2024-08-01 00:00 after 2024-10-01 00:00
            year  in [2024-01-01 00:00, 2025-01-01 00:00) before 2023-01-01 00:00 after 2025-01-01 00:00"]],
        );
    }

    #[test]
    fn where_a_batch_begins_the_one_before_has_ended() {
        check(
            "2024-01-01",
            &expect![[r"
            hour  in [2024-01-01 00:00, 2024-01-01 00:00) before 2023-12-31 23:00 after 2024-01-01 01:00
            day   in [2024-01-01 00:00, 2024-01-01 00:00) before 2023-12-31 00:00 after 2024-01-02 00:00
            month in [2024-01-01 00:00, 2024-01-01 00:00) before 2023-12-01 00:00 after 2024-02-01 00:00
            year  in [2024-01-01 00:00, 2024-01-01 00:00) before 2023-01-01 00:00 after 2025-01-01 00:00"]],
        );
    }
}
