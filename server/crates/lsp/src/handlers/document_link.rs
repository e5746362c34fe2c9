//! `textDocument/documentLink`, `documentLink/resolve`
//!
//! A link into a built-in package leads to a copy of its file, which is made when the link is followed.

use base::{FileId, SourceRange, System as _, normalized};
use ide::LinkTarget;
use serde_json::json;
use tower_lsp::lsp_types::{DocumentLink, DocumentLinkParams, Url};

use crate::{dispatch::Answer, from_proto, paths::uri_of, snapshot::Snapshot};

pub(crate) fn document_link(
    snapshot: &Snapshot,
    params: &DocumentLinkParams,
) -> Answer<Option<Vec<DocumentLink>>> {
    let Some(file) = from_proto::file(snapshot, &params.text_document.uri) else {
        return Ok(None);
    };
    let Some(text) = snapshot.text(file)? else {
        return Ok(None);
    };
    let mut links = Vec::new();
    for found in snapshot.analysis.document_links(file)? {
        let mut link = DocumentLink {
            range: text.range(found.range),
            target: None,
            tooltip: Some(found.tooltip),
            data: None,
        };
        match found.target {
            LinkTarget::Url(url) => link.target = Url::parse(&url).ok(),
            LinkTarget::Path(path) => link.target = existing(snapshot, file, &path),
            LinkTarget::File { file, offset } if is_builtin(snapshot, file) => {
                link.data = Some(json!({"file": file.0, "offset": offset}));
            }
            LinkTarget::File { file, offset } => link.target = place(snapshot, file, offset)?,
        }
        if link.target.is_some() || link.data.is_some() {
            links.push(link);
        }
    }
    Ok(Some(links))
}

pub(crate) fn resolve(snapshot: &Snapshot, link: &DocumentLink) -> Answer<DocumentLink> {
    let data = link.data.as_ref();
    let number = |key: &str| data.and_then(|it| u32::try_from(it.get(key)?.as_u64()?).ok());
    let mut link = link.clone();
    if let (Some(file), Some(offset)) = (number("file"), number("offset")) {
        link.target = place(snapshot, FileId(file), offset)?;
    }
    Ok(link)
}

fn is_builtin(snapshot: &Snapshot, file: FileId) -> bool {
    let path = snapshot.paths.path(file);
    path.is_some_and(|path| path.starts_with(ide::BUILTIN_ROOT))
}

/// A file, and the line in it as editors write that.
fn place(snapshot: &Snapshot, file: FileId, offset: u32) -> Answer<Option<Url>> {
    let Some(mut location) = snapshot.location(file, SourceRange::at(offset))? else {
        return Ok(None);
    };
    let line = location.range.start.line + 1;
    if line > 1 {
        location.uri.set_fragment(Some(&format!("L{line}")));
    }
    Ok(Some(location.uri))
}

/// The file that a path means, below the directory of the file that it is written in or of one above it.
fn existing(snapshot: &Snapshot, file: FileId, written: &str) -> Option<Url> {
    let path = snapshot.paths.path(file)?;
    let mut dirs = path.ancestors().skip(1);
    let found = dirs.find_map(|dir| {
        let path = normalized(&dir.join(written));
        snapshot.overlay.is_file(&path).then_some(path)
    });
    uri_of(&found?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::test_client::TestClient;

    #[test]
    fn links_lead_to_lines_and_those_of_dbt_are_resolved() {
        let mut client = TestClient::start(&[
            ("/p/dbt_project.yml", "name: shop\nprofile: shop\n"),
            (
                "/p/profiles.yml",
                "shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb}}}\n",
            ),
            (
                "/p/models/a.sql",
                "select {{ cents() }}, {{ dbt.current_timestamp() }}\n",
            ),
            ("/p/macros/m.sql", "\n{% macro cents() %}{% endmacro %}\n"),
        ]);
        client.initialize("/p");
        let document = json!({"textDocument": {"uri": "file:///p/models/a.sql"}});
        let id = client.ask("textDocument/documentLink", &document);
        let answer = client.response(id);
        let links = answer["result"].as_array().unwrap();
        assert_eq!(links[0]["target"], "file:///p/macros/m.sql#L2");
        assert_eq!(links[1]["target"], json!(null));
        let id = client.ask("documentLink/resolve", &links[1]);
        let answer = client.response(id);
        let target = answer["result"]["target"].as_str().unwrap();
        assert!(target.contains(".sql"), "{target}");
        client.leave();
    }
}
