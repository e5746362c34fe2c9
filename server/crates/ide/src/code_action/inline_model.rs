//! Feature: an ephemeral model that is read here becomes a CTE here, as dbt makes one of it in a run.
//!
//! The model stays for whoever else reads it. Where its template asks for more than other models have, or unit tests give
//! this model its inputs, it is not offered.

use analysis::{columns::dialect, facts::ref_of, resolve::RefTarget, source::template};
use base::{Edit, SourceRange};
use jinja::{
    Template,
    syntax::{CallSyntax, TagKind},
};
use project::files::FileKind;
use sql::Outline;

use crate::{
    code_action::{
        moved_sql::{has_unit_tests, indented, is_movable_whole},
        offers::{Offers, ProjectChange, RefactoringKind},
        sql_spot::SqlSpot,
    },
    completion::node,
    masked::masked_text,
    symbol::node_of,
};

pub(super) fn offer(offers: &mut Offers<'_>, spot: &SqlSpot<'_>) {
    let (world, here) = (offers.world, offers.here);
    let at = offers.offset();
    let mut calls = spot.template.calls_of(&["ref"]);
    let Some(call) = calls.find(|call| call.range.touches(at)) else {
        return;
    };
    let target = ref_of(call).and_then(|args| node_of(world, &here, &args));
    let target = target.filter(|it| it.file.package(world.db) == Some(here.package));
    let Some(target) = target.filter(|it| it.file.kind(world.db) == Some(FileKind::Model)) else {
        return;
    };
    let Some(model) = node(world, &target) else {
        return;
    };
    if model.config.materialized() != "ephemeral" || here.kind(world) != Some(FileKind::Model) {
        return;
    }
    let Some(outline) = sql::outline(&spot.tree) else {
        return;
    };
    let name = model.name.to_string();
    let edits = edits(offers, spot, &outline, &target, &name);
    let Some(edits) = edits.filter(|_| !has_unit_tests(offers)) else {
        return;
    };
    let title = format!("Inline the ephemeral model `{name}` as a CTE");
    offers.add(RefactoringKind::Inline, title, |_| {
        ProjectChange::edits(edits)
    });
}

fn edits(
    offers: &Offers<'_>,
    spot: &SqlSpot<'_>,
    outline: &Outline,
    target: &RefTarget,
    name: &str,
) -> Option<Vec<Edit>> {
    let is_word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_cte = outline
        .ctes
        .iter()
        .any(|cte| cte.name.eq_ignore_ascii_case(name));
    let relations = sql::relations(&spot.tree);
    let is_relation = relations
        .iter()
        .any(|it| it.name.parts().len() == 1 && it.name.identifier().eq_ignore_ascii_case(name));
    // dbt's name of the CTE may be written out.
    if !is_word || is_cte || is_relation || spot.text.contains("__dbt__cte__") {
        return None;
    }
    let mut edits = Vec::new();
    for tag in tags_of(offers, spot, target)? {
        edits.push(offers.edit(tag, name));
    }
    let body = cte(offers, target, name, spot.newline())?;
    let newline = spot.newline();
    let (at, text) = match outline.with {
        Some(with) => (with.end, format!(" {body},{newline}{newline}")),
        None => (outline.body.start, format!("with {body}{newline}{newline}")),
    };
    // What follows `with` is there already.
    let rest = spot.text.get(at as usize..)?;
    let blank = rest.len() - rest.trim_start().len();
    let range = SourceRange::new(at, at + blank as u32);
    if !spot.is_certain(SourceRange::new(at.saturating_sub(1), at + 1)) {
        return None;
    }
    edits.push(offers.edit(range, text));
    Some(edits)
}

/// The tags that stand for the model, all of them; `None` where one of its calls is more than that.
fn tags_of(
    offers: &Offers<'_>,
    spot: &SqlSpot<'_>,
    target: &RefTarget,
) -> Option<Vec<SourceRange>> {
    let (world, here) = (offers.world, &offers.here);
    let is_it = |call: &&CallSyntax| {
        let found = ref_of(call).and_then(|args| node_of(world, here, &args));
        found.as_ref() == Some(target)
    };
    let relations = sql::relations(&spot.tree);
    let calls = spot.template.calls_of(&["ref"]).filter(is_it);
    let tags = calls.map(|call| {
        let mut tags = spot.template.tags.iter();
        let tag = tags.find(|tag| tag.kind == TagKind::Output && tag.range.covers(call.range))?;
        let is_relation = relations
            .iter()
            .any(|it| SourceRange::new(it.range.start, it.range.end) == tag.range);
        (call.is_whole_output && is_relation).then_some(tag.range)
    });
    tags.collect()
}

/// `name as ( ... )`
fn cte(offers: &Offers<'_>, target: &RefTarget, name: &str, newline: &str) -> Option<String> {
    let db = offers.world.db;
    let (tree, text): (&Template, &str) = (template(db, target.file), target.file.text(db));
    if !is_movable_whole(tree, text) {
        return None;
    }
    let dialect = dialect(db, offers.here.project);
    sql::outline(&sql::parse(&masked_text(tree, text), dialect))?;
    let mut written = text.to_owned();
    let configs = tree
        .calls_of(&["config"])
        .filter(|call| call.is_whole_output);
    let tags = configs.filter_map(|call| {
        let mut tags = tree.tags.iter();
        tags.find(|tag| tag.range.covers(call.range))
    });
    let tags: Vec<_> = tags.map(|tag| tag.range).collect();
    for tag in tags.iter().rev() {
        written.replace_range(tag.start as usize..tag.end as usize, "");
    }
    let written = written.trim();
    // A semicolon would end more than the CTE.
    if written.ends_with(';') {
        return None;
    }
    let body = indented(written, &sql::parse(written, dialect), newline);
    Some(format!("{name} as ({newline}{body}{newline})"))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::code_action::fixture::check_all;

    const SHOP: &str = "
//- /models/orders.sql
select 1 as id
//- /models/few.sql
{{ config(materialized='ephemeral') }}

with big as (
    select id from {{ ref('orders') }}
)

select * from big where id > 10 -- the few
//- /models/odd.sql
{{ config(materialized='ephemeral') }}
select '{{ this }}' as me
//- /models/looped.sql
{{ config(materialized='ephemeral') }}
{% set n = 1 %}select {{ n }} as n
//- /models/a.sql
";

    fn check(sql: &str, expected: &Expect) {
        check_all(&format!("{SHOP}{sql}\n"), "Inline", expected);
    }

    #[test]
    fn an_ephemeral_model_becomes_a_cte() {
        check(
            "{{ config(tags='x') }}\n\nselect few.id from {{ ref('fe$0w') }} join {{ ref('few') }} as g on few.id = g.id",
            &expect![[r#"
                == Inline the ephemeral model `few` as a CTE (Inline)
                -- /models/a.sql
                {{ config(tags='x') }}

                with few as (
                    with big as (
                        select id from {{ ref('orders') }}
                    )

                    select * from big where id > 10 -- the few
                )

                select few.id from few join few as g on few.id = g.id
            "#]],
        );
        check(
            "with other as (\n    select * from {{ ref('fe$0w') }} as f\n)\n\nselect * from other",
            &expect![[r#"
                == Inline the ephemeral model `few` as a CTE (Inline)
                -- /models/a.sql
                with few as (
                    with big as (
                        select id from {{ ref('orders') }}
                    )

                    select * from big where id > 10 -- the few
                ),

                other as (
                    select * from few as f
                )

                select * from other
            "#]],
        );
    }

    #[test]
    fn what_means_something_else_here_stays() {
        for sql in [
            "select * from {{ ref('ord$0ers') }}",
            "select * from {{ ref('od$0d') }}",
            "select * from {{ ref('loop$0ed') }}",
            "with few as (select 1) select * from {{ ref('fe$0w') }}, few",
            "select * from {{ ref('fe$0w') }} where '{{ ref('few') ~ 'x' }}' is not null",
            "{% if true %}select * from {{ ref('fe$0w') }}{% endif %}",
        ] {
            check(sql, &expect![[""]]);
        }
    }
}
