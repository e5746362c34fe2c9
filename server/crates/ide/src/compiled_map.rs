//! Where the SQL that a file compiles to comes from, and what is wrong with it, in its own places.
//!
//! For editors that show the compiled text beside the file: a cursor in one is a cursor in the other, and what is wrong is
//! marked where it stands. The text is `compiled`'s.

use std::sync::Arc;

use analysis::{columns::sql_tree, rendered::rendered};
use base::{Diagnostic, FileId, FileRange, RenderedRange, SourceRange};
use jinja::{Piece, PieceKind, SourceMap};

use crate::{
    compiled::SEPARATOR,
    diagnostics::{CheckContext, sql_syntax},
    world::World,
};

/// A run of the compiled text with one origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledPiece {
    /// Where in the compiled text.
    pub compiled: RenderedRange,
    /// Where in the file.
    pub source: SourceRange,
    /// Copied, byte for byte; else it is what the expression at `source` gives.
    pub is_literal: bool,
    /// The macro that made it, by id, and where it is defined.
    pub through: Option<(Arc<str>, FileRange)>,
}

/// What belongs to a compiled text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CompiledMap {
    /// In order; they cover all but what stands between two nodes.
    pub pieces: Vec<CompiledPiece>,
    /// What the SQL says for sure; with ranges in the compiled text.
    pub problems: Vec<Diagnostic>,
}

/// Of a file that is compiled; of others, nothing.
pub(crate) fn compiled_map(world: World<'_>, file: FileId) -> CompiledMap {
    let mut map = CompiledMap::default();
    let Some(here) = world.here(file) else {
        return map;
    };
    let context = CheckContext {
        db: world.db,
        file: here.file,
        projects: world.projects,
    };
    let is_checked = sql_syntax::is_checked(&context);
    let mut start = 0;
    for (slot, part) in rendered(world.db, here.file).iter().enumerate() {
        let trimmed = part.sql.trim();
        let before = (part.sql.len() - part.sql.trim_start().len()) as u32;
        let range = RenderedRange::new(before, before + trimmed.len() as u32);
        for piece in part.source_map.sliced(range).pieces() {
            add(&mut map.pieces, piece, start);
        }
        if is_checked && let Some(tree) = sql_tree(world.db, here.file, slot as u32) {
            // Rendered to itself, the text's places are the file's.
            let mut part = part.clone();
            part.source_map = Arc::new(SourceMap::identity(part.sql.len() as u32, 0));
            let mut found = Vec::new();
            sql_syntax::check_part(&context, &part, &tree, &mut found);
            let shifted = found.into_iter().map(|problem| Diagnostic {
                range: SourceRange::new(
                    problem.range.start.saturating_sub(before) + start,
                    problem.range.end.saturating_sub(before) + start,
                ),
                related: Vec::new(),
                fix: None,
                ..problem
            });
            map.problems.extend(shifted);
        }
        start += (trimmed.len() + SEPARATOR.len()) as u32;
    }
    map.problems.sort();
    map
}

/// Text that was copied in several pieces is one.
fn add(pieces: &mut Vec<CompiledPiece>, piece: &Piece, start: u32) {
    let compiled = RenderedRange::new(piece.rendered.start + start, piece.rendered.end + start);
    let is_literal = piece.kind == PieceKind::Literal;
    if let Some(last) = pieces.last_mut()
        && is_literal
        && last.is_literal
        && last.compiled.end == compiled.start
        && last.source.end == piece.source.start
    {
        last.compiled = RenderedRange::new(last.compiled.start, compiled.end);
        last.source = SourceRange::new(last.source.start, piece.source.end);
        return;
    }
    pieces.push(CompiledPiece {
        compiled,
        source: piece.source,
        is_literal,
        through: piece.through.as_ref().map(|place| {
            let at = FileRange {
                file: place.file,
                range: place.range,
            };
            (Arc::clone(&place.unique_id), at)
        }),
    });
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    #[track_caller]
    fn check(fixture: &str, expected: &Expect) {
        let project = TestProject::new(fixture);
        let analysis = project.analysis();
        let file = project.cursor.unwrap().file;
        let text = analysis.compiled(file).unwrap().unwrap().text;
        let source = analysis.text(file).unwrap();
        let map = analysis.compiled_map(file).unwrap();
        let mut shown = String::new();
        for piece in &map.pieces {
            let (start, end) = (piece.compiled.start as usize, piece.compiled.end as usize);
            let from = piece.source.of(&source);
            let into = &text[start..end];
            if piece.is_literal {
                assert_eq!(from, into);
                writeln!(shown, "{from:?}").unwrap();
            } else {
                let through = piece.through.as_ref().map(|(id, _)| format!(" by {id}"));
                let through = through.unwrap_or_default();
                writeln!(shown, "{from:?} -> {into:?}{through}").unwrap();
            }
        }
        for problem in &map.problems {
            let at = problem.range.of(&text);
            writeln!(shown, "{at:?}: {}", problem.message).unwrap();
        }
        expected.assert_eq(&shown);
    }

    const MACROS: &str = "
//- /macros/m.sql
{% macro cents(column) %}{{ column }} / 100.0{% endmacro %}
//- /models/raw.sql
select 1 as id, 250 as amount
";

    #[test]
    fn every_byte_has_an_origin() {
        check(
            &format!(
                "{MACROS}
//- /models/a.sql

select id, {{{{ cents('amount') }}}} as amount,
{{% for n in [1, 2] %}}{{{{ n }}}} as n{{{{ n }}}},{{% endfor %}} 'é' as e
from {{{{ ref('raw') }}}}$0
"
            ),
            &expect![[r#"
                "select id, "
                "{{ cents('amount') }}" -> "amount / 100.0" by macro.shop.cents
                " as amount,\n"
                "{{ n }}" -> "1"
                " as n"
                "{{ n }}" -> "1"
                ","
                "{{ n }}" -> "2"
                " as n"
                "{{ n }}" -> "2"
                ","
                " 'é' as e\nfrom "
                "{{ ref('raw') }}" -> "\"shop\".\"main\".\"raw\""
            "#]],
        );
    }

    #[test]
    fn what_a_macro_wrote_wrong_is_marked_where_it_stands() {
        check(
            &format!(
                "{MACROS}
//- /models/a.sql
select id, {{{{ cents('amont') }}}} as amount, missing from {{{{ ref('raw') }}}}$0
"
            ),
            &expect![[r#"
                "select id, "
                "{{ cents('amont') }}" -> "amont / 100.0" by macro.shop.cents
                " as amount, missing from "
                "{{ ref('raw') }}" -> "\"shop\".\"main\".\"raw\""
                "amont": nothing that is read here has a column `amont`; did you mean `amount`?
                "missing": nothing that is read here has a column `missing`
            "#]],
        );
    }

    #[test]
    fn places_of_several_nodes_are_those_of_one_text() {
        check(
            "
//- /models/raw.sql
select 1 as id, 2 as at
//- /snapshots/s.sql
{% snapshot first %}{{ config(strategy='check', check_cols='all', unique_key='id', target_schema='s') }} select id from {{ ref('raw') }} {% endsnapshot %}
{% snapshot second %}{{ config(strategy='check', check_cols='all', unique_key='id', target_schema='s') }} select wrong from {{ ref('raw') }} {% endsnapshot %}$0
",
            &expect![[r#"
                "select id from "
                "{{ ref('raw') }}" -> "\"shop\".\"main\".\"raw\""
                "select wrong from "
                "{{ ref('raw') }}" -> "\"shop\".\"main\".\"raw\""
                "wrong": nothing that is read here has a column `wrong`
            "#]],
        );
    }
}
