//! `modules.pytz`: time zones by name.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, Offset as _, TimeZone as _, Utc};
use chrono_tz::Tz;
use minijinja::State;
use minijinja::value::{DynObject, Object, ObjectRepr};

use super::datetime::Moment;
use super::functions;
use crate::value::{CallArgs, EngineError, EngineErrorKind, Value, dict, error};

pub(super) fn module() -> Value {
    let mut pairs = functions(&[("timezone", |_, args| {
        let name = args.required_text("timezone", 0, "zone")?;
        named(&name).map(Zone::into_value)
    })]);
    pairs.push(("utc", Zone::UTC.into_value()));
    pairs.push(("UTC", Zone::UTC.into_value()));
    dict(pairs)
}

/// The zone called `name`.
fn named(name: &str) -> Result<Zone, EngineError> {
    name.parse::<Tz>()
        .map(Zone::of)
        .map_err(|_| error(format!("unknown time zone `{name}`")))
}

/// A time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Zone {
    tz: Tz,
    /// Whether it was put into a time by hand (`tzinfo=`): pytz then has the mean time that was kept before there were zones.
    is_mean: bool,
}

impl Zone {
    pub(super) const UTC: Self = Self::of(Tz::UTC);

    const fn of(tz: Tz) -> Self {
        Self { tz, is_mean: false }
    }

    /// As `tzinfo=` takes it.
    pub(super) fn by_hand(self) -> Self {
        Self {
            is_mean: true,
            ..self
        }
    }

    /// As `localize` and `astimezone` take it.
    pub(super) fn proper(self) -> Self {
        Self::of(self.tz)
    }

    fn into_value(self) -> Value {
        Value::from_object(self)
    }

    pub(super) fn from_value(value: &Value) -> Option<Self> {
        value.downcast_object_ref::<Self>().copied()
    }

    /// Seconds east of Greenwich at a local time; of two possible ones the first, as `pytz` has it.
    pub(super) fn offset_at(self, local: NaiveDateTime) -> i32 {
        if self.is_mean {
            return self.mean_offset();
        }
        self.tz
            .offset_from_local_datetime(&local)
            .earliest()
            .map_or_else(
                || self.offset_at_utc(local),
                |offset| offset.fix().local_minus_utc(),
            )
    }

    /// Seconds east of Greenwich at a time in UTC.
    pub(super) fn offset_at_utc(self, utc: NaiveDateTime) -> i32 {
        self.tz
            .offset_from_utc_datetime(&utc)
            .fix()
            .local_minus_utc()
    }

    /// pytz knows minutes alone.
    fn mean_offset(self) -> i32 {
        const MINUTE: i32 = 60;
        let long_ago = DateTime::<Utc>::from_timestamp(-10_000_000_000, 0).unwrap_or_default();
        let seconds = self.offset_at_utc(long_ago.naive_utc());
        (seconds + MINUTE / 2).div_euclid(MINUTE) * MINUTE
    }

    pub(super) fn name(self) -> &'static str {
        self.tz.name()
    }
}

impl Object for Zone {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (key.as_str() == Some("zone")).then(|| Value::from(self.name()))
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, EngineError> {
        let args = CallArgs::from_engine(args);
        match method {
            "localize" | "normalize" => {
                let value = args.required(method, 0, "dt")?;
                let moment = value
                    .downcast_object_ref::<Moment>()
                    .ok_or_else(|| error(format!("{method}() takes a datetime")))?;
                Ok(Value::from_object(moment.in_zone(Some(self.proper()))))
            }
            _ => Err(EngineError::from(EngineErrorKind::UnknownMethod)),
        }
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<std::cmp::Ordering> {
        let other = other.downcast_ref::<Self>()?;
        Some(self.name().cmp(other.name()))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
