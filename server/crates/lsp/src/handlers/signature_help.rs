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
    let active_parameter = Some(active_parameter(&it));
    let labels = it.parameters.iter().map(|parameter| &*parameter.label);
    let places = places_of(&it.label, labels);
    let parameters = it.parameters.into_iter().zip(places);
    SignatureInformation {
        active_parameter,
        parameters: Some(
            parameters
                .map(|(parameter, place)| ParameterInformation {
                    label: match place {
                        Some(place) if snapshot.features.label_offsets => {
                            ParameterLabel::LabelOffsets(place)
                        }
                        _ => ParameterLabel::Simple(parameter.label),
                    },
                    documentation: documentation(parameter.documentation),
                })
                .collect(),
        ),
        label: it.label,
        documentation: documentation(it.documentation),
    }
}

/// Where the parameters stand in a signature, one behind the other: in `date_add(date, interval)` the first `date` is
/// part of the name. In UTF-16 units, whatever the encoding of positions is.
fn places_of<'a>(label: &str, parameters: impl Iterator<Item = &'a str>) -> Vec<Option<[u32; 2]>> {
    let utf16 = |text: &str| text.encode_utf16().count() as u32;
    let mut from = label.find('(').unwrap_or(0);
    let place = |parameter: &str| {
        let start = from + label.get(from..)?.find(parameter)?;
        from = start + parameter.len();
        let before = utf16(label.get(..start)?);
        Some([before, before + utf16(parameter)])
    };
    parameters.map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::places_of;

    #[test]
    fn parameters_are_found_behind_each_other() {
        let places = places_of(
            "date_add(date, [d…], date)",
            ["date", "[d…]", "date"].into_iter(),
        );
        assert_eq!(places, [Some([9, 13]), Some([15, 19]), Some([21, 25])]);
    }
}
