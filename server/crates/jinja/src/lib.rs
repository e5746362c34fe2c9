//! Templates: tolerant syntax with spans, dbt's tags and context, the renderer and its source maps.
//!
//! Three layers, each usable without the next: [`syntax`] reads what a file says and never fails; `desugar` turns it
//! into what the template engine accepts; [`render`] runs it against a [`RenderHost`], which knows the project.
//!
//! **Invariant:** the only importer of minijinja; the only place that knows Jinja's grammar. It does no IO, has no
//! clock and no environment: all of that is asked of the host.

mod column;
mod context;
mod desugar;
mod relation;
pub mod render;
pub mod syntax;
mod table;
pub mod value;

pub use column::Column;
pub use context::response;
pub use context::{RUNTIME_CONFIG, is_context_name};
pub use relation::{EventTimeFilter, Policy, Relation, RelationType};
pub use render::{
    Called, HostError, HostErrorKind, Limits, LogLevel, MacroDef, MacroParam, MacroPlace, MacroUse,
    Piece, PieceKind, Precision, QueryRequest, QueryResult, RefRequest, RenderError,
    RenderErrorKind, RenderHost, Rendered, Renderer, SourceMap, StackFrame, StoredResult,
    TemplateInput, macro_defs, macro_value,
};
pub use syntax::Template;
pub use table::{ColumnKind, Table, TableColumn};
pub use value::{CallArgs, Value};
