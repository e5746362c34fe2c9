//! One file a request: from the protocol's parameters to a question to `ide`, and its answer back.

pub(crate) mod code_action;
pub(crate) mod code_lens;
pub(crate) mod column_lineage;
pub(crate) mod command;
pub(crate) mod compiled;
pub(crate) mod completion;
pub(crate) mod definition;
pub(crate) mod diagnostics;
pub(crate) mod document_highlight;
pub(crate) mod document_link;
pub(crate) mod document_symbol;
pub(crate) mod folding_range;
pub(crate) mod formatting;
pub(crate) mod hover;
pub(crate) mod inlay_hint;
pub(crate) mod lineage;
pub(crate) mod linked_editing_range;
pub(crate) mod on_type_formatting;
pub(crate) mod refactoring;
pub(crate) mod references;
pub(crate) mod rename;
pub(crate) mod selection_range;
pub(crate) mod semantic_tokens;
pub(crate) mod signature_help;
pub(crate) mod tests_list;
pub(crate) mod workspace_symbol;
