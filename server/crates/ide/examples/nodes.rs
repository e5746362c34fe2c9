//! Prints what a project comes to: `cargo run -p ide --example nodes -- PATH [--quiet]`.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::{collections::HashMap, path::PathBuf, sync::Mutex, time::Instant};

use base::{FileId, OsSystem};
use ide::{Analysis, AnalysisHost};

fn main() {
    let mut args = std::env::args().skip(1);
    let root = PathBuf::from(args.next().unwrap_or_else(|| ".".to_owned()));
    let is_quiet = args.next().is_some();
    let start = Instant::now();
    let ids: Mutex<HashMap<PathBuf, FileId>> = Mutex::default();
    let intern = |path: &std::path::Path| {
        let Ok(mut ids) = ids.lock() else {
            return FileId(0);
        };
        let next = FileId(ids.len() as u32);
        *ids.entry(path.to_owned()).or_insert(next)
    };
    let config = analysis::load::LoadConfig {
        root: root.canonicalize().unwrap_or(root),
        ..analysis::load::LoadConfig::default()
    };
    let loaded = analysis::load::load(&OsSystem, &config, &intern);
    println!(
        "loaded {} files in {:?}",
        loaded.texts.len(),
        start.elapsed()
    );
    let project_root = loaded.input.root.clone();
    let mut host = AnalysisHost::new();
    host.apply_change(analysis::Change {
        texts: loaded.texts,
        projects: vec![(project_root.clone(), Some(loaded.input))],
        ..analysis::Change::default()
    });
    println!("inputs after {:?}", start.elapsed());
    let analysis: Analysis = host.analysis();
    if let Ok(Some(manifest)) = analysis.manifest(&project_root) {
        println!(
            "{} nodes, {} sources, {} macros after {:?}",
            manifest.nodes.len(),
            manifest.sources.len(),
            manifest.macros.len(),
            start.elapsed()
        );
        for node in manifest.nodes.values().filter(|_| !is_quiet) {
            println!(
                "{} {:?} {:?} <- {:?}",
                node.unique_id,
                node.relation_name,
                node.config.explicit(),
                node.depends_on.nodes
            );
        }
    }
}
