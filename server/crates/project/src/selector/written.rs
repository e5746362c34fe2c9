//! `selectors` of the manifest: the definitions of selectors.yml with their short forms spelled out.

use serde_json::{Value, json};

use super::Criterion;
use crate::{json::JsonMap, selector::Relatives};

/// By name, in the order of the file. What cannot be read stays as it is written: running it is the error.
#[must_use]
pub fn written_selectors(file: &Value) -> JsonMap {
    let mut written = JsonMap::new();
    let selectors = file.get("selectors").and_then(Value::as_array);
    for selector in selectors.into_iter().flatten() {
        let (Some(name), Value::Object(map)) = (selector["name"].as_str(), selector) else {
            continue;
        };
        let mut map = map.clone();
        if let Some(definition) = map.get_mut("definition") {
            *definition = spelled_out(definition, &written);
        }
        written.insert(name.to_owned(), Value::Object(map));
    }
    written
}

fn spelled_out(definition: &Value, known: &JsonMap) -> Value {
    match definition {
        Value::String(text) => criterion(text),
        Value::Object(map) => {
            for kind in ["union", "intersection"] {
                if let Some(parts) = map.get(kind) {
                    return json!({ kind: all_spelled_out(parts, known) });
                }
            }
            let Some((key, value)) = map.iter().next() else {
                return definition.clone();
            };
            let value = match value {
                Value::Array(_) => all_spelled_out(value, known),
                other => other.clone(),
            };
            if key == "exclude" {
                return json!({ key: value });
            }
            if map.len() == 1 {
                return json!({ "method": key, "value": value });
            }
            let named = map.get("value").and_then(Value::as_str);
            match named.filter(|_| key == "method" && value == "selector") {
                Some(name) => known
                    .get(name)
                    .and_then(|it| it.get("definition"))
                    .unwrap_or(definition)
                    .clone(),
                None => definition.clone(),
            }
        }
        other => other.clone(),
    }
}

fn all_spelled_out(parts: &Value, known: &JsonMap) -> Value {
    let parts = parts.as_array().into_iter().flatten();
    parts.map(|part| spelled_out(part, known)).collect()
}

/// `2+tag:nightly` as a mapping; depths stay texts there.
fn criterion(text: &str) -> Value {
    let Ok(criterion) = Criterion::parse(text) else {
        return json!({ "error": "Invalid selector spec" });
    };
    let mut map = JsonMap::new();
    if criterion.childrens_parents {
        map.insert("childrens_parents".to_owned(), true.into());
    }
    let mut relatives = |name: &str, relatives: Relatives| {
        let depth = match relatives {
            Relatives::None => return,
            Relatives::All => None,
            Relatives::UpTo(depth) => Some(depth.to_string()),
        };
        map.insert(name.to_owned(), true.into());
        if let Some(depth) = depth {
            map.insert(format!("{name}_depth"), depth.into());
        }
    };
    relatives("parents", criterion.parents);
    relatives("children", criterion.children);
    let mut method = criterion.method.name().to_owned();
    for argument in &criterion.arguments {
        method.push('.');
        method.push_str(argument);
    }
    map.insert("method".to_owned(), method.into());
    map.insert("value".to_owned(), criterion.value.into());
    Value::Object(map)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::written_selectors;

    fn check(definition: &Value, expected: &Value) {
        let file = json!({ "selectors": [{ "name": "earlier", "definition": "tag:x" }, { "name": "own", "definition": definition }] });
        let written = written_selectors(&file);
        assert_eq!(&written["own"]["definition"], expected);
    }

    #[test]
    fn short_forms_are_spelled_out() {
        check(
            &json!("2+config.meta.owner:ann+"),
            &json!({"parents": true, "parents_depth": "2", "children": true, "method": "config.meta.owner", "value": "ann"}),
        );
        check(
            &json!({"tag": "x"}),
            &json!({"method": "tag", "value": "x"}),
        );
        check(
            &json!({"union": ["a", {"exclude": ["@b"]}]}),
            &json!({"union": [
                {"method": "fqn", "value": "a"},
                {"exclude": [{"childrens_parents": true, "method": "fqn", "value": "b"}]},
            ]}),
        );
    }

    #[test]
    fn a_selector_that_is_named_stands_there_itself() {
        check(
            &json!({"method": "selector", "value": "earlier"}),
            &json!({"method": "tag", "value": "x"}),
        );
    }
}
