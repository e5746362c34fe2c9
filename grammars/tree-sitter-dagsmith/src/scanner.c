//! Finds the text outside of tags; everything else is regular and left to grammar.js.
//!
//! By hand, because text has to be found where a tag is broken as well: `{{ ref(` in the first line would otherwise make tokens of a tag out of
//! all the SQL below. And because a comment without an end is text, which no regular expression can tell at its beginning.
//!
//! It keeps no state.

#include "tree_sitter/parser.h"

enum TokenType {
    TEXT,
    // In no rule: the parser asks for it only where it asks for everything, after an error.
    AFTER_ERROR,
};

static bool opens_tag(int32_t character) { return character == '{' || character == '%'; }

/// Whether the comment that the lexer is in ends.
static bool comment_ends(TSLexer *lexer) {
    bool after_hash = false;
    while (!lexer->eof(lexer)) {
        if (after_hash && lexer->lookahead == '}') {
            return true;
        }
        after_hash = lexer->lookahead == '#';
        lexer->advance(lexer, false);
    }
    return false;
}

/// Takes text up to the next tag or comment. After an error there is text only where nothing closes a tag before the next is opened:
/// with `{{ a b }}` the parser is still inside.
static bool scan_text(TSLexer *lexer, bool after_error) {
    bool found = false;
    int32_t previous = 0;
    while (!lexer->eof(lexer)) {
        int32_t current = lexer->lookahead;
        if (after_error && current == '}' && (previous == '}' || previous == '%')) {
            return false;
        }
        if (current == '{') {
            lexer->mark_end(lexer);
            lexer->advance(lexer, false);
            if (opens_tag(lexer->lookahead)) {
                return found;
            }
            if (lexer->lookahead == '#') {
                if (found) {
                    return true;
                }
                lexer->advance(lexer, false);
                lexer->mark_end(lexer);
                return !comment_ends(lexer);
            }
        } else {
            lexer->advance(lexer, false);
        }
        found = true;
        previous = current;
    }
    lexer->mark_end(lexer);
    return found;
}

void *tree_sitter_dagsmith_external_scanner_create(void) { return NULL; }

void tree_sitter_dagsmith_external_scanner_destroy(void *payload) { (void)payload; }

unsigned tree_sitter_dagsmith_external_scanner_serialize(void *payload, char *buffer) {
    (void)payload;
    (void)buffer;
    return 0;
}

void tree_sitter_dagsmith_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
    (void)payload;
    (void)buffer;
    (void)length;
}

bool tree_sitter_dagsmith_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid_symbols) {
    (void)payload;
    lexer->result_symbol = TEXT;
    return valid_symbols[TEXT] && scan_text(lexer, valid_symbols[AFTER_ERROR]);
}
