//! What the fuzz targets have in common: a host that answers every question of a template.
//!
//! From this folder, with a nightly compiler and `cargo install cargo-fuzz`:
//!
//! ```sh
//! cargo +nightly fuzz run template corpus/template ../../testdata/jinja -- -dict=dictionaries/template.dict
//! cargo +nightly fuzz run sql corpus/sql ../../testdata/sql/duckdb -- -dict=dictionaries/sql.dict
//! cargo +nightly fuzz run properties corpus/properties ../../testdata/projects/shop/models -- -dict=dictionaries/yaml.dict
//! ```
//!
//! What a target finds becomes a test of the crate at fault. Short runs over generated input are among the tests of each
//! crate (`proptest`), so that an ordinary test run needs nothing of this.

use std::sync::Arc;

use jinja::{HostError, MacroDef, RefRequest, Relation, RenderHost, Value};

/// Knows no macros, and finds everything else.
pub struct Anything;

impl RenderHost for Anything {
    fn execute(&self) -> bool {
        true
    }

    fn find_macro(&self, _package: &str, _name: &str) -> Option<Arc<MacroDef>> {
        None
    }

    fn find_macro_in(&self, _package: &str, _name: &str) -> Option<Arc<MacroDef>> {
        None
    }

    fn has_package(&self, _name: &str) -> bool {
        false
    }

    fn dispatch(&self, _: &str, name: &str, _: Option<&str>) -> Result<Arc<MacroDef>, HostError> {
        Err(HostError::compilation("unknown-macro", name))
    }

    fn reference(&self, request: &RefRequest) -> Result<Value, HostError> {
        Ok(Relation::new(None, Some("s"), Some(&request.name)).into_value())
    }

    fn source(&self, source: &str, table: &str) -> Result<Value, HostError> {
        Ok(Relation::new(None, Some(source), Some(table)).into_value())
    }

    fn var(&self, _name: &str) -> Option<Value> {
        Some(Value::from("v"))
    }

    fn env_var(&self, _name: &str) -> Result<Option<String>, HostError> {
        Ok(Some("e".to_owned()))
    }

    fn config_set(&self, _pairs: Vec<(String, Value)>) -> Result<(), HostError> {
        Ok(())
    }

    fn config_get(&self, _name: &str) -> Option<Value> {
        None
    }

    fn global(&self, _name: &str) -> Option<Value> {
        None
    }
}

/// Panics where a range does not lie in the text, between characters.
pub fn assert_fits(start: u32, end: u32, text: &str) {
    let range = start as usize..end as usize;
    assert!(text.get(range.clone()).is_some(), "{range:?} of {text:?}");
}
