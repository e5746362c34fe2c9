//! Items in their brackets. `case … end` is a bracket too.
//!
//! Brackets that do not match are no tree: each branch of an `if` may open one that is closed behind its end. Whoever wants
//! to lay such a text out leaves it as it is.

use sql::TokenKind;

use crate::items::{Items, Trouble};

/// An item, or a bracket with all that is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// The index of an item.
    Leaf(usize),
    /// A bracket.
    Group(Group),
}

/// A bracket. Its ends are indices of items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) open: usize,
    pub(crate) close: usize,
    pub(crate) children: Vec<Node>,
    /// `case … end`
    pub(crate) is_case: bool,
}

impl Node {
    /// The first item of it.
    pub(crate) fn first(&self) -> usize {
        match self {
            Self::Leaf(idx) => *idx,
            Self::Group(group) => group.open,
        }
    }

    /// The last item of it.
    pub(crate) fn last(&self) -> usize {
        match self {
            Self::Leaf(idx) => *idx,
            Self::Group(group) => group.close,
        }
    }

    pub(crate) fn leaf(&self) -> Option<usize> {
        match self {
            Self::Leaf(idx) => Some(*idx),
            Self::Group(_) => None,
        }
    }

    pub(crate) fn group(&self) -> Option<&Group> {
        match self {
            Self::Leaf(_) => None,
            Self::Group(group) => Some(group),
        }
    }
}

/// Nobody nests deeper, and what walks the tree does so on the stack.
const MAX_DEPTH: usize = 100;

/// The tree of the items in a range.
pub(crate) fn tree(items: &Items<'_>, range: std::ops::Range<usize>) -> Result<Vec<Node>, Trouble> {
    let mut open: Vec<(usize, TokenKind, Vec<Node>)> = Vec::new();
    let mut nodes = Vec::new();
    for idx in range {
        let end = closer(items, idx);
        if let Some(end) = end {
            open.push((idx, end, std::mem::take(&mut nodes)));
            if open.len() > MAX_DEPTH {
                return Err(unmatched(items, idx));
            }
            continue;
        }
        let is_case_end = items.is_word(idx, "end")
            && open
                .last()
                .is_some_and(|(_, end, _)| *end == TokenKind::Word);
        let is_end = is_case_end
            || items.get(idx).is_some_and(|item| {
                use TokenKind::{RBrace, RBracket, RParen};
                [RParen, RBracket, RBrace]
                    .iter()
                    .any(|kind| item.is_sql(*kind))
            });
        if !is_end {
            nodes.push(Node::Leaf(idx));
            continue;
        }
        let Some((start, end, outer)) = open.pop() else {
            return Err(unmatched(items, idx));
        };
        if !is_case_end && !items.get(idx).is_some_and(|item| item.is_sql(end)) {
            return Err(unmatched(items, idx));
        }
        let children = std::mem::replace(&mut nodes, outer);
        nodes.push(Node::Group(Group {
            open: start,
            close: idx,
            children,
            is_case: is_case_end,
        }));
    }
    match open.first() {
        Some((idx, _, _)) => Err(unmatched(items, *idx)),
        None => Ok(nodes),
    }
}

/// What closes the bracket that begins here; a word for `case`.
fn closer(items: &Items<'_>, idx: usize) -> Option<TokenKind> {
    let item = items.get(idx)?;
    if items.is_word(idx, "case") && item.is_keyword {
        return Some(TokenKind::Word);
    }
    let pairs = [
        (TokenKind::LParen, TokenKind::RParen),
        (TokenKind::LBracket, TokenKind::RBracket),
        (TokenKind::LBrace, TokenKind::RBrace),
    ];
    let (_, end) = pairs.into_iter().find(|(open, _)| item.is_sql(*open))?;
    Some(end)
}

fn unmatched(items: &Items<'_>, idx: usize) -> Trouble {
    let text = items.text_of(idx);
    Trouble {
        range: items.get(idx).map(|item| item.range).unwrap_or_default(),
        reason: format!("`{text}` has no counterpart"),
    }
}
