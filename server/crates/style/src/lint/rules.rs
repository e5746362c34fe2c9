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
        "AL09",
        "aliasing.self_alias.column",
        true,
        "A column with its own name as alias.",
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
        "AM05",
        "ambiguous.join",
        false,
        "`join` without the word for its kind.",
    ),
    rule(
        "CP01",
        "capitalisation.keywords",
        false,
        "Keywords in several cases.",
    ),
    rule(
        "CP04",
        "capitalisation.literals",
        false,
        "`null`, `true` and `false` in several cases.",
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
        "JJ01",
        "jinja.padding",
        true,
        "No single space inside the delimiters of a tag.",
    ),
    rule(
        "LT05",
        "layout.long_lines",
        false,
        "A line that is too long.",
    ),
    rule(
        "LT12",
        "layout.end_of_file",
        true,
        "A file that does not end in one line break.",
    ),
    rule(
        "ST01",
        "structure.else_null",
        false,
        "`else null`, which is what is meant without it.",
    ),
    rule(
        "ST03",
        "structure.unused_cte",
        true,
        "A CTE that nothing reads.",
    ),
    rule("ST07", "structure.using", false, "`using` instead of `on`."),
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
const CORE: [&str; 10] = [
    "AL01", "AL09", "AM01", "AM02", "CP01", "CP04", "JJ01", "LT05", "LT12", "ST03",
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
