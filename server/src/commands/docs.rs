//! `docs generate` and `docs serve`: what the warehouse has for the project, and a page that shows all of it.

use std::{
    collections::BTreeSet,
    net::IpAddr,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use deps::Listener as _;
use engine::{Catalog, Event, Task};
use project::{
    node::{ResourceType, UniqueId},
    yaml::YamlNode,
};

use crate::{
    commands::{
        graph_run::{cut_short, narrowed},
        parse::found,
    },
    docs_server::DocsServer,
    docs_site::{page, static_page},
    open::{OpenConfig, OpenProject},
    report,
    run_context::CommandContext,
};

/// Writes catalog.json, index.html and, unless told otherwise, what `compile` writes.
pub(crate) fn generate(context: &CommandContext) -> anyhow::Result<ExitCode> {
    use ResourceType::{Analysis, Model, Operation, Seed, Snapshot, Source, Test};
    let project = context.open()?;
    context
        .reporter
        .report(&Event::Found(&found(&project.manifest)));
    let select = |kinds: &[ResourceType]| {
        let kinds = narrowed(context, kinds)?;
        project.select(context, &kinds)
    };
    let compiled = select(&[Model, Test, Snapshot, Analysis, Operation, Seed])?;
    let session = context.session(&project, &compiled)?;
    if context.invocation.is("compile") {
        let threads = project.threads(&context.invocation);
        let summary = engine::run(
            &session,
            Task::Compile,
            &compiled,
            threads,
            &context.metadata,
        )?;
        if let Some(code) = cut_short(&summary)? {
            return Ok(code);
        }
        if !summary.is_success() {
            report::error_line("compile failed, cannot generate docs");
            return Ok(ExitCode::from(crate::UNUSABLE));
        }
    }
    let target = &project.run.target_path;
    context
        .system
        .write(&target.join("index.html"), page().as_bytes())?;
    copy_assets(context, &project)?;
    let catalog = if context.invocation.is("empty_catalog") {
        Catalog::default()
    } else {
        context.info("Building catalog");
        let mut shown = select(&[Source])?;
        shown.extend(compiled);
        if !context.invocation.is("compile") {
            // As in dbt, a selection is one of what is compiled.
            shown = everything(&project);
        }
        Catalog::of(&session, &shown).map_err(anyhow::Error::msg)?
    };
    catalog.write(&session, &context.metadata)?;
    if context.invocation.is("static") {
        write_static(context, target)?;
    }
    if !catalog.errors.is_empty() {
        report::error_line(&format!(
            "dbt encountered {} while writing the catalog:\n{}",
            engine::plural(catalog.errors.len(), "failure"),
            catalog.errors.join("\n")
        ));
    }
    let path = target.join("catalog.json");
    context.info(&format!("Catalog written to {}", path.display()));
    Ok(if catalog.errors.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(crate::FAILED)
    })
}

fn everything(project: &OpenProject) -> BTreeSet<UniqueId> {
    let manifest = &project.manifest;
    let ids = manifest.nodes.keys().chain(manifest.sources.keys());
    ids.cloned().collect()
}

fn write_static(context: &CommandContext, target: &Path) -> anyhow::Result<()> {
    let read = |name: &str| -> anyhow::Result<String> {
        let bytes = context.system.read(&target.join(name)).with_context(|| {
            format!(
                "{name} is needed for the static page; leave --no-compile out to have it written"
            )
        })?;
        Ok(String::from_utf8(bytes)?)
    };
    let page = static_page(&read("manifest.json")?, &read("catalog.json")?);
    let path = target.join("static_index.html");
    Ok(context.system.write(&path, page.as_bytes())?)
}

/// Pictures that descriptions show: `asset-paths`, beside the page.
fn copy_assets(context: &CommandContext, project: &OpenProject) -> anyhow::Result<()> {
    let file = project
        .manifest
        .project_files
        .get(&project.manifest.project_name);
    for folder in file.iter().flat_map(|file| &file.paths.assets) {
        let from = project.run.root.join(&**folder);
        let to = project.run.target_path.join(&**folder);
        if !base::normalized(&to).starts_with(&project.run.target_path) {
            bail!("asset-paths: `{folder}` is not in the project");
        }
        copy(context, &from, &to)?;
    }
    Ok(())
}

fn copy(context: &CommandContext, from: &Path, to: &Path) -> anyhow::Result<()> {
    // A folder that is not there holds no assets.
    for entry in context.system.read_dir(from).unwrap_or_default() {
        let Some(name) = entry.path.file_name() else {
            continue;
        };
        if entry.is_dir {
            copy(context, &entry.path, &to.join(name))?;
        } else {
            let bytes = context.system.read(&entry.path)?;
            context.system.write(&to.join(name), &bytes)?;
        }
    }
    Ok(())
}

/// Until Ctrl-C.
pub(crate) fn serve(context: &CommandContext) -> anyhow::Result<ExitCode> {
    let config = OpenConfig::of(&context.invocation, &*context.system, &context.current_dir)?;
    let target_path = target_path(context, &config)?;
    if !context.system.is_file(&target_path.join("manifest.json")) {
        bail!(
            "there is no manifest.json in {}; run `dagsmith docs generate` first",
            target_path.display()
        );
    }
    let host = context.invocation.text("host").unwrap_or("127.0.0.1");
    let port = context.invocation.text("port").unwrap_or("8080");
    let port: u16 = port.parse().context("--port takes a number up to 65535")?;
    if host != "localhost" && !host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()) {
        context.tell_warning(
            "Note",
            &format!("everyone who reaches {host} can read the documentation; without --host only this machine can"),
        );
    }
    let system = Arc::clone(&context.system);
    let server =
        DocsServer::bind((host, port), system, target_path, page()).with_context(|| {
            format!("cannot listen at {host}:{port}; another program may do so: try --port 0")
        })?;
    let address = server.address();
    let url = if address.ip().is_loopback() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    };
    report::output(&format!(
        "Serving docs at {}\nTo access from your browser, navigate to: {url}\n\nPress Ctrl+C to exit.\n",
        address.port()
    ));
    if context.invocation.is("browser") {
        open_browser(&url);
    }
    server.run(&context.cancel)?;
    Ok(ExitCode::SUCCESS)
}

fn target_path(context: &CommandContext, config: &OpenConfig) -> anyhow::Result<PathBuf> {
    if let Some(path) = &config.target_path {
        return Ok(path.clone());
    }
    let path = config.root.join(project::project_file::PROJECT_FILE_NAME);
    let tree = crate::yaml_file::read_yaml(&*context.system, &path)?;
    let configured = tree.root().get("target-path").and_then(YamlNode::raw);
    Ok(config.root.join(configured.unwrap_or("target")))
}

/// A machine without one shows the address on the terminal.
#[expect(clippy::disallowed_methods, reason = "a browser is another program")]
fn open_browser(url: &str) {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    let started = Command::new(opener)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if let Err(error) = started {
        tracing::debug!(%error, "no browser was opened");
    }
}
