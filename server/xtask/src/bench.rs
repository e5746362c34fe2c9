//! `cargo xtask bench`: measures a built binary on synthetic projects and writes docs/benchmarks.md.
//!
//! Nothing here asserts: a benchmark reports, and people compare. With `--dbt PATH` the reference engine is measured in the
//! same run on the same machine.

mod client;
pub(crate) mod editor;
pub(crate) mod on_postgres;
mod probe;
mod synthetic;

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// What to measure, and with what.
pub(crate) struct BenchConfig {
    /// The release binary.
    pub(crate) dagsmith: PathBuf,
    /// dbt Core, to measure beside it.
    pub(crate) dbt: Option<PathBuf>,
    /// Runs a folder of compiled statements on DuckDB alone: the `replay` example of the warehouse crate.
    pub(crate) replay: Option<PathBuf>,
    /// Where the table goes.
    pub(crate) output: PathBuf,
    /// Models of the large project.
    pub(crate) n_models: usize,
    /// Models of the project that is built.
    pub(crate) n_built: usize,
}

/// A finished command: wall time and the largest memory seen.
#[derive(Debug, Clone, Copy)]
struct Measured {
    seconds: f64,
    peak_mb: u64,
}

impl Measured {
    /// The shorter time; the larger memory.
    fn better(self, other: Self) -> Self {
        Self {
            seconds: self.seconds.min(other.seconds),
            peak_mb: self.peak_mb.max(other.peak_mb),
        }
    }
}

pub(crate) fn run(config: &BenchConfig) -> Result<()> {
    let scratch = std::env::temp_dir().join(format!("dagsmith-bench-{}", std::process::id()));
    let result = measure_all(config, &scratch);
    // Half a gigabyte of scratch is not worth keeping after a failure either.
    let _ = fs::remove_dir_all(&scratch);
    let page = result?;
    write_file(&config.output, &page)
}

/// A synthetic project to try things on.
pub(crate) fn write_synthetic(dir: &Path, n_models: usize) -> Result<()> {
    synthetic::write_project(dir, n_models)
}

fn measure_all(config: &BenchConfig, scratch: &Path) -> Result<String> {
    let large = scratch.join("large");
    synthetic::write_project(&large, config.n_models)?;
    let mut page = header(config)?;
    page.push_str("## parse\n\n| | time | peak memory |\n|---|---|---|\n");
    let small = scratch.join("small");
    synthetic::write_project(&small, config.n_built)?;
    parse(config, &small, config.n_built, &mut page)?;
    parse(config, &large, config.n_models, &mut page)?;
    page.push_str("\n## build\n\n| | time | peak memory |\n|---|---|---|\n");
    build(config, scratch, &mut page)?;
    Ok(page)
}

fn parse(config: &BenchConfig, dir: &Path, n_models: usize, page: &mut String) -> Result<()> {
    let target = dir.join("target");
    let cold = best_of(3, || {
        let _ = fs::remove_dir_all(&target);
        command(&config.dagsmith, dir, &["parse"])
    })?;
    row(page, &format!("dagsmith parse, {n_models} models"), &cold);
    let again = best_of(3, || command(&config.dagsmith, dir, &["parse"]))?;
    row(page, "the same again, from the saved index", &again);
    if let Some(dbt) = &config.dbt {
        let reference = command(dbt, dir, &["parse", "--target-path", "target_dbt"])?;
        row(
            page,
            &format!("dbt Core parse, {n_models} models"),
            &reference,
        );
        let times = reference.seconds / cold.seconds;
        writeln!(page, "| times faster, both from nothing | {times:.0} | |")?;
    }
    Ok(())
}

fn header(config: &BenchConfig) -> Result<String> {
    let version = Command::new(&config.dagsmith)
        .arg("--version")
        .output()
        .context("cannot run the binary")?;
    let cores = thread::available_parallelism()?;
    // Numbers from a busy machine say little; where there is no such file, nobody knows.
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown");
    let version = String::from_utf8_lossy(&version.stdout);
    Ok(format!(
        "# Benchmarks\n\nMade by `cargo xtask bench --dagsmith PATH [--dbt PATH] [--replay PATH]`: a synthetic project (seeds, staging, \
         intermediate, marts; six documented columns and two tests a model), release build, best of three, {cores} cores, load {load} when it began.\n\n{}\n\n",
        version.trim()
    ))
}

fn build(config: &BenchConfig, scratch: &Path, page: &mut String) -> Result<()> {
    let dir = scratch.join("built");
    synthetic::write_project(&dir, config.n_built)?;
    let database = dir.join("synthetic.duckdb");
    command(&config.dagsmith, &dir, &["seed"])?;
    let seeded = scratch.join("seeded.duckdb");
    fs::copy(&database, &seeded)?;
    let args = ["build", "--exclude", "resource_type:seed"];
    let build = || {
        fs::copy(&seeded, &database)?;
        command(&config.dagsmith, &dir, &args)
    };
    let mut ours = build()?;
    let title = format!("dagsmith build, {} models and their tests", config.n_built);
    if let Some(replay) = &config.replay {
        fs::copy(&seeded, &database)?;
        let recorded = Command::new(&config.dagsmith)
            .args(["--debug", "--log-format", "json"])
            .args(args)
            .current_dir(&dir)
            .output()?;
        fs::write(dir.join("build.log"), recorded.stdout)?;
        let args = ["target/manifest.json", "build.log", "synthetic.duckdb", "4"];
        // In turns, so that a busy minute of the machine is not held against one of them.
        let alone = best_of(3, || {
            ours = ours.better(build()?);
            fs::copy(&seeded, &database)?;
            command(replay, &dir, &args)
        })?;
        row(page, &title, &ours);
        let statements = "the same statements on DuckDB alone, 4 connections";
        row(page, statements, &alone);
        writeln!(page, "| ratio | {:.2} | |", ours.seconds / alone.seconds)?;
    } else {
        ours = ours.better(best_of(2, build)?);
        row(page, &title, &ours);
    }
    if let Some(dbt) = &config.dbt {
        fs::copy(&seeded, &database)?;
        let reference = command(
            dbt,
            &dir,
            &[
                "build",
                "--exclude",
                "resource_type:seed",
                "--target-path",
                "target_dbt",
            ],
        )?;
        row(page, "dbt Core build", &reference);
        writeln!(
            page,
            "| times faster than dbt Core | {:.1} | |",
            reference.seconds / ours.seconds
        )?;
    }
    Ok(())
}

fn row(page: &mut String, name: &str, measured: &Measured) {
    let _ = writeln!(
        page,
        "| {name} | {:.2} s | {} MB |",
        measured.seconds, measured.peak_mb
    );
}

fn best_of(n: usize, mut run: impl FnMut() -> Result<Measured>) -> Result<Measured> {
    let mut best = run()?;
    for _ in 1..n {
        best = best.better(run()?);
    }
    Ok(best)
}

/// Runs to the end; the memory is the high-water mark that the system keeps of the process, read while it runs.
fn command(program: &Path, dir: &Path, args: &[&str]) -> Result<Measured> {
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(args)
        .current_dir(dir)
        .env("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let mut peak_mb = 0;
    let status = loop {
        peak_mb = peak_mb.max(rss_mb(child.id(), "VmHWM").unwrap_or(0));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        thread::sleep(Duration::from_millis(2));
    };
    let seconds = start.elapsed().as_secs_f64();
    if !status.success() {
        bail!(
            "`{} {}` failed with {status} in {}",
            program.display(),
            args.join(" "),
            dir.display()
        );
    }
    Ok(Measured { seconds, peak_mb })
}

/// A field of /proc/PID/status in megabytes; `None` where there is no such file.
fn rss_mb(pid: u32, field: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    line.split_whitespace()
        .next()?
        .parse::<u64>()
        .ok()
        .map(|kb| kb / 1024)
}

fn read_file(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write_file(path: &Path, text: &str) -> Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
