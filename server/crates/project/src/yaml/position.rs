//! Where in the data a cursor is: for completion and hover.

use base::SourceRange;

use super::{Kind, Shape, Yaml, YamlNode};

/// A step from a value into one of its parts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Segment {
    /// Into a mapping.
    Key(Box<str>),
    /// Into a list, from 0.
    Index(u32),
}

/// What the cursor is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A key; the path ends with it.
    Key,
    /// A scalar, or the empty place of one; the path leads to it.
    Value,
    /// A blank place where a key or an item could be added; the path leads to the mapping or list.
    Blank,
}

/// A place in the data, without its bytes.
pub type Place = Vec<Segment>;

/// Where a cursor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlPosition {
    /// From the root.
    pub path: Place,
    /// What is there.
    pub role: Role,
    /// The bytes of the key or scalar; empty at the cursor for blank places.
    pub range: SourceRange,
}

impl Yaml {
    /// Where `offset` is in the data.
    #[must_use]
    pub fn position_at(&self, offset: u32) -> YamlPosition {
        let mut path = Vec::new();
        let root = self.root();
        if let Some((role, range)) = find(root, offset, &mut path) {
            return YamlPosition { path, role, range };
        }
        let cursor = Cursor::new(&self.text, offset);
        let mut path = Vec::new();
        let role = by_indentation(root, &cursor, &mut path);
        YamlPosition {
            path,
            role,
            range: SourceRange::at(offset),
        }
    }

    /// The path alone.
    #[must_use]
    pub fn path_at(&self, offset: u32) -> Place {
        self.position_at(offset).path
    }

    /// The value at a path, through merges and aliases.
    #[must_use]
    pub fn at_path(&self, path: &[Segment]) -> Option<YamlNode<'_>> {
        path.iter()
            .try_fold(self.root(), |node, segment| match segment {
                Segment::Key(key) => node.get(key),
                Segment::Index(index) => node.items().nth(*index as usize),
            })
    }
}

/// The key or scalar that a cursor touches.
fn find(node: YamlNode<'_>, offset: u32, path: &mut Place) -> Option<(Role, SourceRange)> {
    if !node.range().touches(offset) {
        return None;
    }
    match node.tree.entry(node.idx).kind {
        Kind::Missing => None,
        Kind::Plain { .. } | Kind::Quoted { .. } | Kind::Block { .. } | Kind::Alias => {
            Some((Role::Value, node.range()))
        }
        Kind::Sequence { .. } => {
            for (index, item) in node.items().enumerate() {
                path.push(Segment::Index(index as u32));
                if let Some(found) = find(item, offset, path) {
                    return Some(found);
                }
                path.pop();
            }
            None
        }
        Kind::Mapping { .. } => {
            for (key, value) in node.written_entries() {
                path.push(Segment::Key(key.raw().unwrap_or("").into()));
                if key.range().touches(offset) && !key.range().is_empty() {
                    return Some((Role::Key, key.range()));
                }
                if let Some(found) = find(value, offset, path) {
                    return Some(found);
                }
                path.pop();
            }
            None
        }
    }
}

/// A place between nodes.
struct Cursor<'a> {
    text: &'a str,
    offset: u32,
    /// Of the cursor's line: where its content starts, or where the cursor is if that is before.
    column: u32,
    line_start: u32,
    is_item: bool,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str, offset: u32) -> Self {
        let line_start = line_start(text, offset);
        let before = SourceRange::new(line_start, offset).of(text);
        let indent = (before.len() - before.trim_start_matches(' ').len()) as u32;
        let is_item = before.trim_start().starts_with('-');
        // After `- ` the keys of the item stand behind the dash.
        let column = if is_item { before.len() as u32 } else { indent };
        Self {
            text,
            offset,
            column,
            line_start,
            is_item,
        }
    }

    fn column_of(&self, offset: u32) -> u32 {
        offset - line_start(self.text, offset)
    }
}

fn line_start(text: &str, offset: u32) -> u32 {
    text.get(..offset as usize)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |newline| newline as u32 + 1)
}

/// Follows what precedes the cursor as deep as the cursor's column allows.
fn by_indentation(node: YamlNode<'_>, cursor: &Cursor<'_>, path: &mut Place) -> Role {
    let is_flow = matches!(
        node.tree.entry(node.idx).kind,
        Kind::Sequence { is_flow: true } | Kind::Mapping { is_flow: true, .. }
    );
    if is_flow {
        return Role::Blank;
    }
    match node.shape() {
        Shape::Scalar => Role::Value,
        Shape::Sequence => {
            let last = node
                .items()
                .enumerate()
                .take_while(|(_, item)| item.range().start < cursor.offset)
                .last();
            let Some((index, item)) = last else {
                return Role::Blank;
            };
            let is_on_its_line = item.range().start >= cursor.line_start;
            if cursor.is_item && !is_on_its_line
                || cursor.column <= cursor.column_of(node.range().start)
            {
                return Role::Blank;
            }
            path.push(Segment::Index(index as u32));
            by_indentation(item, cursor, path)
        }
        Shape::Mapping => {
            let last = node
                .written_entries()
                .take_while(|(key, _)| key.range().start < cursor.offset)
                .last();
            let Some((key, value)) = last else {
                return Role::Blank;
            };
            let is_on_its_line = key.range().start >= cursor.line_start;
            let own_column = cursor.column_of(node.range().start);
            let is_list_at_same_column = cursor.is_item && value.shape() == Shape::Sequence;
            if !is_on_its_line && cursor.column <= own_column && !is_list_at_same_column {
                return Role::Blank;
            }
            path.push(Segment::Key(key.raw().unwrap_or("").into()));
            by_indentation(value, cursor, path)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Role, Segment, Yaml};

    /// `$0` is the cursor.
    fn check(text: &str, expected_path: &str, expected_role: Role) {
        let offset = text.find("$0").unwrap();
        let (tree, _) = Yaml::parse(&text.replace("$0", ""));
        let position = tree.position_at(offset as u32);
        let path: Vec<String> = position
            .path
            .iter()
            .map(|segment| match segment {
                Segment::Key(key) => key.to_string(),
                Segment::Index(index) => index.to_string(),
            })
            .collect();
        assert_eq!(
            (path.join("."), position.role),
            (expected_path.to_owned(), expected_role)
        );
    }

    #[test]
    fn finds_keys_and_values() {
        check(
            "models:\n  - name: or$0ders\n",
            "models.0.name",
            Role::Value,
        );
        check("models:\n  - na$0me: orders\n", "models.0.name", Role::Key);
        check("a: {b: [x, $0y]}\n", "a.b.1", Role::Value);
    }

    #[test]
    fn an_empty_value_belongs_to_its_key() {
        check(
            "models:\n  - name: a\n    description: $0\n",
            "models.0.description",
            Role::Value,
        );
        check("models:\n  $0\n", "models", Role::Value);
    }

    #[test]
    fn a_blank_line_belongs_where_it_is_indented() {
        let head = "models:\n  - name: a\n    columns:\n      - name: id\n";
        check(
            &format!("{head}        $0\n"),
            "models.0.columns.0",
            Role::Blank,
        );
        check(&format!("{head}    $0\n"), "models.0", Role::Blank);
        check(&format!("{head}$0\n"), "", Role::Blank);
    }

    #[test]
    fn a_new_item_belongs_to_its_list() {
        check("models:\n  - name: a\n  - $0\n", "models.1", Role::Value);
    }
}
