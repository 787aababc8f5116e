//! What is outside of a plugin, as `mocks.json` says it: grants, the time, secrets, kept values, other servers, language models.
//! Each answer is given once, in order; a request nobody foresaw fails the case, and so does an answer nobody asked for.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::short;
use crate::clock::Time;
use crate::components::CapabilityName;
use crate::components::terms::Exchanges;
use crate::config::Config;
use crate::inference::{Answered, Ask, Bounds, Completion, Embeddings, Models, Reason, Unanswered};
use crate::outbound::{Exchange, Exchanged, Failed, Outbound};

/// 2026-01-01T00:00:00Z, where a case does not say what time it is.
const USUAL_TIME: i64 = 1_767_225_600;

pub(super) fn usual_time() -> Time {
    DateTime::from_timestamp(USUAL_TIME, 0).expect("it is a time")
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Mocks {
    /// All that the manifest requests when absent.
    grants: Option<Vec<CapabilityName>>,
    time: Option<Time>,
    secrets: BTreeMap<String, String>,
    kv: BTreeMap<String, String>,
    http: Vec<MockedRequest>,
    inference: Vec<MockedQuestion>,
}

/// A question to a model, and what it answers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MockedQuestion {
    /// Words the prompt has to hold; not looked at when absent.
    #[serde(default)]
    prompt_contains: Vec<String>,
    /// These texts, when vectors are asked for.
    texts: Option<Vec<String>>,
    /// A completion.
    text: Option<String>,
    /// A vector a text.
    vectors: Option<Vec<Vec<f32>>>,
    /// There is no answer.
    #[serde(default)]
    fails: bool,
    #[serde(default)]
    tokens: u32,
}

/// A request, and what its server answers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MockedRequest {
    #[serde(default = "get")]
    method: String,
    url: String,
    /// Those it must have; it may have others.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// A text as it stands, anything else as JSON; not looked at when absent.
    body: Option<Value>,
    answer: MockedAnswer,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MockedAnswer {
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    json: Option<Value>,
    text: Option<String>,
    base64: Option<String>,
    /// There is none, for this reason.
    error: Option<MockedError>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum MockedError {
    Timeout,
    Unreachable,
    BrokenOff,
    TooLarge,
}

fn get() -> String {
    "GET".into()
}

fn ok() -> u16 {
    200
}

impl Mocks {
    pub(super) fn grants(&self) -> Option<&[CapabilityName]> {
        self.grants.as_deref()
    }

    pub(super) fn time(&self) -> Time {
        self.time.unwrap_or_else(usual_time)
    }

    pub(super) fn values(&self) -> BTreeMap<String, Vec<u8>> {
        self.kv.iter().map(|(key, value)| (key.clone(), value.clone().into_bytes())).collect()
    }

    /// An admin sets secrets with the other settings; here they stand apart.
    pub(super) fn with_secrets(
        &self,
        mut settings: Map<String, Value>,
    ) -> anyhow::Result<Map<String, Value>> {
        for (name, secret) in &self.secrets {
            let before = settings.insert(name.clone(), secret.as_str().into());
            anyhow::ensure!(before.is_none(), "`{name}` is in config.json and in mocks.json");
        }
        Ok(settings)
    }
}

impl MockedRequest {
    fn fits(&self, asked: &Exchange) -> bool {
        let has = |(name, value): (&String, &String)| {
            asked.headers.iter().any(|(own, sent)| own.eq_ignore_ascii_case(name) && sent == value)
        };
        let same_body = match &self.body {
            None => true,
            Some(Value::String(text)) => asked.body == text.as_bytes(),
            Some(json) => serde_json::from_slice::<Value>(&asked.body).is_ok_and(|sent| sent == *json),
        };
        self.method.eq_ignore_ascii_case(&asked.method)
            && self.url == asked.address
            && self.headers.iter().all(has)
            && same_body
    }

    fn described(&self) -> String {
        let body = self.body.as_ref().map(|body| format!(" {}", short(body))).unwrap_or_default();
        format!("{} {}{body}", self.method, self.url)
    }
}

impl MockedAnswer {
    fn exchanged(self) -> Result<Exchanged, Failed> {
        if let Some(error) = self.error {
            let (code, detail) = match error {
                MockedError::Timeout => ("timeout", "no whole answer in time"),
                MockedError::Unreachable => ("unreachable", "the server cannot be reached"),
                MockedError::BrokenOff => {
                    ("broken_off", "the connection ended before there was a whole answer")
                }
                MockedError::TooLarge => ("too_large", "the answer is larger than what is read"),
            };
            return Err(Failed { code, detail: detail.into() });
        }
        let mut headers: Vec<(String, String)> = self.headers.into_iter().collect();
        let body = match (self.json, self.text, self.base64) {
            (Some(json), None, None) => {
                if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
                    headers.push(("content-type".into(), "application/json".into()));
                }
                json.to_string().into_bytes()
            }
            (None, Some(text), None) => text.into_bytes(),
            (None, None, Some(base64)) => STANDARD.decode(base64).unwrap_or_default(),
            _ => Vec::new(),
        };
        Ok(Exchanged { status: self.status, headers, body })
    }

    /// # Errors
    /// What its author has to change.
    fn check(&self) -> anyhow::Result<()> {
        let bodies = [self.json.is_some(), self.text.is_some(), self.base64.is_some(), self.error.is_some()];
        anyhow::ensure!(
            bodies.iter().filter(|given| **given).count() <= 1,
            "an answer has one of json, text, base64 and error"
        );
        if let Some(base64) = &self.base64 {
            STANDARD.decode(base64).context("an answer's base64 is none")?;
        }
        Ok(())
    }
}

/// The other servers of one case.
pub(super) struct Mocked {
    /// Refuses what it would refuse on a server.
    outbound: Outbound,
    state: Mutex<State>,
}

struct State {
    /// In order; taken when given.
    waiting: Vec<MockedRequest>,
    questions: Vec<MockedQuestion>,
    strays: Vec<String>,
}

impl Mocked {
    pub(super) fn new(mocks: Mocks) -> anyhow::Result<Self> {
        for request in &mocks.http {
            request.answer.check().with_context(|| format!("mocks.json, {}", request.described()))?;
        }
        let state = State { waiting: mocks.http, questions: mocks.inference, strays: Vec::new() };
        Ok(Self { outbound: Outbound::new(&Config::default())?, state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requests nobody foresaw, and answers nobody asked for.
    pub(super) fn faults(&self) -> Vec<String> {
        let state = self.state();
        let strays = state.strays.iter().map(|asked| format!("mocks.json has no answer to {asked}"));
        let unasked =
            state.waiting.iter().map(|left| format!("the plugin never asked for {}", left.described()));
        let silent = state
            .questions
            .iter()
            .map(|left| format!("the plugin never asked a model for what holds {:?}", left.prompt_contains));
        strays.chain(unasked).chain(silent).collect()
    }
}

#[async_trait]
impl Exchanges for Mocked {
    async fn exchange(&self, exchange: Exchange) -> Result<Exchanged, Failed> {
        self.outbound.check(&exchange.address)?;
        let mut state = self.state();
        if let Some(index) = state.waiting.iter().position(|waiting| waiting.fits(&exchange)) {
            return state.waiting.remove(index).answer.exchanged();
        }
        let body = String::from_utf8_lossy(&exchange.body);
        state.strays.push(format!("{} {} {body}", exchange.method, exchange.address).trim_end().to_owned());
        Err(Failed { code: "unreachable", detail: "mocks.json has no answer to this request".into() })
    }
}

fn unforeseen() -> Unanswered {
    Unanswered::new(Reason::Unavailable, "model_unavailable", "mocks.json has no answer to this question")
}

#[async_trait]
impl Models for Mocked {
    async fn complete(&self, ask: Ask, bounds: Bounds) -> Answered<Completion> {
        let mut state = self.state();
        let fits = |question: &MockedQuestion| {
            question.texts.is_none()
                && question.vectors.is_none()
                && question.prompt_contains.iter().all(|words| ask.prompt.contains(words.as_str()))
        };
        let Some(index) = state.questions.iter().position(fits) else {
            state.strays.push(format!("the question {}", short(&ask.prompt.as_str().into())));
            return Answered { result: Err(unforeseen()), tokens: 0 };
        };
        let question = state.questions.remove(index);
        if question.fails {
            return Answered { result: Err(unforeseen()), tokens: 0 };
        }
        // As a server would: the model asked for, or the first the grant names.
        let model = ask.model.or_else(|| bounds.models.and_then(|models| models.into_iter().next()));
        let completion = Completion {
            text: question.text.unwrap_or_default(),
            model: model.unwrap_or_else(|| "mocked".into()),
            prompt_tokens: question.tokens,
            completion_tokens: 0,
            truncated: false,
        };
        Answered { result: Ok(completion), tokens: question.tokens.into() }
    }

    async fn embed(&self, texts: Vec<String>, _: Bounds) -> Answered<Embeddings> {
        let mut state = self.state();
        let Some(index) = state.questions.iter().position(|question| question.texts.as_ref() == Some(&texts))
        else {
            state.strays.push(format!("the vectors of {}", short(&texts.into())));
            return Answered { result: Err(unforeseen()), tokens: 0 };
        };
        let question = state.questions.remove(index);
        if question.fails {
            return Answered { result: Err(unforeseen()), tokens: 0 };
        }
        let embeddings =
            Embeddings { vectors: question.vectors.unwrap_or_default(), tokens: question.tokens };
        Answered { result: Ok(embeddings), tokens: question.tokens.into() }
    }
}
