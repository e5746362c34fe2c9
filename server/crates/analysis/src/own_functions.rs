//! Functions of SQL that the project makes itself: a call of one says nothing about the warehouse's of the same name.
//!
//! They are looked for in texts: `create function`, `create macro` in macros and in hooks, and the project's functions.
//! What somebody else made in the warehouse is not seen.

use std::{collections::BTreeSet, sync::Arc};

use salsa::Database;

use crate::{
    input::{PackageKind, Project, SourceFile},
    macros::holds_macros,
    resolve::function_index,
    source::files_of,
};

/// Names of functions, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnFunctions {
    names: BTreeSet<Arc<str>>,
    /// Some are made under a name that is only known when it is rendered.
    is_open: bool,
}

impl OwnFunctions {
    /// Whether a call of this name could be one of them.
    #[must_use]
    pub fn may_be(&self, name: &str) -> bool {
        self.is_open || self.names.contains(&*name.to_ascii_lowercase())
    }

    fn extend(&mut self, created: &Created) {
        self.names.extend(created.names.iter().cloned());
        self.is_open |= created.is_open;
    }
}

/// Those that macros, hooks of the project and its functions make.
#[salsa::tracked]
pub fn own_functions(db: &dyn Database, project: Project) -> Arc<OwnFunctions> {
    let mut own = OwnFunctions::default();
    let names = function_index(db, project).enabled.keys();
    own.names
        .extend(names.map(|name| name.to_ascii_lowercase().into()));
    for package in project.packages(db).iter().copied() {
        if package.kind(db) == PackageKind::Builtin {
            continue;
        }
        let files: Vec<SourceFile> = files_of(db, package, holds_macros).collect();
        for file in files.into_iter().chain(package.project_file(db)) {
            own.extend(created_functions(db, file));
        }
    }
    Arc::new(own)
}

/// Functions that a text creates.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Created {
    names: BTreeSet<Arc<str>>,
    is_open: bool,
}

impl Created {
    /// Whether it creates one of this name.
    #[must_use]
    pub fn may_be(&self, name: &str) -> bool {
        self.is_open || self.names.contains(&*name.to_ascii_lowercase())
    }
}

/// Functions that a file's text creates.
#[salsa::tracked(returns(ref))]
pub fn created_functions(db: &dyn Database, file: SourceFile) -> Created {
    created(file.text(db))
}

fn created(text: &str) -> Created {
    let lower = text.to_ascii_lowercase();
    let mut found = Created::default();
    for (at, word) in lower.match_indices("create") {
        let rest = lower.get(at + word.len()..).unwrap_or_default();
        match created_name(rest) {
            Some(Name::Written(name)) => {
                found.names.insert(name.into());
            }
            Some(Name::Rendered) => found.is_open = true,
            None => {}
        }
    }
    found
}

/// The name of a function.
enum Name {
    Written(String),
    /// A tag says it.
    Rendered,
}

/// What the words behind `create` make, if it is a function.
fn created_name(rest: &str) -> Option<Name> {
    const BETWEEN: [&str; 8] = [
        "or",
        "replace",
        "temp",
        "temporary",
        "secure",
        "external",
        "aggregate",
        "private",
    ];
    let mut rest = rest;
    loop {
        let (word, after) = next_word(rest)?;
        rest = after;
        match word {
            "function" | "macro" => break,
            _ if BETWEEN.contains(&word) => {}
            _ => return None,
        }
    }
    for expected in ["if", "not", "exists"] {
        if let Some((word, after)) = next_word(rest)
            && word == expected
        {
            rest = after;
        }
    }
    Some(name_before_bracket(rest).map_or(Name::Rendered, Name::Written))
}

/// A word behind white space.
fn next_word(rest: &str) -> Option<(&str, &str)> {
    let trimmed = rest.trim_start();
    if trimmed.len() == rest.len() {
        return None;
    }
    let end = trimmed
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(trimmed.len());
    trimmed
        .split_at_checked(end)
        .filter(|(word, _)| !word.is_empty())
}

/// The last part of `{{ schema }}."name"(`; `None` if it is written by a tag.
fn name_before_bracket(rest: &str) -> Option<String> {
    let mut name = String::new();
    let mut rest = rest.trim_start();
    loop {
        if let Some(tag) = rest.strip_prefix("{{") {
            name.push('?');
            rest = tag.split_once("}}")?.1;
            continue;
        }
        let mut chars = rest.chars();
        match chars.next()? {
            '(' => break,
            c if c.is_whitespace() => break,
            c => name.push(c),
        }
        rest = chars.as_str();
    }
    let last = name.rsplit('.').next()?;
    let last = last.trim_matches(['"', '`']);
    (!last.is_empty() && !last.contains('?')).then(|| last.to_owned())
}

#[cfg(test)]
mod tests {
    use super::created;

    #[test]
    fn functions_that_a_text_creates() {
        let text = r#"
{% macro create_function() %}
create or replace function {{ target.schema }}."Round"(x int) returns int
CREATE TEMP MACRO if not exists half(x) as x / 2;
create table function_calls (id int);
created function nothing()
{% endmacro %}
"#;
        let found = created(text);
        assert!(found.may_be("ROUND") && found.may_be("half"));
        assert!(!found.may_be("function_calls") && !found.may_be("nothing"));
        assert!(created("create function {{ name }}(x int)").may_be("upper"));
        assert!(!created("create table f (x int)").may_be("f"));
    }
}
