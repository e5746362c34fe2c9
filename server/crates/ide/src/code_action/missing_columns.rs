//! Feature: the columns of a model, seed or snapshot that its properties do not list are added there; what is written
//! stays as it is. Where nothing is written, an entry is made.

use project::node::ResourceType;
use serde_json::Value as Json;
use sql::CatalogColumn;

use crate::{
    code_action::{
        node_entry::Described,
        offers::{Offers, RefactoringKind},
        yaml_text::Value,
    },
    completion::columns_of_node,
};

pub(super) fn offer(offers: &mut Offers<'_>) {
    let Some(described) = Described::at(offers) else {
        return;
    };
    let Some(columns) = columns_of_node(offers.world, &described.target) else {
        return;
    };
    let entry = described.entry.as_ref();
    let is_described =
        |column: &CatalogColumn| entry.is_some_and(|entry| entry.column(&column.name).is_some());
    let missing: Vec<&CatalogColumn> = columns.iter().filter(|it| !is_described(it)).collect();
    if missing.is_empty() {
        return;
    }
    let name = &described.name;
    let title = match (entry, &*missing) {
        (None, _) => format!("Describe `{name}` with its columns"),
        (Some(_), [one]) => format!(
            "Add the column `{}` to the properties of `{name}`",
            one.name
        ),
        (Some(_), all) => format!("Add {} columns to the properties of `{name}`", all.len()),
    };
    let has_types = says_types(&described);
    let items = missing.iter().map(|column| {
        let mut item = vec![("name", Value::text(&*column.name))];
        let data_type = column.data_type.as_ref().filter(|_| has_types);
        item.extend(data_type.map(|it| ("data_type", Value::text(it.to_string().to_lowercase()))));
        Value::Map(item)
    });
    let items: Vec<Value> = items.collect();
    // In a model the whole file is as good a place as any: no reason for a light bulb.
    let is_on_name = entry.is_some_and(|entry| entry.is_named_at(offers));
    let kind = if is_on_name {
        RefactoringKind::QuickFix
    } else {
        RefactoringKind::Source
    };
    offers.add(kind, title, |offers| described.add_columns(offers, items));
}

/// Types are written where a contract needs them, or where others are.
fn says_types(described: &Described<'_>) -> bool {
    let entry = described.entry.as_ref().map(|it| it.properties);
    let has_contract = || {
        let contract = entry.and_then(|it| it.config.values.get("contract"));
        contract.is_some_and(|it| it.get("enforced").and_then(Json::as_bool) == Some(true))
    };
    let mut columns = entry.into_iter().flat_map(|it| &it.columns);
    described.kind == ResourceType::Model && has_contract()
        || columns.any(|it| it.column.data_type.is_some())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::code_action::fixture::check_all;

    fn check(fixture: &str, expected: &Expect) {
        check_all(fixture, "olumn", expected);
    }

    #[test]
    fn columns_are_added_below_those_that_are_there() {
        check(
            "
//- /models/orders.sql
select 1 as id, 'x' as status, 2 as \"on\"$0
//- /models/schema.yml
# All of it.
models:
  - name: orders   # the first
    columns:
      - {name: ID, data_type: int}  # a key

  - name: others
",
            &expect![[r#"
                == Add 2 columns to the properties of `orders` (Source)
                -- /models/schema.yml
                # All of it.
                models:
                  - name: orders   # the first
                    columns:
                      - {name: ID, data_type: int}  # a key
                      - name: status
                        data_type: varchar
                      - name: "on"
                        data_type: integer

                  - name: others
            "#]],
        );
        check(
            "
//- /models/orders.sql
select 1 as id, 'x' as status
//- /models/schema.yml
models:
  - name: ord$0ers
    description: All.

exposures: []
",
            &expect![[r#"
                == Add 2 columns to the properties of `orders` (QuickFix)
                -- /models/schema.yml
                models:
                  - name: orders
                    description: All.
                    columns:
                      - name: id
                      - name: status

                exposures: []
            "#]],
        );
    }

    #[test]
    fn an_entry_is_made_where_there_is_none() {
        check(
            "
//- /models/marts/orders.sql
se$0lect 1 as id
",
            &expect![[r#"
                == Describe `orders` with its columns (Source)
                -- /models/marts/schema.yml (new)
                models:
                  - name: orders
                    columns:
                      - name: id
            "#]],
        );
        check(
            "
//- /models/marts/orders.sql
se$0lect 1 as id
//- /models/marts/raw.yml
sources: []
//- /models/marts/models.yml
models:
- name: other
",
            &expect![[r#"
                == Describe `orders` with its columns (Source)
                -- /models/marts/models.yml
                models:
                - name: other
                - name: orders
                  columns:
                  - name: id
            "#]],
        );
    }

    #[test]
    fn nothing_is_missing_where_all_is_there_or_nothing_is_known() {
        check(
            "
//- /models/orders.sql
select 1 as id$0
//- /models/schema.yml
models: [{name: orders, columns: [{name: id}]}]
",
            &expect![[""]],
        );
        check(
            "//- /models/orders.sql\nselect * from some$0where\n",
            &expect![[""]],
        );
    }
}
