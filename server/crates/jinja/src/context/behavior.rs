//! `adapter.behavior`: changes of behaviour that adapters let projects opt in to, under `flags:` of dbt_project.yml.

use std::{fmt, sync::Arc};

use minijinja::value::{Object, ObjectRepr};

use crate::{render::Session, value::Value, value::dict};

/// What every adapter has; each is off unless the project turns it on.
const FLAGS: [&str; 2] = [
    "enable_truthy_nulls_equals_macro",
    "require_batched_execution_for_custom_microbatch_strategy",
];

/// All of them, by name.
pub(super) fn behavior(session: &Session) -> Value {
    let given = session.host.global("flags");
    dict(FLAGS.map(|name| {
        let is_on = given
            .as_ref()
            .and_then(|flags| flags.get_attr(&name.to_ascii_uppercase()).ok())
            .is_some_and(|flag| flag.is_true());
        (name, Value::from_object(BehaviorFlag { is_on }))
    }))
}

/// True where it is on. In dbt asking for it warns, and asking for `no_warn` does not.
struct BehaviorFlag {
    is_on: bool,
}

impl fmt::Debug for BehaviorFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_on { "True" } else { "False" })
    }
}

impl Object for BehaviorFlag {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        matches!(key.as_str()?, "setting" | "no_warn").then(|| Value::from(self.is_on))
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.is_on
    }
}
