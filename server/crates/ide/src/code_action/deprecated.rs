//! Feature: deprecated YAML in its new form, one place or the whole file.
//!
//! `tests:` becomes `data_tests:`, what a test takes goes below `arguments` and how it is run below `config`, and `meta`,
//! `docs`, `group` and `access` go into the `config` beside them. Only lines that move are touched; what others share
//! through an anchor stays.

mod nesting;

use analysis::{FileRole, deprecations::CONFIG_OF_TESTS, source::yaml};
use base::{Edit, FileId, SourceRange};
use project::{
    files::FileKind,
    yaml::{Shape, Yaml, YamlNode},
};
use serde_json::Value;

use self::nesting::nested;
use crate::code_action::offers::{Offers, ProjectChange, RefactoringKind};

/// Something that has a new form.
struct Rewrite {
    /// The cursor is on it.
    range: SourceRange,
    title: String,
    edited: SourceRange,
    text: String,
}

pub(super) fn offer(offers: &mut Offers<'_>) {
    let (world, here) = (offers.world, offers.here);
    let (tree, errors) = &**yaml(world.db, here.file);
    if !errors.is_empty() {
        return;
    }
    let flags = &here.project.settings(world.db).flags;
    let flag = flags.get("REQUIRE_GENERIC_TEST_ARGUMENTS_PROPERTY");
    let dialect = Form {
        is_project_file: here.file.role(world.db) == FileRole::ProjectFile,
        has_arguments: flag.and_then(Value::as_bool) != Some(false),
    };
    if !dialect.is_project_file && here.kind(world) != Some(FileKind::Properties) {
        return;
    }
    let all = rewrites(tree, dialect);
    let is_several = all.len() > 1;
    for rewrite in all {
        if rewrite.range.touches(offers.offset()) {
            let edit = offers.edit(rewrite.edited, rewrite.text);
            offers.add(RefactoringKind::QuickFix, rewrite.title, |_| {
                ProjectChange::edits(vec![edit])
            });
        }
    }
    if is_several {
        let title = "Write all deprecated syntax of this file in its new form".to_owned();
        let file = here.id(world);
        offers.add(RefactoringKind::Source, title, |_| {
            ProjectChange::edits(vec![whole_file(tree, dialect, file)?])
        });
    }
}

/// What new forms there are.
#[derive(Debug, Clone, Copy)]
struct Form {
    /// `dbt_project.yml` rather than properties.
    is_project_file: bool,
    /// Tests take `arguments:`.
    has_arguments: bool,
}

/// More rounds than things can lie inside each other.
const MAX_ROUNDS: usize = 20;

/// All of them, as one edit of the part of the file that is another afterwards.
fn whole_file(tree: &Yaml, form: Form, file: FileId) -> Option<Edit> {
    let old: &str = tree.text();
    let mut text = old.to_owned();
    for _ in 0..MAX_ROUNDS {
        let (tree, errors) = Yaml::parse(&text);
        if !errors.is_empty() {
            return None;
        }
        let mut found = rewrites(&tree, form);
        if found.is_empty() {
            break;
        }
        found.sort_by_key(|it| it.edited);
        // Of those inside each other the inner ones wait for the next round.
        let mut end = 0;
        found.retain(|it| {
            let is_free = it.edited.start >= end;
            end = end.max(it.edited.end);
            is_free
        });
        for rewrite in found.iter().rev() {
            let range = rewrite.edited.start as usize..rewrite.edited.end as usize;
            text.replace_range(range, &rewrite.text);
        }
    }
    let same = |(one, other): &(char, char)| one == other;
    let start: usize = old
        .chars()
        .zip(text.chars())
        .take_while(same)
        .map(|(c, _)| c.len_utf8())
        .sum();
    let (old_rest, new_rest) = (old.get(start..)?, text.get(start..)?);
    let backwards = old_rest.chars().rev().zip(new_rest.chars().rev());
    let end: usize = backwards.take_while(same).map(|(c, _)| c.len_utf8()).sum();
    Some(Edit {
        file,
        range: SourceRange::from_usize(start, old.len() - end),
        text: new_rest.get(..new_rest.len() - end)?.to_owned(),
    })
}

fn rewrites(tree: &Yaml, form: Form) -> Vec<Rewrite> {
    let mut finder = Finder {
        tree,
        form,
        found: Vec::new(),
    };
    let root = tree.root();
    if form.is_project_file {
        finder.renamed_tests(root);
        return finder.found;
    }
    for section in ["models", "seeds", "snapshots"] {
        for entry in items(root, section) {
            finder.node(entry);
        }
    }
    for table in items(root, "sources").flat_map(|source| items(source, "tables")) {
        finder.tested(table);
    }
    finder.found
}

/// What is written there itself, and not shared.
fn items<'a>(mapping: YamlNode<'a>, key: &str) -> impl Iterator<Item = YamlNode<'a>> {
    let mut entries = mapping.written_entries();
    let list = entries.find(|(it, value)| it.raw() == Some(key) && !value.is_alias());
    let items = list.map(|(_, list)| list.items());
    items.into_iter().flatten().filter(|item| !item.is_alias())
}

struct Finder<'a> {
    tree: &'a Yaml,
    form: Form,
    found: Vec<Rewrite>,
}

impl Finder<'_> {
    fn node(&mut self, entry: YamlNode<'_>) {
        self.config_keys(entry, &["meta", "docs", "group", "access"]);
        self.tested(entry);
        for version in items(entry, "versions") {
            self.tested(version);
        }
    }

    /// Something with tests and columns.
    fn tested(&mut self, entry: YamlNode<'_>) {
        self.tests(entry);
        for column in items(entry, "columns") {
            self.config_keys(column, &["meta", "tags"]);
            self.tests(column);
        }
    }

    fn tests(&mut self, entry: YamlNode<'_>) {
        self.renamed_tests(entry);
        for key in ["tests", "data_tests"] {
            for test in items(entry, key) {
                self.test(test);
            }
        }
    }

    fn renamed_tests(&mut self, entry: YamlNode<'_>) {
        let mut entries = entry.written_entries();
        let Some((key, _)) = entries.find(|(key, _)| key.raw() == Some("tests")) else {
            return;
        };
        if entry.get("data_tests").is_some() {
            return;
        }
        self.found.push(Rewrite {
            range: key.range(),
            title: "Write `tests` as `data_tests`".to_owned(),
            edited: key.range(),
            text: "data_tests".to_owned(),
        });
    }

    fn test(&mut self, test: YamlNode<'_>) {
        let entries: Vec<_> = test.written_entries().collect();
        let (name, taken) = match (test.get("test_name"), &*entries) {
            (Some(name), _) => (name, test),
            (None, [(name, taken)]) if taken.shape() == Shape::Mapping => (*name, *taken),
            _ => return,
        };
        let has_arguments = taken.get("arguments").is_some();
        let place = |key: &str| match key {
            "arguments" | "config" | "column_name" | "description" | "name" | "test_name" => None,
            _ if CONFIG_OF_TESTS.contains(&key) => Some("config"),
            _ if self.form.has_arguments && !has_arguments => Some("arguments"),
            _ => None,
        };
        if let Some((edited, text)) = nested(self.tree, taken, &place) {
            let name = name.raw().unwrap_or("the test");
            self.found.push(Rewrite {
                range: test.range(),
                title: format!("Nest what `{name}` takes, as dbt wants it"),
                edited,
                text,
            });
        }
    }

    fn config_keys(&mut self, entry: YamlNode<'_>, moved: &[&str]) {
        let config = entry.get("config");
        let is_free = |key: &str| config.is_none_or(|config| config.get(key).is_none());
        let place = |key: &str| (moved.contains(&key) && is_free(key)).then_some("config");
        let keys: Vec<_> = entry
            .written_entries()
            .map(|(key, _)| key)
            .filter(|key| place(key.raw().unwrap_or_default()).is_some())
            .collect();
        let Some((edited, text)) = nested(self.tree, entry, &place) else {
            return;
        };
        let names: Vec<_> = keys
            .iter()
            .filter_map(|key| Some(format!("`{}`", key.raw()?)))
            .collect();
        for key in keys {
            let rewrite = Rewrite {
                range: key.range(),
                title: format!("Move {} into `config`", names.join(" and ")),
                edited,
                text: text.clone(),
            };
            self.found.push(rewrite);
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::code_action::fixture::check_all;

    fn check(yaml: &str, wanted: &str, expected: &Expect) {
        check_all(
            &format!(
                "//- /models/orders.sql\nselect 1 as id, 'x' as status\n//- /models/s.yml\n{yaml}\n"
            ),
            wanted,
            expected,
        );
    }

    #[test]
    fn what_a_test_takes_is_nested() {
        check(
            "models:
  - name: orders
    columns:
      - name: status
        data_tests:
          - accepted_values: # those of the shop
              name: known
              # all of them
              values:
                - 'a'
                - 'b'  # old
              severity: warn
              config:
                where: id > 1

              quo$0te: true
          - not_null",
            "Nest",
            &expect![[r#"
                == Nest what `accepted_values` takes, as dbt wants it (QuickFix)
                -- /models/s.yml
                models:
                  - name: orders
                    columns:
                      - name: status
                        data_tests:
                          - accepted_values: # those of the shop
                              name: known
                              arguments:
                                # all of them
                                values:
                                  - 'a'
                                  - 'b'  # old

                                quote: true
                              config:
                                where: id > 1
                                severity: warn
                          - not_null
            "#]],
        );
        check(
            "models:
  - name: orders
    data_tests: [{dbt.uni$0que: {column_name: id, where: 'id > 1'}}, {test_name: accepted_values, column_name: status, values: [x], config: {limit: 1}}]",
            "Nest|Write",
            &expect![[r#"
                == Nest what `dbt.unique` takes, as dbt wants it (QuickFix)
                -- /models/s.yml
                models:
                  - name: orders
                    data_tests: [{dbt.unique: {column_name: id, config: {where: 'id > 1'}}}, {test_name: accepted_values, column_name: status, values: [x], config: {limit: 1}}]
                == Write all deprecated syntax of this file in its new form (Source)
                -- /models/s.yml
                models:
                  - name: orders
                    data_tests: [{dbt.unique: {column_name: id, config: {where: 'id > 1'}}}, {test_name: accepted_values, column_name: status, arguments: {values: [x]}, config: {limit: 1}}]
            "#]],
        );
    }

    #[test]
    fn keys_move_into_the_config() {
        check(
            "models:
  - name: orders
    me$0ta:
      owner: me
    docs: {show: false}
    columns:
      - name: id
        config: {tags: [a]}
        tags: [b]",
            "`meta`",
            &expect![[r#"
                == Move `meta` and `docs` into `config` (QuickFix)
                -- /models/s.yml
                models:
                  - name: orders
                    config:
                      meta:
                        owner: me
                      docs: {show: false}
                    columns:
                      - name: id
                        config: {tags: [a]}
                        tags: [b]
            "#]],
        );
    }

    #[test]
    fn the_whole_file_at_once() {
        check(
            "models:
  - name: orders
    group: null
    columns:
      - name: status$0
        meta: {a: 1}
        tests:
          - accepted_values:
              values: [x]
              severity: warn

# the end",
            "all",
            &expect![[r#"
                == Write all deprecated syntax of this file in its new form (Source)
                -- /models/s.yml
                models:
                  - name: orders
                    config:
                      group: null
                    columns:
                      - name: status
                        config:
                          meta: {a: 1}
                        data_tests:
                          - accepted_values:
                              arguments:
                                values: [x]
                              config:
                                severity: warn

                # the end
            "#]],
        );
    }

    #[test]
    fn the_new_form_stays() {
        for wanted in ["Nest", "Move", "Write"] {
            check(
                "x: &shared [{accepted_values: {values: [x]}}]
models:
  - name: orders
    config: {meta: {a: 1}}
    columns:
      - name: status$0
        data_tests:
          - accepted_values: {arguments: {values: [x]}, config: {severity: warn}}
      - name: id
        data_tests: *shared",
                wanted,
                &expect![[""]],
            );
        }
    }
}
