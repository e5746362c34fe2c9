//! SQL text as data: tokens, statements, scopes, output columns: the only importer of sqlparser.
//!
//! Pure: text in, facts out; no files, no clock, no incremental machinery. The way in is `parse`, which takes any text
//! and returns a tree; everything else is a question to the tree (`relations`), or to the tree and a `Catalog` that
//! knows the columns of relations outside it (`output_columns`, `symbols`, `completion_scope_at`). Answers hold no
//! reference to the tree, which may be dropped.
//!
//! The scanner and the grammar are our own, because an editor needs exact byte ranges, a tree for half-typed text and
//! all errors, and sqlparser gives lines and columns, nothing, and the first. sqlparser is the second opinion: outside
//! DuckDB's dialect an error is reported only when it, too, rejects the text.

mod ast;
mod bind;
mod brackets;
mod catalog;
mod columns;
mod completion;
mod dialect;
mod functions;
mod keyword;
mod names;
mod outline;
mod parse;
mod relations;
mod second_opinion;
mod symbols;
#[cfg(test)]
mod test_catalog;
mod token;
mod tree;
mod types;
mod walk;

pub use brackets::bracket_pairs;
pub use catalog::{Catalog, CatalogColumn, EmptyCatalog, RelationName};
pub use columns::{Columns, Confidence, Origin, OriginKind, OutputColumn, output_columns};
pub use completion::{
    Clause, ScopeAt, ScopeColumn, ScopeCte, ScopeRelation, completion_scope_at, types,
};
pub use dialect::Dialect;
pub use functions::{
    CallAt, Function, FunctionKind, FunctionParameter, FunctionSignature, Misuse, MisuseKind,
    call_at, function, function_at, functions, misuses,
};
pub use names::written_name;
pub use outline::{CteOutline, Outline, outline};
pub use relations::{TableReference, relations};
pub use symbols::{
    Positional, Problem, ProblemKind, Reference, Star, StarColumn, Symbol, SymbolId, SymbolKind,
    Symbols, Unqualified, symbols,
};
pub use token::{Token, TokenKind, tokenize};
pub use tree::{SqlError, SqlTree, parse};
pub use types::Type;
pub use walk::{Part, parts_at, walk};
