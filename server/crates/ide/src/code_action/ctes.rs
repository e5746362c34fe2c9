//! Feature: a CTE that nothing reads is removed with its comma; CTEs stand in the order in which they are used.

use analysis::columns::sql_tree;
use base::SourceRange;
use sql::{CteOutline, EmptyCatalog, Outline, ProblemKind};

use crate::code_action::{
    offers::{Offers, ProjectChange, RefactoringKind},
    sql_spot::SqlSpot,
};

pub(super) fn offer(offers: &mut Offers<'_>, spot: &SqlSpot<'_>) {
    let Some(outline) = sql::outline(&spot.tree) else {
        return;
    };
    remove(offers, spot, &outline);
    order(offers, spot, &outline);
}

fn source_range(range: base::RenderedRange) -> SourceRange {
    SourceRange::new(range.start, range.end)
}

fn remove(offers: &mut Offers<'_>, spot: &SqlSpot<'_>, outline: &Outline) {
    let mut ctes = outline.ctes.iter().enumerate();
    let at = offers.offset();
    let Some((number, cte)) = ctes.find(|(_, it)| source_range(it.name_range).touches(at)) else {
        return;
    };
    let range = range_with_comma(spot.text, outline, number);
    // What a tag writes might read it.
    let is_named = || {
        let mut tags = spot.template.tags.iter();
        tags.any(|tag| tag.range.of(spot.text).contains(&*cte.name))
    };
    if !is_unused(spot, outline, number)
        || !spot.is_certain(range)
        || is_named()
        || !is_unused_when_rendered(offers, cte)
    {
        return;
    }
    let title = format!("Remove the unused CTE `{}`", cte.name);
    let edit = offers.edit(range, "");
    offers.add(RefactoringKind::QuickFix, title, |_| {
        ProjectChange::edits(vec![edit])
    });
}

fn is_unused(spot: &SqlSpot<'_>, outline: &Outline, number: usize) -> bool {
    let name_range = outline.ctes.get(number).map(|cte| cte.name_range);
    let mut problems = spot.symbols.problems.iter();
    let is_reported = problems.any(|problem| {
        Some(problem.range) == name_range && matches!(problem.kind, ProblemKind::UnusedCte { .. })
    });
    let mut readers = outline.ctes.iter();
    is_reported
        && !outline.reads.contains(&number)
        && !readers.any(|cte| cte.reads.contains(&number))
}

/// The template may write more than is seen in it; where nobody can tell, nothing is unused.
fn is_unused_when_rendered(offers: &Offers<'_>, cte: &CteOutline) -> bool {
    let Some(tree) = sql_tree(offers.world.db, offers.here.file, 0) else {
        return false;
    };
    let problems = sql::symbols(&tree, &EmptyCatalog).problems;
    problems.iter().any(|problem| {
        matches!(&problem.kind, ProblemKind::UnusedCte { name } if name.eq_ignore_ascii_case(&cte.name))
    })
}

/// The CTE, the comma that goes with it, and the white space that would be left; of the only one, the whole `with`.
fn range_with_comma(text: &str, outline: &Outline, number: usize) -> SourceRange {
    let ctes = &outline.ctes;
    let cte = ctes.get(number).map(|cte| cte.range).unwrap_or_default();
    let previous = number.checked_sub(1).and_then(|it| ctes.get(it));
    match (previous, ctes.get(number + 1), outline.with) {
        (_, Some(next), _) => {
            // A comment above the next one stays with it.
            let between = SourceRange::new(cte.end, next.range.start).of(text);
            let comma = between.find(',').map_or(0, |at| at + 1);
            let rest = between.get(comma..).unwrap_or("");
            let blank = rest.len() - rest.trim_start().len();
            SourceRange::new(cte.start, cte.end + (comma + blank) as u32)
        }
        (Some(previous), None, _) => SourceRange::new(previous.range.end, cte.end),
        (None, None, Some(with)) => SourceRange::new(with.start, outline.body.start),
        (None, None, None) => source_range(cte),
    }
}

fn order(offers: &mut Offers<'_>, spot: &SqlSpot<'_>, outline: &Outline) {
    let at = offers.offset();
    let is_here = |range: base::RenderedRange| source_range(range).touches(at);
    let is_touched =
        outline.with.is_some_and(is_here) || outline.ctes.iter().any(|cte| is_here(cte.name_range));
    if !is_touched || outline.is_recursive {
        return;
    }
    let wanted = by_use(outline);
    if wanted.iter().copied().eq(0..outline.ctes.len()) {
        return;
    }
    let Some(edits) = reordered(offers, spot, outline, &wanted) else {
        return;
    };
    let title = "Order the CTEs by their use".to_owned();
    offers.add(RefactoringKind::Rewrite, title, |_| {
        ProjectChange::edits(edits)
    });
}

/// As the body comes to need them, each after those that it reads itself; those that nobody reads stay at the end.
fn by_use(outline: &Outline) -> Vec<usize> {
    fn visit(outline: &Outline, number: usize, order: &mut Vec<usize>) {
        // A CTE reads only those above it, so this ends.
        let reads = outline.ctes.get(number).map(|cte| &cte.reads);
        for read in reads.into_iter().flatten().filter(|it| **it < number) {
            visit(outline, *read, order);
        }
        if !order.contains(&number) {
            order.push(number);
        }
    }
    let mut order = Vec::new();
    let all = 0..outline.ctes.len();
    for number in outline.reads.iter().copied().chain(all) {
        if !order.contains(&number) {
            visit(outline, number, &mut order);
        }
    }
    order
}

/// The texts of the CTEs, with the comments above them, each in another's place.
fn reordered(
    offers: &Offers<'_>,
    spot: &SqlSpot<'_>,
    outline: &Outline,
    wanted: &[usize],
) -> Option<Vec<base::Edit>> {
    let mut slots = Vec::new();
    let mut start = outline.with?.end;
    for (number, cte) in outline.ctes.iter().enumerate() {
        let above = SourceRange::new(start, cte.range.start);
        let blank = above.of(spot.text).len() - above.of(spot.text).trim_start().len();
        // A comment that begins on the line of what is above belongs there, and would come along.
        let begins_here = above.of(spot.text).get(..blank)?.contains('\n');
        if blank < above.len() as usize && !begins_here {
            return None;
        }
        slots.push(SourceRange::new(above.start + blank as u32, cte.range.end));
        if let Some(next) = outline.ctes.get(number + 1) {
            let between = SourceRange::new(cte.range.end, next.range.start).of(spot.text);
            let comma = between.find(',')?;
            if !between.get(..comma)?.trim().is_empty() {
                return None;
            }
            start = cte.range.end + comma as u32 + 1;
        }
    }
    let whole = slots.iter().copied().reduce(SourceRange::join)?;
    if !spot.is_certain(whole) {
        return None;
    }
    let moves = slots.iter().zip(wanted).enumerate();
    let moves = moves.filter(|(number, (_, wanted))| number != *wanted);
    let edits: Option<Vec<_>> = moves
        .map(|(_, (slot, wanted))| Some(offers.edit(*slot, slots.get(*wanted)?.of(spot.text))))
        .collect();
    edits
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::code_action::fixture::check_all;

    fn check(sql: &str, wanted: &str, expected: &Expect) {
        check_all(
            &format!("//- /models/orders.sql\nselect 1 as id\n//- /models/a.sql\n{sql}\n"),
            wanted,
            expected,
        );
    }

    #[test]
    fn an_unused_cte_goes_with_its_comma() {
        check(
            "with a as (\n    select 1 as x\n),\n\nb$0 as (select 2 as y),\n\n-- the last\nc as (select * from a)\n\nselect * from c",
            "Remove",
            &expect![[r#"
                == Remove the unused CTE `b` (QuickFix)
                -- /models/a.sql
                with a as (
                    select 1 as x
                ),

                -- the last
                c as (select * from a)

                select * from c
            "#]],
        );
        check(
            "with a as (select 1 as x),\n\nb$0 as (\n    select id from {{ ref('orders') }}\n)\n\nselect * from a",
            "Remove",
            &expect![[r#"
                == Remove the unused CTE `b` (QuickFix)
                -- /models/a.sql
                with a as (select 1 as x)

                select * from a
            "#]],
        );
        check(
            "{{ config(tags='x') }}\nwith a$0 as (select 1 as x)\nselect 2 as y",
            "Remove",
            &expect![[r""]],
        );
    }

    #[test]
    fn what_may_be_used_stays() {
        check(
            "with a$0 as (select 1 as x) select * from a",
            "Remove",
            &expect![[""]],
        );
        check(
            "with a$0 as (select 1 as x) select * from {{ 'a' }}",
            "Remove",
            &expect![[""]],
        );
        check(
            "with a$0 as (select 1 as x) select * from {% if target.name == 'prod' %}a{% else %}{{ ref('orders') }}{% endif %}",
            "Remove",
            &expect![[""]],
        );
        check(
            "with {% if true %}a$0 as (select 1 as x),{% endif %} b as (select 1) select * from b",
            "Remove",
            &expect![[""]],
        );
    }

    #[test]
    fn ctes_are_ordered_by_use() {
        check(
            "wi$0th unused as (select 0),\n\n-- the second\nb as (select 1 as x),\n\na as (\n    select * from {{ ref('orders') }}\n),\n\nc as (select * from a)\n\nselect * from c join b on true",
            "Order",
            &expect![[r#"
                == Order the CTEs by their use (Rewrite)
                -- /models/a.sql
                with a as (
                    select * from {{ ref('orders') }}
                ),

                c as (select * from a),

                -- the second
                b as (select 1 as x),

                unused as (select 0)

                select * from c join b on true
            "#]],
        );
        check(
            "wi$0th a as (select 1), b as (select * from a) select * from b",
            "Order",
            &expect![[""]],
        );
    }
}
