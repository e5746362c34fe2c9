//! Renaming a macro or generic test: its definition, its implementations, its calls, its entries in YAML.

use std::collections::BTreeSet;

use analysis::{
    MacroKey, Package, PackageKind, Project,
    macros::macro_definition,
    source::{properties, template, yaml},
};
use base::SourceRange;
use project::{files::FileKind, yaml::YamlNode};

use crate::{
    references::files,
    rename::{RenameRefusal, Renaming, edits::Edits, named::check_word},
    symbol::{Thing, things},
    world::{Here, World},
};

/// A macro with its implementations for adapters.
pub(super) struct Family {
    pub(super) package: Package,
    pub(super) keys: BTreeSet<MacroKey>,
    is_dispatched: bool,
}

/// The family that macros are of, where it is made, and the name that it is called by.
pub(super) fn family_at(
    here: &Here,
    keys: &[MacroKey],
    edits: &Edits<'_>,
) -> Renaming<(Here, Family, String)> {
    let world = edits.world;
    let name = base_name(world, here, keys)?;
    let Some((package, _)) = written_name(world, here, keys) else {
        return Err(edits.refusal("there is no such macro"));
    };
    let home = home(world, here.project, package, &name);
    let package = home.unwrap_or(package);
    let file = package.files(world.db).first().copied();
    let place = Here {
        project: here.project,
        package,
        file: file.unwrap_or(here.file),
    };
    if !place.is_own(world) {
        let message = format!(
            "the macro is part of the package `{}`",
            package.name(world.db)
        );
        return Err(edits.refusal(&message));
    }
    let mut keys: BTreeSet<MacroKey> = keys.iter().copied().collect();
    keys.extend(family(world, here.project, package, &name, home.is_some()));
    let family = Family {
        package,
        keys,
        is_dispatched: home.is_some(),
    };
    Ok((place, family, name))
}

/// Whether dbt itself calls a macro of this name.
pub(super) fn implements_builtin(place: &Here, world: World<'_>, name: &str) -> bool {
    let macros = place.macros(world);
    let is_builtin = |name: &str| macros.find_in("dbt", name).is_some();
    is_builtin(name)
        || is_builtin(&format!("test_{name}"))
        || name
            .split_once("__")
            .is_some_and(|(_, base)| is_builtin(base))
}

/// The name without what dbt puts in front: `cents` of `default__cents` and of the test `test_cents`.
pub(super) fn base_name(world: World<'_>, here: &Here, keys: &[MacroKey]) -> Renaming<String> {
    let Some((package, name)) = written_name(world, here, keys) else {
        return Err(RenameRefusal::new("there is no such macro"));
    };
    if package.kind(world.db) == PackageKind::Builtin {
        return Err(RenameRefusal::new(format!("`{name}` is part of dbt")));
    }
    Ok(match name.split_once("__") {
        Some((_, base)) if home(world, here.project, package, base).is_some() => base.to_owned(),
        _ => name,
    })
}

/// The package of a macro, and its name as it is written; of several, those that are nearest.
fn written_name(world: World<'_>, here: &Here, keys: &[MacroKey]) -> Option<(Package, String)> {
    let names = keys.iter().filter_map(|key| {
        let definition = macro_definition(world.db, here.project, *key)?;
        let mut of_project = world.files(key.file).filter(|(it, _)| *it == here.project);
        let (_, file) = of_project.next()?;
        let name = definition.name_range.of(file.text(world.db)).to_owned();
        Some((file.package(world.db)?, name))
    });
    names.min_by_key(|(package, _)| *package != here.package)
}

/// The package whose macro `base` chooses among implementations, one of which `package` has.
fn home(world: World<'_>, project: Project, package: Package, base: &str) -> Option<Package> {
    if is_dispatched(world, project, package, base) {
        return Some(package);
    }
    let mut packages = project.packages(world.db).iter().copied();
    packages.find(|it| is_dispatched(world, project, *it, base))
}

/// Whether a package has a macro `base` that dispatches.
fn is_dispatched(world: World<'_>, project: Project, package: Package, base: &str) -> bool {
    of_package(world, project, package).any(|there| {
        let mut calls = template(world.db, there.file).calls.iter();
        calls.any(|call| {
            let keyword = call.keyword("macro_name");
            let keyword = keyword.and_then(|arg| arg.value.literal.as_ref()?.as_str());
            call.is(&["adapter", "dispatch"]) && call.text_arg(0).or(keyword) == Some(base)
        })
    })
}

fn of_package(world: World<'_>, project: Project, package: Package) -> impl Iterator<Item = Here> {
    files(world, project).filter(move |there| {
        let kind = there.kind(world);
        let is_code = matches!(kind, Some(FileKind::Macro | FileKind::GenericTest));
        there.package == package && is_code
    })
}

pub(super) fn rename(here: &Here, keys: &[MacroKey], edits: &mut Edits<'_>) -> Renaming<()> {
    let world = edits.world;
    check_word(edits, "macro")?;
    let Some((package, _)) = written_name(world, here, keys) else {
        return Err(edits.refusal("there is no such macro"));
    };
    let home = home(world, here.project, package, &edits.old);
    // What one project has as its own may be a package of another that is open.
    let of_package = home.unwrap_or(package).files(world.db).first();
    let file = of_package.map_or_else(|| here.id(world), |file| file.id(world.db));
    for (project, file) in world.files(file) {
        let Some(package) = file.package(world.db) else {
            continue;
        };
        let place = Here {
            project,
            package,
            file,
        };
        if !place.is_own(world) && project == here.project {
            let message = format!("it is part of the package `{}`", package.name(world.db));
            return Err(edits.refusal(&message));
        }
        let family = Family {
            package,
            keys: family(world, project, package, &edits.old, home.is_some()),
            is_dispatched: home.is_some(),
        };
        check_free(&place, edits)?;
        for there in files(world, project) {
            if there.text(world).contains(&*edits.old) {
                in_file(&there, &family, edits)?;
            }
        }
        for package in project.packages(world.db).iter().copied() {
            if let Some(file) = package.project_file(world.db) {
                let there = Here {
                    project,
                    package,
                    file,
                };
                in_file(&there, &family, edits)?;
            }
        }
    }
    Ok(())
}

/// The macro, and its implementations: also those of packages that have no such macro of their own.
fn family(
    world: World<'_>,
    project: Project,
    home: Package,
    base: &str,
    is_dispatched: bool,
) -> BTreeSet<MacroKey> {
    let suffix = format!("__{base}");
    let mut keys = BTreeSet::new();
    for package in project.packages(world.db).iter().copied() {
        let is_home = package == home;
        if !is_home && (!is_dispatched || self::is_dispatched(world, project, package, base)) {
            continue;
        }
        for there in of_package(world, project, package) {
            for found in things(world, &there) {
                let Thing::Macros(made) = &found.thing else {
                    continue;
                };
                let written = found.range.of(there.text(world));
                let is_it =
                    (is_home && written == base) || (is_dispatched && written.ends_with(&suffix));
                if found.is_declaration && is_it {
                    keys.extend(made.iter().copied());
                }
            }
        }
    }
    keys
}

/// Neither name may be one that dbt calls by itself.
fn check_free(place: &Here, edits: &Edits<'_>) -> Renaming<()> {
    let world = edits.world;
    let macros = place.macros(world);
    let builtin = |name: &str| {
        [name.to_owned(), format!("test_{name}")]
            .iter()
            .any(|name| macros.find_in("dbt", name).is_some())
    };
    let implements = edits.old.split_once("__").map(|(_, base)| base);
    if builtin(&edits.old) || implements.is_some_and(builtin) {
        return Err(edits.refusal("dbt calls it by this name"));
    }
    if builtin(&edits.new) || crate::builtins::find(&[&edits.new]).is_some() {
        let message = format!("`{}` is a name of dbt's, which it would replace", edits.new);
        return Err(edits.refusal(&message));
    }
    let taken = [edits.new.clone(), format!("test_{}", edits.new)];
    let in_package = |package: &str| {
        taken
            .iter()
            .any(|name| macros.find_in(package, name).is_some())
    };
    let package = place.package_name(world);
    if in_package(package) || macros.is_package(&edits.new) {
        let message = format!("`{}` is taken in `{package}`", edits.new);
        return Err(edits.refusal(&message));
    }
    Ok(())
}

fn in_file(there: &Here, family: &Family, edits: &mut Edits<'_>) -> Renaming<()> {
    let world = edits.world;
    let before = edits.touches(there);
    for found in things(world, there) {
        let Thing::Macros(keys) = &found.thing else {
            continue;
        };
        // The text of a dispatch means the macros of its own package.
        let is_text = found.range.of(there.text(world)).starts_with(['\'', '"']);
        let is_other = is_text && there.package != family.package;
        if !is_other && keys.iter().any(|key| family.keys.contains(key)) {
            edits.replace(there, found.range)?;
        }
    }
    if there.kind(world) == Some(FileKind::Properties) {
        overrides(there, edits)?;
    }
    let syntax = template(world.db, there.file);
    if there.package == family.package && family.is_dispatched {
        for call in syntax
            .calls
            .iter()
            .filter(|call| call.is(&["adapter", "dispatch"]))
        {
            if let Some(arg) = call.keyword("macro_name")
                && arg.value.literal.as_ref().and_then(|it| it.as_str()) == Some(&*edits.old)
            {
                edits.replace(there, arg.value.range)?;
            }
        }
    }
    let text = there.text(world);
    for name in syntax.names.iter().filter(|name| !name.is_bound) {
        let is_it = name.range.of(text) == edits.old;
        if is_it && !edits.covers(there, name.range) && find_is(there, family, world, &edits.old) {
            edits.replace(there, name.range)?;
        }
    }
    // A variable of the new name would hide the macro.
    if edits.touches(there) && !before {
        let own = syntax.sets.iter().map(|set| (&set.name, set.name_range));
        let params = syntax.macros.iter().flat_map(|it| &it.params);
        let mut own = own.chain(params.map(|param| (&param.name, param.name_range)));
        if let Some((_, range)) = own.find(|(name, _)| ***name == *edits.new) {
            let message = format!("`{}` is a variable here", edits.new);
            return Err(edits.refusal_at(there, range, &message));
        }
    }
    Ok(())
}

/// Whether a bare name means the macro in a file.
fn find_is(there: &Here, family: &Family, world: World<'_>, name: &str) -> bool {
    let key = there.macros(world).find(there.package_name(world), name);
    key.is_some_and(|key| family.keys.contains(&key))
}

/// `overrides: {macros: {name: ...}}` of unit tests.
fn overrides(there: &Here, edits: &mut Edits<'_>) -> Renaming<()> {
    let world = edits.world;
    if properties(world.db, there.file)
        .properties
        .unit_tests
        .is_empty()
    {
        return Ok(());
    }
    let mut places: Vec<SourceRange> = Vec::new();
    let tree = yaml(world.db, there.file);
    let tests = tree.0.root().get("unit_tests");
    for test in tests.into_iter().flat_map(YamlNode::items) {
        let macros = test.get("overrides").and_then(|it| it.get("macros"));
        for (key, _) in macros.into_iter().flat_map(YamlNode::written_entries) {
            let name = key
                .as_text()
                .map(|name| name.rsplit('.').next().unwrap_or(name));
            if name == Some(&*edits.old) {
                places.push(key.range());
            }
        }
    }
    for place in places {
        edits.replace(there, place)?;
    }
    Ok(())
}
