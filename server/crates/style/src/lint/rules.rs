//! The rules that there are, and which of them are on.

use crate::config::StyleConfig;

/// A rule of sqlfluff's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// `ST03`
    pub code: &'static str,
    /// `structure.unused_cte`
    pub name: &'static str,
    /// What it does not like.
    pub meaning: &'static str,
    /// On where nobody has said which rules are.
    is_default: bool,
}

const fn rule(
    code: &'static str,
    name: &'static str,
    is_default: bool,
    meaning: &'static str,
) -> Rule {
    Rule {
        code,
        name,
        meaning,
        is_default,
    }
}

/// All of them, by code.
pub static RULES: &[Rule] = &[
    rule(
        "AL01",
        "aliasing.table",
        false,
        "The alias of a table without `as`.",
    ),
    rule(
        "AL02",
        "aliasing.column",
        false,
        "The alias of a column without `as`.",
    ),
    rule(
        "AL03",
        "aliasing.expression",
        false,
        "An expression without a name among several columns.",
    ),
    rule(
        "AL04",
        "aliasing.unique.table",
        false,
        "Two tables of one name in one query.",
    ),
    rule(
        "AL05",
        "aliasing.unused",
        false,
        "The alias of a table that nothing uses.",
    ),
    rule(
        "AL08",
        "aliasing.unique.column",
        false,
        "Two columns of one name in one query.",
    ),
    rule(
        "AL09",
        "aliasing.self_alias.column",
        true,
        "A column with its own name as alias.",
    ),
    rule(
        "AL10",
        "aliasing.required",
        false,
        "A query in `from` without an alias.",
    ),
    rule(
        "AM01",
        "ambiguous.distinct",
        true,
        "`distinct` beside `group by`.",
    ),
    rule(
        "AM02",
        "ambiguous.union",
        true,
        "`union` without `all` or `distinct`.",
    ),
    rule(
        "AM03",
        "ambiguous.order_by",
        false,
        "`asc` and `desc` behind some columns of `order by`.",
    ),
    rule(
        "AM05",
        "ambiguous.join",
        false,
        "`join` without the word for its kind.",
    ),
    rule(
        "AM06",
        "ambiguous.column_references",
        false,
        "Columns by number and by name in `group by` and `order by`.",
    ),
    rule(
        "AM09",
        "ambiguous.order_by_limit",
        false,
        "`limit` without `order by`.",
    ),
    rule(
        "CP01",
        "capitalisation.keywords",
        false,
        "Keywords in several cases.",
    ),
    rule(
        "CP03",
        "capitalisation.functions",
        false,
        "Names of functions in several cases.",
    ),
    rule(
        "CP04",
        "capitalisation.literals",
        false,
        "`null`, `true` and `false` in several cases.",
    ),
    rule(
        "CP05",
        "capitalisation.types",
        false,
        "Names of types in several cases.",
    ),
    rule(
        "CV01",
        "convention.not_equal",
        false,
        "`!=` and `<>` in one file.",
    ),
    rule(
        "CV02",
        "convention.coalesce",
        false,
        "`ifnull` and `nvl` instead of `coalesce`.",
    ),
    rule(
        "CV03",
        "convention.select_trailing_comma",
        false,
        "A comma behind the last column.",
    ),
    rule(
        "CV04",
        "convention.count_rows",
        false,
        "`count(1)` instead of `count(*)`.",
    ),
    rule(
        "CV05",
        "convention.is_null",
        true,
        "A comparison with `null` by an operator.",
    ),
    rule(
        "CV08",
        "convention.left_join",
        false,
        "`right join` instead of `left join`.",
    ),
    rule(
        "CV09",
        "convention.blocked_words",
        false,
        "Words that the project does not want.",
    ),
    rule(
        "CV11",
        "convention.casting_style",
        false,
        "`::` and `cast` in one file.",
    ),
    rule(
        "JJ01",
        "jinja.padding",
        true,
        "No single space inside the delimiters of a tag.",
    ),
    rule(
        "LT01",
        "layout.spacing",
        false,
        "Spaces that are missing, too many, or at the end of a line.",
    ),
    rule(
        "LT02",
        "layout.indent",
        false,
        "A line that is not indented as the formatter does.",
    ),
    rule(
        "LT04",
        "layout.commas",
        false,
        "A comma at the other end of the line.",
    ),
    rule(
        "LT05",
        "layout.long_lines",
        false,
        "A line that is too long.",
    ),
    rule(
        "LT08",
        "layout.cte_newline",
        false,
        "No empty line behind a CTE.",
    ),
    rule(
        "LT09",
        "layout.select_targets",
        false,
        "Several columns in one line.",
    ),
    rule(
        "LT11",
        "layout.set_operators",
        false,
        "A `union` that shares its line.",
    ),
    rule(
        "LT12",
        "layout.end_of_file",
        true,
        "A file that does not end in one line break.",
    ),
    rule(
        "LT13",
        "layout.start_of_file",
        false,
        "White space at the beginning of a file.",
    ),
    rule(
        "LT14",
        "layout.keyword_newline",
        false,
        "A clause that shares a line where it should not.",
    ),
    rule(
        "LT15",
        "layout.newlines",
        false,
        "Several empty lines in a row.",
    ),
    rule(
        "RF02",
        "references.qualification",
        false,
        "A column without its table where there are several.",
    ),
    rule(
        "RF03",
        "references.consistent",
        false,
        "Columns with and without their table in one query.",
    ),
    rule(
        "RF05",
        "references.special_chars",
        false,
        "Names with other than letters, digits and `_`.",
    ),
    rule(
        "RF06",
        "references.quoting",
        false,
        "Quotes around a name that needs none.",
    ),
    rule(
        "ST01",
        "structure.else_null",
        false,
        "`else null`, which is what is meant without it.",
    ),
    rule(
        "ST02",
        "structure.simple_case",
        false,
        "`case` instead of `coalesce`, or of the condition itself.",
    ),
    rule(
        "ST03",
        "structure.unused_cte",
        true,
        "A CTE that nothing reads.",
    ),
    rule(
        "ST04",
        "structure.nested_case",
        false,
        "`case` in the `else` of another.",
    ),
    rule("ST05", "structure.subquery", false, "A query in a join."),
    rule(
        "ST06",
        "structure.column_order",
        false,
        "Calculations before columns.",
    ),
    rule("ST07", "structure.using", false, "`using` instead of `on`."),
    rule(
        "ST08",
        "structure.distinct",
        false,
        "`distinct` with a bracket.",
    ),
    rule(
        "ST12",
        "structure.consecutive_semicolons",
        false,
        "A semicolon behind another.",
    ),
];

/// Whether a rule is on: `rules` and `exclude_rules` name codes, names, groups or all. Where a file has settings but names
/// no rules, all are on, as for sqlfluff; where nobody has said anything, the few that are hardly a matter of taste.
pub(super) fn selection(config: &StyleConfig) -> impl Fn(&str) -> bool {
    let (wanted, unwanted) = (config.list("core.rules"), config.list("core.exclude_rules"));
    let on: Vec<&'static str> = RULES
        .iter()
        .filter(|rule| match wanted.as_slice() {
            [] if config.is_configured => true,
            [] => rule.is_default,
            names => names.iter().any(|name| is_meant(rule, name)),
        })
        .filter(|rule| !unwanted.iter().any(|name| is_meant(rule, name)))
        .map(|rule| rule.code)
        .collect();
    move |code| on.contains(&code)
}

/// sqlfluff's group `core`, of those that there are here.
const CORE: [&str; 26] = [
    "AL02", "AL03", "AL04", "AL05", "AL08", "AL09", "AL10", "AM01", "AM02", "AM06", "CP01", "CP03",
    "CP04", "CP05", "CV03", "CV04", "CV05", "JJ01", "LT01", "LT02", "LT05", "LT08", "LT11", "LT12",
    "ST03", "ST08",
];

fn is_meant(rule: &Rule, name: &str) -> bool {
    let group = rule.name.split('.').next().unwrap_or_default();
    name == "all"
        || name == "core" && CORE.contains(&rule.code)
        || name.eq_ignore_ascii_case(rule.code)
        || name == rule.name
        || name == group
        || name
            .strip_suffix('*')
            .is_some_and(|start| rule.code.starts_with(start))
}
