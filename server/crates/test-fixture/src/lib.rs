//! Fixture strings for tests: `//- path` headers and the `$0` cursor.
