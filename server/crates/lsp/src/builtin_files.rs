//! Built-in macros as files that any editor can open: a copy in the user's cache, written when somebody goes there.
//!
//! A copy and not a virtual document, since a location with a scheme of our own is one that most editors cannot open.
//! The copies are in no project: editing one changes nothing, and the next look restores it.

use std::path::{Path, PathBuf};

use base::System;

/// The copy of a built-in file; `None` for other files, and where there is no place for a copy.
pub(crate) fn copy_of(
    system: &dyn System,
    version: &str,
    path: &Path,
    text: &str,
) -> Option<PathBuf> {
    let relative = path.strip_prefix(ide::BUILTIN_ROOT).ok()?;
    let folder = cache_folder(system)?.join("dagsmith").join(version);
    let copy = folder.join("builtin").join(relative);
    let is_current = system
        .read(&copy)
        .is_ok_and(|known| known == text.as_bytes());
    if !is_current && let Err(error) = system.write(&copy, text.as_bytes()) {
        tracing::warn!(%error, "cannot write a copy of a built-in macro");
        return None;
    }
    Some(copy)
}

/// Where programs keep what they can make again.
fn cache_folder(system: &dyn System) -> Option<PathBuf> {
    let given = |name: &str| system.env_var(name).map(PathBuf::from);
    let found = given("XDG_CACHE_HOME")
        .or_else(|| given("LOCALAPPDATA"))
        .or_else(|| Some(given("HOME")?.join(".cache")));
    found.filter(|folder| folder.is_absolute())
}

#[cfg(test)]
mod tests {
    use base::MemorySystem;

    use super::*;

    #[test]
    fn only_built_in_files_are_copied() {
        let system = MemorySystem::default().with_env("HOME", "/home/u");
        let builtin = Path::new(ide::BUILTIN_ROOT).join("dbt/macros/a.sql");
        let copy = copy_of(&system, "1.0", &builtin, "text").unwrap();
        let expected = Path::new("/home/u/.cache/dagsmith/1.0/builtin/dbt/macros/a.sql");
        assert_eq!(copy, expected);
        assert_eq!(system.read(expected).unwrap(), b"text");
        assert_eq!(copy_of(&system, "1.0", Path::new("/p/a.sql"), ""), None);
    }
}
