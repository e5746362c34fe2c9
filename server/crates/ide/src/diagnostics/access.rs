//! `private-ref`: references that dbt refuses although they mean something.

use analysis::{
    access::{Reader, refusal},
    nodes::nodes_of,
    others::resources_of,
    project_config::project_file,
    resolve::{RefTarget, ref_target},
    source::{properties, template},
    test_nodes::tests_of,
};
use base::{Diagnostic, SourceRange};
use jinja::syntax::CallSyntax;
use project::node::{Node, RefArgs};

use super::CheckContext;
use crate::{literal::ref_args, properties_names::ref_names};

/// Calls in the code of a node.
pub(super) fn check_code(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    let nodes = nodes_of(db, file);
    let parts = analysis::facts::parsed(db, file);
    for call in template(db, file).calls_of(&["ref"]) {
        let around = parts.iter().position(|part| part.range.covers(call.range));
        let node = around.and_then(|slot| nodes.get(slot));
        let args = ref_args(call);
        if let (Some(node), Some(args)) = (node, args)
            && node.refs.contains(&args)
            && let Some(name) = name_range(call)
        {
            found.extend(check(context, Reader::new(node), &args, name));
        }
    }
}

fn name_range(call: &CallSyntax) -> Option<SourceRange> {
    Some(call.positional().last()?.value.range)
}

/// Exposures and tests of a properties file.
pub(super) fn check_properties(context: &CheckContext<'_>, found: &mut Vec<Diagnostic>) {
    let (db, file) = (context.db, context.file);
    for test in &tests_of(db, file).tests {
        for args in test.node.refs.iter() {
            let reader = Reader::new(&test.node);
            found.extend(check(context, reader, args, test.name_range));
        }
    }
    let made = &resources_of(db, file).exposures;
    let written = &properties(db, file).properties.exposures;
    for exposure in made {
        let mut entries = written.iter();
        let Some(entry) = entries.find(|it| it.name.value == exposure.name) else {
            continue;
        };
        let reader = Reader {
            unique_id: &exposure.unique_id,
            package: &exposure.package_name,
            group: None,
        };
        for dependency in &entry.depends_on {
            for args in ref_names(&dependency.value) {
                found.extend(check(context, reader, &args, dependency.range));
            }
        }
    }
}

fn check(
    context: &CheckContext<'_>,
    reader: Reader<'_>,
    args: &RefArgs,
    at: SourceRange,
) -> Option<Diagnostic> {
    let db = context.db;
    let project = context.file.project(db)?;
    let target = ref_target(db, project, reader.package, args)?;
    let parent = node_of(context, &target)?;
    let is_restricted = target
        .file
        .package(db)
        .is_some_and(|package| project_file(db, package).0.restrict_access);
    let message = refusal(reader, &parent, is_restricted)?;
    Some(Diagnostic::error("private-ref", at, message))
}

fn node_of(context: &CheckContext<'_>, target: &RefTarget) -> Option<std::sync::Arc<Node>> {
    let nodes = nodes_of(context.db, target.file);
    nodes.get(target.slot as usize).cloned()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::fixture::render_diagnostics;

    #[test]
    fn private_models_are_read_in_their_group_alone() {
        let found = render_diagnostics(
            "
//- /models/inner.sql
{{ config(access='private', group='finance') }}
select 1 as id
//- /models/same.sql
{{ config(group='finance') }}
select id from {{ ref('inner') }}
//- /models/other.sql
{{ config(group='sales') }}
select id from {{ ref('inner') }}
//- /models/none.sql
select id from {{ ref('shop', 'inner') }}
//- /models/s.yml
groups:
  - {name: finance, owner: {email: a@b.c}}
  - {name: sales, owner: {email: a@b.c}}
models:
  - name: inner
    columns: [{name: id, data_tests: [unique]}]
  - name: other
    columns: [{name: id, data_tests: [relationships: {arguments: {to: ref('inner'), field: id}}]}]
exposures:
  - {name: e, type: dashboard, owner: {email: a@b.c}, depends_on: [ref('inner')]}
",
        );
        expect![[r#"
            /models/none.sql
              1:31 error private-ref: Node model.shop.none attempted to reference node model.shop.inner, which is not allowed because the referenced node is private to the 'finance' group.
            /models/other.sql
              2:23 error private-ref: Node model.shop.other attempted to reference node model.shop.inner, which is not allowed because the referenced node is private to the 'finance' group.
            /models/s.yml
              8:39 error private-ref: Node test.shop.relationships_other_id__id__ref_inner_.399051aaae attempted to reference node model.shop.inner, which is not allowed because the referenced node is private to the 'finance' group.
              10:68 error private-ref: Node exposure.shop.e attempted to reference node model.shop.inner, which is not allowed because the referenced node is private to the 'finance' group.
        "#]].assert_eq(&found);
    }
}
