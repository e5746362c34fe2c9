//! What can be set: sqlfluff's options where it has them, from the files that it reads them from.
//!
//! `.sqlfluff`, `setup.cfg`, `tox.ini`, `pep8.ini` and `pyproject.toml` count in every folder from the outermost to the file's own; what is
//! nearer wins. An option that is unknown here is somebody else's and is passed over.

use std::{collections::BTreeMap, path::Path};

use base::{System, normalized};
use sql::Dialect;

/// How SQL is to look, and what is to be said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StyleConfig {
    /// How strings, names and operators are written.
    pub dialect: Dialect,
    /// Characters in a line; 0 for no limit.
    pub line_length: u32,
    /// A step of indentation.
    pub indent: Indent,
    /// Where the comma between two lines is.
    pub commas: CommaPosition,
    /// How keywords are written.
    pub keywords: LetterCase,
    /// Whether any file says something.
    pub is_configured: bool,
    /// All that the files say: `core.rules`, `rules.aliasing.table.aliasing`.
    pub(crate) values: BTreeMap<String, String>,
}

/// A step of indentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Indent {
    /// Columns.
    pub width: u32,
    /// Written as a tab.
    pub is_tab: bool,
}

/// Where the comma between two lines is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommaPosition {
    /// At the end of the first.
    Trailing,
    /// At the beginning of the second.
    Leading,
}

/// How words are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterCase {
    /// As the first one that shows a case.
    Consistent,
    /// `select`
    Lower,
    /// `SELECT`
    Upper,
    /// `Select`
    Capitalised,
}

impl LetterCase {
    pub(crate) fn of(name: &str) -> Self {
        match name {
            "lower" => Self::Lower,
            "upper" => Self::Upper,
            "capitalise" => Self::Capitalised,
            _ => Self::Consistent,
        }
    }
}

impl Default for StyleConfig {
    fn default() -> Self {
        Self::of(Dialect::default(), BTreeMap::new())
    }
}

/// The files that sqlfluff reads, in its order.
const FILES: [&str; 5] = [
    "setup.cfg",
    "tox.ini",
    "pep8.ini",
    ".sqlfluff",
    "pyproject.toml",
];

impl StyleConfig {
    /// What holds for the files of a folder. `dialect` is the project's, unless a file names one.
    pub fn find(system: &dyn System, dir: &Path, dialect: Dialect) -> Self {
        let mut values = BTreeMap::new();
        let dir = normalized(dir);
        let mut folders: Vec<&Path> = dir.ancestors().collect();
        folders.reverse();
        for folder in folders {
            for name in FILES {
                // What is not there or cannot be read says nothing.
                if let Ok(text) = system.read(&folder.join(name)) {
                    read_into(&String::from_utf8_lossy(&text), name, &mut values);
                }
            }
        }
        Self::of(dialect, values)
    }

    /// What the text of a `.sqlfluff` says.
    #[must_use]
    pub fn from_text(text: &str, dialect: Dialect) -> Self {
        let mut values = BTreeMap::new();
        read_into(text, ".sqlfluff", &mut values);
        Self::of(dialect, values)
    }

    fn of(dialect: Dialect, values: BTreeMap<String, String>) -> Self {
        let text = |key: &str| values.get(key).map_or("", String::as_str);
        let number = |key: &str| text(key).parse::<u32>().ok();
        let named = match text("core.dialect") {
            "sparksql" => Dialect::Databricks,
            name => Dialect::from_adapter(name),
        };
        Self {
            dialect: if named == Dialect::Generic {
                dialect
            } else {
                named
            },
            line_length: number("core.max_line_length").unwrap_or(80),
            indent: Indent {
                width: number("indentation.tab_space_size").unwrap_or(4),
                is_tab: text("indentation.indent_unit") == "tab",
            },
            commas: match text("layout.type.comma.line_position") {
                "leading" => CommaPosition::Leading,
                _ => CommaPosition::Trailing,
            },
            keywords: LetterCase::of(text("rules.capitalisation.keywords.capitalisation_policy")),
            is_configured: !values.is_empty(),
            values,
        }
    }

    /// The value of an option, as it is written.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// The values of an option that has several.
    pub(crate) fn list(&self, key: &str) -> Vec<&str> {
        let words = self.text(key).unwrap_or("").split(',').map(str::trim);
        words.filter(|word| !word.is_empty()).collect()
    }
}

/// Sections and keys. TOML is read as the same: what these tables have is flat.
fn read_into(text: &str, name: &str, values: &mut BTreeMap<String, String>) {
    let mut section: Option<String> = None;
    let mut list: Option<(String, String)> = None;
    for line in text.lines() {
        let line = line.trim();
        if let Some((key, mut items)) = list.take() {
            items.push_str(line);
            if line.ends_with(']') {
                values.insert(key, unquoted(&items));
            } else {
                list = Some((key, items));
            }
            continue;
        }
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(title) = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            section = section_of(title, name);
            continue;
        }
        let (Some(section), Some((key, value))) = (&section, line.split_once('=')) else {
            continue;
        };
        let key = format!("{section}.{}", key.trim().trim_matches('"'));
        let value = value.trim();
        if value.starts_with('[') && !value.ends_with(']') {
            list = Some((key, value.to_owned()));
        } else {
            values.insert(key, unquoted(value));
        }
    }
}

/// `sqlfluff:rules:x` and `tool.sqlfluff.rules.x` are both `rules.x`.
fn section_of(title: &str, name: &str) -> Option<String> {
    let title = title.replace([':', '"'], if name == "pyproject.toml" { "" } else { "." });
    let title = match name {
        "pyproject.toml" => title.strip_prefix("tool.")?,
        _ => &title,
    };
    match title.strip_prefix("sqlfluff")? {
        "" | ".core" => Some("core".to_owned()),
        rest => rest.strip_prefix('.').map(str::to_owned),
    }
}

/// `["a", "b"]` is `a,b`, and `"a"` is `a`.
fn unquoted(value: &str) -> String {
    let inside = value.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let inside = inside.unwrap_or(value);
    inside.replace(['"', '\''], "").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use base::MemorySystem;

    use super::*;

    #[test]
    fn the_nearest_file_wins() {
        let system = MemorySystem::new([
            (
                PathBuf::from("/repo/.sqlfluff"),
                "[sqlfluff]\ndialect = snowflake\nmax_line_length = 120\n[sqlfluff:indentation]\ntab_space_size = 2\n".to_owned(),
            ),
            (
                PathBuf::from("/repo/shop/.sqlfluff"),
                "[sqlfluff]\nmax_line_length = 100\n[sqlfluff:layout:type:comma]\nline_position = leading\n".to_owned(),
            ),
        ]);
        let config = StyleConfig::find(&system, Path::new("/repo/shop/models"), Dialect::DuckDb);
        assert_eq!(config.dialect, Dialect::Snowflake);
        assert_eq!(config.line_length, 100);
        assert_eq!(config.indent.width, 2);
        assert_eq!(config.commas, CommaPosition::Leading);
        assert!(config.is_configured);
    }

    #[test]
    fn pyproject_says_the_same_in_toml() {
        let mut values = BTreeMap::new();
        let text = "[tool.other]\nrules = \"x\"\n[tool.sqlfluff.core]\nexclude_rules = [\n  \"LT01\",\n  \"ST06\"\n]\n[tool.sqlfluff.rules.capitalisation.keywords]\ncapitalisation_policy = \"upper\"\n";
        read_into(text, "pyproject.toml", &mut values);
        let config = StyleConfig::of(Dialect::Postgres, values);
        assert_eq!(config.list("core.exclude_rules"), ["LT01", "ST06"]);
        assert_eq!(config.keywords, LetterCase::Upper);
        assert_eq!(config.dialect, Dialect::Postgres);
    }

    #[test]
    fn what_nobody_says_is_sensible() {
        let config = StyleConfig::default();
        assert_eq!((config.line_length, config.indent.width), (80, 4));
        assert!(!config.is_configured);
    }
}
