//! That a saved index never gives another manifest than a fresh start.

use std::{path::Path, sync::Arc};

use base::{FileId, MemorySystem, System};
use proptest::prelude::*;

use super::{restore, save};
use crate::{
    Change, Inputs, Manifest, RootDatabase, Settings,
    load::{FoundProject, LoadConfig, find},
    manifest,
};

const SHOP: [(&str, &str); 11] = [
    (
        "dbt_project.yml",
        "name: shop\nprofile: shop\nvars: {first: 1}\nmodels: {shop: {+tags: [all]}}\non-run-end: ['select 1']\n",
    ),
    (
        "profiles.yml",
        "shop: {target: dev, outputs: {dev: {type: duckdb, path: a.duckdb, schema: \"{{ env_var('SCHEMA', 'main') }}\"}}}\n",
    ),
    (
        "macros/money.sql",
        "{% macro cents(column) %}{{ column }} / 100{% endmacro %}",
    ),
    (
        "models/sources.yml",
        "sources: [{name: raw, tables: [{name: orders, columns: [{name: id, data_tests: [unique]}]}]}]\n",
    ),
    (
        "models/stg_orders.sql",
        "select id, {{ cents('amount') }} as amount from {{ source('raw', 'orders') }}",
    ),
    (
        "models/payments.sql",
        "{{ config(materialized='table', tags=['b', 'a']) }}\nselect 1 as id, {{ var('first') }} as first",
    ),
    (
        "models/marts.sql",
        "select * from {{ ref('stg_orders') }} join {{ ref('payments') }} using (id)",
    ),
    ("models/off.sql", "{{ config(enabled=false) }} select 1"),
    (
        "models/properties.yml",
        "models:\n  - name: marts\n    description: \"{{ doc('marts') }}\"\n    columns:\n      - {name: id, data_tests: [unique, not_null, {relationships: {to: ref('off'), field: id}}]}\n",
    ),
    ("models/docs.md", "{% docs marts %}All.{% enddocs %}"),
    ("seeds/days.csv", "day,name\n1,Monday\n"),
];

fn shop() -> MemorySystem {
    let files = SHOP.map(|(path, text)| (Path::new("/shop").join(path), text.to_owned()));
    MemorySystem::new(files)
}

fn found(system: &MemorySystem) -> FoundProject {
    found_with(system, Settings::default())
}

fn found_with(system: &MemorySystem, settings: Settings) -> FoundProject {
    let config = LoadConfig {
        root: "/shop".into(),
        profiles_dir: None,
        settings,
    };
    let numbers = std::sync::Mutex::new(Vec::new());
    find(system, &config, &|path| {
        let mut numbers = numbers.lock().unwrap();
        let known = numbers
            .iter()
            .position(|known: &std::path::PathBuf| known == path);
        let number = known.unwrap_or_else(|| {
            numbers.push(path.to_owned());
            numbers.len() - 1
        });
        FileId(number as u32)
    })
}

/// The manifest of a fresh start, and what is saved of it.
fn fresh(system: &MemorySystem) -> (Arc<Manifest>, Option<Vec<u8>>) {
    let mut found = found(system);
    let loaded = found.read(system);
    let (mut db, mut inputs) = (RootDatabase::default(), Inputs::default());
    let root = Arc::clone(&loaded.input.root);
    let change = Change {
        texts: loaded.texts,
        projects: vec![(Arc::clone(&root), Some(loaded.input))],
        ..Change::default()
    };
    inputs.apply(&mut db, change);
    let project = inputs.project(&root).unwrap();
    let manifest = manifest(&db, project);
    let saved = save(&db, project, &found, &manifest, "this");
    (manifest, saved)
}

/// Everything in a manifest, the order of keys included, but numbers of the database it came from.
fn picture(manifest: &Manifest) -> String {
    let Manifest {
        project_name,
        profile,
        nodes,
        sources,
        exposures,
        groups,
        unit_tests,
        semantic,
        macros,
        docs,
        disabled,
        idle_tests,
        disabled_sources,
        disabled_unit_tests,
        disabled_exposures,
        disabled_semantic,
        graph,
        duplicates,
        places,
        macro_index,
        macro_definitions,
        refs,
        source_ids,
        project_files,
        package_roots,
        vars,
        policy,
    } = manifest;
    let parents: Vec<_> = graph
        .ids()
        .iter()
        .map(|id| (id, graph.parents(id)))
        .collect();
    let enabled: Vec<_> = refs
        .enabled
        .iter()
        .flat_map(|(name, targets)| {
            targets
                .iter()
                .map(move |(package, it)| (name, package, &it.unique_id, it.slot))
        })
        .collect();
    let off: Vec<_> = refs
        .disabled
        .iter()
        .map(|(name, it)| (name, &it.unique_id))
        .collect();
    let bodies: Vec<_> = macro_definitions.keys().collect();
    let first = (
        project_name,
        profile,
        nodes,
        sources,
        exposures,
        groups,
        unit_tests,
        (semantic, macros),
    );
    let second = (
        docs,
        disabled,
        idle_tests,
        disabled_sources,
        disabled_unit_tests,
        (disabled_exposures, disabled_semantic),
        parents,
        places,
    );
    let third = (
        macro_index,
        bodies,
        enabled,
        off,
        source_ids,
        project_files,
        package_roots,
        vars,
    );
    format!("{first:#?}\n{second:#?}\n{third:#?}\n{policy:?} {duplicates:?}")
}

fn edit(system: &MemorySystem, path: &str, text: &str) {
    system
        .write(&Path::new("/shop").join(path), text.as_bytes())
        .unwrap();
}

/// Whether the index of the shop still serves after the change; if so, its manifest is that of a fresh start.
fn serves_after(change: impl Fn(&MemorySystem)) -> bool {
    let system = shop();
    let (_, saved) = fresh(&system);
    change(&system);
    let restored = restore(&system, &found(&system), &saved.unwrap(), "this");
    if let Some(restored) = &restored {
        assert_eq!(picture(restored), picture(&fresh(&system).0));
    }
    restored.is_some()
}

#[test]
fn serves_as_long_as_nothing_is_new() {
    assert!(serves_after(|_| {}));
    assert!(serves_after(|system| edit(
        system,
        "models/off.sql",
        SHOP[7].1
    )));
}

#[test]
fn serves_after_an_edit_between_the_calls_of_a_model() {
    assert!(serves_after(|system| edit(
        system,
        "models/marts.sql",
        "select 1 as one, * from {{ ref('stg_orders') }} join {{ ref('payments') }} using (id)\n",
    )));
}

#[test]
fn does_not_serve_after_anything_else() {
    let edits = [
        ("models/marts.sql", "select * from {{ ref('payments') }}"),
        (
            "models/payments.sql",
            "{{ config(materialized='table', tags=['a', 'b']) }}\nselect 1",
        ),
        ("models/stg_orders.sql", "select 2 as id"),
        ("models/off.sql", "select 1"),
        ("models/new.sql", "select 1"),
        ("models/docs.md", "{% docs marts %}None.{% enddocs %}"),
        (
            "macros/money.sql",
            "{% macro cents(column) %}{{ ref('payments') }}{% endmacro %}",
        ),
        ("seeds/days.csv", "day,name\n2,Tuesday\n"),
        ("dbt_project.yml", "name: shop\nprofile: shop\n"),
    ];
    for (path, text) in edits {
        assert!(!serves_after(|system| edit(system, path, text)), "{path}");
    }
    assert!(!serves_after(|system| {
        system.remove(Path::new("/shop/models/off.sql")).unwrap();
    }));
}

#[test]
fn depends_on_the_settings_that_were_read() {
    let (_, saved) = fresh(&shop());
    let saved = saved.unwrap();
    let serves = |system: &MemorySystem, settings| {
        restore(system, &found_with(system, settings), &saved, "this").is_some()
    };
    assert!(serves(&shop().with_env("OTHER", "x"), Settings::default()));
    assert!(!serves(
        &shop().with_env("SCHEMA", "x"),
        Settings::default()
    ));
    let flags = serde_json::json!({"FULL_REFRESH": true});
    let flags = Settings {
        flags: flags.as_object().unwrap().clone().into(),
        ..Settings::default()
    };
    assert!(serves(&shop(), flags));
    let vars = Settings {
        vars: [("first".to_owned(), 2.into())].into_iter().collect(),
        ..Settings::default()
    };
    assert!(!serves(&shop(), vars));
}

#[test]
fn what_the_time_decides_is_not_saved() {
    let system = shop();
    let text = b"{{ config(enabled=run_started_at.year > 1970) }} select 1";
    let model = Path::new("/shop/models/off.sql");
    system.write(model, text).unwrap();
    assert!(fresh(&system).1.is_none());
}

#[test]
fn an_index_of_another_binary_or_a_damaged_one_is_none() {
    let system = shop();
    let (_, saved) = fresh(&system);
    let saved = saved.unwrap();
    let found = found(&system);
    assert!(restore(&system, &found, &saved, "another").is_none());
    for at in (0..saved.len()).step_by(saved.len() / 16) {
        let mut damaged = saved.clone();
        damaged[at] ^= 1;
        assert!(
            restore(&system, &found, &damaged, "this").is_none(),
            "byte {at}"
        );
        assert!(
            restore(&system, &found, &saved[..at], "this").is_none(),
            "up to {at}"
        );
    }
}

#[test]
fn a_file_modified_while_the_index_was_saved_is_read_again() {
    let stamp = base::FileStamp {
        len: 1,
        modified_ns: 10_000_000_000,
    };
    let saved = super::SavedFile::new(stamp, "a");
    assert!(saved.is_surely(stamp, 20_000_000_000));
    assert!(!saved.is_surely(stamp, 11_000_000_000));
    assert!(!saved.is_surely(stamp, 9_000_000_000));
}

const SNIPPETS: [&str; 9] = [
    "",
    " ",
    "{{ ref('payments') }}",
    "{% if x %}",
    "}}",
    "\n",
    ", 1 as x",
    "{{ config(enabled=false) }}",
    "{% macro cents(a) %}{% endmacro %}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_edits_give_the_manifest_of_a_fresh_start(
        edits in prop::collection::vec((0..SHOP.len(), 0..100_usize, 0..12_usize, 0..SNIPPETS.len()), 1..4)
    ) {
        serves_after(|system| {
            for (file, percent, len, snippet) in &edits {
                let path = Path::new("/shop").join(SHOP[*file].0);
                let text = String::from_utf8(system.read(&path).unwrap()).unwrap();
                let start = text.len() * percent / 100;
                let end = (start + len).min(text.len());
                let edited = format!("{}{}{}", &text[..start], SNIPPETS[*snippet], &text[end..]);
                system.write(&path, edited.as_bytes()).unwrap();
            }
        });
    }
}
