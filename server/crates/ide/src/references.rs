//! Everywhere the thing under the cursor is named.

use analysis::{Project, SourceFile};
use base::{FileRange, SourceRange};
use project::files::FileKind;

use crate::{
    column_uses::{AskedColumn, column_at, column_uses},
    definition::targets,
    labels::{Label, label_at, label_files, labels},
    position::FilePosition,
    sql_names::sql_name_at,
    symbol::{Thing, thing_at, things},
    world::{Here, World},
};

/// All places in the project, sorted. With `include_declaration`, also where it is made.
pub(crate) fn references(
    world: World<'_>,
    position: FilePosition,
    include_declaration: bool,
) -> Vec<FileRange> {
    let Some(here) = world.here(position.file) else {
        return Vec::new();
    };
    if thing_at(world, &here, position.offset).is_none()
        && let Some(asked) = column_at(world, &here, position.offset)
    {
        return uses_of_column(world, &here, &asked, include_declaration);
    }
    if let Some(uses) = uses_in_sql(world, &here, position.offset) {
        let uses = uses.into_iter();
        return uses
            .filter(|(_, is_definition)| include_declaration || !is_definition)
            .map(|(range, _)| FileRange {
                file: position.file,
                range,
            })
            .collect();
    }
    if thing_at(world, &here, position.offset).is_none()
        && let Some(label) = label_at(world, &here, position.offset)
    {
        return uses_of_label(world, &here, &label, include_declaration);
    }
    let Some(wanted) = wanted(world, &here, position.offset) else {
        return Vec::new();
    };
    let mut places = Vec::new();
    for there in files(world, here.project) {
        let text = there.text(world);
        // Looking for the bare word first spares most files.
        if !wanted.words.iter().any(|word| text.contains(&**word)) {
            continue;
        }
        for found in things(world, &there) {
            if !found.is_declaration && is_same(&found.thing, &wanted.thing) {
                places.push(FileRange {
                    file: there.id(world),
                    range: found.range,
                });
            }
        }
    }
    if include_declaration {
        let made = targets(world, &here, &wanted.thing).into_iter();
        places.extend(made.map(|target| FileRange {
            file: target.file,
            range: target.focus_range,
        }));
    }
    places.sort();
    places.dedup();
    places
}

/// Groups and tags, wherever nodes are put into them.
fn uses_of_label(
    world: World<'_>,
    here: &Here,
    wanted: &Label,
    include_declaration: bool,
) -> Vec<FileRange> {
    let mut places = Vec::new();
    for there in label_files(world, here.project) {
        if !there.text(world).contains(&*wanted.name) {
            continue;
        }
        let found = labels(world, &there).into_iter();
        let same = found.filter(|it| it.kind == wanted.kind && it.name == wanted.name);
        let same = same.filter(|it| include_declaration || !it.is_definition);
        places.extend(same.map(|it| FileRange {
            file: there.id(world),
            range: it.range,
        }));
    }
    places.sort();
    places
}

/// A column is named in models downstream, too. What the walk down is not sure of costs nothing else.
fn uses_of_column(
    world: World<'_>,
    here: &Here,
    asked: &AskedColumn,
    include_declaration: bool,
) -> Vec<FileRange> {
    // No SQL has this name, so that what it becomes is told apart from all that is there.
    let found = column_uses(world, here, asked, "dagsmith__another_name");
    let file = here.id(world);
    let of_file = uses_in_sql(world, here, asked.range.start).unwrap_or_default();
    let definition = of_file.iter().find(|(_, is_definition)| *is_definition);
    let made = definition.map(|(range, _)| FileRange {
        file,
        range: *range,
    });
    let of_file = of_file.iter().map(|(range, _)| FileRange {
        file,
        range: *range,
    });
    let mut places: Vec<FileRange> = found
        .uses()
        .map(|it| FileRange {
            file: it.there.id(world),
            range: it.range,
        })
        .chain(of_file)
        .filter(|place| include_declaration || Some(*place) != made)
        .collect();
    places.sort();
    places.dedup();
    places
}

/// CTEs and aliases are named in their file alone.
fn uses_in_sql(world: World<'_>, here: &Here, offset: u32) -> Option<Vec<(SourceRange, bool)>> {
    if thing_at(world, here, offset).is_some() {
        return None;
    }
    sql_name_at(world, here, offset)?.uses()
}

struct Wanted {
    thing: Thing,
    /// One of these is written wherever the thing is named.
    words: Vec<String>,
}

/// The thing under the cursor, or the model that the file is.
fn wanted(world: World<'_>, here: &Here, offset: u32) -> Option<Wanted> {
    let thing = match thing_at(world, here, offset) {
        Some(found) => found.thing,
        None => crate::symbol::node_of_file(world, here)?,
    };
    let words = match &thing {
        Thing::Node(node) => {
            let name = crate::definition::node_name(&node.unique_id);
            // `orders.v2` is named `orders` in a `ref`.
            vec![name.split('.').next().unwrap_or(name).to_owned()]
        }
        Thing::Table(target) => {
            let (_, table) = crate::definition::table_properties(world, *target)?;
            vec![table.name.value.to_string()]
        }
        Thing::Source(name) | Thing::Var(name) | Thing::EnvVar(name) | Thing::Doc(_, name) => {
            vec![name.to_string()]
        }
        Thing::Macros(keys) => {
            let mut words = Vec::new();
            for key in keys {
                let definition = analysis::macros::macro_definition(world.db, here.project, *key)?;
                let name = definition.name.to_string();
                // A test is named without its prefix, an implementation through its dispatcher.
                words.extend(name.strip_prefix("test_").map(str::to_owned));
                words.extend(name.split_once("__").map(|(_, name)| name.to_owned()));
                words.push(name);
            }
            words
        }
        Thing::Builtin(builtin) => vec![builtin.name.to_owned()],
    };
    Some(Wanted { thing, words })
}

/// The same thing, or one of several candidates.
pub(crate) fn is_same(found: &Thing, wanted: &Thing) -> bool {
    match (found, wanted) {
        (Thing::Node(a), Thing::Node(b)) => a.unique_id == b.unique_id,
        (Thing::Macros(a), Thing::Macros(b)) => a.iter().any(|key| b.contains(key)),
        (Thing::Doc(_, a), Thing::Doc(_, b)) => a == b,
        // `source('raw', 'orders')` names the table at its second argument only.
        _ => found == wanted,
    }
}

/// The files that can name something: all but seeds and the built-in packages.
pub(crate) fn files(world: World<'_>, project: Project) -> impl Iterator<Item = Here> {
    let packages = project.packages(world.db).iter().copied();
    let own =
        packages.filter(move |package| package.kind(world.db) != analysis::PackageKind::Builtin);
    own.flat_map(move |package| {
        let names = move |file: &SourceFile| {
            !matches!(
                file.kind(world.db),
                Some(FileKind::Seed | FileKind::Fixture)
            )
        };
        let files = package.files(world.db).iter().copied().filter(names);
        files.map(move |file| Here {
            project,
            package,
            file,
        })
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    fn check(fixture: &str, expected: &Expect) {
        let project = TestProject::new(fixture);
        let found = project
            .analysis()
            .references(project.cursor.unwrap(), true)
            .unwrap();
        let lines = found.into_iter().map(|place| project.show(place) + "\n");
        expected.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn a_model_is_named_in_sql_and_yaml() {
        check(
            "
//- /models/a.sql
select 1 as id
//- /models/b.sql
select * from {{ ref('a$0') }}
//- /models/c.sql
select * from {{ ref('shop', 'a') }} -- not 'a'
//- /models/s.yml
models:
  - name: a
  - name: b
exposures:
  - name: e
    type: dashboard
    owner: {email: a@b.c}
    depends_on: [ref('a')]
",
            &expect![[r"
                /models/a.sql:1
                /models/b.sql:1 'a'
                /models/c.sql:1 'shop'
                /models/c.sql:1 'a'
                /models/s.yml:2 a
                /models/s.yml:8 ref('a')
            "]],
        );
    }

    #[test]
    fn a_macro_is_named_where_it_is_called() {
        check(
            "
//- /macros/m.sql
{% macro cen$0ts(x) %}{{ x }}{% endmacro %}
//- /models/a.sql
select {{ cents('a') }}, {{ shop.cents('b') }}
",
            &expect![[r"
                /macros/m.sql:1 cents
                /models/a.sql:1 cents
                /models/a.sql:1 shop.cents
            "]],
        );
    }

    #[test]
    fn a_column_is_named_in_models_downstream() {
        let shop = "
//- /models/a.sql
with made as (select 1 as i$0d) select * from made
//- /models/b.sql
select * from {{ ref('a') }} where id > 0
//- /models/c.sql
select b.id as key, 'id' as other from {{ ref('b') }} as b
//- /models/d.sql
select key, other from {{ ref('c') }}
//- /models/s.yml
models:
  - name: b
    columns: [{name: id, data_tests: [unique]}]
  - name: d
    data_tests: [relationships: {column_name: key, to: ref('b'), field: id}]
unit_tests:
  - {name: t, model: c, given: [{input: ref('b'), rows: [{id: 1}]}], expect: {rows: [{key: 1}]}}
";
        let all = "
/models/a.sql:1 id
/models/b.sql:1 id
/models/c.sql:1 id
/models/s.yml:3 id
/models/s.yml:5 id
/models/s.yml:7 id
";
        let places = |fixture: &str| {
            let project = TestProject::new(fixture);
            let found = project.analysis().references(project.cursor.unwrap(), true);
            let lines = found
                .unwrap()
                .into_iter()
                .map(|place| project.show(place) + "\n");
            lines.collect::<String>()
        };
        assert_eq!(places(shop), all.trim_start());
        let from_below = shop.replace("i$0d", "id").replace("b.id as", "b.i$0d as");
        assert_eq!(places(&from_below), all.trim_start());
        let source = "
//- /models/s.yml
sources: [{name: raw, tables: [{name: t, columns: [{name: i$0d}]}]}]
//- /models/a.sql
select id, id + 1 as more from {{ source('raw', 't') }}
//- /models/b.sql
select id from {{ ref('a') }}
";
        check(
            source,
            &expect![[r#"
                /models/a.sql:1 id
                /models/a.sql:1 id
                /models/b.sql:1 id
                /models/s.yml:1 id
            "#]],
        );
    }

    #[test]
    fn functions_are_called_by_models() {
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
//- /models/b.sql
select {{ function('shop', 'doubled') }}(2)
//- /models/a.sql
select {{ function('dou$0bled') }}(1) as two
",
            &expect![[r#"
                /functions/doubled.sql:1
                /functions/f.yml:2 doubled
                /models/a.sql:1 'doubled'
                /models/b.sql:1 'shop'
                /models/b.sql:1 'doubled'
            "#]],
        );
    }
}
