//! Which adapter a run is on, and what follows from it. The one place where the engine tells adapters apart; what can be said
//! in SQL is said by their macro packages.

use jinja::{CallArgs, HostError, Value};
use project::node::Source;

use crate::outcome::FailureKind;

use super::{constraints::ForeignName, duckdb_adapter, host::LiveHost, postgres_adapter};

/// An adapter whose ways are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AdapterKind {
    DuckDb,
    Postgres,
}

impl AdapterKind {
    /// By dbt's name. Whoever has a driver and no ways of its own is taken for DuckDB, which has the fewest.
    pub(super) fn of(adapter_type: &str) -> Self {
        match adapter_type {
            "postgres" => Self::Postgres,
            _ => Self::DuckDb,
        }
    }

    /// Calls a method that the adapter answers in its own way; `None` where it has none.
    pub(super) fn call(
        self,
        host: &LiveHost,
        method: &str,
        args: &CallArgs,
    ) -> Option<Result<Value, HostError>> {
        match self {
            Self::DuckDb => duckdb_adapter::call(host, method, args),
            Self::Postgres => postgres_adapter::call(host, method, args),
        }
    }

    pub(super) fn foreign_name(self) -> ForeignName {
        match self {
            Self::DuckDb => ForeignName::WithoutDatabase,
            Self::Postgres => ForeignName::Qualified,
        }
    }

    /// Why a table of a source cannot be read, where that is known before the database is asked.
    pub(super) fn unreadable(self, source: &Source) -> Option<String> {
        match self {
            Self::DuckDb => duckdb_adapter::unreadable(source),
            Self::Postgres => None,
        }
    }

    /// What refuses where the database does: dbt-duckdb has no errors of its own for it.
    pub(crate) fn database_failure(self) -> FailureKind {
        FailureKind::Database {
            heading: match self {
                Self::DuckDb => "Runtime Error",
                Self::Postgres => "Database Error",
            },
        }
    }

    /// Whether dropping a relation drops the views that read it.
    pub(super) fn drops_cascade(self) -> bool {
        match self {
            Self::DuckDb => false,
            Self::Postgres => true,
        }
    }

    /// Whether a column of text without a size stays one when it is copied.
    pub(super) fn keeps_unsized_text(self) -> bool {
        match self {
            Self::DuckDb => false,
            Self::Postgres => true,
        }
    }

    /// Whether a subquery in `from` needs a name.
    pub(super) fn names_subqueries(self) -> bool {
        match self {
            Self::DuckDb => false,
            Self::Postgres => true,
        }
    }

    /// Whether several batches may be written into one relation at the same time.
    pub(crate) fn builds_batches_at_once(self) -> bool {
        match self {
            Self::DuckDb => true,
            Self::Postgres => false,
        }
    }

    /// How many characters the name of a relation may have.
    pub(crate) fn name_limit(self) -> Option<usize> {
        match self {
            Self::DuckDb => None,
            Self::Postgres => Some(63),
        }
    }
}

/// Whether a warehouse lets several batches of a model be built at the same time.
pub fn builds_batches_at_once(adapter_type: &str) -> bool {
    AdapterKind::of(adapter_type).builds_batches_at_once()
}
