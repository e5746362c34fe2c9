//! The `Source` of a real machine: asks the index, clones, downloads, reads directories; each thing once.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use base::{System, normalized};
use project::{
    project_file::PROJECT_FILE_NAME,
    yaml::{Yaml, YamlNode},
};
use serde_json::Value;

use crate::{
    archive::{ArchiveError, Limits, unpack},
    error::DepsError,
    git::{Checkout, checkout},
    http::{Attempt, Http, HttpConfig},
    hub::HubPackage,
    packages_file::{Owner, RenderText, section_of},
    resolve::{Metadata, Source},
    wanted::{GitPlace, Pinned},
};

/// The index, unless `DBT_PACKAGE_HUB_URL` says otherwise.
pub const HUB_URL: &str = "https://hub.getdbt.com/";

/// Who hears what happens.
pub trait Listener {
    /// For people.
    fn info(&self, text: &str);
    /// For the log.
    fn debug(&self, text: &str);
    /// Something to look at; an error where warnings are errors.
    fn warn(&self, event: &'static str, text: &str) -> Result<(), DepsError>;
    /// Whether to stop.
    fn is_cancelled(&self) -> bool;
}

/// For whom packages are fetched.
pub struct FetchConfig<'a> {
    /// The project's folder.
    pub root: &'a Path,
    /// A directory for what is downloaded; it need not be there.
    pub downloads: &'a Path,
    /// Of the index, with a slash at its end.
    pub hub_url: &'a str,
    /// Renders Jinja in the packages files of packages.
    pub render: RenderText<'a>,
}

/// What was fetched so far.
pub struct Fetcher<'a> {
    system: &'a dyn System,
    listener: &'a dyn Listener,
    config: FetchConfig<'a>,
    http: Http,
    index: RefCell<Option<BTreeSet<String>>>,
    hub: RefCell<BTreeMap<String, Arc<HubPackage>>>,
    checkouts: RefCell<BTreeMap<(GitPlace, String), Checkout>>,
    archives: RefCell<BTreeMap<String, PathBuf>>,
    warned: RefCell<BTreeSet<String>>,
    /// Names for directories.
    n_downloads: Cell<usize>,
}

impl<'a> Fetcher<'a> {
    /// Nothing fetched yet.
    #[must_use]
    pub fn new(
        system: &'a dyn System,
        listener: &'a dyn Listener,
        config: FetchConfig<'a>,
    ) -> Self {
        Self::with_http(system, listener, config, HttpConfig::default())
    }

    pub(crate) fn with_http(
        system: &'a dyn System,
        listener: &'a dyn Listener,
        config: FetchConfig<'a>,
        http: HttpConfig,
    ) -> Self {
        Self {
            system,
            listener,
            config,
            http: Http::new(http),
            index: RefCell::default(),
            hub: RefCell::default(),
            checkouts: RefCell::default(),
            archives: RefCell::default(),
            warned: RefCell::default(),
            n_downloads: Cell::default(),
        }
    }

    pub(crate) fn listener(&self) -> &dyn Listener {
        self.listener
    }

    /// Where the package is, ready to be put in its place. A `local:` package stays where it is.
    pub(crate) fn directory(&self, pinned: &Pinned) -> Result<PathBuf, DepsError> {
        match pinned {
            Pinned::Hub {
                package, version, ..
            } => self.archive(&self.hub(package)?.release(package, version)?.tarball),
            Pinned::Git {
                place, revision, ..
            } => Ok(self.checkout(place, revision)?.project),
            Pinned::Local { path } => Ok(normalized(&self.config.root.join(path))),
            Pinned::Tarball { place } => self.archive(&place.url),
        }
    }

    fn json(&self, path: &str) -> Result<Value, DepsError> {
        let url = format!("{}/{path}", self.config.hub_url.trim_end_matches('/'));
        self.http.get(&url, self.listener, |bytes| {
            serde_json::from_slice(&bytes)
                .map_err(|error| Attempt::passing(format!("the answer is no JSON: {error}")))
        })
    }

    fn check_index(&self, package: &str) -> Result<(), DepsError> {
        if self.index.borrow().is_none() {
            let answer = self.json("api/v1/index.json")?;
            let names = answer.as_array().ok_or_else(|| DepsError::Network {
                url: self.config.hub_url.to_owned(),
                reason: "the index is no list".to_owned(),
            })?;
            let names = names.iter().filter_map(Value::as_str).map(str::to_owned);
            *self.index.borrow_mut() = Some(names.collect());
        }
        match self.index.borrow().as_ref() {
            Some(index) if index.contains(package) => Ok(()),
            _ => Err(DepsError::NotInIndex(package.to_owned())),
        }
    }

    fn next_directory(&self) -> PathBuf {
        let n = self.n_downloads.get();
        self.n_downloads.set(n + 1);
        self.config.downloads.join(n.to_string())
    }

    fn archive(&self, url: &str) -> Result<PathBuf, DepsError> {
        if let Some(known) = self.archives.borrow().get(url) {
            return Ok(known.clone());
        }
        let unpacked = self.http.get(url, self.listener, |bytes| {
            match unpack(&bytes, &self.next_directory(), Limits::default()) {
                Ok(top) => Ok(Ok(top)),
                Err(ArchiveError::Broken(reason)) => Err(Attempt::passing(reason)),
                Err(ArchiveError::Refused(reason)) => Ok(Err(reason)),
                Err(ArchiveError::Io(error)) => Err(Attempt::lasting(error.to_string())),
            }
        })?;
        let top = unpacked.map_err(|reason| DepsError::Archive {
            url: url.to_owned(),
            reason,
        })?;
        let mut archives = self.archives.borrow_mut();
        archives.insert(url.to_owned(), top.clone());
        Ok(top)
    }

    fn checkout(&self, place: &GitPlace, revision: &str) -> Result<Checkout, DepsError> {
        let key = (place.clone(), revision.to_owned());
        if let Some(known) = self.checkouts.borrow().get(&key) {
            return Ok(known.clone());
        }
        if self.listener.is_cancelled() {
            return Err(DepsError::Cancelled);
        }
        self.listener
            .debug(&format!("fetching {revision} of {}", place.unrendered));
        let checkout = checkout(place, revision, &self.next_directory())?;
        let mut checkouts = self.checkouts.borrow_mut();
        // The commit is the same checkout: a lock that was just made asks for it.
        checkouts.insert((place.clone(), checkout.commit.clone()), checkout.clone());
        checkouts.insert(key, checkout.clone());
        Ok(checkout)
    }

    fn warn_once(&self, event: &'static str, text: &str) -> Result<(), DepsError> {
        if self.warned.borrow_mut().insert(text.to_owned()) {
            return self.listener.warn(event, text);
        }
        Ok(())
    }

    /// What a directory says of itself.
    fn read(
        &self,
        package: &str,
        dir: &Path,
        commit: Option<String>,
    ) -> Result<Metadata, DepsError> {
        let unusable = |reason: String| DepsError::Package {
            package: package.to_owned(),
            reason,
        };
        let path = dir.join(PROJECT_FILE_NAME);
        let bytes = self
            .system
            .read(&path)
            .map_err(|_| unusable(format!("there is no {PROJECT_FILE_NAME} in it")))?;
        let (tree, _) = Yaml::parse(&String::from_utf8_lossy(&bytes));
        let name = tree.root().get("name").and_then(YamlNode::raw);
        let name =
            name.ok_or_else(|| unusable(format!("its {PROJECT_FILE_NAME} has no `name`")))?;
        let section = section_of(self.system, dir, self.config.render, Owner::Package)
            .map_err(|error| unusable(error.to_string()))?;
        Ok(Metadata {
            name: name.to_owned(),
            wanted: section.wanted,
            commit,
        })
    }
}

impl Source for Fetcher<'_> {
    fn hub(&self, package: &str) -> Result<Arc<HubPackage>, DepsError> {
        if let Some(known) = self.hub.borrow().get(package) {
            return Ok(Arc::clone(known));
        }
        self.check_index(package)?;
        let path = format!("api/v1/{package}.json");
        let found = HubPackage::read(self.json(&path)?).map_err(|reason| DepsError::Network {
            url: format!("{}{path}", self.config.hub_url),
            reason,
        })?;
        if let Some(moved_to) = &found.moved_to {
            self.warn_once("PackageRedirectDeprecation", &format!(
                "The `{package}` package is deprecated in favor of `{moved_to}`. Please update your `packages.yml` configuration to use `{moved_to}` instead."
            ))?;
        }
        let found = Arc::new(found);
        let mut hub = self.hub.borrow_mut();
        hub.insert(package.to_owned(), Arc::clone(&found));
        Ok(found)
    }

    fn metadata(&self, pinned: &Pinned) -> Result<Metadata, DepsError> {
        match pinned {
            Pinned::Hub {
                package, version, ..
            } => {
                let release = self.hub(package)?.release(package, version)?;
                Ok(Metadata {
                    name: release.name,
                    wanted: release.packages,
                    commit: None,
                })
            }
            Pinned::Git {
                place,
                revision,
                warn_unpinned,
            } => {
                let checkout = self.checkout(place, revision)?;
                if *warn_unpinned && let Some(unpinned) = unpinned(revision) {
                    self.warn_once("DepsUnpinned", &format!(
                        "The git package \"{}\" \n\tis {unpinned}.\n\tThis can introduce breaking changes into your project without warning!",
                        place.url
                    ))?;
                }
                self.read(&place.unrendered, &checkout.project, Some(checkout.commit))
            }
            Pinned::Local { path } => self.read(path, &self.directory(pinned)?, None),
            Pinned::Tarball { place } => {
                let dir = self.archive(&place.url)?;
                let metadata = self.read(&place.name, &dir, None)?;
                Ok(Metadata {
                    name: place.name.clone(),
                    ..metadata
                })
            }
        }
    }
}

/// How a revision can change without anybody's doing.
fn unpinned(revision: &str) -> Option<String> {
    match revision {
        "HEAD" => Some("not pinned, using HEAD (default branch)".to_owned()),
        "main" | "master" => Some(format!("pinned to the \"{revision}\" branch")),
        _ => None,
    }
}

#[cfg(test)]
#[path = "fetch/tests.rs"]
pub(crate) mod tests;
