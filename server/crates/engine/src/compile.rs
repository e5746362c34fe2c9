//! From a node to the SQL that is run: its template rendered with the live host, ephemeral models put in front as CTEs.

use std::{path::PathBuf, sync::Arc};

use jinja::{
    RenderError, RenderErrorKind, RenderHost, SourceMap, TemplateInput, Value,
    value::{dict, from_json},
};
use project::node::{Language, Node, NodeDetail, UniqueId};

use crate::{
    live::{LiveHost, Scope, Session},
    outcome::{Failure, FailureKind},
};

/// The SQL of a node.
#[derive(Debug, Clone)]
pub(crate) struct Compiled {
    /// What the template rendered to.
    pub(crate) rendered: Arc<str>,
    /// The same with the ephemeral models it reads in front.
    pub(crate) sql: Arc<str>,
    /// From `rendered` to the template.
    pub(crate) source_map: SourceMap,
    /// Where in `rendered` the ephemeral models were put, and how long they are.
    inserted: (usize, usize),
    /// The ephemeral models it reads, directly.
    ephemerals: Vec<UniqueId>,
    /// All that were put in, with their SQL.
    pub(crate) ctes: Vec<(UniqueId, String)>,
}

impl Compiled {
    /// The byte of `rendered` at a byte of `sql`; `None` within an ephemeral model.
    pub(crate) fn rendered_offset(&self, offset: usize) -> Option<usize> {
        let (at, len) = self.inserted;
        if offset < at {
            Some(offset)
        } else if offset < at + len {
            None
        } else {
            Some(offset - len)
        }
    }
}

/// Compiles a node with its own host, which the caller keeps for running it. A batch is not what the node compiles to.
pub(crate) fn compile(
    host: &Arc<LiveHost>,
    node: &Arc<Node>,
) -> Result<Arc<Compiled>, Box<Failure>> {
    let is_batch = host.state().batch.is_some();
    let compiled = if is_batch {
        Arc::new(render(host, node)?)
    } else if let Some(known) = host.session.compiled(&node.unique_id) {
        known
    } else {
        let compiled = Arc::new(render(host, node)?);
        host.session.remember_compiled(&node.unique_id, &compiled);
        compiled
    };
    host.state().sql = Some(Arc::clone(&compiled.sql));
    Ok(compiled)
}

fn render(host: &Arc<LiveHost>, node: &Arc<Node>) -> Result<Compiled, Box<Failure>> {
    if let NodeDetail::GenericTest(_) = node.detail {
        let kwargs = test_arguments(host, node)?;
        host.state()
            .extra
            .push(("_dbt_generic_test_kwargs".to_owned(), kwargs));
    }
    if node.language == Language::Python {
        return script(host, node);
    }
    let shared: Arc<dyn RenderHost> = Arc::clone(host) as Arc<dyn RenderHost>;
    let rendered = host.session.renderer.render(&shared, input(host, node));
    if let Some(error) = rendered.error {
        return Err(Box::new(render_failure(&host.session, node, &error)));
    }
    let ephemerals = host.state().ephemerals.clone();
    let mut ctes = Vec::new();
    for id in &ephemerals {
        collect_ctes(host, id, &mut ctes)?;
    }
    let (sql, inserted) = inject(&rendered.text, &ctes);
    Ok(Compiled {
        rendered: rendered.text.into(),
        sql: sql.into(),
        source_map: rendered.source_map,
        inserted,
        ephemerals,
        ctes,
    })
}

/// Python's code is no template. What a model needs of the project is written behind it.
fn script(host: &Arc<LiveHost>, node: &Arc<Node>) -> Result<Compiled, Box<Failure>> {
    let mut text = node.raw_code.to_string();
    if let NodeDetail::Model(_) = node.detail {
        let shared: Arc<dyn RenderHost> = Arc::clone(host) as Arc<dyn RenderHost>;
        let postfix = TemplateInput {
            file: None,
            text: "{{ py_script_postfix(model) }}",
            ..input(host, node)
        };
        let rendered = host.session.renderer.render(&shared, postfix);
        if let Some(error) = rendered.error {
            return Err(Box::new(render_failure(&host.session, node, &error)));
        }
        text = format!("{text}\n\n{}", rendered.text);
    }
    let text: Arc<str> = text.into();
    Ok(Compiled {
        rendered: Arc::clone(&text),
        inserted: (text.len(), 0),
        sql: text,
        source_map: SourceMap::default(),
        ephemerals: Vec::new(),
        ctes: Vec::new(),
    })
}

pub(crate) fn input<'a>(host: &LiveHost, node: &'a Node) -> TemplateInput<'a> {
    TemplateInput {
        name: node.unique_id.as_str(),
        package: &node.package_name,
        file: host
            .session
            .project
            .manifest
            .places
            .get(&node.unique_id)
            .map(|place| place.file),
        start: 0,
        text: &node.raw_code,
    }
}

/// `name as (sql)` of an ephemeral model and, before it, of those that it reads itself; each once.
fn collect_ctes(
    host: &Arc<LiveHost>,
    id: &UniqueId,
    ctes: &mut Vec<(UniqueId, String)>,
) -> Result<(), Box<Failure>> {
    if ctes.iter().any(|(known, _)| known == id) {
        return Ok(());
    }
    let session = &host.session;
    let Some(node) = session.project.node(id) else {
        return Ok(());
    };
    let own = LiveHost::new(session, Scope::Node(Arc::clone(node)), &host.thread);
    let compiled = compile(&own, node)?;
    for upstream in &compiled.ephemerals {
        collect_ctes(host, upstream, ctes)?;
    }
    ctes.push((
        id.clone(),
        format!(" __dbt__cte__{} as (\n{}\n)", node.alias, compiled.rendered),
    ));
    Ok(())
}

/// `sql` with the CTEs in front of its own, and where they were put.
pub(crate) fn inject(sql: &str, ctes: &[(UniqueId, String)]) -> (String, (usize, usize)) {
    if ctes.is_empty() {
        return (sql.to_owned(), (sql.len(), 0));
    }
    let list = ctes
        .iter()
        .map(|(_, cte)| cte.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let (at, text) = match end_of_with(sql) {
        Some(at) => (at, format!("{list}, ")),
        None => (start_of_statement(sql), format!("with{list} ")),
    };
    let (before, after) = sql.split_at_checked(at).unwrap_or((sql, ""));
    (format!("{before}{text}{after}"), (at, text.len()))
}

/// After the white space at the beginning; comments belong to the statement.
fn start_of_statement(sql: &str) -> usize {
    sql.len() - sql.trim_start().len()
}

/// Right after `with` or `with recursive`, if the statement begins so.
fn end_of_with(sql: &str) -> Option<usize> {
    let at = after_comments(sql, 0);
    let end = keyword(sql, at, "with")?;
    let next = after_comments(sql, end);
    Some(keyword(sql, next, "recursive").unwrap_or(end))
}

fn keyword(sql: &str, at: usize, word: &str) -> Option<usize> {
    let found = sql.get(at..at + word.len())?;
    let follows = sql.get(at + word.len()..)?.chars().next();
    let ends = follows.is_none_or(|c| !c.is_alphanumeric() && c != '_');
    (found.eq_ignore_ascii_case(word) && ends).then_some(at + word.len())
}

fn after_comments(sql: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        let rest = sql.get(at..).unwrap_or("");
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        let comment = if trimmed.starts_with("--") {
            trimmed.find('\n').map_or(trimmed.len(), |end| end + 1)
        } else if trimmed.starts_with("/*") {
            trimmed.find("*/").map_or(trimmed.len(), |end| end + 2)
        } else {
            return at;
        };
        at += comment;
    }
}

/// The arguments of a generic test, rendered; a column's name stays text whatever it looks like.
fn test_arguments(host: &Arc<LiveHost>, node: &Arc<Node>) -> Result<Value, Box<Failure>> {
    let Some(test) = node.generic_test() else {
        return Ok(Value::from(()));
    };
    let mut kwargs = Vec::new();
    for (name, value) in test.kwargs.iter() {
        let is_column = name == "column_name";
        kwargs.push((name.clone(), argument(host, node, value, is_column)?));
    }
    Ok(dict(kwargs))
}

fn argument(
    host: &Arc<LiveHost>,
    node: &Arc<Node>,
    value: &serde_json::Value,
    is_column: bool,
) -> Result<Value, Box<Failure>> {
    match value {
        serde_json::Value::String(text) if is_column => Ok(Value::from(text.as_str())),
        serde_json::Value::String(text) => {
            // `to: ref('orders')` may be written without the braces.
            let braced = is_bare_call(text).then(|| format!("{{{{ {text} }}}}"));
            let input = TemplateInput {
                text: braced.as_deref().unwrap_or(text),
                ..input(host, node)
            };
            let shared: Arc<dyn RenderHost> = Arc::clone(host) as Arc<dyn RenderHost>;
            let called = host.session.renderer.render_value(&shared, input);
            called
                .value
                .map_err(|error| Box::new(render_failure(&host.session, node, &error)))
        }
        serde_json::Value::Array(items) => {
            let items: Result<Vec<_>, _> = items
                .iter()
                .map(|item| argument(host, node, item, false))
                .collect();
            Ok(jinja::value::list(items?))
        }
        serde_json::Value::Object(entries) => {
            let mut rendered = Vec::with_capacity(entries.len());
            for (name, value) in entries {
                rendered.push((name.clone(), argument(host, node, value, false)?));
            }
            Ok(dict(rendered))
        }
        other => Ok(from_json(other)),
    }
}

/// One call of a function that dbt lets test arguments call without braces.
fn is_bare_call(text: &str) -> bool {
    let text = text.trim();
    let name = text.split('(').next().unwrap_or("").trim_end();
    ["env_var", "ref", "var", "source", "doc"].contains(&name)
        && text.ends_with(')')
        && !text.ends_with("()")
}

/// A template's error as the failure of a node.
pub(crate) fn render_failure(session: &Session, node: &Node, error: &RenderError) -> Failure {
    let kind = match error.kind {
        RenderErrorKind::Database => session.adapter.database_failure(),
        RenderErrorKind::Cancelled => FailureKind::Cancelled,
        RenderErrorKind::Syntax
        | RenderErrorKind::Compilation
        | RenderErrorKind::Limit
        | RenderErrorKind::Unknown => FailureKind::Compilation,
    };
    let through = error
        .stack
        .iter()
        .skip(1)
        .rev()
        .map(|frame| {
            let path = frame.file.and_then(|file| session.project.paths.get(&file));
            let path = path.map(|path| {
                path.strip_prefix(&session.project.root)
                    .unwrap_or(path)
                    .display()
                    .to_string()
            });
            format!(
                "macro {} ({})",
                frame.name.rsplit('.').next().unwrap_or(&frame.name),
                path.unwrap_or_default()
            )
        })
        .collect();
    let path = node_path(session, node);
    Failure {
        kind,
        message: error.message.clone(),
        range: error
            .range()
            .and_then(|range| in_file(session, node, path.as_ref()?, range)),
        path,
        through,
        compiled_path: None,
    }
}

/// The file in which the node is written.
pub(crate) fn node_path(session: &Session, node: &Node) -> Option<PathBuf> {
    let place = session.project.manifest.places.get(&node.unique_id);
    let known = place.and_then(|place| session.project.paths.get(&place.file));
    known.cloned().or_else(|| {
        let root = session
            .project
            .manifest
            .package_roots
            .get(&node.package_name)?;
        Some(root.join(&*node.original_file_path))
    })
}

/// A place in the node's code as a place in its file, which may have more around it.
pub(crate) fn in_file(
    session: &Session,
    node: &Node,
    path: &std::path::Path,
    range: base::SourceRange,
) -> Option<base::SourceRange> {
    let bytes = session.system.read(path).ok()?; // without the file there is no place to show
    let text = String::from_utf8_lossy(&bytes);
    let start = text.find(&*node.raw_code)? as u32;
    Some(range.shifted(start))
}

#[cfg(test)]
mod tests {
    use super::inject;
    use expect_test::{Expect, expect};

    fn check(sql: &str, expected: &Expect) {
        let ctes = [
            (
                "model.a.x".into(),
                " __dbt__cte__x as (\nselect 1\n)".to_owned(),
            ),
            (
                "model.a.y".into(),
                " __dbt__cte__y as (\nselect 2\n)".to_owned(),
            ),
        ];
        expected.assert_eq(&inject(sql, &ctes).0);
    }

    #[test]
    fn a_statement_without_ctes_gets_with() {
        check(
            "\n-- why\nselect * from x",
            &expect![[r"

            with __dbt__cte__x as (
            select 1
            ),  __dbt__cte__y as (
            select 2
            ) -- why
            select * from x"]],
        );
    }

    #[test]
    fn own_ctes_come_after() {
        check(
            "/* c */ with a as (select 1) select * from a",
            &expect![[r"
            /* c */ with __dbt__cte__x as (
            select 1
            ),  __dbt__cte__y as (
            select 2
            ),  a as (select 1) select * from a"]],
        );
    }

    #[test]
    fn recursive_stays_in_front() {
        check(
            "WITH RECURSIVE a as (select 1) select * from a",
            &expect![[r"
            WITH RECURSIVE __dbt__cte__x as (
            select 1
            ),  __dbt__cte__y as (
            select 2
            ),  a as (select 1) select * from a"]],
        );
    }
}
