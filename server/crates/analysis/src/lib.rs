//! The incremental core: inputs, queries, manifest, graph and checks: the only importer of salsa.
