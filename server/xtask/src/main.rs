//! Developer tasks: tidy checks, generated documents, benchmarks.
fn main() {}
