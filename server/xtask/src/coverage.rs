//! `cargo xtask coverage`: docs/coverage_generated.md and docs/editor_generated.md, which say of everything that the
//! language has, and that editors get, what tests it.
//!
//! docs/language.txt and docs/editor.txt list it line by line, and name tests; `evidence` finds them. `cargo xtask tidy`
//! fails where a test that is named is not there, and where a page is not what this makes of its list.

mod evidence;

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Result, bail};

use crate::{repository::RepoFile, tidy::at};
use evidence::{Evidence, Found};

/// A page and what it is made of.
struct Page {
    list: &'static str,
    path: &'static str,
    title: &'static str,
    /// Up to the table.
    about: &'static str,
}

const PAGES: [Page; 2] = [
    Page {
        list: "docs/language.txt",
        path: "docs/coverage_generated.md",
        title: "What tests what",
        about: "Everything that the language of projects and the command line have, and the tests that show that it works here as in dbt Core. A\n\
            conformance step compares facts, results and rows with those of dbt Core ([how](../testdata/conformance/README.md)); with a file, what it\n\
            is about is there. `cargo xtask tidy` holds this page to the sources.",
    },
    Page {
        list: "docs/editor.txt",
        path: "docs/editor_generated.md",
        title: "What editors get",
        about: "What editors get from the language server, or should get: a line without a test is not there, or nothing shows that it is.\n\
            `cargo xtask tidy` holds this page to the sources.",
    },
];

/// Writes the pages; an error where a list is wrong.
pub(crate) fn write(root: &Path, files: &[RepoFile]) -> Result<()> {
    for page in &PAGES {
        let (text, wrong) = page.made(files);
        if !wrong.is_empty() {
            bail!("{}", wrong.join("\n"));
        }
        fs::write(root.join(page.path), text)?;
    }
    Ok(())
}

/// What is wrong with the lists and the pages.
pub(crate) fn check(files: &[RepoFile]) -> Vec<String> {
    PAGES.iter().flat_map(|page| page.check(files)).collect()
}

impl Page {
    fn check(&self, files: &[RepoFile]) -> Vec<String> {
        let (page, mut found) = self.made(files);
        let path = self.path;
        let written = files.iter().find(|file| file.path == path);
        let is_current = written.is_some_and(|file| file.text.as_deref() == Some(page.as_str()));
        if found.is_empty() && !is_current {
            found.push(format!(
                "{path}: not up to date, run `cargo xtask coverage`"
            ));
        }
        found
    }

    /// The text, and what is wrong with the list.
    fn made(&self, files: &[RepoFile]) -> (String, Vec<String>) {
        let list = files.iter().find(|file| file.path == self.list);
        let list = list
            .and_then(|file| file.text.as_deref())
            .unwrap_or_default();
        let (sections, wrong) = read(self.list, list, &Evidence::of(files));
        (self.printed(&sections), wrong)
    }

    fn printed(&self, sections: &[Section<'_>]) -> String {
        let Self {
            list, title, about, ..
        } = self;
        let mut lines = vec![format!(
            "<!-- written by `cargo xtask coverage` from {list} -->\n# {title}\n\n{about}\n\n\
            | part | lines | with a test |\n|---|--:|--:|"
        )];
        lines.extend(table(sections));
        lines.push(String::new());
        lines.join("\n")
    }
}

/// A part of the language, or a request.
struct Section<'a> {
    title: &'a str,
    lines: Vec<Line<'a>>,
}

/// Something that is there, and what shows it.
struct Line<'a> {
    text: &'a str,
    tests: Vec<Found>,
}

/// Titles begin with `#`, comments with `//`; tests are indented below their line.
fn read<'a>(path: &str, list: &'a str, evidence: &Evidence) -> (Vec<Section<'a>>, Vec<String>) {
    let mut sections: Vec<Section<'_>> = Vec::new();
    let mut wrong = Vec::new();
    let mut texts = BTreeSet::new();
    for (idx, line) in list.lines().enumerate() {
        if line.is_empty() || line.starts_with("//") {
            continue;
        }
        if let Some(title) = line.strip_prefix("# ") {
            let lines = Vec::new();
            sections.push(Section { title, lines });
            continue;
        }
        let Some(section) = sections.last_mut() else {
            wrong.push(at(path, idx, "belongs to no section"));
            continue;
        };
        if let Some(test) = line.strip_prefix("  ") {
            match (evidence.find(test), section.lines.last_mut()) {
                (Ok(found), Some(line)) => line.tests.push(found),
                (Ok(_), None) => wrong.push(at(path, idx, "tests nothing")),
                (Err(reason), _) => wrong.push(at(path, idx, &reason)),
            }
            continue;
        }
        if !texts.insert((section.title, line)) {
            wrong.push(at(path, idx, "is there twice"));
        }
        section.lines.push(Line {
            text: line,
            tests: Vec::new(),
        });
    }
    (sections, wrong)
}

fn table(sections: &[Section<'_>]) -> Vec<String> {
    let mut lines = Vec::new();
    let tested = |section: &Section<'_>| {
        let lines = section.lines.iter();
        lines.filter(|line| !line.tests.is_empty()).count()
    };
    for section in sections {
        let (title, n_lines) = (section.title, section.lines.len());
        lines.push(format!("| {title} | {n_lines} | {} |", tested(section)));
    }
    let n_lines: usize = sections.iter().map(|it| it.lines.len()).sum();
    let n_tested: usize = sections.iter().map(tested).sum();
    lines.push(format!("| **all** | **{n_lines}** | **{n_tested}** |"));
    for section in sections {
        let title = section.title;
        lines.push(format!("\n## {title}\n\n| | tested by |\n|---|---|"));
        lines.extend(section.lines.iter().map(row));
    }
    lines
}

fn row(line: &Line<'_>) -> String {
    let tests: Vec<String> = line.tests.iter().map(Found::link).collect();
    let tests = match tests.as_slice() {
        [] => "**no test yet**".to_owned(),
        tests => tests.join("<br>"),
    };
    format!("| {} | {tests} |", line.text.replace('|', "\\|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> RepoFile {
        RepoFile {
            path: path.to_owned(),
            text: Some(text.to_owned()),
        }
    }

    fn repository(list: &str) -> Vec<RepoFile> {
        vec![
            file("server/crates/a/src/b.rs", "#[test]\nfn works() {\n"),
            file(PAGES[0].list, list),
        ]
    }

    #[test]
    fn a_line_without_a_test_says_so() {
        let (page, wrong) = PAGES[0].made(&repository("# Part\nA|B\n  a::b::works\nC\n"));
        assert_eq!(wrong, [""; 0]);
        let rows: Vec<&str> = page.lines().filter(|it| it.starts_with("| ")).collect();
        assert_eq!(
            rows,
            [
                "| part | lines | with a test |",
                "| Part | 2 | 1 |",
                "| **all** | **2** | **1** |",
                "| | tested by |",
                "| A\\|B | [a::b::works](../server/crates/a/src/b.rs) |",
                "| C | **no test yet** |",
            ]
        );
    }

    #[test]
    fn mistakes_have_a_place() {
        let (_, wrong) = PAGES[0].made(&repository(
            "Early\n# Part\n  a::b::works\nA\n  a::b::none\nA\n",
        ));
        assert_eq!(
            wrong,
            [
                "docs/language.txt:1: belongs to no section",
                "docs/language.txt:3: tests nothing",
                "docs/language.txt:5: there is no test `a::b::none`",
                "docs/language.txt:6: is there twice",
            ]
        );
    }

    #[test]
    fn an_old_page_is_found() {
        let mut files = repository("# Part\nA\n");
        let message = "docs/coverage_generated.md: not up to date, run `cargo xtask coverage`";
        assert_eq!(PAGES[0].check(&files), [message]);
        files.push(file(PAGES[0].path, &PAGES[0].made(&files).0));
        assert_eq!(PAGES[0].check(&files), [""; 0]);
    }
}
