//! What can be written at the cursor.
//!
//! Where the cursor is comes from the text before it, never from a tree: the text is half-typed. In a template's tags
//! `jinja::syntax::cursor_context` says it, in SQL `columns`, in YAML `yaml`.

mod arguments;
mod columns;
mod functions;
mod names;
mod relations;
mod versions;
mod words;
mod yaml;

use base::SourceRange;
use jinja::syntax::{CursorContext, cursor_context};
use project::files::FileKind;

use crate::{
    position::FilePosition,
    world::{Here, World},
};

pub(crate) use arguments::node;
pub(crate) use columns::{columns_of_node, columns_of_source};
pub(crate) use names::{parameter_labels, signature};

/// What kind of thing is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CompletionKind {
    /// A model.
    Model,
    /// A seed.
    Seed,
    /// A snapshot.
    Snapshot,
    /// A source, or a table of one.
    Source,
    /// A macro.
    Macro,
    /// A function of the template language or of SQL.
    Function,
    /// A variable: of the template, of the project, of the environment.
    Variable,
    /// A key of a configuration or of YAML.
    Key,
    /// A value that a key can have.
    Value,
    /// A docs block.
    Doc,
    /// A column.
    Column,
    /// A CTE.
    Cte,
    /// A keyword.
    Keyword,
}

/// What can be written at a cursor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Completions {
    /// The best first.
    pub items: Vec<CompletionItem>,
    /// There are more: ask again when more is typed.
    pub is_incomplete: bool,
}

/// One offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletionItem {
    /// What is shown, and what the typed letters are compared with.
    pub label: String,
    /// What they are compared with, if it is not the label.
    pub filter: Option<String>,
    /// What it is.
    pub kind: CompletionKind,
    /// Shown beside the label: where it comes from, its type.
    pub detail: Option<String>,
    /// Markdown, for the selected item.
    pub documentation: Option<String>,
    /// What goes.
    pub replace: SourceRange,
    /// What comes. With `is_snippet`, in snippet syntax: `${1:name}`, `$0`.
    pub insert: String,
    /// Whether `insert` is a snippet.
    pub is_snippet: bool,
    /// 0 goes first; equals are sorted by label.
    pub rank: u8,
}

/// More than anyone reads: the next letter narrows it down. Each costs the client too, which reads and keeps them all.
const MAX_ITEMS: usize = 100;

/// So many of the best offers of one kind are as good as all: the last one tells that there are more.
pub(crate) const ENOUGH: usize = MAX_ITEMS + 1;

/// What can be written at the cursor.
pub(crate) fn completions(world: World<'_>, position: FilePosition) -> Completions {
    let Some(here) = world.here(position.file) else {
        return Completions::default();
    };
    let text = here.text(world);
    let mut offers = Offers::default();
    match cursor_context(text, position.offset) {
        CursorContext::Comment | CursorContext::String { .. } => {}
        CursorContext::Text => complete_text(world, &here, position.offset, &mut offers),
        CursorContext::StringArgument {
            callee,
            position,
            keyword,
            before,
            prefix,
            replace,
        } => {
            offers.begin(&prefix, replace);
            let argument = arguments::Argument {
                callee: &callee,
                position,
                keyword: keyword.as_deref(),
                before: &before,
            };
            arguments::complete(world, &here, &argument, &mut offers);
        }
        CursorContext::Attribute {
            path,
            prefix,
            replace,
        } => {
            offers.begin(&prefix, replace);
            names::complete_attribute(world, &here, &path, &mut offers);
        }
        CursorContext::Filter {
            prefix,
            replace,
            is_test,
        } => {
            offers.begin(&prefix, replace);
            names::complete_filter(is_test, &mut offers);
        }
        CursorContext::Name {
            prefix,
            replace,
            argument_of,
            keywords,
            is_value,
            keyword,
            before,
            ..
        } => {
            offers.begin(&prefix, replace);
            if is_version_of_ref(argument_of.as_deref(), keyword.as_deref()) {
                versions::complete(world, &here, &before, versions::Place::Code, &mut offers);
            }
            if let (Some(callee), false) = (&argument_of, is_value) {
                arguments::complete_keywords(world, &here, callee, &before, &keywords, &mut offers);
            }
            names::complete(world, &here, position.offset, &mut offers);
        }
        CursorContext::Tag {
            prefix,
            replace,
            open,
        } => {
            offers.begin(&prefix, replace);
            names::complete_tag(&open, &mut offers);
        }
    }
    offers.finish()
}

/// `ref('orders', v=|`
fn is_version_of_ref(callee: Option<&[String]>, keyword: Option<&str>) -> bool {
    callee.is_some_and(|path| path == ["ref"]) && matches!(keyword, Some("v" | "version"))
}

/// Outside of the template's tags.
fn complete_text(world: World<'_>, here: &Here, offset: u32, offers: &mut Offers) {
    match here.kind(world) {
        Some(FileKind::Properties) | None => yaml::complete(world, here, offset, offers),
        Some(
            FileKind::Model
            | FileKind::Snapshot
            | FileKind::Analysis
            | FileKind::SingularTest
            | FileKind::GenericTest
            | FileKind::Macro
            | FileKind::Function,
        ) => columns::complete(world, here, offset, offers),
        // Prose and data.
        Some(FileKind::Docs | FileKind::Seed | FileKind::Fixture) => {}
    }
}

/// Offers that agree with what is typed.
#[derive(Debug, Default)]
pub(crate) struct Offers {
    typed: String,
    replace: SourceRange,
    /// With how badly each fits.
    items: Vec<(u8, CompletionItem)>,
}

/// An offer before it is weighed.
#[derive(Debug)]
pub(crate) struct Offer<'a> {
    pub(crate) label: &'a str,
    /// What the typed letters are compared with, if not with the label.
    pub(crate) filter: Option<&'a str>,
    pub(crate) kind: CompletionKind,
    /// Nearer scopes go first.
    pub(crate) rank: u8,
    pub(crate) detail: Option<String>,
    pub(crate) documentation: Option<String>,
    /// If it is not the label.
    pub(crate) snippet: Option<String>,
}

impl<'a> Offer<'a> {
    pub(crate) fn new(label: &'a str, kind: CompletionKind, rank: u8) -> Self {
        Self {
            label,
            filter: None,
            kind,
            rank,
            detail: None,
            documentation: None,
            snippet: None,
        }
    }

    pub(crate) fn detail(self, detail: impl Into<String>) -> Self {
        let detail = Some(detail.into());
        Self { detail, ..self }
    }

    pub(crate) fn doc(self, doc: impl Into<String>) -> Self {
        let documentation = Some(doc.into()).filter(|doc| !doc.is_empty());
        Self {
            documentation,
            ..self
        }
    }

    pub(crate) fn filter(self, filter: &'a str) -> Self {
        let filter = Some(filter);
        Self { filter, ..self }
    }

    pub(crate) fn snippet(self, snippet: String) -> Self {
        let snippet = Some(snippet);
        Self { snippet, ..self }
    }
}

impl Offers {
    /// What is typed, and what an offer replaces.
    pub(crate) fn begin(&mut self, typed: &str, replace: SourceRange) {
        self.typed = typed.to_lowercase();
        self.replace = replace;
    }

    /// See [`fit`].
    pub(crate) fn misfit(&self, label: &str) -> Option<u8> {
        fit(&self.typed, label)
    }

    pub(crate) fn add(&mut self, offer: Offer<'_>) {
        let Some(misfit) = fit(&self.typed, offer.filter.unwrap_or(offer.label)) else {
            return;
        };
        let is_snippet = offer.snippet.is_some();
        let item = CompletionItem {
            label: offer.label.to_owned(),
            filter: offer.filter.map(str::to_owned),
            kind: offer.kind,
            detail: offer.detail,
            documentation: offer.documentation,
            replace: self.replace,
            insert: offer.snippet.unwrap_or_else(|| offer.label.to_owned()),
            is_snippet,
            rank: offer.rank,
        };
        self.items.push((misfit, item));
    }

    /// A word of the language: never offered for letters that are scattered over it, there are too many.
    pub(crate) fn add_common(&mut self, offer: Offer<'_>) {
        if self.misfit(offer.label).is_some_and(|it| it < SCATTERED) {
            self.add(offer);
        }
    }

    fn finish(mut self) -> Completions {
        self.items.sort_by(|(a_misfit, a), (b_misfit, b)| {
            let key = |misfit: u8, item: &CompletionItem| (is_common(item), misfit, item.rank);
            key(*a_misfit, a)
                .cmp(&key(*b_misfit, b))
                .then_with(|| a.label.cmp(&b.label))
        });
        self.items
            .dedup_by(|(_, b), (_, a)| a.label == b.label && a.kind == b.kind);
        // Letters that are scattered over a name are worth showing when nothing else fits.
        if self.items.iter().any(|(misfit, _)| *misfit < SCATTERED) {
            self.items.retain(|(misfit, _)| *misfit < SCATTERED);
        }
        let is_incomplete = self.items.len() > MAX_ITEMS;
        self.items.truncate(MAX_ITEMS);
        let rank = |(misfit, item): (u8, CompletionItem)| CompletionItem {
            rank: (misfit + if is_common(&item) { MAX_MISFITS } else { 0 })
                .saturating_mul(10)
                .saturating_add(item.rank),
            ..item
        };
        Completions {
            items: self.items.into_iter().map(rank).collect(),
            is_incomplete,
        }
    }
}

/// The letters are there, in order, with others between them.
const SCATTERED: u8 = 2;

/// So many ways of fitting there are.
const MAX_MISFITS: u8 = SCATTERED + 1;

/// From this rank on it is a word of the language, not a name of the project: it never goes before one.
pub(crate) const COMMON_RANK: u8 = 7;

fn is_common(item: &CompletionItem) -> bool {
    item.rank >= COMMON_RANK
}

/// How badly a label fits: 0 if it begins with what is typed, more if it only contains it; `None` if not even that.
/// `typed` is in lower case.
pub(crate) fn fit(typed: &str, label: &str) -> Option<u8> {
    if typed.is_empty() || starts_with_ignoring_case(label, typed) {
        return Some(0);
    }
    let label = label.to_lowercase();
    if label.contains(typed) {
        return Some(1);
    }
    let mut rest = label.chars();
    let is_subsequence = typed.chars().all(|c| rest.any(|other| other == c));
    is_subsequence.then_some(SCATTERED)
}

fn starts_with_ignoring_case(label: &str, typed: &str) -> bool {
    label
        .get(..typed.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(typed))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    /// The first offers, with what each writes.
    fn check(fixture: &str, expected: &Expect) {
        let project = TestProject::new(fixture);
        let found = project
            .analysis()
            .completions(project.cursor.unwrap())
            .unwrap();
        let lines = found.items.iter().take(6).map(|item| {
            let detail = item.detail.as_deref().unwrap_or("-");
            format!(
                "{:?} {} ({detail}) {}\n",
                item.kind, item.label, item.insert
            )
        });
        expected.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn models_in_an_unfinished_ref() {
        check(
            "
//- /models/a.sql
select * from {{ ref('stg_$0
//- /models/stg_orders.sql
select 1
//- /models/stg_payments.sql
select 1
//- /seeds/stg_raw.csv
id
",
            &expect![[r"
                Model stg_orders (shop) stg_orders
                Model stg_payments (shop) stg_payments
                Seed stg_raw (shop) stg_raw
            "]],
        );
    }

    #[test]
    fn sources_and_their_tables() {
        const SOURCES: &str = "
//- /models/s.yml
sources:
  - name: raw
    tables: [{name: orders}]
  - name: other
    tables: [{name: payments}]
//- /models/a.sql
";
        check(
            &format!("{SOURCES}select * from {{{{ source('$0') }}}}\n"),
            &expect![[r"
                Source other (-) other
                Source raw (-) raw
            "]],
        );
        check(
            &format!("{SOURCES}select * from {{{{ source('raw', '$0') }}}}\n"),
            &expect![[r"
                Source orders (raw) orders
            "]],
        );
    }

    #[test]
    fn macros_come_with_places_for_their_arguments() {
        check(
            "
//- /models/a.sql
select {{ cent$0 }}
//- /macros/m.sql
{% macro cents_to_dollars(column, scale=2) %}{{ column }}{% endmacro %}
",
            &expect![[r#"
                Macro cents_to_dollars (cents_to_dollars(column, scale=…)) cents_to_dollars(${1:column})
            "#]],
        );
    }

    #[test]
    fn keys_and_values_of_config() {
        check(
            "
//- /models/a.sql
{{ config(materialized='incr$0') }}
",
            &expect![[r"
                Value incremental (-) incremental
            "]],
        );
        check(
            "
//- /models/a.sql
{{ config(mater$0) }}
",
            &expect![[r#"
                Key materialized (-) materialized=$0
                Macro materialized_view_execute_build_sql (materialized_view_execute_build_sql(build_sql, existing_relation, target_relation, post_hooks)) materialized_view_execute_build_sql(${1:build_sql}, ${2:existing_relation}, ${3:target_relation}, ${4:post_hooks})
                Macro materialized_view_execute_no_op (materialized_view_execute_no_op(target_relation)) materialized_view_execute_no_op(${1:target_relation})
                Macro materialized_view_get_build_sql (materialized_view_get_build_sql(existing_relation, target_relation, backup_relation, intermediate_relation)) materialized_view_get_build_sql(${1:existing_relation}, ${2:target_relation}, ${3:backup_relation}, ${4:intermediate_relation})
                Macro materialized_view_setup (materialized_view_setup(backup_relation, intermediate_relation, pre_hooks)) materialized_view_setup(${1:backup_relation}, ${2:intermediate_relation}, ${3:pre_hooks})
                Macro materialized_view_teardown (materialized_view_teardown(backup_relation, intermediate_relation, post_hooks)) materialized_view_teardown(${1:backup_relation}, ${2:intermediate_relation}, ${3:post_hooks})
            "#]],
        );
    }

    #[test]
    fn the_open_block_is_closed_first() {
        check(
            "
//- /models/a.sql
{% for x in [1] %} {% end$0
",
            &expect![[r"
                Keyword endfor (-) endfor
            "]],
        );
    }

    #[test]
    fn variables_of_the_project() {
        check(
            "
//- /dbt_project.yml
name: shop
profile: shop
vars: {first_day: 1}
//- /models/a.sql
select {{ var('$0') }}
",
            &expect![[r"
                Variable first_day (1) first_day
            "]],
        );
    }

    #[test]
    fn columns_of_a_model_behind_its_alias() {
        check(
            "
//- /models/a.sql
select o.$0 from {{ ref('orders') }} as o
//- /models/orders.sql
select 1 as id, 2 as amount
//- /models/s.yml
models:
  - name: orders
    columns: [{name: id}, {name: amount}]
",
            &expect![[r#"
                Column amount (INTEGER) amount
                Column id (INTEGER) id
            "#]],
        );
    }

    #[test]
    fn columns_of_ctes_and_subqueries_behind_their_aliases() {
        const ORDERS: &str = "
//- /models/orders.sql
select 1 as id, 2 as amount
//- /models/a.sql
";
        let check = |sql: &str, expected: &Expect| check(&format!("{ORDERS}{sql}\n"), expected);
        check(
            "with paid as (select id, amount as total from {{ ref('orders') }}) select p.$0 from paid as p",
            &expect![[r"
                Column id (INTEGER) id
                Column total (INTEGER) total
            "]],
        );
        check(
            "select s.$0 from (select id as key from {{ ref('orders') }}) as s",
            &expect![[r"
                Column key (INTEGER) key
            "]],
        );
        check(
            "with a as (select * from {{ ref('orders') }}), b as (select * from a) select * from b where b.am$0",
            &expect![[r"
                Column amount (INTEGER) amount
            "]],
        );
        check(
            "select * from {{ ref('orders') }} as o join {{ ref('orders') }} as p on o.id = p.$0",
            &expect![[r"
                Column amount (INTEGER) amount
                Column id (INTEGER) id
            "]],
        );
    }

    #[test]
    fn prose_is_not_completed() {
        check(
            "
//- /models/d.md
{% docs status %}select a from b where $0{% enddocs %}
",
            &expect![""],
        );
    }

    #[test]
    fn nothing_in_comments() {
        check(
            "
//- /models/a.sql
{# ref('$0 #} select 1
",
            &expect![""],
        );
    }

    #[test]
    fn functions_of_the_project() {
        check(
            "
//- /functions/doubled.sql
select 2 * x
//- /functions/f.yml
functions:
  - name: doubled
    description: Twice as much.
    arguments: [{name: x, data_type: integer}]
    returns: {data_type: integer}
//- /models/a.sql
select {{ function('$0') }}
",
            &expect![[r#"
                Function doubled (shop) doubled
            "#]],
        );
    }
}
