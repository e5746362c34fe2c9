//! `datetime.timedelta`.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use chrono::TimeDelta;
use minijinja::State;
use minijinja::value::{DynObject, Object, ObjectRepr};

use super::Result;
use crate::value::{EngineError, EngineErrorKind, Value};

/// Python's `timedelta`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Delta(pub(super) TimeDelta);

impl Delta {
    /// Days, seconds and microseconds as Python keeps them: only the days can be negative.
    pub(super) fn parts(self) -> (i64, i64, i64) {
        let micros = i64::from(self.0.subsec_nanos()) / 1_000;
        let (seconds, micros) = (
            self.0.num_seconds() + micros.div_euclid(1_000_000),
            micros.rem_euclid(1_000_000),
        );
        (
            seconds.div_euclid(86_400),
            seconds.rem_euclid(86_400),
            micros,
        )
    }
}

impl Object for Delta {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let (days, seconds, micros) = self.parts();
        Some(Value::from(match key.as_str()? {
            "days" => days,
            "seconds" => seconds,
            "microseconds" => micros,
            _ => return None,
        }))
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        _args: &[Value],
    ) -> Result<Value> {
        if method != "total_seconds" {
            return Err(EngineError::from(EngineErrorKind::UnknownMethod));
        }
        Ok(Value::from(self.0.as_seconds_f64()))
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other
            .downcast_ref::<Self>()
            .map(|other| (**self).cmp(other))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest, micros) = self.parts();
        if days != 0 {
            let plural = if days.abs() == 1 { "" } else { "s" };
            write!(f, "{days} day{plural}, ")?;
        }
        write!(f, "{}:{:02}:{:02}", rest / 3_600, rest / 60 % 60, rest % 60)?;
        if micros != 0 {
            write!(f, ".{micros:06}")?;
        }
        Ok(())
    }
}
