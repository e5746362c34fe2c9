//! What a session is like, how it ends, and what comes after it.

use std::process::{Child, Command};

use expect_test::expect;

use crate::{Project, Server};

#[test]
fn what_comes_after_a_lost_session_has_a_new_one() {
    let project = Project::new(
        "after",
        "",
        &[
            (
                "models/a.sql",
                "{{ config(materialized='table') }}\nselect pg_terminate_backend(pg_backend_pid()) as gone",
            ),
            ("models/b.sql", "select 1 as id"),
        ],
    );
    project.run(&["run", "--threads", "1"]);
    expect![[r#"
        "model.p.a" "error" null
        "model.p.b" "success" "CREATE VIEW"
    "#]]
    .assert_eq(&project.statuses());
}

/// A node after one whose hooks left something in their session, on the same worker.
#[test]
fn what_hooks_leave_in_a_session_is_not_seen_by_the_next_node() {
    let project = Project::new(
        "leaks",
        "role: dagsmith\nsearch_path: leaks",
        &[
            (
                "macros/hooks.sql",
                "{% macro outside(sql) %}{{ return({'sql': sql, 'transaction': false}) }}{% endmacro %}",
            ),
            (
                "models/a.sql",
                r#"{{ config(materialized='table', post_hook=[
                    outside("set statement_timeout = '1h'"),
                    outside("set search_path = elsewhere"),
                    outside("set shop.day = 'monday'"),
                    outside("set role pg_monitor"),
                    outside("create temporary table kept as select 1 as id"),
                    outside("select pg_advisory_lock(7)"),
                    outside("commit; begin"),
                ]) }} select 1 as id"#,
            ),
            (
                "models/b.sql",
                "{{ config(materialized='table', post_hook=[outside('start transaction; lock table b')]) }} select 1 as id",
            ),
            (
                "models/c.sql",
                r"{{ config(materialized='table') }}
                select current_setting('statement_timeout') as timeout, current_setting('search_path') as path,
                    current_setting('shop.day', true) is null as no_day, current_user::text as who,
                    to_regclass('kept')::text as kept,
                    (select count(*) from pg_locks where locktype = 'advisory' or relation = to_regclass('b') and mode = 'AccessExclusiveLock') as locks
                from {{ ref('a') }} cross join {{ ref('b') }}",
            ),
        ],
    );
    project.run(&["run", "--threads", "1"]);
    expect![[r#"
        Previewing inline node:
        | timeout | path  | no_day | who      | kept | locks |
        |---------|-------|--------|----------|------|-------|
        | 0       | leaks | True   | dagsmith |      | 0     |
    "#]]
    .assert_eq(&project.run(&[
        "--quiet",
        "show",
        "--inline",
        "select * from {{ ref('c') }}",
    ]));
}

#[test]
fn sessions_are_as_the_profile_says() {
    let project = Project::new(
        "settings",
        "search_path: one, two\napplication_name: shop",
        &[],
    );
    let sql = "select current_setting('search_path') as path, current_setting('application_name') as name, 1.50 as price";
    expect![[r#"
        Previewing inline node:
        | path     | name | price |
        |----------|------|-------|
        | one, two | shop | 1.50  |
    "#]]
    .assert_eq(&project.run(&["--quiet", "show", "--inline", sql]));
}

/// A run whose query the server is working on. A test that fails does not leave it behind.
struct Running(Child);

impl Running {
    fn of(project: &Project, name: &str) -> Self {
        project.write(
            "models/slow.sql",
            "{{ config(materialized='table') }} select {% if var('wait', true) %}pg_sleep(600)::text{% else %}'awake'{% endif %} as slept",
        );
        let running = Self(project.command(&["-q", "run"]).spawn().unwrap());
        // Every question takes the server a while.
        while n_active(project, name) == 0 {}
        running
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Of one that has ended this is nothing.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How many statements of an application are running, without the one that asks.
fn n_active(project: &Project, name: &str) -> i64 {
    let sql = format!(
        "select count(*) as n from pg_stat_activity where application_name = '{name}' and state = 'active' and query like '%pg_sleep(600)%' and pid <> pg_backend_pid()"
    );
    project.rows(&sql)[0]["n"].as_i64().unwrap()
}

#[test]
fn a_server_that_is_restarted_ends_the_node_and_retry_does_it_again() {
    let mut server = Server::start();
    let project = Project::on(&server, "restarted", "application_name: restarted", &[]);
    let mut running = Running::of(&project, "restarted");
    server.restart();
    assert_eq!(running.0.wait().unwrap().code(), Some(1));
    let message = project.message();
    // Why the connection ended is said in many ways.
    assert!(
        message.contains("server closed the connection unexpectedly"),
        "{message}"
    );
    assert!(
        message.contains("then run the nodes that failed again"),
        "{message}"
    );
    project.run(&["retry", "--vars", "{wait: false}"]);
    expect![[r#"
        "model.p.slow" "success" "SELECT 1"
    "#]]
    .assert_eq(&project.statuses());
}

#[cfg(unix)]
#[test]
fn ctrl_c_cancels_what_the_server_is_doing() {
    let project = Project::new("stopped", "application_name: stopped", &[]);
    let mut running = Running::of(&project, "stopped");
    let sent = Command::new("sh")
        .args(["-c", "kill -INT \"$0\"", &running.0.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    assert_eq!(running.0.wait().unwrap().code(), Some(130));
    assert_eq!(n_active(&project, "stopped"), 0);
}
