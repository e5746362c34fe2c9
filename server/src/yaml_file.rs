//! Reads a YAML file that a command needs.

use std::path::Path;

use anyhow::bail;
use base::{Diagnostic, LineIndex, Severity, System};
use project::yaml::Yaml;

/// The file, or its first error with its place. What is only odd, such as a key that is there twice, is no error.
pub(crate) fn read_yaml(system: &dyn System, path: &Path) -> anyhow::Result<Yaml> {
    read_yaml_as(system, path, |tree| (tree.clone(), Vec::new()))
}

/// What `read` makes of the file, or the first error that is in the YAML or that `read` finds.
pub(crate) fn read_yaml_as<T>(
    system: &dyn System,
    path: &Path,
    read: impl FnOnce(&Yaml) -> (T, Vec<Diagnostic>),
) -> anyhow::Result<T> {
    let bytes = system.read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let (tree, mut problems) = Yaml::parse(&text);
    let (content, found) = read(&tree);
    problems.extend(found);
    let error = problems
        .iter()
        .find(|problem| problem.severity == Severity::Error);
    if let Some(error) = error {
        let at = LineIndex::new(&text).line_col(error.range.start);
        let (line, column) = (at.line + 1, at.col + 1);
        bail!("{}:{line}:{column}: {}", path.display(), error.message);
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use base::MemorySystem;

    use super::*;

    fn read(text: &str) -> anyhow::Result<Yaml> {
        let system = MemorySystem::new([("/packages.yml".into(), text.to_owned())]);
        read_yaml(&system, Path::new("/packages.yml"))
    }

    #[test]
    fn an_error_has_a_place() {
        let error = read("packages:\n  - local: [a\n")
            .err()
            .unwrap()
            .to_string();
        assert!(error.starts_with("/packages.yml:"), "{error}");
    }

    #[test]
    fn a_key_that_is_there_twice_stops_nobody() {
        assert!(read("packages: []\npackages: []\n").is_ok());
    }
}
