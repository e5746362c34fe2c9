//! `textDocument/prepareTypeHierarchy`, `typeHierarchy/supertypes`, `typeHierarchy/subtypes`

use base::FileId;
use ide::{TypeItem, TypeItemId};
use serde_json::{Value, json};
use tower_lsp::lsp_types::{
    TypeHierarchyItem, TypeHierarchyPrepareParams, TypeHierarchySubtypesParams,
    TypeHierarchySupertypesParams,
};

use crate::{dispatch::Answer, from_proto, snapshot::Snapshot, to_proto};

pub(crate) fn prepare(
    snapshot: &Snapshot,
    params: &TypeHierarchyPrepareParams,
) -> Answer<Option<Vec<TypeHierarchyItem>>> {
    let at = &params.text_document_position_params;
    let Some(position) = from_proto::file_position(snapshot, at)? else {
        return Ok(None);
    };
    let found = snapshot.analysis.type_hierarchy(position)?;
    let items = items(snapshot, found.into_iter().collect())?;
    Ok((!items.is_empty()).then_some(items))
}

pub(crate) fn supertypes(
    snapshot: &Snapshot,
    params: &TypeHierarchySupertypesParams,
) -> Answer<Option<Vec<TypeHierarchyItem>>> {
    let Some(id) = read_id(params.item.data.as_ref()) else {
        return Ok(None);
    };
    items(snapshot, snapshot.analysis.supertypes(&id)?).map(Some)
}

pub(crate) fn subtypes(
    snapshot: &Snapshot,
    params: &TypeHierarchySubtypesParams,
) -> Answer<Option<Vec<TypeHierarchyItem>>> {
    let Some(id) = read_id(params.item.data.as_ref()) else {
        return Ok(None);
    };
    items(snapshot, snapshot.analysis.subtypes(&id)?).map(Some)
}

fn items(snapshot: &Snapshot, found: Vec<TypeItem>) -> Answer<Vec<TypeHierarchyItem>> {
    let mut items = Vec::new();
    for TypeItem { target, detail, id } in found {
        let (Some(text), Some(uri)) = (snapshot.text(target.file)?, snapshot.uri(target.file))
        else {
            continue;
        };
        items.push(TypeHierarchyItem {
            name: target.name,
            kind: to_proto::symbol_kind(target.kind),
            tags: None,
            detail: Some(detail),
            uri,
            range: text.range(target.full_range),
            selection_range: text.range(target.focus_range),
            data: Some(json!({"file": id.file.0, "id": id.unique_id, "isEntry": id.is_entry})),
        });
    }
    Ok(items)
}

/// Files keep their numbers as long as the server lives.
fn read_id(data: Option<&Value>) -> Option<TypeItemId> {
    let data = data?;
    Some(TypeItemId {
        file: FileId(u32::try_from(data.get("file")?.as_u64()?).ok()?),
        unique_id: data.get("id")?.as_str()?.to_owned(),
        is_entry: data.get("isEntry")?.as_bool()?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::test_client::TestClient;

    #[test]
    fn a_version_leads_to_its_entry_and_that_to_all_versions() {
        let mut client = TestClient::start(&[
            ("/p/dbt_project.yml", "name: shop\nprofile: shop\n"),
            ("/p/models/a_v1.sql", "select 1 as id\n"),
            ("/p/models/a_v2.sql", "select 1 as id\n"),
            (
                "/p/models/m.yml",
                "models: [{name: a, versions: [{v: 1}, {v: 2}]}]\n",
            ),
        ]);
        let server = client.initialize("/p");
        // The types that we speak through have no place for it.
        let capabilities = &server["result"]["capabilities"];
        assert_eq!(capabilities["typeHierarchyProvider"], json!(true));
        let mut ask = |method: &str, params: Value| {
            let id = client.ask(method, &params);
            client.response(id)["result"].take()
        };
        let items = ask(
            "textDocument/prepareTypeHierarchy",
            json!({"textDocument": {"uri": "file:///p/models/a_v1.sql"}, "position": {"line": 0, "character": 0}}),
        );
        assert_eq!(items[0]["name"], "a.v1");
        let above = ask("typeHierarchy/supertypes", json!({"item": items[0]}));
        assert_eq!(above[0]["uri"], "file:///p/models/m.yml");
        let below = ask("typeHierarchy/subtypes", json!({"item": above[0]}));
        let names: Vec<_> = below
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["name"])
            .collect();
        assert_eq!(names, ["a.v1", "a.v2"]);
    }
}
