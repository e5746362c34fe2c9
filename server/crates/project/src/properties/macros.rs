//! `macros:`

use base::SourceRange;
use serde::{Deserialize, Serialize};

use super::{
    entry::{ConfigProperties, read_name},
    keys::{MACRO_ARGUMENT, WITH_VALUE, entry_keys},
};
use crate::{
    json::JsonObject,
    node::ResourceType,
    reading::{Reader, SpannedText},
    yaml::YamlNode,
};

/// What an entry says about a macro.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MacroProperties {
    /// The macro's name; tests are described under theirs with `test_` before it.
    pub name: SpannedText,
    /// The entry's place.
    pub range: SourceRange,
    /// A template.
    pub description: Option<SpannedText>,
    /// `docs:`
    pub docs: JsonObject,
    /// `meta:`
    pub meta: JsonObject,
    /// `config:`
    pub config: ConfigProperties,
    /// In the order written.
    pub arguments: Vec<MacroArgumentProperties>,
}

/// An argument of a macro.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MacroArgumentProperties {
    /// Its name.
    pub name: SpannedText,
    /// Free text.
    pub data_type: Option<SpannedText>,
    /// A template.
    pub description: Option<SpannedText>,
}

impl MacroProperties {
    pub(super) fn read(reader: &mut Reader<'_>, node: YamlNode<'_>) -> Option<Self> {
        let fields = reader.fields(node, "a macro", entry_keys(ResourceType::Macro))?;
        let name = read_name(reader, &fields, "a macro")?;
        reader.refuse_empty(&fields, &WITH_VALUE);
        let arguments = reader.items(fields.get("arguments"), "`arguments`");
        Some(Self {
            range: node.range(),
            description: reader.raw_text(fields.get("description"), "`description`"),
            docs: reader.object(fields.get("docs"), "`docs`"),
            meta: reader.object(fields.get("meta"), "`meta`"),
            config: ConfigProperties::read(reader, &fields),
            arguments: arguments
                .into_iter()
                .filter_map(|item| MacroArgumentProperties::read(reader, item))
                .collect(),
            name,
        })
    }
}

impl MacroArgumentProperties {
    fn read(reader: &mut Reader<'_>, node: YamlNode<'_>) -> Option<Self> {
        let fields = reader.fields(node, "an argument", &MACRO_ARGUMENT)?;
        Some(Self {
            name: read_name(reader, &fields, "an argument")?,
            data_type: reader.text(fields.get("type"), "`type`"),
            description: reader.raw_text(fields.get("description"), "`description`"),
        })
    }
}
