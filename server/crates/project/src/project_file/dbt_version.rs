//! `require-dbt-version`: which dbt a project or package was written for.

use std::cmp::Ordering;

use semver::Version;

use crate::reading::SpannedText;

/// The version of dbt whose behaviour is ours.
pub const DBT_VERSION: &str = "1.11.0";

/// The first requirement that `version` does not meet. What cannot be read as a requirement counts as met.
pub fn unmet_requirement<'a>(
    requirements: &'a [SpannedText],
    version: &str,
) -> Option<&'a SpannedText> {
    let version = parse(version)?;
    requirements.iter().find(|requirement| {
        requirement
            .value
            .split(',')
            .any(|part| !is_met(part.trim(), &version))
    })
}

fn is_met(requirement: &str, version: &Version) -> bool {
    let operator_len = requirement
        .find(|c: char| !matches!(c, '<' | '>' | '=' | '!'))
        .unwrap_or(requirement.len());
    let (operator, wanted) = requirement.split_at(operator_len);
    let Some(wanted) = parse(wanted.trim()) else {
        return true;
    };
    let ordering = version.cmp(&wanted);
    match operator {
        ">=" => ordering != Ordering::Less,
        ">" => ordering == Ordering::Greater,
        "<=" => ordering != Ordering::Greater,
        "<" => ordering == Ordering::Less,
        "!=" => ordering != Ordering::Equal,
        _ => ordering == Ordering::Equal,
    }
}

/// `1.7`, `1.7.0` and Python's `1.7.0rc1`.
fn parse(text: &str) -> Option<Version> {
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let end = text.find(|c| !is_number(c)).unwrap_or(text.len());
    let (numbers, pre) = text.split_at(end);
    let pre = pre.trim_start_matches('-');
    let mut numbers: Vec<&str> = numbers.trim_end_matches('.').split('.').collect();
    numbers.resize(3, "0");
    let separator = if pre.is_empty() { "" } else { "-" };
    Version::parse(&format!("{}{separator}{pre}", numbers.join("."))).ok()
}

#[cfg(test)]
mod tests {
    use base::SourceRange;

    use super::unmet_requirement;
    use crate::reading::Spanned;

    fn unmet(requirements: &[&str]) -> Option<String> {
        let requirements: Vec<_> = requirements
            .iter()
            .map(|text| Spanned::new((*text).into(), SourceRange::default()))
            .collect();
        unmet_requirement(&requirements, "1.11.0").map(|found| found.value.to_string())
    }

    #[test]
    fn compares_by_number() {
        assert_eq!(unmet(&[">=1.3.0", "<2.0.0"]), None);
        assert_eq!(
            unmet(&[">=1.3.0,<1.9.0"]),
            Some(">=1.3.0,<1.9.0".to_owned())
        );
        assert_eq!(unmet(&[">=1.12.0b1"]), Some(">=1.12.0b1".to_owned()));
        assert_eq!(unmet(&["=1.11.0"]), None);
    }
}
