//! Columns in the rows of unit tests: as mappings, CSV and SQL, in the properties file or in a file of their own.

use analysis::{
    Project, SourceFile,
    source::{properties, yaml},
};
use base::SourceRange;
use project::{
    files::FileKind,
    node::{FixtureFormat, RefArgs},
    properties::{FixtureProperties, UnitTestProperties},
    seeds::header,
    yaml::{Shape, YamlNode},
};
use sql::{EmptyCatalog, SymbolKind};

use crate::{
    column_uses::{
        ColumnUse, ColumnUses, UseKind,
        properties::{is_heir, named_ref},
        words_in,
    },
    references::files,
    world::Here,
};

pub(super) fn add(uses: &mut ColumnUses<'_>, project: Project, name: &str) {
    let world = uses.world;
    let mut fixtures: Vec<(SourceFile, bool, Here, SourceRange)> = Vec::new();
    for there in files(world, project) {
        if there.kind(world) != Some(FileKind::Properties) {
            continue;
        }
        let tests = &properties(world.db, there.file).properties.unit_tests;
        for test in tests {
            for (rows, is_meant) in rows_of(uses, &there, test) {
                if let Some(fixture) = &rows.fixture {
                    let file = fixture_file(uses, &there, &fixture.value, rows.format);
                    fixtures.extend(file.map(|it| (it, is_meant, there, fixture.range)));
                } else if is_meant {
                    written_rows(uses, there, rows, name);
                }
            }
        }
    }
    for (file, is_meant, there, range) in &fixtures {
        if !is_meant {
            continue;
        }
        let mut others = fixtures.iter();
        let n_before = uses.uses.len();
        of_file(uses, project, *file, name);
        if uses.uses.len() > n_before
            && others.any(|(other, is_meant, ..)| other == file && !is_meant)
        {
            let why = "these rows are also those of something that keeps the name";
            uses.doubt(*there, *range, why);
        }
    }
}

/// The rows of a test, and whether they are those of an heir.
fn rows_of<'t>(
    uses: &ColumnUses<'_>,
    there: &Here,
    test: &'t UnitTestProperties,
) -> Vec<(&'t FixtureProperties, bool)> {
    let model = RefArgs {
        name: test.model.value.clone(),
        package: None,
        version: None,
    };
    let is_model = is_heir(uses, there, &model);
    let given = test.given.iter().map(|given| {
        let input = given.input.value.trim();
        let is_meant = if input == "this" {
            is_model
        } else {
            named_ref(input).is_some_and(|args| is_heir(uses, there, &args))
        };
        (&given.fixture, is_meant)
    });
    given.chain([(&test.expect, is_model)]).collect()
}

fn fixture_file(
    uses: &ColumnUses<'_>,
    there: &Here,
    name: &str,
    format: FixtureFormat,
) -> Option<SourceFile> {
    let world = uses.world;
    let ending = if format == FixtureFormat::Sql {
        ".sql"
    } else {
        ".csv"
    };
    let mut files = there.package.files(world.db).iter().copied();
    files.find(|file| {
        let path = file.path(world.db);
        let stem = path.strip_suffix(ending);
        file.kind(world.db) == Some(FileKind::Fixture)
            && stem.is_some_and(|it| it.rsplit('/').next() == Some(name))
    })
}

fn of_file(uses: &mut ColumnUses<'_>, project: Project, file: SourceFile, name: &str) {
    let Some(package) = file.package(uses.world.db) else {
        return;
    };
    let there = Here {
        project,
        package,
        file,
    };
    let whole = SourceRange::from_usize(0, there.text(uses.world).len());
    if file.path(uses.world.db).ends_with(".sql") {
        sql_rows(uses, there, whole, name);
    } else {
        csv_rows(uses, there, whole, name);
    }
}

fn written_rows(uses: &mut ColumnUses<'_>, there: Here, rows: &FixtureProperties, name: &str) {
    let Some(range) = rows.rows_range else { return };
    match rows.format {
        FixtureFormat::Dict => {
            let tree = yaml(uses.world.db, there.file);
            if let Some(node) = rows_node(tree.0.root(), range) {
                dict_rows(uses, there, node, name);
            }
        }
        FixtureFormat::Csv => csv_rows(uses, there, inner(uses, &there, range), name),
        FixtureFormat::Sql => sql_rows(uses, there, inner(uses, &there, range), name),
    }
}

fn rows_node(node: YamlNode<'_>, range: SourceRange) -> Option<YamlNode<'_>> {
    if node.range() == range && node.shape() == Shape::Sequence {
        return Some(node);
    }
    let of_mapping = node.written_entries().map(|(_, value)| value);
    let mut children = node.items().chain(of_mapping);
    let child = children.find(|it| it.range().covers(range))?;
    rows_node(child, range)
}

fn dict_rows(uses: &mut ColumnUses<'_>, there: Here, rows: YamlNode<'_>, name: &str) {
    if rows.is_alias() {
        let why = "rows that stand elsewhere in the file may name it";
        uses.doubt(there, rows.range(), why);
        return;
    }
    for row in rows.items() {
        let is_alias = row.is_alias()
            || row
                .written_entries()
                .any(|(key, _)| key.raw() == Some("<<"));
        let has_it = row.entries().any(|(key, _)| is_it(key, name));
        if is_alias && has_it {
            uses.doubt(
                there,
                row.range(),
                "the row is shared with another, which names it",
            );
            continue;
        }
        let keys: Vec<SourceRange> = row
            .written_entries()
            .filter(|(key, _)| is_it(*key, name))
            .map(|(key, _)| key.range())
            .collect();
        for range in keys {
            add_words(uses, there, range, name);
        }
    }
}

fn is_it(key: YamlNode<'_>, name: &str) -> bool {
    key.raw().is_some_and(|it| it.eq_ignore_ascii_case(name))
}

fn add_words(uses: &mut ColumnUses<'_>, there: Here, range: SourceRange, name: &str) {
    for range in words_in(there.text(uses.world), range, name) {
        uses.add(ColumnUse {
            there,
            range,
            kind: UseKind::Row,
            is_unnamed: false,
        });
    }
}

/// What a block of text says, without its `|` and what stands behind that.
fn inner(uses: &ColumnUses<'_>, there: &Here, range: SourceRange) -> SourceRange {
    let text = range.of(there.text(uses.world));
    let start = if text.starts_with(['|', '>']) {
        text.find('\n').map_or(text.len(), |it| it + 1)
    } else {
        text.len() - text.trim_start_matches(['\'', '"']).len()
    };
    let end = u32::from(text.starts_with(['\'', '"']));
    SourceRange::new(range.start + start as u32, range.end.saturating_sub(end))
}

fn csv_rows(uses: &mut ColumnUses<'_>, there: Here, range: SourceRange, name: &str) {
    let text = range.of(there.text(uses.world));
    let rows = text.trim_start();
    let start = range.start + (text.len() - rows.len()) as u32;
    let columns: Vec<SourceRange> = header(rows, ',')
        .into_iter()
        .filter(|column| column.value.eq_ignore_ascii_case(name))
        .map(|column| SourceRange::new(start + column.range.start, start + column.range.end))
        .collect();
    for range in columns {
        add_words(uses, there, range, name);
    }
}

/// The columns that the query makes, in each part of a union.
fn sql_rows(uses: &mut ColumnUses<'_>, there: Here, range: SourceRange, name: &str) {
    let text = range.of(there.text(uses.world));
    let mentions = words_in(there.text(uses.world), range, name);
    let Some(first) = mentions.first().copied() else {
        return;
    };
    let dialect = analysis::columns::dialect(uses.world.db, there.project);
    let tree = sql::parse(text, dialect);
    let symbols = sql::symbols(&tree, &EmptyCatalog);
    let is_made = symbols
        .columns
        .columns
        .iter()
        .any(|it| it.name.eq_ignore_ascii_case(name));
    if text.contains("{{") || text.contains("{%") || !tree.errors.is_empty() || !is_made {
        let why = "rows of SQL may name it there, and cannot be followed";
        uses.doubt(there, first, why);
        return;
    }
    let columns = symbols.symbols.iter().enumerate();
    let columns = columns.filter(|(_, symbol)| {
        matches!(symbol.kind, SymbolKind::Column { .. }) && symbol.name.eq_ignore_ascii_case(name)
    });
    let mut found = Vec::new();
    for (idx, _) in columns {
        for at in symbols.references_of(sql::SymbolId(idx as u32)) {
            found.push(SourceRange::new(
                range.start + at.start,
                range.start + at.end,
            ));
        }
    }
    for at in found {
        add_words(uses, there, at, name);
    }
}
