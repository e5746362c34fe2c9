//! Feature: a model that reads a table of a source and names its columns, to begin with: where a project first touches the data.

use analysis::{
    columns::dialect,
    resolve::{SourceTarget, ref_index},
};
use base::SourceRange;
use project::files::FileKind;
use sql::written_name;

use crate::{
    code_action::{
        homes::{folder_of, new_project_file},
        offers::{Offers, RefactoringKind},
    },
    completion::columns_of_source,
    definition::table_properties,
    symbol::{Thing, thing_at},
};

pub(super) fn offer(offers: &mut Offers<'_>) {
    let (world, here) = (offers.world, offers.here);
    let found = thing_at(world, &here, offers.offset());
    let Some((place, Thing::Table(target))) = found.map(|it| (it.range, it.thing)) else {
        return;
    };
    let Some((source, table)) = table_properties(world, target) else {
        return;
    };
    let (source, table) = (&*source.name.value, &*table.name.value);
    let name = format!("stg_{source}__{table}");
    let is_file_name = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let is_taken = ref_index(world.db, here.project)
        .enabled
        .contains_key(name.as_str());
    if is_taken || !is_file_name {
        return;
    }
    let Some(package) = target.file.package(world.db) else {
        return;
    };
    // Beside what declares the source, as far as models may be there.
    let path = format!("{}/{name}.sql", folder_of(target.file.path(world.db)));
    let text = skeleton(offers, target, source, table);
    let Some(change) = new_project_file(offers, package, &path, text) else {
        return;
    };
    let title = format!("Make the staging model `{name}` of the table ({path})");
    offers.add(kind(offers, place), title, |_| Some(change));
}

/// In the entry of the table a reason for a light bulb, where it is read one action of many.
fn kind(offers: &Offers<'_>, place: SourceRange) -> RefactoringKind {
    let is_entry = offers.here.kind(offers.world) == Some(FileKind::Properties);
    if is_entry && place.touches(offers.offset()) {
        RefactoringKind::QuickFix
    } else {
        RefactoringKind::Source
    }
}

fn skeleton(offers: &Offers<'_>, target: SourceTarget, source: &str, table: &str) -> String {
    let dialect = dialect(offers.world.db, offers.here.project);
    let columns = columns_of_source(offers.world, target);
    let columns = columns.as_deref().unwrap_or_default().iter();
    let columns: Vec<String> = columns
        .filter_map(|it| Some(format!("        {}", written_name(&it.name, dialect)?)))
        .collect();
    let columns = if columns.is_empty() {
        // Nothing is written down about them.
        "        *".to_owned()
    } else {
        columns.join(",\n")
    };
    format!(
        "with source as (\n\n    select * from {{{{ source('{source}', '{table}') }}}}\n\n),\n\nrenamed as (\n\n    select\n{columns}\n    from source\n\n)\n\n\
         select * from renamed\n"
    )
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::code_action::fixture::check_all;

    fn check(fixture: &str, expected: &Expect) {
        check_all(fixture, "of the table", expected);
    }

    #[test]
    fn a_model_names_the_columns_that_are_written_down() {
        check(
            "
//- /models/staging/raw.yml
sources:
  - name: raw
    tables:
      - name: ord$0ers
        columns: [{name: id}, {name: order}]
",
            &expect![[r#"
                == Make the staging model `stg_raw__orders` of the table (models/staging/stg_raw__orders.sql) (QuickFix)
                -- /models/staging/stg_raw__orders.sql (new)
                with source as (

                    select * from {{ source('raw', 'orders') }}

                ),

                renamed as (

                    select
                        id,
                        "order"
                    from source

                )

                select * from renamed
            "#]],
        );
        check(
            "
//- /models/raw.yml
sources: [{name: raw, tables: [{name: orders}]}]
//- /models/a.sql
select * from {{ source('raw', 'or$0ders') }}
",
            &expect![[r#"
                == Make the staging model `stg_raw__orders` of the table (models/stg_raw__orders.sql) (Source)
                -- /models/stg_raw__orders.sql (new)
                with source as (

                    select * from {{ source('raw', 'orders') }}

                ),

                renamed as (

                    select
                        *
                    from source

                )

                select * from renamed
            "#]],
        );
    }

    #[test]
    fn no_model_is_made_twice() {
        check(
            "
//- /models/raw.yml
sources: [{name: raw, tables: [{name: orders}]}]
//- /models/marts/stg_raw__orders.sql
select * from {{ source('raw', 'or$0ders') }}
",
            &expect![[""]],
        );
    }
}
