//! What a saved manifest depends on: the binary, the structure of the project, the settings that were read, the files.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base::{FileId, FileStamp};
use project::files::FileKind;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    FileRole, Project, RootDatabase, Settings, SourceFile,
    change::{ProjectInput, ResourceInput},
    facts::{NodeFacts, static_facts},
    load::FoundProject,
    macros::{holds_macros, macro_index},
    source::template,
};

type Digest32 = [u8; 32];

/// The description.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Basis {
    binary: String,
    structure: u64,
    settings: Digest32,
    /// The variables that templates read, with what they were: hashed, since they may be secret.
    env: BTreeMap<String, Option<Digest32>>,
    /// The flags, if templates read them.
    flags: Option<Digest32>,
    pub(super) saved_at_ns: u64,
    pub(super) files: Vec<SavedFile>,
}

/// A file as it was.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SavedFile {
    stamp: FileStamp,
    text: Digest32,
    /// Where all that others can see of it is in literal calls: their hash.
    pub(super) facts: Option<Digest32>,
}

/// Clocks of file systems are coarse: what was modified this long before the saving may have been modified again
/// without being told apart.
const DOUBT: Duration = Duration::from_secs(2);

impl SavedFile {
    pub(super) fn new(stamp: FileStamp, text: &str) -> Self {
        Self {
            stamp,
            text: digest(text.as_bytes()),
            facts: None,
        }
    }

    /// Whether a file of this stamp has the text that was saved, without reading it.
    pub(super) fn is_surely(&self, stamp: FileStamp, saved_at_ns: u64) -> bool {
        let doubtful_from = saved_at_ns.saturating_sub(DOUBT.as_nanos() as u64);
        self.stamp == stamp && stamp.modified_ns < doubtful_from
    }

    pub(super) fn has_text(&self, text: &str) -> bool {
        self.text == digest(text.as_bytes())
    }
}

impl Basis {
    /// `None` where a file could not be read, or where the time was.
    pub(super) fn of(
        db: &RootDatabase,
        project: Project,
        found: &FoundProject,
        binary: &str,
    ) -> Option<Self> {
        let mut sources: HashMap<FileId, Vec<SourceFile>> = HashMap::new();
        let packages = project.packages(db).iter();
        let of_packages =
            packages.flat_map(|it| it.files(db).iter().copied().chain(it.project_file(db)));
        let others = project.other_files(db).iter().copied();
        for file in of_packages.chain(others).chain(project.profiles(db)) {
            sources.entry(file.id(db)).or_default().push(file);
        }
        let is_plain = !macro_index(db, project).replaces_ref();
        let files = found.files.iter().map(|(id, _, stamp)| {
            let uses = sources.get(id)?;
            let first = uses.first()?;
            if first.problem(db).is_some() {
                return None;
            }
            Some(SavedFile {
                facts: match uses.as_slice() {
                    [only] if is_plain => facts_of(db, *only),
                    _ => None,
                },
                ..SavedFile::new(*stamp, first.text(db))
            })
        });
        let files: Option<Vec<SavedFile>> = files.collect();
        let settings = project.settings(db);
        if settings.reads.has_started_at() {
            return None;
        }
        let env = settings.reads.env().into_iter().map(|name| {
            let value = settings.env.get(&name).map(|it| digest(it.as_bytes()));
            (name, value)
        });
        Some(Self {
            binary: binary.to_owned(),
            structure: found.structure,
            settings: settings_digest(settings),
            env: env.collect(),
            flags: settings.reads.has_flags().then(|| flags_digest(settings)),
            saved_at_ns: nanos(found.found_at),
            files: files?,
        })
    }

    /// Whether all but the texts is as it was.
    pub(super) fn holds_for(&self, found: &FoundProject, binary: &str) -> bool {
        let settings = &found.loaded.input.settings;
        self.binary == binary
            && self.structure == found.structure
            && self.settings == settings_digest(settings)
            && self.env.iter().all(|(name, value)| {
                *value == settings.env.get(name).map(|it| digest(it.as_bytes()))
            })
            && self
                .flags
                .is_none_or(|flags| flags == flags_digest(settings))
    }
}

/// What each file is; some are several things.
pub(super) fn roles(input: &ProjectInput) -> HashMap<FileId, Vec<FileRole>> {
    let mut roles: HashMap<FileId, Vec<FileRole>> = HashMap::new();
    let of_packages = input
        .packages
        .iter()
        .flat_map(|package| package.files.iter().chain(&package.project_file));
    let all = of_packages.chain(&input.profiles).chain(&input.others);
    for ResourceInput { file, role, .. } in all {
        roles.entry(*file).or_default().push(*role);
    }
    roles
}

/// Whether macros or settings are made of it: few files, and what is made of them cannot be saved.
pub(super) fn is_structural(role: FileRole) -> bool {
    match role {
        FileRole::Resource(kind) => holds_macros(kind),
        FileRole::ProjectFile | FileRole::Profiles | FileRole::Packages | FileRole::Selectors => {
            true
        }
    }
}

/// What others see of a file that is one node and says all in literals.
fn facts_of(db: &RootDatabase, file: SourceFile) -> Option<Digest32> {
    match file.kind(db)? {
        FileKind::Model | FileKind::Analysis | FileKind::SingularTest
            if !file.path(db).ends_with(".py") =>
        {
            facts_hash(&static_facts(template(db, file))?)
        }
        _ => None,
    }
}

pub(super) fn facts_hash(facts: &NodeFacts) -> Option<Digest32> {
    // JSON keeps the order of keys in configurations, which `==` does not look at.
    Some(digest(&serde_json::to_vec(facts).ok()?))
}

fn settings_digest(settings: &Settings) -> Digest32 {
    let Settings {
        target,
        profile,
        vars,
        threads,
        profiles_searched,
        env: _,
        started_at: _,
        flags: _,
        reads: _,
    } = settings;
    let text = format!("{target:?} {profile:?} {vars:?} {threads:?} {profiles_searched:?}");
    digest(text.as_bytes())
}

fn flags_digest(settings: &Settings) -> Digest32 {
    digest(format!("{:?}", settings.flags).as_bytes())
}

fn digest(bytes: &[u8]) -> Digest32 {
    Sha256::digest(bytes).into()
}

fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_nanos() as u64)
}
