//! `exposures:` and `groups:`

use std::sync::Arc;

use base::SourceRange;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    entry::{ConfigProperties, read_name},
    keys::{WITH_VALUE, entry_keys},
};
use crate::{
    json::JsonObject,
    node::{Names, Owner, ResourceType},
    reading::{Fields, Reader, SpannedText},
    yaml::{Shape, YamlNode},
};

/// An exposure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExposureProperties {
    /// Its name.
    pub name: SpannedText,
    /// The entry's place.
    pub range: SourceRange,
    /// `dashboard`, `notebook`, `analysis`, `ml`, `application`
    pub kind: Option<SpannedText>,
    /// For people.
    pub label: Option<Arc<str>>,
    /// Who owns it.
    pub owner: Owner,
    /// A template.
    pub description: Option<SpannedText>,
    /// `low`, `medium`, `high`
    pub maturity: Option<SpannedText>,
    /// Where to find it.
    pub url: Option<Arc<str>>,
    /// `ref(..)`, `source(..)`, `metric(..)` calls, as written.
    pub depends_on: Vec<SpannedText>,
    /// `meta:`
    pub meta: JsonObject,
    /// `tags:`
    pub tags: Names,
    /// `config:`
    pub config: ConfigProperties,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupProperties {
    /// Its name.
    pub name: SpannedText,
    /// The entry's place.
    pub range: SourceRange,
    /// Who owns it.
    pub owner: Owner,
    /// As written.
    pub description: Option<Arc<str>>,
    /// `config:`
    pub config: ConfigProperties,
}

impl ExposureProperties {
    pub(super) fn read(reader: &mut Reader<'_>, node: YamlNode<'_>) -> Option<Self> {
        const KINDS: [&str; 5] = ["dashboard", "notebook", "analysis", "ml", "application"];
        const MATURITIES: [&str; 3] = ["low", "medium", "high"];
        let fields = reader.fields(node, "an exposure", entry_keys(ResourceType::Exposure))?;
        let name = read_name(reader, &fields, "an exposure")?;
        reader.refuse_empty(&fields, &WITH_VALUE);
        reader.refuse_empty(&fields, &["tags"]);
        Some(Self {
            range: node.range(),
            kind: required(reader, &fields, "type", &KINDS),
            label: reader
                .text(fields.get("label"), "`label`")
                .map(|text| text.value),
            owner: read_owner(reader, &fields, "an exposure"),
            description: reader.raw_text(fields.get("description"), "`description`"),
            maturity: fields
                .get("maturity")
                .and_then(|_| required(reader, &fields, "maturity", &MATURITIES)),
            url: reader
                .text(fields.get("url"), "`url`")
                .map(|text| text.value),
            depends_on: reader.spanned_names(fields.get("depends_on"), "`depends_on`"),
            meta: reader.object(fields.get("meta"), "`meta`"),
            tags: reader.names(fields.get("tags"), "`tags`"),
            config: ConfigProperties::read_with(reader, &fields, &["enabled", "meta", "tags"]),
            name,
        })
    }
}

impl GroupProperties {
    pub(super) fn read(reader: &mut Reader<'_>, node: YamlNode<'_>) -> Option<Self> {
        let fields = reader.fields(node, "a group", entry_keys(ResourceType::Group))?;
        let name = read_name(reader, &fields, "a group")?;
        reader.refuse_empty(&fields, &["config"]);
        Some(Self {
            range: node.range(),
            owner: read_owner(reader, &fields, "a group"),
            description: reader
                .raw_text(fields.get("description"), "`description`")
                .map(|text| text.value),
            config: ConfigProperties::read(reader, &fields),
            name,
        })
    }
}

/// A text that must be one of a few.
fn required(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    key: &str,
    known: &[&str],
) -> Option<SpannedText> {
    let what = format!("`{key}`");
    let Some(text) = reader.text(fields.get(key), &what) else {
        let first = fields.entries().next().map(|(_, range, _)| *range);
        let message = format!("{what} is missing; use one of {}", known.join(", "));
        reader.error("missing-key", first.unwrap_or_default(), message);
        return None;
    };
    if !known.contains(&&*text.value) {
        let message = format!(
            "{what} is one of {}, not `{}`",
            known.join(", "),
            text.value
        );
        reader.error("wrong-value", text.range, message);
    }
    Some(text)
}

fn read_owner(reader: &mut Reader<'_>, entry: &Fields<'_>, what: &str) -> Owner {
    let Some(node) = entry.get("owner") else {
        let range = entry.key_range("name").unwrap_or_default();
        let message = format!("{what} needs an `owner` with a `name` or an `email`");
        reader.error("missing-key", range, message);
        return Owner::default();
    };
    if node.shape() == Shape::Mapping {
        reader.text(node.get("name"), "the `name` of an owner");
        reader.names(node.get("email"), "the `email` of an owner");
    }
    let mut owner = reader.object(Some(node), "`owner`").into_map();
    let name = owner.shift_remove("name");
    let email = owner.shift_remove("email").unwrap_or(Value::Null);
    let name = name.as_ref().and_then(Value::as_str).map(Arc::from);
    if name.is_none() && email.is_null() {
        let message = "an owner needs a `name` or an `email`";
        reader.error("missing-key", node.range(), message);
    }
    Owner {
        name,
        email,
        extra: owner.into(),
    }
}
