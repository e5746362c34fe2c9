//! Fetching and installing from servers and repositories of the test's own.

#![expect(
    clippy::disallowed_methods,
    reason = "tests prepare the disk and repositories"
)]

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use base::OsSystem;
use expect_test::{Expect, expect};
use flate2::{Compression, write::GzEncoder};
use project::profiles::Secrets;
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::{ResolveConfig, WorkDir, install, lock_text, locked, packages_section, resolve};

/// Remembers what it was told.
#[derive(Default)]
pub(crate) struct Told {
    lines: RefCell<Vec<String>>,
    cancelled: Cell<bool>,
}

impl Told {
    pub(crate) fn lines(&self) -> String {
        self.lines
            .borrow()
            .iter()
            .map(|line| format!("{line}\n"))
            .collect()
    }
}

impl Listener for Told {
    fn info(&self, text: &str) {
        self.lines.borrow_mut().push(text.to_owned());
    }
    fn debug(&self, _text: &str) {}
    fn warn(&self, _event: &'static str, text: &str) -> Result<(), DepsError> {
        self.lines.borrow_mut().push(format!("warning: {text}"));
        Ok(())
    }
    fn is_cancelled(&self) -> bool {
        self.cancelled.get()
    }
}

/// Answers of a path, one after the other; the last one stays.
type Answers = BTreeMap<String, Vec<(u16, Vec<u8>)>>;

/// Serves what it was given until the test ends.
struct Server {
    url: String,
    answers: Arc<Mutex<Answers>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let server = Self {
            url,
            answers: Arc::default(),
            asked: Arc::default(),
        };
        let (answers, asked) = (Arc::clone(&server.answers), Arc::clone(&server.asked));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(&stream, &answers, &asked);
            }
        });
        server
    }

    fn put(&self, path: &str, status: u16, body: impl Into<Vec<u8>>) {
        let mut answers = self.answers.lock().unwrap();
        answers
            .entry(format!("/{path}"))
            .or_default()
            .push((status, body.into()));
    }

    /// A package of the index, and its archives.
    fn publish(&self, package: &str, versions: &[(&str, &[u8])]) {
        let mut releases = serde_json::Map::new();
        for (version, archive) in versions {
            let path = format!("archives/{package}-{version}.tar.gz");
            let release = json!({
                "name": package.split('/').next_back(),
                "packages": [],
                "downloads": {"tarball": format!("{}{path}", self.url)},
            });
            self.put(&path, 200, *archive);
            releases.insert((*version).to_owned(), release);
        }
        let answer = json!({"name": package, "versions": releases}).to_string();
        self.put(&format!("api/v1/{package}.json"), 200, answer);
        self.put("api/v1/index.json", 200, json!([package]).to_string());
    }
}

fn answer(stream: &TcpStream, answers: &Mutex<Answers>, asked: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    let mut line = String::new();
    let _ = reader.read_line(&mut first);
    while reader.read_line(&mut line).is_ok_and(|len| len > 2) {
        line.clear();
    }
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    asked.lock().unwrap().push(path.clone());
    let mut answers = answers.lock().unwrap();
    let (status, body) = match answers.get_mut(&path) {
        Some(all) if all.len() > 1 => all.remove(0),
        Some(all) => all[0].clone(),
        None => (404, Vec::new()),
    };
    // An answer of status 206 is one that is cut short.
    let (status, len) = match status {
        206 => (200, body.len() + 10),
        other => (other, body.len()),
    };
    let mut out = stream;
    let _ = write!(
        out,
        "HTTP/1.1 {status} x\r\nContent-Length: {len}\r\nConnection: close\r\n\r\n"
    );
    let _ = out.write_all(&body);
}

/// A project in an archive.
fn archive(name: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let project = format!("name: {name}\n");
    for (path, text) in [("dbt_project.yml", project.as_str())].iter().chain(more) {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder
            .append_data(&mut header, format!("{name}-main/{path}"), text.as_bytes())
            .unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

/// A folder with a project in it.
struct Project {
    dir: TempDir,
    hub_url: String,
}

impl Project {
    fn new(server: Option<&Server>, packages: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let project = Self {
            dir,
            hub_url: server.map_or("http://127.0.0.1:9/".to_owned(), |it| it.url.clone()),
        };
        project.write("shop/dbt_project.yml", "name: shop\n");
        project.write("shop/packages.yml", packages);
        project
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A repository of these files; the answer is its address and its commit.
    fn repository(&self, name: &str, files: &[(&str, &str)]) -> (String, String) {
        for (path, text) in files {
            self.write(&format!("{name}/{path}"), text);
        }
        self.git(name, &["init", "--quiet", "--initial-branch", "main"]);
        self.commit(name)
    }

    fn commit(&self, name: &str) -> (String, String) {
        self.git(name, &["add", "--all"]);
        self.git(name, &["commit", "--quiet", "--message", "x"]);
        let path = self.dir.path().join(name);
        let commit = self.git(name, &["rev-parse", "HEAD"]);
        (format!("file://{}", path.display()), commit)
    }

    fn git(&self, name: &str, args: &[&str]) -> String {
        let output = Command::new("git")
            .args([
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@b",
                "-c",
                "commit.gpgsign=false",
            ])
            .args(args)
            .current_dir(self.dir.path().join(name))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn packages(&self, text: &str) {
        self.write("shop/packages.yml", text);
    }

    /// `deps`, without the command line.
    fn deps(&self, told: &Told) -> Result<(), DepsError> {
        let root = self.dir.path().join("shop");
        let render = |text: &str| Ok(text.replace("{{ secret }}", "hush").into());
        let section = packages_section(&OsSystem, &root, &render)?;
        let work_dir = WorkDir::new(&root, Path::new("dbt_packages"))?;
        let downloads = work_dir.downloads();
        let config = FetchConfig {
            root: &root,
            downloads: &downloads,
            hub_url: &self.hub_url,
            render: &render,
        };
        let http = HttpConfig {
            attempts: 3,
            pause: Duration::ZERO,
            max_len: 10_000,
            ..HttpConfig::default()
        };
        let fetcher = Fetcher::with_http(&OsSystem, told, config, http);
        let resolve_config = ResolveConfig {
            root_name: "shop",
            dbt_version: None,
        };
        if !crate::is_current(&OsSystem, &root, &section) {
            let resolved = resolve(&section, &fetcher, resolve_config)?;
            let text = lock_text(&resolved, &section, &Secrets::default(), told)?;
            fs::write(root.join(crate::LOCK_FILE_NAME), text).unwrap();
        }
        let resolved = locked(&OsSystem, &root, &render, &fetcher, resolve_config)?;
        install(&resolved, &fetcher, &work_dir)
    }

    /// What was told, what is installed, and what lies about.
    fn check(&self, expected: &Expect) {
        let told = Told::default();
        let failed = self.deps(&told).err();
        let mut shown = told.lines();
        if let Some(error) = failed {
            shown += &error.to_string();
            shown.push('\n');
        }
        let mut files = Vec::new();
        names(&self.dir.path().join("shop"), &mut files);
        files.sort();
        let dir = self.dir.path().display().to_string();
        shown.push_str(&files.join("\n"));
        let shown = shown.replace(&dir, "DIR").replace(&self.hub_url, "HUB/");
        expected.assert_eq(&shown);
    }
}

fn names(dir: &Path, out: &mut Vec<String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            names(&path, out);
        } else {
            out.push(path.display().to_string());
        }
    }
}

#[test]
fn a_package_of_the_index_is_unpacked() {
    let server = Server::start();
    let (old, new) = (
        archive("utils", &[("macros/a.sql", "old")]),
        archive("utils", &[]),
    );
    server.publish("o/utils", &[("1.0.0", &old), ("1.1.0", &new)]);
    let project = Project::new(
        Some(&server),
        "packages: [{package: o/utils, version: ['>=1.0.0', '<1.1.0']}]\n",
    );
    project.check(&expect![[r#"
        Installing o/utils
        Installed from version 1.0.0
        Updated version available: 1.1.0

        Updates available for packages: ['o/utils'] 
        Update your versions in packages.yml, then run dagsmith deps
        DIR/shop/dbt_packages/utils/dbt_project.yml
        DIR/shop/dbt_packages/utils/macros/a.sql
        DIR/shop/dbt_project.yml
        DIR/shop/package-lock.yml
        DIR/shop/packages.yml"#]]);
}

#[test]
fn a_server_in_trouble_is_asked_again() {
    let server = Server::start();
    let whole = archive("utils", &[]);
    server.put("api/v1/index.json", 503, "");
    server.put("api/v1/index.json", 200, "<html>");
    server.put("archives/o/utils-1.0.0.tar.gz", 206, &whole[..50]);
    server.put("archives/o/utils-1.0.0.tar.gz", 200, &whole[..50]);
    server.publish("o/utils", &[("1.0.0", &whole)]);
    let project = Project::new(
        Some(&server),
        "packages: [{package: o/utils, version: 1.0.0}]\n",
    );
    project.check(&expect![[r#"
        Installing o/utils
        Installed from version 1.0.0
        Up to date!
        DIR/shop/dbt_packages/utils/dbt_project.yml
        DIR/shop/dbt_project.yml
        DIR/shop/package-lock.yml
        DIR/shop/packages.yml"#]]);
    assert_eq!(server.asked.lock().unwrap().len(), 3 + 1 + 3);
}

#[test]
fn failures_are_named_and_leave_the_packages_of_before() {
    let server = Server::start();
    server.publish("o/utils", &[("1.0.0", b"no archive")]);
    let project = Project::new(
        Some(&server),
        "packages: [{package: o/utils, version: 1.0.0}]\n",
    );
    project.write("shop/dbt_packages/utils/dbt_project.yml", "name: utils\n");
    project.check(&expect![[r#"
        Installing o/utils
        External connection exception occurred: HUB/archives/o/utils-1.0.0.tar.gz: it is broken: invalid gzip header (3 attempts)
        DIR/shop/dbt_packages/utils/dbt_project.yml
        DIR/shop/dbt_project.yml
        DIR/shop/package-lock.yml
        DIR/shop/packages.yml"#]]);
    project.packages(&format!(
        "packages: [{{tarball: '{}none.tgz', name: x}}]\n",
        server.url
    ));
    project.check(&expect![[r#"
        External connection exception occurred: HUB/none.tgz: the server answered with status 404
        DIR/shop/dbt_packages/utils/dbt_project.yml
        DIR/shop/dbt_project.yml
        DIR/shop/package-lock.yml
        DIR/shop/packages.yml"#]]);
    server.put("large.tgz", 200, vec![0; 20_000]);
    project.packages(&format!(
        "packages: [{{tarball: '{}large.tgz', name: x}}]\n",
        server.url
    ));
    project.check(&expect![[r#"
        External connection exception occurred: HUB/large.tgz: the answer has more than 10000 bytes
        DIR/shop/dbt_packages/utils/dbt_project.yml
        DIR/shop/dbt_project.yml
        DIR/shop/package-lock.yml
        DIR/shop/packages.yml"#]]);
}

#[test]
fn nobody_listening_is_said() {
    let project = Project::new(None, "packages: [{package: o/utils, version: 1.0.0}]\n");
    let error = project.deps(&Told::default()).unwrap_err().to_string();
    let start = format!(
        "External connection exception occurred: {}api/v1/index.json: ",
        project.hub_url
    );
    assert!(error.starts_with(&start), "{error}");
    assert!(error.ends_with("(3 attempts)"), "{error}");
}

#[test]
fn a_tarball_has_the_name_it_is_given() {
    let server = Server::start();
    server.put("x.tgz", 200, archive("inner", &[]));
    let packages = format!(
        "packages: [{{tarball: '{}x.tgz', name: outer}}]\n",
        server.url
    );
    Project::new(Some(&server), &packages).check(&expect![[r#"
        Installing outer
        Installed from tarball (url: HUB/x.tgz)
        DIR/shop/dbt_packages/outer/dbt_project.yml
        DIR/shop/dbt_project.yml
        DIR/shop/package-lock.yml
        DIR/shop/packages.yml"#]]);
    let packages = format!(
        "packages: [{{tarball: '{}x.tgz', name: ../outer}}]\n",
        server.url
    );
    Project::new(Some(&server), &packages).check(&expect![[r#"
        Invalid package name '../outer': resolves outside of the packages-install-path; letters, digits, underscores and dashes make a name
        DIR/shop/dbt_project.yml
        DIR/shop/packages.yml"#]]);
}

#[test]
fn repositories_are_checked_out_where_the_revision_says() {
    let project = Project::new(None, "");
    let files = [
        ("dbt_project.yml", "name: lib\n"),
        ("sub/dbt_project.yml", "name: sub\n"),
    ];
    let (url, commit) = project.repository("lib", &files);
    project.git("lib", &["tag", "v1"]);
    project.write("lib/later.sql", "x");
    project.commit("lib");
    for revision in ["v1", &commit] {
        project.packages(&format!(
            "packages: [{{git: '{url}', revision: {revision}}}]\n"
        ));
        let told = Told::default();
        project.deps(&told).unwrap();
        assert_eq!(
            told.lines(),
            format!("Installing {url}\nInstalled from revision {commit}\n")
        );
        assert!(
            !project
                .dir
                .path()
                .join("shop/dbt_packages/lib/later.sql")
                .exists()
        );
    }
    project.packages(&format!(
        "packages: [{{git: '{url}', subdirectory: sub, warn-unpinned: false}}]\n"
    ));
    project.deps(&Told::default()).unwrap();
    assert!(
        project
            .dir
            .path()
            .join("shop/dbt_packages/sub/dbt_project.yml")
            .exists()
    );
}

#[test]
fn what_is_wrong_with_a_repository_is_said() {
    let project = Project::new(
        None,
        "packages: [{git: 'file:///nowhere/x', revision: main}]\n",
    );
    project.check(&expect![[r#"
        Error checking out spec='main' for repo file:///nowhere/x
        fatal: '/nowhere/x' does not appear to be a git repository
        fatal: Could not read from remote repository.

        Please make sure you have the correct access rights
        and the repository exists.
        DIR/shop/dbt_project.yml
        DIR/shop/packages.yml"#]]);
    let (url, _) = project.repository("lib", &[("dbt_project.yml", "name: lib\n")]);
    project.packages(&format!("packages: [{{git: '{url}', revision: v9}}]\n"));
    project.check(&expect![[r#"
        Error checking out spec='v9' for repo file://DIR/lib
        fatal: couldn't find remote ref refs/heads/v9
        DIR/shop/dbt_project.yml
        DIR/shop/packages.yml"#]]);
    project.packages(&format!(
        "packages: [{{git: '{url}', revision: main, subdirectory: ../shop}}]\n"
    ));
    project.check(&expect![[r#"
        Error checking out spec='main' for repo file://DIR/lib
        it has no directory `../shop`
        DIR/shop/dbt_project.yml
        DIR/shop/packages.yml"#]]);
    project.packages("packages: [{git: '--upload-pack=evil', revision: main}]\n");
    project.check(&expect![[r#"
        Error checking out spec='main' for repo --upload-pack=evil
        an address or a revision does not begin with a dash
        DIR/shop/dbt_project.yml
        DIR/shop/packages.yml"#]]);
}

/// Where it is installed, the same link would lead to a file of the project.
#[cfg(unix)]
#[test]
fn links_out_of_a_subdirectory_do_not_come_along() {
    let project = Project::new(None, "");
    project.write("lib/profiles.yml", "theirs");
    project.write("lib/a/sub/dbt_project.yml", "name: sub\n");
    project.write("lib/a/sub/macros/own.sql", "own");
    let link = |to: &str, path: &str| {
        std::os::unix::fs::symlink(to, project.dir.path().join(path)).unwrap();
    };
    link("../../../profiles.yml", "lib/a/sub/macros/out.sql");
    link("own.sql", "lib/a/sub/macros/in.sql");
    let (url, _) = project.repository("lib", &[]);
    project.write("shop/profiles.yml", "a password");
    project.packages(&format!(
        "packages: [{{git: '{url}', revision: main, subdirectory: a/sub}}]\n"
    ));
    project.deps(&Told::default()).unwrap();
    let macros = project.dir.path().join("shop/dbt_packages/sub/macros");
    assert!(fs::symlink_metadata(macros.join("out.sql")).is_err());
    assert_eq!(fs::read_to_string(macros.join("in.sql")).unwrap(), "own");
}

#[cfg(unix)]
#[test]
fn a_repository_with_a_link_out_of_it_is_refused() {
    let project = Project::new(None, "");
    project.write("lib/dbt_project.yml", "name: lib\n");
    std::os::unix::fs::symlink("/", project.dir.path().join("lib/root")).unwrap();
    let (url, _) = project.repository("lib", &[]);
    project.packages(&format!("packages: [{{git: '{url}', revision: main}}]\n"));
    project.check(&expect![[r#"
        Error checking out spec='main' for repo file://DIR/lib
        the link `root` leads out of it
        DIR/shop/dbt_project.yml
        DIR/shop/packages.yml"#]]);
}

#[test]
fn secrets_go_to_git_and_not_into_messages() {
    let packages = "packages: [{git: 'file:///nowhere/{{ secret }}/x', revision: main}]\n";
    let error = Project::new(None, packages)
        .deps(&Told::default())
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("Error checking out spec='main' for repo file:///nowhere/{{ secret }}/x")
    );
}

#[test]
fn no_token_stays_with_a_repository() {
    let project = Project::new(None, "");
    let files = [("dbt_project.yml", "name: lib\n")];
    let (url, commit) = project.repository("hush", &files);
    let url = url.replace("hush", "{{ secret }}");
    project.packages(&format!(
        "packages: [{{git: '{url}', revision: {commit}}}]\n"
    ));
    let mut files = Vec::new();
    project.deps(&Told::default()).unwrap();
    names(&project.dir.path().join("shop"), &mut files);
    assert_eq!(files.len(), 4, "{files:?}");
    for file in files {
        assert!(
            !fs::read_to_string(&file).unwrap().contains("hush"),
            "{file}"
        );
    }
}

#[test]
fn a_local_package_in_the_install_path_stays() {
    let packages = "packages: [{local: dbt_packages/a}]\n";
    let project = Project::new(None, packages);
    project.write("shop/dbt_packages/a/dbt_project.yml", "name: a\n");
    project.check(&expect![[r#"
        Installing dbt_packages/a
        will not install packages into DIR/shop/dbt_packages, which would remove what is there: the local package `dbt_packages/a` lies in it; correct `packages-install-path`, or move that elsewhere
        DIR/shop/dbt_packages/a/dbt_project.yml
        DIR/shop/dbt_project.yml
        DIR/shop/package-lock.yml
        DIR/shop/packages.yml"#]]);
}

#[test]
fn what_local_packages_need_comes_along() {
    let project = Project::new(None, "packages: [{local: ../a}]\n");
    project.write("a/dbt_project.yml", "name: a\n");
    project.write("a/packages.yml", "packages: [{local: ../b}]\n");
    project.write("b/dbt_project.yml", "name: b\n");
    project.check(&expect![[r#"
        Installing ../a
        Installed from <local @ ../a>
        Installing ../b
        Installed from <local @ ../b>
        DIR/shop/dbt_packages/a
        DIR/shop/dbt_packages/b
        DIR/shop/dbt_project.yml
        DIR/shop/package-lock.yml
        DIR/shop/packages.yml"#]]);
    project.write("b/packages.yml", "packages: [{local: ../a}]\n");
    fs::remove_file(project.dir.path().join("shop/package-lock.yml")).unwrap();
    project.check(&expect![[r#"
        packages depend on each other in a circle: ../a -> ../b -> ../a; one of them has to do without the other
        DIR/shop/dbt_packages/a
        DIR/shop/dbt_packages/b
        DIR/shop/dbt_project.yml
        DIR/shop/packages.yml"#]]);
}

#[test]
fn ctrl_c_ends_it() {
    let server = Server::start();
    let project = Project::new(
        Some(&server),
        "packages: [{package: o/utils, version: 1.0.0}]\n",
    );
    let told = Told::default();
    told.cancelled.set(true);
    assert!(matches!(project.deps(&told), Err(DepsError::Cancelled)));
    assert_eq!(*server.asked.lock().unwrap(), [""; 0]);
}
