//! Python's `Decimal`: what agate, and so a template, sees of every number with a fraction that comes from a warehouse.
//!
//! libdecnumber follows the specification that Python's module `decimal` follows, so digits, rounding and text are the
//! same: 28 digits, half to even. Values from a warehouse keep all their digits; results of arithmetic are rounded.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use minijinja::State;
use minijinja::value::{DynObject, Object, ObjectRepr};

use super::{CallArgs, EngineError, EngineErrorKind, Value, ValueKind, error};

/// Units of three digits: more than a warehouse's exact numbers have, PostgreSQL's longest aside, which are rounded.
const UNITS: usize = 40;

/// Digits of a result: the precision of Python's default context.
const PRECISION: usize = 28;

type Digits = dec::Decimal<UNITS>;
type Context = dec::Context<Digits>;
type Result<T> = std::result::Result<T, EngineError>;

/// One number. Immutable, as in Python.
#[derive(Clone, Copy)]
pub struct Decimal(Digits);

/// What `Decimal`s can be combined by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Rem,
    Pow,
}

impl Decimal {
    /// From how a warehouse, or Python, writes it: `10.50`, `1E+20`, `NaN`, `Infinity`.
    pub fn parse(text: &str) -> Option<Self> {
        exact().parse(text).ok().map(Self)
    }

    /// From a float as agate does it, by its shortest text: 0.1 is 0.1.
    pub fn from_float(float: f64) -> Option<Self> {
        Self::parse(&base::python_float(float))
    }

    fn from_int(int: i128) -> Self {
        Self(exact().from_i128(int))
    }

    /// The exact value of a float: 0.1 is 0.1000000000000000055511151231257827….
    fn from_float_exactly(float: f64) -> Option<Self> {
        if float.is_finite() {
            Self::parse(&format!("{float:.340}"))
        } else {
            Self::from_float(float)
        }
    }

    /// The value of an operand: itself, or an integer. Python does not mix floats with decimals.
    pub(crate) fn operand(value: &Value) -> Option<Self> {
        if let Some(decimal) = Self::from_value(value) {
            return Some(decimal);
        }
        let is_integer = value.is_integer() || value.kind() == ValueKind::Bool;
        let int = is_integer
            .then(|| i128::try_from(value.clone()).ok())
            .flatten()?;
        Some(Self::from_int(int))
    }

    /// The value, if it is one.
    pub fn from_value(value: &Value) -> Option<Self> {
        value.downcast_object_ref::<Self>().copied()
    }

    /// Compare with any number; `None` for what is none, and for NaN.
    pub(crate) fn compare(&self, other: &Value) -> Option<Ordering> {
        let other = match Self::operand(other) {
            Some(other) => other,
            None => Self::from_float_exactly(super::as_float(other)?)?,
        };
        exact().partial_cmp(&self.0, &other.0)
    }

    pub(crate) fn apply(self, operation: Operation, right: Self) -> Result<Self> {
        let mut context = rounding();
        let mut result = self.0;
        let right = &right.0;
        match operation {
            Operation::Add => context.add(&mut result, right),
            Operation::Sub => context.sub(&mut result, right),
            Operation::Mul => context.mul(&mut result, right),
            Operation::Div => context.div(&mut result, right),
            Operation::FloorDiv => context.div_integer(&mut result, right),
            Operation::Rem => context.rem(&mut result, right),
            Operation::Pow => context.pow(&mut result, right),
        }
        checked(&context, result)
    }

    pub(crate) fn negated(self) -> Result<Self> {
        let mut context = rounding();
        let mut result = self.0;
        context.minus(&mut result);
        checked(&context, result)
    }

    pub(crate) fn absolute(self) -> Result<Self> {
        let mut context = rounding();
        let mut result = self.0;
        context.abs(&mut result);
        checked(&context, result)
    }

    /// `round(x, n_places)`: half to even.
    pub(crate) fn rounded(self, n_places: i32) -> Result<Self> {
        let mut context = rounding();
        let mut quantum = Digits::from(1);
        quantum.set_exponent(n_places.clamp(-1_000, 1_000).saturating_neg());
        let mut result = self.0;
        context.quantize(&mut result, &quantum);
        checked(&context, result)
    }

    /// Without zeros at the end.
    pub(crate) fn normalized(self) -> Self {
        let mut result = self.0;
        rounding().reduce(&mut result);
        Self(result)
    }

    /// Digits after the point, those at the end that are zero aside.
    pub(crate) fn n_decimals(self) -> usize {
        let reduced = self.normalized().0;
        if reduced.is_special() {
            return 0;
        }
        usize::try_from(-i64::from(reduced.exponent())).unwrap_or(0)
    }

    pub(crate) fn is_finite(self) -> bool {
        self.0.is_finite()
    }

    /// `float(x)`
    pub fn to_float(self) -> f64 {
        self.0.to_string().parse().unwrap_or(f64::NAN)
    }

    /// `int(x)`, which cuts the fraction off; `None` beyond 128 bits, and for what is no number.
    pub(crate) fn to_int(self) -> Option<i128> {
        let is_too_large = i64::from(self.0.digits()) + i64::from(self.0.exponent()) > 40;
        if self.0.is_special() || is_too_large {
            return None;
        }
        let mut context = exact();
        context.set_rounding(dec::Rounding::Down);
        let mut whole = self.0;
        context.round(&mut whole);
        whole.to_standard_notation_string().parse().ok()
    }

    /// With just so many digits after the point and no exponent: `'{:.2f}'`.
    pub(crate) fn fixed(self, n_places: usize) -> String {
        if !self.0.is_finite() {
            return self.to_string();
        }
        let n_places = n_places.min(1_000);
        let mut context = exact();
        let mut quantum = Digits::from(1);
        quantum.set_exponent(-i32::try_from(n_places).unwrap_or(0));
        let mut result = self.0;
        context.quantize(&mut result, &quantum);
        if context.status().invalid_operation() {
            // More places than there is room for: floats are near enough for what nobody reads.
            return format!("{:.n_places$}", self.to_float());
        }
        result.to_standard_notation_string()
    }

    /// `'{:.1%}'`
    pub(crate) fn percent(self, n_places: usize) -> String {
        let hundred = Self(Digits::from(100));
        let shown = self.apply(Operation::Mul, hundred).unwrap_or(self);
        shown.fixed(n_places) + "%"
    }

    /// Rounded to so many digits: `'{:.3}'`.
    pub(crate) fn significant(self, n_digits: usize) -> String {
        let mut context = rounding();
        let mut result = self.0;
        let _ = context.set_precision(n_digits.clamp(1, PRECISION));
        context.plus(&mut result);
        result.to_string()
    }

    /// `Decimal('10.50')`
    pub(crate) fn repr(self) -> String {
        format!("Decimal('{self}')")
    }

    fn method(self, method: &str, args: &CallArgs) -> Result<Option<Value>> {
        let decimal = |result: Self| Some(Value::from_object(result));
        Ok(match method {
            "is_nan" => Some(Value::from(self.0.is_nan())),
            "is_infinite" => Some(Value::from(self.0.is_infinite())),
            "is_finite" => Some(Value::from(self.0.is_finite())),
            "is_zero" => Some(Value::from(self.0.is_zero())),
            "is_signed" => Some(Value::from(self.0.is_negative())),
            "normalize" => decimal(self.normalized()),
            "copy_abs" => decimal(self.absolute()?),
            "copy_negate" => decimal(self.negated()?),
            "to_integral_value" | "to_integral" => decimal(self.rounded(0)?),
            "quantize" => {
                let quantum = args.required(method, 0, "exp")?;
                let quantum = Self::operand(&quantum)
                    .ok_or_else(|| error("quantize() takes a Decimal or an integer"))?;
                let mut context = rounding();
                let mut result = self.0;
                context.quantize(&mut result, &quantum.0);
                decimal(checked(&context, result)?)
            }
            "sqrt" => {
                let mut context = rounding();
                let mut result = self.0;
                context.sqrt(&mut result);
                decimal(checked(&context, result)?)
            }
            _ => None,
        })
    }
}

/// A context that keeps every digit there is room for.
fn exact() -> Context {
    let mut context = Context::default();
    context.set_rounding(dec::Rounding::HalfEven);
    context
}

/// Python's default context.
fn rounding() -> Context {
    let mut context = exact();
    // Within the bounds of the type, so none of these is refused.
    let _ = context.set_precision(PRECISION);
    let _ = context.set_max_exponent(999_999);
    let _ = context.set_min_exponent(-999_999);
    context
}

/// What Python raises, by the names of its exceptions.
fn checked(context: &Context, result: Digits) -> Result<Decimal> {
    let status = context.status();
    let exception = if status.division_by_zero() {
        "DivisionByZero"
    } else if status.division_undefined() {
        "DivisionUndefined"
    } else if status.division_impossible() {
        "DivisionImpossible"
    } else if status.invalid_operation() {
        "InvalidOperation"
    } else if status.overflow() {
        "Overflow"
    } else {
        return Ok(Decimal(result));
    };
    Err(error(format!("[<class 'decimal.{exception}'>]")))
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.repr())
    }
}

impl Object for Decimal {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.0.is_zero()
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<Self>()?;
        Some(exact().total_cmp(&self.normalized().0, &other.normalized().0))
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value> {
        self.method(method, &CallArgs::from_engine(args))?
            .ok_or_else(|| EngineError::from(EngineErrorKind::UnknownMethod))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[track_caller]
    fn check(left: &str, operation: Operation, right: &str, expected: &str) {
        let result = decimal(left).apply(operation, decimal(right));
        let shown = match result {
            Ok(it) => it.to_string(),
            Err(error) => error.detail().unwrap_or_default().to_owned(),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn computes_as_python_does() {
        check("10.50", Operation::Add, "3", "13.50");
        check("10.50", Operation::Mul, "3", "31.50");
        check("10.50", Operation::Div, "3", "3.50");
        check(
            "5",
            Operation::Div,
            "10.50",
            "0.4761904761904761904761904762",
        );
        check("10.50", Operation::Pow, "2", "110.2500");
        check(
            "2",
            Operation::Pow,
            "10.50",
            "1448.154687870049329972929254",
        );
        check("-10.50", Operation::FloorDiv, "2", "-5");
        check("-10.50", Operation::Rem, "3", "-1.50");
        check(
            "12345678901234567890.123456789",
            Operation::Mul,
            "3",
            "37037036703703703670.37037037",
        );
        check(
            "1",
            Operation::Div,
            "0",
            "[<class 'decimal.DivisionByZero'>]",
        );
        check(
            "0",
            Operation::Div,
            "0",
            "[<class 'decimal.DivisionUndefined'>]",
        );
    }

    #[test]
    fn texts_are_pythons() {
        for text in [
            "10.50",
            "1E+20",
            "1E-7",
            "NaN",
            "Infinity",
            "0.10000000149011612",
        ] {
            assert_eq!(decimal(text).to_string(), text);
        }
        assert_eq!(Decimal::from_float(1e20).unwrap().to_string(), "1E+20");
        assert_eq!(Decimal::from_float(7.0).unwrap().to_string(), "7.0");
        assert_eq!(decimal("1E+3").fixed(2), "1000.00");
        assert_eq!(decimal("10.50").fixed(3), "10.500");
        assert_eq!(decimal("10.50").rounded(0).unwrap().to_string(), "10");
        assert_eq!(decimal("12.34").rounded(1).unwrap().to_string(), "12.3");
        assert_eq!(decimal("-10.7").to_int(), Some(-10));
        assert_eq!(decimal("10.00").n_decimals(), 0);
        assert_eq!(decimal("10.50").n_decimals(), 1);
    }

    #[test]
    fn floats_compare_by_their_exact_value() {
        let tenth = decimal("0.1");
        assert_eq!(tenth.compare(&Value::from(0.1)), Some(Ordering::Less));
        assert_eq!(
            decimal("10.50").compare(&Value::from(10.5)),
            Some(Ordering::Equal)
        );
        assert_eq!(
            decimal("10.50").compare(&Value::from(3)),
            Some(Ordering::Greater)
        );
        assert_eq!(decimal("10.50").compare(&Value::from("10.50")), None);
    }
}
