//! The linter: rules of sqlfluff's, under its codes, over a template as it is written.
//!
//! sqlfluff looks at what a template renders to; this looks at the template, so that it needs no project, and what it
//! finds has a place in the file. What only one rendering would show, it does not say.

mod aliasing;
mod ambiguous;
mod capitalisation;
mod conventions;
mod layout;
mod noqa;
mod references;
mod rules;
mod select;
mod spacing;
mod structure;

use std::collections::BTreeMap;

use base::SourceRange;
use jinja::{
    Template,
    syntax::{BlockKind, MacroKind},
};

use self::select::Select;
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

    /// Whether a tag has this word in it.
    pub(crate) fn is_in_tag(&self, word: &str) -> bool {
        let word = word.to_ascii_lowercase();
        let tags = self.items.template.tags.iter();
        tags.map(|tag| tag.range.of(self.items.text).to_ascii_lowercase())
            .any(|tag| aliasing::n_words(&tag, &word) > 0)
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
    let is_on = rules::selection(config);
    let mut findings = Findings {
        items: &items,
        config,
        found: Vec::new(),
    };
    layout::check(&mut findings);
    let n_raw = findings.found.len();
    capitalisation::check(&mut findings);
    conventions::check(&mut findings);
    if let Ok(nodes) = tree(&items, 0..items.row.len()) {
        let selects = select::selects(&items, &nodes);
        structure::check(&mut findings, &nodes, &selects);
        ambiguous::check(&mut findings, &nodes, &selects);
        aliasing::check(&mut findings, &selects);
        references::check(&mut findings, &selects);
        trailing_commas(&mut findings, &selects);
        if spacing::CODES.iter().any(|code| is_on(code)) {
            spacing::check(&mut findings, &nodes);
        }
    }
    let mut found = findings.found;
    let rendered = found.split_off(n_raw);
    // What a macro writes is seen where it is used, or not at all.
    found.extend(
        rendered
            .into_iter()
            .filter(|it| !is_in_macro(&template, it.range)),
    );
    let quiet = noqa::read(&items);
    found.retain(|it| is_on(it.code) && !quiet.silences(it.code, it.range.start));
    found.sort();
    found.dedup();
    found
}

/// `select a, from b`
fn trailing_commas(findings: &mut Findings<'_>, selects: &[Select<'_>]) {
    let wants_one = findings
        .config
        .text("rules.convention.select_trailing_comma.select_clause_trailing_comma")
        == Some("require");
    for select in selects {
        let has_one = select.targets.len() > 1 && select.targets.last().is_some_and(Vec::is_empty);
        // A tag may write what is missing.
        if has_one != wants_one && !select::has_jinja(findings.items, select.target_nodes) {
            let range = findings.range(select.word);
            let message = if has_one {
                "no comma stands behind the last column"
            } else {
                "a comma stands behind the last column, too"
            };
            findings.add("CV03", range, message);
        }
    }
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
    let mut edits: BTreeMap<SourceRange, &str> = BTreeMap::new();
    for finding in findings {
        let is_free = |(range, _): &(SourceRange, String)| {
            let mut behind = edits.range(*range..).map(|(other, _)| *other);
            let mut before = edits.range(..*range).map(|(other, _)| *other);
            behind.next().is_none_or(|it| range.end < it.start)
                && before.next_back().is_none_or(|it| it.end < range.start)
        };
        if finding.fix.iter().all(is_free) {
            let fix = finding.fix.iter();
            edits.extend(fix.map(|(range, new)| (*range, new.as_str())));
        }
    }
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
