//! Diagnostics that a client asks for.

use serde_json::{Value, json};

use super::{ORDERS, ORDERS_TEXT, PROJECT, client::Client, messages};

const STG_ORDERS: &str = "models/stg_orders.sql";

fn pulling(files: &[(&str, &str)]) -> Client {
    let capabilities = json!({
        "textDocument": {"diagnostic": {}},
        "workspace": {"diagnostics": {"refreshSupport": true}}
    });
    Client::start_with(&[PROJECT, files].concat(), capabilities)
}

fn pull(client: &mut Client, path: &str, previous: &Value) -> Value {
    let mut params = json!({"textDocument": {"uri": client.uri(path)}});
    if !previous.is_null() {
        params["previousResultId"] = previous.clone();
    }
    client.request("textDocument/diagnostic", params)
}

fn items(report: &Value) -> Vec<Value> {
    report["items"].as_array().unwrap().clone()
}

#[test]
fn an_open_document_is_asked_for_and_not_published() {
    let mut client = pulling(&[]);
    client.open(ORDERS, 1, "select id from {{ ref('stg_order') }}\n");
    let first = pull(&mut client, ORDERS, &Value::Null);
    assert_eq!(first["kind"], "full");
    assert_eq!(
        messages(&items(&first)),
        ["model `stg_order` not found; did you mean `stg_orders`?"]
    );
    let again = pull(&mut client, ORDERS, &first["resultId"]);
    assert_eq!(
        again,
        json!({"kind": "unchanged", "resultId": first["resultId"]})
    );
    client.edit(ORDERS, 2, 0, (32, 32), "s");
    let mended = pull(&mut client, ORDERS, &first["resultId"]);
    assert_eq!(items(&mended), [Value::Null; 0]);
    // What another document breaks: the client is told to ask again.
    client.open(STG_ORDERS, 1, "select 1 as id, 2 as amount\n");
    client.edit(STG_ORDERS, 2, 0, (12, 14), "key");
    client.serve("workspace/diagnostic/refresh", Value::Null);
    let broken = pull(&mut client, ORDERS, &mended["resultId"]);
    assert_eq!(items(&broken)[0]["code"], "unknown-column");
    assert!(client.shown_diagnostics().is_empty());
    // Nobody asks for it any more, so it is published as it is on disk.
    client.write(ORDERS, "select key from {{ ref('gone') }}\n");
    client.close(ORDERS);
    assert_eq!(client.diagnostics(ORDERS, None).len(), 1);
    // When it is opened, that is taken back.
    client.open(ORDERS, 3, ORDERS_TEXT);
    assert!(client.diagnostics(ORDERS, None).is_empty());
}

#[test]
fn files_that_are_not_open_are_published_until_they_are_asked_for() {
    const LATE: &str = "models/late.sql";
    let mut client = pulling(&[
        (LATE, "select id from {{ ref('late') }}\n"),
        ("models/gone.sql", "select id from {{ ref('gone_too') }}\n"),
    ]);
    assert!(!client.diagnostics(LATE, None).is_empty());
    assert_eq!(client.diagnostics("models/gone.sql", None).len(), 1);
    let all = client.request("workspace/diagnostic", json!({"previousResultIds": []}));
    assert!(client.diagnostics(LATE, None).is_empty());
    assert!(client.diagnostics("models/gone.sql", None).is_empty());
    let reports = all["items"].as_array().unwrap();
    assert_eq!(reports.len(), 2);
    let ids: Vec<Value> = reports
        .iter()
        .map(|it| json!({"uri": it["uri"], "value": it["resultId"]}))
        .collect();
    // An open document is the business of the other request.
    client.open(LATE, 1, "select 1 as id\n");
    let found = pull(&mut client, LATE, &Value::Null);
    assert_eq!(items(&found), [Value::Null; 0]);
    let all = client.request("workspace/diagnostic", json!({"previousResultIds": ids}));
    let mut kinds: Vec<(String, usize)> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let n_items = it["items"].as_array().map_or(0, Vec::len);
            (it["kind"].as_str().unwrap().to_owned(), n_items)
        })
        .collect();
    kinds.sort();
    assert_eq!(kinds, [("full".to_owned(), 0), ("unchanged".to_owned(), 0)]);
}
