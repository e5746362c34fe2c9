//! Feature: formatting. A file's SQL as it should look, or why it is left as it is.
//!
//! How SQL is laid out is `style`'s business; here is which files are SQL, and of which dialect.

use analysis::{FileRole, columns::dialect};
use base::{FileId, SourceRange};
use project::files::FileKind;
use sql::Dialect;
use style::{LeftAlone, LineEdit, StyleConfig, format, line_edits};

use crate::{Analysis, Cancellable, world::World};

/// What formatting does to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formatting {
    /// The whole text; `None` where nothing changes.
    pub text: Option<String>,
    /// The same as edits of lines.
    pub edits: Vec<(SourceRange, String)>,
    /// What was left as it is, and why.
    pub left_alone: Vec<LeftAlone>,
}

impl Analysis {
    /// The dialect of a file of templated SQL; `None` for any other, and for those of packages.
    pub fn sql_dialect(&self, file: FileId) -> Cancellable<Option<Dialect>> {
        self.ask_world(|world| sql_dialect(world, file))
    }

    /// How a file of SQL should look; `None` for what is none.
    pub fn formatting(
        &self,
        file: FileId,
        config: &StyleConfig,
    ) -> Cancellable<Option<Formatting>> {
        self.ask_world(|world| {
            sql_dialect(world, file)?;
            let text = world.here(file)?.text(world);
            let formatted = format(text, config);
            let edits = formatted.text.as_ref().map(|after| line_edits(text, after));
            let edits = edits.into_iter().flatten();
            Some(Formatting {
                edits: edits
                    .map(|LineEdit { range, text }| (range, text))
                    .collect(),
                text: formatted.text,
                left_alone: formatted.left_alone,
            })
        })
    }
}

pub(crate) fn sql_dialect(world: World<'_>, file: FileId) -> Option<Dialect> {
    let here = world.here(file).filter(|here| here.is_own(world))?;
    let is_sql = matches!(
        here.file.role(world.db),
        FileRole::Resource(
            FileKind::Model
                | FileKind::Analysis
                | FileKind::SingularTest
                | FileKind::GenericTest
                | FileKind::Snapshot
                | FileKind::Macro
        )
    ) && here.file.path(world.db).ends_with(".sql");
    is_sql.then(|| dialect(world.db, here.project))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::TestProject;

    const SHOP: &str = "
//- /models/orders.sql
select id,name from {{ref('raw')}}
//- /models/raw.sql
select 1 as id, 'a' as name
//- /models/m.yml
models: []
";

    #[test]
    fn files_of_sql_are_formatted_by_lines() {
        let project = TestProject::new(SHOP);
        let analysis = project.analysis();
        let config = StyleConfig::default();
        let formatting = |path: &str| analysis.formatting(project.file(path), &config).unwrap();
        let orders = formatting("/models/orders.sql").unwrap();
        assert_eq!(
            orders.text.as_deref(),
            Some("select id, name from {{ ref('raw') }}\n")
        );
        assert_eq!(orders.edits.len(), 1);
        assert_eq!(formatting("/models/raw.sql").unwrap().edits, []);
        assert_eq!(formatting("/models/m.yml"), None);
    }
}
