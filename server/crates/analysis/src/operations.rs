//! `on-run-start` and `on-run-end`: hooks of the project as operation nodes.

use std::sync::Arc;

use jinja::{Template, syntax::CallKind};
use project::node::{
    Checksum, Columns, Contract, DependsOn, Docs, Language, Node, NodeDetail, ResourceType,
    UniqueId,
};
use salsa::Database;

use crate::{
    facts::{ref_of, source_of, unique},
    input::Package,
    macros::{macro_definition, macro_index},
    nodes::{apply_hooks, apply_names, config::ConfigLevels},
    project_config::project_file,
    target::defaults,
};

/// The hooks of a package, start before end, in the order written.
#[salsa::tracked]
pub fn operations(db: &dyn Database, package: Package) -> Arc<[Arc<Node>]> {
    let file = project_file(db, package);
    let start = file
        .0
        .on_run_start
        .iter()
        .enumerate()
        .map(|(index, hook)| ("on-run-start", index, &hook.value));
    let end = file
        .0
        .on_run_end
        .iter()
        .enumerate()
        .map(|(index, hook)| ("on-run-end", index, &hook.value));
    start
        .chain(end)
        .map(|(kind, index, code)| Arc::new(operation(db, package, kind, index, code)))
        .collect()
}

fn operation(
    db: &dyn Database,
    package: Package,
    kind: &str,
    index: usize,
    code: &Arc<str>,
) -> Node {
    let package_name = package.name(db);
    let name: Arc<str> = format!("{package_name}-{kind}-{index}").into();
    let fqn: Arc<[Arc<str>]> =
        Arc::new([Arc::clone(package_name), "hooks".into(), Arc::clone(&name)]);
    let template = Template::parse(code);
    let sources = template.calls_of(&["source"]).filter_map(source_of);
    let defaults = defaults(db, package.project(db));
    let levels = ConfigLevels {
        package,
        kind: ResourceType::Operation,
        fqn: &fqn,
        patch: None,
        calls: None,
    };
    let (config, unrendered_config) = (levels.merged(db), levels.unrendered(db));
    let mut node = Node {
        unique_id: UniqueId::from(format!("operation.{package_name}.{name}")),
        name: Arc::clone(&name),
        package_name: Arc::clone(package_name),
        path: format!("hooks/{name}.sql").into(),
        original_file_path: "./dbt_project.yml".into(),
        unrendered_config,
        meta: config.meta().cloned().unwrap_or_default().into(),
        fqn,
        database: defaults.database.clone(),
        schema: Arc::clone(&defaults.schema),
        alias: Arc::clone(&name),
        relation_name: None,
        // Its file is the project's.
        checksum: package
            .project_file(db)
            .map_or(Checksum::None, |file| Checksum::of_text(file.text(db))),
        tags: unique(
            std::iter::once(kind)
                .chain(config.tags())
                .map(Arc::from)
                .collect(),
        ),
        description: Arc::default(),
        columns: Columns::default(),
        docs: Docs::default(),
        group: None,
        patch_path: None,
        doc_blocks: Arc::default(),
        raw_code: Arc::clone(code),
        language: Language::Sql,
        refs: template.calls_of(&["ref"]).filter_map(ref_of).collect(),
        sources: sources.collect(),
        metrics: Arc::default(),
        functions: Arc::default(),
        depends_on: DependsOn {
            macros: called_macros(db, package, &template),
            nodes: Arc::default(),
        },
        contract: Contract::default(),
        config,
        detail: NodeDetail::Operation {
            index: index as u32,
        },
    };
    // dbt configures hooks of the project as if they were models, with the hooks of models.
    apply_hooks(db, package, &mut node);
    apply_names(db, package, &mut node);
    node
}

/// The project's macros that a hook names.
pub(crate) fn called_macros(
    db: &dyn Database,
    package: Package,
    template: &Template,
) -> Arc<[UniqueId]> {
    let project = package.project(db);
    let index = macro_index(db, project);
    let calls = template
        .calls
        .iter()
        .filter(|call| call.kind != CallKind::Filter);
    let keys = calls.filter_map(|call| match &*call.path {
        [name] => index.find(package.name(db), &name.name),
        [package, name] => index.find_in(&package.name, &name.name),
        _ => None,
    });
    let definitions = keys.filter_map(|key| macro_definition(db, project, key));
    unique(
        definitions
            .map(|definition| UniqueId::new(&definition.unique_id))
            .collect(),
    )
}
