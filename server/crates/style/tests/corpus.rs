//! Over every file of SQL in `testdata` and in the built-in packages, and over pieces of them that are broken in all ways: formatting
//! never fails, a second time changes nothing, and the tokens stay the same.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};

use base::{OsSystem, System as _};
use proptest::prelude::*;
use sql::{Dialect, TokenKind, tokenize};
use style::{StyleConfig, format};

fn sql_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in OsSystem.read_dir(dir).unwrap() {
        if entry.is_dir {
            sql_files(&entry.path, found);
        } else if entry
            .path
            .extension()
            .is_some_and(|it| it == "sql" || it == "jinja")
        {
            found.push(entry.path);
        }
    }
}

fn corpus() -> Vec<String> {
    let server = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    sql_files(&server.join("../testdata"), &mut files);
    sql_files(&server.join("packages"), &mut files);
    let texts = files.iter().filter_map(|path| OsSystem.read(path).ok());
    texts
        .filter_map(|bytes| String::from_utf8(bytes).ok())
        .collect()
}

/// Tokens of a text read as if the tags were SQL, without white space: these, too, must be the same but for the tags' own.
fn tokens(text: &str) -> Vec<String> {
    let tokens = tokenize(text, Dialect::DuckDb);
    let solid = tokens.iter().filter(|it| it.kind != TokenKind::Whitespace);
    let texts = solid.map(|token| token.range.of(text).trim_end());
    texts.map(str::to_lowercase).collect()
}

fn check(text: &str, config: &StyleConfig) {
    let Some(once) = format(text, config).text else {
        return;
    };
    assert_eq!(format(&once, config).text, None, "{text}\n---\n{once}");
    if !text.contains(['{', '\r', '\u{feff}']) {
        assert_eq!(tokens(text), tokens(&once), "{text}\n---\n{once}");
    }
}

fn configs() -> Vec<StyleConfig> {
    let leading = "[sqlfluff]\nmax_line_length = 40\n[sqlfluff:indentation]\nindent_unit = tab\n[sqlfluff:layout:type:comma]\nline_position = leading\n[sqlfluff:rules:capitalisation.keywords]\ncapitalisation_policy = upper\n";
    vec![
        StyleConfig::default(),
        StyleConfig::from_text(leading, Dialect::DuckDb),
    ]
}

#[test]
fn every_file_settles_and_keeps_its_tokens() {
    let corpus = corpus();
    assert!(corpus.len() > 300, "{} files", corpus.len());
    for config in configs() {
        let mut n_changed = 0;
        for text in &corpus {
            check(text, &config);
            n_changed += usize::from(format(text, &config).text.is_some());
        }
        assert!(n_changed > 100, "{n_changed} changed");
    }
}

/// Pieces that meet in ways in which nobody writes them.
fn broken() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "select",
        "from",
        " where ",
        "with",
        " as ",
        "(",
        ")",
        "[",
        "]",
        "case",
        " when ",
        " end",
        ",",
        ";",
        "'",
        "\"",
        "--",
        " -- x\n",
        "/*",
        "*/",
        "\n",
        "\n\n",
        "  ",
        "\t",
        "\r\n",
        "{{",
        "}}",
        "{{ ref('a') }}",
        "{{ m() }}",
        "{%",
        "%}",
        "{% if x %}",
        "{%- else -%}",
        "{% endif %}",
        "{% for i in x %}",
        "{% endfor %}",
        "{% set a %}",
        "{% endset %}",
        "{% raw %}",
        "{% endraw %}",
        "{% macro m() %}",
        "{% endmacro %}",
        "{#",
        "#}",
        "{# c #}",
        "a",
        "b.c",
        "1",
        "-",
        "-1",
        "+",
        "*",
        "=",
        "<>",
        "::",
        " and ",
        " or ",
        "between",
        "union all",
        "left join",
        "on",
        "over",
        "partition by",
        "order by",
        "é",
        "\u{feff}",
        "$$",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn broken_text_never_fails(text in broken()) {
        for config in configs() {
            check(&text, &config);
        }
    }
}
