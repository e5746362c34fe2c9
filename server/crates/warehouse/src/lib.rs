//! The drivers behind `engine::Warehouse`: the only importer of duckdb.
