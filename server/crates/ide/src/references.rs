//! Everywhere the thing under the cursor is named.

use analysis::{Project, SourceFile};
use base::{FileRange, SourceRange};
use project::files::FileKind;

use crate::{
    definition::targets,
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

/// CTEs, aliases and columns are named in their file alone.
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
