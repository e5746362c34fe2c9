//! What a text of statements does with the transaction that is open, by the words that its statements begin with.

/// How a text leaves a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// It began one.
    Begun,
    /// It ended the one that was open.
    Ended,
}

/// What the last of the statements that are about transactions did; `None` where none is.
pub(super) fn left_by(sql: &str) -> Option<Left> {
    let mut found = None;
    let mut rest = sql;
    loop {
        rest = after_comments(rest);
        found = of_statement(rest).or(found);
        match statement_end(rest) {
            Some(next) => rest = next,
            None => return found,
        }
    }
}

fn of_statement(statement: &str) -> Option<Left> {
    let words = statement.split(|c: char| !c.is_ascii_alphabetic() && c != '_');
    let mut words = words.filter(|word| !word.is_empty());
    let first = words.next().filter(|word| statement.starts_with(word))?;
    let is = |word: &str| first.eq_ignore_ascii_case(word);
    if is("begin") || is("start") {
        return Some(Left::Begun);
    }
    if !(is("commit") || is("rollback") || is("end") || is("abort")) {
        return None;
    }
    // Back to a savepoint, and what `prepare transaction` has put aside, are no ends of this one.
    let is_other = |word: &str| {
        ["to", "prepared"]
            .iter()
            .any(|it| word.eq_ignore_ascii_case(it))
    };
    let rest = statement.split(';').next().unwrap_or_default();
    let mut rest = rest.split_whitespace().skip(1);
    (!rest.any(is_other)).then_some(Left::Ended)
}

/// Without white space and comments at its beginning.
fn after_comments(sql: &str) -> &str {
    let mut rest = sql.trim_start();
    while let Some(len) = comment_len(rest) {
        rest = rest.get(len..).unwrap_or_default().trim_start();
    }
    rest
}

/// The text behind the first semicolon that ends a statement.
fn statement_end(sql: &str) -> Option<&str> {
    let mut at = 0;
    loop {
        let rest = sql.get(at..)?;
        let first = rest.chars().next()?;
        if first == ';' {
            return rest.get(1..);
        }
        let len = match first {
            '\'' | '"' => quoted_len(rest, first),
            '$' => dollar_len(rest),
            _ => comment_len(rest),
        };
        at += len.unwrap_or(first.len_utf8());
    }
}

fn quoted_len(sql: &str, quote: char) -> Option<usize> {
    // A doubled quote is the end of one text and the beginning of the next.
    let end = sql.get(1..)?.find(quote);
    Some(end.map_or(sql.len(), |at| at + 2))
}

/// `$tag$ ... $tag$`
fn dollar_len(sql: &str) -> Option<usize> {
    let end = sql.get(1..)?.find('$')? + 2;
    let tag = sql.get(..end)?;
    let is_tag = tag
        .chars()
        .all(|c| c == '$' || c == '_' || c.is_alphanumeric());
    let close = sql.get(end..).filter(|_| is_tag)?.find(tag)?;
    Some(end + close + tag.len())
}

fn comment_len(sql: &str) -> Option<usize> {
    if sql.starts_with("--") {
        return Some(sql.find('\n').unwrap_or(sql.len()));
    }
    sql.starts_with("/*")
        .then(|| sql.find("*/").map_or(sql.len(), |at| at + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_statement_about_transactions_counts() {
        for (sql, expected) in [
            ("commit", Some(Left::Ended)),
            (" -- done\n/* ; begin */ COMMIT work;", Some(Left::Ended)),
            ("commit; begin", Some(Left::Begun)),
            ("begin; insert into t values (1); end", Some(Left::Ended)),
            ("start transaction; lock table b", Some(Left::Begun)),
            ("rollback; begin transaction; select 1", Some(Left::Begun)),
            ("rollback to savepoint a", None),
            ("commit prepared 'x'", None),
            ("select 1", None),
            ("insert into t values ('it''s; commit', \";begin\")", None),
            ("do $x$ begin; commit; end $x$", None),
            ("select $1; commit", Some(Left::Ended)),
            ("commitment", None),
            ("select 'never closed; commit", None),
            ("", None),
        ] {
            assert_eq!(left_by(sql), expected, "{sql}");
        }
    }
}
