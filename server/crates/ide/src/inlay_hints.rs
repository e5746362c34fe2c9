//! Feature: inlay hints. What stands in the text only by implication: the columns of a `*`, types, the names of relations.
//!
//! All of it is read off the text without its template tags, so that it is there while something is half-written.

use std::fmt::Write as _;

use analysis::{
    context::source_relation, names::relation_of, sources::sources_of, target::defaults,
};
use base::{FileId, SourceRange};
use jinja::Relation;

use crate::{
    Analysis, Cancellable,
    sql_names::{has_sql, masked_symbols},
    symbol::{Thing, things},
    world::{Here, World},
};

/// Longer lists of columns are cut; the whole list is in the tooltip.
const MAX_LEN: usize = 60;

/// What a hint says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InlayHintKind {
    /// The columns that a `*` stands for.
    Star,
    /// The type of a column, behind its name.
    Type,
    /// What a `ref` or `source` is called in the warehouse.
    Relation,
    /// What a column of a later branch of a `union` becomes.
    Position,
}

/// A text that is shown between those that are there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InlayHint {
    /// Behind what it is shown.
    pub offset: u32,
    /// What it is.
    pub kind: InlayHintKind,
    /// What it says.
    pub label: String,
    /// What it would say if there were room.
    pub tooltip: Option<String>,
}

impl Analysis {
    /// The hints of a part of a file, sorted by place.
    pub fn inlay_hints(&self, file: FileId, range: SourceRange) -> Cancellable<Vec<InlayHint>> {
        self.ask_world(|world| inlay_hints(world, file, range))
    }
}

fn inlay_hints(world: World<'_>, file: FileId, range: SourceRange) -> Vec<InlayHint> {
    let Some(here) = world.here(file) else {
        return Vec::new();
    };
    if !here.kind(world).is_some_and(has_sql) {
        return Vec::new();
    }
    let mut hints = Vec::new();
    add_columns(world, &here, &mut hints);
    add_relations(world, &here, &mut hints);
    hints.retain(|hint| range.start <= hint.offset && hint.offset <= range.end);
    hints.sort();
    hints.dedup();
    hints
}

/// Stars and types.
fn add_columns(world: World<'_>, here: &Here, hints: &mut Vec<InlayHint>) {
    let symbols = masked_symbols(world, here);
    // Only those are listed whose columns are all known.
    for star in &symbols.stars {
        let names: Vec<&str> = star.columns.iter().map(|it| &*it.name).collect();
        hints.push(star_hint(star.range.end, &names));
    }
    hints.extend(symbols.positional.iter().map(|it| InlayHint {
        offset: it.range.end,
        kind: InlayHintKind::Position,
        label: format!("→ {}", it.name),
        tooltip: None,
    }));
    for symbol in &symbols.symbols {
        if let sql::SymbolKind::Column {
            data_type: Some(data_type),
        } = &symbol.kind
            && let Some(definition) = symbol.definition
        {
            hints.push(InlayHint {
                offset: definition.end,
                kind: InlayHintKind::Type,
                label: format!(": {}", data_type.to_string().to_lowercase()),
                tooltip: None,
            });
        }
    }
}

fn star_hint(offset: u32, names: &[&str]) -> InlayHint {
    let whole = names.join(", ");
    let mut label = String::from("= ");
    let mut n_shown = 0;
    for name in names {
        if n_shown > 0 && label.len() + name.len() > MAX_LEN {
            break;
        }
        label.push_str(if n_shown > 0 { ", " } else { "" });
        label.push_str(name);
        n_shown += 1;
    }
    let is_cut = n_shown < names.len();
    if is_cut {
        let _ = write!(label, ", … {} more", names.len() - n_shown);
    }
    InlayHint {
        offset,
        kind: InlayHintKind::Star,
        label,
        tooltip: is_cut.then_some(whole),
    }
}

/// Behind the tag of a `ref` or `source`.
fn add_relations(world: World<'_>, here: &Here, hints: &mut Vec<InlayHint>) {
    let text = here.text(world);
    for found in things(world, here) {
        if found.is_declaration {
            continue;
        }
        let Some(relation) = relation(world, here, &found.thing) else {
            continue;
        };
        // Only where the tag is the relation: in an argument of a macro it is a name among others.
        let behind = text.get(found.range.end as usize..).unwrap_or_default();
        let Some(end) = behind.find("}}").map(|at| at + 2) else {
            continue;
        };
        let is_last = behind
            .get(..end)
            .is_some_and(|rest| !rest.contains(['(', '\n']) && rest.matches(')').count() == 1);
        if is_last {
            hints.push(InlayHint {
                offset: found.range.end + end as u32,
                kind: InlayHintKind::Relation,
                label: format!("= {}", relation.render_sql()),
                tooltip: None,
            });
        }
    }
}

fn relation(world: World<'_>, here: &Here, thing: &Thing) -> Option<Relation> {
    match thing {
        Thing::Node(target) => Some(relation_of(world.db, target)),
        Thing::Table(target) => {
            let sources = sources_of(world.db, target.file);
            let source = sources.get(target.slot as usize)?;
            let policy = defaults(world.db, here.project).policy;
            Some(source_relation(source, policy.into()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use base::SourceRange;

    use crate::fixture::TestProject;

    /// The text with its hints in it, between `⟨` and `⟩`.
    fn check(sql: &str, expected: &Expect) {
        let project = TestProject::new(&format!(
            "
//- /dbt_project.yml
name: shop
profile: shop
//- /profiles.yml
shop:
  target: dev
  outputs:
    dev: {{type: duckdb, path: shop.duckdb}}
//- /models/sources.yml
sources:
  - name: web
    schema: landing
    tables: [{{name: clicks}}]
//- /models/orders.sql
select 1 as id, 'new' as status, 3.5::decimal(10, 2) as amount
//- /models/a.sql
$0{sql}
"
        ));
        let file = project.cursor.unwrap().file;
        let analysis = project.analysis();
        let mut text = analysis.text(file).unwrap().to_string();
        let whole = SourceRange::new(0, text.len() as u32);
        let hints = analysis.inlay_hints(file, whole).unwrap();
        for hint in hints.iter().rev() {
            text.insert_str(hint.offset as usize, &format!("⟨{}⟩", hint.label));
        }
        expected.assert_eq(text.trim_end());
    }

    #[test]
    fn stars_types_and_relations_are_shown() {
        check(
            "select * from {{ ref('orders') }}",
            &expect![[
                r#"select *⟨= id, status, amount⟩ from {{ ref('orders') }}⟨= "shop"."main"."orders"⟩"#
            ]],
        );
        check(
            "with paid as (
    select id, amount * 2 as twice, count(*) as n from {{ ref('orders') }} group by all
)
select paid.*, upper(status) as shouted
from paid join {{ ref('orders') }} as o on o.id = paid.id",
            &expect![[r#"
                with paid as (
                    select id⟨: integer⟩, amount * 2 as twice⟨: decimal(18,2)⟩, count(*) as n⟨: bigint⟩ from {{ ref('orders') }}⟨= "shop"."main"."orders"⟩ group by all
                )
                select paid.*⟨= id, twice, n⟩, upper(status) as shouted⟨: varchar⟩
                from paid join {{ ref('orders') }}⟨= "shop"."main"."orders"⟩ as o on o.id = paid.id"#]],
        );
    }

    #[test]
    fn columns_of_later_branches_are_named() {
        check(
            "select id, status from {{ ref('orders') }}
union all
select 7, 'old'
union all
select id, upper(status) from {{ ref('orders') }}",
            &expect![[r#"
                select id⟨: integer⟩, status⟨: varchar⟩ from {{ ref('orders') }}⟨= "shop"."main"."orders"⟩
                union all
                select 7⟨: integer⟩⟨→ id⟩, 'old'⟨: varchar⟩⟨→ status⟩
                union all
                select id⟨: integer⟩, upper(status)⟨: varchar⟩⟨→ status⟩ from {{ ref('orders') }}⟨= "shop"."main"."orders"⟩"#]],
        );
    }

    #[test]
    fn nothing_is_said_of_what_is_not_known() {
        check(
            "select *, id from {{ source('web', 'clicks') }} where id in ({{ ids(ref('orders')) }})",
            &expect![[
                r#"select *, id from {{ source('web', 'clicks') }}⟨= "shop"."landing"."clicks"⟩ where id in ({{ ids(ref('orders')) }})"#
            ]],
        );
        check(
            "select x as y, from {{ ref('",
            &expect!["select x as y, from {{ ref('"],
        );
    }
}
