//! What is written by itself while the user types: ends of tags, brackets and quotes in them, ends of blocks.
//!
//! Editors close brackets too: what is there already is not written again. Nothing that the user wrote is changed, and
//! a block gets its end only behind a line break, when its tag is finished.

use base::SourceRange;
use jinja::syntax::{BlockKind, CursorContext, MacroKind, TagKind, cursor_context};

use crate::{Analysis, Cancellable, layers::Layers, position::FilePosition, world::World};

/// The characters behind which something may be written.
pub const ON_TYPE_CHARACTERS: [char; 7] = ['\n', '{', '%', '#', '(', '\'', '"'];

/// Text that is inserted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedEdit {
    /// Where.
    pub offset: u32,
    /// What.
    pub text: String,
}

impl Analysis {
    /// What is to be inserted now that `typed` stands right before the cursor.
    pub fn on_type(&self, position: FilePosition, typed: char) -> Cancellable<Option<TypedEdit>> {
        self.ask_world(|world| on_type(world, position, typed))
    }
}

fn on_type(world: World<'_>, position: FilePosition, typed: char) -> Option<TypedEdit> {
    let layers = Layers::new(world, position.file)?;
    let offset = position.offset;
    let before = layers.text.get(..offset as usize)?;
    let after = layers.text.get(offset as usize..)?;
    match typed {
        '\n' => end_of_block(&layers, before, after, offset),
        '{' | '%' | '#' => end_of_tag(before, after, offset),
        '(' => end_in_tag(&layers, before, after, offset, ')'),
        '\'' | '"' => end_in_tag(&layers, before, after, offset, typed),
        _ => None,
    }
}

/// ` }}` behind `{{`; where the editor has closed the brackets, what is missing between them.
fn end_of_tag(before: &str, after: &str, offset: u32) -> Option<TypedEdit> {
    let closing = match before.get(before.len().checked_sub(2)?..)? {
        "{{" => "}}",
        "{%" => "%}",
        "{#" => "#}",
        _ => return None,
    };
    let opener = before.get(..before.len() - 2)?;
    // `{{{` is a tag with a dict in it, and `{{% ` is one that is being corrected.
    if opener.ends_with('{') || is_in_tag(opener) {
        return None;
    }
    let line = after.lines().next().unwrap_or("");
    let missing = match line.strip_prefix('}') {
        Some(rest) if !rest.starts_with('}') => closing.get(..1)?,
        None if line.trim().is_empty() => closing,
        Some(_) | None => return None,
    };
    Some(TypedEdit {
        offset,
        text: missing.to_owned(),
    })
}

fn is_in_tag(before: &str) -> bool {
    cursor_context(before, before.len() as u32) != CursorContext::Text
}

/// The second quote and the closing bracket, in a tag and where nothing follows but its end.
fn end_in_tag(
    layers: &Layers<'_>,
    before: &str,
    after: &str,
    offset: u32,
    text: char,
) -> Option<TypedEdit> {
    let start = before.get(..before.len().checked_sub(1)?)?;
    let tag = layers.tag_at(offset)?;
    let is_code = matches!(tag.kind, TagKind::Output | TagKind::Statement);
    let line = after.lines().next().unwrap_or("").trim_start();
    let is_last = line.is_empty() || line.starts_with([')', ']', '}', '%', '-']);
    if !is_code || !is_last {
        return None;
    }
    let is_opening = match cursor_context(start, start.len() as u32) {
        CursorContext::StringArgument { .. }
        | CursorContext::String { .. }
        | CursorContext::Comment
        | CursorContext::Text => false,
        CursorContext::Attribute { .. }
        | CursorContext::Filter { .. }
        | CursorContext::Name { .. }
        | CursorContext::Tag { .. } => true,
    };
    let n_open = SourceRange::new(tag.range.start, offset).of(layers.text);
    let inside = n_open.matches('(').count();
    let is_closed = text == ')' && line.matches(')').count() >= inside;
    (is_opening && !is_closed).then(|| TypedEdit {
        offset,
        text: text.to_string(),
    })
}

/// The end of the block whose tag is alone on the line before, on a line of its own below the cursor's.
fn end_of_block(layers: &Layers<'_>, before: &str, after: &str, offset: u32) -> Option<TypedEdit> {
    let written = before.trim_end().len() as u32;
    let is_next_line = before.get(written as usize..)?.matches('\n').count() == 1;
    let mut blocks = layers.template.blocks.iter();
    let block = blocks.find(|it| it.open.end == written && it.close.is_none())?;
    let line_start = before.get(..block.open.start as usize)?.rfind('\n');
    let line_start = line_start.map_or(0, |at| at + 1);
    let indent = before.get(line_start..block.open.start as usize)?;
    if !is_next_line || !indent.trim().is_empty() {
        return None;
    }
    let end = end_keyword(block.kind);
    let rest_of_line = after.find('\n').unwrap_or(after.len());
    // What the user broke off the line belongs into the block.
    let at = offset + rest_of_line as u32;
    Some(TypedEdit {
        offset: at,
        text: format!("\n{indent}{{% {end} %}}"),
    })
}

fn end_keyword(kind: BlockKind) -> &'static str {
    match kind {
        BlockKind::If => "endif",
        BlockKind::For => "endfor",
        BlockKind::Definition(kind) => match kind {
            MacroKind::Macro => "endmacro",
            MacroKind::Test => "endtest",
            MacroKind::Materialization => "endmaterialization",
            MacroKind::Snapshot => "endsnapshot",
            MacroKind::Docs => "enddocs",
        },
        BlockKind::Call => "endcall",
        BlockKind::Set => "endset",
        BlockKind::Filter => "endfilter",
        BlockKind::Raw => "endraw",
        BlockKind::With => "endwith",
        BlockKind::Block => "endblock",
        BlockKind::Autoescape => "endautoescape",
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    /// The text after what is before `$0` was typed; `|` is the cursor.
    fn check(text: &str, expected: &Expect) {
        let project = TestProject::new(&format!("\n//- /models/a.sql\n{text}\n"));
        let analysis = project.analysis();
        let position = project.cursor.unwrap();
        let mut text = analysis.text(position.file).unwrap().to_string();
        let at = position.offset as usize;
        let typed = text[..at].chars().last().unwrap();
        let edit = analysis.on_type(position, typed).unwrap();
        text.insert(at, '|');
        if let Some(edit) = edit {
            // At the cursor it goes behind it.
            let after = usize::from(edit.offset >= position.offset);
            text.insert_str(edit.offset as usize + after, &edit.text);
        }
        expected.assert_eq(text.strip_suffix('\n').unwrap_or(&text));
    }

    #[test]
    fn tags_are_closed_unless_the_editor_did() {
        check("select {{$0", &expect!["select {{|}}"]);
        check("select {{$0}", &expect!["select {{|}}"]);
        check("select {{$0}}", &expect!["select {{|}}"]);
        check("{%$0", &expect!["{%|%}"]);
        check("{%$0}", &expect!["{%|%}"]);
        check("{#$0", &expect!["{#|#}"]);
        check("select {{$0 x", &expect!["select {{| x"]);
        check("select {{ {$0", &expect!["select {{ {|"]);
        check("select a %$0 b", &expect!["select a %| b"]);
    }

    #[test]
    fn quotes_and_brackets_are_closed_in_tags() {
        check("{{ ref($0 }}", &expect!["{{ ref(|) }}"]);
        check("{{ ref($0) }}", &expect!["{{ ref(|) }}"]);
        check("{{ ref('$0) }}", &expect!["{{ ref('|') }}"]);
        check("{{ ref('$0') }}", &expect!["{{ ref('|') }}"]);
        check("{{ ref('a'$0) }}", &expect!["{{ ref('a'|) }}"]);
        check("{{ ref(\"$0) }}", &expect![[r#"{{ ref("|") }}"#]]);
        check("{{ ref('$0 a) }}", &expect!["{{ ref('| a) }}"]);
        check("select f($0", &expect!["select f(|"]);
    }

    #[test]
    fn a_block_gets_its_end_below() {
        check(
            "  {% if a %}\n  $0\nselect 1",
            &expect![[r#"
                  {% if a %}
                  |
                select 1"#]],
        );
        check(
            "{% for x in y %}\n$0",
            &expect![[r#"
                {% for x in y %}
                |
                {% endfor %}"#]],
        );
        check(
            "{% if a %}\n$0\n{% endif %}",
            &expect![[r#"
                {% if a %}
                |
                {% endif %}"#]],
        );
        check(
            "select {% if a %}\n$0",
            &expect![[r#"
                select {% if a %}
                |"#]],
        );
        check(
            "{% macro a() %}\n\n$0",
            &expect![[r#"
                {% macro a() %}

                |"#]],
        );
    }
}
