//! The incremental core: inputs, queries, manifest, graph and checks: the only importer of salsa.
//!
//! `input` is all that the world outside says; `change` writes it. `source` reads single files, `facts` is the firewall
//! between a file and the rest, `resolve` knows names, `nodes` and its neighbours make resources, `rendered` and
//! `columns` look into a model's SQL, `manifest` puts everything together for commands. Nothing here does IO but `load`.

pub mod access;
mod adapter_offline;
pub mod bind_question;
mod builtin;
mod cancel;
pub mod change;
pub mod columns;
pub mod context;
pub mod dag;
mod db;
pub mod deprecations;
pub mod described_twice;
pub mod descriptions;
pub mod external_location;
pub mod facts;
pub mod foreign_keys;
pub mod graph;
mod host;
pub mod input;
pub mod load;
pub mod macro_index;
pub mod macro_uses;
pub mod macros;
pub mod manifest;
pub mod microbatch;
pub mod names;
pub mod nodes;
pub mod operations;
pub mod others;
pub mod own_functions;
mod parts;
pub mod patches;
pub mod project_config;
mod python;
pub mod rendered;
pub mod resolve;
pub mod saved_index;
pub mod seed_kinds;
pub mod select;
mod semantic;
pub mod semantic_errors;
pub mod snapshot_columns;
pub mod source;
pub mod source_overrides;
pub mod sources;
pub mod state;
pub mod tags;
pub mod target;
pub mod test_macros;
pub mod test_nodes;
pub mod unit_tests;
pub mod warehouse_catalog;
pub mod whole_columns;
mod yaml_render;

pub use builtin::ROOT as BUILTIN_ROOT;
pub use cancel::{cancellable, cancellable_snapshot};
pub use change::{Change, Inputs};
pub use db::{QueryObserver, RootDatabase};
pub use graph::Graph;
pub use host::ref_args;
pub use input::{FileRole, Package, PackageKind, Project, Settings, SourceFile};
pub use macro_index::{Dispatched, MacroIndex, MacroKey};
pub use manifest::{Manifest, Place, manifest, prime};
pub use python::{PythonRead, python_reads};
pub use yaml_render::{render_packages_text, render_selectors_text};
