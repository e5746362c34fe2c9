//! The forms in which findings are told: for people, for programs, and for the services that show them beside the code.

use std::{collections::BTreeMap, fmt::Write as _};

use base::{Severity, explained};
use project::checksum::md5_hex;
use serde_json::{Value, json};

use super::Finding;

/// `models/orders.sql:3:8: error[unknown-ref]: model `stg_orderz` not found`
pub(super) fn text(findings: &[Finding]) -> String {
    let mut shown = String::new();
    for it in findings {
        let (line, column) = it.start;
        let (severity, code) = (severity(it), it.code);
        // Writing to a string does not fail.
        let _ = writeln!(
            shown,
            "{}:{line}:{column}: {severity}[{code}]: {}",
            it.path, it.message
        );
    }
    let count = |wanted: Severity| findings.iter().filter(|it| it.severity == wanted).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let (errors, warnings) = (
        engine::plural(errors, "error"),
        engine::plural(warnings, "warning"),
    );
    let _ = writeln!(shown, "{errors}, {warnings}");
    shown
}

/// A list of objects.
pub(super) fn json(findings: &[Finding]) -> String {
    let entries = findings.iter().map(|it| {
        json!({
            "path": it.path,
            "line": it.start.0,
            "column": it.start.1,
            "end_line": it.end.0,
            "end_column": it.end.1,
            "severity": severity(it),
            "code": it.code,
            "message": it.message,
        })
    });
    pretty(&entries.collect())
}

/// SARIF 2.1.0, as GitHub's code scanning and others take it.
///
/// See <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.
pub(super) fn sarif(findings: &[Finding]) -> String {
    let mut codes: Vec<&str> = findings.iter().map(|it| it.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let rules: Vec<Value> = codes.iter().map(|code| rule(code)).collect();
    let results = findings.iter().map(|it| {
        let level = match it.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info | Severity::Hint => "note",
        };
        json!({
            "ruleId": it.code,
            "ruleIndex": codes.iter().position(|code| *code == it.code),
            "level": level,
            "message": {"text": it.message},
            "locations": [{"physicalLocation": {
                "artifactLocation": {"uri": uri(&it.path)},
                "region": {
                    "startLine": it.start.0,
                    "startColumn": it.start.1,
                    "endLine": it.end.0,
                    "endColumn": it.end.1,
                },
            }}],
        })
    });
    pretty(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "dagsmith", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Vec<_>>(),
        }],
    }))
}

fn rule(code: &str) -> Value {
    match explained(code) {
        Some(it) => json!({
            "id": code,
            "shortDescription": {"text": it.meaning},
            "help": {"text": it.remedy},
        }),
        None => match ide::RULES.iter().find(|rule| rule.code == code) {
            Some(rule) => json!({
                "id": code,
                "name": rule.name,
                "shortDescription": {"text": rule.meaning},
            }),
            None => json!({"id": code}),
        },
    }
}

/// Lines that GitHub's runner turns into annotations.
pub(super) fn github(findings: &[Finding]) -> String {
    let data = |text: &str| {
        text.replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let line = |it: &Finding| {
        let level = match it.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info | Severity::Hint => "notice",
        };
        format!(
            "::{level} file={},line={},col={},endLine={},endColumn={},title={}::{}\n",
            property(&it.path),
            it.start.0,
            it.start.1,
            it.end.0,
            it.end.1,
            property(it.code),
            data(&it.message)
        )
    };
    findings.iter().map(line).collect()
}

/// GitLab's code quality report. A fingerprint stays the same when lines move, so that it is known for the same finding.
pub(super) fn gitlab(findings: &[Finding]) -> String {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let entries = findings.iter().map(|it| {
        let what = format!("{}\n{}\n{}", it.path, it.code, it.message);
        let n = seen.entry(what.clone()).or_default();
        *n += 1;
        let severity = match it.severity {
            Severity::Error => "major",
            Severity::Warning => "minor",
            Severity::Info | Severity::Hint => "info",
        };
        json!({
            "description": it.message,
            "check_name": it.code,
            "fingerprint": md5_hex(&format!("{what}\n{n}")),
            "severity": severity,
            "location": {"path": it.path, "lines": {"begin": it.start.0, "end": it.end.0}},
        })
    });
    pretty(&entries.collect())
}

fn severity(finding: &Finding) -> &'static str {
    match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
        Severity::Hint => "hint",
    }
}

/// What may not stand in the path of a URI is escaped.
fn uri(path: &str) -> String {
    let mut shown = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            shown.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(shown, "%{byte:02X}");
        }
    }
    shown
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(format: fn(&[Finding]) -> String, expected: &Expect) {
        let finding = Finding {
            path: "models/a b.sql".to_owned(),
            start: (3, 8),
            end: (3, 12),
            severity: Severity::Error,
            code: "unknown-ref",
            message: "100% lost,\nsee below".to_owned(),
        };
        expected.assert_eq(&format(&[finding]));
    }

    #[test]
    fn people_get_a_line_each() {
        check(
            text,
            &expect![[r"
                models/a b.sql:3:8: error[unknown-ref]: 100% lost,
                see below
                1 error, 0 warnings
            "]],
        );
    }

    #[test]
    fn annotations_escape_what_would_end_them() {
        check(
            github,
            &expect![[r"
                ::error file=models/a b.sql,line=3,col=8,endLine=3,endColumn=12,title=unknown-ref::100%25 lost,%0Asee below
            "]],
        );
    }

    #[test]
    fn sarif_has_what_the_standard_asks_for() {
        let found = Finding {
            path: "models/a b.sql".to_owned(),
            start: (3, 8),
            end: (3, 12),
            severity: Severity::Hint,
            code: "unknown-ref",
            message: "lost".to_owned(),
        };
        let log: Value = serde_json::from_str(&sarif(&[found])).unwrap();
        let at = |pointer: &str| log.pointer(pointer).cloned().unwrap_or_default();
        assert_eq!(at("/version"), "2.1.0");
        assert_eq!(at("/runs/0/tool/driver/name"), "dagsmith");
        assert_eq!(
            at("/runs/0/tool/driver/rules/0/id"),
            at("/runs/0/results/0/ruleId")
        );
        assert_eq!(at("/runs/0/results/0/ruleIndex"), 0);
        assert_eq!(at("/runs/0/results/0/level"), "note");
        let location = "/runs/0/results/0/locations/0/physicalLocation";
        assert_eq!(
            at(&format!("{location}/artifactLocation/uri")),
            "models/a%20b.sql"
        );
        assert_eq!(at(&format!("{location}/region/startLine")), 3);
    }

    #[test]
    fn the_same_finding_twice_has_two_fingerprints() {
        let finding = Finding {
            path: "a.sql".to_owned(),
            start: (1, 1),
            end: (1, 2),
            severity: Severity::Warning,
            code: "unknown-ref",
            message: "lost".to_owned(),
        };
        let report: Value = serde_json::from_str(&gitlab(&[finding.clone(), finding])).unwrap();
        let fingerprint = |n: usize| report.pointer(&format!("/{n}/fingerprint")).cloned();
        assert!(fingerprint(0).is_some());
        assert_ne!(fingerprint(0), fingerprint(1));
    }
}
