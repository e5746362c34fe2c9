//! What can be folded: brackets and CTEs, `case … end`, blocks with their parts, tags, comments, entries of YAML.
//!
//! Where a bracket or a block is not closed there is nothing to fold; the others keep their folds.

use std::cmp::Reverse;

use base::{FileId, SourceRange};
use jinja::syntax::TagKind;
use project::yaml::{Shape, YamlNode};
use sql::{Part, SqlTree, TokenKind, bracket_pairs, walk};

use crate::{
    Analysis, Cancellable,
    layers::{Block, Layers, in_file},
    world::World,
};

/// What folds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FoldKind {
    /// Text in any language.
    Code,
    /// A comment.
    Comment,
}

/// A stretch that can be folded: what is hidden, without what opens and closes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fold {
    /// Over more than one line.
    pub range: SourceRange,
    /// What it is.
    pub kind: FoldKind,
}

impl Analysis {
    /// What can be folded in a file, sorted by place; one is inside of another or beside it.
    pub fn folds(&self, file: FileId) -> Cancellable<Vec<Fold>> {
        self.ask_world(|world| folds(world, file))
    }
}

fn folds(world: World<'_>, file: FileId) -> Vec<Fold> {
    let Some(layers) = Layers::new(world, file) else {
        return Vec::new();
    };
    let mut folds = Vec::new();
    add_template(&layers, &mut folds);
    if let Some(tree) = layers.sql() {
        let mut of_sql = Vec::new();
        add_sql(&tree, &mut of_sql);
        let bodies = Bodies::new(layers.blocks().iter().flat_map(Block::bodies).collect());
        of_sql.retain(|fold| bodies.around(fold.range.start) == bodies.around(fold.range.end));
        folds.extend(of_sql);
    }
    if let Some(yaml) = layers.yaml() {
        add_yaml(layers.text, yaml, &mut folds);
        add_yaml_comments(layers.text, &mut folds);
    }
    folds.retain(|fold| fold.range.of(layers.text).contains('\n'));
    nested(folds)
}

fn code(start: u32, end: u32) -> Fold {
    Fold {
        range: SourceRange::new(start, end),
        kind: FoldKind::Code,
    }
}

fn add_template(layers: &Layers<'_>, folds: &mut Vec<Fold>) {
    for block in layers.blocks() {
        let bodies = block.bodies().into_iter();
        folds.extend(bodies.map(|body| code(body.start, body.end)));
    }
    for tag in &layers.template.tags {
        let kind = match tag.kind {
            TagKind::Output | TagKind::Statement => FoldKind::Code,
            TagKind::Comment => FoldKind::Comment,
            TagKind::Verbatim => continue,
        };
        let end = tag.range.end.saturating_sub(2);
        folds.push(Fold {
            range: SourceRange::new(tag.range.start + 2, end),
            kind,
        });
    }
}

fn add_sql(tree: &SqlTree, folds: &mut Vec<Fold>) {
    let pairs = bracket_pairs(tree).into_iter();
    folds.extend(pairs.map(|(open, close)| code(open.end, close.start)));
    walk(tree, &mut |part, range| {
        let text = range.of(tree.text());
        if part == Part::Case && ends_with_word(text, "end") {
            folds.push(code(range.start + 4, range.end - 3));
        }
        true
    });
    add_sql_comments(tree, folds);
}

fn ends_with_word(text: &str, word: &str) -> bool {
    let at = text.len().checked_sub(word.len());
    at.and_then(|at| text.get(at..))
        .is_some_and(|end| end.eq_ignore_ascii_case(word))
}

/// Block comments, and comments that have lines in a row to themselves.
fn add_sql_comments(tree: &SqlTree, folds: &mut Vec<Fold>) {
    let text = tree.text();
    let mut run: Option<SourceRange> = None;
    let mut is_line_start = true;
    for token in &tree.tokens {
        let range = in_file(token.range);
        match token.kind {
            TokenKind::Whitespace => {
                let n_breaks = range.of(text).matches('\n').count();
                is_line_start |= n_breaks > 0;
                if n_breaks > 1 {
                    folds.extend(run.take().map(comment));
                }
                continue;
            }
            TokenKind::LineComment if is_line_start => {
                run = Some(run.map_or(range, |run| run.join(range)));
            }
            TokenKind::BlockComment => {
                folds.extend(run.take().map(comment));
                folds.push(comment(range));
            }
            _ => folds.extend(run.take().map(comment)),
        }
        is_line_start = false;
    }
    folds.extend(run.map(comment));
}

fn comment(range: SourceRange) -> Fold {
    Fold {
        range,
        kind: FoldKind::Comment,
    }
}

/// Behind each key its value; the items of a list each for itself.
fn add_yaml(text: &str, node: YamlNode<'_>, folds: &mut Vec<Fold>) {
    match node.shape() {
        // What an alias stands for is elsewhere.
        _ if node.is_alias() => {}
        Shape::Scalar => {}
        Shape::Mapping => {
            for (key, value) in node.written_entries() {
                folds.push(code(key.range().end, content_end(text, value)));
                add_yaml(text, value, folds);
            }
        }
        Shape::Sequence => {
            for item in node.items() {
                if item.shape() != Shape::Scalar {
                    folds.push(code(item.range().start, content_end(text, item)));
                }
                add_yaml(text, item, folds);
            }
        }
    }
}

/// The end of a value without the blank lines and comments behind it.
pub(crate) fn content_end(text: &str, node: YamlNode<'_>) -> u32 {
    let range = node.range();
    let children: Vec<YamlNode<'_>> = match node.shape() {
        _ if node.is_alias() => Vec::new(),
        Shape::Scalar => Vec::new(),
        Shape::Mapping => node.written_entries().map(|(_, value)| value).collect(),
        Shape::Sequence => node.items().collect(),
    };
    let written = range.of(text).trim_end();
    let is_flow = written.ends_with([']', '}']);
    match children.last() {
        Some(last) if !is_flow => content_end(text, *last),
        _ => range.start + written.len() as u32,
    }
}

/// Comments that have lines in a row to themselves.
fn add_yaml_comments(text: &str, folds: &mut Vec<Fold>) {
    let mut run: Option<SourceRange> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        let end = start + line.trim_end().len() as u32;
        if content.starts_with('#') {
            let range = SourceRange::new(start, end);
            run = Some(run.map_or(range, |run| run.join(range)));
        } else {
            folds.extend(run.take().map(comment));
        }
        start += line.len() as u32;
    }
    folds.extend(run.map(comment));
}

/// The parts of blocks, to tell a bracket that only one part of an `if` closes.
struct Bodies {
    /// From where on which part is the innermost one; sorted.
    innermost: Vec<(u32, Option<SourceRange>)>,
}

impl Bodies {
    fn new(mut bodies: Vec<SourceRange>) -> Self {
        bodies.sort_by_key(|body| (body.start, Reverse(body.end)));
        let mut innermost = Vec::new();
        let mut open: Vec<SourceRange> = Vec::new();
        for body in bodies {
            while let Some(closed) = open.pop_if(|it| it.end <= body.start) {
                innermost.push((closed.end, open.last().copied()));
            }
            innermost.push((body.start, Some(body)));
            open.push(body);
        }
        while let Some(closed) = open.pop() {
            innermost.push((closed.end, open.last().copied()));
        }
        Self { innermost }
    }

    /// The innermost one around a place.
    fn around(&self, offset: u32) -> Option<SourceRange> {
        let until = self.innermost.partition_point(|(from, _)| *from <= offset);
        self.innermost.get(until.checked_sub(1)?)?.1
    }
}

/// Sorted, without those that begin in another and end behind it.
fn nested(mut folds: Vec<Fold>) -> Vec<Fold> {
    folds.sort_by_key(|fold| (fold.range.start, Reverse(fold.range.end)));
    let mut around: Vec<u32> = Vec::new();
    folds.retain(|fold| {
        while around.last().is_some_and(|end| *end <= fold.range.start) {
            around.pop();
        }
        let is_inside = around.last().is_none_or(|end| fold.range.end <= *end);
        if is_inside {
            around.push(fold.range.end);
        }
        is_inside
    });
    folds.dedup_by_key(|fold| fold.range);
    folds
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    /// Prints the first and the last line of each fold, from 1.
    fn check(path: &str, fixture: &str, expected: &Expect) {
        let project = TestProject::new(fixture);
        let analysis = project.analysis();
        let file = project.file(path);
        let text = analysis.text(file).unwrap();
        let line = |offset: u32| 1 + text[..offset as usize].matches('\n').count();
        let lines = analysis.folds(file).unwrap().into_iter().map(|fold| {
            let (start, end) = (line(fold.range.start), line(fold.range.end));
            let first = text.lines().nth(start - 1).unwrap().trim();
            format!("{start}-{end} {:?} {first}\n", fold.kind)
        });
        expected.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn sql_folds_by_brackets_cases_and_comments() {
        check(
            "/models/a.sql",
            "
//- /models/a.sql
-- one
-- two

with a as (
    select case
        when x then 1
    end as y
    from (
        select 1 as x
    )
)
/* three
four */
select * from a
",
            &expect![[r#"
                1-2 Comment -- one
                4-11 Code with a as (
                5-7 Code select case
                8-10 Code from (
                12-13 Comment /* three
            "#]],
        );
    }

    #[test]
    fn templates_fold_by_parts_of_blocks_and_by_tags() {
        check(
            "/models/a.sql",
            "
//- /models/a.sql
{{ config(
    materialized='table'
) }}
{% if a %}
select 1
{% elif b %}
select 2
{% else %}
    {% for x in y %}
    select {{ x }}
    {% endfor %}
{% endif %}
{# one
two #}
",
            &expect![[r#"
                1-3 Code {{ config(
                4-6 Code {% if a %}
                6-8 Code {% elif b %}
                8-12 Code {% else %}
                9-11 Code {% for x in y %}
                13-14 Comment {# one
            "#]],
        );
    }

    #[test]
    fn what_is_not_closed_costs_no_other_fold() {
        check(
            "/models/a.sql",
            "
//- /models/a.sql
{% if a %}
with a as (
    select (1
    from b
),
b as (
    select 2
)
{% for x in y %}
{{ x }}
{% endfor %}
select * from (
",
            &expect![[r#"
                2-5 Code with a as (
                6-8 Code b as (
                9-11 Code {% for x in y %}
            "#]],
        );
    }

    #[test]
    fn a_bracket_that_only_one_part_closes_is_no_fold() {
        check(
            "/models/a.sql",
            "
//- /models/a.sql
select (
{% if a %}
1)
{% else %}
2
{% endif %}
",
            &expect![[r#"
                2-4 Code {% if a %}
                4-6 Code {% else %}
            "#]],
        );
    }

    #[test]
    fn yaml_folds_by_entries_and_items() {
        check(
            "/models/s.yml",
            "
//- /models/s.yml
# one
# two
models:
  - name: a
    description: |
      Long
      text
    columns:
      - name: id

      - {name: x,
         description: y}

sources: [
]
",
            &expect![[r#"
                1-2 Comment # one
                3-12 Code models:
                4-12 Code - name: a
                5-7 Code description: |
                8-12 Code columns:
                11-12 Code - {name: x,
                14-15 Code sources: [
            "#]],
        );
    }

    #[test]
    fn docs_fold_by_blocks() {
        check(
            "/models/d.md",
            "
//- /models/d.md
{% docs a %}
Text
{% enddocs %}
",
            &expect![[r#"
                1-3 Code {% docs a %}
            "#]],
        );
    }

    #[test]
    fn project_files_fold() {
        check(
            "/selectors.yml",
            "
//- /selectors.yml
selectors:
  - name: a
    definition:
      tag: b
",
            &expect![[r#"
                1-4 Code selectors:
                2-4 Code - name: a
                3-4 Code definition:
            "#]],
        );
    }
}
