//! Language models behind endpoints that speak as OpenAI's does: what may be asked of which, what comes back, and what of that
//! is believed. Whose endpoint it is, and what it may cost, is decided elsewhere. Nothing that is asked or answered is kept.

mod endpoint;
mod openai;

use std::time::Instant;

use async_trait::async_trait;

pub use self::endpoint::Endpoint;
use crate::config::Config;
use crate::outbound::Outbound;

/// Bytes of what one question may say, instructions included.
const MOST_PROMPT: usize = 1 << 20;
const MOST_SCHEMA: usize = 64 << 10;
/// Of one answer, whatever is granted.
const MOST_TOKENS: u32 = 65_536;
/// Texts that become vectors at once, and their bytes together.
const MOST_TEXTS: usize = 64;
const MOST_TEXT: usize = 1 << 20;

/// A question to a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ask {
    /// What it is to do.
    pub system: Option<String>,
    pub prompt: String,
    /// None: the first that may be asked.
    pub model: Option<String>,
    /// Where the answer is cut.
    pub max_tokens: u32,
    /// None: the model's own.
    pub temperature: Option<f32>,
    /// JSON Schema of the answer.
    pub json_schema: Option<String>,
}

/// A model's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    pub text: String,
    pub model: String,
    pub prompt_tokens: u32,
    pub completion_tokens: u32,
    /// Cut at the most tokens there may be.
    pub truncated: bool,
}

/// A vector a text, in the order of the texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Embeddings {
    pub vectors: Vec<Vec<f32>>,
    pub tokens: u32,
}

/// Why there is no answer, coarsely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Denied,
    NotFound,
    TooLarge,
    Timeout,
    RateLimited,
    Unavailable,
    InvalidArgument,
}

/// What was spent although there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    Nothing,
    /// Nobody said so; what was asked has been read.
    Unknown,
    Tokens(u64),
}

/// Why there is no answer. Never says what was asked or answered, nor where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    pub reason: Reason,
    /// A stable snake_case word.
    pub code: &'static str,
    /// One sentence for a person.
    pub detail: String,
    pub spent: Spent,
}

impl Unanswered {
    pub fn new(reason: Reason, code: &'static str, detail: impl Into<String>) -> Self {
        Self { reason, code, detail: detail.into(), spent: Spent::Nothing }
    }

    fn spent(self, spent: Spent) -> Self {
        Self { spent, ..self }
    }
}

/// To what one question is held.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Of these models alone; none: of all that may be asked.
    pub models: Option<Vec<String>>,
    /// Of one answer.
    pub max_tokens: Option<u64>,
    /// When there has to be an answer.
    pub deadline: Instant,
}

/// An answer or none, and the tokens that were counted for it.
#[derive(Debug)]
pub struct Answered<T> {
    pub result: Result<T, Unanswered>,
    pub tokens: u64,
}

/// Whom a plugin asks: models, as far as one tenant may.
#[async_trait]
pub trait Models: Send + Sync {
    async fn complete(&self, ask: Ask, bounds: Bounds) -> Answered<Completion>;

    async fn embed(&self, texts: Vec<String>, bounds: Bounds) -> Answered<Embeddings>;
}

/// An endpoint, and what may be asked there.
#[derive(Clone, Debug)]
pub struct Provision {
    pub endpoint: Endpoint,
    /// The first where nobody names one.
    pub models: Vec<String>,
    pub embedding_model: Option<String>,
    /// What may be spent in a calendar month; none: no limit.
    pub tokens_per_month: Option<u64>,
}

impl Provision {
    /// What the operator provides; nothing when that is nothing.
    ///
    /// # Errors
    /// The address is none that may be asked, or TLS cannot be set up.
    pub fn of_operator(config: &Config) -> anyhow::Result<Option<Self>> {
        let Some(url) = &config.inference_url else { return Ok(None) };
        let outbound = match config.inference_allow_private {
            true => Outbound::to_own_network(config)?,
            false => Outbound::new(config)?,
        };
        outbound.check(url).map_err(|failed| {
            anyhow::anyhow!(
                "inference_url: {} (inference_allow_private lets it lie on your network)",
                failed.detail
            )
        })?;
        let limit = config.inference_tokens_per_month;
        Ok(Some(Self {
            endpoint: Endpoint::new(outbound, url, config.inference_key.clone()),
            models: config.inference_models.clone(),
            embedding_model: config.inference_embedding_model.clone(),
            tokens_per_month: (limit > 0).then_some(limit),
        }))
    }

    /// The model that is asked.
    ///
    /// # Errors
    /// It is not among those that may be, or none is.
    pub fn model(&self, wanted: Option<&str>, bounds: &Bounds) -> Result<&str, Unanswered> {
        let granted = |model: &&String| bounds.models.as_ref().is_none_or(|models| models.contains(model));
        let mut allowed = self.models.iter().filter(granted);
        let found = match wanted {
            Some(wanted) => allowed.find(|model| *model == wanted),
            None => allowed.next(),
        };
        found.map(String::as_str).ok_or_else(|| {
            let detail = match wanted {
                Some(_) => "the model that was asked for is not among those that may be",
                None => "none of the models that were granted may be asked",
            };
            Unanswered::new(Reason::Denied, "model_not_allowed", detail)
        })
    }

    /// The model that makes vectors.
    ///
    /// # Errors
    /// There is none, or it was not granted.
    pub fn embedding_model(&self, bounds: &Bounds) -> Result<&str, Unanswered> {
        let model = self.embedding_model.as_ref().ok_or_else(|| {
            Unanswered::new(Reason::Denied, "no_embedding_model", "no model that makes vectors is set up")
        })?;
        if bounds.models.as_ref().is_some_and(|models| !models.contains(model)) {
            let detail = "the model that makes vectors was not granted";
            return Err(Unanswered::new(Reason::Denied, "model_not_allowed", detail));
        }
        Ok(model)
    }
}

/// Nobody has said whom to ask.
pub fn not_set_up() -> Unanswered {
    let detail = "no language model is set up: neither by the operator nor for this tenant (/v1/inference)";
    Unanswered::new(Reason::Denied, "inference_not_set_up", detail)
}

impl Ask {
    /// Holds it to what was granted.
    ///
    /// # Errors
    /// `InvalidArgument` or `TooLarge`: nobody could be asked that.
    pub fn within(mut self, bounds: &Bounds) -> Result<Self, Unanswered> {
        let invalid = |detail: String| Unanswered::new(Reason::InvalidArgument, "invalid_question", detail);
        if !(1..=MOST_TOKENS).contains(&self.max_tokens) {
            return Err(invalid(format!("max-tokens is 1 to {MOST_TOKENS}")));
        }
        if self.temperature.is_some_and(|temperature| !(0.0..=2.0).contains(&temperature)) {
            return Err(invalid("temperature is 0 to 2".into()));
        }
        let said = self.prompt.len() + self.system.as_ref().map_or(0, String::len);
        if said > MOST_PROMPT || self.json_schema.as_ref().is_some_and(|schema| schema.len() > MOST_SCHEMA) {
            let detail = format!("at most {MOST_PROMPT} bytes are asked, with a schema of {MOST_SCHEMA}");
            return Err(Unanswered::new(Reason::TooLarge, "question_too_large", detail));
        }
        if let Some(most) = bounds.max_tokens {
            self.max_tokens = self.max_tokens.min(u32::try_from(most).unwrap_or(u32::MAX));
        }
        Ok(self)
    }

    /// Tokens of what is asked, about.
    pub fn estimate(&self) -> u64 {
        let parts = [Some(&self.prompt), self.system.as_ref(), self.json_schema.as_ref()];
        estimate(parts.into_iter().flatten().map(String::len).sum())
    }
}

/// # Errors
/// `InvalidArgument` or `TooLarge`: too many texts at once, too long ones, or none.
pub fn check_texts(texts: &[String]) -> Result<(), Unanswered> {
    if texts.is_empty() || texts.iter().any(String::is_empty) {
        let detail = "texts that become vectors are not empty";
        return Err(Unanswered::new(Reason::InvalidArgument, "invalid_question", detail));
    }
    if texts.len() > MOST_TEXTS || texts.iter().map(String::len).sum::<usize>() > MOST_TEXT {
        let detail =
            format!("at most {MOST_TEXTS} texts of {MOST_TEXT} bytes together become vectors at once");
        return Err(Unanswered::new(Reason::TooLarge, "question_too_large", detail));
    }
    Ok(())
}

/// Tokens of so many bytes of text, rather too many: a token is four characters of English, and fewer of most other languages
/// (OpenAI, “What are tokens and how to count them?”).
pub fn estimate(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(3) + 16
}

/// What an answer cost: what the endpoint says, else what can be told from here.
pub fn cost<T>(asked: &Result<T, Unanswered>, estimate: u64, of: impl Fn(&T) -> u64) -> u64 {
    match asked {
        Ok(answer) => of(answer),
        Err(Unanswered { spent: Spent::Nothing, .. }) => 0,
        Err(Unanswered { spent: Spent::Unknown, .. }) => estimate,
        Err(Unanswered { spent: Spent::Tokens(tokens), .. }) => *tokens,
    }
}

impl Completion {
    pub fn tokens(&self) -> u64 {
        u64::from(self.prompt_tokens) + u64::from(self.completion_tokens)
    }
}

/// Models that nobody counts: for the command line, where one call is all there is.
pub struct Uncounted(pub Option<Provision>);

impl Uncounted {
    async fn completed(&self, ask: Ask, bounds: &Bounds) -> Result<Completion, Unanswered> {
        let provision = self.0.as_ref().ok_or_else(not_set_up)?;
        let model = provision.model(ask.model.as_deref(), bounds)?;
        provision.endpoint.complete(model, &ask.clone().within(bounds)?, bounds.deadline).await
    }

    async fn embedded(&self, texts: &[String], bounds: &Bounds) -> Result<Embeddings, Unanswered> {
        let provision = self.0.as_ref().ok_or_else(not_set_up)?;
        let model = provision.embedding_model(bounds)?;
        check_texts(texts)?;
        provision.endpoint.embed(model, texts, bounds.deadline).await
    }
}

#[async_trait]
impl Models for Uncounted {
    async fn complete(&self, ask: Ask, bounds: Bounds) -> Answered<Completion> {
        let estimate = ask.estimate();
        let result = self.completed(ask, &bounds).await;
        Answered { tokens: cost(&result, estimate, Completion::tokens), result }
    }

    async fn embed(&self, texts: Vec<String>, bounds: Bounds) -> Answered<Embeddings> {
        let bytes = texts.iter().map(String::len).sum();
        let result = self.embedded(&texts, &bounds).await;
        Answered { tokens: cost(&result, estimate(bytes), |answer| answer.tokens.into()), result }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::{Ask, Bounds, Endpoint, Provision, Reason};
    use crate::config::Config;
    use crate::outbound::Outbound;

    fn bounds(models: Option<&[&str]>, max_tokens: Option<u64>) -> Bounds {
        let models = models.map(|models| models.iter().map(|model| (*model).to_owned()).collect());
        Bounds { models, max_tokens, deadline: Instant::now() }
    }

    fn provision() -> Provision {
        let outbound = Outbound::new(&Config::default()).expect("TLS can be set up");
        Provision {
            endpoint: Endpoint::new(outbound, "https://llm.example.com/v1", Some("sk-hush".into())),
            models: vec!["small".into(), "large".into()],
            embedding_model: Some("vectors".into()),
            tokens_per_month: None,
        }
    }

    #[test]
    fn a_model_is_asked_that_is_provided_and_granted() {
        let provision = provision();
        for (wanted, granted, expected) in [
            (None, None, Some("small")),
            (Some("large"), None, Some("large")),
            (Some("huge"), None, None),
            (None, Some(&["large"][..]), Some("large")),
            (Some("small"), Some(&["large"][..]), None),
            (None, Some(&["huge"][..]), None),
        ] {
            let model = provision.model(wanted, &bounds(granted, None));
            assert_eq!(model.as_ref().ok().copied(), expected, "{wanted:?} {granted:?}");
            assert!(model.is_ok() || model.is_err_and(|why| why.reason == Reason::Denied));
        }
        assert!(provision.embedding_model(&bounds(Some(&["small"]), None)).is_err());
        assert_eq!(provision.embedding_model(&bounds(None, None)), Ok("vectors"));
    }

    #[test]
    fn what_nobody_could_be_asked_is_refused_and_a_grant_cuts_answers() {
        let ask = || Ask { prompt: "text".into(), max_tokens: 100, ..Ask::default() };
        for (bad, reason) in [
            (Ask { max_tokens: 0, ..ask() }, Reason::InvalidArgument),
            (Ask { max_tokens: u32::MAX, ..ask() }, Reason::InvalidArgument),
            (Ask { temperature: Some(f32::NAN), ..ask() }, Reason::InvalidArgument),
            (Ask { temperature: Some(2.1), ..ask() }, Reason::InvalidArgument),
            (Ask { prompt: "x".repeat((1 << 20) + 1), ..ask() }, Reason::TooLarge),
        ] {
            assert_eq!(bad.within(&bounds(None, None)).expect_err("it is bad").reason, reason);
        }
        assert_eq!(ask().within(&bounds(None, Some(10))).expect("it is sound").max_tokens, 10);
        assert_eq!(ask().within(&bounds(None, Some(u64::MAX))).expect("it is sound").max_tokens, 100);
    }

    #[test]
    fn no_description_of_an_endpoint_tells_its_key() {
        assert!(!format!("{:?}", provision()).contains("hush"));
    }

    #[test]
    fn an_operators_endpoint_is_private_by_explicit_setting_only() {
        let config = |url: &str, is_private| Config {
            inference_url: Some(url.into()),
            inference_models: vec!["llama".into()],
            inference_allow_private: is_private,
            ..Config::default()
        };
        for url in ["http://127.0.0.1:11434/v1", "https://10.0.0.1/v1", "http://api.example.com/v1"] {
            assert!(Provision::of_operator(&config(url, false)).is_err(), "{url}");
            assert!(Provision::of_operator(&config(url, true)).is_ok_and(|found| found.is_some()), "{url}");
        }
        assert!(Provision::of_operator(&config("ftp://10.0.0.1/v1", true)).is_err());
        assert!(Provision::of_operator(&Config::default()).is_ok_and(|found| found.is_none()));
    }
}
