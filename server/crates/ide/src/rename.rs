//! Renames: every place that names a thing, as one edit.
//!
//! What a rename cannot follow it does not guess: a place in an installed package, a name that is put together at run
//! time, a name that is taken. Then nothing is edited, and the refusal says which place is in the way.

mod arguments;
mod column;
mod edits;
mod label;
mod macros;
mod named;
mod node;
mod selectors;
mod sources;
mod sql_name;
#[cfg(test)]
mod whole_project;
mod written;

use std::fmt;

use analysis::{Project, resolve::RefTarget};
use base::{Edit, FileId, SourceRange};
use project::node::ResourceType;

use crate::{
    column_uses::{AskedColumn, column_at},
    definition::node_name,
    labels::{Label, label_at},
    position::FilePosition,
    rename::{
        arguments::{AskedArgument, argument_at},
        edits::Edits,
        written::name_in,
    },
    sql_names::{SqlName, sql_name_at},
    symbol::{Thing, thing_at},
    world::{Here, World},
};

/// A name that can be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenameTarget {
    /// The name under the cursor, without quotes.
    pub range: SourceRange,
    /// What it says now.
    pub placeholder: String,
}

/// Everything that changes with a name. Either all of it is done or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rename {
    /// Sorted by file and place; none overlaps another.
    pub edits: Vec<Edit>,
    /// Done after the edits.
    pub moves: Vec<FileMove>,
    /// What edits are for, where they are of several kinds: for a preview. An edit without one is of no kind.
    pub notes: Vec<(FileId, SourceRange, EditNote)>,
}

/// What an edit of a rename is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EditNote {
    /// Where a column is made.
    Made,
    /// In models that read it.
    Downstream,
    /// In properties, tests and configuration.
    Properties,
    /// In rows of unit tests.
    UnitTests,
}

/// A file that gets another name, in its folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileMove {
    /// The file.
    pub file: FileId,
    /// Its new name, with the extension.
    pub name: String,
}

/// Why a rename is not done, for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenameRefusal(String);

impl RenameRefusal {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for RenameRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) type Renaming<T> = Result<T, RenameRefusal>;

/// What the cursor is on.
enum Subject<'a> {
    Thing(Thing),
    Label(Label),
    Argument(Box<AskedArgument>),
    Column(Box<AskedColumn>),
    Sql(Box<SqlName<'a>>),
}

/// The name under the cursor; `None` where there is none.
pub(crate) fn prepare_rename(
    world: World<'_>,
    position: FilePosition,
) -> Renaming<Option<RenameTarget>> {
    let Some(here) = world.here(position.file) else {
        return Ok(None);
    };
    let found = subject(world, &here, position.offset)?;
    Ok(found.map(|(target, _)| target))
}

/// What it takes to give the thing under the cursor another name.
pub(crate) fn rename(world: World<'_>, position: FilePosition, new_name: &str) -> Renaming<Rename> {
    let nothing = || RenameRefusal::new("there is no name here that can be changed");
    let here = world.here(position.file).ok_or_else(nothing)?;
    let (target, subject) = subject(world, &here, position.offset)?.ok_or_else(nothing)?;
    if target.placeholder == new_name {
        return Ok(Rename::default());
    }
    let mut edits = Edits::new(world, &target.placeholder, new_name);
    match &subject {
        Subject::Sql(name) => sql_name::rename(name, &mut edits)?,
        Subject::Label(label) => label::rename(&here, label, &mut edits)?,
        Subject::Argument(asked) => arguments::rename(&here, asked, &mut edits)?,
        Subject::Column(asked) => column::rename(&here, asked, &mut edits)?,
        Subject::Thing(thing) => rename_thing(&here, thing, &mut edits)?,
    }
    edits.finish()
}

/// What it takes so that all stays as it is when the user gives a model's file another name; `None` where the name of the
/// file means nothing, or not all can be followed.
pub(crate) fn follow_file(world: World<'_>, file: FileId, new_stem: &str) -> Option<Rename> {
    let here = world.here(file)?;
    let thing = crate::symbol::node_of_file(world, &here)?;
    let Thing::Node(node) = &thing else {
        return None;
    };
    let name = node::base_name(world, node)?;
    if !node::is_named_by_file(world, node, &name) || *name == *new_stem {
        return None;
    }
    let mut edits = Edits::new(world, &name, new_stem);
    rename_thing(&here, &thing, &mut edits).ok()?;
    let mut followed = edits.finish().ok()?;
    // The client is moving it already.
    followed.moves.retain(|it| it.file != file);
    Some(followed)
}

/// What it takes so that all reads a column under the name that it was given where it is made.
pub(crate) fn follow_column(
    world: World<'_>,
    project: Project,
    node: &RefTarget,
    old: &str,
    new: &str,
) -> Renaming<Rename> {
    let mut edits = Edits::new(world, old, new);
    column::follow(node, project, &mut edits)?;
    edits.finish()
}

fn rename_thing(here: &Here, thing: &Thing, edits: &mut Edits<'_>) -> Renaming<()> {
    match thing {
        Thing::Node(node) => node::rename(here, node, edits),
        Thing::Macros(keys) => macros::rename(here, keys, edits),
        Thing::Doc(package, name) => named::rename_doc(here, package.as_deref(), name, edits),
        Thing::Var(name) => named::rename_var(here, name, edits),
        Thing::Source(name) => sources::rename_source(here, name, edits),
        Thing::Table(table) => sources::rename_table(here, *table, edits),
        Thing::EnvVar(_) | Thing::Builtin(_) => Err(not_ours(thing)),
    }
}

fn subject<'a>(
    world: World<'a>,
    here: &'a Here,
    offset: u32,
) -> Renaming<Option<(RenameTarget, Subject<'a>)>> {
    let Some(found) = thing_at(world, here, offset) else {
        if let Some(label) = label_at(world, here, offset) {
            let target = RenameTarget {
                range: label.range,
                placeholder: label.name.clone(),
            };
            return Ok(Some((target, Subject::Label(label))));
        }
        if let Some(asked) = argument_at(world, here, offset) {
            let target = asked.target.clone();
            return Ok(Some((target, Subject::Argument(Box::new(asked)))));
        }
        if let Some(asked) = column_at(world, here, offset) {
            let target = column::target(&asked);
            return Ok(Some((target, Subject::Column(Box::new(asked)))));
        }
        let Some(name) = sql_name_at(world, here, offset) else {
            return Ok(None);
        };
        let target = sql_name::target(&name)?;
        return Ok(target.map(|target| (target, Subject::Sql(Box::new(name)))));
    };
    let name = match &found.thing {
        Thing::Node(node) => node::base_name(world, node).map_or_else(
            || node_name(&node.unique_id).to_owned(),
            |it| it.to_string(),
        ),
        Thing::Macros(keys) => macros::base_name(world, here, keys)?,
        Thing::Doc(_, name) | Thing::Var(name) | Thing::Source(name) => name.to_string(),
        Thing::Table(table) => match crate::definition::table_properties(world, *table) {
            Some((_, table)) => table.name.value.to_string(),
            None => return Ok(None),
        },
        Thing::EnvVar(_) | Thing::Builtin(_) => return Err(not_ours(&found.thing)),
    };
    // `'shop'` of `ref('shop', 'orders')` is not the name of the model.
    let range = name_in(here.text(world), found.range, &name);
    Ok(range.map(|range| {
        let target = RenameTarget {
            range,
            placeholder: name,
        };
        (target, Subject::Thing(found.thing))
    }))
}

fn not_ours(thing: &Thing) -> RenameRefusal {
    RenameRefusal::new(match thing {
        Thing::EnvVar(name) => {
            format!("`{name}` is a variable of the environment: it is named outside of the project")
        }
        Thing::Builtin(builtin) => format!("`{}` is part of dbt", builtin.name),
        _ => "this cannot be renamed".to_owned(),
    })
}

/// dbt's word for a kind, in messages.
fn kind_word(kind: Option<ResourceType>) -> &'static str {
    match kind {
        Some(ResourceType::Seed) => "seed",
        Some(ResourceType::Snapshot) => "snapshot",
        Some(ResourceType::Function) => "function",
        _ => "model",
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    /// The lines that are other ones after the rename, and the files that move; or why there is none.
    pub(super) fn renamed(fixture: &str, new_name: &str) -> String {
        let project = TestProject::new(fixture);
        let found = project
            .analysis()
            .rename(project.cursor.unwrap(), new_name)
            .unwrap();
        let rename = match found {
            Ok(rename) => rename,
            Err(refusal) => return format!("{refusal}\n"),
        };
        let mut shown = String::new();
        for (path, file) in &project.files {
            let text = project.analysis().text(*file).unwrap();
            let mut after = text.to_string();
            for edit in rename.edits.iter().filter(|it| it.file == *file).rev() {
                after.replace_range(
                    edit.range.start as usize..edit.range.end as usize,
                    &edit.text,
                );
            }
            let before: Vec<&str> = text.lines().collect();
            for line in after.lines().filter(|line| !before.contains(line)) {
                writeln!(shown, "{}: {}", path.display(), line.trim()).unwrap();
            }
            for moved in rename.moves.iter().filter(|it| it.file == *file) {
                writeln!(shown, "{} -> {}", path.display(), moved.name).unwrap();
            }
        }
        shown
    }

    fn check(fixture: &str, new_name: &str, expected: &Expect) {
        expected.assert_eq(&renamed(fixture, new_name));
    }

    #[test]
    fn a_model_is_renamed_wherever_it_is_named() {
        check(
            r#"
//- /dbt_project.yml
name: shop
profile: shop
models: {shop: {staging: {orders: {+materialized: table}}}}
on-run-end: "select count(*) from {{ ref('orders') }}"
//- /selectors.yml
selectors:
  - name: nightly
    definition: {union: ["+orders+", "tag:orders", {method: fqn, value: orders}]}
//- /models/staging/orders.sql
select 1 as orders
//- /models/b.sql
{{ config(alias='orders_b') }}
select orders from {{ ref('ord$0ers') }} join {{ ref("shop", "orders") }} using (orders) -- orders
//- /models/c.py
def model(dbt, session):
    return dbt.ref("orders")
//- /models/s.yml
models:
  - name: orders
    columns:
      - name: orders
        data_tests:
          - relationships: {to: ref('orders'), field: orders}
unit_tests:
  - name: counts
    model: b
    given: [{input: "ref('orders')", rows: [{orders: 1}]}]
    expect: {rows: [{orders: 1}]}
exposures:
  - name: orders
    type: dashboard
    owner: {email: a@b.c}
    depends_on: [ref('orders')]
//- /macros/m.sql
{% macro all_orders() %}select * from {{ ref('orders') }}{% endmacro %}
"#,
            "purchases",
            &expect![[r#"
                /dbt_project.yml: models: {shop: {staging: {purchases: {+materialized: table}}}}
                /dbt_project.yml: on-run-end: "select count(*) from {{ ref('purchases') }}"
                /macros/m.sql: {% macro all_orders() %}select * from {{ ref('purchases') }}{% endmacro %}
                /models/b.sql: select orders from {{ ref('purchases') }} join {{ ref("shop", "purchases") }} using (orders) -- orders
                /models/c.py: return dbt.ref("purchases")
                /models/s.yml: - name: purchases
                /models/s.yml: - relationships: {to: ref('purchases'), field: orders}
                /models/s.yml: given: [{input: "ref('purchases')", rows: [{orders: 1}]}]
                /models/s.yml: depends_on: [ref('purchases')]
                /models/staging/orders.sql -> purchases.sql
                /selectors.yml: definition: {union: ["+purchases+", "tag:orders", {method: fqn, value: purchases}]}
            "#]],
        );
    }

    #[test]
    fn versions_are_renamed_together() {
        check(
            "
//- /models/s.yml
models:
  - name: ord$0ers
    latest_version: 2
    versions: [{v: 1, defined_in: old_orders}, {v: 2}]
//- /models/old_orders.sql
select 1 as id
//- /models/orders_v2.sql
select 2 as id
//- /models/b.sql
select * from {{ ref('orders') }} union all select * from {{ ref('orders', v=1) }}
",
            "purchases",
            &expect![[r#"
                /models/b.sql: select * from {{ ref('purchases') }} union all select * from {{ ref('purchases', v=1) }}
                /models/orders_v2.sql -> purchases_v2.sql
                /models/s.yml: - name: purchases
            "#]],
        );
    }

    #[test]
    fn names_that_cannot_be_followed_are_refused() {
        let put_together = "
//- /models/orders.sql
select 1 as id
//- /models/a.sql
{% set what = 'ers' %}select * from {{ ref('ord' ~ what) }}
//- /models/b.sql
select * from {{ ref('orders$0') }}
";
        check(
            put_together,
            "purchases",
            &expect![[r#"
            cannot rename `orders`: it is read here by a name that is put together (models/a.sql:1)
        "#]],
        );
        let passed_around = "
//- /models/orders.sql
select 1 as id
//- /models/b.sql
{% for name in ['orders'] %}select * from {{ ref(name) }}{% endfor %}
{# it reads #} {{ ref('orders$0') }}
";
        check(
            passed_around,
            "purchases",
            &expect![[r#"
            cannot rename `orders`: this may name it, too, and cannot be followed: change it by hand first (models/b.sql:1)
        "#]],
        );
        let two = "
//- /models/orders.sql
select 1 as id
//- /models/b.sql
select * from {{ ref('orders$0') }}
";
        check(
            two,
            "b",
            &expect![[r#"
            cannot rename `orders`: there is a `b` already (models/b.sql)
        "#]],
        );
        check(
            two,
            "my orders",
            &expect![[r#"
            cannot rename `orders`: `my orders` is no name for a model: letters, digits, `_` and `-` are
        "#]],
        );
    }

    #[test]
    fn a_macro_is_renamed_with_its_implementations() {
        check(
            "
//- /dbt_project.yml
name: shop
profile: shop
on-run-start: \"{{ cents('1') }}\"
//- /macros/m.sql
{% macro cents(x) %}{{ return(adapter.dispatch('cents', 'shop')(x)) }}{% endmacro %}
{% macro default__cents(cents) %}{{ cents }} / 100{% endmacro %}
{% macro duckdb__cents(x) %}{{ x }} // 100{% endmacro %}
//- /macros/m.yml
macros: [{name: cents, description: cents}]
//- /models/a.sql
select {{ shop.cen$0ts('cents') }} as cents, {{ cents(cents('b')) }}
//- /models/s.yml
unit_tests:
  - name: counts
    model: a
    overrides: {macros: {shop.cents: 1}}
    given: []
    expect: {rows: []}
",
            "pence",
            &expect![[r#"
                /dbt_project.yml: on-run-start: "{{ pence('1') }}"
                /macros/m.sql: {% macro pence(x) %}{{ return(adapter.dispatch('pence', 'shop')(x)) }}{% endmacro %}
                /macros/m.sql: {% macro default__pence(cents) %}{{ cents }} / 100{% endmacro %}
                /macros/m.sql: {% macro duckdb__pence(x) %}{{ x }} // 100{% endmacro %}
                /macros/m.yml: macros: [{name: pence, description: cents}]
                /models/a.sql: select {{ shop.pence('cents') }} as cents, {{ pence(pence('b')) }}
                /models/s.yml: overrides: {macros: {shop.pence: 1}}
            "#]],
        );
    }

    #[test]
    fn a_generic_test_is_renamed() {
        check(
            "
//- /macros/t.sql
{% test posi$0tive(model, column_name) %}select * from {{ model }} where {{ column_name }} <= 0{% endtest %}
//- /models/a.sql
select 1 as positive
//- /models/s.yml
models:
  - name: a
    columns: [{name: positive, data_tests: [positive, shop.positive: {severity: warn}]}]
",
            "above_zero",
            &expect![[r#"
                /macros/t.sql: {% test above_zero(model, column_name) %}select * from {{ model }} where {{ column_name }} <= 0{% endtest %}
                /models/s.yml: columns: [{name: positive, data_tests: [above_zero, shop.above_zero: {severity: warn}]}]
            "#]],
        );
    }

    #[test]
    fn what_dbt_calls_keeps_its_name() {
        let own = "
//- /macros/m.sql
{% macro generate_schema_n$0ame(custom, node) %}x{% endmacro %}
";
        check(
            own,
            "other",
            &expect![[r#"
            cannot rename `generate_schema_name`: dbt calls it by this name
        "#]],
        );
        let calls = "
//- /macros/m.sql
{% macro mine() %}x{% endmacro %}
{% macro other() %}{% set hers = 1 %}{{ mi$0ne() }}{% endmacro %}
";
        check(
            calls,
            "hers",
            &expect![[r#"
            cannot rename `mine`: `hers` is a variable here (macros/m.sql:2)
        "#]],
        );
        check(
            calls,
            "other",
            &expect![[r#"
            cannot rename `mine`: `other` is taken in `shop`
        "#]],
        );
        check(
            calls,
            "ref",
            &expect![[r#"
            cannot rename `mine`: `ref` is a name of dbt's, which it would replace
        "#]],
        );
    }

    #[test]
    fn a_source_keeps_its_names_in_the_warehouse() {
        let sources = "
//- /models/s.yml
sources:
  - name: raw
    tables:
      - name: orders
        columns: [{name: id}]
      - {name: items, description: raw}
//- /models/a.sql
select * from {{ source('SOURCE', 'TABLE') }}
//- /models/e.yml
exposures: [{name: e, type: dashboard, owner: {email: a@b.c}, depends_on: [\"source('raw', 'orders')\"]}]
";
        let source = sources
            .replace("SOURCE", "ra$0w")
            .replace("TABLE", "orders");
        check(
            &source,
            "landed",
            &expect![[r#"
                /models/a.sql: select * from {{ source('landed', 'orders') }}
                /models/e.yml: exposures: [{name: e, type: dashboard, owner: {email: a@b.c}, depends_on: ["source('landed', 'orders')"]}]
                /models/s.yml: - name: landed
                /models/s.yml: schema: raw
            "#]],
        );
        let table = sources
            .replace("SOURCE", "raw")
            .replace("TABLE", "ord$0ers");
        check(
            &table,
            "purchases",
            &expect![[r#"
                /models/a.sql: select * from {{ source('raw', 'purchases') }}
                /models/e.yml: exposures: [{name: e, type: dashboard, owner: {email: a@b.c}, depends_on: ["source('raw', 'purchases')"]}]
                /models/s.yml: - name: purchases
                /models/s.yml: identifier: orders
            "#]],
        );
        let flow = sources.replace("SOURCE", "raw").replace("TABLE", "ite$0ms");
        check(
            &flow,
            "parts",
            &expect![[r#"
            /models/a.sql: select * from {{ source('raw', 'parts') }}
            /models/s.yml: - {name: parts, identifier: items, description: raw}
        "#]],
        );
    }

    #[test]
    fn docs_blocks_and_variables_are_renamed() {
        check(
            "
//- /models/d.md
{% docs status %}The status.{% enddocs %}
//- /models/a.sql
select 1 as status
//- /models/s.yml
models: [{name: a, columns: [{name: status, description: \"{{ doc('sta$0tus') }}\"}]}]
",
            "state",
            &expect![[r#"
                /models/d.md: {% docs state %}The status.{% enddocs %}
                /models/s.yml: models: [{name: a, columns: [{name: status, description: "{{ doc('state') }}"}]}]
            "#]],
        );
        check(
            "
//- /dbt_project.yml
name: shop
profile: shop
vars: {first: 1, second: 2}
//- /models/a.sql
select {{ var('fir$0st', 'first') }} as first
",
            "start",
            &expect![[r#"
                /dbt_project.yml: vars: {start: 1, second: 2}
                /models/a.sql: select {{ var('start', 'first') }} as first
            "#]],
        );
    }

    #[test]
    fn names_in_sql_are_renamed_in_their_file() {
        let cte = "
//- /models/paid.sql
select 1 as id
//- /models/a.sql
with paid as (select id from {{ ref('paid') }}), due as (select 1 as id)
select pa$0id.id from paid join due on due.id = paid.id
";
        check(
            cte,
            "settled",
            &expect![[r#"
            /models/a.sql: with settled as (select id from {{ ref('paid') }}), due as (select 1 as id)
            /models/a.sql: select settled.id from settled join due on due.id = settled.id
        "#]],
        );
        check(
            cte,
            "due",
            &expect![[r#"
            cannot rename `paid`: with `due`, the query would mean something else: it is taken or reserved
        "#]],
        );
        check(
            cte,
            "select",
            &expect![[r#"
            cannot rename `paid`: with `select`, the query would mean something else: it is taken or reserved
        "#]],
        );
        let passed = "
//- /macros/m.sql
{% macro star(relation) %}{{ relation }}.*{% endmacro %}
//- /models/a.sql
with paid as (select 1 as id) select {{ star(ref('paid'), 'paid') }} from pa$0id
";
        check(
            passed,
            "settled",
            &expect![[r#"
            cannot rename `paid`: a template names it, too, and cannot be followed (models/a.sql:1)
        "#]],
        );
        check(
            "
//- /models/a.sql
select i$0d from (select 1 as id) as t
",
            "number",
            &expect![[r#"
                /models/a.sql: select number from (select 1 as number) as t
            "#]],
        );
    }

    #[test]
    fn a_file_that_the_user_moves_is_followed() {
        let project = TestProject::new(
            "
//- /models/orders.sql
select 1 as id
//- /models/b.sql
select * from {{ ref('orders') }}
",
        );
        let analysis = project.analysis();
        let file = project.file("/models/orders.sql");
        let followed = analysis.follow_file(file, "purchases").unwrap().unwrap();
        let [edit] = &*followed.edits else {
            panic!("{followed:?}")
        };
        assert_eq!(
            (edit.file, &*edit.text),
            (project.file("/models/b.sql"), "purchases")
        );
        assert_eq!(followed.moves, []);
        assert_eq!(analysis.follow_file(file, "b").unwrap(), None);
    }

    #[test]
    fn an_alias_keeps_its_uses_where_columns_are_unknown() {
        for columns in ["", ", columns: [{name: parent_id}]"] {
            let fixture = format!(
                "
//- /models/sources.yml
sources:
  - name: shop
    tables: [{{name: categories{columns}}}]
//- /models/paths.sql
select coalesce(g.name, p.name) as department
from {{{{ source('shop', 'categories') }}}} as p
left join {{{{ source('shop', 'categories') }}}} as $0g on p.parent_id = g.category_id
"
            );
            check(
                &fixture,
                "above",
                &expect![[r"
                /models/paths.sql: select coalesce(above.name, p.name) as department
                /models/paths.sql: left join {{ source('shop', 'categories') }} as above on p.parent_id = above.category_id
            "]],
            );
        }
    }
}
