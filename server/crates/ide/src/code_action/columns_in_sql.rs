//! Feature: `*` written out, and columns named with the relation that they are of.
//!
//! Done where all columns are known, and only if the query yields the same afterwards.

use base::SourceRange;
use sql::{Part, Star, written_name};

use crate::code_action::{
    offers::{Offers, ProjectChange, RefactoringKind},
    sql_spot::SqlSpot,
};

/// A select list that is longer is written over several lines.
const MAX_LINE: usize = 80;

pub(super) fn offer(offers: &mut Offers<'_>, spot: &SqlSpot<'_>) {
    expand(offers, spot);
    qualify(offers, spot);
}

fn expand(offers: &mut Offers<'_>, spot: &SqlSpot<'_>) {
    let mut stars = spot.symbols.stars.iter();
    let Some(star) = stars.find(|it| range_of(it).touches(offers.offset())) else {
        return;
    };
    let range = range_of(star);
    let written = columns(spot, star).filter(|_| spot.is_plain(range));
    let Some((range, written)) = written.map(|columns| laid_out(spot.text, range, &columns)) else {
        return;
    };
    if !spot.stays_the_same(&[(range, written.clone())]) {
        return;
    }
    let shown = range_of(star).of(spot.text).split_whitespace();
    let shown = shown.take(1).collect::<String>();
    let title = format!("Write out the columns of `{shown}`");
    let edit = offers.edit(range, written);
    offers.add(RefactoringKind::Rewrite, title, |_| {
        ProjectChange::edits(vec![edit])
    });
}

fn range_of(star: &Star) -> SourceRange {
    SourceRange::new(star.range.start, star.range.end)
}

/// The columns as they have to be written; `None` where one of them cannot be.
fn columns(spot: &SqlSpot<'_>, star: &Star) -> Option<Vec<String>> {
    let dialect = spot.tree.dialect();
    if star.columns.is_empty() {
        return None;
    }
    let columns = star.columns.iter().map(|column| {
        let name = written_name(&column.name, dialect)?;
        let needs_qualifier = star.is_qualified || star.n_relations > 1;
        let Some(qualifier) = column.qualifier.as_deref().filter(|_| needs_qualifier) else {
            return Some(name);
        };
        // A relation without an alias is a tag, whose name is not known here; where its columns need one, the check of
        // what the query yields says so.
        if SqlSpot::is_mask(qualifier) {
            let same = star.columns.iter();
            let is_alone = same
                .filter(|it| it.name.eq_ignore_ascii_case(&column.name))
                .count()
                == 1;
            return is_alone.then_some(name);
        }
        Some(format!("{}.{name}", written_name(qualifier, dialect)?))
    });
    columns.collect()
}

/// A line for each where the star has a line of its own, or they would not fit.
fn laid_out(text: &str, star: SourceRange, columns: &[String]) -> (SourceRange, String) {
    let before = text.get(..star.start as usize).unwrap_or("");
    let line = before.rsplit('\n').next().unwrap_or("");
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let indent: String = line.chars().take_while(|c| c.is_whitespace()).collect();
    match line.trim() {
        "" => (star, columns.join(&format!(",{newline}{line}"))),
        // Commas first.
        "," => (star, columns.join(&format!("{newline}{line}"))),
        _ => {
            let inline = columns.join(", ");
            if line.len() + inline.len() <= MAX_LINE {
                return (star, inline);
            }
            let separator = format!(",{newline}{indent}    ");
            let blank = line.len() - line.trim_end().len();
            let after = text.get(star.end as usize..).unwrap_or("");
            let after = after.len() - after.trim_start_matches(' ').len();
            let around = SourceRange::new(star.start - blank as u32, star.end + after as u32);
            let columns = columns.join(&separator);
            let written = format!("{newline}{indent}    {columns}{newline}{indent}");
            (around, written)
        }
    }
}

fn qualify(offers: &mut Offers<'_>, spot: &SqlSpot<'_>) {
    let dialect = spot.tree.dialect();
    let names: Vec<(SourceRange, String)> = spot
        .symbols
        .unqualified
        .iter()
        .filter(|it| !SqlSpot::is_mask(&it.relation))
        .filter_map(|it| {
            let range = SourceRange::new(it.range.start, it.range.end);
            let relation = written_name(&it.relation, dialect)?;
            (!range.is_empty() && spot.is_plain(range)).then(|| (range, format!("{relation}.")))
        })
        .collect();
    let at = offers.offset();
    let Some((here, qualifier)) = names.iter().find(|(range, _)| range.touches(at)) else {
        return;
    };
    let inserted = |names: &[(SourceRange, String)]| -> Vec<(SourceRange, String)> {
        let names = names.iter();
        names
            .map(|(range, text)| (SourceRange::at(range.start), text.clone()))
            .collect()
    };
    let one = inserted(&[(*here, qualifier.clone())]);
    let shown = format!("{qualifier}{}", here.of(spot.text));
    add(offers, spot, format!("Qualify as `{shown}`"), one);
    let select = sql::parts_at(&spot.tree, at)
        .into_iter()
        .filter(|(part, _)| *part == Part::Select)
        .map(|(_, range)| SourceRange::new(range.start, range.end))
        .min_by_key(|range| range.len());
    let Some(select) = select else {
        return;
    };
    let mut inside = names;
    inside.retain(|(range, _)| select.covers(*range));
    if inside.len() > 1 {
        let title = "Qualify all columns of this select".to_owned();
        add(offers, spot, title, inserted(&inside));
    }
}

fn add(
    offers: &mut Offers<'_>,
    spot: &SqlSpot<'_>,
    title: String,
    edits: Vec<(SourceRange, String)>,
) {
    if !spot.stays_the_same(&edits) {
        return;
    }
    let edits = edits.into_iter();
    let edits = edits
        .map(|(range, text)| offers.edit(range, text))
        .collect();
    offers.add(RefactoringKind::Rewrite, title, |_| {
        ProjectChange::edits(edits)
    });
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::code_action::fixture::check_all;

    const SHOP: &str = r#"
//- /models/orders.sql
select 1 as id, 2 as customer_id, 3 as "order", 4 as "Total Amount"
//- /models/customers.sql
select 1 as customer_id, 'x' as name
//- /models/a.sql
"#;

    fn check(sql: &str, wanted: &str, expected: &Expect) {
        check_all(&format!("{SHOP}{sql}\n"), wanted, expected);
    }

    #[test]
    fn a_star_is_written_out() {
        check(
            "select $0* from {{ ref('customers') }}",
            "Write",
            &expect![[r#"
            == Write out the columns of `*` (Rewrite)
            -- /models/a.sql
            select customer_id, name from {{ ref('customers') }}
        "#]],
        );
        check(
            "select\n    1 as n,\n    o.*$0\nfrom {{ ref('orders') }} as o\njoin {{ ref('customers') }} as c using (customer_id)",
            "Write",
            &expect![[r#"
                == Write out the columns of `o.*` (Rewrite)
                -- /models/a.sql
                select
                    1 as n,
                    o.id,
                    o.customer_id,
                    o."order",
                    o."Total Amount"
                from {{ ref('orders') }} as o
                join {{ ref('customers') }} as c using (customer_id)
            "#]],
        );
        check(
            "select\n    1 as n\n    , $0* exclude (name)\nfrom {{ ref('orders') }} as o\njoin {{ ref('customers') }} as c using (customer_id)",
            "Write",
            &expect![[r#"
                == Write out the columns of `*` (Rewrite)
                -- /models/a.sql
                select
                    1 as n
                    , o.id
                    , customer_id
                    , o."order"
                    , o."Total Amount"
                from {{ ref('orders') }} as o
                join {{ ref('customers') }} as c using (customer_id)
            "#]],
        );
        check(
            "with all_of_them as (select id, customer_id, id + 1 as another_column, id + 2 as yet_another from {{ ref('orders') }}) select * from (select $0* from all_of_them)",
            "Write",
            &expect![[r#"
                == Write out the columns of `*` (Rewrite)
                -- /models/a.sql
                with all_of_them as (select id, customer_id, id + 1 as another_column, id + 2 as yet_another from {{ ref('orders') }}) select * from (select
                    id,
                    customer_id,
                    another_column,
                    yet_another
                from all_of_them)
            "#]],
        );
    }

    #[test]
    fn a_star_of_unknown_columns_stays() {
        check("select $0* from somewhere", "Write", &expect![[""]]);
        check(
            "select count($0*) from {{ ref('orders') }}",
            "Write",
            &expect![[""]],
        );
        check(
            "select $0* from {{ ref('orders') }} join {{ ref('customers') }} on true",
            "Write",
            &expect![[""]],
        );
    }

    #[test]
    fn columns_are_qualified() {
        check(
            "select na$0me, customer_id, o.id as name_of, (select max(id) as m from {{ ref('orders') }} as x) as m from {{ ref('orders') }} as o join {{ ref('customers') }} as c using (customer_id) where id > 1 order by name",
            "Qualify",
            &expect![[r#"
                == Qualify as `c.name` (Rewrite)
                -- /models/a.sql
                select c.name, customer_id, o.id as name_of, (select max(id) as m from {{ ref('orders') }} as x) as m from {{ ref('orders') }} as o join {{ ref('customers') }} as c using (customer_id) where id > 1 order by name
                == Qualify all columns of this select (Rewrite)
                -- /models/a.sql
                select c.name, customer_id, o.id as name_of, (select max(x.id) as m from {{ ref('orders') }} as x) as m from {{ ref('orders') }} as o join {{ ref('customers') }} as c using (customer_id) where o.id > 1 order by name
            "#]],
        );
        check(
            "select na$0me from {{ ref('customers') }}",
            "Qualify",
            &expect![[""]],
        );
    }
}
