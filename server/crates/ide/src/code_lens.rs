//! What is written above a definition: things to do with it, and what is known about it.

use analysis::{
    dag::{children, parents},
    facts::parsed,
    nodes::nodes_of,
    resolve::RefTarget,
    source::properties,
    whole_columns::whole_columns,
};
use base::{FileId, SourceRange};
use project::{
    files::FileKind,
    node::{Node, ResourceType},
    properties::FreshnessSetting,
};

use crate::{
    command::{Command, CommandKind, PreviewPart},
    preview::ctes,
    selection::node_selector,
    world::{Here, World},
};

/// A line above `range`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeLens {
    /// What it is about.
    pub range: SourceRange,
    /// What is shown: "run", "3 upstream".
    pub title: String,
    /// What a click does; nothing if there is none.
    pub command: Option<Command>,
}

/// The lines above the definitions of a file.
pub(crate) fn code_lenses(world: World<'_>, file: FileId) -> Vec<CodeLens> {
    let Some(here) = world.here(file).filter(|here| here.is_own(world)) else {
        return Vec::new();
    };
    match here.kind(world) {
        Some(FileKind::Properties) => properties_lenses(world, &here),
        Some(FileKind::Macro | FileKind::GenericTest | FileKind::Docs | FileKind::Fixture)
        | None => Vec::new(),
        Some(_) => node_lenses(world, &here),
    }
}

fn node_lenses(world: World<'_>, here: &Here) -> Vec<CodeLens> {
    let parsed = parsed(world.db, here.file);
    let mut lenses = Vec::new();
    let nodes = nodes_of(world.db, here.file).iter().zip(parsed.iter());
    for (slot, (node, part)) in nodes.enumerate() {
        let selector = node_selector(node);
        let first_line = SourceRange::at(part.range.start);
        for kind in commands_of(node.resource_type()) {
            lenses.push(lens(first_line, *kind, &selector));
        }
        if node.resource_type().is_refable() {
            let target = RefTarget {
                unique_id: node.unique_id.clone(),
                file: here.file,
                slot: slot as u32,
            };
            let n_up = parents(world.db, &target).len();
            let n_down = children(world.db, here.project, &target).len();
            lenses.push(CodeLens {
                range: first_line,
                title: format!("{n_up} upstream, {n_down} downstream"),
                command: Some(about(part.range.start, CommandKind::ShowLineage)),
            });
            lenses.extend(undocumented(world, node, &target).map(|title| CodeLens {
                range: first_line,
                title,
                command: Some(about(part.range.start, CommandKind::GenerateProperties)),
            }));
        }
        if commands_of(node.resource_type()).contains(&CommandKind::Preview) {
            lenses.extend(cte_lenses(world, here, slot as u32, &selector));
        }
    }
    lenses
}

/// What is done with the node at a place.
fn about(position: u32, kind: CommandKind) -> Command {
    Command {
        kind,
        selector: None,
        part: None,
        position: Some(position),
    }
}

fn cte_lenses(world: World<'_>, here: &Here, slot: u32, selector: &str) -> Vec<CodeLens> {
    let ctes = ctes(world, here, slot).into_iter();
    let lenses = ctes.map(|(cte, place, _)| CodeLens {
        range: place,
        title: title_of(CommandKind::Preview).to_owned(),
        command: Some(Command {
            kind: CommandKind::Preview,
            selector: Some(selector.to_owned()),
            part: Some(PreviewPart::Cte(cte.to_string())),
            position: None,
        }),
    });
    lenses.collect()
}

/// Of the columns that are all known, those of which nothing is said. Silent where nobody documents anything.
fn undocumented(world: World<'_>, node: &Node, target: &RefTarget) -> Option<String> {
    let is_documented =
        !node.description.is_empty() || node.columns.values().any(|it| !it.description.is_empty());
    if !is_documented {
        return None;
    }
    let columns = whole_columns(world.db, target.file, target.slot).clone()?;
    let has_description = |name: &str| {
        let mut declared = node.columns.values();
        declared.any(|it| it.name.eq_ignore_ascii_case(name) && !it.description.is_empty())
    };
    match columns
        .iter()
        .filter(|it| !has_description(&it.name))
        .count()
    {
        0 => None,
        1 => Some("1 column undocumented".to_owned()),
        n => Some(format!("{n} columns undocumented")),
    }
}

/// What can be done with a node of this kind.
pub(crate) fn commands_of(kind: ResourceType) -> &'static [CommandKind] {
    match kind {
        ResourceType::Snapshot => &[
            CommandKind::Snapshot,
            CommandKind::Build,
            CommandKind::Test,
            CommandKind::Preview,
            CommandKind::ShowCompiled,
        ],
        ResourceType::Model => &[
            CommandKind::Run,
            CommandKind::Build,
            CommandKind::Test,
            CommandKind::Preview,
            CommandKind::ShowCompiled,
        ],
        ResourceType::Seed => &[CommandKind::Seed, CommandKind::Build, CommandKind::Test],
        ResourceType::Test => &[
            CommandKind::Test,
            CommandKind::Preview,
            CommandKind::ShowCompiled,
        ],
        ResourceType::Analysis => &[CommandKind::Preview, CommandKind::ShowCompiled],
        ResourceType::UnitTest => &[CommandKind::Test],
        _ => &[],
    }
}

/// What a command is called on the screen.
pub(crate) fn title_of(kind: CommandKind) -> &'static str {
    match kind {
        CommandKind::Run => "Run",
        CommandKind::Build => "Build",
        CommandKind::Test => "Test",
        CommandKind::Seed => "Seed",
        CommandKind::Snapshot => "Snapshot",
        CommandKind::Freshness => "Freshness",
        CommandKind::Preview => "Preview",
        CommandKind::ShowCompiled => "Compiled SQL",
        CommandKind::ShowLineage => "Lineage",
        CommandKind::GenerateProperties => "Describe the columns",
    }
}

fn lens(range: SourceRange, kind: CommandKind, selector: &str) -> CodeLens {
    CodeLens {
        range,
        title: title_of(kind).to_owned(),
        command: Some(Command {
            kind,
            selector: Some(selector.to_owned()),
            part: None,
            position: None,
        }),
    }
}

fn properties_lenses(world: World<'_>, here: &Here) -> Vec<CodeLens> {
    let properties = &properties(world.db, here.file).properties;
    let mut lenses = Vec::new();
    for model in &properties.models {
        for kind in [CommandKind::Build, CommandKind::Test] {
            lenses.push(lens(model.name.range, kind, &model.name.value));
        }
    }
    for seed in &properties.seeds {
        for kind in [CommandKind::Seed, CommandKind::Build, CommandKind::Test] {
            lenses.push(lens(seed.name.range, kind, &seed.name.value));
        }
    }
    for source in &properties.sources {
        for table in &source.tables {
            let selector = format!("source:{}.{}", source.name.value, table.name.value);
            lenses.push(lens(table.name.range, CommandKind::Test, &selector));
            let threshold = match &table.freshness {
                FreshnessSetting::Unset => &source.freshness,
                own => own,
            };
            if matches!(threshold, FreshnessSetting::Threshold(_)) {
                lenses.push(lens(table.name.range, CommandKind::Freshness, &selector));
            }
        }
    }
    for test in &properties.unit_tests {
        lenses.push(lens(test.name.range, CommandKind::Test, &test.name.value));
    }
    lenses
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use base::FileRange;
    use expect_test::{Expect, expect};

    use crate::{command::PreviewPart, fixture::TestProject};

    fn check(path: &str, expected: &Expect) {
        let project = TestProject::new(
            "
//- /models/raw.sql
select 1 as id
//- /models/orders.sql
select * from {{ ref('raw') }} join {{ ref('gone') }}
//- /models/described.sql
select 1 as id, 2 as customer_id, 3 as amount
//- /models/schema.yml
models:
  - name: described
    description: One row.
    columns: [{name: ID, description: The key.}, {name: amount}]
//- /models/daily.sql
select * from {{ ref('orders') }}
//- /models/report.sql
select * from {{ ref('orders') }} join {{ ref('raw') }}
//- /macros/m.sql
{% macro m() %}{% endmacro %}
",
        );
        let file = project.file(path);
        let mut out = String::new();
        for lens in project.analysis().code_lenses(file).unwrap() {
            let range = lens.range;
            let place = project.show(FileRange { file, range });
            let action = if lens.command.is_some() {
                " (a click)"
            } else {
                ""
            };
            writeln!(out, "{place}: {}{action}", lens.title).unwrap();
        }
        expected.assert_eq(&out);
    }

    #[test]
    fn a_model_can_be_executed_and_tells_its_neighbours() {
        check(
            "/models/orders.sql",
            &expect![[r#"
            /models/orders.sql:1: Run (a click)
            /models/orders.sql:1: Build (a click)
            /models/orders.sql:1: Test (a click)
            /models/orders.sql:1: Preview (a click)
            /models/orders.sql:1: Compiled SQL (a click)
            /models/orders.sql:1: 1 upstream, 2 downstream (a click)
        "#]],
        );
    }

    #[test]
    fn the_rows_of_each_cte_can_be_looked_at() {
        let project = TestProject::new(
            "
//- /models/a.sql
with one as (
  select 1 as id
), {% for n in ['two'] %}{{ n }} as (select * from one), {% endfor %}\"Three\" as (select * from two)
select * from \"Three\"
",
        );
        let lenses = project.analysis();
        let lenses = lenses.code_lenses(project.file("/models/a.sql")).unwrap();
        let parts: Vec<_> = lenses
            .into_iter()
            .filter_map(|lens| Some((lens.range.start, lens.command?.part?)))
            .collect();
        // What a template writes has no place of its own.
        assert_eq!(
            parts,
            [
                (5, PreviewPart::Cte("one".to_owned())),
                (100, PreviewPart::Cte("Three".to_owned()))
            ]
        );
    }

    #[test]
    fn columns_of_which_nothing_is_said_are_counted_where_others_are_described() {
        check(
            "/models/described.sql",
            &expect![[r#"
            /models/described.sql:1: Run (a click)
            /models/described.sql:1: Build (a click)
            /models/described.sql:1: Test (a click)
            /models/described.sql:1: Preview (a click)
            /models/described.sql:1: Compiled SQL (a click)
            /models/described.sql:1: 0 upstream, 0 downstream (a click)
            /models/described.sql:1: 2 columns undocumented (a click)
        "#]],
        );
    }

    #[test]
    fn macros_have_nothing_to_execute() {
        check("/macros/m.sql", &expect![[r#""#]]);
    }
}
