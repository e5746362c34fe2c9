//! Names in a file's SQL: CTEs, aliases and columns, for hover, definition and references.
//!
//! Works on the text before it is rendered (`masked`), so places need no mapping; what only a macro writes is not seen.
//! A column of another node is followed into that node's rendered SQL, as far up as its values come unchanged.

use analysis::{
    columns::{Upstream, UpstreamCatalog, dialect, output},
    resolve::{SourceTarget, source_target},
    source::template,
};
use base::{FileId, SourceRange};
use project::files::FileKind;
use sql::{OriginKind, ScopeColumn, SymbolId, SymbolKind as SqlKind, completion_scope_at};

use crate::{
    binder::bound_type,
    column_uses::{is_in_quotes, words_in},
    completion::{columns_of_node, columns_of_source, node},
    definition::{NavigationTarget, node_name, table_properties},
    fact_source::column_source,
    masked::Masked,
    symbol::{Thing, thing_at},
    symbols::SymbolKind,
    world::{Here, World},
};

/// A name under the cursor.
pub(crate) struct SqlName<'a> {
    world: World<'a>,
    here: &'a Here,
    masked: Masked,
    tree: sql::SqlTree,
    symbols: sql::Symbols,
    id: SymbolId,
    /// Where it is written.
    pub(crate) range: SourceRange,
}

/// The CTE, alias or column that a cursor touches.
pub(crate) fn sql_name_at<'a>(
    world: World<'a>,
    here: &'a Here,
    offset: u32,
) -> Option<SqlName<'a>> {
    if !has_sql(here.kind(world)?) {
        return None;
    }
    let mut tags = template(world.db, here.file).tags.iter();
    if tags.any(|tag| tag.range.start < offset && offset < tag.range.end) {
        return None;
    }
    let masked = Masked::new(world, here);
    let tree = sql::parse(masked.text(), dialect(world.db, here.project));
    let symbols = sql::symbols(&tree, &masked);
    let reference = symbols.at(offset)?;
    Some(SqlName {
        world,
        here,
        id: reference.symbol,
        range: SourceRange::new(reference.range.start, reference.range.end),
        masked,
        tree,
        symbols,
    })
}

/// What the `*` under the cursor stands for, in the query that the file comes to.
pub(crate) fn star_at(world: World<'_>, here: &Here, offset: u32) -> Option<(SourceRange, String)> {
    if !has_sql(here.kind(world)?) {
        return None;
    }
    let text = here.text(world);
    let found = masked_symbols(world, here).columns.columns;
    let is_star = |range: SourceRange| range.touches(offset) && range.of(text).ends_with('*');
    let columns = found.into_iter().filter_map(|column| {
        let range = SourceRange::new(column.range.start, column.range.end);
        is_star(range).then(|| {
            let column = ScopeColumn {
                name: column.name,
                data_type: column.data_type,
            };
            (range, column)
        })
    });
    let (ranges, columns): (Vec<_>, Vec<_>) = columns.unzip();
    let range = *ranges.first()?;
    Some((range, format!("`*`{}", columns_list(&columns))))
}

/// The CTEs, aliases and columns of a file's SQL, at their places in the file.
pub(crate) fn masked_symbols(world: World<'_>, here: &Here) -> sql::Symbols {
    let masked = Masked::new(world, here);
    let tree = sql::parse(masked.text(), dialect(world.db, here.project));
    sql::symbols(&tree, &masked)
}

/// Whether files of this kind hold queries.
pub(crate) fn has_sql(kind: FileKind) -> bool {
    match kind {
        FileKind::Model | FileKind::Snapshot | FileKind::Analysis | FileKind::SingularTest => true,
        FileKind::Seed
        | FileKind::Macro
        | FileKind::GenericTest
        | FileKind::Fixture
        | FileKind::Function
        | FileKind::Docs
        | FileKind::Properties => false,
    }
}

impl SqlName<'_> {
    fn symbol(&self) -> Option<&sql::Symbol> {
        self.symbols.get(self.id)
    }

    /// Everywhere in the file, its definition included; `None` for what is not a name of this file alone.
    pub(crate) fn uses(&self) -> Option<Vec<(SourceRange, bool)>> {
        let symbol = self.symbol()?;
        if matches!(symbol.kind, SqlKind::Relation(_)) {
            return None;
        }
        let uses = self.symbols.references_of(self.id).into_iter();
        let with_kind = uses.map(|range| {
            let is_definition = symbol.definition == Some(range);
            (SourceRange::new(range.start, range.end), is_definition)
        });
        Some(with_kind.collect())
    }

    pub(crate) fn here(&self) -> &Here {
        self.here
    }

    /// The text of the file.
    pub(crate) fn text(&self) -> &str {
        self.here.text(self.world)
    }

    pub(crate) fn kind_and_name(&self) -> Option<(&SqlKind, &str)> {
        let symbol = self.symbol()?;
        Some((&symbol.kind, &symbol.name))
    }

    /// Where a template's tag has the name as a text, if one has.
    pub(crate) fn named_in_tags(&self, name: &str) -> Option<SourceRange> {
        let text = self.text();
        let template = template(self.world.db, self.here.file);
        let quoted = ['\'', '"'].map(|quote| format!("{quote}{name}{quote}"));
        let mut tags = template.tags.iter().map(|tag| tag.range);
        tags.find_map(|tag| {
            let found = quoted
                .iter()
                .flat_map(|it| tag.of(text).match_indices(&**it));
            let mut ranges = found.map(|(start, _)| {
                let start = tag.start + start as u32 + 1;
                SourceRange::new(start, start + name.len() as u32)
            });
            // `ref('paid')` is the model, whatever a CTE is called.
            let whole = ranges.find(|range| thing_at(self.world, self.here, range.start).is_none());
            // `ratio('paid.amount', 'paid.total')`
            let qualifier = format!("{name}.");
            let mut qualifiers = words_in(text, tag, name).into_iter();
            whole.or_else(|| {
                qualifiers.find(|range| {
                    let before = SourceRange::new(tag.start, range.start).of(text);
                    let rest = SourceRange::new(range.start, tag.end).of(text);
                    is_in_quotes(before) && rest.starts_with(&qualifier)
                })
            })
        })
    }

    /// Whether the text means the same with another name at `places`: every name refers to what it did.
    pub(crate) fn stays_the_same(&self, places: &[SourceRange], new: &str) -> bool {
        let mut text = self.masked.text().to_owned();
        for place in places.iter().rev() {
            let range = place.start as usize..place.end as usize;
            if text.get(range.clone()).is_none() {
                return false;
            }
            text.replace_range(range, new);
        }
        let tree = sql::parse(&text, self.tree.dialect());
        let symbols = sql::symbols(&tree, &self.masked);
        let meaning = |symbols: &sql::Symbols| {
            let references = symbols.references.iter().map(|it| it.symbol);
            let columns = symbols.columns.columns.iter();
            (
                references.collect::<Vec<_>>(),
                columns.map(|it| it.name.clone()).collect::<Vec<_>>(),
                symbols.problems.len(),
            )
        };
        tree.errors.len() == self.tree.errors.len() && meaning(&symbols) == meaning(&self.symbols)
    }

    /// Where it is made: in this file, or in the file of the node that a column belongs to.
    pub(crate) fn target(&self) -> Option<NavigationTarget> {
        if let Some((thing, name)) = self.external_column() {
            return column_target(self.world, self.here, thing, name);
        }
        let symbol = self.symbol()?;
        let focus = symbol.definition?;
        let full = symbol.extent.unwrap_or(focus).join(focus);
        Some(NavigationTarget {
            file: self.here.id(self.world),
            full_range: SourceRange::new(full.start, full.end),
            focus_range: SourceRange::new(focus.start, focus.end),
            name: symbol.name.to_string(),
            kind: match symbol.kind {
                SqlKind::Column { .. } | SqlKind::ExternalColumn { .. } => SymbolKind::Column,
                SqlKind::Cte
                | SqlKind::TableAlias { .. }
                | SqlKind::Relation(_)
                | SqlKind::Window
                | SqlKind::Lambda => SymbolKind::Cte,
            },
        })
    }

    /// The node or table that a column is read from, and the column's name.
    pub(crate) fn external_column(&self) -> Option<(&Thing, &str)> {
        let symbol = self.symbol()?;
        let SqlKind::ExternalColumn { relation, .. } = &symbol.kind else {
            return None;
        };
        Some((self.masked.thing(relation)?, &symbol.name))
    }

    /// The node or table that an alias stands for.
    pub(crate) fn aliased(&self) -> Option<&Thing> {
        match &self.symbol()?.kind {
            SqlKind::TableAlias {
                relation: Some(relation),
            } => self.masked.thing(relation),
            _ => None,
        }
    }

    /// What it is, as Markdown.
    pub(crate) fn markdown(&self) -> Option<String> {
        let symbol = self.symbol()?;
        let name = &symbol.name;
        match &symbol.kind {
            SqlKind::Cte => {
                let columns = columns_list(&self.columns_of_cte(name));
                Some(format!("**CTE** `{name}`{columns}"))
            }
            SqlKind::TableAlias { .. } => {
                let columns = columns_list(&self.columns_of_alias(name));
                Some(format!("**alias** `{name}`{columns}"))
            }
            SqlKind::Column { data_type } => {
                let data_type = data_type.as_ref().map(ToString::to_string);
                let title = column_title(name, data_type.as_deref());
                Some(title + &self.expression(symbol).unwrap_or_default())
            }
            SqlKind::ExternalColumn { relation, .. } => {
                let thing = self.masked.thing(relation)?;
                Some(column_markdown(self.world, thing, name))
            }
            SqlKind::Relation(_) | SqlKind::Window | SqlKind::Lambda => None,
        }
    }

    /// What a column is made of, as it is written.
    fn expression(&self, symbol: &sql::Symbol) -> Option<String> {
        let extent = symbol.extent?;
        let range = SourceRange::new(extent.start, extent.end);
        let text = range.of(self.here.text(self.world)).trim();
        (text != &*symbol.name).then(|| format!("\n\n```sql\n{text}\n```"))
    }

    /// A CTE is in scope where it is used, not where it is defined.
    fn columns_of_cte(&self, name: &str) -> Vec<ScopeColumn> {
        let definition = self.symbol().and_then(|symbol| symbol.definition);
        let uses = self.symbols.references_of(self.id);
        let last_use = uses.iter().rfind(|range| Some(**range) != definition);
        let end = self.masked.text().trim_end().len() as u32;
        let offset = last_use.map_or(end, |range| range.start);
        let scope = completion_scope_at(&self.tree, offset, &self.masked);
        let mut ctes = scope.ctes.into_iter();
        ctes.find(|cte| cte.name.eq_ignore_ascii_case(name))
            .map(|cte| cte.columns)
            .unwrap_or_default()
    }

    fn columns_of_alias(&self, name: &str) -> Vec<ScopeColumn> {
        let scope = completion_scope_at(&self.tree, self.range.start, &self.masked);
        let is_it = |alias: &std::sync::Arc<str>| alias.eq_ignore_ascii_case(name);
        let mut relations = scope.relations.into_iter();
        relations
            .find(|relation| relation.alias.as_ref().is_some_and(is_it))
            .map(|relation| relation.columns)
            .unwrap_or_default()
    }
}

fn columns_list(columns: &[ScopeColumn]) -> String {
    let lines = columns.iter().map(|column| match &column.data_type {
        Some(data_type) => format!("\n- `{}` {data_type}", column.name),
        None => format!("\n- `{}`", column.name),
    });
    let lines: String = lines.collect();
    if lines.is_empty() {
        lines
    } else {
        format!("\n{lines}")
    }
}

fn column_title(name: &str, data_type: Option<&str>) -> String {
    match data_type {
        Some(data_type) => format!("**column** `{name}` {data_type}"),
        None => format!("**column** `{name}`"),
    }
}

/// A column of a node or a table: type, description, and where its values come from.
pub(crate) fn column_markdown(world: World<'_>, thing: &Thing, name: &str) -> String {
    let (known, declared) = match thing {
        Thing::Node(target) => (
            columns_of_node(world, target),
            node(world, target).map(|node| node.columns.clone()),
        ),
        Thing::Table(target) => {
            let sources = analysis::sources::sources_of(world.db, target.file);
            let source = sources.get(target.slot as usize);
            (
                columns_of_source(world, *target),
                source.map(|source| source.columns.clone()),
            )
        }
        _ => (None, None),
    };
    let declared = declared.unwrap_or_default();
    let mut described = declared.values();
    let described = described.find(|it| it.name.eq_ignore_ascii_case(name));
    let mut known = known.iter().flat_map(|columns| columns.iter());
    let inferred = known
        .find(|it| it.name.eq_ignore_ascii_case(name))
        .and_then(|it| it.data_type.as_ref().map(ToString::to_string));
    let bound = match thing {
        Thing::Node(target) => bound_type(world, target, name),
        _ => None,
    };
    let is_bound = bound.is_some();
    let data_type = bound
        .map(|it| it.to_string())
        .or(inferred)
        .or_else(|| described?.data_type.as_deref().map(str::to_owned));
    let title = column_title(name, data_type.as_deref());
    let mut paragraphs = vec![format!("{title} of `{}`", thing_name(world, thing))];
    let description = described.map(|it| it.description.to_string());
    paragraphs.extend(description.filter(|text| !text.is_empty()));
    let path = origin_path(world, thing, name);
    paragraphs.extend((!path.is_empty()).then(|| format!("from {}", path.join(" ← "))));
    let source = column_source(world, thing, name, described.is_some());
    let binder = if is_bound {
        "; type from DuckDB's binder"
    } else {
        ""
    };
    paragraphs.extend(source.map(|source| format!("*{source}{binder}*")));
    paragraphs.join("\n\n")
}

fn thing_name(world: World<'_>, thing: &Thing) -> String {
    match thing {
        Thing::Node(target) => node_name(&target.unique_id).to_owned(),
        Thing::Table(target) => table_name(world, *target).unwrap_or_default(),
        _ => String::new(),
    }
}

fn table_name(world: World<'_>, target: SourceTarget) -> Option<String> {
    let (source, table) = table_properties(world, target)?;
    Some(format!("{}.{}", source.name.value, table.name.value))
}

/// A path through more models than this is not read by anyone.
const MAX_STEPS: usize = 12;

/// The columns that a column's values come from, step by step, while it is one column that they come from.
fn origin_path(world: World<'_>, thing: &Thing, name: &str) -> Vec<String> {
    let mut path = Vec::new();
    let mut at = (thing.clone(), name.to_owned());
    while path.len() < MAX_STEPS {
        let origins = origins(world, &at.0, &at.1);
        let shown = origins.iter().map(|(thing, column, kind)| {
            let place = format!("`{}.{column}`", thing_name(world, thing));
            match kind {
                OriginKind::Direct => place,
                OriginKind::Transformed => format!("{place} (computed)"),
                OriginKind::Aggregated => format!("{place} (aggregated)"),
            }
        });
        path.extend((!origins.is_empty()).then(|| shown.collect::<Vec<_>>().join(", ")));
        let [(thing, column, _)] = &*origins else {
            break;
        };
        at = (thing.clone(), column.clone());
    }
    path
}

fn origins(world: World<'_>, thing: &Thing, name: &str) -> Vec<(Thing, String, OriginKind)> {
    let Thing::Node(target) = thing else {
        return Vec::new();
    };
    let columns = output(world.db, target.file, target.slot);
    let mut columns = columns.columns.iter();
    let Some(column) = columns.find(|it| it.name.eq_ignore_ascii_case(name)) else {
        return Vec::new();
    };
    let catalog = UpstreamCatalog::new(world.db, target.file);
    let origins = column.origins.iter();
    let found = origins.filter_map(|origin| {
        let thing = match catalog.upstream(&origin.relation)? {
            Upstream::Node(target) => Thing::Node(target.clone()),
            Upstream::Source(args) => {
                let package = target.file.package(world.db)?;
                let project = package.project(world.db);
                let name = package.name(world.db);
                Thing::Table(source_target(world.db, project, name, args)?)
            }
        };
        Some((thing, origin.column.to_string(), origin.kind))
    });
    found.collect()
}

/// Where a column of a node or table is made: its place in the node's SQL, or its lines in YAML.
pub(crate) fn column_target(
    world: World<'_>,
    here: &Here,
    thing: &Thing,
    name: &str,
) -> Option<NavigationTarget> {
    let target = |file: FileId, range: SourceRange| NavigationTarget {
        file,
        full_range: range,
        focus_range: range,
        name: name.to_owned(),
        kind: SymbolKind::Column,
    };
    match thing {
        Thing::Node(node) => {
            let there = Here {
                project: here.project,
                package: node.file.package(world.db)?,
                file: node.file,
            };
            let made = (there.kind(world) == Some(FileKind::Model))
                .then(|| masked_symbols(world, &there).columns.columns)
                .into_iter()
                .flatten()
                .find(|it| it.name.eq_ignore_ascii_case(name));
            match made {
                Some(made) => {
                    let range = SourceRange::new(made.range.start, made.range.end);
                    Some(target(node.file.id(world.db), range))
                }
                None => crate::definition::targets(world, here, thing).pop(),
            }
        }
        Thing::Table(table) => {
            let (_, properties) = table_properties(world, *table)?;
            let mut columns = properties.columns.iter();
            let column = columns.find(|it| it.column.name.eq_ignore_ascii_case(name));
            match column {
                Some(column) => Some(target(table.file.id(world.db), column.name_range)),
                None => crate::definition::targets(world, here, thing).pop(),
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    const SHOP: &str = "
//- /models/raw.yml
sources:
  - name: raw
    tables:
      - name: orders
        columns:
          - name: order_id
            description: The shop's number.
//- /models/stg_orders.sql
select order_id as id, amount / 100 as amount from {{ source('raw', 'orders') }}
//- /models/a.sql
";

    fn hover(sql: &str, expected: &Expect) {
        let project = TestProject::new(&format!("{SHOP}{sql}\n"));
        let found = project.analysis().hover(project.cursor.unwrap()).unwrap();
        let shown = found.map(|found| found.markdown + "\n");
        expected.assert_eq(&shown.unwrap_or_default());
    }

    fn definition(sql: &str, expected: &Expect) {
        let project = TestProject::new(&format!("{SHOP}{sql}\n"));
        let at = project.cursor.unwrap();
        let found = project.analysis().goto_definition(at).unwrap();
        let targets = found.into_iter().flat_map(|found| found.targets);
        let lines = targets.map(|target| {
            let at = base::FileRange {
                file: target.file,
                range: target.focus_range,
            };
            project.show(at) + "\n"
        });
        expected.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn a_column_behind_an_alias_tells_where_it_comes_from() {
        hover(
            "select o.i$0d from {{ ref('stg_orders') }} as o",
            &expect![[r#"
                **column** `id` of `stg_orders`

                from `raw.orders.order_id`

                *inferred from SQL*
            "#]],
        );
        hover(
            "select order_i$0d from {{ source('raw', 'orders') }}",
            &expect![[r#"
                **column** `order_id` of `raw.orders`

                The shop's number.

                *declared in YAML; not inferred: a table of the warehouse, which was not asked*
            "#]],
        );
    }

    #[test]
    fn columns_of_a_source_that_is_a_file_are_the_declared_ones() {
        for location in [
            "files/{name}.csv",
            "read_csv('files/{name}.csv', header = true)",
        ] {
            let project = TestProject::new(&format!(
                "
//- /models/raw.yml
sources:
  - name: raw
    meta: {{external_location: \"{location}\"}}
    tables:
      - name: orders
        columns: [{{name: order_id}}]
//- /models/stg_orders.sql
select o.order_id as id, o.more from {{{{ source('raw', 'orders') }}}} as o
//- /models/a.sql
select i$0d, more from {{{{ ref('stg_orders') }}}}
"
            ));
            let analysis = project.analysis();
            let found = analysis.hover(project.cursor.unwrap()).unwrap().unwrap();
            assert_eq!(
                found.markdown,
                "**column** `id` of `stg_orders`\n\nfrom `raw.orders.order_id`\n\n*inferred from SQL*"
            );
            for file in project.files.values() {
                assert_eq!(analysis.diagnostics(*file).unwrap(), []);
            }
        }
    }

    #[test]
    fn a_cte_shows_its_columns() {
        hover(
            "with paid as (select id, 1 as n from {{ ref('stg_orders') }}) select * from pai$0d",
            &expect![[r"
                **CTE** `paid`

                - `id`
                - `n` INTEGER
            "]],
        );
        hover(
            "with pai$0d as (select 1 as n) select * from paid",
            &expect![[r"
                **CTE** `paid`

                - `n` INTEGER
            "]],
        );
    }

    #[test]
    fn a_star_shows_what_it_stands_for() {
        hover(
            "select $0* from {{ ref('stg_orders') }}",
            &expect![[r"
                `*`

                - `id`
                - `amount`
            "]],
        );
    }

    #[test]
    fn an_alias_shows_what_it_stands_for() {
        hover(
            "select s$0.n from (select 1 as n) as s",
            &expect![[r"
                **alias** `s`

                - `n` INTEGER
            "]],
        );
    }

    #[test]
    fn columns_made_here_show_their_expression() {
        hover(
            "select 1 + 1 as tw$0o",
            &expect![[r"
                **column** `two` INTEGER

                ```sql
                1 + 1 as two
                ```
            "]],
        );
    }

    #[test]
    fn definitions_are_found_here_and_upstream() {
        definition(
            "with paid as (select 1 as n) select * from pai$0d",
            &expect![[r"
                /models/a.sql:1 paid
            "]],
        );
        definition(
            "select o.i$0d from {{ ref('stg_orders') }} as o",
            &expect![[r"
                /models/stg_orders.sql:1 id
            "]],
        );
        definition(
            "select o$0.id from {{ ref('stg_orders') }} as o",
            &expect![[r"
                /models/a.sql:1 o
            "]],
        );
        definition(
            "select order_i$0d from {{ source('raw', 'orders') }}",
            &expect![[r"
                /models/raw.yml:6 order_id
            "]],
        );
    }

    #[test]
    fn references_of_a_cte_are_in_its_file() {
        let project = TestProject::new(&format!(
            "{SHOP}with paid as (select 1 as n) select paid.n from pai$0d\n"
        ));
        let at = project.cursor.unwrap();
        let count = |with_declaration| {
            let found = project.analysis().references(at, with_declaration);
            found.unwrap().len()
        };
        assert_eq!((count(true), count(false)), (3, 2));
    }
}
