//! The entry of a node in a properties file, with its place in the text.

use analysis::{
    SourceFile,
    manifest::is_editable,
    patches::{patch_index, section},
    resolve::RefTarget,
    source::{properties, yaml},
};
use base::Edit;
use project::{
    node::ResourceType,
    properties::{ColumnProperties, NodeProperties},
    yaml::YamlNode,
};

use crate::{
    code_action::{
        homes::add_to_folder,
        offers::{Offers, ProjectChange},
        yaml_text::{Value, YamlText},
    },
    completion::node,
    symbol::{Thing, node_of_file, thing_at},
    world::World,
};

/// A node that is described, or could be.
pub(super) struct Described<'a> {
    pub(super) target: RefTarget,
    pub(super) kind: ResourceType,
    pub(super) name: String,
    /// What is written of it.
    pub(super) entry: Option<NodeEntry<'a>>,
}

/// What is written of a node.
pub(super) struct NodeEntry<'a> {
    file: SourceFile,
    node: YamlNode<'a>,
    yaml: YamlText<'a>,
    pub(super) properties: &'a NodeProperties,
}

impl<'a> Described<'a> {
    /// The model, seed or snapshot that the file is, or whose entry the cursor is in. Not one with versions: which of
    /// them is meant, a place does not say.
    pub(super) fn at(offers: &Offers<'a>) -> Option<Self> {
        let (world, here) = (offers.world, &offers.here);
        let target = match here.kind(world)? {
            project::files::FileKind::Properties => entry_around(offers)?,
            _ => match node_of_file(world, here)? {
                Thing::Node(target) => target,
                _ => return None,
            },
        };
        let package = target.file.package(world.db)?;
        let described = node(world, &target)?;
        let is_single = described.version().is_none();
        if !is_single || !is_editable(world.db, package) {
            return None;
        }
        section_name(described.resource_type())?;
        Some(Self {
            entry: NodeEntry::of(world, &target, described.resource_type(), &described.name),
            kind: described.resource_type(),
            name: described.name.to_string(),
            target,
        })
    }

    /// Describes columns that are not described yet.
    pub(super) fn add_columns(
        &self,
        offers: &Offers<'a>,
        columns: Vec<Value>,
    ) -> Option<ProjectChange> {
        if let Some(entry) = &self.entry {
            return ProjectChange::edits(vec![entry.add_columns(&columns)?]);
        }
        let item = Value::Map(vec![
            ("name", Value::text(&*self.name)),
            ("columns", Value::List(columns)),
        ]);
        let section = section_name(self.kind)?;
        add_to_folder(offers, self.target.file, section, &[item])
    }
}

impl<'a> NodeEntry<'a> {
    fn of(world: World<'a>, target: &RefTarget, kind: ResourceType, name: &str) -> Option<Self> {
        let db = world.db;
        let name = match kind {
            // Entries name the files of models and seeds.
            ResourceType::Model | ResourceType::Seed => target.file.stem(db),
            _ => name,
        };
        let key = *patch_index(db, target.file.package(db)?).get(&(kind, name.into()))?;
        let all = section(&properties(db, key.file).properties, kind);
        let properties = all.get(key.entry as usize)?;
        let tree = &yaml(db, key.file).0;
        let mut items = tree.root().get(section_name(kind)?)?.items();
        let node = items.find(|item| item.range() == properties.range && !item.is_alias())?;
        Some(Self {
            file: key.file,
            node,
            yaml: YamlText::new(tree, key.file.id(db)),
            properties,
        })
    }

    fn add_columns(&self, columns: &[Value]) -> Option<Edit> {
        self.yaml.push(self.node, "columns", columns)
    }

    /// Whether the cursor is on its name.
    pub(super) fn is_named_at(&self, offers: &Offers<'_>) -> bool {
        self.file == offers.here.file && self.properties.name.range.touches(offers.offset())
    }

    /// The file that it is in, for what belongs beside it.
    pub(super) fn file(&self) -> SourceFile {
        self.file
    }

    pub(super) fn column(&self, name: &str) -> Option<&'a ColumnProperties> {
        let mut columns = self.properties.columns.iter();
        columns.find(|it| it.column.name.eq_ignore_ascii_case(name))
    }

    /// Adds a test to a column that is described.
    pub(super) fn add_test(&self, column: &ColumnProperties, test: &str) -> Option<Edit> {
        let mut columns = self.node.get("columns")?.items();
        let node = columns.find(|item| item.range() == column.range && !item.is_alias())?;
        // One of them is given already, or will be.
        let key = if node.get("tests").is_some() {
            "tests"
        } else {
            "data_tests"
        };
        self.yaml.push(node, key, &[Value::text(test)])
    }
}

/// The section that a kind of node is described in.
pub(super) fn section_name(kind: ResourceType) -> Option<&'static str> {
    match kind {
        ResourceType::Model => Some("models"),
        ResourceType::Seed => Some("seeds"),
        ResourceType::Snapshot => Some("snapshots"),
        _ => None,
    }
}

/// The node whose entry the cursor is in.
fn entry_around(offers: &Offers<'_>) -> Option<RefTarget> {
    let (world, here) = (offers.world, &offers.here);
    let all = &properties(world.db, here.file).properties;
    let mut entries = all.models.iter().chain(&all.seeds).chain(&all.snapshots);
    let entry = entries.find(|it| it.range.touches(offers.offset()))?;
    match thing_at(world, here, entry.name.range.start)?.thing {
        Thing::Node(target) => Some(target),
        _ => None,
    }
}
