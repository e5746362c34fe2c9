//! Python models: the `dbt.ref(...)`, `dbt.source(...)` and `dbt.config...(...)` calls that are written in literals.
//!
//! `code` tells what is code from what is text or a comment; arguments are read with the template layer's expression reader,
//! as the calls that dbt accepts here are the same in both languages. Nothing is run.

mod code;

use base::{Diagnostic, SourceRange};
use jinja::{
    Template,
    syntax::CallSyntax,
    value::{from_literal, to_json},
};
use project::{
    config_merge::add_config_call,
    json::JsonMap,
    node::{RefArgs, SourceArgs},
};
use serde_json::Value;
use std::sync::Arc;

use crate::facts::{NodeFacts, ParsedNode, config_of, ref_of};

/// The facts of a Python file.
pub(crate) fn parsed(text: &str) -> ParsedNode {
    let mut refs = Vec::new();
    let mut sources = Vec::new();
    let mut config = JsonMap::new();
    let mut asked = Asked::default();
    for call in code::calls(text) {
        let Some(syntax) = syntax(&call) else {
            continue;
        };
        match call.name {
            "ref" => refs.extend(ref_of(&syntax)),
            "source" => {
                if let (Some(source), Some(table)) = (syntax.text_arg(0), syntax.text_arg(1)) {
                    sources.push(SourceArgs {
                        source: source.into(),
                        table: table.into(),
                    });
                }
            }
            "config" => {
                add_config_call(&mut config, &config_of(&syntax).unwrap_or_default());
            }
            "config.get" => asked.add("config", &syntax),
            "config.meta_get" => asked.add("meta", &syntax),
            _ => {}
        }
    }
    // dbt builds Python models as tables unless they say otherwise.
    config
        .entry("materialized")
        .or_insert_with(|| "table".into());
    asked.add_to(&mut config);
    let facts = NodeFacts {
        name: Arc::default(),
        refs: refs.into(),
        sources: sources.into(),
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

/// What is wrong with a model's file: dbt looks for one function that is called `model`, and reads arguments without running them.
pub(crate) fn model_problem(text: &str) -> Option<Diagnostic> {
    wrong_count(text).or_else(|| computed_argument(text))
}

fn wrong_count(text: &str) -> Option<Diagnostic> {
    let models = code::functions(text, "model");
    if code::is_blank(text) || models.len() == 1 {
        return None;
    }
    let range = models.last().copied().unwrap_or_default();
    let message = format!(
        "dbt allows exactly one model defined per python file, found {}",
        models.len()
    );
    Some(Diagnostic::error("python-model", range, message))
}

/// A name or a call among the arguments of a call. Literals that templates do not know are left alone.
fn computed_argument(text: &str) -> Option<Diagnostic> {
    let call = code::calls(text).into_iter().find(is_computed)?;
    let message = format!(
        "dbt reads the arguments of `dbt.{}` without running the code: in dbt python model, `dbt.ref`, `dbt.source`, `dbt.config`, `dbt.config.get` \
         function args only support Python literal structures",
        call.name
    );
    Some(Diagnostic::error("python-model", call.range, message))
}

fn is_computed(call: &code::Call<'_>) -> bool {
    let template = as_template(call);
    let Some(syntax) = Template::parse(&template).calls.into_iter().next() else {
        return false;
    };
    syntax.args.iter().any(|argument| {
        let range = argument.value.range;
        let written = range.of(&template);
        let is_name = written.starts_with(|c: char| c.is_alphabetic() || c == '_');
        let after = template.get(range.end as usize..).unwrap_or_default();
        // `r'...'` is a text, of which the tolerant reader takes the `r`; `f'...'` is computed.
        let is_text = after.starts_with(['"', '\'']) && !written.contains(['f', 'F']);
        argument.value.literal.is_none() && is_name && !is_text
    })
}

/// The configuration that the code asks for, as dbt tells the model's script of it: keys and defaults, in the order of the calls.
#[derive(Default)]
struct Asked(Vec<(&'static str, Value, Value)>);

impl Asked {
    fn add(&mut self, of: &'static str, call: &CallSyntax) {
        let mut values = call.args.iter().map(|argument| {
            let literal = argument.value.literal.as_ref();
            literal.map_or(Value::Null, |literal| to_json(&from_literal(literal)))
        });
        if let Some(key) = values.next() {
            self.0.push((of, key, values.next().unwrap_or_default()));
        }
    }

    fn add_to(&self, config: &mut JsonMap) {
        for of in ["config", "meta"] {
            let asked = || self.0.iter().filter(|(kind, ..)| *kind == of);
            if asked().next().is_some() {
                let keys: Vec<Value> = asked().map(|(_, key, _)| key.clone()).collect();
                let defaults: Vec<Value> = asked().map(|(.., default)| default.clone()).collect();
                config.insert(format!("{of}_keys_used"), keys.into());
                config.insert(format!("{of}_keys_defaults"), defaults.into());
            }
        }
    }
}

/// What a call of a Python model reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PythonRead {
    /// `dbt.ref`
    Ref(RefArgs),
    /// `dbt.source`
    Source(SourceArgs),
}

/// What the code reads, each with the place of the call up to its opening bracket.
pub fn python_reads(text: &str) -> Vec<(PythonRead, SourceRange)> {
    let calls = code::calls(text);
    let read = |call: &code::Call<'_>| {
        let syntax = syntax(call)?;
        let read = match call.name {
            "ref" => PythonRead::Ref(ref_of(&syntax)?),
            "source" => PythonRead::Source(SourceArgs {
                source: syntax.text_arg(0)?.into(),
                table: syntax.text_arg(1)?.into(),
            }),
            _ => return None,
        };
        Some((read, call.range))
    };
    calls.iter().filter_map(read).collect()
}

/// A call as the template layer reads it.
fn syntax(call: &code::Call<'_>) -> Option<CallSyntax> {
    Template::parse(&as_template(call)).calls.into_iter().next()
}

fn as_template(call: &code::Call<'_>) -> String {
    format!("{{{{ call({}) }}}}", call.arguments)
}

/// A function is none of the kinds of relations that models are built as.
pub(crate) fn without_materialization(mut node: ParsedNode) -> ParsedNode {
    let mut config = (*node.facts.config).clone();
    config.shift_remove("materialized");
    node.facts.config = config.into();
    node
}

#[cfg(test)]
mod tests {
    use super::{model_problem, parsed};

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

    #[test]
    fn texts_and_comments_are_no_code() {
        let node = parsed(
            "\"\"\"dbt.ref('a')\"\"\"\ndef model(dbt, session):\n    b = f'dbt.ref(\"c\")' # dbt.ref('d')\n    dbt.config(tags=['x'], # )\n      meta={'y': 'True', 'z': True})\n    mydbt.ref('e')\n    return dbt.ref('f')\n",
        );
        let names: Vec<&str> = node.facts.refs.iter().map(|it| &*it.name).collect();
        assert_eq!(names, ["f"]);
        assert_eq!(
            node.facts.config["meta"],
            serde_json::json!({"y": "True", "z": true})
        );
    }

    #[test]
    fn what_is_asked_of_the_configuration_is_noted() {
        let node = parsed(
            "def model(dbt, session):\n    dbt.config.get('a')\n    dbt.config.get('b', 7)\n    return dbt.config.meta_get('c')\n",
        );
        let config = &node.facts.config;
        assert_eq!(config["config_keys_used"], serde_json::json!(["a", "b"]));
        assert_eq!(config["config_keys_defaults"], serde_json::json!([null, 7]));
        assert_eq!(config["meta_keys_used"], serde_json::json!(["c"]));
    }

    #[test]
    fn a_file_has_one_model() {
        assert_eq!(model_problem("# later\n"), None);
        assert_eq!(model_problem("def model(dbt, session): pass\n"), None);
        let message = |text: &str| model_problem(text).unwrap().message;
        assert_eq!(
            message("def other(): pass\n"),
            "dbt allows exactly one model defined per python file, found 0"
        );
        assert_eq!(
            message("def model(a): pass\ndef model(b): pass\n"),
            "dbt allows exactly one model defined per python file, found 2"
        );
    }

    #[test]
    fn arguments_are_literals() {
        let model = |call: &str| format!("def model(dbt, session):\n    return {call}\n");
        let problem = |call: &str| {
            let text = model(call);
            model_problem(&text).map(|it| it.range.of(&text).to_owned())
        };
        for literal in [
            "dbt.ref('a')",
            "dbt.ref('a', v=-1)",
            "dbt.config.get('a', None)",
            "dbt.config.get('a', {'b': [True, (1, 2.5)]})",
            "dbt.config(a=0x1F, b=1_000, c='x' 'y', e={1, 2})",
            "dbt.config(d=r'z')",
            "dbt.config()",
        ] {
            assert_eq!(problem(literal), None, "{literal}");
        }
        for computed in [
            "dbt.ref(name)",
            "dbt.ref(names.first)",
            "dbt.ref('a', version=latest)",
            "dbt.ref(made('a'))",
            "dbt.ref(*names)",
            "dbt.ref(f'a_{part}')",
        ] {
            assert_eq!(problem(computed).as_deref(), Some("dbt.ref"), "{computed}");
        }
    }
}
