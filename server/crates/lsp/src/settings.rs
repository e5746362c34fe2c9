//! The section `dagsmith` of the client's settings.
//!
//! A wrong value never costs the right ones: it is reported and its default holds. The same object comes from
//! `initializationOptions`, `workspace/configuration` and `workspace/didChangeConfiguration`.

use std::path::PathBuf;

use serde_json::{Map, Value};

/// What the user can set. `docs/protocol.md` says what each key means.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settings {
    pub(crate) trusted: bool,
    pub(crate) target: Option<String>,
    pub(crate) profiles_dir: Option<PathBuf>,
    pub(crate) vars: Map<String, Value>,
    pub(crate) log_level: tracing::Level,
    pub(crate) inlay_hints: InlayHintSettings,
    pub(crate) binder: bool,
    /// The folder of another environment's artifacts, absolute or below each project.
    pub(crate) defer_state: Option<PathBuf>,
    pub(crate) favor_state: bool,
}

/// Which hints are shown between the text.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own"
)]
pub(crate) struct InlayHintSettings {
    pub(crate) stars: bool,
    pub(crate) types: bool,
    pub(crate) relations: bool,
    pub(crate) positions: bool,
    pub(crate) rows: bool,
}

impl Default for InlayHintSettings {
    /// The names of relations are long, and mostly what one expects.
    fn default() -> Self {
        Self {
            stars: true,
            types: true,
            relations: false,
            positions: true,
            rows: true,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            trusted: true,
            target: None,
            profiles_dir: None,
            vars: Map::new(),
            log_level: tracing::Level::INFO,
            inlay_hints: InlayHintSettings::default(),
            binder: true,
            defer_state: None,
            favor_state: false,
        }
    }
}

impl Settings {
    /// The settings, and what was wrong with them, for people.
    pub(crate) fn read(section: &Value) -> (Self, Vec<String>) {
        let mut settings = Self::default();
        let mut problems = Vec::new();
        match section {
            Value::Null => {}
            Value::Object(entries) => {
                for (key, value) in entries.iter().filter(|(_, value)| !value.is_null()) {
                    if let Err(problem) = settings.set(key, value) {
                        problems.push(problem);
                    }
                }
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                problems.push("the settings `dagsmith` must be an object".to_owned());
            }
        }
        (settings, problems)
    }

    fn set(&mut self, key: &str, value: &Value) -> Result<(), String> {
        let wrong = |wanted: &str| format!("setting `dagsmith.{key}` must be {wanted}");
        match key {
            "trusted" => self.trusted = value.as_bool().ok_or_else(|| wrong("true or false"))?,
            "binder" => self.binder = value.as_bool().ok_or_else(|| wrong("true or false"))?,
            "target" => {
                let name = value.as_str().ok_or_else(|| wrong("a string"))?;
                self.target = (!name.is_empty()).then(|| name.to_owned());
            }
            "profilesDir" => {
                let dir = value.as_str().ok_or_else(|| wrong("a path"))?;
                self.profiles_dir = (!dir.is_empty()).then(|| PathBuf::from(dir));
            }
            "deferState" => {
                let dir = value.as_str().ok_or_else(|| wrong("a path"))?;
                self.defer_state = (!dir.is_empty()).then(|| PathBuf::from(dir));
            }
            "favorState" => {
                self.favor_state = value.as_bool().ok_or_else(|| wrong("true or false"))?;
            }
            "vars" => {
                let vars = value.as_object().ok_or_else(|| wrong("an object"))?;
                self.vars.clone_from(vars);
            }
            "logLevel" => {
                let level = value.as_str().and_then(|name| name.parse().ok());
                self.log_level =
                    level.ok_or_else(|| wrong("one of error, warn, info, debug, trace"))?;
            }
            "inlayHints" => {
                let hints = value.as_object().ok_or_else(|| wrong("an object"))?;
                self.inlay_hints = InlayHintSettings::read(hints)?;
            }
            _ => return Err(unknown_key(key)),
        }
        Ok(())
    }
}

impl InlayHintSettings {
    fn read(section: &Map<String, Value>) -> Result<Self, String> {
        let mut hints = Self::default();
        for (key, value) in section.iter().filter(|(_, value)| !value.is_null()) {
            let wanted = match key.as_str() {
                "stars" => &mut hints.stars,
                "types" => &mut hints.types,
                "relations" => &mut hints.relations,
                "positions" => &mut hints.positions,
                "rows" => &mut hints.rows,
                _ => {
                    let message = format!("unknown setting `dagsmith.inlayHints.{key}`");
                    return Err(base::or_did_you_mean(
                        message,
                        key,
                        ["stars", "types", "relations", "positions", "rows"],
                    ));
                }
            };
            *wanted = value.as_bool().ok_or_else(|| {
                format!("setting `dagsmith.inlayHints.{key}` must be true or false")
            })?;
        }
        Ok(hints)
    }
}

const KEYS: [&str; 9] = [
    "trusted",
    "target",
    "profilesDir",
    "vars",
    "logLevel",
    "inlayHints",
    "binder",
    "deferState",
    "favorState",
];

fn unknown_key(key: &str) -> String {
    base::or_did_you_mean(format!("unknown setting `dagsmith.{key}`"), key, KEYS)
}

#[cfg(test)]
mod declared;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_every_key() {
        let (settings, problems) = Settings::read(&json!({
            "trusted": false, "target": "prod", "profilesDir": "/etc/dbt", "vars": {"day": 1}, "logLevel": "debug",
            "inlayHints": {"stars": false, "relations": true}, "binder": false, "deferState": "prod", "favorState": true
        }));
        assert!(problems.is_empty());
        assert!(!settings.trusted && !settings.binder);
        assert_eq!(settings.target.as_deref(), Some("prod"));
        assert_eq!(settings.defer_state, Some("prod".into()));
        assert!(settings.favor_state);
        assert_eq!(settings.vars.get("day"), Some(&json!(1)));
        assert_eq!(settings.log_level, tracing::Level::DEBUG);
        let InlayHintSettings {
            stars,
            types,
            relations,
            positions,
            rows,
        } = settings.inlay_hints;
        assert_eq!(
            (stars, types, relations, positions, rows),
            (false, true, true, true, true)
        );
    }

    #[test]
    fn null_and_empty_are_the_defaults() {
        assert_eq!(Settings::read(&json!(null)).0, Settings::default());
        let (settings, problems) =
            Settings::read(&json!({"target": null, "profilesDir": "", "deferState": ""}));
        assert_eq!(settings, Settings::default());
        assert!(problems.is_empty());
    }

    #[test]
    fn a_wrong_value_costs_only_itself() {
        let (settings, problems) =
            Settings::read(&json!({"trusted": "yes", "target": "prod", "targt": 1}));
        assert!(settings.trusted);
        assert_eq!(settings.target.as_deref(), Some("prod"));
        assert_eq!(
            problems,
            [
                "setting `dagsmith.trusted` must be true or false",
                "unknown setting `dagsmith.targt`; did you mean `target`?"
            ]
        );
    }
}
