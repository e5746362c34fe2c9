//! `exceptions.raise_compiler_error(...)` and its relatives.

use std::sync::Arc;

use minijinja::State;
use minijinja::value::{Object, ObjectRepr};

use crate::render::{HostError, host_error, session};
use crate::value::{CallArgs, EngineError, EngineErrorKind, Value, text};

#[derive(Debug)]
pub(super) struct Exceptions;

impl Object for Exceptions {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, EngineError> {
        let session = session(state)?;
        let args = CallArgs::from_engine(args);
        if let Some((event, message)) = warning(method, &args)? {
            session.host.warn(event, &message).map_err(host_error)?;
            return Ok(Value::from(""));
        }
        if method == "raise_database_error" {
            let message = args.required_text(method, 0, "msg")?;
            return Err(host_error(HostError::database(message)));
        }
        let (code, message) =
            message(method, &args).ok_or(EngineError::from(EngineErrorKind::UnknownMethod))?;
        Err(host_error(HostError::compilation(code, message)))
    }
}

/// The event and the text of a method that only warns.
fn warning(method: &str, args: &CallArgs) -> Result<Option<(&'static str, String)>, EngineError> {
    Ok(match method {
        "warn" => Some(("JinjaLogWarning", args.required_text(method, 0, "msg")?)),
        "warn_snapshot_timestamp_data_types" => {
            let of_warehouse = args.required_text(method, 0, "snapshot_time_data_type")?;
            let own = args.required_text(method, 1, "updated_at_data_type")?;
            Some((
                "SnapshotTimestampWarning",
                format!(
                    "Data type of snapshot table timestamp columns ({of_warehouse}) doesn't match derived column 'updated_at' ({own}). \
                     Please update snapshot config 'updated_at'."
                ),
            ))
        }
        _ => None,
    })
}

/// The error that a method raises.
fn message(method: &str, args: &CallArgs) -> Option<(&'static str, String)> {
    let arg = |position: usize| {
        args.positional
            .get(position)
            .or_else(|| args.keyword.get(position).map(|(_, value)| value))
            .map(text)
            .unwrap_or_default()
    };
    let compilation = |message: String| Some(("compilation-error", message));
    match method {
        "raise_fail_fast_error" => Some(("fail-fast", arg(0))),
        "raise_not_implemented" => Some(("not-implemented", arg(0))),
        "raise_contract_error" => {
            let shown = contract_difference(args);
            Some(("contract-error", shown))
        }
        "missing_config" => {
            let name = args.get(1, "name").map(text).unwrap_or_default();
            Some((
                "missing-config",
                format!("required config `{name}` is not set"),
            ))
        }
        "missing_materialization" => {
            let name = args.get(1, "adapter_type").map(text).unwrap_or_default();
            compilation(format!("no materialization was found for adapter {name}"))
        }
        "missing_relation" => compilation(format!("relation {} not found", arg(0))),
        "relation_wrong_type" => {
            let expected = args.get(1, "expected_type").map(text).unwrap_or_default();
            compilation(format!(
                "trying to create {expected} {}, but it currently exists as something else; drop it, or run with --full-refresh",
                arg(0)
            ))
        }
        "column_type_missing" => {
            let names = args
                .get(0, "column_names")
                .map(crate::value::items)
                .unwrap_or_default();
            let names: Vec<String> = names.iter().map(text).collect();
            Some((
                "contract-error",
                format!(
                    "contracted models require data_type to be defined for each column; missing for {}",
                    names.join(", ")
                ),
            ))
        }
        "raise_compiler_error"
        | "raise_parsing_error"
        | "raise_dbt_error"
        | "invalid_type_error"
        | "raise_invalid_dispatch"
        | "ref_invalid_args"
        | "ref_target_not_found"
        | "ref_bad_context"
        | "source_target_not_found"
        | "doc_invalid_args"
        | "doc_target_not_found"
        | "raise_ambiguous_alias"
        | "raise_ambiguous_catalog_match"
        | "raise_cache_inconsistent"
        | "raise_dataclass_not_dict"
        | "raise_dep_not_found"
        | "raise_dependency_error"
        | "raise_duplicate_alias"
        | "raise_duplicate_macro_name"
        | "raise_duplicate_patch_name"
        | "raise_duplicate_resource_name"
        | "raise_invalid_property_yml_version"
        | "raise_patch_targets_not_found"
        | "missing_sql_where"
        | "approximate_relation_match"
        | "get_relation_returned_multiple_results"
        | "materialization_not_available"
        | "multiple_matching_relations"
        | "system_error"
        | "warn_invalid_patch"
        | "get_not_found_or_disabled_msg" => compilation(arg(0)),
        _ => None,
    }
}

/// What a contract asks for and what a model has, side by side.
fn contract_difference(args: &CallArgs) -> String {
    let columns = |position, name| -> Vec<(String, String)> {
        let value = args.get(position, name).cloned().unwrap_or_default();
        crate::value::items(&value)
            .iter()
            .map(|column| {
                let part = |name: &str| {
                    column
                        .get_item(&Value::from(name))
                        .map(|it| text(&it))
                        .unwrap_or_default()
                };
                (part("name"), part("data_type"))
            })
            .collect()
    };
    let wanted = columns(0, "yaml_columns");
    let actual = columns(1, "sql_columns");
    if wanted.is_empty() {
        return "This model has an enforced contract, and its 'columns' specification is missing"
            .to_owned();
    }
    let mut rows: Vec<[&str; 4]> = Vec::new();
    for (name, data_type) in &actual {
        match wanted.iter().find(|(other, _)| other == name) {
            Some((_, promised)) if promised == data_type => {}
            Some((_, promised)) => rows.push([name, data_type, promised, "data type mismatch"]),
            None => rows.push([name, data_type, "", "missing in contract"]),
        }
    }
    for (name, data_type) in &wanted {
        if !actual.iter().any(|(other, _)| other == name) {
            rows.push([name, "", data_type, "missing in definition"]);
        }
    }
    rows.sort_by_key(|row| row[0]);
    format!(
        "This model has an enforced contract that failed.\nPlease ensure the name, data_type, and number of columns in your contract match \
         the columns in your model's definition.\n\n{}\n",
        difference_table(&rows)
    )
}

/// The differences as the table that people know from dbt.
fn difference_table(rows: &[[&str; 4]]) -> String {
    const HEADER: [&str; 4] = [
        "column_name",
        "definition_type",
        "contract_type",
        "mismatch_reason",
    ];
    let widths: Vec<usize> = HEADER
        .iter()
        .enumerate()
        .map(|(idx, title)| {
            let cells = rows.iter().filter_map(|row| row.get(idx));
            cells
                .map(|cell| cell.chars().count())
                .chain([title.chars().count()])
                .max()
                .unwrap_or_default()
        })
        .collect();
    let line = |cells: [&str; 4], fill: char| {
        let cells = cells.iter().zip(&widths).map(|(cell, width)| {
            let rest = width.saturating_sub(cell.chars().count());
            format!(" {cell}{} |", fill.to_string().repeat(rest))
        });
        format!("|{}", cells.collect::<String>())
    };
    let mut lines = vec![line(HEADER, ' '), line([""; 4], '-')];
    lines.extend(rows.iter().map(|row| line(*row, ' ')));
    lines.join("\n")
}
