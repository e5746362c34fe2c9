//! Projects on warehouses that nothing here can run on: what is known of their adapters without a driver.

use super::{Project, stdout};

/// The alias of a model that takes it from a dispatched macro.
fn check(adapter: &str, expected: &str) {
    let project = Project::copied("ephemeral");
    project.write(
        "profiles.yml",
        format!(
            "ephemeral: {{target: dev, outputs: {{dev: {{type: {adapter}, host: h, port: 1, user: u, password: p, database: d, dbname: d, catalog: d, schema: s, http_path: h, token: t, account: a}}}}}}"
        ),
    );
    project.write(
        "macros/kind.sql",
        "{% macro kind() %}{{ return(adapter.dispatch('kind')()) }}{% endmacro %}
        {% macro default__kind() %}{{ return('of any') }}{% endmacro %}
        {% macro postgres__kind() %}{{ return('of postgres') }}{% endmacro %}
        {% macro spark__kind() %}{{ return('of spark') }}{% endmacro %}",
    );
    project.write(
        "models/kind.sql",
        "{{ config(alias=kind()) }} select 1 as id",
    );
    let output = project.run(&[
        "-q",
        "ls",
        "--select",
        "kind",
        "--output",
        "json",
        "--output-keys",
        "alias",
    ]);
    assert_eq!(stdout(&output).trim(), expected);
}

#[test]
fn macros_of_a_parent_adapter_come_before_those_of_all() {
    check("redshift", r#"{"alias": "of postgres"}"#);
    check("databricks", r#"{"alias": "of spark"}"#);
    check("snowflake", r#"{"alias": "of any"}"#);
}
