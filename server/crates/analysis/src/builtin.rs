//! The built-in macro packages, embedded in the binary.
//!
//! A project sees them as packages that nobody had to install: `dbt`, and one an adapter (`dbt_duckdb`).

include!(concat!(env!("OUT_DIR"), "/builtin_files.rs"));

/// Names of the internal packages for an adapter, the most specific first: `["dbt_duckdb", "dbt"]`.
pub(crate) fn internal_packages(adapter_type: &str) -> Vec<String> {
    let mut names: Vec<String> = adapter_chain(adapter_type)
        .iter()
        .map(|adapter| format!("dbt_{adapter}"))
        .collect();
    names.push("dbt".to_owned());
    names
}

/// An adapter and those it falls back on, as dbt's adapter plugins declare them.
///
/// `adapter.dispatch` tries a prefix for each before `default`.
pub(crate) fn adapter_chain(adapter_type: &str) -> Vec<&str> {
    match adapter_type {
        "redshift" => vec!["redshift", "postgres"],
        "databricks" => vec!["databricks", "spark"],
        other => vec![other],
    }
}

/// Whether an adapter's own macros are among the built-in ones.
pub(crate) fn has_adapter(adapter_type: &str) -> bool {
    let package = format!("dbt_{adapter_type}");
    package_names().any(|name| name == package)
}

/// The files of one built-in package: path in the package, text.
pub(crate) fn files(package: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    BUILTIN_FILES
        .iter()
        .filter(move |(name, _, _)| *name == package)
        .map(|(_, path, text)| (*path, *text))
}

/// Where built-in packages seem to lie: no disk has such a path.
pub const ROOT: &str = "/<dagsmith>";

/// The names of all built-in packages, sorted.
pub(crate) fn package_names() -> impl Iterator<Item = &'static str> {
    let mut last = "";
    BUILTIN_FILES.iter().filter_map(move |(name, _, _)| {
        let is_new = *name != last;
        last = name;
        is_new.then_some(*name)
    })
}
