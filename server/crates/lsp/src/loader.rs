//! x
#[derive(Debug)]
pub(crate) struct LoadOutcome;
