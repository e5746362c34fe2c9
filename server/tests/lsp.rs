//! The language server from outside: the binary over stdio. What single features answer is tested in `ide`.
#![expect(
    clippy::disallowed_methods,
    reason = "tests write files and start programs"
)]
#![expect(
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, and `json!` makes values to give away"
)]

#[path = "lsp/asking.rs"]
mod asking;
#[path = "lsp/bad_input.rs"]
mod bad_input;
#[path = "lsp/branch.rs"]
mod branch;
#[path = "lsp/client.rs"]
mod client;
#[path = "lsp/fuzz.rs"]
mod fuzz;
#[path = "lsp/pull.rs"]
mod pull;
#[path = "lsp/rename.rs"]
mod rename;
#[path = "lsp/session.rs"]
mod session;
#[path = "lsp/workspace.rs"]
mod workspace;

use client::{Client, PROJECT};
use serde_json::{Value, json};

const ORDERS: &str = "models/orders.sql";
const ORDERS_TEXT: &str = "select id from {{ ref('stg_orders') }}\n";

fn messages(diagnostics: &[Value]) -> Vec<&str> {
    diagnostics
        .iter()
        .map(|it| it["message"].as_str().unwrap())
        .collect()
}

#[test]
fn shutdown_and_exit_end_the_process_in_good_order() {
    let mut client = Client::start(PROJECT);
    assert_eq!(client.request("shutdown", Value::Null), Value::Null);
    client.notify("exit", Value::Null);
    assert_eq!(client.wait().code(), Some(0));
}

#[test]
fn the_end_of_input_ends_the_process() {
    let mut client = Client::start(PROJECT);
    assert_eq!(client.hang_up().code(), Some(1));
}

#[test]
fn the_first_answer_is_a_right_one() {
    let mut client = Client::start(PROJECT);
    client.open(ORDERS, 1, ORDERS_TEXT);
    let at = client.at(ORDERS, 0, 25);
    let found = client.request("textDocument/definition", at.clone());
    assert_eq!(found[0]["uri"], json!(client.uri("models/stg_orders.sql")));
    let hover = client.request("textDocument/hover", at.clone());
    assert!(
        hover["contents"]["value"]
            .as_str()
            .unwrap()
            .contains("stg_orders")
    );
    let completion = client.request("textDocument/completion", at);
    assert_eq!(completion["items"][0]["label"], "stg_orders");
}

#[test]
fn a_bare_name_in_sql_is_completed_to_a_ref() {
    let mut client = Client::start(PROJECT);
    client.open(ORDERS, 1, "select round(1, 2) from stg\n");
    let found = client.request("textDocument/completion", client.at(ORDERS, 0, 27));
    let item = &found["items"][0];
    assert_eq!(item["label"], "{{ ref('stg_orders') }}");
    assert_eq!(item["filterText"], "stg_orders");
    assert_eq!(item["textEdit"]["range"]["start"]["character"], 24);
    let help = client.request("textDocument/signatureHelp", client.at(ORDERS, 0, 16));
    assert_eq!(help["signatures"][0]["label"], "round(number, [digits])");
    assert_eq!(help["activeParameter"], 1);
}

#[test]
fn a_typo_in_a_ref_is_reported_with_its_fix() {
    let mut client = Client::start_with(
        PROJECT,
        json!({"textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}}}}),
    );
    client.open(ORDERS, 1, ORDERS_TEXT);
    assert!(client.diagnostics(ORDERS, Some(1)).is_empty());
    client.edit(ORDERS, 2, 0, (32, 33), "z");
    let found = client.diagnostics(ORDERS, Some(2));
    assert_eq!(
        messages(&found),
        ["model `stg_orderz` not found; did you mean `stg_orders`?"]
    );
    let params = json!({
        "textDocument": {"uri": client.uri(ORDERS)},
        "range": found[0]["range"],
        "context": {"diagnostics": found, "only": ["quickfix"]},
    });
    let actions = client.request("textDocument/codeAction", params);
    let edit = &actions[0]["edit"]["documentChanges"][0]["edits"][0];
    assert_eq!(edit["newText"], "stg_orders");
}

#[test]
fn duckdb_says_what_is_wrong_with_a_query_without_running_it() {
    let mut client = Client::start(PROJECT);
    client.open(
        ORDERS,
        1,
        "select sum(id)\n  , substr(id, 'é')\nfrom {{ ref('stg_orders') }}\n",
    );
    let is_bound = |it: &Value| {
        it["method"] == "textDocument/publishDiagnostics"
            && it["params"]["diagnostics"][0]["code"] == "binder-error"
    };
    let told = client.wait_for(is_bound);
    let found = &told["params"]["diagnostics"][0];
    assert_eq!(found["range"]["start"], json!({"line": 1, "character": 4}));
    // The file that the profile names was not made.
    assert!(!client.path("shop.duckdb").exists());
}

#[test]
fn what_an_action_does_is_worked_out_when_it_is_chosen() {
    let mut client = Client::start_with(
        PROJECT,
        json!({
            "textDocument": {"codeAction": {
                "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}},
                "dataSupport": true,
                "resolveSupport": {"properties": ["edit"]},
            }},
            "workspace": {"workspaceEdit": {"documentChanges": true, "resourceOperations": ["create"]}},
        }),
    );
    client.open(ORDERS, 1, "select 'é', p.id from crm.people as p\n");
    let at = json!({"line": 0, "character": 25});
    let params = json!({
        "textDocument": {"uri": client.uri(ORDERS)},
        "range": {"start": at, "end": at},
        "context": {"diagnostics": [], "only": ["quickfix"]},
    });
    let mut actions = client.request("textDocument/codeAction", params);
    let action = actions[0].take();
    assert_eq!(
        action["title"],
        "Declare `crm.people` as a table of the source `crm`"
    );
    assert_eq!(action["edit"], Value::Null);
    let resolved = client.request("codeAction/resolve", action);
    let changes = resolved["edit"]["documentChanges"].as_array().unwrap();
    let source = client.uri("models/sources.yml");
    assert_eq!(changes[0]["kind"], "create");
    assert_eq!(changes[0]["uri"], json!(source));
    assert_eq!(changes[1]["textDocument"]["uri"], json!(source));
    assert_eq!(
        changes[1]["edits"][0]["newText"],
        "sources:\n  - name: crm\n    tables:\n      - name: people\n"
    );
    assert_eq!(
        changes[2]["edits"][0],
        json!({
            "newText": "{{ source('crm', 'people') }}",
            "range": {"start": {"line": 0, "character": 22}, "end": {"line": 0, "character": 32}},
        })
    );
}

#[test]
fn columns_count_utf16_units_unless_agreed_otherwise() {
    let mut client = Client::start(PROJECT);
    client.open(
        ORDERS,
        1,
        "select '😀' as a, id from {{ ref('stg_orders') }}\n",
    );
    assert!(client.diagnostics(ORDERS, Some(1)).is_empty());
    // Behind the emoji, which is two units: from `stg_orders` to `stg_order`.
    client.edit(ORDERS, 2, 0, (43, 44), "");
    let found = client.diagnostics(ORDERS, Some(2));
    assert_eq!(found[0]["range"]["start"]["character"], 34);
    assert_eq!(found[0]["range"]["end"]["character"], 43);
}

#[test]
fn columns_count_bytes_where_the_client_prefers_that() {
    let encodings = json!({"general": {"positionEncodings": ["utf-8", "utf-16"]}});
    let mut client = Client::silent();
    for (path, text) in PROJECT {
        client.write(path, text);
    }
    let result = client.initialize(encodings, &[""]);
    assert_eq!(result["capabilities"]["positionEncoding"], "utf-8");
    client.open(
        ORDERS,
        1,
        "select '😀' as a, id from {{ ref('stg_orders') }}\n",
    );
    assert!(client.diagnostics(ORDERS, Some(1)).is_empty());
    // Behind the emoji, which is four bytes: from `stg_orders` to `stg_order`.
    client.edit(ORDERS, 2, 0, (45, 46), "");
    let found = client.diagnostics(ORDERS, Some(2));
    assert_eq!(found[0]["range"]["start"]["character"], 36);
    assert_eq!(found[0]["range"]["end"]["character"], 45);
}

#[test]
fn running_a_model_tells_how_it_went_and_shows_where_it_failed() {
    let mut client = Client::start(PROJECT);
    client.open(
        ORDERS,
        1,
        "{{ config(materialized='table') }}\nselect id, cast('x' as integer) as n from {{ ref('stg_orders') }}\n",
    );
    assert!(client.diagnostics(ORDERS, Some(1)).is_empty());
    let argument = json!({"uri": client.uri(ORDERS), "selector": "+orders"});
    let params = json!({"command": "dagsmith.run", "arguments": [argument]});
    let result = client.request("workspace/executeCommand", params);
    assert_eq!(result["success"], false);
    let statuses: Vec<&Value> = result["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["status"])
        .collect();
    assert_eq!(statuses, ["success", "error"]);
    let found = client.diagnostics(ORDERS, Some(1));
    assert_eq!(found[0]["code"], "run-failure");
}

#[test]
fn seeds_snapshots_and_the_age_of_sources_are_commands() {
    let own = [
        ("seeds/days.csv", "id,seen_at\n1,2020-01-01 00:00:00\n"),
        (
            "models/sources.yml",
            "sources:\n  - name: raw\n    schema: main\n    tables:\n      - name: days\n        config:\n          loaded_at_field: seen_at\n          freshness:\n            error_after: {count: 1, period: day}\n",
        ),
        (
            "snapshots/days.yml",
            "snapshots:\n  - name: days_history\n    relation: source('raw', 'days')\n    config: {strategy: check, unique_key: id, check_cols: all}\n",
        ),
    ];
    let mut client = Client::start(&[PROJECT, &own].concat());
    let mut run = |command: &str, path: &str| {
        let argument = json!({"uri": client.uri(path)});
        let params = json!({"command": command, "arguments": [argument]});
        let result = client.request("workspace/executeCommand", params);
        let results = result["results"].as_array().unwrap();
        let told = results.iter().map(|it| {
            let (id, status) = (
                it["uniqueId"].as_str().unwrap(),
                it["status"].as_str().unwrap(),
            );
            format!("{id}: {status}")
        });
        told.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(
        run("dagsmith.seed", "seeds/days.csv"),
        "seed.shop.days: success"
    );
    assert_eq!(
        run("dagsmith.snapshot", "snapshots/days.yml"),
        "snapshot.shop.days_history: success"
    );
    assert_eq!(
        run("dagsmith.freshness", "models/sources.yml"),
        "source.shop.raw.days: fail"
    );
}

#[test]
fn nothing_is_executed_in_a_workspace_that_is_not_trusted() {
    let mut client = Client::start(PROJECT);
    let settings = json!({"settings": {"dagsmith": {"trusted": false}}});
    client.notify("workspace/didChangeConfiguration", settings);
    let argument = json!({"uri": client.uri(ORDERS)});
    let params = json!({"command": "dagsmith.run", "arguments": [argument]});
    let id = client.ask("workspace/executeCommand", params);
    assert_eq!(client.answer(id)["error"]["code"], -32803);
    assert!(!client.path("shop.duckdb").exists());
}

#[test]
fn lineage_of_columns_has_places_at_both_ends() {
    let mut client = Client::start(PROJECT);
    client.open(ORDERS, 1, ORDERS_TEXT);
    let mut params = client.at(ORDERS, 0, 0);
    params["column"] = json!({"uniqueId": "model.shop.orders", "name": "ID"});
    let found = client.request("dagsmith/columnLineage", params);
    let orders = json!({"uniqueId": "model.shop.orders", "name": "id"});
    let staged = json!({"uniqueId": "model.shop.stg_orders", "name": "id"});
    assert_eq!(found["focus"], orders);
    assert_eq!(
        found["edges"],
        json!([{"from": staged, "to": orders, "kind": "direct"}])
    );
    let uris: Vec<&Value> = found["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| &column["location"]["uri"])
        .collect();
    assert_eq!(
        uris,
        [
            &json!(client.uri(ORDERS)),
            &json!(client.uri("models/stg_orders.sql"))
        ]
    );
}

#[test]
fn columns_of_a_node_come_with_places() {
    let mut client = Client::start(PROJECT);
    client.open(ORDERS, 1, ORDERS_TEXT);
    let mut params = client.at(ORDERS, 0, 0);
    params["uniqueId"] = json!("model.shop.stg_orders");
    let found = client.request("dagsmith/columns", params.clone());
    let column = &found["columns"][0];
    assert_eq!(found["complete"], true);
    assert_eq!(column["uniqueId"], "model.shop.stg_orders");
    assert_eq!(column["name"], "id");
    assert_eq!(
        column["location"]["uri"],
        json!(client.uri("models/stg_orders.sql"))
    );
    params["uniqueId"] = json!("model.shop.nothing");
    assert_eq!(client.request("dagsmith/columns", params), Value::Null);
}

#[test]
fn everything_of_a_kind_can_be_picked_from() {
    let files = [
        PROJECT,
        &[("macros/m.sql", "{% macro mine() %}1{% endmacro %}")],
    ]
    .concat();
    let mut client = Client::start(&files);
    client.open(ORDERS, 1, ORDERS_TEXT);
    let mut names = |kind: &str| -> Vec<String> {
        let found = client.request("dagsmith/symbols", json!({"kinds": [kind]}));
        let found = found.as_array().unwrap().iter();
        found
            .map(|it| it["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("model"), ["orders", "stg_orders"]);
    assert!(names("macro").contains(&"mine".to_owned()));
    assert!(names("nothing").is_empty());
}

#[test]
fn lineage_is_asked_for_step_by_step() {
    let mut client = Client::start(PROJECT);
    client.open(ORDERS, 1, ORDERS_TEXT);
    let at = client.at(ORDERS, 0, 0);
    let found = client.request("dagsmith/lineage", at.clone());
    assert_eq!(found["focus"], "model.shop.orders");
    let names = |found: &Value| -> Vec<String> {
        let nodes = found["nodes"].as_array().unwrap().iter();
        nodes.map(|it| it["name"].to_string()).collect()
    };
    assert_eq!(names(&found), ["\"orders\"", "\"stg_orders\""]);
    let mut further = at;
    further["uniqueId"] = json!("model.shop.stg_orders");
    further["downstream"] = json!(0);
    let found = client.request("dagsmith/lineage", further);
    let node = &found["nodes"][0];
    assert_eq!(names(&found), ["\"stg_orders\""]);
    assert_eq!(node["children"], json!(["model.shop.orders"]));
    assert_eq!(
        node["location"]["uri"],
        json!(client.uri("models/stg_orders.sql"))
    );
}

#[test]
fn a_client_learns_what_can_be_tested_and_on_which_targets() {
    let yaml = "models:\n  - name: orders\n    columns: [{name: id, data_tests: [unique]}]\n";
    let files = [PROJECT, &[("models/s.yml", yaml)]].concat();
    let mut client = Client::start(&files);
    let news = client.wait_for(|it| {
        it["method"] == "dagsmith/statusChanged" && it["params"]["projects"][0]["state"] == "ready"
    });
    let project = &news["params"]["projects"][0];
    assert_eq!(project["targets"], json!(["dev"]));
    let tests = client.request("dagsmith/tests", json!({"root": project["root"]}));
    assert_eq!(tests[0]["label"], "id: unique");
    assert_eq!(tests[0]["tested"], "orders");
    assert_eq!(tests[0]["selector"], "shop.unique_orders_id");
    assert_eq!(
        tests[0]["location"]["uri"],
        json!(client.uri("models/s.yml"))
    );
}
