//! `--warn-error` and `--warn-error-options`: which warnings are errors, and which are not told.
//!
//! Warnings have the names of dbt's events. A name that is said wins over `Deprecations`, and that over `all`; among names
//! `silence` wins over `warn`, and that over `error`.

use project::json::JsonMap;
use serde_json::{Value, json};

/// All deprecations at once.
const DEPRECATIONS: &str = "Deprecations";

/// dbt's events that warn; of another nothing can be said.
const EVENTS: [&str; 77] = [
    "AdapterDeprecationWarning",
    "AdapterEventWarning",
    "ArgumentsPropertyInGenericTestDeprecation",
    "BehaviorChangeEvent",
    "CatalogGenerationError",
    "CollectFreshnessReturnSignature",
    "ConfigDataPathDeprecation",
    "ConfigLogPathDeprecation",
    "ConfigSourcePathDeprecation",
    "ConfigTargetPathDeprecation",
    "ConstraintNotEnforced",
    "ConstraintNotSupported",
    "CustomKeyInConfigDeprecation",
    "CustomKeyInObjectDeprecation",
    "CustomOutputPathInSourceFreshnessDeprecation",
    "CustomTopLevelKeyDeprecation",
    "DeprecatedModel",
    "DeprecatedReference",
    "DeprecationsSummary",
    "DepsScrubbedPackageName",
    "DepsUnpinned",
    "DuplicateNameDistinctNodeTypesDeprecation",
    "DuplicateYAMLKeysDeprecation",
    "EnvironmentVariableNamespaceDeprecation",
    "EnvironmentVariableRenamed",
    "ExposureNameDeprecation",
    "FreshnessConfigProblem",
    "GenericJSONSchemaValidationDeprecation",
    "GetMetaKeyWarning",
    "InternalDeprecation",
    "InvalidConcurrentBatchesConfig",
    "InvalidMacroAnnotation",
    "InvalidValueForField",
    "JinjaLogWarning",
    "LogTestResult",
    "MFCumulativeTypeParamsDeprecation",
    "MFTimespineWithoutYamlConfigurationDeprecation",
    "MacroNotFoundForPatch",
    "MetricAttributesRenamed",
    "MicrobatchMacroOutsideOfBatchesDeprecation",
    "MicrobatchModelNoEventTimeInputs",
    "MissingArgumentsPropertyInGenericTestDeprecation",
    "MissingPlusPrefixDeprecation",
    "ModelParamUsageDeprecation",
    "ModulesItertoolsUsageDeprecation",
    "NoNodeForYamlKey",
    "NoNodesForSelectionCriteria",
    "NoNodesSelected",
    "NodeNotFoundOrDisabled",
    "NothingToDo",
    "PackageInstallPathDeprecation",
    "PackageMaterializationOverrideDeprecation",
    "PackageNodeDependsOnRootProjectNode",
    "PackageRedirectDeprecation",
    "ProjectFlagsMovedDeprecation",
    "PropertyMovedToConfigDeprecation",
    "ResourceNamesWithSpacesDeprecation",
    "RunResultWarning",
    "RunResultWarningMessage",
    "SeedExceedsLimitAndPathChanged",
    "SeedExceedsLimitChecksumChanged",
    "SeedExceedsLimitSamePath",
    "SeedIncreased",
    "SemanticValidationFailure",
    "SnapshotTimestampWarning",
    "SourceFreshnessProjectHooksNotRun",
    "SourceOverrideDeprecation",
    "SpacesInResourceNameDeprecation",
    "TestsConfigDeprecation",
    "UnexpectedJinjaBlockDeprecation",
    "UnsupportedConstraintMaterialization",
    "UnusedResourceConfigPath",
    "UnusedTables",
    "UnversionedBreakingChange",
    "UpcomingReferenceDeprecation",
    "ValidationWarning",
    "WEOIncludeExcludeDeprecation",
];

/// What is done with a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handling {
    /// Nothing goes on.
    Error,
    /// It is told.
    Warn,
    /// It is not.
    Silence,
}

/// Which warnings are errors.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WarnErrorOptions {
    is_error_by_default: bool,
    error: Vec<String>,
    warn: Vec<String>,
    silence: Vec<String>,
    /// The options were written with the names that they had before.
    pub has_old_names: bool,
}

impl WarnErrorOptions {
    /// `--warn-error`
    #[must_use]
    pub fn all() -> Self {
        Self {
            is_error_by_default: true,
            ..Self::default()
        }
    }

    /// From the mapping of `--warn-error-options`; what is wrong with it, in dbt's words.
    pub fn read(map: &JsonMap) -> Result<Self, String> {
        let (error, was_include) = either(map, "error", "include")?;
        let (warn, was_exclude) = either(map, "warn", "exclude")?;
        let is_error_by_default = matches!(error.and_then(Value::as_str), Some("all" | "*"));
        if !is_error_by_default && error.is_some_and(Value::is_string) {
            return Err("error must be one of ('all', '*') or a list of strings".to_owned());
        }
        let options = Self {
            is_error_by_default,
            error: names(error.filter(|_| !is_error_by_default))?,
            warn: names(warn)?,
            silence: names(map.get("silence"))?,
            has_old_names: was_include || was_exclude,
        };
        let is_deprecations = |names: &Vec<String>| names.iter().any(|name| name == DEPRECATIONS);
        let is_exempting = is_error_by_default
            || is_deprecations(&options.error)
            || is_deprecations(&options.silence);
        if !options.warn.is_empty() && !is_exempting {
            return Err(
                "`warn` can only be specified if `error` is one of ('all', '*') or Deprecations is in `error` or silence."
                    .to_owned(),
            );
        }
        Ok(options)
    }

    /// What is done with a warning of this name.
    pub fn handling(&self, event: &str) -> Handling {
        let is_deprecation = is_deprecation(event);
        let has = |names: &[String], wanted: &str| names.iter().any(|name| name == wanted);
        let by_name = |wanted: &str| {
            if has(&self.silence, wanted) {
                Some(Handling::Silence)
            } else if has(&self.warn, wanted) {
                Some(Handling::Warn)
            } else if has(&self.error, wanted) {
                Some(Handling::Error)
            } else {
                None
            }
        };
        let as_deprecation = || is_deprecation.then(|| by_name(DEPRECATIONS)).flatten();
        let default = if self.is_error_by_default {
            Handling::Error
        } else {
            Handling::Warn
        };
        by_name(event).or_else(as_deprecation).unwrap_or(default)
    }

    /// As artifacts have it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let error = if self.is_error_by_default {
            Value::from("all")
        } else {
            json!(self.error)
        };
        json!({"error": error, "warn": self.warn, "silence": self.silence})
    }
}

/// Whether `Deprecations` means it, too.
fn is_deprecation(event: &str) -> bool {
    const OTHERS: [&str; 5] = [
        "CollectFreshnessReturnSignature",
        "DeprecationsSummary",
        "EnvironmentVariableRenamed",
        "MetricAttributesRenamed",
        "SourceFreshnessProjectHooksNotRun",
    ];
    let is_named = event.ends_with("Deprecation") && event != "UpcomingReferenceDeprecation";
    is_named || OTHERS.contains(&event)
}

/// An option by its name, or by the one that it had before; and whether it was that.
fn either<'a>(
    map: &'a JsonMap,
    name: &str,
    old: &str,
) -> Result<(Option<&'a Value>, bool), String> {
    let is_said = |name: &str| {
        map.get(name).is_some_and(|value| match value {
            Value::Null => false,
            Value::Array(items) => !items.is_empty(),
            Value::String(text) => !text.is_empty(),
            _ => true,
        })
    };
    if is_said(name) && is_said(old) {
        return Err(format!(
            "Only `{old}` or `{name}` can be specified in `warn_error_options`, not both"
        ));
    }
    Ok((
        map.get(old).or_else(|| map.get(name)),
        map.contains_key(old),
    ))
}

fn names(list: Option<&Value>) -> Result<Vec<String>, String> {
    let items = match list {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(other) => {
            return Err(format!(
                "warn_error_options take lists of names, not `{other}`"
            ));
        }
    };
    let name = |item: &Value| match item.as_str() {
        Some(name) if name == DEPRECATIONS || EVENTS.contains(&name) => Ok(name.to_owned()),
        Some(name) => Err(format!("{name} is not a valid dbt error name.")),
        None => Err(format!("{item} is not a valid dbt error name.")),
    };
    items.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "json! makes a value")]
    fn read(options: Value) -> Result<WarnErrorOptions, String> {
        WarnErrorOptions::read(options.as_object().unwrap())
    }

    fn check(options: Value, expected: [Handling; 3]) {
        let events = ["NothingToDo", "JinjaLogWarning", "TestsConfigDeprecation"];
        let options = read(options).unwrap();
        assert_eq!(events.map(|event| options.handling(event)), expected);
    }

    use Handling::{Error, Silence, Warn};

    #[test]
    fn names_win_over_groups_and_silence_over_all() {
        check(json!({}), [Warn, Warn, Warn]);
        check(json!({"error": "all"}), [Error, Error, Error]);
        check(
            json!({"error": "*", "warn": ["NothingToDo"], "silence": ["JinjaLogWarning"]}),
            [Warn, Silence, Error],
        );
        check(
            json!({"error": ["NothingToDo", "Deprecations"]}),
            [Error, Warn, Error],
        );
        check(
            json!({"error": "all", "silence": ["Deprecations"]}),
            [Error, Error, Silence],
        );
        check(
            json!({"error": ["Deprecations"], "warn": ["TestsConfigDeprecation"]}),
            [Warn, Warn, Warn],
        );
        check(
            json!({"error": ["NothingToDo"], "silence": ["NothingToDo"]}),
            [Silence, Warn, Warn],
        );
        check(
            json!({"include": "all", "exclude": ["NothingToDo"]}),
            [Warn, Error, Error],
        );
    }

    #[test]
    fn mistakes_are_told_in_dbts_words() {
        let wrong = |options: Value| read(options).unwrap_err();
        assert_eq!(
            wrong(json!({"error": ["Nope"]})),
            "Nope is not a valid dbt error name."
        );
        assert_eq!(
            wrong(json!({"error": "some"})),
            "error must be one of ('all', '*') or a list of strings"
        );
        assert_eq!(
            wrong(json!({"error": "all", "include": "all"})),
            "Only `include` or `error` can be specified in `warn_error_options`, not both"
        );
        assert!(
            wrong(json!({"warn": ["NothingToDo"]})).starts_with("`warn` can only be specified if")
        );
    }
}
