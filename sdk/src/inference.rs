//! A language model behind an endpoint the operator or tenant configured. Needs a grant; what is spent is limited and counted.

use serde::de::DeserializeOwned;

use crate::{HostError, PluginError, host};

/// How to complete.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// What the model is to do, apart from the prompt, so that a prompt made of somebody else's words is data.
    pub system: Option<String>,
    /// One of the models the grant, the tenant and the operator allow; the first of them when absent.
    pub model: Option<String>,
    /// Tokens after which the answer is cut; the grant may allow fewer.
    pub max_tokens: u32,
    /// 0 to 2; the model's own when absent.
    pub temperature: Option<f32>,
    /// JSON Schema the answer has to satisfy: an answer that does not is an error, unless it was cut.
    pub json_schema: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { system: None, model: None, max_tokens: 1024, temperature: None, json_schema: None }
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
    /// The answer was cut at `max_tokens`, wherever it was.
    pub truncated: bool,
}

impl Completion {
    /// The answer read as JSON. Never says what the answer was: it may hold personal data.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, PluginError> {
        if self.truncated {
            let message = "The language model's answer was cut off; allow it more tokens.";
            return Err(PluginError { retryable: false, ..PluginError::upstream("answer_cut_off", message) });
        }
        serde_json::from_str(&self.text).map_err(|error| {
            let message = format!(
                "The language model's answer has another shape (line {}, column {}).",
                error.line(),
                error.column()
            );
            PluginError { retryable: false, ..PluginError::upstream("unexpected_answer", message) }
        })
    }
}

/// Completes a prompt.
///
/// ```
/// use mortise_sdk::inference::{Completion, Options, complete};
/// use mortise_sdk::testing::Host;
///
/// let host = Host::new()
///     .with_completion(|_, _| Ok(Completion { text: "[\"nurse\"]".to_owned(), ..Completion::default() }));
/// let options = Options {
///     system: Some("Answer the job titles in the text as a JSON array.".to_owned()),
///     json_schema: Some(r#"{"type": "array", "items": {"type": "string"}}"#.to_owned()),
///     ..Options::default()
/// };
/// let titles: Vec<String> = host.run(|| complete("Worked as a nurse.", options)?.json())?;
/// assert_eq!(titles, ["nurse"]);
/// # Ok::<(), mortise_sdk::PluginError>(())
/// ```
pub fn complete(prompt: &str, options: Options) -> Result<Completion, HostError> {
    host::complete(prompt, options)
}

/// One vector per text, in the same order.
pub fn embed(texts: &[String]) -> Result<Vec<Vec<f32>>, HostError> {
    host::embed(texts)
}
