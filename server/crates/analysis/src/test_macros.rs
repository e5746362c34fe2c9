//! The macros behind generic tests: which one a test means, and what it configures.

use std::sync::Arc;

use jinja::{
    Template,
    value::{from_literal, to_json},
};
use project::{generic_tests::GenericTest, json::JsonMap};
use salsa::Database;

use crate::{
    input::{Package, Project},
    macro_index::MacroKey,
    macros::{macro_file, macro_index},
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

/// `config()` calls with literal arguments in the body of the test's macro.
pub(crate) fn macro_config(db: &dyn Database, package: Package, test: &GenericTest) -> JsonMap {
    let project = package.project(db);
    let key = test_macro(
        db,
        project,
        package.name(db),
        test.namespace.as_deref(),
        &test.test_name,
    );
    match key {
        Some(key) => (**literal_config(db, project, key.file, key.index)).clone(),
        None => JsonMap::new(),
    }
}

#[salsa::tracked]
fn literal_config(
    db: &dyn Database,
    project: Project,
    file: base::FileId,
    index: u32,
) -> Arc<JsonMap> {
    let Some(file) = macro_file(db, project, MacroKey { file, index }) else {
        return Arc::default();
    };
    let template: &Template = template(db, file);
    // The index counts macros as the renderer does, without blocks that are none.
    let definitions = template
        .macros
        .iter()
        .enumerate()
        .filter(|(_, block)| !block.is_nested && block.dbt_name().is_some());
    let Some((place, _)) = definitions.clone().nth(index as usize) else {
        return Arc::default();
    };
    let mut config = JsonMap::new();
    for call in template
        .calls_of(&["config"])
        .filter(|call| call.in_macro == Some(place as u32))
    {
        let pairs = call.args.iter().filter_map(|argument| {
            let name = argument.name.as_ref()?.name.to_string();
            Some((
                name,
                to_json(&from_literal(argument.value.literal.as_ref()?)),
            ))
        });
        project::config_merge::add_config_call(&mut config, &pairs.collect());
    }
    Arc::new(config)
}
