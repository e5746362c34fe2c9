//! Dates and times in the forms of ISO 8601 that Python's `datetime.fromisoformat` takes.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Timelike as _, Utc};

/// A date or a time, with its zone where one is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IsoMoment {
    clock: NaiveDateTime,
    zone: Option<FixedOffset>,
}

impl IsoMoment {
    /// `2024-01-31`, `2024-01-31 15:30`, `20240131T153000.5+02:00`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_end();
        let date_len = if text.get(4..5)? == "-" { 10 } else { 8 };
        let (date, rest) = text.split_at_checked(date_len)?;
        let date = ["%Y-%m-%d", "%Y%m%d"]
            .iter()
            .find_map(|format| NaiveDate::parse_from_str(date, format).ok())?;
        // Any one character may stand between the two.
        let mut after = rest.chars();
        if after.next().is_none() {
            let clock = date.and_time(NaiveTime::default());
            return Some(Self { clock, zone: None });
        }
        let (time, zone) = split_zone(after.as_str());
        Some(Self {
            clock: date.and_time(parse_time(time)?),
            zone: match zone {
                Some(zone) => Some(parse_zone(zone)?),
                None => None,
            },
        })
    }

    /// What the clock on the wall says, taken for UTC: dbt drops the zone.
    pub fn wall_clock(self) -> DateTime<Utc> {
        self.clock.and_utc()
    }

    /// The point in time; without a zone it is UTC.
    pub fn instant(self) -> DateTime<Utc> {
        match self.zone {
            Some(zone) => self
                .clock
                .and_local_timezone(zone)
                .single()
                .map_or_else(|| self.wall_clock(), |at| at.to_utc()),
            None => self.wall_clock(),
        }
    }

    /// As Python's `isoformat` writes it.
    pub fn iso_text(self) -> String {
        let mut text = self.clock.format("%Y-%m-%dT%H:%M:%S").to_string();
        text.push_str(&micros(&self.clock));
        if let Some(zone) = self.zone {
            text.push_str(&zone.to_string());
        }
        text
    }
}

/// `.123456` where there are any.
pub(super) fn micros(at: &impl chrono::Timelike) -> String {
    match at.nanosecond() / 1_000 {
        0 => String::new(),
        micros => format!(".{micros:06}"),
    }
}

/// A time, and the zone behind it.
fn split_zone(text: &str) -> (&str, Option<&str>) {
    match text.find(['+', '-', 'Z']) {
        Some(at) => {
            let (time, zone) = text.split_at(at);
            (time, Some(zone))
        }
        None => (text, None),
    }
}

fn parse_time(text: &str) -> Option<NaiveTime> {
    let formats = ["%H:%M:%S%.f", "%H:%M", "%H%M%S%.f", "%H%M"];
    let parsed = formats
        .iter()
        .find_map(|format| NaiveTime::parse_from_str(text, format).ok());
    let hour = || {
        let is_hour = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        NaiveTime::from_hms_opt(text.parse().ok().filter(|_| is_hour)?, 0, 0)
    };
    // Python knows microseconds.
    parsed
        .or_else(hour)
        .and_then(|time| time.with_nanosecond(time.nanosecond() / 1_000 * 1_000))
}

fn parse_zone(text: &str) -> Option<FixedOffset> {
    if text == "Z" {
        return FixedOffset::east_opt(0);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let time = parse_time(digits)?;
    let seconds = i32::try_from(time.num_seconds_from_midnight()).ok()?;
    FixedOffset::east_opt(sign * seconds)
}

#[cfg(test)]
mod tests {
    use super::IsoMoment;

    fn check(text: &str, expected: &str) {
        let found = IsoMoment::parse(text).map(IsoMoment::iso_text);
        assert_eq!(found.unwrap_or_default(), expected, "{text}");
    }

    #[test]
    fn dates_and_times_with_and_without_a_zone() {
        check("2024-01-31", "2024-01-31T00:00:00");
        check("20240131", "2024-01-31T00:00:00");
        check("2024-01-31 15", "2024-01-31T15:00:00");
        check("2024-01-31T15:30", "2024-01-31T15:30:00");
        check("2024-01-31 15:30:01.25", "2024-01-31T15:30:01.250000");
        check("2024-01-31T15:30:01Z", "2024-01-31T15:30:01+00:00");
        check("2024-01-31T153001-0230", "2024-01-31T15:30:01-02:30");
    }

    #[test]
    fn anything_else_is_none() {
        for text in [
            "",
            "soon",
            "2024",
            "2024-13-01",
            "2024-01-31T",
            "2024-01-31 25:00",
            "2024-01-31 10:00+x",
        ] {
            check(text, "");
        }
    }
}
