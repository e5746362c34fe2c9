//! Which packages a project gets, those that packages need included.
//!
//! As in dbt, wishes are joined level by level: what the project asks for, then what that asks for, and so on. A
//! package of the index is pinned anew whenever somebody else wants it, to the newest version that suits all so far;
//! there is no search through older versions.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use indexmap::IndexMap;
use project::python_text::python_repr;

use crate::{
    error::DepsError,
    fetch::Fetcher,
    hub::HubPackage,
    packages_file::PackagesSection,
    version::{self, Incompatible, Version, VersionRange},
    wanted::{Pinned, Wanted},
};

/// Who knows about packages.
pub(crate) trait Source {
    /// What the index says.
    fn hub(&self, package: &str) -> Result<Arc<HubPackage>, DepsError>;
    /// What is inside; fetched where that is needed to know.
    fn metadata(&self, pinned: &Pinned) -> Result<Metadata, DepsError>;
}

/// What is inside of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Metadata {
    /// The name of its project.
    pub(crate) name: String,
    /// What it needs.
    pub(crate) wanted: Vec<Wanted>,
    /// The commit that a revision stands for.
    pub(crate) commit: Option<String>,
}

/// For whom packages are resolved.
#[derive(Debug, Clone, Copy)]
pub struct ResolveConfig<'a> {
    /// The name of the project.
    pub root_name: &'a str,
    /// The version of dbt that releases must be for; `None` takes all of them.
    pub dbt_version: Option<&'a str>,
}

/// A package that was decided on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    pub(crate) pinned: Pinned,
    /// The name of its project.
    pub(crate) name: String,
}

/// All packages for a packages section, in the order in which they were first asked for.
pub fn resolve(
    section: &PackagesSection,
    fetcher: &Fetcher<'_>,
    config: ResolveConfig<'_>,
) -> Result<Vec<Resolved>, DepsError> {
    resolve_with(&section.wanted, fetcher, config)
}

/// All packages for these wishes, in the order in which they were first asked for.
pub(crate) fn resolve_with(
    wanted: &[Wanted],
    source: &dyn Source,
    config: ResolveConfig<'_>,
) -> Result<Vec<Resolved>, DepsError> {
    let mut all: IndexMap<String, Wanted> = IndexMap::new();
    let mut needs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut pending = joined(wanted.to_vec())?;
    while !pending.is_empty() {
        let mut next = Vec::new();
        for (key, wanted) in pending {
            let all_wishes = if let Some((at, _, known)) = all.shift_remove_full(&key) {
                let joined = known.joined(wanted)?;
                all.shift_insert(at, key.clone(), joined.clone());
                joined
            } else {
                all.insert(key.clone(), wanted.clone());
                wanted
            };
            let metadata = source.metadata(&pinned(&all_wishes, source, config)?)?;
            for need in metadata.wanted {
                needs.entry(key.clone()).or_default().insert(need.key());
                next.push(need);
            }
        }
        if let Some(circle) = circle(&needs) {
            return Err(DepsError::Circle(circle.join(" -> ")));
        }
        pending = joined(next)?;
    }
    let mut resolved = Vec::new();
    for wanted in all.values() {
        let mut pinned = pinned(wanted, source, config)?;
        let metadata = source.metadata(&pinned)?;
        if let (Pinned::Git { revision, .. }, Some(commit)) = (&mut pinned, metadata.commit) {
            *revision = commit;
        }
        resolved.push(Resolved {
            pinned,
            name: metadata.name,
        });
    }
    check_names(&resolved, config.root_name)?;
    Ok(resolved)
}

/// Wishes by package.
fn joined(wanted: Vec<Wanted>) -> Result<IndexMap<String, Wanted>, DepsError> {
    let mut all: IndexMap<String, Wanted> = IndexMap::new();
    for one in wanted {
        let joined = match all.get(&one.key()) {
            Some(known) => known.clone().joined(one)?,
            None => one,
        };
        all.insert(joined.key(), joined);
    }
    Ok(all)
}

/// A way from a package back to itself.
fn circle(needs: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn walk<'n>(
        needs: &'n BTreeMap<String, BTreeSet<String>>,
        at: &'n str,
        path: &mut Vec<&'n str>,
        done: &mut BTreeSet<&'n str>,
    ) -> bool {
        let is_on_path = path.contains(&at);
        path.push(at);
        if is_on_path {
            return true;
        }
        if done.insert(at) {
            let below = needs.get(at).into_iter().flatten();
            for need in below {
                if walk(needs, need, path, done) {
                    return true;
                }
            }
        }
        path.pop();
        false
    }
    let mut done = BTreeSet::new();
    for start in needs.keys() {
        let mut path = Vec::new();
        if walk(needs, start, &mut path, &mut done) {
            let last = path.last().copied()?;
            let circle = path.into_iter().skip_while(|it| *it != last);
            return Some(circle.map(str::to_owned).collect());
        }
    }
    None
}

/// The package that meets a wish.
pub(crate) fn pinned(
    wanted: &Wanted,
    source: &dyn Source,
    config: ResolveConfig<'_>,
) -> Result<Pinned, DepsError> {
    match wanted {
        Wanted::Hub {
            package,
            versions,
            prereleases,
        } => pinned_release(package, versions, *prereleases, source, config),
        Wanted::Git {
            place,
            revisions,
            warn_unpinned,
        } => {
            let revision = match revisions.as_slice() {
                [] => "HEAD".to_owned(),
                [one] => one.clone(),
                many => {
                    return Err(DepsError::Revisions {
                        url: place.unrendered.clone(),
                        revisions: many.join(", "),
                    });
                }
            };
            Ok(Pinned::Git {
                place: place.clone(),
                revision,
                warn_unpinned: *warn_unpinned,
            })
        }
        Wanted::Local { path } => Ok(Pinned::Local { path: path.clone() }),
        Wanted::Tarball { place } => Ok(Pinned::Tarball {
            place: place.clone(),
        }),
    }
}

fn pinned_release(
    package: &str,
    versions: &[Version],
    prereleases: bool,
    source: &dyn Source,
    config: ResolveConfig<'_>,
) -> Result<Pinned, DepsError> {
    let known = source.hub(package)?;
    let range = VersionRange::reduce(versions).map_err(|Incompatible| {
        let options: Vec<String> = versions.iter().map(ToString::to_string).collect();
        DepsError::Conflict {
            package: package.to_owned(),
            options: python_repr(&options.into()),
        }
    })?;
    let mut names = Vec::new();
    for (name, wishes) in known.versions() {
        let suits = match config.dbt_version {
            Some(dbt) if !wishes.is_empty() => version::is_met(dbt, &wishes)?,
            _ => true,
        };
        if suits {
            names.push(name.to_owned());
        }
    }
    let prereleases = prereleases || versions.iter().any(Version::is_prerelease);
    let installable = version::installable(&names, prereleases)?;
    let (Some(found), Some(latest)) = (range.newest(&installable), installable.last()) else {
        let versions: Vec<&str> = installable.iter().map(|it| it.name.as_str()).collect();
        return Err(DepsError::NoVersion {
            package: package.to_owned(),
            range: range.to_string(),
            versions: python_repr(&versions.into()),
            hint: match config.dbt_version {
                Some(_) => {
                    "\n  Not shown: package versions incompatible with installed version of dbt-core\n  To include them, run 'dagsmith --no-version-check deps'"
                }
                None => "",
            },
        });
    };
    Ok(Pinned::Hub {
        package: package.to_owned(),
        version: found.name.clone(),
        latest: latest.name.clone(),
    })
}

pub(crate) fn check_names(resolved: &[Resolved], root_name: &str) -> Result<(), DepsError> {
    let mut seen = BTreeSet::new();
    for package in resolved {
        check_name(&package.name)?;
        if !seen.insert(&package.name) {
            return Err(DepsError::DuplicateName(package.name.clone()));
        }
        if package.name == root_name {
            return Err(DepsError::RootName(package.name.clone()));
        }
    }
    Ok(())
}

/// It becomes the name of a directory: `../x` would be one elsewhere.
pub(crate) fn check_name(name: &str) -> Result<(), DepsError> {
    let is_fine = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || !name.chars().all(is_fine) {
        return Err(DepsError::Name(name.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
#[path = "resolve/tests.rs"]
mod tests;
