//! `Limits`: how much one rendering may take before it is stopped with an error.

/// Bounds of one rendering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Steps: an instruction, or 64 bytes of text that it makes. A loop that never ends stops here, and so does a
    /// template that builds a gigabyte: output costs fuel like everything else.
    pub fuel: u64,
    /// How deep macros may call macros.
    pub macro_depth: usize,
}

impl Default for Limits {
    /// Over within a second or two, and far above what a model needs: it is hundreds of megabytes of output.
    fn default() -> Self {
        Self {
            fuel: 10_000_000,
            macro_depth: 200,
        }
    }
}
