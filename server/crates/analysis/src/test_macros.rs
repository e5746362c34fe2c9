//! The macros behind generic tests: which one a test means, and what it configures.

use std::sync::Arc;

use jinja::{
    CallArgs, RenderHost, Template, TemplateInput,
    syntax::CallSyntax,
    value::{from_json, from_literal, to_json},
};
use project::{
    generic_tests::GenericTest,
    json::JsonMap,
    node::{RefArgs, SourceArgs},
};
use salsa::Database;

use crate::{
    facts::ref_of,
    host::{OfflineHost, Phase, RENDERER},
    input::{Package, Project},
    macro_index::{Dispatched, MacroKey},
    macros::{macro_definition, macro_file, macro_index},
    source::template,
};

/// The macro that a test of `package` runs.
pub fn test_macro(
    db: &dyn Database,
    project: Project,
    package: &str,
    namespace: Option<&str>,
    test_name: &str,
) -> Option<MacroKey> {
    let index = macro_index(db, project);
    let name = format!("test_{test_name}");
    match namespace {
        Some(namespace) => index.find_in(namespace, &name),
        None => index.find(package, &name),
    }
}

/// What the test's entry and its macro configure, as if by `config()` calls.
///
/// To dbt the entry's configuration is a call before and a call after the macro, so its tags are there twice. dbt's own
/// `not_null` and `unique` are not rendered.
pub(crate) fn config_calls(db: &dyn Database, package: Package, test: &GenericTest) -> JsonMap {
    let project = package.project(db);
    let key = test_macro(
        db,
        project,
        package.name(db),
        test.namespace.as_deref(),
        &test.test_name,
    );
    let Some(key) = key.filter(|key| !is_never_rendered(db, project, *key)) else {
        return test.config.clone();
    };
    let of_macro = literal_config(db, project, key.file, key.index);
    let rendered = of_macro
        .is_none()
        .then(|| rendered_config(db, package, key, test));
    let of_macro = of_macro.as_deref().or(rendered.as_ref()).cloned();
    let mut calls = JsonMap::new();
    for call in [&test.config, &of_macro.unwrap_or_default(), &test.config] {
        project::config_merge::add_config_call(&mut calls, call);
    }
    calls
}

/// Whether dbt knows all about the test without rendering it.
pub(crate) fn is_never_rendered(db: &dyn Database, project: Project, key: MacroKey) -> bool {
    macro_definition(db, project, key).is_some_and(|definition| {
        matches!(
            &*definition.unique_id,
            "macro.dbt.test_not_null" | "macro.dbt.test_unique"
        )
    })
}

/// What a macro and the implementation that it dispatches to configure; `None` where that is not all written in literals.
#[salsa::tracked]
fn literal_config(
    db: &dyn Database,
    project: Project,
    file: base::FileId,
    index: u32,
) -> Option<Arc<JsonMap>> {
    let key = MacroKey { file, index };
    let mut config = JsonMap::new();
    for key in [key].into_iter().chain(implementations(db, project, key)) {
        for call in calls_in(db, project, key, &["config"]) {
            project::config_merge::add_config_call(&mut config, &literal_pairs(&call)?);
        }
    }
    Some(Arc::new(config))
}

/// What the macro configures when it is called for this test, as dbt's parser does: `execute` is false.
fn rendered_config(
    db: &dyn Database,
    package: Package,
    key: MacroKey,
    test: &GenericTest,
) -> JsonMap {
    let project = package.project(db);
    let Some(definition) = macro_definition(db, project, key) else {
        return JsonMap::new();
    };
    let host = OfflineHost::new(db, project, Some(package), Phase::Parse, None);
    let shared: Arc<dyn RenderHost> = host.clone();
    let name: &str = package.name(db);
    let argument = |value: &serde_json::Value| match value.as_str() {
        Some(written) => {
            let input = TemplateInput {
                name: &test.name,
                package: name,
                file: None,
                start: 0,
                text: written,
            };
            RENDERER
                .render_value(&shared, input)
                .value
                .unwrap_or_default()
        }
        None => from_json(value),
    };
    let args = CallArgs {
        positional: Vec::new(),
        keyword: test
            .kwargs
            .iter()
            .map(|(name, value)| (name.clone(), argument(value)))
            .collect(),
    };
    // What is wrong with the macro is told where it is run; until then it configures what it came to.
    RENDERER.call_macro_def(&shared, name, definition, args);
    host.take_recorded().config
}

/// What a macro dispatches to.
fn implementations(db: &dyn Database, project: Project, key: MacroKey) -> Vec<MacroKey> {
    let package = macro_file(db, project, key).and_then(|file| file.package(db));
    let Some(package) = package else {
        return Vec::new();
    };
    let calls = calls_in(db, project, key, &["adapter", "dispatch"]);
    let found = calls.iter().filter_map(|call| {
        let namespace = call.text_arg(1).or_else(|| {
            let given = call.args.iter().find(|argument| {
                argument
                    .name
                    .as_ref()
                    .is_some_and(|name| &*name.name == "macro_namespace")
            });
            given?.value.literal.as_ref()?.as_str()
        });
        let index = macro_index(db, project);
        match index.dispatch(package.name(db), call.text_arg(0)?, namespace) {
            Dispatched::Found(implementation) => Some(implementation),
            Dispatched::Tried(_) => None,
        }
    });
    found.collect()
}

/// What a test's macro refers to by itself, beside what its arguments name: `ref('expected')` in its body, or in that of
/// a macro that it calls.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct OwnReferences {
    pub(crate) refs: Vec<RefArgs>,
    pub(crate) sources: Vec<SourceArgs>,
}

/// The references in the macro of a test, as far as they are written in literals.
pub(crate) fn own_references(
    db: &dyn Database,
    package: Package,
    test: &GenericTest,
) -> Arc<OwnReferences> {
    let project = package.project(db);
    let namespace = test.namespace.as_deref();
    match test_macro(db, project, package.name(db), namespace, &test.test_name) {
        Some(key) if !is_never_rendered(db, project, key) => {
            Arc::clone(references_in(db, project, key.file, key.index))
        }
        _ => Arc::default(),
    }
}

/// The references in a macro and in all that it may call.
#[salsa::tracked]
fn references_in(
    db: &dyn Database,
    project: Project,
    file: base::FileId,
    index: u32,
) -> Arc<OwnReferences> {
    let mut found = OwnReferences::default();
    let mut seen = Vec::new();
    let mut waiting = vec![MacroKey { file, index }];
    while let Some(key) = waiting.pop() {
        if seen.contains(&key) {
            continue;
        }
        seen.push(key);
        let calls = |path: &[&str]| calls_in(db, project, key, path);
        found.refs.extend(calls(&["ref"]).iter().filter_map(ref_of));
        let sources = calls(&["source"]);
        found.sources.extend(sources.iter().filter_map(|call| {
            Some(SourceArgs {
                source: call.text_arg(0)?.into(),
                table: call.text_arg(1)?.into(),
            })
        }));
        waiting.extend(implementations(db, project, key));
        waiting.extend(called(db, project, key));
    }
    Arc::new(found)
}

/// The macros that a macro calls by name.
fn called(db: &dyn Database, project: Project, key: MacroKey) -> Vec<MacroKey> {
    let package = macro_file(db, project, key).and_then(|file| file.package(db));
    let Some(package) = package else {
        return Vec::new();
    };
    let index = macro_index(db, project);
    let calls = all_calls_in(db, project, key);
    let found = calls.iter().filter_map(|call| match &*call.path {
        [name] => index.find(package.name(db), &name.name),
        [namespace, name] => index.find_in(&namespace.name, &name.name),
        _ => None,
    });
    found.collect()
}

/// The calls of a function in the body of a macro.
fn calls_in(db: &dyn Database, project: Project, key: MacroKey, path: &[&str]) -> Vec<CallSyntax> {
    let mut calls = all_calls_in(db, project, key);
    calls.retain(|call| call.is(path));
    calls
}

/// All calls in the body of a macro.
fn all_calls_in(db: &dyn Database, project: Project, key: MacroKey) -> Vec<CallSyntax> {
    let Some(file) = macro_file(db, project, key) else {
        return Vec::new();
    };
    let template: &Template = template(db, file);
    // The index counts macros as the renderer does, without blocks that are none.
    let definitions = template
        .macros
        .iter()
        .enumerate()
        .filter(|(_, block)| !block.is_nested && block.dbt_name().is_some());
    let Some((place, _)) = definitions.clone().nth(key.index as usize) else {
        return Vec::new();
    };
    template
        .calls
        .iter()
        .filter(|call| call.in_macro == Some(place as u32))
        .cloned()
        .collect()
}

/// `None` where an argument is computed.
fn literal_pairs(call: &CallSyntax) -> Option<JsonMap> {
    let pairs = call.args.iter().map(|argument| {
        let name = argument.name.as_ref()?.name.to_string();
        let literal = argument.value.literal.as_ref()?;
        Some((name, to_json(&from_literal(literal))))
    });
    pairs.collect()
}
