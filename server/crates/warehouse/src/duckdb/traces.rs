//! After which statements a session is as good as a new one.
//!
//! Temporary tables, settings, variables and prepared statements live in the session and must not reach the next node.
//! Nearly all statements of a run leave nothing there: they make, change, drop or read what lies in the database. Only
//! such plain ones count; what is not understood at a glance leaves traces.

/// How a plain statement begins.
const PLAIN: [&str; 10] = [
    "select", "with", "create", "alter", "drop", "insert", "update", "delete", "truncate",
    "comment",
];

/// Words with which a statement of that kind reaches the session after all.
const SUSPICIOUS: [&str; 6] = [
    "temp",
    "setseed",
    "secret",
    "variable",
    "pragma",
    "set_config",
];

/// Whether the session may be told from a new one after these statements.
pub(super) fn leaves_traces(sql: &str) -> bool {
    let statement = without_comments_before(sql);
    let first = statement
        .split(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default();
    if !PLAIN.iter().any(|word| word.eq_ignore_ascii_case(first)) {
        return true;
    }
    let one = statement.trim_end().trim_end_matches(';');
    if one.contains(';') {
        return true;
    }
    let lower = one.to_ascii_lowercase();
    SUSPICIOUS.iter().any(|word| lower.contains(word))
}

/// Begins with the first word; comments are what dbt puts there.
fn without_comments_before(sql: &str) -> &str {
    let mut rest = sql.trim_start();
    loop {
        let after = if let Some(comment) = rest.strip_prefix("/*") {
            comment.split_once("*/").map(|(_, after)| after)
        } else if let Some(comment) = rest.strip_prefix("--") {
            comment.split_once('\n').map(|(_, after)| after)
        } else {
            return rest;
        };
        rest = after.unwrap_or_default().trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::leaves_traces;

    #[test]
    fn what_lies_in_the_database_leaves_none() {
        for sql in [
            "/* who */\n-- why\ncreate table t as (select 1);",
            "SELECT count(*) from t",
            "drop table if exists t cascade",
            "alter table t rename to u",
        ] {
            assert!(!leaves_traces(sql), "{sql}");
        }
    }

    #[test]
    fn what_lies_in_the_session_does() {
        for sql in [
            "create temporary table t as select 1",
            "create or replace TEMP view v as select 1",
            "set threads = 1",
            "use other",
            "select 1; set threads = 1",
            "select setseed(0.5)",
            "attach 'x.duckdb'",
            "/* who */ pragma memory_limit='1GB'",
            "-- nothing",
        ] {
            assert!(leaves_traces(sql), "{sql}");
        }
    }
}
