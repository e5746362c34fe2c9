//! dbt's versions and ranges: semantic versions with a comparison of their own.
//!
//! A range is a lower and an upper bound; several wishes are narrowed to one range or are a conflict. Compared with
//! dbt's resolver, quirks included: between a bound and a version of equal numbers the bound's operator decides, and
//! `<1.0.0` does not let `1.0.0-rc1` in.

use std::{cmp::Ordering, fmt};

use crate::error::DepsError;

/// How a version stands to its bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Matcher {
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    Exact,
}

/// `>=1.2.3-rc1+build`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    matcher: Matcher,
    numbers: [u64; 3],
    prerelease: Option<String>,
    build: Option<String>,
}

/// The wishes do not fit together.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Incompatible;

impl Version {
    pub(crate) fn parse(text: &str) -> Result<Self, DepsError> {
        parsed(text).ok_or_else(|| DepsError::Version(text.to_owned()))
    }

    pub(crate) fn is_prerelease(&self) -> bool {
        self.prerelease.is_some()
    }

    fn is_lower(&self) -> bool {
        matches!(self.matcher, Matcher::Greater | Matcher::GreaterEqual)
    }

    fn is_upper(&self) -> bool {
        matches!(self.matcher, Matcher::Less | Matcher::LessEqual)
    }

    fn is_exact(&self) -> bool {
        self.matcher == Matcher::Exact
    }

    /// dbt's order: numbers, pre-release, then the operators.
    fn compare(&self, other: &Self) -> Ordering {
        self.numbers
            .cmp(&other.numbers)
            .then_with(|| self.compare_prerelease(other))
            .then_with(|| self.compare_matcher(other))
    }

    fn compare_prerelease(&self, other: &Self) -> Ordering {
        match (&self.prerelease, &other.prerelease) {
            (None, None) => Ordering::Equal,
            // `<1.0.0` keeps the pre-releases of 1.0.0 out.
            (None, Some(_)) if self.matcher == Matcher::Less => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(a), Some(b)) => compare_tags(a, b),
        }
    }

    fn compare_matcher(&self, other: &Self) -> Ordering {
        use Matcher::{Greater, GreaterEqual, Less, LessEqual};
        let touches = matches!(
            (self.matcher, other.matcher),
            (GreaterEqual, LessEqual) | (LessEqual, GreaterEqual)
        );
        if touches {
            return Ordering::Equal;
        }
        let is_less = matches!(
            (self.matcher, other.matcher),
            (Less, LessEqual) | (GreaterEqual, Greater)
        ) || (self.is_upper() && other.is_lower());
        if is_less {
            return Ordering::Less;
        }
        let is_greater = matches!(
            (self.matcher, other.matcher),
            (LessEqual, Less) | (Greater, GreaterEqual)
        ) || (self.is_lower() && other.is_upper());
        if is_greater {
            return Ordering::Greater;
        }
        Ordering::Equal
    }
}

/// Numbers count less than words, and fewer of equal tags less than more.
fn compare_tags(a: &str, b: &str) -> Ordering {
    let number = |tag: &str| tag.parse::<u64>().ok().filter(|_| !tag.starts_with('+'));
    for (a, b) in a.split('.').zip(b.split('.')) {
        let ordering = match (number(a), number(b)) {
            (Some(a), Some(b)) => a.cmp(&b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => a.cmp(b),
        };
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
    a.len().cmp(&b.len())
}

fn parsed(text: &str) -> Option<Version> {
    let matchers = [
        (">=", Matcher::GreaterEqual),
        ("<=", Matcher::LessEqual),
        (">", Matcher::Greater),
        ("<", Matcher::Less),
        ("=", Matcher::Exact),
        ("", Matcher::Exact),
    ];
    let (rest, matcher) = matchers
        .into_iter()
        .find_map(|(sign, matcher)| Some((text.strip_prefix(sign)?, matcher)))?;
    let (rest, build) = match rest.split_once('+') {
        Some((rest, build)) => (rest, Some(build.to_owned())),
        None => (rest, None),
    };
    let is_tag_char = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if let Some(build) = &build
        && !build.chars().all(|c| is_tag_char(c) || c == '.')
    {
        return None;
    }
    let (major, rest) = number(rest)?;
    let (minor, rest) = number(rest.strip_prefix('.')?)?;
    let (patch, rest) = number(rest.strip_prefix('.')?)?;
    // The dash may be left out: `1.0.0b1`.
    let prerelease = match rest.strip_prefix('-') {
        Some("") | None => rest,
        Some(tags) => tags,
    };
    let is_tag = |tag: &str| {
        let is_number = tag.chars().all(|c| c.is_ascii_digit());
        !tag.is_empty()
            && tag.chars().all(is_tag_char)
            && !(is_number && tag.len() > 1 && tag.starts_with('0'))
    };
    if !prerelease.is_empty() && !prerelease.split('.').all(is_tag) {
        return None;
    }
    Some(Version {
        matcher,
        numbers: [major, minor, patch],
        prerelease: (!prerelease.is_empty()).then(|| prerelease.to_owned()),
        build,
    })
}

/// A number without zeros in front, and what follows it.
fn number(text: &str) -> Option<(u64, &str)> {
    if let Some(rest) = text.strip_prefix('0') {
        return Some((0, rest));
    }
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    Some((digits.parse().ok()?, rest))
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.matcher {
            Matcher::Greater => ">",
            Matcher::GreaterEqual => ">=",
            Matcher::Less => "<",
            Matcher::LessEqual => "<=",
            Matcher::Exact => "=",
        };
        let [major, minor, patch] = self.numbers;
        write!(f, "{sign}{major}.{minor}.{patch}")?;
        if let Some(prerelease) = &self.prerelease {
            write!(f, "-{prerelease}")?;
        }
        match &self.build {
            Some(build) if !build.is_empty() => write!(f, "+{build}"),
            _ => Ok(()),
        }
    }
}

/// What lies between two bounds; `None` is no bound.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct VersionRange {
    start: Option<Version>,
    end: Option<Version>,
}

impl VersionRange {
    fn of(version: &Version) -> Self {
        let is_start = !version.is_upper();
        let is_end = !version.is_lower();
        Self {
            start: is_start.then(|| version.clone()),
            end: is_end.then(|| version.clone()),
        }
    }

    /// All wishes at once.
    pub(crate) fn reduce(versions: &[Version]) -> Result<Self, Incompatible> {
        // dbt begins with the last one, which decides whose notation of equal bounds is kept.
        let Some((last, others)) = versions.split_last() else {
            return Ok(Self::default());
        };
        others.iter().try_fold(Self::of(last), |range, version| {
            range.narrowed(&Self::of(version))
        })
    }

    fn narrowed(&self, other: &Self) -> Result<Self, Incompatible> {
        let is_exact = |bound: &Option<Version>| bound.as_ref().is_some_and(Version::is_exact);
        let range = if is_exact(&self.start) && is_exact(&other.start) {
            match (&self.start, &other.start) {
                (Some(a), Some(b)) if a.compare(b) != Ordering::Equal => return Err(Incompatible),
                _ => Self {
                    start: self.start.clone(),
                    end: self.start.clone(),
                },
            }
        } else {
            Self {
                start: combined(self.start.as_ref(), other.start.as_ref(), Ordering::Less)?,
                end: combined(self.end.as_ref(), other.end.as_ref(), Ordering::Greater)?,
            }
        };
        match (&range.start, &range.end) {
            (Some(start), Some(end)) if start.compare(end) == Ordering::Greater => {
                Err(Incompatible)
            }
            _ => Ok(range),
        }
    }

    fn contains(&self, version: &Version) -> bool {
        let all: Vec<Version> = [Some(version), self.start.as_ref(), self.end.as_ref()]
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        Self::reduce(&all).is_ok()
    }

    /// The newest of these versions that lies in the range.
    pub(crate) fn newest<'v>(&self, versions: &'v [Release]) -> Option<&'v Release> {
        let mut newest: Option<&Release> = None;
        for release in versions.iter().filter(|it| self.contains(&it.version)) {
            let is_newer = newest
                .is_none_or(|newest| newest.version.compare(&release.version) == Ordering::Less);
            if is_newer {
                newest = Some(release);
            }
        }
        newest
    }
}

/// The stricter of two bounds; `looser` is how a looser one stands to a stricter one.
fn combined(
    a: Option<&Version>,
    b: Option<&Version>,
    looser: Ordering,
) -> Result<Option<Version>, Incompatible> {
    let (a, b) = match (a, b) {
        (Some(a), Some(b)) => (a, b),
        (one, other) => return Ok(one.or(other).cloned()),
    };
    if !a.is_exact() && !b.is_exact() {
        let stricter = if a.compare(b) == looser { b } else { a };
        return Ok(Some(stricter.clone()));
    }
    let (exact, bound) = if a.is_exact() { (a, b) } else { (b, a) };
    let ordering = bound.compare(exact);
    let lets_in_equal = matches!(bound.matcher, Matcher::GreaterEqual | Matcher::LessEqual);
    if ordering == looser || (ordering == Ordering::Equal && lets_in_equal) {
        return Ok(Some(exact.clone()));
    }
    Err(Incompatible)
}

impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.start, &self.end) {
            (None, None) => f.write_str("ANY"),
            (Some(bound), None) | (None, Some(bound)) => bound.fmt(f),
            (Some(start), Some(end)) => write!(f, "{start}, {end}"),
        }
    }
}

/// A version that exists, under the name it has in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Release {
    pub(crate) name: String,
    pub(crate) version: Version,
}

/// What may be installed of these, the oldest first.
pub(crate) fn installable(names: &[String], prereleases: bool) -> Result<Vec<Release>, DepsError> {
    let mut releases = Vec::new();
    for name in names {
        let version = Version::parse(name)?;
        if prereleases || !version.is_prerelease() {
            releases.push(Release {
                name: name.clone(),
                version,
            });
        }
    }
    releases.sort_by(|a, b| a.version.compare(&b.version));
    Ok(releases)
}

/// Whether a version meets all of `wishes`, as `require-dbt-version` has them.
pub(crate) fn is_met(version: &str, wishes: &[String]) -> Result<bool, DepsError> {
    let mut all = vec![Version::parse(version)?];
    for wish in wishes {
        all.push(Version::parse(wish)?);
    }
    Ok(VersionRange::reduce(&all).is_ok())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(wishes: &[&str], available: &[&str], expected: &Expect) {
        let wishes: Result<Vec<_>, _> = wishes.iter().map(|text| Version::parse(text)).collect();
        let shown = match wishes {
            Err(error) => error.to_string(),
            Ok(wishes) => match VersionRange::reduce(&wishes) {
                Err(Incompatible) => "conflict".to_owned(),
                Ok(range) => {
                    let names: Vec<String> = available.iter().map(|&it| it.to_owned()).collect();
                    let is_pre = wishes.iter().any(Version::is_prerelease);
                    let releases = installable(&names, is_pre).unwrap();
                    let found = range.newest(&releases).map(|it| it.name.as_str());
                    format!("{range} -> {}", found.unwrap_or("none"))
                }
            },
        };
        expected.assert_eq(&shown);
    }

    const ALL: [&str; 7] = [
        "0.9.0",
        "1.0.0-rc1",
        "1.0.0",
        "1.2.0",
        "1.10.0",
        "2.0.0-b2",
        "2.0.0",
    ];

    #[test]
    fn takes_the_newest_in_range() {
        check(
            &[">=1.0.0", "<2.0.0"],
            &ALL,
            &expect![">=1.0.0, <2.0.0 -> 1.10.0"],
        );
        check(&["<1.0.0"], &ALL, &expect!["<1.0.0 -> 0.9.0"]);
        check(&[">=0.1.0"], &ALL, &expect![">=0.1.0 -> 2.0.0"]);
        check(&["1.2.0"], &ALL, &expect!["=1.2.0, =1.2.0 -> 1.2.0"]);
        check(&["3.0.0"], &ALL, &expect!["=3.0.0, =3.0.0 -> none"]);
        check(&[], &ALL, &expect!["ANY -> 2.0.0"]);
    }

    #[test]
    fn pre_releases_come_only_when_named() {
        check(
            &["2.0.0-b2"],
            &ALL,
            &expect!["=2.0.0-b2, =2.0.0-b2 -> 2.0.0-b2"],
        );
        check(
            &[">=1.0.0-rc1", "<1.0.0"],
            &ALL,
            &expect![">=1.0.0-rc1, <1.0.0 -> none"],
        );
    }

    #[test]
    fn wishes_that_exclude_each_other_are_a_conflict() {
        check(&["1.0.0", "1.2.0"], &ALL, &expect!["conflict"]);
        check(&[">=1.0.0", "<1.0.0"], &ALL, &expect!["conflict"]);
        check(&[">1.0.0", "1.0.0"], &ALL, &expect!["conflict"]);
    }

    #[test]
    fn a_version_has_three_numbers() {
        check(
            &["1.0"],
            &ALL,
            &expect![[r#""1.0" is not a valid semantic version."#]],
        );
        check(
            &[">=1.0.0,<2.0.0"],
            &ALL,
            &expect![[r#"">=1.0.0,<2.0.0" is not a valid semantic version."#]],
        );
    }

    #[test]
    fn releases_say_which_dbt_they_are_for() {
        let wishes = [">=1.6.0".to_owned(), "<2.0.0".to_owned()];
        assert!(is_met("1.11.0", &wishes).unwrap());
        assert!(!is_met("2.0.0", &wishes).unwrap());
    }
}
