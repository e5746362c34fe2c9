//! A table of a source that nobody has declared: where it goes, and what it is called there.

use analysis::{
    SourceFile,
    resolve::{SourceTarget, source_index},
    source::{properties, yaml},
    target::defaults,
};
use project::{node::SourceArgs, yaml::YamlNode};

use crate::{
    code_action::{
        homes::add_to_folder,
        offers::{Offers, ProjectChange},
        yaml_text::{Value, YamlText},
    },
    world::World,
};

/// A table to be declared.
pub(super) struct NewTable {
    pub(super) args: SourceArgs,
    /// What it is called in the warehouse, where that is another name.
    pub(super) identifier: Option<String>,
    pub(super) schema: Option<String>,
    pub(super) database: Option<String>,
}

impl NewTable {
    /// For a table that is called by this in SQL; under a source that is there if one has its schema.
    pub(super) fn of_relation(offers: &Offers<'_>, parts: &[String]) -> Option<Self> {
        let (world, project) = (offers.world, offers.here.project);
        let [outer @ .., schema, table] = parts else {
            return None;
        };
        let default = defaults(world.db, project).database.clone();
        let database = outer.last().cloned();
        let database = database.filter(|it| {
            !default
                .as_deref()
                .is_some_and(|own| own.eq_ignore_ascii_case(it))
        });
        let names = || {
            let index = source_index(world.db, project);
            index.iter().flat_map(|((name, _), by_package)| {
                by_package.values().map(move |target| (name, *target))
            })
        };
        let is_home = |target: SourceTarget| {
            let sources = analysis::sources::sources_of(world.db, target.file);
            let source = sources.get(target.slot as usize);
            let wanted = database.as_deref().or(default.as_deref());
            source.is_some_and(|it| {
                it.schema.eq_ignore_ascii_case(schema) && same(it.database.as_deref(), wanted)
            })
        };
        let known = names().find(|(_, target)| is_home(*target) && is_own(world, target.file));
        if let Some((source, _)) = known {
            return Some(Self {
                args: SourceArgs {
                    source: source.clone(),
                    table: table.as_str().into(),
                },
                identifier: None,
                schema: None,
                database: None,
            });
        }
        let is_free = |name: &str| names().all(|(known, _)| !known.eq_ignore_ascii_case(name));
        let longer = || format!("{}_{schema}", database.as_deref().unwrap_or("raw"));
        let mut candidates = [schema.clone(), longer()].into_iter();
        let source = candidates.find(|name| is_free(name))?;
        Some(Self {
            schema: (source != *schema).then(|| schema.clone()),
            args: SourceArgs {
                source: source.into(),
                table: table.as_str().into(),
            },
            identifier: None,
            database,
        })
    }

    /// Declares it: in its source if that is declared in this project, else as a new one beside `beside`.
    pub(super) fn declare(&self, offers: &Offers<'_>, beside: SourceFile) -> Option<ProjectChange> {
        let world = offers.world;
        if let Some((file, source)) = declared_source(offers, &self.args.source) {
            let text = YamlText::new(&yaml(world.db, file).0, file.id(world.db));
            let edit = text.push(source, "tables", &[self.table()])?;
            return ProjectChange::edits(vec![edit]);
        }
        let mut source = vec![("name", Value::text(&*self.args.source))];
        let optional = [("database", &self.database), ("schema", &self.schema)];
        for (key, value) in optional {
            source.extend(value.iter().map(|value| (key, Value::text(value))));
        }
        source.push(("tables", Value::List(vec![self.table()])));
        add_to_folder(offers, beside, "sources", &[Value::Map(source)])
    }

    fn table(&self) -> Value {
        let mut table = vec![("name", Value::text(&*self.args.table))];
        let identifier = self.identifier.iter();
        table.extend(identifier.map(|it| ("identifier", Value::text(it))));
        Value::Map(table)
    }
}

fn same(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        // What is not said is the target's.
        _ => true,
    }
}

fn is_own(world: World<'_>, file: SourceFile) -> bool {
    let package = file.package(world.db);
    package.is_some_and(|package| analysis::manifest::is_editable(world.db, package))
}

/// The entry of a source of this project.
pub(super) fn declared_source<'a>(
    offers: &Offers<'a>,
    name: &str,
) -> Option<(SourceFile, YamlNode<'a>)> {
    let world = offers.world;
    let index = source_index(world.db, offers.here.project);
    let own = offers.here.package_name(world);
    let mut tables = index.iter().filter(|((source, _), _)| **source == *name);
    tables.find_map(|(_, by_package)| {
        let target = by_package.get(own)?;
        let entries = &properties(world.db, target.file).properties.sources;
        let range = entries
            .iter()
            .find(|it| &*it.name.value == name)?
            .name
            .range;
        let list = yaml(world.db, target.file).0.root().get("sources")?;
        let mut items = list.items();
        let node = items.find(|item| item.get("name").is_some_and(|it| it.range() == range))?;
        (!node.is_alias()).then_some((target.file, node))
    })
}
