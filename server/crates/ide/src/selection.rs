//! Which nodes a command without a selector means: those of the document, or the one at the cursor.
//!
//! In dbt's selection syntax, since that is what runs understand. A properties file stands for what it describes, not
//! for what dbt thinks is written in it: `path:` of such a file selects its tests and sources alone.

use analysis::{
    facts::parsed,
    nodes::nodes_of,
    resolve::{RefTarget, ref_index},
    source::properties,
    test_nodes::tests_of,
};
use base::{FileId, SourceRange};
use project::{files::FileKind, node::Node, properties::NodeProperties};

use crate::{
    command::CommandKind,
    symbol::{Thing, thing_at},
    world::{Here, World},
};

/// Something in a document that can be selected.
struct Entry {
    range: SourceRange,
    selector: String,
    /// Part of another entry: meant only by a cursor in it.
    is_inner: bool,
}

/// What to select; `None` if the document declares nothing of the kind.
pub(crate) fn selector(
    world: World<'_>,
    file: FileId,
    offset: Option<u32>,
    kind: CommandKind,
) -> Option<String> {
    let (at_cursor, outer) = selectors(world, file, offset, kind)?;
    at_cursor.or_else(|| (!outer.is_empty()).then(|| outer.join(" ")))
}

/// What is at the cursor alone.
pub(crate) fn selector_at(
    world: World<'_>,
    file: FileId,
    offset: Option<u32>,
    kind: CommandKind,
) -> Option<String> {
    selectors(world, file, offset, kind)?.0
}

/// What is at the cursor, and all that the document declares.
fn selectors(
    world: World<'_>,
    file: FileId,
    offset: Option<u32>,
    kind: CommandKind,
) -> Option<(Option<String>, Vec<String>)> {
    let here = world.here(file)?;
    let entries = if here.kind(world) == Some(FileKind::Properties) {
        let mut entries = entries_of_properties(world, &here);
        if tests_are_meant(kind) {
            entries.extend(entries_of_tests(world, &here));
        }
        entries
    } else {
        entries_of_nodes(world, &here)
    };
    let text = here.text(world);
    let at_cursor = offset.and_then(|offset| {
        let touched = entries
            .iter()
            .filter(|entry| whole_lines(text, entry.range).touches(offset));
        touched.min_by_key(|entry| entry.range.len())
    });
    let outer = entries.iter().filter(|entry| !entry.is_inner);
    let mut all: Vec<String> = outer.map(|entry| entry.selector.clone()).collect();
    all.dedup();
    Some((at_cursor.map(|entry| entry.selector.clone()), all))
}

/// `dagsmith.run` with the cursor on a test means the model that is tested.
fn tests_are_meant(kind: CommandKind) -> bool {
    match kind {
        CommandKind::Build | CommandKind::Test | CommandKind::Preview => true,
        CommandKind::Run
        | CommandKind::Seed
        | CommandKind::Snapshot
        | CommandKind::Freshness
        | CommandKind::ShowCompiled
        | CommandKind::ShowLineage
        | CommandKind::GenerateProperties => false,
    }
}

/// From the beginning of its first line: the dash of a list is part of what it lists.
pub(crate) fn whole_lines(text: &str, range: SourceRange) -> SourceRange {
    let before = text.get(..range.start as usize).unwrap_or("");
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    SourceRange::new(start as u32, range.end)
}

fn entries_of_nodes(world: World<'_>, here: &Here) -> Vec<Entry> {
    let parsed = parsed(world.db, here.file);
    let nodes = nodes_of(world.db, here.file);
    nodes
        .iter()
        .zip(parsed.iter())
        .map(|(node, part)| Entry {
            range: part.range,
            selector: node_selector(node),
            is_inner: false,
        })
        .collect()
}

/// What selects one node and no other: by its bare name, the models of a folder called like it would come along.
pub(crate) fn node_selector(node: &Node) -> String {
    node.fqn.join(".")
}

fn entries_of_properties(world: World<'_>, here: &Here) -> Vec<Entry> {
    let all = &properties(world.db, here.file).properties;
    let mut entries = Vec::new();
    let mut add = |range: SourceRange, selector: String, is_inner: bool| {
        entries.push(Entry {
            range,
            selector,
            is_inner,
        });
    };
    let sections: [&[NodeProperties]; 5] = [
        &all.models,
        &all.seeds,
        &all.snapshots,
        &all.analyses,
        &all.singular_tests,
    ];
    for node in sections.into_iter().flatten() {
        add(node.range, node.name.value.to_string(), false);
    }
    for source in &all.sources {
        let name = &source.name.value;
        add(source.range, format!("source:{name}"), false);
        for table in &source.tables {
            let selector = format!("source:{name}.{}", table.name.value);
            add(table.range, selector, true);
        }
    }
    for exposure in &all.exposures {
        // An exposure itself cannot be executed; what it shows can.
        let selector = format!("+exposure:{}", exposure.name.value);
        add(exposure.range, selector, false);
    }
    for test in &all.unit_tests {
        add(test.range, test.name.value.to_string(), false);
    }
    entries
}

fn entries_of_tests(world: World<'_>, here: &Here) -> Vec<Entry> {
    let tests = tests_of(world.db, here.file);
    let tests = tests.tests.iter();
    tests
        .map(|test| Entry {
            range: test.range,
            selector: test.node.name.to_string(),
            is_inner: true,
        })
        .collect()
}

/// The file to compile: the node that is named, or the one at the cursor, or the document itself.
pub(crate) fn compiled_file(
    world: World<'_>,
    file: FileId,
    offset: Option<u32>,
    name: Option<&str>,
) -> Option<FileId> {
    let here = world.here(file)?;
    let file_of = |target: &RefTarget| target.file.id(world.db);
    if let Some(name) = name {
        let mut nodes = nodes_of(world.db, here.file).iter();
        if nodes.any(|it| *it.name == *name || node_selector(it) == name) {
            return Some(file);
        }
        let enabled = &ref_index(world.db, here.project).enabled;
        let by_package = match name.rsplit_once('.') {
            Some((_, last)) => enabled.get(name).or_else(|| enabled.get(last))?,
            None => enabled.get(name)?,
        };
        let own = by_package.get(here.package_name(world));
        return own.or_else(|| by_package.values().next()).map(file_of);
    }
    if here.kind(world) != Some(FileKind::Properties) {
        return Some(file);
    }
    let all = &properties(world.db, here.file).properties;
    let offset = offset?;
    let text = here.text(world);
    let mut nodes = all.models.iter().chain(&all.snapshots);
    let entry = nodes.find(|it| whole_lines(text, it.range).touches(offset))?;
    match thing_at(world, &here, entry.name.range.start)?.thing {
        Thing::Node(target) => Some(file_of(&target)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::{CommandKind, fixture::TestProject};

    const MODELS: &str = "
//- /models/orders.sql
select 1 as id
//- /models/payments.sql
select 1 as id
//- /models/s.yml
";

    /// What `run` and `test` select at the cursor.
    fn check(yaml: &str, expected: &Expect) {
        let project = TestProject::new(&format!("{MODELS}{yaml}"));
        let at = project.cursor.unwrap();
        let analysis = project.analysis();
        let selected = |kind| {
            let found = analysis.selector(at.file, Some(at.offset), kind).unwrap();
            found.unwrap_or_else(|| "-".to_owned())
        };
        let (run, test) = (selected(CommandKind::Run), selected(CommandKind::Test));
        expected.assert_eq(&format!("run: {run}, test: {test}"));
    }

    #[test]
    fn the_entry_under_the_cursor_is_meant() {
        let models = "models:\n  - name: orders\n    columns:\n      - name: id\n        tests: [unique, not_null]\n  - name: payments\n";
        let at = |place: &str| models.replacen(place, &format!("$0{place}"), 1);
        check(&at("orders"), &expect!["run: orders, test: orders"]);
        check(
            &at("- name: pay"),
            &expect!["run: payments, test: payments"],
        );
        check(
            &at("not_null"),
            &expect!["run: orders, test: not_null_orders_id"],
        );
    }

    #[test]
    fn outside_of_entries_everything_is_meant() {
        check(
            "$0models:\n  - name: orders\n  - name: payments\nsources:\n  - name: raw\n    tables: [{name: t}]\n",
            &expect!["run: orders payments source:raw, test: orders payments source:raw"],
        );
        check("$0groups: []\n", &expect!["run: -, test: -"]);
    }

    #[test]
    fn a_table_is_meant_rather_than_its_source() {
        check(
            "sources:\n  - name: raw\n    tables:\n      - name: $0t\n      - name: u\n",
            &expect!["run: source:raw.t, test: source:raw.t"],
        );
    }

    #[test]
    fn an_entry_leads_to_the_file_to_compile() {
        let project = TestProject::new(&format!(
            "{MODELS}models:\n  - name: payments\n    descr$0iption: Paid.\n"
        ));
        let at = project.cursor.unwrap();
        let compiled = |name| {
            let analysis = project.analysis();
            analysis.compiled_file(at.file, Some(at.offset), name)
        };
        let payments = project.file("/models/payments.sql");
        assert_eq!(compiled(None), Ok(Some(payments)));
        let orders = project.file("/models/orders.sql");
        assert_eq!(compiled(Some("orders")), Ok(Some(orders)));
    }
}
