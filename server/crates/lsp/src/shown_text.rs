//! Results as text: what a client without views of its own is asked to open, as a file among what dbt generates.

use std::path::{Path, PathBuf};

use base::System;
use comfy_table::{Cell, CellAlignment, Table, presets};
use serde_json::Value;
use tower_lsp::lsp_types::{MessageType, ShowDocumentParams, Url};

use crate::{
    capabilities::ClientFeatures,
    client::{ClientSender, Outgoing},
    paths::uri_of,
    proto_ext::{DiffResult, PreviewResult, RowChange, RunResult},
};

/// A text, and where it is kept.
#[derive(Debug)]
pub(crate) struct ShownText {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl ShownText {
    /// A result in Markdown. `name` is made of whatever was selected.
    pub(crate) fn result(target_path: &Path, name: &str, text: String) -> Self {
        let is_plain = |it: char| it.is_alphanumeric() || "._-".contains(it);
        let file: String = name
            .chars()
            .map(|it| if is_plain(it) { it } else { '_' })
            .take(MAX_NAME)
            .collect();
        Self {
            path: target_path.join("dagsmith/results").join(file + ".md"),
            text,
        }
    }

    pub(crate) fn uri(&self) -> Option<Url> {
        uri_of(&self.path)
    }

    /// Whether it could be.
    pub(crate) fn write(&self, system: &dyn System) -> bool {
        let written = system.write(&self.path, self.text.as_bytes());
        if let Err(error) = &written {
            tracing::warn!(%error, path = %self.path.display(), "cannot write what is to be shown");
        }
        written.is_ok()
    }

    /// Write it, and ask the client to open it; where it cannot, say where it is.
    pub(crate) fn show(
        &self,
        system: &dyn System,
        client: &ClientSender,
        features: &ClientFeatures,
    ) {
        if !self.write(system) {
            return;
        }
        let Some(uri) = self.uri() else {
            return;
        };
        client.send(if features.show_document {
            Outgoing::ShowDocument(ShowDocumentParams {
                uri,
                external: None,
                take_focus: Some(false),
                selection: None,
            })
        } else {
            let message = format!("the result is in {}", self.path.display());
            Outgoing::ShowMessage(MessageType::INFO, message)
        });
    }
}

/// Of the name of a file, in characters: file systems take 255 bytes.
const MAX_NAME: usize = 60;

/// `7 rows`, `1 row`
pub(crate) fn n_rows(n: u64) -> String {
    format!("{n} row{}", if n == 1 { "" } else { "s" })
}

pub(crate) fn preview(title: &str, result: &PreviewResult) -> String {
    let header: Vec<&str> = result.columns.iter().map(|it| it.name.as_str()).collect();
    let rows = result.rows.iter().map(|row| row.iter().map(cell).collect());
    let more = if result.truncated {
        ", and there are more"
    } else {
        ""
    };
    let count = n_rows(result.rows.len() as u64);
    let table = table(&header, rows.collect());
    format!(
        "# {title}\n\n{count}{more}, in {} ms.\n\n{table}\n\n{}",
        result.elapsed_ms,
        query(&result.sql)
    )
}

/// `summary` says what differs in one line.
pub(crate) fn diff(title: &str, summary: &str, result: &DiffResult) -> String {
    let names = result.columns.iter().map(String::as_str);
    let header: Vec<&str> = std::iter::once("").chain(names).collect();
    let rows = result.rows.iter().map(|row| {
        let side = match row.change {
            RowChange::Added => "+",
            RowChange::Removed => "-",
        };
        let cells = row.values.iter().map(cell);
        std::iter::once(Cell::new(side)).chain(cells).collect()
    });
    let table = table(&header, rows.collect());
    format!(
        "# {title}\n\n{summary}.\n\n{table}\n\n{}",
        query(&result.sql)
    )
}

pub(crate) fn run(title: &str, result: &RunResult) -> String {
    let header = ["node", "status", "seconds", "message"];
    let rows = result.results.iter().map(|it| {
        let seconds = Cell::new(format!("{:.2}", it.execution_time));
        vec![
            Cell::new(&it.unique_id),
            Cell::new(&it.status),
            seconds.set_alignment(CellAlignment::Right),
            Cell::new(one_line(it.message.as_deref().unwrap_or(""))),
        ]
    });
    let table = table(&header, rows.collect());
    format!("# {title}\n\n{}.\n\n{table}\n", result.summary)
}

/// As Markdown writes one.
fn table(header: &[&str], rows: Vec<Vec<Cell>>) -> String {
    if header.is_empty() || rows.is_empty() {
        return "(no rows)".to_owned();
    }
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(header.iter().copied().map(one_line));
    table.add_rows(rows);
    table.to_string()
}

fn query(sql: &str) -> String {
    format!("```sql\n{}\n```\n", sql.trim())
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::new("NULL"),
        Value::String(text) => Cell::new(one_line(text)),
        Value::Number(number) => Cell::new(number.to_string()).set_alignment(CellAlignment::Right),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            Cell::new(one_line(&value.to_string()))
        }
    }
}

/// What a line of a table can hold.
fn one_line(text: &str) -> String {
    let text = text.replace("\r\n", "⏎").replace(['\n', '\r'], "⏎");
    text.replace('\t', " ").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;
    use crate::proto_ext::PreviewColumn;

    #[test]
    fn rows_are_a_table_whatever_is_in_them() {
        let column = |name: &str| PreviewColumn {
            name: name.to_owned(),
            data_type: String::new(),
        };
        let result = PreviewResult {
            uri: Url::parse("file:///p/a.sql").unwrap(),
            columns: ["id", "naïve|name"].map(column).to_vec(),
            rows: vec![
                vec![json!(1), json!("a|b\nc")],
                vec![json!(20), json!(null)],
            ],
            truncated: true,
            sql: "select 1\n".to_owned(),
            elapsed_ms: 3,
            document: None,
        };
        expect![[r"
            # Previewing a

            2 rows, and there are more, in 3 ms.

            | id | naïve\|name |
            |----|-------------|
            |  1 | a\|b⏎c      |
            | 20 | NULL        |

            ```sql
            select 1
            ```
        "]]
        .assert_eq(&preview("Previewing a", &result));
        let nothing = PreviewResult {
            rows: Vec::new(),
            truncated: false,
            ..result
        };
        assert!(preview("a", &nothing).contains("0 rows, in 3 ms.\n\n(no rows)\n"));
    }

    #[test]
    fn a_selection_makes_the_name_of_a_file() {
        let shown = ShownText::result(
            Path::new("/p/target"),
            "preview 1+orders,tag:x/../y",
            String::new(),
        );
        assert_eq!(
            shown.path,
            Path::new("/p/target/dagsmith/results/preview_1_orders_tag_x_.._y.md")
        );
    }
}
