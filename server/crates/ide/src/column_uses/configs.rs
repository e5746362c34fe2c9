//! Columns in configuration: `unique_key`, `partition_by` and their like, in calls, in properties and in `dbt_project.yml`.

use analysis::{
    Project,
    nodes::nodes_of,
    source::{template, yaml},
};
use base::SourceRange;
use project::yaml::{Shape, YamlNode};

use crate::{
    column_uses::{ColumnUse, ColumnUses, UseKind, properties::in_sql, words_in},
    world::Here,
};

/// Settings whose values are columns, or expressions of columns.
const COLUMNS: [&str; 24] = [
    "unique_key",
    "partition_by",
    "partitions",
    "cluster_by",
    "sort",
    "dist",
    "order_by",
    "primary_key",
    "updated_at",
    "check_cols",
    "merge_update_columns",
    "merge_exclude_columns",
    "event_time",
    "indexes",
    "column_types",
    "partitioned_by",
    "bucketed_by",
    "sorted_by",
    "distributed_by",
    "liquid_clustered_by",
    "buckets",
    "sort_by",
    "zorder",
    "labels_from_columns",
];

/// Settings with SQL of any kind, in which nobody can tell what a name means.
const SQL: [&str; 6] = [
    "pre_hook",
    "post_hook",
    "pre-hook",
    "post-hook",
    "incremental_predicates",
    "sql_header",
];

/// Keys within a setting that are no columns: `partition_by={'field': 'day', 'data_type': 'date'}`.
const NOT_COLUMNS: [&str; 6] = [
    "data_type",
    "granularity",
    "type",
    "name",
    "range",
    "unique",
];

pub(super) fn add(uses: &mut ColumnUses<'_>, project: Project, name: &str) {
    of_calls(uses, project, name);
    of_project_files(uses, project, name);
}

/// `config(unique_key='id')` in the file of an heir.
fn of_calls(uses: &mut ColumnUses<'_>, project: Project, name: &str) {
    let world = uses.world;
    let heirs: Vec<_> = uses.heirs.values().map(|heir| heir.file).collect();
    for file in heirs {
        let Some(package) = file.package(world.db) else {
            continue;
        };
        let there = Here {
            project,
            package,
            file,
        };
        let calls = template(world.db, file).calls_of(&["config"]);
        let args = calls.flat_map(|call| call.args.iter());
        let mut found = Vec::new();
        for arg in args {
            let Some(key) = arg.name.as_ref().map(|it| it.name.to_string()) else {
                continue;
            };
            found.push((key, arg.value.range));
        }
        for (key, range) in found {
            if COLUMNS.contains(&&*key) {
                in_call(uses, there, range, name);
            } else if SQL.contains(&&*key) {
                doubt_about(uses, there, range, name, &key);
            }
        }
    }
}

/// Words in the texts of a value that are columns.
fn in_call(uses: &mut ColumnUses<'_>, there: Here, range: SourceRange, name: &str) {
    let text = there.text(uses.world);
    for found in words_in(text, range, name) {
        let before = SourceRange::new(range.start, found.start).of(text);
        let after = SourceRange::new(found.end, range.end).of(text);
        let quotes = |text: &str| text.matches(['\'', '"']).count();
        // Outside of quotes it is a variable; before a colon, a key.
        let is_text = quotes(before) % 2 == 1;
        let is_key = after
            .trim_start_matches(['\'', '"'])
            .trim_start()
            .starts_with(':');
        let key = before.rsplit([',', '{']).next().unwrap_or_default();
        let is_other = NOT_COLUMNS
            .iter()
            .any(|it| key.contains(&format!("{it}'")) || key.contains(&format!("{it}\"")));
        if is_text && !is_key && !is_other {
            uses.add(ColumnUse {
                there,
                range: found,
                kind: UseKind::Described,
                is_unnamed: false,
            });
        }
    }
}

fn doubt_about(uses: &mut ColumnUses<'_>, there: Here, range: SourceRange, name: &str, key: &str) {
    if let Some(range) = words_in(there.text(uses.world), range, name).first() {
        let why = format!("`{key}` may name it there: change it by hand first");
        uses.doubt(there, *range, why);
    }
}

/// `config:` of an heir's entry.
pub(super) fn of_yaml(uses: &mut ColumnUses<'_>, there: Here, config: YamlNode<'_>, name: &str) {
    for (key, value) in config.written_entries() {
        let key = key.as_text().unwrap_or_default().trim_start_matches('+');
        if key == "column_types" {
            of_column_types(uses, there, value, name);
        } else if COLUMNS.contains(&key) {
            of_setting(uses, there, value, name);
        } else if SQL.contains(&key) {
            doubt_about(uses, there, value.range(), name, key);
        }
    }
}

fn of_setting(uses: &mut ColumnUses<'_>, there: Here, value: YamlNode<'_>, name: &str) {
    match value.shape() {
        Shape::Scalar | Shape::Sequence => in_sql(uses, there, value, name),
        Shape::Mapping => {
            for (key, value) in value.written_entries() {
                if !key.as_text().is_some_and(|key| NOT_COLUMNS.contains(&key)) {
                    in_sql(uses, there, value, name);
                }
            }
        }
    }
}

/// `column_types: {id: integer}`: here the keys are columns.
fn of_column_types(uses: &mut ColumnUses<'_>, there: Here, value: YamlNode<'_>, name: &str) {
    let keys = value.written_entries().map(|(key, _)| key);
    let keys: Vec<SourceRange> = keys
        .filter(|key| key.raw().is_some_and(|it| it.eq_ignore_ascii_case(name)))
        .map(YamlNode::range)
        .collect();
    for range in keys {
        super::properties::describe(uses, there, range, name);
    }
}

/// Settings of `dbt_project.yml`: those of one heir follow, those of a folder are for others, too.
fn of_project_files(uses: &mut ColumnUses<'_>, project: Project, name: &str) {
    let world = uses.world;
    let paths: Vec<Vec<String>> = uses
        .heirs
        .values()
        .filter_map(|heir| {
            let nodes = nodes_of(world.db, heir.file);
            let node = nodes.get(heir.slot as usize)?;
            Some(node.fqn.iter().map(ToString::to_string).collect())
        })
        .collect();
    for package in project.packages(world.db).iter().copied() {
        let Some(file) = package.project_file(world.db) else {
            continue;
        };
        let there = Here {
            project,
            package,
            file,
        };
        if words_in(
            there.text(world),
            SourceRange::from_usize(0, there.text(world).len()),
            name,
        )
        .is_empty()
        {
            continue;
        }
        let tree = yaml(world.db, file);
        for section in ["models", "seeds"] {
            if let Some(node) = tree.0.root().get(section) {
                below(uses, there, node, &mut Vec::new(), &paths, name);
            }
        }
    }
}

fn below(
    uses: &mut ColumnUses<'_>,
    there: Here,
    node: YamlNode<'_>,
    path: &mut Vec<String>,
    heirs: &[Vec<String>],
    name: &str,
) {
    let is_of_heir = heirs.iter().any(|heir| heir == path);
    let is_above = heirs.iter().any(|heir| heir.starts_with(path));
    if !is_above {
        return;
    }
    for (key, value) in node.written_entries() {
        let key = key.as_text().unwrap_or_default();
        let setting = key.trim_start_matches('+');
        if COLUMNS.contains(&setting) || SQL.contains(&setting) {
            if is_of_heir {
                if setting == "column_types" {
                    of_column_types(uses, there, value, name);
                } else if SQL.contains(&setting) {
                    doubt_about(uses, there, value.range(), name, setting);
                } else {
                    of_setting(uses, there, value, name);
                }
            } else {
                let range = words_in(there.text(uses.world), value.range(), name);
                if let Some(range) = range.first() {
                    let why = format!("`{setting}` names it there for other models, too");
                    uses.doubt(there, *range, why);
                }
            }
        } else if !key.starts_with('+') && value.shape() == Shape::Mapping {
            path.push(key.to_owned());
            below(uses, there, value, path, heirs, name);
            path.pop();
        }
    }
}
