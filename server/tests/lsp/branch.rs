//! Another branch is checked out under a running server: files come, go and change, all at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
};

use serde_json::{Value, json};

use super::client::Client;

const N_MODELS: usize = 300;

/// Name of the file and its text.
type Branch = BTreeMap<String, String>;

/// On the one branch every model reads the one before it.
fn one() -> Branch {
    let models = (0..N_MODELS).map(|n| {
        let text = match n {
            0 => "select 1 as id\n".to_owned(),
            _ => format!("select id from {{{{ ref('m_{:04}') }}}}\n", n - 1),
        };
        (format!("models/m_{n:04}.sql"), text)
    });
    let mut files: Branch = models.collect();
    files.insert(
        "models/schema.yml".to_owned(),
        "models: [{name: m_0000, columns: [{name: id}]}]\n".to_owned(),
    );
    files
}

/// On the other a third is gone, a third has another column, and there are new ones in another folder.
fn other() -> Branch {
    let mut files = Branch::new();
    for (nth, (path, text)) in one().into_iter().enumerate() {
        match nth % 3 {
            0 => {
                let name = path.replace("models/", "models/new/n_");
                files.insert(name, "select 1 as id, missing_comma 2 as b\n".to_owned());
            }
            1 => {
                files.insert(
                    path,
                    text.replace("select id from", "select id as key from"),
                );
            }
            _ => {
                files.insert(path, text);
            }
        }
    }
    files
}

/// Errors by file, line and code.
type Errors = BTreeSet<(String, u64, String)>;

/// What a command finds, which reads everything from the disk.
fn checked(client: &Client) -> Errors {
    let output = Command::new(env!("CARGO_BIN_EXE_dagsmith"))
        .args(["check", "--format", "json", "--project-dir"])
        .arg(client.path(""))
        .output()
        .unwrap();
    let found: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let errors = found.iter().filter(|it| it["severity"] == "error");
    let error = |it: &Value| {
        let text = |key: &str| it[key].as_str().unwrap().to_owned();
        (text("path"), it["line"].as_u64().unwrap(), text("code"))
    };
    errors.map(error).collect()
}

/// Waits until the server shows what the command finds.
fn assert_shows_what_is_there(client: &mut Client, told: &mut BTreeMap<String, Vec<Value>>) {
    let expected = checked(client);
    let root = client.uri("");
    loop {
        let mut shown = Errors::new();
        for (uri, found) in &*told {
            let path = uri.trim_start_matches(&root).trim_start_matches('/');
            for it in found.iter().filter(|it| it["severity"] == 1) {
                let line = it["range"]["start"]["line"].as_u64().unwrap() + 1;
                let code = it["code"].as_str().unwrap().to_owned();
                shown.insert((path.to_owned(), line, code));
            }
        }
        if shown == expected {
            return;
        }
        // The test is ended where what is missing never comes.
        let message = client.wait_for(|it| it["method"] == "textDocument/publishDiagnostics");
        let uri = message["params"]["uri"].as_str().unwrap().to_owned();
        let found = message["params"]["diagnostics"].as_array().unwrap();
        told.insert(uri, found.clone());
    }
}

fn check_out(client: &Client, before: &Branch, after: &Branch) -> Vec<(String, u32)> {
    let mut changes = Vec::new();
    for path in before.keys().filter(|path| !after.contains_key(*path)) {
        fs::remove_file(client.path(path)).unwrap();
        changes.push((path.clone(), 3));
    }
    for (path, text) in after {
        match before.get(path) {
            Some(known) if known == text => continue,
            Some(_) => changes.push((path.clone(), 2)),
            None => changes.push((path.clone(), 1)),
        }
        client.write(path, text);
    }
    changes
}

fn switch(is_watching: bool) {
    let (one, other) = (one(), other());
    let files: Vec<(&str, &str)> = [
        ("dbt_project.yml", "name: shop\nprofile: shop\n"),
        (
            "profiles.yml",
            "shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb}}}\n",
        ),
    ]
    .into_iter()
    .chain(one.iter().map(|(path, text)| (&**path, &**text)))
    .collect();
    let capabilities = if is_watching {
        json!({"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}}})
    } else {
        json!({})
    };
    let mut client = Client::start_with(&files, capabilities);
    let mut told = BTreeMap::new();
    // It knows the one branch before the other comes.
    let params = json!({"query": "m_0299"});
    let known = client.request("workspace/symbol", params);
    assert_eq!(known.as_array().map(Vec::len), Some(1));
    for (before, after) in [(&one, &other), (&other, &one), (&one, &other)] {
        let changes = check_out(&client, before, after);
        if is_watching {
            let changes: Vec<(&str, u32)> = changes.iter().map(|it| (&*it.0, it.1)).collect();
            client.files_changed(&changes);
        }
        assert_shows_what_is_there(&mut client, &mut told);
    }
    assert!(checked(&client).len() > N_MODELS / 3);
}

#[test]
fn what_the_client_tells_of_a_branch_leaves_nothing_behind() {
    switch(true);
}

#[test]
fn what_the_server_sees_of_a_branch_leaves_nothing_behind() {
    switch(false);
}
