//! A node before it is parsed: what the file's kind, name and place say of it.

use std::sync::Arc;

use project::{
    files::FileKind,
    json::JsonObject,
    node::{
        Checksum, Columns, Config, Contract, DependsOn, Docs, FunctionDetail, Language,
        ModelDetail, Names, Node, NodeDetail, ResourceType, UniqueId,
    },
};
use salsa::Database;

use crate::{
    input::{Package, SourceFile},
    target::defaults,
};

/// The node as far as it is known before it is parsed: what templates see while parsing.
pub(crate) fn draft_node(db: &dyn Database, file: SourceFile, block: &str) -> Option<Node> {
    let package = file.package(db)?;
    let resource_type = match file.kind(db)? {
        FileKind::Model => ResourceType::Model,
        FileKind::Seed => ResourceType::Seed,
        FileKind::Snapshot => ResourceType::Snapshot,
        FileKind::Analysis => ResourceType::Analysis,
        FileKind::SingularTest => ResourceType::Test,
        FileKind::Function => ResourceType::Function,
        FileKind::Macro
        | FileKind::GenericTest
        | FileKind::Fixture
        | FileKind::Docs
        | FileKind::Properties => return None,
    };
    let name = if block.is_empty() {
        file.stem(db)
    } else {
        block
    };
    let mut node = blank_node(db, package, resource_type, name, file);
    let mut parts = folders(file.relative_path(db));
    match resource_type {
        // dbt puts the file's name between folders and block.
        ResourceType::Snapshot => parts.push(file.stem(db).into()),
        ResourceType::Analysis => {
            parts.insert(0, "analysis".into());
            node.path = format!("analysis/{}", file.relative_path(db)).into();
        }
        _ => {}
    }
    node.fqn = fqn(package.name(db), &parts, name);
    if file.path(db).ends_with(".py") {
        node.language = Language::Python;
    }
    Some(node)
}

pub(super) fn folders(path: &str) -> Vec<Arc<str>> {
    let mut parts: Vec<Arc<str>> = path.split('/').map(Arc::from).collect();
    parts.pop();
    parts
}

pub(super) fn fqn(package: &Arc<str>, folders: &[Arc<str>], name: &str) -> Names {
    let mut parts = vec![Arc::clone(package)];
    parts.extend_from_slice(folders);
    parts.push(name.into());
    parts.into()
}

pub(super) fn blank_node(
    db: &dyn Database,
    package: Package,
    resource_type: ResourceType,
    name: &str,
    file: SourceFile,
) -> Node {
    let defaults = defaults(db, package.project(db));
    Node {
        unique_id: UniqueId::from(format!("{resource_type}.{}.{name}", package.name(db))),
        name: name.into(),
        package_name: Arc::clone(package.name(db)),
        path: Arc::clone(file.relative_path(db)),
        original_file_path: Arc::clone(file.path(db)),
        fqn: Names::default(),
        database: defaults.database.clone(),
        schema: Arc::clone(&defaults.schema),
        alias: name.into(),
        relation_name: None,
        checksum: Checksum::None,
        config: Config::empty(resource_type),
        unrendered_config: JsonObject::default(),
        tags: Names::default(),
        meta: JsonObject::default(),
        description: Arc::default(),
        columns: Columns::default(),
        docs: Docs::default(),
        group: None,
        patch_path: None,
        doc_blocks: Arc::default(),
        raw_code: Arc::default(),
        language: Language::Sql,
        refs: Arc::default(),
        sources: Arc::default(),
        metrics: Arc::default(),
        functions: Arc::default(),
        depends_on: DependsOn::default(),
        contract: Contract::default(),
        detail: detail(db, package, resource_type),
    }
}

fn detail(db: &dyn Database, package: Package, resource_type: ResourceType) -> NodeDetail {
    match resource_type {
        ResourceType::Seed => NodeDetail::Seed {
            root_path: package.root(db).to_string_lossy().into(),
        },
        ResourceType::Snapshot => NodeDetail::Snapshot,
        ResourceType::Test => NodeDetail::SingularTest,
        ResourceType::Analysis => NodeDetail::Analysis,
        ResourceType::Function => NodeDetail::Function(Arc::new(FunctionDetail::default())),
        _ => NodeDetail::Model(Arc::new(ModelDetail::default())),
    }
}
