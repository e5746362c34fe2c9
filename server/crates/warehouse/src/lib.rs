//! The drivers behind `engine::Warehouse`: the only importer of duckdb and tokio-postgres.
//!
//! A driver turns the fields of a profile's output into an open database and its values into `engine::Cell`s. It
//! knows no templates and no nodes. `open` chooses the driver of an adapter.

pub mod duckdb;
pub mod postgres;

use std::{path::Path, sync::Arc};

use base::System;
use engine::{Warehouse, WarehouseError};
use serde_json::{Map, Value};

/// The adapters that have a driver.
pub const ADAPTERS: [&str; 2] = ["duckdb", "postgres"];

/// The database of a profile's output. Nothing is connected to yet.
pub fn open(
    adapter_type: &str,
    fields: &Map<String, Value>,
    project_dir: &Path,
    system: &Arc<dyn System>,
) -> Result<Arc<dyn Warehouse>, WarehouseError> {
    match adapter_type {
        "duckdb" => Ok(Arc::new(duckdb::DuckDb::from_profile(fields, project_dir)?)),
        "postgres" => Ok(Arc::new(postgres::Postgres::from_profile(
            fields,
            project_dir,
            Arc::clone(system),
        )?)),
        other => Err(WarehouseError::Unsupported(format!(
            "the adapter `{other}` is not supported by this version of dagsmith; it runs on {}",
            ADAPTERS.join(" and ")
        ))),
    }
}
