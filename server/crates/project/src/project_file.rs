//! `dbt_project.yml`.
//!
//! Reading never fails: what is wrong or missing is a diagnostic, and dbt's default takes its place, so that an editor
//! can go on with the rest. Values are rendered by the callback where dbt renders them; hooks, the query comment and
//! vars stay templates.

mod config_tree;
mod dbt_version;
mod keys;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use base::{Diagnostic, FileId, Severity, SourceRange, System};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use config_tree::{ConfigPath, ConfigTree};
pub use dbt_version::{DBT_VERSION, unmet_requirement};
pub use keys::project_keys;

use crate::{
    json::{JsonMap, JsonObject},
    node::{Quoting, ResourceType},
    reading::{Fields, Reader, Render, SpannedText},
    yaml::{Shape, Yaml, YamlNode},
};

/// The name of the file that makes a directory a project.
pub const PROJECT_FILE_NAME: &str = "dbt_project.yml";

/// What a project says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProjectFile {
    /// The package's name; empty where it is missing.
    pub name: SpannedText,
    /// As written.
    pub version: Option<Arc<str>>,
    /// The profile to connect with.
    pub profile: Option<SpannedText>,
    /// Where resources are.
    pub paths: ResourcePaths,
    /// Where artifacts go, relative to the project.
    pub target_path: Arc<str>,
    /// Where logs go.
    pub log_path: Arc<str>,
    /// Where packages are.
    pub packages_install_path: Arc<str>,
    /// What `clean` removes.
    pub clean_targets: Vec<Arc<str>>,
    /// Which parts of names are quoted.
    pub quoting: Quoting,
    /// Where macros are looked for, by namespace.
    pub dispatch: Vec<Dispatch>,
    /// Templates of SQL to run before all else.
    pub on_run_start: Vec<SpannedText>,
    /// Templates of SQL to run at the end.
    pub on_run_end: Vec<SpannedText>,
    /// As written: a template, a mapping, or null for none; `None` for dbt's own.
    #[serde(with = "crate::json")]
    pub query_comment: Option<Value>,
    /// Global ones, and under names of packages those for them.
    pub vars: JsonObject,
    /// Where each var is given its value.
    pub var_places: Vec<VarPlace>,
    /// Flags for all commands.
    pub flags: JsonObject,
    /// `>=1.0.0`, `<2.0.0`
    pub require_dbt_version: Vec<SpannedText>,
    /// Whether models marked private are hidden from other packages.
    pub restrict_access: bool,
    /// Configuration of resources, by section.
    pub configs: Vec<ConfigTree>,
}

/// Where resources of each kind are, relative to the project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct ResourcePaths {
    pub models: Vec<Arc<str>>,
    pub seeds: Vec<Arc<str>>,
    pub snapshots: Vec<Arc<str>>,
    pub analyses: Vec<Arc<str>>,
    pub macros: Vec<Arc<str>>,
    pub tests: Vec<Arc<str>>,
    pub functions: Vec<Arc<str>>,
    /// `None` for all of the others.
    pub docs: Option<Vec<Arc<str>>>,
    pub assets: Vec<Arc<str>>,
}

impl Default for ResourcePaths {
    fn default() -> Self {
        let one = |path: &str| vec![Arc::from(path)];
        Self {
            models: one("models"),
            seeds: one("seeds"),
            snapshots: one("snapshots"),
            analyses: one("analyses"),
            macros: one("macros"),
            tests: one("tests"),
            functions: one("functions"),
            docs: None,
            assets: Vec::new(),
        }
    }
}

impl ResourcePaths {
    /// Where properties files are: everywhere, each path once, sorted.
    pub fn all(&self) -> Vec<Arc<str>> {
        let mut all: Vec<_> = [
            &self.models,
            &self.seeds,
            &self.snapshots,
            &self.analyses,
            &self.macros,
            &self.tests,
            &self.functions,
        ]
        .into_iter()
        .flatten()
        .cloned()
        .collect();
        all.sort();
        all.dedup();
        all
    }
}

/// Where macros of a namespace are looked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Dispatch {
    /// The package that is asked.
    pub macro_namespace: SpannedText,
    /// The packages that may answer, in order.
    pub search_order: Vec<SpannedText>,
}

/// Where a var is given its value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct VarPlace {
    /// The key it stands under, if that is a mapping of its own: a package, or a var that holds a mapping.
    pub package: Option<Arc<str>>,
    /// Its name and where that stands.
    pub name: SpannedText,
    /// Its value's place.
    pub value_range: SourceRange,
}

/// The nearest directory from `start` upwards that holds a project.
pub fn find_project_root(system: &dyn System, start: &Path) -> Option<PathBuf> {
    start
        .ancestors()
        .find(|dir| system.is_file(&dir.join(PROJECT_FILE_NAME)))
        .map(Path::to_owned)
}

impl ProjectFile {
    /// Read a parsed file.
    #[must_use]
    pub fn read(file: FileId, yaml: &Yaml, jinja: Render<'_>) -> (Self, Vec<Diagnostic>) {
        let mut reader = Reader::new(file, jinja);
        let fields = reader.fields(yaml.root(), PROJECT_FILE_NAME, &keys::PROJECT);
        // dbt refuses a project file with keys it does not know.
        for diagnostic in &mut reader.diagnostics {
            diagnostic.severity = Severity::Error;
        }
        let project = fields.map_or_else(Self::default, |fields| {
            Self::from_fields(&mut reader, &fields)
        });
        reader.diagnostics.sort();
        (project, reader.diagnostics)
    }

    fn from_fields(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Self {
        let target_path = path_or(reader, fields, "target-path", "target");
        let clean_targets = paths(reader, fields, &["clean-targets"]);
        let (vars, var_places) = read_vars(reader, fields);
        let quoting = reader.quoting(fields.get("quoting"));
        Self {
            name: read_project_name(reader, fields),
            version: fields.get("version").and_then(YamlNode::raw).map(Arc::from),
            profile: reader.text(fields.get("profile"), "`profile`"),
            paths: read_paths(reader, fields),
            log_path: path_or(reader, fields, "log-path", "logs"),
            packages_install_path: path_or(reader, fields, "packages-install-path", "dbt_packages"),
            clean_targets: clean_targets.unwrap_or_else(|| vec![Arc::clone(&target_path)]),
            target_path,
            quoting: Quoting::from_json(&quoting),
            dispatch: read_dispatch(reader, fields),
            on_run_start: read_hooks(reader, fields, "on-run-start"),
            on_run_end: read_hooks(reader, fields, "on-run-end"),
            query_comment: read_query_comment(reader, fields),
            vars,
            var_places,
            flags: reader.object(fields.get("flags"), "`flags`"),
            require_dbt_version: reader
                .spanned_names(fields.get("require-dbt-version"), "`require-dbt-version`"),
            restrict_access: reader
                .bool(fields.get("restrict-access"), "`restrict-access`")
                .unwrap_or(false),
            configs: config_tree::read_all(reader, fields),
        }
    }

    /// The configuration of a kind of resource.
    pub fn config_tree(&self, kind: ResourceType) -> Option<&ConfigTree> {
        let section = config_tree::section(kind);
        self.configs.iter().find(|tree| &*tree.section == section)
    }

    /// What applies to a resource, from the whole project to its own folder: merge in this order.
    pub fn config_levels(&self, kind: ResourceType, fqn: &[Arc<str>]) -> Vec<JsonMap> {
        self.config_tree(kind)
            .map(|tree| config_tree::levels(&tree.rendered, fqn))
            .unwrap_or_default()
    }

    /// The same before Jinja was rendered, for `state:modified`.
    pub fn unrendered_config_levels(&self, kind: ResourceType, fqn: &[Arc<str>]) -> Vec<JsonMap> {
        // dbt looks for what functions have here among the models.
        let kind = match kind {
            ResourceType::Function => ResourceType::Model,
            kind => kind,
        };
        self.config_tree(kind)
            .map(|tree| config_tree::levels(&tree.unrendered, fqn))
            .unwrap_or_default()
    }

    /// The var as a resource of `package` sees it.
    pub fn var(&self, package: &str, name: &str) -> Option<&Value> {
        self.vars
            .get(package)
            .and_then(|vars| vars.get(name))
            .or_else(|| self.vars.get(name))
    }

    /// A flag.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.flags.get(name)?.as_bool()
    }
}

/// A text, or a mapping with it. The text is a template for later.
fn read_query_comment(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<Value> {
    let node = fields.get_or_null("query-comment")?;
    if node.shape() == Shape::Mapping
        && let Some(parts) =
            reader.fields(node, "`query-comment`", &["comment", "append", "job-label"])
    {
        reader.raw_text(parts.get("comment"), "`comment`");
        reader.bool(parts.get("append"), "`append`");
        reader.bool(parts.get("job-label"), "`job-label`");
    }
    Some(node.to_json())
}

fn read_project_name(reader: &mut Reader<'_>, fields: &Fields<'_>) -> SpannedText {
    let Some(name) = reader.text(fields.get("name"), "`name`") else {
        let range = fields
            .entries()
            .next()
            .map_or(SourceRange::at(0), |(_, range, _)| *range);
        reader.error("missing-key", range, "the project needs a `name`");
        return SpannedText::default();
    };
    let mut chars = name.value.chars();
    let is_valid = chars
        .next()
        .is_some_and(|first| first == '_' || first.is_alphabetic())
        && chars.all(|c| c == '_' || c.is_alphanumeric());
    if !is_valid {
        let message = format!(
            "`{}` is no name for a project; use letters, digits and underscores",
            name.value
        );
        reader.error("wrong-value", name.range, message);
    } else if keys::RESERVED_NAMES.contains(&&*name.value) {
        let message = format!(
            "`{}` is a reserved word; name the project otherwise",
            name.value
        );
        reader.error("wrong-value", name.range, message);
    }
    name
}

fn read_paths(reader: &mut Reader<'_>, fields: &Fields<'_>) -> ResourcePaths {
    let defaults = ResourcePaths::default();
    for (older, newer) in [
        ("source-paths", "model-paths"),
        ("data-paths", "seed-paths"),
    ] {
        if let Some(range) = fields.key_range(older) {
            let message = format!("`{older}` is deprecated; rename it to `{newer}`");
            reader.warning("deprecated-key", range, message);
        }
    }
    let mut read =
        |keys: &[&str], default: Vec<Arc<str>>| paths(reader, fields, keys).unwrap_or(default);
    ResourcePaths {
        models: read(&["model-paths", "source-paths"], defaults.models),
        seeds: read(&["seed-paths", "data-paths"], defaults.seeds),
        snapshots: read(&["snapshot-paths"], defaults.snapshots),
        analyses: read(&["analysis-paths"], defaults.analyses),
        macros: read(&["macro-paths"], defaults.macros),
        tests: read(&["test-paths"], defaults.tests),
        functions: read(&["function-paths"], defaults.functions),
        assets: read(&["asset-paths"], defaults.assets),
        docs: paths(reader, fields, &["docs-paths"]),
    }
}

/// The paths under the first of the keys that is there.
fn paths(reader: &mut Reader<'_>, fields: &Fields<'_>, keys: &[&str]) -> Option<Vec<Arc<str>>> {
    let (key, node) = keys.iter().find_map(|key| Some((key, fields.get(key)?)))?;
    let names = reader.names(Some(node), &format!("`{key}`"));
    // A trailing slash is not part of the path.
    Some(
        names
            .iter()
            .map(|path| path.strip_suffix('/').unwrap_or(path).into())
            .collect(),
    )
}

fn path_or(reader: &mut Reader<'_>, fields: &Fields<'_>, key: &str, default: &str) -> Arc<str> {
    reader
        .text(fields.get(key), &format!("`{key}`"))
        .map_or_else(|| default.into(), |path| path.value)
}

/// One template or a list of them, as written.
fn read_hooks(reader: &mut Reader<'_>, fields: &Fields<'_>, key: &str) -> Vec<SpannedText> {
    let what = format!("`{key}`");
    let Some(node) = fields.get(key) else {
        return Vec::new();
    };
    match node.shape() {
        Shape::Scalar => reader.raw_text(Some(node), &what).into_iter().collect(),
        Shape::Sequence | Shape::Mapping => reader
            .items(Some(node), &what)
            .into_iter()
            .filter(|item| !item.is_null())
            .filter_map(|item| reader.raw_text(Some(item), &what))
            .collect(),
    }
}

fn read_dispatch(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Vec<Dispatch> {
    let items = reader.items(fields.get("dispatch"), "`dispatch`");
    items
        .into_iter()
        .filter_map(|item| {
            let keys = ["macro_namespace", "search_order"];
            let fields = reader.fields(item, "an entry of `dispatch`", &keys)?;
            let namespace = reader.text(fields.get("macro_namespace"), "`macro_namespace`");
            let (Some(macro_namespace), Some(order)) = (namespace, fields.get("search_order"))
            else {
                let message = "an entry of `dispatch` needs `macro_namespace` and `search_order`";
                reader.error("missing-key", item.range(), message);
                return None;
            };
            Some(Dispatch {
                macro_namespace,
                search_order: reader.spanned_names(Some(order), "`search_order`"),
            })
        })
        .collect()
}

fn read_vars(reader: &mut Reader<'_>, fields: &Fields<'_>) -> (JsonObject, Vec<VarPlace>) {
    let Some(vars) = fields
        .get("vars")
        .and_then(|node| reader.mapping(node, "`vars`"))
    else {
        return (JsonObject::default(), Vec::new());
    };
    let mut places = Vec::new();
    for (name, range, value) in vars.entries() {
        places.push(VarPlace {
            package: None,
            name: SpannedText::new((*name).into(), *range),
            value_range: value.range(),
        });
        places.extend(value.entries().map(|(inner, inner_value)| VarPlace {
            package: Some((*name).into()),
            name: SpannedText::new(inner.raw().unwrap_or("").into(), inner.range()),
            value_range: inner_value.range(),
        }));
    }
    let values = match vars.node.to_json() {
        Value::Object(map) => map.into(),
        _ => JsonObject::default(),
    };
    (values, places)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use base::MemorySystem;
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;
    use crate::{config_merge::merge, node::Names};

    fn read(text: &str) -> (ProjectFile, Vec<Diagnostic>) {
        let (yaml, mut diagnostics) = Yaml::parse(text);
        let render = |template: &str| match template {
            "{{ target.name == 'prod' }}" => Ok(json!(true)),
            _ => Err("no such variable".to_owned()),
        };
        let (project, more) = ProjectFile::read(FileId(0), &yaml, &render);
        diagnostics.extend(more);
        (project, diagnostics)
    }

    fn check_diagnostics(text: &str, expected: &Expect) {
        let mut out = String::new();
        for diagnostic in read(text).1 {
            let (range, message) = (diagnostic.range, &diagnostic.message);
            writeln!(
                out,
                "{:?} `{}`: {message}",
                diagnostic.severity,
                range.of(text)
            )
            .unwrap();
        }
        expected.assert_eq(&out);
    }

    fn config(project: &ProjectFile, kind: ResourceType, fqn: &[&str]) -> Value {
        let fqn: Names = fqn.iter().map(|part| Arc::from(*part)).collect();
        let mut merged = JsonMap::new();
        for level in project.config_levels(kind, &fqn) {
            merge(kind, &mut merged, &level);
        }
        Value::Object(merged)
    }

    #[test]
    fn functions_have_the_unrendered_configuration_of_models() {
        let text = "name: shop\nmodels: {+meta: {a: 1}}\nfunctions: {+meta: {b: 1}}\n";
        let (project, _) = read(text);
        let fqn: Names = [Arc::from("shop")].into();
        let levels = project.unrendered_config_levels(ResourceType::Function, &fqn);
        assert_eq!(json!(levels), json!([{"meta": {"a": 1}}]));
        assert_eq!(
            config(&project, ResourceType::Function, &["shop"]),
            json!({"meta": {"b": 1}})
        );
    }

    #[test]
    fn a_minimal_project_has_dbts_defaults() {
        let (project, diagnostics) = read("name: shop\n");
        assert_eq!(diagnostics, []);
        assert_eq!(&*project.target_path, "target");
        assert_eq!(&*project.packages_install_path, "dbt_packages");
        assert_eq!(project.clean_targets, [Arc::from("target")]);
        let all = project.paths.all().join(" ");
        assert_eq!(
            all,
            "analyses functions macros models seeds snapshots tests"
        );
    }

    #[test]
    fn configuration_applies_from_the_root_to_the_folder() {
        let (project, diagnostics) = read(
            "
name: shop
models:
  +materialized: view
  shop:
    +tags: a
    staging:
      materialized: ephemeral
      +tags: [b]
      +enabled: \"{{ target.name == 'prod' }}\"
      +pre-hook: \"{{ late() }}\"
    marts: {+meta: {owner: me}}
tests:
  +severity: warn
",
        );
        assert_eq!(diagnostics, []);
        assert_eq!(
            config(
                &project,
                ResourceType::Model,
                &["shop", "staging", "stg_orders"]
            ),
            json!({
                "materialized": "ephemeral", "tags": ["a", "b"], "enabled": true, "pre-hook": ["{{ late() }}"]
            })
        );
        assert_eq!(
            config(&project, ResourceType::Model, &["other", "orders"]),
            json!({"materialized": "view"})
        );
        assert_eq!(
            config(&project, ResourceType::Test, &["shop", "unique"]),
            json!({"severity": "warn"})
        );
    }

    #[test]
    fn vars_of_a_package_win_over_global_ones() {
        let (project, _) = read("name: shop\nvars:\n  start: 2020-01-01\n  utils: {start: 1}\n");
        assert_eq!(project.var("shop", "start"), Some(&json!("2020-01-01")));
        assert_eq!(project.var("utils", "start"), Some(&json!(1)));
    }

    #[test]
    fn mistakes_are_reported_where_they_are() {
        check_diagnostics(
            "
name: my-shop
profil: shop
model-paths: {a: b}
models:
  shop:
    +materialised: table
    +enabled: \"{{ nope }}\"
dispatch:
  - macro_namespace: dbt
data-paths: [data]
",
            &expect![[r#"
                Error `my-shop`: `my-shop` is no name for a project; use letters, digits and underscores
                Error `profil`: unknown key `profil` in dbt_project.yml; did you mean `profile`?
                Error `{a: b}`: `model-paths` must be a list of texts, not a mapping
                Warning `+materialised`: unknown configuration `materialised`; did you mean `materialized`?
                Error `"{{ nope }}"`: cannot render: no such variable
                Error `macro_namespace: dbt`: an entry of `dispatch` needs `macro_namespace` and `search_order`
                Warning `data-paths`: `data-paths` is deprecated; rename it to `seed-paths`
            "#]],
        );
    }

    #[test]
    fn the_nearest_project_upwards_is_found() {
        let system = MemorySystem::new([("/a/b/dbt_project.yml".into(), String::new())]);
        let root = find_project_root(&system, Path::new("/a/b/models/x"));
        assert_eq!(root.as_deref(), Some(Path::new("/a/b")));
        assert_eq!(find_project_root(&system, Path::new("/a")), None);
    }
}
