//! What the server says of a mistake, in the words that psql and psycopg2 have for it: the message, the line with a caret,
//! detail and hint; and what to do where it is not the statement that is wrong.

use std::error::Error as _;

use tokio_postgres::{
    Error,
    error::{DbError, ErrorPosition, SqlState},
};

/// The part of a long line that is shown, in characters.
const SHOWN: usize = 60;
/// So much of it stays to the right of the place.
const RIGHT_OF_PLACE: usize = 10;

/// An error of a statement.
pub(super) fn of_statement(error: &Error, sql: &str) -> String {
    let Some(said) = error.as_db_error() else {
        return lost(error);
    };
    let mut message = said.message().to_owned();
    match said.position() {
        Some(ErrorPosition::Original(position)) => {
            message.push_str(&place(sql, *position as usize).unwrap_or_default());
        }
        Some(ErrorPosition::Internal { position, query }) => {
            message.push_str(&place(query, *position as usize).unwrap_or_default());
        }
        None => {}
    }
    for (word, text) in [
        ("DETAIL", said.detail()),
        ("HINT", said.hint()),
        ("CONTEXT", said.where_()),
    ] {
        if let Some(text) = text {
            message.extend(["\n", word, ":  ", text]);
        }
    }
    if let Some(advice) = advice(said) {
        message.extend(["\n", advice.as_str()]);
    }
    message
}

/// An error while the connection was made.
pub(super) fn of_connecting(error: &Error, place: &str) -> String {
    let reason = match error.as_db_error() {
        Some(said) => format!("{}:  {}", said.severity(), said.message()),
        None => error
            .source()
            .map_or_else(|| error.to_string(), ToString::to_string),
    };
    let advice = match error.code() {
        Some(&SqlState::INVALID_PASSWORD) => {
            "; check `user` and `password` of the profile, and the environment variables that they come from"
        }
        Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => {
            "; the server does not let this user in from here: check `user` and `sslmode` of the profile, and the server's pg_hba.conf"
        }
        Some(&SqlState::INVALID_CATALOG_NAME) => {
            "; check `dbname` of the profile, or create the database: dagsmith creates schemas, not databases"
        }
        Some(&SqlState::TOO_MANY_CONNECTIONS) => {
            "; every thread has a connection: lower `threads`, or raise the server's max_connections"
        }
        Some(&SqlState::CANNOT_CONNECT_NOW) => {
            "; try again in a moment, or raise `retries` of the profile"
        }
        _ => "",
    };
    format!("connection to server at {place} failed: {reason}{advice}")
}

/// Whether it makes no sense to try again: the server has understood and declined.
pub(super) fn is_final(error: &Error) -> bool {
    error.code().is_some_and(|code| {
        let class = code.code().get(..2);
        matches!(class, Some("28" | "3D")) || *code == SqlState::INSUFFICIENT_PRIVILEGE
    })
}

/// Whether the session is over: it broke, or the server ended it.
pub(super) fn ends_connection(error: &Error) -> bool {
    error
        .as_db_error()
        .is_none_or(|said| matches!(said.severity(), "FATAL" | "PANIC"))
}

/// The connection broke.
fn lost(error: &Error) -> String {
    let reason = error.source().map(|source| format!(" ({source})"));
    format!(
        "server closed the connection unexpectedly{}\n  The server was restarted or crashed, or the network failed; what the node had not committed is undone. \
         Look at the server's log, then run the nodes that failed again",
        reason.unwrap_or_default()
    )
}

fn advice(said: &DbError) -> Option<String> {
    let code = said.code();
    let advice = if *code == SqlState::ADMIN_SHUTDOWN || *code == SqlState::CRASH_SHUTDOWN {
        "The server is being shut down or the session was ended by an administrator; what the node had not committed is undone. \
         Run the nodes that failed again once it is up"
    } else if *code == SqlState::QUERY_CANCELED && said.message().contains("statement timeout") {
        "The server's `statement_timeout` ended the statement: make the model cheaper, or raise the limit for the role or in a pre-hook"
    } else if *code == SqlState::QUERY_CANCELED && said.message().contains("user request") {
        "Somebody cancelled the statement on the server (pg_cancel_backend); run the node again"
    } else if *code == SqlState::T_R_DEADLOCK_DETECTED {
        "Two transactions waited for each other, and the server chose this one to give way; run the node again"
    } else if *code == SqlState::UNDEFINED_OBJECT && said.message().starts_with("role ") {
        "Create the role on the server, or change `grants` of the node or `role` of the profile"
    } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        "Have its owner grant that to the user of the profile, or give the profile a `role` that may"
    } else if *code == SqlState::DISK_FULL {
        "The server's disk is full: make room there and run the nodes that failed again"
    } else {
        return None;
    };
    Some(advice.to_owned())
}

/// `LINE 3:     nmae as name` and a caret below, from a position that counts characters from 1. Lines that are too long are
/// cut as psql cuts them.
fn place(sql: &str, position: usize) -> Option<String> {
    let characters: Vec<char> = sql.chars().collect();
    let at = position.checked_sub(1)?;
    let before = characters.get(..at)?;
    let line_number = before.iter().filter(|c| **c == '\n').count() + 1;
    let start = before
        .iter()
        .rposition(|c| *c == '\n')
        .map_or(0, |it| it + 1);
    let rest = characters.get(at..)?;
    let end = at + rest.iter().position(|c| *c == '\n').unwrap_or(rest.len());

    let (mut from, mut to) = (start, end);
    if to - from > SHOWN {
        if at - from + RIGHT_OF_PLACE <= SHOWN {
            to = from + SHOWN;
        } else {
            to = to.min(at + RIGHT_OF_PLACE);
            from = from.max(to.saturating_sub(SHOWN));
        }
    }
    let shown: String = characters
        .get(from..to)?
        .iter()
        .map(|c| if *c == '\t' || *c == '\r' { ' ' } else { *c })
        .collect();
    let cut_left = if from > start { "..." } else { "" };
    let cut_right = if to < end { "..." } else { "" };
    let head = format!("LINE {line_number}: {cut_left}");
    let caret = " ".repeat(head.len() + (at - from));
    Some(format!("\n{head}{shown}{cut_right}\n{caret}^"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_place_is_shown_with_its_line() {
        let shown = place("select\n\tä, nmae\nfrom t", 12).unwrap();
        expect![[r"

            LINE 2:  ä, nmae
                        ^"]]
        .assert_eq(&shown);
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let sql = format!("select {}, nope, {}", "a".repeat(80), "b".repeat(80));
        let shown = place(&sql, 90).unwrap();
        expect![[r"

            LINE 1: ...aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, nope, bbbb...
                                                                         ^"]]
        .assert_eq(&shown);
    }
}
