//! What a Rust file looks like: it says what it is, and it can be read in one sitting.

use std::path::Path;

use super::at;

/// Lines before the tests.
const MAX_LINES: usize = 500;

/// Files that are one table, a row a line: longer is not harder to read.
const TABLES: [&str; 1] = ["server/crates/sql/src/keyword.rs"];

pub(super) fn check(path: &str, text: &str) -> Vec<String> {
    if Path::new(path).extension() != Some("rs".as_ref()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    if !text.starts_with("//!") {
        found.push(at(path, 0, "begins without `//!`: what is this file for?"));
    }
    let n_lines = text.lines().count() - test_lines(text);
    if n_lines > MAX_LINES && !TABLES.contains(&path) && !is_tests(path) {
        found.push(format!(
            "{path}: {n_lines} lines without the tests, at most {MAX_LINES}: split it along a seam"
        ));
    }
    found
}

/// A file with nothing but tests in it.
fn is_tests(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs")
}

/// The lines from `#[cfg(test)]` of an inline module to the end: tests stand last.
fn test_lines(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let begins_tests = |pair: &[&str]| {
        matches!(pair, [attribute, module]
            if *attribute == "#[cfg(test)]" && module.starts_with("mod ") && module.ends_with('{'))
    };
    let start = lines.windows(2).position(begins_tests);
    start.map_or(0, |start| lines.len() - start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_what_it_is() {
        assert_eq!(
            check("a.rs", "use std::fs;\n"),
            ["a.rs:1: begins without `//!`: what is this file for?"]
        );
        assert_eq!(check("a.sql", "select 1\n"), [""; 0]);
    }

    #[test]
    fn tests_do_not_count() {
        let long = "//! Long.\n".to_owned() + &"fn f() {}\n".repeat(500);
        assert_eq!(
            check("a.rs", &long),
            ["a.rs: 501 lines without the tests, at most 500: split it along a seam"]
        );
        let tested = "//! Short.\n#[cfg(test)]\nmod tests {\n".to_owned() + &"// x\n".repeat(600);
        assert_eq!(check("a.rs", &tested), [""; 0]);
        assert_eq!(check("crates/sql/tests/a.rs", &long), [""; 0]);
    }
}
