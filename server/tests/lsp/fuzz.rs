//! Random sessions: whatever a client does in whatever order, nothing panics, every question is answered once, and what
//! is shown in the end is what a server that was started only now would show.
//!
//! `DAGSMITH_FUZZ_STEPS` makes sessions longer, `DAGSMITH_FUZZ_SEED` makes others.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::client::{Client, PROJECT};

const STEPS: u64 = 250;

const FILES: [&str; 6] = [
    "models/orders.sql",
    "models/stg_orders.sql",
    "models/new.sql",
    "models/schema.yml",
    "macros/money.sql",
    "docs/texts.md",
];

const SQL: &str = "{{ config(materialized='table') }}\nwith paid as (select * from {{ ref('stg_orders') }})\nselect id, {{ cents('amount') }} as é from paid\n";
const YAML: &str = "models:\n  - name: orders\n    description: \"{{ doc('order') }}\"\n    columns:\n      - name: id\n        data_tests: [unique, not_null]\n";
const MACRO: &str = "{% macro cents(column, scale=2) %}{{ column }} / 100{% endmacro %}\n";
const DOCS: &str = "{% docs order %}One *order*.{% enddocs %}\n";

/// What is typed.
const PIECES: [&str; 24] = [
    "ref('orders')",
    "ref('",
    "')",
    "{{ ",
    " }}",
    "{% if x %}",
    "{% endif %}",
    "{#",
    "#}",
    "{% macro m(a) %}",
    "{% endmacro %}",
    "cents(",
    ")",
    "select ",
    " from ",
    ", ",
    "'",
    "\"",
    "\n",
    "  - name: ",
    ": ",
    "😀",
    "é",
    "",
];

const QUESTIONS: [&str; 18] = [
    "textDocument/hover",
    "textDocument/completion",
    "textDocument/definition",
    "textDocument/declaration",
    "textDocument/typeDefinition",
    "textDocument/implementation",
    "textDocument/signatureHelp",
    "textDocument/references",
    "textDocument/codeAction",
    "textDocument/prepareCallHierarchy",
    "textDocument/prepareTypeHierarchy",
    "textDocument/prepareRename",
    "textDocument/rename",
    "textDocument/documentHighlight",
    "textDocument/linkedEditingRange",
    "textDocument/inlayHint",
    "dagsmith/lineage",
    "dagsmith/columnLineage",
];

const OF_DOCUMENTS: [&str; 9] = [
    "dagsmith/compiled",
    "textDocument/documentSymbol",
    "textDocument/codeLens",
    "textDocument/diagnostic",
    "textDocument/foldingRange",
    "textDocument/documentLink",
    "textDocument/semanticTokens/full",
    "textDocument/formatting",
    "textDocument/selectionRange",
];

/// Numbers that look random, the same in every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

/// A client that knows what it has open.
struct Session {
    client: Client,
    random: Random,
    /// Version and text.
    open: BTreeMap<&'static str, (i32, String)>,
    asked: BTreeSet<u64>,
}

fn original(path: &str) -> &'static str {
    match path {
        "models/schema.yml" => YAML,
        "macros/money.sql" => MACRO,
        "docs/texts.md" => DOCS,
        _ => SQL,
    }
}

/// A place in a text as the protocol counts: lines, and UTF-16 units in them.
fn position(text: &str, offset: usize) -> Value {
    let before = &text[..offset];
    let line = before.matches('\n').count();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let character = before[start..].encode_utf16().count();
    json!({"line": line, "character": character})
}

impl Session {
    fn step(&mut self) {
        let path = self.random.of(&FILES);
        match self.random.below(16) {
            0 => self.open(path),
            1 => {
                self.client.close(path);
                self.open.remove(path);
            }
            2..=6 => self.edit(path),
            7..=11 => self.ask(path),
            12 => {
                // It may have been answered, or never asked.
                let id = self.random.below(200);
                self.client.notify("$/cancelRequest", json!({"id": id}));
            }
            13 => {
                let pieces: String = (0..self.random.below(6))
                    .map(|_| self.random.of(&PIECES))
                    .collect();
                self.client
                    .write(path, &format!("{}{pieces}", original(path)));
                self.client.files_changed(&[(path, 2)]);
            }
            14 => {
                // It may not be there.
                let _ = std::fs::remove_file(self.client.path(path));
                self.client.files_changed(&[(path, 3)]);
            }
            _ => {
                let trusted = self.random.below(2) == 0;
                let settings = json!({"settings": {"dagsmith": {"trusted": trusted}}});
                self.client
                    .notify("workspace/didChangeConfiguration", settings);
            }
        }
    }

    fn open(&mut self, path: &'static str) {
        let version = i32::try_from(self.random.below(100)).unwrap();
        let text = original(path).to_owned();
        self.client.open(path, version, &text);
        self.open.insert(path, (version, text));
    }

    /// Some changes at once; to a document that is not open they mean nothing.
    fn edit(&mut self, path: &'static str) {
        let (version, mut text) = self.open.get(path).cloned().unwrap_or_default();
        let mut changes = Vec::new();
        for _ in 0..=self.random.below(3) {
            let piece = self.random.of(&PIECES);
            let (start, end) = self.range(&text);
            let range = json!({"start": position(&text, start), "end": position(&text, end)});
            changes.push(json!({"range": range, "text": piece}));
            text.replace_range(start..end, piece);
        }
        if self.random.below(12) == 0 {
            original(path).clone_into(&mut text);
            changes.push(json!({"text": text}));
        }
        let identifier = json!({"uri": self.client.uri(path), "version": version + 1});
        let params = json!({"textDocument": identifier, "contentChanges": changes});
        self.client.notify("textDocument/didChange", params);
        if let Some(open) = self.open.get_mut(path) {
            *open = (version + 1, text);
        }
    }

    /// Often empty, seldom long.
    fn range(&mut self, text: &str) -> (usize, usize) {
        let places: Vec<usize> = text
            .char_indices()
            .map(|(at, _)| at)
            .chain([text.len()])
            .collect();
        let start = self.random.below(places.len());
        let length = self.random.of(&[0, 0, 1, 1, 2, 20]);
        let end = (start + length).min(places.len() - 1);
        (places[start], places[end])
    }

    fn ask(&mut self, path: &'static str) {
        let document = json!({"uri": self.client.uri(path)});
        let text = self.open.get(path).map_or("", |(_, text)| text).to_owned();
        let (start, _) = self.range(&text);
        let at = position(&text, start);
        let id = match self.random.below(10) {
            0..=2 => {
                let method = self.random.of(&OF_DOCUMENTS);
                let params = json!({
                    "textDocument": document,
                    "positions": [at],
                    "options": {"tabSize": 4, "insertSpaces": true},
                });
                self.client.ask(method, params)
            }
            3 => self.client.ask("workspace/symbol", json!({"query": "o"})),
            _ => {
                let method = self.random.of(&QUESTIONS);
                let params = json!({
                    "textDocument": document,
                    "position": at,
                    "newName": "other",
                    "range": {"start": at, "end": at},
                    "context": {"includeDeclaration": true, "diagnostics": [], "triggerKind": 1, "isRetrigger": false},
                });
                self.client.ask(method, params)
            }
        };
        self.asked.insert(id);
    }

    fn check_answers(&mut self) {
        for id in std::mem::take(&mut self.asked) {
            let answer = self.client.answer(id);
            let code = answer["error"]["code"].as_i64();
            // Cancelled, edited meanwhile, or no document of a project; anything else is a mistake of the server's.
            let is_fine = matches!(code, None | Some(-32800 | -32801 | -32803));
            assert!(is_fine, "{answer}");
        }
    }
}

fn files() -> Vec<(&'static str, &'static str)> {
    let mut files = PROJECT[..3].to_vec();
    files.extend(FILES.iter().map(|path| (*path, original(path))));
    files
}

/// What is shown when everything was looked at: the file that came last is diagnosed last.
fn shown_at_last(client: &mut Client, last: &str) -> BTreeMap<String, Vec<Value>> {
    assert_eq!(client.diagnostics(last, None).len(), 1);
    let mut shown = client.shown_diagnostics();
    shown.retain(|_, found| !found.is_empty());
    shown
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn random_sessions_end_as_fresh_ones_begin() {
    let seed = number("DAGSMITH_FUZZ_SEED").unwrap_or(0x2545_f491_4f6c_dd1d);
    let mut session = Session {
        client: Client::start(&files()),
        random: Random(seed.max(1)),
        open: BTreeMap::new(),
        asked: BTreeSet::new(),
    };
    for _ in 0..number("DAGSMITH_FUZZ_STEPS").unwrap_or(STEPS) {
        session.step();
    }
    session.check_answers();
    let mut fresh = session.client.beside();
    for (path, (version, text)) in &session.open {
        fresh.open(path, *version, text);
    }
    // Both know all that there is when they are asked to look at one file more.
    fresh.request("dagsmith/status", Value::Null);
    let at = fresh.at(FILES[0], 0, 0);
    fresh.request("textDocument/hover", at);
    let last = "models/zz_last.sql";
    fresh.write(last, "select * from {{ ref('nothing') }}\n");
    session.client.files_changed(&[(last, 1)]);
    fresh.files_changed(&[(last, 1)]);
    let expected = shown_at_last(&mut fresh, last);
    let shown = shown_at_last(&mut session.client, last);
    assert_eq!(shown, expected);
    let log = session.client.log();
    assert!(!log.contains("panicked"), "{log}");
}
