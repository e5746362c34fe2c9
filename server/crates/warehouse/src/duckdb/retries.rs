//! `retries` of a profile: what is tried again when it fails, how often, and after which pauses.

use std::time::Duration;

use engine::{CancelToken, WarehouseError};
use serde_json::Value;

/// The largest number of attempts that is taken at its word.
const MOST: u64 = 32;

/// What is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retries {
    /// How often opening the file is tried.
    pub connect_attempts: u32,
    /// How often a statement is tried.
    pub query_attempts: u32,
    /// The errors after which it is, by the names that DuckDB's Python module has for them.
    exceptions: Vec<String>,
}

impl Retries {
    /// Without the key nothing is tried again.
    pub fn from_profile(retries: Option<&Value>) -> Self {
        let field = |key: &str| retries.and_then(|it| it.get(key));
        let attempts = |key: &str| {
            field(key)
                .and_then(Value::as_u64)
                .map_or(1, |attempts| attempts.clamp(1, MOST) as u32)
        };
        let exceptions = field("retryable_exceptions").and_then(Value::as_array);
        Self {
            connect_attempts: attempts("connect_attempts"),
            query_attempts: attempts("query_attempts"),
            exceptions: match exceptions {
                Some(names) => names
                    .iter()
                    .filter_map(|name| Some(name.as_str()?.to_lowercase()))
                    .collect(),
                None => vec!["ioexception".to_owned()],
            },
        }
    }

    /// Runs `attempt` up to `n_attempts` times, with dbt-duckdb's pauses: a second, two, four, ... They end when
    /// the run is to stop.
    pub fn run<T>(
        &self,
        n_attempts: u32,
        cancel: &CancelToken,
        attempt: impl FnMut() -> Result<T, WarehouseError>,
    ) -> Result<T, WarehouseError> {
        self.run_pausing(n_attempts, attempt, |pause| cancel.pause(pause))
    }

    fn run_pausing<T>(
        &self,
        n_attempts: u32,
        mut attempt: impl FnMut() -> Result<T, WarehouseError>,
        pause: impl Fn(Duration) -> bool,
    ) -> Result<T, WarehouseError> {
        let mut n_failed = 0;
        loop {
            match attempt() {
                Err(error) if n_failed + 1 < n_attempts && self.covers(&error) => {
                    if pause(Duration::from_secs(1 << n_failed.min(6))) {
                        return Err(WarehouseError::Cancelled);
                    }
                    n_failed += 1;
                }
                outcome => return outcome,
            }
        }
    }

    fn covers(&self, error: &WarehouseError) -> bool {
        let class = match error {
            // A lock is an error of the file system.
            WarehouseError::Locked { .. } => "ioexception".to_owned(),
            WarehouseError::Connect(message) | WarehouseError::Database(message) => {
                exception(message)
            }
            WarehouseError::Cancelled | WarehouseError::Unsupported(_) => return false,
        };
        self.exceptions.contains(&class)
    }
}

/// `ioexception` for `IO Error: ...`: Python's name for a class of errors, in small letters.
fn exception(message: &str) -> String {
    let class = message.split_once(" Error").map_or("", |(class, _)| class);
    let class = match class {
        "TransactionContext" => "Transaction",
        "Parser" => "Syntax",
        other => other,
    };
    let letters = class.chars().filter(char::is_ascii_alphanumeric);
    format!("{}exception", letters.collect::<String>().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_the_names_of_pythons() {
        let names = [
            "IO Error: Could not set lock",
            "Out of Memory Error: failed",
            "TransactionContext Error: Conflict",
        ]
        .map(exception);
        assert_eq!(
            names,
            [
                "ioexception",
                "outofmemoryexception",
                "transactionexception"
            ]
        );
    }

    #[test]
    fn only_what_is_listed_is_tried_again() {
        let tried = |retries: &Value, error: &str| {
            let retries = Retries::from_profile(Some(retries));
            let mut n_tried = 0;
            let fails = || {
                n_tried += 1;
                Err(WarehouseError::Database(error.to_owned()))
            };
            let outcome: Result<(), _> =
                retries.run_pausing(retries.query_attempts, fails, |_| false);
            assert!(outcome.is_err());
            n_tried
        };
        let twice = serde_json::json!({"query_attempts": 2});
        assert_eq!(tried(&twice, "IO Error: gone"), 2);
        assert_eq!(tried(&twice, "Binder Error: no such column"), 1);
        let others =
            serde_json::json!({"query_attempts": 2, "retryable_exceptions": ["HTTPException"]});
        assert_eq!(tried(&others, "IO Error: gone"), 1);
    }
}
