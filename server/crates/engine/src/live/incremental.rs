//! Incremental strategies and indexes, as materializations ask the adapter for them.

use jinja::{
    CallArgs, HostError, Value,
    value::{ValueKind, items, text},
};

use super::{
    host::LiveHost,
    index::{self, Index},
};
/// The strategies of DuckDB and PostgreSQL.
pub(super) const STRATEGIES: [&str; 4] = ["append", "delete+insert", "merge", "microbatch"];

/// Strategies that dbt knows and these two do not have.
const FOREIGN_STRATEGIES: [&str; 1] = ["insert_overwrite"];

/// The macro that makes the SQL of a strategy.
pub(super) fn strategy_macro(host: &LiveHost, args: &CallArgs) -> Result<Value, HostError> {
    let strategy = args.text(1, "strategy")?;
    if FOREIGN_STRATEGIES.contains(&strategy.as_str()) {
        return Err(HostError::compilation(
            "invalid-config",
            format!("The incremental strategy '{strategy}' is not valid for this adapter"),
        ));
    }
    let name = format!("get_incremental_{}_sql", strategy.replace('+', "_"));
    host.macro_value(&name).ok_or_else(|| {
        HostError::compilation(
            "unknown-macro",
            format!(
                "dbt could not find an incremental strategy macro with the name \"{name}\" in {}",
                host.session.project.manifest.project_name
            ),
        )
    })
}

/// An index's columns, kind and whether it is unique, and a name that no index of an earlier run has.
pub(super) fn parse_index(host: &LiveHost, args: &CallArgs) -> Result<Value, HostError> {
    let raw = args.get(0, "raw_index").cloned().unwrap_or_default();
    if raw.is_none() {
        return Ok(raw);
    }
    let wrong = |message: String| HostError::compilation("invalid-config", message);
    if raw.kind() != ValueKind::Map {
        return Err(wrong(format!(
            "Invalid index config:\n  Got: {}\n  Expected a dictionary with at minimum a \"columns\" key",
            text(&raw)
        )));
    }
    let said = |name: &str| {
        raw.get_attr(name)
            .ok()
            .filter(|it| !it.is_undefined() && !it.is_none())
    };
    let columns = said("columns").map(|it| items(&it)).unwrap_or_default();
    if columns.is_empty() {
        return Err(wrong(
            "Could not parse index config: an index needs `columns`, a list of names".to_owned(),
        ));
    }
    Ok(index::value(Index {
        columns,
        unique: said("unique").is_some_and(|it| it.is_true()),
        method: said("type").map(|it| text(&it)),
        now: host.session.system.now(),
    }))
}
