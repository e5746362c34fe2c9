//! dbt's files as data, each with the places its facts come from: the only importer of the YAML libraries.
//!
//! Three layers: `yaml` parses text to a tree with byte ranges and never gives up; `project_file`, `profiles`,
//! `packages`, `properties` and `selector` turn trees into typed data and diagnostics; `node` and what stands beside it
//! is what all of them together amount to, with the manifest's JSON in `manifest_json`. Nothing here renders a template
//! (a callback does), nothing depends on salsa, and files are reached through `base::System` alone.

pub mod checksum;
pub mod config_merge;
pub mod config_types;
pub mod event_time;
pub mod files;
pub mod generic_tests;
pub mod json;
pub mod manifest_json;
pub mod node;
pub mod packages;
pub mod profiles;
pub mod project_file;
pub mod properties;
pub mod python_text;
pub mod reading;
pub mod seeds;
pub mod selector;
pub mod yaml;

pub use reading::{Render, Spanned, SpannedText};
