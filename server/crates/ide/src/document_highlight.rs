//! Where in the file the thing under the cursor is named: read, written, or a word that belongs to it.

use base::SourceRange;
use jinja::syntax::{BlockKind, TagKind, TagSyntax, WordKind, words};

use crate::{
    Analysis, Cancellable,
    layers::Layers,
    position::FilePosition,
    references::is_same,
    sql_names::sql_name_at,
    symbol::{thing_at, things},
    world::{Here, World},
};

/// What a name is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HighlightKind {
    /// It gets its meaning here.
    Write,
    /// It is used.
    Read,
    /// A word of the same construct: `if` and `endif`.
    Text,
}

/// A place to be highlighted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Highlight {
    /// The name.
    pub range: SourceRange,
    /// What it is there for.
    pub kind: HighlightKind,
}

impl Analysis {
    /// The places in a file that belong to what is under the cursor, sorted.
    pub fn document_highlights(&self, position: FilePosition) -> Cancellable<Vec<Highlight>> {
        self.ask_world(|world| {
            let mut found = highlights(world, position).unwrap_or_default();
            // The place of a name that is missing is empty.
            found.retain(|it| !it.range.is_empty());
            found.sort();
            found.dedup_by_key(|it| it.range);
            found
        })
    }
}

fn highlights(world: World<'_>, position: FilePosition) -> Option<Vec<Highlight>> {
    let layers = Layers::new(world, position.file)?;
    if let Some(tags) = block_words(&layers, position.offset) {
        return Some(tags);
    }
    let here = world.here(position.file);
    let of_here = here.and_then(|here| {
        same_things(world, &here, position.offset)
            .or_else(|| sql_uses(world, &here, position.offset))
    });
    of_here.or_else(|| variable_uses(&layers, position.offset))
}

fn highlight(range: SourceRange, is_write: bool) -> Highlight {
    let kind = if is_write {
        HighlightKind::Write
    } else {
        HighlightKind::Read
    };
    Highlight { range, kind }
}

/// The words that a block is made of, if the cursor is on one of them.
fn block_words(layers: &Layers<'_>, offset: u32) -> Option<Vec<Highlight>> {
    let tag = layers.tag_at(offset)?;
    let word = layers.keyword_range(tag)?;
    word.touches(offset).then_some(())?;
    let blocks = layers.blocks();
    let block = blocks
        .iter()
        .find(|it| it.tags().any(|it| it == tag.range))?;
    let words = block.tags().filter_map(|range| {
        let kind = TagKind::Statement;
        let range = layers.keyword_range(TagSyntax { kind, range })?;
        let kind = HighlightKind::Text;
        Some(Highlight { range, kind })
    });
    Some(words.collect())
}

/// Nodes, sources, macros, variables of the project and docs blocks.
fn same_things(world: World<'_>, here: &Here, offset: u32) -> Option<Vec<Highlight>> {
    let wanted = thing_at(world, here, offset)?.thing;
    let all = things(world, here).into_iter();
    let same = all.filter(|found| is_same(&found.thing, &wanted));
    Some(
        same.map(|it| highlight(it.range, it.is_declaration))
            .collect(),
    )
}

/// CTEs, aliases and columns.
fn sql_uses(world: World<'_>, here: &Here, offset: u32) -> Option<Vec<Highlight>> {
    let uses = sql_name_at(world, here, offset)?.uses()?.into_iter();
    Some(
        uses.map(|(range, is_write)| highlight(range, is_write))
            .collect(),
    )
}

/// A variable of the template, within its macro: where it is set, and where it is read.
fn variable_uses(layers: &Layers<'_>, offset: u32) -> Option<Vec<Highlight>> {
    let variables = variables(layers);
    let wanted = variables.iter().find(|it| it.range.touches(offset))?;
    let same = variables
        .iter()
        .filter(|it| it.name == wanted.name && it.in_macro == wanted.in_macro);
    Some(same.map(|it| highlight(it.range, it.is_write)).collect())
}

/// A name of a template's variable.
pub(crate) struct Variable<'a> {
    pub(crate) name: &'a str,
    pub(crate) range: SourceRange,
    pub(crate) is_write: bool,
    /// It is a parameter, or means one.
    pub(crate) is_parameter: bool,
    /// The file gives it its meaning.
    pub(crate) is_bound: bool,
    /// The number of the macro around it.
    in_macro: Option<usize>,
}

/// All of them: parameters, what is set or looped over, and what is read.
pub(crate) fn variables<'a>(layers: &Layers<'a>) -> Vec<Variable<'a>> {
    let template = &layers.template;
    let in_macro = |range: SourceRange| {
        let macros = &template.macros;
        let until = macros.partition_point(|it| it.range.start <= range.start);
        let before = macros.get(..until)?;
        before.iter().rposition(|it| it.range.covers(range))
    };
    let variable = |range: SourceRange, is_write, is_bound| {
        let name = range.of(layers.text);
        let in_macro = in_macro(range);
        let params = in_macro.and_then(|idx| Some(&template.macros.get(idx)?.params));
        Variable {
            name,
            range,
            is_write,
            is_parameter: params.is_some_and(|it| it.iter().any(|it| &*it.name == name)),
            is_bound,
            in_macro,
        }
    };
    let params = template.macros.iter().flat_map(|it| &it.params);
    let sets = template.sets.iter().map(|it| it.name_range);
    let written = params.map(|it| it.name_range).chain(sets);
    let written = written.chain(loop_variables(layers));
    let read = template.names.iter();
    let mut all: Vec<_> = written.map(|range| variable(range, true, true)).collect();
    all.extend(read.map(|it| variable(it.range, false, it.is_bound)));
    all
}

/// The names between `for` and `in`.
fn loop_variables(layers: &Layers<'_>) -> Vec<SourceRange> {
    let loops = layers.template.blocks.iter();
    let loops = loops.filter(|block| block.kind == BlockKind::For);
    let targets = loops.flat_map(|block| {
        let kind = TagKind::Statement;
        let range = block.open;
        let words = words(layers.text, TagSyntax { kind, range }).into_iter();
        let before_in = words
            .skip(1)
            .take_while(|word| word.kind != WordKind::Keyword);
        before_in.filter(|word| word.kind == WordKind::Name)
    });
    targets.map(|word| word.range).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    /// Marks the places in the text: `<name>` is read, `[name]` written, `|name|` a word of a construct.
    fn check(fixture: &str, expected: &Expect) {
        let project = TestProject::new(fixture);
        let analysis = project.analysis();
        let position = project.cursor.unwrap();
        let mut text = analysis.text(position.file).unwrap().to_string();
        let found = analysis.document_highlights(position).unwrap();
        for it in found.iter().rev() {
            let (open, close) = match it.kind {
                super::HighlightKind::Write => ("[", "]"),
                super::HighlightKind::Read => ("<", ">"),
                super::HighlightKind::Text => ("|", "|"),
            };
            text.insert_str(it.range.end as usize, close);
            text.insert_str(it.range.start as usize, open);
        }
        expected.assert_eq(&text);
    }

    #[test]
    fn a_cte_is_written_and_read() {
        check(
            "
//- /models/a.sql
with orders as (select 1 as id) select o$0rders.id from orders
",
            &expect![[r#"
                with [orders] as (select 1 as id) select <orders>.id from <orders>
            "#]],
        );
    }

    #[test]
    fn the_tags_of_a_block_belong_together() {
        check(
            "
//- /models/a.sql
{% if a %}{% if b %}{% endif %}{% elif c %}{% else %}{% en$0dif %}
",
            &expect![[r#"
                {% |if| a %}{% if b %}{% endif %}{% |elif| c %}{% |else| %}{% |endif| %}
            "#]],
        );
    }

    #[test]
    fn a_variable_of_the_template_ends_with_its_macro() {
        check(
            "
//- /macros/m.sql
{% macro a(x) %}{% for y in x$0 %}{{ y }}{{ x }}{% endfor %}{% endmacro %}
{% macro b(x) %}{{ x }}{% endmacro %}
",
            &expect![[r#"
                {% macro a([x]) %}{% for y in <x> %}{{ y }}{{ <x> }}{% endfor %}{% endmacro %}
                {% macro b(x) %}{{ x }}{% endmacro %}
            "#]],
        );
        check(
            "
//- /models/a.sql
{% set days = 1 %}{% for day in range(days) %}{{ d$0ay }}, {{ day
",
            &expect![[r#"
                {% set days = 1 %}{% for [day] in range(days) %}{{ <day> }}, {{ <day>
            "#]],
        );
    }

    #[test]
    fn models_and_macros_are_named_again() {
        check(
            "
//- /models/a.sql
select * from {{ ref('b') }} join {{ ref('c') }} join {{ ref('$0b') }}
//- /models/b.sql
select 1
//- /models/c.sql
select 1
",
            &expect![[r#"
                select * from {{ ref(<'b'>) }} join {{ ref('c') }} join {{ ref(<'b'>) }}
            "#]],
        );
        check(
            "
//- /models/s.yml
models:
  - name: b$0
unit_tests:
  - name: t
    model: b
//- /models/b.sql
select 1
",
            &expect![[r#"
                models:
                  - name: <b>
                unit_tests:
                  - name: t
                    model: <b>
            "#]],
        );
    }
}
