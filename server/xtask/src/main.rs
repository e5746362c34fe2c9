//! Developer tasks: `cargo xtask bench`, `cargo xtask coverage`, `cargo xtask diagnostics`,
//! `cargo xtask synthetic`, `cargo xtask tidy`.
#![expect(
    clippy::disallowed_methods,
    reason = "a developer's tool works on the disk and starts programs"
)]
#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "usage and results go to the terminal"
)]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "milliseconds and ranks are small"
)]

mod bench;
mod coverage;
mod diagnostics;
mod repository;
mod tidy;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use bench::{BenchConfig, editor::EditorBench, on_postgres::PostgresBench};

const USAGE: &str = "usage:
  cargo xtask bench --dagsmith PATH [--dbt PATH] [--replay PATH] [--models 10000] [--built 1000] [--output docs/benchmarks.md]
  cargo xtask coverage [--check]
  cargo xtask diagnostics
  cargo xtask bench-editor --dagsmith PATH [--models 10000] [--sizes 1000,10000,50000] [--edits 300] [--soaked 100000]
  cargo xtask bench-postgres --dagsmith PATH [--models 1000] [--threads 4]
  cargo xtask synthetic DIR [--models 1000]
  cargo xtask tidy";

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        Some("bench") => {
            let flags = flags(args)?;
            let get = |name: &str| {
                flags
                    .iter()
                    .find(|(flag, _)| flag == name)
                    .map(|(_, value)| value.clone())
            };
            let number = |name: &str, default| {
                get(name).map_or(Ok(default), |text| text.parse().context("not a number"))
            };
            bench::run(&BenchConfig {
                dagsmith: get("dagsmith")
                    .map(PathBuf::from)
                    .context(USAGE)?
                    .canonicalize()?,
                dbt: get("dbt").map(PathBuf::from),
                replay: get("replay").map(PathBuf::from),
                output: get("output")
                    .unwrap_or_else(|| "docs/benchmarks.md".to_owned())
                    .into(),
                n_models: number("models", 10_000)?,
                n_built: number("built", 1_000)?,
            })
        }
        Some("bench-editor") => {
            let flags = flags(args)?;
            let get = |name: &str| flags.iter().find(|(flag, _)| flag == name);
            let number = |name: &str, default| {
                get(name).map_or(Ok(default), |(_, text)| {
                    text.parse().context("not a number")
                })
            };
            let (_, dagsmith) = get("dagsmith").context(USAGE)?;
            let sizes = get("sizes").map_or("1000,10000,50000", |(_, sizes)| sizes);
            let sizes = sizes.split(',').filter(|size| !size.is_empty());
            bench::editor::run(&EditorBench {
                dagsmith: PathBuf::from(dagsmith).canonicalize()?,
                n_models: number("models", 10_000)?,
                sizes: sizes.map(str::parse).collect::<Result<_, _>>()?,
                n_edits: number("edits", 300)?,
                n_soaked: number("soaked", 100_000)?,
            })
        }
        Some("bench-postgres") => {
            let flags = flags(args)?;
            let get = |name: &str| flags.iter().find(|(flag, _)| flag == name);
            let number = |name: &str, default| {
                get(name).map_or(Ok(default), |(_, text)| {
                    text.parse().context("not a number")
                })
            };
            let (_, dagsmith) = get("dagsmith").context(USAGE)?;
            bench::on_postgres::run(&PostgresBench {
                dagsmith: PathBuf::from(dagsmith).canonicalize()?,
                n_models: number("models", 1_000)?,
                threads: number("threads", 4)?,
            })
        }
        Some("synthetic") => {
            let dir: PathBuf = args.next().context(USAGE)?.into();
            let flags = flags(args)?;
            let n_models = flags
                .iter()
                .find(|(flag, _)| flag == "models")
                .map_or(Ok(1_000), |(_, value)| value.parse())?;
            bench::write_synthetic(&dir, n_models)
        }
        Some("coverage") => {
            let files = repository::files(Path::new("."))?;
            match args.next().as_deref() {
                None => coverage::write(Path::new("."), &files),
                Some("--check") => match coverage::check(&files).as_slice() {
                    [] => Ok(()),
                    found => bail!("{}", found.join("\n")),
                },
                Some(_) => bail!(USAGE),
            }
        }
        Some("diagnostics") => diagnostics::write(Path::new(".")),
        Some("tidy") => tidy::run(Path::new(".")),
        _ => {
            eprintln!("{USAGE}");
            bail!("no such task");
        }
    }
}

/// `--name value` pairs.
fn flags(mut args: impl Iterator<Item = String>) -> Result<Vec<(String, String)>> {
    let mut flags = Vec::new();
    while let Some(flag) = args.next() {
        let name = flag.strip_prefix("--").context(USAGE)?.to_owned();
        flags.push((name, args.next().context(USAGE)?));
    }
    Ok(flags)
}
