//! What an installation may take away, and what is left when it fails or dies.

#![expect(clippy::disallowed_methods, reason = "tests prepare the disk")]

use std::path::PathBuf;

use expect_test::{Expect, expect};
use tempfile::TempDir;

use super::*;
use crate::lock::LOCK_FILE_NAME;

/// A project and its folder, with these files.
fn project(files: &[&str]) -> (TempDir, PathBuf) {
    let dir = TempDir::new().unwrap();
    let root = fs::canonicalize(dir.path()).unwrap().join("shop");
    for file in [&["dbt_project.yml"], files].concat() {
        write(&root.join(file), "name: x\n");
    }
    (dir, root)
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn work_dir(root: &Path) -> WorkDir {
    WorkDir::new(root, Path::new("dbt_packages")).unwrap()
}

fn entries(dir: &Path) -> String {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names.join(" ")
}

/// Whether packages may be installed there.
fn check(root: &Path, path: &str, expected: &Expect) {
    let said = match WorkDir::new(root, Path::new(path)) {
        Ok(_) => "yes".to_owned(),
        Err(DepsError::InstallPath { reason, .. }) => reason,
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&said);
}

#[test]
fn nothing_is_removed_that_was_not_installed() {
    let (_dir, root) = project(&[
        "models/staging/a.sql",
        "models/staging/dbt_project.yml/x",
        "mine/a.sql",
        "projects/a/dbt_project.yml",
        "empty/.gitkeep",
        "empty/nothing/x",
        "file",
    ]);
    fs::remove_file(root.join("empty/nothing/x")).unwrap();
    check(&root, ".", &expect!["it holds the project itself"]);
    check(&root, "..", &expect!["it holds the project itself"]);
    check(&root, "file", &expect!["it is no directory"]);
    check(
        &root,
        "models",
        &expect!["`staging` in it has no dbt_project.yml, so it is no package"],
    );
    check(
        &root,
        "mine",
        &expect!["`a.sql` in it is a file, and no package"],
    );
    check(
        &root,
        "projects",
        &expect!["`a` in it is a package that package-lock.yml does not list"],
    );
    check(&root, "empty", &expect!["yes"]);
    check(&root, "none/yet", &expect!["yes"]);
    write(
        &root.join(LOCK_FILE_NAME),
        "packages: [{git: 'x', revision: y, name: a}, {package: o/b, version: 1.0.0}]\n",
    );
    write(&root.join("projects/b/dbt_project.yml"), "name: b\n");
    check(&root, "projects", &expect!["yes"]);
    write(&root.join("projects/c/dbt_project.yml"), "name: c\n");
    check(
        &root,
        "projects",
        &expect!["`c` in it is a package that package-lock.yml does not list"],
    );
}

#[test]
fn the_usual_folder_may_hold_packages_of_an_older_lock() {
    let (_dir, root) = project(&["dbt_packages/a/dbt_project.yml"]);
    check(&root, "dbt_packages", &expect!["yes"]);
    write(&root.join("dbt_packages/b/a.sql"), "");
    check(
        &root,
        "dbt_packages",
        &expect!["`b` in it has no dbt_project.yml, so it is no package"],
    );
}

#[cfg(unix)]
#[test]
fn links_are_removed_where_they_lead_to_packages() {
    use std::os::unix::fs::symlink;
    let (_dir, root) = project(&["lib/dbt_project.yml", "dbt_packages/.gitkeep", "other/a"]);
    symlink("../lib", root.join("dbt_packages/lib")).unwrap();
    symlink("../gone", root.join("dbt_packages/gone")).unwrap();
    check(&root, "dbt_packages", &expect!["yes"]);
    symlink("../other", root.join("dbt_packages/other")).unwrap();
    check(
        &root,
        "dbt_packages",
        &expect!["`other` in it is a link to something else than a package"],
    );
}

#[test]
fn what_is_hidden_stays() {
    let (_dir, root) = project(&["dbt_packages/.gitkeep", "dbt_packages/a/dbt_project.yml"]);
    let work_dir = work_dir(&root);
    fs::create_dir_all(work_dir.packages().join("b")).unwrap();
    swap(&work_dir).unwrap();
    assert_eq!(entries(&root.join("dbt_packages")), ".gitkeep b");
}

#[test]
fn packages_of_before_come_back_when_the_new_ones_do_not_get_there() {
    let (_dir, root) = project(&["dbt_packages/a/dbt_project.yml"]);
    let work_dir = work_dir(&root);
    // Nothing was gathered.
    assert!(matches!(swap(&work_dir), Err(DepsError::Io { .. })));
    drop(work_dir);
    assert_eq!(entries(&root.join("dbt_packages")), "a");
    assert_eq!(entries(&root), "dbt_packages dbt_project.yml");
}

#[test]
fn packages_of_before_that_cannot_come_back_are_kept() {
    let (_dir, root) = project(&["dbt_packages/a/dbt_project.yml"]);
    let dir = work_dir(&root);
    let path = root.join("dbt_packages");
    dir.keep_old();
    fs::rename(&path, dir.old()).unwrap();
    // Somebody else was quicker.
    fs::write(&path, "").unwrap();
    let error = put_back(&dir, io::Error::other("no")).unwrap_err();
    let old = dir.old();
    drop(dir);
    assert_eq!(entries(&old), "a");
    assert!(error.to_string().contains(&old.display().to_string()));
    // The next command has them again.
    fs::remove_file(&path).unwrap();
    drop(work_dir(&root));
    assert_eq!(entries(&path), "a");
}

/// The directory of a process that was killed.
fn abandoned(root: &Path, install_path: &str) -> PathBuf {
    let dir = WorkDir::new(root, Path::new(install_path)).unwrap();
    fs::create_dir_all(dir.packages()).unwrap();
    let made = dir.packages().parent().unwrap().to_owned();
    let left = root.join(".dagsmith-deps-left");
    fs::rename(made, &left).unwrap();
    left
}

#[test]
fn what_a_killed_command_has_left_is_removed() {
    let (_dir, root) = project(&[]);
    let left = abandoned(&root, "dbt_packages");
    let busy = work_dir(&root);
    let another = root.join(".dagsmith-deps-other");
    fs::create_dir(&another).unwrap();
    let dir = work_dir(&root);
    fs::create_dir_all(dir.packages()).unwrap();
    swap(&dir).unwrap();
    dir.remove_abandoned();
    assert!(!left.exists());
    // Somebody works there, or it is not known whose it is.
    assert!(busy.downloads().parent().unwrap().exists());
    assert!(another.exists());
}

#[test]
fn what_another_project_has_left_is_not_touched() {
    let (_dir, root) = project(&[]);
    let left = abandoned(&root, "dbt_modules");
    fs::create_dir(left.join("old")).unwrap();
    let dir = work_dir(&root);
    dir.remove_abandoned();
    assert_eq!(entries(&left), "lock old packages");
}
