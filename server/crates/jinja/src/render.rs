//! `Renderer`: runs templates and macros against a host.
//!
//! One rendering is one state of the engine, whatever it calls: macros are loaded into it the first time they are used
//! (`load.rs`), so that `caller()` and the spans of the outermost template keep working. Compiled macros live in an
//! engine environment that all renderings share; a macro's template is named after its content, so nothing has to be
//! invalidated, and the environment is replaced by an empty one before it has collected too much.

mod engine;
mod error;
mod failure;
mod host;
mod limits;
mod load;
mod macro_def;
mod native;
mod nested;
mod pieces;
mod root;
mod session;
mod source_map;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use base::FileId;

pub use error::{RenderError, RenderErrorKind, StackFrame};
pub use host::{
    HostError, HostErrorKind, LogLevel, QueryRequest, QueryResult, RefRequest, RenderHost,
};
pub use limits::Limits;
pub use macro_def::{MacroDef, MacroParam, macro_defs};
pub use session::{MacroUse, StoredResult};
pub use source_map::{MacroPlace, Piece, PieceKind, Precision, SourceMap};

pub(crate) use load::{MacroRef, bind, call_task};
pub(crate) use native::mark;
pub(crate) use nested::nested_text;
pub(crate) use session::{Session, Task, host_error, log_print, session};

use crate::desugar::desugar;
use crate::value::{CallArgs, Value};
use engine::Engine;
use failure::Failure;
use load::LOAD_BLOCK;

/// A macro as a value that templates can call: what a host gives where dbt gives a macro.
pub fn macro_value(def: Arc<MacroDef>) -> Value {
    MacroRef::value(def)
}

/// A text to render.
#[derive(Debug, Clone, Copy)]
pub struct TemplateInput<'a> {
    /// What errors call it: a model's unique id, a path.
    pub name: &'a str,
    /// The package it belongs to, from which macros are looked up.
    pub package: &'a str,
    /// The file it is part of, if any.
    pub file: Option<FileId>,
    /// Where in the file it begins.
    pub start: u32,
    /// The text.
    pub text: &'a str,
}

/// A rendered template.
#[derive(Debug, Clone, Default)]
pub struct Rendered {
    /// What it rendered to; empty where it failed.
    pub text: String,
    /// Where each byte of `text` came from.
    pub source_map: SourceMap,
    /// Why it failed.
    pub error: Option<RenderError>,
    /// The macros that were called, in the order of the first call.
    pub macros: Vec<MacroUse>,
    /// Steps taken; 0 where it failed.
    pub fuel: u64,
}

/// What came of calling a macro or evaluating an expression.
#[derive(Debug, Clone)]
pub struct Called {
    /// What it returned; the text it rendered to where it has no `return`.
    pub value: Result<Value, RenderError>,
    /// The macros that were called, in the order of the first call.
    pub macros: Vec<MacroUse>,
    /// What `store_result` was told, in the order stored: `main` is a materialization's main statement.
    pub results: Vec<(String, StoredResult)>,
    /// Steps taken; 0 where it failed.
    pub fuel: u64,
}

/// Renders. One for the whole process; may be used from several threads at once.
#[derive(Debug)]
pub struct Renderer {
    limits: Limits,
    /// Undefined names are harmless.
    parsing: Engine,
    /// They are not.
    running: Engine,
}

impl Default for Renderer {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Renderer {
    /// A renderer that stops what goes beyond `limits`.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            parsing: Engine::new(limits, true),
            running: Engine::new(limits, false),
        }
    }

    /// Render a template to text.
    pub fn render(&self, host: &Arc<dyn RenderHost>, input: TemplateInput<'_>) -> Rendered {
        if !may_have_jinja(input.text) {
            return plain(input);
        }
        let (source, offsets, tree) = desugar(input.text, input.start);
        let session = Session::new(Arc::clone(host), input.package, self.limits, Task::Text);
        let mut whole = String::with_capacity(source.len() + LOAD_BLOCK.len());
        whole.push_str(&source);
        whole.push_str(LOAD_BLOCK);
        let engine = self.engine(host);
        let environment = engine.environment();
        let outcome = environment
            .template_from_named_str(input.name, &whole)
            .and_then(|template| template.render_with_spans(root::root(&session)));
        match outcome {
            Ok((text, spans)) => {
                let source_map = pieces::source_map(
                    &pieces::Inputs {
                        text: &text,
                        source: &source,
                        whole: input.text,
                        start: input.start,
                        offsets: &offsets,
                        tree: &tree,
                        calls: &session.top_calls(),
                    },
                    &spans,
                );
                Rendered {
                    text,
                    source_map,
                    error: None,
                    macros: session.macros(),
                    fuel: session.fuel(),
                }
            }
            Err(error) => {
                let failure = Failure {
                    session: &session,
                    input: Some((&input, &offsets, &tree)),
                    limits: self.limits,
                };
                Rendered {
                    error: Some(failure.explain(&error)),
                    macros: session.macros(),
                    ..Rendered::default()
                }
            }
        }
    }

    /// Call a macro as a template of `package` would: `name` may be qualified, `dbt_utils.star`.
    pub fn call_macro(
        &self,
        host: &Arc<dyn RenderHost>,
        package: &str,
        name: &str,
        args: CallArgs,
    ) -> Called {
        let found = match name.split_once('.') {
            Some((in_package, name)) => host.find_macro_in(in_package, name),
            None => host.find_macro(package, name),
        };
        match found {
            Some(def) => self.call_macro_def(host, package, def, args),
            None => Called {
                value: Err(RenderError {
                    kind: RenderErrorKind::Compilation,
                    code: "unknown-macro",
                    message: format!("macro `{name}` not found"),
                    stack: vec![StackFrame {
                        name: Arc::from(name),
                        file: None,
                        range: None,
                    }],
                }),
                macros: Vec::new(),
                results: Vec::new(),
                fuel: 0,
            },
        }
    }

    /// Call a macro that the host has found already.
    pub fn call_macro_def(
        &self,
        host: &Arc<dyn RenderHost>,
        package: &str,
        def: Arc<MacroDef>,
        args: CallArgs,
    ) -> Called {
        let session = Session::new(
            Arc::clone(host),
            package,
            self.limits,
            Task::Call(def, args),
        );
        let engine = self.engine(host);
        let environment = engine.environment();
        let outcome = environment
            .get_template(engine::CALL_TEMPLATE)
            .and_then(|template| template.render(root::root(&session)));
        self.called(&session, outcome.map(|_| ()), None)
    }

    /// Evaluate a text from a YAML file as dbt does: one `{{ ... }}` and nothing else keeps its type, anything else is
    /// text; filters such as `as_number` convert.
    pub fn render_value(&self, host: &Arc<dyn RenderHost>, input: TemplateInput<'_>) -> Called {
        let done = |value| Called {
            value,
            macros: Vec::new(),
            results: Vec::new(),
            fuel: 0,
        };
        if !may_have_jinja(input.text) {
            return done(Ok(Value::from(input.text)));
        }
        let Some(expression) = native::only_expression(input.text) else {
            let rendered = self.render(host, input);
            return Called {
                value: match rendered.error {
                    None => Ok(Value::from(rendered.text)),
                    Some(error) => Err(error),
                },
                macros: rendered.macros,
                results: Vec::new(),
                fuel: rendered.fuel,
            };
        };
        let wrapped = native::wrap(input.text, expression);
        let (source, _, _) = desugar(&wrapped, input.start);
        let session = Session::new(Arc::clone(host), input.package, self.limits, Task::Value);
        let whole = format!("{source}{LOAD_BLOCK}");
        let engine = self.engine(host);
        let environment = engine.environment();
        let outcome = environment
            .template_from_named_str(input.name, &whole)
            .and_then(|template| template.render(root::root(&session)));
        let mut called = self.called(&session, outcome.map(|_| ()), None);
        called.value = called
            .value
            .map_err(|mut error| {
                // Offsets in the wrapped text mean nothing to the user: the whole value is to blame.
                error.stack.retain(|frame| frame.file.is_some());
                error.stack.insert(0, whole_input(&input));
                error
            })
            .and_then(|value| {
                native::convert(&value).map_err(|message| RenderError {
                    kind: RenderErrorKind::Compilation,
                    code: "jinja-render",
                    message,
                    stack: vec![whole_input(&input)],
                })
            });
        called
    }

    fn engine(&self, host: &Arc<dyn RenderHost>) -> &Engine {
        if host.is_parsing() {
            &self.parsing
        } else {
            &self.running
        }
    }

    fn called(
        &self,
        session: &Arc<Session>,
        outcome: Result<(), crate::value::EngineError>,
        input: failure::FailedInput<'_>,
    ) -> Called {
        let value = match outcome {
            Ok(()) => Ok(session.take_outcome()),
            Err(error) => {
                let failure = Failure {
                    session,
                    input,
                    limits: self.limits,
                };
                Err(failure.explain(&error))
            }
        };
        Called {
            value,
            macros: session.macros(),
            results: session.results(),
            fuel: session.fuel(),
        }
    }
}

/// Whether a text can hold any Jinja; if not, it is its own rendering.
fn may_have_jinja(text: &str) -> bool {
    text.match_indices('{')
        .any(|(at, _)| matches!(text.as_bytes().get(at + 1), Some(b'{' | b'%' | b'#')))
}

/// SQL without Jinja; Jinja2 still drops one line end and evens out the others.
fn plain(input: TemplateInput<'_>) -> Rendered {
    let (text, offsets, _) = if input.text.ends_with('\n') || input.text.contains('\r') {
        desugar(input.text, input.start)
    } else {
        return Rendered {
            text: input.text.to_owned(),
            source_map: SourceMap::identity(input.text.len() as u32, input.start),
            ..Rendered::default()
        };
    };
    let range = base::SourceRange::new(0, text.len() as u32);
    Rendered {
        source_map: SourceMap::new(pieces::literal(&offsets, range, 0)),
        text: text.into_owned(),
        ..Rendered::default()
    }
}

/// The place of an error that is about all of a template.
fn whole_input(input: &TemplateInput<'_>) -> StackFrame {
    StackFrame {
        name: Arc::from(input.name),
        file: input.file,
        range: Some(base::SourceRange::new(
            input.start,
            input.start + input.text.len() as u32,
        )),
    }
}
