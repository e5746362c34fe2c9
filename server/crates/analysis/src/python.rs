//! Python models: the `dbt.ref(...)`, `dbt.source(...)` and `dbt.config(...)` calls that are written in literals.
//!
//! Read with the template layer's expression reader: the calls that dbt accepts here are the same in both languages.

use std::sync::Arc;

use base::SourceRange;
use jinja::{Template, syntax::CallSyntax};
use project::{config_merge::add_config_call, json::JsonMap, node::SourceArgs};
use regex::Regex;

use crate::facts::{NodeFacts, ParsedNode, config_of, ref_of, unique};

/// The facts of a Python file.
pub(crate) fn parsed(text: &str) -> ParsedNode {
    let mut refs = Vec::new();
    let mut sources = Vec::new();
    let mut config = JsonMap::new();
    for call in calls(text) {
        match call.path.last().map(|segment| &*segment.name) {
            Some("ref") => refs.extend(ref_of(&call)),
            Some("source") => {
                if let (Some(source), Some(table)) = (call.text_arg(0), call.text_arg(1)) {
                    sources.push(SourceArgs {
                        source: source.into(),
                        table: table.into(),
                    });
                }
            }
            Some("config") => add_config_call(&mut config, &config_of(&call).unwrap_or_default()),
            _ => {}
        }
    }
    // dbt builds Python models as tables unless they say otherwise.
    config
        .entry("materialized")
        .or_insert_with(|| "table".into());
    let facts = NodeFacts {
        name: Arc::default(),
        refs: unique(refs),
        sources: unique(sources),
        functions: Arc::default(),
        config: config.into(),
        macros: Arc::default(),
    };
    ParsedNode {
        facts,
        range: SourceRange::from_usize(0, text.len()),
        error: None,
    }
}

/// A function is none of the kinds of relations that models are built as.
pub(crate) fn without_materialization(mut node: ParsedNode) -> ParsedNode {
    let mut config = (*node.facts.config).clone();
    config.shift_remove("materialized");
    node.facts.config = config.into();
    node
}

/// Every `dbt.x(...)`, its arguments read as a template expression.
fn calls(text: &str) -> Vec<CallSyntax> {
    let Ok(start) = Regex::new(r"\bdbt\.(?:ref|source|config)\s*\(") else {
        return Vec::new();
    };
    let code = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or(""))
        .collect::<Vec<_>>()
        .join("\n");
    start
        .find_iter(&code)
        .filter_map(|found| {
            let rest = code.get(found.start()..)?;
            let end = closing_parenthesis(rest)?;
            let expression = rest
                .get(..end)?
                .replace("True", "true")
                .replace("False", "false")
                .replace("None", "none");
            let template = Template::parse(&format!("{{{{ {expression} }}}}"));
            template.calls.into_iter().next()
        })
        .collect()
}

/// One past the parenthesis that closes the first one.
fn closing_parenthesis(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::parsed;

    #[test]
    fn finds_literal_calls() {
        let node = parsed(
            "def model(dbt, session):\n    dbt.config(materialized='incremental', packages=['pandas'])\n    a = dbt.ref('orders', v=2)\n    # dbt.ref('no')\n    return dbt.source('raw', 'x')\n",
        );
        assert_eq!(node.facts.refs[0].name.as_ref(), "orders");
        assert_eq!(node.facts.refs.len(), 1);
        assert_eq!(node.facts.sources[0].table.as_ref(), "x");
        assert_eq!(node.facts.config["materialized"], "incremental");
    }
}
