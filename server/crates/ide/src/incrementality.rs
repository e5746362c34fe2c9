//! Tests of what an edit costs: which queries run after it, and that the answers are those of a fresh start.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use analysis::{Change, change::FileText};
use proptest::prelude::*;

use crate::{AnalysisHost, fixture::TestProject};

const SHOP: &str = r#"
//- /macros/money.sql
{% macro cents(column, scale=2) %}round({{ column }} / 100.0, {{ scale }}){% endmacro %}
//- /models/sources.yml
sources:
  - name: raw
    tables: [{name: orders}, {name: payments}]
//- /models/stg_orders.sql
select id, {{ cents('amount') }} as amount from {{ source('raw', 'orders') }}
//- /models/stg_payments.sql
{{ config(materialized='view') }}
select 1 as id, 2 as order_id
//- /models/orders.sql
select o.id, o.amount, p.order_id from {{ ref('stg_orders') }} o join {{ ref('stg_payments') }} p on o.id = p.order_id
//- /models/marts.sql
select * from {{ ref('orders') }}
//- /models/properties.yml
models:
  - name: orders
    description: "{{ doc('orders') }}"
    columns:
      - name: id
        data_tests: [unique, not_null]
//- /models/docs.md
{% docs orders %}An order.{% enddocs %}
"#;

/// A project whose queries are written down.
struct Observed {
    project: TestProject,
    log: Arc<Mutex<BTreeSet<String>>>,
}

impl Observed {
    fn new() -> Self {
        let log: Arc<Mutex<BTreeSet<String>>> = Arc::default();
        let writer = Arc::clone(&log);
        // `rendered(Id(3))`: the name is what counts.
        let host = AnalysisHost::observed(Arc::new(move |query: &str| {
            let name = query.split('(').next().unwrap_or(query);
            writer.lock().unwrap().insert(name.to_owned());
        }));
        let project = TestProject::with_host(SHOP, host);
        project.rendered_diagnostics();
        Self { project, log }
    }

    /// The queries that run when `edited` gets a new text and `asked` is checked.
    fn queries_after(&mut self, edited: &str, text: &str, asked: &str) -> BTreeSet<String> {
        let file = self.project.file(edited);
        self.log.lock().unwrap().clear();
        self.project.host.apply_change(Change {
            texts: vec![(file, FileText::from(text))],
            ..Change::default()
        });
        let _ = self
            .project
            .analysis()
            .diagnostics(self.project.file(asked))
            .unwrap();
        let log = self.log.lock().unwrap();
        log.iter()
            .map(|name| name.rsplit("::").next().unwrap_or(name).to_owned())
            .collect()
    }
}

fn assert_not_run(ran: &BTreeSet<String>, forbidden: &[&str]) {
    let wrong: Vec<_> = forbidden
        .iter()
        .filter(|name| ran.contains(**name))
        .collect();
    assert!(
        wrong.is_empty(),
        "{wrong:?} must not run, but these ran: {ran:?}"
    );
}

#[test]
fn typing_in_a_body_rebuilds_nothing_of_the_project() {
    let mut observed = Observed::new();
    let edited = "select o.id, o.amount + 1 as amount, p.order_id from {{ ref('stg_orders') }} o join {{ ref('stg_payments') }} p on o.id = p.order_id";
    let ran = observed.queries_after("/models/orders.sql", edited, "/models/orders.sql");
    assert!(
        ran.contains("parsed") && ran.contains("rendered"),
        "the edited file was not read: {ran:?}"
    );
    assert_not_run(
        &ran,
        &[
            "nodes_of",
            "identities",
            "ref_index",
            "source_index",
            "doc_index",
            "macro_index",
            "patch_index",
            "tests_of",
            "vars",
            "target",
            "defaults",
        ],
    );
}

#[test]
fn breaking_a_ref_rebuilds_no_index() {
    let mut observed = Observed::new();
    let ran = observed.queries_after(
        "/models/marts.sql",
        "select * from {{ ref('orders_zz') }}",
        "/models/marts.sql",
    );
    assert_not_run(
        &ran,
        &[
            "ref_index",
            "source_index",
            "doc_index",
            "macro_index",
            "patch_index",
            "vars",
            "target",
            "defaults",
        ],
    );
}

#[test]
fn downstream_is_looked_at_again_only_when_columns_differ() {
    let mut observed = Observed::new();
    let same_columns = "{{ config(materialized='view') }}\nselect 10 as id,   20 as order_id";
    let ran = observed.queries_after(
        "/models/stg_payments.sql",
        same_columns,
        "/models/orders.sql",
    );
    assert_not_run(&ran, &["output", "rendered"]);
}

#[test]
fn editing_a_macro_body_changes_no_names() {
    let mut observed = Observed::new();
    let edited = "{% macro cents(column, scale=2) %}{{ column }} / 100{% endmacro %}";
    let ran = observed.queries_after("/macros/money.sql", edited, "/models/stg_orders.sql");
    assert!(
        ran.contains("parsed"),
        "the model that calls it was not rendered again: {ran:?}"
    );
    assert_not_run(&ran, &["macro_index", "ref_index", "source_index"]);
}

/// What people type, and what is left while they do.
const SNIPPETS: [&str; 14] = [
    "",
    " ",
    "{{ ref('stg_orders') }}",
    "{{ ref('",
    "{{ source('raw', 'payments') }}",
    "{% if x %}",
    "{% endif %}",
    "}}",
    "\n",
    ", 1 as x",
    "select",
    "  - name: marts\n",
    "{{ config(enabled=false) }}",
    "{% macro cents(a) %}{% endmacro %}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_edits_gives_the_diagnostics_of_a_fresh_start(
        edits in prop::collection::vec((0..8_usize, 0..100_usize, 0..30_usize, 0..SNIPPETS.len()), 1..12)
    ) {
        let mut project = TestProject::new(SHOP);
        let mut texts: BTreeMap<String, String> = test_fixture::Fixture::parse(SHOP)
            .files
            .into_iter()
            .map(|(path, text)| (path.display().to_string(), text))
            .collect();
        let names: Vec<String> = texts.keys().cloned().collect();
        for (file, percent, len, snippet) in edits {
            let name = &names[file % names.len()];
            let text = &texts[name];
            let start = text.len() * percent / 100;
            let end = (start + len).min(text.len());
            let edited = format!("{}{}{}", &text[..start], SNIPPETS[snippet], &text[end..]);
            let id = project.file(name);
            project.host.apply_change(Change { texts: vec![(id, FileText::from(edited.as_str()))], ..Change::default() });
            texts.insert(name.clone(), edited);
            // Asking in between is what makes stale answers possible.
            project.rendered_diagnostics();
        }
        let fresh = TestProject::from_files(texts.into_iter().map(|(path, text)| (path.into(), text)).collect());
        prop_assert_eq!(project.rendered_diagnostics(), fresh.rendered_diagnostics());
    }
}
