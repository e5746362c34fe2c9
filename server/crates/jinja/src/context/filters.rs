//! Filters and tests that differ from the engine's: those that give lists give lists that can change, those on texts
//! and numbers take what Jinja2's take, and dbt's own.

mod numbers;
mod text_filters;

use base::python_float;
use minijinja::value::{Kwargs, Rest};
use minijinja::{Environment, Output, State};

use super::data::write_json;
use super::operators::owned;
use crate::relation::Relation;
use crate::render::{Task, mark, session};
use crate::value::{
    CallArgs, EngineError, Value, ValueKind, as_float, error, format_percent, is_bottomless, text,
};

type Result<T> = std::result::Result<T, EngineError>;

/// The engine's filters whose results are lists or generators in Python.
const LIST_FILTERS: [&str; 15] = [
    "list",
    "sort",
    "batch",
    "slice",
    "dictsort",
    "groupby",
    "unique",
    "split",
    "items",
    "map",
    "select",
    "reject",
    "selectattr",
    "rejectattr",
    "reverse",
];

pub(super) fn install(environment: &mut Environment<'static>) {
    let mut originals: Environment<'static> = Environment::new();
    // `map('int')` and `select('gt', 1)` are looked up there.
    numbers::install(&mut originals);
    text_filters::install(&mut originals);
    for name in LIST_FILTERS {
        let originals = originals.clone();
        environment.add_filter(
            name,
            move |state: &mut State<'_, '_>, args: Rest<Value>, kwargs: Kwargs| {
                charge(state, &args)?;
                if matches!(name, "batch" | "slice") {
                    // As many lists, or places in one, whatever there is to put into them.
                    let n_places = args.get(1).and_then(Value::as_usize).unwrap_or(0);
                    state.consume_fuel(n_places as u64)?;
                }
                // The originals live in an environment of their own: here the name is taken by this very filter.
                originals
                    .empty_state()
                    .apply_filter(name, &together(args, kwargs))
                    .map(owned)
            },
        );
    }
    environment.add_filter("tojson", to_json);
    environment.add_filter("format", format);
    environment.add_filter("is_list", is_list);
    environment.add_filter("default", default);
    environment.add_filter("d", default);
    for name in ["as_text", "as_bool", "as_native", "as_number"] {
        environment.add_filter(name, move |state: &mut State<'_, '_>, value: Value| {
            convert(state, name, value)
        });
    }
    numbers::install(environment);
    text_filters::install(environment);
    environment.add_function("cycler", |items: Rest<Value>| {
        minijinja_contrib::globals::cycler(items.0)
    });
    environment.add_function("joiner", minijinja_contrib::globals::joiner);
    environment.add_test("defined", |value: &Value| !super::is_missing(value));
    environment.add_test("undefined", super::is_missing);
    environment.add_test("list", is_list);
    environment.add_test("sequence", |value: &Value| {
        let is_container = matches!(
            value.kind(),
            ValueKind::Seq | ValueKind::Map | ValueKind::String
        );
        is_container && !super::is_missing(value)
    });
    // Macros tell relations from text by this.
    environment.add_test("mapping", |value: &Value| {
        value.kind() == ValueKind::Map || Relation::from_value(value).is_some()
    });
    environment.add_test("callable", is_callable);
    environment.set_formatter(
        |out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value| match as_float(value) {
            Some(float) => out
                .write_str(&python_float(float))
                .map_err(EngineError::from),
            None if is_bottomless(value) => out.write_str("...").map_err(EngineError::from),
            None => minijinja::escape_formatter(out, state, value),
        },
    );
}

/// Arguments as the engine passes them.
fn together(args: Rest<Value>, kwargs: Kwargs) -> Vec<Value> {
    let mut all = args.0;
    if kwargs.args().next().is_some() {
        all.push(Value::from(kwargs));
    }
    all
}

/// The originals run where no fuel is counted: pay for what they go over.
fn charge(state: &State<'_, '_>, args: &[Value]) -> Result<()> {
    let len = args.first().and_then(Value::len).unwrap_or(1);
    state.consume_fuel(1 + len as u64)
}

fn is_list(value: &Value) -> bool {
    value.kind() == ValueKind::Seq && !value.is_tuple()
}

fn is_callable(value: &Value) -> bool {
    value
        .as_object()
        .is_some_and(|object| object.repr() == minijinja::value::ObjectRepr::Plain)
}

/// `x | default(y, boolean=false)`
fn default(value: Value, args: Rest<Value>, kwargs: Kwargs) -> Value {
    let args = CallArgs::from_engine(&together(args, kwargs));
    let is_boolean = args.is_true_or(1, "boolean", false);
    if super::is_missing(&value) || (is_boolean && !value.is_true()) {
        args.get(0, "default_value")
            .cloned()
            .unwrap_or(Value::from(""))
    } else {
        value
    }
}

/// In a model these do nothing; in YAML they say which type the text is to have.
fn convert(state: &mut State<'_, '_>, name: &str, value: Value) -> Result<Value> {
    let session = session(state)?;
    Ok(match session.task {
        Task::Value => mark(name, &value),
        Task::Text | Task::Call(..) => value,
    })
}

/// Jinja2's filter, which sorts keys and escapes for HTML; the function `tojson` does neither.
fn to_json(value: &Value) -> Value {
    let mut out = String::new();
    write_json(&crate::value::to_json(value), true, &mut out);
    Value::from(
        out.replace('<', "\\u003c")
            .replace('>', "\\u003e")
            .replace('&', "\\u0026")
            .replace('\'', "\\u0027"),
    )
}

/// `'%s' | format(x)`
fn format(template: &Value, args: Rest<Value>, kwargs: Kwargs) -> Result<Value> {
    let template = text(template);
    let args = CallArgs::from_engine(&together(args, kwargs));
    let values = match (args.positional.is_empty(), args.keyword.is_empty()) {
        (_, true) => Value::from(crate::value::Tuple::new(args.positional)),
        (true, false) => crate::value::dict(
            args.keyword
                .iter()
                .map(|(key, value)| (key.as_str(), value.clone())),
        ),
        (false, false) => {
            return Err(error(
                "format takes positional or keyword arguments, not both",
            ));
        }
    };
    format_percent(&template, &values).map(Value::from)
}
