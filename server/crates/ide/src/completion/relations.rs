//! Relations behind `from` and `join`: `from cust|` becomes `from {{ ref('customers') }}`.

use analysis::resolve::{ref_index, source_index};
use project::node::ResourceType;

use super::{CompletionKind, ENOUGH, Offer, Offers, arguments::node};
use crate::world::{Here, World};

/// Offer nodes and tables of sources under their names, written as calls.
pub(crate) fn complete(world: World<'_>, here: &Here, offers: &mut Offers) {
    complete_refs(world, here, offers);
    let index = source_index(world.db, here.project);
    let fitting = index
        .keys()
        .filter_map(|(source, table)| Some((offers.misfit(table)?, source, table)));
    let mut fitting: Vec<_> = fitting.collect();
    fitting.sort_by_key(|(misfit, ..)| *misfit);
    for (_, source, table) in fitting.into_iter().take(ENOUGH) {
        let call = format!("{{{{ source('{source}', '{table}') }}}}");
        let offer = Offer::new(&call, CompletionKind::Source, 3);
        offers.add(offer.filter(table));
    }
}

fn complete_refs(world: World<'_>, here: &Here, offers: &mut Offers) {
    let index = ref_index(world.db, here.project);
    let own = here.package_name(world);
    let mut found = Vec::new();
    for (name, by_package) in &index.enabled {
        // `orders.v2` is written `ref('orders', v=2)`.
        if name.contains(".v") {
            continue;
        }
        let Some(misfit) = offers.misfit(name) else {
            continue;
        };
        for (package, target) in by_package {
            // Nothing reads itself.
            if target.file != here.file {
                found.push((misfit, **package != *own, name, package, target));
            }
        }
    }
    found.sort_by_key(|(misfit, is_foreign, name, ..)| (*misfit, *is_foreign, &***name));
    for (_, is_foreign, name, package, target) in found.into_iter().take(ENOUGH) {
        let call = if is_foreign {
            format!("{{{{ ref('{package}', '{name}') }}}}")
        } else {
            format!("{{{{ ref('{name}') }}}}")
        };
        let kind = match target.unique_id.resource_type() {
            Some(ResourceType::Seed) => CompletionKind::Seed,
            Some(ResourceType::Snapshot) => CompletionKind::Snapshot,
            _ => CompletionKind::Model,
        };
        let offer = Offer::new(&call, kind, 2 + u8::from(is_foreign)).filter(name);
        offers.add(match node(world, target) {
            Some(node) => offer.detail(&**package).doc(&*node.description),
            None => offer.detail(&**package),
        });
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    const SHOP: &str = "
//- /models/customers.sql
select 1 as id
//- /models/cust_orders.sql
select 1 as id
//- /seeds/customs.csv
id
//- /models/s.yml
sources:
  - name: raw
    tables: [{name: customer_events}]
//- /models/custom.sql
";

    /// The first offers: what they are compared with, what goes and what comes.
    fn check(sql: &str, expected: &Expect) {
        let project = TestProject::new(&format!("{SHOP}{sql}\n"));
        let at = project.cursor.unwrap();
        let analysis = project.analysis();
        let text = analysis.text(at.file).unwrap();
        let found = analysis.completions(at).unwrap();
        let lines = found.items.iter().take(6).map(|it| {
            let filter = it.filter.as_deref().unwrap_or(&it.label);
            format!(
                "{:?} {filter}: {:?} -> {}\n",
                it.kind,
                it.replace.of(&text),
                it.insert
            )
        });
        expected.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn a_bare_name_becomes_a_ref() {
        check(
            "select * from cust$0",
            &expect![[r#"
                Model cust_orders: "cust" -> {{ ref('cust_orders') }}
                Model customers: "cust" -> {{ ref('customers') }}
                Seed customs: "cust" -> {{ ref('customs') }}
                Source customer_events: "cust" -> {{ source('raw', 'customer_events') }}
            "#]],
        );
        check(
            "select * from cust$0 where id = 1",
            &expect![[r#"
                Model cust_orders: "cust" -> {{ ref('cust_orders') }}
                Model customers: "cust" -> {{ ref('customers') }}
                Seed customs: "cust" -> {{ ref('customs') }}
                Source customer_events: "cust" -> {{ source('raw', 'customer_events') }}
            "#]],
        );
        check(
            "select * from {{ ref('customers') }} c join cust_o$0",
            &expect![[r#"
                Model cust_orders: "cust_o" -> {{ ref('cust_orders') }}
            "#]],
        );
    }

    #[test]
    fn ctes_go_first() {
        check(
            "with customer_all as (select 1) select * from cust$0",
            &expect![[r#"
                Cte customer_all: "cust" -> customer_all
                Model cust_orders: "cust" -> {{ ref('cust_orders') }}
                Model customers: "cust" -> {{ ref('customers') }}
                Seed customs: "cust" -> {{ ref('customs') }}
                Source customer_events: "cust" -> {{ source('raw', 'customer_events') }}
            "#]],
        );
    }

    #[test]
    fn where_no_relation_is_named_there_is_none() {
        check("select cust$0 from {{ ref('customers') }}", &expect![""]);
        check("select * from main.cust$0", &expect![""]);
        check("select * from {{ ref('customers') }} cust$0", &expect![""]);
    }
}
