//! `adapter.*`: the methods of the context's `adapter` that every warehouse has.
//!
//! What can be said in SQL is said by macros (`list_relations_without_caching`, `create_schema`, ...); this is what
//! dbt does around them: the relation cache, transactions, comparisons.

use jinja::{
    CallArgs, Column, HostError, Relation, RenderHost as _, Table, Value,
    value::{ValueKind, dict, items, list, text},
};

use super::{
    columns,
    constraints::{column_constraints, model_constraints},
    globals,
    host::{LiveHost, host_error},
    incremental,
    schemas::{self, named},
};
use crate::{
    event::{Event, MessageLevel},
    warehouse::Fetch,
};

/// Calls a method.
pub(super) fn call(host: &LiveHost, method: &str, args: &CallArgs) -> Result<Value, HostError> {
    if let Some(answer) = relations(host, method, args).transpose()? {
        return Ok(answer);
    }
    if let Some(answer) = host.session.adapter.call(host, method, args).transpose()? {
        return Ok(answer);
    }
    other(host, method, args)
}

type Answer = Option<Result<Value, HostError>>;

/// Methods about relations and schemas.
fn relations(host: &LiveHost, method: &str, args: &CallArgs) -> Answer {
    Some(match method {
        "get_relation" => get_relation(host, args),
        "load_relation" => relation(args, 0, "relation").and_then(|it| find(host, &it)),
        "list_relations" => {
            let schema = schema_of(args);
            schemas::list_relations(host, &schema)
                .map(|found| list(found.into_iter().map(Relation::into_value)))
        }
        "list_relations_without_caching" => relation(args, 0, "schema_relation")
            .and_then(|schema| schemas::list_relations_without_caching(host, &schema))
            .map(|found| list(found.into_iter().map(Relation::into_value))),
        "list_schemas" => schemas::list_schemas(host, args.optional_text(0, "database").as_deref())
            .map(|names| list(names.into_iter().map(Value::from))),
        "check_schema_exists" => check_schema_exists(host, args),
        "already_exists" => already_exists(host, args),
        "create_schema" => relation(args, 0, "relation")
            .and_then(|it| schemas::create_schema(host, &it))
            .map(|()| Value::from("")),
        "drop_schema" => relation(args, 0, "relation").and_then(|it| drop_schema(host, &it)),
        "drop_relation" => relation(args, 0, "relation").and_then(|it| drop_relation(host, it)),
        "rename_relation" => rename_relation(host, args),
        "truncate_relation" => relation(args, 0, "relation")
            .and_then(|it| called(host, "truncate_relation", [("relation", it.into_value())])),
        "cache_added" => relation(args, 0, "relation").map(|it| cached(host, it)),
        "cache_dropped" => relation(args, 0, "relation").map(|it| {
            host.session.cache.remove(&it);
            Value::from("")
        }),
        "cache_renamed" => both(args, "from_relation", "to_relation").map(|(from, to)| {
            host.session.cache.rename(&from, &to);
            Value::from("")
        }),
        "get_columns_in_relation" => relation(args, 0, "relation")
            .and_then(|it| columns_of(host, &it))
            .map(column_list),
        "get_missing_columns" => missing_columns(host, args),
        "expand_target_column_types" => expand_columns(host, args),
        _ => return None,
    })
}

/// The rest.
fn other(host: &LiveHost, method: &str, args: &CallArgs) -> Result<Value, HostError> {
    match method {
        "type" => Ok(Value::from(host.session.warehouse.adapter_type())),
        "quote" => Ok(Value::from(
            Relation::default().quoted(&args.text(0, "identifier")?),
        )),
        "quote_as_configured" => {
            let part = args.optional_text(1, "quote_key").unwrap_or_default();
            let policy = host.session.project.quoting();
            let is_quoted = match part.as_str() {
                "database" => policy.database,
                "schema" => policy.schema,
                _ => policy.identifier,
            };
            let identifier = args.text(0, "identifier")?;
            Ok(Value::from(if is_quoted {
                Relation::default().quoted(&identifier)
            } else {
                identifier
            }))
        }
        "quote_seed_column" => {
            let column = args.text(0, "column")?;
            let is_quoted = args
                .get(1, "quote_config")
                .is_none_or(|config| config.is_none() || config.is_undefined() || config.is_true());
            Ok(Value::from(if is_quoted {
                Relation::default().quoted(&column)
            } else {
                column
            }))
        }
        "commit" => host
            .connection()
            .commit()
            .map(|()| Value::from(""))
            .map_err(|error| host_error(&error)),
        "add_query" => add_query(host, args),
        "standardize_grants_dict" => Ok(grants(args)),
        "render_raw_columns_constraints" => Ok(column_constraints(
            args,
            host.session.adapter.foreign_name(),
        )),
        "render_raw_model_constraints" => {
            Ok(model_constraints(args, host.session.adapter.foreign_name()))
        }
        "get_hard_deletes_behavior" => hard_deletes(host, args),
        "warn_once" => {
            let message = args.text(0, "msg")?;
            if host.session.warns_first(&message) {
                host.session.reporter.report(&Event::Message {
                    level: MessageLevel::Warn,
                    text: &message,
                    event: "AdapterEventWarning",
                    node: host.node().map(|node| &node.unique_id),
                });
            }
            Ok(Value::from(""))
        }
        "valid_incremental_strategies" => Ok(list(incremental::STRATEGIES.map(Value::from))),
        "get_incremental_strategy_macro" => incremental::strategy_macro(host, args),
        "parse_index" => incremental::parse_index(host, args),
        "convert_type" => Ok(Value::from(columns::converted_type(args))),
        "get_binding_char" => Ok(Value::from(host.session.warehouse.binding_char())),
        "assert_valid_snapshot_target_given_strategy" | "cache_new_relation" => Ok(Value::from("")),
        _ => Err(HostError::compilation(
            "unknown-adapter-method",
            format!(
                "`adapter` has no method `{method}` on {}",
                host.session.warehouse.adapter_type()
            ),
        )),
    }
}

/// The relation that an argument has to be.
pub(super) fn relation(
    args: &CallArgs,
    position: usize,
    name: &str,
) -> Result<Relation, HostError> {
    let value = args.get(position, name);
    value
        .and_then(Relation::from_value)
        .cloned()
        .ok_or_else(|| {
            let got = value.map_or_else(|| "nothing".to_owned(), globals::shown);
            HostError::compilation(
                "macro-arguments",
                format!("expected a relation for `{name}`, got {got}"),
            )
        })
}

fn both(args: &CallArgs, first: &str, second: &str) -> Result<(Relation, Relation), HostError> {
    Ok((relation(args, 0, first)?, relation(args, 1, second)?))
}

fn called<const N: usize>(
    host: &LiveHost,
    name: &str,
    args: [(&str, Value); N],
) -> Result<Value, HostError> {
    host.call_macro(name, named(args)).map(|_| Value::from(""))
}

fn schema_of(args: &CallArgs) -> Relation {
    Relation::new(
        args.optional_text(0, "database").as_deref(),
        args.optional_text(1, "schema").as_deref(),
        None,
    )
    .without_identifier()
}

/// `adapter.get_relation(database, schema, identifier)`
fn get_relation(host: &LiveHost, args: &CallArgs) -> Result<Value, HostError> {
    let wanted = Relation::new(
        args.optional_text(0, "database").as_deref(),
        args.optional_text(1, "schema").as_deref(),
        args.optional_text(2, "identifier").as_deref(),
    );
    find(host, &wanted)
}

fn find(host: &LiveHost, wanted: &Relation) -> Result<Value, HostError> {
    let found = schemas::find_relation(host, wanted)?;
    Ok(found.map_or_else(|| Value::from(()), Relation::into_value))
}

fn already_exists(host: &LiveHost, args: &CallArgs) -> Result<Value, HostError> {
    let database = host.session.project.default_database();
    let wanted = Relation::new(
        database.as_deref(),
        args.optional_text(0, "schema").as_deref(),
        args.optional_text(1, "name").as_deref(),
    );
    Ok(Value::from(!find(host, &wanted)?.is_none()))
}

fn check_schema_exists(host: &LiveHost, args: &CallArgs) -> Result<Value, HostError> {
    let database = args.optional_text(0, "database");
    let schema = args.text(1, "schema")?;
    let names = schemas::list_schemas(host, database.as_deref())?;
    Ok(Value::from(
        names.iter().any(|name| name.eq_ignore_ascii_case(&schema)),
    ))
}

fn drop_schema(host: &LiveHost, relation: &Relation) -> Result<Value, HostError> {
    let schema = relation.without_identifier();
    called(
        host,
        "drop_schema",
        [("relation", schema.clone().into_value())],
    )?;
    host.connection()
        .commit()
        .map_err(|error| host_error(&error))?;
    host.session.cache.remove_schema(&schemas::key(&schema));
    Ok(Value::from(""))
}

fn drop_relation(host: &LiveHost, relation: Relation) -> Result<Value, HostError> {
    if relation.kind.is_none() {
        return Err(HostError::compilation(
            "macro-arguments",
            format!(
                "tried to drop relation {}, but its type is null",
                relation.name()
            ),
        ));
    }
    host.session.cache.remove(&relation);
    called(host, "drop_relation", [("relation", relation.into_value())])
}

fn rename_relation(host: &LiveHost, args: &CallArgs) -> Result<Value, HostError> {
    let (from, to) = both(args, "from_relation", "to_relation")?;
    host.session.cache.rename(&from, &to);
    called(
        host,
        "rename_relation",
        [
            ("from_relation", from.into_value()),
            ("to_relation", to.into_value()),
        ],
    )
}

/// A relation that a materialization has made.
pub(super) fn cached(host: &LiveHost, relation: Relation) -> Value {
    host.session.cache.add(relation);
    Value::from("")
}

/// The columns of a relation; none where it is not there.
fn columns_of(host: &LiveHost, relation: &Relation) -> Result<Vec<Column>, HostError> {
    match host.call_macro(
        "get_columns_in_relation",
        named([("relation", relation.clone().into_value())]),
    ) {
        Ok(found) => Ok(items(&found)
            .iter()
            .filter_map(Column::from_value)
            .cloned()
            .map(|column| Column {
                keeps_unsized_text: host.session.adapter.keeps_unsized_text(),
                ..column
            })
            .collect()),
        Err(error) if error.message.to_lowercase().contains("does not exist") => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

pub(super) fn column_list(columns: Vec<Column>) -> Value {
    list(columns.into_iter().map(Column::into_value))
}

/// Widens text columns that are too narrow for what comes in.
fn expand_columns(host: &LiveHost, args: &CallArgs) -> Result<Value, HostError> {
    let (from, to) = both(args, "from_relation", "to_relation")?;
    let there = columns_of(host, &to)?;
    for column in columns_of(host, &from)? {
        let narrow = there.iter().find(|it| it.name == column.name);
        if let Some(new_type) = narrow.and_then(|narrow| narrow.expanded_to(&column)) {
            let arguments = named([
                ("relation", to.clone().into_value()),
                ("column_name", Value::from(column.name.as_str())),
                ("new_column_type", Value::from(new_type)),
            ]);
            host.call_macro("alter_column_type", arguments)?;
        }
    }
    Ok(Value::from(""))
}

/// The columns that one relation has and another lacks.
fn missing_columns(host: &LiveHost, args: &CallArgs) -> Result<Value, HostError> {
    let (from, to) = both(args, "from_relation", "to_relation")?;
    let there = columns_of(host, &to)?;
    let mut missing = columns_of(host, &from)?;
    missing.retain(|column| {
        !there
            .iter()
            .any(|other| other.name.eq_ignore_ascii_case(&column.name))
    });
    Ok(column_list(missing))
}

/// `adapter.add_query(sql, auto_begin=true, bindings=none)`
fn add_query(host: &LiveHost, args: &CallArgs) -> Result<Value, HostError> {
    let sql = args.text(0, "sql")?;
    let auto_begin = args.is_true_or(1, "auto_begin", true);
    let bindings: Vec<_> = args
        .get(2, "bindings")
        .map(items)
        .unwrap_or_default()
        .iter()
        .map(columns::binding)
        .collect();
    host.connection()
        .execute(&sql, &bindings, Fetch::Nothing, auto_begin)
        .map_err(|error| host_error(&error))?;
    Ok(Value::from(()))
}

/// Rows of grantee and privilege as `{privilege: [grantee]}`.
fn grants(args: &CallArgs) -> Value {
    let mut by_privilege: Vec<(String, Vec<Value>)> = Vec::new();
    let table = args.get(0, "grants_table").and_then(Table::from_value);
    let place = |name: &str| {
        table.and_then(|table| {
            table
                .columns()
                .iter()
                .position(|column| column.name == name)
        })
    };
    if let (Some(table), Some(grantee), Some(privilege)) =
        (table, place("grantee"), place("privilege_type"))
    {
        for row in table.rows() {
            let (Some(grantee), Some(privilege)) = (row.get(grantee), row.get(privilege).map(text))
            else {
                continue;
            };
            match by_privilege
                .iter_mut()
                .find(|(known, _)| *known == privilege)
            {
                Some((_, grantees)) => grantees.push(grantee.clone()),
                None => by_privilege.push((privilege, vec![grantee.clone()])),
            }
        }
    }
    dict(
        by_privilege
            .into_iter()
            .map(|(privilege, grantees)| (privilege, list(grantees))),
    )
}

/// `ignore`, `invalidate` or `new_record`, where `invalidate_hard_deletes` is the older way to say the second.
///
/// What macros hand over is the `config` of their node, or a mapping of their own.
fn hard_deletes(host: &LiveHost, args: &CallArgs) -> Result<Value, HostError> {
    let own = args
        .get(0, "config")
        .filter(|it| it.kind() == ValueKind::Map);
    let get = |name: &str| {
        let said = match own {
            Some(config) => config.get_attr(name).ok(),
            None => host.config_get(name),
        };
        said.filter(|it| !it.is_undefined() && !it.is_none())
    };
    match (
        get("invalidate_hard_deletes").filter(Value::is_true),
        get("hard_deletes"),
    ) {
        (Some(_), Some(_)) => Err(HostError::compilation(
            "invalid-config",
            "You cannot set both the invalidate_hard_deletes and hard_deletes config properties on the same snapshot.",
        )),
        (Some(_), None) => Ok(Value::from("invalidate")),
        (None, Some(said))
            if ["ignore", "invalidate", "new_record"].contains(&text(&said).as_str()) =>
        {
            Ok(said)
        }
        (None, Some(_)) => Err(HostError::compilation(
            "invalid-config",
            "Invalid setting for property hard_deletes.",
        )),
        (None, None) => Ok(Value::from("ignore")),
    }
}
