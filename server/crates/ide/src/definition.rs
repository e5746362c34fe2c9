//! Where the thing under the cursor is made.

use analysis::{
    MacroKey, Project, SourceFile,
    facts::parsed,
    macros::macro_definition,
    project_config::{project_file, root_package},
    resolve::{RefTarget, SourceTarget, source_names},
    source::{docs_blocks, properties},
};
use base::{FileId, SourceRange};
use project::{
    files::FileKind,
    node::{ResourceType, UniqueId},
    properties::{SourceProperties, TableProperties},
};

use crate::{
    position::FilePosition,
    sql_names::{column_target, sql_name_at},
    symbol::{Thing, described_column_at, doc_place, thing_at},
    symbols::SymbolKind,
    world::{Here, World},
};

/// A place to go to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NavigationTarget {
    /// The file.
    pub file: FileId,
    /// All of the definition: the whole macro, the whole entry in YAML.
    pub full_range: SourceRange,
    /// Its name, where the cursor goes.
    pub focus_range: SourceRange,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
}

/// What is under the cursor, and where it is made: several places if there are several candidates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The name under the cursor.
    pub origin: SourceRange,
    /// Never empty.
    pub targets: Vec<NavigationTarget>,
}

/// Where the thing under the cursor is made.
pub(crate) fn goto_definition(world: World<'_>, position: FilePosition) -> Option<Definition> {
    let here = world.here(position.file)?;
    let Some(found) = thing_at(world, &here, position.offset) else {
        let (origin, target) = column_or_sql_name(world, &here, position.offset)?;
        return Some(Definition {
            origin,
            targets: vec![target],
        });
    };
    let mut targets = targets(world, &here, &found.thing);
    targets.sort();
    targets.dedup();
    (!targets.is_empty()).then_some(Definition {
        origin: found.range,
        targets,
    })
}

/// Names that are no things of the project: columns in YAML; columns, CTEs and aliases in SQL.
fn column_or_sql_name(
    world: World<'_>,
    here: &Here,
    offset: u32,
) -> Option<(SourceRange, NavigationTarget)> {
    if let Some((range, thing, column)) = described_column_at(world, here, offset) {
        return Some((range, column_target(world, here, &thing, &column)?));
    }
    let name = sql_name_at(world, here, offset)?;
    Some((name.range, name.target()?))
}

/// The places where a thing is made.
pub(crate) fn targets(world: World<'_>, here: &Here, thing: &Thing) -> Vec<NavigationTarget> {
    match thing {
        Thing::Node(node) => vec![node_target(world, node)],
        Thing::Table(table) => table_target(world, *table).into_iter().collect(),
        Thing::Source(name) => source_targets(world, here, name),
        Thing::Macros(keys) => {
            let targets = keys.iter().map(|key| macro_target(world, here, *key));
            targets.flatten().collect()
        }
        Thing::Var(name) => var_targets(world, here, name),
        Thing::Doc(package, name) => doc_target(world, here, package.as_deref(), name)
            .into_iter()
            .collect(),
        Thing::Builtin(_) | Thing::EnvVar(_) => Vec::new(),
    }
}

pub(crate) fn node_target(world: World<'_>, node: &RefTarget) -> NavigationTarget {
    let parsed = parsed(world.db, node.file);
    let text = node.file.text(world.db);
    let whole = SourceRange::from_usize(0, text.len());
    let full_range = parsed.get(node.slot as usize).map_or(whole, |it| it.range);
    let name = node_name(&node.unique_id);
    NavigationTarget {
        file: node.file.id(world.db),
        full_range,
        focus_range: SourceRange::at(full_range.start),
        name: name.to_owned(),
        kind: node_kind(&node.unique_id),
    }
}

/// `orders` of `model.shop.orders`.
pub(crate) fn node_name(id: &UniqueId) -> &str {
    id.as_str().splitn(3, '.').nth(2).unwrap_or(id.as_str())
}

pub(crate) fn node_kind(id: &UniqueId) -> SymbolKind {
    match id.resource_type() {
        Some(ResourceType::Seed) => SymbolKind::Seed,
        Some(ResourceType::Snapshot) => SymbolKind::Snapshot,
        Some(ResourceType::Analysis) => SymbolKind::Analysis,
        Some(ResourceType::Test | ResourceType::UnitTest) => SymbolKind::Test,
        Some(ResourceType::Source) => SymbolKind::Source,
        Some(ResourceType::Exposure) => SymbolKind::Exposure,
        Some(ResourceType::Macro) => SymbolKind::Macro,
        _ => SymbolKind::Model,
    }
}

/// The properties of a table, found by its names.
pub(crate) fn table_properties(
    world: World<'_>,
    target: SourceTarget,
) -> Option<(&SourceProperties, &TableProperties)> {
    let names = source_names(world.db, target.file);
    let (source, table) = names.get(target.slot as usize)?.as_ref()?;
    let sources = &properties(world.db, target.file).properties.sources;
    let mut tables = sources
        .iter()
        .filter(|it| it.name.value == *source)
        .flat_map(|it| it.tables.iter().map(move |table| (it, table)));
    tables.find(|(_, it)| it.name.value == *table)
}

pub(crate) fn table_target(world: World<'_>, target: SourceTarget) -> Option<NavigationTarget> {
    let (source, table) = table_properties(world, target)?;
    Some(NavigationTarget {
        file: target.file.id(world.db),
        full_range: table.range,
        focus_range: table.name.range,
        name: format!("{}.{}", source.name.value, table.name.value),
        kind: SymbolKind::Source,
    })
}

fn source_targets(world: World<'_>, here: &Here, name: &str) -> Vec<NavigationTarget> {
    let mut targets = Vec::new();
    for file in property_files(world, here.project) {
        for source in &properties(world.db, file).properties.sources {
            if *source.name.value == *name {
                targets.push(NavigationTarget {
                    file: file.id(world.db),
                    full_range: source.range,
                    focus_range: source.name.range,
                    name: name.to_owned(),
                    kind: SymbolKind::Source,
                });
            }
        }
    }
    targets
}

/// The properties files of a project.
pub(crate) fn property_files(
    world: World<'_>,
    project: Project,
) -> impl Iterator<Item = SourceFile> {
    let packages = project.packages(world.db).iter();
    let files = packages.flat_map(move |package| package.files(world.db).iter().copied());
    files.filter(move |file| file.kind(world.db) == Some(FileKind::Properties))
}

pub(crate) fn macro_target(
    world: World<'_>,
    here: &Here,
    key: MacroKey,
) -> Option<NavigationTarget> {
    let definition = macro_definition(world.db, here.project, key)?;
    Some(NavigationTarget {
        file: key.file,
        full_range: definition.range,
        focus_range: definition.name_range,
        name: definition.name.to_string(),
        kind: SymbolKind::Macro,
    })
}

/// A variable is made where it is given a value: in the root project, and in the package that reads it.
fn var_targets(world: World<'_>, here: &Here, name: &str) -> Vec<NavigationTarget> {
    let root = root_package(world.db, here.project);
    let packages = root.into_iter().chain([here.package]);
    let mut targets = Vec::new();
    for package in packages {
        let Some(file) = package.project_file(world.db) else {
            continue;
        };
        let places = &project_file(world.db, package).0.var_places;
        for place in places.iter().filter(|place| *place.name.value == *name) {
            targets.push(NavigationTarget {
                file: file.id(world.db),
                full_range: place.name.range.join(place.value_range),
                focus_range: place.name.range,
                name: name.to_owned(),
                kind: SymbolKind::Var,
            });
        }
    }
    targets
}

fn doc_target(
    world: World<'_>,
    here: &Here,
    package: Option<&str>,
    name: &str,
) -> Option<NavigationTarget> {
    let (file, slot) = doc_place(world, here, package, name)?;
    let block = docs_blocks(world.db, file).get(slot as usize)?;
    Some(NavigationTarget {
        file: file.id(world.db),
        full_range: block.range,
        focus_range: block.name_range,
        name: name.to_owned(),
        kind: SymbolKind::Doc,
    })
}

#[cfg(test)]
mod tests {
    use base::FileRange;
    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    fn check(fixture: &str, expected: &Expect) {
        let project = TestProject::new(fixture);
        let found = project
            .analysis()
            .goto_definition(project.cursor.unwrap())
            .unwrap();
        let targets = found.map(|found| found.targets).unwrap_or_default();
        let lines = targets.iter().map(|target| {
            let place = FileRange {
                file: target.file,
                range: target.focus_range,
            };
            format!(
                "{:?} {} at {}\n",
                target.kind,
                target.name,
                project.show(place)
            )
        });
        expected.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn a_ref_leads_to_the_model() {
        check(
            "
//- /models/a.sql
select * from {{ ref('b$0') }}
//- /models/b.sql
select 1
",
            &expect![[r"
                Model b at /models/b.sql:1
            "]],
        );
    }

    #[test]
    fn a_source_leads_to_its_lines_in_yaml() {
        check(
            "
//- /models/a.sql
select * from {{ source('raw', 'ord$0ers') }}
//- /models/s.yml
sources:
  - name: raw
    tables:
      - name: payments
      - name: orders
",
            &expect![[r"
                Source raw.orders at /models/s.yml:5 orders
            "]],
        );
    }

    #[test]
    fn a_macro_call_leads_to_the_macro() {
        check(
            "
//- /models/a.sql
select {{ cen$0ts('x') }}
//- /macros/m.sql
{% macro cents(column) %}{{ column }} / 100{% endmacro %}
",
            &expect![[r"
                Macro cents at /macros/m.sql:1 cents
            "]],
        );
    }

    #[test]
    fn a_dispatch_leads_to_all_candidates() {
        check(
            "
//- /macros/m.sql
{% macro cents(x) %}{{ return(adapter.dispatch('cen$0ts')(x)) }}{% endmacro %}
{% macro default__cents(x) %}{{ x }} / 100{% endmacro %}
{% macro duckdb__cents(x) %}{{ x }} // 100{% endmacro %}
",
            &expect![[r"
                Macro default__cents at /macros/m.sql:2 default__cents
                Macro duckdb__cents at /macros/m.sql:3 duckdb__cents
            "]],
        );
    }

    #[test]
    fn variables_and_docs_lead_to_where_they_are_written() {
        check(
            "
//- /dbt_project.yml
name: shop
profile: shop
vars:
  first_day: 2020-01-01
//- /models/a.sql
select {{ var('first_da$0y') }}
",
            &expect![[r"
                Var first_day at /dbt_project.yml:4 first_day
            "]],
        );
        check(
            "
//- /models/d.md
{% docs status %}The status.{% enddocs %}
//- /models/s.yml
models:
  - name: a
    description: \"{{ doc('sta$0tus') }}\"
//- /models/a.sql
select 1
",
            &expect![[r"
                Doc status at /models/d.md:1 status
            "]],
        );
    }

    #[test]
    fn names_in_yaml_lead_to_models_and_tests() {
        check(
            "
//- /models/s.yml
models:
  - name: or$0ders
//- /models/orders.sql
select 1 as id
",
            &expect![[r"
                Model orders at /models/orders.sql:1
            "]],
        );
    }

    #[test]
    fn half_typed_text_is_no_obstacle() {
        check(
            "
//- /models/a.sql
{% if x %} select * from {{ ref('b$0') }} where (
//- /models/b.sql
select 1
",
            &expect![[r"
                Model b at /models/b.sql:1
            "]],
        );
    }

    #[test]
    fn functions_lead_to_their_files() {
        check(
            "
//- /functions/doubled.sql
select 2 * x
//- /functions/f.yml
functions:
  - name: doubled
    description: Twice as much.
    arguments: [{name: x, data_type: integer}]
    returns: {data_type: integer}
//- /models/a.sql
select {{ function('dou$0bled') }}(1) as two
",
            &expect![[r#"
                Model doubled at /functions/doubled.sql:1
            "#]],
        );
    }
}
