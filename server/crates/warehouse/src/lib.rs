//! The drivers behind `engine::Warehouse`: the only importer of duckdb.
//!
//! A driver turns the fields of a profile's output into an open database and its values into `engine::Cell`s. It
//! knows no templates and no nodes.

pub mod duckdb;
