//! What is edited together: the words of a block's first and last tag, and a CTE with its uses.
//!
//! Only what has one spelling at all places, since an editor writes the same text at all of them: a CTE that is also
//! written in other letters, or by the text of a tag, is left to a rename.

use base::SourceRange;
use jinja::syntax::{TagKind, TagSyntax};

use crate::{
    Analysis, Cancellable,
    layers::{Block, Layers},
    position::FilePosition,
    sql_names::sql_name_at,
    world::World,
};

impl Analysis {
    /// The places that change with the one under the cursor, itself too; sorted, and none if it is alone.
    pub fn linked_editing_ranges(&self, position: FilePosition) -> Cancellable<Vec<SourceRange>> {
        self.ask_world(|world| linked(world, position).unwrap_or_default())
    }
}

fn linked(world: World<'_>, position: FilePosition) -> Option<Vec<SourceRange>> {
    let layers = Layers::new(world, position.file)?;
    if layers.tag_at(position.offset).is_some() {
        let blocks = layers.blocks();
        let mut words = blocks.iter().filter_map(|block| words(&layers, block));
        let is_here = |words: &[SourceRange; 2]| words.iter().any(|it| it.touches(position.offset));
        return words.find(is_here).map(Vec::from);
    }
    let here = world.here(position.file)?;
    let name = sql_name_at(world, &here, position.offset)?;
    let (kind, spelling) = name.kind_and_name()?;
    if *kind != sql::SymbolKind::Cte || name.named_in_tags(spelling).is_some() {
        return None;
    }
    let uses: Vec<SourceRange> = name.uses()?.into_iter().map(|it| it.0).collect();
    let written = name.range.of(layers.text);
    let is_same = uses.iter().all(|it| it.of(layers.text) == written);
    (is_same && uses.len() > 1).then_some(uses)
}

/// `if` at the beginning, and what follows `end` at the end.
fn words(layers: &Layers<'_>, block: &Block) -> Option<[SourceRange; 2]> {
    let word = |range| {
        let kind = TagKind::Statement;
        layers.keyword_range(TagSyntax { kind, range })
    };
    let (open, close) = (word(block.open)?, word(block.close?)?);
    let close = SourceRange::new(close.start + "end".len() as u32, close.end);
    (open.of(layers.text) == close.of(layers.text)).then_some([open, close])
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    fn check(fixture: &str, expected: &Expect) {
        let project = TestProject::new(fixture);
        let analysis = project.analysis();
        let position = project.cursor.unwrap();
        let mut text = analysis.text(position.file).unwrap().to_string();
        let found = analysis.linked_editing_ranges(position).unwrap();
        for range in found.iter().rev() {
            text.insert(range.end as usize, '>');
            text.insert(range.start as usize, '<');
        }
        expected.assert_eq(&text);
    }

    #[test]
    fn the_first_and_the_last_tag_of_a_block() {
        check(
            "
//- /models/a.sql
{% if$0 a %}{% for x in y %}{% endfor %}{% else %}{%- endif %}
",
            &expect![[r#"
                {% <if> a %}{% for x in y %}{% endfor %}{% else %}{%- end<if> %}
            "#]],
        );
        check(
            "
//- /models/a.sql
{% if a %}{% for x in y %}{% end$0for
",
            &expect![[r#"
                {% if a %}{% <for> x in y %}{% end<for>
            "#]],
        );
        check(
            "
//- /models/a.sql
{% if$0 a %}
",
            &expect![[r#"
                {% if a %}
            "#]],
        );
    }

    #[test]
    fn a_cte_and_its_uses() {
        check(
            "
//- /models/a.sql
with pa$0id as (select 1 as id) select paid.id from paid
",
            &expect![[r#"
                with <paid> as (select 1 as id) select <paid>.id from <paid>
            "#]],
        );
    }

    #[test]
    fn what_is_spelled_in_two_ways_is_left_alone() {
        check(
            "
//- /models/a.sql
with pa$0id as (select 1 as id) select id from PAID
",
            &expect![[r#"
                with paid as (select 1 as id) select id from PAID
            "#]],
        );
        check(
            "
//- /models/a.sql
with paid as (select 1 as i$0d) select id from paid
",
            &expect![[r#"
                with paid as (select 1 as id) select id from paid
            "#]],
        );
    }
}
