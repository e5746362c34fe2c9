//! Which tests a node or a table has, column by column: as properties files say, without making nodes of them.

use std::{path::Path, sync::Arc};

use analysis::{
    patches::{patch_index, section},
    resolve::{RefTarget, SourceTarget},
    source::properties,
};
use project::properties::{ColumnProperties, TestEntry};

use crate::{definition::table_properties, world::World};

/// Names of tests.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tests {
    /// Of all of it.
    pub(crate) whole: Vec<Arc<str>>,
    by_column: Vec<(Arc<str>, Vec<Arc<str>>)>,
}

impl Tests {
    pub(crate) fn of_node(world: World<'_>, target: &RefTarget) -> Self {
        Self::of_entry(world, target).unwrap_or_default()
    }

    fn of_entry(world: World<'_>, target: &RefTarget) -> Option<Self> {
        let package = target.file.package(world.db)?;
        let path = Path::new(&**target.file.path(world.db));
        let stem = path.file_stem()?.to_str()?;
        let kind = target.unique_id.resource_type()?;
        let key = patch_index(world.db, package).get(&(kind, Arc::from(stem)))?;
        let all = &properties(world.db, key.file).properties;
        let entry = section(all, kind).get(key.entry as usize)?;
        Some(Self::read(&entry.tests, &entry.columns))
    }

    pub(crate) fn of_table(world: World<'_>, target: SourceTarget) -> Self {
        let found = table_properties(world, target);
        found
            .map(|(_, table)| Self::read(&table.tests, &table.columns))
            .unwrap_or_default()
    }

    fn read(whole: &[TestEntry], columns: &[ColumnProperties]) -> Self {
        let names = |tests: &[TestEntry]| -> Vec<Arc<str>> {
            tests
                .iter()
                .map(|test| Arc::clone(&test.name.value))
                .collect()
        };
        let by_column = columns.iter().filter(|column| !column.tests.is_empty());
        Self {
            whole: names(whole),
            by_column: by_column
                .map(|column| (Arc::clone(&column.column.name), names(&column.tests)))
                .collect(),
        }
    }

    pub(crate) fn of_column(&self, name: &str) -> &[Arc<str>] {
        let mut columns = self.by_column.iter();
        columns
            .find(|(column, _)| column.eq_ignore_ascii_case(name))
            .map_or(&[], |(_, tests)| tests)
    }

    /// Some column has tests.
    pub(crate) fn has_columns(&self) -> bool {
        !self.by_column.is_empty()
    }
}
