//! What a file leads to: calls and names to the files in which things are made, paths in YAML to files, addresses.
//!
//! An address in a text is a link as far as it goes; what looks like the end of a sentence behind it is no part of it.

use base::{FileId, SourceRange};
use project::yaml::{Segment, Shape, YamlNode};

use crate::{
    Analysis, Cancellable,
    definition::targets,
    layers::{Language, Layers},
    symbol::things,
    world::{Here, World},
};

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkTarget {
    /// A place in a file.
    File {
        /// The file.
        file: FileId,
        /// The bytes before the place.
        offset: u32,
    },
    /// A path as it is written, below the directory of this file.
    Path(String),
    /// An address on the web.
    Url(String),
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentLink {
    /// What is shown as a link.
    pub range: SourceRange,
    /// Where it leads.
    pub target: LinkTarget,
    /// What is there, in a few words.
    pub tooltip: String,
}

impl Analysis {
    /// The links of a file, sorted; none overlaps another.
    pub fn document_links(&self, file: FileId) -> Cancellable<Vec<DocumentLink>> {
        self.ask_world(|world| document_links(world, file))
    }
}

fn document_links(world: World<'_>, file: FileId) -> Vec<DocumentLink> {
    let Some(layers) = Layers::new(world, file) else {
        return Vec::new();
    };
    let mut links = Vec::new();
    if let Some(here) = world.here(file) {
        add_things(world, &here, &mut links);
    }
    if let Some(yaml) = layers.yaml() {
        add_yaml(layers.text, yaml, &mut Vec::new(), &mut links);
    }
    if layers.language != Language::Sql {
        add_addresses(layers.text, &mut links);
    }
    links.sort();
    let mut end = 0;
    links.retain(|link| {
        let is_free = link.range.start >= end && !link.range.is_empty();
        if is_free {
            end = link.range.end;
        }
        is_free
    });
    links
}

/// What the file names and another one makes: only where there is no choice.
fn add_things(world: World<'_>, here: &Here, links: &mut Vec<DocumentLink>) {
    let id = here.id(world);
    let text = here.text(world);
    for found in things(world, here) {
        let targets = targets(world, here, &found.thing);
        let [target] = targets.as_slice() else {
            continue;
        };
        if found.is_declaration || target.file == id {
            continue;
        }
        links.push(DocumentLink {
            range: unquoted(text, found.range),
            target: LinkTarget::File {
                file: target.file,
                offset: target.focus_range.start,
            },
            tooltip: target.name.clone(),
        });
    }
}

fn unquoted(text: &str, range: SourceRange) -> SourceRange {
    let written = range.of(text);
    let quotes = ['\'', '"'];
    let inside = written.strip_prefix(quotes).unwrap_or(written);
    let start = range.start + (written.len() - inside.len()) as u32;
    let inside = inside.strip_suffix(quotes).unwrap_or(inside);
    SourceRange::new(start, start + inside.len() as u32)
}

/// The site on which the packages of the index are shown.
const PACKAGES_SITE: &str = "https://hub.getdbt.com";

/// Packages, and paths of files.
fn add_yaml(
    text: &str,
    node: YamlNode<'_>,
    path: &mut Vec<Segment>,
    links: &mut Vec<DocumentLink>,
) {
    match node.shape() {
        // What an alias stands for has its links where it is written.
        _ if node.is_alias() => {}
        Shape::Scalar => add_scalar(text, node, path, links),
        Shape::Mapping => {
            for (key, value) in node.written_entries() {
                path.push(Segment::Key(key.raw().unwrap_or("").into()));
                add_yaml(text, value, path, links);
                path.pop();
            }
        }
        Shape::Sequence => {
            for (index, item) in node.items().enumerate() {
                path.push(Segment::Index(index as u32));
                add_yaml(text, item, path, links);
                path.pop();
            }
        }
    }
}

fn add_scalar(text: &str, node: YamlNode<'_>, path: &[Segment], links: &mut Vec<DocumentLink>) {
    let (Some(Segment::Key(key)), Some(value)) = (path.last(), node.as_text()) else {
        return;
    };
    let is_package = matches!(path.first(), Some(Segment::Key(first)) if &**first == "packages");
    let target = match &**key {
        "package" if is_package && value.split('/').count() == 2 => {
            LinkTarget::Url(format!("{PACKAGES_SITE}/{value}/latest/"))
        }
        "git" if is_package => match address_of_repository(value) {
            Some(url) => LinkTarget::Url(url),
            None => return,
        },
        "local" if is_package => LinkTarget::Path(format!("{value}/dbt_project.yml")),
        // What has an ending and a directory, and no template, is meant as a file.
        _ if is_path(value) => LinkTarget::Path(value.to_owned()),
        _ => return,
    };
    links.push(DocumentLink {
        range: unquoted(text, node.range()),
        tooltip: match &target {
            LinkTarget::Url(url) => url.clone(),
            LinkTarget::Path(path) => path.clone(),
            LinkTarget::File { .. } => String::new(),
        },
        target,
    });
}

fn is_path(value: &str) -> bool {
    let endings = [
        ".sql", ".yml", ".yaml", ".md", ".csv", ".py", ".parquet", ".json", ".png",
    ];
    let is_plain = !value.contains(['{', '*', ' ', '\n', ':']);
    is_plain && value.contains('/') && endings.iter().any(|ending| value.ends_with(ending))
}

/// The page of a repository, of any form of its address.
fn address_of_repository(written: &str) -> Option<String> {
    let written = written.strip_suffix(".git").unwrap_or(written);
    if written.starts_with("https://") || written.starts_with("http://") {
        // `https://{{ env_var('TOKEN') }}@host/…` is nobody's page, and a secret.
        return (!written.contains(['{', '@'])).then(|| written.to_owned());
    }
    let written = written.strip_prefix("ssh://").unwrap_or(written);
    let (host, path) = written.strip_prefix("git@")?.split_once([':', '/'])?;
    Some(format!("https://{host}/{path}"))
}

fn add_addresses(text: &str, links: &mut Vec<DocumentLink>) {
    let mut from = 0;
    while let Some(found) = text.get(from..).and_then(|rest| rest.find("http")) {
        let start = from + found;
        let rest = text.get(start..).unwrap_or("");
        let url = address(rest);
        from = start + url.map_or(4, str::len);
        if let Some(url) = url {
            links.push(DocumentLink {
                range: SourceRange::from_usize(start, from),
                target: LinkTarget::Url(url.to_owned()),
                tooltip: url.to_owned(),
            });
        }
    }
}

/// The address that a text begins with.
fn address(text: &str) -> Option<&str> {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))?;
    let is_end = |c: char| c.is_whitespace() || "\"'<>{}|\\^`]".contains(c);
    let len = host.find(is_end).unwrap_or(host.len());
    let len = balanced(host.get(..len)?);
    let written = text.get(..text.len() - host.len() + len)?;
    let url = written.trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_']);
    (url.len() > text.len() - host.len()).then_some(url)
}

/// Up to the first `)` without its `(`: that one belongs to the text around.
fn balanced(text: &str) -> usize {
    let mut n_open = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => n_open += 1,
            ')' if n_open == 0 => return at,
            ')' => n_open -= 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::fixture::TestProject;

    fn check(path: &str, fixture: &str, expected: &Expect) {
        let project = TestProject::new(fixture);
        let analysis = project.analysis();
        let file = project.file(path);
        let text = analysis.text(file).unwrap();
        let lines = analysis
            .document_links(file)
            .unwrap()
            .into_iter()
            .map(|it| {
                let target = match it.target {
                    LinkTarget::File { file, offset } => project.show(base::FileRange {
                        file,
                        range: SourceRange::at(offset),
                    }),
                    LinkTarget::Path(path) => path,
                    LinkTarget::Url(url) => url,
                };
                format!("{} → {target}\n", it.range.of(&text))
            });
        expected.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn calls_lead_to_files() {
        check(
            "/models/a.sql",
            "
//- /models/a.sql
select {{ cents('x') }} from {{ ref('b') }}, {{ source('raw', 'orders') }}, {{ ref('nobody') }}, {{ ref('b
//- /models/b.sql
select 1
//- /models/s.yml
sources:
  - name: raw
    tables:
      - name: orders
//- /macros/m.sql

{% macro cents(x) %}{% endmacro %}
",
            &expect![[r#"
                cents → /macros/m.sql:2
                b → /models/b.sql:1
                raw → /models/s.yml:2
                orders → /models/s.yml:4
                b → /models/b.sql:1
            "#]],
        );
    }

    #[test]
    fn properties_lead_to_files_docs_and_the_web() {
        check(
            "/models/s.yml",
            "
//- /models/s.yml
models:
  - name: a
    description: \"{{ doc('d') }} See https://example.com/a_(b)?c=d.\"
    docs: {image: assets/a.png}
    data_tests: [mine]
//- /models/a.sql
select 1
//- /models/d.md
{% docs d %}x{% enddocs %}
//- /tests/generic/mine.sql
{% test mine(model) %}{% endtest %}
",
            &expect![[r#"
                a → /models/a.sql:1
                d → /models/d.md:1
                https://example.com/a_(b)?c=d → https://example.com/a_(b)?c=d
                assets/a.png → assets/a.png
                mine → /tests/generic/mine.sql:1
            "#]],
        );
    }

    #[test]
    fn packages_lead_to_their_pages() {
        check(
            "/packages.yml",
            "
//- /packages.yml
packages:
  - package: dbt-labs/dbt_utils
    version: 1.0.0
  - git: git@example.com:me/mine.git
  - git: \"https://{{ env_var('TOKEN') }}@example.com/me/mine.git\"
  - git: https://example.com/me/other.git
  - local: ../shared
  - tarball: https://example.com/x.tar.gz
",
            &expect![[r#"
                dbt-labs/dbt_utils → https://hub.getdbt.com/dbt-labs/dbt_utils/latest/
                git@example.com:me/mine.git → https://example.com/me/mine
                https://example.com/me/other.git → https://example.com/me/other
                ../shared → ../shared/dbt_project.yml
                https://example.com/x.tar.gz → https://example.com/x.tar.gz
            "#]],
        );
    }

    #[test]
    fn docs_lead_to_the_web() {
        check(
            "/models/d.md",
            "
//- /models/d.md
{% docs d %}See [this](https://example.com/x), <http://a.b>, http:// and https://example.com.{% enddocs %}
",
            &expect![[r#"
                https://example.com/x → https://example.com/x
                http://a.b → http://a.b
                https://example.com → https://example.com
            "#]],
        );
    }
}
