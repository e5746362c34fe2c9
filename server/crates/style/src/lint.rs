//! The linter: rules of sqlfluff's, under its codes, over a template as it is written.
//!
//! sqlfluff looks at what a template renders to; this looks at the template, so that it needs no project, and what it
//! finds has a place in the file. What only one rendering would show, it does not say.

mod conventions;
mod layout;
mod noqa;
mod rules;
mod structure;

use base::SourceRange;
use jinja::{
    Template,
    syntax::{BlockKind, MacroKind},
};

use crate::{config::StyleConfig, items::Items, tree::tree};

pub use rules::{RULES, Rule};

/// Something that a rule does not like.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where.
    pub range: SourceRange,
    /// sqlfluff's code: `ST03`.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// What makes it go away, applied together; empty where nobody but its author knows.
    pub fix: Vec<(SourceRange, String)>,
}

/// What the rules find, by place.
pub(crate) struct Findings<'a> {
    pub(crate) items: &'a Items<'a>,
    pub(crate) config: &'a StyleConfig,
    found: Vec<Finding>,
}

impl Findings<'_> {
    pub(crate) fn add(&mut self, code: &'static str, range: SourceRange, message: &str) {
        self.add_with_fix(code, range, message, Vec::new());
    }

    pub(crate) fn add_with_fix(
        &mut self,
        code: &'static str,
        range: SourceRange,
        message: &str,
        fix: Vec<(SourceRange, String)>,
    ) {
        self.found.push(Finding {
            range,
            code,
            message: message.to_owned(),
            fix,
        });
    }

    pub(crate) fn range(&self, idx: usize) -> SourceRange {
        self.items
            .get(idx)
            .map(|item| item.range)
            .unwrap_or_default()
    }
}

/// What is wrong with a template by the rules that are on. Nothing, where it is broken.
pub fn lint(text: &str, config: &StyleConfig) -> Vec<Finding> {
    let template = Template::parse(text);
    let items = Items::read(text, &template, config.dialect);
    if !template.errors.is_empty() || items.trouble.is_some() {
        return Vec::new();
    }
    let mut findings = Findings {
        items: &items,
        config,
        found: Vec::new(),
    };
    layout::check(&mut findings);
    let n_raw = findings.found.len();
    conventions::check(&mut findings);
    if let Ok(nodes) = tree(&items, 0..items.row.len()) {
        structure::check(&mut findings, &nodes);
    }
    let mut found = findings.found;
    let rendered = found.split_off(n_raw);
    // What a macro writes is seen where it is used, or not at all.
    found.extend(
        rendered
            .into_iter()
            .filter(|it| !is_in_macro(&template, it.range)),
    );
    let is_on = rules::selection(config);
    let quiet = noqa::read(&items);
    found.retain(|it| is_on(it.code) && !quiet.silences(it.code, it.range.start));
    found.sort();
    found.dedup();
    found
}

fn is_in_macro(template: &Template, range: SourceRange) -> bool {
    let is_macro = |kind: BlockKind| {
        matches!(
            kind,
            BlockKind::Definition(MacroKind::Macro | MacroKind::Test | MacroKind::Materialization)
        )
    };
    let blocks = template.blocks.iter().filter(|block| is_macro(block.kind));
    blocks.into_iter().any(|block| block.range().covers(range))
}

/// The text with all fixes in it that do not touch each other.
pub fn fixed(text: &str, findings: &[Finding]) -> Option<String> {
    let mut edits: Vec<&(SourceRange, String)> = Vec::new();
    for finding in findings {
        let is_free = finding.fix.iter().all(|(range, _)| {
            edits
                .iter()
                .all(|(other, _)| other.end <= range.start || range.end <= other.start)
        });
        if is_free {
            edits.extend(&finding.fix);
        }
    }
    edits.sort();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, new) in &edits {
        out.push_str(SourceRange::new(at, range.start).of(text));
        out.push_str(new);
        at = range.end;
    }
    out.push_str(text.get(at as usize..)?);
    (!edits.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests;
