//! `submit_python_job(model, code)`: runs a Python model where the warehouse can.
//!
//! What the code may ask for is known from parsing: its refs and its sources. SQL in it may read the tables that it names
//! and, where it asks for `dbt.this`, the table that is there from before; others it does not find. The relations are those
//! that its script names, so deferral counts, and `--empty` does not.

use std::sync::Arc;

use base::System;
use jinja::{CallArgs, HostError, LogLevel, Relation, RenderHost as _, Value};
use project::node::Node;

use super::{
    connection::response_pairs,
    host::{LiveHost, host_error},
    schemas,
};
use crate::{
    compile::node_path,
    python::{PythonFailure, PythonInput, PythonJob},
    warehouse::{Fetch, Response, WarehouseError},
};

/// Runs the code of this node's model; the answer is the response that the statement gets.
pub(super) fn submit(host: &LiveHost, args: &CallArgs) -> Result<Value, HostError> {
    let code = args.text(1, "compiled_code")?;
    let Some(node) = host.node() else {
        return Err(HostError::compilation(
            "python-model",
            "`submit_python_job` can only be called while a model is built",
        ));
    };
    let inputs = inputs(host, node)?;
    let session = &host.session;
    let path = node_path(session, node);
    let shown = path.as_deref().map_or_else(
        || node.original_file_path.to_string(),
        |path| crate::artifacts::relative(path, &session.project.root),
    );
    let lines_before = path.map_or(0, |path| lines_before(&*session.system, &path, node));
    let mut execute = |sql: &str| -> Result<(), WarehouseError> {
        let begins = true;
        let executed = host.connection().execute(sql, &[], Fetch::Nothing, begins);
        executed.map(drop)
    };
    let done = session.warehouse.run_python(&mut PythonJob {
        module: &node.alias,
        // A macro writes a line break before it, which would shift its lines.
        code: code.trim_start(),
        path: &shown,
        lines_before,
        own_lines: node.raw_code.lines().count(),
        inputs: &inputs,
        scratch: &session.project.target_path,
        interpreter: &*session.python,
        cancel: &session.cancel,
        printed: &|line| host.log(LogLevel::Print, line),
        execute: &mut execute,
    });
    match done {
        Ok(()) => Ok(jinja::response(response_pairs(&Response {
            message: "OK".to_owned(),
            ..Response::default()
        }))),
        Err(PythonFailure::Warehouse(error)) => Err(host_error(&error)),
        Err(failure) => {
            host.state().python_failure = Some(failure);
            Err(HostError::compilation("python-model", "the model failed"))
        }
    }
}

/// The relations that the code may ask for, and those that its SQL names.
fn inputs(host: &LiveHost, node: &Arc<Node>) -> Result<Vec<PythonInput>, HostError> {
    let manifest = &host.session.project.manifest;
    let mut asked_for = Vec::new();
    for args in node.refs.iter() {
        let target = manifest.resolve_ref(host.package(), args).ok();
        let target = target.and_then(|id| manifest.nodes.get(&id));
        // The script could not have been written with a ref that nothing answers to, nor is there anything of an ephemeral model.
        if let Some(target) = target.filter(|target| !target.is_ephemeral()) {
            asked_for.push(host.relation(target)?);
        }
    }
    for args in node.sources.iter() {
        asked_for.extend(Relation::from_value(&host.source(&args.source, &args.table)?).cloned());
    }
    let named = tables_named(&node.raw_code);
    let is_named = |relation: &Relation| named.iter().any(|name| is_called(relation, name));
    let mut read_by_name = host.session.cache.everywhere();
    read_by_name.retain(is_named);
    if node.raw_code.contains("dbt.this") {
        let own = analysis::context::node_relation(node, host.session.project.quoting());
        read_by_name.extend(schemas::find_relation(host, &own)?);
    }
    let mut inputs: Vec<PythonInput> = Vec::new();
    let read_by_name = read_by_name.iter().filter_map(|it| input(it, true));
    let asked_for = asked_for.iter().filter_map(|it| input(it, false));
    for input in read_by_name.chain(asked_for) {
        let is_same = |it: &PythonInput| {
            (&it.database, &it.schema, &it.identifier, &it.written)
                == (
                    &input.database,
                    &input.schema,
                    &input.identifier,
                    &input.written,
                )
        };
        if !inputs.iter().any(is_same) {
            inputs.push(input);
        }
    }
    Ok(inputs)
}

/// The names behind `from` and `join`, in parts: SQL in the code may read tables that no ref tells of. A table that is named
/// for another reason is copied in vain.
fn tables_named(code: &str) -> Vec<Vec<String>> {
    let ends = |c: char| c.is_whitespace() || matches!(c, '\'' | '(' | ')' | ',' | ';');
    let words: Vec<&str> = code.split(ends).filter(|word| !word.is_empty()).collect();
    let named = words.windows(2).filter_map(|pair| match pair {
        [word, name]
            if ["from", "join"]
                .iter()
                .any(|it| word.eq_ignore_ascii_case(it)) =>
        {
            Some(name)
        }
        _ => None,
    });
    let part = |part: &str| part.trim_matches('"').to_lowercase();
    named
        .map(|name| name.split('.').map(part).collect())
        .collect()
}

/// Whether a name, with or without its schema and database, may be that of a relation.
fn is_called(relation: &Relation, name: &[String]) -> bool {
    let parts = [&relation.identifier, &relation.schema, &relation.database];
    name.len() <= parts.len()
        && name.iter().rev().zip(parts).all(|(name, part)| {
            part.as_deref()
                .is_some_and(|part| part.to_lowercase() == *name)
        })
}

/// What has no name but an expression (`read_csv(...)`) is read by the code itself.
fn input(relation: &Relation, is_wanted_at_once: bool) -> Option<PythonInput> {
    if relation.expression.is_some() {
        return None;
    }
    Some(PythonInput {
        database: relation.database.clone()?,
        schema: relation.schema.clone()?,
        identifier: relation.identifier.clone()?,
        written: relation.name(),
        is_wanted_at_once,
    })
}

/// A file's first lines may be empty, which its code leaves out.
fn lines_before(system: &dyn System, path: &std::path::Path, node: &Node) -> usize {
    // Without the file the lines are counted from where its code begins.
    let text = system.read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let start = text.find(&*node.raw_code).unwrap_or_default();
    text.get(..start)
        .map_or(0, |before| before.matches('\n').count())
}

#[cfg(test)]
mod tests {
    use super::tables_named;

    #[test]
    fn tables_stand_behind_from_and_join() {
        let code = "import pandas\ndef model(dbt, session):\n    return session.sql(\"SELECT * FROM main.\\\"Base\\\" join (other) b, x\")\n";
        assert_eq!(
            tables_named(&code.replace('\\', "")),
            [
                vec!["main".to_owned(), "base".to_owned()],
                vec!["other".to_owned()]
            ]
        );
    }
}
