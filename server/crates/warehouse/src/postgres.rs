//! PostgreSQL, through tokio-postgres: one connection a worker, each driven by the thread that uses it.
//!
//! `credentials` reads the profile, `environment` what libpq adds to it, `stream` and `tls` reach the server, `session` logs in and runs text, `tap` reads along
//! what the driver keeps to itself, `values` turns results into cells and values into literals, `message` words what the
//! server refuses, `traces` says which sessions cannot be made as new. All statements go as text, as psycopg2 sends them:
//! only so may one text hold several.
//!
//! Every connection has an event loop of its own that runs while a statement does, which costs no thread and no
//! hand-over from thread to thread.

mod credentials;
mod environment;
mod message;
mod session;
mod stream;
mod tap;
mod tls;
mod traces;
mod values;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use base::System;
use engine::{
    CancelToken, Cell, Connection, Fetch, Interrupt, Response, ResultSet, Warehouse, WarehouseError,
};
use tokio::{
    runtime::Runtime,
    sync::Notify,
    time::{sleep, timeout},
};
use tokio_postgres::{NoTls, error::SqlState};

use self::{
    credentials::Credentials,
    session::{Renewal, Session},
    stream::Encryption,
};

/// How long a server may take to obey before its connection is given up.
const CANCEL_PATIENCE: Duration = Duration::from_secs(5);

/// A server that can be connected to.
pub struct Postgres {
    credentials: Arc<Credentials>,
    /// Where certificates lie.
    system: Arc<dyn System>,
}

impl Postgres {
    /// A server by the fields of a profile's output; relative paths are relative to `project_dir`.
    pub fn from_profile(
        fields: &serde_json::Map<String, serde_json::Value>,
        project_dir: &Path,
        system: Arc<dyn System>,
    ) -> Result<Self, WarehouseError> {
        Ok(Self {
            credentials: Arc::new(Credentials::from_profile(fields, project_dir, &*system)?),
            system,
        })
    }

    /// All attempts of the profile's `sslmode`, one after the other.
    fn connect_once(
        &self,
        runtime: &Runtime,
        stop: &Stop,
    ) -> Result<(Session, Encryption), Refusal> {
        let mut first = None;
        for encryption in stream::attempts(&self.credentials) {
            let connecting = Session::open(&self.credentials, *encryption, &self.system);
            let limit = self.credentials.connect_timeout.unwrap_or(Duration::MAX);
            let outcome = runtime.block_on(async {
                let connected = tokio::select! {
                    connected = timeout(limit, connecting) => connected,
                    () = stop.asked.notified() => return Err(Refusal::passing("cancelled".to_owned())),
                };
                connected.unwrap_or_else(|_| {
                    Err(Refusal::passing(format!(
                        "connection to server at {} failed: timeout expired after {} s; check `host` and `port` of the profile, or raise `connect_timeout`",
                        stream::place(&self.credentials),
                        limit.as_secs()
                    )))
                })
            });
            match outcome {
                Ok(session) => return Ok((session, *encryption)),
                Err(refusal) => {
                    first.get_or_insert(refusal);
                }
            }
        }
        Err(first.unwrap_or_else(|| Refusal::passing("nothing was tried".to_owned())))
    }

    /// As often as the profile says, unless the run is to stop.
    fn connect_patiently(
        &self,
        runtime: &Runtime,
        cancel: &CancelToken,
    ) -> Result<(Session, Encryption), WarehouseError> {
        let stop = Arc::<Stop>::default();
        let _registration = cancel.register(Arc::clone(&stop) as Arc<dyn Interrupt>);
        let mut n_failures = 0_u32;
        if cancel.is_cancelled() {
            return Err(WarehouseError::Cancelled);
        }
        loop {
            let refusal = match self.connect_once(runtime, &stop) {
                Ok(connected) => return Ok(connected),
                Err(refusal) => refusal,
            };
            let is_last = refusal.is_final || n_failures >= self.credentials.retries;
            // The same pauses as dbt-postgres': 0, 1, 4, 9 seconds.
            let pause = Duration::from_secs(u64::from(n_failures.saturating_pow(2)));
            if cancel.is_cancelled() || !is_last && cancel.pause(pause) {
                return Err(WarehouseError::Cancelled);
            }
            if is_last {
                return Err(WarehouseError::Connect(refusal.message));
            }
            n_failures += 1;
        }
    }
}

/// Why there is no connection.
struct Refusal {
    message: String,
    /// Trying again would end the same.
    is_final: bool,
}

impl Refusal {
    fn passing(message: String) -> Self {
        Self {
            message,
            is_final: false,
        }
    }
}

impl Warehouse for Postgres {
    fn adapter_type(&self) -> &'static str {
        "postgres"
    }

    fn connect(&self, cancel: &CancelToken) -> Result<Box<dyn Connection>, WarehouseError> {
        let runtime = new_runtime().map_err(|error| WarehouseError::Connect(error.to_string()))?;
        let (session, encryption) = self.connect_patiently(&runtime, cancel)?;
        let canceller = Canceller {
            token: session.client.cancel_token(),
            credentials: Arc::clone(&self.credentials),
            encryption,
            system: Arc::clone(&self.system),
        };
        let role = self.credentials.role.as_ref();
        let mut connection = PgConnection {
            runtime,
            session: Some(session),
            set_role: role.map(|role| format!("set role {role}")),
            renewal: None,
            begins_next: false,
            is_broken: false,
            is_used_up: false,
            stop: Arc::default(),
            canceller: Arc::new(canceller),
        };
        if let Some(sql) = connection.set_role.clone() {
            connection
                .execute(&sql, &[], Fetch::Nothing)
                .map_err(|error| {
                    WarehouseError::Connect(format!("`role` of the profile: {error}"))
                })?;
        }
        Ok(Box::new(connection))
    }

    fn binding_char(&self) -> &'static str {
        "%s"
    }

    fn driver_type(&self, data_type: &str) -> String {
        values::driver_type(data_type)
    }

    fn begins_by_itself(&self) -> bool {
        !self.credentials.autocommit
    }
}

/// A session and the thread's way of waiting for it.
struct PgConnection {
    runtime: Runtime,
    /// `None` only while it is being closed.
    session: Option<Session>,
    /// Of the profile, for the session's beginning.
    set_role: Option<String>,
    /// The last node's traces are being removed.
    renewal: Option<Renewal>,
    /// `BEGIN` goes out with the next statement.
    begins_next: bool,
    /// The server or the network ended it.
    is_broken: bool,
    /// It ran what cannot be taken back.
    is_used_up: bool,
    stop: Arc<Stop>,
    canceller: Arc<Canceller>,
}

/// Says to a connection that its statement is not waited for.
#[derive(Default)]
struct Stop {
    is_asked: AtomicBool,
    asked: Notify,
}

/// Of a connection that is only being made: there is nothing to cancel on the server.
impl Interrupt for Stop {
    fn interrupt(&self) {
        self.asked.notify_one();
    }
}

impl PgConnection {
    /// Waits for the server; not for long, and in vain, once somebody asked to stop.
    fn wait_for<T>(&self, answer: impl Future<Output = T>) -> Option<T> {
        let stop = &self.stop;
        self.runtime.block_on(async {
            let given_up = async {
                stop.asked.notified().await;
                sleep(CANCEL_PATIENCE).await;
            };
            tokio::select! {
                biased;
                answer = answer => Some(answer),
                () = given_up => None,
            }
        })
    }

    /// Runs text as it is.
    fn send(&mut self, sql: &str, fetch: Fetch) -> Result<(Response, ResultSet), WarehouseError> {
        let begins = std::mem::take(&mut self.begins_next);
        let Some(session) = &self.session else {
            return Err(WarehouseError::Database(
                "the connection is closed".to_owned(),
            ));
        };
        self.is_used_up = self.is_used_up || traces::outlives_discard(sql);
        match self.wait_for(session.run(sql, begins, fetch)) {
            Some(Ok(answer)) => Ok(session.result(answer)),
            Some(Err(error)) => {
                let is_cancelled = error.code() == Some(&SqlState::QUERY_CANCELED)
                    && self.stop.is_asked.load(Ordering::SeqCst);
                self.is_broken |= message::ends_connection(&error);
                Err(if is_cancelled {
                    WarehouseError::Cancelled
                } else {
                    WarehouseError::Database(message::of_statement(&error, sql))
                })
            }
            None => {
                self.is_broken = true;
                Err(WarehouseError::Cancelled)
            }
        }
    }
}

impl Connection for PgConnection {
    fn execute(
        &mut self,
        sql: &str,
        bindings: &[Cell],
        fetch: Fetch,
    ) -> Result<(Response, ResultSet), WarehouseError> {
        if bindings.is_empty() {
            return self.send(sql, fetch);
        }
        let filled = values::fill(sql, bindings).map_err(WarehouseError::Database)?;
        self.send(&filled, fetch)
    }

    fn interrupt_handle(&self) -> Arc<dyn Interrupt> {
        Arc::new(PgInterrupt {
            stop: Arc::clone(&self.stop),
            canceller: Arc::clone(&self.canceller),
        })
    }

    fn begin(&mut self) -> Result<(), WarehouseError> {
        self.begins_next = true;
        Ok(())
    }

    fn commit(&mut self) -> Result<(), WarehouseError> {
        if std::mem::take(&mut self.begins_next) {
            return Ok(());
        }
        self.send("COMMIT", Fetch::Nothing).map(drop)
    }

    fn rollback(&mut self) -> Result<(), WarehouseError> {
        if std::mem::take(&mut self.begins_next) || self.is_broken {
            return Ok(());
        }
        self.send("ROLLBACK", Fetch::Nothing).map(drop)
    }

    /// Much cheaper than logging in again, which dbt does for every node.
    fn renew(&mut self) -> bool {
        self.begins_next = false;
        if self.is_broken || self.is_used_up {
            return false;
        }
        let Some(session) = &self.session else {
            return false;
        };
        match self.wait_for(session.renew(self.set_role.as_deref())) {
            Some(Ok(renewal)) => {
                self.renewal = Some(renewal);
                true
            }
            Some(Err(error)) => {
                tracing::debug!(%error, "the session is not used again");
                false
            }
            None => false,
        }
    }

    /// The server has made the session new by now, or says that it has gone.
    fn is_usable(&mut self) -> bool {
        let is_new = self.renewal.take().is_none_or(|renewal| {
            let renewed = self.wait_for(renewal.finish());
            if let Some(Err(error)) = &renewed {
                tracing::debug!(%error, "the session is not used again");
            }
            matches!(renewed, Some(Ok(())))
        });
        let is_closed = self.session.as_ref().is_none_or(|session| {
            self.runtime.block_on(tokio::task::yield_now());
            session.client.is_closed()
        });
        is_new && !self.is_broken && !is_closed
    }
}

impl Drop for PgConnection {
    /// Says goodbye, so that the server's log has no complaint; not for long.
    fn drop(&mut self) {
        if let Some(Session { client, task, .. }) = self.session.take() {
            drop(client);
            let _goodbye = self
                .runtime
                .block_on(async { timeout(CANCEL_PATIENCE, task).await });
        }
    }
}

/// What a request to cancel needs: it goes over a connection of its own.
struct Canceller {
    token: tokio_postgres::CancelToken,
    credentials: Arc<Credentials>,
    encryption: Encryption,
    system: Arc<dyn System>,
}

struct PgInterrupt {
    stop: Arc<Stop>,
    canceller: Arc<Canceller>,
}

impl Interrupt for PgInterrupt {
    fn interrupt(&self) {
        self.stop.is_asked.store(true, Ordering::SeqCst);
        if let Err(error) = self.canceller.cancel() {
            tracing::debug!(error, "the server was not asked to cancel");
        }
        self.stop.asked.notify_one();
    }
}

impl Canceller {
    fn cancel(&self) -> Result<(), String> {
        let runtime = new_runtime().map_err(|error| error.to_string())?;
        let asking = async {
            let opened = stream::open(&self.credentials, self.encryption, &self.system).await?;
            let asked = self.token.cancel_query_raw(opened, NoTls).await;
            asked.map_err(|error| error.to_string())
        };
        runtime
            .block_on(async { timeout(CANCEL_PATIENCE, asking).await })
            .map_err(|error| error.to_string())?
    }
}

fn new_runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use base::OsSystem;
    use serde_json::json;

    use super::*;

    /// Stops the run while somebody connects, who must not go on trying.
    fn check_cancelled(port: u16, retries: u32) {
        let fields = json!({
            "host": "127.0.0.1", "user": "u", "pass": "p", "dbname": "d", "schema": "s", "port": port, "retries": retries,
        });
        let fields = fields.as_object().unwrap();
        let server = Postgres::from_profile(fields, Path::new("/"), Arc::new(OsSystem)).unwrap();
        let cancel = CancelToken::new();
        thread::scope(|scope| {
            let connecting = scope.spawn(|| server.connect(&cancel).map(drop));
            cancel.cancel();
            assert_eq!(connecting.join().unwrap(), Err(WarehouseError::Cancelled));
        });
    }

    #[test]
    fn a_server_that_never_answers_is_not_waited_for_after_the_run_was_stopped() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        check_cancelled(silent.local_addr().unwrap().port(), 0);
    }

    #[test]
    fn the_pauses_between_attempts_end_when_the_run_is_stopped() {
        check_cancelled(1, 10_000);
    }
}
