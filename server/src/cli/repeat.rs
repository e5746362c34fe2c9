//! An earlier command line, from the `args` of its artifacts.

use serde_json::Value;

use super::{FLAGS, Flag, Invocation, Kind, Map, commands};

/// What `retry` decides itself, whatever the run before was told.
const OWN: [&str; 7] = [
    "log_path",
    "profiles_dir",
    "project_dir",
    "defer_state",
    "target_path",
    "warn_error",
    "output",
];

/// What a retry may be told anew.
const OVERRIDDEN: [&str; 2] = ["vars", "threads"];

impl Invocation {
    /// The command `which` with the flags that it had, as far as this invocation does not decide.
    pub(crate) fn repeating(&self, which: &str, args: &Map<String, Value>) -> Self {
        let mut repeated = self.clone();
        repeated.command = commands::name(which).unwrap_or(self.command);
        for flag in FLAGS {
            let name = flag.name.replace('-', "_");
            let is_told = OVERRIDDEN.contains(&name.as_str()) && !self.by_default.contains(&name);
            if OWN.contains(&name.as_str()) || is_told {
                continue;
            }
            let plural = format!("{name}s");
            let before = args.get(&name).or_else(|| args.get(&plural));
            match before.and_then(|value| as_given(flag, value)) {
                Some(value) => repeated.values.insert(name, value),
                None => repeated.values.remove(&name),
            };
        }
        repeated
    }
}

/// Artifacts have numbers and mappings where the command line has their text.
fn as_given(flag: &Flag, value: &Value) -> Option<Value> {
    match (flag.kind, value) {
        (Kind::Bool { .. }, Value::Bool(_))
        | (Kind::Text { .. } | Kind::Choice { .. }, Value::String(_)) => Some(value.clone()),
        (Kind::Bool { .. }, _) | (_, Value::Null) => None,
        (Kind::List, Value::Array(items)) => (!items.is_empty()).then(|| value.clone()),
        (Kind::List, other) => Some(Value::Array(vec![other.clone()])),
        (Kind::Text { .. } | Kind::Choice { .. }, other) => Some(other.to_string().into()),
    }
}
