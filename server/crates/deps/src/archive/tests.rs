//! Archives that are up to something.

use expect_test::{Expect, expect};
use flate2::{Compression, write::GzEncoder};
use tar::{Builder, Header};
use tempfile::TempDir;

use super::*;

/// Entries by kind: a path, and a text or a link's target.
type Entries<'a> = &'a [(EntryType, &'a str, &'a str)];

/// Written byte by byte: the library refuses to write what the tests are about.
fn archive(entries: Entries<'_>) -> Vec<u8> {
    let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (kind, path, content) in entries {
        let mut header = Header::new_ustar();
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        let data = if matches!(kind, EntryType::Regular) {
            content
        } else {
            &""
        };
        if data.is_empty() {
            header.as_mut_bytes()[157..157 + content.len()].copy_from_slice(content.as_bytes());
        }
        header.set_size(data.len() as u64);
        header.set_cksum();
        builder.append(&header, data.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

fn listing(dir: &Path, root: &Path, out: &mut Vec<String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().display().to_string();
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.is_dir() {
            listing(&path, root, out);
        } else if metadata.is_symlink() {
            out.push(format!(
                "{name} -> {}",
                fs::read_link(&path).unwrap().display()
            ));
        } else {
            out.push(format!("{name}: {}", fs::read_to_string(&path).unwrap()));
        }
    }
}

fn check_bytes(bytes: &[u8], limits: Limits, expected: &Expect) {
    let dir = TempDir::new().unwrap();
    let into = dir.path().join("in");
    let shown = match unpack(bytes, &into, limits) {
        Ok(top) => {
            let mut found = Vec::new();
            listing(&top, &into, &mut found);
            found.sort();
            found.join("\n")
        }
        Err(ArchiveError::Broken(reason)) => format!("broken: {reason}"),
        Err(ArchiveError::Refused(reason)) => format!("refused: {reason}"),
        Err(ArchiveError::Io(error)) => format!("io: {error}"),
    };
    expected.assert_eq(&shown);
    // Whatever it was, nothing lies outside.
    assert!(fs::read_dir(dir.path()).unwrap().count() <= 1);
}

const SMALL: Limits = Limits {
    bytes: 1000,
    entries: 5,
};

fn check(entries: Entries<'_>, expected: &Expect) {
    check_bytes(&archive(entries), SMALL, expected);
}

const FILE: EntryType = EntryType::Regular;
const LINK: EntryType = EntryType::Symlink;

#[test]
fn a_package_is_unpacked() {
    check(
        &[
            (EntryType::XGlobalHeader, "pax_global_header", ""),
            (EntryType::Directory, "p-1.0/", ""),
            (FILE, "p-1.0/dbt_project.yml", "name: p"),
            (FILE, "./p-1.0/macros/a.sql", "x"),
            (EntryType::Link, "p-1.0/same.sql", "p-1.0/macros/a.sql"),
        ],
        &expect![[r#"
            p-1.0/dbt_project.yml: name: p
            p-1.0/macros/a.sql: x
            p-1.0/same.sql: x"#]],
    );
}

#[test]
fn paths_stay_inside() {
    check(
        &[(FILE, "../evil", "x")],
        &expect!["refused: `../evil` would lie outside of it"],
    );
    check(
        &[(FILE, "p/../../evil", "x")],
        &expect!["refused: `p/../../evil` would lie outside of it"],
    );
    check(
        &[(FILE, "/evil", "x")],
        &expect!["refused: `/evil` would lie outside of it"],
    );
    check(
        &[(EntryType::Directory, "../evil/", "")],
        &expect!["refused: `../evil/` would lie outside of it"],
    );
}

#[cfg(unix)]
#[test]
fn links_stay_inside() {
    check(
        &[(FILE, "p/a/b", "x"), (LINK, "p/c", "a/b")],
        &expect![[r#"
            p/a/b: x
            p/c -> a/b"#]],
    );
    check(
        &[(FILE, "p/a", "x"), (LINK, "p/b", "../..")],
        &expect!["refused: the link `b` leads out of it"],
    );
    check(
        &[(FILE, "p/a", "x"), (LINK, "p/b", "/")],
        &expect!["refused: the link `b` leads out of it"],
    );
    // Each step looks harmless.
    check(
        &[
            (FILE, "p/d/e/a", "x"),
            (LINK, "p/d/e/up", "../.."),
            (LINK, "p/out", "d/e/up/.."),
        ],
        &expect!["refused: the link `out` leads out of it"],
    );
    check(
        &[(FILE, "p/a", "x"), (EntryType::Link, "p/b", "../../secret")],
        &expect!["refused: a hard link does not lead to a file in it"],
    );
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    check(
        &[(LINK, "p/d", "../.."), (FILE, "p/d/evil", "x")],
        &expect!["io: File exists (os error 17)"],
    );
    check(
        &[
            (FILE, "p/a", "x"),
            (LINK, "p/d", "../.."),
            (LINK, "p/d/evil", "a"),
        ],
        &expect!["io: File exists (os error 17)"],
    );
    check(
        &[(LINK, "p", "..")],
        &expect!["refused: what it holds is no directory"],
    );
    check(
        &[(FILE, "p/a", "x"), (LINK, "p/gone", "nowhere")],
        &expect!["p/a: x"],
    );
}

#[test]
fn devices_are_refused() {
    check(
        &[(EntryType::Fifo, "p/pipe", "")],
        &expect!["refused: `p/pipe` is neither a file nor a directory"],
    );
}

#[test]
fn a_package_is_one_directory() {
    check(
        &[(FILE, "a/x", "x"), (FILE, "b/x", "x")],
        &expect!["refused: it must hold one directory, with the package in it, and nothing beside"],
    );
    check(
        &[],
        &expect!["refused: it must hold one directory, with the package in it, and nothing beside"],
    );
    check(
        &[(FILE, "p", "x")],
        &expect!["refused: what it holds is no directory"],
    );
}

#[test]
fn sizes_are_limited() {
    let large = "x".repeat(1001);
    check(
        &[(FILE, "p/a", &large)],
        &expect!["refused: it unpacks to too many bytes"],
    );
    let many: Vec<_> = ["p/a", "p/b", "p/c", "p/d", "p/e", "p/f"]
        .map(|path| (FILE, path, "x"))
        .into();
    check(&many, &expect!["refused: it holds too many files"]);
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![0; 1_000_000]).unwrap();
    check_bytes(
        &bomb.finish().unwrap(),
        SMALL,
        &expect!["refused: it unpacks to too many bytes"],
    );
}

#[test]
fn what_is_broken_may_be_asked_for_again() {
    let whole = archive(&[(FILE, "p/dbt_project.yml", "name: p")]);
    check_bytes(
        &whole[..whole.len() / 2],
        SMALL,
        &expect!["broken: it is broken: incomplete deflate stream"],
    );
    check_bytes(
        b"<html>not found</html>",
        SMALL,
        &expect!["broken: it is broken: invalid gzip header"],
    );
    check_bytes(
        b"",
        SMALL,
        &expect!["broken: it is broken: unexpected end of file"],
    );
}

#[test]
fn names_are_limited() {
    let long = |len: usize| {
        let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        let name = format!("p/{}", "n/".repeat(len / 2));
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::GNULongName);
        header.as_mut_bytes()[..3].copy_from_slice(b"p/l");
        header.set_size(name.len() as u64);
        header.set_cksum();
        builder.append(&header, name.as_bytes()).unwrap();
        let mut header = Header::new_gnu();
        header.as_mut_bytes()[..3].copy_from_slice(b"p/a");
        header.set_entry_type(EntryType::Directory);
        header.set_size(0);
        header.set_cksum();
        builder.append(&header, &b""[..]).unwrap();
        builder.into_inner().unwrap().finish().unwrap()
    };
    let limits = Limits::default();
    check_bytes(&long(600), limits, &expect![""]);
    let refused = expect!["refused: the names in it are too long"];
    check_bytes(&long(64 * 1024 * 1024), limits, &refused);
}
