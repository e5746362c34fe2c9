//! Parts of a query whose rows can be looked at by themselves: a CTE, or what is selected.

use std::sync::Arc;

use analysis::{columns::sql_tree, rendered::rendered};
use base::{FileRange, SourceRange};
use jinja::Precision;
use sql::{Dialect, Outline, outline};

use crate::{
    Analysis, Cancellable,
    masked::Masked,
    world::{Here, World},
};

impl Analysis {
    /// A template whose query yields the rows of what is selected, which may read the CTEs before it; `None` for a selection of
    /// nothing.
    pub fn query_of_selection(&self, selection: FileRange) -> Cancellable<Option<String>> {
        self.ask_world(|world| {
            let here = world.here(selection.file)?;
            query_of_selection(world, &here, selection.range)
        })
    }
}

/// The rows of a CTE of a compiled query, as a query of its own; `None` if there is no such CTE.
pub fn query_of_cte(sql: &str, cte: &str, adapter_type: &str) -> Option<String> {
    let outline = outline(&sql::parse(sql, Dialect::from_adapter(adapter_type)))?;
    let mut ctes = outline.ctes.iter();
    let found = ctes.find(|it| it.name.eq_ignore_ascii_case(cte))?;
    let before = sql.get(..found.range.end as usize)?;
    let name = found.name_range.of(sql);
    Some(format!("{before}\n\nselect * from {name}"))
}

/// The CTEs of a node that stand in its file as they are: their names, where these are, and all that each spans.
pub(crate) fn ctes(
    world: World<'_>,
    here: &Here,
    slot: u32,
) -> Vec<(Arc<str>, SourceRange, SourceRange)> {
    let Some(tree) = sql_tree(world.db, here.file, slot) else {
        return Vec::new();
    };
    let Some(node) = rendered(world.db, here.file).get(slot as usize) else {
        return Vec::new();
    };
    let outline = outline(&tree);
    let ctes = outline.iter().flat_map(|it| &it.ctes);
    let places = ctes.filter_map(|cte| {
        let (name, precision) = node.source_map.to_source(cte.name_range)?;
        let (whole, _) = node.source_map.to_source(cte.range)?;
        (precision == Precision::Exact).then(|| (Arc::clone(&cte.name), name, whole))
    });
    places.collect()
}

fn query_of_selection(world: World<'_>, here: &Here, selection: SourceRange) -> Option<String> {
    let text = here.text(world);
    let selected = selection.of(text).trim();
    let selected = selected.trim_end_matches(';').trim_end();
    if selected.is_empty() {
        return None;
    }
    let masked = Masked::new(world, here);
    let dialect = analysis::columns::dialect(world.db, here.project);
    let outline = outline(&sql::parse(masked.text(), dialect));
    let Some(end) = outline.and_then(|it| end_of_ctes_before(&it, selection)) else {
        return Some(selected.to_owned());
    };
    // A selection of a whole query may have CTEs of its own.
    let before = text.get(..end as usize)?;
    Some(format!(
        "{before}\n\nselect * from (\n{selected}\n) as selected"
    ))
}

/// Where the last CTE ends that a selection may read.
fn end_of_ctes_before(outline: &Outline, selection: SourceRange) -> Option<u32> {
    let ctes = outline.ctes.iter();
    let before = ctes.take_while(|cte| cte.range.end <= selection.start);
    before.last().map(|cte| cte.range.end)
}

#[cfg(test)]
mod tests {
    use base::{FileRange, SourceRange};

    use super::query_of_cte;
    use crate::fixture::TestProject;

    #[test]
    fn a_cte_is_read_with_those_before_it() {
        let sql = "with a as (select 1 as id), \"B c\" as (select * from a) , d as (select 2) select * from d";
        assert_eq!(
            query_of_cte(sql, "b C", "duckdb").unwrap(),
            "with a as (select 1 as id), \"B c\" as (select * from a)\n\nselect * from \"B c\""
        );
        let recursive = "with recursive t(n) as (select 1 union all select n + 1 from t where n < 3) select n from t";
        assert_eq!(
            query_of_cte(recursive, "t", "postgres").unwrap(),
            "with recursive t(n) as (select 1 union all select n + 1 from t where n < 3)\n\nselect * from t"
        );
        assert_eq!(query_of_cte(sql, "e", "duckdb"), None);
        assert_eq!(query_of_cte("with a as (select", "a", "duckdb"), None);
    }

    /// What is selected is between two `|`.
    fn selected(text: &str) -> Option<String> {
        let start = text.find('|').unwrap();
        let end = text.rfind('|').unwrap() - 1;
        let text = text.replace('|', "");
        let project = TestProject::new(&format!("//- /models/a.sql\n{text}\n"));
        let selection = FileRange {
            file: project.file("/models/a.sql"),
            range: SourceRange::from_usize(start, end),
        };
        project.analysis().query_of_selection(selection).unwrap()
    }

    #[test]
    fn a_selection_may_read_the_ctes_before_it() {
        let text = "{% set n = 2 %}with a as (select {{ n }} as id), b as (|select id from a|) select * from b";
        assert_eq!(
            selected(text).unwrap(),
            "{% set n = 2 %}with a as (select {{ n }} as id)\n\nselect * from (\nselect id from a\n) as selected"
        );
        let text = "with a as (|select 1 as id;\n|) select * from a";
        assert_eq!(selected(text).unwrap(), "select 1 as id");
        // Nobody waits for the rest of the query to be right.
        let text = "|select * from {{ ref('a') }}| where (";
        assert_eq!(selected(text).unwrap(), "select * from {{ ref('a') }}");
        assert_eq!(selected("select| |1"), None);
    }
}
