//! Python models: what is asked of an installed Python, and what a warehouse gets to run a model with one.
//!
//! Neither the engine nor a driver starts programs: the binary injects an `Interpreter`. How a model's relations get into
//! that Python and its result out of it is the driver's business (`Warehouse::run_python`); what becomes of the result
//! is the materialization's, whose statements come back through `PythonJob::execute`.

use std::{path::Path, sync::Arc};

use crate::{
    cancel::CancelToken,
    warehouse::{Interrupt, WarehouseError},
};

/// A Python that is installed on this machine.
pub trait Interpreter: Send + Sync {
    /// Starts it on a script. Where there is none, the text says what to do.
    fn start(&self, script: &str) -> Result<Box<dyn PythonProcess>, String>;
}

/// A Python that is running. Dropping it ends it, and all that it started.
pub trait PythonProcess: Send {
    /// Which Python it is, for messages.
    fn program(&self) -> &str;
    /// A line for its standard input. That nobody reads it any more is for `receive` to tell.
    fn send(&mut self, line: &str);
    /// Waits for what it says next.
    fn receive(&mut self) -> PythonOutput;
    /// Ends the waiting.
    fn interrupt_handle(&self) -> Arc<dyn Interrupt>;
}

/// What a running Python says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PythonOutput {
    /// A line of its standard output, which belongs to the script that was started.
    Line(String),
    /// A line of its standard error, which anybody may write to.
    Remark(String),
    /// It has ended, in this way.
    Ended(String),
    /// The waiting was interrupted.
    Interrupted,
}

/// A relation that a model's code may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct PythonInput {
    pub database: String,
    pub schema: String,
    pub identifier: String,
    /// How the model's script writes it.
    pub written: String,
    /// It may be read without being asked for: its name stands in SQL of the code.
    pub is_wanted_at_once: bool,
}

/// A model that is to run.
pub struct PythonJob<'a> {
    /// What the code is called as a module.
    pub module: &'a str,
    /// The model's code, and below it what the project and the materialization add.
    pub code: &'a str,
    /// The file of the model's code, relative to the project.
    pub path: &'a str,
    /// How many lines of that file come before the code.
    pub lines_before: usize,
    /// How many lines of the code are the model's own.
    pub own_lines: usize,
    /// What it reads.
    pub inputs: &'a [PythonInput],
    /// Where files may be put while it runs.
    pub scratch: &'a Path,
    /// What to run it with.
    pub interpreter: &'a dyn Interpreter,
    /// What ends it early.
    pub cancel: &'a CancelToken,
    /// Hears what the code prints, line by line.
    pub printed: &'a dyn Fn(&str),
    /// Runs a statement of the materialization in the node's transaction.
    pub execute: &'a mut dyn FnMut(&str) -> Result<(), WarehouseError>,
}

/// Why a model did not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PythonFailure {
    /// The warehouse refused something, or the run is over.
    Warehouse(WarehouseError),
    /// There is no Python that can run it.
    Setup(String),
    /// Its code failed.
    Code {
        /// Python's traceback.
        traceback: String,
        /// The line of its file, from 1, where one is at fault.
        line: Option<usize>,
    },
}

impl From<WarehouseError> for PythonFailure {
    fn from(error: WarehouseError) -> Self {
        Self::Warehouse(error)
    }
}
