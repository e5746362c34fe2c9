//! Plans and executes a selection of the graph; knows a database only as `trait Warehouse`.
//!
//! Start at `warehouse` for what a driver must do.

mod warehouse;

pub use warehouse::{
    Cell, Connection, Fetch, Interrupt, Response, ResultSet, Warehouse, WarehouseError,
};
