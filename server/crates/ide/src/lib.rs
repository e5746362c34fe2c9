//! The façade that editors and commands ask: `AnalysisHost` and `Analysis`, one file a feature.
//!
//! Plain data in and out, byte offsets; no protocol, no IO, no clock. What a feature answers is defined in its file.

mod code_action;
mod code_lens;
mod command;
mod compiled;
mod completion;
mod definition;
mod diagnostics;
#[cfg(test)]
mod fixture;
mod host;
mod hover;
#[cfg(test)]
mod incrementality;
mod literal;
mod position;
mod signature_help;
mod symbols;

pub use code_action::{CodeAction, CodeActionEffect};
pub use code_lens::CodeLens;
pub use command::{Command, CommandKind};
pub use compiled::Compiled;
pub use completion::{CompletionItem, CompletionKind};
pub use definition::{Definition, NavigationTarget};
pub use host::{Analysis, AnalysisHost, Cancellable};
pub use hover::HoverResult;
pub use position::FilePosition;
pub use signature_help::{Signature, SignatureHelp, SignatureParameter};
pub use symbols::{DocumentSymbol, SymbolKind, WorkspaceSymbol};
