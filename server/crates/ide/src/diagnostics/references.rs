//! `unknown-ref`, `unknown-function`, `unknown-source`, `unknown-var`, `unknown-doc`: names that mean nothing.
//!
//! Only calls written in literals can be judged; a computed name is judged when it is rendered.

use analysis::{
    PythonRead,
    facts::node_facts,
    project_config::vars,
    python_reads,
    resolve::{
        self, DocIndex, RefError, RefTarget, doc_index, function_index, function_target,
        resolve_ref, source_index, source_target,
    },
    source::template,
};
use base::{Diagnostic, FileId, SourceRange};
use jinja::syntax::{ArgSyntax, CallSyntax};
use project::{
    files::FileKind,
    node::{RefArgs, SourceArgs},
};

use super::{CheckContext, is_certain, judged};
use crate::{column_uses::words_in, literal::ref_args};

pub(super) fn check(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    for call in &template(db, file).calls {
        let [callee] = &*call.path else { continue };
        let diagnostic = match &*callee.name {
            "ref" => unknown_ref(context, call),
            "function" => unknown_function(context, call),
            "source" => unknown_source(context, call),
            "var" => unknown_var(context, call),
            "doc" => unknown_doc(context, call),
            _ => None,
        };
        let is_certain = is_certain(call) || is_read(context, call);
        found.extend(diagnostic.map(|it| judged(it, is_certain && !may_be_idle(context, call))));
    }
}

/// The same in a Python model, where the calls are Python's.
pub(super) fn check_python(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    let Some(package) = file.package(db) else {
        return;
    };
    let (project, own) = (package.project(db), package.name(db));
    let text = &**file.text(db);
    for (read, call) in python_reads(text) {
        let end = text.get(call.end as usize..).and_then(|it| it.find(')'));
        let arguments = SourceRange::new(call.end, call.end + end.unwrap_or_default() as u32);
        let place = |name: &str| {
            let words = words_in(text, arguments, name);
            words.last().copied().unwrap_or(call)
        };
        match read {
            PythonRead::Ref(args) => {
                if let Err(error) = resolve_ref(db, project, own, &args) {
                    let at = place(&args.name);
                    found.push(ref_diagnostic(file.id(db), &args, &error, at));
                }
            }
            PythonRead::Source(args) => {
                if source_target(db, project, own, &args).is_none() {
                    let index = source_index(db, project);
                    let is_known = index.keys().any(|(source, _)| *source == args.source);
                    let wrong = if is_known { &args.table } else { &args.source };
                    found.push(source_diagnostic(context, &args, place(wrong)));
                }
            }
        }
    }
}

/// Whether a call that may not happen did, while the file was read.
fn is_read(context: &CheckContext<'_>, call: &CallSyntax) -> bool {
    let facts = node_facts(context.db, context.file);
    let is_ref = |args: RefArgs| facts.iter().any(|node| node.refs.contains(&args));
    let is_source = |args: SourceArgs| facts.iter().any(|node| node.sources.contains(&args));
    call.in_macro.is_none()
        && match call.path.first().map(|callee| &*callee.name) {
            Some("ref") => ref_args(call).is_some_and(is_ref),
            Some("source") => source_args(call).is_some_and(is_source),
            _ => false,
        }
}

/// A test that reads what does not exist, or is turned off, is left out: dbt warns at most.
fn may_be_idle(context: &CheckContext<'_>, call: &CallSyntax) -> bool {
    let is_test = context.file.kind(context.db) == Some(FileKind::SingularTest);
    is_test && (call.is(&["ref"]) || call.is(&["source"]))
}

fn source_args(call: &CallSyntax) -> Option<SourceArgs> {
    Some(SourceArgs {
        source: call.text_arg(0)?.into(),
        table: call.text_arg(1)?.into(),
    })
}

fn unknown_ref(context: &CheckContext<'_>, call: &CallSyntax) -> Option<Diagnostic> {
    let (db, file) = (context.db, context.file);
    let package = file.package(db)?;
    let args: RefArgs = ref_args(call)?;
    let error = resolve_ref(db, package.project(db), package.name(db), &args).err()?;
    // The name is the last positional argument: the package may stand before it.
    let name = text_range(call.positional().last()?);
    Some(ref_diagnostic(file.id(db), &args, &error, name))
}

fn unknown_function(context: &CheckContext<'_>, call: &CallSyntax) -> Option<Diagnostic> {
    let (db, file) = (context.db, context.file);
    let package = file.package(db)?;
    let args: RefArgs = ref_args(call)?;
    let project = package.project(db);
    if function_target(db, project, package.name(db), &args).is_some() {
        return None;
    }
    let name = text_range(call.positional().last()?);
    let known = function_index(db, project).enabled.keys();
    let message = format!("function `{}` not found", args.name);
    let diagnostic = Diagnostic::error("unknown-function", name, message);
    Some(diagnostic.suggesting(file.id(db), &args.name, known.map(|name| &**name)))
}

/// A `ref` that cannot be resolved; `at` is where the name stands.
pub(super) fn ref_diagnostic(
    file: FileId,
    args: &RefArgs,
    error: &RefError,
    at: SourceRange,
) -> Diagnostic {
    let diagnostic = Diagnostic::error(code(error), at, error.message(args));
    match error {
        RefError::NotFound { meant: Some(meant) } => diagnostic.with_replacement(file, meant),
        RefError::NotFound { meant: None } | RefError::Disabled | RefError::Ambiguous { .. } => {
            diagnostic
        }
    }
}

fn code(error: &RefError) -> &'static str {
    match error {
        RefError::NotFound { .. } => "unknown-ref",
        RefError::Disabled => "disabled-ref",
        RefError::Ambiguous { .. } => "ambiguous-ref",
    }
}

fn unknown_source(context: &CheckContext<'_>, call: &CallSyntax) -> Option<Diagnostic> {
    let (db, file) = (context.db, context.file);
    let package = file.package(db)?;
    let project = package.project(db);
    let args = source_args(call)?;
    if source_target(db, project, package.name(db), &args).is_some() {
        return None;
    }
    let index = source_index(db, project);
    let is_source_known = index.keys().any(|(source, _)| *source == args.source);
    let at = call
        .positional()
        .nth(usize::from(is_source_known))
        .map(text_range)?;
    Some(source_diagnostic(context, &args, at))
}

/// A source that is not there, or one that has no such table; `at` is where the wrong name stands.
pub(super) fn source_diagnostic(
    context: &CheckContext<'_>,
    args: &SourceArgs,
    at: SourceRange,
) -> Diagnostic {
    let (db, file) = (context.db, context.file);
    let index = file.project(db).map(|project| source_index(db, project));
    let keys = || index.iter().flat_map(|index| index.keys());
    let of_source = keys().filter(|(source, _)| *source == args.source);
    let tables: Vec<&str> = of_source.map(|(_, table)| &**table).collect();
    if tables.is_empty() {
        let message = format!("source `{}` not found", args.source);
        let sources = keys().map(|(source, _)| &**source);
        return Diagnostic::error("unknown-source", at, message).suggesting(
            file.id(db),
            &args.source,
            sources,
        );
    }
    let message = format!("source `{}` has no table `{}`", args.source, args.table);
    Diagnostic::error("unknown-source", at, message).suggesting(file.id(db), &args.table, tables)
}

fn unknown_var(context: &CheckContext<'_>, call: &CallSyntax) -> Option<Diagnostic> {
    let (db, file) = (context.db, context.file);
    let package = file.package(db)?;
    let name = call.text_arg(0)?;
    let has_default = call.args.len() > 1;
    let vars = vars(db, package);
    if has_default || call.is_conditional || call.in_macro.is_some() || vars.contains_key(name) {
        return None;
    }
    let at = call.positional().next().map(text_range)?;
    let message = format!("var `{name}` has no value");
    let known = vars.keys().map(String::as_str);
    Some(Diagnostic::error("unknown-var", at, message).suggesting(file.id(db), name, known))
}

fn unknown_doc(context: &CheckContext<'_>, call: &CallSyntax) -> Option<Diagnostic> {
    let (db, file) = (context.db, context.file);
    let project = file.project(db)?;
    let name = call
        .positional()
        .last()
        .and_then(|argument| argument.value.literal.as_ref()?.as_str())?;
    let index = doc_index(db, project);
    if index.contains_key(name) {
        return None;
    }
    let at = text_range(call.positional().last()?);
    Some(doc_diagnostic(file.id(db), index, name, at))
}

/// A docs block that is not there; `at` is where its name stands.
pub(super) fn doc_diagnostic(
    file: FileId,
    index: &DocIndex,
    name: &str,
    at: SourceRange,
) -> Diagnostic {
    let message = format!("documentation block `{name}` not found");
    let known = index.keys().map(|name| &**name);
    Diagnostic::error("unknown-doc", at, message).suggesting(file, name, known)
}

/// The inside of a quoted argument.
pub(crate) fn text_range(argument: &ArgSyntax) -> SourceRange {
    let range = argument.value.range;
    if range.len() >= 2 {
        SourceRange::new(range.start + 1, range.end - 1)
    } else {
        range
    }
}

/// The node that a literal `ref` call means.
pub(crate) fn ref_target(context: &CheckContext<'_>, call: &CallSyntax) -> Option<RefTarget> {
    let package = context.file.package(context.db)?;
    resolve::ref_target(
        context.db,
        package.project(context.db),
        package.name(context.db),
        &ref_args(call)?,
    )
}
