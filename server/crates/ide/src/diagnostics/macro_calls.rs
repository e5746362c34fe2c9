//! `unknown-macro`, `macro-arguments`: calls of macros that are not there, or that take something else.

use analysis::{
    MacroIndex, MacroKey,
    macros::{macro_definition, macro_index},
    source::template,
};
use base::{Diagnostic, FileId};
use jinja::{
    MacroDef,
    syntax::{CallKind, CallSyntax, Spread},
};

use super::{CheckContext, is_certain, judged};

pub(super) fn check(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    let Some(package) = file.package(db) else {
        return;
    };
    let project = package.project(db);
    let index = macro_index(db, project);
    let tree = template(db, file);
    let bound: Vec<_> = tree
        .names
        .iter()
        .filter(|name| name.is_bound)
        .map(|name| name.range)
        .collect();
    for call in tree
        .calls
        .iter()
        .filter(|call| call.kind != CallKind::Filter)
    {
        let Some(first) = call.path.first() else {
            continue;
        };
        if bound.contains(&first.range) {
            continue;
        }
        match callee(index, package.name(db), call) {
            Callee::Macro(key) => {
                if let Some(definition) = macro_definition(db, project, key) {
                    let wrong = wrong_arguments(file.id(db), call, &definition);
                    found.extend(wrong.map(|it| judged(it, is_certain(call))));
                }
            }
            Callee::Unknown(message, known) => {
                let name = call.path.last().unwrap_or(first);
                let diagnostic = Diagnostic::error("unknown-macro", name.range, message);
                let diagnostic = diagnostic.suggesting(file.id(db), &name.name, known);
                found.push(judged(diagnostic, is_certain(call)));
            }
            Callee::Other => {}
        }
    }
}

enum Callee<'a> {
    Macro(MacroKey),
    /// What to say, and what there is.
    Unknown(String, Vec<&'a str>),
    /// A function of the context, a method of something: not for us to judge.
    Other,
}

fn callee<'a>(index: &'a MacroIndex, package: &'a str, call: &CallSyntax) -> Callee<'a> {
    match &*call.path {
        [name] => match index.find(package, &name.name) {
            Some(key) => Callee::Macro(key),
            None if jinja::is_context_name(&name.name) => Callee::Other,
            None => {
                let known = index.visible_from(package).map(|(name, _)| &**name);
                let message = format!("macro `{}` not found", name.name);
                Callee::Unknown(message, known.collect())
            }
        },
        [namespace, name] if index.packages.contains_key(&*namespace.name) => {
            if let Some(key) = index.find_in(&namespace.name, &name.name) {
                Callee::Macro(key)
            } else {
                let known = index
                    .packages
                    .get(&*namespace.name)
                    .into_iter()
                    .flatten()
                    .map(|(name, _)| &**name);
                let message = format!("package `{}` has no macro `{}`", namespace.name, name.name);
                Callee::Unknown(message, known.collect())
            }
        }
        [namespace, name] if &*namespace.name == "dbt" => index
            .find_in("dbt", &name.name)
            .map_or(Callee::Other, Callee::Macro),
        _ => Callee::Other,
    }
}

fn wrong_arguments(file: FileId, call: &CallSyntax, definition: &MacroDef) -> Option<Diagnostic> {
    let name = &definition.name;
    let error = |range, message| Some(Diagnostic::error("macro-arguments", range, message));
    if call
        .args
        .iter()
        .any(|argument| argument.spread != Spread::No)
    {
        return None;
    }
    let n_positional = call.positional().count();
    if n_positional > definition.params.len() && !definition.takes_varargs {
        let first_extra = call.positional().nth(definition.params.len())?;
        return error(
            first_extra.value.range,
            format!(
                "macro `{name}` takes at most {} arguments",
                definition.params.len()
            ),
        );
    }
    for argument in call
        .args
        .iter()
        .filter_map(|argument| argument.name.as_ref())
    {
        let is_known = definition
            .params
            .iter()
            .any(|param| param.name == argument.name)
            || &*argument.name == "caller";
        if !is_known && !definition.takes_kwargs {
            let message = format!("macro `{name}` has no argument `{}`", argument.name);
            let known = definition.params.iter().map(|param| &*param.name);
            return error(argument.range, message)
                .map(|it| it.suggesting(file, &argument.name, known));
        }
    }
    let is_given = |param: &jinja::MacroParam| call.keyword(&param.name).is_some();
    let missing = definition
        .params
        .iter()
        .skip(n_positional)
        .find(|param| !param.has_default && !is_given(param))?;
    // dbt, as Jinja, takes a missing argument for undefined: many macros rely on it. Only a first one is worth a word.
    if call.args.is_empty() && n_positional == 0 && definition.params.len() == 1
        || definition
            .params
            .first()
            .is_some_and(|first| first.name == missing.name)
    {
        let message = format!("macro `{name}` needs the argument `{}`", missing.name);
        return Some(Diagnostic::warning(
            "macro-arguments",
            call.callee_range(),
            message,
        ));
    }
    None
}
