//! `microbatch`: a model that is built in batches of time, and does not say by what, from when, or how large they are.

use analysis::{microbatch::microbatch_errors, source::template};
use base::{Diagnostic, SourceRange};
use jinja::Template;

use super::CheckContext;

pub(super) fn check(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    for message in microbatch_errors(db, file) {
        let range = place(template(db, file), &message);
        found.push(Diagnostic::error("microbatch", range, message));
    }
}

/// The value that is wrong, else where the configuration is written, else the beginning of the file.
fn place(tree: &Template, message: &str) -> SourceRange {
    let calls = || tree.calls_of(&["config"]);
    let keys = [
        "event_time",
        "begin",
        "batch_size",
        "lookback",
        "concurrent_batches",
    ];
    let key = keys
        .iter()
        .find(|key| message.contains(&format!("'{key}'")));
    let value = key.and_then(|key| calls().find_map(|call| call.keyword(key)));
    let call = || calls().next().map(jinja::syntax::CallSyntax::callee_range);
    value
        .map(|value| value.value.range)
        .or_else(call)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::render_diagnostics;

    fn check(fixture: &str, expected: &Expect) {
        expected.assert_eq(&render_diagnostics(fixture));
    }

    const WRONG: &str = r"
//- /models/sized.sql
{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='at', begin='2024-01-01', batch_size='week') }}
select 1 as at
//- /models/endless.sql
{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='at', batch_size='day') }}
select 1 as at
//- /models/by_properties.sql
select 1 as at
//- /models/models.yml
models:
  - name: by_properties
    config: {materialized: incremental, incremental_strategy: microbatch, begin: 2024-01-01, batch_size: day}
";

    #[test]
    fn what_batches_need_is_there_and_right() {
        check(
            WRONG,
            &expect![[r"
            /models/by_properties.sql
              1:1 error microbatch: Microbatch model 'by_properties' must provide an 'event_time' (string) config that indicates the name of the event time column.
            /models/endless.sql
              1:4 error microbatch: Microbatch model 'endless' must provide a 'begin' (datetime) config that indicates the earliest timestamp the microbatch model should be built from.
            /models/sized.sql
              1:122 error microbatch: Microbatch model 'sized' must provide a 'batch_size' config that is one of ['hour', 'day', 'month', 'year'], but got: week.
        "]],
        );
    }

    #[test]
    fn a_project_with_batches_of_its_own_may_need_other_things() {
        let own = "//- /macros/own.sql\n{% macro get_incremental_microbatch_sql(arg_dict) %}select 1{% endmacro %}\n";
        check(&format!("{WRONG}{own}"), &expect![[""]]);
    }
}
