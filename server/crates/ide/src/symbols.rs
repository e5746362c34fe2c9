//! What a file, and what the projects, consist of.

use analysis::{
    Project,
    facts::parsed,
    macros::{macro_definition, macro_index},
    resolve::{identities, ref_index, source_index},
    source::{properties, template},
};
use base::{FileId, FileRange, SourceRange};
use jinja::syntax::MacroKind;
use project::{
    SpannedText,
    files::FileKind,
    properties::{ColumnProperties, Properties},
};

use crate::{
    completion::fit,
    definition::{node_kind, table_properties},
    sql_names::masked_symbols,
    world::{Here, World},
};

/// What a symbol is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SymbolKind {
    /// A model.
    Model,
    /// A seed.
    Seed,
    /// A snapshot.
    Snapshot,
    /// An analysis.
    Analysis,
    /// A source, or a table of one.
    Source,
    /// A macro.
    Macro,
    /// A test: singular, generic or unit.
    Test,
    /// An exposure.
    Exposure,
    /// A docs block.
    Doc,
    /// A group.
    Group,
    /// A variable of the project.
    Var,
    /// A column.
    Column,
    /// A CTE.
    Cte,
    /// A key of a YAML file that is none of the above.
    Key,
}

/// A symbol of a file, with what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentSymbol {
    /// Its name.
    pub name: String,
    /// More about it, in a few words.
    pub detail: Option<String>,
    /// What it is.
    pub kind: SymbolKind,
    /// All of it.
    pub range: SourceRange,
    /// Its name; within `range`.
    pub selection: SourceRange,
    /// Sorted by place.
    pub children: Vec<DocumentSymbol>,
}

/// A symbol of a project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkspaceSymbol {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// The package, or the source of a table.
    pub container: Option<String>,
    /// Where its name is.
    pub at: FileRange,
}

/// What a file consists of.
pub(crate) fn document_symbols(world: World<'_>, file: FileId) -> Vec<DocumentSymbol> {
    let Some(here) = world.here(file) else {
        return Vec::new();
    };
    match here.kind(world) {
        Some(FileKind::Properties) => {
            properties_symbols(&properties(world.db, here.file).properties)
        }
        Some(FileKind::Docs | FileKind::Macro | FileKind::GenericTest) => {
            block_symbols(world, &here)
        }
        Some(_) => node_symbols(world, &here),
        None => Vec::new(),
    }
}

/// The nodes of a file; in SQL, with their CTEs.
fn node_symbols(world: World<'_>, here: &Here) -> Vec<DocumentSymbol> {
    let parsed = parsed(world.db, here.file);
    let identities = identities(world.db, here.file);
    let ctes = cte_symbols(world, here);
    let nodes = identities.iter().zip(parsed.iter());
    nodes
        .map(|(identity, node)| DocumentSymbol {
            name: identity.name.to_string(),
            detail: Some(identity.resource_type.to_string()),
            kind: node_kind(&identity.unique_id),
            range: node.range,
            selection: SourceRange::at(node.range.start),
            children: ctes
                .iter()
                .filter(|cte| node.range.covers(cte.range))
                .cloned()
                .collect(),
        })
        .collect()
}

fn cte_symbols(world: World<'_>, here: &Here) -> Vec<DocumentSymbol> {
    let symbols = masked_symbols(world, here);
    let ctes = symbols
        .symbols
        .iter()
        .filter(|symbol| symbol.kind == sql::SymbolKind::Cte);
    let mut found: Vec<DocumentSymbol> = ctes
        .filter_map(|symbol| {
            let selection = symbol.definition?;
            let range = symbol.extent.unwrap_or(selection).join(selection);
            Some(DocumentSymbol {
                name: symbol.name.to_string(),
                detail: None,
                kind: SymbolKind::Cte,
                range: SourceRange::new(range.start, range.end),
                selection: SourceRange::new(selection.start, selection.end),
                children: Vec::new(),
            })
        })
        .collect();
    found.sort_by_key(|symbol| symbol.range.start);
    found
}

/// Macros, tests, materializations, docs blocks.
fn block_symbols(world: World<'_>, here: &Here) -> Vec<DocumentSymbol> {
    let blocks = template(world.db, here.file).macros.iter();
    blocks
        .map(|block| DocumentSymbol {
            name: block.name.to_string(),
            detail: None,
            kind: match block.kind {
                MacroKind::Macro | MacroKind::Materialization => SymbolKind::Macro,
                MacroKind::Test => SymbolKind::Test,
                MacroKind::Snapshot => SymbolKind::Snapshot,
                MacroKind::Docs => SymbolKind::Doc,
            },
            range: block.range,
            selection: block.name_range,
            children: Vec::new(),
        })
        .collect()
}

fn properties_symbols(properties: &Properties) -> Vec<DocumentSymbol> {
    let mut symbols = Vec::new();
    let sections = [
        (SymbolKind::Model, &properties.models),
        (SymbolKind::Seed, &properties.seeds),
        (SymbolKind::Snapshot, &properties.snapshots),
        (SymbolKind::Analysis, &properties.analyses),
    ];
    for (kind, nodes) in sections {
        for node in nodes {
            let children = column_symbols(&node.columns);
            symbols.push(symbol(kind, &node.name, node.range, children));
        }
    }
    for source in &properties.sources {
        let tables = source.tables.iter().map(|table| {
            let columns = column_symbols(&table.columns);
            symbol(SymbolKind::Source, &table.name, table.range, columns)
        });
        symbols.push(symbol(
            SymbolKind::Source,
            &source.name,
            source.range,
            tables.collect(),
        ));
    }
    for it in &properties.macros {
        symbols.push(symbol(SymbolKind::Macro, &it.name, it.range, Vec::new()));
    }
    for it in &properties.exposures {
        symbols.push(symbol(SymbolKind::Exposure, &it.name, it.range, Vec::new()));
    }
    for it in &properties.groups {
        symbols.push(symbol(SymbolKind::Group, &it.name, it.range, Vec::new()));
    }
    for it in &properties.unit_tests {
        symbols.push(symbol(SymbolKind::Test, &it.name, it.range, Vec::new()));
    }
    symbols.sort_by_key(|symbol| symbol.range.start);
    symbols
}

fn column_symbols(columns: &[ColumnProperties]) -> Vec<DocumentSymbol> {
    let columns = columns.iter().map(|it| DocumentSymbol {
        name: it.column.name.to_string(),
        detail: it.column.data_type.as_deref().map(str::to_owned),
        kind: SymbolKind::Column,
        range: it.range.join(it.name_range),
        selection: it.name_range,
        children: Vec::new(),
    });
    columns.collect()
}

fn symbol(
    kind: SymbolKind,
    name: &SpannedText,
    range: SourceRange,
    children: Vec<DocumentSymbol>,
) -> DocumentSymbol {
    DocumentSymbol {
        name: name.value.to_string(),
        detail: None,
        kind,
        // Clients refuse a name outside of its symbol.
        range: range.join(name.range),
        selection: name.range,
        children,
    }
}

/// Symbols of all projects whose name fits, the best first.
pub(crate) fn workspace_symbols(world: World<'_>, query: &str) -> Vec<WorkspaceSymbol> {
    let typed = query.to_lowercase();
    let mut found = Vec::new();
    for project in world.projects {
        add_nodes(world, *project, &typed, &mut found);
        add_sources(world, *project, &typed, &mut found);
        add_macros(world, *project, &typed, &mut found);
    }
    found.sort();
    found.dedup();
    found.into_iter().map(|(_, symbol)| symbol).collect()
}

type Fits = Vec<(u8, WorkspaceSymbol)>;

fn add_nodes(world: World<'_>, project: Project, typed: &str, found: &mut Fits) {
    for (name, by_package) in &ref_index(world.db, project).enabled {
        let Some(misfit) = fit(typed, name) else {
            continue;
        };
        for (package, target) in by_package {
            let range = parsed(world.db, target.file)
                .get(target.slot as usize)
                .map_or(SourceRange::at(0), |node| SourceRange::at(node.range.start));
            found.push((
                misfit,
                WorkspaceSymbol {
                    name: name.to_string(),
                    kind: node_kind(&target.unique_id),
                    container: Some(package.to_string()),
                    at: FileRange {
                        file: target.file.id(world.db),
                        range,
                    },
                },
            ));
        }
    }
}

fn add_sources(world: World<'_>, project: Project, typed: &str, found: &mut Fits) {
    for ((source, table), by_package) in source_index(world.db, project).iter() {
        let name = format!("{source}.{table}");
        let Some(misfit) = fit(typed, table).or_else(|| fit(typed, &name)) else {
            continue;
        };
        for target in by_package.values() {
            if let Some((_, properties)) = table_properties(world, *target) {
                found.push((
                    misfit,
                    WorkspaceSymbol {
                        name: name.clone(),
                        kind: SymbolKind::Source,
                        container: Some(source.to_string()),
                        at: FileRange {
                            file: target.file.id(world.db),
                            range: properties.name.range,
                        },
                    },
                ));
            }
        }
    }
}

fn add_macros(world: World<'_>, project: Project, typed: &str, found: &mut Fits) {
    for (package, names) in &macro_index(world.db, project).packages {
        for (name, key) in names {
            let Some(misfit) = fit(typed, name) else {
                continue;
            };
            if let Some(definition) = macro_definition(world.db, project, *key) {
                found.push((
                    misfit,
                    WorkspaceSymbol {
                        name: name.to_string(),
                        kind: SymbolKind::Macro,
                        container: Some(package.to_string()),
                        at: FileRange {
                            file: key.file,
                            range: definition.name_range,
                        },
                    },
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use std::fmt::Write as _;

    use super::DocumentSymbol;
    use crate::fixture::TestProject;

    fn lines(symbols: &[DocumentSymbol], indent: usize, out: &mut String) {
        for symbol in symbols {
            let pad = " ".repeat(indent);
            writeln!(out, "{pad}{:?} {}", symbol.kind, symbol.name).unwrap();
            lines(&symbol.children, indent + 2, out);
        }
    }

    fn check(path: &str, fixture: &str, expected: &Expect) {
        let project = TestProject::new(fixture);
        let symbols = project
            .analysis()
            .document_symbols(project.file(path))
            .unwrap();
        let mut out = String::new();
        lines(&symbols, 0, &mut out);
        expected.assert_eq(&out);
    }

    #[test]
    fn a_model_holds_its_ctes() {
        check(
            "/models/a.sql",
            "
//- /models/a.sql
with orders as (select * from {{ ref('b') }}), paid as (select * from orders)
select * from paid
//- /models/b.sql
select 1
",
            &expect![[r#"
                Model a
                  Cte orders
                  Cte paid
            "#]],
        );
    }

    #[test]
    fn a_properties_file_holds_its_entries() {
        check(
            "/models/s.yml",
            "
//- /models/s.yml
models:
  - name: a
    columns: [{name: id}]
sources:
  - name: raw
    tables: [{name: orders}]
",
            &expect![[r#"
                Model a
                  Column id
                Source raw
                  Source orders
            "#]],
        );
    }

    #[test]
    fn symbols_of_the_workspace_are_found_by_a_part_of_their_name() {
        let project = TestProject::new(
            "
//- /models/stg_orders.sql
select 1
//- /macros/m.sql
{% macro orders_of(x) %}{% endmacro %}
//- /models/s.yml
sources:
  - name: raw
    tables: [{name: orders}]
",
        );
        let found = project.analysis().workspace_symbols("orders").unwrap();
        let lines = found
            .iter()
            .map(|it| format!("{:?} {} at {}\n", it.kind, it.name, project.show(it.at)));
        expect![[r#"
            Macro orders_of at /macros/m.sql:1 orders_of
            Source raw.orders at /models/s.yml:3 orders
            Model stg_orders at /models/stg_orders.sql:1
        "#]]
        .assert_eq(&lines.collect::<String>());
    }
}
