//! dbt's files as data, each with the places its facts come from: the only importer of the YAML libraries.
