//! `adapter.*` without a warehouse: what is the same for every database state is answered, the rest is "nothing there".

use jinja::{CallArgs, Relation, Value, value::list};

/// An answer, and whether a warehouse would have known better.
pub(crate) struct OfflineAnswer {
    pub(crate) value: Value,
    pub(crate) needs_warehouse: bool,
}

/// What `adapter.method(...)` gives when nothing can be asked.
pub(crate) fn answer(adapter_type: &str, method: &str, args: &CallArgs) -> OfflineAnswer {
    let known = |value| OfflineAnswer {
        value,
        needs_warehouse: false,
    };
    let unknown = |value| OfflineAnswer {
        value,
        needs_warehouse: true,
    };
    let text = |position: usize, name: &str| args.optional_text(position, name).unwrap_or_default();
    match method {
        "type" => known(Value::from(adapter_type)),
        "quote" => known(Value::from(
            Relation::default().quoted(&text(0, "identifier")),
        )),
        "quote_as_configured" => known(Value::from(text(0, "identifier"))),
        "quote_seed_column" => known(Value::from(Relation::default().quoted(&text(0, "column")))),
        "valid_incremental_strategies" => known(list(
            ["append", "delete+insert", "merge", "microbatch"].map(Value::from),
        )),
        "get_relation" | "load_relation" | "get_catalog" | "execute" => unknown(Value::from(())),
        "already_exists" | "check_schema_exists" => unknown(Value::from(false)),
        _ => unknown(list([])),
    }
}
