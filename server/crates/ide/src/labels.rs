//! Groups and tags: names that a project gives to sets of nodes, wherever they are written.
//!
//! In YAML they are known by their keys, in templates by the arguments of `config()`. What code does with them (`'nightly' in
//! node.tags`) is not followed; who renames one looks for that.

use analysis::{
    FileRole, Project,
    source::{template, yaml},
};
use base::SourceRange;
use jinja::{Template, syntax::CallSyntax};
use project::{
    files::FileKind,
    yaml::{Shape, YamlNode},
};

use crate::{
    references::files,
    world::{Here, World},
};

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LabelKind {
    Group,
    Tag,
}

impl LabelKind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Tag => "tag",
        }
    }
}

/// A name of a set of nodes, where it is written without quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) range: SourceRange,
    pub(crate) kind: LabelKind,
    pub(crate) name: String,
    /// The entry below `groups:`.
    pub(crate) is_definition: bool,
}

/// The label that a cursor touches.
pub(crate) fn label_at(world: World<'_>, here: &Here, offset: u32) -> Option<Label> {
    labels(world, here)
        .into_iter()
        .find(|it| it.range.touches(offset))
}

/// Every file that may have labels.
pub(crate) fn label_files(world: World<'_>, project: Project) -> Vec<Here> {
    let packages = project.packages(world.db).iter().copied();
    let project_files = packages.filter_map(|package| {
        Some(Here {
            project,
            package,
            file: package.project_file(world.db)?,
        })
    });
    let own = project.packages(world.db).first().copied();
    let selectors = project.other_files(world.db).iter().copied();
    let selectors = selectors.filter(|file| file.role(world.db) == FileRole::Selectors);
    let selectors = selectors.filter_map(|file| {
        Some(Here {
            project,
            package: own?,
            file,
        })
    });
    let files = files(world, project);
    files.chain(project_files).chain(selectors).collect()
}

/// All labels of a file.
pub(crate) fn labels(world: World<'_>, there: &Here) -> Vec<Label> {
    let mut walk = Walk {
        text: there.text(world),
        found: Vec::new(),
    };
    match there.file.role(world.db) {
        FileRole::ProjectFile => walk.project_file(yaml(world.db, there.file).0.root()),
        FileRole::Selectors => walk.selectors(yaml(world.db, there.file).0.root()),
        FileRole::Resource(FileKind::Properties) => {
            walk.properties(yaml(world.db, there.file).0.root());
        }
        FileRole::Resource(_) => walk.code(world, there),
        FileRole::Profiles | FileRole::Packages => {}
    }
    walk.found
}

/// How Python models write it.
const CALLEE: &str = "dbt.config(";

struct Walk<'a> {
    text: &'a str,
    found: Vec<Label>,
}

impl Walk<'_> {
    fn project_file(&mut self, root: YamlNode<'_>) {
        for (key, value) in root.written_entries() {
            let is_other = [
                "vars",
                "flags",
                "dispatch",
                "query-comment",
                "on-run-start",
                "on-run-end",
            ];
            if !key.as_text().is_some_and(|key| is_other.contains(&key)) {
                self.settings(value);
            }
        }
    }

    fn properties(&mut self, root: YamlNode<'_>) {
        for (key, value) in root.written_entries() {
            if key.as_text() == Some("groups") {
                for name in value.items().filter_map(|it| it.get("name")) {
                    self.scalar(name, LabelKind::Group, true);
                }
            }
            self.settings(value);
        }
    }

    /// `group` and `tags` at any depth, but not among texts of the user's own.
    fn settings(&mut self, node: YamlNode<'_>) {
        if node.is_alias() {
            return;
        }
        for item in node.items() {
            self.settings(item);
        }
        for (key, value) in node.written_entries() {
            match key.as_text().map(|key| key.trim_start_matches('+')) {
                Some("group") if value.shape() == Shape::Scalar => {
                    self.scalar(value, LabelKind::Group, false);
                }
                Some("tags") if value.shape() == Shape::Scalar => {
                    self.scalar(value, LabelKind::Tag, false);
                }
                Some("tags") if value.shape() == Shape::Sequence && !value.is_alias() => {
                    for item in value.items() {
                        self.scalar(item, LabelKind::Tag, false);
                    }
                }
                Some(
                    "meta" | "docs" | "vars" | "rows" | "arguments" | "overrides" | "env_vars",
                ) => {}
                _ => self.settings(value),
            }
        }
    }

    fn scalar(&mut self, node: YamlNode<'_>, kind: LabelKind, is_definition: bool) {
        let Some(name) = node
            .raw()
            .filter(|name| !name.is_empty() && !node.is_alias())
        else {
            return;
        };
        let quotes = u32::from(node.range().of(self.text).starts_with(['\'', '"']));
        let range = SourceRange::new(
            node.range().start + quotes,
            node.range().end.saturating_sub(quotes),
        );
        // Not as it stands: put together by a template, or with characters that YAML writes otherwise.
        if range.of(self.text) == name && !name.contains("{{") {
            self.found.push(Label {
                range,
                kind,
                name: name.to_owned(),
                is_definition,
            });
        }
    }

    fn selectors(&mut self, root: YamlNode<'_>) {
        let selectors = root.get("selectors").into_iter().flat_map(YamlNode::items);
        for definition in selectors.filter_map(|it| it.get("definition")) {
            self.criteria(definition);
        }
    }

    fn criteria(&mut self, node: YamlNode<'_>) {
        if node.is_alias() {
            return;
        }
        match node.shape() {
            Shape::Scalar => self.words(node.range()),
            Shape::Sequence => {
                for item in node.items() {
                    self.criteria(item);
                }
            }
            Shape::Mapping => {
                let method = node.get("method").and_then(YamlNode::as_text);
                for (key, value) in node.written_entries() {
                    let key = key.as_text().unwrap_or_default();
                    match (kind_of(key), kind_of(method.unwrap_or_default())) {
                        (Some(kind), _) => self.scalar(value, kind, false),
                        (None, Some(kind)) if key == "value" => self.scalar(value, kind, false),
                        _ if matches!(key, "union" | "intersection" | "exclude") => {
                            self.criteria(value);
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    /// `tag:nightly+, group:finance`
    fn words(&mut self, range: SourceRange) {
        let mut at = range.start;
        for word in range.of(self.text).split([' ', ',', '\'', '"']) {
            let start = at;
            at += word.len() as u32 + 1;
            let Some((before, rest)) = word.split_once(':') else {
                continue;
            };
            let method =
                before.trim_start_matches(|c: char| c == '@' || c == '+' || c.is_ascii_digit());
            let Some(kind) = kind_of(method) else {
                continue;
            };
            let name = rest.split_once('+').map_or(rest, |(name, _)| name);
            let start = start + before.len() as u32 + 1;
            self.found.push(Label {
                range: SourceRange::new(start, start + name.len() as u32),
                kind,
                name: name.to_owned(),
                is_definition: false,
            });
        }
    }

    /// `config(tags=['nightly'], group='finance')`
    fn code(&mut self, world: World<'_>, there: &Here) {
        for call in template(world.db, there.file).calls_of(&["config"]) {
            self.config(call, 0);
        }
        if !there.file.path(world.db).ends_with(".py") {
            return;
        }
        let text = self.text;
        for (start, _) in text.match_indices(CALLEE) {
            let start = start + "dbt.".len();
            let rest = text.get(start..).unwrap_or_default();
            let end = rest.find(')').map_or(rest.len(), |end| end + 1);
            let written = format!("{{{{{}}}}}", rest.get(..end).unwrap_or(rest));
            let parsed = Template::parse(&written);
            for call in parsed.calls.iter().filter(|call| call.is(&["config"])) {
                self.config(call, start as u32 - 2);
            }
        }
    }

    fn config(&mut self, call: &CallSyntax, from: u32) {
        for (key, kind) in [("group", LabelKind::Group), ("tags", LabelKind::Tag)] {
            let Some(arg) = call.keyword(key) else {
                continue;
            };
            let value = arg.value.range;
            let range = SourceRange::new(value.start + from, value.end + from);
            self.texts(range, kind);
        }
    }

    /// The texts of an expression that is a text or a list of them.
    fn texts(&mut self, range: SourceRange, kind: LabelKind) {
        let written = range.of(self.text);
        let mut open: Option<(char, usize)> = None;
        for (at, c) in written.char_indices() {
            match open {
                Some((quote, start)) if quote == c => {
                    open = None;
                    let name = written.get(start..at).unwrap_or_default();
                    let start = range.start + start as u32;
                    self.found.push(Label {
                        range: SourceRange::new(start, start + name.len() as u32),
                        kind,
                        name: name.to_owned(),
                        is_definition: false,
                    });
                }
                None if matches!(c, '\'' | '"') => open = Some((c, at + 1)),
                _ => {}
            }
        }
    }
}

fn kind_of(method: &str) -> Option<LabelKind> {
    match method {
        "tag" => Some(LabelKind::Tag),
        "group" => Some(LabelKind::Group),
        _ => None,
    }
}
