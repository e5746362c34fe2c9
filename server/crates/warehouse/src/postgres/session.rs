//! `Session`: a login on the server, which runs texts and can be made as new.

use std::{
    pin::{Pin, pin},
    sync::Arc,
};

use base::System;
use engine::{Fetch, Response, ResultSet};
use futures_util::TryStreamExt as _;
use tokio::task::JoinHandle;
use tokio_postgres::{
    Client, NoTls, SimpleQueryMessage, SimpleQueryRow, SimpleQueryStream, config,
};

use super::{
    Refusal,
    credentials::Credentials,
    message,
    stream::{self, Encryption},
    tap::{self, SharedSeen, Tap, with_seen},
    values,
};

/// A logged-in session and the task that serves it.
pub(super) struct Session {
    pub(super) client: Client,
    seen: SharedSeen,
    pub(super) task: JoinHandle<()>,
}

impl Session {
    pub(super) async fn open(
        credentials: &Credentials,
        encryption: Encryption,
        system: &Arc<dyn System>,
    ) -> Result<Self, Refusal> {
        let opened = stream::open(credentials, encryption, system)
            .await
            .map_err(Refusal::passing)?;
        let seen = SharedSeen::default();
        let tap = Tap::new(opened, Arc::clone(&seen));
        let mut config = tokio_postgres::Config::new();
        config
            .user(&credentials.user)
            .password(&credentials.password)
            .dbname(&credentials.database)
            .ssl_mode(config::SslMode::Disable);
        if !credentials.application_name.is_empty() {
            config.application_name(&credentials.application_name);
        }
        if let Some(options) = &credentials.options {
            config.options(options);
        }
        let (client, connection) =
            config
                .connect_raw(tap, NoTls)
                .await
                .map_err(|error| Refusal {
                    message: message::of_connecting(&error, &stream::place(credentials)),
                    is_final: message::is_final(&error),
                })?;
        let task = tokio::spawn(async {
            // What ends it ends the statement that is running, which says so.
            let _ended = connection.await;
        });
        Ok(Self { client, seen, task })
    }

    /// Runs a text of statements, behind `BEGIN` if that is still to come: both travel in one go.
    pub(super) async fn run(
        &self,
        sql: &str,
        begins: bool,
        fetch: Fetch,
    ) -> Result<Answer, tokio_postgres::Error> {
        with_seen(&self.seen, |seen| *seen = tap::Seen::default());
        let begun = if begins {
            Some(self.client.simple_query_raw("BEGIN").await?)
        } else {
            None
        };
        let mut messages = pin!(self.client.simple_query_raw(sql).await?);
        if let Some(begun) = begun {
            let mut begun = pin!(begun);
            while begun.try_next().await?.is_some() {}
        }
        let limit = match fetch {
            Fetch::Nothing => 0,
            Fetch::All => usize::MAX,
            Fetch::Limit(limit) => limit,
        };
        let mut answer = Answer::default();
        let mut rows = None;
        while let Some(message) = messages.try_next().await? {
            match message {
                SimpleQueryMessage::RowDescription(columns) => {
                    answer.columns = columns.iter().map(|it| it.name().to_owned()).collect();
                    rows = Some(Vec::new());
                }
                SimpleQueryMessage::Row(row) => {
                    if let Some(rows) = rows.as_mut().filter(|rows| rows.len() < limit) {
                        rows.push(row);
                    }
                }
                SimpleQueryMessage::CommandComplete(_) => answer.rows = rows.take(),
                _ => {}
            }
        }
        Ok(answer)
    }

    /// Ends what transaction is open and takes back what the session has of its own; all travels in one go. What the profile
    /// says of the search path and the application came with the login, and stays.
    ///
    /// The answers are not waited for here: the server is at it while the next node is prepared.
    pub(super) async fn renew(
        &self,
        set_role: Option<&str>,
    ) -> Result<Renewal, tokio_postgres::Error> {
        let is_idle = with_seen(&self.seen, |seen| seen.is_idle);
        let rollback = (!is_idle).then_some("ROLLBACK");
        let mut answers = Vec::new();
        for text in rollback.into_iter().chain(["DISCARD ALL"]).chain(set_role) {
            answers.push(Box::pin(self.client.simple_query_raw(text).await?));
        }
        // The task that serves the connection has its turn, in which it writes them: a lock is not to be held for longer.
        tokio::task::yield_now().await;
        Ok(Renewal(answers))
    }

    /// What a statement came back with, in dbt's words and in cells.
    pub(super) fn result(&self, answer: Answer) -> (Response, ResultSet) {
        let (tag, types) = with_seen(&self.seen, |seen| {
            (
                seen.tag.take().unwrap_or_default(),
                std::mem::take(&mut seen.types),
            )
        });
        let Some(rows) = answer.rows else {
            return (response(tag), ResultSet::default());
        };
        let cells = |row: &SimpleQueryRow| {
            let columns = types.iter().enumerate();
            columns
                .map(|(idx, column)| values::cell(column.oid, row.try_get(idx).ok().flatten()))
                .collect()
        };
        let result = ResultSet {
            columns: answer.columns,
            rows: rows.iter().map(cells).collect(),
            types: types.iter().map(|it| values::type_name(it.oid)).collect(),
        };
        (response(tag), result)
    }
}

/// What the server has not answered yet.
pub(super) struct Renewal(Vec<Pin<Box<SimpleQueryStream>>>);

impl Renewal {
    /// Ends when the session is as new.
    pub(super) async fn finish(self) -> Result<(), tokio_postgres::Error> {
        for mut answer in self.0 {
            while answer.try_next().await?.is_some() {}
        }
        Ok(())
    }
}

/// What the last statement of a text came back with.
#[derive(Default)]
pub(super) struct Answer {
    columns: Vec<String>,
    /// `None` where the statement has no result.
    rows: Option<Vec<SimpleQueryRow>>,
}

/// `INSERT 0 3` is the code `INSERT` and three rows; a command without a count says -1, as psycopg2 does.
fn response(tag: String) -> Response {
    let words = tag.split_whitespace();
    let (counts, code): (Vec<&str>, Vec<&str>) =
        words.partition(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
    Response {
        code: Some(code.join(" ")),
        rows_affected: Some(counts.last().and_then(|it| it.parse().ok()).unwrap_or(-1)),
        message: tag,
    }
}
