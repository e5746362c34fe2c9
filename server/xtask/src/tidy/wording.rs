//! What no text of the repository says: what is left to do, who it was made by, and on which machine.

use super::at;

/// Spelt in two halves, so that this file may hold them.
const LEFTOVERS: [&str; 6] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("db", "g!("),
    concat!("to", "do!("),
    concat!("#[ign", "ore"),
    concat!("should_", "panic"),
];

/// Directories that are there on one machine only, or for one moment.
const MACHINE: [&str; 2] = [concat!("/wo", "rk/"), concat!("/tm", "p/")];

pub(super) fn check(path: &str, text: &str) -> Vec<String> {
    // What package managers write is theirs.
    if path.ends_with("Cargo.lock") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (idx, line) in text.lines().enumerate() {
        for leftover in LEFTOVERS.iter().filter(|it| line.contains(**it)) {
            found.push(at(path, idx, &format!("`{leftover}` is left over")));
        }
        for dir in MACHINE.iter().filter(|it| names_dir(line, it)) {
            found.push(at(path, idx, &format!("`{dir}` is a path of one machine")));
        }
        if names_issue(line) {
            found.push(at(
                path,
                idx,
                "the number of an issue explains nothing: say why",
            ));
        }
        if path.ends_with("package-lock.json") && line.contains("\"resolved\"") {
            found.push(at(
                path,
                idx,
                "names a registry; `.npmrc` says to leave it out",
            ));
        }
    }
    found
}

/// An absolute path, not `models` with a folder below it.
fn names_dir(line: &str, dir: &str) -> bool {
    line.match_indices(dir).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|c| !(c.is_alphanumeric() || "._-~}/".contains(c)))
    })
}

/// The word and a number, with or without `#`.
fn names_issue(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    lower.match_indices("issue ").any(|(at, word)| {
        let after = lower.get(at + word.len()..).unwrap_or_default();
        after
            .trim_start_matches('#')
            .starts_with(|c: char| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_line(line: &str, expected: &[&str]) {
        assert_eq!(check("a.md", line), expected);
    }

    #[test]
    fn leftovers_are_named_with_their_line() {
        let text = format!("fine\n// {} later\n", LEFTOVERS[0]);
        assert_eq!(
            check("a.rs", &text),
            [format!("a.rs:2: `{}` is left over", LEFTOVERS[0])]
        );
    }

    #[test]
    fn only_absolute_paths_are_of_a_machine() {
        let dir = MACHINE[1];
        check_line(&format!("models{dir}b.sql"), &[]);
        check_line(
            &format!("see `{dir}b.sql`"),
            &[&format!("a.md:1: `{dir}` is a path of one machine")],
        );
    }

    #[test]
    fn issues_have_no_numbers_here() {
        check_line("an issue with 2 rows", &[]);
        check_line(
            concat!("see iss", "ue #12"),
            &["a.md:1: the number of an issue explains nothing: say why"],
        );
    }
}
