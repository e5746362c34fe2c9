//! Renames, as a client carries them out.

use serde_json::{Value, json};

use crate::client::{Client, PROJECT};

const ORDERS: &str = "models/orders.sql";
const ORDERS_TEXT: &str = "select id from {{ ref('stg_orders') }}\n";

fn client(resource_operations: &[&str]) -> Client {
    let mut client = Client::start_with(
        PROJECT,
        json!({
            "textDocument": {"rename": {"prepareSupport": true}},
            "workspace": {"workspaceEdit": {"documentChanges": true, "resourceOperations": resource_operations}},
        }),
    );
    client.open(ORDERS, 1, ORDERS_TEXT);
    client
}

fn params(client: &Client, character: u32, new_name: &str) -> Value {
    let mut params = client.at(ORDERS, 0, character);
    params["newName"] = json!(new_name);
    params
}

#[test]
fn a_model_is_renamed_with_its_file() {
    let mut client = client(&["rename"]);
    let at = client.at(ORDERS, 0, 25);
    let found = client.request("textDocument/prepareRename", at);
    assert_eq!(
        found,
        json!({
            "placeholder": "stg_orders",
            "range": {"start": {"line": 0, "character": 23}, "end": {"line": 0, "character": 33}},
        })
    );
    let params = params(&client, 25, "stg_purchases");
    let edit = client.request("textDocument/rename", params);
    let changes = edit["documentChanges"].as_array().unwrap();
    assert_eq!(changes[0]["textDocument"]["uri"], json!(client.uri(ORDERS)));
    assert_eq!(changes[0]["edits"][0]["newText"], "stg_purchases");
    assert_eq!(
        changes[1],
        json!({
            "kind": "rename",
            "oldUri": client.uri("models/stg_orders.sql"),
            "newUri": client.uri("models/stg_purchases.sql"),
        })
    );
    assert_eq!(changes.len(), 2);
}

#[test]
fn what_cannot_be_renamed_says_why() {
    let mut client = client(&["rename"]);
    let params_taken = params(&client, 25, "orders");
    let id = client.ask("textDocument/rename", params_taken);
    let error = client.answer(id)["error"].take();
    assert_eq!(error["code"], -32803);
    assert_eq!(
        error["message"],
        "cannot rename `stg_orders`: there is a `orders` already (models/orders.sql)"
    );
    let nowhere = params(&client, 2, "other");
    let id = client.ask("textDocument/rename", nowhere);
    let message = client.answer(id)["error"]["message"].take();
    assert_eq!(message, "there is no name here that can be changed");
}

#[test]
fn a_client_that_moves_no_files_is_told() {
    let mut client = client(&[]);
    let params = params(&client, 25, "stg_purchases");
    let id = client.ask("textDocument/rename", params);
    let message = client.answer(id)["error"]["message"].take();
    assert!(
        message
            .as_str()
            .unwrap()
            .contains("needs a file to be renamed")
    );
}

#[test]
fn a_file_that_is_moved_takes_its_refs_along() {
    let mut client = client(&["rename"]);
    let moved = json!({"files": [{
        "oldUri": client.uri("models/stg_orders.sql"),
        "newUri": client.uri("models/stg_purchases.sql"),
    }]});
    let edit = client.request("workspace/willRenameFiles", moved);
    let changes = edit["documentChanges"].as_array().unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0]["edits"][0]["newText"], "stg_purchases");
    let elsewhere = json!({"files": [{
        "oldUri": client.uri("models/stg_orders.sql"),
        "newUri": client.uri("models/staging/stg_orders.sql"),
    }]});
    assert_eq!(
        client.request("workspace/willRenameFiles", elsewhere),
        Value::Null
    );
}

#[test]
fn a_column_is_renamed_through_its_readers() {
    let mut client = Client::start_with(
        PROJECT,
        json!({"workspace": {"workspaceEdit": {"documentChanges": true, "changeAnnotationSupport": {}}}}),
    );
    client.open(ORDERS, 1, ORDERS_TEXT);
    let params = params(&client, 8, "order_id");
    let edit = client.request("textDocument/rename", params);
    let changes = edit["documentChanges"].as_array().unwrap();
    let shown: Vec<(&Value, &Value)> = changes
        .iter()
        .flat_map(|file| file["edits"].as_array().unwrap())
        .map(|edit| (&edit["newText"], &edit["annotationId"]))
        .collect();
    assert_eq!(
        shown,
        [
            (&json!("order_id"), &json!("downstream")),
            (&json!("order_id"), &json!("made")),
        ]
    );
    let label = &edit["changeAnnotations"]["downstream"]["label"];
    assert_eq!(label, "Models downstream");
}
