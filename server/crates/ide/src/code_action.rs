//! What can be done at the cursor: fixes of diagnostics, commands for editors without lenses, and refactorings, each in
//! a file of its own below (`offers` says how they are asked).

mod columns_in_sql;
mod create;
mod ctes;
mod deprecated;
mod extract_cte;
#[cfg(test)]
mod fixture;
mod follow_column;
mod hardcoded;
mod homes;
mod inline_model;
mod missing_columns;
mod moved_sql;
mod node_entry;
pub(crate) mod offers;
mod skeletons;
mod source_tables;
mod sql_spot;
mod staging_model;
pub(crate) mod warehouse_tables;
#[cfg(test)]
mod whole_project;
mod yaml_text;

use analysis::{facts::parsed, nodes::nodes_of};
use base::{Diagnostic, Edit, FileRange, SourceRange};
use project::files::FileKind;

use self::offers::{Generator, Offers, Refactoring, RefactoringRequest};
use crate::{
    code_lens::{commands_of, title_of},
    command::{Command, CommandKind, PreviewPart},
    preview::ctes,
    selection::{node_selector, selector_at},
    world::{Here, World},
};

/// Something to choose from a menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeAction {
    /// What is shown.
    pub title: String,
    /// What it does.
    pub effect: CodeActionEffect,
}

/// What a code action does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeActionEffect {
    /// Mends a diagnostic.
    Fix {
        /// What is mended.
        diagnostic: Diagnostic,
        /// Applied together or not at all.
        edits: Vec<Edit>,
    },
    /// Has something executed.
    Command(Command),
}

/// What can be done at a selection.
pub(crate) fn code_actions(
    world: World<'_>,
    selection: FileRange,
    found: Vec<Diagnostic>,
) -> Vec<CodeAction> {
    let Some(here) = world.here(selection.file).filter(|here| here.is_own(world)) else {
        return Vec::new();
    };
    let mut actions = fixes(selection, found);
    actions.extend(commands(world, &here, selection));
    actions
}

/// What else could be made of what is at a selection.
pub(crate) fn refactorings(world: World<'_>, request: &RefactoringRequest) -> Vec<Refactoring> {
    let here = world.here(request.selection.file);
    let Some(here) = here.filter(|here| here.is_own(world)) else {
        return Vec::new();
    };
    let mut offers = Offers::new(world, here, request);
    let spot = offers.sql();
    if let Some(spot) = &spot {
        hardcoded::offer(&mut offers, spot);
        create::offer(&mut offers, spot);
        columns_in_sql::offer(&mut offers, spot);
        ctes::offer(&mut offers, spot);
        extract_cte::offer(&mut offers, spot);
        inline_model::offer(&mut offers, spot);
        follow_column::offer(&mut offers);
    }
    deprecated::offer(&mut offers);
    missing_columns::offer(&mut offers);
    staging_model::offer(&mut offers);
    skeletons::offer_data_tests(&mut offers, spot.as_ref());
    skeletons::offer_unit_test(&mut offers);
    offers.finish()
}

/// What a generator makes at a selection; `None` where there is nothing to make.
pub(crate) fn generated(
    world: World<'_>,
    request: &RefactoringRequest,
    generator: Generator,
) -> Option<Refactoring> {
    let here = world.here(request.selection.file);
    let here = here.filter(|here| here.is_own(world))?;
    let mut offers = Offers::new(world, here, request);
    match generator {
        Generator::Properties => missing_columns::offer(&mut offers),
        Generator::ModelFromSource => staging_model::offer(&mut offers),
    }
    offers.finish().into_iter().next()
}

pub(crate) fn fixes(selection: FileRange, found: Vec<Diagnostic>) -> Vec<CodeAction> {
    let touched = |found: SourceRange| {
        found.touches(selection.range.start)
            || found.touches(selection.range.end)
            || selection.range.covers(found)
    };
    found
        .into_iter()
        .filter(|diagnostic| touched(diagnostic.range))
        .filter_map(|diagnostic| {
            let fix = diagnostic.fix.clone()?;
            Some(CodeAction {
                title: fix.title,
                effect: CodeActionEffect::Fix {
                    diagnostic,
                    edits: fix.edits,
                },
            })
        })
        .collect()
}

/// The lenses' commands, for editors that show none.
fn commands(world: World<'_>, here: &Here, selection: FileRange) -> Vec<CodeAction> {
    if here.kind(world) == Some(FileKind::Properties) {
        return commands_in_yaml(world, selection);
    }
    let parsed = parsed(world.db, here.file);
    let mut actions = Vec::new();
    let nodes = nodes_of(world.db, here.file).iter().zip(parsed.iter());
    for (slot, (node, part)) in nodes.enumerate() {
        if !part.range.touches(selection.range.start) {
            continue;
        }
        for kind in commands_of(node.resource_type()) {
            actions.push(CodeAction {
                title: format!("{} {}", title_of(*kind), node.name),
                effect: CodeActionEffect::Command(Command {
                    kind: *kind,
                    selector: Some(node_selector(node)),
                    part: None,
                    position: None,
                }),
            });
        }
        if commands_of(node.resource_type()).contains(&CommandKind::Preview) {
            actions.extend(previews(world, here, slot as u32, selection));
        }
    }
    actions
}

/// Rows of what is selected, or of the CTE at the cursor.
fn previews(world: World<'_>, here: &Here, slot: u32, selection: FileRange) -> Vec<CodeAction> {
    let node = nodes_of(world.db, here.file).get(slot as usize);
    let action = |title: String, part: PreviewPart| CodeAction {
        title,
        effect: CodeActionEffect::Command(Command {
            kind: CommandKind::Preview,
            selector: node.map(|node| node_selector(node)),
            part: Some(part),
            position: None,
        }),
    };
    if !selection.range.is_empty() {
        let part = PreviewPart::Selection(selection.range);
        return vec![action("Preview the selection".to_owned(), part)];
    }
    let ctes = ctes(world, here, slot).into_iter();
    let mut ctes = ctes.filter(|(_, _, whole)| whole.touches(selection.range.start));
    let cte = ctes.next().map(|(name, ..)| {
        let title = format!("Preview the CTE {name}");
        action(title, PreviewPart::Cte(name.to_string()))
    });
    cte.into_iter().collect()
}

/// What can be done with the entry under the cursor.
fn commands_in_yaml(world: World<'_>, selection: FileRange) -> Vec<CodeAction> {
    let mut actions = Vec::new();
    for kind in [CommandKind::Run, CommandKind::Build, CommandKind::Test] {
        let at = Some(selection.range.start);
        if let Some(selector) = selector_at(world, selection.file, at, kind) {
            actions.push(CodeAction {
                title: format!("{} {selector}", title_of(kind)),
                effect: CodeActionEffect::Command(Command {
                    kind,
                    selector: Some(selector),
                    part: None,
                    position: None,
                }),
            });
        }
    }
    actions
}

#[cfg(test)]
mod tests {
    use base::{FileRange, SourceRange};
    use expect_test::{Expect, expect};

    use super::CodeActionEffect;
    use crate::fixture::TestProject;

    const SHOP: &str = "
//- /dbt_project.yml
name: shop
profile: shop
vars: {start_date: 1}
//- /models/orders.sql
select 1 as id
//- /macros/m.sql
{% macro cents(column, scale=2) %}{{ column }}{% endmacro %}
//- /models/d.md
{% docs status %}The status.{% enddocs %}
//- /models/raw.yml
sources:
  - name: raw
    tables: [{name: events}]
";

    /// The lines of a file in which something is mended, after it is.
    fn check(path: &str, text: &str, expected: &Expect) {
        let project = TestProject::new(&format!("{SHOP}//- {path}\n{text}\n"));
        let file = project.file(path);
        let analysis = project.analysis();
        let text = analysis.text(file).unwrap();
        let all = FileRange {
            file,
            range: SourceRange::from_usize(0, text.len()),
        };
        let mut mended = String::new();
        for action in analysis.code_actions(all).unwrap() {
            if let CodeActionEffect::Fix { edits, .. } = action.effect {
                let mut after = text.to_string();
                for edit in edits {
                    let range = edit.range.start as usize..edit.range.end as usize;
                    after.replace_range(range, &edit.text);
                }
                let lines = after.lines().zip(text.lines());
                for (line, _) in lines.filter(|(after, before)| after != before) {
                    mended.push_str(line.trim());
                    mended.push('\n');
                }
            }
        }
        expected.assert_eq(&mended);
    }

    #[test]
    fn entries_in_yaml_can_be_executed() {
        let project = TestProject::new(&format!(
            "{SHOP}//- /models/s.yml\nmodels:\n  - name: ord$0ers\n    columns:\n      - name: id\n        data_tests: [unique]\n"
        ));
        let at = project.cursor.unwrap();
        let selection = FileRange {
            file: at.file,
            range: SourceRange::at(at.offset),
        };
        let actions = project.analysis().code_actions(selection).unwrap();
        let titles: Vec<_> = actions.iter().map(|it| &*it.title).collect();
        assert_eq!(titles, ["Run orders", "Build orders", "Test orders"]);
    }

    #[test]
    fn parts_of_a_query_can_be_previewed() {
        let project =
            TestProject::new("//- /models/a.sql\nwith one as (select 1 as id) select * from one\n");
        let file = project.file("/models/a.sql");
        let titles = |start, end| {
            let range = SourceRange::from_usize(start, end);
            let actions = project.analysis().code_actions(FileRange { file, range });
            let titles = actions.unwrap().into_iter().map(|it| it.title);
            titles.filter(|it| it.contains(" the ")).collect::<Vec<_>>()
        };
        assert_eq!(titles(20, 20), ["Preview the CTE one"]);
        assert_eq!(titles(29, 46), ["Preview the selection"]);
        assert_eq!(titles(40, 40), [""; 0]);
    }

    #[test]
    fn names_in_sql_that_mean_nothing() {
        check(
            "/models/a.sql",
            "select {{ cent('x') }},
{{ cents('x', scael=1) }},
{{ var('start_dat') }}
from {{ ref('shop', 'order') }}
join {{ source('rav', 'events') }}
join {{ source('raw', 'event') }}",
            &expect![[r"
                select {{ cents('x') }},
                {{ cents('x', scale=1) }},
                {{ var('start_date') }}
                from {{ ref('shop', 'orders') }}
                join {{ source('raw', 'events') }}
                join {{ source('raw', 'events') }}
            "]],
        );
    }

    #[test]
    fn names_and_keys_in_yaml_that_mean_nothing() {
        check(
            "/models/s.yml",
            "models:
  - name: order
  - name: orders
    descripton: x
    description: \"{{ doc('statu') }}\"
    config:
      materialised: view
    columns:
      - name: id
        data_tests:
          - not_nul
          - relationships: {to: \"ref('order')\", field: id}
exposures:
  - name: e
    type: dashboard
    owner: {email: a@b.c}
    depends_on:
      - ref('order')
      - source('raw', 'event')",
            &expect![[r#"
                - name: orders
                description: x
                description: "{{ doc('status') }}"
                materialized: view
                - not_null
                - relationships: {to: "ref('orders')", field: id}
                - ref('orders')
                - source('raw', 'events')
            "#]],
        );
    }
}
