//! What is built: relations with their indexes, grants and owners, snapshots, names.

use expect_test::expect;

use crate::Project;

const MODELS: [(&str, &str); 5] = [
    (
        "models/base.sql",
        "{{ config(materialized='table', indexes=[{'columns': ['id'], 'unique': true}, {'columns': ['name'], 'type': 'hash'}]) }}\nselect 1 as id, 'a' as name",
    ),
    ("models/seen.sql", "select * from {{ ref('base') }}"),
    (
        "models/kept.sql",
        "{{ config(materialized='incremental', unique_key='id', incremental_strategy='merge') }}\nselect id, name from {{ ref('base') }}",
    ),
    (
        "models/fresh.sql",
        "{{ config(materialized='materialized_view', indexes=[{'columns': ['id']}]) }}\nselect id from {{ ref('base') }}",
    ),
    (
        "models/_.yml",
        "models:\n  - name: base\n    description: it's one\n    config: {persist_docs: {relation: true, columns: true}}\n    columns: [{name: id, description: the key, data_tests: [unique, not_null]}]\n",
    ),
];

#[test]
fn builds_and_builds_again() {
    let project = Project::new("builds", "", &MODELS);
    project.run(&["build"]);
    expect![[r#"
        "model.p.base" "success" "SELECT 1"
        "model.p.fresh" "success" "CREATE INDEX"
        "model.p.kept" "success" "SELECT 1"
        "model.p.seen" "success" "CREATE VIEW"
        "test.p.not_null_base_id.910041d42f" "pass" "SELECT 1"
        "test.p.unique_base_id.c59834fb40" "pass" "SELECT 1"
    "#]]
    .assert_eq(&project.statuses());
    // The views went with the table that they read, and come again.
    project.run(&["build"]);
    expect![[r#"
        "model.p.base" "success" "SELECT 1"
        "model.p.fresh" "success" "CREATE INDEX"
        "model.p.kept" "success" "MERGE 1"
        "model.p.seen" "success" "CREATE VIEW"
        "test.p.not_null_base_id.910041d42f" "pass" "SELECT 1"
        "test.p.unique_base_id.c59834fb40" "pass" "SELECT 1"
    "#]]
    .assert_eq(&project.statuses());
}

#[test]
fn grants_are_what_the_model_says_now() {
    let model = |roles: &str| {
        format!(
            "{{{{ config(materialized='table', grants={{'select': {roles}}}) }}}} select 1 as id"
        )
    };
    let project = Project::new(
        "granted",
        "",
        &[("models/a.sql", &model("['reader_a', 'reader_b']"))],
    );
    project.execute("create role reader_a; create role reader_b");
    let granted = || {
        let rows = project.rows(
            "select grantee from information_schema.role_table_grants where table_schema = 'granted' and grantee <> 'dagsmith' order by 1",
        );
        rows.to_string()
    };
    project.run(&["run"]);
    assert_eq!(
        granted(),
        r#"[{"grantee":"reader_a"},{"grantee":"reader_b"}]"#
    );
    project.write("models/a.sql", &model("['reader_b']"));
    project.run(&["run"]);
    assert_eq!(granted(), r#"[{"grantee":"reader_b"}]"#);
}

#[test]
fn snapshots_keep_what_was() {
    let project = Project::new(
        "kept_rows",
        "",
        &[
            (
                "models/base.sql",
                "{{ config(materialized='table') }} select 1 as id, '{{ var(\"name\") }}' as name",
            ),
            (
                "snapshots/_.yml",
                "snapshots:\n  - name: history\n    relation: ref('base')\n    config: {unique_key: id, strategy: check, check_cols: [name]}\n",
            ),
        ],
    );
    for name in ["ann", "ann", "bea"] {
        project.run(&["build", "--vars", &format!("{{name: {name}}}")]);
    }
    let rows = project.rows("select name, dbt_valid_to is null as is_now from {{ ref('history') }} order by dbt_valid_from");
    assert_eq!(
        rows.to_string(),
        r#"[{"name":"ann","is_now":false},{"name":"bea","is_now":true}]"#
    );
}

#[test]
fn unlogged_tables_belong_to_the_role_of_the_profile() {
    let project = Project::new(
        "unlogged",
        "",
        &[(
            "models/a.sql",
            "{{ config(materialized='table', unlogged=true) }} select 1 as id",
        )],
    );
    project.execute("create role builder; grant create on database dagsmith to builder");
    let profile = std::fs::read_to_string(project.0.path().join("profiles.yml")).unwrap();
    project.write("profiles.yml", &format!("{profile}\n      role: builder\n"));
    project.run(&["run"]);
    let rows = project.rows(
        "select relpersistence::text as kind, pg_get_userbyid(relowner) as owner from pg_class where oid = 'unlogged.a'::regclass",
    );
    assert_eq!(rows.to_string(), r#"[{"kind":"u","owner":"builder"}]"#);
}

#[test]
fn a_name_that_is_too_long_is_refused() {
    let name = "n".repeat(64);
    let project = Project::new(
        "long_names",
        "",
        &[(&format!("models/{name}.sql"), "select 1 as id")],
    );
    project.run(&["run"]);
    expect![[r#"
        Runtime Error in model nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn (models/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn.sql)
          Relation name 'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn' is longer than 63 characters; give the node a shorter `alias`
    "#]].assert_eq(&project.message());
    let longest = "n".repeat(63);
    let project = Project::new(
        "long_names",
        "",
        &[(&format!("models/{longest}.sql"), "select 1 as id")],
    );
    project.run(&["run"]);
    project.run(&["run"]);
    expect![[r#"
        CREATE VIEW
    "#]]
    .assert_eq(&project.message());
}
