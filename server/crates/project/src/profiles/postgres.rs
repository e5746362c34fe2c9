//! What a target of type `postgres` must say, in the words in which dbt refuses it.

use serde_json::Value;

use crate::json::JsonMap;

/// A field, under the name that the rest of the program knows it by.
struct Field {
    name: &'static str,
    kind: Kind,
    is_required: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Integer,
    Boolean,
}

const fn required(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        is_required: true,
    }
}

const fn optional(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        is_required: false,
    }
}

/// In the order in which dbt misses them.
const FIELDS: [Field; 18] = [
    required("database", Kind::Text),
    required("schema", Kind::Text),
    required("host", Kind::Text),
    required("user", Kind::Text),
    required("port", Kind::Integer),
    required("password", Kind::Text),
    optional("connect_timeout", Kind::Integer),
    optional("role", Kind::Text),
    optional("search_path", Kind::Text),
    optional("keepalives_idle", Kind::Integer),
    optional("sslmode", Kind::Text),
    optional("sslcert", Kind::Text),
    optional("sslkey", Kind::Text),
    optional("sslrootcert", Kind::Text),
    optional("application_name", Kind::Text),
    optional("autocommit", Kind::Boolean),
    optional("retries", Kind::Integer),
    optional("threads", Kind::Integer),
];

/// The first thing wrong with the credentials, and the field.
pub(super) fn problem(credentials: &JsonMap) -> Option<(&'static str, String)> {
    let missing = FIELDS
        .iter()
        .filter(|field| field.is_required)
        .find(|field| !credentials.contains_key(field.name));
    if let Some(field) = missing {
        return Some((
            field.name,
            format!("'{}' is a required property", field.name),
        ));
    }
    FIELDS.iter().find_map(|field| {
        let value = credentials.get(field.name)?;
        Some((field.name, mismatch(field, value)?))
    })
}

fn mismatch(field: &Field, value: &Value) -> Option<String> {
    let (fits, expected) = match field.kind {
        Kind::Text => (value.is_string(), "string"),
        Kind::Integer => (value.is_i64() || value.is_u64(), "integer"),
        Kind::Boolean => (value.is_boolean(), "boolean"),
    };
    if fits || (value.is_null() && !field.is_required) {
        let is_port = field.name == "port" && value.as_u64().is_none_or(|it| it > 65_535);
        return is_port.then(|| format!("{value} is not a port number; it is at most 65535"));
    }
    // A password must not be shown.
    let shown = match value {
        _ if field.name == "password" => "the value of 'password'".to_owned(),
        Value::String(text) => format!("'{text}'"),
        Value::Null => "None".to_owned(),
        other => other.to_string(),
    };
    let hint = match (field.kind, value) {
        (Kind::Integer, Value::String(_)) => {
            "; a variable of the environment is text, `| as_number` makes a number of it"
        }
        (Kind::Text, Value::Number(_)) => "; put it in quotes",
        _ => "",
    };
    Some(format!("{shown} is not of type '{expected}'{hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(changes: &Value, expected: Option<&str>) {
        let mut credentials = json!({
            "host": "localhost", "port": 5432, "user": "me", "password": "it", "database": "db", "schema": "main",
        });
        for (key, value) in changes.as_object().unwrap() {
            let fields = credentials.as_object_mut().unwrap();
            if value == "(absent)" {
                fields.shift_remove(key);
            } else {
                fields.insert(key.clone(), value.clone());
            }
        }
        let found = problem(credentials.as_object().unwrap()).map(|it| it.1);
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn what_is_missing_or_of_another_type_is_refused_in_dbts_words() {
        check(&json!({}), None);
        check(&json!({"role": null, "sslmode": "require"}), None);
        check(
            &json!({"host": "(absent)"}),
            Some("'host' is a required property"),
        );
        check(
            &json!({"port": "5432"}),
            Some(
                "'5432' is not of type 'integer'; a variable of the environment is text, `| as_number` makes a number of it",
            ),
        );
        check(
            &json!({"port": 70000}),
            Some("70000 is not a port number; it is at most 65535"),
        );
        check(
            &json!({"password": 1234}),
            Some("the value of 'password' is not of type 'string'; put it in quotes"),
        );
        check(
            &json!({"search_path": ["a"]}),
            Some(r#"["a"] is not of type 'string'"#),
        );
    }
}
