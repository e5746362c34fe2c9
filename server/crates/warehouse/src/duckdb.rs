//! DuckDB, embedded: one database handle a file, one cheap connection a node.
//!
//! `credentials` reads the profile, `values` turns results into cells, `traces` says after which statements a session is as
//! good as a new one, `python` runs Python models. The file is opened when the first connection is
//! asked for and closed when the `DuckDb` and its connections are dropped; DuckDB allows one writing process at a
//! time, so nothing may hold a `DuckDb` longer than a run.

pub mod binder;
mod credentials;
mod python;
mod retries;
mod traces;
mod values;

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ::duckdb::{Config, Connection as Session, Error as DuckError, InterruptHandle};
use engine::{
    CancelToken, Cell, Connection, Fetch, Interrupt, PythonFailure, PythonJob, Response, ResultSet,
    Warehouse, WarehouseError,
};
use traces::leaves_traces;

pub use credentials::Credentials;

/// An embedded database, opened on first use.
pub struct DuckDb {
    credentials: Arc<Credentials>,
    sessions: Arc<Mutex<Sessions>>,
}

/// What is open.
#[derive(Default)]
struct Sessions {
    /// `None` until the first connection. Sessions are cloned from it under the lock; no statement runs on it later.
    root: Option<Session>,
    /// Those that nobody uses and that nobody can tell from new ones.
    idle: Vec<Session>,
    n_used: usize,
}

impl DuckDb {
    /// A database by the fields of a profile's output; relative paths are relative to `project_dir`, as dbt changes
    /// into it.
    pub fn from_profile(
        fields: &serde_json::Map<String, serde_json::Value>,
        project_dir: &Path,
    ) -> Result<Self, WarehouseError> {
        Ok(Self {
            credentials: Arc::new(Credentials::from_profile(fields, project_dir)?),
            sessions: Arc::default(),
        })
    }

    /// What the profile said.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Another process may hold the file and be about to finish.
    fn open(&self, cancel: &CancelToken) -> Result<Session, WarehouseError> {
        let retries = &self.credentials.retries;
        retries.run(retries.connect_attempts, cancel, || self.open_once())
    }

    fn open_once(&self) -> Result<Session, WarehouseError> {
        let credentials = &self.credentials;
        let refused = |error: DuckError| connect_error(credentials, &error);
        let mut config = Config::default();
        for (key, value) in &credentials.config_options {
            config = config.with(key, value).map_err(refused)?;
        }
        let session = if credentials.is_in_memory() {
            Session::open_in_memory_with_flags(config)
        } else {
            Session::open_with_flags(&credentials.path, config)
        }
        .map_err(refused)?;
        // What is part of DuckDB, or was installed before, can be loaded where nothing can be downloaded.
        let mut not_installed = None;
        for (key, statement) in &credentials.on_open {
            match session.execute_batch(statement) {
                Ok(()) => not_installed = None,
                Err(error) if statement.starts_with("INSTALL ") => not_installed = Some(error),
                Err(error) => {
                    let cause = not_installed.as_ref().unwrap_or(&error);
                    return Err(setup_error(credentials, key, cause));
                }
            }
        }
        Ok(session)
    }

    fn new_session(
        &self,
        sessions: &mut Sessions,
        cancel: &CancelToken,
    ) -> Result<Session, WarehouseError> {
        let credentials = &self.credentials;
        let root = match sessions.root.take() {
            Some(root) => root,
            None => self.open(cancel)?,
        };
        let session = sessions.root.insert(root).try_clone();
        let session = session.map_err(|error| connect_error(credentials, &error))?;
        for statement in &credentials.on_connect {
            session
                .execute_batch(statement)
                .map_err(|error| setup_error(credentials, "settings", &error))?;
        }
        Ok(session)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Warehouse for DuckDb {
    fn adapter_type(&self) -> &'static str {
        "duckdb"
    }

    fn connect(&self, cancel: &CancelToken) -> Result<Box<dyn Connection>, WarehouseError> {
        let mut sessions = lock(&self.sessions);
        let session = match sessions.idle.pop() {
            Some(session) => session,
            None => self.new_session(&mut sessions, cancel)?,
        };
        sessions.n_used += 1;
        Ok(Box::new(DuckConnection {
            handle: session.interrupt_handle(),
            session: Some(session),
            is_as_new: true,
            in_transaction: false,
            credentials: Arc::clone(&self.credentials),
            sessions: Arc::clone(&self.sessions),
            cancel: cancel.clone(),
            is_open: Arc::new(Mutex::new(true)),
        }))
    }

    fn run_python(&self, job: &mut PythonJob<'_>) -> Result<(), PythonFailure> {
        python::run(self, job)
    }
}

/// A session on the embedded database.
struct DuckConnection {
    /// There until the connection is dropped.
    session: Option<Session>,
    handle: Arc<InterruptHandle>,
    /// Nothing of what it ran can be told by who uses it next.
    is_as_new: bool,
    in_transaction: bool,
    credentials: Arc<Credentials>,
    sessions: Arc<Mutex<Sessions>>,
    /// Of the run: nothing is tried again when it is over.
    cancel: CancelToken,
    /// Held while the session is interrupted: an interrupt of a session that is being closed crashes.
    is_open: Arc<Mutex<bool>>,
}

impl Drop for DuckConnection {
    fn drop(&mut self) {
        *lock(&self.is_open) = false;
        let session = self.session.take();
        let mut sessions = lock(&self.sessions);
        sessions.n_used = sessions.n_used.saturating_sub(1);
        if self.is_as_new && !self.in_transaction {
            sessions.idle.extend(session);
        }
        if sessions.n_used == 0 && !self.credentials.keep_open {
            *sessions = Sessions::default();
        }
    }
}

impl DuckConnection {
    fn session(&self) -> Result<&Session, WarehouseError> {
        let closed = || WarehouseError::Connect("the connection is closed".to_owned());
        self.session.as_ref().ok_or_else(closed)
    }

    fn failed(&self, error: &DuckError) -> WarehouseError {
        statement_error(&self.credentials, error)
    }

    fn run(
        &self,
        sql: &str,
        bindings: &[Cell],
        fetch: Fetch,
    ) -> Result<(Response, ResultSet), WarehouseError> {
        let response = Response {
            message: "OK".to_owned(),
            ..Response::default()
        };
        let session = self.session()?;
        // Without parameters and without a result one call does it all; `prepare` would refuse text that is all
        // comments, which hooks may well be.
        if bindings.is_empty() && (fetch == Fetch::Nothing || is_blank(sql)) {
            session
                .execute_batch(sql)
                .map_err(|error| self.failed(&error))?;
            return Ok((response, ResultSet::default()));
        }
        let mut statement = session.prepare(sql).map_err(|error| self.failed(&error))?;
        let bindings: Vec<_> = bindings.iter().map(values::to_duckdb).collect();
        let rows = statement
            .query(::duckdb::params_from_iter(bindings))
            .map_err(|error| self.failed(&error))?;
        let limit = match fetch {
            Fetch::Nothing => 0,
            Fetch::All => usize::MAX,
            Fetch::Limit(limit) => limit,
        };
        let result = values::collect(rows, limit).map_err(|error| self.failed(&error))?;
        Ok((response, result))
    }
}

impl Connection for DuckConnection {
    fn execute(
        &mut self,
        sql: &str,
        bindings: &[Cell],
        fetch: Fetch,
    ) -> Result<(Response, ResultSet), WarehouseError> {
        let retries = &self.credentials.retries;
        let attempt = || self.run(sql, bindings, fetch);
        let outcome = retries.run(retries.query_attempts, &self.cancel, attempt);
        if outcome.is_err() || leaves_traces(sql) {
            self.is_as_new = false;
        }
        outcome
    }

    fn begin(&mut self) -> Result<(), WarehouseError> {
        self.in_transaction = true;
        self.run("BEGIN", &[], Fetch::Nothing).map(drop)
    }

    fn commit(&mut self) -> Result<(), WarehouseError> {
        self.run("COMMIT", &[], Fetch::Nothing)?;
        self.in_transaction = false;
        Ok(())
    }

    fn rollback(&mut self) -> Result<(), WarehouseError> {
        self.run("ROLLBACK", &[], Fetch::Nothing)?;
        self.in_transaction = false;
        Ok(())
    }

    fn interrupt_handle(&self) -> Arc<dyn Interrupt> {
        Arc::new(DuckInterrupt {
            handle: Arc::clone(&self.handle),
            is_open: Arc::clone(&self.is_open),
        })
    }
}

struct DuckInterrupt {
    handle: Arc<InterruptHandle>,
    is_open: Arc<Mutex<bool>>,
}

impl Interrupt for DuckInterrupt {
    fn interrupt(&self) {
        let is_open = lock(&self.is_open);
        if *is_open {
            self.handle.interrupt();
        }
    }
}

/// Nothing but white space, comments and semicolons.
fn is_blank(sql: &str) -> bool {
    let mut rest = sql;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n').map_or("", |(_, after)| after);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
        } else {
            return rest.is_empty();
        }
    }
}

fn message_of(error: &DuckError) -> String {
    match error {
        DuckError::DuckDBFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    }
}

fn statement_error(credentials: &Credentials, error: &DuckError) -> WarehouseError {
    let message = message_of(error);
    if message.starts_with("INTERRUPT Error") {
        WarehouseError::Cancelled
    } else {
        WarehouseError::Database(credentials.hide(&message) + advice(&message))
    }
}

/// What to do where it is not the statement that is wrong.
fn advice(message: &str) -> &'static str {
    let is_disk_full = [
        "No space left on device",
        "Disk quota exceeded",
        "max_temp_directory_size",
    ]
    .iter()
    .any(|words| message.contains(words));
    if is_disk_full {
        "\nThe disk is full; the tables are as they were. Make room, then do the rest with `dagsmith retry`"
    } else {
        ""
    }
}

fn connect_error(credentials: &Credentials, error: &DuckError) -> WarehouseError {
    let message = message_of(error);
    if message.contains("Could not set lock on file") {
        WarehouseError::Locked {
            path: credentials.path.clone(),
            pid: holder(&message),
        }
    } else {
        WarehouseError::Connect(credentials.hide(&message))
    }
}

/// A statement that follows from a key of the profile.
fn setup_error(credentials: &Credentials, key: &str, error: &DuckError) -> WarehouseError {
    match connect_error(credentials, error) {
        WarehouseError::Connect(message) => {
            WarehouseError::Connect(format!("the profile's `{key}`: {message}"))
        }
        other => other,
    }
}

/// The process in `Conflicting lock is held in /usr/bin/python3.11 (PID 4242)`.
fn holder(message: &str) -> Option<u32> {
    let (_, after) = message.split_once("(PID ")?;
    after.split_once(')')?.0.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use expect_test::{Expect, expect};

    fn in_memory() -> DuckDb {
        DuckDb::from_profile(&serde_json::Map::new(), Path::new("/")).unwrap()
    }

    fn check(sql: &str, expected: &Expect) {
        let shown =
            match in_memory()
                .connect(&CancelToken::new())
                .unwrap()
                .execute(sql, &[], Fetch::All)
            {
                Ok((_, result)) => result
                    .rows
                    .iter()
                    .map(|row| {
                        let cells = result.columns.iter().zip(row);
                        cells
                            .map(|(name, cell)| format!("{name} = {cell:?}\n"))
                            .collect::<String>()
                    })
                    .collect(),
                Err(error) => format!("{error}\n"),
            };
        expected.assert_eq(&shown);
    }

    #[test]
    fn numbers_keep_their_exact_value() {
        check(
            "select 1::tinyint as a, 12.50::decimal(10, 2) as b, 0.1::double as c, \
             170141183460469231731687303715884105727::hugeint as d, 18446744073709551615::ubigint as e, sum(2) as f",
            &expect![[r#"
                a = Int(1)
                b = Decimal("12.50")
                c = Float(0.1)
                d = Int(170141183460469231731687303715884105727)
                e = Int(18446744073709551615)
                f = Int(2)
            "#]],
        );
    }

    #[test]
    fn times_come_in_microseconds() {
        check(
            "select date '1970-01-02' as d, timestamp '1970-01-01 00:00:01.5' as t, time '00:00:01' as c, \
             timestamp_s '1970-01-01 00:00:02' as s, interval '1 month 2 days' as i",
            &expect![[r#"
                d = Date(1)
                t = Timestamp(1500000)
                c = Time(1000000)
                s = Timestamp(2000000)
                i = Text("1 month 2 days")
            "#]],
        );
    }

    #[test]
    fn nested_values_keep_their_shape() {
        check(
            "select [1, null] as l, {'a': 'x', 'b': [true]} as s, map {'k': 1} as m, 'u'::enum('u', 'v') as e",
            &expect![[r#"
                l = List([Int(1), Null])
                s = Struct([("a", Text("x")), ("b", List([Bool(true)]))])
                m = Struct([("k", Int(1))])
                e = Text("u")
            "#]],
        );
    }

    #[test]
    fn an_error_is_the_databases_own_text() {
        let mut connection = in_memory().connect(&CancelToken::new()).unwrap();
        let error = connection
            .execute("select nope", &[], Fetch::All)
            .unwrap_err();
        let message = error.to_string();
        assert!(
            message.starts_with("Binder Error: Referenced column \"nope\""),
            "{message}"
        );
    }

    #[test]
    fn several_statements_return_the_last_result() {
        check(
            "create table t (x int); insert into t values (7); select x from t",
            &expect![[r"
            x = Int(7)
        "]],
        );
    }

    #[test]
    fn comments_alone_are_no_error() {
        check("-- nothing here\n/* nor here */;", &expect![""]);
    }

    #[test]
    fn bindings_fill_parameters() {
        let mut connection = in_memory().connect(&CancelToken::new()).unwrap();
        let bindings = [Cell::Text("a".to_owned()), Cell::Null, Cell::Int(3)];
        let (_, result) = connection
            .execute("select ?, ?, ? + 1", &bindings, Fetch::All)
            .unwrap();
        assert_eq!(
            result.rows,
            [[Cell::Text("a".to_owned()), Cell::Null, Cell::Int(4)]]
        );
    }

    #[test]
    fn what_a_node_leaves_in_its_session_reaches_no_other() {
        let warehouse = in_memory();
        let run = |statements: &[&str]| {
            let mut connection = warehouse.connect(&CancelToken::new()).unwrap();
            let mut ends = statements
                .iter()
                .map(|sql| connection.execute(sql, &[], Fetch::Nothing).is_ok());
            ends.all(|is_ok| is_ok)
        };
        assert!(run(&["create table kept as select 1 as x"]));
        assert_eq!(lock(&warehouse.sessions).idle.len(), 1);
        assert!(run(&["create temp table gone as select 1 as x"]));
        assert_eq!(lock(&warehouse.sessions).idle.len(), 0);
        assert!(run(&["select x from kept"]));
        assert!(!run(&["select x from gone"]));
        let mut unfinished = warehouse.connect(&CancelToken::new()).unwrap();
        unfinished.begin().unwrap();
        drop(unfinished);
        assert_eq!(lock(&warehouse.sessions).idle.len(), 0);
    }

    #[test]
    fn a_limit_cuts_the_rows() {
        let mut connection = in_memory().connect(&CancelToken::new()).unwrap();
        let (_, result) = connection
            .execute("from range(10)", &[], Fetch::Limit(2))
            .unwrap();
        assert_eq!(result.rows.len(), 2);
    }

    #[test]
    fn an_interrupt_ends_a_running_statement() {
        let warehouse = in_memory();
        let mut connection = warehouse.connect(&CancelToken::new()).unwrap();
        let handle = connection.interrupt_handle();
        let runner = thread::spawn(move || {
            connection.execute(
                "select sum(a.range * b.range) from range(10000000) a, range(10000000) b",
                &[],
                Fetch::All,
            )
        });
        // The statement may not have begun yet, and an interrupt before it does nothing: ask until it ends.
        while !runner.is_finished() {
            handle.interrupt();
            thread::yield_now();
        }
        assert_eq!(runner.join().unwrap(), Err(WarehouseError::Cancelled));
    }

    #[test]
    fn the_file_is_let_go_where_the_profile_says_so() {
        let directory = tempfile::tempdir().unwrap();
        for (keep_open, is_open) in [(true, true), (false, false)] {
            let fields = serde_json::json!({"path": "a.duckdb", "keep_open": keep_open});
            let warehouse =
                DuckDb::from_profile(fields.as_object().unwrap(), directory.path()).unwrap();
            let both = (
                warehouse.connect(&CancelToken::new()).unwrap(),
                warehouse.connect(&CancelToken::new()).unwrap(),
            );
            drop(both.0);
            assert!(lock(&warehouse.sessions).root.is_some());
            drop(both.1);
            assert_eq!(lock(&warehouse.sessions).root.is_some(), is_open);
        }
    }

    #[test]
    fn what_the_profile_asks_for_is_named_where_it_fails() {
        let fields = serde_json::json!({"secrets": [{"type": "s3 (", "secret": "hush"}]});
        let warehouse = DuckDb::from_profile(fields.as_object().unwrap(), Path::new("/")).unwrap();
        let error = warehouse
            .connect(&CancelToken::new())
            .err()
            .unwrap()
            .to_string();
        assert!(
            error.starts_with("could not connect: the profile's `secrets`: Parser Error"),
            "{error}"
        );
        assert!(!error.contains("hush"), "{error}");
    }

    #[test]
    fn extensions_that_are_there_need_no_download() {
        let open = |extension: &str| {
            let fields = serde_json::json!({
                "extensions": [extension],
                "config_options": {"custom_extension_repository": "/nowhere", "autoinstall_known_extensions": false},
            });
            let warehouse =
                DuckDb::from_profile(fields.as_object().unwrap(), Path::new("/")).unwrap();
            warehouse.connect(&CancelToken::new()).map(drop)
        };
        assert_eq!(open("parquet"), Ok(()));
        let error = open("no_such_extension").unwrap_err().to_string();
        assert!(
            error.starts_with("could not connect: the profile's `extensions`: IO Error"),
            "{error}"
        );
    }

    #[test]
    fn the_holder_of_a_lock_is_found() {
        let message = "IO Error: Could not set lock on file \"/x\": Conflicting lock is held in /usr/bin/python3 (PID 42). See also";
        assert_eq!(holder(message), Some(42));
    }
}
