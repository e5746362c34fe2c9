//! SQL that goes from one model into another: whether it means the same there, and its lines.

use analysis::source::properties;
use base::SourceRange;
use jinja::{
    Template,
    syntax::{TagKind, TagSyntax},
};
use project::files::FileKind;
use sql::TokenKind;

use crate::code_action::{offers::Offers, sql_spot::SqlSpot};

/// What a template knows of the model that it is in.
const OF_THE_MODEL: [&str; 8] = [
    "this",
    "model",
    "config",
    "is_incremental",
    "should_full_refresh",
    "caller",
    "loop",
    "statement",
];

/// Whether the text in a range renders to the same in another model: it is there in any case, and asks for nothing that
/// is set here or that differs between models.
pub(super) fn is_movable(spot: &SqlSpot<'_>, range: SourceRange) -> bool {
    spot.is_certain(range) && asks_for_nothing(spot.template, spot.text, range)
}

/// The same for all of a template, but for a `config` that stands for itself.
pub(super) fn is_movable_whole(template: &Template, text: &str) -> bool {
    let is_statement = |tag: &TagSyntax| tag.kind == TagKind::Statement;
    let whole = SourceRange::from_usize(0, text.len());
    let configs = template.calls_of(&["config"]);
    let configs: Vec<SourceRange> = configs
        .filter(|call| call.is_whole_output)
        .map(|call| call.range)
        .collect();
    let names = template.names.iter();
    let mut rest = names.filter(|name| !configs.iter().any(|call| call.covers(name.range)));
    let calls = template.calls.iter();
    let mut calls = calls.filter(|call| !configs.iter().any(|config| config.covers(call.range)));
    !template.tags.iter().any(is_statement)
        && template.errors.is_empty()
        && rest.all(|name| whole.covers(name.range) && !is_of_the_model(name.range.of(text)))
        && calls.all(|call| {
            call.path
                .first()
                .is_none_or(|it| !is_of_the_model(&it.name))
        })
}

fn asks_for_nothing(template: &Template, text: &str, range: SourceRange) -> bool {
    let mut names = template.names.iter();
    let mut calls = template.calls.iter();
    names.all(|name| {
        !range.covers(name.range) || !name.is_bound && !is_of_the_model(name.range.of(text))
    }) && calls.all(|call| {
        let first = call.path.first();
        !range.covers(call.range) || first.is_none_or(|it| !is_of_the_model(&it.name))
    })
}

fn is_of_the_model(name: &str) -> bool {
    OF_THE_MODEL.contains(&name)
}

/// Whether a unit test says what the model's inputs are.
pub(super) fn has_unit_tests(offers: &Offers<'_>) -> bool {
    let (db, here) = (offers.world.db, &offers.here);
    let stem = here.file.stem(db);
    let packages = here.project.packages(db).iter();
    let files = packages.flat_map(|package| package.files(db).iter());
    let mut files = files.filter(|file| file.kind(db) == Some(FileKind::Properties));
    files.any(|file| {
        let tests = &properties(db, *file).properties.unit_tests;
        // A version is named with the model's name alone.
        tests.iter().any(|test| {
            let model = test
                .model
                .value
                .split_whitespace()
                .next()
                .unwrap_or_default();
            stem.starts_with(model)
        })
    })
}

/// The lines in a range without what all of them are indented by.
pub(super) fn dedented(spot: &SqlSpot<'_>, range: SourceRange) -> String {
    let text = range.of(spot.text);
    let text = text.trim_start_matches(['\r', '\n', ' ']).trim_end();
    if has_long_strings(&spot.tree, range) {
        return text.to_owned();
    }
    // The first line may stand behind the bracket.
    let start = range.of(spot.text).find(text).unwrap_or(0);
    let before = spot.text.get(..range.start as usize + start).unwrap_or("");
    let line = before.rsplit('\n').next().unwrap_or("");
    let first = line.trim().is_empty().then_some(line.len());
    let blank = |line: &str| line.len() - line.trim_start().len();
    let others = text.lines().skip(1).filter(|line| !line.trim().is_empty());
    let common = others.map(blank).chain(first).min().unwrap_or(0);
    let lines = text.lines().enumerate().map(|(nth, line)| match nth {
        0 => line,
        _ => line.get(common..).unwrap_or(""),
    });
    lines.collect::<Vec<_>>().join(spot.newline())
}

/// Further in, but for texts that go over several lines.
pub(super) fn indented(text: &str, tree: &sql::SqlTree, newline: &str) -> String {
    let whole = SourceRange::from_usize(0, tree.text().len());
    let is_fixed = has_long_strings(tree, whole);
    let lines = text.lines().map(|line| {
        if line.trim().is_empty() || is_fixed {
            line.to_owned()
        } else {
            format!("    {line}")
        }
    });
    lines.collect::<Vec<_>>().join(newline)
}

/// White space in a string is not ours.
fn has_long_strings(tree: &sql::SqlTree, range: SourceRange) -> bool {
    let is_string = |kind| matches!(kind, TokenKind::String | TokenKind::QuotedName);
    tree.tokens.iter().any(|token| {
        is_string(token.kind)
            && range.start < token.range.end
            && token.range.start < range.end
            && token.range.of(tree.text()).contains('\n')
    })
}
