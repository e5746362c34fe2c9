//! Brings one commit of a repository, through the `git` of the machine: it knows the user's keys and proxies.

#![expect(
    clippy::disallowed_methods,
    reason = "repositories are fetched by the user's own git"
)]

use std::{
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::{
    archive::{check_links, remove_links_out},
    error::DepsError,
    wanted::GitPlace,
};

/// A commit on the disk.
#[derive(Debug, Clone)]
pub(crate) struct Checkout {
    /// The directory of the project in it.
    pub(crate) project: PathBuf,
    pub(crate) commit: String,
}

/// Fetches a revision into `dir`, which is made. Neither its history nor where it came from is brought along.
pub(crate) fn checkout(
    place: &GitPlace,
    revision: &str,
    dir: &Path,
) -> Result<Checkout, DepsError> {
    let git = Git {
        dir,
        place,
        revision,
    };
    if place.url.starts_with('-') || revision.starts_with('-') {
        return Err(git.failed("an address or a revision does not begin with a dash".to_owned()));
    }
    std::fs::create_dir_all(dir).map_err(DepsError::io(dir))?;
    git.run(&["init", "--quiet"])?;
    git.run(&["remote", "add", "origin", &place.url])?;
    git.fetch()?;
    git.run(&["checkout", "--quiet", "--detach", "FETCH_HEAD"])?;
    let commit = git.run(&["rev-parse", "HEAD"])?.trim().to_owned();
    // The address is in it, with the token that may be in the address.
    let repository = dir.join(".git");
    std::fs::remove_dir_all(&repository).map_err(DepsError::io(&repository))?;
    check_links(dir).map_err(|reason| git.failed(reason))?;
    let project = git.project()?;
    // It is moved without what is around it.
    remove_links_out(&project).map_err(|reason| git.failed(reason))?;
    Ok(Checkout { project, commit })
}

struct Git<'a> {
    dir: &'a Path,
    place: &'a GitPlace,
    revision: &'a str,
}

impl Git<'_> {
    /// A tag before a branch of the same name, as in dbt.
    fn fetch(&self) -> Result<(), DepsError> {
        let fetch = ["fetch", "--quiet", "--depth", "1", "origin"];
        if self.revision == "HEAD" || is_commit(self.revision) {
            let fetched = self.run(&[&fetch[..], &[self.revision]].concat());
            if fetched.is_ok() || self.revision == "HEAD" {
                return fetched.map(drop);
            }
            // Some servers give commits only with what leads to them.
            self.run(&[
                "fetch",
                "--quiet",
                "--tags",
                "origin",
                "+refs/heads/*:refs/remotes/origin/*",
            ])?;
            self.run(&["update-ref", "FETCH_HEAD", self.revision])?;
            return Ok(());
        }
        let tag = format!("refs/tags/{}", self.revision);
        if self.run(&[&fetch[..], &[&tag]].concat()).is_ok() {
            return Ok(());
        }
        let branch = format!("refs/heads/{}", self.revision);
        self.run(&[&fetch[..], &[&branch]].concat()).map(drop)
    }

    fn run(&self, args: &[&str]) -> Result<String, DepsError> {
        let output = self.output(args).map_err(|source| DepsError::NoGit {
            url: self.place.unrendered.clone(),
            source,
        })?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(self.failed(said.trim().to_owned()));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn output(&self, args: &[&str]) -> io::Result<Output> {
        let mut command = Command::new("git");
        command.args(args).current_dir(self.dir).env("LC_ALL", "C");
        // A hook of git, or whoever runs us from one, says so with these; they are about another repository.
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
            command.env_remove(name);
        }
        // Nobody would see the question for a password.
        if !io::stdin().is_terminal() {
            command.env("GIT_TERMINAL_PROMPT", "0");
        }
        command.output()
    }

    fn failed(&self, reason: String) -> DepsError {
        DepsError::Git {
            url: self.place.unrendered.clone(),
            revision: self.revision.to_owned(),
            reason,
        }
    }

    /// The subdirectory, which must lie in the repository.
    fn project(&self) -> Result<PathBuf, DepsError> {
        let Some(subdirectory) = &self.place.subdirectory else {
            return Ok(self.dir.to_owned());
        };
        let path = self.dir.join(subdirectory);
        let root = std::fs::canonicalize(self.dir).map_err(DepsError::io(self.dir))?;
        match std::fs::canonicalize(&path) {
            Ok(real) if real.starts_with(&root) && real.is_dir() => Ok(real),
            _ => Err(self.failed(format!("it has no directory `{subdirectory}`"))),
        }
    }
}

/// A whole SHA-1, which dbt asks for where it is not a name.
fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}
