//! The other places that a name leads to: where it is declared in YAML, what it is a part of, what implements it.
//!
//! `definition` leads to what is executed: the model's SQL, the macro's body. A declaration says something about that in
//! a properties file; where there is none, the definition is the only place.

use std::sync::Arc;

use analysis::{
    patches::{PatchKey, patch_index, patch_range, section},
    resolve::{RefTarget, identities, ref_index},
    source::properties,
};
use base::SourceRange;
use project::node::ResourceType;

use crate::{
    Analysis, Cancellable,
    definition::{
        Definition, NavigationTarget, goto_definition, node_kind, node_name, property_files,
        targets,
    },
    position::FilePosition,
    sql_names::sql_name_at,
    symbol::{Thing, described_column_at, node_of_file, thing_at},
    symbols::SymbolKind,
    world::{Here, World},
};

impl Analysis {
    /// Where properties files say what the thing under the cursor is; its definition where they do not.
    pub fn goto_declaration(&self, position: FilePosition) -> Cancellable<Option<Definition>> {
        self.ask_world(|world| {
            declaration(world, position).or_else(|| goto_definition(world, position))
        })
    }

    /// The node behind an alias or a column; the entry in YAML of a node.
    pub fn goto_type_definition(&self, position: FilePosition) -> Cancellable<Option<Definition>> {
        self.ask_world(|world| type_definition(world, position))
    }

    /// Everything that a macro's name can come to, all versions of a model; the definition of what is one alone.
    pub fn goto_implementation(&self, position: FilePosition) -> Cancellable<Option<Definition>> {
        self.ask_world(|world| {
            implementation(world, position).or_else(|| goto_definition(world, position))
        })
    }
}

/// What a cursor is on.
enum Name {
    Thing(Thing),
    /// A column of a node or of a table.
    Column(Thing, String),
    /// An alias of a node or of a table.
    Alias(Thing),
}

fn name_at(world: World<'_>, here: &Here, offset: u32) -> Option<(SourceRange, Name)> {
    if let Some(found) = thing_at(world, here, offset) {
        return Some((found.range, Name::Thing(found.thing)));
    }
    if let Some((range, thing, column)) = described_column_at(world, here, offset) {
        return Some((range, Name::Column(thing, column)));
    }
    let name = sql_name_at(world, here, offset)?;
    if let Some((thing, column)) = name.external_column() {
        let column = Name::Column(thing.clone(), column.to_owned());
        return Some((name.range, column));
    }
    if let Some(thing) = name.aliased() {
        return Some((name.range, Name::Alias(thing.clone())));
    }
    // A column that the model itself makes.
    let is_column = matches!(name.kind_and_name()?.0, sql::SymbolKind::Column { .. });
    let model = node_of_file(world, here).filter(|_| is_column)?;
    let column = name.kind_and_name()?.1.to_owned();
    Some((name.range, Name::Column(model, column)))
}

fn found(origin: SourceRange, mut targets: Vec<NavigationTarget>) -> Option<Definition> {
    targets.sort();
    targets.dedup();
    (!targets.is_empty()).then_some(Definition { origin, targets })
}

fn declaration(world: World<'_>, position: FilePosition) -> Option<Definition> {
    let here = world.here(position.file)?;
    let (origin, name) = name_at(world, &here, position.offset)?;
    let declared = match name {
        Name::Thing(thing) => declared(world, &here, &thing),
        Name::Column(thing, column) => {
            let declared = declared_column(world, &thing, &column);
            declared.into_iter().collect()
        }
        // An alias is declared where it is made.
        Name::Alias(_) => Vec::new(),
    };
    found(origin, declared)
}

fn type_definition(world: World<'_>, position: FilePosition) -> Option<Definition> {
    let here = world.here(position.file)?;
    let (origin, name) = name_at(world, &here, position.offset)?;
    let types = match name {
        Name::Thing(thing @ (Thing::Node(_) | Thing::Table(_))) => declared(world, &here, &thing),
        Name::Thing(_) => Vec::new(),
        Name::Column(thing, _) | Name::Alias(thing) => targets(world, &here, &thing),
    };
    found(origin, types)
}

fn implementation(world: World<'_>, position: FilePosition) -> Option<Definition> {
    let here = world.here(position.file)?;
    let at = thing_at(world, &here, position.offset)?;
    let implementations = match &at.thing {
        Thing::Macros(keys) => {
            let macros = here.macros(world);
            let mut all = keys.clone();
            for key in keys {
                let made = analysis::macros::macro_definition(world.db, here.project, *key)?;
                all.extend(macros.implementations(&made.name));
            }
            // The dispatcher itself implements nothing.
            if all.len() > keys.len() {
                all.drain(..keys.len());
            }
            targets(world, &here, &Thing::Macros(all))
        }
        Thing::Node(node) => versions(world, &here, node)
            .into_iter()
            .flat_map(|it| targets(world, &here, &Thing::Node(it)))
            .collect(),
        _ => Vec::new(),
    };
    found(at.range, implementations)
}

/// All versions of a model, if it has versions.
pub(crate) fn versions(world: World<'_>, here: &Here, node: &RefTarget) -> Vec<RefTarget> {
    let identity = identities(world.db, node.file).get(node.slot as usize);
    let (Some(identity), Some(package)) = (identity, node.file.package(world.db)) else {
        return Vec::new();
    };
    if identity.version.is_none() {
        return Vec::new();
    }
    let first = format!("{}.v", identity.name);
    let named = ref_index(world.db, here.project)
        .enabled
        .range(Arc::<str>::from(first.as_str())..);
    let named = named.take_while(|(name, _)| name.starts_with(&first));
    let of_package = named.filter_map(|(_, by_package)| by_package.get(package.name(world.db)));
    of_package.cloned().collect()
}

/// The entries in properties files about a thing.
fn declared(world: World<'_>, here: &Here, thing: &Thing) -> Vec<NavigationTarget> {
    match thing {
        Thing::Node(node) => entry_of_node(world, node).into_iter().collect(),
        Thing::Table(_) | Thing::Source(_) => targets(world, here, thing),
        Thing::Macros(keys) => {
            let keys = keys.iter();
            keys.flat_map(|key| entries_of_macro(world, here, *key))
                .collect()
        }
        Thing::Var(_) | Thing::EnvVar(_) | Thing::Doc(..) | Thing::Builtin(_) => Vec::new(),
    }
}

/// The entry that describes a node, and its kind.
pub(crate) fn patch(world: World<'_>, node: &RefTarget) -> Option<(PatchKey, ResourceType)> {
    let identity = identities(world.db, node.file).get(node.slot as usize)?;
    let kind = identity.resource_type;
    // An entry names the file, but a snapshot by its block.
    let name = match kind {
        ResourceType::Snapshot => identity.name.as_ref(),
        _ => node.file.stem(world.db),
    };
    let index = patch_index(world.db, node.file.package(world.db)?);
    let key = index.get(&(kind, name.into()))?;
    Some((*key, kind))
}

fn entry_of_node(world: World<'_>, node: &RefTarget) -> Option<NavigationTarget> {
    let (key, kind) = patch(world, node)?;
    let entry =
        section(&properties(world.db, key.file).properties, kind).get(key.entry as usize)?;
    let version = key.version.and_then(|it| entry.versions.get(it as usize));
    let focus = patch_range(world.db, key, kind)?;
    Some(NavigationTarget {
        file: key.file.id(world.db),
        full_range: version.map_or(entry.range, |it| it.range).join(focus),
        focus_range: focus,
        name: node_name(&node.unique_id).to_owned(),
        kind: node_kind(&node.unique_id),
    })
}

fn declared_column(world: World<'_>, thing: &Thing, name: &str) -> Option<NavigationTarget> {
    let (file, column) = match thing {
        Thing::Node(node) => {
            let (key, kind) = patch(world, node)?;
            let all = &properties(world.db, key.file).properties;
            let entry = section(all, kind).get(key.entry as usize)?;
            let version = key.version.and_then(|it| entry.versions.get(it as usize));
            let of_version = version.into_iter().flat_map(|it| &it.columns);
            let mut columns = of_version.chain(&entry.columns);
            let column = columns.find(|it| it.column.name.eq_ignore_ascii_case(name))?;
            (key.file, column)
        }
        Thing::Table(table) => {
            let (_, described) = crate::definition::table_properties(world, *table)?;
            let mut columns = described.columns.iter();
            let column = columns.find(|it| it.column.name.eq_ignore_ascii_case(name))?;
            (table.file, column)
        }
        _ => return None,
    };
    Some(NavigationTarget {
        file: file.id(world.db),
        full_range: column.name_range,
        focus_range: column.name_range,
        name: column.column.name.to_string(),
        kind: SymbolKind::Column,
    })
}

fn entries_of_macro(
    world: World<'_>,
    here: &Here,
    key: analysis::MacroKey,
) -> Vec<NavigationTarget> {
    let Some(made) = analysis::macros::macro_definition(world.db, here.project, key) else {
        return Vec::new();
    };
    let mut entries = Vec::new();
    for file in property_files(world, here.project) {
        let package = file.package(world.db);
        if package.is_none_or(|it| **it.name(world.db) != *made.package) {
            continue;
        }
        for entry in &properties(world.db, file).properties.macros {
            if *entry.name.value == *made.name {
                entries.push(NavigationTarget {
                    file: file.id(world.db),
                    full_range: entry.name.range,
                    focus_range: entry.name.range,
                    name: made.name.to_string(),
                    kind: SymbolKind::Macro,
                });
            }
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use base::FileRange;
    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    fn check(more: &str, expected: &Expect) {
        let project = TestProject::new(&format!("{SHOP}{more}"));
        let (analysis, cursor) = (project.analysis(), project.cursor.unwrap());
        let answers = [
            ("declaration", analysis.goto_declaration(cursor)),
            ("type", analysis.goto_type_definition(cursor)),
            ("implementation", analysis.goto_implementation(cursor)),
        ];
        let mut out = String::new();
        for (question, answer) in answers {
            for target in answer.unwrap().into_iter().flat_map(|it| it.targets) {
                assert!(target.full_range.covers(target.focus_range));
                let place = FileRange {
                    file: target.file,
                    range: target.focus_range,
                };
                writeln!(out, "{question}: {}", project.show(place)).unwrap();
            }
        }
        expected.assert_eq(&out);
    }

    const SHOP: &str = "
//- /models/s.yml
models:
  - name: orders
    columns:
      - name: id
      - name: amount
  - name: customers
    latest_version: 2
    columns:
      - name: id
    versions:
      - v: 1
      - v: 2
sources:
  - name: raw
    tables:
      - name: orders
        columns:
          - name: id
macros:
  - name: cents
    description: A hundredth.
//- /models/orders.sql
select id, amount from {{ source('raw', 'orders') }}
//- /models/customers_v1.sql
select 1 as id
//- /models/customers_v2.sql
select 2 as id
//- /models/plain.sql
select 1 as one
//- /macros/m.sql
{% macro cents(x) %}{{ return(adapter.dispatch('cents')(x)) }}{% endmacro %}
{% macro default__cents(x) %}{{ x }} / 100{% endmacro %}
{% macro duckdb__cents(x) %}{{ x }} / 100.0{% endmacro %}
";

    #[test]
    fn a_model_is_declared_in_yaml() {
        check(
            "//- /models/a.sql\nselect * from {{ ref('ord$0ers') }}\n",
            &expect![[r#"
                declaration: /models/s.yml:2 orders
                type: /models/s.yml:2 orders
                implementation: /models/orders.sql:1
            "#]],
        );
        check(
            "//- /models/a.sql\nselect * from {{ ref('pla$0in') }}\n",
            &expect![[r#"
                declaration: /models/plain.sql:1
                implementation: /models/plain.sql:1
            "#]],
        );
    }

    #[test]
    fn a_column_is_declared_in_yaml_and_part_of_its_model() {
        check(
            "//- /models/a.sql\nselect o.amo$0unt from {{ ref('orders') }} as o\n",
            &expect![[r#"
                declaration: /models/s.yml:5 amount
                type: /models/orders.sql:1
                implementation: /models/orders.sql:1 amount
            "#]],
        );
        check(
            "//- /models/a.sql\nselect r.i$0d from {{ source('raw', 'orders') }} as r\n",
            &expect![[r#"
                declaration: /models/s.yml:18 id
                type: /models/s.yml:16 orders
                implementation: /models/s.yml:18 id
            "#]],
        );
    }

    #[test]
    fn an_alias_stands_for_its_model() {
        check(
            "//- /models/a.sql\nselect $0o.amount from {{ ref('orders') }} as o\n",
            &expect![[r#"
                declaration: /models/a.sql:1 o
                type: /models/orders.sql:1
                implementation: /models/a.sql:1 o
            "#]],
        );
    }

    #[test]
    fn a_model_is_implemented_by_its_versions() {
        check(
            "//- /models/a.sql\nselect * from {{ ref('custo$0mers') }}\n",
            &expect![[r#"
                declaration: /models/s.yml:12 2
                type: /models/s.yml:12 2
                implementation: /models/customers_v1.sql:1
                implementation: /models/customers_v2.sql:1
            "#]],
        );
    }

    #[test]
    fn a_macro_is_implemented_by_what_it_dispatches_to() {
        check(
            "//- /models/a.sql\nselect {{ cen$0ts('a') }}\n",
            &expect![[r#"
                declaration: /models/s.yml:20 cents
                implementation: /macros/m.sql:2 default__cents
                implementation: /macros/m.sql:3 duckdb__cents
            "#]],
        );
    }

    #[test]
    fn half_typed_text_is_no_obstacle() {
        check(
            "//- /models/a.sql\nselect {{ cents( from {{ ref('ord$0ers') }\n",
            &expect![[r#"
                declaration: /models/s.yml:2 orders
                type: /models/s.yml:2 orders
                implementation: /models/orders.sql:1
            "#]],
        );
    }
}
