//! The language server protocol over stdio: the only importer of tower-lsp.
