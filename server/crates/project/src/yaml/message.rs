//! What the parser's errors mean, in words that say what to do.

use granit_parser::ErrorKind;

/// `key: {{ template }}`: a mapping inside of a mapping to YAML.
pub(super) const UNQUOTED_TEMPLATE: &str = "a value that begins with `{{` must be in quotes";

/// Why parsing stopped at a place of `line`.
pub(super) fn message(kind: &ErrorKind, line: &str) -> String {
    let is_template = |text: &str| text.contains("{{") && !text.contains(['"', '\'']);
    let value = line
        .split_once(": ")
        .map_or(line, |(_, value)| value)
        .trim_start();
    if value.starts_with("{{") && is_template(line) {
        return "a value that begins with `{{` must be in quotes".to_owned();
    }
    if line.trim_start_matches(' ').starts_with('\t') {
        return "a tab in the indentation; YAML wants spaces".to_owned();
    }
    let words = match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation => "a tab where YAML wants spaces",
        ErrorKind::MappingValueNotAllowed => {
            "a `:` where no key can be; put the text in quotes, or check the indentation"
        }
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => {
            "wrong indentation: a key of this mapping must begin below the others"
        }
        ErrorKind::ExpectedBlockSequenceEntry => {
            "wrong indentation: this is neither an item of the list above (`- `) nor a key of its last item"
        }
        ErrorKind::BlockSequenceEntryNotAllowed => {
            "a list item where none can be; check the indentation"
        }
        ErrorKind::SimpleKeyExpected => "a key without `:`",
        ErrorKind::UnclosedQuotedScalar => "a quote that is not closed",
        ErrorKind::InvalidTrailingSingleQuotedScalar
        | ErrorKind::InvalidTrailingDoubleQuotedScalar => "text behind the closing quote",
        ErrorKind::UnclosedFlowCollection { open } => {
            return format!("a `{open}` that is not closed");
        }
        ErrorKind::ExpectedFlowMappingSeparator => "a `,` or `}` is missing",
        ErrorKind::ExpectedFlowSequenceSeparator => "a `,` or `]` is missing",
        ErrorKind::InvalidColonPlacement => {
            "a `:` where none can be; is a bracket above not closed?"
        }
        ErrorKind::MisplacedFlowCollectionEnd => "a closing bracket that was not opened",
        other => return format!("invalid YAML: {other}"),
    };
    words.to_owned()
}
