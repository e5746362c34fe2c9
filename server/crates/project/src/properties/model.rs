//! Entries that describe nodes: models with their versions, seeds, snapshots, analyses, functions, singular tests.

use std::sync::Arc;

use base::SourceRange;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    entry::{ColumnProperties, ConfigProperties, read_constraints, read_name},
    keys::{VERSION, WITH_VALUE, WITH_VALUE_IN_VERSION, config_keys, entry_keys},
    semantic::time_spine,
    test_entry::TestEntry,
};
use crate::{
    json::JsonObject,
    node::{Access, Constraint, NodeVersion, ResourceType},
    python_text::python_str,
    reading::{Fields, Reader, SpannedText},
    yaml::{Scalar, Shape, YamlNode},
};

/// What an entry says about a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeProperties {
    /// The node's name.
    pub name: SpannedText,
    /// The entry's place.
    pub range: SourceRange,
    /// A template.
    pub description: Option<SpannedText>,
    /// `config:` and what older spellings put beside it.
    pub config: ConfigProperties,
    /// In the order written.
    pub columns: Vec<ColumnProperties>,
    /// On the node itself.
    pub tests: Vec<TestEntry>,
    /// Of several columns.
    pub constraints: Arc<[Constraint]>,
    /// `quote_columns:`, for the column names in tests.
    pub quote_columns: Option<bool>,
    /// `versions:` of a model.
    pub versions: Vec<VersionProperties>,
    /// `latest_version:`; without it the highest is.
    pub latest_version: Option<NodeVersion>,
    /// ISO 8601 with time and zone.
    pub deprecation_date: Option<SpannedText>,
    /// `time_spine:`
    pub time_spine: Option<JsonObject>,
    /// `relation:` of a snapshot that has no file of its own.
    pub relation: Option<SpannedText>,
    /// `arguments:` of a function.
    pub arguments: Vec<JsonObject>,
    /// `returns:` of a function.
    pub returns: Option<JsonObject>,
}

/// One version of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionProperties {
    /// `v:`
    pub version: NodeVersion,
    /// Where `v:` stands.
    pub version_range: SourceRange,
    /// The entry's place.
    pub range: SourceRange,
    /// The file, without its ending; `name_v2` if not given.
    pub defined_in: Option<SpannedText>,
    /// A template.
    pub description: Option<SpannedText>,
    /// Merged over the model's.
    pub config: ConfigProperties,
    /// `access:`
    pub access: Option<Access>,
    /// Instead of the model's.
    pub constraints: Arc<[Constraint]>,
    /// Which of the model's columns it has.
    pub include_exclude: IncludeExclude,
    /// Further columns.
    pub columns: Vec<ColumnProperties>,
    /// Instead of the model's, if given.
    pub tests: Option<Vec<TestEntry>>,
    /// ISO 8601 with time and zone.
    pub deprecation_date: Option<SpannedText>,
}

/// Which columns of the model a version has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct IncludeExclude {
    /// `None` for all.
    pub include: Option<Vec<Arc<str>>>,
    /// But these.
    pub exclude: Vec<Arc<str>>,
}

impl IncludeExclude {
    /// Whether the version has this column.
    pub fn includes(&self, column: &str) -> bool {
        let is_in = |names: &[Arc<str>]| names.iter().any(|name| &**name == column);
        self.include.as_deref().is_none_or(is_in) && !is_in(&self.exclude)
    }
}

impl NodeProperties {
    pub(super) fn read(
        reader: &mut Reader<'_>,
        node: YamlNode<'_>,
        kind: ResourceType,
    ) -> Option<Self> {
        let what = what(kind);
        let fields = reader.fields(node, what, entry_keys(kind))?;
        reader.check_config_keys(&fields, entry_keys(kind), &config_keys(kind));
        let name = read_name(reader, &fields, what)?;
        check_access(reader, &fields);
        check_config_names(reader, &fields, kind);
        reader.refuse_empty(&fields, &WITH_VALUE);
        reader.refuse_empty(&fields, &["versions"]);
        let mut properties = Self {
            range: node.range(),
            description: reader.raw_text(fields.get("description"), "`description`"),
            config: ConfigProperties::read_with_moved(reader, &fields),
            columns: ColumnProperties::read_all(reader, fields.get("columns")),
            tests: Vec::new(),
            constraints: read_constraints(reader, &fields),
            quote_columns: reader.bool(fields.get("quote_columns"), "`quote_columns`"),
            versions: Vec::new(),
            latest_version: None,
            deprecation_date: None,
            time_spine: None,
            relation: None,
            arguments: Vec::new(),
            returns: None,
            name,
        };
        match kind {
            ResourceType::Model => properties.read_model(reader, &fields),
            ResourceType::Seed => properties.tests = TestEntry::read_all(reader, &fields),
            ResourceType::Snapshot => {
                properties.tests = TestEntry::read_all(reader, &fields);
                properties.relation = reader.text(fields.get("relation"), "`relation`");
            }
            ResourceType::Function => {
                properties.arguments = reader
                    .items(fields.get("arguments"), "`arguments`")
                    .into_iter()
                    .map(|item| reader.object(Some(item), "an argument"))
                    .collect();
                properties.returns = fields
                    .get("returns")
                    .map(|node| reader.object(Some(node), "`returns`"));
            }
            _ => {}
        }
        Some(properties)
    }

    fn read_model(&mut self, reader: &mut Reader<'_>, fields: &Fields<'_>) {
        self.tests = TestEntry::read_all(reader, fields);
        let items = reader.items(fields.get("versions"), "`versions`");
        for item in items {
            self.versions.extend(VersionProperties::read(reader, item));
        }
        self.latest_version = fields.get("latest_version").and_then(|node| {
            let version = read_version(reader, node)?;
            let is_known = self.versions.iter().any(|known| known.version == version);
            if !is_known && !self.versions.is_empty() {
                let known: Vec<_> = self
                    .versions
                    .iter()
                    .map(|v| v.version.to_string())
                    .collect();
                let message = format!(
                    "`latest_version` {version} is not one of the versions {}",
                    known.join(", ")
                );
                reader.error("unknown-version", node.range(), message);
            }
            Some(version)
        });
        self.check_version_names(reader);
        self.deprecation_date = read_date(reader, fields);
        self.time_spine = fields
            .get("time_spine")
            .and_then(|node| time_spine(reader, node));
    }

    fn check_version_names(&self, reader: &mut Reader<'_>) {
        for (index, version) in self.versions.iter().enumerate() {
            let text = version.version.to_string();
            let is_repeated = self
                .versions
                .iter()
                .take(index)
                .any(|other| other.version.to_string() == text);
            if is_repeated {
                let message = format!("version {text} of `{}` is declared twice", self.name.value);
                reader.error("duplicate-version", version.version_range, message);
            }
        }
    }

    /// The version that `ref` means when none is given: `latest_version`, or the highest.
    pub fn latest(&self) -> Option<&NodeVersion> {
        self.latest_version.as_ref().or_else(|| {
            self.versions
                .iter()
                .map(|v| &v.version)
                .max_by(|a, b| a.compare(b))
        })
    }

    /// The columns of a version: those of the model that it includes, then its own.
    pub fn columns_of<'a>(
        &'a self,
        version: &'a VersionProperties,
    ) -> impl Iterator<Item = &'a ColumnProperties> {
        self.columns
            .iter()
            .filter(|column| version.include_exclude.includes(&column.column.name))
            .chain(&version.columns)
    }

    /// The tests of a version.
    pub fn tests_of<'a>(&'a self, version: &'a VersionProperties) -> &'a [TestEntry] {
        version.tests.as_deref().unwrap_or(&self.tests)
    }
}

impl VersionProperties {
    fn read(reader: &mut Reader<'_>, node: YamlNode<'_>) -> Option<Self> {
        let fields = reader.fields(node, "a version", &VERSION)?;
        let Some(v) = fields.get("v") else {
            reader.error("missing-key", node.range(), "a version needs a `v`");
            return None;
        };
        check_access(reader, &fields);
        reader.refuse_empty(&fields, &WITH_VALUE_IN_VERSION);
        let (include_exclude, columns) = read_version_columns(reader, &fields);
        let has_tests = fields.get("data_tests").or(fields.get("tests")).is_some();
        Some(Self {
            version: read_version(reader, v)?,
            version_range: v.range(),
            range: node.range(),
            defined_in: reader.text(fields.get("defined_in"), "`defined_in`"),
            description: reader.raw_text(fields.get("description"), "`description`"),
            config: ConfigProperties::read_of_node(reader, &fields),
            access: fields
                .get("access")
                .and_then(|node| Access::from_name(node.raw()?)),
            constraints: read_constraints(reader, &fields),
            include_exclude,
            columns,
            tests: has_tests.then(|| TestEntry::read_all(reader, &fields)),
            deprecation_date: read_date(reader, &fields),
        })
    }
}

fn what(kind: ResourceType) -> &'static str {
    match kind {
        ResourceType::Seed => "a seed",
        ResourceType::Snapshot => "a snapshot",
        ResourceType::Analysis => "an analysis",
        ResourceType::Function => "a function",
        ResourceType::Test => "a test",
        _ => "a model",
    }
}

fn check_config_names(reader: &mut Reader<'_>, fields: &Fields<'_>, kind: ResourceType) {
    let Some(config) = fields.get("config") else {
        return;
    };
    for (key, _) in config.entries() {
        reader.check_config_name(key.raw().unwrap_or(""), key.range(), || config_keys(kind));
    }
}

fn check_access(reader: &mut Reader<'_>, fields: &Fields<'_>) {
    let Some(node) = fields.get("access") else {
        return;
    };
    if let Some(access) = reader.text(Some(node), "`access`")
        && Access::from_name(&access.value).is_none()
    {
        let message = format!(
            "`{}` is no access; use private, protected or public",
            access.value
        );
        reader.error("wrong-value", node.range(), message);
    }
}

/// `v: 1`, `v: 1.5` or `v: beta`.
pub(super) fn read_version(reader: &mut Reader<'_>, node: YamlNode<'_>) -> Option<NodeVersion> {
    let version = match node.scalar() {
        Some(Scalar::Int(number)) => NodeVersion::Int(number),
        Some(Scalar::Float(number)) => NodeVersion::Float(python_str(&number.into()).into()),
        Some(Scalar::Text(text)) => NodeVersion::Text(text.into()),
        _ => {
            let message = "a version must be a number or a text";
            reader.error("wrong-type", node.range(), message);
            return None;
        }
    };
    Some(version)
}

/// A date as ISO 8601 with time and zone, as dbt writes it into the manifest. Without a zone it is taken as UTC, where
/// dbt takes the machine's: a project should mean the same everywhere.
fn read_date(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<SpannedText> {
    let date = reader.text(fields.get("deprecation_date"), "`deprecation_date`")?;
    let iso = iso_date_time(&date.value);
    if iso.is_none() {
        let message = format!("`{}` is no date; write it as `2030-01-31`", date.value);
        reader.error("wrong-value", date.range, message);
    }
    Some(SpannedText::new(iso?.into(), date.range))
}

/// `2030-01-31`, `2030-01-31 10:00:00` or with a zone.
fn iso_date_time(text: &str) -> Option<String> {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?.trim()),
        None => (text, ""),
    };
    let mut parts = date.split('-').map(str::parse::<u32>);
    let (year, month, day) = (
        parts.next()?.ok()?,
        parts.next()?.ok()?,
        parts.next()?.ok()?,
    );
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let zone_at = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone_at);
    let clock = match clock.trim() {
        "" => "00:00:00",
        clock if clock.split(':').all(|part| part.parse::<f64>().is_ok()) => clock,
        _ => return None,
    };
    let zone = if matches!(zone, "" | "Z") {
        "+00:00"
    } else {
        zone
    };
    Some(format!("{year:04}-{month:02}-{day:02}T{clock}{zone}"))
}

/// `columns:` of a version: columns, and at most one `{include: .., exclude: ..}`.
fn read_version_columns(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
) -> (IncludeExclude, Vec<ColumnProperties>) {
    let mut include_exclude = IncludeExclude::default();
    let mut columns = Vec::new();
    for item in reader.items(fields.get("columns"), "`columns`") {
        let is_filter = item.shape() == Shape::Mapping
            && (item.get("include").is_some() || item.get("exclude").is_some());
        if !is_filter {
            columns.extend(ColumnProperties::read(reader, item));
            continue;
        }
        reader.fields(item, "the columns of a version", &["include", "exclude"]);
        let include = item.get("include").map(|node| reader.json(node));
        include_exclude.include = match include {
            Some(Value::Array(names)) => Some(
                names
                    .iter()
                    .filter_map(Value::as_str)
                    .map(Arc::from)
                    .collect(),
            ),
            // `all` and `*` are the words for all.
            _ => None,
        };
        include_exclude.exclude = reader.names(item.get("exclude"), "`exclude`").to_vec();
    }
    (include_exclude, columns)
}
