//! `cargo xtask bench-editor`: what an editor waits for, beside what it may take, as a page's tables on stdout.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;

use super::{
    probe::{Samples, Session},
    synthetic,
};

/// What to measure, and how often.
pub(crate) struct EditorBench {
    /// The release binary.
    pub(crate) dagsmith: PathBuf,
    /// Models of the project in which everything is measured.
    pub(crate) n_models: usize,
    /// Models of the projects in which edits are compared.
    pub(crate) sizes: Vec<usize>,
    pub(crate) n_edits: usize,
    /// Edits between which memory is looked at.
    pub(crate) n_soaked: usize,
}

/// How many files differ between the branches.
const N_SWITCHED: usize = 1_000;
const N_SWITCHES: usize = 10;
const N_STARTS: usize = 5;

/// p50 or p99 and milliseconds: what the table at the end of the editor's specification says.
fn goal(kind: &str) -> &'static str {
    match kind {
        "edit → diagnostics of the file" => "5 / 16",
        "edit → diagnostics of all direct readers" => "p99 100",
        "hover" | "definition" => "p99 10",
        "references" | "rename" => "p99 50",
        "workspace/symbol" => "p99 30",
        "1000 files switched → all their diagnostics" => "500",
        kind if kind.starts_with("completion") => "p99 10",
        _ => "",
    }
}

pub(crate) fn run(config: &EditorBench) -> Result<()> {
    let scratch = std::env::temp_dir().join(format!("dagsmith-bench-{}", std::process::id()));
    let result = measure(config, &scratch);
    // Half a gigabyte of scratch is not worth keeping after a failure either.
    let _ = fs::remove_dir_all(&scratch);
    result
}

fn measure(config: &EditorBench, scratch: &Path) -> Result<()> {
    let root = scratch.join("project");
    synthetic::write_project(&root, config.n_models)?;
    let mut starts = Samples::default();
    for _ in 0..N_STARTS {
        let session = Session::start(&config.dagsmith, &root)?;
        starts.taken.push(session.first_answer_ms);
        session.end()?;
    }
    let mut session = Session::start(&config.dagsmith, &root)?;
    session.settle()?;
    let at_first = session.rss_mb();
    println!("{} models, milliseconds.\n", config.n_models);
    println!("| | goal | p50 | p95 | p99 | max |\n|---|---|---|---|---|---|");
    let (diagnostics, asked) = session.edits(config.n_edits)?;
    row("edit → diagnostics of the file", &diagnostics);
    let readers = session.downstream(config.n_edits)?;
    row("edit → diagnostics of all direct readers", &readers);
    for (kind, samples) in &asked {
        row(kind, samples);
    }
    row("start of the process → first right answer", &starts);
    session.settle()?;
    let switches = session.switches(N_SWITCHED, N_SWITCHES)?;
    row("1000 files switched → all their diagnostics", &switches);
    session.settle()?;
    println!("\nResident memory: {at_first} MB after the start.");
    for (n_edits, mb) in session.soak(config.n_soaked)? {
        println!("{mb} MB after {n_edits} edits.");
    }
    session.end()?;
    fs::remove_dir_all(&root)?;
    println!("\n| models | p50 | p95 | p99 | first answer | memory |\n|---|---|---|---|---|---|");
    for n_models in &config.sizes {
        synthetic::write_project(&root, *n_models)?;
        let mut session = Session::start(&config.dagsmith, &root)?;
        session.settle()?;
        let (diagnostics, _) = session.edits(config.n_edits)?;
        println!(
            "| {n_models} | {:.1} | {:.1} | {:.1} | {:.0} ms | {} MB |",
            diagnostics.quantile(0.5),
            diagnostics.quantile(0.95),
            diagnostics.quantile(0.99),
            session.first_answer_ms,
            session.rss_mb()
        );
        session.end()?;
        fs::remove_dir_all(&root)?;
    }
    Ok(())
}

fn row(kind: &str, samples: &Samples) {
    let wrong = match samples.n_wrong {
        0 => String::new(),
        n_wrong => format!(" ({n_wrong} wrong)"),
    };
    println!(
        "| {kind}{wrong} | {} | {:.1} | {:.1} | {:.1} | {:.1} |",
        goal(kind),
        samples.quantile(0.5),
        samples.quantile(0.95),
        samples.quantile(0.99),
        samples.quantile(1.0)
    );
}
