//! From YAML nodes to typed values: every mistake becomes a diagnostic at its place, and reading goes on.
//!
//! Shared by all files that are mappings of known keys. Jinja in a value is rendered by a callback; where dbt renders
//! later (descriptions, tests, hooks), the text is taken as written.

use std::sync::Arc;

use base::{Diagnostic, FileId, SourceRange, did_you_mean};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    config_types,
    json::{JsonMap, JsonObject},
    node::Names,
    yaml::{Scalar, Shape, YamlNode},
};

/// Renders a template to a value (`{{ 5 }}` is a number), or says why it cannot.
pub type Render<'a> = &'a dyn Fn(&str) -> Result<Value, String>;

/// A value and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its bytes; a quoted text's with the quotes.
    pub range: SourceRange,
}

impl<T> Spanned<T> {
    /// A value at a place.
    pub fn new(value: T, range: SourceRange) -> Self {
        Self { value, range }
    }
}

/// A text and where it stands.
pub type SpannedText = Spanned<Arc<str>>;

/// Whether a text holds Jinja.
#[must_use]
pub fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%") || text.contains("{#")
}

/// Reads nodes, collecting what is wrong with them.
pub(crate) struct Reader<'a> {
    file: FileId,
    render: Render<'a>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// A mapping whose keys were checked.
#[derive(Clone)]
pub(crate) struct Fields<'a> {
    /// The mapping.
    pub(crate) node: YamlNode<'a>,
    entries: Vec<(&'a str, SourceRange, YamlNode<'a>)>,
}

impl<'a> Fields<'a> {
    /// The value under a key; a null counts as not given.
    pub(crate) fn get(&self, key: &str) -> Option<YamlNode<'a>> {
        self.get_or_null(key).filter(|value| !value.is_null())
    }

    /// The value under a key, null too.
    pub(crate) fn get_or_null(&self, key: &str) -> Option<YamlNode<'a>> {
        self.entries
            .iter()
            .find(|(name, ..)| *name == key)
            .map(|(_, _, value)| *value)
    }

    /// The bytes of a key.
    pub(crate) fn key_range(&self, key: &str) -> Option<SourceRange> {
        self.entries
            .iter()
            .find(|(name, ..)| *name == key)
            .map(|(_, range, _)| *range)
    }

    /// All of them, in order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &(&'a str, SourceRange, YamlNode<'a>)> {
        self.entries.iter()
    }
}

impl<'r> Reader<'r> {
    pub(crate) fn new(file: FileId, render: Render<'r>) -> Self {
        Self {
            file,
            render,
            diagnostics: Vec::new(),
        }
    }

    pub(crate) fn error(
        &mut self,
        code: &'static str,
        range: SourceRange,
        message: impl Into<String>,
    ) {
        self.diagnostics
            .push(Diagnostic::error(code, range, message));
    }

    pub(crate) fn warning(
        &mut self,
        code: &'static str,
        range: SourceRange,
        message: impl Into<String>,
    ) {
        self.diagnostics
            .push(Diagnostic::warning(code, range, message));
    }

    fn wrong_type(&mut self, node: YamlNode<'_>, what: &str, wanted: &str) {
        let message = format!("{what} must be {wanted}, not {}", kind(node));
        self.error("wrong-type", node.range(), message);
    }

    /// A mapping of any keys.
    pub(crate) fn mapping<'a>(&mut self, node: YamlNode<'a>, what: &str) -> Option<Fields<'a>> {
        if node.shape() != Shape::Mapping {
            self.wrong_type(node, what, "a mapping");
            return None;
        }
        let entries = node
            .entries()
            .map(|(key, value)| (key.raw().unwrap_or(""), key.range(), value))
            .collect();
        Some(Fields { node, entries })
    }

    /// A mapping of these keys; others are reported.
    pub(crate) fn fields<'a>(
        &mut self,
        node: YamlNode<'a>,
        what: &str,
        known: &[&'static str],
    ) -> Option<Fields<'a>> {
        let fields = self.mapping(node, what)?;
        for (key, range, _) in &fields.entries {
            if !known.contains(key) {
                self.unknown_key(key, *range, what, known.iter().copied());
            }
        }
        Some(fields)
    }

    /// Reports those of these keys that are there without a value, which dbt refuses.
    pub(crate) fn refuse_empty(&mut self, fields: &Fields<'_>, keys: &[&str]) {
        for (key, range, value) in &fields.entries {
            if value.is_null() && keys.contains(key) {
                let message = format!("`{key}` is empty; give it a value, or remove it");
                self.error("wrong-type", *range, message);
            }
        }
    }

    /// Reports a configuration of another type than it has; `value` is what `node` comes to, as far as it is known.
    pub(crate) fn check_config_type(&mut self, name: &str, node: YamlNode<'_>, value: &Value) {
        let is_late = value.as_str().is_some_and(is_template);
        if !is_late && let Some(message) = config_types::problem(name, value) {
            self.error("wrong-type", node.range(), message);
        }
    }

    /// Reports a configuration that looks like a known one with a slip. Others may be a warehouse's or the user's own.
    pub(crate) fn check_config_name<I: Iterator<Item = &'static str>>(
        &mut self,
        name: &str,
        range: SourceRange,
        known: impl Fn() -> I,
    ) {
        let plain = name.replace('-', "_");
        if known().any(|known| known == plain) {
            return;
        }
        // `auto_refresh` is a warehouse's own and no slip for `full_refresh`: who mistypes a name starts it right.
        let near = known().filter(|known| {
            known.as_bytes().first() == plain.as_bytes().first()
                && known.len().abs_diff(plain.len()) <= 2
        });
        if let Some(meant) = did_you_mean(&plain, near) {
            let message = format!("unknown configuration `{name}`; did you mean `{meant}`?");
            let diagnostic = Diagnostic::warning("unknown-config", range, message);
            self.diagnostics
                .push(diagnostic.with_replacement(self.file, meant));
        }
    }

    /// Reports keys that only count inside of `config:`.
    pub(crate) fn check_config_keys(
        &mut self,
        fields: &Fields<'_>,
        known: &[&str],
        config_keys: &(impl Iterator<Item = &'static str> + Clone),
    ) {
        for (key, range, _) in &fields.entries {
            let mut keys = config_keys.clone();
            if !known.contains(key) && keys.any(|name| name == *key) {
                // It was reported as unknown.
                self.diagnostics
                    .retain(|diagnostic| diagnostic.range != *range);
                let message = format!("`{key}` has no effect here; move it into `config`");
                self.warning("misplaced-config", *range, message);
            }
        }
    }

    /// Reports a key that nobody reads.
    pub(crate) fn unknown_key(
        &mut self,
        key: &str,
        range: SourceRange,
        what: &str,
        known: impl IntoIterator<Item = &'static str>,
    ) {
        let message = format!("unknown key `{key}` in {what}");
        let diagnostic = Diagnostic::warning("unknown-key", range, message);
        self.diagnostics
            .push(diagnostic.suggesting(self.file, key, known));
    }

    /// The items of a list.
    pub(crate) fn items<'a>(
        &mut self,
        node: Option<YamlNode<'a>>,
        what: &str,
    ) -> Vec<YamlNode<'a>> {
        let Some(node) = node else {
            return Vec::new();
        };
        if node.shape() != Shape::Sequence {
            self.wrong_type(node, what, "a list");
            return Vec::new();
        }
        node.items().collect()
    }

    /// A text as it is written, Jinja and all.
    pub(crate) fn raw_text(
        &mut self,
        node: Option<YamlNode<'_>>,
        what: &str,
    ) -> Option<SpannedText> {
        let node = node?;
        match node.scalar() {
            Some(Scalar::Text(text)) => Some(Spanned::new(text.into(), node.range())),
            Some(Scalar::Bool(_) | Scalar::Int(_) | Scalar::Float(_) | Scalar::Null) => {
                let raw = node.raw().unwrap_or("");
                let message = format!("{what} must be a text; put `{raw}` in quotes");
                self.error("wrong-type", node.range(), message);
                Some(Spanned::new(raw.into(), node.range()))
            }
            None => {
                self.wrong_type(node, what, "a text");
                None
            }
        }
    }

    /// A text, Jinja rendered.
    pub(crate) fn text(&mut self, node: Option<YamlNode<'_>>, what: &str) -> Option<SpannedText> {
        let node = node?;
        let text = self.raw_text(Some(node), what)?;
        let value = without_final_line_end(&text.value);
        if !is_template(value) {
            return Some(Spanned::new(value.into(), text.range));
        }
        let rendered = match self.rendered(&text.value, node)? {
            Value::String(text) => text,
            Value::Null => return None,
            other => other.to_string(),
        };
        Some(Spanned::new(rendered.into(), node.range()))
    }

    /// A boolean, Jinja rendered.
    pub(crate) fn bool(&mut self, node: Option<YamlNode<'_>>, what: &str) -> Option<bool> {
        let node = node?;
        let value = self.scalar_json(node).as_bool();
        if value.is_none() {
            self.wrong_type(node, what, "true or false");
        }
        value
    }

    /// An integer, Jinja rendered.
    pub(crate) fn integer(&mut self, node: Option<YamlNode<'_>>, what: &str) -> Option<i64> {
        let node = node?;
        let value = self.scalar_json(node).as_i64();
        if value.is_none() {
            self.wrong_type(node, what, "a whole number");
        }
        value
    }

    /// One text or a list of texts, Jinja rendered.
    pub(crate) fn names(&mut self, node: Option<YamlNode<'_>>, what: &str) -> Names {
        self.spanned_names(node, what)
            .into_iter()
            .map(|name| name.value)
            .collect()
    }

    /// The same with their places.
    pub(crate) fn spanned_names(
        &mut self,
        node: Option<YamlNode<'_>>,
        what: &str,
    ) -> Vec<SpannedText> {
        let Some(node) = node else {
            return Vec::new();
        };
        match node.shape() {
            Shape::Scalar => self.text(Some(node), what).into_iter().collect(),
            Shape::Sequence => node
                .items()
                .filter_map(|item| self.text(Some(item), what))
                .collect(),
            Shape::Mapping => {
                self.wrong_type(node, what, "a list of texts");
                Vec::new()
            }
        }
    }

    /// A mapping as JSON, Jinja rendered.
    pub(crate) fn object(&mut self, node: Option<YamlNode<'_>>, what: &str) -> JsonObject {
        match node.map(|node| (node, self.json(node))) {
            Some((_, Value::Object(map))) => map.into(),
            Some((node, _)) => {
                self.wrong_type(node, what, "a mapping");
                JsonObject::default()
            }
            None => JsonObject::default(),
        }
    }

    /// Which parts of names are quoted.
    pub(crate) fn quoting(&mut self, node: Option<YamlNode<'_>>) -> JsonObject {
        const KEYS: [&str; 4] = ["database", "schema", "identifier", "column"];
        let Some(fields) = node.and_then(|node| self.fields(node, "`quoting`", &KEYS)) else {
            return JsonObject::default();
        };
        let parts = fields.entries.iter().filter_map(|(key, _, value)| {
            let is_quoted = self.bool(Some(*value), &format!("`{key}`"))?;
            Some(((*key).to_owned(), Value::Bool(is_quoted)))
        });
        parts.collect::<serde_json::Map<_, _>>().into()
    }

    /// Any value as JSON, Jinja rendered.
    pub(crate) fn json(&mut self, node: YamlNode<'_>) -> Value {
        self.json_except(node, &|_| false)
    }

    /// The same, but what stands under keys that `is_late` is left as written.
    pub(crate) fn json_except(
        &mut self,
        node: YamlNode<'_>,
        is_late: &dyn Fn(&str) -> bool,
    ) -> Value {
        // Nearly all values stay as they are, and `to_json` knows how to deal with aliases of aliases.
        if !is_changed_by_rendering(node) {
            return node.to_json();
        }
        match node.shape() {
            Shape::Scalar => self.scalar_json(node),
            Shape::Sequence => node
                .items()
                .map(|item| self.json_except(item, is_late))
                .collect(),
            Shape::Mapping => {
                let mut map = JsonMap::new();
                for (key, value) in node.entries() {
                    let key = key.raw().unwrap_or("");
                    let value = if is_late(key) {
                        value.to_json()
                    } else {
                        self.json_except(value, is_late)
                    };
                    map.insert(key.to_owned(), value);
                }
                Value::Object(map)
            }
        }
    }

    fn scalar_json(&mut self, node: YamlNode<'_>) -> Value {
        match node.scalar() {
            Some(Scalar::Text(text)) if is_template(text) => {
                self.rendered(text, node).unwrap_or(Value::Null)
            }
            Some(Scalar::Text(text)) => without_final_line_end(text).into(),
            Some(scalar) => scalar.to_json(),
            None => Value::Null,
        }
    }

    /// What a template renders to; a failure is reported.
    pub(crate) fn rendered(&mut self, template: &str, node: YamlNode<'_>) -> Option<Value> {
        match (self.render)(template) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.error(
                    "yaml-jinja",
                    node.range(),
                    format!("cannot render: {reason}"),
                );
                None
            }
        }
    }
}

/// What is left of a text without Jinja where dbt renders it: Jinja drops one line end after a template, so a block text (`|`)
/// loses its last.
pub(crate) fn without_final_line_end(text: &str) -> &str {
    text.strip_suffix('\n').unwrap_or(text)
}

/// Whether rendering makes something else of a node, or of a part of it. An alias is looked at as its target.
fn is_changed_by_rendering(node: YamlNode<'_>) -> bool {
    match node.shape() {
        Shape::Scalar => match node.scalar() {
            Some(Scalar::Text(text)) => text.ends_with('\n') || is_template(text),
            _ => false,
        },
        Shape::Sequence => node.items().any(is_changed_by_rendering),
        Shape::Mapping => node
            .entries()
            .any(|(_, value)| is_changed_by_rendering(value)),
    }
}

/// What a node is, for people.
pub(crate) fn kind(node: YamlNode<'_>) -> &'static str {
    match (node.shape(), node.scalar()) {
        (Shape::Sequence, _) => "a list",
        (Shape::Mapping, _) => "a mapping",
        (Shape::Scalar, Some(Scalar::Bool(_))) => "true or false",
        (Shape::Scalar, Some(Scalar::Int(_) | Scalar::Float(_))) => "a number",
        (Shape::Scalar, Some(Scalar::Text(_))) => "a text",
        (Shape::Scalar, Some(Scalar::Null) | None) => "empty",
    }
}
