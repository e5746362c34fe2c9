//! How connections are made, and what people read when they are not.

use expect_test::{Expect, expect};

use crate::{Project, Server, server};

fn check_debug(target: &str, expected: &Expect) {
    let project = Project::new("debug", target, &[]);
    expected.assert_eq(&project.run(&["debug", "--connection"]));
}

#[test]
fn connects_over_tcp_and_over_a_socket() {
    let works = expect![[r"
        connection test: [OK connection ok]

        All checks passed!
    "]];
    check_debug("", &works);
    check_debug("host: DIR", &works);
    check_debug("sslmode: disable", &works);
    check_debug("sslmode: verify-full\nsslrootcert: DIR/ca.crt", &works);
}

#[test]
fn a_connection_that_is_refused_says_what_to_check() {
    check_debug(
        "pass: wrong",
        &expect![[r#"
        connection test: [ERROR could not connect: connection to server at "localhost", port PORT failed: FATAL:  password authentication failed for user "dagsmith"; check `user` and `password` of the profile, and the environment variables that they come from]
    "#]],
    );
    check_debug(
        "user: nobody_known\nretries: 0",
        &expect![[r#"
        connection test: [ERROR could not connect: connection to server at "localhost", port PORT failed: FATAL:  password authentication failed for user "nobody_known"; check `user` and `password` of the profile, and the environment variables that they come from]
    "#]],
    );
    check_debug(
        "port: 1\nretries: 0\nhost: 127.0.0.1",
        &expect![[r#"
        connection test: [ERROR could not connect: connection to server at "127.0.0.1" (127.0.0.1), port 1 failed: Connection refused
          Is the server running on that host and accepting TCP/IP connections? Check `host` and `port` of the profile]
    "#]],
    );
    check_debug(
        "sslmode: verify-ca",
        &expect![[r#"
        connection test: [ERROR could not connect: `sslmode` asks to verify the server, and there is no root certificate: name its file with `sslrootcert`, or put it at ~/.postgresql/root.crt]
    "#]],
    );
    check_debug(
        "sslmode: verify-full\nsslrootcert: DIR/client.crt",
        &expect![[r#"
            connection test: [ERROR could not connect: no encrypted connection to the server at "localhost", port PORT: invalid peer certificate: UnknownIssuer; see `sslmode`, `sslrootcert`, `sslcert` and `sslkey` of the profile]
        "#]],
    );
    check_debug(
        "role: nobody_known",
        &expect![[r#"
        connection test: [ERROR could not connect: `role` of the profile: role "nobody_known" does not exist]
    "#]],
    );
}

/// Whether a session is encrypted, or why there is none.
fn check_tls(server: &Server, target: &str, expected: &str) {
    let project = Project::on(server, "tls", &format!("retries: 0\n{target}"), &[]);
    let sql = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
    let said = project.run(&["-q", "show", "--output", "json", "--inline", sql]);
    let found = match serde_json::from_str::<serde_json::Value>(&said) {
        Ok(shown) if shown["show"][0]["ssl"] == true => "encrypted",
        Ok(_) => "plain",
        Err(_) => &said,
    };
    assert!(found.contains(expected), "{target}: {found}");
}

/// What psql says in each case, which has libpq.
#[test]
fn tls_is_what_the_mode_says() {
    let project = Project::new("tls", "", &[]);
    project.execute("create role secret login password 'dagsmith'; create role certified login");
    for (target, expected) in [
        ("sslmode: disable", "plain"),
        ("sslmode: allow", "plain"),
        ("sslmode: prefer", "encrypted"),
        ("sslmode: require", "encrypted"),
        ("sslmode: verify-ca\nsslrootcert: DIR/ca.crt", "encrypted"),
        ("sslmode: verify-full\nsslrootcert: DIR/ca.crt", "encrypted"),
        // The certificate is for `localhost`.
        (
            "host: 127.0.0.1\nsslmode: verify-ca\nsslrootcert: DIR/ca.crt",
            "encrypted",
        ),
        (
            "host: 127.0.0.1\nsslmode: verify-full\nsslrootcert: DIR/ca.crt",
            "not valid for name",
        ),
        // Another root than the server's.
        ("sslmode: prefer\nsslrootcert: DIR/client.crt", "plain"),
        (
            "sslmode: require\nsslrootcert: DIR/client.crt",
            "UnknownIssuer",
        ),
        (
            "sslmode: verify-ca\nsslrootcert: DIR/client.crt",
            "UnknownIssuer",
        ),
        // One whom the server lets in only with encryption.
        ("user: secret\nsslmode: disable", "no encryption"),
        ("user: secret\nsslmode: allow", "encrypted"),
        ("user: secret\nsslmode: prefer", "encrypted"),
        // One who has to show a certificate.
        (
            "user: certified\nsslmode: require",
            "requires a valid client certificate",
        ),
        (
            "user: certified\nsslmode: require\nsslcert: DIR/client.crt\nsslkey: DIR/client.key",
            "encrypted",
        ),
    ] {
        check_tls(server(), target, expected);
    }
}

#[test]
fn a_server_without_tls_is_used_as_it_is_unless_the_mode_asks_for_it() {
    let server = Server::start_with(&[]);
    for mode in ["disable", "allow", "prefer"] {
        check_tls(&server, &format!("sslmode: {mode}"), "plain");
    }
    let refused = "does not encrypt connections, which `sslmode` asks for";
    check_tls(&server, "sslmode: require", refused);
    check_tls(&server, "sslmode: verify-full", refused);
}

/// As libpq does it, with which dbt connects.
#[cfg(unix)]
#[test]
fn the_environment_says_what_the_profile_leaves_out() {
    let project = Project::new("environment", "pass: ''\nretries: 0", &[]);
    project.write("passwords", "localhost:*:dagsmith:dagsmith:dagsmith\n");
    let passwords = project.0.path().join("passwords");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&passwords, mode).unwrap();
    let sql = "select current_setting('work_mem') as mem, current_setting('timezone') as zone, ssl from pg_stat_ssl where pid = pg_backend_pid()";
    let shown = |variables: &[(&str, &str)]| {
        let mut command = project.command(&["-q", "show", "--output", "json", "--inline", sql]);
        let output = command.envs(variables.iter().copied()).output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        text.split_whitespace().collect::<String>()
    };
    let found = shown(&[
        ("PGPASSWORD", "dagsmith"),
        ("PGSSLMODE", "disable"),
        ("PGOPTIONS", "-c work_mem=1MB"),
        ("PGTZ", "Asia/Tokyo"),
    ]);
    assert_eq!(
        found,
        r#"{"show":[{"mem":"1MB","zone":"Asia/Tokyo","ssl":false}]}"#
    );
    let found = shown(&[("PGPASSFILE", passwords.to_str().unwrap()), ("PGTZ", "UTC")]);
    assert_eq!(found, r#"{"show":[{"mem":"4MB","zone":"UTC","ssl":true}]}"#);
    let refused = shown(&[("PGPASSWORD", "wrong")]);
    assert!(
        refused.contains("passwordauthenticationfailed"),
        "{refused}"
    );
}
