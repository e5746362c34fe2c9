//! selectors.yml: selections with names.
//!
//! See <https://docs.getdbt.com/reference/node-selection/yaml-selectors>.

use base::{Diagnostic, FileId};
use indexmap::IndexMap;
use serde_json::Value;

use super::{
    Criterion, IndirectSelection, Relatives, Selection, SelectorError, method_and_arguments,
};
use crate::{
    json::JsonMap,
    python_text::python_str,
    reading::{Reader, Render},
    yaml::Yaml,
};

/// The selectors of a file, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SelectorDefinitions {
    /// By name.
    pub selections: IndexMap<String, Selection>,
    /// `default: true`: used when nothing is selected.
    pub default: Option<String>,
}

/// The content of selectors.yml, Jinja rendered, and what of it cannot be.
pub fn selectors_content(file: &Yaml, render: Render<'_>) -> (Value, Vec<Diagnostic>) {
    let mut values = Reader::new(FileId(0), render);
    (values.json(file.root()), values.diagnostics)
}

/// From the file's content, Jinja rendered.
pub fn selector_definitions(file: &Value) -> Result<SelectorDefinitions, SelectorError> {
    let mut definitions = SelectorDefinitions::default();
    let Some(selectors) = file.get("selectors").and_then(Value::as_array) else {
        return Err(SelectorError::new(
            "selectors.yml needs a list `selectors:`",
        ));
    };
    for selector in selectors {
        let Some(name) = selector.get("name").and_then(Value::as_str) else {
            return Err(SelectorError::new("a selector needs a `name`"));
        };
        let Some(definition) = selector.get("definition") else {
            return Err(SelectorError::new(format!(
                "selector `{name}` needs a `definition`"
            )));
        };
        let selection = definition_of(definition, &definitions)
            .map_err(|error| SelectorError::new(format!("selector `{name}`: {error}")))?;
        if definitions
            .selections
            .insert(name.to_owned(), selection)
            .is_some()
        {
            return Err(SelectorError::new(format!(
                "selector `{name}` is defined twice"
            )));
        }
        if selector.get("default").and_then(Value::as_bool) == Some(true)
            && let Some(other) = definitions.default.replace(name.to_owned())
        {
            return Err(SelectorError::new(format!(
                "both `{other}` and `{name}` are the default selector"
            )));
        }
    }
    Ok(definitions)
}

fn definition_of(
    definition: &Value,
    known: &SelectorDefinitions,
) -> Result<Selection, SelectorError> {
    match definition {
        Value::String(text) => Criterion::parse(text).map(Selection::Criterion),
        Value::Object(map) => {
            if let Some(parts) = map.get("union") {
                combined(parts, known, Selection::Union)
            } else if let Some(parts) = map.get("intersection") {
                combined(parts, known, Selection::Intersection)
            } else if map.contains_key("method") {
                criterion(map, known)
            } else if let (1, Some((method, value))) = (map.len(), map.iter().next()) {
                let (method, arguments) = method_and_arguments(method)?;
                let value = python_str(value);
                Ok(Selection::Criterion(Criterion {
                    method,
                    arguments,
                    ..Criterion::of(&value)
                }))
            } else {
                Err(SelectorError::new(
                    "expected `method` and `value`, `union` or `intersection`",
                ))
            }
        }
        _ => Err(SelectorError::new("a definition is a text or a mapping")),
    }
}

/// The parts of a union or intersection; one of them may be `exclude:`.
fn combined(
    parts: &Value,
    known: &SelectorDefinitions,
    combine: fn(Vec<Selection>) -> Selection,
) -> Result<Selection, SelectorError> {
    let parts = parts
        .as_array()
        .ok_or_else(|| SelectorError::new("expected a list"))?;
    let mut included = Vec::new();
    let mut excluded = None;
    for part in parts {
        match part.get("exclude") {
            Some(_) if excluded.is_some() => {
                return Err(SelectorError::new("only one `exclude` may stand in a list"));
            }
            Some(exclude) if part.get("method").is_none() => {
                excluded = Some(exclusion(exclude, known)?);
            }
            _ => included.push(definition_of(part, known)?),
        }
    }
    let selection = combine(included);
    Ok(match excluded {
        Some(excluded) => selection.without(excluded),
        None => selection,
    })
}

fn exclusion(parts: &Value, known: &SelectorDefinitions) -> Result<Selection, SelectorError> {
    let parts = parts
        .as_array()
        .ok_or_else(|| SelectorError::new("`exclude` needs a list"))?;
    Ok(Selection::Union(
        parts
            .iter()
            .map(|part| definition_of(part, known))
            .collect::<Result<_, _>>()?,
    ))
}

fn criterion(map: &JsonMap, known: &SelectorDefinitions) -> Result<Selection, SelectorError> {
    let text = |key: &str| map.get(key).map(python_str);
    let value = text("value").ok_or_else(|| SelectorError::new("`method` needs a `value`"))?;
    let method = text("method").unwrap_or_default();
    let selection = if method == "selector" {
        let named = known.selections.get(&value);
        named.cloned().ok_or_else(|| {
            let message = format!("selector `{value}` is not defined before it is used");
            SelectorError::new(base::or_did_you_mean(
                message,
                &value,
                known.selections.keys().map(String::as_str),
            ))
        })?
    } else {
        let (method, arguments) = method_and_arguments(&method)?;
        let is_on = |key: &str| map.get(key).and_then(Value::as_bool).unwrap_or(false);
        let indirect = match text("indirect_selection") {
            None => None,
            Some(name) => Some(IndirectSelection::from_name(&name).ok_or_else(|| {
                SelectorError::new(format!("`{name}` is not a mode of indirect selection"))
            })?),
        };
        Selection::Criterion(Criterion {
            method,
            arguments,
            childrens_parents: is_on("childrens_parents"),
            parents: relatives(map, "parents"),
            children: relatives(map, "children"),
            indirect,
            ..Criterion::of(&value)
        })
    };
    Ok(match map.get("exclude") {
        Some(exclude) => selection.without(exclusion(exclude, known)?),
        None => selection,
    })
}

fn relatives(map: &JsonMap, key: &str) -> Relatives {
    if map.get(key).and_then(Value::as_bool) != Some(true) {
        return Relatives::None;
    }
    match map.get(&format!("{key}_depth")).and_then(Value::as_u64) {
        Some(depth) => Relatives::UpTo(u32::try_from(depth).unwrap_or(u32::MAX)),
        None => Relatives::All,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::Selection, selector_definitions};

    #[test]
    fn definitions_may_build_on_earlier_ones() {
        let file = json!({"selectors": [
            {"name": "nightly", "default": true, "definition": {"union": ["tag:nightly", {"method": "path", "value": "models/marts", "parents": true}, {"exclude": ["orders"]}]}},
            {"name": "both", "definition": {"method": "selector", "value": "nightly", "exclude": [{"tag": "slow"}]}},
        ]});
        let definitions = selector_definitions(&file).unwrap();
        assert_eq!(definitions.default.as_deref(), Some("nightly"));
        assert!(matches!(
            definitions.selections.get("both"),
            Some(Selection::Difference(..))
        ));
    }

    #[test]
    fn an_unknown_selector_is_an_error_with_a_suggestion() {
        let file = json!({"selectors": [
            {"name": "nightly", "definition": "tag:nightly"},
            {"name": "both", "definition": {"method": "selector", "value": "nighty"}},
        ]});
        let message = selector_definitions(&file).unwrap_err().message;
        assert_eq!(
            message,
            "selector `both`: selector `nighty` is not defined before it is used; did you mean `nightly`?"
        );
    }
}
