//! `textDocument/signatureHelp`

use ide::Signature;
use tower_lsp::lsp_types::{
    Documentation, ParameterInformation, ParameterLabel, SignatureHelp, SignatureHelpParams,
    SignatureInformation,
};

use crate::{dispatch::Answer, from_proto, snapshot::Snapshot, to_proto};

pub(crate) fn signature_help(
    snapshot: &Snapshot,
    params: &SignatureHelpParams,
) -> Answer<Option<SignatureHelp>> {
    let at = &params.text_document_position_params;
    let Some(position) = from_proto::file_position(snapshot, at)? else {
        return Ok(None);
    };
    let Some(found) = snapshot.analysis.signature_help(position)? else {
        return Ok(None);
    };
    let active_parameter = found
        .signatures
        .get(found.active_signature)
        .map(active_parameter);
    Ok(Some(SignatureHelp {
        signatures: found
            .signatures
            .into_iter()
            .map(|it| signature(snapshot, it))
            .collect(),
        active_signature: Some(found.active_signature as u32),
        active_parameter,
    }))
}

/// An index behind the last parameter says that the cursor is at none of them; saying nothing would mean the first.
fn active_parameter(signature: &Signature) -> u32 {
    let nth = signature.active_parameter;
    nth.unwrap_or(signature.parameters.len()) as u32
}

fn signature(snapshot: &Snapshot, it: Signature) -> SignatureInformation {
    let documentation = |markdown: Option<String>| {
        markdown.map(|text| Documentation::MarkupContent(to_proto::markup(snapshot, text)))
    };
    SignatureInformation {
        active_parameter: Some(active_parameter(&it)),
        label: it.label,
        documentation: documentation(it.documentation),
        parameters: Some(
            it.parameters
                .into_iter()
                .map(|parameter| ParameterInformation {
                    label: ParameterLabel::Simple(parameter.label),
                    documentation: documentation(parameter.documentation),
                })
                .collect(),
        ),
    }
}
