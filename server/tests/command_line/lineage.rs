//! `lineage`: nodes and columns, without a warehouse.

use serde_json::Value;

use crate::{Project, stdout};

fn project() -> Project {
    let project = Project::copied("ephemeral");
    project.write("models/base.sql", "select 1 as id, 250 as cents\n");
    project.write(
        "models/bills.sql",
        "select id as bill_id, cents / 100 as amount from {{ ref('base') }}\n",
    );
    project
}

fn json(project: &Project, arguments: &[&str]) -> Value {
    let output = project.run(&[&["lineage", "--output", "json"], arguments].concat());
    assert!(output.status.success(), "{}", stdout(&output));
    serde_json::from_str(&stdout(&output)).unwrap()
}

#[test]
fn columns_have_types_and_origins() {
    let project = project();
    let found = json(&project, &["--columns", "--select", "bills"]);
    let models = found["models"].as_object().unwrap();
    assert_eq!(models.keys().collect::<Vec<_>>(), ["bills"]);
    let columns = models["bills"]["columns"].as_array().unwrap();
    assert_eq!(columns[0]["name"], "bill_id");
    assert_eq!(columns[0]["type"], "INTEGER");
    assert_eq!(columns[0]["confidence"], "certain");
    let origin = &columns[1]["origins"][0];
    assert_eq!(origin["node"], "model.ephemeral.base");
    assert_eq!(
        (&origin["column"], &origin["kind"]),
        (&"cents".into(), &"transformed".into())
    );
}

#[test]
fn a_column_is_followed_up_and_down_with_its_places() {
    let project = project();
    let up = json(&project, &["--column", "bills.amount"]);
    let edge = &up["edges"][0];
    assert_eq!(up["edges"].as_array().unwrap().len(), 1);
    assert_eq!(edge["from"]["path"], "models/base.sql");
    assert_eq!(edge["from"]["start"]["column"], 24);
    assert_eq!(edge["to"]["path"], "models/bills.sql");
    let down = json(&project, &["--column", "base.id", "--direction", "down"]);
    assert_eq!(down["edges"][0]["to"]["column"], "bill_id");
    let unknown = project.run(&["lineage", "--column", "bills.nothing"]);
    assert!(!unknown.status.success());
}

#[test]
fn nodes_tell_what_they_read() {
    let project = project();
    let output = project.run(&["lineage", "--select", "bills"]);
    let shown = stdout(&output);
    assert_eq!(
        shown,
        "model.ephemeral.bills\n  from model.ephemeral.base\n"
    );
}
