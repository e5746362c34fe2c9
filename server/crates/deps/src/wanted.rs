//! A package as somebody asks for it, and as it was decided on.

use std::fmt;

use project::packages::{PackageSource, PackageSpec};

use crate::{error::DepsError, version::Version};

/// A package that a project or a package asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// From the index.
    Hub {
        package: String,
        versions: Vec<Version>,
        prereleases: bool,
    },
    /// From a repository.
    Git {
        place: GitPlace,
        revisions: Vec<String>,
        warn_unpinned: bool,
    },
    /// A directory, relative to the project, whoever asks.
    Local { path: String },
    /// An archive.
    Tarball { place: TarballPlace },
}

/// A project in a repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GitPlace {
    pub(crate) url: String,
    /// Before Jinja: what a lock may show.
    pub(crate) unrendered: String,
    pub(crate) subdirectory: Option<String>,
}

/// An archive and the name of what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TarballPlace {
    pub(crate) url: String,
    /// Before Jinja: what a lock may show.
    pub(crate) unrendered: String,
    pub(crate) name: String,
}

/// Which one it will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pinned {
    Hub {
        package: String,
        version: String,
        latest: String,
    },
    Git {
        place: GitPlace,
        /// As asked for; `HEAD` where nothing was.
        revision: String,
        warn_unpinned: bool,
    },
    Local {
        path: String,
    },
    Tarball {
        place: TarballPlace,
    },
}

impl Wanted {
    /// `unrendered` is the same entry before Jinja.
    pub(crate) fn of(spec: &PackageSpec, unrendered: &PackageSpec) -> Result<Self, DepsError> {
        Ok(match (&spec.source, &unrendered.source) {
            (PackageSource::Local { path }, _) => Self::Local {
                path: path.value.to_string(),
            },
            (
                PackageSource::Hub {
                    package,
                    versions,
                    install_prerelease,
                },
                _,
            ) => Self::Hub {
                package: package.value.to_string(),
                versions: versions
                    .iter()
                    .map(|version| Version::parse(&version.value))
                    .collect::<Result<_, _>>()?,
                prereleases: *install_prerelease,
            },
            (
                PackageSource::Git {
                    url,
                    revision,
                    subdirectory,
                    warn_unpinned,
                },
                written,
            ) => Self::Git {
                place: GitPlace {
                    url: url.value.to_string(),
                    unrendered: match written {
                        PackageSource::Git { url, .. } => url.value.to_string(),
                        _ => url.value.to_string(),
                    },
                    subdirectory: subdirectory.as_deref().map(str::to_owned),
                },
                revisions: revision.iter().map(|it| it.value.to_string()).collect(),
                warn_unpinned: *warn_unpinned,
            },
            (PackageSource::Tarball { url }, written) => Self::Tarball {
                place: TarballPlace {
                    url: url.value.to_string(),
                    unrendered: match written {
                        PackageSource::Tarball { url } => url.value.to_string(),
                        _ => url.value.to_string(),
                    },
                    name: spec
                        .name
                        .as_deref()
                        .map(str::to_owned)
                        .ok_or_else(|| nameless(&url.value))?,
                },
            },
            (PackageSource::Private { repository, .. }, _) => {
                return Err(DepsError::Private(repository.value.to_string()));
            }
        })
    }

    /// What makes two wishes one: the same package of the index, repository, path or archive.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Hub { package, .. } => package.clone(),
            Self::Git { place, .. } => place.key(),
            Self::Local { path } => path.clone(),
            Self::Tarball { place } => place.url.clone(),
        }
    }

    /// Both wishes, where that is possible.
    pub(crate) fn joined(self, other: Self) -> Result<Self, DepsError> {
        match (self, other) {
            (
                Self::Hub {
                    package,
                    mut versions,
                    prereleases,
                },
                Self::Hub { versions: more, .. },
            ) => {
                versions.extend(
                    more.into_iter()
                        .filter(|it| !versions.contains(it))
                        .collect::<Vec<_>>(),
                );
                Ok(Self::Hub {
                    package,
                    versions,
                    prereleases,
                })
            }
            (
                Self::Git {
                    place,
                    mut revisions,
                    warn_unpinned,
                },
                Self::Git {
                    revisions: more,
                    warn_unpinned: warns,
                    ..
                },
            ) => {
                revisions.extend(more);
                revisions.sort();
                revisions.dedup();
                Ok(Self::Git {
                    place,
                    revisions,
                    warn_unpinned: warn_unpinned && warns,
                })
            }
            (this @ Self::Local { .. }, Self::Local { .. })
            | (this @ Self::Tarball { .. }, Self::Tarball { .. }) => Ok(this),
            (old, new) => Err(DepsError::Mismatch {
                new: new.to_string(),
                old: old.to_string(),
            }),
        }
    }
}

fn nameless(url: &str) -> DepsError {
    DepsError::Section(format!(
        "the tarball {url} needs a `name`: the name of the package in it"
    ))
}

impl GitPlace {
    /// With or without `.git` at its end it is the same repository.
    fn key(&self) -> String {
        let url = self.url.strip_suffix(".git").unwrap_or(&self.url);
        match &self.subdirectory {
            Some(subdirectory) => format!("{url}/{subdirectory}"),
            None => url.to_owned(),
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Hub { .. } => "a package of the index",
            Self::Git { .. } => "a git package",
            Self::Local { .. } => "a local package",
            Self::Tarball { .. } => "a tarball",
        };
        write!(f, "{} ({kind})", self.key())
    }
}

impl Pinned {
    /// How output lines name it.
    pub(crate) fn shown_name(&self) -> String {
        match self {
            Self::Hub { package, .. } => package.clone(),
            Self::Git { place, .. } => match &place.subdirectory {
                Some(subdirectory) => format!("{}/{subdirectory}", place.url),
                None => place.url.clone(),
            },
            Self::Local { path } => path.clone(),
            Self::Tarball { place } => place.name.clone(),
        }
    }

    /// Where it was installed from, for people.
    pub(crate) fn shown_version(&self) -> String {
        match self {
            Self::Hub { version, .. } => format!("version {version}"),
            Self::Git { revision, .. } if revision == "HEAD" => {
                "HEAD (default revision)".to_owned()
            }
            Self::Git { revision, .. } => format!("revision {revision}"),
            Self::Local { path } => format!("<local @ {path}>"),
            Self::Tarball { place } => format!("tarball (url: {})", place.url),
        }
    }
}
