//! What a Rust file looks like: it says what it is, and it can be read in one sitting.

use std::path::Path;

use super::at;

/// Lines before the tests.
const MAX_LINES: usize = 500;

/// Files that are one table, a row a line: longer is not harder to read.
const TABLES: [&str; 2] = [
    "server/crates/base/src/diagnostic/codes.rs",
    "server/crates/sql/src/keyword.rs",
];

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
    let tests = text.get(tests_start(text)..).unwrap_or_default();
    tests.lines().count()
}

/// Where the inline module of tests begins, or the end.
pub(crate) fn tests_start(text: &str) -> usize {
    let attribute = "\n#[cfg(test)]\n";
    let begins_tests = |&(start, _): &(usize, &str)| {
        let after = text.get(start + attribute.len()..).unwrap_or_default();
        let module = after.lines().next().unwrap_or_default();
        module.starts_with("mod ") && module.ends_with('{')
    };
    let found = text.match_indices(attribute).find(begins_tests);
    found.map_or(text.len(), |(start, _)| start + 1)
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
