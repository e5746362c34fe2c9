//! Versions of a model in a `ref`: `ref('orders', v=|)`.

use std::sync::Arc;

use analysis::resolve::{RefTarget, identities, ref_index};

use super::{CompletionKind, Offer, Offers};
use crate::world::{Here, World};

/// How a version is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// As an expression: a number, or a text in quotes.
    Code,
    /// Inside of quotes.
    Text,
}

/// Offer the versions of the model that the arguments before name, the latest first.
pub(crate) fn complete(
    world: World<'_>,
    here: &Here,
    before: &[Option<String>],
    place: Place,
    offers: &mut Offers,
) {
    for (version, target) in versions_of(world, here, before) {
        let is_number = version.bytes().all(|byte| byte.is_ascii_digit());
        let label = match place {
            Place::Code if !is_number => format!("'{version}'"),
            Place::Code | Place::Text => version,
        };
        // A file called `orders.v9.sql` is a model of that name, and no version.
        let Some(is_latest) = is_latest(world, &target) else {
            continue;
        };
        let offer = Offer::new(&label, CompletionKind::Value, u8::from(!is_latest));
        offers.add(if is_latest {
            offer.detail("latest")
        } else {
            offer
        });
    }
}

/// Whether the arguments name a model with versions.
pub(crate) fn has_versions(world: World<'_>, here: &Here, before: &[Option<String>]) -> bool {
    !versions_of(world, here, before).is_empty()
}

/// The versions of `ref('package', 'orders'` or `ref('orders'`. The index has them as `orders.v2`.
fn versions_of(
    world: World<'_>,
    here: &Here,
    before: &[Option<String>],
) -> Vec<(String, RefTarget)> {
    let (package, name) = match before {
        [Some(name)] => (None, name),
        [Some(package), Some(name)] => (Some(&**package), name),
        _ => return Vec::new(),
    };
    let prefix = format!("{name}.v");
    let index = ref_index(world.db, here.project);
    let from: Arc<str> = prefix.as_str().into();
    let versions = index.enabled.range(from..);
    versions
        .map_while(|(key, by_package)| Some((key.strip_prefix(&*prefix)?, by_package)))
        .filter_map(|(version, by_package)| {
            let mut targets = by_package.iter();
            let (_, target) =
                targets.find(|(owner, _)| package.is_none_or(|package| ***owner == *package))?;
            Some((version.to_owned(), target.clone()))
        })
        .collect()
}

/// Whether it is the version that a `ref` without one means; `None` if it is no version.
fn is_latest(world: World<'_>, target: &RefTarget) -> Option<bool> {
    let identities = identities(world.db, target.file);
    let mut all = identities.iter();
    let identity = all.find(|it| it.unique_id == target.unique_id)?;
    identity.version.as_ref().map(|(_, is_latest)| *is_latest)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    const SHOP: &str = "
//- /models/orders_v1.sql
select 1 as id
//- /models/orders_v2.sql
select 1 as id
//- /models/orders_vnew.sql
select 1 as id
//- /models/orders.v9.sql
select 1 as id
//- /models/customers.sql
select 1 as id
//- /models/s.yml
models:
  - name: orders
    latest_version: 2
    versions: [{v: 1}, {v: 2}, {v: new}]
";

    fn check(file: &str, expected: &Expect) {
        let project = TestProject::new(&format!("{SHOP}//- {file}\n"));
        let found = project.analysis().completions(project.cursor.unwrap());
        let items = found.unwrap().items;
        let lines = items.iter().take(4).map(|it| {
            let detail = it.detail.as_deref().unwrap_or("-");
            format!("{:?} {} ({detail})\n", it.kind, it.insert)
        });
        expected.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn versions_of_the_model_that_is_named() {
        check(
            "/models/a.sql\nselect * from {{ ref('orders', v=$0) }}",
            &expect![[r#"
                Value 2 (latest)
                Value 'new' (-)
                Value 1 (-)
                Function as_bool($0) (as_bool(value))
            "#]],
        );
        check(
            "/models/a.sql\nselect * from {{ ref('orders', version=1$0) }}",
            &expect![[r#"
                Value 1 (-)
            "#]],
        );
        check(
            "/models/a.sql\nselect * from {{ ref('shop', 'orders', v='$0') }}",
            &expect![[r#"
                Value 2 (latest)
                Value 1 (-)
                Value new (-)
            "#]],
        );
        check(
            "/models/a.sql\nselect * from {{ ref('orders', v$0) }}",
            &expect![[r#"
                Key v=$0 (-)
                Function var('$1') (var(name, default=None))
                Macro validate_dict_field(${1:field_value}, ${2:field_name}, ${3:errors}) (validate_dict_field(field_value, field_name, errors))
                Macro validate_doc_columns(${1:relation}, ${2:column_dict}, ${3:existing_column_names}) (validate_doc_columns(relation, column_dict, existing_column_names))
            "#]],
        );
        check(
            "/models/t.yml\nexposures:\n  - name: e\n    depends_on:\n      - ref('orders', v=$0)",
            &expect![[r#"
                Value 2 (latest)
                Value 'new' (-)
                Value 1 (-)
            "#]],
        );
    }

    #[test]
    fn a_model_without_versions_has_none() {
        check(
            "/models/a.sql\nselect * from {{ ref('customers', v='$0') }}",
            &expect![[""]],
        );
    }
}
