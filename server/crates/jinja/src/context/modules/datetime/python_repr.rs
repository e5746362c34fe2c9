//! `repr()` of dates and times, as it stands in printed lists and dicts: `datetime.date(2024, 1, 2)`.

use chrono::{Datelike as _, NaiveDate, NaiveTime, Timelike as _};

use super::{Day, Delta, Moment, Time};
use crate::value::Value;

/// `type(value)`
pub(crate) fn type_of_time(value: &Value) -> Option<&'static str> {
    let object = value.as_object()?;
    Some(if object.is::<Moment>() {
        "datetime.datetime"
    } else if object.is::<Day>() {
        "datetime.date"
    } else if object.is::<Time>() {
        "datetime.time"
    } else if object.is::<Delta>() {
        "datetime.timedelta"
    } else {
        return None;
    })
}

/// `repr(value)`
pub(crate) fn repr_of_time(value: &Value) -> Option<String> {
    let type_name = type_of_time(value)?;
    let mut parts = Vec::new();
    if let Some(day) = value.downcast_object_ref::<Day>() {
        push_date(day.0, &mut parts);
    } else if let Some(moment) = value.downcast_object_ref::<Moment>() {
        push_date(moment.naive.date(), &mut parts);
        push_clock(moment.naive.time(), &mut parts);
        if let Some(zone) = moment.zone {
            parts.push(format!("tzinfo=<{}>", zone.name()));
        }
    } else if let Some(time) = value.downcast_object_ref::<Time>() {
        push_clock(time.0, &mut parts);
    } else if let Some(delta) = value.downcast_object_ref::<Delta>() {
        let (days, seconds, micros) = delta.parts();
        let named = [
            ("days", days),
            ("seconds", seconds),
            ("microseconds", micros),
        ];
        let named = named.into_iter().filter(|(_, count)| *count != 0);
        parts.extend(named.map(|(name, count)| format!("{name}={count}")));
        if parts.is_empty() {
            parts.push("0".to_owned());
        }
    }
    Some(format!("{type_name}({})", parts.join(", ")))
}

fn push_date(date: NaiveDate, parts: &mut Vec<String>) {
    parts.push(date.year().to_string());
    parts.push(date.month().to_string());
    parts.push(date.day().to_string());
}

/// Hours and minutes always, the rest where it is not zero.
fn push_clock(time: NaiveTime, parts: &mut Vec<String>) {
    let micros = time.nanosecond() / 1_000;
    parts.push(time.hour().to_string());
    parts.push(time.minute().to_string());
    if time.second() > 0 || micros > 0 {
        parts.push(time.second().to_string());
    }
    if micros > 0 {
        parts.push(micros.to_string());
    }
}
