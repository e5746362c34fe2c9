//! `--warn-error` and `--warn-error-options`, from the command line, the environment or the project.

use anyhow::{anyhow, bail};
use engine::WarnErrorOptions;
use project::json::JsonMap;
use serde_json::Value;

use crate::{cli::Invocation, open::mapping};

/// Which warnings are errors.
pub(crate) fn warn_error_options(invocation: &Invocation) -> anyhow::Result<WarnErrorOptions> {
    let map = said(invocation)?;
    if map.is_some() && invocation.given("warn_error").is_some() {
        bail!("warn_error_options: not allowed with argument warn_error");
    }
    match map {
        Some(map) => WarnErrorOptions::read(&map).map_err(|wrong| anyhow!("{wrong}")),
        None if invocation.is("warn_error") => Ok(WarnErrorOptions::all()),
        None => Ok(WarnErrorOptions::default()),
    }
}

/// A project has a mapping, the command line its text.
fn said(invocation: &Invocation) -> anyhow::Result<Option<JsonMap>> {
    match invocation.values().get("warn_error_options") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(map)) => Ok(Some(map.clone())),
        Some(Value::String(text)) => {
            let wrong = |_| {
                anyhow!(
                    "Invalid value for '--warn-error-options': String '{text}' is not valid YAML"
                )
            };
            let map = mapping(text).map_err(wrong)?;
            // Artifacts have it even where nothing was said.
            let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
            Ok(Some(map).filter(|map| !map.values().all(is_empty)))
        }
        Some(other) => bail!("`warn_error_options` is a mapping, not `{other}`"),
    }
}
