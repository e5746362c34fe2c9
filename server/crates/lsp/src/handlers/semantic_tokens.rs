//! `textDocument/semanticTokens/full`, `…/full/delta`, `…/range`
//!
//! The types are those of the protocol, so that every editor has colours for them. A token of several lines is told
//! line by line, which all clients understand.

use base::SourceRange;
use ide::{SemanticToken, TokenType};
use tower_lsp::lsp_types::{
    self as lsp, SemanticTokenModifier, SemanticTokenType, SemanticTokens, SemanticTokensDelta,
    SemanticTokensDeltaParams, SemanticTokensEdit, SemanticTokensFullDeltaResult,
    SemanticTokensLegend, SemanticTokensParams, SemanticTokensRangeParams,
    SemanticTokensRangeResult, SemanticTokensResult,
};

use crate::{
    dispatch::Answer,
    from_proto,
    snapshot::{IndexedText, Snapshot},
};

const TYPES: [(TokenType, SemanticTokenType); 13] = [
    (TokenType::Keyword, SemanticTokenType::KEYWORD),
    (TokenType::Function, SemanticTokenType::FUNCTION),
    (TokenType::Macro, SemanticTokenType::MACRO),
    (TokenType::Column, SemanticTokenType::PROPERTY),
    (TokenType::Cte, SemanticTokenType::NAMESPACE),
    (TokenType::Relation, SemanticTokenType::CLASS),
    (TokenType::DataType, SemanticTokenType::TYPE),
    (TokenType::Variable, SemanticTokenType::VARIABLE),
    (TokenType::Parameter, SemanticTokenType::PARAMETER),
    (TokenType::String, SemanticTokenType::STRING),
    (TokenType::Number, SemanticTokenType::NUMBER),
    (TokenType::Comment, SemanticTokenType::COMMENT),
    (TokenType::Operator, SemanticTokenType::OPERATOR),
];

const MODIFIERS: [SemanticTokenModifier; 3] = [
    SemanticTokenModifier::DECLARATION,
    SemanticTokenModifier::DEFAULT_LIBRARY,
    SemanticTokenModifier::DEPRECATED,
];

/// What the numbers in tokens mean.
pub(crate) fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend {
        token_types: TYPES.map(|(_, it)| it).to_vec(),
        token_modifiers: MODIFIERS.to_vec(),
    }
}

pub(crate) fn full(
    snapshot: &Snapshot,
    params: &SemanticTokensParams,
) -> Answer<Option<SemanticTokensResult>> {
    let tokens = all(snapshot, &params.text_document.uri)?;
    Ok(tokens.map(SemanticTokensResult::Tokens))
}

/// The difference to what the client has; all tokens if that is not known any more.
pub(crate) fn delta(
    snapshot: &Snapshot,
    params: &SemanticTokensDeltaParams,
) -> Answer<Option<SemanticTokensFullDeltaResult>> {
    let file = from_proto::file(snapshot, &params.text_document.uri);
    let before = file.and_then(|file| snapshot.tokens.get(file, &params.previous_result_id));
    let Some(now) = all(snapshot, &params.text_document.uri)? else {
        return Ok(None);
    };
    let Some(before) = before else {
        return Ok(Some(SemanticTokensFullDeltaResult::Tokens(now)));
    };
    Ok(Some(SemanticTokensFullDeltaResult::TokensDelta(
        SemanticTokensDelta {
            result_id: now.result_id,
            edits: edit(&before, &now.data).into_iter().collect(),
        },
    )))
}

pub(crate) fn range(
    snapshot: &Snapshot,
    params: &SemanticTokensRangeParams,
) -> Answer<Option<SemanticTokensRangeResult>> {
    let Some(text) = snapshot.text_of(&params.text_document.uri)? else {
        return Ok(None);
    };
    let (start, end) = (
        text.offset(params.range.start),
        text.offset(params.range.end),
    );
    let mut tokens = snapshot.analysis.semantic_tokens(text.file)?;
    tokens.retain(|token| token.range.start < end && start < token.range.end);
    Ok(Some(SemanticTokensRangeResult::Tokens(SemanticTokens {
        result_id: None,
        data: encoded(&text, &tokens),
    })))
}

fn all(snapshot: &Snapshot, uri: &lsp::Url) -> Answer<Option<SemanticTokens>> {
    let Some(text) = snapshot.text_of(uri)? else {
        return Ok(None);
    };
    let tokens = snapshot.analysis.semantic_tokens(text.file)?;
    let data = encoded(&text, &tokens);
    let result_id = snapshot.tokens.put(text.file, &data);
    Ok(Some(SemanticTokens {
        result_id: Some(result_id),
        data,
    }))
}

/// One edit: what is between the beginning and the end that both have.
fn edit(before: &[lsp::SemanticToken], now: &[lsp::SemanticToken]) -> Option<SemanticTokensEdit> {
    let same = before.iter().zip(now).take_while(|(a, b)| a == b);
    let n_before = same.count();
    let (before, now) = (before.get(n_before..)?, now.get(n_before..)?);
    let same = before.iter().rev().zip(now.iter().rev());
    let n_after = same.take_while(|(a, b)| a == b).count();
    let n_deleted = before.len() - n_after;
    let inserted = now.get(..now.len() - n_after)?;
    if n_deleted == 0 && inserted.is_empty() {
        return None;
    }
    // Counted in numbers, of which a token has five.
    Some(SemanticTokensEdit {
        start: 5 * n_before as u32,
        delete_count: 5 * n_deleted as u32,
        data: Some(inserted.to_vec()),
    })
}

/// Each token by its distance from the one before, measured there: a line of any length is read once.
fn encoded(text: &IndexedText, tokens: &[SemanticToken]) -> Vec<lsp::SemanticToken> {
    let mut data = Vec::with_capacity(tokens.len());
    let mut last_start = 0;
    for token in tokens {
        for part in lines(text.text(), token.range) {
            let between = SourceRange::new(last_start, part.start).of(text.text());
            let on_line = between.rfind('\n').map_or(0, |at| at + 1);
            data.push(lsp::SemanticToken {
                delta_line: between.matches('\n').count() as u32,
                delta_start: text.width(between.get(on_line..).unwrap_or("")),
                length: text.width(part.of(text.text())),
                token_type: number(token.token_type),
                token_modifiers_bitset: modifiers(*token),
            });
            last_start = part.start;
        }
    }
    data
}

/// The parts of a range on each line, without the ends of lines.
fn lines(text: &str, range: SourceRange) -> Vec<SourceRange> {
    let mut start = range.start;
    let mut parts = Vec::new();
    for line in range.of(text).split_inclusive('\n') {
        let written = line.trim_end_matches(['\n', '\r']);
        parts.push(SourceRange::new(start, start + written.len() as u32));
        start += line.len() as u32;
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn number(token_type: TokenType) -> u32 {
    let position = TYPES.iter().position(|(it, _)| *it == token_type);
    position.unwrap_or_default() as u32
}

fn modifiers(token: SemanticToken) -> u32 {
    let flags = [
        token.is_declaration,
        token.is_default_library,
        token.is_deprecated,
    ];
    let bits = flags.iter().enumerate();
    bits.map(|(nth, is_set)| u32::from(*is_set) << nth).sum()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::test_client::TestClient;

    const FILES: [(&str, &str); 2] = [
        ("/p/dbt_project.yml", "name: shop\nprofile: shop\n"),
        ("/p/models/a.sql", "select 'ä', /* one\n  two */ 1\n"),
    ];

    fn ask(client: &mut TestClient, what: &str, extra: &Value) -> Value {
        let mut params = extra.clone();
        params["textDocument"] = json!({"uri": "file:///p/models/a.sql"});
        let id = client.ask(&format!("textDocument/semanticTokens/{what}"), &params);
        client.response(id)["result"].clone()
    }

    #[test]
    fn lines_and_columns_are_relative() {
        let mut client = TestClient::start(&FILES);
        client.initialize("/p");
        let expected = [
            [0, 0, 6, 0, 0],
            [0, 7, 3, 9, 0],
            [0, 5, 6, 11, 0],
            [1, 0, 8, 11, 0],
            [0, 9, 1, 10, 0],
        ];
        let expected: Vec<i32> = expected.concat();
        assert_eq!(
            ask(&mut client, "full", &json!({}))["data"],
            json!(expected)
        );
        let range =
            json!({"start": {"line": 1, "character": 8}, "end": {"line": 1, "character": 10}});
        let answer = ask(&mut client, "range", &json!({"range": range}));
        assert_eq!(answer["data"], json!([1, 9, 1, 10, 0]));
        client.leave();
    }

    #[test]
    fn after_an_edit_only_the_difference_is_told() {
        let mut client = TestClient::start(&FILES);
        client.initialize("/p");
        let uri = "file:///p/models/a.sql";
        let text = FILES[1].1;
        let document = json!({"uri": uri, "languageId": "sql", "version": 1, "text": text});
        client.notify("textDocument/didOpen", &json!({"textDocument": document}));
        let known = ask(&mut client, "full", &json!({}))["resultId"].clone();
        client.notify(
            "textDocument/didChange",
            &json!({
                "textDocument": {"uri": uri, "version": 2},
                "contentChanges": [{"text": "select 'ä', 23, /* one\n  two */ 1\n"}],
            }),
        );
        let answer = ask(
            &mut client,
            "full/delta",
            &json!({"previousResultId": known}),
        );
        assert_eq!(
            answer["edits"],
            json!([{"start": 10, "deleteCount": 5, "data": [0, 5, 2, 10, 0, 0, 4, 6, 11, 0]}])
        );
        let answer = ask(
            &mut client,
            "full/delta",
            &json!({"previousResultId": known}),
        );
        assert_eq!(answer["data"].as_array().unwrap().len(), 30);
        client.leave();
    }
}
