//! The columns of relations, through the whole DAG, without a warehouse.
//!
//! A model's come from its SQL, with those of what it reads; a seed's from its file; a source's from its properties.
//! `column_catalog` is what others see: names and types, no places. While it stays equal, nothing downstream is looked
//! at again.

use std::sync::Arc;

use jinja::Relation;
use project::{
    files::FileKind,
    node::{Columns as DeclaredColumns, RefArgs, SourceArgs},
    seeds::header,
};
use salsa::Database;
use sql::{Catalog, CatalogColumn, Columns, Dialect, RelationName, SqlTree, Type, output_columns};

use crate::{
    context::source_relation,
    facts::node_facts,
    input::{Project, SourceFile},
    names::relations,
    nodes::nodes_of,
    project_config::root_name,
    rendered::{RenderedSql, rendered},
    resolve::{RefTarget, ref_index, resolve_source},
    seed_kinds,
    snapshot_columns::snapshot_columns,
    target::adapter_type,
    warehouse_catalog::{is_told_by_sql, node_columns, source_columns},
};

/// The columns that others see of a node; `None` where not all are known.
#[salsa::tracked(cycle_result = unknown_columns)]
pub fn column_catalog(
    db: &dyn Database,
    file: SourceFile,
    slot: u32,
) -> Option<Arc<[CatalogColumn]>> {
    match file.kind(db)? {
        FileKind::Seed => {
            let config = nodes_of(db, file).first().map(|node| &node.config);
            let delimiter = config.and_then(|it| it.text("delimiter")?.chars().next());
            let types = config.and_then(|it| it.get("column_types")?.as_object());
            let delimiter = delimiter.unwrap_or(',');
            let columns = header(file.text(db), delimiter);
            let mut guessed = seed_kinds::types(file.text(db), delimiter).into_iter();
            let column_of = |name: Arc<str>| {
                let declared = types.and_then(|it| it.get(&*name));
                let guessed = guessed.next();
                let data_type = match declared {
                    Some(declared) => declared.as_str().and_then(Type::parse),
                    None => guessed,
                };
                CatalogColumn { name, data_type }
            };
            Some(
                columns
                    .into_iter()
                    .map(|it| it.value)
                    .map(column_of)
                    .collect(),
            )
        }
        FileKind::Model | FileKind::Analysis | FileKind::SingularTest
            if is_told_by_sql(db, file) =>
        {
            let made = output(db, file, slot);
            made.to_catalog().or_else(|| {
                // What asks the warehouse for its columns says nothing of them.
                let part = rendered(db, file).get(slot as usize)?;
                let is_asking = part.is_tainted() && part.error.is_none();
                is_asking.then(|| node_columns(db, file, slot))?
            })
        }
        FileKind::Model => node_columns(db, file, slot),
        FileKind::Snapshot => snapshot_columns(db, file, slot),
        _ => None,
    }
}

/// A model that reads itself through others: the cycle is a diagnostic, its columns are not known.
fn unknown_columns(
    _db: &dyn Database,
    _id: salsa::Id,
    _file: SourceFile,
    _slot: u32,
) -> Option<Arc<[CatalogColumn]>> {
    None
}

/// What a node's SQL yields, with places in the rendered text.
#[salsa::tracked(cycle_result = no_output)]
pub fn output(db: &dyn Database, file: SourceFile, slot: u32) -> Arc<Columns> {
    let Some(tree) = sql_tree(db, file, slot) else {
        return Arc::default();
    };
    let mut columns = output_columns(&tree, &UpstreamCatalog::new(db, file));
    let is_tainted = rendered(db, file)
        .get(slot as usize)
        .is_none_or(RenderedSql::is_tainted);
    columns.complete &= !is_tainted;
    Arc::new(columns)
}

fn no_output(_db: &dyn Database, _id: salsa::Id, _file: SourceFile, _slot: u32) -> Arc<Columns> {
    Arc::default()
}

/// A node's rendered SQL, parsed. Not kept: trees of ten thousand models would be large, and parsing one is fast.
pub fn sql_tree(db: &dyn Database, file: SourceFile, slot: u32) -> Option<SqlTree> {
    let rendered = rendered(db, file).get(slot as usize)?;
    if rendered.error.is_some() {
        return None;
    }
    Some(sql::parse(&rendered.sql, dialect(db, file.project(db)?)))
}

/// The dialect of a project's warehouse.
pub fn dialect(db: &dyn Database, project: Project) -> Dialect {
    Dialect::from_adapter(adapter_type(db, project))
}

/// Where a relation in a node's SQL comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upstream {
    /// A model, seed or snapshot.
    Node(RefTarget),
    /// A table of a source.
    Source(SourceArgs),
}

/// Knows the columns of what one file reads, by the names that its SQL uses for them.
pub struct UpstreamCatalog<'db> {
    db: &'db dyn Database,
    upstreams: Vec<(RelationName, Upstream)>,
    project: Option<Project>,
    package: Arc<str>,
}

impl<'db> UpstreamCatalog<'db> {
    /// For the nodes of `file`.
    #[must_use]
    pub fn new(db: &'db dyn Database, file: SourceFile) -> Self {
        let project = file.project(db);
        let package = file
            .package(db)
            .map(|package| Arc::clone(package.name(db)))
            .unwrap_or_default();
        let mut catalog = Self {
            db,
            upstreams: Vec::new(),
            project,
            package,
        };
        for facts in node_facts(db, file).iter() {
            facts.refs.iter().for_each(|args| catalog.add_ref(args));
            facts
                .sources
                .iter()
                .for_each(|args| catalog.add_source(args));
        }
        catalog
    }

    fn add_ref(&mut self, args: &RefArgs) {
        let Some(project) = self.project else { return };
        let root = root_name(self.db, project);
        if let Some(target) = ref_index(self.db, project).target(&root, &self.package, args)
            && let Some(relation) = relations(self.db, target.file).get(target.slot as usize)
        {
            self.upstreams
                .push((relation_name(relation), Upstream::Node(target.clone())));
        }
    }

    fn add_source(&mut self, args: &SourceArgs) {
        let Some(project) = self.project else { return };
        if let Some(source) = resolve_source(self.db, project, &self.package, args) {
            let policy = crate::target::defaults(self.db, project).policy;
            self.upstreams.push((
                relation_name(&source_relation(&source, policy.into())),
                Upstream::Source(args.clone()),
            ));
        }
    }

    /// All that is read.
    pub fn all(&self) -> impl Iterator<Item = &Upstream> {
        self.upstreams.iter().map(|(_, upstream)| upstream)
    }

    /// The nodes among what is read.
    pub fn nodes(&self) -> impl Iterator<Item = &RefTarget> {
        self.upstreams.iter().filter_map(|(_, it)| match it {
            Upstream::Node(target) => Some(target),
            Upstream::Source(_) => None,
        })
    }

    /// What a relation in the SQL is.
    pub fn upstream(&self, name: &RelationName) -> Option<&Upstream> {
        self.upstreams
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, upstream)| upstream)
    }
}

impl Catalog for UpstreamCatalog<'_> {
    fn columns(&self, relation: &RelationName) -> Option<Arc<[CatalogColumn]>> {
        match self.upstream(relation)? {
            Upstream::Node(target) => column_catalog(self.db, target.file, target.slot).clone(),
            Upstream::Source(args) => {
                let project = self.project?;
                let source = resolve_source(self.db, project, &self.package, args)?;
                Some(source_columns(self.db, project, &source)?.columns)
            }
        }
    }
}

/// Columns that properties declare. People seldom list all, so an empty list says nothing; a list is taken at its word
/// for completion, and never for "column not found" (see `sql`'s problems, which need complete columns).
pub(crate) fn declared(columns: &DeclaredColumns) -> Option<Arc<[CatalogColumn]>> {
    (!columns.is_empty()).then(|| {
        columns
            .values()
            .map(|column| CatalogColumn {
                name: Arc::clone(&column.name),
                data_type: column.data_type.as_deref().and_then(Type::parse),
            })
            .collect()
    })
}

/// A relation as SQL names it; a file by its whole text.
pub fn relation_name(relation: &Relation) -> RelationName {
    if let Some(expression) = &relation.expression {
        return RelationName::new([expression.as_str()]);
    }
    let parts = [
        relation
            .database
            .as_deref()
            .filter(|_| relation.include_policy.database),
        relation
            .schema
            .as_deref()
            .filter(|_| relation.include_policy.schema),
        relation
            .identifier
            .as_deref()
            .filter(|_| relation.include_policy.identifier),
    ];
    RelationName::new(parts.into_iter().flatten())
}
