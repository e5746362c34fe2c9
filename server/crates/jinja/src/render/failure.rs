//! From the engine's error to ours: the place in every file on the way, and a message for people.

use std::error::Error as _;
use std::sync::Arc;

use base::SourceRange;

use crate::desugar::OffsetMap;
use crate::render::error::{RenderError, RenderErrorKind, StackFrame};
use crate::render::host::{HostError, HostErrorKind};
use crate::render::limits::Limits;
use crate::render::session::Session;
use crate::render::{TemplateInput, whole_input};
use crate::syntax::Template;
use crate::value::{EngineError, EngineErrorKind};

/// The outermost template, where there is one: a macro can be called from nowhere.
pub(super) type FailedInput<'a> = Option<(&'a TemplateInput<'a>, &'a OffsetMap, &'a Template)>;

/// What is needed to explain an error.
pub(super) struct Failure<'a> {
    pub(super) session: &'a Session,
    pub(super) input: FailedInput<'a>,
    pub(super) limits: Limits,
}

impl Failure<'_> {
    pub(super) fn explain(&self, error: &EngineError) -> RenderError {
        let chain = chain(error);
        let innermost = chain.last().copied().unwrap_or(error);
        let mut stack: Vec<StackFrame> = chain.iter().filter_map(|it| self.frame(it)).collect();
        stack.dedup();
        if stack.is_empty() {
            stack.push(self.outermost());
        }
        let host = innermost
            .source()
            .and_then(|source| source.downcast_ref::<HostError>());
        let (kind, code, message) = match host {
            Some(host) if host.code == "render-limit" => {
                (RenderErrorKind::Limit, host.code, host.message.clone())
            }
            Some(host) => (host.kind.into(), host.code, host.message.clone()),
            None => self.engine_message(innermost),
        };
        debug_assert!(
            !matches!(host, Some(host) if host.kind == HostErrorKind::Cancelled)
                || kind == RenderErrorKind::Cancelled
        );
        // A syntax error of the outermost template has been described better by the tolerant parser.
        if kind == RenderErrorKind::Syntax
            && chain.len() == 1
            && let Some(better) = self.syntax_error()
        {
            return better;
        }
        RenderError {
            kind,
            code,
            message,
            stack,
        }
    }

    fn syntax_error(&self) -> Option<RenderError> {
        let (input, _, tree) = self.input?;
        let diagnostic = tree.errors.first()?;
        Some(RenderError {
            kind: RenderErrorKind::Syntax,
            code: diagnostic.code,
            message: diagnostic.message.clone(),
            stack: vec![StackFrame {
                name: Arc::from(input.name),
                file: input.file,
                range: Some(diagnostic.range.shifted(input.start)),
            }],
        })
    }

    /// The outermost template as a whole.
    fn outermost(&self) -> StackFrame {
        match self.input {
            Some((input, _, _)) => whole_input(input),
            None => StackFrame {
                name: Arc::from(self.session.package.as_str()),
                file: None,
                range: None,
            },
        }
    }

    /// The place of one error of the chain.
    fn frame(&self, error: &EngineError) -> Option<StackFrame> {
        let name = error.name()?;
        let range = error
            .range()
            .map(|range| SourceRange::from_usize(range.start, range.end));
        if let Some(def) = self.session.macro_by_template(name) {
            return Some(StackFrame {
                name: Arc::clone(&def.unique_id),
                file: Some(def.file),
                range: Some(range.map_or(def.range, |range| {
                    within(def.offsets.to_source(range), def.range)
                })),
            });
        }
        let (input, offsets, _) = self.input?;
        if name != input.name {
            return None;
        }
        let whole = SourceRange::new(input.start, input.start + input.text.len() as u32);
        Some(StackFrame {
            name: Arc::from(input.name),
            file: input.file,
            range: Some(range.map_or(whole, |range| within(offsets.to_source(range), whole))),
        })
    }

    fn engine_message(&self, error: &EngineError) -> (RenderErrorKind, &'static str, String) {
        let detail = error.detail().unwrap_or("").to_owned();
        match error.kind() {
            EngineErrorKind::SyntaxError => (
                RenderErrorKind::Syntax,
                "jinja-syntax",
                format!("template syntax: {detail}"),
            ),
            EngineErrorKind::OutOfFuel => (
                RenderErrorKind::Limit,
                "render-limit",
                format!(
                    "stopped after {} steps; is there a loop without end, or a text without measure?",
                    self.limits.fuel
                ),
            ),
            EngineErrorKind::UnknownFunction => (
                RenderErrorKind::Compilation,
                "undefined-name",
                match detail.strip_suffix(" is unknown") {
                    Some(name) => undefined(name),
                    None => detail,
                },
            ),
            EngineErrorKind::UndefinedError => (
                RenderErrorKind::Compilation,
                "undefined-name",
                match self.expression_text(error) {
                    Some(text) => undefined(&text),
                    None => "value is undefined".to_owned(),
                },
            ),
            _ if detail.contains("recursion limit exceeded") => (
                RenderErrorKind::Limit,
                "render-limit",
                "macros call each other too deep; does one call itself without end?".to_owned(),
            ),
            kind if detail.is_empty() => (
                RenderErrorKind::Compilation,
                "jinja-render",
                kind.to_string(),
            ),
            _ => (RenderErrorKind::Compilation, "jinja-render", detail),
        }
    }

    /// The object of the undefined expression: `a.b` of `a.b.c`, `a` of `a.b`.
    fn expression_text(&self, error: &EngineError) -> Option<String> {
        let range = error.range()?;
        let range = SourceRange::from_usize(range.start, range.end);
        let text = if let Some(def) = self.session.macro_by_template(error.name()?) {
            range.of(&def.source).to_owned()
        } else {
            let (input, offsets, _) = self.input?;
            let source = offsets.to_source(range);
            let start = source.start.checked_sub(input.start)?;
            let end = source.end.checked_sub(input.start)?;
            SourceRange::new(start, end).of(input.text).to_owned()
        };
        let text = text.trim();
        let callee = text.split(['(', '[', ' ', '|']).next().unwrap_or(text);
        let object = callee.rsplit_once('.').map_or(callee, |(object, _)| object);
        (!object.is_empty()).then(|| object.to_owned())
    }
}

fn undefined(name: &str) -> String {
    format!(
        "`{name}` is undefined; is it a macro that does not exist, or a package that is not installed?"
    )
}

/// Offsets behind the end belong to what the renderer adds there.
fn within(range: SourceRange, whole: SourceRange) -> SourceRange {
    SourceRange::new(
        range.start.clamp(whole.start, whole.end),
        range.end.clamp(whole.start, whole.end),
    )
}

/// An error and the engine's errors that caused it, from the outside in.
fn chain(error: &EngineError) -> Vec<&EngineError> {
    let mut chain = vec![error];
    let mut next = error.source();
    while let Some(cause) = next.and_then(|source| source.downcast_ref::<EngineError>()) {
        chain.push(cause);
        next = cause.source();
    }
    chain
}
