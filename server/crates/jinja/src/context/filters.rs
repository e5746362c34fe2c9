//! Filters and tests that differ from the engine's: those that give lists give lists that can change, and dbt's own.

use minijinja::value::Rest;
use minijinja::{Environment, State};

use super::operators::owned;
use crate::render::{Task, mark, session};
use crate::value::{CallArgs, EngineError, Value, ValueKind, error, format_percent, text};

type Result<T> = std::result::Result<T, EngineError>;

/// The engine's filters whose results are lists in Python.
const LIST_FILTERS: [&str; 9] = [
    "list", "sort", "batch", "slice", "dictsort", "groupby", "unique", "split", "items",
];

/// Python generators: looped over, printed as such, and turned into lists by `list`.
const LAZY_FILTERS: [&str; 6] = [
    "map",
    "select",
    "reject",
    "selectattr",
    "rejectattr",
    "reverse",
];

pub(super) fn install(environment: &mut Environment<'static>) {
    let originals: Environment<'static> = Environment::new();
    for name in LIST_FILTERS.into_iter().chain(LAZY_FILTERS) {
        let originals = originals.clone();
        environment.add_filter(
            name,
            move |state: &mut State<'_, '_>, args: Rest<Value>| -> Result<Value> {
                // The originals live in their own environment: the names here are taken by this very filter.
                let mut inner = originals.empty_state();
                let _ = &state;
                inner.apply_filter(name, &args).map(owned)
            },
        );
    }
    environment.add_filter("tojson", to_json);
    environment.add_filter("format", format);
    environment.add_filter("is_list", |value: &Value| value.kind() == ValueKind::Seq);
    for name in ["as_text", "as_bool", "as_native", "as_number"] {
        environment.add_filter(
            name,
            move |state: &mut State<'_, '_>, value: Value| -> Result<Value> {
                convert(state, name, value)
            },
        );
    }
    environment.add_test("defined", |value: &Value| !super::is_missing(value));
    environment.add_test("undefined", super::is_missing);
    environment.add_test("list", |value: &Value| value.kind() == ValueKind::Seq);
    environment.add_test("callable", |value: &Value| is_callable(value));
    environment.add_filter("default", default);
    environment.add_filter("d", default);
}

/// `x | default(y, boolean=false)`
fn default(value: Value, args: Rest<Value>) -> Result<Value> {
    let args = CallArgs::from_engine(&args);
    let is_boolean = args.is_true_or(1, "boolean", false);
    let use_default = super::is_missing(&value) || (is_boolean && !value.is_true());
    Ok(if use_default {
        args.get(0, "default_value")
            .cloned()
            .unwrap_or(Value::from(""))
    } else {
        value
    })
}

fn is_callable(value: &Value) -> bool {
    value
        .as_object()
        .is_some_and(|object| object.repr() == minijinja::value::ObjectRepr::Plain)
}

/// In a model these do nothing; in YAML they say which type the text is to have.
fn convert(state: &mut State<'_, '_>, name: &str, value: Value) -> Result<Value> {
    let session = session(state)?;
    Ok(match session.task {
        Task::Value => mark(name, &value),
        Task::Text | Task::Call(..) => value,
    })
}

/// Jinja2's filter, which escapes for HTML.
fn to_json(value: &Value) -> Value {
    let json = crate::value::to_json(value).to_string();
    let escaped = json
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\'', "\\u0027");
    Value::from(escaped)
}

/// `'%s' | format(x)`
fn format(template: &Value, args: Rest<Value>) -> Result<Value> {
    let template = text(template);
    let args = CallArgs::from_engine(&args);
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
