//! The function under a cursor, and the call around it: from the tokens alone, since the text is half typed.

use base::RenderedRange;

use super::{Function, function};
use crate::keyword::Keyword;
use crate::token::{Token, TokenKind};
use crate::tree::SqlTree;

/// The call that a cursor is in.
#[derive(Debug, Clone, Copy)]
pub struct CallAt {
    /// What is called.
    pub function: &'static Function,
    /// Its name as it is written.
    pub name: RenderedRange,
    /// How many arguments are complete before the cursor.
    pub n_before: usize,
}

/// The function whose name a cursor at `offset` touches.
pub fn function_at(tree: &SqlTree, offset: u32) -> Option<(RenderedRange, &'static Function)> {
    let tokens = significant(tree);
    let idx = tokens
        .iter()
        .position(|token| token.kind == TokenKind::Word && token.range.touches(offset))?;
    let token = tokens.get(idx)?;
    let found = named(tree, &tokens, idx)?;
    let is_called = kind_at(&tokens, idx + 1) == Some(TokenKind::LParen);
    let is_bare = found.signatures.iter().any(|it| it.parameters.is_none());
    (is_called || is_bare).then_some((token.range, found))
}

/// The innermost call whose brackets are around `offset`.
pub fn call_at(tree: &SqlTree, offset: u32) -> Option<CallAt> {
    let mut tokens = significant(tree);
    tokens.retain(|token| token.range.start < offset);
    // The bracket that ends where the cursor stands still counts, the one that begins there does not.
    let mut depth = 0_u32;
    let mut n_before = 0;
    let mut n_spoken = 0;
    for (idx, token) in tokens.iter().enumerate().rev() {
        match token.kind {
            TokenKind::RParen | TokenKind::RBracket | TokenKind::RBrace => depth += 1,
            TokenKind::LParen | TokenKind::LBracket | TokenKind::LBrace if depth > 0 => depth -= 1,
            TokenKind::LBracket | TokenKind::LBrace => (n_before, n_spoken) = (0, 0),
            TokenKind::LParen => {
                let name_idx = idx.checked_sub(1);
                let Some(name) = name_idx.and_then(|at| tokens.get(at)) else {
                    (n_before, n_spoken) = (0, 0);
                    continue;
                };
                if !matches!(name.kind, TokenKind::Word | TokenKind::QuotedName) {
                    (n_before, n_spoken) = (0, 0);
                    continue;
                }
                let function = named(tree, &tokens, idx - 1)?;
                let is_spoken = matches!(
                    function.name,
                    "extract" | "position" | "substring" | "trim" | "overlay"
                );
                return Some(CallAt {
                    function,
                    name: name.range,
                    n_before: n_before + if is_spoken { n_spoken } else { 0 },
                });
            }
            TokenKind::Semicolon => return None,
            TokenKind::Comma if depth == 0 => n_before += 1,
            TokenKind::Word if depth == 0 => match token.keyword {
                // A query in brackets is no list of arguments.
                Keyword::Select | Keyword::With => return None,
                Keyword::From | Keyword::For | Keyword::In | Keyword::Placing => n_spoken += 1,
                _ => {}
            },
            _ => {}
        }
    }
    None
}

fn significant(tree: &SqlTree) -> Vec<&Token> {
    tree.tokens
        .iter()
        .filter(|token| !token.is_trivia())
        .collect()
}

fn kind_at(tokens: &[&Token], idx: usize) -> Option<TokenKind> {
    tokens.get(idx).map(|token| token.kind)
}

/// The function that the `idx`-th token names; what stands behind a dot belongs to a schema or a package of somebody's.
fn named(tree: &SqlTree, tokens: &[&Token], idx: usize) -> Option<&'static Function> {
    let before = |n: usize| idx.checked_sub(n).and_then(|at| tokens.get(at));
    let name = tokens.get(idx)?.range.of(tree.text());
    if before(1).map(|token| token.kind) != Some(TokenKind::Dot) {
        return function(name, tree.dialect());
    }
    let schema = before(2)?.range.of(tree.text());
    if schema.eq_ignore_ascii_case("pg_catalog") {
        return function(name, tree.dialect());
    }
    function(&format!("{schema}.{name}"), tree.dialect())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::{call_at, function_at};
    use crate::{Dialect, parse};

    /// `|` is the cursor: the call around it, and the function under it.
    fn check(text: &str, expected: &Expect) {
        let offset = text.find('|').expect("a cursor") as u32;
        let text = text.replacen('|', "", 1);
        let tree = parse(&text, Dialect::DuckDb);
        let call = call_at(&tree, offset).map(|it| format!("{} {}", it.function.name, it.n_before));
        let name = function_at(&tree, offset).map(|(_, function)| function.name);
        expected.assert_eq(&format!(
            "{} / {}",
            call.as_deref().unwrap_or("-"),
            name.unwrap_or("-")
        ));
    }

    #[test]
    fn the_innermost_call_counts() {
        check("select round(abs(a, |", &expect!["abs 1 / -"]);
        check("select round(abs(a), |)", &expect!["round 1 / -"]);
        check("select round((a + b|), 2)", &expect!["round 0 / -"]);
        check("select list_value([1, 2], |", &expect!["list_value 1 / -"]);
        check("select my_own(upper(x), |", &expect!["- / -"]);
        check("select sch.round(a, |", &expect!["- / -"]);
        check("select round(x) |", &expect!["- / -"]);
    }

    #[test]
    fn a_query_in_brackets_is_no_argument() {
        check("select coalesce((select |", &expect!["- / -"]);
        check("select count(*) from t where x in (1, |", &expect!["- / -"]);
    }

    #[test]
    fn spoken_arguments_are_parted_by_words() {
        check("select extract(year from |", &expect!["extract 1 / -"]);
        check(
            "select substring(x from 1 for |",
            &expect!["substring 2 / -"],
        );
    }

    #[test]
    fn a_name_is_a_function_where_it_is_called() {
        check("select up|per(x)", &expect!["- / upper"]);
        check("select up|per from t", &expect!["- / -"]);
        check("select current_dat|e", &expect!["- / current_date"]);
    }
}
