//! Commands that ask the warehouse and make nothing in it.

use serde_json::{Value, json};

use super::{ORDERS, PROJECT, client::Client, messages};

const RAW: (&str, &str) = (
    "models/raw.yml",
    "sources:\n  - name: web\n    schema: main\n    tables:\n      - name: clicks\n",
);
const SEED: (&str, &str) = ("seeds/clicks.csv", "id,page\n1,home\n2,cart\n");

fn editing(files: &[(&str, &str)]) -> Client {
    let capabilities = json!({"workspace": {
        "applyEdit": true,
        "workspaceEdit": {"documentChanges": true, "resourceOperations": ["create"]}
    }});
    let mut client = Client::start_with(&[PROJECT, files].concat(), capabilities);
    client.open(ORDERS, 1, "select 1 as id\n");
    client
}

fn seed(client: &mut Client) {
    let seed = json!({"uri": client.uri("seeds/clicks.csv")});
    let seeded = client.command("dagsmith.seed", seed);
    assert_eq!(seeded["result"]["success"], true);
}

#[test]
fn an_edited_model_is_compared_with_what_was_built() {
    let mut client = Client::start(PROJECT);
    let argument = json!({"uri": client.uri(ORDERS)});
    client.open(
        ORDERS,
        1,
        "select i as id, 'a' as kind, 1 as gone from range(3) as t(i) -- three\n",
    );
    // Nothing was built so far.
    let early = client.command("dagsmith.diff", argument.clone());
    let message = early["error"]["message"].as_str().unwrap();
    assert!(message.contains("run the model once"), "{message}");
    let built = client.command("dagsmith.run", argument.clone());
    assert_eq!(built["result"]["success"], true, "{built}");
    let same = client.command("dagsmith.diff", argument.clone());
    assert_eq!(same["result"]["added"], 0);
    assert_eq!(same["result"]["rows"], json!([]));
    assert_eq!(same["result"]["retypedColumns"], json!([]));
    client.edit(
        ORDERS,
        2,
        0,
        (0, 60),
        "select i as id, if(i = 1, 'b', 'a') as Kind, 2 as came from range(4) as t(i)",
    );
    let found = client.command("dagsmith.diff", argument.clone());
    let found = &found["result"];
    let numbers = ["before", "after", "added", "removed"].map(|it| found[it].as_u64().unwrap());
    assert_eq!(numbers, [3, 4, 2, 1]);
    assert_eq!(found["columns"], json!(["id", "Kind"]));
    assert_eq!(found["addedColumns"], json!(["came"]));
    assert_eq!(found["removedColumns"], json!(["gone"]));
    assert_eq!(
        found["rows"],
        json!([
            {"change": "removed", "values": [1, "a"]},
            {"change": "added", "values": [1, "b"]},
            {"change": "added", "values": [3, "a"]},
        ])
    );
}

#[test]
fn columns_of_another_type_are_compared_as_text() {
    let mut client = Client::start(PROJECT);
    let argument = json!({"uri": client.uri(ORDERS)});
    client.open(ORDERS, 1, "select 1 as id, 2 as n\n");
    client.command("dagsmith.run", argument.clone());
    client.edit(ORDERS, 2, 0, (16, 17), "'2'");
    let found = client.command("dagsmith.diff", argument);
    assert_eq!(
        found["result"]["retypedColumns"],
        json!([{"name": "n", "before": "INTEGER", "after": "VARCHAR"}])
    );
    assert_eq!(found["result"]["rows"], json!([]));
}

#[test]
fn a_failure_is_shown_at_the_line_that_the_warehouse_names() {
    let text = "-- one\nselect\n  1 // nope as id\nfrom range(4) as t(i)\n";
    for command in ["dagsmith.diff", "dagsmith.preview", "dagsmith.run"] {
        let mut client = Client::start(PROJECT);
        client.open(ORDERS, 1, text);
        client.command(command, json!({"uri": client.uri(ORDERS)}));
        let failed = run_failure(&mut client);
        let start = json!({"line": 2, "character": 7});
        assert_eq!(failed["range"]["start"], start, "{command}: {failed}");
    }
}

fn run_failure(client: &mut Client) -> Value {
    let is_failed = |it: &Value| it["code"] == "run-failure";
    let shown = client.wait_for(|it| {
        let found = it["params"]["diagnostics"].as_array();
        found.is_some_and(|found| found.iter().any(is_failed))
    });
    let mut shown = shown["params"]["diagnostics"].as_array().unwrap().iter();
    shown.find(|it| is_failed(it)).unwrap().clone()
}

#[test]
fn all_rows_of_an_incremental_model_are_compared() {
    let text = "{{ config(materialized='incremental') }}\nselect 1 as id{% if is_incremental() %} where false{% endif %}\n";
    let mut client = Client::start(PROJECT);
    client.open(ORDERS, 1, text);
    let argument = json!({"uri": client.uri(ORDERS)});
    client.command("dagsmith.run", argument.clone());
    let found = client.command("dagsmith.diff", argument);
    assert_eq!(found["result"]["after"], 1);
    assert_eq!(found["result"]["removed"], 0);
}

#[test]
fn the_columns_of_sources_are_read_and_kept() {
    let mut client = editing(&[RAW, SEED]);
    seed(&mut client);
    client.open(
        "models/reader.sql",
        1,
        "select pgae from {{ source('web', 'clicks') }}\n",
    );
    assert!(client.diagnostics("models/reader.sql", Some(1)).is_empty());
    let read = client.command("dagsmith.readCatalog", json!({"uri": client.uri(ORDERS)}));
    // The seed, and the source that is the same table.
    assert_eq!(read["result"]["relations"], 2);
    assert_eq!(read["result"]["errors"], json!([]));
    let found = client.diagnostics("models/reader.sql", Some(1));
    let told = messages(&found);
    assert!(told[0].contains("did you mean `page`?"), "{told:?}");
    assert_eq!(found[0]["severity"], 2);
    // The next server knows it, too.
    let mut next = client.beside();
    next.initialize(json!({}), &[""]);
    next.open(
        "models/reader.sql",
        1,
        "select pgae from {{ source('web', 'clicks') }}\n",
    );
    let shows_it = |it: &Value| {
        it["method"] == "textDocument/publishDiagnostics"
            && it["params"]["diagnostics"][0]["code"] == "unknown-column"
    };
    next.wait_for(shows_it);
    // What `docs generate` finds later is right; here somebody else writes it.
    let later = r#"{"sources": {"source.shop.web.clicks": {"columns": {"pgae": {"name": "pgae", "type": "INT", "index": 1}}}}}"#;
    next.write("target/catalog.json", later);
    next.files_changed(&[("target/catalog.json", 1)]);
    let is_gone = |it: &Value| {
        it["method"] == "textDocument/publishDiagnostics"
            && it["params"]["diagnostics"] == json!([])
    };
    next.wait_for(is_gone);
}

#[test]
fn a_reading_of_some_keeps_what_is_known_of_others() {
    let mut client = editing(&[RAW, SEED]);
    seed(&mut client);
    let uri = client.uri(ORDERS);
    client.command("dagsmith.readCatalog", json!({"uri": uri}));
    let read = client.command(
        "dagsmith.readCatalog",
        json!({"uri": uri, "selector": "source:web"}),
    );
    assert_eq!(read["result"]["relations"], 1);
    let text = std::fs::read(client.path("target/dagsmith/catalog.json")).unwrap();
    let kept: Value = serde_json::from_slice(&text).unwrap();
    assert!(kept["nodes"]["seed.shop.clicks"].is_object(), "{kept}");
    assert!(
        kept["sources"]["source.shop.web.clicks"].is_object(),
        "{kept}"
    );
}

#[test]
fn the_tables_of_a_schema_become_a_source() {
    let mut client = editing(&[
        (
            "models/raw.yml",
            "sources:\n  - name: web\n    schema: main\n",
        ),
        SEED,
    ]);
    seed(&mut client);
    let at = json!({"uri": client.uri("models/raw.yml"), "position": {"line": 1, "character": 6}});
    let answer = client.command("dagsmith.generateSource", at);
    assert_eq!(answer["result"], "Declare 1 table in source `web`");
    let asked = client.serve("workspace/applyEdit", json!({"applied": true}));
    let edit = &asked["edit"]["documentChanges"][0]["edits"][0];
    assert_eq!(
        edit["newText"].as_str().unwrap().trim_matches('\n'),
        "    tables:\n      - name: clicks\n        columns:\n          - name: id\n            data_type: integer\n          - name: page\n            data_type: varchar"
    );
    let named = json!({"uri": client.uri(ORDERS), "schema": "MAIN", "source": "other"});
    let answer = client.command("dagsmith.generateSource", named);
    assert_eq!(
        answer["result"], "Declare 1 table in source `other`",
        "{answer}"
    );
    client.serve("workspace/applyEdit", json!({"applied": true}));
    let nothing = json!({"uri": client.uri(ORDERS), "schema": "nowhere"});
    let answer = client.command("dagsmith.generateSource", nothing);
    assert_eq!(
        answer["error"]["message"],
        "the warehouse has no tables in `nowhere`"
    );
    let answer = client.command(
        "dagsmith.generateSource",
        json!({"uri": client.uri(ORDERS)}),
    );
    assert_eq!(answer["error"]["code"], -32803);
}
