//! The parameters of the call that the cursor is in.

/// A call's candidates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureHelp {
    /// Never empty.
    pub signatures: Vec<Signature>,
    /// Index of the one that is called.
    pub active_signature: usize,
}

/// One way to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// `cents_to_dollars(column_name, scale=2)`
    pub label: String,
    /// Markdown.
    pub documentation: Option<String>,
    /// The parameters.
    pub parameters: Vec<SignatureParameter>,
    /// Index of the one the cursor is at; `None` if it is at none of them.
    pub active_parameter: Option<usize>,
}

/// A parameter of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureParameter {
    /// As it is written in the signature's label.
    pub label: String,
    /// Markdown.
    pub documentation: Option<String>,
}
