//! What a test's one row means: passed, warned or failed.

use jinja::{Table, Value, value::text};
use project::node::Config;

use crate::outcome::Status;

/// The row that every test yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) failures: i64,
    should_warn: bool,
    should_error: bool,
}

/// Reads the row; an error says how the test's SQL broke the contract.
pub(super) fn read(table: Option<&Table>) -> Result<Verdict, String> {
    let table = table.ok_or("the test returned no result")?;
    let [row] = table.rows() else {
        return Err(format!(
            "dbt internally failed to execute the test: returned {} rows, but expected 1",
            table.rows().len()
        ));
    };
    let value = |name: &str| -> Result<&Value, String> {
        let idx = table
            .columns()
            .iter()
            .position(|column| column.name.eq_ignore_ascii_case(name));
        idx.and_then(|idx| row.get(idx))
            .ok_or_else(|| format!("the test's result has no column `{name}`"))
    };
    Ok(Verdict {
        failures: count(value("failures")?)?,
        should_warn: flag(value("should_warn")?)?,
        should_error: flag(value("should_error")?)?,
    })
}

fn count(value: &Value) -> Result<i64, String> {
    let number = value
        .as_i64()
        .or_else(|| text(value).parse::<f64>().ok().map(|it| it as i64));
    number.ok_or_else(|| format!("`fail_calc` must be a number, got {}", text(value)))
}

fn flag(value: &Value) -> Result<bool, String> {
    match text(value).to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        other => Err(format!(
            "a test's condition must be true or false, got {other}"
        )),
    }
}

/// The status, and dbt's words for it.
pub(super) fn judge(
    config: &Config,
    verdict: &Verdict,
    warn_error: bool,
) -> (Status, Option<String>) {
    let got = match verdict.failures {
        1 => "1 result".to_owned(),
        failures => format!("{failures} results"),
    };
    let condition = |name: &str| config.text(name).unwrap_or("!= 0").to_owned();
    if config.is_severity_error() && verdict.should_error {
        return (
            Status::Fail,
            Some(format!(
                "Got {got}, configured to fail if {}",
                condition("error_if")
            )),
        );
    }
    if !verdict.should_warn {
        return (Status::Pass, None);
    }
    let warn_if = condition("warn_if");
    if warn_error {
        (
            Status::Fail,
            Some(format!("Got {got}, configured to fail if {warn_if}")),
        )
    } else {
        (
            Status::Warn,
            Some(format!("Got {got}, configured to warn if {warn_if}")),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use project::{json::JsonMap, node::ResourceType};

    fn check(config: &[(&str, &str)], should_warn: bool, should_error: bool, expected: &Expect) {
        let explicit: JsonMap = config
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect();
        let verdict = Verdict {
            failures: 2,
            should_warn,
            should_error,
        };
        let (status, message) = judge(&Config::new(ResourceType::Test, explicit), &verdict, false);
        expected.assert_eq(&format!(
            "{} {}",
            status.name(),
            message.unwrap_or_default()
        ));
    }

    #[test]
    fn severity_decides_between_failing_and_warning() {
        check(
            &[],
            true,
            true,
            &expect!["fail Got 2 results, configured to fail if != 0"],
        );
        check(
            &[("severity", "warn")],
            true,
            true,
            &expect!["warn Got 2 results, configured to warn if != 0"],
        );
        check(
            &[("error_if", ">10"), ("warn_if", ">1")],
            true,
            false,
            &expect!["warn Got 2 results, configured to warn if >1"],
        );
        check(&[], false, false, &expect!["pass "]);
    }
}
