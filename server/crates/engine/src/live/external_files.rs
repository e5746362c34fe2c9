//! Files of DuckDB's external models: with which options `copy ... to` writes them, and the pattern that reads them back.
//!
//! The macros of `dbt_duckdb` ask; projects that write files in their own macros ask, too, by the same names.

use jinja::{
    CallArgs, HostError, Value,
    value::{Dict, pairs, text},
};

/// `adapter.external_write_options(location, options)`: the options as SQL. What follows from the location is added to the
/// dict that came in: a template asks it afterwards for the format.
pub(super) fn write_options(args: &CallArgs) -> Result<Value, HostError> {
    let location = args.text(0, "write_location")?;
    let options = options(args)?;
    if options.get("format").is_none() {
        infer_format(&location, options);
    }
    if options.get("format").is_some_and(|it| text(&it) == "csv") && options.get("header").is_none()
    {
        options.insert("header", Value::from(1));
    }
    if let Some(columns) = options.get("partition_by").map(|it| text(&it))
        && columns.contains(',')
        && !columns.starts_with('(')
    {
        options.insert("partition_by", Value::from(format!("({columns})")));
    }
    let written: Vec<String> = options
        .snapshot()
        .into_iter()
        .map(|(key, value)| written(&text(&key), &text(&value)))
        .collect();
    Ok(Value::from(written.join(", ")))
}

/// `adapter.external_read_location(location, options)`: a pattern where writing makes a folder of files.
pub(super) fn read_location(args: &CallArgs) -> Result<Value, HostError> {
    let location = args.text(0, "write_location")?;
    let given = args
        .get(1, "rendered_options")
        .map(pairs)
        .unwrap_or_default();
    let option = |name: &str| {
        let found = given.iter().find(|(key, _)| key.as_str() == Some(name));
        found.map(|(_, value)| value).filter(|it| it.is_true())
    };
    let partitions = option("partition_by").map(|columns| text(columns).split(',').count());
    if partitions.is_none() && option("per_thread_output").is_none() {
        return Ok(Value::from(location));
    }
    let folders = "/*".repeat(partitions.unwrap_or_default());
    let format = option("format").map_or_else(|| "parquet".to_owned(), text);
    Ok(Value::from(format!("{location}/*{folders}.{format}")))
}

fn options(args: &CallArgs) -> Result<&Dict, HostError> {
    args.get(1, "rendered_options")
        .and_then(|value| value.downcast_object_ref::<Dict>())
        .ok_or_else(|| {
            HostError::compilation(
                "macro-arguments",
                "`external_write_options` needs a dictionary of options",
            )
        })
}

/// From the end of the file's name. `data.csv.gz` is a compressed csv, also in capitals, which DuckDB alone would not see.
fn infer_format(location: &str, options: &Dict) {
    let (stem, mut extension) = split_extension(location);
    let compression = match extension.to_lowercase().as_str() {
        "gz" => Some("gzip"),
        "zst" => Some("zstd"),
        _ => None,
    };
    if compression.is_some() {
        (_, extension) = split_extension(stem);
    }
    if extension.is_empty() {
        let has_delimiter = options.get("delimiter").is_some();
        let format = if has_delimiter { "csv" } else { "parquet" };
        options.insert("format", Value::from(format));
        return;
    }
    options.insert("format", Value::from(extension.to_lowercase()));
    if let Some(compression) = compression
        && options.get("compression").is_none()
    {
        options.insert("compression", Value::from(compression));
    }
}

/// A path without its last extension, and that. A name that begins with a dot has none for it.
fn split_extension(path: &str) -> (&str, &str) {
    let name_at = path.rfind(['/', '\\']).map_or(0, |at| at + 1);
    let name = path.get(name_at..).unwrap_or_default();
    match name.rfind('.') {
        Some(at)
            if !name
                .get(..at)
                .unwrap_or_default()
                .trim_matches('.')
                .is_empty() =>
        {
            (
                path.get(..name_at + at).unwrap_or_default(),
                name.get(at + 1..).unwrap_or_default(),
            )
        }
        _ => (path, ""),
    }
}

/// One option. Those whose value is text may come without quotes.
fn written(key: &str, value: &str) -> String {
    let is_text = ["delimiter", "quote", "escape", "null"]
        .iter()
        .any(|it| key.eq_ignore_ascii_case(it));
    if is_text && !value.starts_with('\'') {
        format!("{key} '{value}'")
    } else {
        format!("{key} {value}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use jinja::value::dict;

    fn check(location: &str, options: &[(&'static str, &str)], expected: &Expect) {
        let given = options
            .iter()
            .map(|(key, value)| (*key, Value::from(*value)));
        let args = CallArgs {
            positional: vec![Value::from(location), dict(given)],
            ..CallArgs::default()
        };
        let written = write_options(&args).unwrap();
        let read = read_location(&args).unwrap();
        expected.assert_eq(&format!("{location} ({written}), read {read}\n"));
    }

    #[test]
    fn the_format_is_at_the_end_of_the_name() {
        check(
            "out/a.parquet",
            &[("codec", "zstd")],
            &expect![[r"
                out/a.parquet (codec zstd, format parquet), read out/a.parquet
            "]],
        );
        check(
            "out/a.CSV.GZ",
            &[],
            &expect![[r"
                out/a.CSV.GZ (format csv, compression gzip, header 1), read out/a.CSV.GZ
            "]],
        );
        check(
            "out.d/a",
            &[("delimiter", "|")],
            &expect![[r"
                out.d/a (delimiter '|', format csv, header 1), read out.d/a
            "]],
        );
        check(
            "out/.hidden",
            &[],
            &expect![[r"
                out/.hidden (format parquet), read out/.hidden
            "]],
        );
    }

    #[test]
    fn partitions_make_a_folder_of_folders() {
        check(
            "out/a",
            &[("partition_by", "year, month"), ("format", "csv")],
            &expect![[r"
                out/a (partition_by (year, month), format csv, header 1), read out/a/*/*/*.csv
            "]],
        );
        check(
            "out/a",
            &[("per_thread_output", "true")],
            &expect![[r"
                out/a (per_thread_output true, format parquet), read out/a/*.parquet
            "]],
        );
    }

    #[test]
    fn text_may_be_in_quotes_already() {
        check(
            "a.csv",
            &[("header", "false"), ("null", "'-'"), ("QUOTE", "~")],
            &expect![[r"
                a.csv (header false, null '-', QUOTE '~', format csv), read a.csv
            "]],
        );
    }
}
