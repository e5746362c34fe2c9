//! Seeds: a CSV file as a table, its columns typed the way dbt guesses (`analysis::seed_kinds`).
//!
//! Columns named in `column_types` stay text, since the user's type goes into the table's definition.

use std::path::Path;

use analysis::seed_kinds::{guess, is_null, number, whole};
use jinja::{ColumnKind, HostError, Table, TableColumn, Value};
use project::node::{Node, NodeDetail};

use crate::live::Session;

/// The table in a seed's file.
pub(crate) fn table(session: &Session, node: &Node) -> Result<Table, HostError> {
    let NodeDetail::Seed { root_path } = &node.detail else {
        return Err(HostError::compilation(
            "no-seed",
            "can only load the table of a seed",
        ));
    };
    let path = Path::new(&**root_path).join(&*node.original_file_path);
    let bytes = session
        .system
        .read(&path)
        .map_err(|error| HostError::compilation("seed-file", error.to_string()))?;
    let delimiter = node
        .config
        .text("delimiter")
        .and_then(|text| text.bytes().next())
        .unwrap_or(b',');
    let text_columns: Vec<&str> = node
        .config
        .get("column_types")
        .and_then(serde_json::Value::as_object)
        .map(|types| types.keys().map(String::as_str).collect())
        .unwrap_or_default();
    typed(&bytes, delimiter, &text_columns).map_err(|message| {
        HostError::compilation("seed-file", format!("`{}`: {message}", path.display()))
    })
}

fn typed(bytes: &[u8], delimiter: u8, text_columns: &[&str]) -> Result<Table, String> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(bytes);
    let names: Vec<String> = match reader.headers() {
        Ok(headers) => headers.iter().map(str::to_owned).collect(),
        Err(error) => return Err(error.to_string()),
    };
    let mut records = Vec::new();
    for (idx, record) in reader.records().enumerate() {
        let record = record.map_err(|error| error.to_string())?;
        if record.len() > names.len() {
            return Err(format!(
                "row {} has {} values, but the header names {} columns",
                idx + 1,
                record.len(),
                names.len()
            ));
        }
        records.push(record);
    }
    let columns: Vec<TableColumn> = names
        .into_iter()
        .enumerate()
        .map(|(idx, name)| {
            let values = records.iter().map(|record| record.get(idx).unwrap_or(""));
            let is_text = text_columns.iter().any(|column| **column == name);
            TableColumn {
                kind: if is_text {
                    ColumnKind::Text
                } else {
                    guess(values)
                },
                name,
            }
        })
        .collect();
    let rows = records
        .iter()
        .map(|record| {
            let cells = columns.iter().enumerate();
            cells
                .map(|(idx, column)| {
                    let is_text = text_columns.iter().any(|text| **text == column.name);
                    value(record.get(idx).unwrap_or(""), column.kind, is_text)
                })
                .collect()
        })
        .collect();
    Ok(Table::new(columns, rows))
}

fn value(text: &str, kind: ColumnKind, is_forced: bool) -> Value {
    if is_null(text) && (!is_forced || text.is_empty()) {
        return Value::from(());
    }
    match kind {
        ColumnKind::Number => match whole(text) {
            Some(whole) => Value::from(whole),
            None => number(text.trim()).map_or_else(|| Value::from(()), Value::from),
        },
        ColumnKind::Boolean => Value::from(text.trim().eq_ignore_ascii_case("true")),
        ColumnKind::Text => Value::from(text),
        ColumnKind::Integer | ColumnKind::Date | ColumnKind::DateTime | ColumnKind::TimeDelta => {
            Value::from(text.trim())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(csv: &str, expected: &Expect) {
        let table = typed(csv.as_bytes(), b',', &["zip"]).unwrap();
        let columns = table.columns().iter().enumerate();
        let shown: String = columns
            .map(|(idx, column)| {
                let values: Vec<_> = table
                    .rows()
                    .iter()
                    .map(|row| jinja::value::repr(&row[idx]))
                    .collect();
                format!(
                    "{} {}: {}\n",
                    column.name,
                    column.kind.as_str(),
                    values.join(" ")
                )
            })
            .collect();
        expected.assert_eq(&shown);
    }

    #[test]
    fn a_column_is_what_all_its_values_are() {
        check(
            "id,price,day,at,ok,name,zip,none\n1,1.50,2024-01-05,2024-01-05 10:00:00,true,a,007,\n2,null,,2024-01-05T10:00:00Z,False,1,010,\n",
            &expect![[r"
                id Number: 1 2
                price Number: 1.5 None
                day Date: '2024-01-05' None
                at DateTime: '2024-01-05 10:00:00' '2024-01-05T10:00:00Z'
                ok Boolean: True False
                name Text: 'a' '1'
                zip Text: '007' '010'
                none Integer: None None
            "]],
        );
    }

    #[test]
    fn a_row_longer_than_the_header_is_an_error() {
        let error = typed(b"a,b\n1,2,3\n", b',', &[]).unwrap_err();
        assert_eq!(error, "row 1 has 3 values, but the header names 2 columns");
    }
}
