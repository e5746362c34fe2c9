//! What the words of a file are: SQL and templates together, and in YAML the names that mean something elsewhere.
//!
//! The words of a tag are those of the template, all others those of the SQL with names in place of tags; a string or
//! a comment of SQL around a tag is cut there. What a name means comes from the names in scope (`sql::symbols`) and from the
//! things of the project; where neither knows, the place of a word in its query or call decides.

mod sql_words;
mod template_words;

use base::{FileId, SourceRange};
use project::properties::ColumnProperties;

use crate::{
    Analysis, Cancellable,
    completion::node,
    layers::Layers,
    symbol::{Thing, things},
    world::{Here, World},
};

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenType {
    /// A keyword of SQL or of a template.
    Keyword,
    /// A function of SQL or of the context, or a filter.
    Function,
    /// A macro or a test.
    Macro,
    /// A column, or an attribute.
    Column,
    /// A CTE, or an alias of a relation.
    Cte,
    /// A model, a source or another relation.
    Relation,
    /// A type of SQL.
    DataType,
    /// A variable of a template.
    Variable,
    /// A parameter of a macro, or a name of an argument.
    Parameter,
    /// A string.
    String,
    /// A number.
    Number,
    /// A comment.
    Comment,
    /// An operator.
    Operator,
}

/// A word and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SemanticToken {
    /// Where it is; a string or a comment may have many lines.
    pub range: SourceRange,
    /// What it is.
    pub token_type: TokenType,
    /// It gets its meaning here.
    pub is_declaration: bool,
    /// dbt or the warehouse knows it.
    pub is_default_library: bool,
    /// It should not be used any more.
    pub is_deprecated: bool,
}

impl SemanticToken {
    fn new(range: SourceRange, token_type: TokenType) -> Self {
        Self {
            range,
            token_type,
            is_declaration: false,
            is_default_library: false,
            is_deprecated: false,
        }
    }
}

impl Analysis {
    /// The words of a file that are something, sorted; none overlaps another.
    pub fn semantic_tokens(&self, file: FileId) -> Cancellable<Vec<SemanticToken>> {
        self.ask_world(|world| semantic_tokens(world, file))
    }
}

fn semantic_tokens(world: World<'_>, file: FileId) -> Vec<SemanticToken> {
    let Some(layers) = Layers::new(world, file) else {
        return Vec::new();
    };
    let here = world.here(file);
    let mut tokens = template_words::tokens(world, here.as_ref(), &layers);
    if let Some(tree) = layers.sql() {
        let outside = sql_words::tokens(world, here.as_ref(), &tree).into_iter();
        let tags: Vec<SourceRange> = layers.template.tags.iter().map(|it| it.range).collect();
        tokens.extend(outside.flat_map(|token| without(token, &tags)));
    }
    if let Some(here) = &here {
        tokens.extend(named_in_yaml(world, here, &layers));
    }
    disjoint(tokens)
}

/// The parts of a token outside of the tags.
fn without(token: SemanticToken, tags: &[SourceRange]) -> Vec<SemanticToken> {
    let first = tags.partition_point(|tag| tag.end <= token.range.start);
    let inside = tags.get(first..).unwrap_or(&[]).iter();
    let mut parts = Vec::new();
    let mut start = token.range.start;
    for tag in inside.take_while(|tag| tag.start < token.range.end) {
        parts.push(SourceRange::new(start, tag.start.max(start)));
        start = tag.end;
    }
    parts.push(SourceRange::new(start, token.range.end));
    parts.retain(|part| !part.is_empty() && part.end <= token.range.end);
    let part = |range| SemanticToken { range, ..token };
    parts.into_iter().map(part).collect()
}

/// Names of nodes, tables, columns, macros and tests.
fn named_in_yaml(world: World<'_>, here: &Here, layers: &Layers<'_>) -> Vec<SemanticToken> {
    if layers.yaml().is_none() || here.kind(world).is_none() {
        return Vec::new();
    }
    let in_tag = |range: SourceRange| {
        let tag = layers.tag_at(range.start);
        tag.is_some_and(|tag| tag.range.covers(range))
    };
    let found = things(world, here).into_iter();
    let named = found.filter(|it| !in_tag(it.range) && !it.range.of(layers.text).contains('\n'));
    let mut tokens: Vec<_> = named
        .filter_map(|it| {
            let mut token = of_thing(world, it.range, &it.thing)?;
            token.is_declaration = it.is_declaration;
            Some(token)
        })
        .collect();
    let properties = analysis::source::properties(world.db, here.file);
    let all = &properties.properties;
    let nodes = [&all.models, &all.seeds, &all.snapshots]
        .into_iter()
        .flatten();
    let tables = all.sources.iter().flat_map(|it| &it.tables);
    let columns = nodes
        .flat_map(|it| &it.columns)
        .chain(tables.flat_map(|it| &it.columns));
    tokens.extend(columns.map(column_name));
    tokens
}

fn column_name(column: &ColumnProperties) -> SemanticToken {
    SemanticToken {
        is_declaration: true,
        ..SemanticToken::new(column.name_range, TokenType::Column)
    }
}

/// The token of a name that means a thing.
fn of_thing(world: World<'_>, range: SourceRange, thing: &Thing) -> Option<SemanticToken> {
    let token = |token_type| SemanticToken::new(range, token_type);
    match thing {
        Thing::Node(target) => {
            let node = node(world, target);
            Some(SemanticToken {
                is_deprecated: node
                    .is_some_and(|it| it.model().is_some_and(|it| it.deprecation_date.is_some())),
                ..token(TokenType::Relation)
            })
        }
        Thing::Table(_) | Thing::Source(_) => Some(token(TokenType::Relation)),
        Thing::Macros(_) => Some(token(TokenType::Macro)),
        Thing::Builtin(_) => Some(SemanticToken {
            is_default_library: true,
            ..token(TokenType::Function)
        }),
        Thing::Var(_) | Thing::EnvVar(_) => Some(token(TokenType::Variable)),
        Thing::Doc(_, _) => None,
    }
}

/// Sorted; of two that overlap the first stays.
fn disjoint(mut tokens: Vec<SemanticToken>) -> Vec<SemanticToken> {
    tokens.retain(|token| !token.range.is_empty());
    tokens.sort();
    let mut end = 0;
    tokens.retain(|token| {
        let is_free = token.range.start >= end;
        if is_free {
            end = token.range.end;
        }
        is_free
    });
    tokens
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    fn check(path: &str, fixture: &str, expected: &Expect) {
        let project = TestProject::new(fixture);
        let analysis = project.analysis();
        let file = project.file(path);
        let text = analysis.text(file).unwrap();
        let mut out = String::new();
        let mut line = 0;
        for token in analysis.semantic_tokens(file).unwrap() {
            let before = &text[..token.range.start as usize];
            let this = before.matches('\n').count();
            out.push_str(match out.as_str() {
                "" => "",
                _ if this > line => "\n",
                _ => " ",
            });
            line = this;
            let word = token.range.of(&text).replace('\n', "⏎");
            write!(out, "{word}:{:?}", token.token_type).unwrap();
            let marks = [
                (token.is_declaration, '!'),
                (token.is_default_library, '*'),
                (token.is_deprecated, '-'),
            ];
            out.extend(marks.iter().filter(|it| it.0).map(|it| it.1));
        }
        expected.assert_eq(&out);
    }

    #[test]
    fn names_of_sql_are_told_apart() {
        check(
            "/models/a.sql",
            "
//- /models/a.sql
with paid as (select id, sum(amount) as total from {{ ref('b') }} b where state = 'paid' group by 1) -- all
select p.total::decimal(9, 2) as name, cast(p.id as int), date '2024-01-01', lower(p.id)
from paid as p join other.things using (id) order by 1 desc
//- /models/b.sql
select 1 as id, 2 as amount, 'paid' as state
",
            &expect![[r#"
                with:Keyword paid:Cte! as:Keyword select:Keyword id:Column sum:Function* amount:Column as:Keyword total:Column! from:Keyword ref:Function* 'b':Relation b:Cte! where:Keyword state:Column =:Operator 'paid':String group:Keyword by:Keyword 1:Number -- all:Comment
                select:Keyword p:Cte total:Column :::Operator decimal:DataType* 9:Number 2:Number as:Keyword name:Column! cast:Keyword p:Cte id:Column as:Keyword int:DataType* date:DataType* '2024-01-01':String lower:Function* p:Cte id:Column
                from:Keyword paid:Cte as:Keyword p:Cte! join:Keyword other:Relation things:Relation using:Keyword id:Column order:Keyword by:Keyword 1:Number desc:Keyword"#]],
        );
    }

    #[test]
    fn templates_have_macros_variables_and_parameters() {
        check(
            "/macros/m.sql",
            "
//- /macros/m.sql
{% macro cents(column, scale=2) -%}
{%- set unit = 'c' | upper %}{# why #}
{% for x in [column, 1] if not none %}{{ shop.cents(x, scale=scale) }}{{ x.y }}{{ this }}{{ ref('old') }}{{ ref('none') }}{% endfor %}
{%- endmacro %}
//- /models/old.sql
select 1
//- /models/s.yml
models:
  - name: old
    deprecation_date: 2020-01-01
",
            &expect![[r#"
                macro:Keyword cents:Macro! column:Parameter! scale:Parameter! =:Operator 2:Number
                set:Keyword unit:Variable! =:Operator 'c':String |:Operator upper:Function* {# why #}:Comment
                for:Keyword x:Variable! in:Keyword column:Parameter 1:Number if:Keyword not:Keyword none:Keyword shop:Variable cents:Macro x:Variable scale:Parameter =:Operator scale:Parameter x:Variable y:Column this:Variable* ref:Function* 'old':Relation- ref:Function* 'none':String endfor:Keyword
                endmacro:Keyword"#]],
        );
    }

    #[test]
    fn strings_and_comments_are_cut_at_tags() {
        check(
            "/models/a.sql",
            "
//- /models/a.sql
select 'a{{ x }}b', '{{ y }}' -- c {{ z }} d
",
            &expect![
                "select:Keyword 'a:String x:Variable b':String ':String y:Variable ':String -- c :Comment z:Variable  d:Comment"
            ],
        );
    }

    #[test]
    fn names_in_yaml_mean_something() {
        check(
            "/models/s.yml",
            "
//- /models/s.yml
models:
  - name: a
    description: \"{{ doc('d') }}\"
    columns:
      - name: id
        data_tests: [unique, mine: {arguments: {x: 1}}]
sources:
  - name: raw
    tables: [{name: orders}]
//- /models/a.sql
select 1 as id
//- /tests/generic/mine.sql
{% test mine(model, column_name, x) %}{% endtest %}
",
            &expect![[r#"
                a:Relation
                doc:Function* 'd':String
                id:Column!
                unique:Macro mine:Macro
                raw:Relation!
                orders:Relation!"#]],
        );
    }

    #[test]
    fn half_typed_text_has_words() {
        check(
            "/models/a.sql",
            "
//- /models/a.sql
with a as (select x, (y + 'z from {{ ref('b
{% if
",
            &expect![[r#"
                with:Keyword a:Cte! as:Keyword select:Keyword x:Column! y:Column +:Operator 'z from :String ref:Function* 'b:String
                if:Keyword"#]],
        );
    }
}
