//! selectors.yml, which dbt reads with every project: what it defines, and how the manifest tells of it.

use std::path::Path;

use analysis::{load::FoundProject, render_selectors_text};
use base::System;
use project::{
    json::JsonMap,
    selector::{SelectorDefinitions, selector_definitions, selectors_content, written_selectors},
};

use crate::yaml_file::read_yaml_as;

pub(super) const FILE_NAME: &str = "selectors.yml";

/// What a project has of it.
#[derive(Default)]
pub(super) struct Selectors {
    /// For selecting.
    pub(super) definitions: SelectorDefinitions,
    /// For the manifest.
    pub(super) written: JsonMap,
}

impl Selectors {
    /// Nothing where there is no such file.
    pub(super) fn read(
        system: &dyn System,
        root: &Path,
        found: &FoundProject,
    ) -> anyhow::Result<Self> {
        let path = root.join(FILE_NAME);
        if !system.is_file(&path) {
            return Ok(Self::default());
        }
        let render = |text: &str| render_selectors_text(system, found, text);
        let content = read_yaml_as(system, &path, |file| selectors_content(file, &render))?;
        Ok(Self {
            definitions: selector_definitions(&content)?,
            written: written_selectors(&content),
        })
    }
}
