//! `modules.datetime`: dates, times and differences, as far as templates compute with them.

mod delta;
mod methods;
mod parsing;
mod python_repr;

use std::cmp::Ordering;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _};
use minijinja::State;
use minijinja::value::{DynObject, Object, ObjectRepr};

use super::zones::Zone;
use crate::render::session;
use crate::value::{CallArgs, EngineError, EngineErrorKind, Value, dict, error};
use delta::Delta;
use parsing::{from_iso, strptime};
pub(crate) use python_repr::{repr_of_time, type_of_time};

type Result<T> = std::result::Result<T, EngineError>;

pub(super) fn module() -> Value {
    dict([
        ("datetime", Value::from_object(Class::Moment)),
        ("date", Value::from_object(Class::Day)),
        ("timedelta", Value::from_object(Class::Delta)),
        ("time", Value::from_object(Class::Time)),
        ("timezone", dict([("utc", Value::from_object(Zone::UTC))])),
    ])
}

/// A point in time in UTC, as hosts give `run_started_at`.
pub(crate) fn utc_moment(seconds: i64, nanos: u32) -> Value {
    Value::from_object(Moment {
        naive: naive(seconds, nanos),
        zone: Some(Zone::UTC),
    })
}

/// A point in time on a clock without a zone, as a warehouse's `timestamp`.
pub(crate) fn plain_moment(naive: NaiveDateTime) -> Value {
    Value::from_object(Moment { naive, zone: None })
}

/// A day, as a warehouse's `date`.
pub(crate) fn day(date: NaiveDate) -> Value {
    Value::from_object(Day(date))
}

fn naive(seconds: i64, nanos: u32) -> NaiveDateTime {
    // Python knows microseconds.
    chrono::DateTime::from_timestamp(seconds, nanos / 1_000 * 1_000)
        .unwrap_or_default()
        .naive_utc()
}

/// Python's `datetime`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    naive: NaiveDateTime,
    zone: Option<Zone>,
}

/// Python's `date`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Day(NaiveDate);

/// Python's `time`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Time(NaiveTime);

/// The classes, which make all of these.
#[derive(Debug, Clone, Copy)]
enum Class {
    Moment,
    Day,
    Delta,
    Time,
}

impl Moment {
    /// The same wall clock in another zone.
    pub(super) fn in_zone(self, zone: Option<Zone>) -> Self {
        Self { zone, ..self }
    }

    fn utc(self) -> NaiveDateTime {
        let offset = TimeDelta::seconds(i64::from(self.offset()));
        // Within a day of the end of time there is nowhere to go.
        self.naive.checked_sub_signed(offset).unwrap_or(self.naive)
    }

    fn offset(self) -> i32 {
        self.zone.map_or(0, |zone| zone.offset_at(self.naive))
    }

    /// The same point in time on another zone's clock.
    fn as_zone(self, zone: Zone) -> Self {
        let (utc, zone) = (self.utc(), zone.proper());
        let offset = TimeDelta::seconds(i64::from(zone.offset_at_utc(utc)));
        Self {
            naive: utc.checked_add_signed(offset).unwrap_or(utc),
            zone: Some(zone),
        }
    }

    fn iso(self, separator: char) -> String {
        let mut out = self
            .naive
            .format(&format!("%Y-%m-%d{separator}%H:%M:%S"))
            .to_string();
        let micros = self.naive.nanosecond() / 1_000;
        if micros > 0 {
            let _ = write!(out, ".{micros:06}");
        }
        if self.zone.is_some() {
            out.push_str(&offset_text(self.offset(), ":"));
        }
        out
    }
}

fn offset_text(seconds: i32, separator: &str) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
}

/// `strftime`; `%f`, `%z` and `%Z` differ from what chrono makes of them.
fn strftime(moment: Moment, format: &str) -> Result<Value> {
    let zone = moment.zone;
    let offset = if zone.is_some() {
        offset_text(moment.offset(), "")
    } else {
        String::new()
    };
    let format = format
        .replace("%f", &format!("{:06}", moment.naive.nanosecond() / 1_000))
        .replace("%z", &offset)
        .replace("%Z", zone.map_or("", Zone::name));
    let mut out = String::new();
    // chrono reports an unknown directive as an error of formatting.
    write!(out, "{}", moment.naive.format(&format))
        .map_err(|_| error(format!("strftime: cannot read the format `{format}`")))?;
    Ok(Value::from(out))
}

/// A number among the arguments.
fn part(args: &CallArgs, position: usize, name: &str, default: i64) -> i64 {
    args.get(position, name)
        .and_then(Value::as_i64)
        .unwrap_or(default)
}

fn date_of(year: i64, month: i64, day: i64) -> Result<NaiveDate> {
    let year = i32::try_from(year).unwrap_or(0);
    let small = |value: i64| u32::try_from(value).unwrap_or(0);
    NaiveDate::from_ymd_opt(year, small(month), small(day))
        .filter(|date| (1..=9999).contains(&date.year()))
        .ok_or_else(|| error("date value out of range"))
}

fn time_of(hour: i64, minute: i64, second: i64, micro: i64) -> Result<NaiveTime> {
    let small = |value: i64| u32::try_from(value).unwrap_or(u32::MAX);
    NaiveTime::from_hms_micro_opt(small(hour), small(minute), small(second), small(micro))
        .ok_or_else(|| error("time value out of range"))
}

impl Class {
    fn construct(self, args: &CallArgs) -> Result<Value> {
        let time = |from: usize| {
            time_of(
                part(args, from, "hour", 0),
                part(args, from + 1, "minute", 0),
                part(args, from + 2, "second", 0),
                part(args, from + 3, "microsecond", 0),
            )
        };
        let date = || {
            date_of(
                part(args, 0, "year", 0),
                part(args, 1, "month", 0),
                part(args, 2, "day", 0),
            )
        };
        Ok(match self {
            Self::Moment => Value::from_object(Moment {
                naive: date()?.and_time(time(3)?),
                zone: args
                    .get(7, "tzinfo")
                    .and_then(Zone::from_value)
                    .map(Zone::by_hand),
            }),
            Self::Day => Value::from_object(Day(date()?)),
            Self::Time => Value::from_object(Time(time(0)?)),
            Self::Delta => Value::from_object(Delta(delta_of(args)?)),
        })
    }

    fn method(self, state: &mut State<'_, '_>, method: &str, args: &CallArgs) -> Result<Value> {
        let is_day = matches!(self, Self::Day);
        let moment = match method {
            "now" | "today" | "utcnow" => {
                let (seconds, nanos) = session(state)?.host.now();
                let utc = Moment {
                    naive: naive(seconds, nanos),
                    zone: Some(Zone::UTC),
                };
                match args.get(0, "tz").and_then(Zone::from_value) {
                    Some(zone) if method == "now" => utc.as_zone(zone),
                    _ => utc.in_zone(None),
                }
            }
            "strptime" => strptime(
                &args.required_text(method, 0, "date_string")?,
                &args.required_text(method, 1, "format")?,
            )?,
            "fromisoformat" => from_iso(&args.required_text(method, 0, "date_string")?)?,
            "fromtimestamp" | "utcfromtimestamp" => {
                let at = f64::try_from(args.required(method, 0, "timestamp")?)?;
                let since = TimeDelta::microseconds((at * 1e6).round() as i64);
                Moment {
                    naive: naive(0, 0)
                        .checked_add_signed(since)
                        .ok_or_else(|| error("timestamp out of range"))?,
                    zone: args.get(1, "tz").and_then(Zone::from_value),
                }
            }
            "combine" => methods::combine(args)?,
            _ => return Err(EngineError::from(EngineErrorKind::UnknownMethod)),
        };
        Ok(if is_day {
            Value::from_object(Day(moment.naive.date()))
        } else {
            Value::from_object(moment)
        })
    }
}

fn delta_of(args: &CallArgs) -> Result<TimeDelta> {
    const UNITS: [(&str, f64); 7] = [
        ("days", 86_400.0),
        ("seconds", 1.0),
        ("microseconds", 1e-6),
        ("milliseconds", 1e-3),
        ("minutes", 60.0),
        ("hours", 3_600.0),
        ("weeks", 604_800.0),
    ];
    let mut micros = 0.0;
    for (position, (name, seconds)) in UNITS.into_iter().enumerate() {
        if let Some(value) = args.get(position, name) {
            micros += f64::try_from(value.clone())? * seconds * 1e6;
        }
    }
    if micros.abs() > 9e18 {
        return Err(error("timedelta is too big"));
    }
    Ok(TimeDelta::microseconds(micros.round() as i64))
}

impl Object for Class {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, args: &[Value]) -> Result<Value> {
        self.construct(&CallArgs::from_engine(args))
    }

    /// A method that is passed on instead of called: `try_or_compiler_error(msg, datetime.strptime, text, format)`.
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        const METHODS: [&str; 8] = [
            "combine",
            "fromisoformat",
            "fromtimestamp",
            "now",
            "strptime",
            "today",
            "utcfromtimestamp",
            "utcnow",
        ];
        let name = METHODS
            .into_iter()
            .find(|name| Some(*name) == key.as_str())?;
        Some(Value::from_object(ClassMethod(**self, name)))
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value> {
        self.method(state, method, &CallArgs::from_engine(args))
    }
}

/// `datetime.strptime`, not yet called.
#[derive(Debug)]
struct ClassMethod(Class, &'static str);

impl Object for ClassMethod {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value> {
        self.0.method(state, self.1, &CallArgs::from_engine(args))
    }
}

/// `a + b`, if one of them is a date, a time or a difference.
pub(crate) fn add(left: &Value, right: &Value) -> Option<Result<Value>> {
    let delta = |value: &Value| value.downcast_object_ref::<Delta>().map(|it| it.0);
    if let (Some(left), Some(right)) = (delta(left), delta(right)) {
        let sum = left.checked_add(&right);
        return Some(in_range(sum.map(|sum| Value::from_object(Delta(sum)))));
    }
    match (delta(left), delta(right)) {
        (None, Some(delta)) => moved(left, delta),
        (Some(delta), None) => moved(right, delta),
        _ => None,
    }
}

/// `a - b`, if one of them is a date, a time or a difference.
pub(crate) fn sub(left: &Value, right: &Value) -> Option<Result<Value>> {
    let moment = |value: &Value| value.downcast_object_ref::<Moment>().copied();
    let day = |value: &Value| value.downcast_object_ref::<Day>().map(|it| it.0);
    if let Some(delta) = right.downcast_object_ref::<Delta>() {
        if let Some(left) = left.downcast_object_ref::<Delta>() {
            let difference = left.0.checked_sub(&delta.0);
            return Some(in_range(difference.map(|it| Value::from_object(Delta(it)))));
        }
        return moved(left, -delta.0);
    }
    if let (Some(left), Some(right)) = (moment(left), moment(right)) {
        let difference = left.utc() - right.utc();
        return Some(Ok(Value::from_object(Delta(difference))));
    }
    let (left, right) = day(left).zip(day(right))?;
    Some(Ok(Value::from_object(Delta(left - right))))
}

/// `-a`, if it is a difference.
pub(crate) fn negate(value: &Value) -> Option<Value> {
    let delta = value.downcast_object_ref::<Delta>()?;
    Some(Value::from_object(Delta(-delta.0)))
}

fn moved(value: &Value, by: TimeDelta) -> Option<Result<Value>> {
    if let Some(moment) = value.downcast_object_ref::<Moment>() {
        let naive = moment.naive.checked_add_signed(by);
        let moved = naive.map(|naive| Value::from_object(Moment { naive, ..*moment }));
        return Some(in_range(moved));
    }
    let day = value.downcast_object_ref::<Day>()?;
    let by = TimeDelta::days(by.num_days());
    let date = day.0.checked_add_signed(by);
    Some(in_range(date.map(|date| Value::from_object(Day(date)))))
}

fn in_range(value: Option<Value>) -> Result<Value> {
    value.ok_or_else(|| error("date value out of range"))
}

impl Object for Moment {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        methods::time_part(self.naive.time(), key)
            .or_else(|| methods::date_part(self.naive.date(), key))
            .or_else(|| {
                (key == "tzinfo").then(|| self.zone.map_or(Value::from(()), Value::from_object))
            })
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value> {
        methods::of_moment(**self, method, &CallArgs::from_engine(args))
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<Self>()?;
        Some(self.utc().cmp(&other.utc()))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iso(' '))
    }
}

impl Object for Day {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        methods::date_part(self.0, key.as_str()?)
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value> {
        methods::of_day(self.0, method, &CallArgs::from_engine(args))
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other
            .downcast_ref::<Self>()
            .map(|other| (**self).cmp(other))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

impl Object for Time {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        methods::time_part(self.0, key.as_str()?)
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other
            .downcast_ref::<Self>()
            .map(|other| (**self).cmp(other))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%H:%M:%S"))
    }
}
