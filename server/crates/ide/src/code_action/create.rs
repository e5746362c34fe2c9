//! Feature: what a reference names and nobody has made is made: a model, or a table of a source.

use analysis::resolve::source_target;
use base::SourceRange;
use jinja::syntax::CallSyntax;
use project::{files::FileKind, node::SourceArgs};
use sql::{SymbolKind, written_name};

use analysis::facts::ref_of;

use crate::{
    code_action::{
        homes::{folder_of, new_project_file},
        offers::{Offers, RefactoringKind},
        source_tables::NewTable,
        sql_spot::SqlSpot,
    },
    symbol::node_of,
};

pub(super) fn offer(offers: &mut Offers<'_>, spot: &SqlSpot<'_>) {
    let at = offers.offset();
    let calls = spot.template.calls.iter();
    let Some(call) = calls
        .filter(|call| call.is(&["ref"]) || call.is(&["source"]))
        .find(|call| call.range.touches(at))
    else {
        return;
    };
    if call.is(&["ref"]) {
        model(offers, spot, call);
    } else {
        table(offers, call);
    }
}

fn model(offers: &mut Offers<'_>, spot: &SqlSpot<'_>, call: &CallSyntax) {
    let Some(args) = ref_of(call) else {
        return;
    };
    let (world, here) = (offers.world, offers.here);
    let own = here.package_name(world);
    let is_elsewhere = args
        .package
        .as_deref()
        .is_some_and(|package| package != own);
    let is_disabled = || {
        let index = analysis::resolve::ref_index(world.db, here.project);
        index.disabled.contains_key(&args.name)
    };
    if args.version.is_some() || is_elsewhere || !is_file_name(&args.name) || is_disabled() {
        return;
    }
    if node_of(world, &here, &args).is_some() {
        return;
    }
    // Tests and analyses read models from elsewhere.
    let folder = match here.kind(world) {
        Some(FileKind::Model) => folder_of(here.file.path(world.db)).to_owned(),
        _ => model_folder(offers),
    };
    let path = format!("{folder}/{}.sql", args.name);
    let text = skeleton(spot, call);
    let title = format!("Create the model `{}` ({path})", args.name);
    let Some(change) = new_project_file(offers, here.package, &path, text) else {
        return;
    };
    offers.add(RefactoringKind::QuickFix, title, |_| Some(change));
}

fn is_file_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

fn model_folder(offers: &Offers<'_>) -> String {
    let file = analysis::project_config::project_file(offers.world.db, offers.here.package);
    let mut paths = file.0.paths.models.iter();
    paths
        .next()
        .map_or_else(|| "models".to_owned(), ToString::to_string)
}

/// A query with the columns that are read of it here, as far as that can be told.
fn skeleton(spot: &SqlSpot<'_>, call: &CallSyntax) -> String {
    let mut tags = spot.template.tags.iter();
    let tag = tags
        .find(|tag| tag.range.covers(call.range))
        .map(|tag| tag.range);
    let relations = sql::relations(&spot.tree);
    let mut relations = relations.iter();
    let here = relations.find(|it| Some(SourceRange::new(it.range.start, it.range.end)) == tag);
    let columns = spot
        .symbols
        .symbols
        .iter()
        .filter_map(|symbol| match &symbol.kind {
            SymbolKind::ExternalColumn { relation, .. }
                if here.is_some_and(|it| it.name == *relation) =>
            {
                written_name(&symbol.name, spot.tree.dialect())
            }
            _ => None,
        });
    let mut columns: Vec<String> = columns.collect();
    if columns.is_empty() {
        columns.push("id".to_owned());
    }
    let lines: Vec<String> = columns
        .iter()
        .map(|name| format!("    null as {name}"))
        .collect();
    format!("select\n{}\n", lines.join(",\n"))
}

fn table(offers: &mut Offers<'_>, call: &CallSyntax) {
    let (Some(source), Some(table)) = (call.text_arg(0), call.text_arg(1)) else {
        return;
    };
    let args = SourceArgs {
        source: source.into(),
        table: table.into(),
    };
    let (world, here) = (offers.world, offers.here);
    let own = here.package_name(world);
    if source.is_empty()
        || table.is_empty()
        || source_target(world.db, here.project, own, &args).is_some()
    {
        return;
    }
    let title = format!("Declare the table `{table}` of the source `{source}`");
    let new = NewTable {
        args,
        identifier: None,
        schema: None,
        database: None,
    };
    let Some(change) = new.declare(offers, here.file) else {
        return;
    };
    offers.add(RefactoringKind::QuickFix, title, |_| Some(change));
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::code_action::fixture::check_all;

    const SHOP: &str = "
//- /models/off.sql
{{ config(enabled=false) }} select 1 as id
//- /models/raw.yml
sources:
  - name: raw
    tables:
      - name: orders
//- /models/marts/a.sql
";

    fn check(sql: &str, expected: &Expect) {
        check_all(&format!("{SHOP}{sql}\n"), "Create|Declare", expected);
    }

    #[test]
    fn a_model_that_is_read_and_not_there() {
        check(
            "select o.id, o.\"order\", sum(amount) from {{ ref('stg_ord$0ers') }} as o group by 1, 2",
            &expect![[r#"
                == Create the model `stg_orders` (models/marts/stg_orders.sql) (QuickFix)
                -- /models/marts/stg_orders.sql (new)
                select
                    null as id,
                    null as "order",
                    null as amount
            "#]],
        );
    }

    #[test]
    fn a_table_that_is_read_and_not_there() {
        check(
            "select * from {{ source('raw', 'pay$0ments') }}",
            &expect![[r#"
                == Declare the table `payments` of the source `raw` (QuickFix)
                -- /models/raw.yml
                sources:
                  - name: raw
                    tables:
                      - name: orders
                      - name: payments
            "#]],
        );
        check(
            "select * from {{ source('cr$0m', 'people') }}",
            &expect![[r#"
                == Declare the table `people` of the source `crm` (QuickFix)
                -- /models/marts/sources.yml (new)
                sources:
                  - name: crm
                    tables:
                      - name: people
            "#]],
        );
    }

    #[test]
    fn what_is_there_or_belongs_to_others_is_not_made() {
        for sql in [
            "select 1 from {{ ref('a$0') }}",
            "select 1 from {{ ref('of$0f') }}",
            "select 1 from {{ ref('elsewhere', 'x$0') }}",
            "select 1 from {{ ref('x$0', v=2) }}",
            "select 1 from {{ ref('../x$0') }}",
            "select 1 from {{ source('raw', 'ord$0ers') }}",
        ] {
            check(sql, &expect![[""]]);
        }
    }
}
