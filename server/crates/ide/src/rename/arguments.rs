//! Renaming an argument of a macro or generic test: its definition and implementations, their bodies, calls that give it by
//! name, its entry in YAML, and entries of the test that give it.

use std::collections::BTreeSet;

use analysis::{
    MacroKey,
    macros::macro_definition,
    source::{properties, template},
    test_macros::test_macro,
};
use base::SourceRange;
use jinja::syntax::{CallSyntax, MacroKind, MacroSyntax, Spread};
use project::{files::FileKind, properties::TestEntry};

use crate::{
    document_highlight::variables,
    layers::Layers,
    properties_names::test_entries,
    references::files,
    rename::{
        RenameTarget, Renaming,
        edits::Edits,
        macros::{Family, family_at, implements_builtin},
        named::check_word,
    },
    symbol::{Thing, callee},
    world::{Here, World},
};

/// An argument under a cursor.
pub(super) struct AskedArgument {
    keys: Vec<MacroKey>,
    pub(super) target: RenameTarget,
}

pub(super) fn argument_at(world: World<'_>, here: &Here, offset: u32) -> Option<AskedArgument> {
    let asked = |keys: Vec<MacroKey>, range: SourceRange, name: &str| AskedArgument {
        keys,
        target: RenameTarget {
            range,
            placeholder: name.to_owned(),
        },
    };
    let syntax = template(world.db, here.file);
    for call in &syntax.calls {
        let mut names = call.args.iter().filter_map(|arg| arg.name.as_ref());
        if let Some(name) = names.find(|name| name.range.touches(offset)) {
            let keys = macros_of_call(world, here, call)?;
            return Some(asked(keys, name.range, &name.name));
        }
    }
    match here.kind(world)? {
        FileKind::Macro | FileKind::GenericTest => {
            let layers = Layers::new(world, here.id(world))?;
            let variables = variables(&layers);
            let found = variables
                .iter()
                .find(|it| it.is_parameter && it.range.touches(offset))?;
            let mut macros = syntax.macros.iter();
            let around = macros.rfind(|it| it.range.covers(found.range))?;
            let key = key_of(world, here, around)?;
            Some(asked(vec![key], found.range, found.name))
        }
        FileKind::Properties => {
            let all = &properties(world.db, here.file).properties;
            for described in &all.macros {
                let mut arguments = described.arguments.iter();
                if let Some(argument) = arguments.find(|it| it.name.range.touches(offset)) {
                    let key = here
                        .macros(world)
                        .find(here.package_name(world), &described.name.value)?;
                    return Some(asked(vec![key], argument.name.range, &argument.name.value));
                }
            }
            test_entries(all).into_iter().find_map(|test| {
                let mut places = arguments(test);
                let place = places.find(|it| it.0.touches(offset))?;
                let key = test_of(world, here, test)?;
                let definition = macro_definition(world.db, here.project, key)?;
                let is_known = definition.params.iter().any(|it| *it.name == *place.1);
                is_known.then(|| asked(vec![key], place.0, place.1))
            })
        }
        _ => None,
    }
}

/// The keys of a test's entry that are arguments of its macro: settings stand beside them.
fn arguments(test: &TestEntry) -> impl Iterator<Item = (SourceRange, &str)> {
    let places = test.places.iter();
    let given = places.filter(|it| it.within.as_deref() != Some("config"));
    let given =
        given.filter(|it| it.within.is_some() || !matches!(&*it.name, "arguments" | "config"));
    given.map(|it| (it.key_range, &*it.name))
}

fn test_of(world: World<'_>, here: &Here, test: &TestEntry) -> Option<MacroKey> {
    let (package, name) = match test.name.value.rsplit_once('.') {
        Some((package, name)) => (Some(package), name),
        None => (None, &*test.name.value),
    };
    test_macro(
        world.db,
        here.project,
        here.package_name(world),
        package,
        name,
    )
}

fn key_of(world: World<'_>, here: &Here, syntax: &MacroSyntax) -> Option<MacroKey> {
    let made = analysis::source::macro_definitions(world.db, here.file);
    let index = made
        .iter()
        .position(|it| it.name_range == syntax.name_range)?;
    Some(MacroKey {
        file: here.id(world),
        index: index as u32,
    })
}

fn macros_of_call(world: World<'_>, here: &Here, call: &CallSyntax) -> Option<Vec<MacroKey>> {
    let names: Vec<&str> = call.path.iter().map(|segment| &*segment.name).collect();
    match callee(world, here, &names)? {
        Thing::Macros(keys) => Some(keys),
        _ => None,
    }
}

pub(super) fn rename(here: &Here, asked: &AskedArgument, edits: &mut Edits<'_>) -> Renaming<()> {
    let world = edits.world;
    check_word(edits, "argument")?;
    if [
        "varargs",
        "kwargs",
        "caller",
        "model",
        "column_name",
        "self",
        "super",
    ]
    .contains(&&*edits.new)
    {
        let message = format!("`{}` means something else to dbt", edits.new);
        return Err(edits.refusal(&message));
    }
    let (place, family, name) = family_at(here, &asked.keys, edits)?;
    if implements_builtin(&place, world, &name) {
        return Err(edits.refusal("dbt calls the macro, and may give it by name"));
    }
    let mut is_test = false;
    for there in files(world, place.project) {
        for syntax in members(world, &there, &family) {
            is_test |= syntax.kind == MacroKind::Test;
            in_definition(&there, syntax, edits)?;
        }
    }
    if is_test && ["model", "column_name"].contains(&&*edits.old) {
        return Err(edits.refusal("dbt gives it to every test by this name"));
    }
    let projects = place.project.packages(world.db).iter().copied();
    let project_files = projects.filter_map(|package| {
        Some(Here {
            project: place.project,
            package,
            file: package.project_file(world.db)?,
        })
    });
    for there in files(world, place.project).chain(project_files) {
        let text = there.text(world);
        if text.contains(&*name) {
            in_calls(&there, &family, &name, edits)?;
        }
        if there.kind(world) == Some(FileKind::Properties) && text.contains(&*edits.old) {
            in_properties(&there, &family, edits)?;
        }
    }
    Ok(())
}

/// The macros of a file that are of the family.
fn members<'a>(world: World<'a>, there: &Here, family: &Family) -> Vec<&'a MacroSyntax> {
    let macros = template(world.db, there.file).macros.iter();
    let is_member = |it: &&MacroSyntax| {
        let key = key_of(world, there, it);
        key.is_some_and(|key| family.keys.contains(&key))
    };
    macros.filter(is_member).collect()
}

fn in_definition(there: &Here, syntax: &MacroSyntax, edits: &mut Edits<'_>) -> Renaming<()> {
    let world = edits.world;
    if !syntax.params.iter().any(|it| *it.name == *edits.old) {
        return Ok(());
    }
    let Some(layers) = Layers::new(world, there.id(world)) else {
        return Ok(());
    };
    let inside: Vec<(SourceRange, &str)> = variables(&layers)
        .into_iter()
        .filter(|it| syntax.range.covers(it.range))
        .map(|it| (it.range, it.name))
        .collect();
    // What has the new name would mean the argument.
    if let Some((range, _)) = inside.iter().find(|(_, name)| **name == *edits.new) {
        let message = format!("`{}` is a name in the macro already", edits.new);
        return Err(edits.refusal_at(there, *range, &message));
    }
    let places: BTreeSet<SourceRange> = inside
        .into_iter()
        .filter(|(_, name)| **name == *edits.old)
        .map(|(range, _)| range)
        .collect();
    for range in places {
        let new = edits.new.clone();
        edits.write(there, range, new)?;
    }
    Ok(())
}

fn in_calls(there: &Here, family: &Family, name: &str, edits: &mut Edits<'_>) -> Renaming<()> {
    let world = edits.world;
    let syntax = template(world.db, there.file);
    let text = there.text(world);
    let mut callees = Vec::new();
    for call in &syntax.calls {
        let keys = macros_of_call(world, there, call).unwrap_or_default();
        if keys.iter().any(|key| family.keys.contains(key)) {
            callees.push(call.callee_range());
            if let Some(spread) = call.args.iter().find(|it| it.spread == Spread::Keyword) {
                let message = "a call gives all that is in a mapping, which cannot be followed";
                return Err(edits.refusal_at(there, spread.value.range, message));
            }
            let mut given = call.args.iter().filter_map(|it| it.name.as_ref());
            if let Some(given) = given.find(|it| *it.name == *edits.old) {
                let new = edits.new.clone();
                edits.write(there, given.range, new)?;
            }
        }
        let is_dispatch = call.is(&["adapter", "dispatch"]) && call.text_arg(0) == Some(name);
        if is_dispatch && there.package == family.package {
            // `adapter.dispatch('cents')(amount=amount)`: what is called has no name.
            for range in given_behind(text, call.range.end, &edits.old) {
                let new = edits.new.clone();
                edits.write(there, range, new)?;
            }
        }
    }
    let mut passed = syntax
        .names
        .iter()
        .filter(|it| !it.is_bound && it.range.of(text) == name);
    let is_value = |range: SourceRange| !callees.iter().any(|callee| callee.covers(range));
    if let Some(passed) = passed.find(|it| is_value(it.range)) {
        let message = "the macro is passed around there, and its calls cannot be followed";
        return Err(edits.refusal_at(there, passed.range, message));
    }
    Ok(())
}

/// In front of brackets it makes a call of them, so that they are read by the template's grammar.
const CALLEE: &str = "{{ f";

/// Where the brackets that begin at `start` give an argument by name.
fn given_behind(text: &str, start: u32, name: &str) -> Vec<SourceRange> {
    let Some(rest) = text
        .get(start as usize..)
        .filter(|it| it.trim_start().starts_with('('))
    else {
        return Vec::new();
    };
    let end = rest.find("%}").into_iter().chain(rest.find("}}")).min();
    let written = format!(
        "{CALLEE}{}}}}}",
        rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest)
    );
    let parsed = jinja::Template::parse(&written);
    let mut calls = parsed.calls.iter().filter(|it| it.is(&["f"]));
    let args = calls.next().into_iter().flat_map(|it| it.args.iter());
    let given = args.filter_map(|it| it.name.as_ref());
    given
        .filter(|it| *it.name == *name)
        .map(|it| {
            let at = |offset: u32| offset + start - CALLEE.len() as u32;
            SourceRange::new(at(it.range.start), at(it.range.end))
        })
        .collect()
}

fn in_properties(there: &Here, family: &Family, edits: &mut Edits<'_>) -> Renaming<()> {
    let world = edits.world;
    let all = &properties(world.db, there.file).properties;
    for described in &all.macros {
        let key = there
            .macros(world)
            .find(there.package_name(world), &described.name.value);
        if !key.is_some_and(|key| family.keys.contains(&key)) {
            continue;
        }
        for argument in &described.arguments {
            if *argument.name.value == *edits.old {
                edits.replace(there, argument.name.range)?;
            }
        }
    }
    for test in test_entries(all) {
        let is_it = test_of(world, there, test).is_some_and(|key| family.keys.contains(&key));
        if !is_it {
            continue;
        }
        for (range, name) in arguments(test) {
            if *name == *edits.old {
                edits.replace(there, range)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::rename::tests::renamed;

    const SHOP: &str = "
//- /dbt_project.yml
name: shop
profile: shop
on-run-end: \"{{ cents(amount='1', scale=2) }}\"
//- /macros/m.sql
{% macro cents(amount, scale=2) %}{{ return(adapter.dispatch('cents', 'shop')(amount, scale=scale)) }}{% endmacro %}
{% macro default__cents(amount, scale) %}{% set scale = scale | int %}round({{ amount }}, {{ scale }}) -- scale{% endmacro %}
{% macro other(scale) %}{{ cents(scale, scale=scale) }}{% endmacro %}
{% test at_least(model, column_name, lowest) %}select * from {{ model }} where {{ column_name }} < {{ lowest }}{% endtest %}
//- /macros/m.yml
macros:
  - name: cents
    arguments: [{name: amount}, {name: scale, description: The scale.}]
  - name: test_at_least
    arguments: [{name: lowest}]
//- /models/a.sql
select {{ cents('scale', scale = 3) }} as scale
//- /models/s.yml
models:
  - name: a
    columns:
      - name: scale
        data_tests:
          - at_least: {lowest: 1}
          - shop.at_least: {arguments: {lowest: 2}, config: {severity: warn}}
";

    #[test]
    fn an_argument_is_renamed_wherever_it_is_given() {
        let from = |place: &str| SHOP.replacen(place, &format!("{place}$0"), 1);
        let found = renamed(&from("m.sql\n{% macro cents(amount, scale"), "digits");
        expect![[r#"
            /dbt_project.yml: on-run-end: "{{ cents(amount='1', digits=2) }}"
            /macros/m.sql: {% macro cents(amount, digits=2) %}{{ return(adapter.dispatch('cents', 'shop')(amount, digits=digits)) }}{% endmacro %}
            /macros/m.sql: {% macro default__cents(amount, digits) %}{% set digits = digits | int %}round({{ amount }}, {{ digits }}) -- scale{% endmacro %}
            /macros/m.sql: {% macro other(scale) %}{{ cents(scale, digits=scale) }}{% endmacro %}
            /macros/m.yml: arguments: [{name: amount}, {name: digits, description: The scale.}]
            /models/a.sql: select {{ cents('scale', digits = 3) }} as scale
        "#]].assert_eq(&found);
        for place in [
            "{% set scale",
            "cents('scale', scale",
            "amount}, {name: scale",
        ] {
            assert_eq!(renamed(&from(place), "digits"), found, "{place}");
        }
        let of_test = renamed(&from("column_name, lowest"), "least");
        expect![[r#"
            /macros/m.sql: {% test at_least(model, column_name, least) %}select * from {{ model }} where {{ column_name }} < {{ least }}{% endtest %}
            /macros/m.yml: arguments: [{name: least}]
            /models/s.yml: - at_least: {least: 1}
            /models/s.yml: - shop.at_least: {arguments: {least: 2}, config: {severity: warn}}
        "#]].assert_eq(&of_test);
        assert_eq!(renamed(&from("arguments: {lowest"), "least"), of_test);
    }

    #[test]
    fn arguments_that_cannot_be_followed_are_refused() {
        let from = |place: &str, more: &str| {
            let shop = SHOP.replacen(place, &format!("{place}$0"), 1);
            renamed(&format!("{shop}{more}"), "least")
        };
        let found = [
            from("at_least(model", ""),
            from(
                "cents(amount",
                "//- /models/b.sql\nselect {{ cents(**{'amount': 1}) }}\n",
            ),
            from(
                "cents(amount",
                "//- /models/b.sql\n{% set f = cents %}select {{ f(amount=1) }}\n",
            ),
            from(
                "cents(amount",
                "//- /macros/n.sql\n{% macro duckdb__cents(amount) %}{{ least }}{% endmacro %}\n",
            ),
            from(
                "x$0y",
                "//- /macros/g.sql\n{% macro generate_schema_name(na$0me, node) %}{{ name }}{% endmacro %}\n",
            ),
        ];
        expect![[r#"
            cannot rename `model`: dbt gives it to every test by this name
            cannot rename `amount`: a call gives all that is in a mapping, which cannot be followed (models/b.sql:1)
            cannot rename `amount`: the macro is passed around there, and its calls cannot be followed (models/b.sql:1)
            cannot rename `amount`: `least` is a name in the macro already (macros/n.sql:1)
            cannot rename `name`: dbt calls the macro, and may give it by name
        "#]].assert_eq(&found.concat());
    }
}
