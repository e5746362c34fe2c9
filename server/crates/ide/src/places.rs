//! Where a node is written, by its id: for what a run left behind.

use std::path::Path;

use analysis::{
    Project,
    facts::parsed,
    others::resources_of,
    resolve::{identities, ref_index},
    source::properties,
    test_nodes::tests_of,
};
use base::{FileRange, SourceRange};
use project::{files::FileKind, node::ResourceType, node::UniqueId};

use crate::{Analysis, Cancellable, definition::property_files, world::World};

impl Analysis {
    /// The name of a node in a properties file, or the beginning of its SQL; `None` if there is no such node any more.
    pub fn node_place(&self, root: &Path, unique_id: &str) -> Cancellable<Option<FileRange>> {
        let Some(project) = self.project(root) else {
            return Ok(None);
        };
        let id = UniqueId::from(unique_id);
        self.ask(|db| {
            let world = World {
                db,
                projects: &[project],
                answers: Some(&self.answers),
            };
            place(world, project, &id)
        })
    }
}

fn place(world: World<'_>, project: Project, id: &UniqueId) -> Option<FileRange> {
    match id.resource_type()? {
        ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot => {
            let (package, name) = id.as_str().split_once('.')?.1.split_once('.')?;
            let by_package = ref_index(world.db, project).enabled.get(name)?;
            let target = by_package.get(package)?;
            let parsed = parsed(world.db, target.file);
            let start = parsed.get(target.slot as usize)?.range.start;
            Some(FileRange {
                file: target.file.id(world.db),
                range: SourceRange::at(start),
            })
        }
        ResourceType::Test => test_in_yaml(world, project, id).or_else(|| {
            let packages = project.packages(world.db).iter();
            let mut files = packages
                .flat_map(|it| it.files(world.db).iter())
                .filter(|file| file.kind(world.db) == Some(FileKind::SingularTest));
            let is_it = |file| {
                identities(world.db, file)
                    .iter()
                    .any(|it| it.unique_id == *id)
            };
            let file = files.find(|file| is_it(**file))?;
            Some(FileRange {
                file: file.id(world.db),
                range: SourceRange::at(0),
            })
        }),
        ResourceType::UnitTest => property_files(world, project).find_map(|file| {
            let made = &resources_of(world.db, file).unit_tests;
            let name = &made.iter().find(|test| test.unique_id == *id)?.name;
            let tests = &properties(world.db, file).properties.unit_tests;
            let test = tests.iter().find(|test| test.name.value == *name)?;
            Some(FileRange {
                file: file.id(world.db),
                range: test.name.range,
            })
        }),
        _ => None,
    }
}

fn test_in_yaml(world: World<'_>, project: Project, id: &UniqueId) -> Option<FileRange> {
    property_files(world, project).find_map(|file| {
        let tests = tests_of(world.db, file);
        let test = tests.tests.iter().find(|it| it.node.unique_id == *id)?;
        Some(FileRange {
            file: file.id(world.db),
            range: test.name_range,
        })
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::fixture::TestProject;

    #[test]
    fn nodes_are_found_by_their_ids() {
        let project = TestProject::new(
            "
//- /models/a.sql
select 1 as id
//- /tests/single.sql
select 1
//- /models/s.yml
models:
  - name: a
    columns:
      - name: id
        data_tests:
          - accepted_values: {name: few, values: [1]}
unit_tests:
  - name: counts
    model: a
    given: []
    expect: {rows: []}
",
        );
        let analysis = project.analysis();
        let place = |id: &str| {
            let found = analysis.node_place(Path::new("/"), id).unwrap();
            found.map(|at| project.show(at))
        };
        assert_eq!(place("model.shop.a").as_deref(), Some("/models/a.sql:1"));
        assert_eq!(
            place("test.shop.single").as_deref(),
            Some("/tests/single.sql:1")
        );
        assert_eq!(
            place("unit_test.shop.a.counts").as_deref(),
            Some("/models/s.yml:8 counts")
        );
        assert_eq!(place("model.shop.gone"), None);
    }
}
