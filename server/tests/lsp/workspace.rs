//! What lies around the documents: projects, packages, folders, files on disk, profiles, settings, runs.

use serde_json::{Value, json};

use crate::{
    ORDERS, ORDERS_TEXT,
    client::{Client, PROJECT},
    messages,
};

/// A package inside of the project; it has no profile.
const WITH_PACKAGE: &[(&str, &str)] = &[
    ("packages.yml", "packages: [{local: packages/kit}]\n"),
    ("packages/kit/dbt_project.yml", "name: kit\nprofile: kit\n"),
    (
        "packages/kit/models/days.sql",
        "select 1 as day from {{ ref('dayz') }}\n",
    ),
];

/// The names and targets of the projects that the server tells of when something about them has changed.
fn told_projects(client: &mut Client, is_wanted: impl Fn(&Value) -> bool) -> Value {
    let is_told = |it: &Value| {
        it["method"] == "dagsmith/statusChanged" && is_wanted(&it["params"]["projects"])
    };
    client.wait_for(is_told)["params"]["projects"].take()
}

fn n_projects(projects: &Value) -> usize {
    projects.as_array().unwrap().len()
}

#[test]
fn a_local_package_is_part_of_the_project_that_installs_it() {
    let mut client = Client::start(&[PROJECT, WITH_PACKAGE].concat());
    let found = client.diagnostics("packages/kit/models/days.sql", None);
    assert_eq!(
        messages(&found),
        ["model `dayz` not found; did you mean `days`?"]
    );
    let status = client.request("dagsmith/status", Value::Null);
    assert_eq!(n_projects(&status["projects"]), 1);
    client.write("packages.yml", "packages: []\n");
    client.files_changed(&[("packages.yml", 2)]);
    // Nobody installs it any more: a project of its own, and one without a profile.
    let found = client.diagnostics("packages/kit/dbt_project.yml", None);
    assert_eq!(found.len(), 1);
}

#[test]
fn an_edit_of_columns_shows_where_they_are_read() {
    let stg_orders = "models/stg_orders.sql";
    let mut client = Client::start(PROJECT);
    client.open(ORDERS, 1, ORDERS_TEXT);
    assert!(client.diagnostics(ORDERS, Some(1)).is_empty());
    client.open(stg_orders, 1, "select 1 as id, 2 as amount\n");
    assert!(client.diagnostics(stg_orders, Some(1)).is_empty());
    client.edit(stg_orders, 2, 0, (12, 14), "key");
    assert!(client.diagnostics(stg_orders, Some(2)).is_empty());
    // Behind the document itself, though nobody edited this one.
    let found = client.diagnostics(ORDERS, Some(1));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["code"], "unknown-column");
    client.edit(stg_orders, 3, 0, (12, 15), "id");
    assert!(client.diagnostics(ORDERS, Some(1)).is_empty());
}

#[test]
fn a_model_of_a_package_is_run_in_the_project() {
    let files = [
        PROJECT,
        WITH_PACKAGE,
        &[("packages/kit/models/hours.sql", "select 1 as hour\n")],
    ]
    .concat();
    let mut client = Client::start(&files);
    client.write("packages/kit/models/days.sql", "select 1 as day\n");
    let argument = json!({"uri": client.uri("packages/kit/models/hours.sql")});
    let answer = client.command("dagsmith.run", argument);
    assert_eq!(
        answer["result"]["results"][0]["uniqueId"],
        "model.kit.hours"
    );
    assert_eq!(answer["result"]["results"].as_array().unwrap().len(), 1);
}

#[test]
fn a_command_in_yaml_is_about_the_entry_at_the_cursor() {
    let yaml = "models:\n  - name: stg_orders\n  - name: orders\n    columns:\n      - name: id\n        data_tests: [not_null]\n";
    let files = [PROJECT, &[("models/schema.yml", yaml)]].concat();
    let mut client = Client::start(&files);
    let uri = client.uri("models/schema.yml");
    let mut ids = |command: &str, line: Option<u32>| -> Vec<Value> {
        let mut argument = json!({"uri": uri});
        if let Some(line) = line {
            argument["position"] = json!({"line": line, "character": 10});
        }
        let answer = client.command(command, argument);
        let results = answer["result"]["results"].as_array().unwrap();
        results.iter().map(|it| it["uniqueId"].clone()).collect()
    };
    assert_eq!(
        ids("dagsmith.run", None),
        ["model.shop.stg_orders", "model.shop.orders"]
    );
    assert_eq!(ids("dagsmith.run", Some(2)), ["model.shop.orders"]);
    let test = &ids("dagsmith.test", Some(5))[0];
    assert!(test.as_str().unwrap().contains("not_null_orders_id"));
}

#[test]
fn a_built_in_macro_can_be_opened() {
    let mut client = Client::start(PROJECT);
    client.open(ORDERS, 1, "select {{ dbt.current_timestamp() }} as at\n");
    let at = client.at(ORDERS, 0, 16);
    let found = client.request("textDocument/definition", at);
    let uri = found[0]["uri"].as_str().unwrap();
    let text = std::fs::read_to_string(uri.strip_prefix("file://").unwrap()).unwrap();
    let line = found[0]["range"]["start"]["line"].as_u64().unwrap();
    let line = text.lines().nth(usize::try_from(line).unwrap()).unwrap();
    assert!(line.contains("macro current_timestamp"), "{line}");
}

#[test]
fn a_failed_preview_is_replaced_by_the_next() {
    let mut client = Client::start(PROJECT);
    client.open(ORDERS, 1, "select 1 / x as id from (select 'a' as x)\n");
    assert!(client.diagnostics(ORDERS, Some(1)).is_empty());
    let argument = json!({"uri": client.uri(ORDERS)});
    let answer = client.command("dagsmith.preview", argument.clone());
    assert_eq!(answer["error"]["code"], -32803);
    assert_eq!(client.diagnostics(ORDERS, Some(1)).len(), 1);
    // Another file makes it right, so no edit takes the failure away.
    client.command("dagsmith.preview", argument.clone());
    client.edit(ORDERS, 2, 0, (7, 12), "1");
    assert!(client.diagnostics(ORDERS, Some(2)).is_empty());
    let answer = client.command("dagsmith.preview", argument);
    assert_eq!(answer["result"]["rows"], json!([[1]]));
}

#[test]
fn properties_and_models_are_generated_as_edits() {
    let capabilities = json!({"workspace": {
        "applyEdit": true,
        "workspaceEdit": {"documentChanges": true, "resourceOperations": ["create"]}
    }});
    let raw = "sources: [{name: web, tables: [{name: clicks, columns: [{name: id}]}]}]\n";
    let files = [PROJECT, &[("models/raw.yml", raw)]].concat();
    let mut client = Client::start_with(&files, capabilities);
    let stg_orders = json!({"uri": client.uri("models/stg_orders.sql")});
    let answer = client.command("dagsmith.generateProperties", stg_orders);
    assert_eq!(answer["result"], "Describe `stg_orders` with its columns");
    let asked = client.serve("workspace/applyEdit", json!({"applied": true}));
    let changes = &asked["edit"]["documentChanges"];
    assert_eq!(changes[0]["uri"], json!(client.uri("models/schema.yml")));
    let added = changes[1]["edits"][0]["newText"].as_str().unwrap();
    assert!(added.contains("- name: amount"), "{added}");
    let table =
        json!({"uri": client.uri("models/raw.yml"), "position": {"line": 0, "character": 40}});
    client.command("dagsmith.generateModelFromSource", table);
    let asked = client.serve("workspace/applyEdit", json!({"applied": true}));
    let changes = &asked["edit"]["documentChanges"];
    assert_eq!(changes[0]["kind"], "create");
    assert_eq!(
        changes[0]["uri"],
        json!(client.uri("models/stg_web__clicks.sql"))
    );
    let orders = json!({"uri": client.uri(ORDERS)});
    let answer = client.command("dagsmith.generateModelFromSource", orders);
    assert_eq!(answer["error"]["code"], -32803);
}

#[test]
fn parts_of_a_query_are_previewed() {
    let mut client = Client::start(PROJECT);
    let text =
        "with a as (select 1 as id), b as (select id + 1 as id from a)\nselect id / 0 from b\n";
    client.open(ORDERS, 1, text);
    assert!(client.diagnostics(ORDERS, Some(1)).is_empty());
    let uri = client.uri(ORDERS);
    let lenses = client.request(
        "textDocument/codeLens",
        json!({"textDocument": {"uri": uri}}),
    );
    let lenses = lenses.as_array().unwrap().iter();
    let mut lenses = lenses.filter(|lens| lens["command"]["arguments"][0]["cte"] == "b");
    let lens = lenses.next().unwrap();
    assert_eq!(lens["range"]["start"], json!({"line": 0, "character": 28}));
    let argument = lens["command"]["arguments"][0].clone();
    let answer = client.command("dagsmith.preview", argument);
    assert_eq!(answer["result"]["rows"], json!([[2]]));
    let range = json!({"start": {"line": 0, "character": 34}, "end": {"line": 0, "character": 60}});
    let answer = client.command("dagsmith.preview", json!({"uri": uri, "range": range}));
    assert_eq!(answer["result"]["rows"], json!([[2]]));
    let answer = client.command("dagsmith.preview", json!({"uri": uri, "cte": "c"}));
    assert!(
        answer["error"]["message"]
            .as_str()
            .unwrap()
            .contains("no CTE `c`")
    );
}

#[test]
fn a_file_that_is_created_is_found() {
    let mut client = Client::start(PROJECT);
    client.open(ORDERS, 1, "select id from {{ ref('new_one') }}\n");
    assert_eq!(client.diagnostics(ORDERS, Some(1)).len(), 1);
    // The client does not watch files, so the server does.
    client.write("models/new_one.sql", "select 1 as id\n");
    assert!(client.diagnostics(ORDERS, Some(1)).is_empty());
}

#[test]
fn a_client_that_watches_files_tells_of_them() {
    let capabilities =
        json!({"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}}});
    let mut client = Client::start_with(PROJECT, capabilities);
    let asked = client.serve("client/registerCapability", Value::Null);
    assert_eq!(
        asked["registrations"][0]["method"],
        "workspace/didChangeWatchedFiles"
    );
    client.open(ORDERS, 1, "select id from {{ ref('new_one') }}\n");
    assert_eq!(client.diagnostics(ORDERS, Some(1)).len(), 1);
    client.write("models/new_one.sql", "select 1 as id\n");
    client.files_changed(&[("models/new_one.sql", 1)]);
    assert!(client.diagnostics(ORDERS, Some(1)).is_empty());
}

#[test]
fn profiles_outside_of_the_workspace_are_watched() {
    let capabilities =
        json!({"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}}});
    let mut client = Client::silent();
    client.write("w/dbt_project.yml", "name: shop\nprofile: shop\n");
    client.write("home/readme", "");
    client.initialize(capabilities, &["w"]);
    let found = client.diagnostics("w/dbt_project.yml", None);
    assert!(messages(&found)[0].contains("profiles.yml"));
    let profiles = |target: &str| {
        format!(
            "shop: {{target: {target}, outputs: {{{target}: {{type: duckdb, path: ':memory:'}}}}}}\n"
        )
    };
    client.write("home/.dbt/profiles.yml", &profiles("dev"));
    told_projects(&mut client, |it| it[0]["target"] == "dev");
    client.write("home/.dbt/profiles.yml", &profiles("prod"));
    told_projects(&mut client, |it| it[0]["target"] == "prod");
}

#[test]
fn settings_of_the_start_hold_where_the_client_knows_of_no_others() {
    let profiles = "shop: {target: dev, outputs: {dev: {type: duckdb}, prod: {type: duckdb}}}\n";
    let mut client = Client::silent();
    for (path, text) in PROJECT {
        client.write(path, text);
    }
    client.write("profiles.yml", profiles);
    let folders = [client.workspace_folder("")];
    let params = json!({
        "capabilities": {"workspace": {"configuration": true}},
        "workspaceFolders": folders,
        "initializationOptions": {"target": "prod"},
    });
    client.request("initialize", params);
    client.notify("initialized", json!({}));
    client.serve("workspace/configuration", json!([null]));
    told_projects(&mut client, |it| {
        it[0]["target"] == "prod" && it[0]["state"] == "ready"
    });
    client.notify("workspace/didChangeConfiguration", json!({"settings": {}}));
    client.serve("workspace/configuration", json!([null]));
    for _ in 0..3 {
        let status = client.request("dagsmith/status", Value::Null);
        assert_eq!(status["projects"][0]["target"], "prod");
    }
}

#[test]
fn settings_can_change_at_any_time() {
    let profiles = "shop: {target: dev, outputs: {dev: {type: duckdb}, prod: {type: duckdb}}}\n";
    let files = [&PROJECT[..1], &[("profiles.yml", profiles)]].concat();
    let capabilities = json!({"workspace": {
        "configuration": true,
        "didChangeConfiguration": {"dynamicRegistration": true},
    }});
    let mut client = Client::start_with(&files, capabilities);
    client.serve("workspace/configuration", json!([null]));
    told_projects(&mut client, |it| it[0]["target"] == "dev");
    let changed = json!({"settings": null});
    client.notify("workspace/didChangeConfiguration", changed);
    let asked = client.serve(
        "workspace/configuration",
        json!([{"target": "prod", "x": 1}]),
    );
    assert_eq!(asked["items"][0]["section"], "dagsmith");
    told_projects(&mut client, |it| it[0]["target"] == "prod");
    let complaint = client.wait_for(|it| it["method"] == "window/logMessage");
    assert!(
        complaint["params"]["message"]
            .as_str()
            .unwrap()
            .contains('x')
    );
}

#[test]
fn folders_of_the_workspace_come_and_go() {
    let mut client = Client::silent();
    for name in ["a", "b"] {
        client.write(
            &format!("{name}/dbt_project.yml"),
            &format!("name: {name}\n"),
        );
        client.write(
            &format!("{name}/models/m.sql"),
            "select * from {{ ref('nothing') }}\n",
        );
    }
    client.initialize(json!({}), &["a"]);
    assert_eq!(client.diagnostics("a/models/m.sql", None).len(), 1);
    let change =
        |added: Value, removed: Value| json!({"event": {"added": added, "removed": removed}});
    let (a, b) = (client.workspace_folder("a"), client.workspace_folder("b"));
    let params = change(json!([b]), json!([]));
    client.notify("workspace/didChangeWorkspaceFolders", params);
    assert_eq!(client.diagnostics("b/models/m.sql", None).len(), 1);
    let params = change(json!([]), json!([a]));
    client.notify("workspace/didChangeWorkspaceFolders", params);
    assert!(client.diagnostics("a/models/m.sql", None).is_empty());
    let status = client.request("dagsmith/status", Value::Null);
    assert_eq!(n_projects(&status["projects"]), 1);
    assert_eq!(status["projects"][0]["name"], "b");
}

/// Runs until it is stopped.
pub(crate) const ENDLESS: &str = "{{ config(materialized='table') }}\nselect count(*) as id from range(1000000000) a, range(1000000000) b where a.range + b.range = 7\n";

#[test]
fn edits_and_questions_do_not_wait_for_a_run() {
    let files = [PROJECT, &[("models/endless.sql", ENDLESS)]].concat();
    let mut client = Client::start(&files);
    client.open(ORDERS, 1, ORDERS_TEXT);
    let argument = json!({"uri": client.uri("models/endless.sql")});
    let run = client.ask_endless_run();
    client.edit(ORDERS, 2, 0, (32, 33), "z");
    assert_eq!(client.diagnostics(ORDERS, Some(2)).len(), 1);
    client.edit(ORDERS, 3, 0, (32, 33), "s");
    let at = client.at(ORDERS, 0, 25);
    assert!(client.request("textDocument/definition", at).is_array());
    client.command("dagsmith.cancel", argument);
    let result = &client.answer(run)["result"];
    assert_eq!(result["success"], false);
}

#[test]
fn a_run_that_is_cancelled_as_a_request_makes_way_for_the_next() {
    let files = [PROJECT, &[("models/endless.sql", ENDLESS)]].concat();
    let mut client = Client::start(&files);
    let argument = json!({"uri": client.uri("models/endless.sql")});
    let run = client.ask_command("dagsmith.run", argument);
    client.notify("$/cancelRequest", json!({"id": run}));
    assert_eq!(client.answer(run)["error"]["code"], -32800);
    let argument = json!({"uri": client.uri("models/stg_orders.sql")});
    let answer = client.command("dagsmith.run", argument);
    assert_eq!(answer["result"]["success"], true);
}

#[test]
fn failures_of_the_last_run_are_shown_by_the_next_server() {
    let broken = "{{ config(materialized='table') }}\nselect no_such_function(id) as id\nfrom {{ ref('stg_orders') }}\n";
    let files = [PROJECT, &[("models/broken.sql", broken)]].concat();
    let mut client = Client::start(&files);
    let argument = json!({"uri": client.uri("models/broken.sql"), "selector": "+broken"});
    let answer = client.command("dagsmith.run", argument.clone());
    assert_eq!(answer["result"]["success"], false);
    let is_of_run = |it: &Value| it["code"] == "run-failure";
    let mut next = client.beside();
    let shown = next.wait_for(|it| {
        let found = it["params"]["diagnostics"].as_array();
        found.is_some_and(|found| found.iter().any(is_of_run))
    });
    let mut found = shown["params"]["diagnostics"].as_array().unwrap().iter();
    let failure = found.find(|it| is_of_run(it)).unwrap();
    assert_eq!(failure["range"]["start"]["line"], 1);
    // Mended and run: gone.
    next.write(
        "models/broken.sql",
        "select id from {{ ref('stg_orders') }}\n",
    );
    let answer = next.command("dagsmith.run", argument);
    assert_eq!(answer["result"]["success"], true);
    assert!(next.diagnostics("models/broken.sql", None).is_empty());
}
