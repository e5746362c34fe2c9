//! Macros that a unit test, or a batch, pretends: `overrides: {macros: {is_incremental: true, dbt_utils.star: "a, b"}}`.

use std::sync::Arc;

use base::FileId;
use jinja::{
    MacroDef, Template, macro_defs,
    value::{from_json, repr},
};

/// One of them: returns what the test says, whatever it is called with.
pub(crate) struct PretendedMacro {
    /// `dbt_utils` in `dbt_utils.star`.
    package: Option<Box<str>>,
    name: Box<str>,
    definition: Arc<MacroDef>,
}

impl PretendedMacro {
    pub(crate) fn new(full_name: &str, value: &serde_json::Value) -> Option<Self> {
        let (package, name) = match full_name.split_once('.') {
            Some((package, name)) => (Some(package), name),
            None => (None, full_name),
        };
        let source = format!(
            "{{% macro {name}() %}}{{% set ignored = [varargs, kwargs] %}}{{{{ return({}) }}}}{{% endmacro %}}",
            repr(&from_json(value))
        );
        let template = Template::parse(&source);
        let definitions = macro_defs("unit_test", FileId(u32::MAX), &source, &template);
        Some(Self {
            package: package.map(Box::from),
            name: name.into(),
            definition: Arc::new(definitions.into_iter().next()?),
        })
    }

    /// What stands for a name, which is called by itself or as a package's. dbt's own can be called in both ways.
    pub(crate) fn find(all: &[Self], package: Option<&str>, name: &str) -> Option<Arc<MacroDef>> {
        let is_meant = |it: &&Self| {
            *it.name == *name
                && (it.package.as_deref() == package
                    || matches!(
                        (it.package.as_deref(), package),
                        (None, Some("dbt")) | (Some("dbt"), None)
                    ))
        };
        all.iter()
            .find(is_meant)
            .map(|it| Arc::clone(&it.definition))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_macro_is_pretended_under_the_name_that_the_test_gives_it() {
        let value = serde_json::Value::from(true);
        let all: Vec<_> = ["is_incremental", "dbt.type_int", "shop.is_open"]
            .iter()
            .filter_map(|name| PretendedMacro::new(name, &value))
            .collect();
        let found = |package, name| PretendedMacro::find(&all, package, name).is_some();
        assert!(found(None, "is_incremental") && found(Some("dbt"), "is_incremental"));
        assert!(found(None, "type_int") && found(Some("dbt"), "type_int"));
        assert!(!found(None, "is_open") && found(Some("shop"), "is_open"));
    }
}
