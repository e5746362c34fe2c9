//! The one binary: parse arguments, start tracing, choose a command.
fn main() {}
