//! Tests of what an edit costs: which queries run after it, and that the answers are those of a fresh start.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, Mutex},
};

use analysis::{Change, change::FileText};
use proptest::prelude::*;

use crate::{AnalysisHost, FilePosition, fixture::TestProject};

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
select m.order_id, {{ var('rate', 2) }} as rate from {{ ref('orders') }} as m
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

/// A project whose queries are written down, each as often as it runs.
struct Observed {
    project: TestProject,
    log: Arc<Mutex<Vec<String>>>,
    /// Those of a fresh start.
    at_start: BTreeSet<String>,
}

impl Observed {
    fn new() -> Self {
        let log: Arc<Mutex<Vec<String>>> = Arc::default();
        let writer = Arc::clone(&log);
        // `rendered(Id(3))`: the name is what counts.
        let host = AnalysisHost::observed(Arc::new(move |query: &str| {
            let path = query.split('(').next().unwrap_or(query);
            let name = path.rsplit("::").next().unwrap_or(path);
            writer.lock().unwrap().push(name.to_owned());
        }));
        let project = TestProject::with_host(SHOP, host);
        project.rendered_diagnostics();
        project.analysis().prepare().unwrap();
        let at_start = log.lock().unwrap().drain(..).collect();
        Self {
            project,
            log,
            at_start,
        }
    }

    fn edit(&mut self, path: &str, text: &str) {
        let file = self.project.file(path);
        self.log.lock().unwrap().clear();
        self.project.host.apply_change(Change {
            texts: vec![(file, FileText::from(text))],
            ..Change::default()
        });
    }

    /// The queries that run when `edited` gets a new text and `asked` is checked.
    fn queries_after(&mut self, edited: &str, text: &str, asked: &str) -> BTreeSet<String> {
        self.edit(edited, text);
        let _ = self
            .project
            .analysis()
            .diagnostics(self.project.file(asked))
            .unwrap();
        self.project.analysis().prepare().unwrap();
        self.log.lock().unwrap().iter().cloned().collect()
    }

    /// What is known of the column at the end of `before`.
    fn hover(&self, path: &str, before: &str) -> String {
        let file = self.project.file(path);
        let text = self.project.analysis().text(file).unwrap();
        let offset = (text.find(before).unwrap() + before.len() - 1) as u32;
        let position = FilePosition { file, offset };
        let found = self.project.analysis().hover(position).unwrap();
        found.map_or_else(String::new, |hover| hover.markdown)
    }

    fn times(&self, query: &str) -> usize {
        let log = self.log.lock().unwrap();
        log.iter().filter(|name| *name == query).count()
    }
}

fn assert_not_run(observed: &Observed, ran: &BTreeSet<String>, forbidden: &[&str]) {
    // What never runs would keep any promise.
    let unknown: Vec<_> = forbidden
        .iter()
        .filter(|name| !observed.at_start.contains(**name))
        .collect();
    assert!(
        unknown.is_empty(),
        "{unknown:?} are no queries of a start: {:?}",
        observed.at_start
    );
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
        &observed,
        &ran,
        &[
            "nodes_of",
            "identities",
            "ref_index",
            "refable_nodes",
            "readers",
            "source_index",
            "source_names",
            "sources_of",
            "doc_index",
            "macro_index",
            "macro_names",
            "files_by_id",
            "patch_index",
            "patch_names",
            "tests_of",
            "unit_test_errors",
            "project_file",
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
        &observed,
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
    let column = |observed: &Observed| observed.hover("/models/marts.sql", "m.order_id");
    assert!(column(&observed).contains("order_id"));
    observed.edit(
        "/models/stg_payments.sql",
        "{{ config(materialized='view') }}\nselect 10 as id,   20 as order_id",
    );
    column(&observed);
    assert_eq!(
        (observed.times("rendered"), observed.times("output")),
        (1, 1),
        "only the edited model"
    );
    observed.edit(
        "/models/stg_payments.sql",
        "{{ config(materialized='view') }}\nselect 10 as id, 20 as order_id, 30 as method",
    );
    column(&observed);
    assert_eq!(
        observed.times("rendered"),
        1,
        "SQL does not depend on columns"
    );
    assert_eq!(
        observed.times("output"),
        2,
        "the edited model, and the one that reads it, whose columns stay the same"
    );
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
    assert_not_run(
        &observed,
        &ran,
        &["macro_index", "ref_index", "source_index"],
    );
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

/// A file comes, with a text that makes it count.
const NEWCOMERS: [(&str, &str); 4] = [
    ("/models/newcomer.sql", "select * from {{ ref('orders') }}"),
    ("/models/deep/stg_orders.sql", "select 1 as id"),
    (
        "/models/newcomer.yml",
        "models: [{name: marts, description: \"{{ doc('gone') }}\"}]",
    ),
    (
        "/dbt_project.yml",
        "name: shop\nprofile: shop\nmodels: {+schema: other, shop: {deep: {+enabled: false}}}\nvars: {x: 1}\n",
    ),
];

/// What happens to a project between two looks at it.
#[derive(Debug, Clone)]
enum Step {
    Type {
        file: usize,
        percent: usize,
        len: usize,
        snippet: usize,
    },
    Add(usize),
    Delete(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..8_usize, 0..100_usize, 0..30_usize, 0..SNIPPETS.len())
            .prop_map(|(file, percent, len, snippet)| Step::Type { file, percent, len, snippet }),
        1 => (0..NEWCOMERS.len()).prop_map(Step::Add),
        1 => (0..8_usize).prop_map(Step::Delete),
    ]
}

/// After these steps, with a look at everything after each, the diagnostics are those of a fresh start.
fn check_steps(steps: Vec<Step>) {
    let mut project = TestProject::new(SHOP);
    let files = test_fixture::Fixture::parse(SHOP).files;
    let mut texts: BTreeMap<PathBuf, String> = files.into_iter().collect();
    for step in steps {
        match step {
            Step::Type {
                file,
                percent,
                len,
                snippet,
            } => {
                let Some((name, text)) = texts.iter_mut().nth(file) else {
                    continue;
                };
                let start = text.len() * percent / 100;
                let end = (start + len).min(text.len());
                text.replace_range(start..end, SNIPPETS[snippet]);
                let id = project.files[name];
                let shapes_project = name.ends_with("dbt_project.yml");
                project.host.apply_change(Change {
                    texts: vec![(id, FileText::from(text.as_str()))],
                    ..Change::default()
                });
                if shapes_project {
                    // Names and folders may be others now, so the server reads the project again.
                    project.rendered_diagnostics();
                    project.reload(texts.clone().into_iter().collect());
                }
            }
            Step::Add(idx) => {
                let (path, text) = NEWCOMERS[idx];
                texts.insert(path.into(), text.to_owned());
                project.reload(texts.clone().into_iter().collect());
            }
            Step::Delete(idx) => {
                let Some(name) = texts.keys().nth(idx).cloned() else {
                    continue;
                };
                texts.remove(&name);
                project.reload(texts.clone().into_iter().collect());
            }
        }
        // Asking in between is what makes stale answers possible.
        project.rendered_diagnostics();
    }
    let fresh = TestProject::from_files(texts.into_iter().collect());
    assert_eq!(project.rendered_diagnostics(), fresh.rendered_diagnostics());
}

#[test]
fn a_project_that_loses_its_name_loses_what_is_configured_under_it() {
    let first_letter = Step::Type {
        file: 0,
        percent: 0,
        len: 1,
        snippet: 0,
    };
    check_steps(vec![Step::Add(3), Step::Add(1), first_letter]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_edits_gives_the_diagnostics_of_a_fresh_start(steps in prop::collection::vec(step(), 1..12)) {
        check_steps(steps);
    }
}
