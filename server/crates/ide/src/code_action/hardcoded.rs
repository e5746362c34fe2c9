//! Feature: a relation that SQL names by itself becomes the `ref` or `source` that it is; a table that nobody has declared
//! becomes a source.
//!
//! The name says which node it is where schema and, if written, database are those of this target. A table of another
//! schema may be the same node of another target: that is offered, too, but not as the answer.

use analysis::{
    context::source_relation,
    names::relations,
    resolve::{RefTarget, identities, ref_index, source_index},
    sources::sources_of,
    target::defaults,
};
use base::SourceRange;
use jinja::Relation;
use project::node::{RefArgs, SourceArgs};
use sql::RelationName;

use crate::{
    code_action::{
        offers::{Offers, ProjectChange, RefactoringKind},
        source_tables::NewTable,
        sql_spot::SqlSpot,
    },
    completion::node,
    diagnostics::cycles::path_between,
    symbol::node_of,
};

/// A relation under the cursor that no template wrote.
struct Hardcoded {
    name: RelationName,
    /// Everywhere in the file, with whether an alias follows.
    places: Vec<(SourceRange, bool)>,
}

/// What a relation may be.
struct Candidate {
    /// What a template writes; `None` where that would be a circle.
    call: Option<String>,
    /// Schema and database are those of this target.
    is_exact: bool,
    /// The relation goes by another name then.
    needs_alias: bool,
}

pub(super) fn offer(offers: &mut Offers<'_>, spot: &SqlSpot<'_>) {
    let Some(found) = hardcoded(offers, spot) else {
        return;
    };
    let mut is_known = false;
    for candidate in candidates(offers, &found.name) {
        is_known |= candidate.is_exact;
        let Some(call) = &candidate.call else {
            continue;
        };
        let place = if candidate.is_exact {
            ""
        } else {
            ", which is in another schema"
        };
        let title = format!("Replace `{}` by `{call}`{place}", found.name);
        let change = replaced(offers, &found, call, candidate.needs_alias);
        offers.add(RefactoringKind::QuickFix, title, |_| change);
    }
    if is_known || is_catalog(&found.name) || !is_simple(&found.name) {
        return;
    }
    let parts: Vec<String> = found.name.parts().iter().map(ToString::to_string).collect();
    let Some(table) = NewTable::of_relation(offers, &parts) else {
        return;
    };
    let SourceArgs {
        source,
        table: name,
    } = &table.args;
    let call = format!("{{{{ source('{source}', '{name}') }}}}");
    let title = format!(
        "Declare `{}` as a table of the source `{source}`",
        found.name
    );
    let (beside, edits) = (offers.here.file, replaced(offers, &found, &call, false));
    let Some(change) = table.declare(offers, beside) else {
        return;
    };
    offers.add(RefactoringKind::QuickFix, title, |_| {
        Some(change.and(edits?))
    });
}

fn hardcoded(offers: &Offers<'_>, spot: &SqlSpot<'_>) -> Option<Hardcoded> {
    let all = sql::relations(&spot.tree);
    let is_plain = |range: SourceRange| {
        // `'x.csv'` is a file.
        spot.is_plain(range) && !range.of(spot.text).starts_with('\'')
    };
    let range_of = |it: &sql::TableReference| SourceRange::new(it.range.start, it.range.end);
    let mut touched = all
        .iter()
        .filter(|it| range_of(it).touches(offers.offset()));
    let found = touched.find(|it| it.cte.is_none() && is_plain(range_of(it)))?;
    let same = all
        .iter()
        .filter(|it| it.cte.is_none() && it.name == found.name);
    let places = same.map(|it| (range_of(it), it.alias.is_some()));
    let places = places.filter(|(range, _)| is_plain(*range)).collect();
    Some(Hardcoded {
        name: found.name.clone(),
        places,
    })
}

fn replaced(
    offers: &Offers<'_>,
    found: &Hardcoded,
    call: &str,
    needs_alias: bool,
) -> Option<ProjectChange> {
    let edits = found.places.iter().map(|(range, has_alias)| {
        let alias = if needs_alias && !has_alias {
            format!(" as {}", found.name.identifier())
        } else {
            String::new()
        };
        offers.edit(*range, format!("{call}{alias}"))
    });
    ProjectChange::edits(edits.collect())
}

/// The likely ones, or if there are any, the certain ones.
fn candidates(offers: &Offers<'_>, name: &RelationName) -> Vec<Candidate> {
    let mut found = nodes(offers, name);
    found.extend(tables(offers, name));
    if found.iter().any(|it| it.is_exact) {
        found.retain(|it| it.is_exact);
    }
    found
}

fn nodes(offers: &Offers<'_>, name: &RelationName) -> Vec<Candidate> {
    let (world, here) = (offers.world, &offers.here);
    let index = ref_index(world.db, here.project);
    let mut seen: Vec<&RefTarget> = Vec::new();
    let mut found = Vec::new();
    for target in index.enabled.values().flat_map(|it| it.values()) {
        let all = relations(world.db, target.file);
        let Some(relation) = all.get(target.slot as usize) else {
            continue;
        };
        let Some(is_exact) = fits(offers, relation, name) else {
            continue;
        };
        if seen.contains(&target) {
            continue;
        }
        seen.push(target);
        let call = call_of(offers, target);
        found.push(Candidate {
            is_exact,
            needs_alias: call.as_ref().is_some_and(|(_, needs_alias)| *needs_alias),
            call: call.map(|(call, _)| call),
        });
    }
    found
}

/// What a template writes for a node; `None` where reading it here would be a circle.
fn call_of(offers: &Offers<'_>, target: &RefTarget) -> Option<(String, bool)> {
    let (world, here) = (offers.world, &offers.here);
    if target.file == here.file {
        return Some(("{{ this }}".to_owned(), false));
    }
    if path_between(world.db, target.file, here.file).is_some() {
        return None;
    }
    let identities = identities(world.db, target.file);
    let identity = identities.get(target.slot as usize)?;
    let package = target.file.package(world.db)?;
    let args = |package: Option<&str>, version: bool| RefArgs {
        name: identity.name.clone(),
        package: package.map(Into::into),
        version: identity
            .version
            .as_ref()
            .filter(|_| version)
            .map(|it| it.0.clone()),
    };
    let package = &**package.name(world.db);
    // The shortest that means it.
    let forms = [
        (None, false),
        (None, true),
        (Some(package), false),
        (Some(package), true),
    ];
    let mut forms = forms
        .into_iter()
        .map(|(package, version)| args(package, version));
    let args = forms.find(|args| node_of(world, here, args).as_ref() == Some(target))?;
    let package = args
        .package
        .as_ref()
        .map_or(String::new(), |it| format!("'{it}', "));
    let version = args
        .version
        .as_ref()
        .map_or(String::new(), |it| format!(", v={it}"));
    let call = format!("{{{{ ref({package}'{}'{version}) }}}}", args.name);
    // An ephemeral model is a CTE with a name of its own.
    let is_ephemeral = node(world, target)?.config.materialized() == "ephemeral";
    Some((call, is_ephemeral))
}

fn tables(offers: &Offers<'_>, name: &RelationName) -> Vec<Candidate> {
    let (world, project) = (offers.world, offers.here.project);
    let policy = defaults(world.db, project).policy;
    let index = source_index(world.db, project).iter();
    let targets = index.flat_map(|(key, it)| it.values().map(move |target| (key, target)));
    let found = targets.filter_map(|((source, table), target)| {
        let all = sources_of(world.db, target.file);
        let relation = source_relation(all.get(target.slot as usize)?, policy.into());
        let is_exact = fits(offers, &relation, name)?;
        let call = format!("{{{{ source('{source}', '{table}') }}}}");
        // A table of another schema is another table.
        is_exact.then_some(Candidate {
            call: Some(call),
            is_exact,
            needs_alias: false,
        })
    });
    found.collect()
}

/// Whether a name in SQL can be this relation, and if so, whether it is sure to be.
fn fits(offers: &Offers<'_>, relation: &Relation, name: &RelationName) -> Option<bool> {
    let identifier = relation.identifier.as_deref()?;
    if relation.expression.is_some() || !identifier.eq_ignore_ascii_case(name.identifier()) {
        return None;
    }
    let defaults = defaults(offers.world.db, offers.here.project);
    let is_same =
        |own: Option<&str>, written: &str| own.is_some_and(|own| own.eq_ignore_ascii_case(written));
    match name.parts() {
        [_] => is_same(relation.schema.as_deref(), &defaults.schema).then_some(true),
        [schema, _] => Some(is_same(relation.schema.as_deref(), schema)),
        [.., database, schema, _] => {
            let is_here = is_same(relation.schema.as_deref(), schema);
            Some(
                is_here
                    && relation
                        .database
                        .as_deref()
                        .is_none_or(|own| is_same(Some(own), database)),
            )
        }
        [] => None,
    }
}

/// Whether the parts can stand in a template's text as they are.
fn is_simple(name: &RelationName) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '$' | ' ');
    name.parts().iter().all(|part| part.chars().all(is_part))
}

/// The warehouse's own tables are nobody's source.
fn is_catalog(name: &RelationName) -> bool {
    let is_one = |part: &str| {
        let part = part.to_ascii_lowercase();
        part == "information_schema" || part.starts_with("pg_") || part == "system"
    };
    name.parts().iter().any(|part| is_one(part))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::code_action::fixture::check_all;

    const SHOP: &str = "
//- /models/stg_orders.sql
select 1 as id
//- /models/raw.yml
sources:
  - name: shop_raw
    schema: raw # where the loader writes
    tables:
      - name: orders
//- /models/reader.sql
select * from {{ ref('orders') }}
";

    fn check(sql: &str, expected: &Expect) {
        check_all(
            &format!("{SHOP}//- /models/orders.sql\n{sql}\n"),
            "Replace|Declare",
            expected,
        );
    }

    #[test]
    fn a_relation_of_a_model_or_a_source_becomes_a_call() {
        check(
            "select o.id from main.stg_ord$0ers as o join Main.STG_ORDERS p on true join stg_orders on true",
            &expect![[r#"
                == Replace `main.stg_orders` by `{{ ref('stg_orders') }}` (QuickFix)
                -- /models/orders.sql
                select o.id from {{ ref('stg_orders') }} as o join {{ ref('stg_orders') }} p on true join stg_orders on true
            "#]],
        );
        check(
            "select * from raw.ord$0ers",
            &expect![[r#"
            == Replace `raw.orders` by `{{ source('shop_raw', 'orders') }}` (QuickFix)
            -- /models/orders.sql
            select * from {{ source('shop_raw', 'orders') }}
        "#]],
        );
        check(
            "select * from prod.stg_ord$0ers",
            &expect![[r#"
            == Replace `prod.stg_orders` by `{{ ref('stg_orders') }}`, which is in another schema (QuickFix)
            -- /models/orders.sql
            select * from {{ ref('stg_orders') }}
            == Declare `prod.stg_orders` as a table of the source `prod` (QuickFix)
            -- /models/orders.sql
            select * from {{ source('prod', 'stg_orders') }}
            -- /models/raw.yml
            sources:
              - name: shop_raw
                schema: raw # where the loader writes
                tables:
                  - name: orders
              - name: prod
                tables:
                  - name: stg_orders
        "#]],
        );
    }

    #[test]
    fn a_table_that_nobody_declared_becomes_one_of_a_source() {
        check(
            "select * from raw.paym$0ents p",
            &expect![[r#"
            == Declare `raw.payments` as a table of the source `shop_raw` (QuickFix)
            -- /models/orders.sql
            select * from {{ source('shop_raw', 'payments') }} p
            -- /models/raw.yml
            sources:
              - name: shop_raw
                schema: raw # where the loader writes
                tables:
                  - name: orders
                  - name: payments
        "#]],
        );
        check(
            "select * from crm.peo$0ple",
            &expect![[r#"
            == Declare `crm.people` as a table of the source `crm` (QuickFix)
            -- /models/orders.sql
            select * from {{ source('crm', 'people') }}
            -- /models/raw.yml
            sources:
              - name: shop_raw
                schema: raw # where the loader writes
                tables:
                  - name: orders
              - name: crm
                tables:
                  - name: people
        "#]],
        );
    }

    #[test]
    fn what_is_no_hardcoded_relation_is_left_alone() {
        check("with a as (select 1) select * from a$0", &expect![[""]]);
        check("select * from {{ ref('stg_ord$0ers') }}", &expect![[""]]);
        check("select * from 'x$0.csv'", &expect![[""]]);
        check("select * from information_schema.tab$0les", &expect![[""]]);
        // It reads this one: a circle.
        check("select * from main.rea$0der", &expect![""]);
    }
}
