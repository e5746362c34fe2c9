//! dbt-duckdb's external sources: a source's table that is a file, or whatever else DuckDB can read by itself.
//!
//! `external_location` and `formatter` stand in the table's or the source's `config` or `meta`. Here it becomes the text that
//! stands in SQL instead of the table's name. Nothing is opened.

use std::sync::Arc;

use base::Diagnostic;
use jinja::{
    Value,
    value::{dict, format_percent, from_json, items, list, repr, text},
};
use project::{files::FileKind, node::Source};
use salsa::Database;
use serde_json::Value as Json;

use crate::{
    input::SourceFile, source_overrides::declared_sources, sources::sources_of,
    target::adapter_type,
};

/// What dbt itself reads of a source's configuration; all the rest is the adapter's.
const OF_DBT: [&str; 8] = [
    "enabled",
    "event_time",
    "freshness",
    "loaded_at_field",
    "loaded_at_query",
    "meta",
    "static_analysis",
    "tags",
];

/// The adapter whose sources may be files.
pub(crate) const ADAPTER: &str = "duckdb";

/// What stands in SQL for an external table; `None` for one that is a table.
pub(crate) fn external_location(source: &Source) -> Option<Result<Arc<str>, String>> {
    let location = setting(source, "external_location")?.as_str()?;
    // The plugin would have made a table of it.
    if plugin(source).is_some() {
        return None;
    }
    let formatter = setting(source, "formatter").and_then(Json::as_str);
    let filled = filled(
        location,
        formatter.unwrap_or("newstyle"),
        &Fields::of(source),
    );
    Some(filled.map(|filled| {
        if filled.contains('(') || filled.starts_with('\'') {
            filled.into()
        } else {
            format!("'{filled}'").into()
        }
    }))
}

fn filled(location: &str, formatter: &str, fields: &Fields) -> Result<String, String> {
    match formatter {
        "newstyle" => braces(location, fields),
        "oldstyle" => format_percent(location, &fields.0).map_err(|error| error.to_string()),
        "template" => dollars(location, fields),
        other => Err(format!(
            "Formatter {other} not recognized. Must be one of 'newstyle', 'oldstyle', or 'template'."
        )),
    }
}

/// The plugin that would load a table: Python code of dbt-duckdb's.
pub fn plugin(source: &Source) -> Option<&str> {
    setting(source, "plugin")?.as_str()
}

/// The configuration goes before `meta`.
fn setting<'a>(source: &'a Source, key: &str) -> Option<&'a Json> {
    let configured = source.config.get(key).filter(|_| !OF_DBT.contains(&key));
    configured
        .or_else(|| source.meta.get(key))
        .filter(|value| !value.is_null())
}

/// Locations that cannot be filled in.
#[salsa::tracked]
pub fn location_errors(db: &dyn Database, file: SourceFile) -> Arc<[Diagnostic]> {
    let of_files = file.kind(db) == Some(FileKind::Properties);
    let is_read = |project| &**adapter_type(db, project) == ADAPTER;
    if !of_files || !file.project(db).is_some_and(is_read) {
        return Arc::default();
    }
    let declared = declared_sources(db, file);
    let tables = declared.iter().flat_map(|it| &it.tables);
    let found = sources_of(db, file).iter().zip(tables);
    found
        .filter_map(|(source, table)| {
            let error = external_location(source)?.err()?;
            let message = format!(
                "`external_location` of source `{}.{}`: {error}",
                source.source_name, source.name
            );
            Some(Diagnostic::error(
                "external-location",
                table.name.range,
                message,
            ))
        })
        .collect()
}

/// What a location may name: the table's own facts, its meta, its configuration, the later over the earlier. A dict.
struct Fields(Value);

impl Fields {
    fn of(source: &Source) -> Self {
        let configured = source.config.explicit().iter();
        let configured = configured.filter(|(key, _)| !OF_DBT.contains(&key.as_str()));
        let tags = source.tags.iter().map(|tag| Value::from(&**tag));
        let own = [
            ("name", Value::from(&*source.name)),
            ("identifier", Value::from(&*source.identifier)),
            ("schema", Value::from(&*source.schema)),
            ("database", Value::from(source.database.as_deref())),
            ("tags", list(tags)),
        ];
        let said = source.meta.iter().chain(configured);
        let own = own.map(|(key, value)| (Value::from(key), value));
        Self(dict(own.into_iter().chain(said.map(|(key, value)| {
            (Value::from(key.as_str()), from_json(value))
        }))))
    }

    fn get(&self, name: &str) -> Result<Value, String> {
        entry(&self.0, &Value::from(name)).ok_or_else(|| {
            let known = items(&self.0);
            let known: Vec<String> = known.iter().map(text).collect();
            format!("nothing is called `{name}`; there are {}", known.join(", "))
        })
    }
}

fn entry(value: &Value, key: &Value) -> Option<Value> {
    value.get_item(key).ok().filter(|it| !it.is_undefined())
}

/// Python's `str.format`: `{name}`, `{key[entry]}`, `{name!r}`; doubled braces stand for themselves.
fn braces(location: &str, fields: &Fields) -> Result<String, String> {
    let mut out = String::with_capacity(location.len());
    let mut rest = location;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = rest.split_at(at);
        out.push_str(before);
        if let Some(after) = brace
            .strip_prefix("{{")
            .or_else(|| brace.strip_prefix("}}"))
        {
            out.extend(brace.chars().next());
            rest = after;
            continue;
        }
        let Some((field, after)) = brace
            .strip_prefix('{')
            .and_then(|field| field.split_once('}'))
        else {
            return Err(format!("a brace in `{location}` stands alone"));
        };
        out.push_str(&field_text(field, fields)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn field_text(field: &str, fields: &Fields) -> Result<String, String> {
    let (field, is_repr) = match field.strip_suffix("!r") {
        Some(field) => (field, true),
        None => (field.strip_suffix("!s").unwrap_or(field), false),
    };
    if field.contains([':', '!']) {
        return Err(format!("the format of `{{{field}}}` is not supported"));
    }
    let (name, entries) = match field.split_once('[') {
        Some((name, entries)) => (name, Some(entries)),
        None => (field, None),
    };
    let mut value = fields.get(name)?;
    if let Some(entries) = entries {
        let entries = entries.strip_suffix(']').unwrap_or(entries);
        for entry in entries.split("][") {
            // Python takes digits alone for a number: `-1` is a name.
            let is_index = entry.bytes().all(|byte| byte.is_ascii_digit());
            let index = entry.parse::<i64>().ok().filter(|_| is_index);
            let key = index.map_or_else(|| Value::from(entry), Value::from);
            value =
                self::entry(&value, &key).ok_or_else(|| format!("`{name}` has no `{entry}`"))?;
        }
    }
    Ok(if is_repr { repr(&value) } else { text(&value) })
}

/// Python's `string.Template`: `$name` and `${name}`; two dollars stand for one.
fn dollars(location: &str, fields: &Fields) -> Result<String, String> {
    let mut out = String::with_capacity(location.len());
    let mut rest = location;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (name, behind) = match after.strip_prefix('{') {
            Some(braced) => braced
                .split_once('}')
                .ok_or_else(|| format!("a brace in `{location}` is not closed"))?,
            None => after.split_at(after.find(|c| !is_of_name(c)).unwrap_or(after.len())),
        };
        if name.is_empty() {
            return Err(format!("a dollar in `{location}` stands alone"));
        }
        out.push_str(&text(&fields.get(name)?));
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(formatter: &str, location: &str, expected: &str) {
        let shape = from_json(&serde_json::json!({"years": [2024, 2025]}));
        let fields = [
            (Value::from("name"), Value::from("orders")),
            (Value::from("shape"), shape),
        ];
        let shown = filled(location, formatter, &Fields(dict(fields)));
        assert_eq!(shown.unwrap_or_else(|error| error), expected);
    }

    #[test]
    fn braces_are_pythons() {
        check("newstyle", "data/{name}.csv", "data/orders.csv");
        check("newstyle", "f({name!r}, {{x}})", "f('orders', {x})");
        check("newstyle", "{shape[years][1]}", "2025");
        check(
            "newstyle",
            "{nope}",
            "nothing is called `nope`; there are name, shape",
        );
        check("newstyle", "{shape[months]}", "`shape` has no `months`");
        check("newstyle", "{shape[years][-1]}", "`shape` has no `-1`");
        check("newstyle", "{name[-1]}{name[0]}", "`name` has no `-1`");
        check("newstyle", "data/{", "a brace in `data/{` stands alone");
        check(
            "newstyle",
            "{name:>8}",
            "the format of `{name:>8}` is not supported",
        );
    }

    #[test]
    fn percents_and_dollars_are_too() {
        check("oldstyle", "%(name)s-100%%", "orders-100%");
        check("template", "${name}_$name.csv$$", "orders_orders.csv$");
        check("template", "a$", "a dollar in `a$` stands alone");
        check("template", "${name", "a brace in `${name` is not closed");
    }

    #[test]
    fn other_formatters_are_refused() {
        check(
            "jinja",
            "x",
            "Formatter jinja not recognized. Must be one of 'newstyle', 'oldstyle', or 'template'.",
        );
    }
}
