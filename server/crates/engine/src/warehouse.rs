//! `trait Warehouse`: all that the engine knows of a database.
//!
//! A driver opens connections and runs statements; what the statements are is the business of the macro packages. A
//! driver answers in `Cell`s, so that a template, an artifact and the terminal show a value the same way whatever
//! database it came from. The drivers live in the crate `warehouse`.

use std::{fmt, sync::Arc};

use crate::{
    cancel::CancelToken,
    python::{PythonFailure, PythonJob},
};

/// One value of a result.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// `NULL`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Any integer that fits; unsigned ones beyond it come as `Decimal`.
    Int(i128),
    /// A binary floating point number.
    Float(f64),
    /// An exact number in its own notation, with all its decimal places: `12.50`.
    Decimal(String),
    /// Text, and whatever has no better form (UUID, enum, interval).
    Text(String),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since midnight.
    Time(i64),
    /// Microseconds since 1970-01-01 without a zone.
    Timestamp(i64),
    /// Microseconds since 1970-01-01 in UTC, from a type that knows its zone.
    TimestampTz(i64),
    /// Raw bytes.
    Bytes(Vec<u8>),
    /// A list or array.
    List(Vec<Cell>),
    /// A struct, or a map with its keys as text; in the order of the database.
    Struct(Vec<(String, Cell)>),
}

/// What a query returned.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResultSet {
    /// Column names as the database gave them; they may repeat.
    pub columns: Vec<String>,
    /// Their types in the words of the database, as far as it says; as many as `columns`, or none.
    pub types: Vec<String>,
    /// One vector a row, as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
}

/// How the database answered, in dbt's words (`adapter_response` of the artifacts).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Response {
    /// A line for people: `OK`, `INSERT 0 3`.
    pub message: String,
    /// The kind of command, where the database says so.
    pub code: Option<String>,
    /// Rows touched, where the database says so.
    pub rows_affected: Option<i64>,
}

/// How much of a statement's result is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetch {
    /// Nothing: the statement is run for its effect.
    Nothing,
    /// Every row.
    All,
    /// At most so many rows.
    Limit(usize),
}

/// Why a warehouse did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WarehouseError {
    /// No connection: the file is not there, the server does not answer, the settings are refused.
    #[error("could not connect: {0}")]
    Connect(String),
    /// The database file is held by another process.
    #[error("the database `{path}` is in use by another process{}: stop it, or wait and try again", holder(*.pid))]
    Locked {
        /// The database file.
        path: String,
        /// Who holds it, where the database says so.
        pid: Option<u32>,
    },
    /// The statement failed; the text is the database's own.
    #[error("{0}")]
    Database(String),
    /// The statement was interrupted because the run is being cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The profile asks for something that this driver does not do.
    #[error("{0}")]
    Unsupported(String),
}

fn holder(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default()
}

/// Interrupts whatever a connection is doing, from another thread.
pub trait Interrupt: Send + Sync {
    /// The running statement fails with `WarehouseError::Cancelled`; without one, nothing happens.
    fn interrupt(&self);
}

/// A session. Not shared: a worker asks for one for every node, as settings, temporary tables and open transactions live and
/// die with it. A driver may give a session again when nothing is left in it, or say how to make one as new (`renew`).
pub trait Connection: Send {
    /// Runs `sql`, which may hold several statements; the result is the last one's. `bindings` fill its parameters.
    fn execute(
        &mut self,
        sql: &str,
        bindings: &[Cell],
        fetch: Fetch,
    ) -> Result<(Response, ResultSet), WarehouseError>;
    /// A handle to cancel by.
    fn interrupt_handle(&self) -> Arc<dyn Interrupt>;
    /// Whether another node can use it: it may have died since it was used.
    fn is_usable(&mut self) -> bool {
        true
    }
    /// Takes back all that a node left in the session, as a new one is dear; `false` where only closing it does that.
    fn renew(&mut self) -> bool {
        false
    }

    /// Opens a transaction.
    fn begin(&mut self) -> Result<(), WarehouseError> {
        self.execute("BEGIN", &[], Fetch::Nothing).map(drop)
    }
    /// Makes the open transaction's work stay.
    fn commit(&mut self) -> Result<(), WarehouseError> {
        self.execute("COMMIT", &[], Fetch::Nothing).map(drop)
    }
    /// Takes the open transaction's work back.
    fn rollback(&mut self) -> Result<(), WarehouseError> {
        self.execute("ROLLBACK", &[], Fetch::Nothing).map(drop)
    }
}

/// A database that can be connected to.
pub trait Warehouse: Send + Sync {
    /// dbt's name for the adapter: `duckdb`. It picks the macro packages.
    fn adapter_type(&self) -> &'static str;
    /// A new session. However long it takes to get one, it ends when the run is to stop.
    fn connect(&self, cancel: &CancelToken) -> Result<Box<dyn Connection>, WarehouseError>;
    /// Whether a statement that comes before any transaction opens one, as Python's drivers do that know no other way.
    fn begins_by_itself(&self) -> bool {
        false
    }
    /// A type as dbt's driver for this database calls it, from what `ResultSet::types` says: contracts compare these, and a
    /// driver may not tell `text` from `varchar`.
    fn driver_type(&self, data_type: &str) -> String {
        data_type.to_owned()
    }
    /// Runs a Python model: its relations into the Python, its result where the materialization's statements find it.
    fn run_python(&self, _job: &mut PythonJob<'_>) -> Result<(), PythonFailure> {
        Err(PythonFailure::Setup(format!(
            "Python models are not run on {}; they are on duckdb",
            self.adapter_type()
        )))
    }
    /// What stands for a bound value in SQL.
    fn binding_char(&self) -> &'static str {
        "?"
    }
}

impl fmt::Debug for dyn Warehouse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Warehouse({})", self.adapter_type())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_names_its_holder() {
        let error = WarehouseError::Locked {
            path: "shop.duckdb".to_owned(),
            pid: Some(42),
        };
        assert_eq!(
            error.to_string(),
            "the database `shop.duckdb` is in use by another process (pid 42): stop it, or wait and try again"
        );
    }
}
