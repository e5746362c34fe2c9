//! Which names the Jinja of a project mentions at all: what none of it mentions, nothing calls.
//!
//! More than is called: any word in a tag counts, also in a text that a dispatch takes. A file's words are kept as hashes, those
//! of a package by parts, so that an edit costs one file and its part.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use base::SourceRange;
use jinja::syntax::TagKind;
use project::files::FileKind;
use salsa::Database;

use crate::{
    input::{Package, Project, SourceFile},
    parts::{files_of_part, parts},
    source::template,
};

/// Whether any tag of the project's templates, properties or project files mentions the name, but for those that define it.
pub fn is_mentioned(db: &dyn Database, project: Project, name: &str) -> bool {
    let word = hash(name);
    let has = |words: &[u64]| words.binary_search(&word).is_ok();
    project.packages(db).iter().any(|package| {
        let project_file = package.project_file(db);
        project_file.is_some_and(|file| has(words(db, file)))
            || parts(db, *package).any(|part| has(words_of_part(db, *package, part)))
    })
}

#[salsa::tracked]
fn words_of_part(db: &dyn Database, package: Package, part: u32) -> Arc<[u64]> {
    let files = files_of_part(db, package, part).iter();
    let all: BTreeSet<u64> = files
        .flat_map(|file| words(db, *file).iter().copied())
        .collect();
    all.into_iter().collect()
}

/// The words in a file's tags, sorted.
#[salsa::tracked]
fn words(db: &dyn Database, file: SourceFile) -> Arc<[u64]> {
    let text = file.text(db);
    let mut found = BTreeSet::new();
    if is_template(file.kind(db)) {
        let tree = template(db, file);
        let tags = tree.tags.iter().map(|tag| (tag.kind, tag.range));
        let code = tags.filter(|(kind, _)| matches!(kind, TagKind::Output | TagKind::Statement));
        let own: Vec<SourceRange> = tree.macros.iter().map(|it| it.name_range).collect();
        for (_, range) in code {
            add_words(text, range, &own, &mut found);
        }
    } else {
        for range in tags_in_yaml(text) {
            add_words(text, range, &[], &mut found);
        }
    }
    found.into_iter().collect()
}

fn is_template(kind: Option<FileKind>) -> bool {
    !matches!(
        kind,
        None | Some(FileKind::Properties | FileKind::Seed | FileKind::Fixture)
    )
}

/// In values of YAML nobody needs to know where one template ends and the next begins.
fn tags_in_yaml(text: &str) -> Vec<SourceRange> {
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find('{')) {
        let start = at + start;
        let rest = text.get(start..).unwrap_or_default();
        let end = match rest.as_bytes().get(1) {
            Some(b'{') => rest.find("}}"),
            Some(b'%') => rest.find("%}"),
            _ => None,
        };
        at = start + 1;
        if let Some(len) = end {
            ranges.push(SourceRange::from_usize(start, start + len));
            at = start + len;
        }
    }
    ranges
}

fn add_words(text: &str, range: SourceRange, own: &[SourceRange], found: &mut BTreeSet<u64>) {
    let tag = range.of(text);
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut at = 0;
    for word in tag.split(|c| !is_word(c)) {
        let start = range.start as usize + at;
        at += word.len();
        // Past the character that it ends at.
        at += tag
            .get(at..)
            .and_then(|rest| rest.chars().next())
            .map_or(0, char::len_utf8);
        let place = SourceRange::from_usize(start, start + word.len());
        if !word.is_empty() && !own.contains(&place) {
            found.insert(hash(word));
        }
    }
}

fn hash(word: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    word.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_in_yaml() {
        let text =
            "a: '{{ é_x(1) }}'\nb: {c: [1]}\nd: '{% if y %}{{ z }}{% endif %}'\ne: '{{ open'\n";
        let shown: Vec<&str> = tags_in_yaml(text).iter().map(|it| it.of(text)).collect();
        assert_eq!(shown, ["{{ é_x(1) ", "{% if y ", "{{ z ", "{% endif "]);
        let mut found = BTreeSet::new();
        for range in tags_in_yaml(text) {
            add_words(text, range, &[], &mut found);
        }
        let has = |word: &str| found.contains(&hash(word));
        assert!(has("é_x") && has("y") && has("z") && !has("c") && !has("open"));
    }
}
