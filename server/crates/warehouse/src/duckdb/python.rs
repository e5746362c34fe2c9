//! Python models: an installed Python works on copies of what a model reads, and what it makes is read back.
//!
//! DuckDB lets one process have a file, and that is this one. So each relation goes, when the code asks for it, into an exchange
//! file of its own, which the script `python_driver.py` attaches; views of the relations' names read them. The result comes in
//! another file. The materialization's statements come back from the script as text and run here; to them the result is a
//! temporary view under the name that they gave it. Types stay as they are, for DuckDB writes both ends.

mod exchange;

use engine::{
    Connection, Fetch, PythonFailure, PythonJob, PythonOutput, PythonProcess, Warehouse as _,
    WarehouseError,
};
use serde_json::{Value, json};

use super::DuckDb;
use exchange::{Exchange, quoted};

const DRIVER: &str = include_str!("python_driver.py");

/// Runs a model and all that its materialization asks for.
pub(super) fn run(database: &DuckDb, job: &mut PythonJob<'_>) -> Result<(), PythonFailure> {
    let mut process = job
        .interpreter
        .start(DRIVER)
        .map_err(PythonFailure::Setup)?;
    let waiting = job.cancel.register(process.interrupt_handle());
    if job.cancel.is_cancelled() {
        return Err(WarehouseError::Cancelled.into());
    }
    let mut connection = database.connect(job.cancel)?;
    let exporting = job.cancel.register(connection.interrupt_handle());
    let theirs = greeted(&mut *process, job, &mut *connection)?;
    let exchange = Exchange::new(&mut *connection, job, theirs)?;
    process.send(&exchange.order(database.credentials(), job).to_string());
    let outcome = converse(&mut *process, job, &mut *connection, &exchange);
    drop((exporting, waiting));
    if outcome.is_err() {
        // Whoever reads it still, reads on until the transaction is over; then the name is of no use to anybody.
        let gone = connection.execute(&exchange.detach_result(), &[], Fetch::Nothing);
        if let Err(error) = gone {
            tracing::debug!(%error, "the result of a model that failed stays attached");
        }
    }
    outcome
}

/// Until the script says how it ended.
fn converse(
    process: &mut dyn PythonProcess,
    job: &mut PythonJob<'_>,
    connection: &mut dyn Connection,
    exchange: &Exchange,
) -> Result<(), PythonFailure> {
    let mut refused = None;
    loop {
        let said = next(process, job)?;
        let statement = match Request::of(&said) {
            Request::Printed(line) => {
                (job.printed)(line);
                continue;
            }
            Request::Load(idx) => {
                let answer = match job.inputs.get(idx) {
                    Some(input) => loaded(exchange.write(connection, input, idx))?,
                    None => json!({"error": "nothing of that name can be read"}),
                };
                process.send(&answer.to_string());
                continue;
            }
            Request::Register(view) => {
                connection.execute(&exchange.attach_result(), &[], Fetch::Nothing)?;
                exchange.create_view(view)
            }
            Request::Execute(sql) => sql.to_owned(),
            Request::Unregister(view) => format!("drop view if exists {}", quoted(view)),
            Request::Failed { traceback, line } => {
                let traceback = traceback.trim_end().to_owned();
                return Err(PythonFailure::Code { traceback, line });
            }
            Request::Done => break,
            Request::Unknown => {
                tracing::error!(%said, "what a Python model's script says is not understood");
                continue;
            }
        };
        let executed = (job.execute)(&statement);
        if let Request::Unregister(_) = Request::of(&said) {
            // Another session's, as the transaction that has read the result goes on.
            connection.execute(&exchange.detach_result(), &[], Fetch::Nothing)?;
        }
        let answer = match executed {
            Ok(()) => json!({}),
            Err(error) => {
                refused = Some(error);
                json!({"error": true})
            }
        };
        process.send(&answer.to_string());
    }
    match refused {
        None => Ok(()),
        Some(error) => Err(error.into()),
    }
}

/// What the script hears of an input. A relation that is not there is the model's mistake, and may be caught by its code.
fn loaded(file: Result<String, WarehouseError>) -> Result<Value, WarehouseError> {
    match file {
        Ok(file) => Ok(json!({"file": file})),
        Err(WarehouseError::Cancelled) => Err(WarehouseError::Cancelled),
        Err(error) => Ok(json!({"error": error.to_string()})),
    }
}

/// What the script asks for.
enum Request<'a> {
    Printed(&'a str),
    /// An input, by its place among them.
    Load(usize),
    Register(&'a str),
    Execute(&'a str),
    Unregister(&'a str),
    Failed {
        traceback: &'a str,
        line: Option<usize>,
    },
    Done,
    Unknown,
}

impl<'a> Request<'a> {
    fn of(said: &'a Value) -> Self {
        let text = |key: &str| said.get(key).and_then(Value::as_str);
        if let Some(line) = text("print") {
            Self::Printed(line)
        } else if let Some(idx) = said.get("load").and_then(Value::as_u64) {
            Self::Load(usize::try_from(idx).unwrap_or(usize::MAX))
        } else if let Some(view) = text("register") {
            Self::Register(view)
        } else if let Some(sql) = text("execute") {
            Self::Execute(sql)
        } else if let Some(view) = text("unregister") {
            Self::Unregister(view)
        } else if let Some(traceback) = text("failed") {
            let line = said.get("line").and_then(Value::as_u64);
            Self::Failed {
                traceback,
                line: line.and_then(|line| usize::try_from(line).ok()),
            }
        } else if said.get("done").is_some() {
            Self::Done
        } else {
            Self::Unknown
        }
    }
}

/// The next message of the script. What others write to its standard error is printed.
fn next(process: &mut dyn PythonProcess, job: &PythonJob<'_>) -> Result<Value, PythonFailure> {
    loop {
        match process.receive() {
            PythonOutput::Remark(line) => (job.printed)(&line),
            PythonOutput::Line(line) => match serde_json::from_str(&line) {
                Ok(message) => return Ok(message),
                Err(_) => (job.printed)(&line),
            },
            PythonOutput::Interrupted => return Err(WarehouseError::Cancelled.into()),
            PythonOutput::Ended(how) => {
                let traceback = format!("{} ended before the model did: {how}", process.program());
                let line = None;
                return Err(PythonFailure::Code { traceback, line });
            }
        }
    }
}

/// A release of DuckDB, without what comes after the second number.
type Release = (u32, u32);

/// The oldest whose files and functions are as they are now.
const OLDEST: Release = (1, 0);

/// What the script says first: which DuckDB it has.
fn greeted(
    process: &mut dyn PythonProcess,
    job: &PythonJob<'_>,
    connection: &mut dyn Connection,
) -> Result<Versions, PythonFailure> {
    let said = next(process, job)?;
    let ours = exchange::own_version(connection)?;
    let program = process.program();
    let advice = format!("{program} -m pip install duckdb=={ours}");
    let setup = |problem: String| {
        PythonFailure::Setup(format!(
            "{problem}; install it there: {advice}\n(or name another Python in the environment variable DAGSMITH_PYTHON)"
        ))
    };
    let Some(theirs) = said.get("duckdb").and_then(Value::as_str) else {
        let missing = said.get("missing").and_then(Value::as_str);
        return Err(setup(format!(
            "Python models need the package `duckdb`, which {program} does not have ({})",
            missing.unwrap_or_default()
        )));
    };
    match release(theirs) {
        Some(release_of_theirs) if release_of_theirs >= OLDEST => Ok(Versions {
            ours: release(&ours).unwrap_or(OLDEST),
            theirs: release_of_theirs,
        }),
        _ => Err(setup(format!(
            "Python models need the package `duckdb` from 1.0 on, and {program} has {theirs}"
        ))),
    }
}

/// Of both ends.
#[derive(Debug, Clone, Copy)]
struct Versions {
    ours: Release,
    theirs: Release,
}

/// `(1, 5)` of `1.5.6` or `1.6.0.dev12`.
fn release(version: &str) -> Option<Release> {
    let mut numbers = version.trim_start_matches('v').split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}
