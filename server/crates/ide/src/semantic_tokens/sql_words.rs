//! The words of SQL, at their places in the text with names instead of tags.

use std::collections::BTreeMap;

use base::SourceRange;
use sql::{Part, SqlTree, SymbolKind, Symbols, Token, TokenKind, walk};

use super::{SemanticToken, TokenType};
use crate::{
    layers::in_file,
    masked::Masked,
    world::{Here, World},
};

/// The words of `tree` that are something.
pub(super) fn tokens(world: World<'_>, here: Option<&Here>, tree: &SqlTree) -> Vec<SemanticToken> {
    let symbols = here.map(|here| sql::symbols(tree, &Masked::new(world, here)));
    let meanings = symbols.as_ref().map(meanings).unwrap_or_default();
    let parts = parts(tree);
    let tokens = tree.tokens.iter().enumerate();
    let tokens = tokens.filter_map(|(idx, token)| {
        let range = in_file(token.range);
        let meaning = meanings.get(&range.start);
        // A string that is selected names a column; to the eye it is a string.
        let is_name = matches!(token.kind, TokenKind::Word | TokenKind::QuotedName);
        let meaning = meaning.filter(|it| is_name && it.range == range).copied();
        meaning.or_else(|| {
            let token_type = token_type(tree, idx, token, parts.get(&range.start).copied())?;
            Some(SemanticToken {
                is_default_library: is_known_everywhere(token_type),
                ..SemanticToken::new(range, token_type)
            })
        })
    });
    tokens.collect()
}

/// Functions and types that are not written in the project.
fn is_known_everywhere(token_type: TokenType) -> bool {
    matches!(token_type, TokenType::Function | TokenType::DataType)
}

/// What the names in scope mean, by where they begin.
fn meanings(symbols: &Symbols) -> BTreeMap<u32, SemanticToken> {
    let mut meanings: BTreeMap<u32, SemanticToken> = BTreeMap::new();
    for reference in &symbols.references {
        let Some(symbol) = symbols.get(reference.symbol) else {
            continue;
        };
        let token_type = match symbol.kind {
            SymbolKind::Cte | SymbolKind::TableAlias { .. } | SymbolKind::Window => TokenType::Cte,
            SymbolKind::Relation(_) => TokenType::Relation,
            SymbolKind::Column { .. } | SymbolKind::ExternalColumn { .. } => TokenType::Column,
            SymbolKind::Lambda => TokenType::Parameter,
        };
        let range = in_file(reference.range);
        let is_declaration = symbol.definition == Some(reference.range);
        // A column that is selected under its name is used and made at once: it is a use to the eye.
        let is_use = meanings
            .get(&range.start)
            .is_some_and(|it| !it.is_declaration);
        if !is_use || !is_declaration {
            let token = SemanticToken {
                is_declaration,
                ..SemanticToken::new(range, token_type)
            };
            meanings.insert(range.start, token);
        }
    }
    meanings
}

/// The places of words in the tree, by where they begin: the innermost counts.
fn parts(tree: &SqlTree) -> BTreeMap<u32, (Part, SourceRange)> {
    let mut parts = BTreeMap::new();
    walk(tree, &mut |part, range| {
        if matches!(
            part,
            Part::FunctionName | Part::TypeName | Part::ColumnName | Part::RelationName
        ) {
            parts.insert(range.start, (part, in_file(range)));
        }
        true
    });
    parts
}

fn token_type(
    tree: &SqlTree,
    idx: usize,
    token: &Token,
    part: Option<(Part, SourceRange)>,
) -> Option<TokenType> {
    match token.kind {
        TokenKind::LineComment | TokenKind::BlockComment => Some(TokenType::Comment),
        TokenKind::Word | TokenKind::QuotedName => match part {
            Some((Part::FunctionName, _)) => Some(TokenType::Function),
            Some((Part::TypeName, _)) => Some(TokenType::DataType),
            Some((Part::ColumnName, _)) => Some(TokenType::Column),
            Some((Part::RelationName, _)) => Some(TokenType::Relation),
            _ if token.is_keyword() => Some(TokenType::Keyword),
            _ => is_called(tree, idx).then_some(TokenType::Function),
        },
        TokenKind::String => Some(TokenType::String),
        TokenKind::Number => Some(TokenType::Number),
        TokenKind::Parameter => Some(TokenType::Parameter),
        TokenKind::DoubleColon
        | TokenKind::Star
        | TokenKind::Eq
        | TokenKind::Assign
        | TokenKind::Arrow
        | TokenKind::Operator => Some(TokenType::Operator),
        TokenKind::Whitespace
        | TokenKind::Comma
        | TokenKind::Semicolon
        | TokenKind::LParen
        | TokenKind::RParen
        | TokenKind::LBracket
        | TokenKind::RBracket
        | TokenKind::LBrace
        | TokenKind::RBrace
        | TokenKind::Dot
        | TokenKind::Colon
        | TokenKind::Unknown => None,
    }
}

/// A bracket right behind a name: a call, also where the text around it is not understood.
fn is_called(tree: &SqlTree, idx: usize) -> bool {
    let next = tree.tokens.get(idx + 1);
    next.is_some_and(|next| next.kind == TokenKind::LParen)
}
