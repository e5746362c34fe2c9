//! Additions to YAML as text: what is there keeps its form, its order and its comments.
//!
//! An addition takes the form of what it is added to: a line to a block, a part to `[a, b]` or `{a: b}`. What stands
//! behind an anchor is not touched, since it means something elsewhere, too; then there is no edit.

use base::{Edit, FileId, SourceRange};
use project::yaml::{Scalar, Shape, Yaml, YamlNode, plain_scalar};

/// Something to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// In quotes if it must be.
    Text(String),
    /// As it is: a number, or a part in brackets.
    Raw(String),
    List(Vec<Value>),
    Map(Vec<(&'static str, Value)>),
}

impl Value {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Style {
    /// Spaces of one step inwards.
    step: usize,
    /// Spaces of a dash further in than the key that the list is of.
    dash: usize,
}

/// A YAML file that is added to.
pub(super) struct YamlText<'a> {
    yaml: &'a Yaml,
    file: FileId,
    style: Style,
}

impl<'a> YamlText<'a> {
    pub(super) fn new(yaml: &'a Yaml, file: FileId) -> Self {
        let mut text = Self {
            yaml,
            file,
            style: Style { step: 2, dash: 2 },
        };
        text.style = text.found_style();
        text
    }

    /// The way the first list below a key of the file is written.
    fn found_style(&self) -> Style {
        let lists = self.yaml.root().written_entries();
        let mut lists = lists.filter(|(_, value)| !value.is_flow() && !value.is_alias());
        let first = lists.find_map(|(key, list)| {
            let item = list.items().next()?;
            let dash = self.column(item.range().start).checked_sub(2)?;
            dash.checked_sub(self.column(key.range().start))
        });
        let dash = first.unwrap_or(2);
        Style {
            step: dash.max(2),
            dash,
        }
    }

    /// Adds items to the list under a key, which is made if it is not there.
    pub(super) fn push(
        &self,
        mapping: YamlNode<'_>,
        key: &'static str,
        items: &[Value],
    ) -> Option<Edit> {
        let found = mapping
            .written_entries()
            .find(|(it, _)| it.raw() == Some(key));
        let Some((key_node, value)) = found else {
            if mapping.get(key).is_some() {
                // Merged in from elsewhere.
                return None;
            }
            return self.put(mapping, key, &Value::List(items.to_vec()));
        };
        if value.is_alias() {
            return None;
        }
        if value.is_null() {
            return self.fill(mapping, key_node, value, &Value::List(items.to_vec()));
        }
        if value.shape() != Shape::Sequence {
            return None;
        }
        let last = value.items().last();
        if value.is_flow() {
            let shown: Vec<String> = items.iter().map(flow).collect();
            return self.inside_brackets(value, last, &shown.join(", "));
        }
        let last = last?;
        let indent = self.dash_column(value)?;
        let lines: Vec<String> = items.iter().map(|item| self.item(item, indent)).collect();
        self.after(last, &lines.join("\n"))
    }

    /// Adds a key to a mapping that has it not.
    pub(super) fn put(&self, mapping: YamlNode<'_>, key: &str, value: &Value) -> Option<Edit> {
        if mapping.is_alias() {
            return None;
        }
        if mapping.is_null() && mapping.range() == self.yaml.root().range() {
            return Some(self.at_the_end(&self.entry(key, value, 0)));
        }
        if mapping.shape() != Shape::Mapping {
            return None;
        }
        let entries: Vec<_> = mapping.written_entries().collect();
        if mapping.is_flow() {
            let last = entries.last().map(|(key, value)| {
                if value.range().is_empty() {
                    *key
                } else {
                    *value
                }
            });
            return self.inside_brackets(mapping, last, &format!("{key}: {}", flow(value)));
        }
        let (first, _) = entries.first()?;
        let indent = self.column(first.range().start);
        let lines = self.entry(key, value, indent);
        let lines = if indent == 0 {
            // Sections have a line of their own between them.
            format!("\n{lines}")
        } else {
            lines
        };
        self.after(mapping, &lines)
    }

    /// Replaces a value that is not there, or null.
    fn fill(
        &self,
        mapping: YamlNode<'_>,
        key: YamlNode<'_>,
        null: YamlNode<'_>,
        value: &Value,
    ) -> Option<Edit> {
        let text = self.yaml.text();
        let after_key = text.get(key.range().end as usize..)?;
        let colon = key.range().end + after_key.find(':')? as u32 + 1;
        let written = if null.range().is_empty() {
            SourceRange::at(colon)
        } else {
            SourceRange::new(colon, null.range().end)
        };
        if mapping.is_flow() {
            return Some(self.edit(written, format!(" {}", flow(value))));
        }
        let lines = self.below(value, self.column(key.range().start));
        if !null.range().is_empty() {
            return Some(self.edit(written, format!("\n{lines}")));
        }
        let line_end = self.line_end(colon);
        Some(self.edit(SourceRange::at(line_end), format!("\n{lines}")))
    }

    fn inside_brackets(
        &self,
        node: YamlNode<'_>,
        last: Option<YamlNode<'_>>,
        part: &str,
    ) -> Option<Edit> {
        let range = node.range();
        let Some(last) = last else {
            let inside = SourceRange::new(range.start + 1, range.end.checked_sub(1)?);
            let is_blank = inside.of(self.yaml.text()).trim().is_empty();
            return is_blank.then(|| self.edit(inside, part));
        };
        Some(self.edit(SourceRange::at(last.range().end), format!(", {part}")))
    }

    /// Whole lines after a node.
    fn after(&self, node: YamlNode<'_>, lines: &str) -> Option<Edit> {
        let end = self.content_end(node)?;
        let line_end = self.line_end(end);
        Some(self.edit(SourceRange::at(line_end), format!("\n{lines}")))
    }

    fn at_the_end(&self, lines: &str) -> Edit {
        let text = self.yaml.text();
        let end = text.trim_end().len();
        let start = if end == 0 { "" } else { "\n\n" };
        let range = SourceRange::from_usize(end, text.len());
        self.edit(range, format!("{start}{lines}\n"))
    }

    /// Where the last thing that a node consists of ends; what follows are comments and blank lines.
    fn content_end(&self, node: YamlNode<'_>) -> Option<u32> {
        if node.is_alias() || node.is_flow() {
            return Some(node.range().end);
        }
        match node.shape() {
            Shape::Sequence => match node.items().last() {
                Some(last) => self.content_end(last),
                None => Some(node.range().end),
            },
            Shape::Mapping => {
                let (key, value) = node.written_entries().last()?;
                if value.range().is_empty() {
                    let rest = self.yaml.text().get(key.range().end as usize..)?;
                    return Some(key.range().end + rest.find(':')? as u32 + 1);
                }
                self.content_end(value)
            }
            Shape::Scalar => {
                let range = node.range();
                let text = range.of(self.yaml.text());
                Some(range.start + text.trim_end().len() as u32)
            }
        }
    }

    /// Where the dashes of a block list stand; `None` where they cannot be told.
    fn dash_column(&self, list: YamlNode<'_>) -> Option<usize> {
        let item = list.items().next()?.range().start as usize;
        let before = self.yaml.text().get(..item)?;
        let line = before.rsplit('\n').next()?;
        let dash = line.rfind('-')?;
        line.get(..dash)?
            .trim_matches([' ', '-'])
            .is_empty()
            .then_some(dash)
    }

    /// `key: value` as lines, without the last line's end.
    fn entry(&self, key: &str, value: &Value, indent: usize) -> String {
        let spaces = " ".repeat(indent);
        match value {
            Value::List(items) if items.is_empty() => format!("{spaces}{key}: []"),
            Value::List(_) | Value::Map(_) => {
                format!("{spaces}{key}:\n{}", self.below(value, indent))
            }
            Value::Text(_) | Value::Raw(_) => {
                format!("{spaces}{key}: {}", self.scalar(value, indent))
            }
        }
    }

    /// What stands below a key at `indent`.
    fn below(&self, value: &Value, indent: usize) -> String {
        match value {
            Value::List(items) => {
                let items = items.iter();
                let lines = items.map(|item| self.item(item, indent + self.style.dash));
                lines.collect::<Vec<_>>().join("\n")
            }
            Value::Map(entries) => self.entries(entries, indent + self.style.step),
            Value::Text(_) | Value::Raw(_) => {
                " ".repeat(indent + self.style.step) + &self.scalar(value, indent)
            }
        }
    }

    fn entries(&self, entries: &[(&'static str, Value)], indent: usize) -> String {
        let lines = entries
            .iter()
            .map(|(key, value)| self.entry(key, value, indent));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// `- name: x`, its dash at `indent`.
    fn item(&self, item: &Value, indent: usize) -> String {
        let spaces = " ".repeat(indent);
        let inside = match item {
            Value::Map(entries) => {
                let lines = self.entries(entries, indent + 2);
                lines.trim_start().to_owned()
            }
            Value::List(_) => flow(item),
            Value::Text(_) | Value::Raw(_) => self.scalar(item, indent),
        };
        format!("{spaces}- {inside}")
    }

    /// A text of several lines as a block.
    fn scalar(&self, value: &Value, indent: usize) -> String {
        match value {
            Value::Text(text) if text.contains('\n') => {
                let spaces = " ".repeat(indent + self.style.step);
                let lines = text.trim_end().lines();
                let lines = lines.map(|line| format!("\n{spaces}{line}").trim_end().to_owned());
                format!("|{}", lines.collect::<String>())
            }
            _ => flow(value),
        }
    }

    fn column(&self, offset: u32) -> usize {
        let before = self.yaml.text().get(..offset as usize).unwrap_or("");
        before.rsplit('\n').next().map_or(0, str::len)
    }

    /// Before the line break, with its carriage return.
    fn line_end(&self, offset: u32) -> u32 {
        let rest = self.yaml.text().get(offset as usize..).unwrap_or("");
        let line = rest.split('\n').next().unwrap_or("");
        offset + line.trim_end_matches('\r').len() as u32
    }

    fn edit(&self, range: SourceRange, text: impl Into<String>) -> Edit {
        let mut text = text.into();
        if self.yaml.text().contains("\r\n") {
            text = text.replace('\n', "\r\n");
        }
        Edit {
            file: self.file,
            range,
            text,
        }
    }
}

/// A new file that has one section.
pub(super) fn new_file(section: &'static str, items: &[Value]) -> String {
    let (empty, _) = Yaml::parse("");
    let text = YamlText::new(&empty, FileId(0));
    let list = Value::List(items.to_vec());
    format!("{}\n", text.entry(section, &list, 0))
}

/// On one line.
fn flow(value: &Value) -> String {
    match value {
        Value::Raw(text) => text.clone(),
        Value::Text(text) => quoted(text),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|(key, value)| format!("{key}: {}", flow(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A scalar that is read as this text, inside of brackets as well.
pub(super) fn quoted(text: &str) -> String {
    let is_safe = |c: char| {
        c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | ' ' | '(' | ')' | '\'')
    };
    let starts_well = text
        .chars()
        .next()
        .is_some_and(|c| c.is_alphabetic() || c == '_');
    let is_plain = starts_well
        && text.chars().all(is_safe)
        && !text.ends_with(' ')
        && matches!(plain_scalar(text), Scalar::Text(_));
    if is_plain {
        return text.to_owned();
    }
    let escaped = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use base::FileId;
    use expect_test::{Expect, expect};
    use project::yaml::Yaml;

    use super::{Value, YamlText, quoted};

    fn item(name: &str) -> Value {
        Value::Map(vec![
            ("name", Value::text(name)),
            ("tests", Value::List(vec![Value::text("unique")])),
        ])
    }

    fn applied(text: &str, edit: &base::Edit) -> String {
        let mut after = text.to_owned();
        after.replace_range(
            edit.range.start as usize..edit.range.end as usize,
            &edit.text,
        );
        assert_eq!(Yaml::parse(&after).1, [], "{after}");
        after
    }

    /// Pushes an item onto `columns` of the first model.
    fn push(text: &str, expected: &Expect) {
        let (yaml, _) = Yaml::parse(text);
        let model = yaml.root().get("models").and_then(|it| it.items().next());
        let edit = YamlText::new(&yaml, FileId(0)).push(model.unwrap(), "columns", &[item("b")]);
        expected.assert_eq(&edit.map_or("refused".to_owned(), |edit| applied(text, &edit)));
    }

    #[test]
    fn items_go_after_the_last_and_before_comments() {
        push(
            "models:\n  - name: m\n    columns:\n      - name: a # first\n        tests: [x]  # why\n\n    # more\n\n  - name: n\n",
            &expect![[r#"
                models:
                  - name: m
                    columns:
                      - name: a # first
                        tests: [x]  # why
                      - name: b
                        tests:
                          - unique

                    # more

                  - name: n
            "#]],
        );
    }

    #[test]
    fn lists_that_are_not_there_are_made() {
        push(
            "models:\n- name: m\n  description: >\n    long\n\n- name: n",
            &expect![[r"
                models:
                - name: m
                  description: >
                    long
                  columns:
                  - name: b
                    tests:
                    - unique

                - name: n"]],
        );
        push(
            "models:\n  - name: m\n    columns:  # none yet\n    config: {}\n",
            &expect![[r"
                models:
                  - name: m
                    columns:  # none yet
                      - name: b
                        tests:
                          - unique
                    config: {}
            "]],
        );
    }

    #[test]
    fn brackets_stay_brackets() {
        push(
            "models: [{name: m, columns: [{name: a}]}]\n",
            &expect![[r"
                models: [{name: m, columns: [{name: a}, {name: b, tests: [unique]}]}]
            "]],
        );
        push(
            "models: [{name: m}]\n",
            &expect![[r"
                models: [{name: m, columns: [{name: b, tests: [unique]}]}]
            "]],
        );
        push(
            "models:\r\n  - name: m\r\n    columns: []\r\n",
            &expect![["models:\r\n  - name: m\r\n    columns: [{name: b, tests: [unique]}]\r\n"]],
        );
    }

    #[test]
    fn what_others_share_is_left_alone() {
        push(
            "x: &all [{name: a}]\nmodels:\n  - name: m\n    columns: *all\n",
            &expect!["refused"],
        );
    }

    #[test]
    fn scalars_are_quoted_where_they_must_be() {
        assert_eq!(quoted("ref('a')"), "ref('a')");
        assert_eq!(quoted("yes"), "\"yes\"");
        assert_eq!(quoted("a: b"), "\"a: b\"");
        assert_eq!(quoted("5"), "\"5\"");
    }
}
