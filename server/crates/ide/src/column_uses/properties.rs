//! A column in properties files: its entry, constraints, and what names it elsewhere and is no test.

use std::sync::Arc;

use analysis::{
    Project,
    resolve::source_target,
    source::{properties, yaml},
};
use base::SourceRange;
use project::{
    files::FileKind,
    node::{RefArgs, SourceArgs},
    properties::{ColumnProperties, NodeProperties, Properties},
    yaml::{Shape, YamlNode},
};

use crate::{
    column_uses::{ColumnUse, ColumnUses, UseKind, configs, tests_entries, words_in},
    references::files,
    symbol::node_of,
    world::Here,
};

pub(super) fn add(uses: &mut ColumnUses<'_>, project: Project, name: &str) {
    let world = uses.world;
    let folded = name.to_ascii_lowercase();
    for there in files(world, project) {
        let is_properties = there.kind(world) == Some(FileKind::Properties);
        if !is_properties || !there.text(world).to_ascii_lowercase().contains(&folded) {
            continue;
        }
        let all = &properties(world.db, there.file).properties;
        for (section, entries) in [
            ("models", &all.models),
            ("seeds", &all.seeds),
            ("snapshots", &all.snapshots),
        ] {
            let tree = yaml(world.db, there.file);
            for entry in entries {
                let items = tree
                    .0
                    .root()
                    .get(section)
                    .into_iter()
                    .flat_map(YamlNode::items);
                let node = items.into_iter().find(|item| item.range() == entry.range);
                entry_of_node(uses, there, entry, node, name);
            }
        }
        of_table(uses, there, all, name);
        tests_entries::of_others(uses, there, all, name);
        for semantic in &all.semantic_models {
            let of = semantic.model.as_ref().and_then(|it| named_ref(&it.value));
            let is_heir = of.is_some_and(|args| is_heir(uses, &there, &args));
            if is_heir
                && let Some(range) = words_in(there.text(world), semantic.range, name).first()
            {
                uses.doubt(
                    there,
                    *range,
                    "a semantic model may name it there: change that first",
                );
            }
        }
        for snapshot in &all.snapshots {
            let of = snapshot
                .relation
                .as_ref()
                .and_then(|it| Some((it, named_ref(&it.value)?)));
            if let Some((relation, args)) = of
                && is_heir(uses, &there, &args)
            {
                let why = "a snapshot keeps it in the warehouse, with rows of the past";
                uses.doubt(there, relation.range, why);
            }
        }
    }
}

/// `ref('orders')` as YAML has it.
pub(super) fn named_ref(text: &str) -> Option<RefArgs> {
    let text = text
        .trim()
        .trim_start_matches("{{")
        .trim_end_matches("}}")
        .trim();
    let parsed = jinja::Template::parse(&format!("{{{{ {text} }}}}"));
    let mut calls = parsed.calls.iter().filter(|call| call.is(&["ref"]));
    calls.find_map(analysis::facts::ref_of)
}

pub(super) fn is_heir(uses: &ColumnUses<'_>, there: &Here, args: &RefArgs) -> bool {
    node_of(uses.world, there, args).is_some_and(|it| uses.heirs.contains_key(&it.unique_id))
}

/// Whether the entry describes heirs: all of its versions, some, or none.
fn heirs_of(uses: &ColumnUses<'_>, there: &Here, entry: &NodeProperties) -> (usize, usize) {
    let args = |version| RefArgs {
        name: Arc::clone(&entry.name.value),
        package: Some(there.package_name(uses.world).into()),
        version,
    };
    if entry.versions.is_empty() {
        return (usize::from(is_heir(uses, there, &args(None))), 1);
    }
    let versions = entry.versions.iter();
    let n_heirs = versions
        .filter(|it| is_heir(uses, there, &args(Some(it.version.clone()))))
        .count();
    (n_heirs, entry.versions.len())
}

fn entry_of_node(
    uses: &mut ColumnUses<'_>,
    there: Here,
    entry: &NodeProperties,
    node: Option<YamlNode<'_>>,
    name: &str,
) {
    let (n_heirs, n_all) = heirs_of(uses, &there, entry);
    if n_heirs == 0 {
        return;
    }
    if n_heirs < n_all {
        let text = there.text(uses.world);
        if let Some(range) = words_in(text, entry.range, name).first() {
            let why = "other versions of the model have it, too, and keep the name";
            uses.doubt(there, *range, why);
        }
    }
    let of_versions = entry.versions.iter().flat_map(|it| &it.columns);
    for column in entry.columns.iter().chain(of_versions) {
        of_column(uses, there, column, name);
    }
    for test in &entry.tests {
        tests_entries::of_heir(uses, there, test, name);
    }
    for version in &entry.versions {
        for test in version.tests.iter().flatten() {
            tests_entries::of_heir(uses, there, test, name);
        }
        let listed = version.include_exclude.include.iter().flatten();
        let mut listed = listed.chain(&version.include_exclude.exclude);
        if listed.any(|it| it.eq_ignore_ascii_case(name)) {
            uses.doubt(
                there,
                version.range,
                "a version of the model names it there",
            );
        }
    }
    let Some(node) = node else { return };
    for key in ["constraints", "primary_key"] {
        if let Some(value) = node.get(key) {
            in_sql(uses, there, value, name);
        }
    }
    let configs = node.get("versions").into_iter().flat_map(YamlNode::items);
    let configs = configs
        .filter_map(|it| it.get("config"))
        .chain(node.get("config"));
    for config in configs {
        configs::of_yaml(uses, there, config, name);
    }
    let columns = node.get("columns").into_iter().flat_map(YamlNode::items);
    for constraints in columns.filter_map(|it| it.get("constraints")) {
        in_sql(uses, there, constraints, name);
    }
}

/// The entry of a table of a source.
fn of_table(uses: &mut ColumnUses<'_>, there: Here, all: &Properties, name: &str) {
    let Some(wanted) = uses.table else { return };
    for source in &all.sources {
        for table in &source.tables {
            let args = SourceArgs {
                source: Arc::clone(&source.name.value),
                table: Arc::clone(&table.name.value),
            };
            let package = there.package_name(uses.world);
            let found = source_target(uses.world.db, there.project, package, &args);
            if found == Some(wanted) {
                for column in &table.columns {
                    of_column(uses, there, column, name);
                }
            }
        }
    }
}

fn of_column(uses: &mut ColumnUses<'_>, there: Here, column: &ColumnProperties, name: &str) {
    if column.column.name.eq_ignore_ascii_case(name) {
        describe(uses, there, column.name_range, name);
    }
    for test in &column.tests {
        tests_entries::of_heir(uses, there, test, name);
    }
}

/// The name in a scalar that is it.
pub(super) fn describe(uses: &mut ColumnUses<'_>, there: Here, range: SourceRange, name: &str) {
    for range in words_in(there.text(uses.world), range, name) {
        uses.add(ColumnUse {
            there,
            range,
            kind: UseKind::Described,
            is_unnamed: false,
        });
    }
}

/// Names of columns, and expressions of them, below a node: all scalars but for what other tables are asked for.
pub(super) fn in_sql(uses: &mut ColumnUses<'_>, there: Here, node: YamlNode<'_>, name: &str) {
    if node.is_alias() {
        return;
    }
    match node.shape() {
        Shape::Scalar => in_sql_text(uses, there, node.range(), name),
        Shape::Sequence => {
            for item in node.items() {
                in_sql(uses, there, item, name);
            }
        }
        Shape::Mapping => {
            for (key, value) in node.written_entries() {
                if !matches!(key.as_text(), Some("to" | "to_columns" | "type" | "name")) {
                    in_sql(uses, there, value, name);
                }
            }
        }
    }
}

/// Words of SQL, without what is in its strings.
pub(super) fn in_sql_text(uses: &mut ColumnUses<'_>, there: Here, range: SourceRange, name: &str) {
    let text = there.text(uses.world);
    let (inner, start) = unquoted(range.of(text), range.start);
    let dialect = analysis::columns::dialect(uses.world.db, there.project);
    let mut found = Vec::new();
    for token in sql::tokenize(inner, dialect) {
        let at = SourceRange::new(start + token.range.start, start + token.range.end);
        let is_name = matches!(
            token.kind,
            sql::TokenKind::Word | sql::TokenKind::QuotedName
        );
        if is_name
            && at
                .of(text)
                .trim_matches(['"', '`'])
                .eq_ignore_ascii_case(name)
        {
            found.push(at);
        }
    }
    for range in found {
        describe(uses, there, range, name);
    }
}

/// A scalar without the quotes of YAML.
fn unquoted(text: &str, start: u32) -> (&str, u32) {
    let quote = text.chars().next().filter(|it| matches!(it, '\'' | '"'));
    let inner = quote.and_then(|it| text.strip_prefix(it)?.strip_suffix(it));
    inner.map_or((text, start), |inner| (inner, start + 1))
}
