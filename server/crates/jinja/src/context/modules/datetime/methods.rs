//! Attributes and methods of dates and times.

use chrono::{Datelike as _, NaiveDate, NaiveTime, Timelike as _};

use super::{Day, Moment, Result, Time, date_of, part, strftime, time_of};
use crate::context::modules::zones::Zone;
use crate::value::{CallArgs, EngineError, EngineErrorKind, Tuple, Value, error};

pub(super) fn date_part(date: NaiveDate, name: &str) -> Option<Value> {
    Some(match name {
        "year" => Value::from(date.year()),
        "month" => Value::from(date.month()),
        "day" => Value::from(date.day()),
        _ => return None,
    })
}

pub(super) fn time_part(time: NaiveTime, name: &str) -> Option<Value> {
    Some(match name {
        "hour" => Value::from(time.hour()),
        "minute" => Value::from(time.minute()),
        "second" => Value::from(time.second()),
        "microsecond" => Value::from(time.nanosecond() / 1_000),
        _ => return None,
    })
}

/// What dates and times share.
fn of_date(date: NaiveDate, method: &str) -> Option<Value> {
    Some(match method {
        "weekday" => Value::from(date.weekday().num_days_from_monday()),
        "isoweekday" => Value::from(date.weekday().number_from_monday()),
        "toordinal" => Value::from(date.num_days_from_ce()),
        "isocalendar" => {
            let week = date.iso_week();
            Value::from(Tuple::new(vec![
                Value::from(week.year()),
                Value::from(week.week()),
                Value::from(date.weekday().number_from_monday()),
            ]))
        }
        _ => return None,
    })
}

fn replaced_date(date: NaiveDate, args: &CallArgs) -> Result<NaiveDate> {
    date_of(
        part(args, 0, "year", i64::from(date.year())),
        part(args, 1, "month", i64::from(date.month())),
        part(args, 2, "day", i64::from(date.day())),
    )
}

pub(super) fn of_day(date: NaiveDate, method: &str, args: &CallArgs) -> Result<Value> {
    if let Some(value) = of_date(date, method) {
        return Ok(value);
    }
    let moment = Moment {
        naive: date.and_time(NaiveTime::default()),
        zone: None,
    };
    match method {
        "strftime" => strftime(moment, &args.required_text(method, 0, "format")?),
        "isoformat" => Ok(Value::from(date.format("%Y-%m-%d").to_string())),
        "replace" => replaced_date(date, args).map(|date| Value::from_object(Day(date))),
        _ => Err(EngineError::from(EngineErrorKind::UnknownMethod)),
    }
}

pub(super) fn of_moment(moment: Moment, method: &str, args: &CallArgs) -> Result<Value> {
    let date = moment.naive.date();
    if let Some(value) = of_date(date, method) {
        return Ok(value);
    }
    Ok(match method {
        "strftime" => return strftime(moment, &args.required_text(method, 0, "format")?),
        "isoformat" => {
            let separator = args.optional_text(0, "sep");
            let separator = separator.and_then(|it| it.chars().next()).unwrap_or('T');
            Value::from(moment.iso(separator))
        }
        "date" => Value::from_object(Day(date)),
        "time" => Value::from_object(Time(moment.naive.time())),
        "timestamp" => {
            let since = moment.utc() - chrono::NaiveDateTime::default();
            Value::from(since.as_seconds_f64())
        }
        "astimezone" => {
            let zone = args.get(0, "tz").and_then(Zone::from_value);
            Value::from_object(moment.as_zone(zone.unwrap_or(Zone::UTC)))
        }
        "replace" => {
            let time = moment.naive.time();
            let time = time_of(
                part(args, 3, "hour", i64::from(time.hour())),
                part(args, 4, "minute", i64::from(time.minute())),
                part(args, 5, "second", i64::from(time.second())),
                part(args, 6, "microsecond", i64::from(time.nanosecond() / 1_000)),
            )?;
            let zone = match args.get(7, "tzinfo") {
                Some(zone) => Zone::from_value(zone).map(Zone::by_hand),
                None => moment.zone,
            };
            Value::from_object(Moment {
                naive: replaced_date(date, args)?.and_time(time),
                zone,
            })
        }
        "tzname" => Value::from(moment.zone.map(Zone::name)),
        _ => return Err(EngineError::from(EngineErrorKind::UnknownMethod)),
    })
}

/// `datetime.combine(date, time)`
pub(super) fn combine(args: &CallArgs) -> Result<Moment> {
    let date = args.required("combine", 0, "date")?;
    let date = match (
        date.downcast_object_ref::<Day>(),
        date.downcast_object_ref::<Moment>(),
    ) {
        (Some(day), _) => day.0,
        (None, Some(moment)) => moment.naive.date(),
        (None, None) => return Err(error("combine() takes a date and a time")),
    };
    let time = args.get(1, "time");
    let time = time.and_then(|time| time.downcast_object_ref::<Time>());
    Ok(Moment {
        naive: date.and_time(time.map_or(NaiveTime::default(), |time| time.0)),
        zone: None,
    })
}
