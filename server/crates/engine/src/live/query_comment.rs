//! The comment in front of (or after) every statement: who sent it. Databases show it in their query logs.
//!
//! `query-comment` of the project: nothing for dbt's own comment, null or empty for none, a template, or a mapping with the
//! template as `comment` and `append: true` to have it at the end.

use std::sync::Arc;

use jinja::{RenderHost, TemplateInput, Value};
use serde_json::{Map, Value as Json};

use super::host::LiveHost;

/// What statements of one node carry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct QueryComment {
    /// Without the comment's marks; empty for none.
    text: String,
    is_appended: bool,
}

impl QueryComment {
    /// The comment of a host's statements.
    pub(super) fn of(host: &Arc<LiveHost>) -> Result<Self, String> {
        let manifest = &host.session.project.manifest;
        let file = manifest.project_files.get(&manifest.project_name);
        let configured = file.and_then(|file| file.query_comment.as_ref());
        let (template, is_appended) = match configured {
            None => (None, false),
            Some(Json::Object(config)) => (
                config.get("comment"),
                config.get("append").and_then(Json::as_bool) == Some(true),
            ),
            other => (other, false),
        };
        let text = match template {
            None => default_text(host),
            Some(Json::String(template)) => rendered(host, template)?,
            Some(_) => String::new(),
        };
        if text.contains("*/") {
            return Err(format!(
                "the query comment contains the illegal value `*/`: {text}"
            ));
        }
        Ok(Self {
            text: text.trim().to_owned(),
            is_appended,
        })
    }

    /// The statement with its comment.
    pub(super) fn on(&self, sql: &str) -> String {
        let text = &self.text;
        if text.is_empty() {
            return sql.to_owned();
        }
        if !self.is_appended {
            return format!("/* {text} */\n{sql}");
        }
        let sql = sql.trim_end();
        match sql.strip_suffix(';') {
            Some(sql) => format!("{sql}\n/* {text} */;"),
            None => format!("{sql}\n/* {text} */"),
        }
    }
}

/// dbt's name of a connection: the node's id.
fn connection_name(host: &LiveHost) -> &str {
    host.node().map_or("master", |node| node.unique_id.as_str())
}

/// dbt's own comment; tools that read query logs look for it.
fn default_text(host: &LiveHost) -> String {
    let manifest = &host.session.project.manifest;
    let profile = manifest.profile.as_ref();
    let mut fields = Map::new();
    fields.insert("app".to_owned(), "dbt".into());
    let version = project::project_file::DBT_VERSION;
    fields.insert("dbt_version".to_owned(), version.into());
    fields.insert(
        "profile_name".to_owned(),
        profile.map(|profile| &*profile.name).into(),
    );
    fields.insert(
        "target_name".to_owned(),
        profile.map(|profile| &*profile.target_name).into(),
    );
    let last = if host.node().is_some() {
        "node_id"
    } else {
        "connection_name"
    };
    fields.insert(last.to_owned(), connection_name(host).into());
    project::python_text::python_json(&Json::Object(fields))
}

fn rendered(host: &Arc<LiveHost>, template: &str) -> Result<String, String> {
    if template.trim().is_empty() {
        return Ok(String::new());
    }
    let mut names = vec![(
        "connection_name".to_owned(),
        Value::from(connection_name(host)),
    )];
    if host.node().is_none() {
        names.push(("node".to_owned(), Value::from(())));
    }
    host.state().extra = names;
    let shared: Arc<dyn RenderHost> = Arc::clone(host) as Arc<dyn RenderHost>;
    let input = TemplateInput {
        name: "query-comment",
        package: &host.session.project.manifest.project_name,
        file: None,
        start: 0,
        text: template,
    };
    let rendered = host.session.renderer.render(&shared, input);
    host.state().extra.clear();
    match rendered.error {
        None => Ok(rendered.text),
        Some(error) => Err(format!("query-comment: {}", error.message)),
    }
}

#[cfg(test)]
mod tests {
    use super::QueryComment;

    #[test]
    fn a_comment_stands_before_the_statement_or_after_it() {
        let mut comment = QueryComment {
            text: "by me".to_owned(),
            is_appended: false,
        };
        assert_eq!(comment.on("select 1;"), "/* by me */\nselect 1;");
        comment.is_appended = true;
        assert_eq!(comment.on("select 1; "), "select 1\n/* by me */;");
        assert_eq!(QueryComment::default().on("select 1"), "select 1");
    }
}
