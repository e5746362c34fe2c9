//! Whom an edit of a file concerns: the files that read its nodes, and the entries that describe them.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use analysis::{
    columns::column_catalog,
    dag::reading_files,
    names::relations,
    patches::patch_index,
    resolve::{RefTarget, identities},
};
use base::FileId;

use crate::{Analysis, Cancellable, world::World};

impl Analysis {
    /// Tells whether what other files see of this one's nodes is the same as before: their names, relations and columns. `None`
    /// for a file without nodes that can be read.
    pub fn seen_by_others(&self, file: FileId) -> Cancellable<Option<u64>> {
        self.ask_world(|world| {
            let mut hasher = DefaultHasher::new();
            let nodes = nodes(world, file);
            for node in &nodes {
                node.unique_id.as_str().hash(&mut hasher);
                column_catalog(world.db, node.file, node.slot).hash(&mut hasher);
                let relations = relations(world.db, node.file);
                let relation = relations.get(node.slot as usize);
                relation.hash(&mut hasher);
            }
            (!nodes.is_empty()).then(|| hasher.finish())
        })
    }

    /// The files of the user's own that say something about the nodes of these files, or read them; none of the files
    /// themselves. Sorted.
    pub fn concerned_files(&self, files: &[FileId]) -> Cancellable<Vec<FileId>> {
        self.ask_world(|world| {
            let mut found = BTreeSet::new();
            for file in files {
                for node in nodes(world, *file) {
                    let Some(package) = node.file.package(world.db) else {
                        continue;
                    };
                    let project = package.project(world.db);
                    let readers = reading_files(world.db, project, &node).into_iter();
                    let own = readers.filter(|reader| {
                        let package = reader.package(world.db);
                        package.is_some_and(|it| analysis::manifest::is_editable(world.db, it))
                    });
                    found.extend(own.map(|reader| reader.id(world.db)));
                    let kind = node.unique_id.resource_type();
                    let name = identities(world.db, node.file).get(node.slot as usize);
                    let key = kind.zip(name.map(|it| it.name.clone()));
                    let patches = patch_index(world.db, package);
                    let entry = key.and_then(|key| patches.get(&key));
                    found.extend(entry.map(|entry| entry.file.id(world.db)));
                }
            }
            found.into_iter().filter(|it| !files.contains(it)).collect()
        })
    }
}

/// The nodes of a file that others can read, in each project that it is a part of.
fn nodes(world: World<'_>, file: FileId) -> Vec<RefTarget> {
    let mut found = Vec::new();
    for (_, file) in world.files(file) {
        for (slot, identity) in identities(world.db, file).iter().enumerate() {
            if identity.resource_type.is_refable() {
                found.push(RefTarget {
                    unique_id: identity.unique_id.clone(),
                    file,
                    slot: slot as u32,
                });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use analysis::{Change, change::FileText};

    use crate::fixture::TestProject;

    #[test]
    fn an_edit_concerns_readers_when_columns_differ() {
        let mut project = TestProject::new(
            "
//- /models/a.sql
select 1 as id
//- /models/b.sql
select id from {{ ref('a') }}
//- /models/c.sql
select id from {{ ref('b') }}
//- /models/s.yml
models: [{name: a}]
",
        );
        let file = project.file("/models/a.sql");
        let analysis = project.analysis();
        let concerned = analysis.concerned_files(&[file]).unwrap();
        let wanted = [project.file("/models/b.sql"), project.file("/models/s.yml")];
        assert_eq!(concerned.len(), 2);
        assert!(wanted.iter().all(|it| concerned.contains(it)));
        let of_yaml = analysis.seen_by_others(wanted[1]).unwrap();
        assert_eq!(of_yaml, None);
        // A change waits for the snapshots to end.
        drop(analysis);
        let mut seen = Vec::new();
        for text in ["select 1 as id", "select 2 as id", "select 1 as key"] {
            project.host.apply_change(Change {
                texts: vec![(
                    file,
                    FileText {
                        text: text.into(),
                        problem: None,
                    },
                )],
                ..Change::default()
            });
            seen.push(project.analysis().seen_by_others(file).unwrap());
        }
        assert_eq!(seen[0], seen[1]);
        assert_ne!(seen[1], seen[2]);
    }
}
