//! Python models with a real Python: what they print, how they fail, and runs of them that do not reach their end.
//!
//! Their tables are held to dbt's in `testdata/conformance`.

#[cfg(target_os = "linux")]
use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, ChildStdout, Stdio},
};
use std::{
    path::PathBuf,
    process::{Command, Output},
};

use crate::{Project, stdout};

/// The Python that `server/setup --tests` makes, which has the package `duckdb`.
fn python() -> PathBuf {
    let named = std::env::var_os("DAGSMITH_PYTHON").map(PathBuf::from);
    let python = named.unwrap_or_else(|| {
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
        cache.unwrap().join("dagsmith/python/bin/python")
    });
    assert!(
        python.is_file(),
        "no {}: `server/setup --tests` makes it",
        python.display()
    );
    python
}

fn command(project: &Project, args: &[&str]) -> Command {
    let mut command = project.command(args);
    command.env("DAGSMITH_PYTHON", python());
    command
}

fn run(project: &Project, args: &[&str]) -> Output {
    command(project, args).output().unwrap()
}

/// Lines of dbt's begin with the time.
fn without_times(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let is_stamped = line.as_bytes().get(2) == Some(&b':');
        if is_stamped {
            line.get(10..).unwrap_or_default()
        } else {
            line
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The project with one model more.
fn with_model(code: &str) -> Project {
    let project = Project::copied("python_runs");
    project.write("models/one_more.py", code);
    project
}

#[test]
fn a_failure_shows_the_line_of_the_model_and_the_traceback() {
    let project = Project::copied("python_runs");
    let args = [
        "build",
        "--select",
        "broken_code+",
        "--vars",
        "{broken: code}",
    ];
    let output = run(&project, &args);
    assert_eq!(output.status.code(), Some(1));
    let shown = without_times(&stdout(&output));
    let begin = shown.find("Failure in model broken_code").unwrap();
    let place = format!("{}/", project.root.display());
    let failure = shown[begin..].replace(&place, "");
    expect_test::expect![[r#"
        Failure in model broken_code (models/broken_code.py)
          error: Python model failed:
           --> models/broken_code.py:5:5
            |
          5 |     raise ValueError("broken on purpose")
            |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            Traceback (most recent call last):
              File "models/broken_code.py", line 11, in model
                refuse()
              File "models/broken_code.py", line 5, in refuse
                raise ValueError("broken on purpose")
            ValueError: broken on purpose

        Done. PASS=0 WARN=0 ERROR=1 SKIP=1 NO-OP=0 TOTAL=2"#]]
    .assert_eq(&failure.replace(" \n", "\n"));
    assert_eq!(
        project.statuses(),
        [
            ("model.python_runs.broken_code", "error"),
            ("model.python_runs.below", "skipped"),
        ]
        .map(|(id, status)| (id.to_owned(), status.to_owned()))
    );
}

#[test]
fn what_the_code_prints_is_heard_at_once() {
    let project = with_model(
        "import os, sys
def model(dbt, session):
    print('one', 'line')
    print('half', end='')
    sys.stdout.flush()
    print(' a line')
    os.system('echo from a program')
    print('to the error stream', file=sys.stderr)
    return session.sql('select 1 as one')
",
    );
    let output = run(&project, &["run", "--select", "one_more"]);
    let shown = stdout(&output);
    assert!(output.status.success(), "{shown}");
    for line in [
        "one line",
        "half a line",
        "from a program",
        "to the error stream",
    ] {
        assert!(shown.contains(&format!("{line}\n")), "{line}: {shown}");
    }
}

#[test]
fn secrets_do_not_get_out_of_a_traceback() {
    let project = with_model(
        "import os
def model(dbt, session):
    print('printed', os.environ['DBT_ENV_SECRET_TOKEN'])
    raise ValueError('said ' + os.environ['DBT_ENV_SECRET_TOKEN'])
",
    );
    let output = command(&project, &["run", "--select", "one_more"])
        .env("DBT_ENV_SECRET_TOKEN", "hunter2hunter2")
        .output()
        .unwrap();
    let shown = stdout(&output);
    assert!(shown.contains("printed *****"), "{shown}");
    assert!(shown.contains("ValueError: said *****"), "{shown}");
    for file in ["target/run_results.json", "logs/dbt.log"] {
        let text = std::fs::read_to_string(project.root.join(file)).unwrap();
        assert!(text.contains("said *****"), "{file}");
        assert!(!text.contains("hunter2"), "{file}");
    }
}

#[test]
fn without_a_python_the_others_are_built_and_it_is_said_what_to_do() {
    let project = Project::copied("python_runs");
    let output = command(&project, &["run", "--select", "same", "prices"])
        .env("DAGSMITH_PYTHON", "/nowhere/python")
        .output()
        .unwrap();
    let shown = stdout(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        shown.contains("OK created sql view model main.prices"),
        "{shown}"
    );
    assert!(
        shown.contains("Python models need an installed Python with the package `duckdb`, and none was found (/nowhere/python: "),
        "{shown}"
    );
}

#[cfg(unix)]
#[test]
fn a_python_without_the_package_is_told_how_to_get_it() {
    let project = Project::copied("python_runs");
    // `-S`: without the packages that are installed.
    let bare = format!("#!/bin/sh\nexec '{}' -S -E \"$@\"\n", python().display());
    project.write("bare_python", bare);
    let program = project.root.join("bare_python");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&program, mode).unwrap();
    let output = command(&project, &["run", "--select", "configured"])
        .env("DAGSMITH_PYTHON", &program)
        .output()
        .unwrap();
    let shown = stdout(&output);
    assert_eq!(output.status.code(), Some(1));
    let advice = format!("{} -m pip install duckdb==", program.display());
    assert!(shown.contains("No module named 'duckdb'"), "{shown}");
    assert!(shown.contains(&advice), "{shown}");
}

/// A model that, at its first run, tells its process' number and never ends; it reads what it stands on first.
#[cfg(target_os = "linux")]
fn endless() -> Project {
    let project = with_model(
        "import os, pathlib, subprocess, sys, time
def model(dbt, session):
    rows = dbt.ref('same')
    mark = pathlib.Path('waited')
    if not mark.exists():
        mark.touch()
        child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000000)'])
        print('pids', os.getpid(), child.pid)
        while True:
            time.sleep(1)
    return rows.project('id')
",
    );
    let output = run(&project, &["run", "--select", "prices", "same"]);
    assert!(output.status.success(), "{}", stdout(&output));
    project
}

/// A run of that model, and the processes that it started.
#[cfg(target_os = "linux")]
struct Waiting {
    dagsmith: Child,
    pids: Vec<String>,
    output: BufReader<ChildStdout>,
}

#[cfg(target_os = "linux")]
impl Waiting {
    fn of(project: &Project) -> Self {
        let mut dagsmith = command(project, &["run", "--select", "one_more"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(dagsmith.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("pids") {
            line.clear();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "it never began");
        }
        let pids = line.split_whitespace().skip_while(|word| *word != "pids");
        let pids: Vec<String> = pids.skip(1).map(str::to_owned).collect();
        assert_eq!(pids.len(), 2);
        assert!(pids.iter().all(|pid| is_running(pid)));
        Self {
            dagsmith,
            pids,
            output,
        }
    }

    /// Waits until nothing is left of it; what it said.
    fn ended(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        let code = self.dagsmith.wait().unwrap().code();
        // The children of one that was killed are told by the end of their input, a moment later.
        while self.pids.iter().any(|pid| is_running(pid)) {
            std::thread::yield_now();
        }
        (code, rest)
    }
}

/// Whether there is such a process. One that has ended and that nobody has asked about is none.
#[cfg(target_os = "linux")]
fn is_running(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_ends_the_python_and_what_it_started() {
    let project = endless();
    let waiting = Waiting::of(&project);
    let sent = Command::new("sh")
        .args(["-c", "kill -INT \"$0\"", &waiting.dagsmith.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    let (code, _) = waiting.ended();
    assert_eq!(code, Some(130));
    assert_eq!(left_behind(&project), Vec::<String>::new());
    finishes(&project);
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_run_leaves_no_python_and_retry_finishes_it() {
    let project = endless();
    let mut waiting = Waiting::of(&project);
    waiting.dagsmith.kill().unwrap();
    waiting.ended();
    assert_eq!(left_behind(&project), Vec::<String>::new());
    finishes(&project);
}

/// The files of an exchange that nobody needs any more.
#[cfg(target_os = "linux")]
fn left_behind(project: &Project) -> Vec<String> {
    let entries = std::fs::read_dir(project.root.join("target")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with("python-")).collect()
}

/// What is missing is made by `retry`.
#[cfg(target_os = "linux")]
fn finishes(project: &Project) {
    let output = run(project, &["retry"]);
    assert!(output.status.success(), "{}", stdout(&output));
    let rows = project.run(&[
        "show",
        "--output",
        "json",
        "--inline",
        "select count(*) as n from main.one_more",
    ]);
    assert!(stdout(&rows).contains("\"n\": 3"), "{}", stdout(&rows));
}

/// Lists of tables take hold of all databases, also of the files that models are given their inputs in.
#[test]
fn inputs_are_read_while_others_list_tables() {
    let project = Project::copied("python_runs");
    let macros = "{% macro many() %}{% for i in range(300) %}{% do run_query('create table t_' ~ i ~ ' as select 1 as a') %}{% endfor %}{% endmacro %}";
    project.write("macros/many.sql", macros);
    let created = run(&project, &["run-operation", "many"]);
    assert!(created.status.success(), "{}", stdout(&created));
    let lists = "{% if execute %}{% for i in range(40) %}{% do run_query('select * from information_schema.tables') %}{% endfor %}{% endif %} select 1 as id";
    project.write(
        "models/crowd/base.sql",
        "{{ config(materialized='table') }} select 1 as id",
    );
    for n in 0..2 {
        project.write(&format!("models/crowd/lists_{n}.sql"), lists);
    }
    for n in 0..6 {
        let code = "def model(dbt, session):\n    return dbt.ref('base')\n";
        project.write(&format!("models/crowd/reads_{n}.py"), code);
    }
    let args = ["run", "--select", "crowd", "--threads", "8"];
    let output = run(&project, &args);
    assert!(output.status.success(), "{}", stdout(&output));
}
