//! `textDocument/definition`, and its relatives `declaration`, `typeDefinition` and `implementation`

use ide::{Analysis, Cancellable, Definition, FilePosition, NavigationTarget};
use tower_lsp::lsp_types::{
    GotoDefinitionParams, GotoDefinitionResponse, Location, LocationLink, Range,
};

use crate::{dispatch::Answer, from_proto, snapshot::Snapshot};

pub(crate) fn definition(
    snapshot: &Snapshot,
    params: &GotoDefinitionParams,
) -> Answer<Option<GotoDefinitionResponse>> {
    let with_links = snapshot.features.definition_links;
    goto(snapshot, params, Analysis::goto_definition, with_links)
}

pub(crate) fn declaration(
    snapshot: &Snapshot,
    params: &GotoDefinitionParams,
) -> Answer<Option<GotoDefinitionResponse>> {
    let with_links = snapshot.features.declaration_links;
    goto(snapshot, params, Analysis::goto_declaration, with_links)
}

pub(crate) fn type_definition(
    snapshot: &Snapshot,
    params: &GotoDefinitionParams,
) -> Answer<Option<GotoDefinitionResponse>> {
    let with_links = snapshot.features.type_definition_links;
    goto(snapshot, params, Analysis::goto_type_definition, with_links)
}

pub(crate) fn implementation(
    snapshot: &Snapshot,
    params: &GotoDefinitionParams,
) -> Answer<Option<GotoDefinitionResponse>> {
    let with_links = snapshot.features.implementation_links;
    goto(snapshot, params, Analysis::goto_implementation, with_links)
}

fn goto(
    snapshot: &Snapshot,
    params: &GotoDefinitionParams,
    question: fn(&Analysis, FilePosition) -> Cancellable<Option<Definition>>,
    with_links: bool,
) -> Answer<Option<GotoDefinitionResponse>> {
    let at = &params.text_document_position_params;
    let Some(position) = from_proto::file_position(snapshot, at)? else {
        return Ok(None);
    };
    let Some(found) = question(&snapshot.analysis, position)? else {
        return Ok(None);
    };
    if !with_links {
        let mut locations: Vec<Location> = Vec::new();
        for target in &found.targets {
            locations.extend(snapshot.location(target.file, target.focus_range)?);
        }
        return Ok(Some(GotoDefinitionResponse::Array(locations)));
    }
    let text = snapshot.text(position.file)?;
    let origin = text.map(|text| text.range(found.origin));
    let mut links = Vec::new();
    for target in &found.targets {
        links.extend(link(snapshot, origin, target)?);
    }
    Ok(Some(GotoDefinitionResponse::Link(links)))
}

fn link(
    snapshot: &Snapshot,
    origin: Option<Range>,
    target: &NavigationTarget,
) -> Answer<Option<LocationLink>> {
    let (Some(text), Some(uri)) = (snapshot.text(target.file)?, snapshot.uri(target.file)) else {
        return Ok(None);
    };
    Ok(Some(LocationLink {
        origin_selection_range: origin,
        target_uri: uri,
        target_range: text.range(target.full_range),
        target_selection_range: text.range(target.focus_range),
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::test_client::TestClient;

    #[test]
    fn declarations_types_and_implementations_have_their_own_places() {
        let mut client = TestClient::start(&[
            ("/p/dbt_project.yml", "name: shop\nprofile: shop\n"),
            ("/p/models/a.sql", "select 1 as id\n"),
            ("/p/models/b.sql", "select x.id from {{ ref('a') }} as x\n"),
            ("/p/models/s.yml", "models:\n  - name: a\n"),
        ]);
        let server = client.initialize("/p");
        let capabilities = &server["result"]["capabilities"];
        let mut ask = |method: &str, character: u32| {
            assert_eq!(capabilities[format!("{method}Provider")], json!(true));
            let params = json!({
                "textDocument": {"uri": "file:///p/models/b.sql"},
                "position": {"line": 0, "character": character},
            });
            let id = client.ask(&format!("textDocument/{method}"), &params);
            client.response(id)["result"][0]["uri"].clone()
        };
        assert_eq!(ask("declaration", 25), "file:///p/models/s.yml");
        assert_eq!(ask("typeDefinition", 9), "file:///p/models/a.sql");
        assert_eq!(ask("implementation", 25), "file:///p/models/a.sql");
        client.leave();
    }
}
