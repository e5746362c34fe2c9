//! SQL text as data: tokens, statements, scopes, output columns: the only importer of sqlparser.
