//! Opens the project of an invocation: finds it, loads it into the analysis, and makes of it what a run needs.

mod model_warnings;
mod refusals;
mod selectors;
pub(crate) mod state;
mod unused_configs;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use analysis::{
    Change, FileRole, Inputs, Manifest, PackageKind, Project, RootDatabase, Settings,
    descriptions::description_errors, external_location::location_errors, facts::parsed,
    foreign_keys::foreign_key_errors, load, manifest, project_config::project_file, saved_index,
    select::Selector, semantic_errors::semantic_errors, source::properties,
    unit_tests::unit_test_errors,
};
use anyhow::{Context as _, bail};
use base::{Diagnostic, FileId, LineIndex, Severity, System, normalized};
use engine::{RunProject, Warehouse};
use project::{
    files::FileKind,
    json::JsonMap,
    node::{ResourceType, UniqueId},
    project_file::find_project_root,
    reading::is_template,
    selector::{IndirectSelection, Selection, SelectorDefinitions},
    yaml::Yaml,
};
use serde_json::Value;

pub(crate) use refusals::Warning;

use crate::{cli::Invocation, deprecations::of_project, report, run_context::CommandContext};
use selectors::Selectors;

/// A project, ready to be listed, compiled or run.
pub(crate) struct OpenProject {
    /// For the engine.
    pub(crate) run: Arc<RunProject>,
    /// What the project comes to.
    pub(crate) manifest: Arc<Manifest>,
    /// Those of selectors.yml.
    selectors: SelectorDefinitions,
    /// What keeps it from being run, for people.
    pub(crate) errors: Vec<String>,
    /// What keeps no one from running it.
    pub(crate) warnings: Vec<Warning>,
    /// What dbt will not always take, where files were read.
    pub(crate) deprecations: Vec<Warning>,
}

/// What of an invocation decides how a project is read.
#[derive(Debug, Clone, Default)]
pub(crate) struct OpenConfig {
    pub(crate) root: PathBuf,
    pub(crate) profiles_dir: Option<PathBuf>,
    pub(crate) target_path: Option<PathBuf>,
    pub(crate) settings: Settings,
    /// `--partial-parse`
    pub(crate) is_index_used: bool,
}

impl OpenConfig {
    /// From the command line.
    pub(crate) fn of(
        invocation: &Invocation,
        system: &dyn System,
        current_dir: &Path,
    ) -> anyhow::Result<Self> {
        let root = match invocation.text("project_dir") {
            Some(dir) => current_dir.join(dir),
            None => find_project_root(system, current_dir)
                .with_context(|| format!("no dbt_project.yml found in {} or above it; name the folder with --project-dir", current_dir.display()))?,
        };
        let root = normalized(&root);
        if !system.is_file(&root.join("dbt_project.yml")) {
            bail!("no dbt_project.yml found at {}", root.display());
        }
        let path = |name: &str| invocation.text(name).map(|path| current_dir.join(path));
        let threads = invocation
            .text("threads")
            .map(str::parse::<u32>)
            .transpose()
            .context("--threads takes a number")?;
        Ok(Self {
            profiles_dir: path("profiles_dir"),
            target_path: invocation.text("target_path").map(|path| root.join(path)),
            root,
            is_index_used: invocation.is("partial_parse"),
            settings: Settings {
                target: invocation.text("target").map(str::to_owned),
                profile: invocation.text("profile").map(str::to_owned),
                vars: mapping(invocation.text("vars").unwrap_or("{}"))
                    .context("--vars takes a YAML mapping")?
                    .into(),
                threads,
                flags: context_flags(invocation).into(),
                ..Settings::default()
            },
        })
    }
}

/// A YAML mapping given on the command line.
pub(crate) fn mapping(text: &str) -> anyhow::Result<JsonMap> {
    let (tree, diagnostics) = Yaml::parse(text);
    if let Some(first) = diagnostics.into_iter().next() {
        bail!("{}", first.message);
    }
    match tree.root().to_json() {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(JsonMap::new()),
        other => bail!("got {other}"),
    }
}

/// `flags` of the context: every flag under dbt's name in capitals.
pub(crate) fn context_flags(invocation: &Invocation) -> JsonMap {
    let mut flags: JsonMap = invocation
        .values()
        .iter()
        .map(|(name, value)| (name.to_ascii_uppercase(), value.clone()))
        .collect();
    flags.insert("WHICH".to_owned(), invocation.which().into());
    flags.insert(
        "INVOCATION_COMMAND".to_owned(),
        invocation.line.clone().into(),
    );
    flags
}

/// Numbers for paths.
#[derive(Default)]
pub(crate) struct Paths(Mutex<(HashMap<PathBuf, FileId>, BTreeMap<FileId, PathBuf>)>);

impl Paths {
    pub(crate) fn intern(&self, path: &Path) -> FileId {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = known.0.get(path) {
            return *id;
        }
        let id = FileId(known.0.len() as u32);
        known.0.insert(path.to_owned(), id);
        known.1.insert(id, path.to_owned());
        id
    }

    pub(crate) fn into_map(self) -> BTreeMap<FileId, PathBuf> {
        self.0
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .1
    }
}

/// Where the artifacts of a project are, which need not be read for that.
pub(crate) fn target_path(system: &dyn System, config: &OpenConfig) -> PathBuf {
    let paths = Paths::default();
    let load_config = load::LoadConfig {
        root: config.root.clone(),
        profiles_dir: config.profiles_dir.clone(),
        settings: config.settings.clone(),
    };
    let found = || load::find(system, &load_config, &|path| paths.intern(path));
    let configured = || config.root.join(&*found().target_path);
    config.target_path.clone().unwrap_or_else(configured)
}

/// Reads a project, from the saved index where that is of the same.
pub(crate) fn open(system: &dyn System, config: &OpenConfig) -> anyhow::Result<OpenProject> {
    let paths = Paths::default();
    let load_config = load::LoadConfig {
        root: config.root.clone(),
        profiles_dir: config.profiles_dir.clone(),
        settings: config.settings.clone(),
    };
    let mut found = load::find(system, &load_config, &|path| paths.intern(path));
    if let Some((wanted, installed)) = found.not_installed {
        bail!(
            "{wanted} package(s) specified in packages.yml, but only {installed} package(s) installed; run `dagsmith deps` to install package dependencies"
        );
    }
    let selectors = Selectors::read(system, &config.root, &found);
    let index = SavedIndex::of(system, config, &found);
    let restored = index
        .as_ref()
        .and_then(|index| index.restore(system, &found));
    let told = match restored {
        Some(manifest) => Told {
            manifest,
            errors: Vec::new(),
            warnings: Vec::new(),
            deprecations: Vec::new(),
        },
        None => read(system, &mut found, index.as_ref())?,
    };
    let Told {
        manifest,
        mut errors,
        mut warnings,
        deprecations,
    } = told;
    let selectors = selectors.unwrap_or_else(|error| {
        errors.push(format!("{error:#}"));
        Selectors::default()
    });
    warnings.extend(refusals::warnings(&manifest));
    warnings.extend(model_warnings::deprecated_models(&manifest, system.now()));
    warnings.extend(unused_configs::warning(&manifest));
    let project_file = manifest.project_files.get(&manifest.project_name);
    let target_path = config.target_path.clone().unwrap_or_else(|| {
        let configured = project_file.map_or("target", |file| &*file.target_path);
        config.root.join(configured)
    });
    Ok(OpenProject {
        run: Arc::new(RunProject {
            root: config.root.clone(),
            target_path,
            manifest: Arc::clone(&manifest),
            selectors: selectors.written,
            paths: paths.into_map(),
        }),
        selectors: selectors.definitions,
        warnings,
        deprecations,
        manifest,
        errors,
    })
}

/// A manifest, and what was to be told when its files were read.
struct Told {
    manifest: Arc<Manifest>,
    errors: Vec<String>,
    warnings: Vec<Warning>,
    deprecations: Vec<Warning>,
}

/// A manifest from the files of a project, what is wrong with them, and what is deprecated. Where nothing is, it is saved.
fn read(
    system: &dyn System,
    found: &mut load::FoundProject,
    index: Option<&SavedIndex>,
) -> anyhow::Result<Told> {
    let loaded = found.read(system);
    let mut db = RootDatabase::default();
    let mut inputs = Inputs::default();
    let root = Arc::clone(&loaded.input.root);
    let change = Change {
        texts: loaded.texts,
        projects: vec![(Arc::clone(&root), Some(loaded.input))],
        ..Change::default()
    };
    inputs.apply(&mut db, change);
    let project = inputs
        .project(&root)
        .context("the project could not be loaded")?;
    if let Err(error) = analysis::target::target(&db, project).as_ref() {
        bail!("{error}");
    }
    let manifest = manifest(&db, project);
    let mut errors = file_errors(&db, project);
    errors.extend(refusals::described_twice(&db, project, &manifest));
    errors.extend(refusals::refusals(&manifest));
    if let Some(index) = index.filter(|_| errors.is_empty()) {
        index.save(
            system,
            saved_index::save(&db, project, found, &manifest, &index.binary),
        );
    }
    let mut warnings = refusals::warnings_of_files(&db, project);
    warnings.extend(model_warnings::unsupported_constraints(&manifest));
    Ok(Told {
        deprecations: of_project(&db, project, &manifest),
        warnings,
        manifest,
        errors,
    })
}

/// Where the saved index of a project is, and whose it has to be.
struct SavedIndex {
    path: PathBuf,
    /// An index of another binary is of no use: it may make something else of the same files.
    binary: String,
}

impl SavedIndex {
    /// `None` where it is turned off.
    fn of(system: &dyn System, config: &OpenConfig, found: &load::FoundProject) -> Option<Self> {
        if !config.is_index_used {
            return None;
        }
        let target_path = match &config.target_path {
            Some(path) => path.clone(),
            None if is_template(&found.target_path) => return None,
            None => config.root.join(&*found.target_path),
        };
        let stamp = system.entry(&std::env::current_exe().ok()?)?.stamp;
        Some(Self {
            path: target_path.join(saved_index::FILE_NAME),
            binary: format!("{} {stamp:?}", env!("CARGO_PKG_VERSION")),
        })
    }

    fn restore(&self, system: &dyn System, found: &load::FoundProject) -> Option<Arc<Manifest>> {
        // Most often there is none yet.
        let bytes = system.read(&self.path).ok()?;
        saved_index::restore(system, found, &bytes, &self.binary)
    }

    /// It only saves time: where it cannot be written, the next command takes longer.
    fn save(&self, system: &dyn System, bytes: Option<Vec<u8>>) {
        let Some(bytes) = bytes else { return };
        if let Err(error) = system.write(&self.path, &bytes) {
            tracing::debug!(%error, "the index was not saved");
        }
    }
}

/// What dbt refuses to go on with: YAML that cannot be read, properties of the wrong shape, templates that fail while
/// they are parsed. Each with its place.
fn file_errors(db: &RootDatabase, project: Project) -> Vec<String> {
    let mut errors = Vec::new();
    let packages = project.packages(db).iter().copied();
    for package in packages.filter(|package| package.kind(db) != PackageKind::Builtin) {
        let files = package.files(db).iter().copied();
        for file in files.chain(package.project_file(db)) {
            let is_data = matches!(
                file.role(db),
                FileRole::Resource(FileKind::Seed | FileKind::Fixture)
            );
            if let Some(problem) = file.problem(db).as_ref().filter(|_| !is_data) {
                let message = problem.diagnostic().message;
                errors.push(format!("{}: {message}", file.path(db)));
                continue;
            }
            let found: Vec<Diagnostic> = match file.role(db) {
                FileRole::Resource(FileKind::Properties) => {
                    let mut found = properties(db, file).diagnostics.clone();
                    found.extend(description_errors(db, file).iter().cloned());
                    found.extend(semantic_errors(db, file).iter().cloned());
                    found.extend(location_errors(db, file).iter().cloned());
                    found.extend(unit_test_errors(db, file).iter().cloned());
                    found.extend(foreign_key_errors(db, file).iter().cloned());
                    found
                }
                FileRole::Resource(_) => parsed(db, file)
                    .iter()
                    .filter_map(|part| part.error.clone())
                    .collect(),
                FileRole::ProjectFile => project_file(db, package).1.clone(),
                FileRole::Profiles | FileRole::Packages | FileRole::Selectors => Vec::new(),
            };
            let is_error = |one: &&Diagnostic| one.severity == Severity::Error;
            if !found.iter().any(|one| is_error(&one)) {
                continue;
            }
            let text = file.text(db);
            let lines = LineIndex::new(text);
            errors.extend(found.iter().filter(is_error).map(|one| {
                let at = lines.line_col(one.range.start);
                let (line, column) = (at.line + 1, at.col + 1);
                let place = format!("{}:{line}:{column}: {}", file.path(db), one.message);
                match report::excerpt(text, one.range) {
                    Some(excerpt) => format!("{place}\n{excerpt}"),
                    None => place,
                }
            }));
        }
    }
    errors
}

impl OpenProject {
    /// The warehouse of the project's target.
    pub(crate) fn warehouse(&self, system: &Arc<dyn System>) -> anyhow::Result<Arc<dyn Warehouse>> {
        let profile = self
            .manifest
            .profile
            .as_ref()
            .context("the project has no profile")?;
        let opened = warehouse::open(
            &profile.adapter_type,
            &profile.credentials,
            &self.run.root,
            system,
        );
        Ok(opened?)
    }

    /// How many nodes may run at once.
    pub(crate) fn threads(&self, invocation: &Invocation) -> usize {
        if invocation.is("single_threaded") {
            return 1;
        }
        self.manifest
            .profile
            .as_ref()
            .map_or(1, |profile| profile.threads.max(1) as usize)
    }

    /// What a selection takes, of these kinds.
    pub(crate) fn select(
        &self,
        context: &CommandContext,
        kinds: &[ResourceType],
    ) -> anyhow::Result<BTreeSet<UniqueId>> {
        let (invocation, system) = (&context.invocation, &*context.system);
        let indirect = invocation
            .text("indirect_selection")
            .and_then(IndirectSelection::from_name)
            .unwrap_or_default();
        let selection = self.selection(invocation)?;
        let state = state::previous(invocation, system, &self.run.root, &self.run.target_path)?;
        let selector = Selector::new(&self.manifest, indirect);
        let selector = selector.comparing(state.as_ref());
        let mut selected = selector.select(&selection)?;
        for word in unmatched(&selector, &invocation.list("select")) {
            let text = format!("The selection criterion '{word}' does not match any enabled nodes");
            context.warn("NoNodesForSelectionCriteria", &text)?;
        }
        for text in &selector.into_warnings() {
            context.tell_warning("Note", text);
        }
        selected.retain(|id| id.resource_type().is_some_and(|kind| kinds.contains(&kind)));
        Ok(selected)
    }

    fn selection(&self, invocation: &Invocation) -> anyhow::Result<Selection> {
        let (select, exclude) = (invocation.list("select"), invocation.list("exclude"));
        let named = invocation.text("selector");
        if named.is_some() && !(select.is_empty() && exclude.is_empty()) {
            bail!("--selector cannot be combined with --select or --exclude");
        }
        if select.is_empty()
            && exclude.is_empty()
            && let Some(name) = named.or(self.selectors.default.as_deref())
        {
            let found = self.selectors.selections.get(name);
            return found.cloned().with_context(|| {
                let path = self.run.root.join(selectors::FILE_NAME);
                format!("selector `{name}` not found in {}", path.display())
            });
        }
        let included = if select.is_empty() {
            Selection::everything()
        } else {
            Selection::parse(&select)?
        };
        Ok(if exclude.is_empty() {
            included
        } else {
            included.without(Selection::parse(&exclude)?)
        })
    }
}

/// The words of a selection that take nothing.
fn unmatched<'a>(selector: &Selector<'_>, words: &'a [String]) -> Vec<&'a str> {
    let takes_nothing = |word: &&str| {
        // What is wrong with a word has been said before.
        let selection = Selection::parse(&[*word]).ok();
        let selected = selection.and_then(|selection| selector.select(&selection).ok());
        selected.is_some_and(|ids| ids.is_empty())
    };
    let words = words.iter().flat_map(|words| words.split_whitespace());
    words.filter(takes_nothing).collect()
}
