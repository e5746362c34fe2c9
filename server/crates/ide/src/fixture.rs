//! For tests: a project in a string.
//!
//! `//- /models/a.sql` headers name files; a `dbt_project.yml` and a `profiles.yml` are added where the fixture has none.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::Mutex,
};

use analysis::{Change, load::LoadConfig, warehouse_catalog::WarehouseCatalog};
use base::{FileId, FileRange, LineIndex, MemorySystem, Severity};
use test_fixture::Fixture;

use crate::{Analysis, AnalysisHost, FilePosition};

const PROJECT: &str = "name: shop\nprofile: shop\n";
const PROFILES: &str = "shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb}}}\n";

/// A host with the project of a fixture.
pub(crate) struct TestProject {
    pub(crate) host: AnalysisHost,
    pub(crate) files: BTreeMap<PathBuf, FileId>,
    pub(crate) cursor: Option<FilePosition>,
    /// All that there ever was.
    known: BTreeMap<PathBuf, FileId>,
}

impl TestProject {
    pub(crate) fn new(fixture: &str) -> Self {
        Self::with_host(fixture, AnalysisHost::new())
    }

    /// Files that need not be a fixture.
    pub(crate) fn from_files(files: Vec<(PathBuf, String)>) -> Self {
        Self::of(
            Fixture {
                files,
                ..Fixture::default()
            },
            AnalysisHost::new(),
        )
    }

    pub(crate) fn with_host(fixture: &str, host: AnalysisHost) -> Self {
        Self::of(Fixture::parse(fixture), host)
    }

    fn of(fixture: Fixture, host: AnalysisHost) -> Self {
        let mut project = Self {
            host,
            files: BTreeMap::new(),
            cursor: None,
            known: BTreeMap::new(),
        };
        project.reload(fixture.files);
        project.cursor = fixture.cursor.map(|(path, offset)| FilePosition {
            file: project.files[&path],
            offset,
        });
        project
    }

    /// The project as it is with these files and no others, read anew from a disk.
    pub(crate) fn reload(&mut self, mut files: Vec<(PathBuf, String)>) {
        for (path, text) in [("/dbt_project.yml", PROJECT), ("/profiles.yml", PROFILES)] {
            if !files.iter().any(|(known, _)| known == Path::new(path)) {
                files.push((path.into(), text.to_owned()));
            }
        }
        let present: BTreeSet<PathBuf> = files.iter().map(|(path, _)| path.clone()).collect();
        let system = MemorySystem::new(files);
        // A file that comes back is the one that it was.
        let ids = Mutex::new(std::mem::take(&mut self.known));
        let intern = |path: &Path| {
            let mut ids = ids.lock().unwrap();
            let next = FileId(ids.len() as u32);
            *ids.entry(path.to_owned()).or_insert(next)
        };
        let config = LoadConfig {
            root: "/".into(),
            ..LoadConfig::default()
        };
        let loaded = analysis::load::load(&system, &config, &intern);
        let root = loaded.input.root.clone();
        self.host.apply_change(Change {
            texts: loaded.texts,
            projects: vec![(root, Some(loaded.input))],
            ..Change::default()
        });
        self.known = ids.into_inner().unwrap();
        self.files = self.known.clone();
        self.files.retain(|path, _| present.contains(path));
    }

    /// The warehouse is asked, and answers with a `catalog.json`.
    pub(crate) fn read_catalog(&mut self, json: &str) {
        let catalog = WarehouseCatalog::parse(json.as_bytes()).unwrap();
        self.host.apply_change(Change {
            catalogs: vec![(Path::new("/").into(), catalog.into())],
            ..Change::default()
        });
    }

    pub(crate) fn analysis(&self) -> Analysis {
        self.host.analysis()
    }

    pub(crate) fn file(&self, path: &str) -> FileId {
        self.files[Path::new(path)]
    }

    /// `/models/a.sql:2 stg_orders`: the path, the line from 1, and the text there.
    pub(crate) fn show(&self, place: FileRange) -> String {
        let (path, _) = self
            .files
            .iter()
            .find(|(_, id)| **id == place.file)
            .unwrap();
        let text = self.analysis().text(place.file).unwrap_or_default();
        let line = LineIndex::new(&text).line_col(place.range.start).line + 1;
        let shown = place.range.of(&text).trim();
        format!("{}:{line} {shown}", path.display())
            .trim_end()
            .to_owned()
    }

    /// All diagnostics of the user's files, a line each.
    pub(crate) fn rendered_diagnostics(&self) -> String {
        let analysis = self.analysis();
        let mut out = String::new();
        for (path, id) in &self.files {
            let found = analysis.diagnostics(*id).unwrap();
            if found.is_empty() {
                continue;
            }
            let text = analysis.text(*id).unwrap_or_default();
            let lines = LineIndex::new(&text);
            writeln!(out, "{}", path.display()).unwrap();
            for one in found {
                let at = lines.line_col(one.range.start);
                let severity = match one.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                    Severity::Info => "info",
                    Severity::Hint => "hint",
                };
                writeln!(
                    out,
                    "  {}:{} {severity} {}: {}",
                    at.line + 1,
                    at.col + 1,
                    one.code,
                    one.message
                )
                .unwrap();
            }
        }
        out
    }
}

pub(crate) fn render_diagnostics(fixture: &str) -> String {
    TestProject::new(fixture).rendered_diagnostics()
}
