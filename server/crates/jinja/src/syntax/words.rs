//! The words of a tag one by one, for what looks at text rather than at meaning: colours, selections, block tags.

use base::SourceRange;

use super::token::{TokenKind, Tokens};
use super::{TagKind, TagSyntax};

/// What a word of a tag is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WordKind {
    /// The first word of `{% %}`, and `in`, `not`, `if` and the like.
    Keyword,
    /// `true`, `none`.
    Constant,
    /// Any other name.
    Name,
    /// A number.
    Number,
    /// A string with its quotes.
    String,
    /// `(`, `,`, `.` and other brackets and dividers.
    Punctuation,
    /// Any other operator.
    Operator,
}

/// A word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// What it is.
    pub kind: WordKind,
    /// Where it is.
    pub range: SourceRange,
}

/// The words of `{{ }}` and `{% %}`, without the delimiters; none of a comment or of text that is shown as it is.
pub fn words(text: &str, tag: TagSyntax) -> Vec<Word> {
    let closer = match tag.kind {
        TagKind::Output => "}}",
        TagKind::Statement => "%}",
        TagKind::Comment | TagKind::Verbatim => return Vec::new(),
    };
    let start = tag.range.start as usize + 2;
    let sign = usize::from(text.as_bytes().get(start) == Some(&b'-'));
    let mut tokens = Tokens::new(text, start + sign, closer);
    let mut words: Vec<Word> = Vec::new();
    loop {
        let token = tokens.next();
        let range = token.range;
        if range.end > tag.range.end {
            return words;
        }
        let kind = match token.kind {
            TokenKind::TagEnd | TokenKind::End => return words,
            TokenKind::Name => {
                let is_first = words.is_empty() && tag.kind == TagKind::Statement;
                let is_attribute = words.last().is_some_and(|it| it.range.of(text) == ".");
                name_kind(range.of(text), is_first, is_attribute)
            }
            TokenKind::Int | TokenKind::Float => WordKind::Number,
            TokenKind::Str { .. } => WordKind::String,
            TokenKind::Op("(" | ")" | "[" | "]" | "{" | "}" | "," | "." | ":" | ";") => {
                WordKind::Punctuation
            }
            TokenKind::Op(_) => WordKind::Operator,
            TokenKind::Unknown => continue,
        };
        words.push(Word { kind, range });
    }
}

fn name_kind(name: &str, is_first: bool, is_attribute: bool) -> WordKind {
    match name {
        _ if is_first => WordKind::Keyword,
        _ if is_attribute => WordKind::Name,
        "and" | "or" | "not" | "in" | "is" | "if" | "else" | "recursive" => WordKind::Keyword,
        "true" | "false" | "none" | "True" | "False" | "None" => WordKind::Constant,
        _ => WordKind::Name,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::words;
    use crate::Template;

    fn check(text: &str, expected: &Expect) {
        let template = Template::parse(text);
        let words = template.tags.iter().flat_map(|tag| words(text, *tag));
        let shown: Vec<String> = words
            .map(|it| format!("{:?} {}", it.kind, it.range.of(text)))
            .collect();
        expected.assert_eq(&shown.join(", "));
    }

    #[test]
    fn tags_have_words() {
        check(
            "{%- for x in xs if not x.if -%} {{ f(x, 'a') | join(', ') }} {# no #}{% endfor %}",
            &expect![
                "Keyword for, Name x, Keyword in, Name xs, Keyword if, Keyword not, Name x, Punctuation ., Name if, Name f, Punctuation (, Name x, Punctuation ,, String 'a', Punctuation ), Operator |, Name join, Punctuation (, String ', ', Punctuation ), Keyword endfor"
            ],
        );
    }

    #[test]
    fn a_tag_that_is_typed_has_words() {
        check("{{ ref('a", &expect!["Name ref, Punctuation (, String 'a"]);
        check("{% if x {{ y }}", &expect!["Keyword if, Name x, Name y"]);
    }
}
