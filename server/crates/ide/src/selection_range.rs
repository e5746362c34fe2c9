//! What grows under the cursor when a selection is widened: a word, an expression, an item, a clause, a query, a block.
//!
//! Every layer of the text names the stretches around the cursor; those that fit into one another are kept, the
//! smallest first. So a mistake in one layer takes its steps away, and no others.

use base::SourceRange;
use jinja::syntax::{CallSyntax, TagKind, WordKind, words};
use project::yaml::{Shape, YamlNode};
use sql::{SqlTree, Token, TokenKind, bracket_pairs, parts_at};

use crate::{
    Analysis, Cancellable,
    folding::content_end,
    layers::{Layers, in_file},
    position::FilePosition,
    world::World,
};

impl Analysis {
    /// The stretches around a cursor, the smallest first, each in the next; the last is the file.
    pub fn selection_ranges(&self, position: FilePosition) -> Cancellable<Vec<SourceRange>> {
        self.ask_world(|world| selection_ranges(world, position))
    }
}

fn selection_ranges(world: World<'_>, position: FilePosition) -> Vec<SourceRange> {
    let Some(layers) = Layers::new(world, position.file) else {
        return Vec::new();
    };
    let offset = position.offset;
    let mut around = vec![layers.whole()];
    let is_in_tag = add_template(&layers, offset, &mut around);
    if let Some(tree) = layers.sql() {
        add_sql(&tree, offset, is_in_tag, &mut around);
    }
    if let Some(yaml) = layers.yaml() {
        add_yaml(layers.text, yaml, offset, &mut around);
    }
    if !is_in_tag {
        add_word(layers.text, offset, &mut around);
    }
    around.retain(|range| range.touches(offset) && !range.is_empty());
    around.sort_by_key(|range| range.len());
    let mut chain: Vec<SourceRange> = Vec::new();
    for range in around {
        let fits = chain
            .last()
            .is_none_or(|inner| range.covers(*inner) && range != *inner);
        if fits {
            chain.push(range);
        }
    }
    chain
}

/// Whether the cursor is in a tag.
fn add_template(layers: &Layers<'_>, offset: u32, around: &mut Vec<SourceRange>) -> bool {
    for block in layers.blocks() {
        let bodies = block.bodies();
        around.extend(bodies.iter().map(|body| trimmed(layers.text, *body)));
        around.extend(bodies);
        around.push(block.range());
    }
    let tag = layers.tag_at(offset);
    let Some(tag) = tag.filter(|tag| tag.kind != TagKind::Verbatim) else {
        return false;
    };
    around.push(tag.range);
    for word in words(layers.text, tag) {
        around.push(word.range);
        if word.kind == WordKind::String {
            around.push(inner(word.range));
        }
    }
    let calls = layers.template.calls.iter();
    calls
        .filter(|call| call.range.touches(offset))
        .for_each(|call| add_call(layers.text, call, around));
    let inside = SourceRange::new(tag.range.start + 2, tag.range.end.saturating_sub(2));
    around.push(trimmed(layers.text, inside));
    tag.range.start < offset && offset < tag.range.end
}

fn add_call(text: &str, call: &CallSyntax, around: &mut Vec<SourceRange>) {
    around.push(call.range);
    around.push(call.callee_range());
    around.push(call.args_range);
    let args = call.args_range;
    if args.of(text).ends_with(')') {
        around.push(trimmed(text, inner(args)));
    }
    for arg in &call.args {
        around.push(arg.value.range);
        around.extend(arg.name.as_ref().map(|it| it.range.join(arg.value.range)));
    }
}

fn add_sql(tree: &SqlTree, offset: u32, is_in_tag: bool, around: &mut Vec<SourceRange>) {
    if !is_in_tag {
        let until = tree
            .tokens
            .partition_point(|token| token.range.start <= offset);
        let near = tree.tokens.get(until.saturating_sub(2)..until);
        for token in near.unwrap_or(&[]) {
            add_token(token, around);
        }
    }
    around.extend(
        parts_at(tree, offset)
            .iter()
            .map(|(_, range)| in_file(*range)),
    );
    for (open, close) in bracket_pairs(tree) {
        let whole = in_file(open.join(close));
        if whole.touches(offset) {
            around.push(whole);
            around.push(trimmed(tree.text(), inner(whole)));
        }
    }
}

fn add_token(token: &Token, around: &mut Vec<SourceRange>) {
    let range = in_file(token.range);
    match token.kind {
        TokenKind::Whitespace => {}
        TokenKind::String | TokenKind::QuotedName if !token.is_unterminated => {
            around.push(range);
            around.push(inner(range));
        }
        _ => around.push(range),
    }
}

fn add_yaml(text: &str, node: YamlNode<'_>, offset: u32, around: &mut Vec<SourceRange>) {
    let range = SourceRange::new(node.range().start, content_end(text, node));
    if !range.touches(offset) {
        return;
    }
    around.push(range);
    match node.shape() {
        // What an alias stands for is elsewhere.
        _ if node.is_alias() => {}
        Shape::Scalar => {
            if range.of(text).starts_with(['"', '\'']) {
                around.push(inner(range));
            }
        }
        Shape::Mapping => {
            for (key, value) in node.written_entries() {
                let end = content_end(text, value).max(key.range().end);
                around.push(key.range());
                around.push(SourceRange::new(key.range().start, end));
                add_yaml(text, value, offset, around);
            }
        }
        Shape::Sequence => node
            .items()
            .for_each(|item| add_yaml(text, item, offset, around)),
    }
}

/// The letters and digits around the cursor.
fn add_word(text: &str, offset: u32, around: &mut Vec<SourceRange>) {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let (Some(before), Some(after)) = (text.get(..offset as usize), text.get(offset as usize..))
    else {
        return;
    };
    let start = before.trim_end_matches(is_word).len();
    let end = text.len() - after.trim_start_matches(is_word).len();
    around.push(SourceRange::from_usize(start, end));
}

/// Without the first and the last character: quotes or brackets.
fn inner(range: SourceRange) -> SourceRange {
    SourceRange::new(range.start + 1, range.end.saturating_sub(1))
}

fn trimmed(text: &str, range: SourceRange) -> SourceRange {
    let inside = range.of(text);
    let start = range.start + (inside.len() - inside.trim_start().len()) as u32;
    SourceRange::new(start, range.start + inside.trim_end().len() as u32)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    /// Prints the stretches around `$0`, a line each, without those of many lines.
    fn check(fixture: &str, expected: &Expect) {
        let project = TestProject::new(fixture);
        let analysis = project.analysis();
        let position = project.cursor.unwrap();
        let text = analysis.text(position.file).unwrap();
        let ranges = analysis.selection_ranges(position).unwrap();
        let lines = ranges
            .iter()
            .map(|range| format!("{}\n", range.of(&text).replace('\n', "⏎")));
        expected.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn from_a_name_to_the_query() {
        check(
            "
//- /models/a.sql
with a as (select id, sum(x + $0y) as n from b where c = 1) select * from a
",
            &expect![[r#"
                y
                x + y
                (x + y)
                sum(x + y)
                sum(x + y) as n
                select id, sum(x + y) as n
                select id, sum(x + y) as n from b where c = 1
                (select id, sum(x + y) as n from b where c = 1)
                a as (select id, sum(x + y) as n from b where c = 1)
                with a as (select id, sum(x + y) as n from b where c = 1)
                with a as (select id, sum(x + y) as n from b where c = 1) select * from a⏎
            "#]],
        );
    }

    #[test]
    fn from_an_argument_to_the_block() {
        check(
            "
//- /models/a.sql
{% if a %}
select * from {{ ref('o$0rders') }} as o
{% endif %}
",
            &expect![[r#"
                orders
                'orders'
                ('orders')
                ref('orders')
                {{ ref('orders') }}
                {{ ref('orders') }} as o
                from {{ ref('orders') }} as o
                select * from {{ ref('orders') }} as o
                ⏎select * from {{ ref('orders') }} as o⏎
                {% if a %}⏎select * from {{ ref('orders') }} as o⏎{% endif %}
                {% if a %}⏎select * from {{ ref('orders') }} as o⏎{% endif %}⏎
            "#]],
        );
    }

    #[test]
    fn half_typed_text_has_steps() {
        check(
            "
//- /models/a.sql
with a as (select id, (x + $0y from b), c as (select
",
            &expect![[r#"
                y
                x + y
                (x + y
                select id, (x + y
                select id, (x + y from b
                (select id, (x + y from b)
                a as (select id, (x + y from b)
                with a as (select id, (x + y from b), c as (select
                with a as (select id, (x + y from b), c as (select⏎
            "#]],
        );
    }

    #[test]
    fn from_a_scalar_to_the_document() {
        check(
            "
//- /models/s.yml
models:
  - name: a
    columns:
      - name: i$0d
        description: \"one\"
",
            &expect![[r#"
                id
                name: id
                name: id⏎        description: "one"
                - name: id⏎        description: "one"
                columns:⏎      - name: id⏎        description: "one"
                name: a⏎    columns:⏎      - name: id⏎        description: "one"
                - name: a⏎    columns:⏎      - name: id⏎        description: "one"
                models:⏎  - name: a⏎    columns:⏎      - name: id⏎        description: "one"
                models:⏎  - name: a⏎    columns:⏎      - name: id⏎        description: "one"⏎
            "#]],
        );
    }

    #[test]
    fn words_of_markdown() {
        check(
            "
//- /models/d.md
{% docs a %}
Some te$0xt.
{% enddocs %}
",
            &expect![[r#"
                text
                Some text.
                ⏎Some text.⏎
                {% docs a %}⏎Some text.⏎{% enddocs %}
                {% docs a %}⏎Some text.⏎{% enddocs %}⏎
            "#]],
        );
    }
}
