//! What a template says for certain, without being rendered.
//!
//! Most models are SQL with `ref`, `source` and `config` calls in it. For those the facts that parsing is about
//! (what the model depends on, how it is configured) can be read off the tree. As soon as anything could change what is
//! called, or with what, the answer is "render it".

use super::{CallKind, CallSyntax, Spread, TagKind, Template};

/// A call whose arguments are all known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaticCall<'a> {
    /// `ref(...)`
    Ref(&'a CallSyntax),
    /// `source(...)`
    Source(&'a CallSyntax),
    /// `config(...)`
    Config(&'a CallSyntax),
    /// `var(...)`
    Var(&'a CallSyntax),
}

/// All that a static template says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StaticFacts<'a> {
    /// In the order written.
    pub calls: Vec<StaticCall<'a>>,
}

impl Template {
    /// The facts of a template that is SQL, comments and plain `{{ ref('x') }}`-like calls; `None` if it has to be
    /// rendered to be known.
    ///
    /// A project that overrides `ref`, `source` or `config` with a macro cannot use this: the caller checks that.
    pub fn static_facts(&self) -> Option<StaticFacts<'_>> {
        if !self.errors.is_empty() || !self.macros.is_empty() {
            return None;
        }
        let is_other_tag = |kind| matches!(kind, TagKind::Statement | TagKind::Verbatim);
        if self.tags.iter().any(|tag| is_other_tag(tag.kind)) {
            return None;
        }
        let n_outputs = self
            .tags
            .iter()
            .filter(|tag| tag.kind == TagKind::Output)
            .count();
        // One name and one call an output, apart from `{{ this }}`: nothing else is evaluated.
        let calls: Option<Vec<_>> = self.calls.iter().map(static_call).collect();
        let calls = calls?;
        (calls.len() == n_outputs && self.names.len() == n_outputs).then_some(StaticFacts { calls })
    }

    /// Whether [`Template::static_facts`] has an answer.
    pub fn is_static(&self) -> bool {
        self.static_facts().is_some()
    }
}

fn static_call(call: &CallSyntax) -> Option<StaticCall<'_>> {
    let is_known = call
        .args
        .iter()
        .all(|arg| arg.spread == Spread::No && arg.value.literal.is_some());
    if !is_known || !call.is_whole_output || call.kind != CallKind::Function {
        return None;
    }
    let [callee] = &*call.path else { return None };
    match &*callee.name {
        "ref" => Some(StaticCall::Ref(call)),
        "source" => Some(StaticCall::Source(call)),
        "config" => Some(StaticCall::Config(call)),
        "var" => Some(StaticCall::Var(call)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Template;

    fn is_static(text: &str) -> bool {
        Template::parse(text).is_static()
    }

    #[test]
    fn plain_models_are_static() {
        assert!(is_static("select 1"));
        assert!(is_static(
            "{{ config(materialized='table', tags=['a', 'b']) }}\n{# note #}\nselect * from {{ ref('a') }} join {{ source('s', 't') }}"
        ));
    }

    #[test]
    fn anything_that_computes_is_not() {
        for text in [
            "{% if x %}{{ ref('a') }}{% endif %}",
            "{{ ref(name) }}",
            "{{ ref('a' ~ 'b') }}",
            "{{ config(materialized=var('m')) }}",
            "{{ ref('a').identifier }}",
            "{{ ref('a') | upper }}",
            "{{ my_macro() }}",
            "{{ ref(*args) }}",
            "{{ this }}",
            "{{ ref('a' }}",
        ] {
            assert!(!is_static(text), "{text}");
        }
    }
}
