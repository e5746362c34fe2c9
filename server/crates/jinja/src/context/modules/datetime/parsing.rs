//! Text to points in time, as `datetime.strptime` and `datetime.fromisoformat` read it.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::{Moment, Result, Zone};
use crate::value::error;

/// `strptime`: `%f` is always six digits, and what the format leaves out is the first of January 1900, midnight.
pub(super) fn strptime(text: &str, format: &str) -> Result<Moment> {
    let mismatch = || {
        error(format!(
            "time data '{text}' does not match format '{format}'"
        ))
    };
    let chrono_format = format.replace("%f", "%6f").replace(".%6f", "%.f");
    let (chrono_text, chrono_format) =
        end_year(text, &chrono_format).unwrap_or_else(|| (text.to_owned(), chrono_format));
    let mut parsed = chrono::format::Parsed::new();
    let items = chrono::format::StrftimeItems::new(&chrono_format);
    chrono::format::parse(&mut parsed, &chrono_text, items).map_err(|_| mismatch())?;
    let first = NaiveDate::from_ymd_opt(
        parsed.year().unwrap_or(1900),
        parsed.month().unwrap_or(1),
        parsed.day().unwrap_or(1),
    );
    let date = parsed.to_naive_date().ok().or(first).ok_or_else(mismatch)?;
    let time = parsed.to_naive_time().unwrap_or_default();
    let naive = date.and_time(time);
    Ok(match parsed.offset() {
        Some(offset) => Moment {
            naive: naive
                .checked_sub_signed(TimeDelta::seconds(i64::from(offset)))
                .ok_or_else(mismatch)?,
            zone: Some(Zone::UTC),
        },
        None => Moment { naive, zone: None },
    })
}

/// A mark after the year in both, because a year has four digits in Python and any number in chrono: `%Y%m%d`.
/// `None` where what precedes the year has no fixed width.
fn end_year(text: &str, format: &str) -> Option<(String, String)> {
    const MARK: char = '\u{1f}';
    let (before, after) = format.split_once("%Y")?;
    let mut width = 0;
    let mut directives = before.chars();
    while let Some(it) = directives.next() {
        width += match it {
            '%' => match directives.next()? {
                'm' | 'd' | 'H' | 'I' | 'M' | 'S' | 'y' => 2,
                'j' => 3,
                _ => return None,
            },
            literal => literal.len_utf8(),
        };
    }
    let (head, tail) = text.split_at_checked(width + 4)?;
    Some((
        format!("{head}{MARK}{tail}"),
        format!("{before}%Y{MARK}{after}"),
    ))
}

/// `fromisoformat`.
pub(super) fn from_iso(text: &str) -> Result<Moment> {
    let text = text.trim_end_matches('Z');
    let wrong = || error(format!("invalid isoformat string: '{text}'"));
    for format in [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
    ] {
        if let Ok(naive) = NaiveDateTime::parse_from_str(text, format) {
            return Ok(Moment { naive, zone: None });
        }
        if let Ok(moment) = chrono::DateTime::parse_from_str(text, &format!("{format}%:z")) {
            return Ok(Moment {
                naive: moment.naive_utc(),
                zone: Some(Zone::UTC),
            });
        }
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| wrong())?;
    Ok(Moment {
        naive: date.and_time(NaiveTime::default()),
        zone: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, format: &str, expected: &str) {
        let found = strptime(text, format).map(|moment| moment.iso(' '));
        assert_eq!(found.unwrap_or_default(), expected, "{text} as {format}");
    }

    #[test]
    fn a_year_has_four_digits() {
        check("20240131", "%Y%m%d", "2024-01-31 00:00:00");
        check("2024-01-31", "%Y-%m-%d", "2024-01-31 00:00:00");
        check("31.01.20241530", "%d.%m.%Y%H%M", "2024-01-31 15:30:00");
        check("2024-13-01", "%Y-%m-%d", "");
    }
}
