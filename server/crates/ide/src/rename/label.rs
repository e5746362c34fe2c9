//! Renaming a group or a tag: in YAML, `dbt_project.yml`, calls of `config()` and selectors.

use base::SourceRange;

use crate::{
    labels::{Label, LabelKind, label_files, labels},
    rename::{Renaming, edits::Edits},
    world::{Here, World},
};

pub(super) fn rename(here: &Here, label: &Label, edits: &mut Edits<'_>) -> Renaming<()> {
    let world = edits.world;
    check_name(label.kind, edits)?;
    let what = label.kind.word();
    for there in label_files(world, here.project) {
        let text = there.text(world);
        let has_new = text.contains(&*edits.new);
        if !has_new && !text.contains(&*edits.old) && !text.contains('*') {
            continue;
        }
        let of_kind = labels(world, &there).into_iter();
        let mut named = Vec::new();
        for found in of_kind.filter(|it| it.kind == label.kind) {
            if found.name == edits.new {
                let message = format!("there is a {what} `{}` already", edits.new);
                return Err(edits.refusal_at(&there, found.range, &message));
            }
            if is_pattern(&found.name, &edits.old) {
                let message = "a pattern selects it there";
                return Err(edits.refusal_at(&there, found.range, message));
            }
            if found.name == edits.old {
                named.push(found.range);
            }
        }
        if let Some(range) = unfollowed(world, &there, &named, label.kind, &edits.old) {
            let message = "this may name it, too, and cannot be followed: change it by hand first";
            return Err(edits.refusal_at(&there, range, message));
        }
        for range in named {
            let new = edits.new.clone();
            edits.write(&there, range, new)?;
        }
    }
    Ok(())
}

/// What needs no quotes anywhere, and is no operator of selection.
fn check_name(kind: LabelKind, edits: &Edits<'_>) -> Renaming<()> {
    let is_plain = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    let starts_well = edits
        .new
        .starts_with(|c: char| c.is_alphabetic() || c == '_');
    let means_other = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_word = !means_other.contains(&&*edits.new.to_ascii_lowercase());
    if starts_well && is_word && edits.new.chars().all(is_plain) {
        return Ok(());
    }
    let message = format!(
        "`{}` is no name for a {}: letters, digits, `_`, `-` and `.` are, and a letter comes first",
        edits.new,
        kind.word()
    );
    Err(edits.refusal(&message))
}

/// `night*` selects `nightly`.
fn is_pattern(written: &str, name: &str) -> bool {
    let fixed = written.split(['*', '?', '[']).next().unwrap_or_default();
    fixed.len() < written.len() && name.starts_with(fixed)
}

/// A text that is the name in code that speaks of groups or tags.
fn unfollowed(
    world: World<'_>,
    there: &Here,
    named: &[SourceRange],
    kind: LabelKind,
    name: &str,
) -> Option<SourceRange> {
    let text = there.text(world);
    let tags = &analysis::source::template(world.db, there.file).tags;
    let spoken_of = tags
        .iter()
        .any(|tag| tag.range.of(text).contains(kind.word()));
    if !spoken_of {
        return None;
    }
    for tag in tags {
        for quote in ['\'', '"'] {
            let quoted = format!("{quote}{name}{quote}");
            for (start, _) in tag.range.of(text).match_indices(&quoted) {
                let start = tag.range.start + start as u32 + 1;
                let range = SourceRange::new(start, start + name.len() as u32);
                let is_other = crate::symbol::thing_at(world, there, start).is_some();
                if !named.contains(&range) && !is_other {
                    return Some(range);
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::rename::tests::renamed;

    const SHOP: &str = "
//- /dbt_project.yml
name: shop
profile: shop
models: {shop: {+tags: [nightly, 'weekly'], finance: {+group: finance, +meta: {group: finance}}}}
//- /selectors.yml
selectors:
  - name: s
    definition: {union: ['2+tag:nightly+', {method: group, value: finance}, {tag: nightly, exclude: []}, nightly]}
//- /models/nightly.sql
{{ config(tags=['nightly', \"other\"], group='finance', meta={'tags': 'x'}) }}
select 'nightly' as finance
//- /models/p.py
def model(dbt, session):
    dbt.config(tags=['nightly'], group=\"finance\")
//- /models/s.yml
groups:
  - name: finance # the group
    owner: {email: a@b.c}
models:
  - name: nightly
    group: finance
    config: {tags: nightly}
    columns: [{name: finance, tags: [nightly], data_tests: [unique: {config: {tags: [\"nightly\"]}}]}]
";

    fn from(place: &str) -> String {
        assert!(SHOP.contains(place), "{place}");
        SHOP.replacen(place, &format!("{place}$0"), 1)
    }

    #[test]
    fn groups_and_tags_are_renamed() {
        let group = renamed(&from("group: fin"), "money");
        expect![[r#"
            /dbt_project.yml: models: {shop: {+tags: [nightly, 'weekly'], finance: {+group: money, +meta: {group: finance}}}}
            /models/nightly.sql: {{ config(tags=['nightly', "other"], group='money', meta={'tags': 'x'}) }}
            /models/p.py: dbt.config(tags=['nightly'], group="money")
            /models/s.yml: - name: money # the group
            /models/s.yml: group: money
            /selectors.yml: definition: {union: ['2+tag:nightly+', {method: group, value: money}, {tag: nightly, exclude: []}, nightly]}
        "#]].assert_eq(&group);
        for place in ["- name: fin", "{+group: fin", "group='fin"] {
            assert_eq!(renamed(&from(place), "money"), group, "{place}");
        }
        let tag = renamed(&from("tags: [night"), "daily");
        expect![[r#"
            /dbt_project.yml: models: {shop: {+tags: [daily, 'weekly'], finance: {+group: finance, +meta: {group: finance}}}}
            /models/nightly.sql: {{ config(tags=['daily', "other"], group='finance', meta={'tags': 'x'}) }}
            /models/p.py: dbt.config(tags=['daily'], group="finance")
            /models/s.yml: config: {tags: daily}
            /models/s.yml: columns: [{name: finance, tags: [daily], data_tests: [unique: {config: {tags: ["daily"]}}]}]
            /selectors.yml: definition: {union: ['2+tag:daily+', {method: group, value: finance}, {tag: daily, exclude: []}, nightly]}
        "#]].assert_eq(&tag);
        assert_eq!(renamed(&from("{{ config(tags=['night"), "daily"), tag);
    }

    #[test]
    fn labels_that_cannot_be_followed_are_refused() {
        let with = |more: &str, new: &str| renamed(&format!("{}{more}", from("tags: [night")), new);
        let found = [
            with("", "weekly"),
            with("", "at night"),
            with("", "off"),
            with(
                "//- /macros/m.sql\n{% macro m() %}{{ 'nightly' in model.tags }}{% endmacro %}\n",
                "daily",
            ),
            with(
                "//- /models/t.yml\nsources: [{name: s, tags: ['night*']}]\n",
                "daily",
            ),
        ];
        expect![[r#"
            cannot rename `nightly`: there is a tag `weekly` already (dbt_project.yml:3)
            cannot rename `nightly`: `at night` is no name for a tag: letters, digits, `_`, `-` and `.` are, and a letter comes first
            cannot rename `nightly`: `off` is no name for a tag: letters, digits, `_`, `-` and `.` are, and a letter comes first
            cannot rename `nightly`: this may name it, too, and cannot be followed: change it by hand first (macros/m.sql:1)
            cannot rename `nightly`: a pattern selects it there (models/t.yml:1)
        "#]].assert_eq(&found.concat());
    }
}
