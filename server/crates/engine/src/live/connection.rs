//! `NodeConnection`: one node's connection and its transaction, opened on first use.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jinja::{QueryRequest, QueryResult, Table, Value};

use super::{
    cells,
    query_comment::QueryComment,
    session::Session,
    transaction_words::{Left, left_by},
};
use crate::{
    cancel::Registration,
    event::Event,
    warehouse::{Cell, Connection, Fetch, Response, WarehouseError},
};
use project::node::{ResourceType, UniqueId};

/// A connection that may not be open yet.
pub(crate) struct NodeConnection {
    session: Arc<Session>,
    node: Option<UniqueId>,
    open: Option<Open>,
    /// The statement that failed last and what the warehouse said: to find the place in the node's SQL.
    failed: Option<(String, String)>,
    /// What statements of templates carry, or why there is no telling.
    comment: Result<QueryComment, String>,
}

struct Open {
    connection: Box<dyn Connection>,
    transaction: Transaction,
    registration: Registration,
}

/// Where a session stands. With drivers that begin by themselves this follows dbt on psycopg2, where the first statement
/// opens a transaction and `COMMIT`, sent as a statement, leaves it for good: from then on every statement commits itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transaction {
    /// Nothing has run yet.
    Idle,
    /// The node's work was committed.
    Committed,
    /// Somebody wrote `commit` as a statement: what asks for no transaction gets none, like a hook that vacuums. What asks
    /// for one does, so that a relation is still replaced in one step.
    Left,
    /// One is open, though nobody asked for it: it came with the first statement.
    Implicit,
    /// One is open.
    Open,
}

impl Transaction {
    fn is_open(self) -> bool {
        matches!(self, Self::Implicit | Self::Open)
    }
}

impl NodeConnection {
    pub(crate) fn new(session: Arc<Session>, node: Option<UniqueId>) -> Self {
        Self {
            session,
            node,
            open: None,
            failed: None,
            comment: Ok(QueryComment::default()),
        }
    }

    /// What every statement of a template carries from now on.
    pub(super) fn set_comment(&mut self, comment: Result<QueryComment, String>) {
        self.comment = comment;
    }

    /// What failed last, once.
    pub(crate) fn take_failed(&mut self) -> Option<(String, String)> {
        self.failed.take()
    }

    /// Runs what a template asks for.
    pub(crate) fn query(&mut self, request: &QueryRequest) -> Result<QueryResult, WarehouseError> {
        let fetch = match (request.fetch, request.limit) {
            (false, _) => Fetch::Nothing,
            (true, Some(limit)) => Fetch::Limit(limit),
            (true, None) => Fetch::All,
        };
        let (response, result) = self.execute(&request.sql, &[], fetch, request.auto_begin)?;
        let table = if request.fetch {
            cells::table(&result)
        } else {
            Table::default()
        };
        Ok(QueryResult {
            response: response_pairs(&response),
            table,
        })
    }

    /// Runs a statement; with `auto_begin` in a transaction, a new one if need be.
    pub(crate) fn execute(
        &mut self,
        sql: &str,
        bindings: &[Cell],
        fetch: Fetch,
        auto_begin: bool,
    ) -> Result<(Response, crate::warehouse::ResultSet), WarehouseError> {
        // Parameters belong to statements that dbt does not comment on.
        let commented = match &self.comment {
            Ok(comment) if bindings.is_empty() => comment.on(sql),
            Ok(_) => sql.to_owned(),
            Err(message) => return Err(WarehouseError::Unsupported(message.clone())),
        };
        let session = Arc::clone(&self.session);
        let disable_transactions = session.flags.disable_transactions;
        let is_lone_read = self.is_lone_read(sql);
        let begins_by_itself = session.warehouse.begins_by_itself();
        let open = self.open()?;
        let begins = match open.transaction {
            Transaction::Open => false,
            Transaction::Implicit => {
                if auto_begin {
                    open.transaction = Transaction::Open;
                }
                false
            }
            Transaction::Idle => auto_begin || begins_by_itself,
            Transaction::Committed => auto_begin && !begins_by_itself,
            // Who has ended one may begin the next.
            Transaction::Left => auto_begin && left_by(sql) != Some(Left::Begun),
        };
        if begins && !disable_transactions && !is_lone_read {
            open.connection.begin()?;
            open.transaction = if auto_begin {
                Transaction::Open
            } else {
                Transaction::Implicit
            };
        }
        session.reporter.report(&Event::Query {
            sql: &commented,
            node: self.node.as_ref(),
        });
        let outcome = self.open()?.connection.execute(&commented, bindings, fetch);
        match outcome {
            Ok(answer) => {
                self.note_transaction(sql);
                Ok(answer)
            }
            Err(error) => {
                self.failed = Some((commented, error.to_string()));
                // The transaction is of no use any more, and what comes next (a hook, a log table) must not fail
                // because of it.
                if let Err(error) = self.rollback() {
                    tracing::debug!(%error, "rollback after a failed statement");
                }
                if session.cancel.is_cancelled() {
                    return Err(WarehouseError::Cancelled);
                }
                Err(error)
            }
        }
    }

    /// The query of a test needs no transaction of its own: it is one already, and there are more tests than models.
    fn is_lone_read(&self, sql: &str) -> bool {
        let kind = self.node.as_ref().and_then(UniqueId::resource_type);
        kind == Some(ResourceType::Test) && first_word(sql).eq_ignore_ascii_case("select")
    }

    /// Hooks and macros may end or begin transactions by themselves.
    fn note_transaction(&mut self, sql: &str) {
        let Some(open) = &mut self.open else { return };
        match left_by(sql) {
            Some(Left::Ended) => open.transaction = Transaction::Left,
            Some(Left::Begun) => open.transaction = Transaction::Open,
            None => {}
        }
    }

    /// Makes the open transaction's work stay, if one is open.
    pub(crate) fn commit(&mut self) -> Result<(), WarehouseError> {
        self.announce_commit();
        match &mut self.open {
            Some(open) if open.transaction.is_open() => {
                open.transaction = Transaction::Committed;
                open.connection.commit()
            }
            _ => Ok(()),
        }
    }

    /// Says in the journal what happens next, if that cannot be repeated.
    fn announce_commit(&self) {
        let is_open = |open: &Open| open.transaction.is_open();
        if self.open.as_ref().is_some_and(is_open)
            && let Some(node) = self
                .node
                .as_ref()
                .and_then(|id| self.session.project.node(id))
            && let Some(journal) = self.session.journal()
            && let Err(error) = journal.announce_commit(node)
        {
            tracing::warn!(%error, "the journal of the run is not complete");
        }
    }

    /// Takes the open transaction's work back, if one is open.
    pub(crate) fn rollback(&mut self) -> Result<(), WarehouseError> {
        match &mut self.open {
            Some(open) if open.transaction.is_open() => {
                open.transaction = Transaction::Idle;
                open.connection.rollback()
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self) -> Result<&mut Open, WarehouseError> {
        if self.session.cancel.is_cancelled() {
            return Err(WarehouseError::Cancelled);
        }
        let open = if let Some(open) = self.open.take() {
            open
        } else {
            let (connection, registration) = self.session.connections.take(&self.session)?;
            // Hooks of the project and operations run outside of any transaction.
            let kind = self.node.as_ref().and_then(UniqueId::resource_type);
            let is_node = kind.is_some_and(|kind| kind != ResourceType::Operation);
            Open {
                connection,
                transaction: if is_node {
                    Transaction::Idle
                } else {
                    Transaction::Committed
                },
                registration,
            }
        };
        Ok(self.open.insert(open))
    }
}

/// The sessions that wait for their next node, each with its registration for cancelling.
#[derive(Default)]
pub(crate) struct Connections(Mutex<Vec<(Box<dyn Connection>, Registration)>>);

impl Connections {
    fn waiting(&self) -> MutexGuard<'_, Vec<(Box<dyn Connection>, Registration)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that wait were interrupted with the others, and take it for their next statement's.
    pub(crate) fn close(&self) {
        let waiting = std::mem::take(&mut *self.waiting());
        drop(waiting);
    }

    /// One that waits and still works, else a new one.
    fn take(
        &self,
        session: &Session,
    ) -> Result<(Box<dyn Connection>, Registration), WarehouseError> {
        loop {
            let waiting = self.waiting().pop();
            match waiting {
                Some((mut connection, registration)) => {
                    if connection.is_usable() {
                        return Ok((connection, registration));
                    }
                }
                None => break,
            }
        }
        let connection = session.warehouse.connect(&session.cancel)?;
        let registration = session.cancel.register(connection.interrupt_handle());
        // Who stopped the run before that could not interrupt it.
        if session.cancel.is_cancelled() {
            return Err(WarehouseError::Cancelled);
        }
        Ok((connection, registration))
    }
}

fn first_word(sql: &str) -> &str {
    let mut words = sql.trim_start().split(|c: char| !c.is_ascii_alphabetic());
    words.next().unwrap_or_default()
}

/// What is not committed when a node ends is not wanted, nor is what the session remembers.
impl Drop for NodeConnection {
    fn drop(&mut self) {
        let rolled_back = self.rollback();
        if let Err(error) = &rolled_back {
            tracing::debug!(%error, "rollback at the end of a node");
        }
        if let Some(mut open) = self.open.take()
            && rolled_back.is_ok()
            && open.connection.renew()
        {
            let mut waiting = self.session.connections.waiting();
            waiting.push((open.connection, open.registration));
        }
    }
}

/// dbt's adapter response.
pub(crate) fn response_pairs(response: &Response) -> Vec<(String, Value)> {
    let mut pairs = vec![(
        "_message".to_owned(),
        Value::from(response.message.as_str()),
    )];
    if let Some(code) = &response.code {
        pairs.push(("code".to_owned(), Value::from(code.as_str())));
    }
    if let Some(rows) = response.rows_affected {
        pairs.push(("rows_affected".to_owned(), Value::from(rows)));
    }
    pairs
}
