//! What can keep packages from being installed. The texts that scripts look for are dbt's.

use std::path::PathBuf;

/// Why packages were not resolved, fetched or installed.
#[derive(Debug, thiserror::Error)]
pub enum DepsError {
    /// The packages section is wrong.
    #[error("{0}")]
    Section(String),
    /// Text that is no version, or no range of versions.
    #[error("\"{0}\" is not a valid semantic version.")]
    Version(String),
    /// Nothing satisfies everybody who wants the package.
    #[error(
        "Version error for package {package}: Could not find a satisfactory version from options: {options}"
    )]
    Conflict {
        /// `owner/name`
        package: String,
        /// All that was asked for, as Python prints a list.
        options: String,
    },
    /// The index does not know the package.
    #[error("Package {0} was not found in the package index")]
    NotInIndex(String),
    /// No release of the package is in the range.
    #[error(
        "Could not find a matching compatible version for package {package}\n  Requested range: {range}\n  Compatible versions: {versions}\n{hint}"
    )]
    NoVersion {
        /// `owner/name`
        package: String,
        /// `>=1.0.0, <2.0.0`
        range: String,
        /// As Python prints a list.
        versions: String,
        /// What may help.
        hint: &'static str,
    },
    /// A repository is wanted at two revisions.
    #[error("git dependencies should contain exactly one version. {url} contains: {revisions}")]
    Revisions {
        /// The repository.
        url: String,
        /// What was asked for.
        revisions: String,
    },
    /// One name, wanted from two kinds of places.
    #[error("Cannot incorporate {new} in {old}: mismatched types")]
    Mismatch {
        /// What came later.
        new: String,
        /// What was there.
        old: String,
    },
    /// Only the platform that hosts it can fetch it.
    #[error(
        "Cannot resolve private package {0} because git provider integration is missing. Please use a \"git\" package instead."
    )]
    Private(String),
    /// Packages need each other.
    #[error(
        "packages depend on each other in a circle: {0}; one of them has to do without the other"
    )]
    Circle(String),
    /// Two packages have one name.
    #[error(
        "Found duplicate project \"{0}\". This occurs when a dependency has the same project name as some other dependency."
    )]
    DuplicateName(String),
    /// A package has the name of the project.
    #[error(
        "Found a dependency with the same name as the root project \"{0}\". Package names must be unique in a project. Please rename one of these packages."
    )]
    RootName(String),
    /// A name that would be a directory elsewhere.
    #[error(
        "Invalid package name '{0}': resolves outside of the packages-install-path; letters, digits, underscores and dashes make a name"
    )]
    Name(String),
    /// A server did not give what it was asked for.
    #[error("External connection exception occurred: {url}: {reason}")]
    Network {
        /// The address.
        url: String,
        /// What happened.
        reason: String,
    },
    /// An archive that is broken, too large, or up to something.
    #[error("the archive {url} was not unpacked: {reason}")]
    Archive {
        /// Where it came from.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A repository that git could not bring.
    #[error("Error checking out spec='{revision}' for repo {url}\n{reason}")]
    Git {
        /// The repository.
        url: String,
        /// What was asked for.
        revision: String,
        /// What git said.
        reason: String,
    },
    /// There is no git.
    #[error(
        "Make sure git is installed on your machine: a package is to be cloned from {url}, and `git` could not be started: {source}"
    )]
    NoGit {
        /// The repository.
        url: String,
        /// Why.
        source: std::io::Error,
    },
    /// A package whose own files cannot be used.
    #[error("the package {package} cannot be used: {reason}")]
    Package {
        /// As it was asked for.
        package: String,
        /// What is wrong.
        reason: String,
    },
    /// The install path is no place for packages.
    #[error(
        "will not install packages into {}, which would remove what is there: {reason}; correct `packages-install-path`, or move that elsewhere",
        path.display()
    )]
    InstallPath {
        /// What it says.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The packages of before could not be put back.
    #[error(
        "{}: {source}; the packages that were installed before are in {}: move them back, or run `deps` again",
        path.display(),
        old.display()
    )]
    OldPackages {
        /// Where they were.
        path: PathBuf,
        /// Where they are.
        old: PathBuf,
        /// What kept the new ones from being installed.
        source: std::io::Error,
    },
    /// A warning that is to be an error.
    #[error("{0}")]
    Warned(String),
    /// Ctrl-C.
    #[error("stopped; the packages that were installed before are still there")]
    Cancelled,
    /// The disk.
    #[error("{}: {source}", path.display())]
    Io {
        /// What was accessed.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
}

impl DepsError {
    /// The failure of an access to `path`.
    pub(crate) fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}
