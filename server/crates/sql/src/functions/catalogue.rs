//! The table of functions, read once a dialect.
//!
//! The table is text, in `functions/`; its README says how it is written. A line that cannot be read is left out, and
//! a test says which.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::returns::Returns;
use super::{Function, FunctionKind, FunctionParameter, FunctionSignature};
use crate::dialect::Dialect;

/// The files of the table, with what the functions in them are.
const TABLES: [(FunctionKind, &str); 8] = [
    (
        FunctionKind::Scalar,
        include_str!("../../functions/general.txt"),
    ),
    (
        FunctionKind::Scalar,
        include_str!("../../functions/text.txt"),
    ),
    (
        FunctionKind::Scalar,
        include_str!("../../functions/numbers.txt"),
    ),
    (
        FunctionKind::Scalar,
        include_str!("../../functions/time.txt"),
    ),
    (
        FunctionKind::Aggregate,
        include_str!("../../functions/aggregates.txt"),
    ),
    (
        FunctionKind::Window,
        include_str!("../../functions/windows.txt"),
    ),
    (
        FunctionKind::Scalar,
        include_str!("../../functions/nested.txt"),
    ),
    (
        FunctionKind::Scalar,
        include_str!("../../functions/json.txt"),
    ),
];

pub(super) type Catalogue = BTreeMap<&'static str, Function>;

/// In the order of `Dialect::ALL`.
static CATALOGUES: [LazyLock<Catalogue>; Dialect::ALL.len()] = [
    LazyLock::new(|| read(Dialect::DuckDb)),
    LazyLock::new(|| read(Dialect::Postgres)),
    LazyLock::new(|| read(Dialect::Snowflake)),
    LazyLock::new(|| read(Dialect::BigQuery)),
    LazyLock::new(|| read(Dialect::Databricks)),
    LazyLock::new(|| read(Dialect::Redshift)),
    LazyLock::new(|| read(Dialect::Trino)),
    LazyLock::new(|| read(Dialect::Generic)),
];

static NOTHING: Catalogue = BTreeMap::new();

/// All functions of a dialect, by name.
pub(super) fn catalogue(dialect: Dialect) -> &'static Catalogue {
    let idx = match dialect {
        Dialect::DuckDb => 0,
        Dialect::Postgres => 1,
        Dialect::Snowflake => 2,
        Dialect::BigQuery => 3,
        Dialect::Databricks => 4,
        Dialect::Redshift => 5,
        Dialect::Trino => 6,
        Dialect::Generic => 7,
    };
    CATALOGUES.get(idx).map_or(&NOTHING, |catalogue| catalogue)
}

fn read(dialect: Dialect) -> Catalogue {
    let mut catalogue = Catalogue::new();
    // What nobody has described takes each function from the first line that has it, and others like that.
    let mut models: BTreeMap<&str, &str> = BTreeMap::new();
    for (kind, table) in TABLES {
        for entry in table.lines().filter_map(Entry::read) {
            let is_here = match letter(dialect) {
                Some(letter) => entry.dialects == "*" || entry.dialects.contains(letter),
                None => *models.entry(entry.name).or_insert(entry.dialects) == entry.dialects,
            };
            if is_here {
                add(&mut catalogue, kind, entry);
            }
        }
    }
    catalogue
}

fn add(catalogue: &mut Catalogue, kind: FunctionKind, entry: Entry) {
    let is_everywhere = entry.dialects == "*";
    let (kind, signatures) = match entry.meaning {
        Meaning::Alias(of) => match catalogue.get(of) {
            Some(function) => (function.kind, function.signatures.clone()),
            None => return,
        },
        Meaning::Signature(signature) => (kind, vec![signature]),
    };
    let function = catalogue.entry(entry.name).or_insert(Function {
        name: entry.name,
        kind,
        signatures: Vec::new(),
        is_everywhere,
    });
    function.is_everywhere &= is_everywhere;
    function.signatures.extend(signatures);
}

/// The letter of a dialect in the table.
fn letter(dialect: Dialect) -> Option<char> {
    match dialect {
        Dialect::DuckDb => Some('D'),
        Dialect::Postgres => Some('P'),
        Dialect::Snowflake => Some('S'),
        Dialect::BigQuery => Some('B'),
        Dialect::Databricks => Some('K'),
        Dialect::Redshift => Some('R'),
        Dialect::Trino => Some('T'),
        Dialect::Generic => None,
    }
}

/// A line of the table.
struct Entry {
    dialects: &'static str,
    name: &'static str,
    meaning: Meaning,
}

enum Meaning {
    Alias(&'static str),
    Signature(FunctionSignature),
}

impl Entry {
    fn read(line: &'static str) -> Option<Self> {
        if line.starts_with("//") {
            return None;
        }
        let (dialects, rest) = line.split_once(' ')?;
        if let Some((name, of)) = rest.split_once(" = ") {
            return Some(Self {
                dialects,
                name,
                meaning: Meaning::Alias(of),
            });
        }
        let (call, rest) = rest.split_once(" -> ")?;
        let (result, description) = rest.split_once("; ")?;
        let (name, parameters) = match call.split_once('(') {
            Some((name, parameters)) => (name, Some(parameters.strip_suffix(')')?)),
            None => (call, None),
        };
        let parameters = parameters.map(|it| {
            let names = it.split(", ").filter(|name| !name.is_empty());
            names.map(FunctionParameter::read).collect()
        });
        Some(Self {
            dialects,
            name,
            meaning: Meaning::Signature(FunctionSignature {
                parameters,
                returns: Returns::read(result)?,
                result,
                description,
            }),
        })
    }
}

impl FunctionParameter {
    fn read(text: &'static str) -> Self {
        let (text, is_optional) = match text.strip_suffix('?') {
            Some(text) => (text, true),
            None => (text, false),
        };
        let (name, is_repeated) = match text.strip_suffix("...") {
            Some(name) => (name, true),
            None => (text, false),
        };
        Self {
            name,
            is_optional,
            is_repeated,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialect, Entry, Meaning, TABLES, catalogue, letter};

    #[test]
    fn every_line_of_the_table_can_be_read() {
        for line in TABLES.iter().flat_map(|(_, table)| table.lines()) {
            let entry = Entry::read(line);
            if line.starts_with("//") {
                assert!(entry.is_none(), "{line}");
                continue;
            }
            let Some(entry) = entry else {
                panic!("{line}");
            };
            let is_dialect = |c: char| c == '*' || Dialect::ALL.map(letter).contains(&Some(c));
            assert!(entry.dialects.chars().all(is_dialect), "{line}");
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
            assert!(entry.name.chars().all(is_name), "{line}");
            if let Meaning::Signature(signature) = entry.meaning {
                let parameters = signature.parameters.iter().flatten();
                let mut parameters = parameters.skip_while(|it| !it.is_optional);
                assert!(parameters.all(|it| it.is_optional), "{line}");
            }
        }
    }

    #[test]
    fn other_names_are_names_of_something() {
        for dialect in Dialect::ALL {
            let Some(letter) = letter(dialect) else {
                continue;
            };
            for line in TABLES.iter().flat_map(|(_, table)| table.lines()) {
                let Some(entry) = Entry::read(line) else {
                    continue;
                };
                if let Meaning::Alias(_) = entry.meaning
                    && entry.dialects.contains(letter)
                {
                    assert!(catalogue(dialect).contains_key(entry.name), "{line}");
                }
            }
        }
    }

    #[test]
    fn every_dialect_has_functions() {
        for dialect in Dialect::ALL {
            assert!(catalogue(dialect).len() > 100, "{dialect:?}");
        }
    }
}
