//! What people read when a statement fails.

use expect_test::expect;

use crate::check_failure;

#[test]
fn a_mistake_is_shown_where_the_server_says() {
    check_failure(
        "mistakes",
        "select\n    nmae as name\nfrom (select 'a' as name) as t",
        &expect![[r#"
            Database Error in model a (models/a.sql)
              column "nmae" does not exist
              LINE 6:     nmae as name
                          ^
              HINT:  Perhaps you meant to reference the column "t.name".
        "#]],
    );
}

#[test]
fn a_session_that_the_server_ends_says_so() {
    check_failure(
        "ended",
        "{{ config(materialized='table') }}\nselect pg_terminate_backend(pg_backend_pid()) as gone",
        &expect![[r#"
            Database Error in model a (models/a.sql)
              terminating connection due to administrator command
              The server is being shut down or the session was ended by an administrator; what the node had not committed is undone. Run the nodes that failed again once it is up
        "#]],
    );
}

#[test]
fn a_statement_that_somebody_cancels_says_so() {
    check_failure(
        "cancelled_by_hand",
        "{{ config(materialized='table') }}\nselect pg_cancel_backend(pg_backend_pid())::text || pg_sleep(60)::text as gone",
        &expect![[r#"
            Database Error in model a (models/a.sql)
              canceling statement due to user request
              Somebody cancelled the statement on the server (pg_cancel_backend); run the node again
        "#]],
    );
}

#[test]
fn a_statement_that_the_server_cancels_says_so() {
    check_failure(
        "cancelled",
        "{{ config(materialized='table', pre_hook='set local statement_timeout = 1') }}\nselect pg_sleep(60)::text as slept",
        &expect![[r#"
            Database Error in model a (models/a.sql)
              canceling statement due to statement timeout
              The server's `statement_timeout` ended the statement: make the model cheaper, or raise the limit for the role or in a pre-hook
        "#]],
    );
}

#[test]
fn a_role_that_is_not_there_is_named_when_it_is_granted_something() {
    check_failure(
        "granted_to_nobody",
        "{{ config(materialized='table', grants={'select': ['nobody_known']}) }} select 1 as id",
        &expect![[r#"
            Database Error in model a (models/a.sql)
              role "nobody_known" does not exist
              Create the role on the server, or change `grants` of the node or `role` of the profile
        "#]],
    );
}
