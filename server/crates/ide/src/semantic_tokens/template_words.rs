//! The words of a template's tags.

use std::collections::BTreeMap;

use base::SourceRange;
use jinja::{
    is_context_name,
    syntax::{CallKind, TagKind, Word, WordKind, words},
};

use super::{SemanticToken, TokenType, of_thing};
use crate::{
    document_highlight::variables,
    layers::Layers,
    symbol::{Thing, things},
    world::{Here, World},
};

/// The words of all tags.
pub(super) fn tokens(
    world: World<'_>,
    here: Option<&Here>,
    layers: &Layers<'_>,
) -> Vec<SemanticToken> {
    let known = known(world, here, layers);
    let mut tokens = Vec::new();
    for tag in &layers.template.tags {
        if tag.kind == TagKind::Comment {
            tokens.push(SemanticToken::new(tag.range, TokenType::Comment));
        }
        let words = words(layers.text, *tag);
        for (idx, word) in words.iter().enumerate() {
            let before = idx.checked_sub(1).and_then(|idx| words.get(idx));
            let known = known.get(&word.range.start);
            let token = known.filter(|it| it.range == word.range).copied();
            tokens.extend(token.or_else(|| by_place(layers.text, before, *word)));
        }
    }
    tokens
}

/// What is known of words by what they mean, by where they begin.
fn known(
    world: World<'_>,
    here: Option<&Here>,
    layers: &Layers<'_>,
) -> BTreeMap<u32, SemanticToken> {
    let mut known = BTreeMap::new();
    let mut add = |token: SemanticToken| {
        known.insert(token.range.start, token);
    };
    for variable in variables(layers) {
        let token_type = if variable.is_parameter {
            TokenType::Parameter
        } else {
            TokenType::Variable
        };
        add(SemanticToken {
            is_declaration: variable.is_write,
            is_default_library: !variable.is_bound && is_context_name(variable.name),
            ..SemanticToken::new(variable.range, token_type)
        });
    }
    for call in &layers.template.calls {
        let args = call.args.iter().filter_map(|arg| arg.name.as_ref());
        for name in args {
            add(SemanticToken::new(name.range, TokenType::Parameter));
        }
        if let Some(last) = call.path.last() {
            add(SemanticToken {
                is_default_library: call.kind == CallKind::Filter,
                ..SemanticToken::new(last.range, TokenType::Function)
            });
        }
    }
    let things = here.map(|here| things(world, here)).unwrap_or_default();
    for found in things {
        if let Some(token) = of_thing(world, found.range, &found.thing) {
            let range = last_name(layers.text, found.range, &found.thing);
            add(SemanticToken {
                range,
                is_declaration: found.is_declaration,
                ..token
            });
        }
    }
    known
}

/// Of `dbt_utils.star`, the name of the macro.
fn last_name(text: &str, range: SourceRange, thing: &Thing) -> SourceRange {
    let is_path = matches!(thing, Thing::Macros(_) | Thing::Builtin(_));
    let written = range.of(text);
    match written.rfind('.') {
        Some(dot) if is_path && !written.starts_with(['"', '\'']) => {
            SourceRange::new(range.start + dot as u32 + 1, range.end)
        }
        _ => range,
    }
}

/// What a word is by where it stands.
fn by_place(text: &str, before: Option<&Word>, word: Word) -> Option<SemanticToken> {
    let token_type = match word.kind {
        WordKind::Keyword | WordKind::Constant => TokenType::Keyword,
        WordKind::Number => TokenType::Number,
        WordKind::String => TokenType::String,
        WordKind::Operator => TokenType::Operator,
        WordKind::Punctuation => return None,
        WordKind::Name => match before.map(|it| it.range.of(text)) {
            Some(".") => TokenType::Column,
            _ => TokenType::Variable,
        },
    };
    Some(SemanticToken::new(word.range, token_type))
}
