//! `textDocument/prepareCallHierarchy`, `callHierarchy/incomingCalls`, `callHierarchy/outgoingCalls`

use base::{FileId, SourceRange};
use ide::{Call, HierarchyItem, ItemId};
use serde_json::{Value, json};
use tower_lsp::lsp_types::{
    CallHierarchyIncomingCall, CallHierarchyIncomingCallsParams, CallHierarchyItem,
    CallHierarchyOutgoingCall, CallHierarchyOutgoingCallsParams, CallHierarchyPrepareParams, Range,
};

use crate::{dispatch::Answer, from_proto, snapshot::Snapshot, to_proto};

pub(crate) fn prepare(
    snapshot: &Snapshot,
    params: &CallHierarchyPrepareParams,
) -> Answer<Option<Vec<CallHierarchyItem>>> {
    let at = &params.text_document_position_params;
    let Some(position) = from_proto::file_position(snapshot, at)? else {
        return Ok(None);
    };
    let mut items = Vec::new();
    for it in snapshot.analysis.call_hierarchy(position)? {
        items.extend(item(snapshot, it)?);
    }
    Ok((!items.is_empty()).then_some(items))
}

pub(crate) fn incoming(
    snapshot: &Snapshot,
    params: &CallHierarchyIncomingCallsParams,
) -> Answer<Option<Vec<CallHierarchyIncomingCall>>> {
    let Some(id) = read_id(params.item.data.as_ref()) else {
        return Ok(None);
    };
    let mut calls = Vec::new();
    for Call { item: from, ranges } in snapshot.analysis.incoming_calls(&id)? {
        let from_ranges = places(snapshot, from.target.file, &ranges)?;
        if let Some(from) = item(snapshot, from)? {
            calls.push(CallHierarchyIncomingCall { from, from_ranges });
        }
    }
    Ok(Some(calls))
}

pub(crate) fn outgoing(
    snapshot: &Snapshot,
    params: &CallHierarchyOutgoingCallsParams,
) -> Answer<Option<Vec<CallHierarchyOutgoingCall>>> {
    let Some(id) = read_id(params.item.data.as_ref()) else {
        return Ok(None);
    };
    let mut calls = Vec::new();
    for Call { item: to, ranges } in snapshot.analysis.outgoing_calls(&id)? {
        let from_ranges = places(snapshot, id.file, &ranges)?;
        if let Some(to) = item(snapshot, to)? {
            calls.push(CallHierarchyOutgoingCall { to, from_ranges });
        }
    }
    Ok(Some(calls))
}

fn places(snapshot: &Snapshot, file: FileId, ranges: &[SourceRange]) -> Answer<Vec<Range>> {
    let text = snapshot.text(file)?;
    let places = text.map(|text| ranges.iter().map(|it| text.range(*it)).collect());
    Ok(places.unwrap_or_default())
}

fn item(snapshot: &Snapshot, it: HierarchyItem) -> Answer<Option<CallHierarchyItem>> {
    let target = it.target;
    let (Some(text), Some(uri)) = (snapshot.text(target.file)?, snapshot.uri(target.file)) else {
        return Ok(None);
    };
    Ok(Some(CallHierarchyItem {
        name: target.name,
        kind: to_proto::symbol_kind(target.kind),
        tags: None,
        detail: Some(it.detail),
        uri,
        range: text.range(target.full_range),
        selection_range: text.range(target.focus_range),
        data: Some(write_id(&it.id)),
    }))
}

/// Files keep their numbers as long as the server lives.
fn write_id(id: &ItemId) -> Value {
    json!({"anchor": id.anchor.0, "file": id.file.0, "id": id.unique_id})
}

fn read_id(data: Option<&Value>) -> Option<ItemId> {
    let file = |key| {
        let number = data?.get(key)?.as_u64()?;
        u32::try_from(number).ok().map(FileId)
    };
    Some(ItemId {
        anchor: file("anchor")?,
        file: file("file")?,
        unique_id: data?.get("id")?.as_str()?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::test_client::TestClient;

    #[test]
    fn a_model_is_followed_step_by_step() {
        let mut client = TestClient::start(&[
            ("/p/dbt_project.yml", "name: shop\nprofile: shop\n"),
            ("/p/models/a.sql", "select 1 as id\n"),
            ("/p/models/b.sql", "select 'ä', * from {{ ref('a') }}\n"),
            ("/p/models/c.sql", "select * from {{ ref('b') }}\n"),
        ]);
        let server = client.initialize("/p");
        let capabilities = &server["result"]["capabilities"];
        assert_eq!(capabilities["callHierarchyProvider"], json!(true));
        let mut ask = |method: &str, params: Value| {
            let id = client.ask(method, &params);
            client.response(id)["result"].clone()
        };
        let items = ask(
            "textDocument/prepareCallHierarchy",
            json!({
                "textDocument": {"uri": "file:///p/models/c.sql"},
                "position": {"line": 0, "character": 22},
            }),
        );
        assert_eq!(items[0]["name"], "b");
        assert_eq!(items[0]["detail"], "model of shop");
        let item = json!({"item": items[0]});
        let incoming = ask("callHierarchy/incomingCalls", item.clone());
        assert_eq!(incoming[0]["from"]["uri"], "file:///p/models/c.sql");
        assert_eq!(incoming[0]["fromRanges"][0]["start"]["character"], 21);
        let outgoing = ask("callHierarchy/outgoingCalls", item);
        assert_eq!(outgoing[0]["to"]["name"], "a");
        assert_eq!(outgoing[0]["fromRanges"][0]["start"]["character"], 26);
        let mut wrong = items[0].clone();
        wrong["data"] = json!("what no client should send");
        let nothing = ask("callHierarchy/incomingCalls", json!({"item": wrong}));
        assert_eq!(nothing, Value::Null);
        client.leave();
    }
}
