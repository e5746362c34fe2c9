//! Rules about characters and lines: JJ01, LT05, LT12.

use base::SourceRange;
use jinja::syntax::TagKind;

use super::Findings;
use crate::tag::{TagParts, tidy_tag};

pub(super) fn check(findings: &mut Findings<'_>) {
    padding(findings);
    long_lines(findings);
    end_of_file(findings);
}

fn padding(findings: &mut Findings<'_>) {
    let items = findings.items;
    let tags = items.template.tags.iter();
    for tag in tags.filter(|tag| matches!(tag.kind, TagKind::Output | TagKind::Statement)) {
        let text = tag.range.of(items.text);
        let is_multi_line = TagParts::of(text).is_none_or(|parts| parts.inside.trim().is_empty());
        let tidy = tidy_tag(text);
        if !is_multi_line && tidy != text {
            let fix = vec![(tag.range, tidy)];
            findings.add_with_fix(
                "JJ01",
                tag.range,
                "a tag has one space inside its delimiters",
                fix,
            );
        }
    }
}

fn long_lines(findings: &mut Findings<'_>) {
    let limit = findings.config.line_length as usize;
    if limit == 0 {
        return;
    }
    let mut start = 0;
    for line in findings.items.text.split_inclusive('\n') {
        let text = line.trim_end_matches(['\n', '\r']);
        let n_chars = text.chars().count();
        if n_chars > limit {
            let range = SourceRange::from_usize(start, start + text.len());
            findings.add(
                "LT05",
                range,
                &format!("the line has {n_chars} characters, more than {limit}"),
            );
        }
        start += line.len();
    }
}

fn end_of_file(findings: &mut Findings<'_>) {
    let text = findings.items.text;
    let kept = text.trim_end_matches(['\n', '\r', ' ', '\t']).len();
    let end = text.get(kept..).unwrap_or("");
    if kept == 0 || end == "\n" || end == "\r\n" {
        return;
    }
    let range = SourceRange::from_usize(kept, text.len());
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let fix = vec![(range, line_break.to_owned())];
    findings.add_with_fix("LT12", range, "a file ends in one line break", fix);
}
