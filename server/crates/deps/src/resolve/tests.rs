//! Resolution against an index in memory.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;
use crate::{packages_file::read_wanted, wanted::GitPlace};

/// Packages of the index by name; repositories and directories by address: a name, and what each needs.
struct Shelf {
    hub: Value,
    others: Value,
}

impl Source for Shelf {
    fn hub(&self, package: &str) -> Result<Arc<HubPackage>, DepsError> {
        let versions = self.hub.get(package);
        let versions = versions.ok_or_else(|| DepsError::NotInIndex(package.to_owned()))?;
        let name = package.split('/').next_back().unwrap();
        let mut releases = serde_json::Map::new();
        for (version, needs) in versions.as_object().unwrap() {
            let release = json!({
                "name": name,
                "packages": needs["packages"],
                "require_dbt_version": needs["dbt"],
                "downloads": {"tarball": "x"},
            });
            releases.insert(version.clone(), release);
        }
        Ok(Arc::new(
            HubPackage::read(json!({"name": name, "versions": releases})).unwrap(),
        ))
    }

    fn metadata(&self, pinned: &Pinned) -> Result<Metadata, DepsError> {
        let (at, commit) = match pinned {
            Pinned::Hub {
                package, version, ..
            } => {
                let release = self.hub(package)?.release(package, version)?;
                return Ok(Metadata {
                    name: release.name,
                    wanted: release.packages,
                    commit: None,
                });
            }
            Pinned::Git {
                place: GitPlace { url, .. },
                ..
            } => (url, Some("abc".to_owned())),
            Pinned::Local { path } => (path, None),
            Pinned::Tarball { place } => (&place.url, None),
        };
        Ok(Metadata {
            name: self.others[at]["name"].as_str().unwrap().to_owned(),
            wanted: wanted(&self.others[at]["packages"])?,
            commit,
        })
    }
}

fn wanted(packages: &Value) -> Result<Vec<Wanted>, DepsError> {
    read_wanted(&json!({"packages": packages}).to_string(), &|text| {
        Ok(text.into())
    })
}

fn check(packages: &Value, expected: &Expect) {
    let shelf = Shelf {
        hub: json!({
            "o/utils": {"1.0.0": {}, "1.1.0": {}, "2.0.0": {}, "3.0.0": {"dbt": [">=2.0.0"]}, "2.1.0-rc1": {}},
            "o/dates": {"0.1.0": {"packages": [{"package": "o/utils", "version": [">=1.0.0", "<2.0.0"]}]}},
            "o/ring": {"1.0.0": {"packages": [{"package": "o/gnir", "version": "1.0.0"}]}},
            "o/gnir": {"1.0.0": {"packages": [{"package": "o/ring", "version": [">=0.1.0"]}]}},
        }),
        others: json!({
            "../a": {"name": "a", "packages": [{"package": "o/dates", "version": ">=0.0.1"}]},
            "../utils": {"name": "utils", "packages": []},
            "../shop": {"name": "shop", "packages": []},
            "../up": {"name": "../up", "packages": []},
            "https://x/g": {"name": "g", "packages": []},
            "https://x/g.git": {"name": "g", "packages": []},
        }),
    };
    let config = ResolveConfig {
        root_name: "shop",
        dbt_version: Some("1.11.0"),
    };
    let resolved = wanted(packages).and_then(|it| resolve_with(&it, &shelf, config));
    let shown = match resolved {
        Ok(all) => all
            .iter()
            .map(|it| format!("{}: {}\n", it.name, it.pinned.shown_version()))
            .collect(),
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&shown);
}

#[test]
fn what_packages_need_comes_along() {
    check(
        &json!([{"local": "../a"}, {"package": "o/utils", "version": [">=0.1.0"]}]),
        &expect![[r#"
            a: <local @ ../a>
            utils: version 1.1.0
            dates: version 0.1.0
        "#]],
    );
}

#[test]
fn releases_for_another_dbt_and_pre_releases_are_passed_over() {
    check(
        &json!([{"package": "o/utils", "version": ">=0.1.0"}]),
        &expect![[r#"
            utils: version 2.0.0
        "#]],
    );
    check(
        &json!([{"package": "o/utils", "version": ">=0.1.0", "install_prerelease": true}]),
        &expect![[r#"
            utils: version 2.1.0-rc1
        "#]],
    );
    check(
        &json!([{"package": "o/utils", "version": "3.0.0"}]),
        &expect![[r#"
            Could not find a matching compatible version for package o/utils
              Requested range: =3.0.0, =3.0.0
              Compatible versions: ['1.0.0', '1.1.0', '2.0.0']

              Not shown: package versions incompatible with installed version of dbt-core
              To include them, run 'dagsmith --no-version-check deps'"#]],
    );
}

#[test]
fn wishes_of_two_that_exclude_each_other_are_named() {
    check(
        &json!([{"package": "o/utils", "version": "2.0.0"}, {"package": "o/dates", "version": "0.1.0"}]),
        &expect![
            "Version error for package o/utils: Could not find a satisfactory version from options: ['=2.0.0', '>=1.0.0', '<2.0.0']"
        ],
    );
}

#[test]
fn a_circle_is_an_error() {
    check(
        &json!([{"package": "o/ring", "version": "1.0.0"}]),
        &expect![
            "packages depend on each other in a circle: o/gnir -> o/ring -> o/gnir; one of them has to do without the other"
        ],
    );
}

#[test]
fn names_must_be_unique_and_stay_inside() {
    check(
        &json!([{"local": "../utils"}, {"package": "o/utils", "version": "1.0.0"}]),
        &expect![[
            r#"Found duplicate project "utils". This occurs when a dependency has the same project name as some other dependency."#
        ]],
    );
    check(
        &json!([{"local": "../shop"}]),
        &expect![[
            r#"Found a dependency with the same name as the root project "shop". Package names must be unique in a project. Please rename one of these packages."#
        ]],
    );
    check(
        &json!([{"local": "../up"}]),
        &expect![
            "Invalid package name '../up': resolves outside of the packages-install-path; letters, digits, underscores and dashes make a name"
        ],
    );
}

#[test]
fn a_repository_has_one_revision() {
    check(
        &json!([{"git": "https://x/g", "revision": "main"}, {"git": "https://x/g.git"}]),
        &expect![[r#"
            g: revision abc
        "#]],
    );
    check(
        &json!([{"git": "https://x/g", "revision": "main"}, {"git": "https://x/g.git", "revision": 1.0}]),
        &expect![
            "git dependencies should contain exactly one version. https://x/g contains: 1.0, main"
        ],
    );
}

#[test]
fn what_cannot_be_had_says_why() {
    check(
        &json!([{"package": "o/none", "version": "1.0.0"}]),
        &expect!["Package o/none was not found in the package index"],
    );
    check(
        &json!([{"private": "o/secret"}]),
        &expect![[
            r#"Cannot resolve private package o/secret because git provider integration is missing. Please use a "git" package instead."#
        ]],
    );
    check(
        &json!([{"tarball": "https://x/y.tgz"}]),
        &expect!["the tarball https://x/y.tgz needs a `name`: the name of the package in it"],
    );
}
