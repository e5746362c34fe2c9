//! The installed Python that runs Python models: which one it is, and the process.
//!
//! It is started when a model is about to run and never otherwise. It gets a process group of its own, so that Ctrl-C
//! reaches it through this process alone. Its standard input stays open for as long as it is wanted: the end of it tells
//! the script that this process is gone, however it went.

#![expect(
    clippy::disallowed_methods,
    reason = "the binary is who starts programs"
)]

use std::{
    io::{BufRead as _, BufReader, Read, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread::sleep,
    time::{Duration, Instant},
};

use base::System;
use engine::{Interpreter, Interrupt, PythonOutput, PythonProcess};

/// Names a Python before all others.
const VARIABLE: &str = "DAGSMITH_PYTHON";

/// How long a process that was told to end may take to do so.
const GRACE: Duration = Duration::from_secs(3);

/// The Python of this machine.
pub(crate) struct InstalledPython {
    system: Arc<dyn System>,
    root: PathBuf,
}

impl InstalledPython {
    /// For a project in this folder.
    pub(crate) fn new(system: &Arc<dyn System>, root: &Path) -> Self {
        Self {
            system: Arc::clone(system),
            root: root.to_owned(),
        }
    }

    /// The one that was named; that of the activated environment; that of the project's; what is found on the path.
    fn programs(&self) -> Vec<PathBuf> {
        if let Some(named) = self.system.env_var(VARIABLE).filter(|it| !it.is_empty()) {
            return vec![named.into()];
        }
        let active = self.system.env_var("VIRTUAL_ENV").map(PathBuf::from);
        let own = [".venv", "venv"].map(|name| self.root.join(name));
        let environments = active.into_iter().chain(own);
        let (directory, name) = if cfg!(windows) {
            ("Scripts", "python.exe")
        } else {
            ("bin", "python")
        };
        let mut programs: Vec<PathBuf> = environments
            .map(|environment| environment.join(directory).join(name))
            .filter(|program| self.system.is_file(program))
            .collect();
        programs.extend(["python3", "python"].map(PathBuf::from));
        programs
    }
}

impl Interpreter for InstalledPython {
    fn start(&self, script: &str) -> Result<Box<dyn PythonProcess>, String> {
        let mut refusals = Vec::new();
        for program in self.programs() {
            match Running::start(&program, script, &self.root) {
                Ok(running) => return Ok(Box::new(running)),
                Err(error) => refusals.push(format!("{}: {error}", program.display())),
            }
        }
        Err(format!(
            "Python models need an installed Python with the package `duckdb`, and none was found ({}); \
             install one, or name it in the environment variable {VARIABLE}",
            refusals.join(", ")
        ))
    }
}

/// A Python that was started.
struct Running {
    program: String,
    child: Child,
    /// Closed to end the process.
    input: Option<ChildStdin>,
    said: Receiver<PythonOutput>,
    say: Sender<PythonOutput>,
}

impl Running {
    fn start(program: &Path, script: &str, directory: &Path) -> std::io::Result<Self> {
        let mut command = Command::new(program);
        command
            .args(["-c", script])
            .current_dir(directory)
            .env("PYTHONUNBUFFERED", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let (say, said) = channel();
        listen(child.stdout.take(), say.clone(), PythonOutput::Line, true);
        listen(
            child.stderr.take(),
            say.clone(),
            PythonOutput::Remark,
            false,
        );
        Ok(Self {
            program: program.display().to_string(),
            input: child.stdin.take(),
            child,
            said,
            say,
        })
    }
}

/// Passes on every line of a stream, from a thread that ends with it.
fn listen(
    stream: Option<impl Read + Send + 'static>,
    say: Sender<PythonOutput>,
    line: fn(String) -> PythonOutput,
    ends_all: bool,
) {
    let Some(stream) = stream else { return };
    std::thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut bytes = Vec::new();
        // A stream that cannot be read is over.
        while stream
            .read_until(b'\n', &mut bytes)
            .is_ok_and(|read| read > 0)
        {
            let text = String::from_utf8_lossy(&bytes);
            let text = text.trim_end_matches(['\n', '\r']).to_owned();
            // Nobody listens any more.
            if say.send(line(text)).is_err() {
                return;
            }
            bytes.clear();
        }
        if ends_all {
            let _ = say.send(PythonOutput::Ended(String::new()));
        }
    });
}

impl PythonProcess for Running {
    fn program(&self) -> &str {
        &self.program
    }

    fn send(&mut self, line: &str) {
        let Some(input) = &mut self.input else { return };
        let sent = input
            .write_all(format!("{line}\n").as_bytes())
            .and_then(|()| input.flush());
        if let Err(error) = sent {
            tracing::debug!(%error, "the Python of a model does not listen any more");
        }
    }

    fn receive(&mut self) -> PythonOutput {
        // This side has a sender of its own, so the channel does not close.
        let said = self.said.recv();
        match said.unwrap_or(PythonOutput::Interrupted) {
            PythonOutput::Ended(_) => PythonOutput::Ended(self.end()),
            said => said,
        }
    }

    fn interrupt_handle(&self) -> Arc<dyn Interrupt> {
        Arc::new(Waiting(self.say.clone()))
    }
}

impl Running {
    /// Ends the process, by force if need be; how it ended.
    fn end(&mut self) -> String {
        self.input = None;
        let began = Instant::now();
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return status.to_string(),
                Ok(None) if began.elapsed() < GRACE => sleep(Duration::from_millis(2)),
                Ok(None) => break,
                Err(error) => return error.to_string(),
            }
        }
        let killed = self.child.kill().and_then(|()| self.child.wait());
        killed.map_or_else(|error| error.to_string(), |status| status.to_string())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

struct Waiting(Sender<PythonOutput>);

impl Interrupt for Waiting {
    fn interrupt(&self) {
        // Fails when nobody waits any more.
        let _ = self.0.send(PythonOutput::Interrupted);
    }
}
