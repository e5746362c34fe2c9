//! What `DISCARD ALL` does not take back: after such statements only a new session is like a new one.
//!
//! A word too many here costs a connection, a word too few lets a node see what another one did; so words count wherever
//! they stand, in literals and comments, too. What a function of the database does inside is not seen.

/// The state of `random()`, and libraries.
const FOR_GOOD: [&str; 3] = ["setseed", "set_config", "load"];

/// Whether a session is told from a new one even after `DISCARD ALL`. A parameter that is made up (`set shop.day = '1'`)
/// stays known after it, as an empty text instead of an error.
pub(super) fn outlives_discard(sql: &str) -> bool {
    let is_one_of =
        |word: &str, words: &[&str]| words.iter().any(|it| it.eq_ignore_ascii_case(word));
    let in_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '"');
    let mut is_name_next = false;
    for word in sql.split(|c| !in_word(c)).filter(|word| !word.is_empty()) {
        if is_one_of(word, &FOR_GOOD) || is_name_next && word.contains('.') {
            return true;
        }
        is_name_next =
            is_one_of(word, &["set"]) || is_name_next && is_one_of(word, &["session", "local"]);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::outlives_discard;

    #[test]
    fn discard_takes_most_things_back() {
        for sql in [
            "/* {\"node_id\": \"model.p.load\"} */ create temporary table t as select 1",
            "set local work_mem = '64MB'",
            "update t set a = s.a from s",
            "start transaction",
        ] {
            assert!(!outlives_discard(sql), "{sql}");
        }
    }

    #[test]
    fn seeds_libraries_and_made_up_parameters_stay() {
        for sql in [
            "select SETSEED(0.5)",
            "load 'auto_explain'",
            "set shop.day = '1'",
            "SET SESSION \"shop.day\" = '1'",
            "select 1; select set_config('shop.day', '1', false)",
        ] {
            assert!(outlives_discard(sql), "{sql}");
        }
    }
}
