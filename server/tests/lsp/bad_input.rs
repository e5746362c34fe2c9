//! What clients and files should not be, and sometimes are: the server says so in the right place and goes on.

use std::fs::File;

use serde_json::{Value, json};

use crate::{
    ORDERS, ORDERS_TEXT,
    client::{Client, PROJECT},
    workspace::ENDLESS,
};

/// The server still knows what is what.
fn assert_serves(client: &mut Client) {
    client.open(ORDERS, 100, ORDERS_TEXT);
    let at = client.at(ORDERS, 0, 25);
    let found = client.request("textDocument/definition", at);
    assert_eq!(found[0]["uri"], json!(client.uri("models/stg_orders.sql")));
}

fn codes(diagnostics: &[Value]) -> Vec<&str> {
    let codes = diagnostics.iter().map(|it| it["code"].as_str().unwrap());
    codes.collect()
}

#[test]
fn a_folder_without_a_project() {
    let mut client = Client::start(&[(ORDERS, ORDERS_TEXT)]);
    client.open(ORDERS, 1, ORDERS_TEXT);
    let at = client.at(ORDERS, 0, 25);
    assert_eq!(client.request("textDocument/hover", at), Value::Null);
    let argument = json!({"uri": client.uri(ORDERS)});
    let refused = client.command("dagsmith.run", argument);
    assert_eq!(refused["error"]["code"], -32803);
    // As soon as it is a project, it is served.
    for (path, text) in PROJECT {
        client.write(path, text);
    }
    client.files_changed(&[("dbt_project.yml", 1)]);
    client.diagnostics(ORDERS, Some(1));
    assert_serves(&mut client);
}

#[test]
fn two_projects_do_not_know_each_other() {
    let mut client = Client::silent();
    for name in ["a", "b"] {
        for (path, text) in PROJECT {
            client.write(&format!("{name}/{path}"), text);
        }
        client.write(
            &format!("{name}/models/only_{name}.sql"),
            "select 1 as id\n",
        );
    }
    client.initialize(json!({}), &[""]);
    client.open(
        "a/models/orders.sql",
        1,
        "select * from {{ ref('only_b') }}\n",
    );
    assert_eq!(client.diagnostics("a/models/orders.sql", Some(1)).len(), 1);
    client.open(
        "b/models/orders.sql",
        1,
        "select * from {{ ref('only_b') }}\n",
    );
    assert!(
        client
            .diagnostics("b/models/orders.sql", Some(1))
            .is_empty()
    );
}

#[test]
fn a_profile_that_is_not_there_or_of_an_unknown_adapter() {
    for profiles in [
        "other: {target: dev, outputs: {dev: {type: duckdb}}}\n",
        "shop: {target: dev, outputs: {dev: {type: abacus}}}\n",
        "shop: {target: dev, outputs: []}\n",
        "][",
    ] {
        let files = [&PROJECT[..1], &PROJECT[2..], &[("profiles.yml", profiles)]].concat();
        let mut client = Client::start(&files);
        assert!(!client.diagnostics("profiles.yml", None).is_empty());
        assert_serves(&mut client);
        let argument = json!({"uri": client.uri(ORDERS)});
        let answer = client.command("dagsmith.run", argument);
        assert_eq!(answer["error"]["code"], -32803, "{profiles}: {answer}");
    }
}

#[test]
fn a_database_that_another_process_holds() {
    let files = [PROJECT, &[("models/endless.sql", ENDLESS)]].concat();
    let mut first = Client::start(&files);
    let argument = json!({"uri": first.uri("models/endless.sql")});
    let run = first.ask_endless_run();
    let mut second = first.beside();
    assert_serves(&mut second);
    let orders = json!({"uri": second.uri("models/stg_orders.sql")});
    let refused = second.command("dagsmith.run", orders.clone());
    let said = refused["error"]["message"].as_str().unwrap();
    assert!(said.contains("process"), "{said}");
    first.command("dagsmith.cancel", argument);
    first.answer(run);
    let answer = second.command("dagsmith.run", orders);
    assert_eq!(answer["result"]["success"], true);
}

#[test]
fn opening_a_project_executes_nothing() {
    let files = [
        (
            "dbt_project.yml",
            "name: shop\nprofile: shop\non-run-start: ['create table t (x int)']\n",
        ),
        PROJECT[1],
        PROJECT[2],
        (
            ORDERS,
            "{% set rows = run_query('create table u (x int)') %}\nselect {{ rows }} as id, {{ adapter.get_relation('a', 'b', 'c') }} as r\n",
        ),
        (
            "models/s.yml",
            "models: [{name: orders, columns: [{name: id, data_tests: [unique]}]}]\n",
        ),
    ];
    let mut client = Client::start(&files);
    client.open(ORDERS, 1, files[3].1);
    client.diagnostics(ORDERS, Some(1));
    let at = client.at(ORDERS, 1, 2);
    for method in [
        "textDocument/hover",
        "textDocument/completion",
        "textDocument/definition",
    ] {
        client.request(method, at.clone());
    }
    let document = json!({"textDocument": {"uri": client.uri(ORDERS)}});
    client.request("textDocument/codeLens", document.clone());
    client.request("dagsmith/compiled", document);
    let argument = json!({"uri": client.uri(ORDERS)});
    client.command("dagsmith.compile", argument);
    assert!(!client.path("shop.duckdb").exists());
    // Nor is a database touched that is there.
    client.write("shop.duckdb", "not even a database");
    let before = std::fs::metadata(client.path("shop.duckdb"))
        .unwrap()
        .modified()
        .unwrap();
    let mut again = client.beside();
    again.open(ORDERS, 1, files[3].1);
    again.diagnostics(ORDERS, Some(1));
    let after = std::fs::metadata(client.path("shop.duckdb"))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(before, after);
    assert!(!client.path("target").exists());
}

#[test]
fn files_that_are_no_text() {
    let mut client = Client::silent();
    for (path, text) in PROJECT {
        client.write(path, text);
    }
    std::fs::write(
        client.path("models/binary.sql"),
        b"\x7fELF\x00\x01\xff\xfe\x80",
    )
    .unwrap();
    std::fs::write(
        client.path("models/latin.sql"),
        b"select 'caf\xe9' as name\n",
    )
    .unwrap();
    let large = File::create(client.path("models/large.sql")).unwrap();
    large.set_len(50 << 20).unwrap();
    client.initialize(json!({}), &[""]);
    let found = client.diagnostics("models/binary.sql", None);
    assert_eq!(codes(&found), ["invalid-utf8"]);
    let found = client.diagnostics("models/latin.sql", None);
    assert_eq!(codes(&found), ["invalid-utf8"]);
    let found = client.diagnostics("models/large.sql", None);
    assert_eq!(codes(&found), ["file-too-large"]);
    // In the editor it is as large as on disk, until it is not.
    client.open("models/large.sql", 1, &"select 1;\n".repeat(5 << 20));
    let found = client.diagnostics("models/large.sql", Some(1));
    assert_eq!(codes(&found), ["file-too-large"]);
    client.open("models/large.sql", 2, "select 1 as id\n");
    assert!(client.diagnostics("models/large.sql", Some(2)).is_empty());
    assert_serves(&mut client);
}

#[test]
fn templates_without_an_end() {
    let macros = "{% macro recurse(n) %}{{ recurse(n + 1) }}{% endmacro %}\n\
                  {% macro forever() %}{% for i in range(100000) %}{% for j in range(100000) %}{% set x = i %}{% endfor %}{% endfor %}{% endmacro %}\n";
    let files = [PROJECT, &[("macros/m.sql", macros)]].concat();
    let mut client = Client::start(&files);
    for (version, template) in (1..).zip([
        "select {{ recurse(1) }} as id\n",
        "select {{ forever() }} as id\n",
        "select {{ 'x' * 1000000000 }} as id\n",
        "{% set ns = namespace(x='xxxxxxxx') %}{% for i in range(40) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}select '{{ ns.x }}' as id\n",
    ]) {
        client.open(ORDERS, version, template);
        let found = client.diagnostics(ORDERS, Some(version));
        assert_eq!(found.len(), 1, "{template}: {found:?}");
    }
    assert_serves(&mut client);
}

#[test]
fn a_file_that_is_renamed_while_open() {
    let mut client = Client::start(PROJECT);
    client.open(ORDERS, 1, "select id from {{ ref('gone') }}\n");
    assert_eq!(client.diagnostics(ORDERS, Some(1)).len(), 1);
    let to = "models/renamed.sql";
    std::fs::rename(client.path(ORDERS), client.path(to)).unwrap();
    client.files_changed(&[(ORDERS, 3), (to, 1)]);
    client.close(ORDERS);
    client.open(to, 1, "select id from {{ ref('gone') }}\n");
    assert!(client.diagnostics(ORDERS, None).is_empty());
    assert_eq!(client.diagnostics(to, Some(1)).len(), 1);
}

#[test]
fn a_project_that_is_moved_away_while_open() {
    let mut client = Client::silent();
    for (path, text) in PROJECT {
        client.write(&format!("shop/{path}"), text);
    }
    client.initialize(json!({}), &[""]);
    let orders = "shop/models/orders.sql";
    client.open(orders, 1, "select id from {{ ref('gone') }}\n");
    assert_eq!(client.diagnostics(orders, Some(1)).len(), 1);
    std::fs::rename(client.path("shop"), client.path("away")).unwrap();
    assert!(client.diagnostics(orders, Some(1)).is_empty());
    client.edit(orders, 2, 0, (0, 0), " ");
    let at = client.at(orders, 0, 25);
    assert_eq!(client.request("textDocument/definition", at), Value::Null);
    std::fs::rename(client.path("away"), client.path("shop")).unwrap();
    assert_eq!(client.diagnostics(orders, Some(2)).len(), 1);
}

#[test]
fn messages_that_make_no_sense_break_nothing() {
    let mut client = Client::start(PROJECT);
    client.edit(ORDERS, 7, 0, (0, 1), "x");
    client.notify(
        "textDocument/didClose",
        json!({"textDocument": {"uri": client.uri(ORDERS)}}),
    );
    client.open("notes/nowhere.sql", 1, "select");
    client.open(ORDERS, 1, "select 1");
    client.open(ORDERS, 2, ORDERS_TEXT);
    client.edit(ORDERS, 1, 9999, (7, 3), "");
    client.notify("textDocument/unheardOf", json!([]));
    let id = client.ask("textDocument/unheardOf", json!({}));
    assert_eq!(client.answer(id)["error"]["code"], -32601);
    let untitled =
        json!({"textDocument": {"uri": "untitled:1"}, "position": {"line": 0, "character": 0}});
    assert_eq!(client.request("textDocument/hover", untitled), Value::Null);
    let at = client.at(ORDERS, 0, 25);
    assert!(client.request("textDocument/definition", at).is_array());
}

#[test]
fn a_file_that_is_deleted_while_open_is_kept_until_it_is_closed() {
    let mut client = Client::start(PROJECT);
    client.open(ORDERS, 1, "select id from {{ ref('gone') }}\n");
    assert_eq!(client.diagnostics(ORDERS, Some(1)).len(), 1);
    std::fs::remove_file(client.path(ORDERS)).unwrap();
    let uri = client.uri(ORDERS);
    let deleted = json!({"changes": [{"uri": uri, "type": 3}]});
    client.notify("workspace/didChangeWatchedFiles", deleted);
    client.edit(ORDERS, 2, 0, (0, 0), " ");
    assert_eq!(client.diagnostics(ORDERS, Some(2)).len(), 1);
    client.notify(
        "textDocument/didClose",
        json!({"textDocument": {"uri": uri}}),
    );
    assert!(client.diagnostics(ORDERS, None).is_empty());
}

#[test]
fn a_client_that_never_answers_is_served() {
    let capabilities = json!({
        "workspace": {
            "configuration": true,
            "codeLens": {"refreshSupport": true},
            "didChangeWatchedFiles": {"dynamicRegistration": true},
        },
        "window": {"workDoneProgress": true, "showDocument": {"support": true}},
    });
    let mut client = Client::start_with(PROJECT, capabilities);
    for _ in 0..20 {
        let changed = json!({"settings": null});
        client.notify("workspace/didChangeConfiguration", changed);
    }
    client.open(ORDERS, 1, ORDERS_TEXT);
    let argument = json!({"uri": client.uri(ORDERS), "selector": "stg_orders"});
    let answer = client.command("dagsmith.run", argument.clone());
    assert_eq!(answer["result"]["success"], true);
    client.command("dagsmith.showCompiled", argument);
    for method in [
        "client/registerCapability",
        "workspace/configuration",
        "window/workDoneProgress/create",
        "window/showDocument",
    ] {
        client.wait_for(|it| it["method"] == method);
    }
    assert_serves(&mut client);
}

#[test]
fn messages_before_the_beginning_and_after_the_end() {
    let mut client = Client::silent();
    let position = json!({"textDocument": {"uri": client.uri(ORDERS)}, "position": {"line": 0, "character": 0}});
    client.notify("textDocument/didOpen", json!({}));
    let early = client.ask("textDocument/hover", position.clone());
    assert_eq!(client.answer(early)["error"]["code"], -32002);
    client.initialize(json!({}), &[""]);
    let again = client.ask("initialize", json!({"capabilities": {}}));
    assert_eq!(client.answer(again)["error"]["code"], -32600);
    client.request("shutdown", Value::Null);
    let late = client.ask("textDocument/hover", position);
    assert_eq!(client.answer(late)["error"]["code"], -32600);
    client.notify("exit", Value::Null);
    assert_eq!(client.wait().code(), Some(0));
}

#[test]
fn a_question_that_is_cancelled_is_answered_once() {
    let mut client = Client::start(PROJECT);
    client.open(ORDERS, 1, ORDERS_TEXT);
    let asked: Vec<u64> = (0..50)
        .map(|_| {
            let at = client.at(ORDERS, 0, 25);
            let id = client.ask("textDocument/hover", at);
            client.notify("$/cancelRequest", json!({"id": id}));
            id
        })
        .collect();
    client.notify("$/cancelRequest", json!({"id": "never asked"}));
    for id in asked {
        let answer = client.answer(id);
        // It may have been ready when the cancellation came.
        assert!(answer["error"]["code"] == -32800 || answer["result"].is_object());
    }
    assert_serves(&mut client);
}
