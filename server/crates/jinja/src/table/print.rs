//! `table.print_table()`: a table for people, in Markdown as agate prints it.

use std::sync::Arc;

use super::{ColumnKind, Table};
use crate::value::{CallArgs, Decimal, Value, text, with_thousands};

/// The table as lines of text.
pub(crate) fn print_table(table: &Table, args: &CallArgs) -> String {
    let bound = |position, name, default| match args.get(position, name) {
        Some(value) if value.is_none() => usize::MAX,
        Some(value) => value.as_usize().unwrap_or(default),
        None => default,
    };
    let max_rows = bound(0, "max_rows", 20);
    let max_columns = bound(1, "max_columns", 6);
    let max_width = bound(3, "max_column_width", 20);
    let n_columns = table.columns().len();
    let cut = |cell: String| {
        if cell.chars().count() > max_width {
            let kept: String = cell.chars().take(max_width.saturating_sub(3)).collect();
            kept + "..."
        } else {
            cell
        }
    };
    let max_precision = bound(5, "max_precision", 3);
    let shown = table.rows().get(..max_rows.min(table.rows().len()));
    let formats: Vec<NumberFormat> = (0..n_columns.min(max_columns))
        .map(|idx| NumberFormat::of_column(table, shown.unwrap_or_default(), idx, max_precision))
        .collect();
    let with_ellipsis = |mut cells: Vec<String>| {
        if n_columns > max_columns {
            cells.push("...".to_owned());
        }
        cells
    };
    let header = with_ellipsis(
        table
            .columns()
            .iter()
            .take(max_columns)
            .map(|column| cut(column.name.clone()))
            .collect(),
    );
    let mut lines: Vec<Vec<String>> = table
        .rows()
        .iter()
        .take(max_rows)
        .map(|row| {
            with_ellipsis(
                row.iter()
                    .zip(&formats)
                    .map(|(it, format)| cut(format.cell(it)))
                    .collect(),
            )
        })
        .collect();
    if table.rows().len() > max_rows {
        lines.push(header.iter().map(|_| "...".to_owned()).collect());
    }
    let is_text: Vec<bool> = (0..header.len())
        .map(|idx| {
            table
                .columns()
                .get(idx)
                .is_none_or(|column| column.kind == ColumnKind::Text)
        })
        .collect();
    layout(&header, &lines, &is_text)
}

/// How the numbers of a column look: as many decimals as the longest of them has, but not too many.
#[derive(Debug, Clone, Copy, Default)]
struct NumberFormat {
    /// Of a column of decimals.
    n_decimals: Option<usize>,
    /// There would be more.
    is_cut: bool,
}

impl NumberFormat {
    fn of_column(table: &Table, rows: &[Arc<[Value]>], idx: usize, max_precision: usize) -> Self {
        let kind = table.columns().get(idx).map(|column| column.kind);
        if kind != Some(ColumnKind::Number) {
            return Self::default();
        }
        let n_decimals = rows
            .iter()
            .filter_map(|row| Decimal::from_value(row.get(idx)?))
            .map(Decimal::n_decimals)
            .max()
            .unwrap_or(0);
        Self {
            n_decimals: Some(n_decimals.min(max_precision)),
            is_cut: n_decimals > max_precision,
        }
    }

    fn cell(self, value: &Value) -> String {
        if value.is_none() {
            return String::new();
        }
        let decimal = Decimal::from_value(value).filter(|it| it.is_finite());
        let (Some(n_decimals), Some(decimal)) = (self.n_decimals, decimal) else {
            return text(value);
        };
        let shown = with_thousands(&decimal.fixed(n_decimals));
        if self.is_cut { shown + "…" } else { shown }
    }
}

fn layout(header: &[String], lines: &[Vec<String>], is_text: &[bool]) -> String {
    let width = |idx: usize| {
        std::iter::once(header)
            .chain(lines.iter().map(Vec::as_slice))
            .filter_map(|cells| cells.get(idx))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let show = |cells: &[String]| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .zip(is_text)
            .map(|((cell, width), is_text)| {
                let space = " ".repeat(width.saturating_sub(cell.chars().count()));
                if *is_text {
                    format!(" {cell}{space} ")
                } else {
                    format!(" {space}{cell} ")
                }
            })
            .collect();
        format!("|{}|", padded.join("|"))
    };
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let mut out = vec![show(header), format!("| {} |", rule.join(" | "))];
    out.extend(lines.iter().map(|cells| show(cells)));
    out.join("\n")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::table::TableColumn;

    #[test]
    fn prints_for_people() {
        let column = |name: &str, kind| TableColumn {
            name: name.to_owned(),
            kind,
        };
        let table = Table::new(
            vec![
                column("name", ColumnKind::Text),
                column("n", ColumnKind::Integer),
            ],
            vec![
                vec![Value::from("a"), Value::from(100)],
                vec![Value::from("bcdef"), Value::from(())],
            ],
        );
        expect![[r"
            | name  |   n |
            | ----- | --- |
            | a     | 100 |
            | bcdef |     |"]]
        .assert_eq(&print_table(&table, &CallArgs::default()));
    }

    #[test]
    fn decimals_of_a_column_line_up() {
        let column = |name: &str| TableColumn {
            name: name.to_owned(),
            kind: ColumnKind::Number,
        };
        let decimal = |text: &str| Value::from_object(Decimal::parse(text).unwrap());
        let table = Table::new(
            vec![column("a"), column("b"), column("c")],
            vec![
                vec![
                    decimal("-1234567.891"),
                    decimal("7.0"),
                    decimal("10.123456"),
                ],
                vec![decimal("7.0"), decimal("1e20"), decimal("Infinity")],
            ],
        );
        expect![[r#"
            |              a |                    b |        c |
            | -------------- | -------------------- | -------- |
            | -1,234,567.891 |                    7 |  10.123… |
            |          7.000 | 100,000,000,000,0... | Infinity |"#]]
        .assert_eq(&print_table(&table, &CallArgs::default()));
    }
}
