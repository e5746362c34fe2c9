//! What every other crate agrees on: file identities, text ranges, line indexes, the `System` boundary and diagnostics.
