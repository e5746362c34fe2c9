//! Where the columns of a warehouse are kept: the `catalog.json` of `dbt docs generate`, and ours, which only `dagsmith.readCatalog`
//! writes. Where both know a relation, the file that was written later is right.

use std::path::{Path, PathBuf};

use base::System;
use ide::WarehouseCatalog;

/// The files below the folder of what is generated.
pub(crate) const CATALOGS: [&str; 2] = ["catalog.json", "dagsmith/catalog.json"];

/// What they say. One that cannot be read says nothing: it may be another version's, or half written.
pub(crate) fn read(system: &dyn System, target_path: &Path) -> WarehouseCatalog {
    let mut files: Vec<(u64, PathBuf)> = CATALOGS
        .iter()
        .map(|name| target_path.join(name))
        .filter_map(|path| Some((system.entry(&path)?.stamp.modified_ns, path)))
        .collect();
    files.sort();
    let mut catalog = WarehouseCatalog::default();
    for (_, path) in files {
        match system
            .read(&path)
            .map(|bytes| WarehouseCatalog::parse(&bytes))
        {
            Ok(Ok(read)) => catalog.extend(read),
            Ok(Err(error)) => {
                tracing::warn!(path = %path.display(), %error, "this catalog cannot be read");
            }
            Err(error) => tracing::warn!(%error, "a catalog cannot be read"),
        }
    }
    catalog
}

#[cfg(test)]
mod tests {
    use base::MemorySystem;

    use super::*;

    #[test]
    fn a_catalog_that_is_broken_or_not_there_says_nothing() {
        let table = |column: &str| {
            format!(
                r#"{{"sources": {{"source.p.s.t": {{"columns": {{"c": {{"name": "{column}", "type": "INT", "index": 1}}}}}}}}}}"#
            )
        };
        let system = MemorySystem::new([
            (PathBuf::from("/p/target/catalog.json"), "{".to_owned()),
            ("/p/target/dagsmith/catalog.json".into(), table("ours")),
        ]);
        let read_from = |path: &str| {
            let catalog = read(&system, Path::new(path));
            let columns = catalog.columns("source.p.s.t");
            columns.map(|it| it.first().unwrap().name.to_string())
        };
        assert_eq!(read_from("/p/target").as_deref(), Some("ours"));
        assert_eq!(read_from("/q/target"), None);
    }
}
