//! A language model behind an endpoint the operator or tenant configured. Needs a grant.

use crate::{HostError, host};

/// How to complete.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// One of the models the grant allows; the grant's first when absent.
    pub model: Option<String>,
    /// Where the answer is cut.
    pub max_tokens: u32,
    /// The model's own when absent.
    pub temperature: Option<f32>,
    /// JSON Schema the answer has to satisfy.
    pub json_schema: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { model: None, max_tokens: 1024, temperature: None, json_schema: None }
    }
}

/// The model's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// The answer.
    pub text: String,
    /// The model that gave it.
    pub model: String,
    /// Tokens read.
    pub prompt_tokens: u32,
    /// Tokens written.
    pub completion_tokens: u32,
}

/// Completes a prompt.
pub fn complete(prompt: &str, options: Options) -> Result<Completion, HostError> {
    host::complete(prompt, options)
}

/// One vector per text, in the same order.
pub fn embed(texts: &[String]) -> Result<Vec<Vec<f32>>, HostError> {
    host::embed(texts)
}
