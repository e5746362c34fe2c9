//! The tables that a warehouse has, as the entry of a source: `dagsmith.generateSource`.
//!
//! Whoever can ask the warehouse asks between the two questions here: which schema is meant, and what is written.

use std::collections::BTreeSet;

use analysis::{
    SourceFile,
    source::{properties, yaml},
    target::defaults,
};
use project::{files::FileKind, yaml::YamlNode};

use crate::{
    FilePosition,
    code_action::{
        homes::add_to_folder,
        offers::{
            NamedSchema, Offers, ProjectChange, Refactoring, RefactoringKind, RefactoringRequest,
        },
        source_tables::declared_source,
        yaml_text::{Value, YamlText},
    },
    selection::whole_lines,
    world::World,
};

/// The schema of the source whose entry the cursor is in.
pub(crate) fn schema_at(world: World<'_>, position: FilePosition) -> Option<NamedSchema> {
    let here = world.here(position.file)?;
    if here.kind(world) != Some(FileKind::Properties) {
        return None;
    }
    let text = here.text(world);
    let mut sources = properties(world.db, here.file).properties.sources.iter();
    let source = sources.find(|source| whole_lines(text, source.range).touches(position.offset))?;
    let name = source.name.value.to_string();
    let database = source.database.as_ref().map(|it| it.value.to_string());
    let default = defaults(world.db, here.project).database.clone();
    Some(NamedSchema {
        schema: match &source.schema {
            Some(schema) => schema.value.to_string(),
            None => name.clone(),
        },
        database: database.or_else(|| default.map(|it| it.to_string())),
        source: name,
    })
}

/// The tables of a schema that its source lacks, added to it, or a new source of them; `None` where it has all.
pub(crate) fn schema_as_source(
    world: World<'_>,
    request: &RefactoringRequest,
    schema: &NamedSchema,
    tables: &[(String, Vec<(String, String)>)],
) -> Option<Refactoring> {
    let here = world.here(request.selection.file)?;
    let here = here.is_own(world).then_some(here)?;
    let mut offers = Offers::new(world, here, request);
    let home =
        entry_here(&offers, &schema.source).or_else(|| declared_source(&offers, &schema.source));
    let known = home.map(|(file, _)| declared_tables(world, file, &schema.source));
    let known = known.unwrap_or_default();
    let missing: Vec<Value> = tables
        .iter()
        .filter(|(name, _)| !known.contains(&name.to_lowercase()))
        .map(table)
        .collect();
    if missing.is_empty() {
        return None;
    }
    let (count, name) = (missing.len(), &schema.source);
    let plural = if count == 1 { "" } else { "s" };
    let title = format!("Declare {count} table{plural} in source `{name}`");
    offers.add(RefactoringKind::Source, title, |offers| match home {
        Some((file, entry)) => {
            let text = YamlText::new(&yaml(world.db, file).0, file.id(world.db));
            ProjectChange::edits(vec![text.push(entry, "tables", &missing)?])
        }
        None => new_source(offers, schema, missing),
    });
    offers.finish().into_iter().next()
}

fn new_source(
    offers: &Offers<'_>,
    schema: &NamedSchema,
    tables: Vec<Value>,
) -> Option<ProjectChange> {
    let default = defaults(offers.world.db, offers.here.project)
        .database
        .clone();
    let mut source = vec![("name", Value::text(&*schema.source))];
    let database = schema.database.iter();
    let is_other = |it: &&String| {
        !default
            .as_deref()
            .is_some_and(|own| own.eq_ignore_ascii_case(it))
    };
    source.extend(
        database
            .filter(is_other)
            .map(|it| ("database", Value::text(it))),
    );
    if schema.schema != schema.source {
        source.push(("schema", Value::text(&*schema.schema)));
    }
    source.push(("tables", Value::List(tables)));
    add_to_folder(offers, offers.here.file, "sources", &[Value::Map(source)])
}

/// The entry of the source in the file itself, which may have no tables yet.
fn entry_here<'a>(offers: &Offers<'a>, name: &str) -> Option<(SourceFile, YamlNode<'a>)> {
    let (world, file) = (offers.world, offers.here.file);
    if offers.here.kind(world) != Some(FileKind::Properties) {
        return None;
    }
    let list = yaml(world.db, file).0.root().get("sources")?;
    let mut items = list.items();
    let is_it = |item: &YamlNode<'_>| {
        let named = item.get("name").and_then(YamlNode::raw);
        named.is_some_and(|it| it == name) && !item.is_alias()
    };
    items.find(is_it).map(|node| (file, node))
}

/// What the tables of a source are called in the warehouse, in lower case.
fn declared_tables(world: World<'_>, file: SourceFile, source: &str) -> BTreeSet<String> {
    let sources = properties(world.db, file).properties.sources.iter();
    let tables = sources
        .filter(|it| &*it.name.value == source)
        .flat_map(|it| &it.tables);
    tables
        .map(|table| {
            table
                .identifier
                .as_ref()
                .unwrap_or(&table.name)
                .value
                .to_lowercase()
        })
        .collect()
}

fn table((name, columns): &(String, Vec<(String, String)>)) -> Value {
    let columns = columns.iter().map(|(name, data_type)| {
        let mut column = vec![("name", Value::text(name))];
        if !data_type.is_empty() {
            column.push(("data_type", Value::text(spelled(data_type))));
        }
        Value::Map(column)
    });
    let columns: Vec<Value> = columns.collect();
    let mut table = vec![("name", Value::text(name))];
    if !columns.is_empty() {
        table.push(("columns", Value::List(columns)));
    }
    Value::Map(table)
}

/// As people write types; names of fields in quotes stay as they are.
fn spelled(data_type: &str) -> String {
    if data_type.contains('"') {
        data_type.to_owned()
    } else {
        data_type.to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use base::{FileRange, SourceRange};
    use expect_test::{Expect, expect};

    use crate::{
        NamedSchema, RefactoringRequest, Wanted, code_action::fixture::shown, fixture::TestProject,
    };

    #[track_caller]
    fn check(fixture: &str, named: Option<NamedSchema>, expected: &Expect) {
        let project = TestProject::new(fixture);
        let at = project.cursor.unwrap();
        let analysis = project.analysis();
        let request = RefactoringRequest {
            selection: FileRange {
                file: at.file,
                range: SourceRange::at(at.offset),
            },
            wanted: Wanted::Changes,
            can_create_files: true,
        };
        let schema = named.or_else(|| analysis.schema_at(at).unwrap());
        let Some(schema) = schema else {
            expected.assert_eq("no schema");
            return;
        };
        let columns = |names: &[&str]| {
            let columns = names
                .iter()
                .map(|name| ((*name).to_owned(), "INTEGER".to_owned()));
            columns.collect::<Vec<_>>()
        };
        let tables = [
            ("clicks".to_owned(), columns(&["id", "at"])),
            ("Orders".to_owned(), columns(&["id"])),
        ];
        let found = analysis
            .schema_as_source(&request, &schema, &tables)
            .unwrap();
        let database = schema.database.as_deref().unwrap_or_default();
        let mut out = format!("== {database}.{} as {}\n", schema.schema, schema.source);
        if let Some(found) = found {
            out = format!("{out}{}\n", found.title);
            out += &shown(&project, found.change.as_ref().unwrap());
        }
        expected.assert_eq(&out);
    }

    #[test]
    fn tables_that_are_not_declared_are_added_to_the_source_at_the_cursor() {
        check(
            "
//- /models/raw.yml
sources:
  - name: web
    schema: web_raw
    tables:
      - name: placed$0
        identifier: orders
  - name: other
",
            None,
            &expect![[r#"
                == shop.web_raw as web
                Declare 1 table in source `web`
                -- /models/raw.yml
                sources:
                  - name: web
                    schema: web_raw
                    tables:
                      - name: placed
                        identifier: orders
                      - name: clicks
                        columns:
                          - name: id
                            data_type: integer
                          - name: at
                            data_type: integer
                  - name: other
            "#]],
        );
        check(
            "
//- /models/raw.yml
sources:
  - name: web$0
",
            None,
            &expect![[r#"
                == shop.web as web
                Declare 2 tables in source `web`
                -- /models/raw.yml
                sources:
                  - name: web
                    tables:
                      - name: clicks
                        columns:
                          - name: id
                            data_type: integer
                          - name: at
                            data_type: integer
                      - name: Orders
                        columns:
                          - name: id
                            data_type: integer
            "#]],
        );
        check(
            "
//- /models/raw.yml
sources: [{name: w$0, tables: [{name: clicks}, {name: orders}]}]
",
            None,
            &expect![[r#"
                == shop.w as w
            "#]],
        );
        check(
            "\n//- /models/a.sql\nselect$0 1\n",
            None,
            &expect!["no schema"],
        );
    }

    #[test]
    fn a_schema_by_name_becomes_a_new_source_or_grows_the_old_one() {
        let named = NamedSchema {
            source: "web".to_owned(),
            database: Some("lake".to_owned()),
            schema: "web_raw".to_owned(),
        };
        check(
            "\n//- /models/staging/a.sql\nselect$0 1\n",
            Some(named.clone()),
            &expect![[r#"
                == lake.web_raw as web
                Declare 2 tables in source `web`
                -- /models/staging/sources.yml (new)
                sources:
                  - name: web
                    database: lake
                    schema: web_raw
                    tables:
                      - name: clicks
                        columns:
                          - name: id
                            data_type: integer
                          - name: at
                            data_type: integer
                      - name: Orders
                        columns:
                          - name: id
                            data_type: integer
            "#]],
        );
        check(
            "
//- /models/raw.yml
sources: [{name: web, schema: web_raw, tables: [{name: clicks}]}]
//- /models/staging/a.sql
select$0 1
",
            Some(named),
            &expect![[r#"
                == lake.web_raw as web
                Declare 1 table in source `web`
                -- /models/raw.yml
                sources: [{name: web, schema: web_raw, tables: [{name: clicks}, {name: Orders, columns: [{name: id, data_type: integer}]}]}]
            "#]],
        );
    }
}
