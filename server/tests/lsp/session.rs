//! Commands about the session itself: its target, the environment that it defers to, reading everything anew.

use serde_json::{Value, json};

use super::{ORDERS, PROJECT, client::Client, messages};

const TWO_TARGETS: &str = "shop: {target: dev, outputs: {\
    dev: {type: duckdb, path: dev.duckdb}, prod: {type: duckdb, path: prod.duckdb, schema: live}}}\n";

fn two_targets() -> Client {
    let mut client = Client::start(&[PROJECT, &[("profiles.yml", TWO_TARGETS)]].concat());
    client.open(ORDERS, 1, "select id from {{ ref('stg_orders') }}\n");
    client
}

/// The model whose document is named.
fn of(client: &Client, path: &str) -> Value {
    json!({"uri": client.uri(path)})
}

#[test]
fn another_target_is_chosen_for_the_session() {
    let mut client = two_targets();
    let chosen = client.command("dagsmith.setTarget", json!({"target": "prod"}));
    // What everything is with it, not what it was.
    assert_eq!(chosen["result"]["projects"][0]["target"], "prod");
    let compiled = client.command("dagsmith.compile", of(&client, ORDERS));
    let text = compiled["result"]["text"].as_str().unwrap();
    assert!(text.contains("\"live\""), "{text}");
    // A setting that says what it said before changes nothing; another one does.
    let settings = |target: &str| json!({"settings": {"dagsmith": {"target": target}}});
    let refused = client.command("dagsmith.setTarget", json!({"target": "prd"}));
    let told = refused["error"]["message"].as_str().unwrap();
    assert_eq!(told, "no profile has a target `prd`; did you mean `prod`?");
    client.notify("workspace/didChangeConfiguration", settings("dev"));
    let status = client.command("dagsmith.setTarget", json!({}));
    assert_eq!(status["result"]["projects"][0]["target"], "dev");
}

#[test]
fn what_is_not_built_is_read_in_another_environment() {
    let mut client = two_targets();
    // The other environment, and its artifacts in a folder of their own. One file holds both, so that one can read the other.
    let one_file = TWO_TARGETS.replace("prod.duckdb", "dev.duckdb");
    client.write("profiles.yml", &one_file);
    client.files_changed(&[("profiles.yml", 2)]);
    client.command("dagsmith.setTarget", json!({"target": "prod"}));
    let staging = of(&client, "models/stg_orders.sql");
    let built = client.command("dagsmith.build", staging);
    assert_eq!(built["result"]["success"], true, "{built}");
    client.command("dagsmith.setTarget", json!({}));
    let orders = of(&client, ORDERS);
    let alone = client.command("dagsmith.preview", orders.clone());
    let told = alone["error"]["message"].as_str().unwrap();
    assert!(told.contains("stg_orders"), "{told}");

    let nowhere = client.command("dagsmith.defer", json!({"state": "nowhere"}));
    let told = nowhere["error"]["message"].as_str().unwrap();
    assert_eq!(told, "there is no manifest.json in nowhere");
    let manifest = std::fs::read_to_string(client.path("target/manifest.json")).unwrap();
    client.write("live/manifest.json", &manifest);
    let deferred = client.command("dagsmith.defer", json!({"state": "live"}));
    assert_eq!(deferred["result"]["deferState"], "live");
    let found = client.command("dagsmith.preview", orders.clone());
    assert_eq!(found["result"]["rows"], json!([[1]]), "{found}");
    let ran = client.command("dagsmith.run", orders.clone());
    assert_eq!(ran["result"]["success"], true, "{ran}");

    // For one command, and for none from now on.
    let mut without = orders.clone();
    without["defer"] = json!(false);
    assert!(client.command("dagsmith.preview", without)["error"].is_object());
    let ended = client.command("dagsmith.defer", json!({}));
    assert_eq!(ended["result"].get("deferState"), None);
    assert!(client.command("dagsmith.preview", orders.clone())["error"].is_object());
    let mut with = orders;
    with["state"] = json!("live");
    let found = client.command("dagsmith.preview", with);
    assert_eq!(found["result"]["rows"], json!([[1]]), "{found}");
}

#[test]
fn everything_is_read_anew_when_it_is_asked_for() {
    let mut client = Client::start(PROJECT);
    client.open(ORDERS, 1, "select id from {{ ref('came') }}\n");
    let missing = client.diagnostics(ORDERS, Some(1));
    assert!(messages(&missing)[0].contains("`came` not found"));
    let before = client.command("dagsmith.rebuildIndex", Value::Null);
    assert_eq!(before["result"]["projects"][0]["models"], 2);
    let status = client.command("dagsmith.serverStatus", Value::Null);
    assert_eq!(status["result"], before["result"]);
    // Nobody tells of it.
    client.write("models/came.sql", "select 1 as id\n");
    let read = client.command("dagsmith.rebuildIndex", Value::Null);
    assert_eq!(read["result"]["projects"][0]["models"], 3);
    assert!(client.diagnostics(ORDERS, Some(1)).is_empty());
}

/// A client that can open documents, and knows nothing of ours.
fn plain() -> Client {
    let capabilities = json!({"window": {"showDocument": {"support": true}}});
    let mut client = Client::start_with(PROJECT, capabilities);
    client.open("models/stg_orders.sql", 1, "select 1 as id, 2 as amount\n");
    client
}

/// The text of the document that the client is asked to open.
fn opened(client: &mut Client) -> (String, String) {
    let shown = client.serve("window/showDocument", json!({"success": true}));
    let uri = shown["uri"].as_str().unwrap().to_owned();
    let path = uri.strip_prefix("file://").unwrap();
    (uri.clone(), std::fs::read_to_string(path).unwrap())
}

#[test]
fn results_are_documents_that_any_editor_can_open() {
    let mut client = plain();
    let staging = of(&client, "models/stg_orders.sql");
    let found = client.command("dagsmith.preview", staging.clone());
    let (uri, text) = opened(&mut client);
    assert_eq!(found["result"]["document"], uri.as_str());
    assert!(
        uri.ends_with("/target/dagsmith/results/Previewing_shop.stg_orders.md"),
        "{uri}"
    );
    assert!(
        text.starts_with("# Previewing shop.stg_orders\n\n1 row, in ")
            && text.contains("| id | amount |\n"),
        "{text}"
    );
    let ran = client.command("dagsmith.run", staging.clone());
    let document = ran["result"]["document"].as_str().unwrap();
    let path = document.strip_prefix("file://").unwrap().to_owned();
    let written = client.command("dagsmith.diff", staging);
    assert_eq!(written["result"]["added"], 0);
    // By now what was to be written before is there.
    let (_, difference) = opened(&mut client);
    assert!(
        difference.contains("no difference in 1 row."),
        "{difference}"
    );
    let text = std::fs::read_to_string(path).unwrap();
    assert!(
        text.contains("| model.shop.stg_orders | success |"),
        "{text}"
    );
}

#[test]
fn lineage_is_a_document_where_nothing_draws_graphs() {
    let mut client = plain();
    let mut argument = of(&client, "models/orders.sql");
    let found = client.command("dagsmith.showLineage", argument.clone());
    assert_eq!(found["result"]["focus"], "model.shop.orders");
    let (_, text) = opened(&mut client);
    assert_eq!(
        text,
        "# orders (model, view): models/orders.sql:1\n\n## upstream\n\n\
         - stg_orders (model, view): models/stg_orders.sql:1\n\nNothing downstream.\n"
    );
    argument["position"] = json!({"line": 0, "character": 7});
    let found = client.command("dagsmith.columnLineage", argument.clone());
    assert_eq!(found["result"]["focus"]["name"], "id");
    let (_, text) = opened(&mut client);
    assert_eq!(
        text,
        "# stg_orders.id (INTEGER): models/stg_orders.sql:1\n\nNothing upstream.\n\n\
         ## downstream\n\n- orders.id (INTEGER): models/orders.sql:1\n"
    );
    argument["position"] = json!({"line": 0, "character": 0});
    let nothing = client.command("dagsmith.columnLineage", argument);
    assert_eq!(nothing["error"]["message"], "no column is known here");
}
